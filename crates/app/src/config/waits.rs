//! `[waits]`: how long the program waits before it concludes something, for runs against simulators.

use super::StripeConfig;
use super::source::Source;
use domain::provision;
use jiff::SignedDuration;
use secrecy::ExposeSecret;

/// How long is waited before anything is concluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// For the panel and for games.
    pub delivery: provision::Waits,
    /// How long a claim on work lasts: longer than the longest call, short enough that a dead replica's work is taken over (O9).
    pub lease: SignedDuration,
}

impl Waits {
    /// `stripe` is there unless something is wrong with it; it says whether real money moves.
    pub(super) fn take(source: &mut Source<'_>, stripe: Option<&StripeConfig>) -> Option<Self> {
        let real = stripe.is_some_and(|stripe| stripe.secret_key.expose_secret().contains("_live_"));
        let mut seconds = |setting, usual: u32, least, most| {
            let seconds = source.number(setting, usual, least..=most);
            let seconds = source.check(setting, seconds, |seconds| {
                let safe = seconds >= usual || !real;
                safe.then_some(seconds).ok_or_else(|| {
                    format!("is below {usual}, which is for runs against simulators and refused with a live key")
                })
            });
            seconds.map(|seconds| SignedDuration::from_secs(seconds.into()))
        };
        let settle = seconds("waits.settle_seconds", 60, 1, 600);
        let create_call = seconds("waits.create_call_seconds", 60, 5, 80);
        let answer_gap = seconds("waits.answer_gap_seconds", 10, 1, 60);
        let lease = seconds("waits.lease_seconds", 85, 10, 85);
        let lease = source.check("waits.lease_seconds", lease.zip(create_call), |(lease, call)| {
            let longer = lease >= call + SignedDuration::from_secs(5);
            longer.then_some(lease).ok_or_else(|| "must be 5 more than waits.create_call_seconds at least".to_owned())
        });
        let delivery = provision::Waits { settle: settle?, create_call: create_call?, answer_gap: answer_gap? };
        Some(Self { delivery, lease: lease? })
    }
}

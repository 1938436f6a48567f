//! `[smoke]`: what the shop buys from itself to see whether it still sells.

use super::StripeConfig;
use super::source::Source;
use jiff::SignedDuration;
use secrecy::ExposeSecret;

/// What the shop buys from itself.
#[derive(Debug, Clone)]
pub struct Smoke {
    /// Which plans; none buys nothing.
    pub plans: Vec<String>,
    /// How often each.
    pub every: SignedDuration,
}

impl Smoke {
    pub(super) fn take(source: &mut Source<'_>, stripe: Option<&StripeConfig>) -> Option<Self> {
        let plans = source.optional_texts("smoke.plans").unwrap_or_default();
        let live = stripe.is_some_and(|stripe| stripe.secret_key.expose_secret().contains("_live_"));
        let plans = source.check("smoke.plans", Some(plans), |plans| match plans.is_empty() || !live {
            true => Ok(plans),
            false => Err("needs a Stripe key of test mode: it pays with a test card".to_owned()),
        });
        let every = source.number("smoke.every_minutes", 60, 5..=10_080);
        Some(Self { plans: plans?, every: SignedDuration::from_mins(i64::from(every?)) })
    }
}

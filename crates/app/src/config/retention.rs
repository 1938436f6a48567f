//! `[retention]`: how long things are kept that are no longer needed.

use super::source::Source;
use jiff::SignedDuration;

/// How long things are kept. Orders, payments and the audit log are not among them: they stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Sign-ins, after they ended.
    pub sessions: SignedDuration,
    /// Codes and links, after they were used or ended.
    pub proofs: SignedDuration,
    /// Texts of messages, after they became due.
    pub mail: SignedDuration,
    /// Bodies of Stripe's events, after they were processed.
    pub events: SignedDuration,
    /// Tickets, after they were closed.
    pub tickets: SignedDuration,
    /// What those who look after the shop were told of.
    pub notifications: SignedDuration,
    /// How the parts of the shop did, day by day.
    pub status: SignedDuration,
    /// Calls to Stripe and to the panel that were made for orders.
    pub calls: SignedDuration,
    /// Accounts that nobody proved.
    pub unverified: SignedDuration,
    /// Customers of `givr smoke`, after they were made.
    pub smoke: SignedDuration,
}

impl Retention {
    pub(super) fn take(source: &mut Source<'_>) -> Option<Self> {
        let mut days = |setting, default| {
            let days = source.number(setting, default, 1..=3650);
            days.map(|days: u32| SignedDuration::from_hours(24 * i64::from(days)))
        };
        let sessions = days("retention.sessions_days", 30);
        let proofs = days("retention.proofs_days", 7);
        let mail = days("retention.mail_days", 30);
        let events = days("retention.events_days", 90);
        let tickets = days("retention.tickets_days", 730);
        let notifications = days("retention.notifications_days", 30);
        let status = days("retention.status_days", 90);
        let calls = days("retention.calls_days", 14);
        let unverified = days("retention.unverified_days", 7);
        let smoke = days("retention.smoke_days", 7);
        Some(Self {
            sessions: sessions?,
            proofs: proofs?,
            mail: mail?,
            events: events?,
            tickets: tickets?,
            notifications: notifications?,
            status: status?,
            calls: calls?,
            unverified: unverified?,
            smoke: smoke?,
        })
    }
}

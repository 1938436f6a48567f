//! The life of a service after its delivery: whether its server may run, stands suspended, or goes, as its subscription, its disputes
//! and the time say.
//!
//! Nothing changes on an old reading of the subscription (M7). Who pays is served, whatever went before, unless we suspended the server
//! ourselves. While something of ours does not work nobody loses a server because of money.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A reading of the provider's that is older suspends and deletes nothing (M7).
pub const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// The notice goes out this much earlier than it has to, so that a promised date need not move because of it.
const NOTICE_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The patience that a service was bought with. It stays with the service when the shop changes its mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How long a server runs although a renewal failed.
    pub grace: SignedDuration,
    /// How long a suspended server's data is kept.
    pub retention: SignedDuration,
    /// How long before the deletion its customer is told the date, at least.
    pub notice: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            grace: SignedDuration::from_hours(3 * 24),
            retention: SignedDuration::from_hours(14 * 24),
            notice: SignedDuration::from_hours(48),
        }
    }
}

/// What the subscription says about paying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paying {
    /// In good standing, also when its end is set.
    Current,
    /// A renewal failed; known since then.
    Overdue {
        /// Since when we know.
        since: Timestamp,
    },
    /// No bills until somebody resumes it.
    Paused,
    /// Over for good.
    Ended {
        /// Until when something was paid for.
        paid_until: Timestamp,
    },
    /// A word that says nothing about a server that was delivered, or that this release does not know.
    Unclear,
}

/// What the cardholder's bank says about the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispute {
    /// Nothing, or that the money is ours.
    None,
    /// It took the money back, and has not decided.
    Open,
    /// The money is gone for good.
    Lost,
}

/// Why a server stands suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A renewal was not paid within the grace period.
    NotPaid,
    /// The subscription is paused.
    Paused,
    /// The subscription has ended, and so has what was paid for.
    Ended,
    /// The bank took the money back and has not decided.
    Disputed,
    /// The bank took the money back for good.
    DisputeLost,
    /// Whoever looks after the shop suspended it.
    ByHand,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::NotPaid, Self::Paused, Self::Ended, Self::Disputed, Self::DisputeLost, Self::ByHand];

    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotPaid => "not_paid",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Disputed => "disputed",
            Self::DisputeLost => "dispute_lost",
            Self::ByHand => "by_hand",
        }
    }

    /// The reason with this word.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.key() == key)
    }

    /// Whether the data goes some day if nothing changes. What is paused, undecided or up to us waits for as long as it takes.
    pub fn leads_to_deletion(self) -> bool {
        match self {
            Self::NotPaid | Self::Ended | Self::DisputeLost => true,
            Self::Paused | Self::Disputed | Self::ByHand => false,
        }
    }

    /// Whether it is that nobody pays: what somebody might have done, had everything of ours worked.
    pub fn is_want_of_payment(self) -> bool {
        match self {
            Self::NotPaid | Self::Paused | Self::Ended => true,
            Self::Disputed | Self::DisputeLost | Self::ByHand => false,
        }
    }
}

/// A suspension of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// When it was confirmed.
    pub at: Timestamp,
    /// Why.
    pub why: Why,
    /// When the reading that it rests on was made.
    pub read_at: Timestamp,
    /// The date before which the data is not deleted; `None` while there is none.
    pub delete_on: Option<Timestamp>,
    /// When the customer was told that date once more, shortly before it.
    pub noticed_at: Option<Timestamp>,
}

/// What is known about a delivered service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The subscription.
    pub paying: Paying,
    /// The bank.
    pub dispute: Dispute,
    /// When that was asked for; `None` when it never was.
    pub read_at: Option<Timestamp>,
    /// The suspension of ours that stands.
    pub suspension: Option<Suspension>,
    /// Whether we said that it has to stand suspended, whoever pays.
    pub held: bool,
    /// Until when it runs although nobody pays, because we said so.
    pub extended_until: Option<Timestamp>,
    /// Whether something of ours does not work that it needs.
    pub incident: bool,
}

/// What should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Desired {
    /// Whatever is: too little is known to change anything.
    AsItIs,
    /// The server stands and may run.
    Present,
    /// It stands, and nobody may start it.
    Suspended {
        /// Why.
        why: Why,
        /// Until when the data is kept at least; never earlier than what was promised before.
        delete_on: Option<Timestamp>,
        /// Whether the customer has to be told that date now.
        announce: bool,
    },
    /// It goes.
    Absent {
        /// Why.
        why: Why,
        /// The date that was promised.
        promised: Timestamp,
    },
}

/// What should be with a delivered service.
pub fn desired(facts: &Facts, policy: &Policy, now: Timestamp) -> Desired {
    if !facts.read_at.is_some_and(|read_at| is_fresh(read_at, now)) {
        return match facts.suspension {
            // Our own will rests on no reading.
            None if facts.held => Desired::Suspended { why: Why::ByHand, delete_on: None, announce: false },
            Some(_) | None => Desired::AsItIs,
        };
    }
    // What was suspended was suspended in time: a clock that goes back lifts nothing.
    let latest = facts.suspension.map_or(now, |suspension| suspension.at.max(now));
    match reason(facts, policy, latest) {
        Some(why) => match with_reason(facts, why, policy, now) {
            // Dates stand still: nothing is deleted, and no deletion is announced.
            Desired::Absent { .. } | Desired::Suspended { announce: true, .. } if facts.incident => Desired::AsItIs,
            wanted => wanted,
        },
        None if facts.paying == Paying::Unclear => Desired::AsItIs,
        None => Desired::Present,
    }
}

/// Whether something may be concluded from a reading.
fn is_fresh(read_at: Timestamp, now: Timestamp) -> bool {
    now >= read_at && now.duration_since(read_at) < FRESH
}

fn reason(facts: &Facts, policy: &Policy, time: Timestamp) -> Option<Why> {
    let not_before = |end: Timestamp| facts.extended_until.map_or(end, |until| until.max(end));
    let money = match (facts.dispute, facts.paying) {
        (Dispute::Open, _) => Some(Why::Disputed),
        (Dispute::Lost, _) => Some(Why::DisputeLost),
        (Dispute::None, Paying::Overdue { since }) => {
            (time >= not_before(since + policy.grace)).then_some(Why::NotPaid)
        }
        (Dispute::None, Paying::Ended { paid_until }) => (time >= not_before(paid_until)).then_some(Why::Ended),
        (Dispute::None, Paying::Paused) => Some(Why::Paused),
        (Dispute::None, Paying::Current | Paying::Unclear) => None,
    };
    // During an incident nobody is suspended for want of payment who was not before.
    let was = facts.suspension.is_some_and(|suspension| suspension.why.is_want_of_payment());
    let money = money.filter(|why| !(facts.incident && why.is_want_of_payment() && !was));
    // What leads to a date comes first: by our hand alone nothing is ever deleted.
    money.or(facts.held.then_some(Why::ByHand))
}

fn with_reason(facts: &Facts, why: Why, policy: &Policy, now: Timestamp) -> Desired {
    if !why.leads_to_deletion() {
        return Desired::Suspended { why, delete_on: None, announce: false };
    }
    let first = || facts.extended_until.map_or(now, |until| until.max(now)) + policy.retention;
    let Some(suspension) = facts.suspension else {
        return Desired::Suspended { why, delete_on: Some(first()), announce: false };
    };
    let promised = suspension.delete_on.unwrap_or_else(first);
    let promised = facts.extended_until.map_or(promised, |until| until.max(promised));
    match suspension.noticed_at {
        Some(noticed) if now >= promised && now >= noticed + policy.notice => Desired::Absent { why, promised },
        Some(noticed) => {
            Desired::Suspended { why, delete_on: Some(promised.max(noticed + policy.notice)), announce: false }
        }
        None if now >= promised - policy.notice - NOTICE_AHEAD => {
            Desired::Suspended { why, delete_on: Some(promised.max(now + policy.notice)), announce: true }
        }
        None => Desired::Suspended { why, delete_on: Some(promised), announce: false },
    }
}

/// The next moment at which time alone may change what should be; `None` when it never does.
pub fn next_change(facts: &Facts, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    let mut moments = Vec::new();
    match facts.paying {
        Paying::Overdue { since } => moments.push(since + policy.grace),
        Paying::Ended { paid_until } => moments.push(paid_until),
        Paying::Current | Paying::Paused | Paying::Unclear => {}
    }
    moments.extend(facts.extended_until);
    if let Some(suspension) = facts.suspension {
        moments.extend(suspension.delete_on.map(|on| on - policy.notice - NOTICE_AHEAD));
        moments.extend(suspension.delete_on);
    }
    moments.into_iter().filter(|moment| *moment > now).min()
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;

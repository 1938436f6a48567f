//! How strictly the laws are held: at any instant, on a shop that runs, or when everything had its time.

use domain::catalogue::{BlueprintKey, Catalogue};
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// When the evidence was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// At any instant, also in the middle of a fault: what is under way may take as long as it takes.
    Anytime,
    /// On a shop that runs: what is under way has deadlines, and what differs outside is told even if an alert tells it, too.
    Running(Deadlines),
    /// Faults have stopped and everything had its time: nothing is under way that no person has been told of.
    Decided,
}

impl Moment {
    /// Whether it may be in the middle of a fault.
    pub(super) fn is_anytime(&self) -> bool {
        match self {
            Self::Anytime => true,
            Self::Running(_) | Self::Decided => false,
        }
    }

    /// Whether everything had its time.
    pub(super) fn is_decided(&self) -> bool {
        match self {
            Self::Decided => true,
            Self::Anytime | Self::Running(_) => false,
        }
    }
}

/// How long something may be under way before it counts as a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadlines {
    /// Until a movement of money stands in our ledger (M1).
    pub ledger: SignedDuration,
    /// Until an event is applied.
    pub event: SignedDuration,
    /// Until a decided refund is on its way.
    pub refund: SignedDuration,
    /// Until a server that has to go is gone.
    pub removal: SignedDuration,
    /// Until a message is sent.
    pub letter: SignedDuration,
    /// Until an unpaid order ends after its page did.
    pub unpaid: SignedDuration,
    /// Until a server is suspended that nobody pays for any more.
    pub unpaid_server: SignedDuration,
    /// Until a paid server is playable or given up, where the blueprint says nothing longer.
    pub delivery: SignedDuration,
    /// How much longer the games' own installs and starts may take.
    pub installs: BTreeMap<BlueprintKey, SignedDuration>,
}

impl Deadlines {
    /// The deadlines that the laws name, and those of the catalogue's games.
    pub fn of(catalogue: &Catalogue) -> Self {
        let installs = catalogue.blueprints.iter().map(|blueprint| {
            let seconds = i64::from(blueprint.install_deadline_s) + i64::from(blueprint.start_deadline_s);
            (blueprint.key.clone(), SignedDuration::from_secs(seconds))
        });
        Self {
            ledger: SignedDuration::from_mins(10),
            event: SignedDuration::from_mins(15),
            refund: SignedDuration::from_hours(1),
            removal: SignedDuration::from_hours(1),
            letter: SignedDuration::from_hours(1),
            unpaid: SignedDuration::from_mins(30),
            unpaid_server: SignedDuration::from_hours(24),
            delivery: SignedDuration::from_hours(2),
            installs: installs.collect(),
        }
    }

    /// How long a delivery of this blueprint may take.
    pub fn delivery_of(&self, blueprint: &BlueprintKey) -> SignedDuration {
        self.delivery + self.installs.get(blueprint).copied().unwrap_or_default()
    }
}

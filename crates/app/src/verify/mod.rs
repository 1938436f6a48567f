//! The check of everything: reads the three ledgers (Stripe, our database, the panel) and the outbox, and holds them against the
//! laws of the business.
//!
//! It shares no decision with the product: what an order, a charge or a server should be is worked out here once more from plain
//! facts, so that a mistake made there is not repeated here. Nothing is written, no lock is taken.

mod books;
mod laws;
mod moment;
mod ours;
mod outside;
#[cfg(test)]
mod tests;

pub use laws::Law;
pub use moment::{Deadlines, Moment};
pub use ours::{Ours, read as read_ours};
pub use outside::{AtPanel, AtStripe};

use crate::app::App;
use anyhow::Context;
use billing::Stripe;
use books::Books;
use domain::provision::Waits;
use jiff::Timestamp;
use panel::PanelDriver;
use serde::Serialize;
use store::Store;

/// Where the three ledgers are read.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Ours.
    pub store: &'a Store,
    /// Stripe's.
    pub stripe: &'a Stripe,
    /// The panel's.
    pub panel: &'a dyn PanelDriver,
}

impl<'a> Sources<'a> {
    /// Those of a program that is put together.
    pub fn of(app: &'a App) -> Self {
        Self { store: &app.store, stripe: &app.stripe, panel: app.panel.as_ref() }
    }
}

/// Everything that is known, as plain data.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What our database holds.
    pub ours: Ours,
    /// What Stripe shows.
    pub stripe: AtStripe,
    /// What the panel shows.
    pub panel: AtPanel,
    /// When the reading began. What is younger may be missing on one side or the other, and is not judged.
    pub at: Timestamp,
    /// How long the installation waits before it concludes something: the usual times, unless somebody said otherwise.
    pub waits: Waits,
}

/// A difference between the ledgers, or between them and a law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The law that does not hold.
    pub law: Law,
    /// What it is about: the id of an order, a service, a charge, a subscription, a server.
    pub subject: String,
    /// What differs, what it means for the money, what to do.
    pub text: String,
    /// The section of `docs/runbooks/` that says more.
    pub runbook: &'static str,
}

/// Reads everything. `now` is the moment at which the caller begins.
///
/// The outside is read before our own books: we write down what we are about to do before we do it, so whatever stands outside and
/// is ours has its row when the rows are read.
///
/// # Errors
/// Stripe, the panel or the database did not answer in full: nothing can be said.
pub async fn read(from: &Sources<'_>, now: Timestamp) -> anyhow::Result<Evidence> {
    let stripe = outside::read_stripe(from.stripe).await.context("cannot read what Stripe has")?;
    let panel = outside::read_panel(from.panel).await.context("cannot read the panel's servers")?;
    let ours = ours::read(from.store, from.stripe.mode()).await.context("cannot read our own books")?;
    Ok(Evidence { ours, stripe, panel, at: now, waits: Waits::default() })
}

/// Holds the evidence against every law. Nothing is found where nothing differs; findings are ordered by law and subject.
pub fn check(evidence: &Evidence, moment: &Moment) -> Vec<Finding> {
    let books = Books::open(evidence, moment);
    let mut found = laws::all(&books);
    found.sort_by(|a, b| (a.law, &a.subject).cmp(&(b.law, &b.subject)));
    found
}

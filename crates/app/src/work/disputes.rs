//! What banks say about charges of ours: read afresh, written down, booked, and told to a person.

use crate::alerts::{self, Rule};
use crate::app::App;
use anyhow::Context;
use billing::{Dispute, DisputeStatus};
use domain::ids::OrderId;
use domain::money::Money;
use jiff::Timestamp;
use store::disputes::{self, DisputeState, SeenDispute};
use store::events::{self, Outcome};
use store::ledger::{self, EntryKind, NewEntry};
use store::{Tx, services};

/// Reads a dispute and applies what it says; `event` is marked processed in the same transaction.
///
/// # Errors
/// Stripe or the database did not answer.
pub(super) async fn apply(app: &App, id: &str, event: Option<&str>) -> anyhow::Result<Outcome> {
    let read_at = app.now();
    let dispute = app.stripe.load_dispute(id).await?;
    let mut tx = app.store.begin().await?;
    write_down(app, &mut tx, &dispute, read_at).await?;
    if let Some(event) = event {
        events::finish(&mut tx, event, Outcome::Applied, app.now()).await?;
    }
    tx.commit().await?;
    Ok(Outcome::Applied)
}

/// Reads a dispute that was open when we last looked; what is open still has been told.
///
/// # Errors
/// Stripe or the database did not answer.
pub(super) async fn refresh(app: &App, id: &str) -> anyhow::Result<()> {
    let read_at = app.now();
    let dispute = app.stripe.load_dispute(id).await?;
    if state_of(&dispute) != DisputeState::Open {
        let mut tx = app.store.begin().await?;
        write_down(app, &mut tx, &dispute, read_at).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn write_down(app: &App, tx: &mut Tx, dispute: &Dispute, read_at: Timestamp) -> anyhow::Result<()> {
    let id = dispute.id.as_str();
    let charge = dispute.payment_intent.clone().or(dispute.charge.clone()).context("a dispute names no charge")?;
    let order = ledger::find_order_of_charge(tx, &charge).await?;
    if let Some(order) = &order
        && let Some(service) = services::find_by_order(tx, order).await?
    {
        store::standing::judge_now(tx, &service.id).await?;
    }
    let state = state_of(dispute);
    let seen = SeenDispute { id, order: order.as_ref(), charge: &charge, state, opened_at: dispute.created, read_at };
    let before = disputes::find_state(tx, id).await?;
    disputes::save(tx, &seen).await?;
    if before == Some(DisputeState::Closed) && state == DisputeState::Open {
        // What was a question has taken the money: who was told of the question, and rests, is told anew.
        alerts::clear(app, tx, Rule::PaymentDisputed, id).await?;
    }
    book(app, tx, dispute, &charge, order.as_ref()).await?;
    tell(app, tx, dispute, order.as_ref()).await?;
    Ok(())
}

/// What a dispute means for the server that the charge paid for. A question of the bank means nothing yet.
fn state_of(dispute: &Dispute) -> DisputeState {
    match dispute.status {
        DisputeStatus::NeedsResponse
        | DisputeStatus::UnderReview
        | DisputeStatus::AppealNeedsResponse
        | DisputeStatus::AppealUnderReview => DisputeState::Open,
        DisputeStatus::Lost => DisputeState::Lost,
        DisputeStatus::WarningNeedsResponse
        | DisputeStatus::WarningUnderReview
        | DisputeStatus::WarningClosed
        | DisputeStatus::Won
        | DisputeStatus::Prevented
        | DisputeStatus::Other(_) => DisputeState::Closed,
    }
}

/// Whether the bank has taken the money, and not given it back.
fn took_money(dispute: &Dispute) -> bool {
    match state_of(dispute) {
        DisputeState::Open | DisputeState::Lost => true,
        // A word that we do not know: better booked too early than never. What was prevented took nothing.
        DisputeState::Closed => matches!(dispute.status, DisputeStatus::Other(_)),
    }
}

async fn book(app: &App, tx: &mut Tx, dispute: &Dispute, charge: &str, order: Option<&OrderId>) -> anyhow::Result<()> {
    let entry = |kind: EntryKind, amount: Money| NewEntry {
        live: dispute.live,
        object: &dispute.id,
        kind,
        charge,
        order,
        amount,
    };
    if took_money(dispute) {
        let amount = Money::new(-dispute.amount.minor, dispute.amount.currency);
        ledger::record(tx, &app.id(), &entry(EntryKind::Dispute, amount), app.now()).await?;
    } else if ledger::knows(tx, &dispute.id, EntryKind::Dispute).await? {
        ledger::record(tx, &app.id(), &entry(EntryKind::DisputeWon, dispute.amount), app.now()).await?;
    }
    Ok(())
}

/// A person answers what is open; what was decided for us is over.
async fn tell(app: &App, tx: &mut Tx, dispute: &Dispute, order: Option<&OrderId>) -> anyhow::Result<()> {
    let (amount, named) = (dispute.amount, order.map_or("no order of ours".to_owned(), ToString::to_string));
    let text = match dispute.status {
        DisputeStatus::Won | DisputeStatus::Prevented | DisputeStatus::WarningClosed => {
            return Ok(alerts::clear(app, tx, Rule::PaymentDisputed, &dispute.id).await?);
        }
        DisputeStatus::Lost => format!(
            "The cardholder's bank took {amount} back for good ({named}). Its subscription ends, and its server is kept suspended until \
             the date that its customer was told. There is nothing to answer any more."
        ),
        DisputeStatus::WarningNeedsResponse | DisputeStatus::WarningUnderReview => format!(
            "The cardholder's bank asks about {amount} ({named}). No money has moved: answer it in Stripe's dashboard in time."
        ),
        DisputeStatus::UnderReview | DisputeStatus::AppealUnderReview => format!(
            "The cardholder's bank disputes {amount} ({named}), and looks at what it was answered: wait for its decision."
        ),
        DisputeStatus::NeedsResponse | DisputeStatus::AppealNeedsResponse | DisputeStatus::Other(_) => {
            format!("The cardholder's bank disputes {amount} ({named}): answer it in Stripe's dashboard in time.")
        }
    };
    Ok(alerts::raise(app, tx, Rule::PaymentDisputed, &dispute.id, &text).await?)
}

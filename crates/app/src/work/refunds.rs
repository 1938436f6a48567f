//! Gives money back: the subscription ends and is seen to have ended, then one refund under a stored key, then the customer is told.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::mail;
use crate::observe;
use crate::work::{Report, each, lease, retry_at, subscriptions};
use billing::{RefundParams, RefundStatus, StripeError};
use domain::money::Money;
use domain::order::OrderState;
use domain::refund::RefundWay;
use domain::timeline::Happening;
use std::collections::BTreeMap;
use store::disputes::{self, DisputeState};
use store::ledger::{self, EntryKind, NewEntry};
use store::refunds::{self, MANY_TRIES, Refund};
use store::{Db, StoreError, Tx, orders, timeline};

/// Refunds worked on in one pass.
const BATCH: i64 = 20;
/// Refunds worked on at the same time.
const CONCURRENT: usize = 4;

/// Works on the refunds that are due.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let next = refunds::next_wake(&mut *app.store.read().await?).await?;
    if next.is_none_or(|next| next > app.now()) {
        return Ok(Report { next, ..Report::default() });
    }
    let mut tx = app.store.begin().await?;
    let due = refunds::claim_due(&mut tx, &lease(app), BATCH).await?;
    tx.commit().await?;
    let taken = due.len();
    let failed = each(due, CONCURRENT, |refund| async move {
        let span = tracing::error_span!("refund", order.id = %refund.order, refund.id = %refund.id);
        observe::about(span, Some(refund.order.clone()), handle(app, &refund)).await
    })
    .await;
    if taken > failed {
        app.nudge();
    }
    let next = refunds::next_wake(&mut *app.store.read().await?).await?;
    Ok(Report { taken, failed, next })
}

async fn handle(app: &App, refund: &Refund) -> bool {
    let Err(error) = advance(app, refund).await else { return true };
    tracing::warn!(refund.id = %refund.id, order.id = %refund.order, "Refund {} waits: {error:#}", refund.id);
    let postponed = async {
        let mut tx = app.store.begin().await?;
        refunds::postpone(&mut tx, refund, &format!("{error:#}"), retry_at(app.now(), refund.tries)).await?;
        if refund.tries >= MANY_TRIES {
            let text = format!(
                "{} of order {} could not be given back in {} tries: {error:#}",
                refund.amount, refund.order, refund.tries
            );
            alerts::raise(app, &mut tx, Rule::RefundStuck, refund.id.as_str(), &text).await?;
        }
        tx.commit().await
    };
    if let Err(error) = postponed.await {
        tracing::error!(refund.id = %refund.id, "Refund {} could not be put back: {error}", refund.id);
    }
    false
}

async fn advance(app: &App, refund: &Refund) -> anyhow::Result<()> {
    if refund.subscription_ended_at.is_none() {
        end_subscription(app, refund).await?;
    }
    let Some(charge) = &refund.charge else {
        let paid = refund.paid_otherwise_at.is_some();
        anyhow::ensure!(
            paid || refund.amount.minor == 0,
            "no payment is known that {} could go back to",
            refund.amount
        );
        return finish(app, refund, None, if paid { RefundWay::Otherwise } else { RefundWay::Card }, &[]).await;
    };
    let seen = look(app, refund, charge).await?;
    let given = match seen.given {
        Some(given) => given,
        None => {
            if let Some(way) = other_way(app, refund, charge).await? {
                return finish(app, refund, None, way, &seen.failed).await;
            }
            let answer = ask(app, refund, charge).await?;
            // Under the same key Stripe repeats for a day what it said before that refund failed.
            if seen.failed.contains(&answer.id) {
                ask_anew_next_time(app, refund).await?;
                anyhow::bail!("refund {} failed, and Stripe's answer is the one from before that", answer.id);
            }
            answer
        }
    };
    anyhow::ensure!(!is_failed(&given.status), "Stripe says that refund {} failed", given.id);
    finish(app, refund, Some(given), RefundWay::Card, &seen.failed).await
}

/// Nothing more may be charged before anything goes back.
async fn end_subscription(app: &App, refund: &Refund) -> anyhow::Result<()> {
    let mut tx = subscriptions::end_and_note(app, &refund.subscription, &refund.order).await?;
    refunds::mark_subscription_ended(&mut tx, refund, app.now()).await?;
    tx.commit().await?;
    app.nudge();
    Ok(())
}

/// What Stripe has of a decision.
struct Seen {
    /// What answers it already: ours from an earlier try, or a person's in Stripe's dashboard that leaves nothing to give (M5).
    given: Option<billing::Refund>,
    /// Ours that did not get through.
    failed: Vec<String>,
}

async fn look(app: &App, refund: &Refund, charge: &str) -> Result<Seen, StripeError> {
    let is_ours =
        |given: &billing::Refund| given.metadata.get("refund_id").map(String::as_str) == Some(refund.id.as_str());
    let (failed, good): (Vec<_>, Vec<_>) =
        app.stripe.list_refunds(charge).await?.into_iter().partition(|given| is_failed(&given.status));
    let failed = failed.into_iter().filter(is_ours).map(|given| given.id).collect();
    let all: i64 = good.iter().map(|given| given.amount.minor).sum();
    let ours = good.iter().position(is_ours);
    let place = ours.or((all >= refund.amount.minor).then_some(0));
    Ok(Seen { given: place.and_then(|place| good.into_iter().nth(place)), failed })
}

/// How the customer has the money without a refund of Stripe's, if they have: somebody paid it in another way, or the bank took it back,
/// for a dispute was lost. While a bank has not decided, nothing is given back.
async fn other_way(app: &App, refund: &Refund, charge: &str) -> anyhow::Result<Option<RefundWay>> {
    match disputes::find_of_charge(&mut *app.store.read().await?, charge).await? {
        Some((id, DisputeState::Open)) => anyhow::bail!(
            "the cardholder's bank disputes this payment and has taken the money; it goes back if the bank decides for you (dispute {id}). \
             To let the customer have it, accept the dispute in Stripe's dashboard"
        ),
        _ if refund.paid_otherwise_at.is_some() => Ok(Some(RefundWay::Otherwise)),
        Some((id, DisputeState::Lost)) => {
            // Banks may dispute a part, and the rest may have gone back before.
            let taken = app.stripe.load_dispute(&id).await?.amount;
            let left = left_to_pay(&mut *app.store.read().await?, refund).await?;
            anyhow::ensure!(
                taken.minor >= refund.amount.minor || left.minor == 0,
                "the cardholder's bank took back {taken} of {} (dispute {id}), and Stripe gives nothing more: pay the rest in another way, \
                 and say so on the order's page",
                refund.amount
            );
            Ok(Some(RefundWay::Bank))
        }
        Some((_, DisputeState::Closed)) | None => Ok(None),
    }
}

/// What a person has to pay of a refund that Stripe does not make: without what a bank took back of the same payment, or somebody gave back
/// of it in Stripe's dashboard.
///
/// # Errors
/// The database did not answer.
pub async fn left_to_pay(db: &mut Db, refund: &Refund) -> Result<Money, StoreError> {
    let entries = ledger::list_of_order(db, &refund.order).await?;
    let of_charge = entries.iter().filter(|entry| Some(&entry.charge) == refund.charge.as_ref());
    let went: i64 = of_charge.filter(|entry| entry.kind != EntryKind::Charge).map(|entry| entry.amount.minor).sum();
    Ok(Money::new((refund.amount.minor + went).max(0), refund.amount.currency))
}

/// Tells a person that Stripe gave back what somebody had paid in another way.
///
/// # Errors
/// The database did not answer.
pub async fn tell_of_both(app: &App, tx: &mut Tx, refund: &Refund, given: &str) -> Result<(), StoreError> {
    let text = format!(
        "{} of order {} was said to be paid in another way, and Stripe gave it back as well (refund {given}): the customer has both.",
        refund.amount, refund.order
    );
    alerts::raise(app, tx, Rule::RefundedByHand, refund.id.as_str(), &text).await
}

/// Whether the money did not get through: it is back in the shop's balance.
pub(super) fn is_failed(status: &RefundStatus) -> bool {
    matches!(status, RefundStatus::Failed | RefundStatus::Canceled)
}

/// Whether Stripe will say the same for a day as long as the key stays: a refusal of the request, or an error of its own that has
/// come back several times. The list of refunds, read before every try, has shown that nothing was given.
fn keeps_answering(error: &StripeError, refund: &Refund) -> bool {
    match error {
        StripeError::Refused { .. } => true,
        StripeError::OutcomeUnknown { .. } => refund.tries >= MANY_TRIES,
        StripeError::Unreachable { .. }
        | StripeError::NotNow { .. }
        | StripeError::Unreadable { .. }
        | StripeError::NotSent { .. } => false,
    }
}

async fn ask(app: &App, refund: &Refund, charge: &str) -> anyhow::Result<billing::Refund> {
    let params = RefundParams {
        payment_intent: charge.to_owned(),
        metadata: BTreeMap::from([
            ("installation".to_owned(), app.installation.id.clone()),
            ("order_id".to_owned(), refund.order.to_string()),
            ("refund_id".to_owned(), refund.id.to_string()),
        ]),
    };
    let asked = app.stripe.create_refund(&params, &refund.idempotency_key).await;
    if let Err(error) = &asked
        && keeps_answering(error, refund)
    {
        ask_anew_next_time(app, refund).await?;
    }
    Ok(asked?)
}

async fn ask_anew_next_time(app: &App, refund: &Refund) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    refunds::change_key(&mut tx, refund).await?;
    Ok(tx.commit().await?)
}

async fn finish(
    app: &App,
    refund: &Refund,
    given: Option<billing::Refund>,
    way: RefundWay,
    failed: &[String],
) -> anyhow::Result<()> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    refunds::finish(&mut tx, refund, given.as_ref().map(|given| (given.id.as_str(), given.status.as_str())), now)
        .await?;
    if let (Some(given), Some(charge)) = (&given, &refund.charge) {
        let amount = Money::new(-given.amount.minor, given.amount.currency);
        let live = app.stripe.mode() == billing::Mode::Live;
        let entry =
            NewEntry { live, object: &given.id, kind: EntryKind::Refund, charge, order: Some(&refund.order), amount };
        ledger::record(&mut tx, &app.id(), &entry, now).await?;
        if refund.paid_otherwise_at.is_some() {
            tell_of_both(app, &mut tx, refund, &given.id).await?;
        }
    }
    let amount = match way {
        RefundWay::Card | RefundWay::Bank => refund.amount,
        RefundWay::Otherwise => left_to_pay(&mut tx, refund).await?,
    };
    timeline::add(&mut tx, &app.id(), &refund.order, &Happening::Refunded { amount, way }, now).await?;
    let mut over_since = None;
    if let Some(purchase) = orders::find(&mut tx, &refund.order).await? {
        let customer = purchase.order.customer.clone();
        if refund.reason.ends_order() && matches!(purchase.order.state, OrderState::RefundDue { .. }) {
            over_since = Some(purchase.created_at);
            orders::save(&mut tx, &purchase.order.refunded(refund.id.clone())?, now).await?;
        }
        mail::refund_made(app, &mut tx, &customer, (refund.order.as_str(), refund.id.as_str()), amount, way).await?;
    }
    // One that failed may have been told of by its own number, before ours was written down.
    for key in failed.iter().map(String::as_str).chain([refund.id.as_str()]) {
        alerts::clear(app, &mut tx, Rule::RefundStuck, key).await?;
    }
    tx.commit().await?;
    if let Some(since) = over_since {
        observe::note_whole(&refund.order, since, "refunded");
    }
    tracing::info!(refund.id = %refund.id, order.id = %refund.order, "Refund {} of {amount} is made", refund.id);
    Ok(())
}

//! Gives money back: the subscription ends and is seen to have ended, then one refund under a stored key, then the customer is told.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::mail;
use crate::observe;
use crate::work::{Report, each, lease, retry_at, subscriptions};
use billing::{RefundOf, RefundParams, RefundStatus, StripeError};
use domain::money::Money;
use domain::order::{OrderState, RefundWay};
use domain::timeline::Happening;
use std::collections::BTreeMap;
use store::disputes::{self, DisputeState};
use store::ledger::{self, EntryKind, NewEntry};
use store::refunds::{self, Refund};
use store::{orders, timeline};

/// Refunds worked on in one pass.
const BATCH: i64 = 20;
/// Refunds worked on at the same time.
const CONCURRENT: usize = 4;
/// After this many tries a person is told.
const ALERT_AFTER: i64 = 5;

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
        if refund.tries >= ALERT_AFTER {
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
        anyhow::ensure!(refund.amount.minor == 0, "no payment is known that {} could go back to", refund.amount);
        return finish(app, refund, None, RefundWay::Card).await;
    };
    let given = match find_given(app, refund, charge).await? {
        Some(given) => given,
        None if refund.paid_otherwise_at.is_some() => return finish(app, refund, None, RefundWay::Otherwise).await,
        None if is_taken_back(app, refund, charge).await? => return finish(app, refund, None, RefundWay::Bank).await,
        None => match ask(app, refund, charge).await {
            Ok(given) => given,
            Err(error) => {
                if keeps_answering(&error, refund) {
                    let mut tx = app.store.begin().await?;
                    refunds::change_key(&mut tx, refund).await?;
                    tx.commit().await?;
                }
                return Err(error.into());
            }
        },
    };
    anyhow::ensure!(!is_failed(&given.status), "Stripe says that refund {} failed", given.id);
    finish(app, refund, Some(given), RefundWay::Card).await
}

/// Nothing more may be charged before anything goes back.
async fn end_subscription(app: &App, refund: &Refund) -> anyhow::Result<()> {
    anyhow::ensure!(subscriptions::end(app, &refund.subscription).await?, "the subscription has not ended yet");
    let now = app.now();
    let mut tx = app.store.begin().await?;
    refunds::mark_subscription_ended(&mut tx, refund, now).await?;
    subscriptions::note_ended(&mut tx, &refund.subscription).await?;
    timeline::add(&mut tx, &app.id(), &refund.order, &Happening::SubscriptionEnded, now).await?;
    tx.commit().await?;
    app.nudge();
    Ok(())
}

/// A refund of this charge that answers our decision already: ours from an earlier try, or a person's in Stripe's dashboard that
/// leaves nothing to give (M5).
async fn find_given(app: &App, refund: &Refund, charge: &str) -> Result<Option<billing::Refund>, StripeError> {
    let given = app.stripe.list_refunds(charge).await?;
    let good = given.into_iter().filter(|given| !is_failed(&given.status));
    let mut all = 0;
    let mut latest = None;
    for given in good {
        if given.metadata.get("refund_id").map(String::as_str) == Some(refund.id.as_str()) {
            return Ok(Some(given));
        }
        all += given.amount.minor;
        latest = latest.or(Some(given));
    }
    Ok(latest.filter(|_| all >= refund.amount.minor))
}

/// Whether the customer has the money from the bank already: a dispute was lost. While a bank has not decided, Stripe gives nothing back.
async fn is_taken_back(app: &App, refund: &Refund, charge: &str) -> anyhow::Result<bool> {
    match disputes::find_of_charge(&mut *app.store.read().await?, charge).await? {
        Some((id, DisputeState::Lost)) => {
            // Banks may dispute a part.
            let taken = app.stripe.load_dispute(&id).await?.amount;
            anyhow::ensure!(
                taken.minor >= refund.amount.minor,
                "the cardholder's bank took back {taken} of {} (dispute {id}), and Stripe gives nothing more: pay the rest in another way, and say so on the order's page",
                refund.amount
            );
            Ok(true)
        }
        Some((id, DisputeState::Open)) => anyhow::bail!(
            "the cardholder's bank disputes this payment and has taken the money; it goes back if the bank decides for you (dispute {id}). \
             To let the customer have it, accept the dispute in Stripe's dashboard"
        ),
        Some((_, DisputeState::Closed)) | None => Ok(false),
    }
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
        StripeError::OutcomeUnknown { .. } => refund.tries >= ALERT_AFTER,
        StripeError::Unreachable { .. }
        | StripeError::NotNow { .. }
        | StripeError::Unreadable { .. }
        | StripeError::NotSent { .. } => false,
    }
}

async fn ask(app: &App, refund: &Refund, charge: &str) -> Result<billing::Refund, StripeError> {
    let params = RefundParams {
        of: RefundOf::PaymentIntent(charge.to_owned()),
        amount: None,
        metadata: BTreeMap::from([
            ("installation".to_owned(), app.installation.id.clone()),
            ("order_id".to_owned(), refund.order.to_string()),
            ("refund_id".to_owned(), refund.id.to_string()),
        ]),
    };
    app.stripe.create_refund(&params, &refund.idempotency_key).await
}

async fn finish(app: &App, refund: &Refund, given: Option<billing::Refund>, way: RefundWay) -> anyhow::Result<()> {
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
    }
    timeline::add(&mut tx, &app.id(), &refund.order, &Happening::Refunded { amount: refund.amount, way }, now).await?;
    let mut over_since = None;
    if let Some(purchase) = orders::find(&mut tx, &refund.order).await? {
        let customer = purchase.order.customer.clone();
        if refund.reason.ends_order() && matches!(purchase.order.state, OrderState::RefundDue { .. }) {
            over_since = Some(purchase.created_at);
            orders::save(&mut tx, &purchase.order.refunded(refund.id.clone())?, now).await?;
        }
        mail::refund_made(app, &mut tx, &customer, (refund.order.as_str(), refund.id.as_str()), refund.amount, way)
            .await?;
    }
    alerts::clear(app, &mut tx, Rule::RefundStuck, refund.id.as_str()).await?;
    tx.commit().await?;
    if let Some(since) = over_since {
        observe::note_whole(&refund.order, since, "refunded");
    }
    tracing::info!(refund.id = %refund.id, order.id = %refund.order, "Refund {} of {} is made", refund.id, refund.amount);
    Ok(())
}

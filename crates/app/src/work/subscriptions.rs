//! Reading a subscription, writing down what it says, and ending one.

use crate::app::App;
use crate::mail;
use billing::{InvoiceStatus, StripeError, SubscriptionStatus};
use domain::ids::OrderId;
use domain::standing::FRESH;
use domain::timeline::Happening;
use jiff::Timestamp;
use store::services::{self, Service};
use store::{StoreError, Tx, timeline};

/// A subscription as Stripe showed it, with what its bills say where that matters.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// The subscription.
    pub(super) seen: billing::Subscription,
    /// When it was asked for.
    pub(super) read_at: Timestamp,
    /// The end of the last period that was paid; not looked up while all is in order.
    paid_until: Option<Timestamp>,
    /// Where the open bill can be paid.
    pay: Option<String>,
}

/// Ends a subscription if it has not ended, and says whether Stripe confirms that it has.
///
/// # Errors
/// Stripe did not answer: nothing is known, try again.
pub(super) async fn end(app: &App, subscription: &str) -> Result<bool, StripeError> {
    let seen = app.stripe.load_subscription(subscription).await?;
    if !seen.is_live_contract() {
        return Ok(true);
    }
    match app.stripe.cancel_subscription(subscription).await {
        Ok(_) => {}
        // Somebody else was faster.
        Err(error) if error.is_missing() => {}
        Err(error) => return Err(error),
    }
    // What the answer said is not enough: the read is the confirmation.
    Ok(!app.stripe.load_subscription(subscription).await?.is_live_contract())
}

/// Ends a subscription, and notes that it has ended: in a transaction that the caller completes and commits.
///
/// # Errors
/// It has not ended yet, or Stripe or the database did not answer: try again.
pub(super) async fn end_and_note(app: &App, subscription: &str, order: &OrderId) -> anyhow::Result<Tx> {
    anyhow::ensure!(end(app, subscription).await?, "the subscription has not ended yet");
    let mut tx = app.store.begin().await?;
    store::standing::set_subscription_ended(&mut tx, subscription).await?;
    timeline::add(&mut tx, &app.id(), order, &Happening::SubscriptionEnded, app.now()).await?;
    Ok(tx)
}

/// Reads a subscription, and its bills if it is not in order.
///
/// # Errors
/// Stripe did not answer: nothing is known.
pub(super) async fn read(app: &App, subscription: &str) -> Result<Reading, StripeError> {
    let read_at = app.now();
    let seen = app.stripe.load_subscription(subscription).await?;
    let bills = if is_in_order(&seen.status) { Vec::new() } else { app.stripe.list_invoices(subscription).await? };
    let paid = bills.iter().filter(|bill| bill.status == InvoiceStatus::Paid);
    let paid_until = paid.filter_map(|bill| Some(bill.period()?.end)).max();
    let open = bills.iter().filter(|bill| bill.status == InvoiceStatus::Open).max_by_key(|bill| bill.created);
    let pay = open.and_then(|bill| bill.hosted_invoice_url.clone());
    Ok(Reading { seen, read_at, paid_until, pay })
}

/// Writes down what a reading says, and tells the customer what changed by it. Gives the service as it is then; `None` when the
/// subscription pays for none. A reading that is older than what is known changes nothing (K4).
///
/// # Errors
/// The database did not answer.
pub(super) async fn note(app: &App, tx: &mut Tx, reading: &Reading) -> Result<Option<Service>, StoreError> {
    let Some(before) = store::standing::lock_by_subscription(tx, &reading.seen.id).await? else { return Ok(None) };
    // Only of the same moment, so that a clock that was wrong for a while does not make us deaf.
    let overtaken = |known: Timestamp| known > reading.read_at && known.duration_since(reading.read_at) < FRESH;
    if before.standing.read_at.is_some_and(overtaken) {
        return Ok(Some(before));
    }
    let overdue = before.fulfilled_at.is_some() && is_overdue(&reading.seen.status);
    let overdue_since = overdue.then(|| before.standing.overdue_since.unwrap_or_else(|| app.now()));
    let said = store::standing::Reading {
        state: reading.seen.status.as_str(),
        period_end: reading.seen.period_end(),
        ends_at: reading.seen.scheduled_end().filter(|_| reading.seen.is_live_contract()),
        paid_until: reading.paid_until,
        overdue_since,
        read_at: reading.read_at,
    };
    store::standing::set_subscription(tx, &before.id, &said).await?;
    if before.fulfilled_at.is_some() && !before.is_over() {
        tell(app, tx, &before, &said, reading).await?;
    }
    services::find(tx, &before.id).await
}

/// What changed, in the timeline and in the customer's mail.
async fn tell(
    app: &App,
    tx: &mut Tx,
    before: &Service,
    said: &store::standing::Reading<'_>,
    Reading { seen: billing::Subscription { status: seen, .. }, pay, .. }: &Reading,
) -> Result<(), StoreError> {
    let mut happened = Vec::new();
    match (before.standing.overdue_since, said.overdue_since) {
        (None, Some(since)) => {
            happened.push(Happening::PaymentFailed { suspend_on: before.standing.suspends_on(since) });
            mail::payment_failed(app, tx, before, since, pay.clone()).await?;
        }
        (Some(_), None) if is_in_order(seen) => happened.push(Happening::PaidAgain),
        (Some(_), None | Some(_)) | (None, None) => {}
    }
    let ended = *seen == SubscriptionStatus::Canceled;
    match (before.ends_at, said.ends_at) {
        _ if ended && before.subscription_state == seen.as_str() => {}
        _ if ended => happened.push(Happening::SubscriptionEnded),
        (planned, Some(on)) if planned != Some(on) => happened.push(Happening::EndPlanned { on }),
        (Some(_), None) => happened.push(Happening::EndTakenBack),
        (Some(_) | None, Some(_)) | (None, None) => {}
    }
    for what in happened {
        timeline::add(tx, &app.id(), &before.order, &what, app.now()).await?;
    }
    Ok(())
}

/// Reads a subscription, writes down what Stripe says about it, and has its service judged.
///
/// # Errors
/// Stripe or the database did not answer.
pub(crate) async fn refresh(app: &App, subscription: &str) -> anyhow::Result<()> {
    let reading = read(app, subscription).await?;
    let mut tx = app.store.begin().await?;
    if let Some(service) = note(app, &mut tx, &reading).await? {
        store::standing::judge_now(&mut tx, &service.id).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn is_in_order(status: &SubscriptionStatus) -> bool {
    matches!(status, SubscriptionStatus::Active | SubscriptionStatus::Trialing)
}

fn is_overdue(status: &SubscriptionStatus) -> bool {
    matches!(status, SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid)
}

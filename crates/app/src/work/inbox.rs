//! Applies Stripe's events. An event only says where to look: the object is read afresh, and the event is marked processed in the
//! transaction that applies what was found (O2, K4).

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::observe;
use crate::sales::evidence::{self, Bill, PageState};
use crate::sales::{belongs, settle};
use crate::work::{Report, disputes, each, retry_at, stripe_events, subscriptions};
use billing::StripeError;
use domain::ids::OrderId;
use domain::money::Money;
use store::events::{self, Event, Outcome};
use store::ledger::{self, EntryKind, NewEntry};
use store::refunds::{self, Refund as Decision};
use store::{accounts, pseudonyms, services};
use tracing::field::Empty;

/// Events taken at once.
const BATCH: i64 = 64;
/// Events applied at the same time.
const CONCURRENT: usize = 8;
/// After this many tries a person is told.
const ALERT_AFTER: i64 = 6;
/// An outage of Stripe is told of as such, and not once for each event that waits for its end. Only an event that Stripe fails on for so many
/// tries, some ten minutes, while everything else works is one to look at.
const ALERT_AFTER_OUTAGE: i64 = 8;

/// Applies the events that wait.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let next = events::next_wake(&mut *app.store.read().await?).await?;
    if next.is_none_or(|next| next > app.now()) {
        return Ok(Report { next, ..Report::default() });
    }
    let mut tx = app.store.begin().await?;
    let due = events::claim_due(&mut tx, now, now + app.config.waits.lease, BATCH).await?;
    tx.commit().await?;
    let taken = due.len();
    let failed = each(due, CONCURRENT, |event| async move {
        // Which order it is about is known once the object has been read.
        let span = tracing::error_span!("event", event.id = %event.id, order.id = Empty);
        observe::about(span, None, handle(app, &event)).await
    })
    .await;
    if taken > failed {
        app.nudge();
    }
    let next = events::next_wake(&mut *app.store.read().await?).await?;
    Ok(Report { taken, failed, next })
}

async fn handle(app: &App, event: &Event) -> bool {
    let error = match apply(app, event).await {
        Ok(outcome) => {
            metrics::counter!("givr_events_total", "outcome" => outcome.key()).increment(1);
            if let Some(lag) = event.created_at.map(|at| app.now().duration_since(at)) {
                metrics::histogram!("givr_webhook_lag_seconds", "stage" => "applied")
                    .record(lag.as_secs_f64().max(0.0));
            }
            // What cannot be read is kept with an alert of this event's own.
            if event.tries > 1 && (outcome != Outcome::Kept || names_something(event).is_some()) {
                forget_trouble(app, event).await;
            }
            return true;
        }
        Err(error) => error,
    };
    tracing::warn!(event.id = %event.id, event.kind = %event.kind, "Event {} waits: {error:#}", event.id);
    let postponed = async {
        let mut tx = app.store.begin().await?;
        events::postpone(&mut tx, &event.id, &format!("{error:#}"), retry_at(app.now(), event.tries)).await?;
        if is_worth_telling(&mut tx, event, &error).await? {
            let text =
                format!("Event {} ({}) could not be applied {} times: {error:#}", event.id, event.kind, event.tries);
            alerts::raise(app, &mut tx, Rule::EventUnreadable, &event.id, &text).await?;
        }
        anyhow::Ok(tx.commit().await?)
    };
    if let Err(error) = postponed.await {
        tracing::error!(event.id = %event.id, "Event {} could not be put back: {error:#}", event.id);
    }
    false
}

/// Whether a person has to know that this event waits.
async fn is_worth_telling(db: &mut store::Db, event: &Event, error: &anyhow::Error) -> anyhow::Result<bool> {
    if !error.downcast_ref::<StripeError>().is_some_and(StripeError::is_outage) {
        return Ok(event.tries >= ALERT_AFTER);
    }
    let outage = stripe_events::is_told_of(db).await?;
    Ok(event.tries >= ALERT_AFTER_OUTAGE && !outage)
}

/// What a person was told of has passed.
async fn forget_trouble(app: &App, event: &Event) {
    let cleared = async {
        let mut tx = app.store.begin().await?;
        alerts::clear(app, &mut tx, Rule::EventUnreadable, &event.id).await?;
        tx.commit().await
    };
    if let Err(error) = cleared.await {
        tracing::warn!(event.id = %event.id, "The alert about event {} stays: {error}", event.id);
    }
}

/// What an event is about, if it can be read.
fn names_something(event: &Event) -> Option<&str> {
    event.object_id.as_deref().filter(|_| !event.kind.is_empty())
}

async fn apply(app: &App, event: &Event) -> anyhow::Result<Outcome> {
    let id = Some(event.id.as_str());
    if event.kind == "invoice.upcoming" {
        // It announces a bill that does not exist yet, and therefore names none.
        return settle::finish(app, id, Outcome::Ignored).await;
    }
    let Some(object) = names_something(event) else {
        return settle::keep(
            app,
            id,
            Rule::EventUnreadable,
            &event.id,
            "An event has a shape that this release cannot read.",
        )
        .await;
    };
    if event.live.is_some_and(|live| live != (app.stripe.mode() == billing::Mode::Live)) {
        return settle::keep(app, id, Rule::PaymentForeign, &event.id, "An event is of another mode than this shop.")
            .await;
    }
    let applied = match event.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" | "checkout.session.expired" => {
            apply_page(app, object, id).await
        }
        "checkout.session.async_payment_failed" => apply_failed_page(app, object, id).await,
        "invoice.paid" => apply_invoice(app, object, id, event.tries >= ALERT_AFTER).await,
        "invoice.payment_failed"
        | "invoice.payment_action_required"
        | "invoice.voided"
        | "invoice.marked_uncollectible" => apply_unpaid_invoice(app, object, id).await,
        kind if kind.starts_with("customer.subscription.") => match subscriptions::refresh(app, object).await {
            Ok(()) => settle::finish(app, id, Outcome::Applied).await,
            Err(error) => Err(error),
        },
        "customer.deleted" => forget_customer(app, object, id).await,
        "refund.created" | "refund.updated" | "refund.failed" => apply_refund(app, object, id).await,
        // Whatever happened to it, the dispute itself says where it stands: what began as a question of the bank may take the money later.
        kind if kind.starts_with("charge.dispute.") => disputes::apply(app, object, id).await,
        _ => settle::finish(app, id, Outcome::Ignored).await,
    };
    match applied {
        // The object is not in this account and mode: the event is about something else than this shop.
        Err(error) if error.downcast_ref::<StripeError>().is_some_and(StripeError::is_missing) => {
            let text = format!("Event {} names {object}, which Stripe does not have.", event.id);
            settle::keep(app, id, Rule::PaymentForeign, &event.id, &text).await
        }
        applied => applied,
    }
}

async fn apply_page(app: &App, session: &str, event: Option<&str>) -> anyhow::Result<Outcome> {
    let page = evidence::read_page(app, session).await?;
    settle::apply_page(app, &page, event).await
}

/// A delayed payment did not arrive: its subscription ends, the order too.
async fn apply_failed_page(app: &App, session: &str, event: Option<&str>) -> anyhow::Result<Outcome> {
    let mut page = evidence::read_page(app, session).await?;
    if let PageState::Pending { subscription } = &page.state {
        // Somebody else's subscription is never ours to end (M8).
        if let Some(subscription) = subscription.as_ref().filter(|_| belongs::is_ours(app, &page)) {
            anyhow::ensure!(
                subscriptions::end(app, subscription.as_str()).await?,
                "the subscription has not ended yet"
            );
        }
        page.state = PageState::Expired;
    }
    settle::apply_page(app, &page, event).await
}

/// What is settled by no charge is looked at again until it is `enough`: Stripe may not have written the charge down yet.
async fn apply_invoice(app: &App, invoice: &str, event: Option<&str>, enough: bool) -> anyhow::Result<Outcome> {
    let bill = evidence::read_invoice(app, invoice).await?;
    if let Bill::Paid(evidence) = &bill
        && belongs::is_ours_without_order(app, evidence).await?
    {
        // Nobody gets anything for it: whatever it took waits for a person, and it takes no more.
        anyhow::ensure!(
            subscriptions::end(app, evidence.payment.subscription.as_str()).await?,
            "a subscription without an order has not ended yet"
        );
    }
    match bill {
        Bill::Paid(evidence) if evidence.first => settle::apply_payment(app, &evidence, event).await,
        Bill::Paid(evidence) => {
            subscriptions::refresh(app, evidence.payment.subscription.as_str()).await?;
            settle::apply_renewal(app, &evidence, event).await
        }
        Bill::Elsewhere(_) if !enough => Err(evidence::not_by_one_charge(invoice)),
        Bill::Elsewhere(evidence) => {
            subscriptions::refresh(app, evidence.payment.subscription.as_str()).await?;
            settle::apply_elsewhere(app, &evidence, event).await
        }
        Bill::Unpaid(_) => settle::finish(app, event, Outcome::Unchanged).await,
        Bill::NotOurs(what) => settle::keep(app, event, Rule::PaymentUnexplained, invoice, &what).await,
    }
}

/// A bill that was not paid says something about its subscription, and nothing else.
async fn apply_unpaid_invoice(app: &App, invoice: &str, event: Option<&str>) -> anyhow::Result<Outcome> {
    let Some(subscription) = app.stripe.load_invoice(invoice).await?.subscription else {
        return settle::finish(app, event, Outcome::Ignored).await;
    };
    subscriptions::refresh(app, &subscription).await?;
    settle::finish(app, event, Outcome::Applied).await
}

/// Somebody deleted a customer in Stripe's dashboard: the next purchase makes another one.
async fn forget_customer(app: &App, customer: &str, event: Option<&str>) -> anyhow::Result<Outcome> {
    let mut tx = app.store.begin().await?;
    accounts::forget_stripe_customer(&mut tx, customer).await?;
    if let Some(event) = event {
        // It says once more who the customer was.
        pseudonyms::forget_event(&mut tx, event).await?;
        events::finish(&mut tx, event, Outcome::Applied, app.now()).await?;
    }
    tx.commit().await?;
    Ok(Outcome::Applied)
}

/// Money went back: by our decision, or by somebody's in Stripe's dashboard. Both belong into the ledger.
async fn apply_refund(app: &App, id: &str, event: Option<&str>) -> anyhow::Result<Outcome> {
    let refund = app.stripe.load_refund(id).await?;
    let Some(charge) = refund.payment_intent.clone().or(refund.charge.clone()) else {
        return settle::keep(app, event, Rule::EventUnreadable, id, "A refund names no charge.").await;
    };
    let now = app.now();
    let mut tx = app.store.begin().await?;
    ledger::lock_charge(&mut tx, &charge).await?;
    let noted = refunds::note_state(&mut tx, id, refund.status.as_str()).await?;
    let order = ledger::find_order_of_charge(&mut tx, &charge).await?;
    let decision = decision_of(&mut tx, &refund, order.as_ref()).await?;
    let ours = noted || decision.is_some();
    let paid_otherwise = decision.filter(|decision| decision.paid_otherwise_at.is_some());
    let failed = crate::work::refunds::is_failed(&refund.status);
    if failed {
        if paid_otherwise.is_none() {
            let of = order.as_ref().map_or_else(String::new, |order| format!(" of order {order}"));
            let then = if ours { ", and say so on the order's page" } else { "" };
            let text = format!(
                "Refund {id} of {}{of} failed: the money is back in your balance. Pay it out in another way{then}.",
                refund.amount
            );
            alerts::raise(app, &mut tx, Rule::RefundStuck, id, &text).await?;
        }
        if ledger::knows(&mut tx, id, EntryKind::Refund).await? {
            let live = app.stripe.mode() == billing::Mode::Live;
            let entry = NewEntry {
                live,
                object: id,
                kind: EntryKind::RefundFailed,
                charge: &charge,
                order: order.as_ref(),
                amount: refund.amount,
            };
            ledger::record(&mut tx, &app.id(), &entry, now).await?;
        }
    } else {
        let amount = Money::new(-refund.amount.minor, refund.amount.currency);
        let live = app.stripe.mode() == billing::Mode::Live;
        let entry =
            NewEntry { live, object: id, kind: EntryKind::Refund, charge: &charge, order: order.as_ref(), amount };
        let new = ledger::record(&mut tx, &app.id(), &entry, now).await?;
        if let Some(decision) = paid_otherwise.filter(|decision| new && decision.done_at.is_some()) {
            crate::work::refunds::tell_of_both(app, &mut tx, &decision, id).await?;
        }
        match &order {
            _ if !new || ours => {}
            None => {
                let text = format!("Refund {id} of {} belongs to no order of ours.", refund.amount);
                alerts::raise(app, &mut tx, Rule::PaymentUnexplained, id, &text).await?;
            }
            Some(order) if still_stands(&mut tx, order).await? => {
                let text = format!(
                    "{} of order {order} was given back in Stripe's dashboard (refund {id}), and its server stays. Nothing ends by itself.",
                    refund.amount
                );
                alerts::raise(app, &mut tx, Rule::RefundedByHand, order.as_str(), &text).await?;
            }
            Some(_) => {}
        }
    }
    if let Some(event) = event {
        events::finish(&mut tx, event, Outcome::Applied, now).await?;
    }
    tx.commit().await?;
    Ok(Outcome::Applied)
}

/// The decision of ours that made a refund: whoever carries it out may not have written down its number yet.
async fn decision_of(
    db: &mut store::Db,
    refund: &billing::Refund,
    order: Option<&OrderId>,
) -> anyhow::Result<Option<Decision>> {
    let (Some(order), Some(decision)) = (order, refund.metadata.get("refund_id")) else { return Ok(None) };
    let mut decisions = refunds::list_of_order(db, order).await?.into_iter();
    Ok(decisions.find(|one| one.id.as_str() == decision && one.charge == refund.payment_intent))
}

/// Whether a server stands, or is made, for an order.
async fn still_stands(db: &mut store::Db, order: &OrderId) -> anyhow::Result<bool> {
    let service = services::find_by_order(db, order).await?;
    Ok(service.is_some_and(|service| !service.is_over()))
}

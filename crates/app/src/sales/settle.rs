//! When the money arrives: one function for webhooks, polls and the return page, and one transaction for everything that
//! follows from it.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::mail;
use crate::observe;
use crate::sales::belongs::{foreign, mismatch};
use crate::sales::evidence::{Evidence, Page, PageState};
use crate::sales::room::{self, Wanted};
use anyhow::Context;
use domain::ids::{OrderId, ServiceId};
use domain::order::{CheckoutSessionId, Order, OrderState, Payment, Room, Settled};
use domain::refund::RefundReason;
use domain::timeline::Happening;
use jiff::{SignedDuration, Timestamp};
use store::checkout as attempts;
use store::events::{self, Outcome};
use store::ledger::{self, EntryKind, NewEntry};
use store::operations::{self, OperationKind};
use store::orders::{self, Purchase};
use store::refunds::{self, NewRefund};
use store::reservations;
use store::services::{self, Sample, Service};
use store::standing::{self, Standing};
use store::{Db, StoreError, Tx, timeline};

/// Applies what Stripe says about a payment page. `event` is marked processed in the same transaction.
///
/// # Errors
/// The database did not answer, or somebody else changed the order at the same moment: nothing was written, try again.
pub async fn apply_page(app: &App, page: &Page, event: Option<&str>) -> anyhow::Result<Outcome> {
    let Some(order) = page.claim.order.clone() else {
        return keep(
            app,
            event,
            Rule::PaymentUnexplained,
            page.session.as_str(),
            "a payment page names no order of ours",
        )
        .await;
    };
    if let Some(problem) = foreign(app, page.claim.installation.as_deref(), page.live) {
        return keep(app, event, Rule::PaymentForeign, page.session.as_str(), &problem).await;
    }
    match &page.state {
        PageState::Open => finish(app, event, Outcome::Unchanged).await,
        PageState::Paid(evidence) => apply_payment(app, evidence, event).await,
        PageState::Pending { .. } => apply_pending(app, &order, &page.session, event).await,
        PageState::Expired => apply_expired(app, &order, &page.session, event).await,
        PageState::Odd(what) => keep(app, event, Rule::EventUnreadable, page.session.as_str(), what).await,
    }
}

/// Applies money that arrived.
///
/// # Errors
/// As for [`apply_page`].
pub async fn apply_payment(app: &App, evidence: &Evidence, event: Option<&str>) -> anyhow::Result<Outcome> {
    let charge =
        evidence.payment.payment_intent.as_ref().map_or(evidence.payment.invoice.as_str(), |intent| intent.as_str());
    if let Some(problem) = foreign(app, evidence.claim.installation.as_deref(), evidence.live) {
        return keep(app, event, Rule::PaymentForeign, charge, &problem).await;
    }
    let over = is_over(app, evidence).await?;
    let mut tx = app.store.begin().await?;
    let purchase = match &evidence.claim.order {
        Some(order) => orders::find(&mut tx, order).await?,
        None => None,
    };
    observe::note_order(purchase.as_ref().map(|purchase| &purchase.order.id));
    let Some(purchase) = purchase else {
        record_charge(app, &mut tx, evidence, None).await?;
        let text = format!(
            "{} arrived from subscription {} for an order that does not exist here. Look in Stripe's dashboard whether the subscription has \
             ended, and give the money back.",
            evidence.payment.amount, evidence.payment.subscription
        );
        alerts::raise(app, &mut tx, Rule::PaymentUnexplained, charge, &text).await?;
        mark(&mut tx, event, Outcome::Kept, app.now()).await?;
        tx.commit().await?;
        return Ok(Outcome::Kept);
    };
    if let Some(problem) = mismatch(&mut tx, &purchase, evidence).await? {
        let text = format!("Order {}: {problem}. Nothing is made for it, and the money goes back.", purchase.order.id);
        alerts::raise(app, &mut tx, Rule::PaymentMismatch, charge, &text).await?;
        let outcome = refuse(app, &mut tx, purchase, evidence).await?;
        mark(&mut tx, event, outcome, app.now()).await?;
        tx.commit().await?;
        app.nudge();
        return Ok(outcome);
    }
    let outcome = settle(app, &mut tx, purchase, evidence, over).await?;
    mark(&mut tx, event, outcome, app.now()).await?;
    tx.commit().await?;
    app.nudge();
    Ok(outcome)
}

/// Applies a later bill of a subscription: the ledger's entry, and until when the service is paid; the subscription itself was read afresh.
/// What is charged after the end goes back (M10). What is not as it was bought is kept, and waits for a person (M3, M4).
///
/// # Errors
/// As for [`apply_page`].
pub async fn apply_renewal(app: &App, evidence: &Evidence, event: Option<&str>) -> anyhow::Result<Outcome> {
    let charge =
        evidence.payment.payment_intent.as_ref().map_or(evidence.payment.invoice.as_str(), |intent| intent.as_str());
    if let Some(problem) = foreign(app, evidence.claim.installation.as_deref(), evidence.live) {
        return keep(app, event, Rule::PaymentForeign, charge, &problem).await;
    }
    let subscription = evidence.payment.subscription.as_str();
    let mut tx = app.store.begin().await?;
    // Taking turns with a deletion for want of payment: either it sees this payment, or the payment goes back.
    let service = standing::lock_by_subscription(&mut tx, subscription).await?;
    let purchase = orders::find_by_subscription(&mut tx, subscription).await?;
    observe::note_order(purchase.as_ref().map(|purchase| &purchase.order.id));
    let Some(purchase) = purchase else {
        record_charge(app, &mut tx, evidence, None).await?;
        let text = format!(
            "A renewal of {} was paid for subscription {subscription}, which no order of ours knows. Look in Stripe's dashboard whether it \
             has ended, and give the money back.",
            evidence.payment.amount
        );
        alerts::raise(app, &mut tx, Rule::PaymentUnexplained, charge, &text).await?;
        mark(&mut tx, event, Outcome::Kept, app.now()).await?;
        tx.commit().await?;
        return Ok(Outcome::Kept);
    };
    let order = purchase.order.id.clone();
    let heard_now = record_charge(app, &mut tx, evidence, Some(&order)).await?;
    if has_ended(&mut tx, &purchase).await? {
        // An event that is applied once more tells of a charge that paid for what was used.
        if heard_now {
            give_back(app, &mut tx, &order, &evidence.payment, RefundReason::ChargedAfterEnd).await?;
        }
    } else {
        let odd = match evidence.renews {
            true => mismatch(&mut tx, &purchase, evidence).await?.map(|problem| {
                format!(
                    "Order {order} was renewed, and {problem}. The server goes on, and the money is kept until you decide: give back what was \
                     too much, and mend the subscription's prices in Stripe's dashboard."
                )
            }),
            false => evidence.payment.payment_intent.as_ref().map(|_| {
                format!(
                    "{} was charged for order {order} outside of a renewal: somebody changed its subscription at Stripe, where no plan of ours \
                     changes. Nothing changed at the server, and the money is kept until you decide: give it back in Stripe's dashboard, and \
                     change the subscription back.",
                    evidence.payment.amount
                )
            }),
        };
        if let Some(text) = odd {
            alerts::raise(app, &mut tx, Rule::PaymentMismatch, charge, &text).await?;
        }
        if let Some((service, until)) = service.as_ref().zip(evidence.period_end) {
            standing::set_paid_until(&mut tx, &service.id, until).await?;
        }
    }
    mark(&mut tx, event, Outcome::Applied, app.now()).await?;
    tx.commit().await?;
    app.nudge();
    Ok(Outcome::Applied)
}

/// Applies a bill that is settled, and by no charge: somebody said in Stripe's dashboard that it was paid in another way. A renewal is paid
/// all the same; nothing is begun for a first bill. The ledger has nothing to show for it, and a person is told once.
///
/// # Errors
/// As for [`apply_page`].
pub async fn apply_elsewhere(app: &App, evidence: &Evidence, event: Option<&str>) -> anyhow::Result<Outcome> {
    let (invoice, subscription) = (evidence.payment.invoice.as_str(), evidence.payment.subscription.as_str());
    if let Some(problem) = foreign(app, evidence.claim.installation.as_deref(), evidence.live) {
        return keep(app, event, Rule::PaymentForeign, invoice, &problem).await;
    }
    let mut tx = app.store.begin().await?;
    let service = standing::lock_by_subscription(&mut tx, subscription).await?;
    let purchase = orders::find_by_subscription(&mut tx, subscription).await?;
    observe::note_order(purchase.as_ref().map(|purchase| &purchase.order.id));
    let over = match &purchase {
        Some(purchase) => has_ended(&mut tx, purchase).await?,
        None => true,
    };
    if let Some((service, until)) = service.filter(|_| !over).zip(evidence.period_end) {
        standing::set_paid_until(&mut tx, &service.id, until).await?;
    }
    let named =
        purchase.map_or_else(|| "no order of ours".to_owned(), |purchase| format!("order {}", purchase.order.id));
    let what = match over {
        true => "Nothing is delivered for it: if money came, give it back the way it came",
        false => "It counts as paid, and the server goes on",
    };
    let text = format!(
        "Invoice {invoice} over {} ({named}) is settled, and by no charge at Stripe: somebody said there that it was paid outside. {what}. It is in \
         no ledger of ours; close this when your own books have it.",
        evidence.payment.amount
    );
    alerts::raise(app, &mut tx, Rule::PaymentUnexplained, invoice, &text).await?;
    mark(&mut tx, event, Outcome::Kept, app.now()).await?;
    tx.commit().await?;
    app.nudge();
    Ok(Outcome::Kept)
}

/// Whether what a subscription paid for is over: whatever it is charged now goes back (M10).
async fn has_ended(db: &mut Db, purchase: &Purchase) -> Result<bool, StoreError> {
    if matches!(purchase.order.state, OrderState::RefundDue { .. } | OrderState::Refunded { .. }) {
        return Ok(true);
    }
    let service = services::find_by_order(db, &purchase.order.id).await?;
    Ok(service.is_some_and(|service| service.is_over()))
}

/// Whether the subscription of an order that nobody has paid, as far as we know, is over already: a shop that was restored to before the
/// payment hears of it when its money may be back.
async fn is_over(app: &App, evidence: &Evidence) -> anyhow::Result<bool> {
    let Some(order) = &evidence.claim.order else { return Ok(false) };
    let known = orders::find(&mut *app.store.read().await?, order).await?;
    if known.is_none_or(|known| known.order.state.payment().is_some()) {
        return Ok(false);
    }
    Ok(!app.stripe.load_subscription(evidence.payment.subscription.as_str()).await?.is_live_contract())
}

async fn settle(
    app: &App,
    tx: &mut Tx,
    purchase: Purchase,
    evidence: &Evidence,
    over: bool,
) -> anyhow::Result<Outcome> {
    let now = app.now();
    let id = purchase.order.id.clone();
    let paid_before = purchase.order.state.payment().is_some();
    let room = if paid_before { Room::Held } else { secure_room(app, tx, &purchase).await? };
    let service = ServiceId::of_order(&id);
    let settled = purchase.order.clone().settle(evidence.payment.clone(), service.clone(), room);
    match settled {
        Settled::Unchanged(_) => Ok(Outcome::Unchanged),
        Settled::Applied(order) => {
            orders::save(tx, &order, now).await?;
            record_charge(app, tx, evidence, Some(&id)).await?;
            let amount = evidence.payment.amount;
            timeline::add(tx, &app.id(), &id, &Happening::PaymentReceived { amount }, now).await?;
            match order.state {
                OrderState::RefundDue { reason, .. } => give_back(app, tx, &id, &evidence.payment, reason).await?,
                OrderState::Paid { .. } => {
                    start_service(app, tx, &purchase, evidence, service.clone()).await?;
                    if over {
                        let why = "its subscription ended before the shop heard of the payment";
                        services::request_stop_of_delivery(tx, &service, why, now).await?;
                        timeline::add(tx, &app.id(), &id, &Happening::StopRequested, now).await?;
                    }
                    tell_if_given_back(app, tx, &id, evidence, over).await?;
                }
                OrderState::Reserved { .. }
                | OrderState::CheckoutOpen { .. }
                | OrderState::Settling { .. }
                | OrderState::Expired { .. }
                | OrderState::Fulfilled { .. }
                | OrderState::Refunded { .. } => {}
            }
            Ok(Outcome::Applied)
        }
        Settled::GiveBack { payment, reason, .. } => {
            record_charge(app, tx, evidence, Some(&id)).await?;
            give_back(app, tx, &id, &payment, reason).await?;
            Ok(Outcome::Applied)
        }
    }
}

/// Somebody may have given the money back in Stripe's dashboard before we heard of the payment.
async fn tell_if_given_back(
    app: &App,
    tx: &mut Tx,
    order: &OrderId,
    evidence: &Evidence,
    over: bool,
) -> anyhow::Result<()> {
    let Some(intent) = &evidence.payment.payment_intent else { return Ok(()) };
    if ledger::has_refund(tx, intent.as_str()).await? {
        // What is over is not made, and its refund becomes that of the order.
        if !over {
            let text = format!(
                "Money of order {order} was given back in Stripe's dashboard before the shop heard of the payment, and its server is made. \
             Nothing ends by itself."
            );
            alerts::raise(app, tx, Rule::RefundedByHand, order.as_str(), &text).await?;
        }
        for refund in ledger::list_unexplained_refunds(tx, intent.as_str()).await? {
            alerts::clear(app, tx, Rule::PaymentUnexplained, &refund).await?;
        }
    }
    Ok(())
}

/// A payment that is not what was ordered: it goes back, and the place of an order that nobody else paid is free again.
async fn refuse(app: &App, tx: &mut Tx, purchase: Purchase, evidence: &Evidence) -> anyhow::Result<Outcome> {
    let now = app.now();
    let id = purchase.order.id.clone();
    let (payment, reason) = match purchase.order.refuse(evidence.payment.clone()) {
        Settled::Unchanged(_) => return Ok(Outcome::Unchanged),
        Settled::Applied(order) => {
            orders::save(tx, &order, now).await?;
            reservations::release(tx, &id, "something else was paid than what was ordered", now).await?;
            let amount = evidence.payment.amount;
            timeline::add(tx, &app.id(), &id, &Happening::PaymentReceived { amount }, now).await?;
            (evidence.payment.clone(), RefundReason::NotAsOrdered)
        }
        Settled::GiveBack { payment, reason, .. } => (payment, reason),
    };
    record_charge(app, tx, evidence, Some(&id)).await?;
    give_back(app, tx, &id, &payment, reason).await?;
    Ok(Outcome::Applied)
}

/// The order's reservation if it lives, another one if not.
async fn secure_room(app: &App, tx: &mut Tx, purchase: &Purchase) -> anyhow::Result<Room> {
    if reservations::find_of_order(tx, &purchase.order.id).await?.is_some() {
        return Ok(Room::Held);
    }
    let blueprint = app.catalogue.find_blueprint(&purchase.snapshot.blueprint);
    let blueprint =
        blueprint.with_context(|| format!("blueprint {} is gone from the catalogue", purchase.snapshot.blueprint))?;
    let wanted =
        Wanted { order: &purchase.order.id, region: &purchase.region, shape: purchase.snapshot.shape, blueprint };
    Ok(if room::hold(app, tx, &wanted, &[]).await?.is_some() { Room::HeldAgain } else { Room::Gone })
}

/// The service and the job that delivers it.
async fn start_service(
    app: &App,
    tx: &mut Tx,
    purchase: &Purchase,
    evidence: &Evidence,
    id: ServiceId,
) -> anyhow::Result<()> {
    let now = app.now();
    let key = panel::ServerKey::new(&app.installation.prefix, &id).context("cannot name the server")?;
    let service = Service {
        id: id.clone(),
        order: purchase.order.id.clone(),
        customer: purchase.order.customer.clone(),
        plan: purchase.plan.clone(),
        blueprint: purchase.snapshot.blueprint.clone(),
        region: purchase.region.clone(),
        name: purchase.snapshot.server_name.clone(),
        spec: purchase.snapshot.clone(),
        external_id: key.as_str().to_owned(),
        subscription: evidence.payment.subscription.to_string(),
        subscription_state: "active".to_owned(),
        period_end: evidence.period_end,
        ends_at: None,
        stop_requested_at: None,
        fulfilled_at: None,
        verified: None,
        terminated_at: None,
        server: None,
        address: None,
        missing: false,
        sample: Sample::default(),
        standing: Standing {
            policy: app.config.policy.standing,
            paid_until: evidence.period_end,
            ..Standing::default()
        },
        created_at: now,
    };
    services::create(tx, &service, now).await?;
    operations::create(tx, &app.id(), &id, OperationKind::Create, now).await?;
    mail::payment_received(app, tx, &service, evidence.payment.amount).await?;
    Ok(())
}

/// Decides that a payment goes back, tells the customer and the operator (N5). The refund work does the rest.
///
/// # Errors
/// The database did not answer.
pub async fn give_back(
    app: &App,
    tx: &mut Tx,
    order: &OrderId,
    payment: &Payment,
    reason: RefundReason,
) -> anyhow::Result<()> {
    let now = app.now();
    let refund = NewRefund {
        id: &app.id(),
        order,
        subscription: payment.subscription.as_str(),
        charge: payment.payment_intent.as_ref().map(|intent| intent.as_str()),
        amount: payment.amount,
        reason,
    };
    if !refunds::open(tx, &refund, now).await? {
        // It was decided, and told, when this was heard of first.
        return Ok(());
    }
    timeline::add(tx, &app.id(), order, &Happening::RefundDecided { reason }, now).await?;
    if !reason.is_asked_for() {
        // An order may have several; its one alert names them all.
        let decided = refunds::list_of_order(tx, order).await?;
        let told = decided.iter().filter(|refund| !refund.reason.is_asked_for());
        let told: Vec<String> = told.map(|refund| format!("{} ({})", refund.amount, refund.reason.key())).collect();
        let text = format!("Order {order}: {} goes back.", told.join(", and "));
        alerts::raise(app, tx, Rule::RefundDecided, order.as_str(), &text).await?;
    }
    Ok(())
}

async fn apply_pending(
    app: &App,
    order: &OrderId,
    session: &CheckoutSessionId,
    event: Option<&str>,
) -> anyhow::Result<Outcome> {
    let outcome =
        change(app, order, event, Happening::PaymentPending, |order| Ok(order.start_settling(session.clone()))).await?;
    Ok(outcome)
}

/// Nobody can pay on this page any more: the order ends, unless another page of it is open (C3).
async fn apply_expired(
    app: &App,
    id: &OrderId,
    session: &CheckoutSessionId,
    event: Option<&str>,
) -> anyhow::Result<Outcome> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let pages = attempts::list_of_order(&mut tx, id).await?;
    let known = pages.iter().find(|page| page.session.as_deref() == Some(session.as_str()));
    if let Some(page) = known {
        attempts::close(&mut tx, &page.id, now).await?;
    }
    let newest = pages.last().zip(known).is_some_and(|(last, page)| last.id == page.id);
    let purchase = orders::find(&mut tx, id).await?;
    let outcome = match purchase {
        Some(purchase) if newest && purchase.order.state.payment().is_none() => {
            expire(app, &mut tx, purchase.order, "nobody paid").await?
        }
        Some(_) | None => Outcome::Unchanged,
    };
    mark(&mut tx, event, outcome, now).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// Ends an unpaid order and releases what it holds.
///
/// # Errors
/// The database did not answer, or the order has money.
pub async fn expire(app: &App, tx: &mut Tx, order: Order, why: &str) -> anyhow::Result<Outcome> {
    let now = app.now();
    let id = order.id.clone();
    if matches!(order.state, OrderState::Expired { .. }) {
        return Ok(Outcome::Unchanged);
    }
    let expired = order.expire(now)?;
    orders::save(tx, &expired, now).await?;
    reservations::release(tx, &id, why, now).await?;
    timeline::add(tx, &app.id(), &id, &Happening::CheckoutExpired, now).await?;
    Ok(Outcome::Applied)
}

async fn change(
    app: &App,
    id: &OrderId,
    event: Option<&str>,
    tell: Happening,
    to: impl FnOnce(Order) -> anyhow::Result<Order>,
) -> anyhow::Result<Outcome> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let outcome = match orders::find(&mut tx, id).await? {
        None => Outcome::Unchanged,
        Some(purchase) => {
            let before = purchase.order.state.clone();
            let order = to(purchase.order)?;
            if order.state == before {
                Outcome::Unchanged
            } else {
                orders::save(&mut tx, &order, now).await?;
                timeline::add(&mut tx, &app.id(), id, &tell, now).await?;
                Outcome::Applied
            }
        }
    };
    mark(&mut tx, event, outcome, now).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// The ledger's entry for a charge, once (M1). A bill of nothing leaves none. `false` when it stood there already.
async fn record_charge(
    app: &App,
    db: &mut Db,
    evidence: &Evidence,
    order: Option<&OrderId>,
) -> Result<bool, StoreError> {
    let Some(intent) = &evidence.payment.payment_intent else { return Ok(true) };
    let entry = NewEntry {
        live: evidence.live,
        object: intent.as_str(),
        kind: EntryKind::Charge,
        charge: intent.as_str(),
        order,
        amount: evidence.payment.amount,
    };
    ledger::lock_charge(db, intent.as_str()).await?;
    ledger::record(db, &app.id(), &entry, app.now()).await
}

async fn mark(db: &mut Db, event: Option<&str>, outcome: Outcome, now: Timestamp) -> Result<(), StoreError> {
    match event {
        Some(event) => events::finish(db, event, outcome, now).await,
        None => Ok(()),
    }
}

/// Marks an event without having changed anything else.
///
/// # Errors
/// The database did not answer.
pub async fn finish(app: &App, event: Option<&str>, outcome: Outcome) -> anyhow::Result<Outcome> {
    if event.is_some() {
        let mut tx = app.store.begin().await?;
        mark(&mut tx, event, outcome, app.now()).await?;
        tx.commit().await?;
    }
    Ok(outcome)
}

/// How long an event that this release cannot read rests until it is tried again, by a later release perhaps.
const UNREADABLE: SignedDuration = SignedDuration::from_hours(24);

/// Leaves an event to a person. One that cannot be read stays open; the others are understood, and change nothing.
///
/// # Errors
/// The database did not answer.
pub async fn keep(app: &App, event: Option<&str>, rule: Rule, key: &str, text: &str) -> anyhow::Result<Outcome> {
    let mut tx = app.store.begin().await?;
    alerts::raise(app, &mut tx, rule, key, text).await?;
    match event.filter(|_| rule == Rule::EventUnreadable) {
        Some(event) => events::postpone(&mut tx, event, text, app.now() + UNREADABLE).await?,
        None => mark(&mut tx, event, Outcome::Kept, app.now()).await?,
    }
    tx.commit().await?;
    Ok(Outcome::Kept)
}

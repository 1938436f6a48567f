//! Money that goes back, and contracts that end.

use super::{ActError, Looked, Step, detail, not, plan, service};
use crate::app::App;
use crate::texts::{self, day, day_and_time, one, price, t};
use domain::ids::{OrderId, ServiceId};
use domain::money::Money;
use domain::order::OrderState;
use domain::refund::RefundReason;
use domain::standing::Dispute;
use domain::timeline::Happening;
use jiff::Timestamp;
use serde_json::json;
use store::ledger::{self, Entry, EntryKind};
use store::operations::{self, OperationKind};
use store::orders::{self, Purchase};
use store::refunds::{self, NewRefund};
use store::services::{self, ENDED_BY_HAND, GIVEN_BACK, Service};
use store::{Db, StoreError, Tx, disputes, timeline};

/// What goes back, and what ends with it.
pub(super) struct GiveBack {
    order: OrderId,
    service: ServiceId,
    subscription: String,
    charge: String,
    amount: Money,
    /// Whether the server is not gone or going yet.
    ends: bool,
}

pub(super) async fn refund(db: &mut Db, id: &OrderId) -> Result<Looked, ActError> {
    let purchase = orders::find(db, id).await?.ok_or(ActError::Missing)?;
    match &purchase.order.state {
        OrderState::Reserved { .. }
        | OrderState::CheckoutOpen { .. }
        | OrderState::Settling { .. }
        | OrderState::Expired { .. } => not("act-refund-unpaid"),
        OrderState::RefundDue { .. } => not("act-refund-under-way"),
        OrderState::Refunded { .. } => not("act-refund-done"),
        OrderState::Paid { payment, service } => delivery(db, &purchase, service, payment.amount).await,
        OrderState::Fulfilled { .. } => delivered(db, &purchase).await,
    }
}

/// What is being delivered stops, and the money goes back in the usual way.
async fn delivery(db: &mut Db, purchase: &Purchase, id: &ServiceId, amount: Money) -> Result<Looked, ActError> {
    if service(db, id).await?.stop_requested_at.is_some() {
        return not("act-refund-under-way");
    }
    let says = vec![
        t("act-delivery-stops").into_owned(),
        t("act-subscription-ends").into_owned(),
        one("act-money-all", "amount", price(amount)),
        t("act-mail-refund").into_owned(),
    ];
    let order = &purchase.order.id;
    plan(says, order.to_string(), detail("amount", amount.to_string()), Step::StopDelivery(id.clone(), order.clone()))
}

/// The newest payment that has not gone back: the one for the period that runs.
async fn delivered(db: &mut Db, purchase: &Purchase) -> Result<Looked, ActError> {
    let order = &purchase.order.id;
    let Some(service) = services::find_by_order(db, order).await? else { return Err(ActError::Missing) };
    match disputes::of_order(db, order).await? {
        Dispute::Open | Dispute::Lost => return not("act-refund-disputed"),
        Dispute::None => {}
    }
    let entries = ledger::list_of_order(db, order).await?;
    let decided = refunds::list_of_order(db, order).await?;
    let too_many: Vec<&str> =
        decided.iter().filter(|one| one.reason.is_one_too_many()).filter_map(|one| one.charge.as_deref()).collect();
    let charges: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Charge && !too_many.contains(&entry.charge.as_str()))
        .collect();
    let Some(newest) = charges.iter().max_by_key(|entry| entry.at) else { return not("act-refund-nothing") };
    if let Some(decision) = decided.iter().find(|one| one.charge.as_deref() == Some(newest.charge.as_str())) {
        return not(if decision.done_at.is_some() { "act-refund-done" } else { "act-refund-under-way" });
    }
    if ledger::has_refund(db, &newest.charge).await? {
        return not("act-refund-by-stripe");
    }
    let leaving = match leaving(db, &service).await? {
        Leaving::Busy => return not("act-busy"),
        Leaving::Yes => true,
        Leaving::No => false,
    };
    let values = [("amount", price(newest.amount).into()), ("date", day(newest.at).into())];
    let mut says = vec![t("act-subscription-ends").into_owned(), texts::with("act-refund-money", &values)];
    if charges.len() > 1 {
        says.push(one("act-refund-newest", "count", charges.len()));
    }
    says.push(match leaving {
        true => t("act-server-goes").into_owned(),
        false => one("act-server-removed", "server", service.name.as_str()),
    });
    says.push(t("act-mail-refund-ended").into_owned());
    let what = GiveBack {
        order: order.clone(),
        service: service.id.clone(),
        subscription: service.subscription.clone(),
        charge: newest.charge.clone(),
        amount: newest.amount,
        ends: !leaving,
    };
    plan(
        says,
        order.to_string(),
        json!({"amount": newest.amount.to_string(), "charge": newest.charge}),
        Step::GiveBack(Box::new(what)),
    )
}

/// Whether a server goes already.
enum Leaving {
    No,
    Yes,
    /// Something else is done with it at this moment.
    Busy,
}

async fn leaving(db: &mut Db, service: &Service) -> Result<Leaving, StoreError> {
    if service.is_over() {
        return Ok(Leaving::Yes);
    }
    Ok(if operations::is_busy(db, &service.id).await? { Leaving::Busy } else { Leaving::No })
}

impl GiveBack {
    /// Decides it: the refund work ends the subscription, sees that it has ended, and gives back; a job removes the server.
    pub(super) async fn decide(&self, app: &App, tx: &mut Tx) -> Result<bool, ActError> {
        let now = app.now();
        if self.ends && !remove(app, tx, &self.service, GIVEN_BACK).await? {
            return Ok(false);
        }
        let refund = NewRefund {
            id: &app.id(),
            order: &self.order,
            subscription: &self.subscription,
            charge: Some(&self.charge),
            amount: self.amount,
            reason: RefundReason::ByHand,
        };
        if !refunds::open(tx, &refund, now).await? {
            return Ok(false);
        }
        let happening = Happening::RefundDecided { reason: RefundReason::ByHand };
        timeline::add(tx, &app.id(), &self.order, &happening, now).await?;
        Ok(true)
    }
}

/// Marks a service as ending, and starts the job that removes its server. `false` when somebody else works on it.
async fn remove(app: &App, tx: &mut Tx, id: &ServiceId, why: &str) -> Result<bool, ActError> {
    let now = app.now();
    if !services::request_stop(tx, id, why, now).await? {
        return Ok(false);
    }
    match operations::create(tx, &app.id(), id, OperationKind::Terminate, now).await {
        Ok(()) => Ok(true),
        Err(StoreError::Taken { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Stops a delivery at its next step. `false` when it was handed over meanwhile, or stops already.
pub(super) async fn stop_delivery(
    app: &App,
    tx: &mut Tx,
    service: &ServiceId,
    order: &OrderId,
) -> Result<bool, ActError> {
    let now = app.now();
    if !services::request_stop_of_delivery(tx, service, "stopped by hand", now).await? {
        return Ok(false);
    }
    operations::wake(tx, service, true, now).await?;
    timeline::add(tx, &app.id(), order, &Happening::StopRequested, now).await?;
    Ok(true)
}

/// Ends a service now.
pub(super) async fn end_server(app: &App, tx: &mut Tx, service: &ServiceId, order: &OrderId) -> Result<bool, ActError> {
    if !remove(app, tx, service, ENDED_BY_HAND).await? {
        return Ok(false);
    }
    timeline::add(tx, &app.id(), order, &Happening::StopRequested, app.now()).await?;
    Ok(true)
}

pub(super) async fn cancel(db: &mut Db, id: &ServiceId) -> Result<Looked, ActError> {
    let service = service(db, id).await?;
    if service.is_over() {
        return not("act-service-over");
    }
    if service.fulfilled_at.is_none() {
        return not("act-cancel-undelivered");
    }
    if service.subscription_state == "canceled" {
        return not("act-cancel-ended");
    }
    if let Some(at) = service.ends_at {
        return Ok(Looked::Not(one("act-cancel-planned", "date", day_and_time(at))));
    }
    let end = service.period_end.map_or_else(|| t("act-cancel-some-day").into_owned(), day_and_time);
    let days = service.standing.policy.retention.as_hours() / 24;
    let says = vec![
        one("act-cancel-end", "date", end),
        one("act-cancel-runs", "days", days),
        t("act-cancel-undo").into_owned(),
    ];
    plan(
        says,
        service.id.to_string(),
        detail("subscription", service.subscription.clone()),
        Step::EndWithPeriod { subscription: service.subscription },
    )
}

pub(super) async fn end(db: &mut Db, id: &ServiceId) -> Result<Looked, ActError> {
    let service = service(db, id).await?;
    if service.is_over() {
        return not("act-service-over");
    }
    // Stopping a delivery gives money back, which is another right.
    if service.fulfilled_at.is_none() {
        return not("act-end-undelivered");
    }
    if operations::is_busy(db, id).await? {
        return not("act-busy");
    }
    let mut says = vec![t("act-subscription-ends").into_owned(), t("act-end-no-money").into_owned()];
    says.extend(paid_for(&service).map(|until| one("act-end-paid", "date", day_and_time(until))));
    says.push(one("act-server-removed", "server", service.name.as_str()));
    says.push(t("act-mail-ended").into_owned());
    plan(says, service.id.to_string(), json!({}), Step::EndServer(service.id, service.order))
}

/// Until when something is paid for, while nothing is owed.
fn paid_for(service: &Service) -> Option<Timestamp> {
    service.standing.paid_until.or(service.period_end).filter(|_| service.standing.overdue_since.is_none())
}

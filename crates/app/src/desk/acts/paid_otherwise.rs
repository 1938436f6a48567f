//! Money that Stripe does not give back, and that a person paid back in another way.

use super::{ActError, Looked, Step, not, plan};
use crate::alerts::{self, Rule};
use crate::app::App;
use crate::mail;
use crate::texts::{one, price, t};
use crate::work::refunds::left_to_pay;
use domain::ids::OrderId;
use domain::money::Money;
use domain::refund::RefundWay;
use domain::timeline::Happening;
use serde_json::json;
use store::disputes::{self, DisputeState};
use store::refunds::{self, Refund};
use store::{Db, Tx, orders, timeline};

pub(super) async fn paid_otherwise(db: &mut Db, id: &OrderId) -> Result<Looked, ActError> {
    orders::find(db, id).await?.ok_or(ActError::Missing)?;
    let decided = refunds::list_of_order(db, id).await?;
    let Some(refund) = decided.iter().find(|refund| refund.is_stuck()) else {
        let noted = |refund: &Refund| refund.done_at.is_none() && refund.paid_otherwise_at.is_some();
        return not(match decided.iter().all(|refund| refund.done_at.is_some()) {
            _ if decided.is_empty() => "act-paid-otherwise-nothing",
            _ if decided.iter().any(noted) => "act-paid-otherwise-noted",
            true => "act-refund-done",
            false => "act-paid-otherwise-tried",
        });
    };
    if let (None, Some(charge)) = (refund.done_at, &refund.charge)
        && let Some((_, DisputeState::Open)) = disputes::find_of_charge(db, charge).await?
    {
        return not("act-refund-disputed");
    }
    let amount = left_to_pay(db, refund).await?;
    let mut says = vec![one("act-paid-otherwise-amount", "amount", price(amount))];
    if amount != refund.amount {
        let went = Money::new(refund.amount.minor - amount.minor, amount.currency);
        says.push(one("act-paid-otherwise-rest", "amount", price(went)));
    }
    says.extend([t("act-paid-otherwise-given").into_owned(), t("act-paid-otherwise-mail").into_owned()]);
    plan(
        says,
        id.to_string(),
        json!({"refund": refund.id, "amount": amount.to_string()}),
        Step::PayOtherwise(Box::new(refund.clone())),
    )
}

/// Writes it down. What is not made is ended by the refund work, which looks at Stripe once more; `false` while that works on it.
pub(super) async fn count(app: &App, tx: &mut Tx, refund: &Refund) -> Result<bool, ActError> {
    let now = app.now();
    if !refunds::pay_otherwise(tx, &refund.id, now).await? {
        return Ok(false);
    }
    if refund.done_at.is_some() {
        if let Some(failed) = &refund.stripe_refund {
            alerts::clear(app, tx, Rule::RefundStuck, failed).await?;
        }
        let amount = left_to_pay(tx, refund).await?;
        let happening = Happening::Refunded { amount, way: RefundWay::Otherwise };
        timeline::add(tx, &app.id(), &refund.order, &happening, now).await?;
        let purchase = orders::find(tx, &refund.order).await?.ok_or(ActError::Missing)?;
        mail::paid_otherwise(app, tx, &purchase.order.customer, refund, amount).await?;
    }
    Ok(true)
}

//! Money that Stripe does not give back, and that a person paid back in another way.

use super::money::{not, one};
use super::{ActError, Looked, Plan, Step};
use crate::alerts::{self, Rule};
use crate::app::App;
use crate::mail;
use crate::texts::{price, t};
use domain::ids::OrderId;
use domain::order::RefundWay;
use domain::timeline::Happening;
use serde_json::json;
use store::refunds::{self, Refund};
use store::{Db, Tx, orders, timeline};

pub(super) async fn paid_otherwise(db: &mut Db, id: &OrderId) -> Result<Looked, ActError> {
    orders::find(db, id).await?.ok_or(ActError::Missing)?;
    let decided = refunds::list_of_order(db, id).await?;
    let Some(refund) = decided.iter().find(|refund| refund.is_stuck()) else {
        return not(match decided.iter().all(|refund| refund.done_at.is_some()) {
            _ if decided.is_empty() => "act-paid-otherwise-nothing",
            true => "act-refund-done",
            false => "act-paid-otherwise-tried",
        });
    };
    Ok(Looked::Applies(Plan {
        says: vec![
            one("act-paid-otherwise-amount", "amount", price(refund.amount)),
            t("act-paid-otherwise-given").into_owned(),
            t("act-paid-otherwise-mail").into_owned(),
        ],
        subject: id.to_string(),
        detail: json!({"refund": refund.id, "amount": refund.amount.to_string()}),
        step: Step::PayOtherwise(Box::new(refund.clone())),
    }))
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
        let happening = Happening::Refunded { amount: refund.amount, way: RefundWay::Otherwise };
        timeline::add(tx, &app.id(), &refund.order, &happening, now).await?;
        let purchase = orders::find(tx, &refund.order).await?.ok_or(ActError::Missing)?;
        mail::paid_otherwise(app, tx, &purchase.order.customer, refund).await?;
    }
    Ok(true)
}

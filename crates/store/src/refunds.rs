//! Decisions to give money back; also the queue of the refund work.

use crate::row::{Columns, micros, next_wake, one_row, opt_micros};
use crate::{Db, Lease, Result};
use domain::ids::{AccountId, OrderId, RefundId};
use domain::money::Money;
use domain::refund::{RefundReason, RefundWay};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// After so many tries a person is told, and may pay in another way.
pub const MANY_TRIES: i64 = 5;

/// A decision to give a charge back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// The order that the money came for.
    pub order: OrderId,
    /// The subscription that has to end first (M10).
    pub subscription: String,
    /// The payment intent; `None` when nothing was charged.
    pub charge: Option<String>,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: RefundReason,
    /// The key under which Stripe is asked.
    pub idempotency_key: String,
    /// When the subscription was confirmed to have ended.
    pub subscription_ended_at: Option<Timestamp>,
    /// Stripe's id of the refund, once known.
    pub stripe_refund: Option<String>,
    /// What Stripe said of it last.
    pub stripe_state: Option<String>,
    /// When somebody said that it was paid in another way.
    pub paid_otherwise_at: Option<Timestamp>,
    /// The fence of the claim that read this.
    pub fence: i64,
    /// How often it was worked on.
    pub tries: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When the money was on its way back.
    pub done_at: Option<Timestamp>,
}

impl Refund {
    /// Whether it did not get through, in many tries or after it was made, and nobody paid it in another way.
    pub fn is_stuck(&self) -> bool {
        let in_vain = match self.done_at {
            None => self.last_error.is_some() && self.tries >= MANY_TRIES,
            Some(_) => matches!(self.stripe_state.as_deref(), Some("failed" | "canceled")),
        };
        in_vain && self.paid_otherwise_at.is_none()
    }

    /// Whether the money is on its way back, or was paid in another way.
    pub fn is_given(&self) -> bool {
        self.done_at.is_some() && !self.is_stuck()
    }

    /// How it was made.
    pub fn way(&self) -> RefundWay {
        match (self.paid_otherwise_at, &self.stripe_refund) {
            (Some(_), _) => RefundWay::Otherwise,
            (None, None) if self.charge.is_some() => RefundWay::Bank,
            (None, _) => RefundWay::Card,
        }
    }
}

/// What to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund<'a> {
    /// Its id.
    pub id: &'a RefundId,
    /// The order that the money came for.
    pub order: &'a OrderId,
    /// The subscription that has to end first.
    pub subscription: &'a str,
    /// The payment intent; `None` when nothing was charged.
    pub charge: Option<&'a str>,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: RefundReason,
}

/// Writes a decision down, once per charge and reason (M5). `false` when it stands there already.
pub async fn open(db: &mut Db, refund: &NewRefund<'_>, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "insert into refunds (id, order_id, subscription, charge, amount, currency, reason, idempotency_key, wake_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) on conflict (charge, reason, subscription) do nothing",
    )
    .bind(refund.id.as_str())
    .bind(refund.order.as_str())
    .bind(refund.subscription)
    .bind(refund.charge.unwrap_or_default())
    .bind(refund.amount.minor)
    .bind(refund.amount.currency.code())
    .bind(refund.reason.key())
    .bind(format!("refund:{}", refund.id))
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes up to `limit` refunds that are due and that nobody holds.
pub async fn claim_due(db: &mut Db, lease: &Lease, limit: i64) -> Result<Vec<Refund>> {
    let rows = sqlx::query(
        "update refunds set claimed_by = $1, claimed_until = $2, fence = fence + 1, tries = tries + 1
          where id in (select id from refunds where done_at is null and wake_at <= $3 and claimed_until <= $3
                        order by wake_at limit $4)
            and claimed_until <= $3 and done_at is null returning *",
    )
    .bind(&lease.worker)
    .bind(micros(lease.until))
    .bind(micros(lease.now))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Records that the subscription has ended for good.
pub async fn mark_subscription_ended(db: &mut Db, refund: &Refund, now: Timestamp) -> Result<()> {
    let done = sqlx::query("update refunds set subscription_ended_at = $3 where id = $1 and fence = $2")
        .bind(refund.id.as_str())
        .bind(refund.fence)
        .bind(micros(now))
        .execute(db)
        .await?;
    one_row(done.rows_affected(), "refund")
}

/// Takes another idempotency key: under the old one Stripe keeps an answer that is final, and it is known that nothing was given.
pub async fn change_key(db: &mut Db, refund: &Refund) -> Result<()> {
    let done = sqlx::query("update refunds set idempotency_key = $3 where id = $1 and fence = $2 and done_at is null")
        .bind(refund.id.as_str())
        .bind(refund.fence)
        .bind(format!("refund:{}:{}", refund.id, refund.tries))
        .execute(db)
        .await?;
    one_row(done.rows_affected(), "refund")
}

/// Records that somebody paid it in another way; `false` when that is known already, or somebody works on it at this moment. The work
/// looks at it at once.
pub async fn pay_otherwise(db: &mut Db, id: &RefundId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update refunds set paid_otherwise_at = $2, wake_at = $2
          where id = $1 and paid_otherwise_at is null and claimed_until <= $2",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Records that the money is on its way back; `None` when Stripe did not have to give it, or nothing had been charged. What Stripe gave
/// does not count as paid in another way.
pub async fn finish(db: &mut Db, refund: &Refund, stripe: Option<(&str, &str)>, now: Timestamp) -> Result<()> {
    let done = sqlx::query(
        "update refunds set stripe_refund = $3, stripe_state = $4, done_at = $5, last_error = null, paid_otherwise_at = $6
          where id = $1 and fence = $2 and done_at is null",
    )
    .bind(refund.id.as_str())
    .bind(refund.fence)
    .bind(stripe.map(|(id, _)| id))
    .bind(stripe.map(|(_, state)| state))
    .bind(micros(now))
    .bind(opt_micros(refund.paid_otherwise_at.filter(|_| stripe.is_none())))
    .execute(db)
    .await?;
    one_row(done.rows_affected(), "refund")
}

/// Puts a refund back; it is worked on again at `wake_at`.
pub async fn postpone(db: &mut Db, refund: &Refund, error: &str, wake_at: Timestamp) -> Result<()> {
    let done = sqlx::query(
        "update refunds set last_error = $3, wake_at = $4, claimed_until = 0 where id = $1 and fence = $2 and done_at is null",
    )
    .bind(refund.id.as_str())
    .bind(refund.fence)
    .bind(error)
    .bind(micros(wake_at))
    .execute(db)
    .await?;
    one_row(done.rows_affected(), "refund")
}

/// Records what Stripe says about a refund now; `false` when it is not one of ours.
pub async fn note_state(db: &mut Db, stripe_refund: &str, state: &str) -> Result<bool> {
    let done = sqlx::query("update refunds set stripe_state = $2 where stripe_refund = $1")
        .bind(stripe_refund)
        .bind(state)
        .execute(db)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// The refunds of an order, oldest first.
pub async fn list_of_order(db: &mut Db, order: &OrderId) -> Result<Vec<Refund>> {
    let rows = sqlx::query("select * from refunds where order_id = $1 order by created_at limit 100")
        .bind(order.as_str())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// What was given back by hand of the orders of a customer, oldest first.
pub async fn list_by_hand(db: &mut Db, customer: &AccountId) -> Result<Vec<Refund>> {
    let rows = sqlx::query(
        "select refunds.* from orders join refunds on refunds.order_id = orders.id
          where orders.customer_id = $1 and refunds.reason = $2 order by refunds.created_at limit 200",
    )
    .bind(customer.as_str())
    .bind(RefundReason::ByHand.key())
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// When the next refund is due, if any.
pub async fn next_wake(db: &mut Db) -> Result<Option<Timestamp>> {
    next_wake!(db, "refunds where done_at is null").await
}

pub(crate) fn read(row: &AnyRow) -> Result<Refund> {
    Ok(Refund {
        id: row.parsed("id")?,
        order: row.parsed("order_id")?,
        subscription: row.text("subscription")?,
        charge: Some(row.text("charge")?).filter(|charge| !charge.is_empty()),
        amount: row.money()?,
        reason: row.word("reason", RefundReason::find)?,
        idempotency_key: row.text("idempotency_key")?,
        subscription_ended_at: row.opt_at("subscription_ended_at")?,
        stripe_refund: row.opt_text("stripe_refund")?,
        stripe_state: row.opt_text("stripe_state")?,
        paid_otherwise_at: row.opt_at("paid_otherwise_at")?,
        fence: row.int("fence")?,
        tries: row.int("tries")?,
        last_error: row.opt_text("last_error")?,
        created_at: row.at("created_at")?,
        done_at: row.opt_at("done_at")?,
    })
}

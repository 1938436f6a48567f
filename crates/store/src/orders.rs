//! Orders.

use crate::row::{Columns, micros, one_row, to_json};
use crate::{Db, Result};
use domain::catalogue::{PlanKey, RegionKey, Term};
use domain::ids::{AccountId, OrderId};
use domain::order::{Order, OrderState};
use domain::snapshot::Snapshot;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// An order with what was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The order.
    pub order: Order,
    /// The same cart sent twice is the same order.
    pub cart_key: String,
    /// Which plan.
    pub plan: PlanKey,
    /// For how long.
    pub term: Term,
    /// Where.
    pub region: RegionKey,
    /// What exactly.
    pub snapshot: Snapshot,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the money last moved on.
    pub state_at: Timestamp,
}

/// Makes an order.
///
/// # Errors
/// [`crate::StoreError::Taken`] when this cart has an open order already: use that one.
pub async fn create(db: &mut Db, purchase: &Purchase, look_at: Timestamp) -> Result<()> {
    let order = &purchase.order;
    sqlx::query(
        "insert into orders (id, customer_id, cart_key, plan, term, region, amount, currency, snapshot, state, state_body,
                             created_at, state_at, look_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14)",
    )
    .bind(order.id.as_str())
    .bind(order.customer.as_str())
    .bind(&purchase.cart_key)
    .bind(purchase.plan.as_str())
    .bind(purchase.term.key())
    .bind(purchase.region.as_str())
    .bind(order.price.minor)
    .bind(order.price.currency.code())
    .bind(to_json("snapshot", &purchase.snapshot)?)
    .bind(order.state.key())
    .bind(to_json("state_body", &order.state)?)
    .bind(micros(purchase.created_at))
    .bind(micros(look_at))
    .bind(order.version)
    .execute(db)
    .await?;
    Ok(())
}

/// Saves the state of an order that was read as `order.version`.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when somebody else saved first, [`crate::StoreError::Taken`] when its subscription pays for
/// another order.
pub async fn save(db: &mut Db, order: &Order, now: Timestamp) -> Result<()> {
    let done = sqlx::query(
        "update orders set state = $3, state_body = $4, subscription = $5, state_at = $6, version = version + 1
          where id = $1 and version = $2",
    )
    .bind(order.id.as_str())
    .bind(order.version)
    .bind(order.state.key())
    .bind(to_json("state_body", &order.state)?)
    .bind(order.state.payment().map(|payment| payment.subscription.as_str()))
    .bind(micros(now))
    .execute(db)
    .await?;
    one_row(done.rows_affected(), "order")
}

/// The order with this id, if there is one.
pub async fn find(db: &mut Db, id: &OrderId) -> Result<Option<Purchase>> {
    let row = sqlx::query("select * from orders where id = $1").bind(id.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The order with this id if it is this customer's (A2).
pub async fn find_owned(db: &mut Db, id: &OrderId, customer: &AccountId) -> Result<Option<Purchase>> {
    let row = sqlx::query("select * from orders where id = $1 and customer_id = $2")
        .bind(id.as_str())
        .bind(customer.as_str())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The latest order of a cart that is not done with, or was paid, if there is one.
pub async fn find_by_cart(db: &mut Db, customer: &AccountId, cart_key: &str) -> Result<Option<Purchase>> {
    let row = sqlx::query(
        "select * from orders where customer_id = $1 and cart_key = $2 and state <> 'expired'
          order by created_at desc, id desc limit 1",
    )
    .bind(customer.as_str())
    .bind(cart_key)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The order that this subscription paid for, if there is one.
pub async fn find_by_subscription(db: &mut Db, subscription: &str) -> Result<Option<Purchase>> {
    let row = sqlx::query("select * from orders where subscription = $1").bind(subscription).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// A customer's orders, newest first; at most 200.
pub async fn list_of_customer(db: &mut Db, customer: &AccountId) -> Result<Vec<Purchase>> {
    let rows = sqlx::query("select * from orders where customer_id = $1 order by created_at desc, id desc limit 200")
        .bind(customer.as_str())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// A page of everybody's orders, newest first, in one state if it is named, behind `after` (when it was made, its id) if it is not the
/// first one; at most `limit`.
pub async fn list_page(
    db: &mut Db,
    state: Option<&str>,
    after: Option<(Timestamp, &OrderId)>,
    limit: i64,
) -> Result<Vec<Purchase>> {
    let sql = match state {
        Some(_) => {
            "select * from orders where state = $1 and (created_at < $2 or created_at = $2 and id < $3)
              order by created_at desc, id desc limit $4"
        }
        None => {
            "select * from orders where $1 = '' and (created_at < $2 or created_at = $2 and id < $3)
              order by created_at desc, id desc limit $4"
        }
    };
    let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (micros(at), id.as_str()));
    let rows = sqlx::query(sql).bind(state.unwrap_or_default()).bind(at).bind(id).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Orders that have been paid since before `before` and are not fulfilled, oldest first.
pub async fn list_paid(db: &mut Db, before: Timestamp, limit: i64) -> Result<Vec<Purchase>> {
    let rows = sqlx::query("select * from orders where state = 'paid' and state_at <= $1 order by state_at limit $2")
        .bind(micros(before))
        .bind(limit)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// How many orders of a customer hold capacity without having been paid.
pub async fn count_open(db: &mut Db, customer: &AccountId) -> Result<i64> {
    let row = sqlx::query(
        "select count(*) as n from orders where customer_id = $1 and state in ('reserved', 'checkout_open')",
    )
    .bind(customer.as_str())
    .fetch_one(db)
    .await?;
    row.int("n")
}

/// How many payment pages may still be paid on for servers in a region, or in all.
pub async fn count_open_in(db: &mut Db, region: Option<&RegionKey>) -> Result<i64> {
    let row = sqlx::query(
        "select count(*) as n from orders where state in ('reserved', 'checkout_open', 'settling') and ($1 = '' or region = $1)",
    )
    .bind(region.map_or("", RegionKey::as_str))
    .fetch_one(db)
    .await?;
    row.int("n")
}

/// Unpaid orders whose payment page the poll has to look at, and when it looks next unless something changes.
pub async fn claim_to_look_at(db: &mut Db, now: Timestamp, again: Timestamp, limit: i64) -> Result<Vec<Purchase>> {
    let rows = sqlx::query(
        "update orders set look_at = $2
          where id in (select id from orders where state in ('reserved', 'checkout_open', 'settling') and look_at <= $1
                        order by look_at limit $3)
            and look_at <= $1 returning *",
    )
    .bind(micros(now))
    .bind(micros(again))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Lets the poll look at an order now.
pub async fn wake(db: &mut Db, id: &OrderId, now: Timestamp) -> Result<()> {
    sqlx::query("update orders set look_at = $2 where id = $1 and look_at > $2")
        .bind(id.as_str())
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// When the poll has to look at the next order, if any is open.
pub async fn next_look(db: &mut Db) -> Result<Option<Timestamp>> {
    let row = sqlx::query(
        "select min(look_at) as look_at from orders where state in ('reserved', 'checkout_open', 'settling')",
    )
    .fetch_one(db)
    .await?;
    row.opt_at("look_at")
}

/// How many seconds passed from payment to playable, of the latest `limit` orders that were fulfilled.
pub async fn delivery_seconds(db: &mut Db, limit: i64) -> Result<Vec<i64>> {
    let rows = sqlx::query(
        "select (s.fulfilled_at - s.created_at) / 1000000 as seconds from services s
          where s.fulfilled_at is not null order by s.fulfilled_at desc limit $1",
    )
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.int("seconds")).collect()
}

/// Writes down what the buyer agreed to.
pub async fn save_consent(db: &mut Db, order: &OrderId, consent: &str, text_hash: &str, now: Timestamp) -> Result<()> {
    sqlx::query("insert into consents (order_id, consent, text_hash, at) values ($1, $2, $3, $4)")
        .bind(order.as_str())
        .bind(consent)
        .bind(text_hash)
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

pub(crate) fn read(row: &AnyRow) -> Result<Purchase> {
    let state: OrderState = row.json("state_body")?;
    Ok(Purchase {
        order: Order {
            id: row.parsed("id")?,
            customer: row.parsed("customer_id")?,
            price: row.money()?,
            state,
            version: row.int("version")?,
        },
        cart_key: row.text("cart_key")?,
        plan: PlanKey::new(row.text("plan")?),
        term: row.word("term", Term::find)?,
        region: RegionKey::new(row.text("region")?),
        snapshot: row.json("snapshot")?,
        created_at: row.at("created_at")?,
        state_at: row.at("state_at")?,
    })
}

//! What belongs to one person, for a copy of it.

use crate::row::Columns;
use crate::{Db, Result};
use domain::ids::{AccountId, OrderId};
use jiff::Timestamp;

/// The most rows of one kind in a copy: far more than anybody has.
const MOST: i64 = 10_000;

/// A sign-in, as its owner may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// `browser` or `api`.
    pub kind: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Where it came from.
    pub address: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
}

/// A message, as its recipient may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Which message.
    pub kind: String,
    /// When it became due.
    pub created_at: Timestamp,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When it was withdrawn instead.
    pub cancelled_at: Option<Timestamp>,
}

/// When an account was made.
pub async fn made_at(db: &mut Db, account: &AccountId) -> Result<Timestamp> {
    let row = sqlx::query("select created_at from accounts where id = $1").bind(account.as_str()).fetch_one(db).await?;
    row.at("created_at")
}

/// The sign-ins of an account, newest first.
pub async fn list_sign_ins(db: &mut Db, account: &AccountId) -> Result<Vec<SignIn>> {
    let rows = sqlx::query("select * from sessions where account_id = $1 order by created_at desc, id desc limit $2")
        .bind(account.as_str())
        .bind(MOST)
        .fetch_all(db)
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(SignIn {
            kind: row.text("kind")?,
            user_agent: row.text("user_agent")?,
            address: row.text("address")?,
            created_at: row.at("created_at")?,
            seen_at: row.at("seen_at")?,
            expires_at: row.at("expires_at")?,
            revoked_at: row.opt_at("revoked_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// The messages to an account, newest first.
pub async fn list_mails(db: &mut Db, account: &AccountId) -> Result<Vec<Mail>> {
    let rows = sqlx::query("select * from outbox where recipient = $1 order by created_at desc, id desc limit $2")
        .bind(account.as_str())
        .bind(MOST)
        .fetch_all(db)
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(Mail {
            kind: row.text("kind")?,
            created_at: row.at("created_at")?,
            sent_at: row.opt_at("sent_at")?,
            cancelled_at: row.opt_at("cancelled_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// The ids of all orders of an account, oldest first.
pub async fn list_orders(db: &mut Db, account: &AccountId) -> Result<Vec<OrderId>> {
    let rows = sqlx::query("select id from orders where customer_id = $1 order by created_at, id limit $2")
        .bind(account.as_str())
        .bind(MOST)
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// The ids of an account's orders that are not over, oldest first: not decided, with a refund under way, or with a server.
pub async fn list_orders_standing(db: &mut Db, account: &AccountId) -> Result<Vec<OrderId>> {
    let rows = sqlx::query(
        "select o.id from orders o where o.customer_id = $1
            and (o.state not in ('expired', 'fulfilled', 'refunded')
              or exists (select 1 from refunds r where r.order_id = o.id and r.done_at is null)
              or exists (select 1 from services s where s.order_id = o.id and s.terminated_at is null))
          order by o.created_at, o.id limit $2",
    )
    .bind(account.as_str())
    .bind(MOST)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// What was agreed to with an order, and when.
pub async fn list_consents(db: &mut Db, order: &OrderId) -> Result<Vec<(String, Timestamp)>> {
    let rows = sqlx::query("select consent, at from consents where order_id = $1 order by consent limit $2")
        .bind(order.as_str())
        .bind(MOST)
        .fetch_all(db)
        .await?;
    rows.iter().map(|row| Ok((row.text("consent")?, row.at("at")?))).collect()
}

/// The lines of the audit log about an account, its orders, services and tickets; oldest first.
pub async fn list_audit(db: &mut Db, account: &AccountId) -> Result<Vec<crate::audit::Line>> {
    let rows = sqlx::query(
        "select * from audit_log where subject = $1
             or subject in (select id from orders where customer_id = $1)
             or subject in (select id from services where customer_id = $1)
             or subject in (select id from tickets where account_id = $1) order by at, id limit $2",
    )
    .bind(account.as_str())
    .bind(MOST)
    .fetch_all(db)
    .await?;
    rows.iter().map(crate::audit::read_line).collect()
}

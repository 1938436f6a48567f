//! Payment pages: one row per page, written before the page is asked for, so that a repetition asks for the same one.

use crate::row::{Columns, micros, opt_micros};
use crate::{Db, Result};
use domain::ids::{CheckoutAttemptId, OrderId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A payment page that was opened, or was about to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutAttempt {
    /// Its id.
    pub id: CheckoutAttemptId,
    /// For which order.
    pub order: OrderId,
    /// Counts the order's pages from 1.
    pub number: i64,
    /// The key under which Stripe is asked.
    pub idempotency_key: String,
    /// What Stripe is asked, byte for byte.
    pub parameters: String,
    /// Stripe's id of the session, once known.
    pub session: Option<String>,
    /// Where the customer pays, once known.
    pub url: Option<String>,
    /// When Stripe closes the page.
    pub expires_at: Timestamp,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When Stripe said that it is complete or expired.
    pub closed_at: Option<Timestamp>,
}

/// Writes a page down before it is asked for.
///
/// # Errors
/// [`crate::StoreError::Taken`] when somebody else opens the order's next page at this moment.
pub async fn create(db: &mut Db, attempt: &CheckoutAttempt) -> Result<()> {
    sqlx::query(
        "insert into checkout_attempts (id, order_id, number, idempotency_key, parameters, expires_at, created_at, closed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(attempt.id.as_str())
    .bind(attempt.order.as_str())
    .bind(attempt.number)
    .bind(&attempt.idempotency_key)
    .bind(&attempt.parameters)
    .bind(micros(attempt.expires_at))
    .bind(micros(attempt.created_at))
    .bind(opt_micros(attempt.closed_at))
    .execute(db)
    .await?;
    Ok(())
}

/// Records which page Stripe opened.
pub async fn attach(db: &mut Db, id: &CheckoutAttemptId, session: &str, url: &str) -> Result<()> {
    sqlx::query("update checkout_attempts set session = $2, url = $3 where id = $1")
        .bind(id.as_str())
        .bind(session)
        .bind(url)
        .execute(db)
        .await?;
    Ok(())
}

/// Records that nothing can happen on a page any more.
pub async fn close(db: &mut Db, id: &CheckoutAttemptId, now: Timestamp) -> Result<()> {
    sqlx::query("update checkout_attempts set closed_at = $2 where id = $1 and closed_at is null")
        .bind(id.as_str())
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// The pages of an order, oldest first.
pub async fn list_of_order(db: &mut Db, order: &OrderId) -> Result<Vec<CheckoutAttempt>> {
    let rows = sqlx::query("select * from checkout_attempts where order_id = $1 order by number limit 100")
        .bind(order.as_str())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub(crate) fn read(row: &AnyRow) -> Result<CheckoutAttempt> {
    Ok(CheckoutAttempt {
        id: row.parsed("id")?,
        order: row.parsed("order_id")?,
        number: row.int("number")?,
        idempotency_key: row.text("idempotency_key")?,
        parameters: row.text("parameters")?,
        session: row.opt_text("session")?,
        url: row.opt_text("url")?,
        expires_at: row.at("expires_at")?,
        created_at: row.at("created_at")?,
        closed_at: row.opt_at("closed_at")?,
    })
}

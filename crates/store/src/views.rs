//! Who of staff sees the shop as one of its customers does.

use crate::accounts::{Account, read as read_account};
use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::{AccountId, SessionId, ViewId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A view of the shop as a customer has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// By which sign-in.
    pub session: SessionId,
    /// Who looks.
    pub staff: AccountId,
    /// As whom.
    pub customer: AccountId,
    /// Since when.
    pub began_at: Timestamp,
    /// Until then at the latest.
    pub until: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Whose views end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// The one of a sign-in.
    Session(&'a SessionId),
    /// All of somebody's.
    Staff(&'a AccountId),
}

/// Begins a view.
///
/// # Errors
/// [`crate::StoreError::Taken`] when the session has one.
pub async fn begin(db: &mut Db, view: &View) -> Result<()> {
    sqlx::query(
        "insert into views (id, session_id, staff_id, customer_id, began_at, until_at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(view.id.as_str())
    .bind(view.session.as_str())
    .bind(view.staff.as_str())
    .bind(view.customer.as_str())
    .bind(micros(view.began_at))
    .bind(micros(view.until))
    .execute(db)
    .await?;
    Ok(())
}

/// The view of a session that lasts now, with the customer.
pub async fn find(db: &mut Db, session: &SessionId, now: Timestamp) -> Result<Option<(View, Account)>> {
    let row = sqlx::query(
        "select a.*, v.id as view_id, v.session_id, v.staff_id, v.customer_id, v.began_at, v.until_at, v.ended_at
           from views v join accounts a on a.id = v.customer_id
          where v.session_id = $1 and v.ended_at is null and v.until_at > $2",
    )
    .bind(session.as_str())
    .bind(micros(now))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(|row| Ok((read(row)?, read_account(row)?))).transpose()
}

/// Ends what has not ended yet, and says what that was.
pub async fn end(db: &mut Db, whose: Whose<'_>, now: Timestamp) -> Result<Vec<View>> {
    // A view is over at its time, however late somebody says so.
    let (sql, id) = match whose {
        Whose::Session(id) => (
            "update views set ended_at = case when until_at < $2 then until_at else $2 end
              where session_id = $1 and ended_at is null returning *, id as view_id",
            id.as_str(),
        ),
        Whose::Staff(id) => (
            "update views set ended_at = case when until_at < $2 then until_at else $2 end
              where staff_id = $1 and ended_at is null returning *, id as view_id",
            id.as_str(),
        ),
    };
    let rows = sqlx::query(sql).bind(id).bind(micros(now)).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// Ends the views whose time is over, at most `limit`, and says which.
pub async fn end_due(db: &mut Db, now: Timestamp, limit: i64) -> Result<Vec<View>> {
    let rows = sqlx::query(
        "update views set ended_at = until_at
          where id in (select id from views where ended_at is null and until_at <= $1 order by until_at limit $2)
            and ended_at is null returning *, id as view_id",
    )
    .bind(micros(now))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// The views that staff had of a customer, newest first.
pub async fn list_of(db: &mut Db, customer: &AccountId, limit: i64) -> Result<Vec<View>> {
    let rows = sqlx::query(
        "select *, id as view_id from views where customer_id = $1 order by began_at desc, id desc limit $2",
    )
    .bind(customer.as_str())
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<View> {
    Ok(View {
        id: row.parsed("view_id")?,
        session: row.parsed("session_id")?,
        staff: row.parsed("staff_id")?,
        customer: row.parsed("customer_id")?,
        began_at: row.at("began_at")?,
        until: row.at("until_at")?,
        ended_at: row.opt_at("ended_at")?,
    })
}

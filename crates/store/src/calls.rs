//! What was asked of Stripe and of the panel for an order, and how each call ended.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::OrderId;
use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::fmt::Write;

/// Rows in one statement.
const ROWS: usize = 60;
/// Values of a row.
const COLUMNS: usize = 11;

/// A call that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// For which order.
    pub order: OrderId,
    /// When it began.
    pub at: Timestamp,
    /// What tells it apart from others of the same moment.
    pub number: i64,
    /// Who was called: `stripe` or `panel`.
    pub target: String,
    /// Method and path.
    pub line: String,
    /// How it ended, in one word.
    pub outcome: String,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// The other side's own number for it.
    pub request_id: Option<String>,
    /// What was sent along, as far as it may be kept.
    pub sent: Option<String>,
    /// What was answered, as far as it may be kept.
    pub said: Option<String>,
}

/// Writes calls down. One that is there already stays as it is.
pub async fn add(db: &mut Db, calls: &[Call]) -> Result<()> {
    for calls in calls.chunks(ROWS) {
        let mut sql = "insert into calls
            (order_id, at, number, target, line, outcome, status, took_ms, request_id, sent, said) values "
            .to_owned();
        for row in 0..calls.len() {
            let values: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
            // Writing into a string does not fail.
            let _ = write!(sql, "{}({})", if row == 0 { "" } else { ", " }, values.join(", "));
        }
        sql.push_str(" on conflict (order_id, at, number) do nothing");
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for call in calls {
            query = query
                .bind(call.order.as_str())
                .bind(micros(call.at))
                .bind(call.number)
                .bind(&call.target)
                .bind(&call.line)
                .bind(&call.outcome)
                .bind(call.status.map(i64::from))
                .bind(call.took_ms)
                .bind(call.request_id.as_deref())
                .bind(call.sent.as_deref())
                .bind(call.said.as_deref());
        }
        query.execute(&mut *db).await?;
    }
    Ok(())
}

/// The last calls for an order, the oldest of them first.
pub async fn list_of_order(db: &mut Db, order: &OrderId, limit: i64) -> Result<Vec<Call>> {
    let rows = sqlx::query(
        "select order_id, at, number, target, line, outcome, status, took_ms, request_id, sent, said
           from calls where order_id = $1 order by at desc, number desc limit $2",
    )
    .bind(order.as_str())
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().rev().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Call> {
    Ok(Call {
        order: row.parsed("order_id")?,
        at: row.at("at")?,
        number: row.int("number")?,
        target: row.text("target")?,
        line: row.text("line")?,
        outcome: row.text("outcome")?,
        status: row.opt_int("status")?.and_then(|status| u16::try_from(status).ok()),
        took_ms: row.int("took_ms")?,
        request_id: row.opt_text("request_id")?,
        sent: row.opt_text("sent")?,
        said: row.opt_text("said")?,
    })
}

//! The timeline of an order.

use crate::row::{Columns, micros, senseless, to_json};
use crate::{Db, Result};
use domain::ids::{OrderId, TimelineId};
use domain::timeline::Happening;
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// An entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub what: Happening,
}

/// Writes down that something happened, in the transaction of the thing itself.
pub async fn add(db: &mut Db, id: &TimelineId, order: &OrderId, what: &Happening, now: Timestamp) -> Result<()> {
    let json = serde_json::to_value(what).map_err(|error| senseless("detail", &error))?;
    let kind = json.get("kind").and_then(Value::as_str).unwrap_or_default();
    let detail = to_json("detail", json.get("detail").unwrap_or(&Value::Null))?;
    sqlx::query("insert into timeline (id, order_id, at, kind, detail) values ($1, $2, $3, $4, $5)")
        .bind(id.as_str())
        .bind(order.as_str())
        .bind(micros(now))
        .bind(kind)
        .bind(detail)
        .execute(db)
        .await?;
    Ok(())
}

/// The whole timeline of an order, oldest first; at most 500 entries.
pub async fn list(db: &mut Db, order: &OrderId) -> Result<Vec<Entry>> {
    let rows = sqlx::query("select at, kind, detail from timeline where order_id = $1 order by at, id limit 500")
        .bind(order.as_str())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

pub(crate) fn read(row: &AnyRow) -> Result<Entry> {
    let mut json = json!({ "kind": row.text("kind")? });
    let detail: Value = row.json("detail")?;
    if !detail.is_null() {
        json["detail"] = detail;
    }
    let what = serde_json::from_value(json).map_err(|error| senseless("kind", &error))?;
    Ok(Entry { at: row.at("at")?, what })
}

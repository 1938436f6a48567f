//! Whole tables as rows of JSON, out of one database and into another, of the same engine or not. Nothing here knows what the
//! columns mean: what a row says is the same on both engines, for both have texts, whole numbers and fractions only.

use crate::row::{Columns, senseless};
use crate::{Db, Engine, Result, StoreError};
use serde_json::Value;
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{AssertSqlSafe, Row, TypeInfo, ValueRef};
use std::fmt::Write;
use std::pin::pin;

/// Every table, in an order in which they can be filled: what is named before what names it.
pub const TABLES: [&str; 56] = [
    "installation",
    "accounts",
    "sessions",
    "views",
    "refresh_tokens",
    "email_proofs",
    "operator_tokens",
    "audit_log",
    "panel_nodes",
    "panel_allocations",
    "panel_eggs",
    "egg_bindings",
    "marks",
    "stripe_prices",
    "orders",
    "reservations",
    "reserved_ports",
    "checkout_attempts",
    "timeline",
    "consents",
    "calls",
    "services",
    "usage_steps",
    "public_pages",
    "operations",
    "provisioning_attempts",
    "webhook_events",
    "ledger",
    "disputes",
    "refunds",
    "outbox",
    "alerts",
    "notifications",
    "data_keys",
    "signing_keys",
    "totp_secrets",
    "recovery_codes",
    "passkeys",
    "ceremonies",
    "api_keys",
    "idempotency_keys",
    "throttles",
    "invitations",
    "waiting_list",
    "acceptances",
    "email_changes",
    "tickets",
    "ticket_messages",
    "customer_notes",
    "audit_seals",
    "erasures",
    "freezes",
    "past_freezes",
    "incidents",
    "sales_pauses",
    "status_days",
];

/// Values in one statement at most; SQLite takes 32,766.
const VALUES: usize = 900;

/// A row: one value per column.
pub type Cells = Vec<Value>;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Whole,
    /// A fraction.
    Fraction,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// The last migration that was applied; 0 in an empty database.
pub async fn schema(db: &mut Db) -> Result<i64> {
    let row = sqlx::query("select coalesce(max(version), 0) as version from _sqlx_migrations").fetch_one(db).await?;
    row.int("version")
}

/// The columns of a table in their order; none if there is no such table.
pub async fn columns(db: &mut Db, engine: Engine, table: &str) -> Result<Vec<Column>> {
    let sql = match engine {
        Engine::Sqlite => "select name, lower(type) as kind from pragma_table_info($1) order by cid",
        Engine::Postgres => {
            "select column_name::text as name, data_type::text as kind from information_schema.columns
              where table_schema = current_schema() and table_name = $1 order by ordinal_position"
        }
    };
    let rows = sqlx::query(sql).bind(table).fetch_all(db).await?;
    let kind = |word: &str| match word {
        "text" => Some(Kind::Text),
        "bigint" => Some(Kind::Whole),
        "double precision" => Some(Kind::Fraction),
        _ => None,
    };
    rows.iter().map(|row| Ok(Column { name: row.text("name")?, kind: row.word("kind", kind)? })).collect()
}

/// How many rows a table has.
pub async fn count(db: &mut Db, table: &str) -> Result<u64> {
    let sql = format!("select count(*) as rows_there from {}", known(table)?);
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_one(db).await?.int("rows_there")?;
    u64::try_from(rows).map_err(|error| senseless("rows_there", &error))
}

/// Hands every row of a table to `take`, one after the other; the table is never in memory as a whole.
///
/// # Errors
/// The database did not answer, or `take` failed: the rest is not read.
pub async fn each_row<E: From<StoreError>>(
    db: &mut Db,
    table: &str,
    columns: &[Column],
    mut take: impl FnMut(Cells) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let sql = format!("select {} from {}", names.join(", "), known(table)?);
    let query = sqlx::query(AssertSqlSafe(sql));
    let mut rows = pin!(query.fetch(db));
    while let Some(row) = futures_util::TryStreamExt::try_next(&mut rows).await.map_err(StoreError::from)? {
        take(cells(&row, columns)?)?;
    }
    Ok(())
}

fn cells(row: &AnyRow, columns: &[Column]) -> Result<Cells> {
    let cell = |(place, column): (usize, &Column)| {
        let raw = row.try_get_raw(place)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        match raw.type_info().kind() {
            AnyTypeInfoKind::Text => Ok(Value::from(row.try_get::<String, _>(place)?)),
            AnyTypeInfoKind::SmallInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::BigInt => {
                Ok(Value::from(row.try_get::<i64, _>(place)?))
            }
            AnyTypeInfoKind::Real | AnyTypeInfoKind::Double => Ok(Value::from(row.try_get::<f64, _>(place)?)),
            AnyTypeInfoKind::Null | AnyTypeInfoKind::Bool | AnyTypeInfoKind::Blob => {
                Err(senseless(&column.name, &format!("it holds {}", raw.type_info().name())))
            }
        }
    };
    columns.iter().enumerate().map(cell).collect()
}

/// Writes rows into a table.
///
/// # Errors
/// A row does not fit the columns, or breaks a rule of the database: roll back.
pub async fn insert(db: &mut Db, table: &str, columns: &[Column], rows: &[Cells]) -> Result<()> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    for part in rows.chunks((VALUES / columns.len().max(1)).max(1)) {
        let mut sql = format!("insert into {} ({}) values ", known(table)?, names.join(", "));
        for (line, _) in part.iter().enumerate() {
            let values = columns.iter().enumerate().map(|(place, column)| {
                let number = line * columns.len() + place + 1;
                match column.kind {
                    Kind::Text | Kind::Whole => format!("${number}"),
                    // Bound as text: sqlx's `Any` knows an empty fraction only as one of four bytes, and a full one of eight.
                    Kind::Fraction => format!("cast(${number} as double precision)"),
                }
            });
            let values: Vec<String> = values.collect();
            let comma = if line == 0 { "" } else { ", " };
            // Writing to a String does not fail.
            let _ = write!(sql, "{comma}({})", values.join(", "));
        }
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in part {
            if row.len() != columns.len() {
                return Err(senseless(table, &format!("a row has {} values for {} columns", row.len(), columns.len())));
            }
            for (cell, column) in row.iter().zip(columns) {
                let misfit = || senseless(&column.name, &format!("`{cell}` does not fit into a table of {table}"));
                query = match column.kind {
                    Kind::Text => {
                        query.bind(empty_or(cell, |cell| cell.as_str().map(str::to_owned)).ok_or_else(misfit)?)
                    }
                    Kind::Whole => query.bind(empty_or(cell, Value::as_i64).ok_or_else(misfit)?),
                    Kind::Fraction => query
                        .bind(empty_or(cell, |cell| cell.as_f64().map(|cell| cell.to_string())).ok_or_else(misfit)?),
                };
            }
        }
        query.execute(&mut *db).await?;
    }
    Ok(())
}

/// `Some(None)` for an empty cell, `None` for one of another kind.
fn empty_or<T>(cell: &Value, read: impl FnOnce(&Value) -> Option<T>) -> Option<Option<T>> {
    if cell.is_null() { Some(None) } else { read(cell).map(Some) }
}

/// Names of tables come from our own list alone.
fn known(table: &str) -> Result<&'static str> {
    let found = TABLES.into_iter().find(|known| *known == table);
    found.ok_or_else(|| senseless("table", &format!("there is no table `{table}`")))
}

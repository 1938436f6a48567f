//! Where background jobs stand: cursors, and times of the last complete passes.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use jiff::Timestamp;

/// A job's mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whatever the job keeps there.
    pub value: String,
    /// When it was set.
    pub at: Timestamp,
}

/// The mark called `name`, if it was ever set.
pub async fn find(db: &mut Db, name: &str) -> Result<Option<Mark>> {
    let row = sqlx::query("select value, at from marks where name = $1").bind(name).fetch_optional(db).await?;
    row.map(|row| Ok(Mark { value: row.text("value")?, at: row.at("at")? })).transpose()
}

/// Sets the mark called `name`.
pub async fn set(db: &mut Db, name: &str, value: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into marks (name, value, at) values ($1, $2, $3)
         on conflict (name) do update set value = excluded.value, at = excluded.at",
    )
    .bind(name)
    .bind(value)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

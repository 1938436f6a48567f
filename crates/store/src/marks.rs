//! Where background jobs stand: cursors, and times of the last complete passes; and who this installation is.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A job's mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whatever the job keeps there.
    pub value: String,
    /// When it was set.
    pub at: Timestamp,
}

/// Who this installation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Drawn once; stands in the metadata of everything that we create at Stripe.
    pub id: String,
    /// Stands in front of our external ids at the panel.
    pub prefix: String,
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

/// Sets a mark that nobody has set since `before`, and says whether it was set: of several processes one gets the turn.
pub async fn take_turn(db: &mut Db, name: &str, before: Timestamp, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "insert into marks (name, value, at) values ($1, '', $2)
         on conflict (name) do update set at = excluded.at where marks.at <= $3",
    )
    .bind(name)
    .bind(micros(now))
    .bind(micros(before))
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Who this installation is; `fresh` is kept if nobody was here before.
pub async fn installation(db: &mut Db, fresh: &Installation, now: Timestamp) -> Result<Installation> {
    sqlx::query("insert into installation (id, prefix, created_at) values ($1, $2, $3) on conflict do nothing")
        .bind(&fresh.id)
        .bind(&fresh.prefix)
        .bind(micros(now))
        .execute(&mut *db)
        .await?;
    let row = sqlx::query("select id, prefix from installation").fetch_one(db).await?;
    read_installation(&row)
}

/// Who this installation is, if it was ever begun.
pub async fn find_installation(db: &mut Db) -> Result<Option<Installation>> {
    let row = sqlx::query("select id, prefix from installation").fetch_optional(db).await?;
    row.as_ref().map(read_installation).transpose()
}

/// When this installation was begun.
pub async fn installed_at(db: &mut Db) -> Result<Timestamp> {
    let row = sqlx::query("select created_at from installation").fetch_one(db).await?;
    row.at("created_at")
}

fn read_installation(row: &AnyRow) -> Result<Installation> {
    Ok(Installation { id: row.text("id")?, prefix: row.text("prefix")? })
}

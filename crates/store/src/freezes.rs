//! Why the installation holds back, if it does; its epoch; and where its database was left.

use crate::row::{Columns, micros, one_row, to_json};
use crate::{Db, Result};
use domain::freeze::Reason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where the database of a single process lies, as it was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The machine, by a hash of its id; `None` where an id says nothing, as in a container.
    pub machine: Option<String>,
    /// The file's full path.
    pub path: String,
    /// A word that also stands in a file beside the database, drawn anew at every start.
    pub word: String,
}

/// Why the installation holds back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// The reason.
    pub reason: Reason,
    /// Since when.
    pub since: Timestamp,
    /// Up to when the database knows what happened outside.
    pub data_at: Timestamp,
    /// What exactly happened, for whoever runs the shop.
    pub detail: String,
}

/// A time of which the database may know less than happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastFreeze {
    /// Why the installation held back.
    pub reason: Reason,
    /// Up to when the data knew what happened outside.
    pub data_at: Timestamp,
    /// When a person, or the world itself, said that it may go on.
    pub ended_at: Timestamp,
}

/// Everything that says whether a process may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Counts the confirmed restores; a process that knows an earlier one belongs to what was before.
    pub epoch: i64,
    /// Why the installation holds back, the oldest reason first.
    pub freezes: Vec<Freeze>,
}

/// Whether and why the installation holds back. One statement: epoch and reasons are of the same moment on PostgreSQL, too.
pub async fn standing(db: &mut Db) -> Result<Standing> {
    let rows = sqlx::query(
        "select i.epoch, f.reason, f.since, f.data_at, f.detail
           from installation i left join freezes f on f.reason is not null order by f.since, f.reason",
    )
    .fetch_all(db)
    .await?;
    let mut standing = Standing { epoch: 0, freezes: Vec::new() };
    for row in &rows {
        standing.epoch = row.int("epoch")?;
        if let Some(reason) = row.opt_word("reason", Reason::find)? {
            let (since, data_at, detail) = (row.at("since")?, row.at("data_at")?, row.text("detail")?);
            standing.freezes.push(Freeze { reason, since, data_at, detail });
        }
    }
    Ok(standing)
}

/// Freezes the installation. Frozen for the same reason already, it stays so since then; only what exactly happened is written anew.
pub async fn begin(db: &mut Db, freeze: &Freeze) -> Result<()> {
    sqlx::query(
        "insert into freezes (reason, since, data_at, detail) values ($1, $2, $3, $4)
         on conflict (reason) do update set detail = excluded.detail",
    )
    .bind(freeze.reason.key())
    .bind(micros(freeze.since))
    .bind(micros(freeze.data_at))
    .bind(&freeze.detail)
    .execute(db)
    .await?;
    Ok(())
}

/// Ends one reason. What waits by the clock counts from now: nobody could act until this moment.
pub async fn end(db: &mut Db, reason: Reason, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into past_freezes (reason, data_at, ended_at) select reason, data_at, $2 from freezes where reason = $1
         on conflict (reason, ended_at) do nothing",
    )
    .bind(reason.key())
    .bind(micros(now))
    .execute(&mut *db)
    .await?;
    sqlx::query("delete from freezes where reason = $1").bind(reason.key()).execute(db).await?;
    Ok(())
}

/// All that ended, the oldest first.
pub async fn list_past(db: &mut Db) -> Result<Vec<PastFreeze>> {
    let rows = sqlx::query("select reason, data_at, ended_at from past_freezes order by ended_at, reason")
        .fetch_all(db)
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        let reason = row.opt_word("reason", Reason::find)?;
        let (data_at, ended_at) = (row.at("data_at")?, row.at("ended_at")?);
        Ok(reason.map(|reason| PastFreeze { reason, data_at, ended_at }))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// When a reason last ended.
pub async fn thawed_at(db: &mut Db) -> Result<Option<Timestamp>> {
    Ok(list_past(db).await?.last().map(|past| past.ended_at))
}

/// Begins epoch `next` after `epoch`: processes that know an earlier one stop.
///
/// # Errors
/// [`crate::StoreError::Conflict`]: somebody else began another.
pub async fn begin_epoch(db: &mut Db, epoch: i64, next: i64) -> Result<()> {
    let sql = "update installation set epoch = $2 where epoch = $1";
    let begun = sqlx::query(sql).bind(epoch).bind(next).execute(db).await?;
    one_row(begun.rows_affected(), "epoch")
}

/// Where the database was left; `None` before its first start, and after a restore.
pub async fn find_home(db: &mut Db) -> Result<Option<Home>> {
    let row = sqlx::query("select home from installation where home is not null").fetch_optional(db).await?;
    row.map(|row| row.json("home")).transpose()
}

/// Writes down where the database lies now.
pub async fn set_home(db: &mut Db, home: &Home) -> Result<()> {
    sqlx::query("update installation set home = $1").bind(to_json("home", home)?).execute(db).await?;
    Ok(())
}

/// Forgets where the database was left: the next start remembers its own place.
pub async fn forget_home(db: &mut Db) -> Result<()> {
    sqlx::query("update installation set home = null").execute(db).await?;
    Ok(())
}

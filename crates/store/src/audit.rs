//! The audit log: what staff and the program did to somebody's money, server or account; and the seals that make it a chain.
//!
//! Both tables are only ever added to. What the seals prove, and how, is `app::audit`.

use crate::row::{Columns, instant, micros};
use crate::{Db, Result};
use domain::ids::AuditId;
use domain::redact::{without_addresses, without_addresses_inside};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::any::AnyRow;

/// A line of the log as it stands in its row. Whoever checks it must be able to read a line that somebody changed: nothing here is
/// a type that could refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Unix microseconds.
    pub at: i64,
    /// Who: an account's id, `cli`, `system`.
    pub actor: String,
    /// Did what.
    pub act: String,
    /// To whom or what.
    pub subject: String,
    /// The rest, as JSON.
    pub detail: String,
}

impl Line {
    /// When it was written.
    ///
    /// # Errors
    /// Somebody changed its row: what stands there is no moment.
    pub fn written_at(&self) -> Result<Timestamp> {
        instant("at", self.at)
    }
}

/// A link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Its place; the first is 1, and there are no gaps.
    pub position: i64,
    /// The line that it seals.
    pub line: String,
    /// Of the line alone.
    pub digest: String,
    /// Over the seal before it and this one.
    pub hash: String,
    /// Unix microseconds.
    pub sealed_at: i64,
}

/// Writes down who did what to whom, in the transaction of the act (A5).
///
/// The log outlives the people in it and is never rewritten, so it names them by id: whatever looks like an address is left out.
pub async fn record(
    db: &mut Db,
    id: &AuditId,
    actor: &str,
    act: &str,
    subject: &str,
    detail: &Value,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("insert into audit_log (id, at, actor, act, subject, detail) values ($1, $2, $3, $4, $5, $6)")
        .bind(id.as_str())
        .bind(micros(now))
        .bind(without_addresses(actor))
        .bind(act)
        .bind(without_addresses(subject))
        .bind(without_addresses_inside(detail).to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// A page of lines, newest first, of one subject if it is named, behind `after` (when it was written, its id) if it is not the first one;
/// at most `limit`.
pub async fn list_page(
    db: &mut Db,
    subject: Option<&str>,
    after: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<Line>> {
    let sql = match subject {
        Some(_) => {
            "select * from audit_log where subject = $1 and (at < $2 or at = $2 and id < $3)
              order by at desc, id desc limit $4"
        }
        None => {
            "select * from audit_log where $1 = '' and (at < $2 or at = $2 and id < $3)
              order by at desc, id desc limit $4"
        }
    };
    let (at, id) = after.unwrap_or((i64::MAX, ""));
    let rows = sqlx::query(sql).bind(subject.unwrap_or_default()).bind(at).bind(id).bind(limit).fetch_all(db).await?;
    rows.iter().map(read_line).collect()
}

/// Up to `limit` lines without a seal that were written after `after` and not after `until`, in the order of their writing.
pub async fn list_unsealed(db: &mut Db, after: i64, until: i64, limit: i64) -> Result<Vec<Line>> {
    let rows = sqlx::query(
        "select * from audit_log l where at > $1 and at <= $2
            and not exists (select 1 from audit_seals s where s.audit_id = l.id) order by at, id limit $3",
    )
    .bind(after)
    .bind(until)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read_line).collect()
}

/// How far the seals reach: when the newest sealed line was written, if any line is sealed.
pub async fn sealed_through(db: &mut Db) -> Result<Option<i64>> {
    let row =
        sqlx::query("select l.at from audit_log l join audit_seals s on s.audit_id = l.id order by l.at desc limit 1")
            .fetch_optional(db)
            .await?;
    row.map(|row| row.int("at")).transpose()
}

/// The newest seal, if any line is sealed.
pub async fn find_head(db: &mut Db) -> Result<Option<Seal>> {
    let row = sqlx::query("select * from audit_seals order by position desc limit 1").fetch_optional(db).await?;
    row.as_ref().map(read_seal).transpose()
}

/// Adds a seal.
///
/// # Errors
/// [`crate::StoreError::Taken`] when another process sealed at the same moment: nothing of this transaction may be kept.
pub async fn add_seal(db: &mut Db, seal: &Seal) -> Result<()> {
    sqlx::query("insert into audit_seals (position, audit_id, digest, hash, sealed_at) values ($1, $2, $3, $4, $5)")
        .bind(seal.position)
        .bind(&seal.line)
        .bind(&seal.digest)
        .bind(&seal.hash)
        .bind(seal.sealed_at)
        .execute(db)
        .await?;
    Ok(())
}

/// Up to `limit` seals behind `position`, in order, each with its line if that is still there.
pub async fn list_sealed(db: &mut Db, position: i64, limit: i64) -> Result<Vec<(Seal, Option<Line>)>> {
    let rows = sqlx::query(
        "select s.*, l.id, l.at, l.actor, l.act, l.subject, l.detail from audit_seals s
           left join audit_log l on l.id = s.audit_id where s.position > $1 order by s.position limit $2",
    )
    .bind(position)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let line = |row: &AnyRow| row.opt_text("id")?.map(|_| read_line(row)).transpose();
    rows.iter().map(|row| Ok((read_seal(row)?, line(row)?))).collect()
}

pub(crate) fn read_line(row: &AnyRow) -> Result<Line> {
    Ok(Line {
        id: row.text("id")?,
        at: row.int("at")?,
        actor: row.text("actor")?,
        act: row.text("act")?,
        subject: row.text("subject")?,
        detail: row.text("detail")?,
    })
}

fn read_seal(row: &AnyRow) -> Result<Seal> {
    Ok(Seal {
        position: row.int("position")?,
        line: row.text("audit_id")?,
        digest: row.text("digest")?,
        hash: row.text("hash")?,
        sealed_at: row.int("sealed_at")?,
    })
}

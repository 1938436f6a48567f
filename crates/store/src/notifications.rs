//! What operators are told, one row per channel: written down first, sent later.

use crate::row::{Columns, micros, next_wake};
use crate::{Db, Lease, Result};
use domain::ids::NotificationId;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// What to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewNotification<'a> {
    /// The alert's id, or the day of a digest.
    pub subject: &'a str,
    /// Why.
    pub occasion: &'a str,
    /// Over which channel.
    pub channel: &'a str,
    /// Not before.
    pub at: Timestamp,
}

/// A notification that is due, claimed for sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its id: whoever gets it twice knows it by that.
    pub id: NotificationId,
    /// The alert's id, or the day of a digest.
    pub subject: String,
    /// Why.
    pub occasion: String,
    /// Over which channel.
    pub channel: String,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// How often it was tried, this time included.
    pub tries: i64,
}

/// Where a notification stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Why.
    pub occasion: String,
    /// Over which channel.
    pub channel: String,
    /// When it is tried next, while it waits.
    pub wake_at: Timestamp,
    /// How often it was tried.
    pub tries: i64,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When it was given up, because nobody needs to know any more.
    pub withdrawn_at: Option<Timestamp>,
}

/// Writes a notification down, once per subject, occasion and channel.
pub async fn put(db: &mut Db, id: &NotificationId, new: &NewNotification<'_>, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into notifications (id, subject, occasion, channel, created_at, due_at, wake_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (subject, occasion, channel) do nothing",
    )
    .bind(id.as_str())
    .bind(new.subject)
    .bind(new.occasion)
    .bind(new.channel)
    .bind(micros(now))
    .bind(micros(new.at))
    .execute(db)
    .await?;
    Ok(())
}

/// Takes up to `limit` due notifications; each is ours until the lease ends.
pub async fn claim_due(db: &mut Db, lease: &Lease, limit: i64) -> Result<Vec<Notification>> {
    let rows = sqlx::query(
        "update notifications set claimed_until = $2, tries = tries + 1
          where id in (select id from notifications where sent_at is null and withdrawn_at is null and wake_at <= $1
                          and claimed_until <= $1 order by wake_at limit $3)
            and sent_at is null and withdrawn_at is null and wake_at <= $1 and claimed_until <= $1 returning *",
    )
    .bind(micros(lease.now))
    .bind(micros(lease.until))
    .bind(limit)
    .fetch_all(db)
    .await?;
    let mut due = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    due.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    Ok(due)
}

/// Records that a notification went out.
pub async fn mark_sent(db: &mut Db, id: &NotificationId, now: Timestamp) -> Result<()> {
    sqlx::query("update notifications set sent_at = $2, last_error = null where id = $1")
        .bind(id.as_str())
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// Records that a notification did not go out; it is tried again at `wake_at`.
pub async fn mark_failed(db: &mut Db, id: &NotificationId, error: &str, wake_at: Timestamp) -> Result<()> {
    sqlx::query("update notifications set last_error = $2, wake_at = $3, claimed_until = 0 where id = $1")
        .bind(id.as_str())
        .bind(error)
        .bind(micros(wake_at))
        .execute(db)
        .await?;
    Ok(())
}

/// Puts a notification back that was not tried.
pub async fn put_off(db: &mut Db, id: &NotificationId, wake_at: Timestamp) -> Result<()> {
    sqlx::query("update notifications set wake_at = $2, claimed_until = 0, tries = tries - 1 where id = $1")
        .bind(id.as_str())
        .bind(micros(wake_at))
        .execute(db)
        .await?;
    Ok(())
}

/// Gives a notification up, with the reason.
pub async fn give_up(db: &mut Db, id: &NotificationId, why: &str, now: Timestamp) -> Result<()> {
    sqlx::query("update notifications set withdrawn_at = $2, last_error = $3 where id = $1 and sent_at is null")
        .bind(id.as_str())
        .bind(micros(now))
        .bind(why)
        .execute(db)
        .await?;
    Ok(())
}

/// Withdraws what waits about a subject: nobody needs to know any more. `false` while something of it is on its way at this moment.
pub async fn withdraw(db: &mut Db, subject: &str, now: Timestamp) -> Result<bool> {
    sqlx::query(
        "update notifications set withdrawn_at = $2
          where subject = $1 and sent_at is null and withdrawn_at is null and claimed_until <= $2",
    )
    .bind(subject)
    .bind(micros(now))
    .execute(&mut *db)
    .await?;
    let row = sqlx::query(
        "select count(*) as n from notifications where subject = $1 and sent_at is null and withdrawn_at is null",
    )
    .bind(subject)
    .fetch_one(db)
    .await?;
    Ok(row.int("n")? == 0)
}

/// Since when people are to be told of a subject for this reason, if they are, and whether somebody was.
pub async fn told_since(db: &mut Db, subject: &str, occasion: &str) -> Result<Option<(Timestamp, bool)>> {
    let row = sqlx::query(
        "select min(created_at) as since, count(sent_at) as sent from notifications where subject = $1 and occasion = $2",
    )
    .bind(subject)
    .bind(occasion)
    .fetch_one(db)
    .await?;
    Ok(row.opt_at("since")?.zip(Some(row.int("sent")? > 0)))
}

/// The channels on which something was told about a subject.
pub async fn list_channels(db: &mut Db, subject: &str) -> Result<Vec<String>> {
    let rows = sqlx::query(
        "select distinct channel from notifications where subject = $1 and sent_at is not null order by channel",
    )
    .bind(subject)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.text("channel")).collect()
}

/// Since when something waits of which nobody could be told on any channel.
pub async fn unheard_since(db: &mut Db) -> Result<Option<Timestamp>> {
    let row = sqlx::query(
        "select min(due_at) as since from notifications n where sent_at is null and withdrawn_at is null
            and not exists (select 1 from notifications m
                             where m.subject = n.subject and m.occasion = n.occasion and m.sent_at is not null)",
    )
    .fetch_one(db)
    .await?;
    row.opt_at("since")
}

/// Whether something is to be told of a subject for this reason, or was, over any channel.
pub async fn is_known(db: &mut Db, subject: &str, occasion: &str) -> Result<bool> {
    let row = sqlx::query("select count(*) as n from notifications where subject = $1 and occasion = $2")
        .bind(subject)
        .bind(occasion)
        .fetch_one(db)
        .await?;
    Ok(row.int("n")? > 0)
}

/// What was told about a subject, oldest first.
pub async fn list_of(db: &mut Db, subject: &str) -> Result<Vec<Delivery>> {
    let rows =
        sqlx::query("select * from notifications where subject = $1 order by id").bind(subject).fetch_all(db).await?;
    rows.iter().map(read_delivery).collect()
}

/// When the next notification becomes due, if any waits.
pub async fn next_wake(db: &mut Db) -> Result<Option<Timestamp>> {
    next_wake!(db, "notifications where sent_at is null and withdrawn_at is null").await
}

fn read(row: &AnyRow) -> Result<Notification> {
    Ok(Notification {
        id: row.parsed("id")?,
        subject: row.text("subject")?,
        occasion: row.text("occasion")?,
        channel: row.text("channel")?,
        created_at: row.at("created_at")?,
        tries: row.int("tries")?,
    })
}

fn read_delivery(row: &AnyRow) -> Result<Delivery> {
    Ok(Delivery {
        occasion: row.text("occasion")?,
        channel: row.text("channel")?,
        wake_at: row.at("wake_at")?,
        tries: row.int("tries")?,
        last_error: row.opt_text("last_error")?,
        sent_at: row.opt_at("sent_at")?,
        withdrawn_at: row.opt_at("withdrawn_at")?,
    })
}

//! Messages to people: written in the transaction of their cause, sent later (N1).

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::{AccountId, MessageId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// What to say, to whom and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage<'a> {
    /// Which message.
    pub kind: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// What made it due: the same kind, subject and cause are one message.
    pub cause: &'a str,
    /// Who gets it.
    pub recipient: &'a AccountId,
    /// What its template needs, sealed.
    pub body: &'a str,
}

/// A message that is due, claimed for sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id; also its Message-ID, so that a repetition can be recognised.
    pub id: MessageId,
    /// Which message.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Who gets it.
    pub recipient: AccountId,
    /// What its template needs, sealed.
    pub body: String,
    /// When it became due.
    pub created_at: Timestamp,
    /// How often it was tried, this time included.
    pub tries: i64,
}

/// Puts a message into the outbox, once per kind, subject and cause.
pub async fn put(db: &mut Db, id: &MessageId, message: &NewMessage<'_>, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into outbox (id, kind, subject, cause, recipient, body, created_at, wake_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (kind, subject, cause) do nothing",
    )
    .bind(id.as_str())
    .bind(message.kind)
    .bind(message.subject)
    .bind(message.cause)
    .bind(message.recipient.as_str())
    .bind(message.body)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Takes up to `limit` due messages; each is ours until `until`.
pub async fn claim_due(db: &mut Db, now: Timestamp, until: Timestamp, limit: i64) -> Result<Vec<Message>> {
    let rows = sqlx::query(
        "update outbox set claimed_until = $2, tries = tries + 1
          where id in (select id from outbox where sent_at is null and cancelled_at is null and wake_at <= $1
                          and claimed_until <= $1 order by wake_at limit $3)
            and claimed_until <= $1 returning *",
    )
    .bind(micros(now))
    .bind(micros(until))
    .bind(limit)
    .fetch_all(db)
    .await?;
    let mut messages = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    // In the order in which they were written: ids are ordered by time.
    messages.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    Ok(messages)
}

/// Records that a message went out. Its text is forgotten: it may hold a code or a link.
pub async fn mark_sent(db: &mut Db, id: &MessageId, now: Timestamp) -> Result<()> {
    sqlx::query("update outbox set sent_at = $2, body = '{}' where id = $1")
        .bind(id.as_str())
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// Records that a message did not go out; it is tried again at `wake_at`.
pub async fn mark_failed(db: &mut Db, id: &MessageId, error: &str, wake_at: Timestamp) -> Result<()> {
    sqlx::query("update outbox set last_error = $2, wake_at = $3, claimed_until = 0 where id = $1")
        .bind(id.as_str())
        .bind(error)
        .bind(micros(wake_at))
        .execute(db)
        .await?;
    Ok(())
}

/// Withdraws a message whose fact no longer holds (N3), and forgets its text.
pub async fn cancel(db: &mut Db, id: &MessageId, why: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "update outbox set cancelled_at = $2, cancelled_why = $3, body = '{}' where id = $1 and sent_at is null",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .bind(why)
    .execute(db)
    .await?;
    Ok(())
}

/// When the next message becomes due, if any waits.
pub async fn next_wake(db: &mut Db) -> Result<Option<Timestamp>> {
    // What somebody holds is due when the claim lapses, not before.
    let row = sqlx::query(
        "select min(case when claimed_until > wake_at then claimed_until else wake_at end) as wake_at
           from outbox where sent_at is null and cancelled_at is null",
    )
    .fetch_one(db)
    .await?;
    row.opt_at("wake_at")
}

fn read(row: &AnyRow) -> Result<Message> {
    Ok(Message {
        id: row.parsed("id")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        recipient: row.parsed("recipient")?,
        body: row.text("body")?,
        created_at: row.at("created_at")?,
        tries: row.int("tries")?,
    })
}

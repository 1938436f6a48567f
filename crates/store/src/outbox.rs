//! Messages to people: written in the transaction of their cause, sent later (N1).

use crate::row::{Columns, micros, next_wake};
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

/// A message as it stands in the outbox, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub id: MessageId,
    /// Which message.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// What made it due.
    pub cause: String,
    /// Who gets it.
    pub recipient: AccountId,
    /// When it became due.
    pub created_at: Timestamp,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it went out.
    pub sent_at: Option<Timestamp>,
    /// When it was withdrawn, and why.
    pub cancelled: Option<(Timestamp, String)>,
}

/// The message with this id, if there is one.
pub async fn find(db: &mut Db, id: &MessageId) -> Result<Option<Standing>> {
    let row = sqlx::query("select * from outbox where id = $1").bind(id.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read_standing).transpose()
}

/// What was written to somebody about these subjects, the newest first; at most `limit`.
pub async fn list_about(db: &mut Db, subjects: [&str; 2], limit: i64) -> Result<Vec<Standing>> {
    let rows = sqlx::query(
        "select * from outbox where subject = $1 or subject = $2 order by created_at desc, id desc limit $3",
    )
    .bind(subjects[0])
    .bind(subjects[1])
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read_standing).collect()
}

/// The newest repetition of a message: one whose cause begins so.
pub async fn find_newest_caused_by(
    db: &mut Db,
    kind: &str,
    subject: &str,
    beginning: &str,
) -> Result<Option<Standing>> {
    let row = sqlx::query(
        "select * from outbox where kind = $1 and subject = $2 and substr(cause, 1, $4) = $3 order by created_at desc, id desc limit 1",
    )
    .bind(kind)
    .bind(subject)
    .bind(beginning)
    .bind(i32::try_from(beginning.chars().count()).unwrap_or(i32::MAX))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read_standing).transpose()
}

/// Has a message that waits tried at once; `false` when it was sent or withdrawn, or somebody is sending it.
pub async fn wake(db: &mut Db, id: &MessageId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update outbox set wake_at = $2 where id = $1 and sent_at is null and cancelled_at is null and claimed_until <= $2",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
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
    next_wake!(db, "outbox where sent_at is null and cancelled_at is null").await
}

/// Which messages a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// Those that wait.
    Waiting,
    /// All of them.
    All,
    /// Those for one account.
    Of(&'a AccountId),
}

/// A message as a list shows it: never what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: MessageId,
    /// Which message.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Who gets it.
    pub recipient: AccountId,
    /// When it became due.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub tries: i64,
    /// What the mail server had against it.
    pub last_error: Option<String>,
    /// When it went out.
    pub sent_at: Option<Timestamp>,
    /// Why it was withdrawn instead.
    pub cancelled_why: Option<String>,
}

/// Messages, newest first, from a place in that order on.
pub async fn list_page(
    db: &mut Db,
    which: Which<'_>,
    after: Option<(Timestamp, &str)>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let columns = "id, kind, subject, recipient, created_at, tries, last_error, sent_at, cancelled_why";
    let (condition, account) = match which {
        Which::Waiting => ("sent_at is null and cancelled_at is null and $1 = ''", ""),
        Which::All => ("$1 = ''", ""),
        Which::Of(account) => ("recipient = $1", account.as_str()),
    };
    let sql = format!(
        "select {columns} from outbox where {condition} and (created_at < $2 or created_at = $2 and id < $3)
          order by created_at desc, id desc limit $4"
    );
    let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (micros(at), id));
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account).bind(at).bind(id).bind(limit).fetch_all(db).await?;
    let entry = |row: &AnyRow| {
        Ok(Entry {
            id: row.parsed("id")?,
            kind: row.text("kind")?,
            subject: row.text("subject")?,
            recipient: row.parsed("recipient")?,
            created_at: row.at("created_at")?,
            tries: row.int("tries")?,
            last_error: row.opt_text("last_error")?,
            sent_at: row.opt_at("sent_at")?,
            cancelled_why: row.opt_text("cancelled_why")?,
        })
    };
    rows.iter().map(entry).collect()
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

fn read_standing(row: &AnyRow) -> Result<Standing> {
    let why = row.opt_text("cancelled_why")?.unwrap_or_default();
    Ok(Standing {
        id: row.parsed("id")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        cause: row.text("cause")?,
        recipient: row.parsed("recipient")?,
        created_at: row.at("created_at")?,
        last_error: row.opt_text("last_error")?,
        sent_at: row.opt_at("sent_at")?,
        cancelled: row.opt_at("cancelled_at")?.map(|at| (at, why)),
    })
}

//! The inbox of Stripe's events: stored before they are acknowledged, marked processed in the transaction that applies them (O2).

use crate::row::{Columns, micros, next_wake};
use crate::{Db, Result};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::fmt::Write;

/// Where an event came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Stripe sent it.
    Webhook,
    /// We asked for it.
    Poll,
}

/// An event to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Stripe's id, or `body_` and a hash where there is none.
    pub id: String,
    /// Stripe's word for what happened; empty where it could not be read.
    pub kind: String,
    /// What it happened to.
    pub object_id: Option<String>,
    /// Whether real money is meant; `None` where it could not be read.
    pub live: Option<bool>,
    /// When it happened, Unix seconds.
    pub created: Option<i64>,
    /// The body as it came.
    pub body: String,
    /// Where it came from.
    pub source: Source,
}

/// An event that waits to be applied, claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Stripe's id.
    pub id: String,
    /// Stripe's word for what happened.
    pub kind: String,
    /// What it happened to.
    pub object_id: Option<String>,
    /// Whether real money is meant.
    pub live: Option<bool>,
    /// The body as it came.
    pub body: String,
    /// When Stripe made it, as far as it says.
    pub created_at: Option<Timestamp>,
    /// When we got it.
    pub received_at: Timestamp,
    /// How often it was tried, this time included.
    pub tries: i64,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It changed something.
    Applied,
    /// What it says was known.
    Unchanged,
    /// It is of a kind that we do not need.
    Ignored,
    /// It is not ours, or not as it should be: kept for a person, with an alert.
    Kept,
}

impl Outcome {
    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Ignored => "ignored",
            Self::Kept => "kept",
        }
    }
}

const COLUMNS: usize = 9;

/// Stores events in one statement; those whose id is known are left as they are. At most 500 at once.
/// Returns how many were new.
pub async fn insert_batch(db: &mut Db, events: &[NewEvent], now: Timestamp) -> Result<u64> {
    if events.is_empty() {
        return Ok(0);
    }
    let mut sql = String::from(
        "insert into webhook_events (id, kind, object_id, live, created, body, source, received_at, wake_at) values ",
    );
    for row in 0..events.len() {
        let first = row * COLUMNS;
        let comma = if row == 0 { "" } else { "," };
        let p = |n: usize| first + n;
        // Writing to a String does not fail.
        let _ = write!(
            sql,
            "{comma}(${},${},${},${},${},${},${},${},${})",
            p(1),
            p(2),
            p(3),
            p(4),
            p(5),
            p(6),
            p(7),
            p(8),
            p(9)
        );
    }
    sql.push_str(" on conflict (id) do nothing");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for event in events {
        query = query
            .bind(&event.id)
            .bind(&event.kind)
            .bind(event.object_id.as_deref())
            .bind(event.live.map(i64::from))
            .bind(event.created)
            .bind(&event.body)
            .bind(match event.source {
                Source::Webhook => "webhook",
                Source::Poll => "poll",
            })
            .bind(micros(now))
            .bind(micros(now));
    }
    Ok(query.execute(db).await?.rows_affected())
}

/// Takes up to `limit` events that wait, oldest first; each is ours until `until`.
pub async fn claim_due(db: &mut Db, now: Timestamp, until: Timestamp, limit: i64) -> Result<Vec<Event>> {
    let rows = sqlx::query(
        "update webhook_events set claimed_until = $2, tries = tries + 1
          where id in (select id from webhook_events where processed_at is null and wake_at <= $1 and claimed_until <= $1
                        order by wake_at limit $3)
            and claimed_until <= $1 and processed_at is null returning *",
    )
    .bind(micros(now))
    .bind(micros(until))
    .bind(limit)
    .fetch_all(db)
    .await?;
    let mut events = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    events.sort_by_key(|event| event.received_at);
    Ok(events)
}

/// Marks an event as processed, in the transaction that applied it.
pub async fn finish(db: &mut Db, id: &str, outcome: Outcome, now: Timestamp) -> Result<()> {
    sqlx::query("update webhook_events set processed_at = $2, outcome = $3 where id = $1 and processed_at is null")
        .bind(id)
        .bind(micros(now))
        .bind(outcome.key())
        .execute(db)
        .await?;
    Ok(())
}

/// Puts an event back; it is tried again at `wake_at`.
pub async fn postpone(db: &mut Db, id: &str, error: &str, wake_at: Timestamp) -> Result<()> {
    sqlx::query("update webhook_events set last_error = $2, wake_at = $3, claimed_until = 0 where id = $1")
        .bind(id)
        .bind(error)
        .bind(micros(wake_at))
        .execute(db)
        .await?;
    Ok(())
}

/// Whether an event is stored.
pub async fn is_known(db: &mut Db, id: &str) -> Result<bool> {
    let row = sqlx::query("select count(*) as n from webhook_events where id = $1").bind(id).fetch_one(db).await?;
    Ok(row.int("n")? > 0)
}

/// When the next event waits to be applied, if any.
pub async fn next_wake(db: &mut Db) -> Result<Option<Timestamp>> {
    next_wake!(db, "webhook_events where processed_at is null").await
}

/// An event as it stands, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Stripe's id.
    pub id: String,
    /// Stripe's word for what happened.
    pub kind: String,
    /// What it happened to.
    pub object_id: Option<String>,
    /// Where it came from: webhook or poll.
    pub source: String,
    /// The body as it came; empty once it is past its time.
    pub body: String,
    /// When Stripe made it.
    pub created_at: Option<Timestamp>,
    /// When we got it.
    pub received_at: Timestamp,
    /// When it is tried next, while it waits.
    pub wake_at: Timestamp,
    /// How often it was tried.
    pub tries: i64,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was applied, and what became of it.
    pub processed: Option<(Timestamp, String)>,
}

/// Which events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// That wait to be applied.
    Waiting,
    /// That were kept for a person.
    Kept,
}

/// A page of events, behind `after` (its moment, its id) if it is not the first one; at most `limit`. What waits is in the order of its
/// turn, what was kept has the latest first.
pub async fn list_page(
    db: &mut Db,
    wanted: Wanted,
    after: Option<(Timestamp, &str)>,
    limit: i64,
) -> Result<Vec<Stored>> {
    let (sql, first) = match wanted {
        Wanted::Waiting => (
            "select * from webhook_events where processed_at is null and (wake_at > $1 or wake_at = $1 and id > $2)
              order by wake_at, id limit $3",
            i64::MIN,
        ),
        Wanted::Kept => (
            "select * from webhook_events where outcome = 'kept' and (received_at < $1 or received_at = $1 and id < $2)
              order by received_at desc, id desc limit $3",
            i64::MAX,
        ),
    };
    let (at, id) = after.map_or((first, ""), |(at, id)| (micros(at), id));
    let rows = sqlx::query(sql).bind(at).bind(id).bind(limit).fetch_all(db).await?;
    rows.iter().map(read_stored).collect()
}

/// The event with this id, if it is there.
pub async fn find(db: &mut Db, id: &str) -> Result<Option<Stored>> {
    let row = sqlx::query("select * from webhook_events where id = $1").bind(id).fetch_optional(db).await?;
    row.as_ref().map(read_stored).transpose()
}

/// Lets an event be applied once more, as one that was tried before: a person may have been told of it. `false` when it is not there, is
/// applied at this moment, or its body is past its time.
pub async fn requeue(db: &mut Db, id: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update webhook_events set processed_at = null, outcome = null, wake_at = $2, claimed_until = 0, tries = 1, last_error = null
          where id = $1 and body <> '' and claimed_until <= $2",
    )
    .bind(id)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

fn read_stored(row: &AnyRow) -> Result<Stored> {
    let created = row.opt_int("created")?;
    let processed = row.opt_at("processed_at")?.zip(row.opt_text("outcome")?);
    Ok(Stored {
        id: row.text("id")?,
        kind: row.text("kind")?,
        object_id: row.opt_text("object_id")?,
        source: row.text("source")?,
        body: row.text("body")?,
        // Foreign: whatever is no moment is none.
        created_at: created.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        received_at: row.at("received_at")?,
        wake_at: row.at("wake_at")?,
        tries: row.int("tries")?,
        last_error: row.opt_text("last_error")?,
        processed,
    })
}

fn read(row: &AnyRow) -> Result<Event> {
    Ok(Event {
        id: row.text("id")?,
        kind: row.text("kind")?,
        object_id: row.opt_text("object_id")?,
        live: row.opt_int("live")?.map(|live| live != 0),
        body: row.text("body")?,
        created_at: row.opt_int("created")?.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        received_at: row.at("received_at")?,
        tries: row.int("tries")?,
    })
}

//! What waits, as metrics say it: each figure is one look over what is open, and none over what is done.

use crate::row::{Columns, micros};
use crate::watch::Queue;
use crate::{Db, Result};
use jiff::Timestamp;

/// How much of something waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Pieces that are not done, and that nobody left to a person.
    pub waiting: i64,
    /// Of them, due, with nobody who has them in hand.
    pub due: i64,
    /// Since when the oldest of those is due.
    pub due_since: Option<Timestamp>,
}

/// What a queue holds.
pub async fn of_queue(db: &mut Db, queue: Queue, now: Timestamp) -> Result<Backlog> {
    let sql = match queue {
        Queue::Operations => {
            "select count(*) as waiting,
                    cast(coalesce(sum(case when wake_at <= $1 and claimed_until <= $1 then 1 else 0 end), 0) as bigint) as due,
                    min(case when wake_at <= $1 and claimed_until <= $1 then wake_at end) as since
               from operations where finished_at is null and parked_why is null"
        }
        Queue::Events => {
            "select count(*) as waiting,
                    cast(coalesce(sum(case when wake_at <= $1 and claimed_until <= $1 then 1 else 0 end), 0) as bigint) as due,
                    min(case when wake_at <= $1 and claimed_until <= $1 then wake_at end) as since
               from webhook_events where processed_at is null"
        }
        Queue::Refunds => {
            "select count(*) as waiting,
                    cast(coalesce(sum(case when wake_at <= $1 and claimed_until <= $1 then 1 else 0 end), 0) as bigint) as due,
                    min(case when wake_at <= $1 and claimed_until <= $1 then wake_at end) as since
               from refunds where done_at is null"
        }
        Queue::Outbox => {
            "select count(*) as waiting,
                    cast(coalesce(sum(case when wake_at <= $1 and claimed_until <= $1 then 1 else 0 end), 0) as bigint) as due,
                    min(case when wake_at <= $1 and claimed_until <= $1 then wake_at end) as since
               from outbox where sent_at is null and cancelled_at is null"
        }
    };
    read(db, sql, now).await
}

/// What those who look after the shop have not been told yet.
pub async fn of_notifications(db: &mut Db, now: Timestamp) -> Result<Backlog> {
    let sql = "select count(*) as waiting,
                      cast(coalesce(sum(case when wake_at <= $1 and claimed_until <= $1 then 1 else 0 end), 0) as bigint) as due,
                      min(case when wake_at <= $1 and claimed_until <= $1 then wake_at end) as since
                 from notifications where sent_at is null and withdrawn_at is null";
    read(db, sql, now).await
}

async fn read(db: &mut Db, sql: &'static str, now: Timestamp) -> Result<Backlog> {
    let row = sqlx::query(sql).bind(micros(now)).fetch_one(db).await?;
    Ok(Backlog { waiting: row.int("waiting")?, due: row.int("due")?, due_since: row.opt_at("since")? })
}

/// How many jobs on servers wait for a person.
pub async fn count_parked(db: &mut Db) -> Result<i64> {
    let sql = "select count(*) as n from operations where finished_at is null and parked_why is not null";
    sqlx::query(sql).fetch_one(db).await?.int("n")
}

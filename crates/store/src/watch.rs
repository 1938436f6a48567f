//! Figures that alerts are judged by.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use jiff::Timestamp;

/// Something that is worked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Jobs on servers.
    Operations,
    /// Stripe's events.
    Events,
    /// Money that goes back.
    Refunds,
    /// Mail.
    Outbox,
}

impl Queue {
    /// All queues.
    pub const ALL: [Self; 4] = [Self::Operations, Self::Events, Self::Refunds, Self::Outbox];

    /// The word in alerts and metrics.
    pub fn key(self) -> &'static str {
        match self {
            Self::Operations => "operations",
            Self::Events => "events",
            Self::Refunds => "refunds",
            Self::Outbox => "outbox",
        }
    }
}

/// Since when the oldest piece waits that is due and that nobody has in hand; `None` where nothing waits.
pub async fn overdue_since(db: &mut Db, queue: Queue, now: Timestamp) -> Result<Option<Timestamp>> {
    let sql = match queue {
        Queue::Operations => {
            "select min(wake_at) as since from operations where finished_at is null and parked_why is null
                and wake_at <= $1 and claimed_until <= $1"
        }
        Queue::Events => {
            "select min(wake_at) as since from webhook_events where processed_at is null and wake_at <= $1 and claimed_until <= $1"
        }
        Queue::Refunds => {
            "select min(wake_at) as since from refunds where done_at is null and wake_at <= $1 and claimed_until <= $1"
        }
        Queue::Outbox => {
            "select min(wake_at) as since from outbox where sent_at is null and cancelled_at is null
                and wake_at <= $1 and claimed_until <= $1"
        }
    };
    let row = sqlx::query(sql).bind(micros(now)).fetch_one(db).await?;
    row.opt_at("since")
}

/// How many deliveries are under way whose last try failed.
pub async fn count_failing_deliveries(db: &mut Db) -> Result<i64> {
    let row = sqlx::query(
        "select count(*) as n from operations where finished_at is null and parked_why is null
            and kind = 'create' and last_error is not null",
    )
    .fetch_one(db)
    .await?;
    row.int("n")
}

/// How many messages were tried several times, and wait since before this moment.
pub async fn count_stuck_mail(db: &mut Db, before: Timestamp) -> Result<i64> {
    let row = sqlx::query(
        "select count(*) as n from outbox where sent_at is null and cancelled_at is null and tries >= 3 and created_at < $1",
    )
    .bind(micros(before))
    .fetch_one(db)
    .await?;
    row.int("n")
}

/// How many of Stripe's events only our own look found since this moment, more than a quarter of a minute after they were made: webhooks
/// take a second or two, and our look comes once a minute. Those that were made before `up` do not count: nobody was there to take them.
pub async fn count_events_without_webhook(db: &mut Db, since: Timestamp, up: Timestamp) -> Result<i64> {
    let row = sqlx::query(
        "select count(*) as n from webhook_events where source = 'poll' and received_at >= $1
            and created >= $2 and received_at > created * 1000000 + 15000000",
    )
    .bind(micros(since))
    .bind(up.as_second())
    .fetch_one(db)
    .await?;
    row.int("n")
}

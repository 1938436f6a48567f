//! What servers used over time. Each look at a server goes into a step of an hour's, a day's and a week's row of steps, so that a chart
//! is at most ninety rows and a server never keeps more than some 230.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::ServiceId;
use jiff::{SignedDuration, Timestamp};

/// How far back a row of steps goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// An hour, by the minute.
    Hour,
    /// A day, by twenty minutes.
    Day,
    /// A week, by two hours.
    Week,
}

impl Span {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// The word in rows and addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// How long a step is.
    pub fn step(self) -> SignedDuration {
        match self {
            Self::Hour => SignedDuration::from_mins(1),
            Self::Day => SignedDuration::from_mins(20),
            Self::Week => SignedDuration::from_hours(2),
        }
    }

    /// How long all steps are together.
    pub fn length(self) -> SignedDuration {
        match self {
            Self::Hour => SignedDuration::from_hours(1),
            Self::Day => SignedDuration::from_hours(24),
            Self::Week => SignedDuration::from_hours(7 * 24),
        }
    }

    /// When the step that `at` is in began.
    pub fn step_of(self, at: Timestamp) -> Timestamp {
        let into = at.as_second().rem_euclid(self.step().as_secs());
        Timestamp::from_second(at.as_second() - into).unwrap_or(at)
    }
}

/// What one look saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// CPU in use, in percent of one core.
    pub cpu_percent: f64,
    /// Memory in use.
    pub memory_bytes: i64,
    /// Disk in use.
    pub disk_bytes: i64,
    /// How many play; `None` when no game answered.
    pub players: Option<i64>,
    /// What came over the network since the last look.
    pub received_bytes: i64,
    /// What went over the network since the last look.
    pub sent_bytes: i64,
}

/// A step of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// When it began.
    pub at: Timestamp,
    /// CPU in use on average, in percent of one core.
    pub cpu_percent: f64,
    /// The most memory that was seen in use.
    pub memory_bytes: i64,
    /// Disk in use at the end.
    pub disk_bytes: i64,
    /// The most players that were seen; `None` where no game answered.
    pub players: Option<i64>,
    /// What came over the network.
    pub received_bytes: i64,
    /// What went over the network.
    pub sent_bytes: i64,
}

/// Adds a look to the steps that it is in.
pub async fn add(db: &mut Db, service: &ServiceId, look: &Look) -> Result<()> {
    for span in Span::ALL {
        let step = span.step_of(look.at);
        sqlx::query(
            "insert into usage_steps (service_id, span, step_at, kept_until, looks, cpu_sum, memory_bytes, disk_bytes, players,
                                      received_bytes, sent_bytes)
             values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10)
             on conflict (service_id, span, step_at) do update set
                 looks = usage_steps.looks + 1,
                 cpu_sum = usage_steps.cpu_sum + excluded.cpu_sum,
                 memory_bytes = case when excluded.memory_bytes > usage_steps.memory_bytes
                                     then excluded.memory_bytes else usage_steps.memory_bytes end,
                 disk_bytes = excluded.disk_bytes,
                 players = case when usage_steps.players is null or excluded.players > usage_steps.players
                                then excluded.players else usage_steps.players end,
                 received_bytes = usage_steps.received_bytes + excluded.received_bytes,
                 sent_bytes = usage_steps.sent_bytes + excluded.sent_bytes",
        )
        .bind(service.as_str())
        .bind(span.key())
        .bind(micros(step))
        .bind(micros(step + span.step() + span.length()))
        .bind(look.cpu_percent)
        .bind(look.memory_bytes)
        .bind(look.disk_bytes)
        .bind(look.players)
        .bind(look.received_bytes)
        .bind(look.sent_bytes)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// The steps of a server that are not older than its span, in their order. Steps in which nobody saw the server are not there.
pub async fn list(db: &mut Db, service: &ServiceId, span: Span, now: Timestamp) -> Result<Vec<Step>> {
    let rows = sqlx::query(
        "select * from usage_steps where service_id = $1 and span = $2 and step_at > $3 and step_at <= $4 order by step_at",
    )
    .bind(service.as_str())
    .bind(span.key())
    .bind(micros(span.step_of(now) - span.length()))
    .bind(micros(now))
    .fetch_all(db)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        #[expect(clippy::cast_precision_loss, reason = "a step has at most a few hundred looks")]
        let looks = row.int("looks")?.max(1) as f64;
        Ok(Step {
            at: row.at("step_at")?,
            cpu_percent: row.opt_real("cpu_sum")?.unwrap_or_default() / looks,
            memory_bytes: row.int("memory_bytes")?,
            disk_bytes: row.int("disk_bytes")?,
            players: row.opt_int("players")?,
            received_bytes: row.int("received_bytes")?,
            sent_bytes: row.int("sent_bytes")?,
        })
    };
    rows.iter().map(read).collect()
}

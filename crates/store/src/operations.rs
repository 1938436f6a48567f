//! The queue: mutating jobs on services, and every call that may have created a server.

use crate::row::{Columns, micros, next_wake, one_row, to_json};
use crate::{Db, Lease, Result};
use domain::ids::{AttemptId, OperationId, OrderId, ServiceId};
use domain::provision::{Attempt, AttemptOutcome};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::any::AnyRow;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// Delivers the server.
    Create,
    /// Keeps everybody from starting it.
    Suspend,
    /// Lets it be started again.
    Unsuspend,
    /// Removes it.
    Terminate,
}

impl OperationKind {
    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::Terminate => "terminate",
        }
    }

    pub(crate) fn find(key: &str) -> Option<Self> {
        [Self::Create, Self::Suspend, Self::Unsuspend, Self::Terminate].into_iter().find(|kind| kind.key() == key)
    }
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it is for.
    Done,
    /// Something else was started instead, such as a refund.
    GivenUp,
}

impl Outcome {
    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::GivenUp => "given_up",
        }
    }

    pub(crate) fn find(key: &str) -> Option<Self> {
        [Self::Done, Self::GivenUp].into_iter().find(|outcome| outcome.key() == key)
    }
}

/// A job, claimed: every write carries its fence, and a write with an old fence changes nothing (O4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its id.
    pub id: OperationId,
    /// On which service.
    pub service: ServiceId,
    /// What it does.
    pub kind: OperationKind,
    /// What was done so far, as JSON.
    pub progress: String,
    /// The fence of this claim.
    pub fence: i64,
    /// How often it was worked on.
    pub passes: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// When a person last let it go on after it had waited for one.
    pub unparked_at: Option<Timestamp>,
}

/// A job as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// What was done so far, as JSON.
    pub progress: String,
    /// When it is worked on next.
    pub wake_at: Timestamp,
    /// How often it was worked on.
    pub passes: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Why a person has to look.
    pub parked_why: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A call that may have created a server, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Its id.
    pub id: AttemptId,
    /// What the rules need of it.
    pub attempt: Attempt,
    /// What the panel said, or why nothing came.
    pub detail: String,
}

/// Starts a job.
///
/// # Errors
/// [`crate::StoreError::Taken`] when the service has an unfinished one.
pub async fn create(
    db: &mut Db,
    id: &OperationId,
    service: &ServiceId,
    kind: OperationKind,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "insert into operations (id, service_id, kind, progress, wake_at, created_at) values ($1, $2, $3, '{}', $4, $4)",
    )
    .bind(id.as_str())
    .bind(service.as_str())
    .bind(kind.key())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Takes up to `limit` due jobs that nobody holds. A claim lapses at `lease.until`; every later write carries the new fence.
pub async fn claim_due(db: &mut Db, lease: &Lease, limit: i64) -> Result<Vec<Claim>> {
    // The lease test stands twice: PostgreSQL re-checks only the outer `where` after waiting for a row.
    let rows = sqlx::query(
        "update operations set claimed_by = $1, claimed_until = $2, fence = fence + 1, passes = passes + 1
          where id in (select id from operations where finished_at is null and parked_why is null and wake_at <= $3
                          and claimed_until <= $3 order by wake_at limit $4)
            and finished_at is null and claimed_until <= $3 returning *",
    )
    .bind(&lease.worker)
    .bind(micros(lease.until))
    .bind(micros(lease.now))
    .bind(limit)
    .fetch_all(db)
    .await?;
    let read = |row: &AnyRow| {
        Ok(Claim {
            id: row.parsed("id")?,
            service: row.parsed("service_id")?,
            kind: row.word("kind", OperationKind::find)?,
            progress: row.text("progress")?,
            fence: row.int("fence")?,
            passes: row.int("passes")?,
            created_at: row.at("created_at")?,
            unparked_at: row.opt_at("unparked_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Holds on to a job for another `until`, right before something happens outside: who lost the claim does nothing (O3, O4).
///
/// # Errors
/// [`crate::StoreError::Conflict`] when the claim was lost.
pub async fn renew(db: &mut Db, claim: &Claim, until: Timestamp) -> Result<()> {
    let done = sqlx::query(
        "update operations set claimed_until = $3 where id = $1 and fence = $2 and finished_at is null and parked_why is null",
    )
    .bind(claim.id.as_str())
    .bind(claim.fence)
    .bind(micros(until))
    .execute(db)
    .await?;
    one_row(done.rows_affected(), "operation")
}

/// Saves what was done so far.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when the claim was lost.
pub async fn save_progress<T: Serialize + Sync>(db: &mut Db, claim: &Claim, progress: &T) -> Result<()> {
    let done = sqlx::query("update operations set progress = $3 where id = $1 and fence = $2 and finished_at is null")
        .bind(claim.id.as_str())
        .bind(claim.fence)
        .bind(to_json("progress", progress)?)
        .execute(db)
        .await?;
    one_row(done.rows_affected(), "operation")
}

/// Gives a job back, to be worked on again at `wake_at`; `error` is what went wrong, if anything did.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when the claim was lost.
pub async fn release(db: &mut Db, claim: &Claim, wake_at: Timestamp, error: Option<&str>) -> Result<()> {
    let done = sqlx::query(
        "update operations set wake_at = $3, claimed_until = 0, last_error = $4
          where id = $1 and fence = $2 and finished_at is null",
    )
    .bind(claim.id.as_str())
    .bind(claim.fence)
    .bind(micros(wake_at))
    .bind(error)
    .execute(db)
    .await?;
    one_row(done.rows_affected(), "operation")
}

/// Leaves a job to a person.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when the claim was lost.
pub async fn park(db: &mut Db, claim: &Claim, why: &str) -> Result<()> {
    let done = sqlx::query(
        "update operations set parked_why = $3, claimed_until = 0 where id = $1 and fence = $2 and finished_at is null",
    )
    .bind(claim.id.as_str())
    .bind(claim.fence)
    .bind(why)
    .execute(db)
    .await?;
    one_row(done.rows_affected(), "operation")
}

/// Ends a job.
///
/// # Errors
/// [`crate::StoreError::Conflict`] when the claim was lost.
pub async fn finish(db: &mut Db, claim: &Claim, outcome: Outcome, now: Timestamp) -> Result<()> {
    let done = sqlx::query(
        "update operations set finished_at = $3, outcome = $4, claimed_until = 0
          where id = $1 and fence = $2 and finished_at is null",
    )
    .bind(claim.id.as_str())
    .bind(claim.fence)
    .bind(micros(now))
    .bind(outcome.key())
    .execute(db)
    .await?;
    one_row(done.rows_affected(), "operation")
}

/// Lets the unfinished job of a service be worked on now, also a parked one if `unpark`. It is never put off by that: whoever wakes it may
/// have a clock that is ahead. `false` when there is none.
pub async fn wake(db: &mut Db, service: &ServiceId, unpark: bool, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update operations set wake_at = case when wake_at < $2 then wake_at else $2 end,
                unparked_at = case when $3 = 1 and parked_why is not null then $2 else unparked_at end,
                parked_why = case when $3 = 1 then null else parked_why end
          where service_id = $1 and finished_at is null",
    )
    .bind(service.as_str())
    .bind(micros(now))
    .bind(i64::from(unpark))
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Orders whose delivery or removal waits for a person, with why; the longest waiting first.
pub async fn list_parked(db: &mut Db) -> Result<Vec<(OrderId, Option<String>)>> {
    let rows = sqlx::query(
        "select s.order_id, o.parked_why from operations o join services s on s.id = o.service_id
          where o.finished_at is null and o.parked_why is not null order by o.wake_at, o.id",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((row.parsed("order_id")?, row.opt_text("parked_why")?))).collect()
}

/// When the next job is due, if any is unfinished and not parked.
pub async fn next_wake(db: &mut Db) -> Result<Option<Timestamp>> {
    next_wake!(db, "operations where finished_at is null and parked_why is null").await
}

/// Whether some job of a service is unfinished.
pub async fn is_busy(db: &mut Db, service: &ServiceId) -> Result<bool> {
    let row = sqlx::query("select count(*) as n from operations where service_id = $1 and finished_at is null")
        .bind(service.as_str())
        .fetch_one(db)
        .await?;
    Ok(row.int("n")? > 0)
}

/// Services with an unfinished job of this kind.
pub async fn list_unfinished(db: &mut Db, kind: OperationKind) -> Result<Vec<ServiceId>> {
    let rows = sqlx::query(
        "select service_id from operations where finished_at is null and kind = $1 order by created_at, id",
    )
    .bind(kind.key())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.parsed("service_id")).collect()
}

/// The jobs of a service, oldest first.
pub async fn list_of_service(db: &mut Db, service: &ServiceId) -> Result<Vec<Operation>> {
    let rows = sqlx::query("select * from operations where service_id = $1 order by created_at, id limit 200")
        .bind(service.as_str())
        .fetch_all(db)
        .await?;
    let read = |row: &AnyRow| {
        Ok(Operation {
            id: row.parsed("id")?,
            kind: row.word("kind", OperationKind::find)?,
            progress: row.text("progress")?,
            wake_at: row.at("wake_at")?,
            passes: row.int("passes")?,
            last_error: row.opt_text("last_error")?,
            parked_why: row.opt_text("parked_why")?,
            created_at: row.at("created_at")?,
            finished_at: row.opt_at("finished_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Whether some call may be creating a server on a node at this moment: one that began after `since` and has no outcome. Asked
/// under the node's lock, so that creates take turns on each node, whichever process makes them.
pub async fn creates_on(db: &mut Db, node: i64, since: Timestamp) -> Result<bool> {
    let row = sqlx::query(
        "select count(*) as n from provisioning_attempts where finished_at is null and node_id = $1 and started_at > $2",
    )
    .bind(node)
    .bind(micros(since))
    .fetch_one(db)
    .await?;
    Ok(row.int("n")? > 0)
}

/// Records a call that may create a server, before it is made (O1).
///
/// # Errors
/// [`crate::StoreError::Conflict`] when the claim was lost, [`crate::StoreError::Taken`] when a call is in flight.
pub async fn begin_attempt(
    db: &mut Db,
    claim: &Claim,
    id: &AttemptId,
    node: i64,
    allocations: &[i64],
    now: Timestamp,
) -> Result<()> {
    let done = sqlx::query(
        "insert into provisioning_attempts (id, operation_id, node_id, allocations, started_at)
         select $1, o.id, $4, $5, $6 from operations o where o.id = $2 and o.fence = $3 and o.finished_at is null",
    )
    .bind(id.as_str())
    .bind(claim.id.as_str())
    .bind(claim.fence)
    .bind(node)
    .bind(to_json("allocations", &allocations)?)
    .bind(micros(now))
    .execute(db)
    .await?;
    one_row(done.rows_affected(), "operation")
}

/// Records how such a call ended; a row that has an outcome keeps it.
pub async fn close_attempt(
    db: &mut Db,
    id: &AttemptId,
    outcome: AttemptOutcome,
    detail: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "update provisioning_attempts set finished_at = $2, outcome = $3, detail = $4 where id = $1 and outcome is null",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .bind(outcome.key())
    .bind(detail)
    .execute(db)
    .await?;
    Ok(())
}

/// Records a call of a job as lost whose end nobody wrote down, once it has lasted for `longest` and so has ended by then; without
/// that no further call could be recorded.
pub async fn close_forgotten_attempt(
    db: &mut Db,
    operation: &OperationId,
    longest: SignedDuration,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "update provisioning_attempts
            set finished_at = started_at + $2, outcome = $3, detail = 'nobody wrote down how it ended'
          where operation_id = $1 and finished_at is null and started_at + $2 <= $4",
    )
    .bind(operation.as_str())
    .bind(i64::try_from(longest.as_micros()).unwrap_or(i64::MAX))
    .bind(AttemptOutcome::Lost.key())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// The calls of a job that may have created a server, oldest first.
pub async fn list_attempts(db: &mut Db, operation: &OperationId) -> Result<Vec<AttemptRecord>> {
    let rows =
        sqlx::query("select * from provisioning_attempts where operation_id = $1 order by started_at, id limit 200")
            .bind(operation.as_str())
            .fetch_all(db)
            .await?;
    let read = |row: &AnyRow| {
        Ok(AttemptRecord {
            id: row.parsed("id")?,
            attempt: Attempt {
                node: row.int("node_id")?,
                started_at: row.at("started_at")?,
                finished_at: row.opt_at("finished_at")?,
                outcome: row.opt_word("outcome", AttemptOutcome::find)?,
            },
            detail: row.text("detail")?,
        })
    };
    rows.iter().map(read).collect()
}

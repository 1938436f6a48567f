//! How soon the work of a process that was killed is somebody else's.

use crate::blackbox::pause;
use crate::blackbox::replica::Replica;
use crate::stopwatch;
use app::clock::{Clock, SystemClock};
use std::time::{Duration, Instant};
use store::testing::{HeldJob, list_held_jobs, was_taken};
use store::{Store, StoreError};

/// How long we wait for a process to hold work, before it is killed without any.
const WORK: Duration = Duration::from_secs(8);
/// How long we wait for a takeover.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often we look.
const OFTEN: Duration = Duration::from_millis(50);

/// Returns what the process holds, as soon as it holds anything; nothing if that does not come.
pub(crate) async fn wait_for_work(observer: &Store, replica: &Replica) -> Vec<HeldJob> {
    wait_until_it_lives(replica).await;
    let until = stopwatch() + WORK;
    loop {
        let held = held_by(observer, replica).await.unwrap_or_default();
        if !held.is_empty() || stopwatch() > until {
            return held;
        }
        pause(OFTEN).await;
    }
}

async fn held_by(observer: &Store, replica: &Replica) -> Result<Vec<HeldJob>, StoreError> {
    let Some(process) = replica.process() else { return Ok(Vec::new()) };
    let mut held = list_held_jobs(&mut *observer.read().await?, SystemClock.now()).await?;
    held.retain(|job| job.worker.starts_with(&format!("{process}-")));
    Ok(held)
}

/// What became of the work of a process that was killed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Takeover {
    /// It held none.
    NothingHeld,
    /// Seconds until all of it had been taken or was done.
    Within(f64),
    /// Nobody took it for as long as we waited.
    Never,
}

/// Waits until all that was held when a process was killed is taken or done.
pub(crate) async fn wait_for_takeover(observer: &Store, held: &[HeldJob], killed: Instant) -> Takeover {
    if held.is_empty() {
        return Takeover::NothingHeld;
    }
    let mut left = held.to_vec();
    while !left.is_empty() && killed.elapsed() < PATIENCE {
        let mut still = Vec::new();
        for job in left {
            if !is_taken(observer, &job).await.unwrap_or(false) {
                still.push(job);
            }
        }
        left = still;
        if left.is_empty() {
            return Takeover::Within(killed.elapsed().as_secs_f64());
        }
        pause(OFTEN).await;
    }
    Takeover::Never
}

async fn is_taken(observer: &Store, job: &HeldJob) -> Result<bool, StoreError> {
    was_taken(&mut *observer.read().await?, job).await
}

/// Waits until there is a process; it is started again within seconds, whatever happened.
pub(crate) async fn wait_until_it_lives(replica: &Replica) {
    while replica.process().is_none() {
        pause(OFTEN).await;
    }
}

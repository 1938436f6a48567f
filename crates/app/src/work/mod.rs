//! The work behind the shop: reconcilers, one file per promise. Each compares what should be with what is and takes a step.
//!
//! A pass accepts no hint about what changed: a nudge only makes it sooner, so a restart, a lost event and a second process all
//! run the same code. One failing piece never stops the rest; the next pass is the retry.

mod access;
pub mod audit_seal;
pub mod calls;
mod contacts;
mod disputes;
mod epoch_mark;
pub mod erasures;
mod heartbeat;
pub mod inbox;
mod notifications;
pub mod open_orders;
pub mod outbox;
pub mod panel_sync;
pub mod provision;
pub mod refunds;
pub mod retention;
pub mod sampler;
pub mod smoke;
pub mod standing;
pub mod status;
pub mod stripe_events;
pub mod stuck;
pub(crate) mod subscriptions;
mod suspend;
mod terminate;
pub mod waiting_list;
mod watch;

use crate::app::App;
use crate::observe;
use domain::freeze::{Reach, Reason};
use domain::ids::ServiceId;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::Duration;
use store::Lease;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// How many pieces were taken up.
    pub taken: usize,
    /// How many of them failed and are tried again.
    pub failed: usize,
    /// When the next piece is due, as far as is known.
    pub next: Option<Timestamp>,
}

/// A reconciler.
#[derive(Clone, Copy)]
pub struct Job {
    /// Its name in logs and metrics.
    pub name: &'static str,
    /// How long it rests when nothing is due and nobody nudges.
    pub rest: Duration,
    /// Whether a nudge wakes it.
    pub nudged: bool,
    /// How many passes may be under way at once: what hangs in one of them delays no others (O7).
    pub lanes: usize,
    /// What it belongs to: it makes no pass while that stands still. `None` concerns the database alone.
    pub reach: Option<Reach>,
    /// Whether a pass takes so long that the end of the process does not wait for it. What it leaves half done is removed later.
    pub abandoned: bool,
    pass: Pass,
}

/// All reconcilers.
pub const JOBS: [Job; 23] = [
    outside("panel_sync", 60, false, 1, |app| panel_sync::pass(app).boxed()),
    outside("inbox", 5, true, 2, |app| inbox::pass(app).boxed()),
    outside("open_orders", 15, true, 1, |app| open_orders::pass(app).boxed()),
    outside("stripe_events", 60, false, 1, |app| stripe_events::pass(app).boxed()),
    Job { reach: Some(Reach::Servers), ..outside("standing", 60, true, 1, |app| standing::pass(app).boxed()) },
    Job { reach: Some(Reach::Servers), ..outside("provision", 5, true, 6, |app| provision::pass(app).boxed()) },
    outside("refunds", 5, true, 2, |app| refunds::pass(app).boxed()),
    outside("sampler", 10, false, 1, |app| sampler::pass(app).boxed()),
    outside("outbox", 5, true, 2, |app| outbox::pass(app).boxed()),
    outside("waiting_list", 60, false, 1, |app| waiting_list::pass(app).boxed()),
    outside("stuck", 30, false, 1, |app| stuck::pass(app).boxed()),
    outside("watch", 30, false, 1, |app| watch::pass(app).boxed()),
    // Also while the installation is frozen: that is trouble, too.
    Job { reach: None, ..outside("status", 30, false, 1, |app| status::pass(app).boxed()) },
    // Also while the installation is frozen: what was asked before that counts most then.
    Job { reach: None, ..outside("calls", 5, false, 1, |app| calls::pass(app).boxed()) },
    Job { reach: None, ..outside("access", 30, false, 1, |app| access::pass(app).boxed()) },
    Job { reach: None, ..outside("audit_seal", 10, false, 1, |app| audit_seal::pass(app).boxed()) },
    // Also while the installation is frozen: somebody has to hear of that.
    Job { reach: None, ..outside("notifications", 5, true, 1, |app| notifications::pass(app).boxed()) },
    outside("heartbeat", 5, false, 1, |app| heartbeat::pass(app).boxed()),
    outside("contacts", 30, true, 1, |app| contacts::pass(app).boxed()),
    outside("epoch_mark", 60, false, 1, |app| epoch_mark::pass(app).boxed()),
    outside("erasures", 30, true, 1, |app| erasures::pass(app).boxed()),
    Job { abandoned: true, ..outside("smoke", 60, false, 1, |app| smoke::pass(app).boxed()) },
    // What is past its time may be what somebody compares a restored database with.
    outside("retention", 3600, false, 1, |app| retention::pass(app).boxed()),
];

type Pass = for<'a> fn(&'a App) -> BoxFuture<'a, anyhow::Result<Report>>;

const fn outside(name: &'static str, rest_s: u64, nudged: bool, lanes: usize, pass: Pass) -> Job {
    Job { name, rest: Duration::from_secs(rest_s), nudged, lanes, reach: Some(Reach::Outside), abandoned: false, pass }
}

impl Job {
    /// Makes one pass, unless what it belongs to is frozen, or the clock cannot be relied on: then nothing is claimed, tried or concluded.
    ///
    /// # Errors
    /// The pass could not begin; the pieces of it report by themselves.
    pub async fn pass(&self, app: &App) -> anyhow::Result<Report> {
        let made = self.make(app).instrument(tracing::error_span!("pass", work = self.name)).await;
        self.count(app, &made);
        Ok(made?.unwrap_or_default())
    }

    /// `None` where it was not to be made.
    async fn make(&self, app: &App) -> anyhow::Result<Option<Report>> {
        let frozen = app.look_whether_frozen().await?;
        if let Some(reach) = self.reach {
            // Whoever is frozen does not even ask what time it is.
            if frozen.stops(reach).is_some_and(|reason| reason != Reason::WrongClock) || !app.knows_the_time().await {
                return Ok(None);
            }
        }
        (self.pass)(app).await.map(Some)
    }

    fn count(&self, app: &App, made: &anyhow::Result<Option<Report>>) {
        let name = self.name;
        let outcome = match made {
            Ok(Some(_)) => "good",
            Ok(None) => "held",
            Err(_) => "failed",
        };
        metrics::counter!("givr_passes_total", "work" => name, "outcome" => outcome).increment(1);
        let Ok(Some(report)) = made else { return };
        let (failed, done) = (report.failed, report.taken.saturating_sub(report.failed));
        metrics::counter!("givr_pieces_total", "work" => name, "outcome" => "done").increment(done as u64);
        metrics::counter!("givr_pieces_total", "work" => name, "outcome" => "failed").increment(failed as u64);
        let ended = app.now().as_second() as f64;
        metrics::gauge!("givr_last_good_pass_timestamp_seconds", "work" => name).set(ended);
    }

    /// A mistake of ours in one piece; the job goes on.
    fn panicked(&self) -> anyhow::Error {
        let name = self.name;
        metrics::counter!("givr_passes_total", "work" => name, "outcome" => "failed").increment(1);
        anyhow::anyhow!("it panicked")
    }
}

/// Runs all reconcilers until `stop`; a pass that has begun is finished, but for those that are abandoned.
pub async fn run(app: App, stop: CancellationToken) {
    let tasks = TaskTracker::new();
    for job in JOBS {
        for _ in 0..job.lanes {
            tasks.spawn(run_job(app.clone(), job, stop.clone()));
        }
    }
    tasks.close();
    tasks.wait().await;
}

async fn run_job(app: App, job: Job, stop: CancellationToken) {
    let mut changes = app.changes();
    loop {
        changes.mark_unchanged();
        let pass = AssertUnwindSafe(job.pass(&app)).catch_unwind();
        let pass = tokio::select! {
            pass = pass => pass,
            () = stop.cancelled(), if job.abandoned => return,
        };
        let rest = match pass.unwrap_or_else(|_| Err(job.panicked())) {
            // More may wait: go on at once.
            Ok(report) if report.taken > report.failed && report.next.is_some_and(|next| next <= app.now()) => {
                Duration::ZERO
            }
            Ok(report) => rest(&app, &job, report.next),
            Err(error) => {
                tracing::error!(job = job.name, "The pass of {} failed and is made again: {error:#}", job.name);
                job.rest
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = wait(rest) => {}
            changed = changes.changed(), if job.nudged => if changed.is_err() { return },
        }
    }
}

fn rest(app: &App, job: &Job, next: Option<Timestamp>) -> Duration {
    let until_next = next.map(|next| next.duration_since(app.now()));
    let until_next = until_next.and_then(|until| Duration::try_from(until.max(SignedDuration::from_millis(5))).ok());
    until_next.map_or(job.rest, |until| until.min(job.rest))
}

#[expect(clippy::disallowed_methods, reason = "the runner is the one place that waits")]
async fn wait(rest: Duration) {
    tokio::time::sleep(rest).await;
}

/// Does something for a service: lines of the log and calls are about it.
async fn about<T>(service: &ServiceId, what: impl Future<Output = T>) -> T {
    let order = service.order();
    let span = tracing::error_span!("service", order.id = %order, service.id = %service);
    observe::about(span, Some(order), what).await
}

/// Works on pieces, so many of them at once; each says whether it is done. One that panics delays none of the others (O7): the pass
/// panics when they are through, and what that piece had claimed lapses. Returns how many failed.
async fn each<T, F: Future<Output = bool>>(pieces: Vec<T>, at_once: usize, handle: impl Fn(T) -> F) -> usize {
    let (mut failed, mut panicked) = (0, None);
    let mut handled = stream::iter(pieces)
        .map(|piece| AssertUnwindSafe(handle(piece)).catch_unwind())
        .buffer_unordered(at_once.max(1));
    while let Some(done) = handled.next().await {
        match done {
            Ok(done) => failed += usize::from(!done),
            Err(panic) => panicked = Some(panic),
        }
    }
    if let Some(panic) = panicked {
        resume_unwind(panic);
    }
    failed
}

/// A claim that begins now.
fn lease(app: &App) -> Lease {
    let now = app.now();
    Lease { worker: app.worker.clone(), now, until: now + app.config.waits.lease }
}

/// When to try something again that failed `tries` times: 5 s, 10 s, 20 s, … at most ten minutes.
fn retry_at(now: Timestamp, tries: i64) -> Timestamp {
    let doublings = u32::try_from(tries.clamp(1, 8) - 1).unwrap_or_default();
    now + SignedDuration::from_secs((5_i64 << doublings).min(600))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_piece_that_panics_delays_none_of_the_others() {
        let done = AtomicUsize::new(0);
        let handle = |piece: u32| {
            let done = &done;
            async move {
                assert_ne!(piece, 2, "poisoned");
                done.fetch_add(1, Ordering::SeqCst);
                piece != 3
            }
        };
        assert_eq!(each(vec![1, 3, 4], 1, handle).await, 1);
        let passed = AssertUnwindSafe(each(vec![2, 1, 4], 1, handle)).catch_unwind().await;
        assert_eq!((passed.is_err(), done.load(Ordering::SeqCst)), (true, 5), "a panic is still one");
    }

    #[test]
    fn retries_slow_down_and_never_stop() {
        let now = Timestamp::UNIX_EPOCH;
        let seconds = [0, 1, 2, 3, 8, 1000].map(|tries| retry_at(now, tries).as_second());
        assert_eq!(seconds, [5, 5, 10, 20, 600, 600]);
    }
}

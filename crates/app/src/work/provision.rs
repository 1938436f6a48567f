//! Turns paid orders into running servers: each pass compares what was paid for with what the panel has.
//!
//! Not here: choosing the step (`domain::provision`), speaking to the panel (`panel`), asking the game (`query`). The other kinds of jobs
//! are handed on: removing servers (`terminate`), suspending them and letting them go again (`suspend`).

mod account;
mod create;
mod ending;
mod spec;
mod steps;

pub use account::find_login;
pub(crate) use account::{find_vouched_for, may_be_linked};
use ending::give_back;
pub(crate) use spec::{allocation_number, egg_number, find_egg, node_number, server_number, user_number};

use crate::app::App;
use crate::work::{Report, about, each, lease, retry_at, suspend, terminate};
use anyhow::Context;
use domain::catalogue::{Blueprint, Probe};
use domain::provision::{self, Deadlines, Installation, Look, Progress, Seen, ServerSeen, Step};
use domain::refund::RefundReason;
use jiff::{SignedDuration, Timestamp};
use panel::{PanelError, PanelServer, ServerKey, ServerStatus};
use store::accounts::{self, Account};
use store::freezes;
use store::operations::{self, AttemptRecord, Claim, OperationKind};
use store::orders;
use store::reservations::{self, Reservation};
use store::services::{self, Service};

/// Jobs taken in one pass, and worked on at the same time: none of them waits inside its claim for another one.
const BATCH: i64 = 8;
/// Steps of one job in one pass.
const STEPS: usize = 24;

/// Works on the jobs that are due.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let mut db = app.store.read().await?;
    let next = operations::next_wake(&mut db).await?;
    if next.is_none_or(|next| next > app.now()) {
        return Ok(Report { next, ..Report::default() });
    }
    drop(db);
    let mut tx = app.store.begin().await?;
    let due = operations::claim_due(&mut tx, &lease(app), BATCH).await?;
    tx.commit().await?;
    let taken = due.len();
    let failed = each(due, taken, |claim| async move { about(&claim.service, handle(app, &claim)).await }).await;
    if taken > 0 {
        app.nudge();
    }
    let next = operations::next_wake(&mut *app.store.read().await?).await?;
    Ok(Report { taken, failed, next })
}

async fn handle(app: &App, claim: &Claim) -> bool {
    let advanced = match claim.kind {
        OperationKind::Create => advance(app, claim).await,
        OperationKind::Suspend | OperationKind::Unsuspend => suspend::advance(app, claim).await,
        OperationKind::Terminate => terminate::advance(app, claim).await,
    };
    let (wake_at, error) = match advanced {
        Ok(Next::Ended) => return true,
        Ok(Next::At(at)) => (at, None),
        Ok(Next::Hindered(at, why)) => (at, Some(why)),
        Err(error) => (retry_at(app.now(), claim.passes.min(3)), Some(format!("{error:#}"))),
    };
    if let Some(error) = &error {
        tracing::warn!(operation.id = %claim.id, service.id = %claim.service, "Service {} waits: {error}", claim.service);
    }
    let released = async {
        let mut tx = app.store.begin().await?;
        operations::release(&mut tx, claim, wake_at, error.as_deref()).await?;
        tx.commit().await
    };
    if let Err(lost) = released.await {
        tracing::warn!(operation.id = %claim.id, "The claim on operation {} is lost: {lost}", claim.id);
    }
    error.is_none()
}

/// How a job goes on.
pub(super) enum Next {
    /// It ended, or a person has to look.
    Ended,
    /// Nothing can be done before then.
    At(Timestamp),
    /// The same, because something went wrong.
    Hindered(Timestamp, String),
}

/// How a step went.
enum Done {
    /// Look again and go on.
    GoOn,
    /// Nothing can be done before then.
    Wait(Timestamp),
    /// The job ended.
    Ended,
}

/// Whether a step asks something of the panel that changes it.
fn acts_outside(step: &Step) -> bool {
    match step {
        Step::EnsureAccount
        | Step::Create
        | Step::MendPorts
        | Step::Reinstall
        | Step::Prepare
        | Step::Start
        | Step::Delete => true,
        Step::Wait(..)
        | Step::MoveReservation
        | Step::RecordSighting(_)
        | Step::Adopt(_)
        | Step::Ask
        | Step::Fulfil { .. }
        | Step::Discard
        | Step::Discarded
        | Step::GiveBack(_)
        | Step::Park(_) => false,
    }
}

/// Everything that a pass knows about one delivery.
struct Delivery<'a> {
    app: &'a App,
    claim: &'a Claim,
    key: ServerKey,
    blueprint: &'a Blueprint,
    service: Service,
    account: Account,
    reservation: Option<Reservation>,
    attempts: Vec<AttemptRecord>,
    progress: Progress,
    /// The panel's number of the egg that the blueprint means, while one is bound.
    egg: Option<i64>,
    /// The server as the panel showed it in this pass.
    server: Option<PanelServer>,
    look: Look,
    /// What went wrong last in this pass.
    trouble: Option<String>,
}

async fn advance(app: &App, claim: &Claim) -> anyhow::Result<Next> {
    let service = services::find(&mut *app.store.read().await?, &claim.service).await?;
    let service = service.context("the service of the job is gone")?;
    if service.stop_requested_at.is_some() {
        // It needs neither the panel nor the catalogue, which may be the very trouble.
        give_back(app, claim, &service, RefundReason::Cancelled).await?;
        return Ok(Next::Ended);
    }
    let mut delivery = Delivery::load(app, claim, service).await?;
    for _ in 0..STEPS {
        let before = delivery.progress.clone();
        delivery.look_at_panel().await;
        if delivery.progress != before {
            delivery.note(None).await?;
        }
        let seen = delivery.seen().await?;
        let step = provision::next_step(&seen, app.now());
        tracing::debug!(service.id = %claim.service, "Step for {}: {step:?}", claim.service);
        match delivery.take(step).await? {
            Done::GoOn => delivery.reload().await?,
            Done::Wait(until) => {
                return Ok(match delivery.trouble.take() {
                    Some(why) => Next::Hindered(until, why),
                    None => Next::At(until),
                });
            }
            Done::Ended => return Ok(Next::Ended),
        }
    }
    Ok(Next::At(app.now() + SignedDuration::from_secs(1)))
}

impl<'a> Delivery<'a> {
    async fn load(app: &'a App, claim: &'a Claim, service: Service) -> anyhow::Result<Self> {
        let mut db = app.store.read().await?;
        let account =
            accounts::find(&mut db, &service.customer).await?.context("the account of the service is gone")?;
        let blueprint = app.catalogue.find_blueprint(&service.blueprint);
        let blueprint =
            blueprint.with_context(|| format!("blueprint {} is gone from the catalogue", service.blueprint))?;
        let key = ServerKey::new(&app.installation.prefix, &service.id).context("cannot name the server")?;
        Ok(Self {
            reservation: reservations::find_of_order(&mut db, &service.order).await?,
            attempts: operations::list_attempts(&mut db, &claim.id).await?,
            progress: serde_json::from_str(&claim.progress).context("the job's progress cannot be read")?,
            egg: spec::find_egg(&mut db, blueprint).await?.map(|egg| egg.id),
            app,
            claim,
            key,
            blueprint,
            service,
            account,
            server: None,
            look: Look::Unknown,
            trouble: None,
        })
    }

    /// Reads again what the last step may have changed.
    async fn reload(&mut self) -> anyhow::Result<()> {
        let mut db = self.app.store.read().await?;
        self.service = services::find(&mut db, &self.claim.service).await?.context("the service of the job is gone")?;
        self.account = accounts::find(&mut db, &self.service.customer).await?.context("the account is gone")?;
        self.reservation = reservations::find_of_order(&mut db, &self.service.order).await?;
        self.attempts = operations::list_attempts(&mut db, &self.claim.id).await?;
        Ok(())
    }

    /// Asks the panel. An error is not an answer (S7).
    async fn look_at_panel(&mut self) {
        (self.server, self.look) = match self.app.panel.find_server(&self.key).await {
            Ok(Some(server)) => {
                let seen = self.describe(&server).await;
                (Some(server), Look::Present(seen))
            }
            Ok(None) => (None, Look::Absent),
            Err(error) => {
                self.trouble = Some(format!("the panel did not show {}: {error}", self.key));
                (None, Look::Unknown)
            }
        };
    }

    async fn describe(&mut self, server: &PanelServer) -> ServerSeen {
        let installation = match &server.status {
            ServerStatus::Installing => Installation::Running,
            ServerStatus::Ready if server.suspended => Installation::Blocked,
            ServerStatus::Ready => Installation::Done,
            ServerStatus::InstallFailed | ServerStatus::ReinstallFailed => Installation::Failed,
            ServerStatus::Suspended | ServerStatus::RestoringBackup | ServerStatus::Other(_) => Installation::Blocked,
        };
        let started = self.progress.start_sent_at.is_some() && installation == Installation::Done;
        let power = if started { self.ask_power(server).await } else { None };
        ServerSeen {
            uuid: server.uuid.clone(),
            installation,
            matches: self.matches(server),
            has_ports: self.has_ports(server),
            power,
        }
    }

    fn matches(&self, server: &PanelServer) -> bool {
        let shape = self.service.spec.shape;
        let owner = self.account.panel_user.is_some_and(|user| spec::user_number(server.owner) == user);
        owner
            && self.egg.is_none_or(|egg| spec::egg_number(server.egg) == egg)
            && server.limits.memory_mib == i64::from(shape.memory_mib)
            && server.limits.disk_mib == i64::from(shape.disk_mib)
            && server.limits.cpu_percent == i64::from(shape.cpu_percent)
    }

    /// Whether every chosen port is the server's: the panel assigns additional ports without a last look (C4).
    fn has_ports(&self, server: &PanelServer) -> bool {
        let (Some(reservation), Some(allocations)) = (&self.reservation, &server.allocations) else { return false };
        let has = |wanted: i64| allocations.iter().any(|allocation| spec::allocation_number(allocation.id) == wanted);
        reservation.ports.iter().all(|chosen| has(chosen.port.allocation))
    }

    async fn seen(&self) -> anyhow::Result<Seen> {
        let deadline = |seconds: u32| SignedDuration::from_secs(i64::from(seconds));
        let mut db = self.app.store.read().await?;
        let order = orders::find(&mut db, &self.service.order).await?.context("the order is gone")?;
        let thawed_at = freezes::thawed_at(&mut db).await?;
        drop(db);
        let paid_at = self.service.created_at.max(order.state_at);
        // No deadline runs while nobody may act, or while a person is waited for.
        let began_at = [thawed_at, self.claim.unparked_at].into_iter().flatten().fold(paid_at, Timestamp::max);
        Ok(Seen {
            began_at,
            stop: self.service.stop_requested_at.is_some(),
            has_account: self.account.panel_user.is_some(),
            look: self.look.clone(),
            attempts: self.attempts.iter().map(|record| record.attempt.clone()).collect(),
            progress: self.progress.clone(),
            deadlines: Deadlines {
                install: deadline(self.blueprint.install_deadline_s),
                start: deadline(self.blueprint.start_deadline_s),
            },
            waits: self.app.config.waits.delivery,
            needs_preparation: !self.blueprint.pre_start.is_empty(),
            has_probe: self.blueprint.probe != Probe::None,
            node: self.reservation.as_ref().map(|reservation| reservation.node),
            other_node: self.other_node().await?,
        })
    }

    async fn take(&mut self, step: Step) -> anyhow::Result<Done> {
        if acts_outside(&step) {
            // The claim lasts longer than the call that follows; who lost it stops here (O3, O4).
            let mut tx = self.app.store.begin().await?;
            operations::renew(&mut tx, self.claim, self.app.now() + self.app.config.waits.lease).await?;
            tx.commit().await?;
        }
        match step {
            Step::Wait(until, _) => Ok(Done::Wait(until)),
            Step::EnsureAccount => self.ensure_account().await,
            Step::MoveReservation => self.move_reservation().await,
            Step::Create => self.create().await,
            Step::RecordSighting(uuid) => self.record_sighting(uuid).await,
            Step::Adopt(uuid) => self.adopt(uuid).await,
            Step::MendPorts => self.mend_ports().await,
            Step::Reinstall => self.reinstall().await,
            Step::Prepare => self.prepare().await,
            Step::Start => self.start().await,
            Step::Ask => self.ask().await,
            Step::Fulfil { verified } => self.fulfil(verified).await,
            Step::Discard => self.discard().await,
            Step::Delete => self.delete().await,
            Step::Discarded => self.discarded().await,
            Step::GiveBack(reason) => {
                give_back(self.app, self.claim, &self.service, reason).await?;
                Ok(Done::Ended)
            }
            Step::Park(reason) => self.park(reason).await,
        }
    }

    /// When to go on after a call that failed; work that is held back waits, it does not fail.
    fn after(&mut self, error: &PanelError) -> Timestamp {
        let now = self.app.now();
        self.trouble = Some(error.to_string());
        match error {
            PanelError::NotNow { until, .. } => (*until).max(now + SignedDuration::from_secs(1)),
            PanelError::Unreachable { .. } | PanelError::OutcomeUnknown { .. } | PanelError::Refused { .. } => {
                retry_at(now, self.claim.passes.min(3))
            }
        }
    }
}

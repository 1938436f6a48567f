//! The one call that may create a server: written down first under the node's lock, and its outcome sorted by what may be done
//! next.

use super::{Delivery, Done};
use anyhow::Context;
use domain::capacity::choose_ports;
use domain::ids::AttemptId;
use domain::provision::AttemptOutcome;
use domain::timeline::Happening;
use jiff::SignedDuration;
use panel::PanelError;
use std::time::Duration;
use store::{operations, reservations, services, timeline};

/// A call without an outcome that is this much older than a call can become has ended, however it ended: its process crashed.
const CALL_OVER: SignedDuration = SignedDuration::from_secs(15);

/// How long a create waits for its turn on a node before its job is given back.
const TURN: Duration = Duration::from_secs(2);

impl Delivery<'_> {
    pub(super) async fn create(&mut self) -> anyhow::Result<Done> {
        let node = self.reservation.as_ref().context("no capacity is held")?.node;
        let spec = match self.spec().await {
            Ok(spec) => spec,
            Err(problem) => return self.cannot_be_made(node, &format!("{problem:#}")).await,
        };
        let later = Done::Wait(self.app.now() + SignedDuration::from_millis(500));
        let turns = self.app.node_turn(node);
        // A node that answers slowly keeps nobody waiting inside a claim.
        let Ok(_turn) = tokio::time::timeout(TURN, turns.lock()).await else { return Ok(later) };
        let Some(attempt) = self.begin_attempt(node).await? else { return Ok(later) };
        let answer = self.app.panel.create_server(&self.key, &spec).await;
        match answer {
            Ok(server) => {
                self.close_attempt(&attempt, AttemptOutcome::Created, "").await?;
                let happening = Happening::ServerCreated { identifier: server.identifier.to_string() };
                self.take_server(&server, happening).await?;
                Ok(Done::GoOn)
            }
            Err(error) => self.create_failed(&attempt, &error).await,
        }
    }

    /// Writes the call down. `None` while another one is under way on the node: the panel checks ports and capacity without locks
    /// of its own, so creates take turns there.
    async fn begin_attempt(&self, node: i64) -> anyhow::Result<Option<AttemptId>> {
        let id: AttemptId = self.app.id();
        let reservation = self.reservation.as_ref().context("no capacity is held")?;
        let allocations: Vec<i64> = reservation.ports.iter().map(|chosen| chosen.port.allocation).collect();
        let name = self.node_name().await?;
        let mut tx = self.app.store.begin().await?;
        reservations::lock_node(&mut tx, node).await?;
        // Only now: others may have had the node, or the database, for a while.
        let now = self.app.now();
        let longest = self.app.config.waits.delivery.create_call;
        if operations::creates_on(&mut tx, node, now - longest - CALL_OVER).await? {
            return Ok(None);
        }
        // The claim lasts longer than the call, however long ago the step began (O3).
        operations::renew(&mut tx, self.claim, now + self.app.config.waits.lease).await?;
        // We crashed in that call, or could not write down how it ended; the rules have waited until it is settled.
        operations::close_forgotten_attempt(&mut tx, &self.claim.id, longest, now).await?;
        operations::begin_attempt(&mut tx, self.claim, &id, node, &allocations, now).await?;
        let address = self.address().unwrap_or_default();
        services::set_address(&mut tx, &self.service.id, &address).await?;
        timeline::add(&mut tx, &self.app.id(), &self.service.order, &Happening::PortsChosen { address }, now).await?;
        timeline::add(&mut tx, &self.app.id(), &self.service.order, &Happening::CreateSent { node: name }, now).await?;
        tx.commit().await?;
        self.app.nudge();
        Ok(Some(id))
    }

    async fn close_attempt(&self, id: &AttemptId, outcome: AttemptOutcome, detail: &str) -> anyhow::Result<()> {
        let mut tx = self.app.store.begin().await?;
        operations::close_attempt(&mut tx, id, outcome, detail, self.app.now()).await?;
        Ok(tx.commit().await?)
    }

    async fn create_failed(&mut self, attempt: &AttemptId, error: &PanelError) -> anyhow::Result<Done> {
        let detail = error.to_string();
        let outcome = outcome_of(error);
        self.close_attempt(attempt, outcome, &detail).await?;
        tracing::warn!(service.id = %self.service.id, "Creating {} ended as {}: {detail}", self.key, outcome.key());
        self.trouble = Some(detail.clone());
        if !error.taken_allocations().is_empty() {
            return self.choose_other_ports().await;
        }
        if matches!(outcome, AttemptOutcome::RolledBack | AttemptOutcome::Refused | AttemptOutcome::Lost) {
            let node = self.node_name().await?;
            self.note(Some(Happening::CreateFailed { node, problem: detail })).await?;
        }
        match outcome {
            AttemptOutcome::HeldBack => Ok(Done::Wait(self.after(error))),
            AttemptOutcome::Created
            | AttemptOutcome::Found
            | AttemptOutcome::RolledBack
            | AttemptOutcome::Refused
            | AttemptOutcome::Lost => Ok(Done::GoOn),
        }
    }

    /// The panel gave one of our ports to somebody else: others are chosen under the node's lock (C4).
    async fn choose_other_ports(&mut self) -> anyhow::Result<Done> {
        let now = self.app.now();
        let mut reservation = self.reservation.clone().context("no capacity is held")?;
        let refused: Vec<i64> = reservation.ports.iter().map(|chosen| chosen.port.allocation).collect();
        let mut tx = self.app.store.begin().await?;
        operations::save_progress(&mut tx, self.claim, &self.progress).await?;
        reservations::lock_node(&mut tx, reservation.node).await?;
        // Which of them is taken only the next sweep knows: none of them is tried again before it.
        reservations::mark_assigned(&mut tx, reservation.node, &refused).await?;
        let free = reservations::list_free_ports(&mut tx, reservation.node).await?;
        let extra = self.service.spec.shape.extra_ports;
        match choose_ports(&self.blueprint.ports, self.blueprint.contiguous, extra, &free) {
            Some(ports) => {
                reservation.ports = ports;
                reservations::replace_ports(&mut tx, &reservation).await?;
                tx.commit().await?;
                Ok(Done::GoOn)
            }
            None => {
                tx.commit().await?;
                Ok(Done::Wait(now + SignedDuration::from_secs(30)))
            }
        }
    }

    /// The server cannot even be asked for: written down as a refused call, so that the rules decide what follows.
    async fn cannot_be_made(&mut self, node: i64, problem: &str) -> anyhow::Result<Done> {
        let Some(attempt) = self.begin_attempt(node).await? else {
            return Ok(Done::Wait(self.app.now() + SignedDuration::from_millis(500)));
        };
        self.close_attempt(&attempt, AttemptOutcome::Refused, problem).await?;
        let node = self.node_name().await?;
        self.note(Some(Happening::CreateFailed { node, problem: problem.to_owned() })).await?;
        Ok(Done::GoOn)
    }
}

/// What a failed call means for the next one.
fn outcome_of(error: &PanelError) -> AttemptOutcome {
    match error {
        // Never sent, or not let in: it says nothing about the node.
        PanelError::Unreachable { .. } | PanelError::NotNow { .. } => AttemptOutcome::HeldBack,
        PanelError::OutcomeUnknown { .. } => AttemptOutcome::Lost,
        // Our own server stands there already: the next look finds it.
        PanelError::Refused { .. } if error.is_taken_external_id() => AttemptOutcome::Found,
        // The ports are somebody else's: others are chosen, the node may be fine.
        PanelError::Refused { .. } if !error.taken_allocations().is_empty() => AttemptOutcome::HeldBack,
        PanelError::Refused { .. } if error.is_daemon() || error.is_no_room() => AttemptOutcome::RolledBack,
        // The panel's own transaction was undone, or another one won: look again.
        PanelError::Refused { .. } if error.is_lost_race() => AttemptOutcome::Lost,
        // It failed somewhere on the way: what it had done by then may stand, and it says nothing about our request.
        PanelError::Refused { status: 500.., .. } => AttemptOutcome::Lost,
        PanelError::Refused { .. } => AttemptOutcome::Refused,
    }
}

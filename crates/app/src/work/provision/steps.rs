//! The steps once the panel has the server: take it over, mend it, prepare it, start it, ask the game, hand it over; or leave the
//! node.

use super::{Delivery, Done};
use crate::alerts::{self, Rule};
use crate::mail;
use crate::observe;
use crate::sales::room::{self, Wanted};
use anyhow::Context;
use domain::catalogue::PreStart;
use domain::provision::{Power, Progress, Sighting};
use domain::timeline::Happening;
use jiff::SignedDuration;
use panel::{PanelServer, PowerSignal, PowerState};
use store::operations::{self, Outcome};
use store::services::ServerRecord;
use store::{mirror, orders, reservations, services, timeline};

impl Delivery<'_> {
    /// What the server does; `None` when the panel did not say.
    pub(super) async fn ask_power(&mut self, server: &PanelServer) -> Option<Power> {
        let resources = self.app.panel.resources(&server.identifier).await.ok()?;
        let power = match resources.state {
            PowerState::Running => Power::Running,
            PowerState::Starting => Power::Starting,
            PowerState::Stopping => Power::Stopping,
            PowerState::Offline => Power::Offline,
            PowerState::Missing | PowerState::Other(_) => return None,
        };
        if power == Power::Running {
            self.progress.running_since.get_or_insert(self.app.now());
        } else {
            // A break: whatever was seen before counts no more.
            self.progress.running_since = None;
            self.progress.answered_at = None;
        }
        Some(power)
    }

    /// Saves the progress together with an entry of the timeline.
    pub(super) async fn note(&self, happening: Option<Happening>) -> anyhow::Result<()> {
        let now = self.app.now();
        let mut tx = self.app.store.begin().await?;
        operations::save_progress(&mut tx, self.claim, &self.progress).await?;
        if let Some(happening) = happening {
            timeline::add(&mut tx, &self.app.id(), &self.service.order, &happening, now).await?;
        }
        tx.commit().await?;
        self.app.nudge();
        Ok(())
    }

    pub(super) async fn record_sighting(&mut self, uuid: String) -> anyhow::Result<Done> {
        self.progress.sighted = Some(Sighting { uuid, at: self.app.now() });
        self.note(None).await?;
        Ok(Done::GoOn)
    }

    /// The server is ours beyond doubt.
    pub(super) async fn adopt(&mut self, uuid: String) -> anyhow::Result<Done> {
        let server = self.server.take().context("a server to adopt has to be seen")?;
        anyhow::ensure!(server.uuid == uuid, "another server stands under our external id");
        let happening = Happening::ServerAdopted { identifier: server.identifier.to_string() };
        self.take_server(&server, happening).await?;
        Ok(Done::GoOn)
    }

    /// Writes down which server it is.
    pub(super) async fn take_server(&mut self, server: &PanelServer, happening: Happening) -> anyhow::Result<()> {
        let now = self.app.now();
        self.progress.server = Some(server.uuid.clone());
        self.progress.server_at = Some(now);
        let record = ServerRecord {
            node: super::spec::node_number(server.node),
            id: super::spec::server_number(server.id),
            uuid: server.uuid.clone(),
            identifier: server.identifier.to_string(),
        };
        let address = self.address().unwrap_or_default();
        let mut tx = self.app.store.begin().await?;
        operations::save_progress(&mut tx, self.claim, &self.progress).await?;
        services::set_server(&mut tx, &self.service.id, &record, &address, now).await?;
        timeline::add(&mut tx, &self.app.id(), &self.service.order, &happening, now).await?;
        tx.commit().await?;
        self.app.nudge();
        Ok(())
    }

    /// What players type: the default port under the name that the panel gives it.
    pub(super) fn address(&self) -> Option<String> {
        let port = &self.reservation.as_ref()?.ports.first()?.port;
        Some(format!("{}:{}", port.alias.as_deref().unwrap_or(&port.ip), port.port))
    }

    pub(super) async fn mend_ports(&mut self) -> anyhow::Result<Done> {
        let (Some(server), Some(reservation)) = (&self.server, &self.reservation) else {
            return Ok(Done::Wait(self.app.now() + SignedDuration::from_secs(5)));
        };
        let has = |wanted: i64| {
            let allocations = server.allocations.iter().flatten();
            allocations.into_iter().any(|allocation| super::spec::allocation_number(allocation.id) == wanted)
        };
        let missing: Vec<i64> =
            reservation.ports.iter().map(|chosen| chosen.port.allocation).filter(|id| !has(*id)).collect();
        self.progress.mends += 1;
        let mended = self.app.panel.add_allocations(server, &super::spec::allocation_ids(&missing)).await;
        self.note(None).await?;
        Ok(mended.map_or_else(|error| Done::Wait(self.after(&error)), |_| Done::GoOn))
    }

    pub(super) async fn reinstall(&mut self) -> anyhow::Result<Done> {
        let server = self.server.as_ref().context("a server to reinstall has to be seen")?;
        if let Err(error) = self.app.panel.reinstall(server.id).await {
            return Ok(Done::Wait(self.after(&error)));
        }
        self.progress.reinstalled_at = Some(self.app.now());
        self.note(Some(Happening::Reinstalled)).await?;
        Ok(Done::GoOn)
    }

    /// Writes the files that the first start needs, as far as the customer agreed.
    pub(super) async fn prepare(&mut self) -> anyhow::Result<Done> {
        let server = self.server.as_ref().context("a server to prepare has to be seen")?;
        for PreStart::WriteFile { path, text, consent } in &self.blueprint.pre_start {
            let agreed = consent.as_ref().is_none_or(|consent| self.service.spec.consents.contains(consent));
            anyhow::ensure!(agreed, "the customer's agreement to {consent:?} is not on record");
            if let Err(error) = self.app.panel.write_file(&server.identifier, path, text).await {
                return Ok(Done::Wait(self.after(&error)));
            }
        }
        self.progress.prepared_at = Some(self.app.now());
        self.installed().await?;
        self.note(Some(Happening::Prepared)).await?;
        Ok(Done::GoOn)
    }

    async fn installed(&mut self) -> anyhow::Result<()> {
        if self.progress.installed_at.is_none() {
            self.progress.installed_at = Some(self.app.now());
            self.note(Some(Happening::Installed)).await?;
        }
        Ok(())
    }

    pub(super) async fn start(&mut self) -> anyhow::Result<Done> {
        self.installed().await?;
        let server = self.server.as_ref().context("a server to start has to be seen")?;
        if let Err(error) = self.app.panel.power(&server.identifier, PowerSignal::Start).await {
            return Ok(Done::Wait(self.after(&error)));
        }
        let now = self.app.now();
        self.progress.start_sent_at = Some(now);
        self.progress.starts += 1;
        self.progress.running_since = None;
        self.progress.answered_at = None;
        self.note(Some(Happening::StartSent)).await?;
        Ok(Done::Wait(now + SignedDuration::from_secs(2)))
    }

    /// Asks the game from outside, on the address that players use.
    pub(super) async fn ask(&mut self) -> anyhow::Result<Done> {
        let now = self.app.now();
        let again = Done::Wait(now + SignedDuration::from_secs(5));
        let Some((host, port)) = self.probe_address() else { return Ok(again) };
        match self.app.games.ask(&self.blueprint.probe, host, port).await {
            Ok(_) if self.progress.answered_at.is_some() => {
                self.progress.confirmed_at = Some(now);
                self.note(None).await?;
                Ok(Done::GoOn)
            }
            Ok(_) => {
                self.progress.answered_at = Some(now);
                self.note(Some(Happening::GameAnswered)).await?;
                Ok(Done::GoOn)
            }
            Err(silence) => {
                tracing::debug!(service.id = %self.service.id, "The game of {} does not answer: {silence}", self.service.id);
                self.progress.answered_at = None;
                self.note(None).await?;
                Ok(again)
            }
        }
    }

    fn probe_address(&self) -> Option<(&str, u16)> {
        let chosen = self.reservation.as_ref()?.ports.get(self.blueprint.probe_port()?)?;
        Some((chosen.port.alias.as_deref().unwrap_or(&chosen.port.ip), chosen.port.port))
    }

    pub(super) async fn fulfil(&mut self, verified: bool) -> anyhow::Result<Done> {
        let now = self.app.now();
        let address = self.address().unwrap_or_default();
        let username = self.account.panel_username.clone().unwrap_or_default();
        let mut tx = self.app.store.begin().await?;
        let purchase = orders::find(&mut tx, &self.service.order).await?.context("the order is gone")?;
        orders::save(&mut tx, &purchase.order.fulfil()?, now).await?;
        if !services::set_fulfilled(&mut tx, &self.service.id, verified, now).await? {
            // Somebody asked to stop in the last moment: nothing of this is written, and the next look gives the money back.
            return Ok(Done::Wait(now));
        }
        operations::save_progress(&mut tx, self.claim, &self.progress).await?;
        operations::finish(&mut tx, self.claim, Outcome::Done, now).await?;
        let happening = Happening::Playable { address, verified };
        timeline::add(&mut tx, &self.app.id(), &self.service.order, &happening, now).await?;
        mail::server_ready(self.app, &mut tx, &self.service, &username, verified).await?;
        alerts::clear(self.app, &mut tx, Rule::OrderStuck, self.service.order.as_str()).await?;
        alerts::clear(self.app, &mut tx, Rule::DeliveryParked, self.service.id.as_str()).await?;
        tx.commit().await?;
        self.app.nudge();
        let game = self
            .app
            .catalogue
            .find_plan(self.service.plan.as_str())
            .map_or("gone", |plan| plan.game.as_str())
            .to_owned();
        observe::note_whole(&self.service.order, self.service.created_at, "playable");
        let took = now.duration_since(self.service.created_at).as_secs_f64();
        metrics::histogram!("givr_provisioning_seconds", "game" => game).record(took.max(0.0));
        tracing::info!(order.id = %self.service.order, service.id = %self.service.id, "Service {} is playable", self.service.id);
        Ok(Done::Ended)
    }

    pub(super) async fn discard(&mut self) -> anyhow::Result<Done> {
        self.progress.discarding = true;
        let from = self.node_name().await?;
        self.note(Some(Happening::MovedOn { from })).await?;
        Ok(Done::GoOn)
    }

    pub(super) async fn delete(&mut self) -> anyhow::Result<Done> {
        let server = self.server.as_ref().context("a server to delete has to be seen")?;
        let deleted = self.app.panel.delete_server(&server.handle(&self.key)).await;
        Ok(deleted.map_or_else(|error| Done::Wait(self.after(&error)), |()| Done::GoOn))
    }

    /// The server is gone: everything begins anew on another node.
    pub(super) async fn discarded(&mut self) -> anyhow::Result<Done> {
        let now = self.app.now();
        let mut abandoned = std::mem::take(&mut self.progress.abandoned_nodes);
        abandoned.extend(self.reservation.as_ref().map(|reservation| reservation.node));
        self.progress = Progress { abandoned_nodes: abandoned, discarded_at: Some(now), ..Progress::default() };
        let mut tx = self.app.store.begin().await?;
        operations::save_progress(&mut tx, self.claim, &self.progress).await?;
        services::clear_server(&mut tx, &self.service.id, now).await?;
        tx.commit().await?;
        Ok(Done::GoOn)
    }

    /// Nodes that are not tried again.
    fn spent_nodes(&self) -> Vec<i64> {
        let mut nodes: Vec<i64> = self.attempts.iter().map(|record| record.attempt.node).collect();
        nodes.extend(&self.progress.abandoned_nodes);
        nodes
    }

    fn wanted(&self) -> Wanted<'_> {
        let service = &self.service;
        Wanted { order: &service.order, region: &service.region, shape: service.spec.shape, blueprint: self.blueprint }
    }

    /// Whether another node has room.
    pub(super) async fn other_node(&self) -> anyhow::Result<bool> {
        let mut avoid = self.spent_nodes();
        avoid.extend(self.reservation.as_ref().map(|reservation| reservation.node));
        let nodes = room::candidates(self.app, &mut *self.app.store.read().await?, &self.wanted(), &avoid).await?;
        Ok(!nodes.is_empty())
    }

    pub(super) async fn move_reservation(&mut self) -> anyhow::Result<Done> {
        let now = self.app.now();
        let from = self.node_name().await?;
        let mut avoid = self.spent_nodes();
        avoid.extend(self.reservation.as_ref().map(|reservation| reservation.node));
        let mut tx = self.app.store.begin().await?;
        // The fence first: who lost the claim must not move anything.
        operations::save_progress(&mut tx, self.claim, &self.progress).await?;
        reservations::release(&mut tx, &self.service.order, "moved to another node", now).await?;
        if room::hold(self.app, &mut tx, &self.wanted(), &avoid).await?.is_none() {
            // No ports there, or somebody was faster: the old place is kept, and the next look decides.
            return Ok(Done::Wait(now + SignedDuration::from_secs(15)));
        }
        timeline::add(&mut tx, &self.app.id(), &self.service.order, &Happening::MovedOn { from }, now).await?;
        tx.commit().await?;
        Ok(Done::GoOn)
    }

    pub(super) async fn node_name(&self) -> anyhow::Result<String> {
        match &self.reservation {
            Some(reservation) => Ok(mirror::node_name(&mut *self.app.store.read().await?, reservation.node).await?),
            None => Ok("no node".to_owned()),
        }
    }
}

//! Carries faults out.

use crate::blackbox::customers::Customer;
use crate::blackbox::database::Database;
use crate::blackbox::faults::{Kind, jump};
use crate::blackbox::looks::Looks;
use crate::blackbox::outside::Outside;
use crate::blackbox::pause;
use crate::blackbox::place::Place;
use crate::blackbox::proxy::{Line, Proxy};
use crate::blackbox::replica::Replica;
use crate::blackbox::settings::LEASE;
use crate::blackbox::takeover::{self, Takeover};
use crate::stopwatch;
use rand::RngExt;
use rand::rngs::StdRng;
use sandbox::stripe::{Fault, FaultKind};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::{Engine, Store};

/// How long something stays bad.
const SPELL: Duration = Duration::from_secs(5);
/// Webhooks that one strike hits.
const WEBHOOKS: u32 = 4;

/// Everything that faults can reach, and what they left.
pub(crate) struct Scene {
    pub(crate) place: Place,
    pub(crate) database: Database,
    pub(crate) outside: Outside,
    pub(crate) replicas: Vec<Arc<Replica>>,
    /// Looks into the database past every fault on the way.
    pub(crate) observer: Store,
    /// Somebody who looks at pages.
    pub(crate) onlooker: Customer,
    pub(crate) looks: Looks,
    pub(crate) struck: Mutex<BTreeMap<Kind, u64>>,
    pub(crate) takeovers: Mutex<Vec<Takeover>>,
    /// Held while processes are struck, and while pages are looked at, which is about Stripe and the panel alone.
    pub(crate) processes: tokio::sync::Mutex<()>,
}

impl Scene {
    /// Carries out a lane's plan, one fault after the other, until `until`.
    ///
    /// # Errors
    /// A fault could not be carried out, or something did not come back afterwards.
    pub(crate) async fn play(&self, plan: &[Kind], mut chance: StdRng, until: Option<Instant>) -> anyhow::Result<()> {
        for kind in plan {
            if until.is_some_and(|until| stopwatch() > until) {
                break;
            }
            self.strike(*kind, &mut chance).await?;
            *self.struck.lock().unwrap_or_else(PoisonError::into_inner).entry(*kind).or_default() += 1;
            pause(Duration::from_millis(chance.random_range(300..1500))).await;
        }
        Ok(())
    }

    fn any_replica(&self, chance: &mut StdRng) -> &Replica {
        &self.replicas[chance.random_range(0..self.replicas.len())]
    }

    async fn kill(&self, chance: &mut StdRng) {
        let _alone = self.processes.lock().await;
        let replica = self.any_replica(chance);
        // A single process is missed at once; another one's work can be taken while it is away.
        let rest = match self.database.engine {
            Engine::Sqlite => Duration::ZERO,
            Engine::Postgres => Duration::from_secs(chance.random_range(0..20)),
        };
        let held = takeover::wait_for_work(&self.observer, replica).await;
        let killed = stopwatch();
        replica.kill(rest);
        let takeover = takeover::wait_for_takeover(&self.observer, &held, killed).await;
        self.takeovers.lock().unwrap_or_else(PoisonError::into_inner).push(takeover);
    }

    async fn stall(&self, chance: &mut StdRng) -> anyhow::Result<()> {
        let _alone = self.processes.lock().await;
        let replica = self.any_replica(chance);
        takeover::wait_until_it_lives(replica).await;
        replica.stall(LEASE.unsigned_abs() + Duration::from_secs(2)).await
    }

    async fn turn_clock(&self, chance: &mut StdRng) -> anyhow::Result<()> {
        let _alone = self.processes.lock().await;
        let replica = self.any_replica(chance);
        replica.set_clock(jump(chance))?;
        pause(SPELL).await;
        replica.set_clock(0)?;
        // The clock is read every second.
        pause(Duration::from_millis(1200)).await;
        Ok(())
    }

    async fn strike(&self, kind: Kind, chance: &mut StdRng) -> anyhow::Result<()> {
        let (stripe, panel) = (&self.outside.stripe_line, &self.outside.panel_line);
        let slow = Line::Slow(Duration::from_millis(chance.random_range(200..1200)));
        let breaks = chance.random_range(0..2) == 0;
        match kind {
            Kind::Kill => self.kill(chance).await,
            Kind::Stall => self.stall(chance).await?,
            Kind::ClockJump => self.turn_clock(chance).await?,
            Kind::DatabaseRestart => self.database.restart().await?,
            Kind::DatabaseCut => self.database.line.iter().for_each(Proxy::cut),
            Kind::DatabaseHang => spell(self.database.line.as_slice(), Line::Silent, breaks).await,
            Kind::DiskFull => self.fill_disk().await?,
            Kind::StripeSlow => spell(std::slice::from_ref(stripe), slow, false).await,
            Kind::StripeHang => spell(std::slice::from_ref(stripe), Line::Silent, breaks).await,
            Kind::PanelSlow => spell(std::slice::from_ref(panel), slow, false).await,
            Kind::PanelHang => spell(std::slice::from_ref(panel), Line::Silent, breaks).await,
            Kind::BothHang => self.look_while_both_hang().await,
            Kind::WebhooksLost => self.spoil_webhooks(&[FaultKind::DropWebhook]),
            Kind::WebhooksRepeated => self.spoil_webhooks(&[FaultKind::DuplicateWebhook { copies: 3 }]),
            Kind::WebhooksReordered => {
                self.spoil_webhooks(&[FaultKind::DelayWebhook { seconds: 2 }, FaultKind::ReorderWebhooks]);
            }
        }
        Ok(())
    }

    async fn fill_disk(&self) -> anyhow::Result<()> {
        let until = stopwatch() + SPELL;
        while stopwatch() < until {
            tokio::task::block_in_place(|| self.place.fill());
            pause(Duration::from_millis(100)).await;
        }
        self.place.empty();
        // PostgreSQL may have given up.
        self.database.ensure_running().await
    }

    async fn look_while_both_hang(&self) {
        let _alone = self.processes.lock().await;
        for replica in &self.replicas {
            takeover::wait_until_it_lives(replica).await;
        }
        let lines = [self.outside.stripe_line.clone(), self.outside.panel_line.clone()];
        lines.iter().for_each(|line| line.set(Line::Silent));
        // Until calls are stuck that were under way.
        pause(Duration::from_secs(1)).await;
        self.looks.look(&self.onlooker, SPELL).await;
        for line in &lines {
            line.set(Line::Whole);
            line.cut();
        }
    }

    fn spoil_webhooks(&self, kinds: &[FaultKind]) {
        for kind in kinds {
            let fault = Fault { times: Some(WEBHOOKS), ..Fault::always(kind.clone()) };
            self.outside.stripe.faults().add(fault);
        }
    }

    /// Ends every fault.
    ///
    /// # Errors
    /// Something does not come back.
    pub(crate) async fn calm(&self) -> anyhow::Result<()> {
        self.outside.stripe.faults().clear();
        self.place.empty();
        for line in [&self.outside.stripe_line, &self.outside.panel_line].into_iter().chain(&self.database.line) {
            line.set(Line::Whole);
        }
        for replica in &self.replicas {
            replica.set_clock(0)?;
        }
        self.database.ensure_running().await
    }
}

/// Lines are bad for a while; then they go on, or all that stood on them breaks.
async fn spell(lines: &[Proxy], line: Line, breaks: bool) {
    lines.iter().for_each(|proxy| proxy.set(line));
    pause(SPELL).await;
    for proxy in lines {
        proxy.set(Line::Whole);
        if breaks {
            proxy.cut();
        }
    }
}

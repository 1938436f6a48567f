//! By chance: a seed says who goes on, what fails, who dies, and what customers, banks and operators do.

use super::{Act, Driver, JOBS, Place, Post, SignedDuration, Verdict};
use rand::RngExt;

impl Driver {
    /// All faults end, everybody is up again.
    pub(super) fn calm(&mut self) {
        self.world.panel.clear_faults();
        self.world.stripe.faults().clear();
        let now = self.world.now();
        self.paused.fill(None);
        let dead = (0..self.world.replicas.len()).filter(|number| self.world.replicas[*number].is_none());
        self.restarts = dead.map(|number| (now, number)).collect();
        self.post = Post::InOrder;
        self.note("calm");
    }

    pub(super) async fn by_chance(&mut self) -> anyhow::Result<()> {
        let moves = self.chance.random_range(100..500);
        let mut carts = 0;
        for _ in 0..moves {
            self.world.settle().await;
            let runnable = self.runnable();
            let webhooks = self.world.webhooks_waiting();
            // What may happen, and how likely each is.
            let weights = [
                40 * u32::try_from(runnable.len().min(4))?, // somebody goes on
                12,                                         // a job looks
                if webhooks > 0 { 12 } else { 0 },          // a webhook arrives, again, or never
                8,                                          // time passes
                if carts < 3 { 6 } else { 0 },              // a customer comes
                if carts > 0 { 6 } else { 0 },              // a customer pays
                u32::from(carts > 0),                       // a customer cancels
                1,                                          // a replica dies or starts
                1,                                          // a replica stands still
                if self.world.gates.late() > 0 { 6 } else { 0 },
                2,                    // the outside has a fault, or none any more
                u32::from(carts > 0), // somebody acts outside
            ];
            match self.draw(&weights) {
                0 => self.open_by_chance(&runnable).await,
                1 => self.job_by_chance(),
                2 => self.webhook_by_chance(webhooks),
                3 => self.time_by_chance().await?,
                4 => {
                    let again = carts > 0 && self.chance.random_range(0..4) == 0;
                    let cart = if again { carts - 1 } else { carts };
                    if !again {
                        carts += 1;
                    }
                    if let Some(replica) = self.any_alive() {
                        self.note(format_args!("customer opens cart {cart} at r{replica}"));
                        self.world.opens(replica, cart % crate::template::CUSTOMERS, cart, crate::scenario::PLAN);
                    }
                }
                5 => {
                    let cart = self.chance.random_range(0..carts);
                    let how = match self.chance.random_range(0..8) {
                        0 => sandbox::stripe::PayOutcome::Decline,
                        1 => sandbox::stripe::PayOutcome::ThreeDSecure,
                        _ => sandbox::stripe::PayOutcome::Pay,
                    };
                    let done = self.world.pays(cart, how);
                    self.note(format_args!("cart {cart} {how:?} {done}"));
                }
                6 => {
                    let cart = self.chance.random_range(0..carts);
                    if let Some(replica) = self.any_alive() {
                        self.note(format_args!("cart {cart} cancels at r{replica}"));
                        self.world.cancels(replica, cart);
                    }
                }
                7 => self.death_by_chance().await,
                8 => {
                    let replica = self.chance.random_range(0..self.world.replicas.len());
                    let seconds = self.chance.random_range(1..200);
                    self.note(format_args!("r{replica} stands still for {seconds} s"));
                    self.count(if seconds > 85 {
                        "a replica stands still past its lease"
                    } else {
                        "a replica stands still"
                    });
                    self.paused[replica] = Some(self.world.now() + SignedDuration::from_secs(seconds));
                }
                9 => {
                    let place = self.chance.random_range(0..self.world.gates.late());
                    self.note("a late request arrives");
                    self.world.arrive_late(place).await;
                }
                10 => self.fault_by_chance(),
                _ => self.outsider_by_chance(carts).await?,
            }
        }
        Ok(())
    }

    /// A bank, or an operator in somebody else's dashboard.
    async fn outsider_by_chance(&mut self, carts: usize) -> anyhow::Result<()> {
        let act = match self.chance.random_range(0..12) {
            0 => Act::Dispute,
            1 => Act::RefundByHand,
            2 => Act::DeleteServer(self.chance.random_range(0..carts)),
            _ => return Ok(()),
        };
        self.note(format_args!("{act:?}"));
        self.perform(act).await
    }

    fn draw(&mut self, weights: &[u32]) -> usize {
        let mut left = self.chance.random_range(0..weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    fn any_alive(&mut self) -> Option<usize> {
        let alive: Vec<usize> = (0..self.world.replicas.len()).filter(|number| self.is_alive(*number)).collect();
        (!alive.is_empty()).then(|| alive[self.chance.random_range(0..alive.len())])
    }

    async fn open_by_chance(&mut self, runnable: &[(u64, usize, Place)]) {
        let (number, replica, place) = runnable[self.chance.random_range(0..runnable.len())].clone();
        let fault = self.chance.random_range(0..100);
        let verdict = match &place {
            Place::Call { changes, .. } => match fault {
                0..2 => Verdict::Fail,
                2..5 => Verdict::Lose,
                5..7 if *changes => Verdict::Late,
                _ => Verdict::Go,
            },
            Place::Store { .. } | Place::Mail { .. } => match fault {
                0 => Verdict::Fail,
                _ => Verdict::Go,
            },
        };
        let deadly = fault == 99;
        self.run.gates += 1;
        if deadly {
            self.count(format!("{} and its replica dies", place.kind()));
            self.crash(replica, &format!("at {place}")).await;
        } else {
            self.count_verdict(&place, verdict);
            self.watch(replica, &place, verdict);
            self.note(format_args!("r{replica} {place} {verdict:?}"));
            self.world.gates.open(number, verdict);
        }
    }

    fn job_by_chance(&mut self) {
        // The jobs of which most depends look most often.
        const LOOKS: [(&str, u32); 8] = [
            ("provision", 6),
            ("inbox", 4),
            ("refunds", 3),
            ("open_orders", 2),
            ("outbox", 2),
            ("panel_sync", 1),
            ("stripe_events", 1),
            ("stuck", 1),
        ];
        let name = LOOKS[self.draw(&LOOKS.map(|(_, weight)| weight))].0;
        let Some(number) = self.any_alive() else { return };
        let Some(Some(replica)) = self.world.replicas.get(number) else { return };
        let lanes = JOBS.iter().find(|job| job.name == name).map_or(1, |job| job.lanes.min(2));
        if replica.running.get(name).copied().unwrap_or_default() < lanes {
            self.note(format_args!("r{number} {name}"));
            self.world.start_job(number, name);
        }
    }

    fn webhook_by_chance(&mut self, waiting: usize) {
        let place = self.chance.random_range(0..waiting);
        let Some(replica) = self.any_alive() else { return };
        let (what, request) = match self.chance.random_range(0..6) {
            0 => ("lost", self.world.take_webhook(place).filter(|_| false)),
            1 | 2 => ("copied", self.world.copy_webhook(place)),
            _ => ("delivered", self.world.take_webhook(place)),
        };
        self.note(format_args!("webhook {place} {what} to r{replica}"));
        if what != "delivered" || place > 0 {
            let what = if what == "delivered" { "out of order" } else { what };
            self.count(format!("a webhook is {what}"));
        }
        if let Some(request) = request {
            self.world.deliver(replica, request);
        }
    }

    async fn time_by_chance(&mut self) -> anyhow::Result<()> {
        let seconds = match self.chance.random_range(0..20) {
            0 => self.chance.random_range(300..900),
            1..5 => self.chance.random_range(20..120),
            _ => self.chance.random_range(1..10),
        };
        // A request that is still on its way arrives within a minute, or not at all.
        if seconds > 20 {
            while self.world.gates.late() > 0 {
                self.world.arrive_late(0).await;
            }
        }
        self.note(format_args!("{seconds} s pass"));
        self.world.passes(SignedDuration::from_secs(seconds)).await;
        self.restart_who_may().await?;
        Ok(())
    }

    async fn death_by_chance(&mut self) {
        let dies = self.chance.random_range(0..2) == 0;
        if let Some(replica) = self.any_alive().filter(|_| dies) {
            self.crash(replica, "by chance").await;
        }
    }

    fn fault_by_chance(&mut self) {
        use sandbox::panel::{Fault, FaultSpec};
        use sandbox::stripe::{Fault as StripeFault, FaultKind};
        let (what, panel, stripe) = match self.chance.random_range(0..12) {
            0 => ("the panel refuses the key for five calls", Some((Fault::Unauthorized, 5)), None),
            1 => ("the panel fails after a call", Some((Fault::ErrorAfter, 1)), None),
            2 => ("the panel fails before a call", Some((Fault::ErrorBefore, 1)), None),
            3 => ("an install fails", Some((Fault::InstallFails, 1)), None),
            4 => {
                let late = Fault::Timeout { outcome: sandbox::panel::Outcome::RolledBack, seconds: 30 };
                ("a create is taken back", Some((late, 1)), None)
            }
            5 => ("a game crashes", Some((Fault::GameCrashes, 1)), None),
            6 => ("Stripe fails after a call", None, Some(FaultKind::ErrorAfter { stored: false })),
            7 => ("Stripe fails before a call", None, Some(FaultKind::ErrorBefore)),
            8 => {
                let kind = FaultKind::RateLimit { reason: "global-rate".to_owned(), retry_after: None };
                ("Stripe wants less", None, Some(kind))
            }
            _ => ("faults end", None, None),
        };
        self.note(what);
        if let Some((fault, times)) = panel {
            let on_creates = matches!(fault, Fault::Timeout { .. });
            let fault = FaultSpec { times: Some(times), ..FaultSpec::once(fault) };
            self.world.panel.add_fault(if on_creates { fault.on(sandbox::panel::On::create_server()) } else { fault });
            self.count(what);
        } else if let Some(kind) = stripe {
            self.world.stripe.faults().add(StripeFault::once(kind));
            self.count(what);
        } else {
            self.world.panel.clear_faults();
            self.world.stripe.faults().clear();
        }
    }
}

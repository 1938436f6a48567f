//! By chance: a seed says who goes on, what fails, who dies, and what customers, banks and operators do. Each seed has a weather of its
//! own: where every kind of trouble came at once, none of them would get far.

use super::{Act, Driver, JOBS, Place, Post, SignedDuration, Verdict};
use crate::scenario::Shop;
use rand::{Rng, RngExt};
use std::collections::BTreeSet;

/// How likely each kind of trouble is in a run; 0 is never.
#[derive(Debug)]
pub(super) struct Weather {
    /// Calls that fail, are lost or come late, of a thousand for each.
    calls: u32,
    /// Transactions and letters that fail, of a thousand.
    store: u32,
    /// Gates at which a replica dies, of a thousand.
    deaths: u32,
    /// Webhooks that are lost or copied, of ten.
    post: u32,
    /// Faults of Stripe and of the panel.
    faults: u32,
    /// Acts of banks, and of operators elsewhere.
    outsiders: u32,
    /// Replicas that stand still.
    pauses: u32,
    /// Customers who cancel.
    cancels: u32,
    /// Long leaps of time, of a hundred.
    leaps: u32,
    /// Clocks that somebody sets.
    clocks: u32,
    /// Only one server more fits into the shop.
    last_slot: bool,
}

impl Weather {
    fn draw(chance: &mut impl Rng) -> Self {
        // Half of the kinds stay away.
        let mut level = |levels: [u32; 4]| levels[chance.random_range(0..4)];
        Self {
            calls: level([0, 0, 15, 60]),
            store: level([0, 0, 8, 30]),
            deaths: level([0, 0, 5, 20]),
            post: level([0, 0, 2, 5]),
            faults: level([0, 0, 2, 6]),
            outsiders: level([0, 0, 1, 3]),
            pauses: level([0, 0, 1, 3]),
            cancels: level([0, 0, 1, 3]),
            leaps: level([0, 0, 3, 10]),
            clocks: level([0, 0, 0, 1]),
            last_slot: level([0, 0, 0, 1]) == 1,
        }
    }
}

impl Driver {
    /// All faults end, everybody is up again.
    pub(super) fn calm(&mut self) {
        self.world.panel.clear_faults();
        self.world.stripe.faults().clear();
        let now = self.world.now();
        (0..self.world.replicas.len()).for_each(|replica| self.world.set_clock(replica, 0));
        self.paused.fill(None);
        let dead = (0..self.world.replicas.len()).filter(|number| self.world.replicas[*number].is_none());
        self.restarts = dead.map(|number| (now, number)).collect();
        self.post = Post::InOrder;
        self.note("calm");
    }

    pub(super) async fn by_chance(&mut self) -> anyhow::Result<()> {
        let weather = Weather::draw(&mut self.chance);
        self.note(format_args!("{weather:?}"));
        if weather.last_slot {
            self.perform(Act::LastSlot).await?;
            // The shop sees the smaller nodes before it sells anything.
            self.world.start_job(0, "panel_sync");
            self.world.settle().await?;
            while self.open_in_turn().await? {
                self.world.settle().await?;
            }
        }
        let moves = self.chance.random_range(100..500);
        let (wanted, mut carts, mut paid) = (self.chance.random_range(1..=3), 0, BTreeSet::new());
        for _ in 0..moves {
            self.world.settle().await?;
            let runnable = self.runnable();
            let webhooks = self.world.webhooks_waiting();
            let pages: Vec<usize> = (0..carts).filter(|cart| self.world.of_cart(*cart).is_some()).collect();
            let unpaid = pages.iter().filter(|cart| !paid.contains(*cart)).count();
            // What may happen, and how likely each is.
            let weights = [
                40 * u32::try_from(runnable.len().min(4))?,         // somebody goes on
                12,                                                 // a job looks
                if webhooks > 0 { 12 } else { 0 },                  // a webhook arrives, again, or never
                8,                                                  // time passes
                if carts < wanted { 10 } else { 1 },                // a customer comes, or clicks once more
                if pages.len() < carts { 6 } else { 0 },            // a customer without a page asks again
                if unpaid > 0 { 12 } else { u32::from(carts > 0) }, // a customer pays
                if carts > 0 { weather.cancels } else { 0 },
                if weather.deaths > 0 { 1 } else { 0 }, // a replica dies
                weather.pauses,
                if self.world.gates.late() > 0 { 6 } else { 0 },
                weather.faults,
                if carts > 0 { weather.outsiders } else { 0 },
                weather.clocks,
            ];
            match self.draw(&weights) {
                0 => self.open_by_chance(&runnable, &weather).await,
                1 => self.job_by_chance(),
                2 => self.webhook_by_chance(webhooks, &weather),
                3 => self.time_by_chance(&weather).await?,
                4 => {
                    if carts < wanted {
                        carts += 1;
                    }
                    self.customer_opens(carts - 1);
                }
                5 => {
                    let without = (0..carts).find(|cart| !pages.contains(cart)).unwrap_or_default();
                    self.customer_opens(without);
                }
                6 => {
                    let cart = self.chance.random_range(0..carts);
                    let how = match self.chance.random_range(0..8) {
                        0 => sandbox::stripe::PayOutcome::Decline,
                        1 => sandbox::stripe::PayOutcome::ThreeDSecure,
                        _ => sandbox::stripe::PayOutcome::Pay,
                    };
                    let done = self.world.pays(cart, how);
                    if done && how != sandbox::stripe::PayOutcome::Decline {
                        paid.insert(cart);
                    }
                    self.note(format_args!("cart {cart} {how:?} {done}"));
                }
                7 => {
                    let cart = self.chance.random_range(0..carts);
                    if let Some(replica) = self.any_alive() {
                        self.note(format_args!("cart {cart} cancels at r{replica}"));
                        self.world.cancels(replica, cart);
                    }
                }
                8 => {
                    if let Some(replica) = self.any_alive() {
                        self.crash(replica, "by chance").await;
                    }
                }
                9 => self.pause_by_chance(),
                10 => {
                    let place = self.chance.random_range(0..self.world.gates.late());
                    self.note("a late request arrives");
                    self.world.arrive_late(place).await;
                }
                11 => self.fault_by_chance(),
                12 => self.outsider_by_chance(carts).await?,
                _ => self.clock_by_chance(),
            }
        }
        Ok(())
    }

    fn customer_opens(&mut self, cart: usize) {
        if let Some(replica) = self.any_alive() {
            self.note(format_args!("customer opens cart {cart} at r{replica}"));
            self.world.opens(replica, cart % crate::template::CUSTOMERS, cart, crate::scenario::PLAN);
        }
    }

    /// Most clocks are a little off, some are far off.
    fn clock_by_chance(&mut self) {
        let replica = self.chance.random_range(0..self.world.replicas.len());
        let seconds: i64 = match self.chance.random_range(0..4) {
            0 => 0,
            1 | 2 => self.chance.random_range(-9..10),
            _ => self.chance.random_range(-7200..86_400),
        };
        self.note(format_args!("the clock of r{replica} is {seconds} s ahead"));
        self.count(if seconds.abs() > 10 { "a clock is wrong" } else { "a clock is a little off" });
        self.world.set_clock(replica, seconds);
    }

    fn pause_by_chance(&mut self) {
        let replica = self.chance.random_range(0..self.world.replicas.len());
        let seconds = self.chance.random_range(1..200);
        self.note(format_args!("r{replica} stands still for {seconds} s"));
        self.count(if seconds > 85 { "a replica stands still past its lease" } else { "a replica stands still" });
        self.paused[replica] = Some(self.world.now() + SignedDuration::from_secs(seconds));
    }

    /// A bank, or an operator in somebody else's dashboard.
    async fn outsider_by_chance(&mut self, carts: usize) -> anyhow::Result<()> {
        let act = match self.chance.random_range(0..4) {
            0 => match self.chance.random_range(0..4) {
                0 => Act::Inquire,
                1 => Act::Escalate,
                _ => Act::Dispute,
            },
            1 => Act::RefundByHand,
            2 => Act::DeleteServer(self.chance.random_range(0..carts)),
            _ => Act::PayAgain(self.chance.random_range(0..carts), Shop::Ours),
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

    async fn open_by_chance(&mut self, runnable: &[(u64, usize, Place)], weather: &Weather) {
        let (number, replica, place) = runnable[self.chance.random_range(0..runnable.len())].clone();
        let fault = self.chance.random_range(0..1000_u32);
        let verdict = match &place {
            Place::Call { changes, .. } => match fault.checked_div(weather.calls) {
                Some(0) => Verdict::Fail,
                Some(1) => Verdict::Lose,
                Some(2) if *changes => Verdict::Late,
                Some(_) | None => Verdict::Go,
            },
            Place::Store { .. } | Place::Mail { .. } if fault < weather.store => Verdict::Fail,
            Place::Store { .. } | Place::Mail { .. } => Verdict::Go,
        };
        let deadly = fault >= 1000 - weather.deaths;
        self.run.gates += 1;
        if deadly {
            self.count(format!("{} and its replica dies", place.kind()));
            self.crash(replica, &format!("at {place}")).await;
        } else {
            self.count_verdict(&place, verdict);
            self.watch(replica, number, &place, verdict);
            self.note(format_args!("r{replica} {place} {verdict:?}"));
            self.world.gates.open(number, verdict);
        }
    }

    fn job_by_chance(&mut self) {
        // The jobs of which most depends look most often.
        const LOOKS: [(&str, u32); 9] = [
            ("provision", 6),
            ("inbox", 4),
            ("refunds", 3),
            ("open_orders", 2),
            ("outbox", 2),
            ("panel_sync", 1),
            ("stripe_events", 1),
            ("stuck", 1),
            ("standing", 1),
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

    fn webhook_by_chance(&mut self, waiting: usize, weather: &Weather) {
        let place = self.chance.random_range(0..waiting);
        let Some(replica) = self.any_alive() else { return };
        let trouble = self.chance.random_range(0..10) < weather.post;
        let (what, request) = match (trouble, self.chance.random_range(0..3)) {
            (true, 0) => ("lost", self.world.take_webhook(place).filter(|_| false)),
            (true, _) => ("copied", self.world.copy_webhook(place)),
            (false, _) => ("delivered", self.world.take_webhook(place)),
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

    async fn time_by_chance(&mut self, weather: &Weather) -> anyhow::Result<()> {
        let kind = self.chance.random_range(0..100);
        let seconds = match kind {
            _ if kind < weather.leaps => self.chance.random_range(300..900),
            80.. => self.chance.random_range(20..120),
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

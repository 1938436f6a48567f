//! Drives a world: in turn, as scenarios are told, or by chance (`chance`), as a seed says.

mod acts;
mod chance;
mod likeness;

use crate::gates::{Place, Side, Verdict};
use crate::kept::KeptShop;
use crate::scenario::{Act, Post, Scenario, When};
use crate::template::Template;
use crate::world::World;
use app::verify::{self, Finding, Law, Moment, Sources};
use app::work::JOBS;
use jiff::{SignedDuration, Timestamp};
use likeness::Likeness;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sandbox::panel::PanelSim;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::PoisonError;
use store::gate::Point;
use store::{Engine, events, operations, orders, outbox, refunds, standing};

/// How a run ended.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// What was done, one line per choice.
    pub(crate) trace: Vec<String>,
    /// Gates that somebody went through.
    pub(crate) gates: u64,
    /// The laws that did not hold, and what else was wrong.
    pub(crate) violations: Vec<String>,
    /// Seconds of the world's time.
    pub(crate) seconds: i64,
    /// Seconds from the end of all faults until everything was decided; of seeds alone, for a scenario has no such end.
    pub(crate) decided_after: i64,
    /// How often each kind of fault struck.
    pub(crate) faults: BTreeMap<String, u64>,
    /// Orders that were placed.
    pub(crate) orders: u64,
    /// One number for each gate of a recorded run: equal for gates at which a crash is the same crash.
    pub(crate) likeness: Vec<u64>,
}

impl Run {
    /// Equal for equal runs.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.trace.hash(&mut hasher);
        hasher.finish()
    }
}

/// The longest that anything may take once faults have stopped: installs, starts, retries and waits included (O10).
const LIMIT: SignedDuration = SignedDuration::from_hours(4);
/// When such a customer buys elsewhere.
const GIVES_UP: SignedDuration = SignedDuration::from_mins(10);
/// How long a replica that died stays away.
const RESTART: SignedDuration = SignedDuration::from_secs(5);
/// What has not been decided for so long may wait for a person.
const PARKED: SignedDuration = SignedDuration::from_mins(45);
/// What is looked at once more after everything is decided: polls that find what webhooks did not bring. Longer than any of them rests,
/// which is a minute, and that as often as the world lets jobs rest longer (`LAZINESS`).
const AFTERMATH: SignedDuration = SignedDuration::from_secs(489);
/// A judgement of a service that is nearer than this is still to come.
const JUDGED_AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// The jobs that matter here; sessions, the audit log, samples and retention have stories of their own.
const LEFT_OUT: [&str; 14] = [
    "calls",
    "contacts",
    "notifications",
    "heartbeat",
    "epoch_mark",
    "sampler",
    "access",
    "audit_seal",
    "erasures",
    "retention",
    "status",
    "waiting_list",
    "watch",
    "smoke",
];

/// The call that shows whether a server is there, and the one that makes it.
const LOOK: &str = "GET /api/application/servers/external/*";
const CREATE: &str = "POST /api/application/servers";
/// The call that gives money back.
const REFUND: &str = "POST /v1/refunds";

/// Somebody who plays a run.
pub(crate) struct Driver {
    pub(crate) world: World,
    engine: Engine,
    run: Run,
    chance: StdRng,
    acts: Vec<(When, Act)>,
    post: Post,
    crash_at: BTreeSet<u64>,
    /// Laws that may not hold at the end of the scenario.
    open: &'static [Law],
    restarts: Vec<(Timestamp, usize)>,
    /// Until when each replica stands still.
    paused: Vec<Option<Timestamp>>,
    opened_at: BTreeMap<usize, Timestamp>,
    database_fails_until: Option<Timestamp>,
    /// External ids that each replica has looked for at the panel, and has not created since: how often, at most once for each of its passes
    /// that deliver at this moment, for a look is its own pass's.
    looks: Vec<BTreeMap<String, usize>>,
    /// How far the clock was moved at once.
    jumped: SignedDuration,
    /// The panel's database as it was when somebody kept it.
    kept_panel: Option<PanelSim>,
    /// The shop's last backup.
    kept_shop: Option<KeptShop>,
    /// What tells gates apart, if the run is recorded.
    likeness: Option<Likeness>,
}

impl Driver {
    async fn new(template: &Template, replicas: usize, seed: u64) -> anyhow::Result<Self> {
        Ok(Self {
            world: World::new(template, replicas, seed).await?,
            engine: template.engine,
            run: Run::default(),
            chance: StdRng::seed_from_u64(seed),
            acts: Vec::new(),
            post: Post::InOrder,
            crash_at: BTreeSet::new(),
            open: &[],
            restarts: Vec::new(),
            paused: vec![None; replicas],
            opened_at: BTreeMap::new(),
            database_fails_until: None,
            looks: vec![BTreeMap::new(); replicas],
            jumped: SignedDuration::ZERO,
            kept_panel: None,
            kept_shop: None,
            likeness: None,
        })
    }

    /// Plays a scenario with crashes at these gates. Without any it is recorded.
    pub(crate) async fn scenario(
        template: &Template,
        scenario: &Scenario,
        crash_at: BTreeSet<u64>,
    ) -> anyhow::Result<Run> {
        let mut driver = Self::new(template, scenario.replicas, 1).await?;
        driver.acts.clone_from(&scenario.acts);
        driver.likeness = crash_at.is_empty().then(Likeness::default);
        driver.crash_at = crash_at;
        driver.open = scenario.open;
        driver.in_turn().await?;
        for (cart, end) in &scenario.ends {
            driver.compare_end(*cart, *end).await?;
        }
        driver.run.decided_after = 0;
        driver.finish().await
    }

    /// Plays what a seed says: chance first, then in turn until everything is decided.
    pub(crate) async fn seed(template: &Template, seed: u64) -> anyhow::Result<Run> {
        let replicas = 1 + usize::try_from(seed % 3)?;
        let mut driver = Self::new(template, replicas, seed).await?;
        driver.by_chance().await?;
        driver.calm();
        driver.in_turn().await?;
        driver.compare_with_calm().await?;
        driver.finish().await
    }

    /// Writes down what is done.
    fn note(&mut self, what: impl std::fmt::Display) {
        let at = self.world.now().duration_since(self.world.began).as_secs();
        self.run.trace.push(format!("{at:>5} s  {what}"));
    }

    // ---- in turn

    async fn in_turn(&mut self) -> anyhow::Result<()> {
        let began = self.world.now();
        let mut decided_at = None;
        let mut waited = PARKED;
        loop {
            self.world.settle().await?;
            if self.open_in_turn().await? {
                continue;
            }
            if self.act_in_turn().await? {
                waited = self.world.now().duration_since(began) - self.jumped + PARKED;
                self.forget_ledgers();
                continue;
            }
            if self.deliver_in_turn() || self.job_in_turn() {
                self.forget_ledgers();
                continue;
            }
            let now = self.world.now();
            if self.world.gates.late() > 0 {
                self.world.arrive_late(0).await;
                continue;
            }
            if now.duration_since(began) > GIVES_UP + SignedDuration::from_mins(1) {
                // What waits for a page that nobody got never comes.
                let world = &self.world;
                self.acts.retain(|(when, _)| when.cart().is_none_or(|cart| world.of_cart(cart).is_some()));
            }
            let mends = self.database_fails_until.is_some_and(|until| until > now);
            // Nobody may ever come to a gate.
            let nothing_comes =
                self.acts.iter().all(|(when, _)| matches!(when, When::Gate(_))) && self.restarts.is_empty();
            if nothing_comes && !mends && self.is_decided().await? {
                let since = *decided_at.get_or_insert(now);
                self.run.decided_after = (since.duration_since(began) - self.jumped).as_secs();
                if now.duration_since(since) >= AFTERMATH {
                    return Ok(());
                }
            } else {
                decided_at = None;
            }
            let elapsed = now.duration_since(began) - self.jumped;
            // What waits for a person is looked at again and again; the laws say whether it may.
            if elapsed > waited && nothing_comes {
                waited += SignedDuration::from_mins(30);
                if self.findings(&Moment::Decided).await?.is_empty() {
                    return Ok(());
                }
            }
            if elapsed > LIMIT {
                self.run.violations.push("O10: nothing was decided within four hours".to_owned());
                return Ok(());
            }
            let step = if decided_at.is_some() { AFTERMATH / 3 } else { self.until_next() };
            self.world.passes(step).await;
            self.forget_ledgers();
        }
    }

    fn forget_ledgers(&mut self) {
        if let Some(likeness) = &mut self.likeness {
            likeness.forget();
        }
    }

    /// How long nothing of ours happens by itself. Stripe, the panel and games change in between.
    fn until_next(&self) -> SignedDuration {
        let now = self.world.now();
        let jobs = self.world.replicas.iter().enumerate().filter(|(number, _)| self.is_alive(*number));
        let jobs = jobs
            .filter_map(|(_, replica)| replica.as_ref())
            .flat_map(|replica| replica.due.iter().filter(|(name, _)| !LEFT_OUT.contains(name)).map(|(_, due)| *due));
        let acts = self.acts.iter().filter_map(|(when, _)| match when {
            When::At(seconds) => Some(self.world.began + SignedDuration::from_secs(*seconds)),
            When::AfterOpened(cart, seconds) => {
                self.opened_at.get(cart).map(|opened| *opened + SignedDuration::from_secs(*seconds))
            }
            When::Opened(_) | When::Paid(_) | When::Made(_) | When::Gate(_) => None,
        });
        let starts = self.restarts.iter().map(|(at, _)| *at).chain(self.paused.iter().flatten().copied());
        let next = jobs.chain(acts).chain(starts).filter(|at| *at > now).min();
        let most = SignedDuration::from_secs(15);
        next.map_or(most, |next| next.duration_since(now).clamp(SignedDuration::from_secs(1), most))
    }

    fn is_paused(&self, replica: usize) -> bool {
        self.paused.get(replica).copied().flatten().is_some_and(|until| until > self.world.now())
    }

    /// Whoever stands at a gate and may go on.
    fn runnable(&self) -> Vec<(u64, usize, Place)> {
        let in_transaction = self.world.gates.in_transaction() > 0;
        // On SQLite there is one transaction at a time: whoever begins another one would wait for it, and we for them.
        let blocked = |place: &Place| {
            self.engine == Engine::Sqlite && in_transaction && matches!(place, Place::Store { point: Point::Begin, .. })
        };
        let mut all = self.world.gates.parked();
        all.retain(|(_, replica, place)| !self.is_paused(*replica) && !blocked(place));
        all
    }

    async fn open_in_turn(&mut self) -> anyhow::Result<bool> {
        let mut all = self.runnable();
        all.sort_by_key(|(number, ..)| *number);
        let Some((number, replica, place)) = all.into_iter().next() else { return Ok(false) };
        let here = place.to_string();
        if let Some(act) = self.acts.iter().position(|(when, _)| matches!(when, When::Gate(gate) if *gate == here)) {
            let (_, act) = self.acts.remove(act);
            self.note(format_args!("{act:?} while r{replica} stands at {here}"));
            self.perform(act).await?;
            self.forget_ledgers();
            return Ok(true);
        }
        self.remember(replica, &place).await?;
        let gate = self.run.gates;
        self.run.gates += 1;
        if self.crash_at.contains(&gate) {
            self.count(format!("{} and its replica dies", place.kind()));
            self.crash(replica, &format!("at gate {gate}, {place}")).await;
        } else {
            let fails = self.database_fails_until.is_some_and(|until| until > self.world.now());
            let verdict = if fails && matches!(place, Place::Store { .. }) { Verdict::Fail } else { Verdict::Go };
            self.count_verdict(&place, verdict);
            self.watch(replica, number, &place, verdict);
            self.note(format_args!("gate {gate} r{replica} {place} {verdict:?}"));
            if matches!(
                place,
                Place::Store { point: Point::Commit, .. } | Place::Call { changes: true, .. } | Place::Mail { .. }
            ) {
                self.forget_ledgers();
            }
            self.world.gates.open(number, verdict);
        }
        Ok(true)
    }

    fn count(&mut self, fault: impl Into<String>) {
        *self.run.faults.entry(fault.into()).or_default() += 1;
    }

    fn count_verdict(&mut self, place: &Place, verdict: Verdict) {
        let what = match verdict {
            Verdict::Go => return,
            Verdict::Fail => "fails",
            Verdict::Lose => "is lost",
            Verdict::Late => "comes late",
        };
        self.count(format!("{} {what}", place.kind()));
    }

    /// Laws about the order of things, which no ledger shows afterwards. A server is created only after a look for the same one (S4), and
    /// money goes back only when the subscription that it paid has ended (M10).
    fn watch(&mut self, replica: usize, number: u64, place: &Place, verdict: Verdict) {
        let Place::Call { side, what, .. } = place else { return };
        match (side, what.as_str()) {
            (Side::After, LOOK) if verdict == Verdict::Go => {
                let address = self.world.gates.address(number);
                let path = address.split('?').next().unwrap_or_default();
                let Some(id) = path.rsplit('/').next() else { return };
                let running =
                    self.world.replicas[replica].as_ref().map(|replica| replica.running.get("provision").copied());
                let passes = running.flatten().unwrap_or_default().max(1);
                let looks = self.looks[replica].entry(id.to_owned()).or_default();
                *looks = (*looks + 1).min(passes);
            }
            (Side::Before, CREATE) => {
                let server: Value = serde_json::from_str(&self.world.gates.body(number)).unwrap_or_default();
                let id = server["external_id"].as_str().unwrap_or_default();
                let looks = self.looks[replica].entry(id.to_owned()).or_default();
                if *looks > 0 {
                    *looks -= 1;
                } else {
                    self.run.violations.push(format!("S4: r{replica} creates {id} without a look for it at the panel"));
                }
            }
            (Side::Before, REFUND) => {
                let body = self.world.gates.body(number);
                let charge = body.split('&').find_map(|part| part.strip_prefix("payment_intent=")).unwrap_or_default();
                if self.world.is_still_billed(charge) {
                    let text = format!("M10: r{replica} gives {charge} back while its subscription goes on");
                    self.run.violations.push(text);
                }
            }
            (Side::Before | Side::After, _) => {}
        }
    }

    async fn crash(&mut self, replica: usize, why: &str) {
        self.looks[replica].clear();
        self.note(format_args!("r{replica} dies {why}"));
        self.world.crash(replica).await;
        self.restarts.push((self.world.now() + RESTART, replica));
    }

    fn first_alive(&self) -> Option<usize> {
        (0..self.world.replicas.len()).find(|number| self.is_alive(*number))
    }

    fn is_alive(&self, replica: usize) -> bool {
        self.world.replicas.get(replica).is_some_and(Option::is_some) && !self.is_paused(replica)
    }

    fn deliver_in_turn(&mut self) -> bool {
        let waiting = self.world.webhooks_waiting();
        if waiting == 0 {
            return false;
        }
        let place = if self.post == Post::Backwards { waiting - 1 } else { 0 };
        let Some(request) = self.world.take_webhook(place) else { return false };
        // Nobody is up: lost, as Stripe's own tries would be for a while.
        let Some(replica) = self.first_alive().filter(|_| self.post != Post::Lost) else {
            self.note("a webhook is lost");
            return true;
        };
        let copies = if let Post::Copies(copies) = self.post { copies } else { 1 };
        for _ in 1..copies {
            let mut copy = http::Request::new(request.body().clone());
            copy.method_mut().clone_from(request.method());
            copy.uri_mut().clone_from(request.uri());
            copy.headers_mut().clone_from(request.headers());
            self.world.deliver(replica, copy);
        }
        self.note(format_args!("{copies} webhook(s) to r{replica}"));
        self.world.deliver(replica, request);
        true
    }

    async fn act_in_turn(&mut self) -> anyhow::Result<bool> {
        if self.restart_who_may().await? {
            return Ok(true);
        }
        for place in 0..self.acts.len() {
            let when = self.acts[place].0;
            if self.has_come(when).await? {
                let (_, act) = self.acts.remove(place);
                self.note(format_args!("{act:?}"));
                self.perform(act).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Starts a replica that has been away for long enough. While a transaction is open on SQLite, whoever starts would wait for it.
    async fn restart_who_may(&mut self) -> anyhow::Result<bool> {
        let now = self.world.now();
        let Some(place) = self.restarts.iter().position(|(at, _)| *at <= now) else { return Ok(false) };
        if self.world.gates.in_transaction() > 0 {
            return Ok(false);
        }
        let (_, replica) = self.restarts.remove(place);
        self.note(format_args!("r{replica} starts"));
        self.world.start(replica).await?;
        Ok(true)
    }

    fn job_in_turn(&mut self) -> bool {
        let now = self.world.now();
        for number in 0..self.world.replicas.len() {
            if !self.is_alive(number) {
                continue;
            }
            let Some(Some(replica)) = self.world.replicas.get(number) else { continue };
            let idle = |name: &str| replica.running.get(name).copied().unwrap_or_default() == 0;
            let due = |name: &str| replica.due.get(name).is_none_or(|due| *due <= now);
            let next = JOBS.iter().find(|job| !LEFT_OUT.contains(&job.name) && idle(job.name) && due(job.name));
            if let Some(job) = next {
                self.world.start_job(number, job.name);
                return true;
            }
        }
        false
    }

    /// Whether nothing is left to do: no page open, no job, no event, no refund, no letter.
    async fn is_decided(&self) -> anyhow::Result<bool> {
        let mut db = self.world.observer.read().await?;
        let waiting = [
            events::next_wake(&mut db).await?,
            operations::next_wake(&mut db).await?,
            refunds::next_wake(&mut db).await?,
            outbox::next_wake(&mut db).await?,
            orders::next_look(&mut db).await?,
        ];
        // A judgement that a crash cut off is made again some minutes later; the next of a service in order is hours away.
        let judged = standing::next_judgement(&mut db).await?;
        let at_rest = judged.is_none_or(|next| next.duration_since(self.world.now()) > JUDGED_AGAIN);
        Ok(at_rest && waiting.iter().all(Option::is_none))
    }

    /// Reads the three ledgers and holds them to the laws.
    async fn check(&mut self, moment: &Moment) -> anyhow::Result<()> {
        for Finding { law, subject, text, .. } in self.findings(moment).await? {
            self.run.violations.push(format!("{law:?} {subject}: {text}"));
        }
        Ok(())
    }

    async fn findings(&self, moment: &Moment) -> anyhow::Result<Vec<Finding>> {
        let (stripe, panel) = self.world.outside()?;
        let from = Sources { store: &self.world.observer, stripe: &stripe, panel: panel.as_ref() };
        let evidence = verify::read(&from, self.world.now()).await?;
        let mut findings = verify::check(&evidence, moment);
        findings.retain(|finding| !self.open.contains(&finding.law));
        Ok(findings)
    }

    /// Once the faults of a seed are over nothing is left for a person that the program can do: no refund, no delivery and no removal waits
    /// with an alert (O10).
    async fn compare_with_calm(&mut self) -> anyhow::Result<()> {
        let ours = verify::read_ours(&self.world.observer, billing::Mode::Test).await?;
        let disputes = self.world.stripe.objects("dispute");
        // The bank has that money. While it only asks, it has not.
        let took =
            disputes.iter().filter(|one| !one["status"].as_str().is_some_and(|word| word.starts_with("warning")));
        let taken: Vec<&str> = took.filter_map(|one| one["payment_intent"].as_str()).collect();
        let disputed = |charge: Option<&str>| charge.is_some_and(|charge| taken.contains(&charge));
        for refund in
            ours.refunds.iter().filter(|refund| refund.done_at.is_none() && !disputed(refund.charge.as_deref()))
        {
            let why = refund.last_error.as_deref().unwrap_or("never tried");
            self.run.violations.push(format!("O10 {}: the money still waits to go back: {why}", refund.id));
        }
        for job in ours.jobs.iter().filter(|job| job.finished_at.is_none() && job.parked_why.is_none()) {
            self.run.violations.push(format!("O10 {}: its {:?} is still under way", job.service, job.kind));
        }
        Ok(())
    }

    async fn finish(mut self) -> anyhow::Result<Run> {
        self.check(&Moment::Decided).await?;
        self.run.violations.append(&mut self.world.mistakes.lock().unwrap_or_else(PoisonError::into_inner));
        self.run.orders = u64::try_from(self.world.of_all_carts())?;
        self.run.likeness = self.likeness.take().map(|likeness| likeness.of_gates).unwrap_or_default();
        self.run.seconds = self.world.now().duration_since(self.world.began).as_secs();
        self.world.close().await;
        Ok(self.run)
    }
}

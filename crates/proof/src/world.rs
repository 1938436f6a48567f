//! A small world for proofs: replicas of the program over one database, both simulators, one clock; and what can happen to them.

use crate::gates::{Gates, Life, Target};
use crate::kept::KeptShop;
use crate::machine::{MachineClock, Mailbox, Ports, assemble, panel_settings, stripe_settings};
use crate::scenario::Shop;
use crate::template::{self, STRIPE_KEY, Template, WEBHOOK_SECRET};
use anyhow::Context;
use app::app::App;
use app::backup;
use app::clock::{Clock, ManualClock, Random};
use app::sales::{cancel, checkout};
use app::transport;
use app::work::JOBS;
use axum::Router;
use axum::body::Body;
use billing::Stripe;
use bytes::Bytes;
use domain::ids::OrderId;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use panel::{PanelDriver, Pterodactyl};
use sandbox::panel::PanelSim;
use sandbox::stripe::{PayOutcome, StripeSim};
use serde_json::Value;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::testing::TestDatabase;
use store::{Engine, Store, accounts, events, orders};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// A process of the shop.
pub(crate) struct Replica {
    /// What the database knows it by.
    name: String,
    pub(crate) app: App,
    web: Router,
    life: Life,
    tasks: JoinSet<Ended>,
    pub(crate) running: BTreeMap<&'static str, usize>,
    /// When each job looks again.
    pub(crate) due: BTreeMap<&'static str, Timestamp>,
    /// What wakes its jobs.
    changes: watch::Receiver<u64>,
}

/// What came to an end in a replica.
enum Ended {
    Job(&'static str, Option<SignedDuration>),
    Act,
}

/// A purchase that somebody began.
#[derive(Debug, Clone)]
pub(crate) struct Bought {
    pub(crate) order: OrderId,
    pub(crate) session: String,
}

/// Everything of one run.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) began: Timestamp,
    pub(crate) stripe: StripeSim,
    pub(crate) panel: PanelSim,
    pub(crate) gates: Gates,
    pub(crate) database: TestDatabase,
    pub(crate) replicas: Vec<Option<Replica>>,
    pub(crate) webhooks: Arc<Mutex<Vec<Request<Bytes>>>>,
    pub(crate) mailbox: Mailbox,
    /// By cart.
    pub(crate) bought: Arc<Mutex<BTreeMap<usize, Bought>>>,
    /// What is a mistake of ours whatever the laws say: tasks that panicked, answers that were not true.
    pub(crate) mistakes: Arc<Mutex<Vec<String>>>,
    /// Looks without gates.
    pub(crate) observer: Store,
    /// Of the machines on which replicas run.
    clocks: Vec<MachineClock>,
    seed: u64,
    lives: u64,
}

/// How often a turn of waiting looks before it takes what stands for everything, which only a machine that stands still makes it do.
const PATIENCE: u32 = 200_000;
/// After so many looks the database is left to work.
const EAGER: u32 = 100;
/// How long it is left to work at a time.
const PAUSE: Duration = Duration::from_micros(100);
/// Every so many looks the database is asked who waits for whom.
const ASKS: u32 = 50;
/// Jobs that nothing wakes look less often than in real life, so that a run has more of what matters.
const LAZINESS: i32 = 8;

impl World {
    /// A copy of the template with so many replicas that run.
    pub(crate) async fn new(template: &Template, replicas: usize, seed: u64) -> anyhow::Result<Self> {
        let copy = template.copy()?;
        let webhooks: Arc<Mutex<Vec<Request<Bytes>>>> = Arc::default();
        let sent = webhooks.clone();
        copy.stripe.set_deliver(Arc::new(move |request| {
            sent.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            // Stripe believes that it arrived; whether it does is the run's choice.
            Box::pin(async { Ok(StatusCode::OK) })
        }));
        let observer = Store::connect_to_read(&copy.database.url).await?;
        let mut world = Self {
            began: copy.clock.now(),
            clock: copy.clock,
            stripe: copy.stripe,
            panel: copy.panel,
            gates: Gates::default(),
            database: copy.database,
            replicas: Vec::new(),
            webhooks,
            mailbox: Mailbox::default(),
            bought: Arc::default(),
            mistakes: Arc::default(),
            observer,
            clocks: Vec::new(),
            seed,
            lives: 0,
        };
        for number in 0..replicas {
            world.replicas.push(None);
            world.clocks.push(MachineClock::of(&world.clock));
            world.start(number).await?;
        }
        Ok(world)
    }

    /// Whether the subscription goes on whose bill a payment paid.
    pub(crate) fn is_still_billed(&self, intent: &str) -> bool {
        let id = |object: &Value| object["id"].as_str().unwrap_or_default().to_owned();
        let one = |kind: &str, is: &dyn Fn(&Value) -> bool| self.stripe.objects(kind).into_iter().find(|one| is(one));
        let paid = one("invoice_payment", &|link| link["payment"]["payment_intent"] == intent);
        let invoice = paid.and_then(|link| one("invoice", &|invoice| link["invoice"] == id(invoice).as_str()));
        let details = invoice.map(|invoice| invoice["parent"]["subscription_details"]["subscription"].clone());
        let billed = details.and_then(|details| one("subscription", &|one| details == id(one).as_str()));
        billed.is_some_and(|one| one["status"] != "canceled" && one["status"] != "incomplete_expired")
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Starts a replica that is not running.
    pub(crate) async fn start(&mut self, number: usize) -> anyhow::Result<()> {
        self.lives += 1;
        let life = Life::new(&self.gates, number);
        let random = self.chance();
        let name = format!("life-{}", self.lives);
        let clock = self.clocks.get(number).context("no such machine")?.clone();
        let ports = Ports { clock, random };
        let url = match self.database.url.starts_with("sqlite://") {
            true => self.database.url.clone(),
            false => format!("{}?application_name={name}", self.database.url),
        };
        let store = Store::connect_in_turns(&url).await?;
        let app = assemble(store, &life, &self.stripe, &self.panel, ports, &self.mailbox).await?;
        life.stop_at_gates();
        let web = app::web::webhooks_router(app.clone());
        let changes = app.changes();
        let (running, due) = (BTreeMap::new(), BTreeMap::new());
        let replica = Replica { name, app, web, life, tasks: JoinSet::new(), running, due, changes };
        let place = self.replicas.get_mut(number).context("no such replica")?;
        *place = Some(replica);
        Ok(())
    }

    /// Somebody sets the clock of a machine, so many seconds away from what is right.
    pub(crate) fn set_clock(&self, number: usize, seconds: i64) {
        if let Some(clock) = self.clocks.get(number) {
            clock.set(seconds);
        }
    }

    /// How many seconds the clock of a machine is off.
    pub(crate) fn clock_is_off(&self, number: usize) -> i64 {
        self.clocks.get(number).map_or(0, MachineClock::is_off)
    }

    /// Kills a replica: nothing of it goes on, what it had not committed is gone.
    pub(crate) async fn crash(&mut self, number: usize) {
        let Some(mut replica) = self.replicas.get_mut(number).and_then(Option::take) else { return };
        replica.life.end();
        replica.tasks.shutdown().await;
        let store = replica.app.store.clone();
        drop(replica);
        match store.engine() {
            Engine::Sqlite => store.close().await,
            // A statement of it may wait for a row that somebody holds who stands at a gate: the database learns of the death only when
            // the row is free, as in real life.
            Engine::Postgres => drop(tokio::spawn(async move { store.close().await })),
        }
    }

    /// Waits until everybody stands at a gate, waits for somebody who does, or has ended.
    pub(crate) async fn settle(&mut self) -> anyhow::Result<()> {
        let mut quiet = 0;
        let mut looks = 0;
        let mut arrivals = self.gates.arrivals();
        while quiet < 3 && looks < PATIENCE {
            tokio::task::yield_now().await;
            let in_use = self.connections_in_use();
            let mut resting = self.gates.in_transaction();
            if in_use > resting && looks % ASKS == ASKS - 1 {
                resting += self.waiting_for_rows().await?;
            }
            let came = self.gates.arrivals();
            if in_use <= resting && came == arrivals {
                quiet += 1;
            } else {
                quiet = 0;
                looks += 1;
                // The database has something to do.
                if looks > EAGER {
                    std::thread::sleep(PAUSE);
                } else {
                    std::thread::yield_now();
                }
            }
            arrivals = came;
        }
        self.reap();
        Ok(())
    }

    fn connections_in_use(&self) -> usize {
        self.replicas.iter().flatten().map(|replica| replica.app.store.connections_in_use()).sum()
    }

    /// How many statements of living replicas wait for somebody who stands at a gate. On SQLite nobody does: who would have to wait does not
    /// begin.
    async fn waiting_for_rows(&self) -> anyhow::Result<usize> {
        if self.observer.engine() == Engine::Sqlite {
            return Ok(0);
        }
        let names: Vec<&str> = self.replicas.iter().flatten().map(|replica| replica.name.as_str()).collect();
        Ok(store::testing::count_waiting(&mut *self.observer.read().await?, &names).await?)
    }

    fn reap(&mut self) {
        let now = self.clock.now();
        for (number, replica) in self.replicas.iter_mut().enumerate() {
            let Some(replica) = replica else { continue };
            while let Some(ended) = replica.tasks.try_join_next() {
                match ended {
                    Ok(Ended::Job(name, rest)) => {
                        if let Some(running) = replica.running.get_mut(name) {
                            *running = running.saturating_sub(1);
                        }
                        let job = JOBS.iter().find(|job| job.name == name);
                        let usual = job.map_or(SignedDuration::from_secs(5), |job| {
                            SignedDuration::try_from(job.rest).unwrap_or(SignedDuration::from_secs(5))
                        });
                        let most = usual * LAZINESS;
                        let rest = rest.map_or(most, |rest| rest.clamp(SignedDuration::ZERO, most));
                        replica.due.insert(name, now + rest);
                    }
                    Ok(Ended::Act) => {}
                    Err(error) if error.is_panic() => {
                        let mut mistakes = self.mistakes.lock().unwrap_or_else(PoisonError::into_inner);
                        mistakes.push(format!("replica {number}: {error}"));
                    }
                    Err(_) => {}
                }
            }
            if replica.changes.has_changed().unwrap_or_default() {
                replica.changes.mark_unchanged();
                replica.due.retain(|name, _| JOBS.iter().all(|job| job.name != *name || !job.nudged));
            }
        }
    }

    /// Starts a pass of a job.
    pub(crate) fn start_job(&mut self, replica: usize, name: &'static str) {
        let Some(Some(replica)) = self.replicas.get_mut(replica) else { return };
        let Some(job) = JOBS.iter().find(|job| job.name == name) else { return };
        let (app, job) = (replica.app.clone(), *job);
        *replica.running.entry(name).or_default() += 1;
        replica.tasks.spawn(async move {
            let now = app.now();
            let next = match job.pass(&app).await {
                Ok(report) => {
                    let at_once = report.taken > report.failed && report.next.is_some_and(|next| next <= now);
                    let least = if at_once { SignedDuration::ZERO } else { SignedDuration::from_secs(1) };
                    report.next.map(|next| next.duration_since(now).max(least))
                }
                Err(_) => None,
            };
            Ended::Job(job.name, next)
        });
    }

    /// A customer asks for a payment page.
    pub(crate) fn opens(&mut self, replica: usize, customer: usize, cart: usize, plan: &'static str) {
        let bought = self.bought.clone();
        self.act(replica, move |app| async move {
            let request = checkout::Request {
                cart_key: format!("cart-{cart}"),
                plan: plan.to_owned(),
                term: "monthly".to_owned(),
                region: "us-east".to_owned(),
                server_name: format!("Keep {cart}"),
                add_ons: Vec::new(),
                inputs: BTreeMap::new(),
                consents: vec!["minecraft-eula".to_owned()],
            };
            let account = accounts::find(&mut *app.store.read().await?, &template::customer_id(customer)).await?;
            let opened = checkout::open(&app, &account.context("the customer")?, &request).await?;
            let page = Bought { order: opened.order, session: opened.session };
            bought.lock().unwrap_or_else(PoisonError::into_inner).insert(cart, page);
            Ok(())
        });
    }

    /// A customer cancels.
    pub(crate) fn cancels(&mut self, replica: usize, cart: usize) {
        let Some(bought) = self.of_cart(cart) else { return };
        self.act(replica, move |app| async move {
            let purchase = orders::find(&mut *app.store.read().await?, &bought.order).await?;
            cancel::cancel(&app, &purchase.context("the order")?).await.map(drop)
        });
    }

    fn act<F: Future<Output = anyhow::Result<()>> + Send + 'static>(
        &mut self,
        replica: usize,
        what: impl FnOnce(App) -> F + Send + 'static,
    ) {
        let Some(Some(replica)) = self.replicas.get_mut(replica) else { return };
        let app = replica.app.clone();
        replica.tasks.spawn(async move {
            // What fails is the customer's to try again; the laws hold all the same.
            let _ = what(app).await;
            Ended::Act
        });
    }

    pub(crate) fn of_cart(&self, cart: usize) -> Option<Bought> {
        self.bought.lock().unwrap_or_else(PoisonError::into_inner).get(&cart).cloned()
    }

    /// When Stripe made the payment page of a purchase.
    pub(crate) fn page_made_at(&self, bought: &Bought) -> Option<Timestamp> {
        let pages = self.stripe.objects("checkout.session");
        let page = pages.into_iter().find(|page| page["id"] == bought.session.as_str())?;
        Timestamp::from_second(page["created"].as_i64()?).ok()
    }

    /// How many carts led to an order.
    pub(crate) fn of_all_carts(&self) -> usize {
        self.bought.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// A customer does something on the payment page; `false` when there is none that is open.
    pub(crate) fn pays(&self, cart: usize, how: PayOutcome) -> bool {
        self.of_cart(cart).is_some_and(|bought| self.stripe.pay_session(&bought.session, how).is_ok())
    }

    /// Somebody gives all money back in Stripe's dashboard.
    pub(crate) async fn refund_by_hand(&self) {
        let charges = self.stripe.objects("charge");
        let Some(charge) = charges.first().and_then(|charge| charge["id"].as_str()) else { return };
        self.at_stripe("/v1/refunds", format!("charge={charge}")).await;
    }

    /// The customer pays the bill that is open, with a card that works.
    pub(crate) async fn pay_the_bill(&self) -> anyhow::Result<()> {
        let bill = self.stripe.objects("invoice").into_iter().rfind(|invoice| invoice["status"] == "open");
        let bill = bill.context("no bill is open")?;
        let said = |field: &str| bill[field].as_str().map(ToOwned::to_owned).context("a field of the bill");
        let (stripe, _) = self.outside()?;
        let card = stripe.attach_payment_method("pm_card_visa", &said("customer")?, "bill:card").await?;
        self.at_stripe(&format!("/v1/invoices/{}/pay", said("id")?), format!("payment_method={card}")).await;
        Ok(())
    }

    /// A call to Stripe that is not the shop's.
    async fn at_stripe(&self, path: &str, form: String) {
        let request = Request::post(path)
            .header(http::header::AUTHORIZATION, format!("Bearer {STRIPE_KEY}"))
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form));
        if let Ok(request) = request {
            let _ = self.stripe.router().oneshot(request).await;
        }
    }

    /// The shop's machines and its database are lost, and a database comes back from a backup. Whoever ran has to be started.
    pub(crate) async fn comes_back(&mut self, kept: &KeptShop) -> anyhow::Result<()> {
        for number in 0..self.replicas.len() {
            self.crash(number).await;
        }
        self.observer.close().await;
        self.lives += 1;
        let engine = self.observer.engine();
        self.database = kept.bring_back(engine, &self.chance(), self.now()).await?;
        self.observer = Store::connect_to_read(&self.database.url).await?;
        Ok(())
    }

    /// The chance of a life.
    fn chance(&self) -> Random {
        Random::seeded(self.seed.wrapping_mul(1_000).wrapping_add(self.lives))
    }

    /// The operator says that nobody else acts for the shop.
    pub(crate) fn confirms(&mut self, replica: usize) {
        self.act(replica, |app| async move { backup::confirm(&app, "the proof").await });
    }

    /// The order of a cart is paid beside its page, by a subscription that names this shop or another one.
    pub(crate) async fn pay_again(&self, cart: usize, shop: Shop) -> anyhow::Result<()> {
        let bought = self.of_cart(cart).context("nothing was bought")?;
        let (stripe, _) = self.outside()?;
        let mut db = self.observer.read().await?;
        let purchase = orders::find(&mut db, &bought.order).await?.context("the order")?;
        let account = accounts::find(&mut db, &purchase.order.customer).await?.context("the customer")?;
        let installation = store::marks::find_installation(&mut db).await?.context("the installation")?;
        drop(db);
        let customer = account.stripe_customer.context("a customer at Stripe")?;
        let payment_method = stripe.attach_payment_method("pm_card_visa", &customer, "again:card").await?;
        let subscription = billing::NewSubscription {
            customer,
            lines: purchase.snapshot.lines.iter().map(|line| (line.price_id.clone(), 1)).collect(),
            metadata: BTreeMap::from([
                (
                    "installation".to_owned(),
                    match shop {
                        Shop::Ours => installation.id,
                        Shop::Another => "ins_of_another_shop".to_owned(),
                    },
                ),
                ("order_id".to_owned(), bought.order.to_string()),
            ]),
            payment_method,
        };
        stripe.create_subscription(&subscription, "again:pay").await?;
        Ok(())
    }

    /// An event of Stripe's that Stripe never sent, signed as if it had.
    pub(crate) fn post_event(&self, event: &Value) {
        let (at, body) = (self.now().as_second(), event.to_string());
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()) else { return };
        mac.update(format!("{at}.{body}").as_bytes());
        let signature = format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()));
        let request = Request::post("http://shop.example/webhooks/stripe").header("stripe-signature", signature);
        if let Ok(request) = request.body(Bytes::from(body)) {
            self.webhooks.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        }
    }

    /// How many webhooks wait to be delivered.
    pub(crate) fn webhooks_waiting(&self) -> usize {
        self.webhooks.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Takes a webhook out of the line.
    pub(crate) fn take_webhook(&self, place: usize) -> Option<Request<Bytes>> {
        let mut waiting = self.webhooks.lock().unwrap_or_else(PoisonError::into_inner);
        (place < waiting.len()).then(|| waiting.remove(place))
    }

    /// A copy of one that stays in the line.
    pub(crate) fn copy_webhook(&self, place: usize) -> Option<Request<Bytes>> {
        let waiting = self.webhooks.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.get(place).map(|request| {
            let mut copy = Request::new(request.body().clone());
            copy.method_mut().clone_from(request.method());
            copy.uri_mut().clone_from(request.uri());
            copy.headers_mut().clone_from(request.headers());
            copy
        })
    }

    /// A webhook reaches a replica.
    pub(crate) fn deliver(&mut self, replica: usize, request: Request<Bytes>) {
        let Some(Some(replica)) = self.replicas.get_mut(replica) else { return };
        let (web, observer, mistakes) = (replica.web.clone(), self.observer.clone(), self.mistakes.clone());
        replica.tasks.spawn(async move {
            let (mut parts, body) = request.into_parts();
            if let Ok(path) = parts.uri.path().parse() {
                parts.uri = path;
            }
            let id =
                serde_json::from_slice::<Value>(&body).ok().and_then(|event| Some(event["id"].as_str()?.to_owned()));
            let answer = web.oneshot(Request::from_parts(parts, Body::from(body))).await;
            let accepted = answer.is_ok_and(|answer| answer.status().is_success());
            if let (true, Some(id), Ok(mut db)) = (accepted, id, observer.read().await)
                && events::is_known(&mut db, &id).await.is_ok_and(|known| !known)
            {
                let mistake = format!("O2 {id}: it was answered with 200, and is not stored");
                mistakes.lock().unwrap_or_else(PoisonError::into_inner).push(mistake);
            }
            Ended::Act
        });
    }

    /// A request that was given up arrives after all.
    pub(crate) async fn arrive_late(&self, place: usize) {
        if let Some((target, request)) = self.gates.take_late(place) {
            let router = match target {
                Target::Stripe => self.stripe.router(),
                Target::Panel => self.panel.router(),
            };
            let _ = transport::in_process(router, self.clock()).oneshot(request).await;
        }
    }

    /// Time passes for everybody, and what it brings at Stripe and on the panel happens.
    pub(crate) async fn passes(&self, time: SignedDuration) {
        self.clock.advance(time);
        self.stripe.tick().await;
        self.panel.tick().await;
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }

    /// What the checker reads the outside with: no gates.
    pub(crate) fn outside(&self) -> anyhow::Result<(Stripe, Arc<dyn PanelDriver>)> {
        let stripe = Stripe::new(transport::in_process(self.stripe.router(), self.clock()), stripe_settings())?;
        let at_panel = || transport::in_process(self.panel.router(), self.clock());
        let panel = Pterodactyl::new(at_panel(), at_panel(), panel_settings(&self.panel, self.clock()))?;
        Ok((stripe, Arc::new(panel)))
    }

    /// Everything ends.
    pub(crate) async fn close(mut self) {
        for number in 0..self.replicas.len() {
            self.crash(number).await;
        }
        self.observer.close().await;
    }
}

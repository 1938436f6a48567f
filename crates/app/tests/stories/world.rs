//! A small world for stories: a shop with everything behind it, customers with cards, and a clock that is moved.

use app::app::{App, Ingredients};
use app::catalogue_files;
use app::clock::{Clock, ManualClock, Random};
use app::config::{Config, MailTarget};
use app::freeze::Gate;
use app::games::Games;
use app::mail::Mailer;
use app::outbound::Guard;
use app::sales::price_list;
use app::transport;
use app::trusted_clock::Witness;
use app::work::{JOBS, panel_sync};
use axum::Router;
use axum::body::Body;
use billing::{Stripe, StripeSettings};
use domain::ids::OrderId;
use domain::order::OrderState;
use http::{Request, Response, StatusCode, header};
use jiff::SignedDuration;
use panel::{Pterodactyl, PterodactylSettings};
use sandbox::clock::SandboxClock;
use sandbox::panel::{PanelOptions, PanelSeed, PanelSim};
use sandbox::stripe::{PayOutcome, StripeOptions, StripeSim};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use store::alerts::{self, Wanted};
use store::testing::TestDatabase;
use store::{Engine, Store, accounts, mirror, operations, orders, reservations, services};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::dispatcher::{self, DefaultGuard, Dispatch};
use tracing::subscriber::NoSubscriber;

/// What webhooks are signed with.
pub(crate) const SECRET: &str = "whsec_of_the_stories";
const KEY: &str = "sk_test_of_the_stories";
/// Where the simulator says that its payment pages are: where the settings expect them.
const PAYMENT_PAGES: &str = "https://checkout.stripe.com";
/// What is bought unless a story says otherwise.
pub(crate) const PLAN: &str = "minecraft-paper-4g";

#[path = "sinks.rs"]
mod sinks;
pub(crate) use sinks::Sinks;

/// A shop with everything behind it.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: ManualClock,
    pub(crate) stripe: StripeSim,
    pub(crate) panel: PanelSim,
    /// Where alerts go.
    pub(crate) sinks: Sinks,
    pub(crate) web: Router,
    pub(crate) database: TestDatabase,
    numbers: AtomicU32,
    /// When the panel was last swept, in seconds.
    swept: AtomicI64,
}

/// A customer who is signed in.
#[derive(Clone)]
pub(crate) struct Customer {
    pub(crate) email: String,
    pub(crate) token: String,
}

/// A purchase that a customer began.
#[derive(Clone, Debug)]
pub(crate) struct Bought {
    pub(crate) order: OrderId,
    pub(crate) session: String,
}

impl World {
    /// A shop that sells, with a panel of two regions and three nodes.
    pub(crate) async fn new(engine: Engine) -> Self {
        Self::with_panel(engine, PanelSeed::demo(7)).await
    }

    /// A shop over a panel of the story's choice.
    pub(crate) async fn with_panel(engine: Engine, seed: PanelSeed) -> Self {
        Self::with_site(engine, seed, "http://127.0.0.1:8080").await
    }

    /// A shop at an address of the story's choice.
    pub(crate) async fn with_site(engine: Engine, seed: PanelSeed, site: &str) -> Self {
        Self::with_config(engine, seed, config(site, OWN_SECRET, &[]), None).await
    }

    /// A shop whose panel's daemons listen on a real socket, for consoles.
    pub(crate) async fn with_daemons(engine: Engine) -> Self {
        Self::with_daemons_of(engine, PanelSeed::demo(7)).await
    }

    /// The same with more nodes.
    pub(crate) async fn with_daemons_of(engine: Engine, seed: PanelSeed) -> Self {
        // Somebody may have installed it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let mut config = config("http://127.0.0.1:8080", OWN_SECRET, &[]);
        config.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
        let world = Self::with_config(engine, seed, config, Some(address)).await;
        tokio::spawn(sandbox::serve::serve(listener, world.panel.router(), CancellationToken::new()));
        world
    }

    async fn with_config(engine: Engine, seed: PanelSeed, config: Config, daemon_url: Option<String>) -> Self {
        let clock = ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap());
        let source = clock.clone();
        let sandbox_clock = SandboxClock::from_fn(move || source.now());
        let stripe = StripeSim::new(StripeOptions::new(sandbox_clock.clone(), KEY, PAYMENT_PAGES));
        let options = PanelOptions {
            game_bind: Some([127, 0, 0, 1].into()),
            panel_url: "http://panel.example".to_owned(),
            daemon_url,
            ..PanelOptions::new(sandbox_clock).without_limits()
        };
        let panel = PanelSim::new(options, seed);
        let database = TestDatabase::new(engine);
        let sinks = Sinks::default();
        let outside = (&stripe, &panel, &sinks);
        let app = start(database.open().await, config, &clock, outside, 1).await;
        let web = app::web::router(app.clone());
        stripe.add_endpoint("http://shop.example/webhooks/stripe", SECRET, &billing::HANDLED_EVENTS);
        let world = Self {
            app,
            clock,
            stripe,
            panel,
            sinks,
            web,
            database,
            numbers: AtomicU32::new(0),
            swept: AtomicI64::new(0),
        };
        world.webhooks_reach_us();
        price_list::apply(&world.app).await.unwrap();
        panel_sync::pass(&world.app).await.unwrap();
        world
    }

    /// Another process over the same database, with settings of the story's choice. Call it `number` 2 or more.
    pub(crate) async fn replica(&self, config: Config, number: u64) -> App {
        start(self.database.open().await, config, &self.clock, self.outside(), number).await
    }

    /// A process over another database.
    pub(crate) async fn stands_over(&self, store: Store) -> App {
        let number = 5000 + u64::from(self.numbers.fetch_add(1, Ordering::Relaxed));
        let config = config("http://127.0.0.1:8080", OWN_SECRET, &[]);
        start(store, config, &self.clock, self.outside(), number).await
    }

    /// The process ends and starts again with other settings.
    pub(crate) async fn restarts(&mut self, config: Config) {
        self.app.store.close().await;
        self.app = self.replica(config, 1000 + u64::from(self.numbers.fetch_add(1, Ordering::Relaxed))).await;
        self.web = app::web::router(self.app.clone());
        self.webhooks_reach_us();
    }

    /// The process ends and starts again on a machine with another clock. Stripe and the panel keep the world's.
    pub(crate) async fn restarts_with_clock(&mut self, config: Config, clock: &ManualClock) {
        self.app.store.close().await;
        self.app = start_on(clock, self.database.open().await, config, &self.clock, self.outside(), 7000).await;
        self.web = app::web::router(self.app.clone());
        self.webhooks_reach_us();
    }

    fn outside(&self) -> Outside<'_> {
        (&self.stripe, &self.panel, &self.sinks)
    }

    /// Webhooks are delivered into the shop's own router.
    pub(crate) fn webhooks_reach_us(&self) {
        let web = self.web.clone();
        self.stripe.set_deliver(Arc::new(move |request| {
            let web = web.clone();
            Box::pin(async move {
                let (mut parts, body) = request.into_parts();
                parts.uri = parts.uri.path().parse().unwrap();
                let answer = web.oneshot(Request::from_parts(parts, Body::from(body))).await.unwrap();
                Ok(answer.status())
            })
        }));
    }

    /// No webhook arrives any more.
    pub(crate) fn webhooks_are_lost(&self) {
        self.stripe.set_deliver(Arc::new(|_| Box::pin(async { Err("nobody answers".to_owned()) })));
    }

    // ---- customers

    /// A customer who proved the address by the code in the mail.
    pub(crate) async fn customer(&self, name: &str) -> Customer {
        let email = format!("{name}@example.test");
        let password = "correct horse battery";
        let form = json!({"email": email, "password": password, "name": name});
        let (status, ticket) = self.post("/api/v1/auth/sign-up", None, &form).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{ticket}");
        self.pass("outbox").await;
        let code = self.code_for(&email).await;
        let form = json!({"email": email, "ticket": ticket["ticket"], "code": code});
        let (status, tokens) = self.post("/api/v1/auth/verify", None, &form).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        // The welcome.
        self.pass("outbox").await;
        Customer { email, token: tokens["access_token"].as_str().unwrap().to_owned() }
    }

    /// The newest code that was mailed to an address.
    pub(crate) async fn code_for(&self, email: &str) -> String {
        let mails = self.app.mailer.kept().await;
        let mail = mails.iter().rfind(|(to, subject, _)| to == email && subject.contains("is your code")).unwrap();
        mail.1.split(' ').next().unwrap().to_owned()
    }

    /// What a checkout of [`PLAN`] sends.
    pub(crate) fn cart(&self, plan: &str) -> Value {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        json!({
            "cart_key": format!("cart-{number}"), "plan_id": plan, "server_name": "Ada of the keep",
            "consents": ["minecraft-eula"], "region": "us-east",
        })
    }

    /// Opens a payment page.
    pub(crate) async fn opens(&self, customer: &Customer, plan: &str) -> Bought {
        let (status, opened) = self.post("/api/v1/checkout", Some(&customer.token), &self.cart(plan)).await;
        assert_eq!(status, StatusCode::CREATED, "{opened}");
        let session = opened["payment_url"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .split(['#', '?'])
            .next()
            .unwrap()
            .to_owned();
        Bought { order: OrderId::parse(opened["order_id"].as_str().unwrap()).unwrap(), session }
    }

    /// Opens a payment page and pays on it.
    pub(crate) async fn buys(&self, customer: &Customer, plan: &str) -> Bought {
        let bought = self.opens(customer, plan).await;
        self.pays(&bought, PayOutcome::Pay);
        bought
    }

    pub(crate) fn pays(&self, bought: &Bought, outcome: PayOutcome) {
        self.stripe.pay_session(&bought.session, outcome).unwrap();
    }

    // ---- time

    /// One pass of one reconciler.
    pub(crate) async fn pass(&self, name: &str) {
        let job = JOBS.iter().find(|job| job.name == name).unwrap();
        // A pass that could not begin is made again, as the runner does.
        let _ = job.pass(&self.app).await;
    }

    /// Everything that can happen at this moment.
    pub(crate) async fn turn(&self) {
        self.stripe.tick().await;
        self.panel.tick().await;
        for job in JOBS {
            // The panel is swept once a minute, not at every turn.
            if job.name == "panel_sync" {
                let now = self.clock.now().as_second();
                if now - self.swept.load(Ordering::Relaxed) < 60 {
                    continue;
                }
                self.swept.store(now, Ordering::Relaxed);
            }
            let _ = job.pass(&self.app).await;
        }
    }

    /// Lets time pass, until `done` or until `limit` is over. Says whether it was done. Steps are small at first; what takes long
    /// is looked at less often.
    pub(crate) async fn until(&self, limit: SignedDuration, done: impl AsyncFn(&Self) -> bool) -> bool {
        let began = self.clock.now();
        let end = began + limit;
        loop {
            self.turn().await;
            if done(self).await {
                return true;
            }
            if self.clock.now() >= end {
                return false;
            }
            let step = match self.clock.now().duration_since(began).as_secs() {
                0..120 => 2,
                120..300 => 5,
                _ => 15,
            };
            self.clock.advance(SignedDuration::from_secs(step));
        }
    }

    /// Lets time pass until the order's money stands somewhere for good.
    pub(crate) async fn settles(&self, bought: &Bought) {
        let decided = async |world: &Self| {
            matches!(
                world.state(bought).await,
                OrderState::Fulfilled { .. } | OrderState::Refunded { .. } | OrderState::Expired { .. }
            )
        };
        let settled = self.until(SignedDuration::from_mins(45), decided).await;
        assert!(settled, "undecided after three quarters of an hour: {}", self.story(bought).await);
        // What follows from the decision: mails, and servers that go away.
        for _ in 0..5 {
            self.turn().await;
            self.clock.advance(SignedDuration::from_secs(2));
        }
    }

    /// Lets this much time pass, in steps of `step`.
    pub(crate) async fn passes(&self, time: SignedDuration, step: SignedDuration) {
        let end = self.clock.now() + time;
        while self.clock.now() < end {
            self.clock.advance(step);
            self.turn().await;
        }
    }

    /// Leaves room for one server of this much memory, in all regions together.
    pub(crate) async fn has_one_slot(&self, memory_mib: i64) {
        let mut tx = self.app.store.begin().await.unwrap();
        for (place, node) in mirror::list_nodes(&mut tx).await.unwrap().into_iter().enumerate() {
            let smaller = mirror::Node { memory_mib: if place == 0 { memory_mib } else { 0 }, ..node };
            mirror::save_node(&mut tx, &smaller, self.clock.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Takes all nodes of a region away.
    pub(crate) async fn closes_region(&self, location: &str) {
        let mut tx = self.app.store.begin().await.unwrap();
        for node in mirror::list_nodes(&mut tx).await.unwrap() {
            if node.location == location {
                let closed = mirror::Node { maintenance: true, ..node };
                mirror::save_node(&mut tx, &closed, self.clock.now()).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    /// Calls the panel's application API as an operator would.
    pub(crate) async fn panel_call(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/application/{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.panel.application_key()))
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json");
        let answer = self.panel.router().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let (status, body) = read(answer).await;
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// A page as a browser gets it.
    pub(crate) async fn page(&self, path: &str, cookie: &str) -> String {
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        let answer = self.send(request).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// A form of a page, sent by a browser.
    pub(crate) async fn form(&self, path: &str, cookie: &str, form: &str) -> http::Response<axum::body::Body> {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(form.to_owned().into()).unwrap()).await
    }

    /// Pays an order beside its page, as `givr smoke` does.
    pub(crate) async fn pay_by_api(&self, bought: &Bought) {
        let purchase = orders::find(&mut self.app.store.read().await.unwrap(), &bought.order).await.unwrap().unwrap();
        let account =
            accounts::find(&mut self.app.store.read().await.unwrap(), &purchase.order.customer).await.unwrap().unwrap();
        let customer = account.stripe_customer.unwrap();
        let key = |what: &str| format!("{what}:{}", self.numbers.fetch_add(1, Ordering::Relaxed));
        let payment_method =
            self.app.stripe.attach_payment_method("pm_card_visa", &customer, &key("card")).await.unwrap();
        let subscription = billing::NewSubscription {
            customer,
            lines: purchase.snapshot.lines.iter().map(|line| (line.price_id.clone(), 1)).collect(),
            metadata: BTreeMap::from([
                ("installation".to_owned(), self.app.installation.id.clone()),
                ("order_id".to_owned(), bought.order.to_string()),
            ]),
            payment_method,
        };
        self.app.stripe.create_subscription(&subscription, &key("pay")).await.unwrap();
    }

    /// The cookie of a customer who signed in on a page.
    pub(crate) async fn sign_in(&self, customer: &Customer) -> String {
        let form = format!("email={}&password=correct+horse+battery", customer.email.replace('@', "%40"));
        let request = Request::post("/login").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.send(request.body(Body::from(form)).unwrap()).await;
        cookie_of(&answer)
    }

    // ---- looking

    /// The node on which capacity is held.
    pub(crate) async fn node_of(&self, bought: &Bought) -> i64 {
        let held = reservations::find_of_order(&mut self.app.store.read().await.unwrap(), &bought.order).await.unwrap();
        held.unwrap().node
    }

    pub(crate) async fn state(&self, bought: &Bought) -> OrderState {
        let found = orders::find(&mut self.app.store.read().await.unwrap(), &bought.order).await.unwrap();
        found.unwrap().order.state
    }

    /// How many servers of ours the panel has.
    pub(crate) fn servers(&self) -> usize {
        self.panel
            .servers()
            .iter()
            .filter(|server| server.external_id.as_deref().is_some_and(|id| id.contains("-svc-")))
            .count()
    }

    /// Keys of the open alerts' rules.
    pub(crate) async fn alerts(&self) -> Vec<String> {
        let all = alerts::list_page(&mut self.app.store.read().await.unwrap(), Wanted::Open, None, 100).await.unwrap();
        let mut rules: Vec<String> = all.into_iter().map(|alert| alert.rule).collect();
        rules.sort();
        rules
    }

    /// The story as customer and operator would read it.
    pub(crate) async fn story(&self, bought: &Bought) -> String {
        let mut text = String::new();
        let mut db = self.app.store.read().await.unwrap();
        let purchase = orders::find(&mut db, &bought.order).await.unwrap().unwrap();
        writeln!(text, "order     {}, {}", purchase.order.state.key(), purchase.order.price).unwrap();
        let attempts = match services::find_by_order(&mut db, &bought.order).await.unwrap() {
            None => Vec::new(),
            Some(service) => {
                let mut attempts = Vec::new();
                for job in operations::list_of_service(&mut db, &service.id).await.unwrap() {
                    attempts.extend(operations::list_attempts(&mut db, &job.id).await.unwrap());
                }
                attempts
            }
        };
        let outcomes: Vec<&str> =
            attempts.iter().map(|record| record.attempt.outcome.map_or("in flight", |outcome| outcome.key())).collect();
        drop(db);
        writeln!(text, "panel     {} server(s)", self.servers()).unwrap();
        writeln!(text, "attempts  {}", if outcomes.is_empty() { "none".to_owned() } else { outcomes.join(", ") })
            .unwrap();
        let live = self.stripe.objects("subscription").iter().filter(|one| one["status"] != "canceled").count();
        let refunds = self.stripe.objects("refund").len();
        let charges = self.stripe.objects("charge").iter().filter(|one| one["status"] == "succeeded").count();
        writeln!(text, "stripe    {charges} charge(s), {refunds} refund(s), {live} live subscription(s)").unwrap();
        let alerts = self.alerts().await;
        writeln!(text, "alerts    {}", if alerts.is_empty() { "none".to_owned() } else { alerts.join(", ") }).unwrap();
        for (_, subject, _) in self.app.mailer.kept().await {
            if !of_signing_up(&subject) {
                writeln!(text, "mail      {subject}").unwrap();
            }
        }
        text
    }

    // ---- speaking HTTP

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> (StatusCode, Value) {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        read(self.send(request.body(Body::from(body.to_string())).unwrap()).await).await
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> (StatusCode, Value) {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        read(self.send(request.body(Body::empty()).unwrap()).await).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.web.clone().oneshot(request).await.unwrap()
    }
}

impl Drop for World {
    #[expect(clippy::print_stdout, reason = "the number of pairs is shown by the test run")]
    fn drop(&mut self) {
        // The simulator calls the shop and the shop the simulator: without this neither goes, nor do its connections.
        self.webhooks_are_lost();
        if std::thread::panicking() {
            return;
        }
        // Every exchange with the simulator is held to Stripe's own description, in every story.
        let contract = self.stripe.contract();
        assert!(contract.violations.is_empty(), "{:#?}", contract.violations);
        println!(
            "checked against Stripe's description: {} requests, {} answers",
            contract.requests_checked, contract.answers_checked
        );
    }
}

/// What a process talks to.
type Outside<'a> = (&'a StripeSim, &'a PanelSim, &'a Sinks);

/// A process of the shop on a machine whose clock is right.
async fn start(store: Store, config: Config, clock: &ManualClock, outside: Outside<'_>, number: u64) -> App {
    start_on(clock, store, config, clock, outside, number).await
}

/// A process of the shop on a machine with this clock; Stripe and the panel have the other one.
async fn start_on(
    machine: &ManualClock,
    store: Store,
    config: Config,
    clock: &ManualClock,
    (stripe, panel, sinks): Outside<'_>,
    number: u64,
) -> App {
    let (application_key, client_key) = (panel.application_key(), panel.client_key());
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let gate = Gate::new(Arc::new(machine.clone()));
    let now = gate.clock.clone();
    let driver = Pterodactyl::new(
        gate.guard(Witness::Panel, transport::in_process(panel.router(), clock.clone())),
        gate.guard(Witness::Panel, transport::in_process(panel.router(), clock.clone())),
        PterodactylSettings {
            url: "http://panel.example".into(),
            application_key: SecretString::from(application_key),
            client_key: SecretString::from(client_key),
            now: Arc::new(move || now.now()),
        },
    );
    let settings = StripeSettings {
        api_base: "http://127.0.0.1:9".into(),
        secret_key: SecretString::from(KEY),
        retries: 0,
        sleep: Arc::new(|_| Box::pin(async {})),
    };
    let catalogue = catalogue_files::load(config.catalogue_folder.as_deref()).unwrap();
    let mailer = match config.mail.target {
        MailTarget::Log => Mailer::keeping(),
        MailTarget::Smtp(_) | MailTarget::Folder(_) => Mailer::new(&config.mail, Guard::anywhere()).unwrap(),
    };
    let ingredients = Ingredients {
        config,
        store,
        stripe: Stripe::new(
            gate.guard(Witness::Stripe, transport::in_process(stripe.router(), clock.clone())),
            settings,
        )
        .unwrap(),
        panel: Arc::new(driver.unwrap()),
        catalogue,
        random: Random::seeded(number),
        mailer,
        sinks: transport::in_process(sinks.router(), clock.clone()),
        // Nobody is there, unless a story puts somebody there.
        site: transport::in_process(Router::new(), clock.clone()),
        // Games here answer at once or never.
        gate,
        games: Games::Network { patience: Duration::from_millis(200) },
    };
    App::new(ingredients).await.unwrap()
}

/// Hears what this thread says, until the guard is dropped.
///
/// While there is only one subscriber, `tracing` asks the thread that meets a place in the code first whether anybody wants to hear it, and
/// takes that thread's answer for all of them: beside other stories that may be one to which nobody listens. So there are always two.
pub(crate) fn listen(subscriber: impl Into<Dispatch>) -> DefaultGuard {
    static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));
    LazyLock::force(&SECOND);
    dispatcher::set_default(&subscriber.into())
}

/// Whether everybody who signs up gets this mail.
pub(crate) fn of_signing_up(subject: &str) -> bool {
    subject.contains("is your code") || subject.starts_with("Welcome to")
}

/// The session cookie that an answer sets, as a browser sends it back.
pub(crate) fn cookie_of(answer: &Response<Body>) -> String {
    let set = answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let pairs = set.filter_map(|cookie| cookie.split(';').next());
    let session = pairs.into_iter().find(|pair| pair.starts_with("givr="));
    session.unwrap_or_else(|| panic!("no cookie: {}", answer.status())).to_owned()
}

async fn read(answer: Response<Body>) -> (StatusCode, Value) {
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// What the settings' own secret is.
pub(crate) const OWN_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The settings of a shop at `site`, with this secret and these that were before it.
pub(crate) fn config(site: &str, secret: &str, old: &[&str]) -> Config {
    let old = old.join(",");
    let text = format!(
        r#"
        [site]
        url = "{site}"
        support_email = "help@shop.example"
        [server]
        # Stories are not about how much is asked at once, but where they say so.
        requests_per_minute = 0
        api_requests_per_minute = 0
        [database]
        url = "sqlite://unused"
        [stripe]
        secret_key = "{KEY}"
        webhook_secrets = ["whsec_old", "{SECRET}"]
        [panel]
        url = "http://panel.example"
        application_key = "x"
        client_key = "x"
        [mail]
        url = "log:"
        from = "Shop <shop@shop.example>"
        [alerts]
        mail = []
        [security]
        secret = "{secret}"
        old_secrets = "{old}"
        "#
    );
    Config::read(Some(("story.toml", &text)), &BTreeMap::new()).unwrap()
}

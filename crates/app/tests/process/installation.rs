//! `givr serve` over the simulators of Stripe and of the panel, which live in this process and survive its end.

use app::clock::{Clock, SystemClock};
use app::transport;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use jiff::SignedDuration;
use sandbox::clock::SandboxClock;
use sandbox::panel::{PanelOptions, PanelSeed, PanelSim};
use sandbox::stripe::{PayOutcome, StripeOptions, StripeSim};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::Engine;
use store::testing::TestDatabase;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// The binary under test.
pub(crate) const GIVR: &str = env!("CARGO_BIN_EXE_givr");
pub(crate) const KEY: &str = "sk_test_of_the_processes";
const SECRET: &str = "whsec_of_the_processes";
const PASSWORD: &str = "correct horse battery";

/// How long to wait for anything at all: the settle rule alone takes a minute.
const PATIENCE: SignedDuration = SignedDuration::from_mins(4);

/// An installation whose program can be killed and started again.
pub(crate) struct Installation {
    pub(crate) stripe: StripeSim,
    pub(crate) panel: PanelSim,
    hold_creates: Arc<AtomicBool>,
    address: SocketAddr,
    settings: Vec<(&'static str, String)>,
    folder: TempDir,
    http: reqwest::Client,
    stop: CancellationToken,
    pub(crate) database: TestDatabase,
}

/// An order of a customer who is signed in.
pub(crate) struct Bought {
    order: String,
    token: String,
}

impl Installation {
    /// Simulators with a catalogue at Stripe; the program does not run yet.
    pub(crate) async fn new(engine: Engine) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (stop, clock) = (CancellationToken::new(), SandboxClock::system());
        let (stripe_listener, panel_listener) = (listen().await, listen().await);
        let (stripe_url, panel_url) = (url_of(&stripe_listener), url_of(&panel_listener));
        let stripe = StripeSim::new(StripeOptions::new(clock.clone(), KEY, stripe_url.clone()));
        let options = PanelOptions {
            speed: 30.0,
            panel_url: panel_url.clone(),
            game_bind: Some(Ipv4Addr::LOCALHOST.into()),
            ..PanelOptions::new(clock).without_limits()
        };
        let panel = PanelSim::new(options, PanelSeed::demo(7));
        let hold_creates = Arc::new(AtomicBool::new(false));
        let panel_router = panel.router().layer(from_fn_with_state(hold_creates.clone(), hold));
        tokio::spawn(sandbox::serve::serve(stripe_listener, stripe.router(), stop.clone()));
        tokio::spawn(sandbox::serve::serve(panel_listener, panel_router, stop.clone()));
        stripe.spawn_ticker(Duration::from_millis(50), stop.clone());
        panel.spawn_ticker(Duration::from_millis(50), stop.clone());
        // The port stays free for the program: nobody else draws it while this test holds the number.
        let address = listen().await.local_addr().unwrap();
        stripe.add_endpoint(&format!("http://{address}/webhooks/stripe"), SECRET, &billing::HANDLED_EVENTS);
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::new(engine);
        let settings = vec![
            ("GIVR_SITE__URL", format!("http://{address}")),
            ("GIVR_SITE__SUPPORT_EMAIL", "help@shop.example".to_owned()),
            ("GIVR_SERVER__LISTEN", address.to_string()),
            ("GIVR_DATABASE__URL", database.url.clone()),
            ("GIVR_STRIPE__SECRET_KEY", KEY.to_owned()),
            ("GIVR_STRIPE__WEBHOOK_SECRETS", SECRET.to_owned()),
            ("GIVR_STRIPE__API_BASE", stripe_url.clone()),
            ("GIVR_STRIPE__CHECKOUT_ORIGIN", stripe_url),
            ("GIVR_STRIPE__CALLS_PER_MINUTE", "1000000".to_owned()),
            ("GIVR_PANEL__URL", panel_url),
            ("GIVR_PANEL__APPLICATION_KEY", panel.application_key()),
            ("GIVR_PANEL__CLIENT_KEY", panel.client_key()),
            ("GIVR_MAIL__URL", format!("file://{}", folder.path().join("mail").display())),
            ("GIVR_MAIL__FROM", "Shop <shop@shop.example>".to_owned()),
            ("GIVR_SECURITY__ALLOWED_NETWORKS", "127.0.0.0/8".to_owned()),
            // These tests look as often as they can.
            ("GIVR_SERVER__REQUESTS_PER_MINUTE", "0".to_owned()),
            ("GIVR_SERVER__API_REQUESTS_PER_MINUTE", "0".to_owned()),
            // Nothing goes through a proxy that somebody's environment names.
            ("HTTP_PROXY", "http://127.0.0.1:9".to_owned()),
            ("HTTPS_PROXY", "http://127.0.0.1:9".to_owned()),
            ("GIVR_SECURITY__SECRET", "0123456789abcdef0123456789abcdef".to_owned()),
        ];
        let http = transport::http_client().unwrap();
        let installation = Self { stripe, panel, hold_creates, address, settings, folder, http, stop, database };
        let applied = installation.command(&["catalogue", "apply"]).await;
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
        installation
    }

    /// Runs a command of the program to its end.
    pub(crate) async fn command(&self, words: &[&str]) -> std::process::Output {
        self.givr().args(words).output().await.unwrap()
    }

    /// Runs a command to its end with some settings changed.
    pub(crate) async fn command_with(&self, words: &[&str], settings: &[(&str, &str)]) -> std::process::Output {
        self.givr().args(words).envs(settings.iter().copied()).output().await.unwrap()
    }

    /// Starts the program over another database, and returns at once.
    pub(crate) fn start_over(&self, url: &str) -> Child {
        let mut serve = self.givr();
        serve.env("GIVR_DATABASE__URL", url).arg("serve").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// What `/readyz` says, once somebody answers.
    pub(crate) async fn readiness(&self) -> Value {
        let ask = async || {
            self.http.get(format!("http://{}/readyz", self.address)).send().await.ok()?.json::<Value>().await.ok()
        };
        wait_for("an answer", ask).await
    }

    fn givr(&self) -> Command {
        let mut command = Command::new(GIVR);
        command.current_dir(self.folder.path()).envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.kill_on_drop(true);
        command
    }

    /// What is set for the program.
    pub(crate) fn setting(&self, name: &str) -> String {
        self.settings.iter().find(|(known, _)| *known == name).unwrap().1.clone()
    }

    /// Where a file of the installation's folder is.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the program, and returns when it can sell.
    pub(crate) async fn start(&self) -> Child {
        self.start_with(&[]).await
    }

    /// The same with some settings changed.
    pub(crate) async fn start_with(&self, settings: &[(&str, &str)]) -> Child {
        let mut serve = self.givr();
        serve.arg("serve").envs(settings.iter().copied());
        let child = serve.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let ready = async || {
            let answer = self.http.get(format!("http://{}/readyz", self.address)).send().await;
            answer.is_ok_and(|answer| answer.status().is_success()).then_some(())
        };
        wait_for("the program to be ready", ready).await;
        child
    }

    /// Every create is worked off by the panel, but its answer is held back until the caller gives up or dies.
    pub(crate) fn hold_create_answers(&self, held: bool) {
        self.hold_creates.store(held, Ordering::Release);
    }

    /// A customer signs up and proves the address. Returns the token.
    pub(crate) async fn signs_up(&self) -> String {
        let form = json!({"email": "ada@example.test", "password": PASSWORD, "name": "Ada"});
        let ticket = self.post("/api/v1/auth/sign-up", None, &form).await;
        let code = wait_for("the code in the mail", async || self.code()).await;
        let proof = json!({"email": "ada@example.test", "ticket": ticket["ticket"], "code": code});
        let tokens = self.post("/api/v1/auth/verify", None, &proof).await;
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    /// A customer signs up, orders a server and pays.
    pub(crate) async fn buys(&self) -> Bought {
        let token = self.signs_up().await;
        let cart = json!({
            "plan_id": "minecraft-paper-4g", "server_name": "Ada of the keep", "consents": ["minecraft-eula"],
        });
        let opened = self.post("/api/v1/checkout", Some(&token), &cart).await;
        let page = opened["payment_url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let session = page.split(['#', '?']).next().unwrap();
        self.stripe.pay_session(session, PayOutcome::Pay).unwrap();
        Bought { order: opened["order_id"].as_str().unwrap().to_owned(), token }
    }

    /// The customer signs in again.
    pub(crate) async fn signs_in(&self, bought: Bought) -> Bought {
        let form = json!({"email": "ada@example.test", "password": PASSWORD});
        let tokens = self.post("/api/v1/auth/token", None, &form).await;
        Bought { token: tokens["access_token"].as_str().unwrap().to_owned(), ..bought }
    }

    fn code(&self) -> Option<String> {
        let mails = std::fs::read_dir(self.folder.path().join("mail")).ok()?;
        let texts = mails.filter_map(|mail| std::fs::read_to_string(mail.ok()?.path()).ok());
        let subject =
            texts.filter_map(|text| text.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned)));
        subject
            .filter(|subject| subject.contains("is your code"))
            .find_map(|subject| subject.split(' ').next().map(str::to_owned))
    }

    /// Subjects of all mails that were sent, sorted.
    pub(crate) fn subjects(&self) -> Vec<String> {
        let mails = std::fs::read_dir(self.folder.path().join("mail")).unwrap();
        let texts = mails.map(|mail| std::fs::read_to_string(mail.unwrap().path()).unwrap());
        let mut subjects: Vec<String> = texts
            .filter_map(|text| text.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned)))
            .collect();
        subjects.sort();
        subjects
    }

    /// The order as its customer sees it; `None` while nobody answers.
    pub(crate) async fn order(&self, bought: &Bought) -> Option<Value> {
        let request = self.http.get(format!("http://{}/api/v1/orders/{}", self.address, bought.order));
        let answer = request.bearer_auth(&bought.token).send().await.ok()?;
        answer.json().await.ok()
    }

    /// Waits until something of this kind stands on the order's timeline.
    pub(crate) async fn happened(&self, bought: &Bought, kind: &str) {
        let seen = async || {
            let order = self.order(bought).await?;
            let entries = order["timeline"].as_array()?;
            entries.iter().any(|entry| entry["what"]["kind"] == kind).then_some(())
        };
        wait_for(kind, seen).await;
    }

    /// Servers at the panel that carry a mark of ours.
    pub(crate) fn servers(&self) -> usize {
        let servers = self.panel.servers();
        servers.iter().filter(|server| server.external_id.as_deref().is_some_and(|id| id.contains("-svc-"))).count()
    }

    /// Sends what looks like a webhook and is none.
    pub(crate) async fn sends_a_false_webhook(&self) {
        let request = self.http.post(format!("http://{}/webhooks/stripe", self.address)).body("{}");
        assert_eq!(request.send().await.unwrap().status(), http::StatusCode::BAD_REQUEST);
    }

    async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Value {
        let mut request = self.http.post(format!("http://{}{path}", self.address)).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn hold(State(held): State<Arc<AtomicBool>>, request: Request, next: Next) -> Response {
    let create = request.method() == http::Method::POST && request.uri().path() == "/api/application/servers";
    let answer = next.run(request).await;
    if create && held.load(Ordering::Acquire) {
        std::future::pending::<()>().await;
    }
    answer
}

async fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

fn url_of(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}

/// Looks again and again until there is something to see.
#[expect(clippy::disallowed_methods, reason = "another process is watched, in real time")]
pub(crate) async fn wait_for<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let until = SystemClock.now() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(SystemClock.now() < until, "waited too long for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

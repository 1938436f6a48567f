//! `givr demo`: the whole business on this machine, with simulators in place of Stripe and of the panel. Loopback only; nothing of
//! it can be mounted by `givr serve`.

mod purchase;
mod settings;

use crate::app::App;
use crate::cli::{ExitCode, Failure, Outcome, admin, assemble, complain, say, serve};
use crate::clock::{Random, SystemClock};
use crate::sales::price_list;
use crate::web::connections::{self, Limits};
use crate::work::panel_sync;
use crate::{observe, web, work};
use anyhow::Context;
use axum::Json;
use axum::routing::get;
use clap::Args;
use domain::access::Role;
use sandbox::clock::SandboxClock;
use sandbox::panel::{PanelOptions, PanelSeed, PanelSim};
use sandbox::stripe::{StripeOptions, StripeSim};
use serde_json::{Value, json};
use settings::Secrets;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::crowd::{self, Crowd};
use store::{Access, Store};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Where the shop is served if nothing else is asked for and nobody is there.
const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8765);
/// How often the simulators look at the time.
const TICK: Duration = Duration::from_millis(50);

#[derive(Args)]
pub(super) struct Demo {
    /// End after the purchase, with exit code 0 if the server became playable
    #[arg(long)]
    once: bool,
    /// Where to serve the shop; loopback only, port 0 is any free one
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Where customers reach the shop, if a proxy with TLS stands in front, such as https://shop.test
    #[arg(long)]
    site_url: Option<String>,
    /// Folder for the database and the mails; a fresh one if none is named
    #[arg(long)]
    data: Option<PathBuf>,
    /// Database instead of a SQLite file in the folder
    #[arg(long)]
    database: Option<String>,
    /// How much faster than in real life simulated installations and starts run
    #[arg(long, default_value_t = 20.0)]
    speed: f64,
    /// Invent so many orders of the last two years, a tenth of them with a server; the shop then only shows, and works on nothing
    #[arg(long, value_parser = clap::value_parser!(i64).range(10..=1_000_000))]
    orders: Option<i64>,
    /// Answer in JSON: the first line has every address, login, key and secret of this demo
    #[arg(long)]
    json: bool,
}

/// The simulators, served over HTTP.
struct Sandbox {
    stripe: StripeSim,
    stripe_address: SocketAddr,
    panel_address: SocketAddr,
    panel: PanelSim,
}

impl Demo {
    pub(super) async fn run(self) -> Outcome {
        if self.listen.is_some_and(|listen| !listen.ip().is_loopback()) {
            return Err(Failure::fixable("the demo is for this machine only", "listen on 127.0.0.1"));
        }
        if std::env::var_os("GIVR_LOG").is_some() {
            observe::start_logging(None, None);
        }
        let random = Random::system();
        let folder = self.folder(&random)?;
        let shop = self.bind().await?;
        let address = shop.local_addr()?;
        let stop = CancellationToken::new();
        let secrets = Secrets::draw(&random);
        let sandbox = start_sandbox(&secrets, self.speed, stop.clone()).await?;
        let database =
            self.database.clone().unwrap_or_else(|| format!("sqlite://{}", folder.join("givr.db").display()));
        // By name: browsers keep no passkeys for numbers.
        let site = self.site_url.clone().unwrap_or_else(|| format!("http://localhost:{}", address.port()));
        let config = settings::config(&secrets, (address, &site), &sandbox, &folder, &database)?;
        let store = Store::open(&database, Access::Exclusive)
            .await
            .map_err(|error| Failure::fixable(error, "choose another --database"))?;
        let app = assemble::with_store(config, store, Arc::new(SystemClock), random.clone()).await?;
        sandbox.stripe.add_endpoint(
            &format!("http://{address}/webhooks/stripe"),
            &secrets.webhook,
            &billing::HANDLED_EVENTS,
        );
        price_list::apply(&app).await?;
        panel_sync::pass(&app).await?;
        let mut told = tell(&app, &secrets, &sandbox, &folder, &database).await?;
        // Where a proxy in front of it finds it; the shop's own address may be the proxy's.
        told["listens"] = json!(address);
        let state = Arc::new(Mutex::new("running"));
        // Programs on this machine, such as `givr smoke`, find everything here.
        let (answer, progress) = (told.clone(), state.clone());
        let tell = move || async move {
            let purchase = *progress.lock().unwrap_or_else(PoisonError::into_inner);
            let mut answer = answer.clone();
            answer["purchase"] = json!(purchase);
            Json(answer)
        };
        let router = web::router(app.clone()).route("/__sandbox/demo", get(tell));
        let limits = Limits::of(&app.config.server);
        let serving = tokio::spawn(connections::serve(shop, router, limits, stop.clone()));
        let at_work = stop.child_token();
        let mut working = tokio::spawn(work::run(app.clone(), at_work.clone()));
        self.introduce(&told);
        let bought = purchase::make(&app, address, &told).await;
        if let (Some(orders), Ok(_)) = (self.orders, &bought) {
            // Whoever worked on what is neither at Stripe nor on the panel would undo it.
            at_work.cancel();
            tokio::time::timeout(Duration::from_secs(60), &mut working).await.context("the work did not end")??;
            complain(&format!("inventing {orders} orders …"));
            crowd::invent(&app.store, Crowd { orders, services: (orders / 10).max(1) }).await?;
        }
        *state.lock().unwrap_or_else(PoisonError::into_inner) = if bought.is_ok() { "playable" } else { "failed" };
        self.report(&bought);
        if !self.once {
            if !self.json {
                say(&settings::invitation(&told));
            }
            serve::signal().await;
        }
        stop.cancel();
        // Whoever still waits for an answer is not waited for: it is a demo.
        let _ = tokio::time::timeout(Duration::from_secs(2), serving).await;
        if !working.is_finished() {
            let _ = tokio::time::timeout(Duration::from_secs(5), working).await;
        }
        app.store.close().await;
        Ok(if bought.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn folder(&self, random: &Random) -> Result<PathBuf, Failure> {
        let folder =
            self.data.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("givr-demo-{}", random.word(8))));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(folder)
    }

    async fn bind(&self) -> Result<TcpListener, Failure> {
        let wanted = self.listen.unwrap_or(USUAL);
        match TcpListener::bind(wanted).await {
            Ok(listener) => Ok(listener),
            // Somebody else is at the usual place: any free port is as good.
            Err(_) if self.listen.is_none() => Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?),
            Err(error) => {
                Err(Failure::fixable(format!("cannot listen on {wanted}: {error}"), "use --listen 127.0.0.1:0"))
            }
        }
    }

    fn introduce(&self, told: &Value) {
        if self.json {
            say(&told.to_string());
        } else {
            complain(&format!("the sandbox runs: shop {}, data in {}", told["shop"], told["data"]));
            complain("a customer buys a server now …");
        }
    }

    fn report(&self, bought: &anyhow::Result<purchase::Bought>) {
        match bought {
            Ok(bought) if self.json => say(&bought.json().to_string()),
            Ok(bought) => say(&bought.lines()),
            Err(error) if self.json => say(&json!({"ok": false, "problem": format!("{error:#}")}).to_string()),
            Err(error) => complain(&format!("the purchase failed: {error:#}")),
        }
    }
}

async fn start_sandbox(secrets: &Secrets, speed: f64, stop: CancellationToken) -> anyhow::Result<Sandbox> {
    let clock = SandboxClock::system();
    let stripe_listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let panel_listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let (stripe_address, panel_address) = (stripe_listener.local_addr()?, panel_listener.local_addr()?);
    let stripe =
        StripeSim::new(StripeOptions::new(clock.clone(), &secrets.stripe_key, format!("http://{stripe_address}")));
    let options = PanelOptions {
        speed,
        seed: secrets.seed,
        panel_url: format!("http://{panel_address}"),
        game_bind: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        ..PanelOptions::new(clock)
    };
    let panel = PanelSim::new(options, PanelSeed::demo(secrets.seed));
    tokio::spawn(sandbox::serve::serve(stripe_listener, stripe.router(), stop.clone()));
    tokio::spawn(sandbox::serve::serve(panel_listener, panel.router(), stop.clone()));
    stripe.spawn_ticker(TICK, stop.clone());
    panel.spawn_ticker(TICK, stop);
    Ok(Sandbox { stripe, stripe_address, panel_address, panel })
}

/// Makes the logins and puts everything together that somebody has to know.
async fn tell(
    app: &App,
    secrets: &Secrets,
    sandbox: &Sandbox,
    folder: &std::path::Path,
    database: &str,
) -> Result<Value, Failure> {
    let customer = format!("customer-{}@example.test", app.random.word(4));
    let operator = format!("operator-{}@example.test", app.random.word(4));
    admin::make_account(app, &customer, &secrets.customer_password, Role::Customer).await?;
    admin::make_account(app, &operator, &secrets.operator_password, Role::Owner).await?;
    Ok(json!({
        "shop": app.site_url(""),
        "stripe_api": format!("http://{}", sandbox.stripe_address),
        "panel": format!("http://{}", sandbox.panel_address),
        "stripe_key": secrets.stripe_key,
        "webhook_secret": secrets.webhook,
        "panel_application_key": sandbox.panel.application_key(),
        "panel_client_key": sandbox.panel.client_key(),
        "smoke_token": admin::smoke_token(app, 7).await?,
        "customer": {"email": customer, "password": secrets.customer_password},
        "operator": {"email": operator, "password": secrets.operator_password},
        "data": folder.display().to_string(),
        "mail": folder.join("mail").display().to_string(),
        "database": database,
        "pid": std::process::id(),
    }))
}

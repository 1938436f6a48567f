//! A machine of the shop: its clock, and the program put together on it, with gates at everything that lasts.

use crate::gates::{Life, Target};
use crate::template::{PAYMENT_PAGES, STRIPE_KEY, WEBHOOK_SECRET};
use app::app::{App, Ingredients};
use app::catalogue_files;
use app::clock::{Clock, ManualClock, Random};
use app::config::Config;
use app::freeze::Gate;
use app::games::Games;
use app::mail::Mailer;
use app::transport;
use app::trusted_clock::Witness;
use billing::{Stripe, StripeSettings};
use domain::catalogue::Catalogue;
use jiff::{SignedDuration, Timestamp};
use panel::{Pterodactyl, PterodactylSettings};
use query::{Answer, Silence};
use sandbox::clock::SandboxClock;
use sandbox::panel::PanelSim;
use sandbox::stripe::StripeSim;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;
use store::Store;

/// What the shop seals with.
pub(crate) const OWN_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Every message that arrived: the outbox's id and the address.
pub(crate) type Mailbox = Arc<Mutex<Vec<(String, String)>>>;

/// Time and chance of one replica.
pub(crate) struct Ports {
    pub(crate) clock: MachineClock,
    pub(crate) random: Random,
}

/// The clock of the machine on which a replica runs: the world's, and however far it is off.
#[derive(Clone)]
pub(crate) struct MachineClock {
    world: ManualClock,
    off: Arc<AtomicI64>,
}

impl MachineClock {
    /// One that is right.
    pub(crate) fn of(world: &ManualClock) -> Self {
        Self { world: world.clone(), off: Arc::default() }
    }

    /// Somebody sets it, so many seconds away from what is right.
    pub(crate) fn set(&self, seconds: i64) {
        self.off.store(seconds, Ordering::SeqCst);
    }

    /// How many seconds it is off.
    pub(crate) fn is_off(&self) -> i64 {
        self.off.load(Ordering::SeqCst)
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        self.world.now() + SignedDuration::from_secs(self.is_off())
    }

    fn steady(&self) -> Duration {
        self.world.steady()
    }
}

/// The clock of the simulators: the world's.
pub(crate) fn sandbox_clock(clock: &ManualClock) -> SandboxClock {
    let source = clock.clone();
    SandboxClock::from_fn(move || source.now())
}

/// Puts a replica together.
pub(crate) async fn assemble(
    store: Store,
    life: &Life,
    stripe: &StripeSim,
    panel: &PanelSim,
    ports: Ports,
    mailbox: &Mailbox,
) -> anyhow::Result<App> {
    let world: Arc<dyn Clock> = Arc::new(ports.clock.world.clone());
    let gate = Gate::new(Arc::new(ports.clock));
    let clock = Arc::new(gate.clock.clone());
    let at_panel = || gate.guard(Witness::Panel, life.transport(Target::Panel, panel.router(), world.clone()));
    let driver = Pterodactyl::new(at_panel(), at_panel(), panel_settings(panel, clock))?;
    let at_stripe = gate.guard(Witness::Stripe, life.transport(Target::Stripe, stripe.router(), world.clone()));
    let games = panel.clone();
    let (postman, arrived) = (life.clone(), mailbox.clone());
    let hand = move |id: &str, to: &str| {
        let (arrived, letter) = (arrived.clone(), (id.to_owned(), to.to_owned()));
        postman.mail(move || arrived.lock().unwrap_or_else(PoisonError::into_inner).push(letter))
    };
    let ingredients = Ingredients {
        config: config()?,
        store: store.gated(Arc::new(life.clone())),
        stripe: Stripe::new(at_stripe, stripe_settings())?,
        panel: Arc::new(driver),
        catalogue: catalogue()?,
        random: ports.random,
        mailer: Mailer::handing(Arc::new(hand)),
        // Nobody is told here: the checker reads the alerts themselves.
        sinks: transport::in_process(axum::Router::new(), world.clone()),
        site: transport::in_process(axum::Router::new(), world.clone()),
        gate,
        games: Games::Told(Arc::new(move |_, host, port| match games.game_at(host, port) {
            Some(game) => Ok(Answer { players_online: Some(game.online), players_max: Some(game.slots), name: None }),
            None => Err(Silence::Refused),
        })),
    };
    App::new(ingredients).await
}

/// What is for sale: the same in every run, and read once.
fn catalogue() -> anyhow::Result<Catalogue> {
    static READ: LazyLock<Result<Catalogue, String>> =
        LazyLock::new(|| catalogue_files::load(None).map_err(|mistakes| format!("{mistakes:?}")));
    READ.clone().map_err(anyhow::Error::msg)
}

pub(crate) fn stripe_settings() -> StripeSettings {
    StripeSettings {
        api_base: PAYMENT_PAGES.into(),
        secret_key: SecretString::from(STRIPE_KEY),
        retries: 0,
        sleep: Arc::new(|_| Box::pin(async {})),
    }
}

pub(crate) fn panel_settings(panel: &PanelSim, clock: Arc<dyn Clock>) -> PterodactylSettings {
    PterodactylSettings {
        url: "http://panel.example".into(),
        application_key: SecretString::from(panel.application_key()),
        client_key: SecretString::from(panel.client_key()),
        now: Arc::new(move || clock.now()),
    }
}

fn config() -> anyhow::Result<Config> {
    let text = format!(
        r#"
        [site]
        url = "http://127.0.0.1:8080"
        support_email = "help@shop.example"
        [server]
        requests_per_minute = 0
        api_requests_per_minute = 0
        [database]
        url = "sqlite://unused"
        [stripe]
        secret_key = "{STRIPE_KEY}"
        webhook_secrets = ["{WEBHOOK_SECRET}"]
        checkout_origin = "{PAYMENT_PAGES}"
        [panel]
        url = "http://panel.example"
        application_key = "x"
        client_key = "x"
        [mail]
        url = "log:"
        from = "Shop <shop@shop.example>"
        [security]
        secret = "{OWN_SECRET}"
        "#
    );
    Config::read(Some(("proof.toml", &text)), &BTreeMap::new()).map_err(|problems| anyhow::anyhow!("{problems:?}"))
}

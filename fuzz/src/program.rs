//! A whole program over an empty database, for readers that need one: nothing of it reaches the network.

use app::app::{App, Ingredients};
use app::clock::{ManualClock, Random};
use app::config::Config;
use app::mail::Mailer;
use billing::{Stripe, StripeSettings};
use panel::{Pterodactyl, PterodactylSettings};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Settings of a shop at `https://shop.example`.
pub const SETTINGS: &str = r#"
site = { url = "https://shop.example", support_email = "help@shop.example" }
database = { url = "sqlite://unused" }
stripe = { secret_key = "sk_test_k", webhook_secrets = ["whsec_a"] }
panel = { url = "https://panel.example", application_key = "ptla_x", client_key = "ptlc_x" }
mail = { url = "log:", from = "Shop <shop@shop.example>" }
security = { secret = "0123456789abcdef0123456789abcdef" }
"#;

/// Where the program's database is waited for.
pub static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"));

/// The program. Made once.
pub static APP: LazyLock<App> = LazyLock::new(|| RUNTIME.block_on(make()));

async fn make() -> App {
    let file = std::env::temp_dir().join(format!("givr-fuzz-{}.db", std::process::id()));
    let store = store::Store::open(&format!("sqlite://{}", file.display()), store::Access::Shared).await.expect("a database");
    // Open files outlive their names: nothing is left behind.
    let transport = super::answering(503, None, b"").0;
    let panel = PterodactylSettings {
        url: "https://panel.example".to_owned(),
        application_key: SecretString::from("ptla_x"),
        client_key: SecretString::from("ptlc_x"),
        now: Arc::new(|| jiff::Timestamp::UNIX_EPOCH),
    };
    let ingredients = Ingredients {
        config: Config::read(Some(("givr.toml", SETTINGS)), &BTreeMap::new()).expect("settings"),
        store,
        stripe: Stripe::new(transport.clone(), stripe_settings()).expect("a client"),
        panel: Arc::new(Pterodactyl::new(transport.clone(), transport, panel).expect("a driver")),
        catalogue: app::catalogue_files::load(None).expect("the shipped catalogue"),
        random: Random::seeded(1),
        mailer: Mailer::keeping(),
        games: app::games::Games::Network { patience: Duration::from_millis(1) },
        gate: app::freeze::Gate::new(Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().expect("a time")))),
    };
    let app = App::new(ingredients).await.expect("a program");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    app
}

/// Stripe, asked once per call. The key is short so that the engine can find it in messages.
pub fn stripe_settings() -> StripeSettings {
    StripeSettings {
        api_base: "https://api.stripe.com".to_owned(),
        secret_key: SecretString::from("sk_test_k"),
        retries: 0,
        sleep: Arc::new(|_| Box::pin(std::future::ready(()))),
    }
}

//! Putting the program together from its settings.

use crate::app::{App, Ingredients};
use crate::catalogue_files;
use crate::cli::Failure;
use crate::clock::{Clock, Random, SystemClock};
use crate::config::Config;
use crate::freeze::Gate;
use crate::games::Games;
use crate::home;
use crate::mail::Mailer;
use crate::observe::Voice;
use crate::outbound::{self, Guard};
use crate::texts;
use crate::transport::{self, Limits, Outbound, Transport};
use crate::trusted_clock::Witness;
use crate::vault::{RIGHT_SECRET, VaultError};
use crate::web::theme;
use anyhow::Context;
use billing::{Stripe, StripeSettings};
use bytes::Bytes;
use domain::catalogue::Catalogue;
use http::Response;
use panel::{Panel, Pterodactyl, PterodactylSettings};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{Access, LATEST_SCHEMA, SchemaState, Store, StoreError};

/// How long one question to a game may take.
const GAME_PATIENCE: Duration = Duration::from_secs(4);

/// Reads the settings of `givr.toml` and of the environment.
pub(super) fn config(path: &Path) -> Result<Config, Failure> {
    let env: BTreeMap<String, String> = std::env::vars().filter(|(name, _)| name.starts_with("GIVR_")).collect();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Failure::fixable(format!("cannot read {}: {error}", path.display()), "check its permissions"));
        }
    };
    let name = path.display().to_string();
    let file = text.as_deref().map(|text| (name.as_str(), text));
    let config = Config::read(file, &env).map_err(|error| {
        let said = error.to_string();
        let (problem, hint) = said.rsplit_once("\nhint: ").unwrap_or((&said, "see docs/configuration.md"));
        match text {
            Some(_) => Failure::fixable(problem, hint),
            None => Failure::fixable(problem, format!("there is no file {name}: name yours with --config; {hint}")),
        }
    })?;
    refuse_to_act_for_another(&config.database_url)?;
    Ok(config)
}

/// Root may write beside everybody's database, but what it makes there the shop itself could not write any more.
fn refuse_to_act_for_another(database_url: &str) -> Result<(), Failure> {
    let Some(file) = database_url.strip_prefix("sqlite://").map(Path::new) else { return Ok(()) };
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    // Of a database that is not there yet, the folder tells whose it will be.
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let near = [file, folder].into_iter().find_map(|path| Some((path, path.metadata().ok()?.uid())));
    match near {
        Some((path, owner)) if owner != 0 => Err(Failure::fixable(
            format!(
                "{} belongs to the user with the number {owner}, and this is root: files made here now would stop the shop",
                path.display()
            ),
            format!("as that user: runuser -u \"$(stat -c %U {})\" -- givr …", path.display()),
        )),
        _ => Ok(()),
    }
}

/// Refuses settings that lead where no call of ours may go.
pub(super) async fn check_outbound(config: &Config) -> Result<(), Failure> {
    let problems = outbound::check_settings(config, &Guard::new(&config.allowed_networks)).await;
    match problems.split_last() {
        None => Ok(()),
        Some(((problem, hint), [])) => Err(Failure::fixable(problem, hint)),
        Some(((problem, hint), others)) => {
            let all = others.iter().map(|(problem, hint)| format!("{problem}; {hint}\n"));
            Err(Failure::fixable(format!("{}{problem}", all.collect::<String>()), hint))
        }
    }
}

/// The program as it runs on this machine.
pub(super) async fn app(config: Config, access: Access) -> Result<App, Failure> {
    let store = Store::open(&config.database_url, access).await.map_err(|error| match error {
        StoreError::Newer { .. } => Failure::fixable(error, "run the release that wrote this database, or a newer one"),
        StoreError::InUse { .. } => Failure::fixable(error, "stop the other `givr serve` first"),
        StoreError::BadUrl { .. } => Failure::fixable(error, "set database.url"),
        other => Failure::Ours(other.into()),
    })?;
    let app = with_store(config, store, Arc::new(SystemClock), Random::system()).await?;
    // Until here nothing went outside.
    home::check(&app, access == Access::Exclusive).await?;
    app.look_whether_frozen().await?;
    Ok(app)
}

/// Like [`app`], with a database that is open and a clock of the caller's choice.
pub(super) async fn with_store(
    config: Config,
    store: Store,
    clock: Arc<dyn Clock>,
    random: Random,
) -> Result<App, Failure> {
    load_texts_and_theme(&config)?;
    let catalogue = load_catalogue(&config)?;
    let guard = Guard::new(&config.allowed_networks);
    let client = Outbound::new(guard.clone()).context("cannot build the HTTP client")?;
    let gate = Gate::new(clock);
    let stripe = stripe(&config, &client, &gate)?;
    let panel = panel(&config, &client, &gate)?;
    let mailer = Mailer::new(&config.mail, guard)?;
    // Each of them knows by itself how much it takes, and says so.
    let sinks = transport::network(client, limits(120, 30, 8, |_| false), Arc::new(gate.clock.clone()));
    let site = way_to_the_site(&gate)?;
    let ingredients = Ingredients {
        config,
        store,
        stripe,
        panel,
        catalogue,
        random,
        mailer,
        sinks,
        site,
        gate,
        games: Games::Network { patience: GAME_PATIENCE },
    };
    App::new(ingredients).await.map_err(|error| match error.downcast_ref::<VaultError>() {
        Some(VaultError::WrongSecret) => Failure::fixable(format!("{error:#}"), RIGHT_SECRET),
        _ => Failure::Ours(error),
    })
}

/// Who ships lines of the log: over a network of its own, which nothing else waits for.
pub(super) fn voice(config: &Config) -> Result<Voice, Failure> {
    let client = Outbound::new(Guard::new(&config.allowed_networks)).context("cannot build the HTTP client")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let transport = transport::network(client, limits(30, 10, 2, |_| false), clock.clone());
    Ok(Voice { name: config.site.name.clone(), site: config.site.url.clone(), transport, clock })
}

/// What is needed to look at everything without changing anything.
pub(super) struct Looking {
    pub(super) store: Store,
    pub(super) stripe: Stripe,
    pub(super) panel: Arc<dyn Panel>,
    pub(super) catalogue: Catalogue,
}

/// The program for commands that only look. The database stays as it is: one that is not there is not made, and one of another release is
/// not brought up to date, for that is for whoever starts the shop to decide.
pub(super) async fn app_to_look(config: Config) -> Result<App, Failure> {
    open_to_look(&config).await?.close().await;
    let store = Store::connect(&config.database_url, Access::Shared).await.map_err(cannot_read)?;
    let app = with_store(config, store, Arc::new(SystemClock), Random::system()).await?;
    app.look_whether_frozen().await?;
    Ok(app)
}

/// The database for reading alone, without a lock, if its schema is the one that this program knows.
async fn open_to_look(config: &Config) -> Result<Store, Failure> {
    let store = Store::connect_to_read(&config.database_url).await.map_err(cannot_read)?;
    match store.schema().await.map_err(cannot_read)? {
        SchemaState::Current => Ok(store),
        SchemaState::Behind { at } => Err(Failure::fixable(
            format!("the database has schema {at}, this program needs {LATEST_SCHEMA}"),
            "run `givr migrate`, or start the shop, which does the same; nothing was changed",
        )),
    }
}

fn cannot_read(error: StoreError) -> Failure {
    match error {
        StoreError::Newer { .. } => Failure::fixable(error, "run the release that wrote this database, or a newer one"),
        error => Failure::fixable(
            format!("the database cannot be read: {:#}", anyhow::Error::new(error)),
            "set database.url; `givr serve` makes a new one",
        ),
    }
}

/// The three ledgers for reading: the database is opened without a lock and without write access, and as it is.
pub(super) async fn to_look(config: &Config) -> Result<Looking, Failure> {
    let store = open_to_look(config).await?;
    load_texts_and_theme(config)?;
    let catalogue = load_catalogue(config)?;
    let client = Outbound::new(Guard::new(&config.allowed_networks)).context("cannot build the HTTP client")?;
    // Open, for nothing here has anything to send.
    let gate = Gate::new(Arc::new(SystemClock));
    let (stripe, panel) = (stripe(config, &client, &gate)?, panel(config, &client, &gate)?);
    Ok(Looking { store, stripe, panel, catalogue })
}

/// What is needed to examine a shop, as far as it is there.
pub(super) struct Examined {
    pub(super) store: Result<Store, String>,
    pub(super) stripe: Stripe,
    pub(super) panel: Arc<dyn Panel>,
    pub(super) catalogue: Catalogue,
    pub(super) mailer: Mailer,
    pub(super) gate: Gate,
    pub(super) site: Transport,
}

/// Everything that can be put together from the settings. The database is opened for reading, and as it is.
pub(super) async fn to_examine(config: &Config) -> Result<Examined, Failure> {
    load_texts_and_theme(config)?;
    let catalogue = load_catalogue(config)?;
    let guard = Guard::new(&config.allowed_networks);
    let client = Outbound::new(guard.clone()).context("cannot build the HTTP client")?;
    let gate = Gate::new(Arc::new(SystemClock));
    let stripe = stripe(config, &client, &gate)?;
    let clock: Arc<dyn Clock> = Arc::new(gate.clock.clone());
    // A right that a key lacks must not keep the other questions from being asked.
    let each = |per_minute: u32| {
        let limits = limits(per_minute, per_minute.div_ceil(4), 16, |_| false);
        gate.guard(Witness::Panel, transport::network(client.clone(), limits, clock.clone()))
    };
    let panel =
        panel_behind(config, each(config.panel.calls_per_minute), each(config.panel.client_calls_per_minute), &clock)?;
    Ok(Examined {
        store: Store::connect_to_read(&config.database_url)
            .await
            .map_err(|error| format!("{:#}", anyhow::Error::new(error))),
        stripe,
        panel,
        catalogue,
        mailer: Mailer::new(&config.mail, guard)?,
        site: way_to_the_site(&gate)?,
        gate,
    })
}

/// The way to the shop's own address, which may be inside.
fn way_to_the_site(gate: &Gate) -> Result<Transport, Failure> {
    let client = Outbound::showing_certificates().context("cannot build the HTTP client")?;
    Ok(transport::network(client, limits(60, 10, 2, |_| false), Arc::new(gate.clock.clone())))
}

/// The shop's own texts and look, before anything is said or shown. A second time in a process changes nothing.
fn load_texts_and_theme(config: &Config) -> Result<(), Failure> {
    if let Some(folder) = &config.catalogue_folder {
        texts::put_catalogue_before(folder).map_err(|mistakes| {
            Failure::fixable(mistakes.join("\n"), "docs/languages.md says how the catalogue is translated")
        })?;
    }
    if let Some(folder) = &config.site.texts {
        texts::put_before(folder).map_err(|mistakes| {
            Failure::fixable(mistakes.join("\n"), "docs/languages.md says how own texts are written")
        })?;
    }
    if let Some(file) = &config.site.theme {
        theme::put_on(file)
            .map_err(|mistakes| Failure::fixable(mistakes.join("\n"), "docs/theme.md says what a theme may change"))?;
    }
    Ok(())
}

fn load_catalogue(config: &Config) -> Result<Catalogue, Failure> {
    catalogue_files::load(config.catalogue_folder.as_deref()).map_err(|mistakes| {
        Failure::fixable(catalogue_files::describe(&mistakes), "`givr catalogue lint` shows the same list")
    })
}

/// An average a minute, so many at once, and so many at the same time.
fn limits(per_minute: u32, burst: u32, concurrent: usize, locked_out: fn(&Response<Bytes>) -> bool) -> Limits {
    let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    Limits { per_minute: at_least_one(per_minute), burst: at_least_one(burst), concurrent, locked_out }
}

fn stripe(config: &Config, client: &Outbound, gate: &Gate) -> Result<Stripe, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(gate.clock.clone());
    let calls = config.stripe.calls_per_minute;
    let transport =
        transport::network(client.clone(), limits(calls, calls.div_ceil(20), 24, transport::key_refused), clock);
    let transport = gate.guard(Witness::Stripe, transport);
    let settings = StripeSettings {
        api_base: config.stripe.api_base.as_str().trim_end_matches('/').to_owned(),
        secret_key: config.stripe.secret_key.clone(),
        retries: 2,
        sleep: Arc::new(|time: Duration| Box::pin(sleep(time))),
    };
    Stripe::new(transport, settings).map_err(|error| Failure::fixable(error, "check the section [stripe]"))
}

/// The clients' own pause between tries of one call.
#[expect(clippy::disallowed_methods, reason = "the pause inside a call is the transport's, not business")]
async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}

fn panel(config: &Config, client: &Outbound, gate: &Gate) -> Result<Arc<dyn Panel>, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(gate.clock.clone());
    let settings = &config.panel;
    let network = |per_minute: u32| {
        let limits = limits(per_minute, per_minute.div_ceil(4), 16, transport::panel_key_refused);
        gate.guard(Witness::Panel, transport::network(client.clone(), limits, clock.clone()))
    };
    panel_behind(config, network(settings.calls_per_minute), network(settings.client_calls_per_minute), &clock)
}

/// The panel behind these ways to its two APIs.
fn panel_behind(
    config: &Config,
    application: Transport,
    client: Transport,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Panel>, Failure> {
    let settings = &config.panel;
    let now = clock.clone();
    let driver = Pterodactyl::new(
        application,
        client,
        PterodactylSettings {
            url: settings.url.as_str().trim_end_matches('/').to_owned(),
            application_key: settings.application_key.clone(),
            client_key: settings.client_key.clone(),
            now: Arc::new(move || now.now()),
        },
    );
    let driver = driver.map(|driver| driver.creating_within(config.waits.delivery.create_call.unsigned_abs()));
    Ok(Arc::new(driver.map_err(|error| Failure::fixable(error, "check the section [panel]"))?))
}

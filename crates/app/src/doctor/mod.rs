//! Examines a shop: whether everything that it needs is there, is set right, and fits together. It only looks; what can be mended
//! without asking anybody is mended by [`mend`].

mod here;
mod outside;
mod panel;
mod stripe;

use crate::app::App;
use crate::config::Config;
use crate::mail::Mailer;
use crate::sales::price_list;
use crate::transport::Transport;
use crate::trusted_clock::TrustedClock;
use ::panel::Panel;
use anyhow::Context;
use billing::{NewWebhookEndpoint, Stripe};
use domain::catalogue::Catalogue;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{Store, marks};

/// What is looked at.
pub struct Parts<'a> {
    /// Every setting.
    pub config: &'a Config,
    /// The database as it is, or why it cannot be opened.
    pub store: Result<&'a Store, String>,
    /// Stripe.
    pub stripe: &'a Stripe,
    /// The panel.
    pub panel: &'a dyn Panel,
    /// What is for sale.
    pub catalogue: &'a Catalogue,
    /// Where mail goes.
    pub mailer: &'a Mailer,
    /// The clock that heard what Stripe and the panel say.
    pub clock: &'a TrustedClock,
    /// The way to the shop's own address, as customers go it.
    pub site: Transport,
}

/// Something that is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Check {
    /// The database can be read.
    #[serde(rename = "database")]
    Database,
    /// Its schema is this program's.
    #[serde(rename = "database.schema")]
    Schema,
    /// The secret opens what is sealed in it.
    #[serde(rename = "security.secret")]
    Secret,
    /// There is room where it lies.
    #[serde(rename = "database.disk")]
    Disk,
    /// Somebody works off what is due.
    #[serde(rename = "work")]
    Work,
    /// Nothing stands still on purpose.
    #[serde(rename = "freeze")]
    Freeze,
    /// Backups are encrypted to somebody.
    #[serde(rename = "backup")]
    Backup,
    /// The clock is right.
    #[serde(rename = "clock")]
    Clock,
    /// The key is taken.
    #[serde(rename = "stripe.key")]
    StripeKey,
    /// The key may read what it has to.
    #[serde(rename = "stripe.rights")]
    StripeRights,
    /// The endpoint is registered as it should be.
    #[serde(rename = "stripe.webhook")]
    Endpoint,
    /// Events arrive.
    #[serde(rename = "stripe.delivery")]
    Delivery,
    /// Customers can change their card, and nothing that the shop does not know of.
    #[serde(rename = "stripe.portal")]
    Portal,
    /// Prices are the catalogue's.
    #[serde(rename = "stripe.prices")]
    Prices,
    /// The keys are taken, and may read what they have to.
    #[serde(rename = "panel.key")]
    PanelKey,
    /// The client key reaches every server.
    #[serde(rename = "panel.client_key")]
    ClientKey,
    /// Every game that is sold has its egg.
    #[serde(rename = "panel.eggs")]
    Eggs,
    /// Every region has a node.
    #[serde(rename = "panel.regions")]
    Regions,
    /// Nodes have ports left.
    #[serde(rename = "panel.ports")]
    Ports,
    /// The panel's own queue and mail.
    #[serde(rename = "panel.queue")]
    PanelQueue,
    /// Mail leaves.
    #[serde(rename = "mail")]
    Mail,
    /// Customers reach the shop.
    #[serde(rename = "site")]
    Site,
    /// The certificate lasts.
    #[serde(rename = "site.certificate")]
    Certificate,
}

impl Check {
    /// The name in answers.
    pub fn key(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Schema => "database.schema",
            Self::Secret => "security.secret",
            Self::Disk => "database.disk",
            Self::Work => "work",
            Self::Freeze => "freeze",
            Self::Backup => "backup",
            Self::Clock => "clock",
            Self::StripeKey => "stripe.key",
            Self::StripeRights => "stripe.rights",
            Self::Endpoint => "stripe.webhook",
            Self::Delivery => "stripe.delivery",
            Self::Portal => "stripe.portal",
            Self::Prices => "stripe.prices",
            Self::PanelKey => "panel.key",
            Self::ClientKey => "panel.client_key",
            Self::Eggs => "panel.eggs",
            Self::Regions => "panel.regions",
            Self::Ports => "panel.ports",
            Self::PanelQueue => "panel.queue",
            Self::Mail => "mail",
            Self::Site => "site",
            Self::Certificate => "site.certificate",
        }
    }

    /// Why it matters.
    pub fn why(self) -> &'static str {
        match self {
            Self::Database => "Orders and payments are kept here; without it nothing is sold and no event is taken.",
            Self::Schema => "A program over another schema would misread or refuse what is kept.",
            Self::Secret => {
                "The shop does not start with a secret that is not its own; what is sealed opens for no other."
            }
            Self::Disk => {
                "On a full disk no payment is acknowledged; Stripe tries again for three days, then it is lost to the shop."
            }
            Self::Work => "Whoever has paid waits until somebody works off what is due.",
            Self::Freeze => "While the installation is frozen nobody's server is made, changed or removed.",
            Self::Backup => "Without a backup a lost disk is a lost business.",
            Self::Clock => "A process whose clock is wrong claims no work: suspensions and deletions go by it.",
            Self::StripeKey => "Without a key that Stripe takes nobody can pay and nothing can be refunded.",
            Self::StripeRights => "What the key may not read the shop cannot book, refund or explain.",
            Self::Endpoint => {
                "Events tell the shop of payments at once; without them it finds out by looking, a minute later."
            }
            Self::Delivery => {
                "Events that do not arrive make customers wait, and hide that something between Stripe and the shop is broken."
            }
            Self::Portal => {
                "Stripe's own pages are where customers change their card; what else they change there, the shop is not asked about."
            }
            Self::Prices => {
                "A plan whose price at Stripe differs from the catalogue is not sold: nobody pays another amount than was shown."
            }
            Self::PanelKey => "Without it no server is made: orders wait, and are refunded in the end.",
            Self::ClientKey => "Starting games, files, consoles and backups go with this key.",
            Self::Eggs => "Plans whose egg is missing or changed are off sale.",
            Self::Regions => "In a region without a node nothing can be sold.",
            Self::Ports => "A server without a port cannot be made; the node counts as full.",
            Self::PanelQueue => "The panel installs servers and mails logins from a queue of its own.",
            Self::Mail => "Without mail nobody can prove an address, and nobody learns that a server is ready.",
            Self::Site => "Customers and Stripe come by this address.",
            Self::Certificate => "With an expired certificate browsers turn customers away, and Stripe's events fail.",
        }
    }
}

/// How something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Good,
    /// Not wrong, and worth knowing.
    Note,
    /// Wrong.
    Wrong,
}

/// What was found by one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What was looked at.
    pub check: Check,
    /// How it was found.
    pub state: State,
    /// What was found, in a sentence.
    pub found: String,
    /// What to do about it.
    pub act: Option<String>,
    /// What [`mend`] would do about it.
    pub remedy: Option<Remedy>,
}

/// What can be mended without asking anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Register an endpoint for Stripe's events. Its secret has to go into the settings.
    MakeEndpoint,
    /// Switch this endpoint on, with every kind of event.
    RepairEndpoint(String),
    /// Bring the catalogue's prices to Stripe.
    ApplyPrices,
}

/// What was done about something.
#[derive(Debug)]
pub struct Mended {
    /// In a sentence.
    pub what: String,
    /// What events are signed with from now on; it is told once.
    pub secret: Option<SecretString>,
}

impl Line {
    fn good(check: Check, found: impl Into<String>) -> Self {
        Self { check, state: State::Good, found: found.into(), act: None, remedy: None }
    }

    fn note(check: Check, found: impl Into<String>) -> Self {
        Self { state: State::Note, ..Self::good(check, found) }
    }

    fn wrong(check: Check, found: impl Into<String>, act: impl Into<String>) -> Self {
        Self { state: State::Wrong, act: Some(act.into()), ..Self::good(check, found) }
    }

    fn mended_by(self, remedy: Remedy) -> Self {
        Self { remedy: Some(remedy), ..self }
    }
}

/// Looks at everything once. Nothing is changed, anywhere.
pub async fn examine(parts: &Parts<'_>) -> Vec<Line> {
    let (mut lines, usable) = here::examine(parts).await;
    let (stripe, panel, outside) =
        tokio::join!(stripe::examine(parts, usable), panel::examine(parts, usable), outside::examine(parts));
    // Stripe and the panel said meanwhile what time it is.
    lines.push(here::clock(parts));
    lines.extend(stripe.into_iter().chain(panel).chain(outside));
    lines
}

/// Where the last examination is kept.
const MARK: &str = "doctor";

/// Looks at everything once from a process that runs, and keeps what it found.
///
/// # Errors
/// The database did not answer.
pub async fn examine_and_keep(app: &App) -> anyhow::Result<Vec<Line>> {
    let parts = Parts {
        config: &app.config,
        store: Ok(&app.store),
        stripe: &app.stripe,
        panel: app.panel.as_ref(),
        catalogue: &app.catalogue,
        mailer: &app.mailer,
        clock: &app.gate.clock,
        site: app.site.clone(),
    };
    let lines = examine(&parts).await;
    let text = serde_json::to_string(&lines)?;
    let mut tx = app.store.begin().await?;
    marks::set(&mut tx, MARK, &text, app.now()).await?;
    tx.commit().await?;
    Ok(lines)
}

/// What the last examination from a process found, and when.
///
/// # Errors
/// The database did not answer.
pub async fn kept(app: &App) -> anyhow::Result<Option<(Timestamp, Vec<Line>)>> {
    let mark = marks::find(&mut *app.store.read().await?, MARK).await?;
    // Another release may have kept what this one does not know: then nothing is known.
    Ok(mark.and_then(|mark| Some((mark.at, serde_json::from_str(&mark.value).ok()?))))
}

/// How many lines say that something is wrong.
pub fn count_wrong(lines: &[Line]) -> usize {
    lines.iter().filter(|line| line.state == State::Wrong).count()
}

/// The remedies that these lines name, each once.
pub fn remedies(lines: &[Line]) -> Vec<Remedy> {
    let mut all: Vec<Remedy> = Vec::new();
    for remedy in lines.iter().filter_map(|line| line.remedy.clone()) {
        if !all.contains(&remedy) {
            all.push(remedy);
        }
    }
    all
}

/// Mends one thing. Doing it twice changes nothing more.
///
/// # Errors
/// Stripe or the database did not answer.
pub async fn mend(app: &App, remedy: &Remedy) -> anyhow::Result<Mended> {
    let every_kind = || billing::HANDLED_EVENTS.map(str::to_owned).to_vec();
    match remedy {
        Remedy::MakeEndpoint => {
            let url = app.site_url(stripe::WEBHOOK_PATH);
            let endpoint = NewWebhookEndpoint {
                url: url.clone(),
                events: every_kind(),
                description: format!("{} by givr", app.config.site.name),
            };
            let there = app.stripe.list_webhook_endpoints().await.context("cannot read the endpoints at Stripe")?;
            anyhow::ensure!(there.iter().all(|one| one.url != url), "there is an endpoint for {url} by now");
            // Asked twice at once it is the same endpoint and the same secret. One that was removed is made anew later: its secret is gone.
            let key = format!("endpoint:{}:{}", app.installation.id, app.now().strftime("%FT%H:%M"));
            let made = app.stripe.create_webhook_endpoint(&endpoint, &key).await;
            let made = made.context("cannot register the endpoint at Stripe")?;
            let what =
                format!("registered {} for {url}; put its secret into stripe.webhook_secrets and restart", made.id);
            Ok(Mended { what, secret: made.secret })
        }
        Remedy::RepairEndpoint(id) => {
            let repaired = app.stripe.update_webhook_endpoint(id, &every_kind()).await;
            let repaired = repaired.with_context(|| format!("cannot change the endpoint {id} at Stripe"))?;
            let what = format!("{} is on and gets all {} kinds of events", repaired.id, billing::HANDLED_EVENTS.len());
            Ok(Mended { what, secret: None })
        }
        Remedy::ApplyPrices => {
            let applied = price_list::apply(app).await?;
            let what = format!(
                "{} prices were right, {} made, {} replaced; whoever pays a replaced one goes on paying it",
                applied.unchanged, applied.made, applied.replaced
            );
            Ok(Mended { what, secret: None })
        }
    }
}

/// How many things are named before the rest is counted.
const NAMED: usize = 5;

/// A few of these, and how many more there are.
fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

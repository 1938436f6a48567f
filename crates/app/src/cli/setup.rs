//! `givr setup`: from an empty folder to a shop that can sell. Answers come from flags, from the environment, or from whoever sits at
//! the terminal; nothing is written before Stripe and the panel have said that the keys work.

mod ask;

use crate::app::App;
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::clock::Random;
use crate::config::Config;
use crate::doctor::{self, Check, Line, Parts, State};
use crate::sales::price_list;
use crate::setup::{self, Answers};
use crate::work::panel_sync;
use anyhow::Context;
use billing::{HANDLED_EVENTS, NewWebhookEndpoint};
use clap::Args;
use domain::catalogue::{Catalogue, Region};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use store::Access;

/// Make a shop: ask what is needed, check the keys, register the webhook, write givr.toml, bring the prices to Stripe
#[derive(Args)]
pub(super) struct Setup {
    /// The shop's name
    #[arg(long, default_value = "GIVRwrld")]
    site_name: String,
    /// Where customers reach the shop, such as https://shop.example.net
    #[arg(long, env = "GIVR_SITE__URL")]
    site_url: Option<String>,
    /// Where customers write to for help
    #[arg(long, env = "GIVR_SITE__SUPPORT_EMAIL")]
    support_email: Option<String>,
    /// Where the shop listens
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// The proxy in front, whose word about clients' addresses counts
    #[arg(long = "trusted-proxy")]
    trusted_proxies: Vec<String>,
    /// The database; givr.db beside the settings file if none is named
    #[arg(long, env = "GIVR_DATABASE__URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Stripe's secret key
    #[arg(long, env = "GIVR_STRIPE__SECRET_KEY", hide_env_values = true)]
    stripe_key: Option<String>,
    /// Where Stripe's API is, if not at Stripe
    #[arg(long, env = "GIVR_STRIPE__API_BASE")]
    stripe_api: Option<String>,
    /// Where Stripe's payment pages are, if not at Stripe
    #[arg(long, env = "GIVR_STRIPE__CHECKOUT_ORIGIN")]
    checkout_origin: Option<String>,
    /// The secret of an endpoint that is registered already; without it one is registered
    #[arg(long, env = "GIVR_STRIPE__WEBHOOK_SECRETS", hide_env_values = true)]
    webhook_secret: Option<String>,
    /// Where the panel is
    #[arg(long, env = "GIVR_PANEL__URL")]
    panel_url: Option<String>,
    /// The panel's application key
    #[arg(long, env = "GIVR_PANEL__APPLICATION_KEY", hide_env_values = true)]
    application_key: Option<String>,
    /// The client key of an administrator of the panel
    #[arg(long, env = "GIVR_PANEL__CLIENT_KEY", hide_env_values = true)]
    client_key: Option<String>,
    /// The mail server, such as smtps://name:password@mail.example.net; file:///folder or log: for trying
    #[arg(long, env = "GIVR_MAIL__URL", hide_env_values = true)]
    mail_url: Option<String>,
    /// Whom mail comes from; the shop's name and its address for help if nobody is named
    #[arg(long, env = "GIVR_MAIL__FROM")]
    mail_from: Option<String>,
    /// A network inside that calls may go to, if the panel or the mail server is there
    #[arg(long = "allowed-network")]
    allowed_networks: Vec<String>,
}

impl Setup {
    pub(super) async fn run(self, path: &Path) -> Outcome {
        if path.exists() {
            return Err(Failure::fixable(
                format!("there is a {} already", path.display()),
                "`givr doctor` checks it; to begin anew move it away, or name another with --config",
            ));
        }
        let folder = folder_of(path)?;
        let given_secret = self.webhook_secret.clone();
        let answers = self.answers(&folder)?;
        // The rest of the settings is read with a secret that is none, to be told of every mistake at once.
        let config = read(path, &setup::settings_text(&answers, given_secret.as_deref().unwrap_or("whsec_"), None))?;
        assemble::check_outbound(&config).await?;
        complain("asking Stripe, the panel and the mail server …");
        let there = assemble::to_examine(&config).await?;
        let lines = examine(&config, &there).await;
        refuse_what_cannot_work(&lines)?;
        let (locations, nodes) = (there.panel.list_locations().await?, there.panel.list_nodes().await?);
        let (regions, same) = setup::propose_regions(&there.catalogue, &locations, &nodes);
        if regions.is_empty() {
            return Err(Failure::fixable(
                "the panel has no public node: there is nothing to sell",
                "make a node, give it allocations, switch it public, and run this again",
            ));
        }
        let catalogue = (!same).then(|| folder.join("catalogue"));
        refuse_what_is_there(catalogue.as_deref())?;
        let mut file = create(path)?;
        let written = async {
            if let Some(folder) = &catalogue {
                write_catalogue(folder, &regions)?;
            }
            let secret = match given_secret {
                Some(secret) => secret,
                None => register(&there, &config, &answers).await?,
            };
            let text = setup::settings_text(&answers, &secret, catalogue.as_deref());
            let saved = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
            saved.map_err(|error| {
                let hint = format!("make room, and run this again with --webhook-secret {secret}: it is told once");
                Failure::fixable(format!("{} cannot be written: {error}", path.display()), hint)
            })?;
            read(path, &text)
        };
        let config = match written.await {
            Ok(config) => config,
            Err(failure) => {
                // What is there is of no use, and would be in the way of the next try.
                let _ = fs::remove_file(path);
                if let Some(folder) = &catalogue {
                    let _ = fs::remove_dir_all(folder);
                }
                return Err(failure);
            }
        };
        complain(&format!("wrote {}", path.display()));
        let app = assemble::app(config, Access::Shared).await?;
        let begun = begin(&app).await;
        app.store.close().await;
        begun.map_err(|failure| match failure {
            Failure::Ours(error) => Failure::fixable(
                format!("{} is written, but not everything else is done: {error:#}", path.display()),
                "`givr catalogue apply` goes on, and `givr doctor` says what is missing",
            ),
            fixable @ Failure::Fixable { .. } => fixable,
        })?;
        let left: Vec<&Line> = lines.iter().filter(|line| matters(line)).collect();
        for line in &left {
            complain(&format!(
                "to do: {}: {} {}",
                line.check.key(),
                line.found,
                line.act.as_deref().unwrap_or_default()
            ));
        }
        complain(&format!(
            "\nNext:\n  givr admin invite {}    the link with which you become its owner\n  givr serve\n  givr doctor",
            answers.support_email
        ));
        Ok(ExitCode::SUCCESS)
    }

    /// What is known and what has to be asked; everything that is missing is named at once where nobody can be asked.
    fn answers(self, folder: &Path) -> Result<Answers, Failure> {
        let asked = ask::All {
            questions: vec![
                ask::Question::new("--site-url", "Where do customers reach the shop (https://…)?", self.site_url),
                ask::Question::new("--support-email", "Where do customers write to for help?", self.support_email),
                ask::Question::secret("--stripe-key", "Stripe's secret key (sk_… or rk_…)?", self.stripe_key),
                ask::Question::new("--panel-url", "Where is the panel (https://…)?", self.panel_url),
                ask::Question::secret(
                    "--application-key",
                    "The panel's application key (ptla_…)?",
                    self.application_key,
                ),
                ask::Question::secret("--client-key", "An administrator's client key (ptlc_…)?", self.client_key),
                ask::Question::secret("--mail-url", "The mail server (smtps://name:password@host)?", self.mail_url),
            ],
        };
        let [site_url, support_email, stripe_key, panel_url, application_key, client_key, mail_url] =
            asked.answered()?;
        let database_url =
            self.database_url.unwrap_or_else(|| format!("sqlite://{}", folder.join("givr.db").display()));
        let mail_from =
            self.mail_from.unwrap_or_else(|| format!("\"{}\" <{support_email}>", self.site_name.replace('"', "'")));
        Ok(Answers {
            site_name: self.site_name,
            site_url,
            support_email,
            listen: self.listen,
            trusted_proxies: self.trusted_proxies,
            database_url,
            stripe_key,
            stripe_api: self.stripe_api,
            checkout_origin: self.checkout_origin,
            panel_url,
            application_key,
            client_key,
            mail_url,
            mail_from,
            allowed_networks: self.allowed_networks,
            secret: Random::system().word(48),
        })
    }
}

/// The folder of the settings file, whole: services are started from elsewhere.
fn folder_of(path: &Path) -> Result<PathBuf, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::canonicalize(folder).map_err(|error| {
        Failure::fixable(format!("there is no folder {}: {error}", folder.display()), "make it, then run this again")
    })
}

/// Only what was answered counts: the environment was asked already.
fn read(path: &Path, text: &str) -> Result<Config, Failure> {
    Config::read(Some((&path.display().to_string(), text)), &BTreeMap::new()).map_err(|error| {
        let text = error.to_string();
        let (problem, _) = text.rsplit_once("\nhint: ").unwrap_or((&text, ""));
        Failure::fixable(
            problem,
            "these settings are made of your answers: correct the one that is named; nothing was written",
        )
    })
}

async fn examine(config: &Config, there: &assemble::Examined) -> Vec<Line> {
    let parts = Parts {
        config,
        store: there.store.as_ref().map_err(Clone::clone),
        stripe: &there.stripe,
        panel: there.panel.as_ref(),
        catalogue: &there.catalogue,
        mailer: &there.mailer,
        clock: &there.gate.clock,
        site: there.site.clone(),
    };
    doctor::examine(&parts).await
}

/// Keys that do not work: with these nothing else can be done.
fn refuse_what_cannot_work(lines: &[Line]) -> Result<(), Failure> {
    let needed = [Check::StripeKey, Check::StripeRights, Check::PanelKey, Check::ClientKey, Check::Clock];
    let wrong: Vec<&Line> =
        lines.iter().filter(|line| line.state == State::Wrong && needed.contains(&line.check)).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let problem: Vec<String> = wrong.iter().map(|line| format!("{}: {}", line.check.key(), line.found)).collect();
    let hint: Vec<&str> = wrong.iter().filter_map(|line| line.act.as_deref()).collect();
    Err(Failure::fixable(problem.join("\n"), format!("{} Nothing was written.", hint.join(" "))))
}

/// What was found before and is not done by now.
fn matters(line: &Line) -> bool {
    let done = [Check::Database, Check::Schema, Check::Endpoint, Check::Prices, Check::Site, Check::Regions];
    line.state == State::Wrong && !done.contains(&line.check)
}

/// A file that only its owner reads: keys stand in it.
fn create(path: &Path) -> Result<fs::File, Failure> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
        Failure::fixable(format!("{} cannot be made: {error}", path.display()), "look at the folder's permissions")
    })
}

/// A catalogue that somebody wrote is neither overwritten nor removed.
fn refuse_what_is_there(catalogue: Option<&Path>) -> Result<(), Failure> {
    match catalogue.filter(|folder| folder.exists()) {
        None => Ok(()),
        Some(folder) => Err(Failure::fixable(
            format!("there is a {} already", folder.display()),
            "move it away, or set catalogue.folder by hand",
        )),
    }
}

fn write_catalogue(folder: &Path, regions: &[Region]) -> Result<(), Failure> {
    fs::create_dir_all(folder.join("games")).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in setup::catalogue_with(regions)? {
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let names: Vec<&str> = regions.iter().map(|region| region.key.as_str()).collect();
    complain(&format!("wrote {} with the regions {}: give them names there", folder.display(), names.join(", ")));
    Ok(())
}

/// Registers an endpoint for Stripe's events. Its secret, which is told once.
async fn register(there: &assemble::Examined, config: &Config, answers: &Answers) -> Result<String, Failure> {
    let url = format!("{}/webhooks/stripe", config.site.url.as_str().trim_end_matches('/'));
    let known = there.stripe.list_webhook_endpoints().await.context("cannot read the endpoints at Stripe")?;
    if let Some(known) = known.iter().find(|known| known.url == url) {
        return Err(Failure::fixable(
            format!("Stripe has an endpoint for {url} already ({})", known.id),
            "give its signing secret with --webhook-secret (Stripe shows it: Developers, Webhooks), or delete it there",
        ));
    }
    let endpoint = NewWebhookEndpoint {
        url: url.clone(),
        events: HANDLED_EVENTS.map(str::to_owned).to_vec(),
        description: format!("{} by givr", config.site.name),
    };
    let key = format!("setup:{}", hex::encode(Sha256::digest(&answers.secret)));
    let made = there.stripe.create_webhook_endpoint(&endpoint, &key).await.map_err(|error| {
        Failure::fixable(
            format!("Stripe registers no endpoint for {url}: {error}"),
            "Stripe wants an address that it can reach. For a shop on this machine let `stripe listen --forward-to` bring the events, and \
             give the secret that it shows with --webhook-secret",
        )
    })?;
    let secret = made.secret.context("Stripe registered the endpoint and told no secret")?;
    complain(&format!("registered {} for {url}", made.id));
    Ok(secret.expose_secret().to_owned())
}

/// Brings the prices to Stripe, reads the panel, and says what is sold.
async fn begin(app: &App) -> Result<(), Failure> {
    complain("bringing the prices to Stripe …");
    let applied = price_list::apply(app).await?;
    complain(&format!("{} prices there, {} made, {} replaced", applied.unchanged, applied.made, applied.replaced));
    panel_sync::pass(app).await?;
    let (sold, not) = sold(app, &app.catalogue);
    say(&format!("{sold} plans are for sale"));
    for (why, plans) in not {
        complain(&format!("not for sale: {}: {why}", plans.join(", ")));
    }
    Ok(())
}

/// How many plans are sold, and which of the catalogue's are not, by reason.
fn sold(app: &App, catalogue: &Catalogue) -> (usize, BTreeMap<String, Vec<String>>) {
    let offer = app.offer();
    let on_sale = catalogue.plans.iter().filter(|plan| plan.is_on_sale());
    let (mut sold, mut not): (usize, BTreeMap<String, Vec<String>>) = (0, BTreeMap::new());
    for plan in on_sale {
        match offer.off_sale.get(&plan.key) {
            None => sold += 1,
            Some(why) => not.entry(why.clone()).or_default().push(plan.key.to_string()),
        }
    }
    (sold, not)
}

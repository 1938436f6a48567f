//! `givr catalogue …`: checking what is sold, bringing its prices to Stripe, binding its blueprints to the panel's eggs.

use crate::catalogue_files;
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::sales::price_list::{self, Change, Planned};
use crate::work::panel_sync;
use clap::Subcommand;
use domain::catalogue::{BlueprintKey, Egg, Sale};
use serde_json::json;
use std::path::{Path, PathBuf};
use store::Access;
use store::mirror::{self, Binding};

#[derive(Subcommand)]
pub(super) enum CatalogueCommand {
    /// Report every mistake in the catalogue at once, with file and line
    Lint {
        /// The folder with the files; the one of the settings, or the shipped one, if none is given
        folder: Option<PathBuf>,
    },
    /// Show what `apply` would change at Stripe, and change nothing
    Plan {
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Make products and prices at Stripe; doing it twice changes nothing
    Apply,
    /// List which egg each blueprint means, or choose one by hand
    Bind {
        /// The blueprint
        blueprint: Option<String>,
        /// The egg's uuid on this panel; `auto` gives the choice back
        egg: Option<String>,
    },
}

impl CatalogueCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        match self {
            Self::Lint { folder } => lint(config, folder),
            Self::Plan { json } => plan(config, json).await,
            Self::Apply => apply(config).await,
            Self::Bind { blueprint, egg } => bind(config, blueprint, egg).await,
        }
    }
}

fn lint(config: &Path, folder: Option<PathBuf>) -> Outcome {
    let folder = match folder {
        Some(folder) => Some(folder),
        None => match assemble::config(config) {
            Ok(config) => config.catalogue_folder,
            Err(failure) if config.exists() => return Err(failure),
            // No settings are needed for the shipped one.
            Err(_) => None,
        },
    };
    match catalogue_files::load(folder.as_deref()) {
        Ok(catalogue) => {
            let sold = catalogue.plans.iter().filter(|plan| plan.sale == Sale::OnSale).count();
            let which =
                folder.map_or_else(|| "the shipped catalogue".to_owned(), |folder| folder.display().to_string());
            say(&format!(
                "no mistakes in {which}: {} games, {} plans, {sold} of them for sale",
                catalogue.games.len(),
                catalogue.plans.len()
            ));
            for plan in &catalogue.plans {
                if let Sale::OffSale(why) = &plan.sale {
                    complain(&format!("not for sale: {}: {why}", plan.key));
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(mistakes) => {
            Err(Failure::fixable(catalogue_files::describe(&mistakes), "each line names file, line and column"))
        }
    }
}

async fn plan(config: &Path, as_json: bool) -> Outcome {
    let app = assemble::app_to_look(assemble::config(config)?).await?;
    let planned = price_list::plan(&app).await?;
    if as_json {
        let one = |price: &Planned| {
            json!({"price": price.lookup_key, "change": price.change.key(), "wanted_minor": price.wanted.minor,
                   "at_stripe_minor": price.at_stripe.map(|amount| amount.minor), "currency": price.wanted.currency})
        };
        say(&planned.iter().map(one).collect::<serde_json::Value>().to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let mut count = 0;
    for price in planned.iter().filter(|price| price.change != Change::None) {
        count += 1;
        let before = price.at_stripe.map_or_else(|| "-".to_owned(), |amount| amount.to_string());
        say(&format!("{:10}  {:36}  {before:>14}  ->  {}", price.change.key(), price.lookup_key, price.wanted));
    }
    complain(&match count {
        0 => format!("all {} prices at Stripe are as the catalogue says", planned.len()),
        _ => format!(
            "{count} of {} prices differ; `givr catalogue apply` brings them to Stripe. Whoever pays a replaced price goes on paying it.",
            planned.len()
        ),
    });
    Ok(ExitCode::SUCCESS)
}

async fn apply(config: &Path) -> Outcome {
    let app = assemble::app(assemble::config(config)?, Access::Shared).await?;
    let applied = price_list::apply(&app).await?;
    say(&format!("{} prices unchanged, {} made, {} replaced", applied.unchanged, applied.made, applied.replaced));
    if applied.made + applied.replaced > 0 {
        complain("if the shop runs, restart it now: until then it does not sell what has another price");
    }
    Ok(ExitCode::SUCCESS)
}

async fn bind(config: &Path, blueprint: Option<String>, egg: Option<String>) -> Outcome {
    let app = assemble::app(assemble::config(config)?, Access::Shared).await?;
    panel_sync::read_eggs(&app).await?;
    if let (Some(blueprint), Some(egg)) = (&blueprint, &egg) {
        choose(&app, blueprint, egg).await?;
        panel_sync::read_eggs(&app).await?;
    }
    for binding in mirror::list_bindings(&mut *app.store.read().await?).await? {
        if blueprint.as_ref().is_some_and(|wanted| wanted != binding.blueprint.as_str()) {
            continue;
        }
        let egg = binding.egg_uuid.as_deref().unwrap_or("-");
        let how = if binding.by_hand { "by hand" } else { "found" };
        say(&format!(
            "{:24} {egg:38} {how:8} {}",
            binding.blueprint.as_str(),
            binding.problem.as_deref().unwrap_or("")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn choose(app: &crate::app::App, blueprint: &str, egg: &str) -> Result<(), Failure> {
    let key = BlueprintKey::new(blueprint);
    if app.catalogue.find_blueprint(&key).is_none() {
        return Err(Failure::fixable(
            format!("the catalogue has no blueprint {blueprint}"),
            "`givr catalogue bind` lists them",
        ));
    }
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if egg == "auto" {
        mirror::forget_binding(&mut tx, &key).await?;
    } else {
        let found: Option<Egg> = mirror::find_egg(&mut tx, egg).await?;
        if found.is_none() {
            return Err(Failure::fixable(
                format!("the panel has no egg {egg}"),
                "give the egg's uuid as the panel shows it",
            ));
        }
        let binding = Binding { blueprint: key, egg_uuid: Some(egg.to_owned()), by_hand: true, problem: None };
        mirror::save_binding(&mut tx, &binding, now).await?;
    }
    store::audit::record(&mut tx, &app.id(), "cli", "catalogue.bind", blueprint, &json!({"egg": egg}), now).await?;
    tx.commit().await?;
    Ok(())
}

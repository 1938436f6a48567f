//! `givr sales …`: pausing the sale, and what is paused.

use crate::app::App;
use crate::cli::acts::{self, How};
use crate::cli::{ExitCode, Failure, Outcome, assemble, say};
use crate::desk::acts::Act;
use clap::Subcommand;
use domain::catalogue::RegionKey;
use std::path::Path;
use store::sales_pauses;

#[derive(Subcommand)]
pub(super) enum SalesCommand {
    /// List where nothing is sold at the moment
    List,
    /// Sell nothing; payment pages that are open go on
    Pause {
        /// Only there; everywhere if left out
        #[arg(long)]
        region: Option<String>,
        #[command(flatten)]
        how: How,
    },
    /// Sell again
    Resume {
        /// Only there; what was paused everywhere if left out
        #[arg(long)]
        region: Option<String>,
        #[command(flatten)]
        how: How,
    },
}

impl SalesCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let settings = assemble::config(config)?;
        let app = match &self {
            Self::List => assemble::app_to_look(settings).await?,
            Self::Pause { how, .. } | Self::Resume { how, .. } => how.open(settings).await?,
        };
        match self {
            Self::List => list(&app).await,
            Self::Pause { region, how } => {
                acts::run(&app, &Act::PauseSales(find_region(&app, region.as_deref())?), &how).await
            }
            Self::Resume { region, how } => {
                acts::run(&app, &Act::ResumeSales(find_region(&app, region.as_deref())?), &how).await
            }
        }
    }
}

/// A region of the catalogue by its key, if one was named.
pub(super) fn find_region(app: &App, key: Option<&str>) -> Result<Option<RegionKey>, Failure> {
    let Some(key) = key else { return Ok(None) };
    let found = app.catalogue.find_region(key).map(|region| Some(region.key.clone()));
    found.ok_or_else(|| {
        let known: Vec<&str> = app.catalogue.regions.iter().map(|region| region.key.as_str()).collect();
        Failure::fixable(format!("there is no region {key}"), format!("there are {}", known.join(", ")))
    })
}

async fn list(app: &App) -> Outcome {
    let pauses = sales_pauses::list(&mut *app.store.read().await?).await?;
    for pause in &pauses {
        let place = pause.region.as_ref().map_or("everywhere", RegionKey::as_str);
        say(&format!("{place}  since {}  {}", pause.since, pause.why));
    }
    if pauses.is_empty() {
        say("nothing is paused");
    }
    Ok(ExitCode::SUCCESS)
}

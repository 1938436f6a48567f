//! `givr incident …`: saying that something does not work, and that it works again.

use crate::app::App;
use crate::cli::acts::{self, How};
use crate::cli::sales::find_region;
use crate::cli::{ExitCode, Failure, Outcome, assemble, say};
use crate::desk::acts::Act;
use clap::Subcommand;
use domain::catalogue::RegionKey;
use domain::ids::IncidentId;
use jiff::Timestamp;
use std::path::Path;
use store::incidents;

#[derive(Subcommand)]
pub(super) enum IncidentCommand {
    /// List incidents, the newest first
    List,
    /// Say that something does not work
    Begin {
        /// One line, for everybody to read
        #[arg(long)]
        title: String,
        /// What does not work, and what people should know
        #[arg(long)]
        text: String,
        /// Only there; everywhere if left out
        #[arg(long)]
        region: Option<String>,
        #[command(flatten)]
        how: How,
    },
    /// Say that it works again
    End {
        /// The incident's id; the one that lasts if left out
        incident: Option<String>,
        #[command(flatten)]
        how: How,
    },
}

impl IncidentCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let settings = assemble::config(config)?;
        let app = match &self {
            Self::List => assemble::app_to_look(settings).await?,
            Self::Begin { how, .. } | Self::End { how, .. } => how.open(settings).await?,
        };
        match self {
            Self::List => list(&app).await,
            Self::Begin { title, text, region, how } => {
                let region = find_region(&app, region.as_deref())?;
                acts::run(&app, &Act::BeginIncident { title, text, region }, &how).await
            }
            Self::End { incident, how } => {
                let Some(id) = find(&app, incident).await? else {
                    say("no incident lasts, nothing was done");
                    return Ok(ExitCode::SUCCESS);
                };
                acts::run(&app, &Act::EndIncident(id), &how).await
            }
        }
    }
}

/// The one that is named, or the only one that lasts.
async fn find(app: &App, named: Option<String>) -> Result<Option<IncidentId>, Failure> {
    let hint = "`givr incident list` shows them";
    if let Some(named) = named {
        return IncidentId::parse(&named).map(Some).map_err(|error| Failure::fixable(error, hint));
    }
    let mut open = incidents::list_open(&mut *app.store.read().await?).await?.into_iter();
    match (open.next(), open.next()) {
        (Some(_), Some(_)) => Err(Failure::fixable("more than one incident lasts", format!("name one; {hint}"))),
        (one, _) => Ok(one.map(|incident| incident.id)),
    }
}

async fn list(app: &App) -> Outcome {
    for incident in incidents::list_since(&mut *app.store.read().await?, Timestamp::UNIX_EPOCH).await? {
        let place = incident.region.as_ref().map_or("everywhere", RegionKey::as_str);
        let until = incident.ended_at.map_or_else(|| "lasts".to_owned(), |at| at.to_string());
        say(&format!("{}  {} – {until}  {place}  {}", incident.id, incident.began_at, incident.title));
    }
    Ok(ExitCode::SUCCESS)
}

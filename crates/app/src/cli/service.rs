//! `givr service …`: ending, suspending and extending what customers have, one or many, and saying which server it is.

use crate::app::App;
use crate::cli::acts::{self, How};
use crate::cli::{Failure, Outcome, assemble, node, sales};
use crate::desk::acts::Act;
use clap::Subcommand;
use domain::ids::{OrderId, ServiceId};
use std::path::Path;
use store::services;

#[derive(Subcommand)]
pub(super) enum ServiceCommand {
    /// End it with the period that is paid, or now with its server and all its data
    Cancel {
        /// The service's id, or its order's
        service: String,
        /// At once: the server is deleted, and no money goes back
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        how: How,
    },
    /// Suspend its server, whoever pays
    Suspend {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
    },
    /// Lift a suspension that was made by hand
    Unsuspend {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        how: How,
    },
    /// Give it days: it runs on although nobody pays, and nothing is charged
    Extend {
        #[command(flatten)]
        which: Which,
        /// How many, from the end of what is paid or from now
        #[arg(long)]
        days: i64,
        #[command(flatten)]
        how: How,
    },
    /// Take its public page down: nobody sees it, and its customer cannot show another one
    HidePage {
        /// The service's id, or its order's
        service: String,
        #[command(flatten)]
        how: How,
    },
    /// Show a public page again that was taken down
    ShowPage {
        /// The service's id, or its order's
        service: String,
        #[command(flatten)]
        how: How,
    },
    /// Link it to the server that stands for it on the panel, after that was restored or made again by hand
    Adopt {
        /// The service's id, or its order's
        service: String,
        /// The panel's number of a server without an external id; without this, the server with the service's
        #[arg(long, value_name = "NUMBER")]
        server: Option<u64>,
        #[command(flatten)]
        how: How,
    },
}

impl ServiceCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let how = match &self {
            Self::Cancel { how, .. }
            | Self::Suspend { how, .. }
            | Self::Unsuspend { how, .. }
            | Self::Extend { how, .. }
            | Self::HidePage { how, .. }
            | Self::ShowPage { how, .. }
            | Self::Adopt { how, .. } => how,
        };
        let app = how.open(assemble::config(config)?).await?;
        match self {
            Self::Cancel { service, now: false, how } => {
                acts::run(&app, &Act::Cancel(find(&app, &service).await?), &how).await
            }
            Self::Cancel { service, now: true, how } => {
                acts::run(&app, &Act::End(find(&app, &service).await?), &how).await
            }
            Self::Suspend { which, how } => acts::run_all(&app, which.acts(&app, Act::Suspend).await?, &how).await,
            Self::Unsuspend { which, how } => acts::run_all(&app, which.acts(&app, Act::Unsuspend).await?, &how).await,
            Self::Extend { which, days, how } => {
                let extend = |service| Act::Extend(service, days);
                acts::run_all(&app, which.acts(&app, extend).await?, &how).await
            }
            Self::HidePage { service, how } => acts::run(&app, &Act::BarPage(find(&app, &service).await?), &how).await,
            Self::ShowPage { service, how } => {
                acts::run(&app, &Act::UnbarPage(find(&app, &service).await?), &how).await
            }
            Self::Adopt { service, server, how } => {
                acts::run(&app, &Act::Adopt(find(&app, &service).await?, server), &how).await
            }
        }
    }
}

/// Of which services.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Which {
    /// The services' ids, or their orders'
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// All in this region that have been delivered and are not gone
    #[arg(long)]
    region: Option<String>,
    /// All on this node that have been delivered and are not gone: its name, or the panel's number
    #[arg(long)]
    node: Option<String>,
}

impl Which {
    /// What is done with each of them, under its id.
    async fn acts(&self, app: &App, act: impl Fn(ServiceId) -> Act) -> Result<Vec<(String, Act)>, Failure> {
        let found = self.find(app).await?;
        Ok(found.into_iter().map(|service| (service.to_string(), act(service))).collect())
    }

    async fn find(&self, app: &App) -> Result<Vec<ServiceId>, Failure> {
        if let Some(region) = &self.region {
            let region = sales::find_region(app, Some(region))?;
            return Ok(services::list_standing(&mut *app.store.read().await?, region.as_ref(), None).await?);
        }
        if let Some(node) = &self.node {
            let node = node::find(app, node).await?;
            return Ok(services::list_standing(&mut *app.store.read().await?, None, Some(node)).await?);
        }
        let mut found = Vec::new();
        for text in &self.services {
            found.push(find(app, text).await?);
        }
        Ok(found)
    }
}

async fn find(app: &App, text: &str) -> Result<ServiceId, Failure> {
    let hint = "`givr order show` names an order's service";
    let mut db = app.store.read().await?;
    let found = if let Ok(order) = OrderId::parse(text) {
        services::find_by_order(&mut db, &order).await?
    } else {
        let id = ServiceId::parse(text).map_err(|error| Failure::fixable(error, hint))?;
        services::find(&mut db, &id).await?
    };
    let found = found.ok_or_else(|| Failure::fixable(format!("there is no service {text}"), hint))?;
    Ok(found.id)
}

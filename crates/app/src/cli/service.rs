//! `givr service …`: ending, suspending and extending what customers have, and saying which server it is.

use crate::app::App;
use crate::cli::acts::{self, How};
use crate::cli::{Failure, Outcome, assemble};
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
        /// The service's id, or its order's
        service: String,
        #[command(flatten)]
        how: How,
    },
    /// Lift a suspension that was made by hand
    Unsuspend {
        /// The service's id, or its order's
        service: String,
        #[command(flatten)]
        how: How,
    },
    /// Give it days: it runs on although nobody pays, and nothing is charged
    Extend {
        /// The service's id, or its order's
        service: String,
        /// How many, from the end of what is paid or from now
        #[arg(long)]
        days: i64,
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
        let app = assemble::app(assemble::config(config)?, false).await?;
        let (act, how) = match self {
            Self::Cancel { service, now: false, how } => (Act::Cancel(find(&app, &service).await?), how),
            Self::Cancel { service, now: true, how } => (Act::End(find(&app, &service).await?), how),
            Self::Suspend { service, how } => (Act::Suspend(find(&app, &service).await?), how),
            Self::Unsuspend { service, how } => (Act::Unsuspend(find(&app, &service).await?), how),
            Self::Extend { service, days, how } => (Act::Extend(find(&app, &service).await?, days), how),
            Self::Adopt { service, server, how } => (Act::Adopt(find(&app, &service).await?, server), how),
        };
        acts::run(&app, &act, &how).await
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

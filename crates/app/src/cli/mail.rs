//! `givr mail …`: what was written to somebody, and sending it again.

use crate::app::App;
use crate::cli::acts::{self, How};
use crate::cli::{ExitCode, Failure, Outcome, assemble, say};
use crate::desk::acts::Act;
use clap::Subcommand;
use domain::ids::{MessageId, OrderId};
use std::path::Path;
use store::{outbox, services};

#[derive(Subcommand)]
pub(super) enum MailCommand {
    /// List what was written about an order and its server, the newest first
    List {
        /// The order's id
        order: String,
    },
    /// Send a letter again, if what it says still holds
    Resend {
        /// The letter's id (msg_…)
        letter: String,
        #[command(flatten)]
        how: How,
    },
}

impl MailCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let settings = assemble::config(config)?;
        let app = match &self {
            Self::List { .. } => assemble::app_to_look(settings).await?,
            Self::Resend { how, .. } => how.open(settings).await?,
        };
        match self {
            Self::List { order } => list(&app, &order).await,
            Self::Resend { letter, how } => {
                let hint = "`givr mail list ORDER` shows the letters about an order";
                let id = MessageId::parse(&letter).map_err(|error| Failure::fixable(error, hint))?;
                acts::run(&app, &Act::ResendMail(id), &how).await
            }
        }
    }
}

async fn list(app: &App, order: &str) -> Outcome {
    let order = OrderId::parse(order).map_err(|error| Failure::fixable(error, "`givr order list` shows the orders"))?;
    let mut db = app.store.read().await?;
    let service = services::find_by_order(&mut db, &order).await?;
    let about = service.as_ref().map_or("", |service| service.id.as_str());
    for letter in outbox::list_about(&mut db, [order.as_str(), about], 200).await? {
        let state = match (letter.sent_at, letter.cancelled) {
            (Some(at), _) => format!("sent {at}"),
            (None, Some((at, why))) => format!("withdrawn {at}: {why}"),
            (None, None) => format!("waits since {}", letter.created_at),
        };
        say(&format!("{}  {:18}  {state}", letter.id, letter.kind));
    }
    Ok(ExitCode::SUCCESS)
}

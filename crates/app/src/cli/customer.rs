//! `givr customer …`: mending, copying and erasing what belongs to a customer.

use crate::app::App;
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::privacy::export;
use crate::work::provision::find_login;
use clap::Subcommand;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use store::accounts::{self, Account};

#[derive(Subcommand)]
pub(super) enum CustomerCommand {
    /// Find the customer's login at the panel by its external id, or link the one that you name
    SyncPanel {
        /// The customer's address
        email: String,
        /// The panel's number of a login to link; never an administrator's
        #[arg(long)]
        panel_user: Option<u64>,
    },
    /// Write a copy of everything that is stored about a customer: a zip file with JSON documents
    Export {
        /// The customer's address
        email: String,
        /// The file to make; one that is there is not overwritten
        #[arg(long)]
        to: PathBuf,
    },
}

impl CustomerCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let app = assemble::app(assemble::config(config)?, false).await?;
        match self {
            Self::SyncPanel { email, panel_user } => sync_panel(&app, &find(&app, &email).await?, panel_user).await,
            Self::Export { email, to } => export(&app, &find(&app, &email).await?, &to).await,
        }
    }
}

async fn find(app: &App, email: &str) -> Result<Account, Failure> {
    let found = accounts::find_by_email(&mut *app.store.read().await?, email).await?;
    found.ok_or_else(|| Failure::fixable(format!("no customer has the address {email}"), "check the spelling"))
}

async fn sync_panel(app: &App, account: &Account, panel_user: Option<u64>) -> Outcome {
    let login = find_login(app, account, panel_user).await.map_err(|problem| {
        Failure::fixable(
            format!("{problem:#}"),
            "name the right login with --panel-user, or let the next order make one",
        )
    })?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    accounts::set_panel_user(&mut tx, &account.id, login.0, &login.1).await?;
    let detail = json!({"panel_user": login.0});
    store::audit::record(&mut tx, &app.id(), "cli", "customer.sync-panel", account.id.as_str(), &detail, now).await?;
    tx.commit().await?;
    say(&format!("{} has the panel login {} (number {})", account.email, login.1, login.0));
    Ok(ExitCode::SUCCESS)
}

async fn export(app: &App, account: &Account, to: &Path) -> Outcome {
    let bytes = export::make(app, &account.id).await?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Nobody else on this machine reads it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(to).map_err(|error| {
        Failure::fixable(format!("cannot make {}: {error}", to.display()), "name a file that is not there yet")
    })?;
    file.write_all(&bytes)?;
    let mut tx = app.store.begin().await?;
    let (id, detail) = (account.id.as_str(), json!({"bytes": bytes.len()}));
    store::audit::record(&mut tx, &app.id(), "cli", "customer.export", id, &detail, app.now()).await?;
    tx.commit().await?;
    complain("hand it only to the person it is about, and delete it afterwards");
    say(&format!("{} holds the copy, {} bytes", to.display(), bytes.len()));
    Ok(ExitCode::SUCCESS)
}

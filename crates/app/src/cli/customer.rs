//! `givr customer …`: mending what belongs to a customer.

use crate::cli::{ExitCode, Failure, Outcome, assemble, say};
use crate::work::provision::find_login;
use clap::Subcommand;
use serde_json::json;
use std::path::Path;
use store::accounts;

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
}

impl CustomerCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let app = assemble::app(assemble::config(config)?, false).await?;
        let Self::SyncPanel { email, panel_user } = self;
        let found = accounts::find_by_email(&mut *app.store.read().await?, &email).await?;
        let account = found
            .ok_or_else(|| Failure::fixable(format!("no customer has the address {email}"), "check the spelling"))?;
        let login = find_login(&app, &account, panel_user).await.map_err(|problem| {
            Failure::fixable(
                format!("{problem:#}"),
                "name the right login with --panel-user, or let the next order make one",
            )
        })?;
        let now = app.now();
        let mut tx = app.store.begin().await?;
        accounts::set_panel_user(&mut tx, &account.id, login.0, &login.1).await?;
        let detail = json!({"panel_user": login.0});
        store::audit::record(&mut tx, &app.id(), "cli", "customer.sync-panel", account.id.as_str(), &detail, now)
            .await?;
        tx.commit().await?;
        say(&format!("{email} has the panel login {} (number {})", login.1, login.0));
        Ok(ExitCode::SUCCESS)
    }
}

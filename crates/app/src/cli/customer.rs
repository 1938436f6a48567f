//! `givr customer …`: mending, copying and erasing what belongs to a customer.

use crate::app::App;
use crate::cli::acts::{self, How};
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::desk::acts::Act;
use crate::privacy::erasure::{self, Answer};
use crate::privacy::export;
use crate::texts::t;
use crate::work;
use clap::Subcommand;
use domain::ids::AccountId;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use store::accounts::{self, Account};
use store::{Access, erasures, pseudonyms};

#[derive(Subcommand)]
pub(super) enum CustomerCommand {
    /// Find the customer's login at the panel by its external id, or link the one that you name
    SyncPanel {
        /// The customer's address, or the account's id
        email: String,
        /// The panel's number of a login to link; never an administrator's
        #[arg(long)]
        panel_user: Option<u64>,
        #[command(flatten)]
        how: How,
    },
    /// Take the second factors off the account of a customer who has lost them; make sure first who asks
    RemoveFactors {
        /// The customer's address, or the account's id
        email: String,
        #[command(flatten)]
        how: How,
    },
    /// Write a copy of everything that is stored about a customer: a zip file with JSON documents
    Export {
        /// The customer's address, or the account's id
        email: String,
        /// The file to make; one that is there is not overwritten
        #[arg(long)]
        to: PathBuf,
    },
    /// Erase a customer: say what would go and what stays, and with --yes do it
    Erase {
        /// The customer's address, or the account's id
        email: String,
        /// Do it; without this nothing is changed
        #[arg(long)]
        yes: bool,
        /// End servers and open orders for it: subscriptions first, then the servers with their files, then the data
        #[arg(long)]
        end_servers: bool,
    },
}

impl CustomerCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let settings = assemble::config(config)?;
        let app = match &self {
            Self::Erase { yes: false, .. } => assemble::app_to_look(settings).await?,
            Self::SyncPanel { how, .. } | Self::RemoveFactors { how, .. } => how.open(settings).await?,
            Self::Export { .. } | Self::Erase { yes: true, .. } => assemble::app(settings, Access::Shared).await?,
        };
        match self {
            Self::SyncPanel { email, panel_user, how } => {
                let account = find(&app, &email).await?;
                acts::run(&app, &Act::SyncPanel(account.id, panel_user), &how).await
            }
            Self::RemoveFactors { email, how } => {
                let account = find(&app, &email).await?;
                acts::run(&app, &Act::RemoveFactors(account.id), &how).await
            }
            Self::Export { email, to } => export(&app, &find(&app, &email).await?, &to).await,
            Self::Erase { email, yes, end_servers } => erase(&app, &find(&app, &email).await?, yes, end_servers).await,
        }
    }
}

/// By address or, as alerts name them, by id.
async fn find(app: &App, who: &str) -> Result<Account, Failure> {
    let mut db = app.store.read().await?;
    let found = match AccountId::parse(who) {
        Ok(id) => accounts::find(&mut db, &id).await?,
        Err(_) => accounts::find_by_email(&mut db, who).await?,
    };
    found.ok_or_else(|| Failure::fixable(format!("no customer has the address or the id {who}"), "check the spelling"))
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

async fn erase(app: &App, account: &Account, yes: bool, end_servers: bool) -> Outcome {
    if !yes {
        return show_erasure(app, account).await;
    }
    match erasure::request(app, account, end_servers, "cli").await? {
        Answer::Accepted(standing) => {
            // With nothing in the way it is done at once; otherwise `givr serve` goes on with it.
            work::erasures::pass(app).await?;
            let done = erasures::find(&mut *app.store.read().await?, &account.id).await?;
            match done {
                Some(erasure) if erasure.done_at.is_some() => say(&format!("{} is erased", account.id)),
                Some(_) | None => {
                    standing.iter().for_each(|obstacle| say(&format!("first: {obstacle}")));
                    say("the erasure is written down; `givr serve` carries it out when this is over");
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Answer::Standing(standing) => {
            let standing: Vec<String> = standing.iter().map(ToString::to_string).collect();
            Err(Failure::fixable(standing.join("; "), "wait until this is over, or add --end-servers"))
        }
        Answer::Staff => Err(Failure::fixable("this account runs the shop", "only customers are erased")),
    }
}

/// What an erasure would do, without doing it.
async fn show_erasure(app: &App, account: &Account) -> Outcome {
    let mut db = app.store.read().await?;
    let standing = erasure::obstacles(&mut db, &account.id).await?;
    say(&format!("account {}:", account.id));
    for (what, count) in pseudonyms::count(&mut db, &account.id).await? {
        say(&format!("  {count} {what}"));
    }
    say("removed:");
    erasure::REMOVED.iter().for_each(|what| say(&format!("  {}", t(what))));
    say("kept, under the account's number:");
    erasure::KEPT.iter().for_each(|(what, why)| say(&format!("  {}: {}", t(what), t(why))));
    if !standing.is_empty() {
        say("has to end first:");
        standing.iter().for_each(|obstacle| say(&format!("  {obstacle}")));
    }
    complain("nothing was changed; --yes erases, --end-servers ends what stands");
    Ok(ExitCode::SUCCESS)
}

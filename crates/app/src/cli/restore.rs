//! `givr restore`: a backup back into a database, and the word of a person that it may act.

use crate::app::App;
use crate::backup::{self, Since, Source};
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::clock::{Clock, Random, SystemClock};
use clap::{Args, Subcommand};
use domain::freeze::{Reach, Reason};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use store::Access;
use store::freezes::{self, Freeze};

/// Bring a backup back into an empty database
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Restore {
    #[command(flatten)]
    files: Option<Files>,
    #[command(subcommand)]
    command: Option<RestoreCommand>,
}

/// What a backup is read with.
#[derive(Args)]
pub(super) struct Files {
    /// The backup
    #[arg(long, value_name = "FILE")]
    pub(super) from: PathBuf,
    /// The file with the secret key that `givr backup keygen` printed
    #[arg(long, value_name = "FILE")]
    pub(super) identity: PathBuf,
}

#[derive(Subcommand)]
enum RestoreCommand {
    /// Freeze the shop by hand, because its database was brought back by other means than `givr restore`
    Freeze,
    /// Show what happened outside since the backup, and with --yes let the shop act again
    Confirm {
        /// This installation is the only one, and what was shown is understood
        #[arg(long)]
        yes: bool,
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
}

impl Restore {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        match (self.command, self.files) {
            (Some(RestoreCommand::Freeze), _) => freeze(config).await,
            (Some(RestoreCommand::Confirm { yes, json }), _) => confirm(config, yes, json).await,
            (None, Some(files)) => restore(config, &files).await,
            (None, None) => Err(Failure::fixable("no backup was named", "givr restore --from FILE --identity FILE")),
        }
    }
}

async fn restore(config: &Path, files: &Files) -> Outcome {
    let config = assemble::config(config)?;
    let secrets: Vec<_> = std::iter::once(&config.secret).chain(&config.old_secrets).collect();
    let source = Source { from: &files.from, identity: &files.identity, secrets: &secrets };
    complain("reading the backup in full first …");
    let restored = backup::restore(&source, &config.database_url, &Random::system(), SystemClock.now()).await;
    let (store, manifest) = restored.map_err(Failure::of_backup)?;
    store.close().await;
    let rows = manifest.rows.values().sum::<u64>();
    say(&format!("{rows} rows as they were at {}, of installation {}", manifest.at, manifest.installation));
    complain(
        "the installation is frozen: it shows its pages and keeps what Stripe sends, and does nothing outside.\n\
         Make sure that nothing else runs as this shop any more, start `givr serve`, then `givr restore confirm`.",
    );
    Ok(ExitCode::SUCCESS)
}

async fn freeze(config: &Path) -> Outcome {
    let app = assemble::app(assemble::config(config)?, Access::Shared).await?;
    let text = "The installation was frozen by hand: nothing is done outside until `givr restore confirm`.";
    backup::hold(&app, Reason::Restored, "frozen by hand", text).await?;
    say("frozen; processes that run notice it within seconds. `givr restore confirm` is the way out");
    Ok(ExitCode::SUCCESS)
}

async fn confirm(config: &Path, yes: bool, as_json: bool) -> Outcome {
    let app = assemble::app(assemble::config(config)?, Access::Shared).await?;
    let standing = freezes::standing(&mut *app.store.read().await?).await?;
    let frozen: Vec<&Freeze> =
        standing.freezes.iter().filter(|freeze| freeze.reason.reach() == Reach::Outside).collect();
    let Some(since) = frozen.iter().map(|freeze| freeze.data_at).min() else {
        say("nothing waits for a confirmation");
        return Ok(ExitCode::SUCCESS);
    };
    let differences = backup::differences(&app, since).await;
    if as_json {
        say(&serde_json::json!({"since": since.to_string(), "differences": differences}).to_string());
    } else {
        tell(&frozen, since, &differences);
    }
    if !yes {
        let problem = "nothing was changed: the installation stays frozen";
        let hint = "make sure that nothing else runs as this shop (another machine, an old copy), read what stands above, then \
                    `givr restore confirm --yes`";
        return Err(Failure::fixable(problem, hint));
    }
    act(&app).await
}

async fn act(app: &App) -> Outcome {
    backup::confirm(app, "cli").await?;
    complain("confirmed: the shop acts again, and makes up for what happened since. `givr verify` shows what is left");
    Ok(ExitCode::SUCCESS)
}

fn tell(frozen: &[&Freeze], since: Timestamp, differences: &[Since]) {
    for freeze in frozen {
        say(&format!("frozen since {}: {}", freeze.since, freeze.detail));
    }
    say(&format!("outside, since {since}:"));
    for Since { kind, subject, text } in differences {
        say(&format!("  {kind:13} {subject}  {text}"));
    }
    if differences.is_empty() {
        say("  nothing differs");
    }
}

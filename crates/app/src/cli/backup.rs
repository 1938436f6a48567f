//! `givr backup`: everything that the database holds, in one encrypted file.

use crate::backup::{self, Manifest, Sum};
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::clock::{Clock, SystemClock};
use age::x25519::Identity;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use store::{Access, Store, StoreError, marks};

/// Make a backup of the database, encrypted to `backup.recipient`
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Backup {
    /// Where to; a file that is there is never replaced
    #[arg(long, value_name = "FILE", required = true)]
    to: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<BackupCommand>,
}

#[derive(Subcommand)]
enum BackupCommand {
    /// Print a fresh pair of keys: the public one for the settings, the secret one to be kept away from this machine
    Keygen,
}

impl Backup {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        match (self.command, self.to) {
            (Some(BackupCommand::Keygen), _) => Ok(keygen()),
            (None, Some(to)) => make(config, &to, self.json).await,
            (None, None) => Err(Failure::fixable("no file was named", "givr backup --to FILE")),
        }
    }
}

/// The file of the secret key, as `age` itself writes and reads it.
fn keygen() -> ExitCode {
    let identity = Identity::generate();
    let recipient = identity.to_public();
    say(&format!(
        "# Secret key for the backups of givr. Whoever has it reads them; without it nobody does, you included.\n\
         # Keep it on paper or in a password safe, in two places, neither of them this machine or the backups' own.\n\
         # public key: {recipient}\n{}",
        identity.to_string().expose_secret()
    ));
    complain(&format!(
        "put this into givr.toml, and keep what stands above in another place:\n\n[backup]\nrecipient = \"{recipient}\"\n"
    ));
    ExitCode::SUCCESS
}

/// Tells the shop when its last backup was made, so that it can say when one is missing.
async fn note(database_url: &str, made_at: Timestamp) -> Result<(), StoreError> {
    let store = Store::connect(database_url, Access::Shared).await?;
    let mut tx = store.begin().await?;
    marks::set(&mut tx, backup::MARK, "", made_at).await?;
    tx.commit().await?;
    store.close().await;
    Ok(())
}

async fn make(config: &Path, to: &Path, as_json: bool) -> Outcome {
    let config = assemble::config(config)?;
    let Some(recipient) = &config.backup_recipient else {
        let hint = "`givr backup keygen` makes a pair of keys and says what to do with each";
        return Err(Failure::fixable("backup.recipient is not set: a backup is never written in clear", hint));
    };
    let missing = |_| Failure::fixable("the database cannot be opened for reading", "check `database.url`");
    let store = Store::connect_to_read(&config.database_url).await.map_err(missing)?;
    let made = backup::write(&store, to, recipient, &config.secret, SystemClock.now()).await;
    store.close().await;
    let (manifest, sum) = made.map_err(Failure::of_backup)?;
    if let Err(error) = note(&config.database_url, manifest.at).await {
        complain(&format!("the backup is good, and the shop does not know of it: {error}"));
    }
    if as_json {
        say(&described(&manifest, &sum).to_string());
    } else {
        say(&format!("{}  sha256 of the contents {}", to.display(), sum.sha256));
        let (rows, tables) = (manifest.rows.values().sum::<u64>(), manifest.rows.len());
        complain(&format!(
            "{rows} rows of {tables} tables, as they were at {}; `givr drill` tells what they are worth",
            manifest.at
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn described(manifest: &Manifest, sum: &Sum) -> Value {
    json!({"manifest": manifest, "sha256": sum.sha256})
}

//! Backups: everything that the database holds, in one file that only the owner's own key opens, and back into a database of
//! either engine.
//!
//! The file is an age file (age-encryption.org) around gzip around lines of JSON: a manifest, then for each table its name with its
//! columns and one line per row, then the sum of it all. `age -d -i key backup | gunzip` shows it without this program. What the
//! database holds sealed stays sealed in it, and `security.secret` is in neither; a seal made with that secret says that the shop
//! itself wrote the file, for the key that it is encrypted to is no secret.

mod contents;
mod drill;
mod outside;
mod restore;
mod write;

pub use contents::{Batch, Contents, Source};
pub use drill::{Drill, drill};
pub use outside::{Since, differences};
pub use restore::{confirm, hold, restore};
pub use write::write;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use store::{Engine, StoreError};

/// The mark that says when the last one was made.
pub const MARK: &str = "backup.made";
/// Past this a night was missed.
pub const LATE_AFTER: SignedDuration = SignedDuration::from_hours(36);
/// The form that this release writes.
const FORMAT: u32 = 1;
/// The first schema that a backup was ever made of.
const FIRST_SCHEMA: i64 = 8;

/// What stands at the beginning of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Which form the file has.
    pub format: u32,
    /// The release that wrote it.
    pub release: String,
    /// Whose data it is.
    pub installation: String,
    /// What stands in front of that installation's external ids at the panel.
    pub prefix: String,
    /// The epoch that it was in.
    pub epoch: i64,
    /// The last migration of its database.
    pub schema: i64,
    /// The database that it came from.
    pub engine: String,
    /// The moment that it shows.
    pub at: Timestamp,
    /// How many rows each table had.
    pub rows: BTreeMap<String, u64>,
}

/// What stands at the end of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// SHA-256 over every line before this one, in hex.
    pub sha256: String,
    /// Says, by `security.secret`, that the shop itself wrote it.
    pub seal: String,
}

/// A line that is not a row.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Heading {
    Manifest(Manifest),
    Table { name: String, columns: Vec<String> },
    End(Sum),
}

/// Why a backup was not made, or not brought back. Nothing was written, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{path}: {problem}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// There is such a file already.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// The file of the secret key holds none.
    #[error("{0} holds no secret key (AGE-SECRET-KEY-…)")]
    NoIdentity(PathBuf),
    /// The backup was made for another key.
    #[error("this secret key does not open the backup: it was made for another one")]
    WrongIdentity,
    /// The file is something else.
    #[error("this is not a backup of givr: {0}")]
    NotABackup(String),
    /// It was cut off or changed.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// None of our secrets made its seal.
    #[error(
        "the backup was not sealed with this `security.secret`: it is of another shop, or of another time, or forged"
    )]
    WrongSecret,
    /// A newer release wrote it.
    #[error("release {release} wrote this backup (form {format}, schema {schema}), which this release does not know")]
    Newer {
        /// Which release.
        release: String,
        /// The form of the file.
        format: u32,
        /// The last migration of its database.
        schema: i64,
    },
    /// The database was written by a release before this one, and is not up to date.
    #[error("the database has schema {at}, this program needs {}", store::LATEST_SCHEMA)]
    Older {
        /// The last migration that is applied.
        at: i64,
    },
    /// A backup is never written over data.
    #[error("the database holds data already (table {0})")]
    NotEmpty(&'static str),
    /// There is nothing to make a backup of.
    #[error("the database holds no installation of this release: {0}")]
    NoInstallation(&'static str),
    /// The database did not answer, or refused a row.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    /// What to do about it; `None` if it is ours to mend.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::File { .. } => Some("check the path and its permissions"),
            Self::Exists(_) => Some("choose another name: a backup never replaces another file"),
            Self::NoIdentity(_) => Some("give the file that `givr backup keygen` wrote"),
            Self::WrongIdentity => {
                Some("give the secret key that belongs to `backup.recipient` as it was when the backup was made")
            }
            Self::NotABackup(_) => Some("give a file that `givr backup --to` wrote"),
            Self::Damaged(_) => Some("nothing was restored; take another copy of the file, or the backup before it"),
            Self::WrongSecret => Some(
                "put the `security.secret` of that time into the settings, or among `security.old_secrets`; without it what the database \
                 keeps sealed does not open",
            ),
            Self::Newer { .. } => Some("use that release of givr, or a newer one"),
            Self::Older { .. } => Some(
                "run `givr migrate` or start the shop first, or make the backup with the release that the shop still runs",
            ),
            Self::Store(StoreError::Newer { .. }) => Some("run the release that wrote this database, or a newer one"),
            Self::NotEmpty(_) => Some(
                "restore into a new file or an empty database, and set `database.url` to it; the old one stays to be looked at",
            ),
            Self::NoInstallation(_) => Some("check `database.url`; `givr migrate` brings an older schema up to date"),
            Self::Store(StoreError::InUse { .. }) => Some("stop `givr serve` first"),
            Self::Store(StoreError::BadUrl { .. }) => Some("check `database.url`"),
            Self::Store(
                StoreError::Conflict { .. }
                | StoreError::Taken { .. }
                | StoreError::Senseless { .. }
                | StoreError::Database(_),
            ) => None,
        }
    }

    fn file(path: &std::path::Path, error: &dyn std::fmt::Display) -> Self {
        Self::File { path: path.to_owned(), problem: error.to_string() }
    }
}

/// The word for an engine in a manifest.
fn word(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}

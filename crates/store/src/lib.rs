//! The only room with SQL. SQLite and PostgreSQL through one text.
//!
//! A caller opens a transaction with [`Store::begin`], calls the functions of this crate with it and commits; or takes a
//! connection for reading with [`Store::read`]. No function here calls the outside world, reads a clock or draws a random
//! number. One file per subject, one statement per function where that reads well.

pub mod accounts;
pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod backlog;
pub mod calls;
pub mod checkout;
pub mod copies;
pub mod crowd;
pub mod data_keys;
mod database;
pub mod disputes;
pub mod email_changes;
pub mod erasures;
pub mod events;
pub mod factors;
pub mod figures;
pub mod finding;
pub mod freezes;
#[cfg(feature = "testing")]
pub mod gate;
pub mod idempotency;
pub mod incidents;
pub mod invitations;
pub mod ledger;
pub mod marks;
mod migrate;
pub mod mirror;
pub mod notes;
pub mod notifications;
pub mod operations;
pub mod orders;
pub mod outbox;
pub mod personal;
pub mod prices;
pub mod pseudonyms;
pub mod public_pages;
pub mod refunds;
pub mod reservations;
pub mod retention;
mod row;
pub mod sales_pauses;
pub mod services;
pub mod sessions;
pub mod signing_keys;
pub mod standing;
pub mod status;
#[cfg(feature = "testing")]
pub mod testing;
pub mod throttles;
pub mod tickets;
pub mod timeline;
pub mod usage;
pub mod verify;
pub mod views;
pub mod waiting_list;
pub mod watch;

pub use database::{Access, Engine, Snapshot, Store, Tx};
pub use migrate::{LATEST as LATEST_SCHEMA, SchemaState};

/// A connection to the database: a transaction or a plain reader.
pub type Db = sqlx::AnyConnection;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else saved first, or took the work over: nothing was written; read and decide again.
    #[error("{what} was changed by somebody else")]
    Conflict {
        /// What was to be saved.
        what: &'static str,
    },
    /// A row with this identity exists already: nothing was written.
    #[error("there is such a row already: {constraint}")]
    Taken {
        /// The constraint or the columns that refused it, as the database names them.
        constraint: String,
    },
    /// A row makes no sense. It was written by something else than this program, or the schema is not ours.
    #[error("column `{column}` of a row makes no sense: {problem}")]
    Senseless {
        /// Which column.
        column: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The database was written by a newer release.
    #[error("the database has schema {version}, this program needs {}: a newer release was here", migrate::LATEST)]
    Newer {
        /// The last migration, which this release does not know.
        version: i64,
    },
    /// Another process holds the database file.
    #[error("another process is using the database file {path}")]
    InUse {
        /// The file.
        path: String,
    },
    /// The address of the database cannot be used.
    #[error("`{url}` is not a database that can be opened: {problem}")]
    BadUrl {
        /// The address without its password.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The database is not there, is full, or is too slow. Nothing was written, or nobody knows: read again by key.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refused) if refused.is_unique_violation() => {
                Self::Taken { constraint: refused.constraint().unwrap_or(refused.message()).to_owned() }
            }
            _ => Self::Database(error),
        }
    }
}

/// What the functions of this crate answer.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A claim on a piece of work: who holds it, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Names the process that works, for people; ownership is the fence, never the name (O9).
    pub worker: String,
    /// Now.
    pub now: jiff::Timestamp,
    /// When the claim lapses.
    pub until: jiff::Timestamp,
}

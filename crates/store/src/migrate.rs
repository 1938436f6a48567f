//! Bringing the schema up to date, one process at a time.

use crate::{Engine, Result, Store, StoreError};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Row, SqlSafeStr};

const MIGRATIONS: [(i64, &str, &str); 32] = [
    (1, "accounts", include_str!("../migrations/0001_accounts.sql")),
    (2, "panel mirror", include_str!("../migrations/0002_panel_mirror.sql")),
    (3, "orders", include_str!("../migrations/0003_orders.sql")),
    (4, "services", include_str!("../migrations/0004_services.sql")),
    (5, "money", include_str!("../migrations/0005_money.sql")),
    (6, "access", include_str!("../migrations/0006_access.sql")),
    (7, "privacy", include_str!("../migrations/0007_privacy.sql")),
    (8, "freezes", include_str!("../migrations/0008_freezes.sql")),
    (9, "refunds of what was not ordered", include_str!("../migrations/0009_refusals.sql")),
    (10, "life after delivery", include_str!("../migrations/0010_standing.sql")),
    (11, "past freezes", include_str!("../migrations/0011_past_freezes.sql")),
    (12, "languages", include_str!("../migrations/0012_languages.sql")),
    (13, "waiting list", include_str!("../migrations/0013_waiting_list.sql")),
    (14, "acceptances", include_str!("../migrations/0014_acceptances.sql")),
    (15, "use over time", include_str!("../migrations/0015_usage.sql")),
    (16, "tickets", include_str!("../migrations/0016_tickets.sql")),
    (17, "public pages", include_str!("../migrations/0017_public_pages.sql")),
    (18, "unwanted mails", include_str!("../migrations/0018_unwanted_mails.sql")),
    (19, "email changes", include_str!("../migrations/0019_email_changes.sql")),
    (20, "notifications", include_str!("../migrations/0020_notifications.sql")),
    (21, "figures", include_str!("../migrations/0021_figures.sql")),
    (22, "console", include_str!("../migrations/0022_console.sql")),
    (23, "incidents", include_str!("../migrations/0023_incidents.sql")),
    (24, "acts by hand", include_str!("../migrations/0024_acts.sql")),
    (25, "customers", include_str!("../migrations/0025_customers.sql")),
    (26, "status", include_str!("../migrations/0026_status.sql")),
    (27, "views as a customer", include_str!("../migrations/0027_views.sql")),
    (28, "calls", include_str!("../migrations/0028_calls.sql")),
    (29, "faster looks", include_str!("../migrations/0029_faster_looks.sql")),
    (30, "barred pages", include_str!("../migrations/0030_barred_pages.sql")),
    (31, "refunds paid otherwise", include_str!("../migrations/0031_paid_otherwise.sql")),
    (32, "deliveries that went on", include_str!("../migrations/0032_unparked.sql")),
];

/// What the two databases do not write alike, after the text that they share.
fn own_text(engine: Engine, version: i64) -> &'static str {
    match (version, engine) {
        (7, Engine::Sqlite) => include_str!("../migrations/0007_privacy.sqlite.sql"),
        (7, Engine::Postgres) => include_str!("../migrations/0007_privacy.postgres.sql"),
        _ => "",
    }
}

/// How the schema of a database relates to this release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// The last migration is the one that this release brings.
    Current,
    /// Some migrations of this release are not applied yet.
    Behind {
        /// The last one that is; 0 in an empty database.
        at: i64,
    },
}

impl Store {
    /// Brings the schema up to the migration `last`, as a backup of that time needs it.
    ///
    /// # Errors
    /// [`StoreError::Newer`], or the database cannot be reached.
    pub async fn migrate_to(&self, last: i64) -> Result<()> {
        run_to(self, last).await
    }

    /// Compares the schema with this release, without changing it.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a newer release was here.
    pub async fn schema(&self) -> Result<SchemaState> {
        let mut db = self.read().await?;
        // The table is missing in a new database; any other trouble shows again at the next statement.
        let applied = sqlx::query("select version from _sqlx_migrations order by version").fetch_all(&mut *db).await;
        let applied: Vec<i64> = applied.unwrap_or_default().iter().filter_map(|row| row.try_get(0).ok()).collect();
        let known = |version: &i64| MIGRATIONS.iter().any(|(known, ..)| known == version);
        if let Some(version) = applied.iter().rfind(|version| !known(version)) {
            return Err(StoreError::Newer { version: *version });
        }
        match MIGRATIONS.len() - applied.len() {
            0 => Ok(SchemaState::Current),
            _ => Ok(SchemaState::Behind { at: applied.last().copied().unwrap_or_default() }),
        }
    }
}

/// The schema that this release brings.
pub const LATEST: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

pub(crate) async fn run(store: &Store) -> Result<()> {
    run_to(store, LATEST).await
}

/// Applies migrations up to this one.
pub(crate) async fn run_to(store: &Store, last: i64) -> Result<()> {
    if store.schema().await? == SchemaState::Current {
        return Ok(());
    }
    let migrations = MIGRATIONS.into_iter().filter(|(version, ..)| *version <= last).map(|(version, name, sql)| {
        let sql = format!("{sql}{}", own_text(store.engine(), version));
        Migration::new(version, name.into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // PostgreSQL has an advisory lock for it; a SQLite file has one writing connection, and one process that serves.
    migrator.set_locking(store.engine() == Engine::Postgres);
    let mut db = store.writer().acquire().await?;
    migrator.run(&mut *db).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StoreError::Newer { version },
        other => StoreError::Database(sqlx::Error::Migrate(Box::new(other))),
    })
}

//! Opening the database: pools, pragmas, transactions.

#[cfg(feature = "testing")]
use crate::gate::{self, Gate, Point};
use crate::{Db, Result, StoreError, migrate};
use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Connection, Executor};
use std::ops::{Deref, DerefMut};
#[cfg(feature = "testing")]
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How long somebody waits for a connection before the request fails.
const ACQUIRE: Duration = Duration::from_secs(10);
/// Readers of a SQLite file, and connections to PostgreSQL.
const CONNECTIONS: u32 = 8;
/// Connections to PostgreSQL where many programs come and go.
#[cfg(feature = "testing")]
const FEW: u32 = 3;

/// Which database stands behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file, one process, one writer.
    Sqlite,
    /// A server, any number of replicas.
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    writer: AnyPool,
    reader: AnyPool,
    engine: Engine,
    #[cfg(feature = "testing")]
    gate: Option<Arc<dyn Gate>>,
    // Held as long as any clone lives: a second process on the same file is refused (R7).
    _file_lock: Option<Arc<std::fs::File>>,
}

/// A transaction that writes. Dropped without [`Tx::commit`] it changes nothing.
#[derive(Debug)]
pub struct Tx {
    inner: sqlx::Transaction<'static, Any>,
    #[cfg(feature = "testing")]
    gate: Option<Arc<dyn Gate>>,
}

impl Tx {
    /// Makes everything that was written last.
    ///
    /// # Errors
    /// [`StoreError::Database`]: nobody knows whether it lasts; read again by key.
    #[cfg_attr(feature = "testing", track_caller)]
    #[cfg_attr(
        not(feature = "testing"),
        expect(clippy::manual_async_fn, reason = "with gates it names its caller first")
    )]
    pub fn commit(self) -> impl Future<Output = Result<()>> + Send {
        #[cfg(feature = "testing")]
        let at = Location::caller();
        async move {
            #[cfg(feature = "testing")]
            gate::pass(self.gate.as_ref(), Point::Commit, at).await?;
            self.inner.commit().await?;
            #[cfg(feature = "testing")]
            gate::pass(self.gate.as_ref(), Point::Committed, at).await?;
            Ok(())
        }
    }
}

impl Deref for Tx {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Db {
        &mut self.inner
    }
}

/// The database as it was at one moment: everything that is read through it fits together. Nothing is written.
#[derive(Debug)]
pub struct Snapshot(sqlx::Transaction<'static, Any>);

impl Deref for Snapshot {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.0
    }
}

impl DerefMut for Snapshot {
    fn deref_mut(&mut self) -> &mut Db {
        &mut self.0
    }
}

/// Who else may have a SQLite file open. PostgreSQL is always shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// This process alone, as a serving process must.
    Exclusive,
    /// Others beside it, such as commands beside the shop.
    Shared,
}

impl Store {
    /// Opens `sqlite://path` (the file is made if missing) or `postgres://…` and brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::BadUrl`], [`StoreError::InUse`], [`StoreError::Newer`], or the database cannot be reached.
    pub async fn open(url: &str, access: Access) -> Result<Self> {
        let store = Self::connect(url, access).await?;
        migrate::run(&store).await?;
        if store._file_lock.is_some() {
            store.forget_claims().await?;
        }
        Ok(store)
    }

    /// With the file for ourselves, whoever held a claim has died: its work need not wait until the claim lapses.
    async fn forget_claims(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        for claimed in ["operations", "webhook_events", "refunds", "outbox", "erasures"] {
            let sql = format!("update {claimed} set claimed_until = 0 where claimed_until > 0");
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *tx).await?;
        }
        tx.commit().await
    }

    /// Like [`Store::open`], but leaves the schema as it is.
    ///
    /// # Errors
    /// [`StoreError::BadUrl`], [`StoreError::InUse`], or the database cannot be reached.
    pub async fn connect(url: &str, access: Access) -> Result<Self> {
        sqlx::any::install_default_drivers();
        if let Some(path) = url.strip_prefix("sqlite://") {
            Self::connect_file(Path::new(path), access, CONNECTIONS).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::connect_server(url, CONNECTIONS).await
        } else {
            Err(bad_url(url, &"it must begin with sqlite:// or postgres://"))
        }
    }

    async fn connect_server(url: &str, connections: u32) -> Result<Self> {
        let options = sqlx::any::AnyConnectOptions::from_str(url).map_err(|error| bad_url(url, &error))?;
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE)
            .after_connect(|db, _| {
                Box::pin(async move {
                    db.execute("set timezone to 'UTC'; set synchronous_commit to on").await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self {
            writer: pool.clone(),
            reader: pool,
            engine: Engine::Postgres,
            #[cfg(feature = "testing")]
            gate: None,
            _file_lock: None,
        })
    }

    /// Opens a database that is there for reading alone, also while another process serves from it: no lock is taken, no schema is
    /// changed, and whoever tries to write is refused.
    ///
    /// # Errors
    /// [`StoreError::BadUrl`], or the database is not there.
    pub async fn connect_to_read(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let (address, engine, settings) = if url.starts_with("sqlite://") {
            (format!("{url}?mode=ro"), Engine::Sqlite, "pragma busy_timeout = 10000; pragma query_only = on")
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            (url.to_owned(), Engine::Postgres, "set timezone to 'UTC'; set default_transaction_read_only to on")
        } else {
            return Err(bad_url(url, &"it must begin with sqlite:// or postgres://"));
        };
        let options = sqlx::any::AnyConnectOptions::from_str(&address).map_err(|error| bad_url(url, &error))?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(engine == Engine::Postgres)
            .after_connect(move |db, _| {
                Box::pin(async move {
                    db.execute(settings).await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self {
            writer: pool.clone(),
            reader: pool,
            engine,
            #[cfg(feature = "testing")]
            gate: None,
            _file_lock: None,
        })
    }

    async fn connect_file(path: &Path, access: Access, readers: u32) -> Result<Self> {
        let url = format!("sqlite://{}?mode=rwc", path.display());
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| bad_url(&url, &error))?;
        }
        let file_lock = match access {
            Access::Exclusive => Some(Arc::new(lock_file(path)?)),
            Access::Shared => None,
        };
        let options = sqlx::any::AnyConnectOptions::from_str(&url).map_err(|error| bad_url(&url, &error))?;
        let pool = |connections: u32| {
            AnyPoolOptions::new()
                .max_connections(connections)
                .min_connections(1)
                .acquire_timeout(ACQUIRE)
                // A file does not hang up. Asking whether it did costs a turn of the connection's thread each time.
                .test_before_acquire(false)
                // On a full disk SQLite itself rolls back, the rollback that follows fails, and the connection counts as inside a
                // transaction for ever: whoever came next could never begin one.
                .before_acquire(|db, _| Box::pin(async move { Ok(!db.is_in_transaction()) }))
                .after_connect(|db, _| {
                    Box::pin(async move {
                        db.execute(
                            "pragma busy_timeout = 10000; pragma journal_mode = wal; pragma synchronous = full;
                             pragma foreign_keys = on; pragma cache_size = -16000; pragma temp_store = memory",
                        )
                        .await?;
                        Ok(())
                    })
                })
        };
        // One writer: transactions queue here instead of failing on each other in the file.
        let writer = pool(1).connect_with(options.clone()).await?;
        let reader = pool(readers).connect_with(options).await?;
        Ok(Self {
            writer,
            reader,
            engine: Engine::Sqlite,
            #[cfg(feature = "testing")]
            gate: None,
            _file_lock: file_lock,
        })
    }

    /// A database with few connections. Of a SQLite file only one reads: whoever reads at the same time takes turns in the order of asking,
    /// which with more of them is up to their threads. On PostgreSQL each costs a process, and what it knows of the tables.
    ///
    /// # Errors
    /// As for [`Store::connect`].
    #[cfg(feature = "testing")]
    pub async fn connect_in_turns(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        match url.strip_prefix("sqlite://") {
            Some(path) => Self::connect_file(Path::new(path), Access::Shared, 1).await,
            None => Self::connect_server(url, FEW).await,
        }
    }

    /// Which database stands behind.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Begins a transaction that writes. On SQLite it is the only one from this moment on.
    ///
    /// # Errors
    /// No connection within ten seconds, or the database is not there.
    #[cfg_attr(feature = "testing", track_caller)]
    #[cfg_attr(
        not(feature = "testing"),
        expect(clippy::manual_async_fn, reason = "with gates it names its caller first")
    )]
    pub fn begin(&self) -> impl Future<Output = Result<Tx>> + Send {
        #[cfg(feature = "testing")]
        let at = Location::caller();
        async move {
            #[cfg(feature = "testing")]
            gate::pass(self.gate.as_ref(), Point::Begin, at).await?;
            let inner = match self.engine {
                Engine::Sqlite => self.writer.begin_with("begin immediate").await?,
                Engine::Postgres => self.writer.begin().await?,
            };
            Ok(Tx {
                inner,
                #[cfg(feature = "testing")]
                gate: self.gate.clone(),
            })
        }
    }

    /// Whether something could be written now: a row is written as it is, and taken back. A disk that is full is found by what is
    /// flushed to it, and not here.
    ///
    /// # Errors
    /// It could not.
    pub async fn try_writing(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("update installation set prefix = prefix").execute(&mut *tx).await?;
        Ok(())
    }

    /// A connection for reading what is committed.
    ///
    /// # Errors
    /// No connection within ten seconds, or the database is not there.
    pub async fn read(&self) -> Result<PoolConnection<Any>> {
        Ok(self.reader.acquire().await?)
    }

    /// A view of what is committed now; later commits do not change it. It keeps nobody from writing.
    ///
    /// # Errors
    /// No connection within ten seconds, or the database is not there.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let view = match self.engine {
            Engine::Sqlite => self.reader.begin().await?,
            Engine::Postgres => self.reader.begin_with("begin isolation level repeatable read, read only").await?,
        };
        Ok(Snapshot(view))
    }

    pub(crate) fn writer(&self) -> &AnyPool {
        &self.writer
    }

    /// The same database with a gate at the beginning and at both sides of the end of every transaction.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn gated(self, gate: Arc<dyn Gate>) -> Self {
        Self { gate: Some(gate), ..self }
    }

    /// How many connections somebody holds at this moment: those that read, and those with a transaction.
    #[cfg(feature = "testing")]
    pub fn connections_in_use(&self) -> usize {
        let in_use =
            |pool: &AnyPool| usize::try_from(pool.size()).unwrap_or(usize::MAX).saturating_sub(pool.num_idle());
        match self.engine {
            Engine::Sqlite => in_use(&self.reader) + in_use(&self.writer),
            // One pool for both.
            Engine::Postgres => in_use(&self.writer),
        }
    }

    /// Closes all connections; open transactions end first.
    pub async fn close(&self) {
        self.writer.close().await;
        self.reader.close().await;
    }
}

fn lock_file(path: &Path) -> Result<std::fs::File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = PathBuf::from(name);
    let in_use = || StoreError::InUse { path: path.display().to_string() };
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock)
        .map_err(|error| bad_url(&lock.display().to_string(), &error))?;
    file.try_lock().map_err(|_| in_use())?;
    Ok(file)
}

fn bad_url(url: &str, problem: &dyn std::fmt::Display) -> StoreError {
    // Whatever stands between the scheme and the `@` may be a password.
    let shown = match url.rsplit_once('@') {
        Some((before, host)) => format!("{}://…@{host}", before.split(':').next().unwrap_or_default()),
        None => url.to_owned(),
    };
    StoreError::BadUrl { url: shown, problem: problem.to_string() }
}

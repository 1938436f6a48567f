//! Real databases for tests: a SQLite file in a folder of its own, or a database on a PostgreSQL cluster that the test process
//! starts once and that ends with it.

use crate::row::{Columns, micros};
use crate::{Db, Engine, Result, Store};
use jiff::Timestamp;
use sqlx::Row;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// An empty database with the current schema, gone when dropped (PostgreSQL: when the process ends).
#[derive(Debug)]
pub struct TestDatabase {
    /// Where it is.
    pub url: String,
    _folder: Option<TempDir>,
    /// The name of a copy on the cluster: copies are many, and each goes when it is dropped.
    copy: Option<String>,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = &self.copy {
            cluster().run_sql(&format!("drop database if exists {name} with (force)"));
        }
    }
}

impl TestDatabase {
    /// Makes one.
    ///
    /// # Panics
    /// PostgreSQL's programs are missing, or the disk is full: the test cannot run.
    #[expect(clippy::expect_used, reason = "a test without its database has to fail, with the reason")]
    pub fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::Builder::new().prefix("givr-test-").tempdir_in(fast_folder()).expect("a folder");
                let url = format!("sqlite://{}", folder.path().join("givr.db").display());
                Self { url, _folder: Some(folder), copy: None }
            }
            Engine::Postgres => {
                let name = fresh_name();
                cluster().run_sql(&format!("create database {name}"));
                Self { url: cluster().url(&name), _folder: None, copy: None }
            }
        }
    }

    /// A database with the same content. Nobody may have this one open.
    ///
    /// # Panics
    /// It cannot be copied: the test cannot run.
    #[expect(clippy::expect_used, reason = "a test without its database has to fail, with the reason")]
    #[must_use]
    pub fn copy(&self) -> Self {
        if let Some(file) = self.url.strip_prefix("sqlite://") {
            let copy = Self::new(Engine::Sqlite);
            let to = copy.url.strip_prefix("sqlite://").expect("a file");
            std::fs::copy(file, to).expect("the file is copied");
            return copy;
        }
        let (name, template) = (fresh_name(), self.url.rsplit('/').next().expect("a name"));
        cluster().run_sql(&format!("create database {name} template {template}"));
        Self { url: cluster().url(&name), _folder: None, copy: Some(name) }
    }

    /// Runs one statement that no function of this crate offers, such as damage that a test needs.
    ///
    /// # Panics
    /// The statement fails.
    #[expect(clippy::expect_used, reason = "a test without its arrangement has to fail, with the reason")]
    pub async fn run(&self, sql: &str) {
        self.try_run(sql).await.expect("the statement runs");
    }

    /// Like [`TestDatabase::run`], and says what the database had against it.
    ///
    /// # Errors
    /// The database's words.
    ///
    /// # Panics
    /// The database cannot be opened.
    #[expect(clippy::expect_used, reason = "a test without its database has to fail, with the reason")]
    pub async fn try_run(&self, sql: &str) -> std::result::Result<(), String> {
        let store = Store::connect(&self.url, crate::Access::Shared).await.expect("the test database opens");
        let done = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(store.writer()).await;
        store.close().await;
        done.map(drop).map_err(|error| error.to_string())
    }

    /// What every table holds, as one text per table: two that are equal hold the same rows.
    ///
    /// # Panics
    /// The database cannot be read.
    #[expect(clippy::expect_used, reason = "a test that cannot look has to fail, with the reason")]
    pub async fn contents(&self) -> BTreeMap<String, String> {
        let store = Store::connect(&self.url, crate::Access::Shared).await.expect("the test database opens");
        let sqlite = store.engine() == Engine::Sqlite;
        let tables = match sqlite {
            true => {
                "select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like '%sqlx%'"
            }
            false => {
                "select tablename::text as name from pg_tables where schemaname = 'public' and tablename not like '%sqlx%'"
            }
        };
        let names = texts(&store, tables.to_owned(), "name").await;
        let mut contents = BTreeMap::new();
        for name in names {
            let rows = if sqlite {
                let columns = texts(&store, format!("select name from pragma_table_info('{name}')"), "name").await;
                let row =
                    columns.iter().map(|column| format!("quote({column})")).collect::<Vec<_>>().join(" || ',' || ");
                texts(&store, format!("select {row} as line from {name} order by 1"), "line").await
            } else {
                texts(&store, format!("select t::text as line from {name} t order by 1"), "line").await
            };
            contents.insert(name, rows.join("\n"));
        }
        store.close().await;
        contents
    }

    /// How the database would carry statements out, whatever their parameters are: a text for each. PostgreSQL takes a way without an
    /// index only where there is none.
    ///
    /// # Panics
    /// It does not understand one of them.
    #[expect(clippy::expect_used, reason = "a test that cannot look has to fail, with the reason")]
    pub async fn plans(&self, statements: &[String]) -> Vec<String> {
        let store = Store::connect(&self.url, crate::Access::Shared).await.expect("the test database opens");
        let mut tx = store.begin().await.expect("a transaction");
        let mut run = async |sql: String, column: Option<&str>| -> String {
            let rows = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).fetch_all(&mut *tx).await;
            let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
            let text =
                |row: &sqlx::any::AnyRow| column.map_or_else(String::new, |name| row.try_get(name).expect("text"));
            rows.iter().map(text).collect::<Vec<String>>().join("\n")
        };
        let sqlite = store.engine() == Engine::Sqlite;
        if !sqlite {
            run("set local plan_cache_mode = force_generic_plan".to_owned(), None).await;
            run("set local enable_seqscan = off".to_owned(), None).await;
        }
        let mut plans = Vec::new();
        for (number, sql) in statements.iter().enumerate() {
            plans.push(if sqlite {
                run(format!("explain query plan {sql}"), Some("detail")).await
            } else {
                run(format!("prepare s{number} as {sql}"), None).await;
                let parameters = (1..100).take_while(|place| sql.contains(&format!("${place}"))).count();
                let nulls = vec!["null"; parameters].join(", ");
                let execute = if parameters == 0 { format!("s{number}") } else { format!("s{number}({nulls})") };
                run(format!("explain execute {execute}"), Some("QUERY PLAN")).await
            });
        }
        drop(tx);
        store.close().await;
        plans
    }

    /// Opens it with the current schema.
    ///
    /// # Panics
    /// It cannot be opened.
    #[expect(clippy::expect_used, reason = "a test without its database has to fail, with the reason")]
    pub async fn open(&self) -> Store {
        Store::open(&self.url, crate::Access::Shared).await.expect("the test database opens")
    }
}

/// A job that some process holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldJob {
    id: String,
    fence: i64,
    /// Who holds it: the process's number, a line, and a word.
    pub worker: String,
}

/// The jobs whose claim has not lapsed.
///
/// # Errors
/// The database did not answer.
pub async fn list_held_jobs(db: &mut Db, now: Timestamp) -> Result<Vec<HeldJob>> {
    let sql = "select id, fence, claimed_by from operations where claimed_until > $1 and finished_at is null";
    let rows = sqlx::query(sql).bind(micros(now)).fetch_all(db).await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(HeldJob { id: row.text("id")?, fence: row.int("fence")?, worker: row.text("claimed_by")? })
    };
    rows.iter().map(read).collect()
}

/// Whether somebody took the job since, or ended it.
///
/// # Errors
/// The database did not answer.
pub async fn was_taken(db: &mut Db, job: &HeldJob) -> Result<bool> {
    let sql = "select count(*) as n from operations where id = $1 and (fence > $2 or finished_at is not null)";
    let row = sqlx::query(sql).bind(&job.id).bind(job.fence).fetch_one(db).await?;
    Ok(row.int("n")? > 0)
}

/// How many of Stripe's events are stored, and how many of them wait.
///
/// # Errors
/// The database did not answer.
pub async fn count_events(db: &mut Db) -> Result<(i64, i64)> {
    let sql = "select count(*) as n, count(*) - count(processed_at) as waiting from webhook_events";
    let row = sqlx::query(sql).fetch_one(db).await?;
    Ok((row.int("n")?, row.int("waiting")?))
}

/// How many statements of these applications wait for a lock that somebody else holds. Only PostgreSQL knows.
///
/// # Errors
/// The database did not answer.
pub async fn count_waiting(db: &mut Db, applications: &[&str]) -> Result<usize> {
    let sql = "select application_name as name from pg_stat_activity where datname = current_database() \
               and wait_event_type = 'Lock'";
    let rows = sqlx::query(sql).fetch_all(db).await?;
    let names = rows.iter().map(|row| row.text("name")).collect::<Result<Vec<_>>>()?;
    Ok(names.iter().filter(|name| applications.contains(&name.as_str())).count())
}

#[expect(clippy::expect_used, reason = "a test that cannot look has to fail, with the reason")]
async fn texts(store: &Store, sql: String, column: &str) -> Vec<String> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(store.writer()).await.expect("the table is read");
    rows.iter().map(|row| row.try_get(column).expect("text")).collect()
}

/// Memory-backed where the system has it: tests do not need to survive a power cut.
fn fast_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// A name that no database of the cluster has.
fn fresh_name() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

struct Cluster {
    folder: PathBuf,
}

impl Cluster {
    fn url(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/{database}")
    }

    fn run_sql(&self, sql: &str) {
        let done = program("psql")
            .args(["-q", "-X", "-h"])
            .arg(&self.folder)
            .args(["-U", "postgres", "-c", sql, "postgres"])
            .output();
        match done {
            Ok(output) if output.status.success() => {}
            Ok(output) => panic!("{sql}: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => panic!("psql: {error}"),
        }
    }
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(start_cluster)
}

#[expect(clippy::expect_used, reason = "a test without its database has to fail, with the reason")]
fn start_cluster() -> Cluster {
    let folder = tempfile::Builder::new().prefix("givr-pg-").tempdir_in(fast_folder()).expect("a folder").keep();
    if is_root() {
        run(Command::new("chown").arg("postgres:postgres").arg(&folder));
    }
    let data = folder.join("data");
    run(unprivileged("initdb")
        .args(["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D"])
        .arg(&data));
    let mut server = unprivileged("postgres");
    server.arg("-D").arg(&data).arg("-k").arg(&folder);
    // Tables here are small and lives short: planning anew, compiling and cleaning up would cost more than they save.
    let settings = [
        "listen_addresses=",
        "fsync=off",
        "full_page_writes=off",
        "max_connections=300",
        "shared_buffers=64MB",
        "plan_cache_mode=force_generic_plan",
        "jit=off",
        "autovacuum=off",
    ];
    for setting in settings {
        server.args(["-c", setting]);
    }
    #[expect(clippy::zombie_processes, reason = "the watchdog below ends it, however this process ends")]
    let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("PostgreSQL starts");
    // The watchdog reads from a pipe that ends when this process ends, however it ends.
    let script = format!("cat >/dev/null; kill -QUIT {}; sleep 0.2; rm -rf '{}'", server.id(), folder.display());
    let watchdog = Command::new("sh").args(["-c", &script]).stdin(Stdio::piped()).spawn().expect("a shell");
    // Its end of the pipe stays open as long as this process lives.
    std::mem::forget(watchdog);
    let cluster = Cluster { folder };
    for _ in 0..600 {
        let ready = program("pg_isready").arg("-q").arg("-h").arg(&cluster.folder).status();
        if ready.is_ok_and(|status| status.success()) {
            return cluster;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("PostgreSQL does not answer");
}

/// A program of PostgreSQL: from the path, or from where Debian puts its newest version.
fn program(name: &str) -> Command {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> = versions.map(|version| version.path().join("bin").join(name)).collect();
    places.sort();
    Command::new(places.into_iter().rfind(|place| place.exists()).unwrap_or_else(|| name.into()))
}

/// PostgreSQL refuses to run as root.
fn unprivileged(name: &str) -> Command {
    let inner = program(name);
    if !is_root() {
        return inner;
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(inner.get_program());
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

fn run(command: &mut Command) {
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{command:?}: {error}"),
    }
}

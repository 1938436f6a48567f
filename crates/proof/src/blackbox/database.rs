//! The database of a run: a file, or a PostgreSQL cluster of its own that can be restarted.

use crate::blackbox::place::Place;
use crate::blackbox::proxy::Proxy;
use anyhow::{Context, ensure};
use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use store::Engine;
use tokio::net::TcpListener;
use tokio::process::Command;

/// Where the program finds it, and where we do, past every fault on the way.
pub(crate) struct Database {
    pub(crate) engine: Engine,
    /// For the program.
    pub(crate) url: String,
    /// For looking.
    pub(crate) direct: String,
    /// The way to a server.
    pub(crate) line: Option<Proxy>,
    cluster: Option<Cluster>,
}

impl Database {
    /// Makes an empty one on the place's disk.
    ///
    /// # Errors
    /// PostgreSQL's programs are missing or do not work.
    pub(crate) async fn make(engine: Engine, place: &Place) -> anyhow::Result<Self> {
        match engine {
            Engine::Sqlite => {
                let url = format!("sqlite://{}", place.disk.join("givr.db").display());
                Ok(Self { engine, direct: url.clone(), url, line: None, cluster: None })
            }
            Engine::Postgres => {
                let cluster = Cluster::make(place).await?;
                let line = Proxy::to(vec![cluster.address]).await?;
                let url = |address| format!("postgres://postgres@{address}/givr?sslmode=disable");
                let (url, direct) = (url(line.address), url(cluster.address));
                Ok(Self { engine, url, direct, line: Some(line), cluster: Some(cluster) })
            }
        }
    }

    /// Ends the server as a power cut would, and starts it again.
    ///
    /// # Errors
    /// It does not come back.
    pub(crate) async fn restart(&self) -> anyhow::Result<()> {
        match &self.cluster {
            Some(cluster) => cluster.control(&["restart", "-m", "immediate"]).await,
            None => Ok(()),
        }
    }

    /// Starts the server again if it gave up.
    ///
    /// # Errors
    /// It does not come back.
    pub(crate) async fn ensure_running(&self) -> anyhow::Result<()> {
        match &self.cluster {
            Some(cluster) if cluster.control(&["status"]).await.is_err() => cluster.control(&["start"]).await,
            Some(_) | None => Ok(()),
        }
    }
}

struct Cluster {
    data: PathBuf,
    log: PathBuf,
    address: SocketAddr,
}

impl Cluster {
    async fn make(place: &Place) -> anyhow::Result<Self> {
        if is_root() {
            // Its own user has to come through, and to write here.
            done(Command::new("chmod").arg("755").arg(&place.folder)).await?;
            done(Command::new("chown").arg("postgres:postgres").arg(&place.disk)).await?;
        }
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
        let (data, log) = (place.disk.join("data"), place.disk.join("postgres.log"));
        let cluster = Self { data, log, address };
        let initdb = &mut unprivileged("initdb");
        done(initdb.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D"]).arg(&cluster.data))
            .await?;
        let mut settings = File::options().append(true).open(cluster.data.join("postgresql.conf"))?;
        write!(
            settings,
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\nshared_buffers = 64MB\n\
             min_wal_size = 32MB\nmax_wal_size = 128MB\n",
            address.port()
        )?;
        cluster.control(&["start"]).await?;
        let port = address.port().to_string();
        let psql = ["-q", "-X", "-h", "127.0.0.1", "-U", "postgres", "-c", "create database givr", "-p", &port];
        done(program("psql").args(psql).arg("postgres")).await?;
        Ok(cluster)
    }

    async fn control(&self, words: &[&str]) -> anyhow::Result<()> {
        let mut control = unprivileged("pg_ctl");
        control.arg("-D").arg(&self.data).arg("-l").arg(&self.log).args(["-w", "-t", "60"]).args(words);
        // What it starts keeps its output open.
        let status = control.stdout(Stdio::null()).stderr(Stdio::null()).status().await.context("pg_ctl")?;
        ensure!(status.success(), "pg_ctl {} failed, see {}", words.join(" "), self.log.display());
        Ok(())
    }
}

async fn done(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().await.with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// A program of PostgreSQL: from where Debian puts its newest version, or from the path.
fn program(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
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
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(inner.as_std().get_program());
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    fs::metadata(Path::new("/proc/self")).is_ok_and(|me| me.uid() == 0)
}

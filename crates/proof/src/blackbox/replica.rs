//! One process of the program, and what is done to it. Whoever ends is started again, as an init system does it.

use crate::blackbox::pause;
use crate::stopwatch;
use anyhow::{Context, ensure};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// How long a process that ended by itself is left alone.
const RESPAWN: Duration = Duration::from_millis(500);

/// What every process of a run is started with.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) binary: PathBuf,
    pub(crate) settings: PathBuf,
    pub(crate) folder: PathBuf,
    /// The library that makes clocks wrong, if it is here.
    pub(crate) faketime: Option<PathBuf>,
}

impl Program {
    /// A command that is about to run the program; it ends with us.
    fn command(&self) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(&self.binary);
        command.current_dir(&self.folder).env("GIVR_CONFIG", &self.settings).kill_on_drop(true).stdin(Stdio::null());
        command
    }

    /// Runs a command of the program to its end.
    ///
    /// # Errors
    /// It failed.
    pub(crate) async fn run(&self, words: &[&str]) -> anyhow::Result<()> {
        let output = self.command().args(words).output().await.context("the program does not start")?;
        ensure!(output.status.success(), "givr {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}

/// A process that serves, and its place.
pub(crate) struct Replica {
    pub(crate) number: usize,
    /// Where it listens, whichever process it is at the moment.
    pub(crate) address: SocketAddr,
    program: Program,
    clock: PathBuf,
    life: Mutex<Life>,
}

struct Life {
    child: Option<Child>,
    /// Not before then.
    starts_at: Instant,
    /// How often it ended without our doing.
    ended: u64,
    ends: bool,
}

impl Replica {
    /// A place for a process; [`Replica::tend`] starts it.
    ///
    /// # Errors
    /// Its files cannot be written.
    pub(crate) fn new(number: usize, address: SocketAddr, program: Program) -> anyhow::Result<Self> {
        let clock = program.folder.join(format!("clock-{number}"));
        let life = Life { child: None, starts_at: stopwatch(), ended: 0, ends: false };
        let replica = Self { number, address, program, clock, life: Mutex::new(life) };
        replica.set_clock(0)?;
        Ok(replica)
    }

    fn life(&self) -> std::sync::MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a process running until [`Replica::end`].
    ///
    /// # Errors
    /// The program does not start.
    pub(crate) async fn tend(&self) -> anyhow::Result<()> {
        loop {
            {
                let mut life = self.life();
                if life.ends {
                    return Ok(());
                }
                if life.child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None))) {
                    life.child = None;
                    life.ended += 1;
                    life.starts_at = stopwatch() + RESPAWN;
                }
                if life.child.is_none() && stopwatch() >= life.starts_at {
                    life.child = Some(self.spawn()?);
                }
            }
            pause(Duration::from_millis(20)).await;
        }
    }

    fn spawn(&self) -> anyhow::Result<Child> {
        let log = self.program.folder.join(format!("givr-{}.log", self.number));
        let log = File::options().create(true).append(true).open(log)?;
        let mut serve = self.program.command();
        serve.arg("serve").env("GIVR_SERVER__LISTEN", self.address.to_string());
        if let Some(library) = &self.program.faketime {
            // Read again every second; what waits goes by the clock that cannot be set.
            serve.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", &self.clock);
            serve.env("FAKETIME_CACHE_DURATION", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("NO_FAKE_STAT", "1");
        }
        serve.stdout(Stdio::null()).stderr(log).spawn().context("the program does not start")
    }

    /// The number of the process, while there is one.
    pub(crate) fn process(&self) -> Option<u32> {
        self.life().child.as_ref().and_then(Child::id)
    }

    /// How often the process ended without our doing.
    pub(crate) fn ended(&self) -> u64 {
        self.life().ended
    }

    /// kill -9; the next process starts after `rest`.
    pub(crate) fn kill(&self, rest: Duration) {
        let mut life = self.life();
        // Dropped, it is killed; and it is not one that ended by itself.
        life.child = None;
        life.starts_at = stopwatch() + rest;
    }

    /// Ends it for good.
    pub(crate) fn end(&self) {
        let mut life = self.life();
        life.ends = true;
        life.child = None;
    }

    /// Lets it stand still for so long.
    ///
    /// # Errors
    /// It ended meanwhile.
    pub(crate) async fn stall(&self, time: Duration) -> anyhow::Result<()> {
        let process = self.process().context("nobody is there to stand still")?;
        signal("STOP", process).await?;
        pause(time).await;
        signal("CONT", process).await
    }

    /// Sets its clock so many seconds before or after everybody's.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn set_clock(&self, seconds: i64) -> anyhow::Result<()> {
        // Read at any moment: the new text is there at once or not at all.
        let new = self.clock.with_extension("new");
        std::fs::write(&new, format!("{seconds:+}\n"))?;
        Ok(std::fs::rename(new, &self.clock)?)
    }
}

async fn signal(name: &str, process: u32) -> anyhow::Result<()> {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(process.to_string()).output().await?;
    ensure!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    Ok(())
}

/// Where the library is that makes clocks wrong (Debian's package `faketime`).
pub(crate) fn find_faketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir(Path::new("/usr/lib")).into_iter().flatten().flatten();
    let mut places = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    places.find(|place| place.exists())
}

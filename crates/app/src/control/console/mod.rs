//! Consoles of servers: one socket to the daemon for each server that somebody watches, however many watch it. It is opened when the first
//! comes, opened again when it breaks, and closed when the last has been gone for a minute.
//!
//! Commands do not go this way: they are calls to the panel, so that any replica can take one.

mod lines;
mod listening;
mod socket;

pub use lines::{LineKind, Run, ShownLine};

use crate::app::App;
use crate::config::Config;
use crate::control::Trouble;
use crate::outbound::Guard;
use crate::watchers::{Place, Refusal, Watchers};
use anyhow::Context;
use domain::ids::{AccountId, ServiceId};
use domain::provision::Power;
use jiff::{SignedDuration, Timestamp};
use lines::Tail;
use listening::keep_open;
use panel::Identifier;
use panel::control::{ConsolePass, ConsoleUsage};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::broadcast;

/// Who may watch at the same time, in this process.
const VIEWERS: usize = 64;
/// The same of one account.
const VIEWERS_OF_ONE: usize = 4;
/// A console without watchers is kept for so long: they may only be turning a page.
const LINGERS: SignedDuration = SignedDuration::from_secs(60);
/// What a watcher may lag behind before lines are left out.
const BACKLOG: usize = 256;

/// Something that a watcher hears.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// The console is open; what was known of its lines no longer counts.
    Opened,
    /// A line.
    Line(Arc<ShownLine>),
    /// The server does this now.
    Power(Power),
    /// What it uses.
    Usage(ConsoleUsage),
    /// It cannot be heard for now; it is tried again.
    Lost(Trouble),
    /// Nothing more comes.
    Over,
}

/// All consoles of this process.
pub struct Consoles {
    guard: Guard,
    client: OnceLock<reqwest::Client>,
    open: Mutex<HashMap<ServiceId, Arc<Console>>>,
    watchers: Watchers,
    rests_until: Mutex<Option<Timestamp>>,
}

struct Console {
    service: ServiceId,
    server: Identifier,
    said: broadcast::Sender<Said>,
    state: Mutex<State>,
}

struct State {
    tail: Tail,
    power: Option<Power>,
    usage: Option<ConsoleUsage>,
    lost: Option<Trouble>,
    /// When something was last heard.
    heard_at: Option<Timestamp>,
    /// When a command was last typed.
    typed_at: Option<Timestamp>,
    /// When somebody was last there.
    visited_at: Timestamp,
    pass: Option<(ConsolePass, Timestamp)>,
    /// Nobody listens any more.
    over: bool,
}

/// What a console looks like at a moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The last lines, oldest first.
    pub lines: Vec<Arc<ShownLine>>,
    /// What the server does, if it was said.
    pub power: Option<Power>,
    /// What it uses, if it was said.
    pub usage: Option<ConsoleUsage>,
    /// Why it is not heard, if it is not.
    pub lost: Option<Trouble>,
    /// When something was last heard.
    pub heard_at: Option<Timestamp>,
}

/// Somebody who watches. Their place is free again when this is dropped.
pub struct Viewer {
    console: Arc<Console>,
    /// What is said from now on.
    pub said: broadcast::Receiver<Said>,
    _place: Place,
}

impl Viewer {
    /// What the console looks like now.
    pub fn snapshot(&self) -> Snapshot {
        self.console.snapshot()
    }

    /// When a command was last typed, by whomever.
    pub fn typed_at(&self) -> Option<Timestamp> {
        lock(&self.console.state).typed_at
    }
}

impl fmt::Debug for Consoles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Consoles")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Consoles {
    /// None is open.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            guard: Guard::new(&config.allowed_networks),
            client: OnceLock::new(),
            open: Mutex::default(),
            watchers: Watchers::new(VIEWERS, VIEWERS_OF_ONE),
            rests_until: Mutex::new(None),
        }
    }

    /// Looks at a console: it is opened if it is not, and stays so for a minute.
    pub fn look(&self, app: &App, service: &ServiceId, server: &Identifier) -> Snapshot {
        let full = || Snapshot { lost: Some(Trouble::TooOften), ..Snapshot::default() };
        self.console(app, service, server).map_or_else(full, |console| console.snapshot())
    }

    /// Watches a console.
    ///
    /// # Errors
    /// Too many watch already.
    pub fn watch(
        &self,
        app: &App,
        service: &ServiceId,
        server: &Identifier,
        account: &AccountId,
    ) -> Result<Viewer, Refusal> {
        let place = self.watchers.take(account)?;
        loop {
            let console = self.console(app, service, server).ok_or(Refusal::TooMany)?;
            let said = console.said.subscribe();
            // One that came to its end just now says nothing any more; it is out of the map by then.
            if !lock(&console.state).over {
                return Ok(Viewer { console, said, _place: place });
            }
        }
    }

    /// A command was typed: whoever watches is not idle.
    pub fn typed(&self, service: &ServiceId, now: Timestamp) {
        let open = lock(&self.open).get(service).cloned();
        if let Some(console) = open {
            lock(&console.state).typed_at = Some(now);
        }
    }

    /// How many are open, and how many watch.
    pub fn counts(&self) -> (usize, usize) {
        (lock(&self.open).len(), self.watchers.count())
    }

    fn console(&self, app: &App, service: &ServiceId, server: &Identifier) -> Option<Arc<Console>> {
        let mut open = lock(&self.open);
        let now = app.now();
        if let Some(console) = open.get(service) {
            lock(&console.state).visited_at = now;
            return Some(console.clone());
        }
        if open.len() >= VIEWERS {
            return None;
        }
        let console = Arc::new(Console {
            service: service.clone(),
            server: server.clone(),
            said: broadcast::channel(BACKLOG).0,
            state: Mutex::new(State {
                tail: Tail::default(),
                power: None,
                usage: None,
                lost: None,
                heard_at: None,
                typed_at: None,
                visited_at: now,
                pass: None,
                over: false,
            }),
        });
        open.insert(service.clone(), console.clone());
        tokio::spawn(keep_open(app.clone(), console.clone()));
        Some(console)
    }

    /// Forgets a console that nobody has looked at for a while; `false` if somebody has.
    fn forget(&self, console: &Arc<Console>, now: Timestamp) -> bool {
        let mut open = lock(&self.open);
        let left = console.is_left(now);
        if left {
            open.retain(|_, open| !Arc::ptr_eq(open, console));
        }
        left
    }

    fn rests(&self, now: Timestamp) -> bool {
        lock(&self.rests_until).is_some_and(|until| until > now)
    }

    fn client(&self) -> anyhow::Result<&reqwest::Client> {
        if self.client.get().is_none() {
            let client = socket::client(&self.guard).context("cannot build a client for sockets")?;
            // Somebody else may have been faster; theirs is as good.
            let _ = self.client.set(client);
        }
        self.client.get().context("there is no client for sockets")
    }
}

impl Console {
    fn snapshot(&self) -> Snapshot {
        let state = lock(&self.state);
        Snapshot {
            lines: state.tail.lines(),
            power: state.power,
            usage: state.usage.clone(),
            lost: state.lost.clone(),
            heard_at: state.heard_at,
        }
    }

    /// Whoever watches counts as a visit.
    fn notice_watchers(&self, now: Timestamp) {
        if self.said.receiver_count() > 0 {
            lock(&self.state).visited_at = now;
        }
    }

    fn is_left(&self, now: Timestamp) -> bool {
        self.said.receiver_count() == 0 && now.duration_since(lock(&self.state).visited_at) > LINGERS
    }
}

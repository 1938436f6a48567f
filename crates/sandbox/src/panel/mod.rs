//! A game panel that is not there: Pterodactyl 1.11 with its Wings, over HTTP or in-process, checked against recorded answers.
//!
//! Time is lazy. Before each request, and on [`PanelSim::tick`], everything that became due by the sandbox's clock is applied:
//! installs end, games start and crash, unanswered creates are rolled back or worked off. What runs then has its sockets open.
//!
//! The daemon's own addresses are answered too: the console's socket, downloads and uploads. They stand under the panel's address
//! unless [`PanelOptions::daemon_url`] says otherwise.
//!
//! Not here: SFTP, transfers, and calls of sub-users, who are kept in lists and have no keys.

mod access;
mod answer;
mod application;
mod belongings;
mod call;
mod calls;
mod chores;
mod client;
mod console;
mod control;
mod cron;
mod daemon;
mod exchange;
mod faults;
mod feed;
mod handle;
mod listing;
mod machine;
mod model;
mod options;
mod routes;
mod rule;
mod rules;
mod seed;
mod sockets;
mod state;
mod tree;
mod view;
mod voices;
mod wings;

pub use access::{Grants, Key, KeyKind, READ, Resource, WRITE};
pub use calls::PanelCall;
pub use faults::{Fault, FaultSpec, On, Outcome};
pub use handle::ServerSnapshot;
pub use options::{PanelOptions, RateLimits, TimeByEgg};
pub use seed::{NodeSeed, PanelSeed, recorded};
pub use sockets::RunningGame;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::any;
use exchange::Request as PanelRequest;
use sockets::Sockets;
use state::{LateAct, State};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// A simulated panel; clones share it.
#[derive(Clone)]
pub struct PanelSim {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    sockets: Mutex<Sockets>,
    /// Consoles that may be open at once.
    consoles: Arc<Semaphore>,
}

impl Inner {
    fn new(state: State) -> Self {
        Self { state: Mutex::new(state), sockets: Mutex::default(), consoles: Arc::new(Semaphore::new(MOST_CONSOLES)) }
    }
}

/// More consoles than this at once are refused.
const MOST_CONSOLES: usize = 256;

/// Bodies beyond this are cut off.
const MOST_BYTES: usize = 8 * 1024 * 1024;

impl PanelSim {
    /// A panel that holds `seed` and behaves by `options`.
    pub fn new(options: PanelOptions, seed: PanelSeed) -> Self {
        Self { inner: Arc::new(Inner::new(seed.build(options))) }
    }

    /// Serves `/api/application/…`, `/api/client/…` and `/__sandbox/…`, and for the daemons `/api/servers/…/ws`, `/download/…` and
    /// `/upload/file`. Consoles need [`crate::serve`] or another real connection.
    ///
    /// An answer that must not arrive carries the header [`ABORT_HEADER`](crate::serve::ABORT_HEADER); [`crate::serve`] turns it
    /// into a closed connection.
    pub fn router(&self) -> Router {
        let (panel, control) = (self.clone(), self.clone());
        let answer = move |request: Request| {
            let sim = panel.clone();
            async move { sim.answer(request).await }
        };
        let steer = move |request: Request| {
            let sim = control.clone();
            async move { control::answer(&sim, request).await }
        };
        Router::new()
            .route("/api/application/{*rest}", any(answer.clone()))
            .route("/api/client", any(answer.clone()))
            .route("/api/client/{*rest}", any(answer))
            .route("/__sandbox/{*rest}", any(steer))
            .merge(daemon::routes(self))
    }

    async fn answer(&self, request: Request<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let raw = axum::body::to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        let request = PanelRequest::new(parts.method, &parts.uri, parts.headers, raw);
        let reply = {
            let mut state = self.state();
            let now = state.options.clock.now();
            catch_up(&mut state);
            state.answer(request, now)
        };
        self.match_sockets();
        reply.into_response()
    }

    /// Applies everything that is due and brings the sockets of games in step. Needs a tokio runtime when games have sockets.
    pub async fn tick(&self) {
        catch_up(&mut self.state());
        self.match_sockets();
        tokio::task::yield_now().await;
    }

    /// Ticks every so often until `stop` is cancelled, for a demo in which nobody else would.
    pub fn spawn_ticker(&self, every: Duration, stop: CancellationToken) -> tokio::task::JoinHandle<()> {
        let sim = self.clone();
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(every);
            while stop.run_until_cancelled(ticks.tick()).await.is_some() {
                sim.tick().await;
            }
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens and closes game sockets. The state is read first and let go, so that the two locks are never held together.
    fn match_sockets(&self) {
        let (bind, games) = {
            let state = self.state();
            let bind = state.options.game_bind;
            (bind, if bind.is_some() { state.running_games() } else { Vec::new() })
        };
        if let Some(bind) = bind {
            self.inner.sockets.lock().unwrap_or_else(PoisonError::into_inner).match_games(games, bind);
        }
    }
}

fn catch_up(state: &mut State) {
    let now = state.options.clock.now();
    for pending in state.apply_due(now) {
        if let LateAct::Work(request) = pending.act {
            state.work_off(&request, now);
        }
    }
}

impl std::fmt::Debug for PanelSim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PanelSim").field("options", &self.state().options).finish_non_exhaustive()
    }
}

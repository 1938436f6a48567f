//! The console's socket: a real one, on which a server's news are told and commands are taken.
//!
//! A session looks at the state every now and then and tells what is new to it; nothing pushes. Instants are the sandbox's, so that
//! tokens expire when a test says so.

use super::belongings::Pass;
use super::client::note_by;
use super::client::stats::figures;
use super::feed::News;
use super::machine::{Power, Signal};
use super::model::RowId;
use super::state::State;
use super::{PanelSim, catch_up};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

/// How often a session looks for news.
const LOOK: Duration = Duration::from_millis(50);
/// Between two `stats`.
const STATS: SignedDuration = SignedDuration::from_secs(1);
/// How long before its end a token is said to expire, and how often that is looked at.
const WARNING: SignedDuration = SignedDuration::from_secs(60);
const WARNING_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// Longest frame from a client.
const MOST_BYTES: usize = 32 * 1024;

/// Opens a console for those who come from the panel's pages.
pub(super) fn open(
    sim: PanelSim,
    uuid: &str,
    headers: &HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let path = format!("/api/servers/{uuid}/ws");
    let found = sim.state().find_console(&path, uuid, headers);
    let refused = |status: StatusCode| {
        let mut response = Response::default();
        *response.status_mut() = status;
        response
    };
    let (server, boot) = match found {
        Ok(found) => found,
        Err(reply) => return reply.into_response(),
    };
    let (Ok(upgrade), Ok(slot)) = (upgrade, sim.inner.consoles.clone().try_acquire_owned()) else {
        return refused(StatusCode::BAD_REQUEST);
    };
    upgrade.max_message_size(MOST_BYTES).on_upgrade(move |socket| async move {
        Session::new(server, boot).run(sim, socket).await;
        drop(slot);
    })
}

impl State {
    /// The server whose console this is, and which start of its daemon it belongs to.
    fn find_console(
        &mut self,
        path: &str,
        uuid: &str,
        headers: &HeaderMap,
    ) -> Result<(RowId, u32), super::exchange::Reply> {
        let now = self.options.clock.now();
        catch_up(self);
        let server = self.servers.values().find(|server| server.uuid == uuid).map(|server| (server.id, server.node));
        let known = server.filter(|(id, _)| self.machines.contains_key(id));
        let outcome = match known {
            None => Err(super::exchange::Reply::html(StatusCode::NOT_FOUND, "")),
            Some((id, _)) => self.daemon_mood(&Method::GET, path, id),
        };
        let outcome = outcome.and_then(|()| {
            let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default();
            let ours = origin == self.options.panel_url || self.options.allowed_origins.iter().any(|it| it == origin);
            if ours { Ok(()) } else { Err(super::exchange::Reply::html(StatusCode::FORBIDDEN, "")) }
        });
        let status = outcome.as_ref().map_or_else(|reply| reply.status, |()| StatusCode::SWITCHING_PROTOCOLS);
        self.note_daemon_call(&Method::GET, path, status, false, now);
        outcome?;
        let (id, node) = known.unwrap_or_default();
        Ok((id, self.belongings.boots.get(&node).copied().unwrap_or_default()))
    }
}

/// One open console.
struct Session {
    server: RowId,
    boot: u32,
    pass: Option<Pass>,
    /// The number of the next news to tell.
    next: u64,
    stats_at: Option<Timestamp>,
    warned_at: Option<Timestamp>,
    told_expired: bool,
}

/// Nobody hears a line, nor notes it, while there is no process.
fn type_line(state: &mut State, server: RowId, user: RowId, line: &str, now: Timestamp) {
    if state.type_command(server, line, now) {
        note_by(state, server, Some(user), now, "server:console.command", json!({ "command": line }));
    }
}

/// What a look brings.
#[derive(Default)]
struct Told {
    frames: Vec<Value>,
    closes: bool,
}

impl Told {
    fn say(&mut self, event: &str, args: &[&str]) {
        self.frames.push(if args.is_empty() {
            json!({ "event": event })
        } else {
            json!({ "event": event, "args": args })
        });
    }
}

impl Session {
    fn new(server: RowId, boot: u32) -> Self {
        Self { server, boot, pass: None, next: 0, stats_at: None, warned_at: None, told_expired: false }
    }

    async fn run(mut self, sim: PanelSim, mut socket: WebSocket) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let heard = tokio::select! {
                frame = socket.recv() => match frame {
                    Some(Ok(Message::Text(text))) => Some(text.to_string()),
                    Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => None,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                },
                _ = looks.tick() => None,
            };
            let told = {
                let mut state = sim.state();
                catch_up(&mut state);
                let now = state.options.clock.now();
                let mut told = Told::default();
                if let Some(text) = heard {
                    self.hear(&mut state, &text, now, &mut told);
                }
                self.look(&mut state, now, &mut told);
                told
            };
            sim.match_sockets();
            for frame in told.frames {
                if socket.send(Message::Text(frame.to_string().into())).await.is_err() {
                    return;
                }
            }
            if told.closes {
                drop(socket.send(Message::Close(None)).await);
                return;
            }
        }
    }

    /// Who is let in now; an expired token lets nobody in.
    fn admitted(&self, now: Timestamp) -> Option<&Pass> {
        self.pass.as_ref().filter(|pass| pass.until > now)
    }

    fn hear(&mut self, state: &mut State, text: &str, now: Timestamp, told: &mut Told) {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let argument = frame["args"][0].as_str().unwrap_or_default();
        let event = frame["event"].as_str().unwrap_or_default();
        if event == "auth" {
            return self.let_in(state, argument, now, told);
        }
        let Some(user) = self.admitted(now).map(|pass| pass.user) else {
            return told.say("jwt error", &["A valid token comes first."]);
        };
        let (Some(server), Some(machine)) =
            (state.servers.get(&self.server).cloned(), state.machines.get(&self.server))
        else {
            return;
        };
        match event {
            "set state" => {
                if let Some(signal) = Signal::read(argument) {
                    state.accept_signal(&server, signal, now);
                    note_by(state, server.id, Some(user), now, signal.event(), json!({}));
                }
            }
            "send command" => type_line(state, server.id, user, argument, now),
            "send logs" if machine.power != Power::Offline => {
                machine.feed.lines().for_each(|line| told.say("console output", &[line]));
            }
            "send stats" => told.say("stats", &[&figures(&server, machine, now).to_string()]),
            _ => {}
        }
    }

    fn let_in(&mut self, state: &State, token: &str, now: Timestamp, told: &mut Told) {
        let pass = state.belongings.passes.get(token).filter(|pass| pass.server == self.server && pass.until > now);
        let Some(pass) = pass.cloned() else {
            return told.say("jwt error", &["The token opens nothing here."]);
        };
        let first = self.pass.replace(pass).is_none();
        (self.warned_at, self.told_expired) = (None, false);
        told.say("auth success", &[]);
        let (Some(machine), Some(server)) = (state.machines.get(&self.server), state.servers.get(&self.server)) else {
            return;
        };
        told.say("status", &[machine.power.word()]);
        if machine.power == Power::Offline {
            told.say("stats", &[&figures(server, machine, now).to_string()]);
        }
        if first {
            self.next = machine.feed.next();
        }
    }

    fn look(&mut self, state: &mut State, now: Timestamp, told: &mut Told) {
        let server = state.servers.get(&self.server);
        let (Some(server), Some(machine)) = (server, state.machines.get(&self.server)) else {
            told.say("deleted", &[]);
            told.closes = true;
            return;
        };
        let boot = state.belongings.boots.get(&server.node).copied().unwrap_or_default();
        if boot != self.boot || machine.suspended || state.faults.daemon_stays_down(server.node) {
            told.closes = true;
            return;
        }
        let Some(pass) = &self.pass else { return };
        if pass.until <= now {
            if !std::mem::replace(&mut self.told_expired, true) {
                told.say("token expired", &[]);
            }
            // What is missed is missed.
            self.next = machine.feed.next();
            return;
        }
        let warned = self.warned_at.is_none_or(|at| now.duration_since(at) >= WARNING_EVERY);
        if pass.until.duration_since(now) <= WARNING && warned {
            self.warned_at = Some(now);
            told.say("token expiring", &[]);
        }
        for news in machine.feed.since(self.next) {
            match news {
                News::Status(word) => told.say("status", &[word]),
                News::Output(line) => told.say("console output", &[line]),
                News::Daemon(line) => told.say("daemon message", &[line]),
                News::InstallStarted => told.say("install started", &[""]),
                News::InstallOutput(line) if pass.root_admin => told.say("install output", &[line]),
                News::InstallOutput(_) => {}
                News::InstallCompleted => told.say("install completed", &[""]),
                News::BackupCompleted(uuid, what) => told.say(&format!("backup completed:{uuid}"), &[what]),
                News::BackupRestored => told.say("backup restore completed", &[""]),
            }
        }
        self.next = machine.feed.next();
        let due = self.stats_at.is_none_or(|at| now.duration_since(at) >= STATS);
        if due && machine.power != Power::Offline {
            self.stats_at = Some(now);
            told.say("stats", &[&figures(server, machine, now).to_string()]);
        }
    }
}

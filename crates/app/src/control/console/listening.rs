//! Listening to a daemon: opens the socket of a console, stays let in, and takes in what is said.

use super::socket::{self, NoSocket, Socket};
use super::{Console, LineKind, Said, lock};
use crate::app::App;
use crate::control::{self, Trouble};
use futures_util::{SinkExt, StreamExt};
use jiff::SignedDuration;
use panel::PanelError;
use panel::control::{ConsoleEvent, ConsolePass, ConsoleWish};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// How long a pass is used again.
const PASS_GOOD: SignedDuration = SignedDuration::from_secs(45);
/// How long nobody opens a socket once a daemon said that there were too many.
const RESTS: SignedDuration = SignedDuration::from_mins(2);
/// How often it is looked whether anybody is still there, and how many of these looks lie between two signs of life.
const LOOKS: Duration = Duration::from_secs(5);
const ALIVE_EVERY: u32 = 5;
/// Waits between two tries to open a socket again, in seconds; the last one for ever.
const AGAIN: [u64; 5] = [1, 2, 5, 10, 30];

/// How listening came to an end.
enum Ended {
    /// Nobody watches.
    Left,
    /// Nothing more will come.
    Shut,
    /// It broke; it is opened again.
    Broke(Trouble),
}

/// Keeps the socket of a console open until nobody watches.
pub(super) async fn keep_open(app: App, console: Arc<Console>) {
    let mut failures = 0;
    loop {
        let ended = match console.is_left(app.now()) {
            true => Ended::Left,
            false => listen(&app, &console, &mut failures).await,
        };
        match ended {
            // Somebody may have come since.
            Ended::Left if !app.control.consoles.forget(&console, app.now()) => {}
            Ended::Left => break,
            Ended::Shut => {
                lock(&app.control.consoles.open).retain(|_, open| !Arc::ptr_eq(open, &console));
                break;
            }
            Ended::Broke(trouble) => {
                console.lose(trouble);
                let wait_s = AGAIN.get(failures).or(AGAIN.last()).copied().unwrap_or(1);
                failures += 1;
                pause(Duration::from_secs(wait_s)).await;
            }
        }
    }
    lock(&console.state).over = true;
    // Nobody hears it if nobody is there.
    let _ = console.said.send(Said::Over);
}

#[expect(clippy::disallowed_methods, reason = "between two tries to open a socket, which only this process knows of")]
async fn pause(time: Duration) {
    sleep(time).await;
}

/// Opens the socket and listens until it ends.
async fn listen(app: &App, console: &Console, failures: &mut usize) -> Ended {
    let consoles = &app.control.consoles;
    if consoles.rests(app.now()) {
        return Ended::Broke(Trouble::TooOften);
    }
    let opened = match console.pass(app).await {
        Ok(pass) => match consoles.client() {
            Ok(client) => socket::open(client, &consoles.guard, &pass).await.map(|socket| (socket, pass)),
            Err(error) => Err(error.into()),
        },
        Err(error) => {
            let trouble = Trouble::of(&error);
            return if trouble == Trouble::Missing { Ended::Shut } else { Ended::Broke(trouble) };
        }
    };
    let (mut socket, pass) = match opened {
        Ok(opened) => opened,
        Err(NoSocket::TooOften) => {
            *lock(&consoles.rests_until) = Some(app.now() + RESTS);
            return Ended::Broke(Trouble::TooOften);
        }
        Err(NoSocket::Failed(error)) => {
            tracing::debug!(service.id = %console.service, "The console of {} cannot be opened: {error:#}", console.service);
            console.drop_pass();
            return Ended::Broke(Trouble::Silent);
        }
    };
    if wish(&mut socket, &ConsoleWish::LetIn(pass.token)).await.is_err() {
        return Ended::Broke(Trouble::Silent);
    }
    let mut looks = interval(LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut look, mut heard) = (0_u32, 0_u32);
    let mut let_in = false;
    loop {
        tokio::select! {
            frame = socket.next() => {
                heard = look;
                match frame {
                Some(Ok(Message::Text(text))) => {
                    let Some(event) = ConsoleEvent::read(&text) else { continue };
                    if event == ConsoleEvent::LetIn {
                        *failures = 0;
                    }
                    // Lines come anew with a socket, and not with another token on it.
                    if event == ConsoleEvent::LetIn && std::mem::replace(&mut let_in, true) {
                        continue;
                    }
                    match console.hear(app, &mut socket, event).await {
                        Ok(None) => {}
                        Ok(Some(ended)) => return ended,
                        Err(_) => return Ended::Broke(Trouble::Silent),
                    }
                }
                // The library answers pings by itself.
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ended::Broke(Trouble::Silent),
                }
            }
            _ = looks.tick() => {
                console.notice_watchers(app.now());
                if console.is_left(app.now()) {
                    // The daemon notices by itself.
                    return Ended::Left;
                }
                look += 1;
                // Not even an answer to a sign of life.
                if look - heard > 3 * ALIVE_EVERY {
                    return Ended::Broke(Trouble::Silent);
                }
                if look.is_multiple_of(ALIVE_EVERY) && socket.send(Message::Ping(Bytes::new())).await.is_err() {
                    return Ended::Broke(Trouble::Silent);
                }
            }
        }
    }
}

async fn wish(socket: &mut Socket, wish: &ConsoleWish) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    socket.send(Message::text(wish.frame())).await
}

impl Console {
    /// What opens the socket: one of the last seconds, or another.
    async fn pass(&self, app: &App) -> Result<ConsolePass, PanelError> {
        let kept = lock(&self.state).pass.clone();
        if let Some((pass, at)) = kept
            && app.now().duration_since(at) < PASS_GOOD
        {
            return Ok(pass);
        }
        let pass = app.panel.console_pass(&self.server).await?;
        lock(&self.state).pass = Some((pass.clone(), app.now()));
        Ok(pass)
    }

    fn drop_pass(&self) {
        lock(&self.state).pass = None;
    }

    fn lose(&self, trouble: Trouble) {
        lock(&self.state).lost = Some(trouble.clone());
        // Nobody hears it if nobody is there.
        let _ = self.said.send(Said::Lost(trouble));
    }

    /// Takes in an event; `Some` when listening is over.
    async fn hear(
        &self,
        app: &App,
        socket: &mut Socket,
        event: ConsoleEvent,
    ) -> Result<Option<Ended>, tokio_tungstenite::tungstenite::Error> {
        let said = match event {
            ConsoleEvent::LetIn => {
                lock(&self.state).tail.clear();
                wish(socket, &ConsoleWish::Lines).await?;
                wish(socket, &ConsoleWish::Usage).await?;
                Some(Said::Opened)
            }
            ConsoleEvent::NotLetIn | ConsoleEvent::TokenExpired => {
                self.drop_pass();
                return Ok(Some(Ended::Broke(Trouble::Silent)));
            }
            ConsoleEvent::TokenExpiring => {
                self.drop_pass();
                match self.pass(app).await {
                    Ok(pass) => wish(socket, &ConsoleWish::LetIn(pass.token)).await?,
                    // The next sign is that it expired.
                    Err(error) => tracing::debug!("A console's pass was not renewed: {error}"),
                }
                None
            }
            ConsoleEvent::State(state) => control::power_of(&state).map(Said::Power),
            ConsoleEvent::Usage(usage) => Some(Said::Usage(usage)),
            ConsoleEvent::Line(text) => Some(self.line(LineKind::Game, &text)),
            ConsoleEvent::DaemonLine(text) | ConsoleEvent::Failure(text) => Some(self.line(LineKind::Daemon, &text)),
            ConsoleEvent::InstallLine(text) => Some(self.line(LineKind::Installer, &text)),
            ConsoleEvent::BackupEnded { .. } | ConsoleEvent::BackupRestored => {
                app.control.backups.changed(&self.service, "");
                None
            }
            ConsoleEvent::Deleted => return Ok(Some(Ended::Shut)),
            ConsoleEvent::InstallStarted | ConsoleEvent::InstallEnded | ConsoleEvent::Other(_) => None,
        };
        let Some(said) = said else { return Ok(None) };
        {
            let mut state = lock(&self.state);
            state.heard_at = Some(app.now());
            state.lost = None;
            match &said {
                Said::Power(power) => state.power = Some(*power),
                Said::Usage(usage) => {
                    state.power = control::power_of(&usage.state).or(state.power);
                    state.usage = Some(usage.clone());
                }
                Said::Opened | Said::Line(_) | Said::Lost(_) | Said::Over => {}
            }
        }
        // Nobody hears it if nobody is there.
        let _ = self.said.send(said);
        Ok(None)
    }

    fn line(&self, kind: LineKind, text: &str) -> Said {
        Said::Line(lock(&self.state).tail.push(kind, text))
    }
}

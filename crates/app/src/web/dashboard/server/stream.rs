//! A console as it happens: server-sent events, one stream for each page that is open.

use crate::app::App;
use crate::control::{Said, Viewer, reach};
use crate::texts::{self, t};
use crate::watchers::Refusal;
use crate::web::access::{Owned, SignedIn};
use crate::web::cookies;
use crate::web::dashboard::server::around;
use crate::web::dashboard::words;
use crate::web::errors::{ApiError, Public};
use crate::web::live::live;
use crate::web::secrets;
use axum::extract::State;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use domain::ids::{AccountId, ServiceId};
use domain::language::Language;
use futures_util::stream::{self, Stream};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use panel::control::ConsoleUsage;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;
use store::services::{self, Service};
use store::sessions;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often it is looked whether the session and the server are as they were (A7).
const LOOKS: Duration = Duration::from_millis(500);
/// A stream ends when nothing was typed for so long.
const IDLE: SignedDuration = SignedDuration::from_mins(10);
/// Lines in one event at most.
const BATCH: usize = 200;

/// `GET /servers/{service}/console/events`: `lines` with lines, `opened` when those before no longer count, `power`, `usage`, `lost`
/// while it cannot be heard, and `idle` or `over` at the end.
pub(super) async fn events(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    headers: HeaderMap,
) -> Response {
    let server = match reach(&service) {
        Ok(server) => server,
        Err(shut) => return refused(StatusCode::CONFLICT, "shut", shut.text().into_owned()),
    };
    let account = signed_in.account.id;
    let viewer = match app.control.consoles.watch(&app, &service.id, &server, &account) {
        Ok(viewer) => viewer,
        Err(refusal) => {
            let text = match refusal {
                Refusal::TooManyOfYours => t("console-too-many"),
                Refusal::TooMany => t("console-too-many-all"),
            };
            return refused(StatusCode::TOO_MANY_REQUESTS, "too_many_consoles", text.into_owned());
        }
    };
    let cookie = cookies::session(&app, &headers).unwrap_or_default();
    let mut looks = interval(LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watcher = Watcher {
        looks,
        service: service.id.clone(),
        account,
        cookie_hash: secrets::sha256_hex(cookie.as_bytes()),
        since: app.now(),
        viewer,
        waiting: None,
        begun: false,
        ended: false,
        language: texts::language(),
        app,
    };
    live(all(watcher))
}

fn refused(status: StatusCode, code: &'static str, text: String) -> Response {
    ApiError(Public::new(status, code, t("console-not-open"), text)).into_response()
}

fn all(watcher: Watcher) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watcher, |mut watcher| async move {
        // What is sent later is no part of the request's task any more, which knew the language.
        let event = texts::in_language(watcher.language, watcher.next()).await?;
        Some((Ok(event), watcher))
    })
}

/// One page that watches.
struct Watcher {
    app: App,
    service: ServiceId,
    account: AccountId,
    cookie_hash: String,
    viewer: Viewer,
    /// Heard already, and to be sent after the lines before it.
    waiting: Option<Said>,
    looks: Interval,
    since: Timestamp,
    begun: bool,
    ended: bool,
    language: Language,
}

impl Watcher {
    /// The next event; `None` when the stream should end.
    async fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        if !self.begun {
            self.begun = true;
            return Some(self.beginning());
        }
        loop {
            if let Some(said) = self.waiting.take() {
                if let Some(event) = self.tell(said) {
                    return Some(event);
                }
                continue;
            }
            tokio::select! {
                said = self.viewer.said.recv() => match said {
                    Ok(said) => self.waiting = Some(said),
                    // Too much at once: what is kept is sent anew.
                    Err(RecvError::Lagged(_)) => return Some(self.beginning()),
                    Err(RecvError::Closed) => return None,
                },
                _ = self.looks.tick() => match self.look().await {
                    Ok(None) => {}
                    Ok(Some(end)) => return Some(self.end(end)),
                    Err(error) => {
                        tracing::warn!(service.id = %self.service, "A console's page is no longer served: {error:#}");
                        return None;
                    }
                },
            }
        }
    }

    /// Everything that is known at a moment.
    fn beginning(&self) -> Event {
        let now = self.viewer.snapshot();
        let power = now.power.map(words::power);
        let data = json!({
            "lines": now.lines.iter().map(|line| &**line).collect::<Vec<_>>(),
            "power": power,
            "usage": now.usage.as_ref().map(usage),
            "lost": now.lost.map(|trouble| trouble.text()),
        });
        event("all", &data)
    }

    fn end(&mut self, end: &'static str) -> Event {
        self.ended = true;
        event(end, &Value::Null)
    }

    fn tell(&mut self, said: Said) -> Option<Event> {
        Some(match said {
            Said::Line(line) => {
                let mut lines = vec![line];
                while lines.len() < BATCH {
                    match self.viewer.said.try_recv() {
                        Ok(Said::Line(line)) => lines.push(line),
                        Ok(other) => {
                            self.waiting = Some(other);
                            break;
                        }
                        Err(TryRecvError::Lagged(_)) => {
                            // Too much at once: after these, what is kept is sent anew.
                            self.begun = false;
                            break;
                        }
                        Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                    }
                }
                event("lines", &json!(lines.iter().map(|line| &**line).collect::<Vec<_>>()))
            }
            Said::Opened => event("opened", &Value::Null),
            Said::Power(power) => event("power", &json!(words::power(power))),
            Said::Usage(used) => event("usage", &usage(&used)),
            Said::Lost(trouble) => event("lost", &json!(trouble.text())),
            Said::Over => self.end("over"),
        })
    }

    /// Whether it is over: nobody is signed in any more, the server is not theirs or shut, or nobody typed for long.
    async fn look(&self) -> anyhow::Result<Option<&'static str>> {
        let now = self.app.now();
        let typed_at = self.viewer.typed_at();
        if now.duration_since(typed_at.map_or(self.since, |at| at.max(self.since))) > IDLE {
            return Ok(Some("idle"));
        }
        let mut db = self.app.store.read().await?;
        if sessions::find_by_cookie(&mut db, &self.cookie_hash, now).await?.is_none() {
            return Ok(Some("over"));
        }
        let service = services::find_owned(&mut db, &self.service, &self.account).await?;
        Ok(service.is_none_or(|service| reach(&service).is_err()).then_some("over"))
    }
}

fn event(name: &str, data: &Value) -> Event {
    Event::default().event(name).data(data.to_string())
}

fn usage(usage: &ConsoleUsage) -> Value {
    json!({ "memory": around::size(usage.memory_bytes), "cpu": format!("{:.0}", usage.cpu_percent) })
}

//! The daemons' own addresses: where the panel sends browsers for consoles, downloads and uploads.

use super::belongings::{Link, Opens};
use super::call::{daemon_status, unreachable_daemon};
use super::calls::PanelCall;
use super::exchange::{Content, Refusal, Reply, Request};
use super::faults::{Fault, Subject};
use super::model::RowId;
use super::state::State;
use super::tree::{StoredFile, whole_path};
use super::{MOST_BYTES, PanelSim, catch_up, console};
use crate::serve::ABORT_HEADER;
use axum::Router;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Path, Request as HttpRequest};
use axum::response::Response;
use axum::routing::{any, get};
use http::{HeaderMap, Method, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How long a signed address can be used.
const LINK_LASTS: SignedDuration = SignedDuration::from_mins(15);

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

/// Consoles, downloads and uploads.
pub(super) fn routes(sim: &PanelSim) -> Router {
    let (consoles, files) = (sim.clone(), sim.clone());
    let console = move |Path(uuid): Path<String>, headers: HeaderMap, upgrade: Upgrade| {
        let sim = consoles.clone();
        async move { console::open(sim, &uuid, &headers, upgrade) }
    };
    let file = move |request: HttpRequest| {
        let sim = files.clone();
        async move { sim.answer_link(request).await }
    };
    Router::new()
        .route("/api/servers/{uuid}/ws", get(console))
        .route("/download/{kind}", any(file.clone()))
        .route("/upload/file", any(file))
}

impl PanelSim {
    async fn answer_link(&self, request: HttpRequest<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let raw = axum::body::to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        let request = Request::new(parts.method, &parts.uri, parts.headers, raw);
        let mut state = self.state();
        let now = state.options.clock.now();
        catch_up(&mut state);
        let reply = state.open_link(&request, now);
        let lost = reply.headers.iter().any(|(name, _)| *name == ABORT_HEADER);
        state.note_daemon_call(&request.method, &request.path, reply.status, lost, now);
        reply.into_response()
    }
}

impl State {
    /// An address that opens something once.
    pub(super) fn sign(&mut self, server: RowId, opens: Opens, now: Timestamp) -> String {
        let place = match opens {
            Opens::File(_) => "download/file",
            Opens::Backup(_) => "download/backup",
            Opens::Upload => "upload/file",
        };
        let token = self.dice.word(48);
        self.belongings.drop_expired(now);
        let until = now.saturating_add(LINK_LASTS).unwrap_or(now);
        self.belongings.links.insert(token.clone(), Link { server, until, opens });
        format!("{}/{place}?token={token}", self.options.daemon_address())
    }

    /// What stands in the way of a call at a server's daemon, as faults have it.
    pub(super) fn daemon_mood(&mut self, method: &Method, path: &str, server: RowId) -> Result<(), Reply> {
        let Some(row) = self.servers.get(&server).cloned() else { return Err(refused(daemon_status(404))) };
        let subject = Subject { method: method.as_str(), path, external_id: row.external_id.as_deref() };
        if self.faults.daemon_stays_down(row.node) {
            return Err(closed());
        }
        let wanted = |fault: &Fault| match fault {
            Fault::DaemonDown { node } | Fault::DaemonAnswers { node, .. } => node.is_none_or(|node| node == row.node),
            other => other.is_about_a_call(),
        };
        let Some(fault) = self.faults.take(&subject, wanted) else { return Ok(()) };
        Err(match fault {
            Fault::DaemonAnswers { status, .. } => refused(daemon_status(status)),
            Fault::Gateway { status, .. } => Reply::html(status_of(status), ""),
            Fault::Refuse { status, .. } => refused(daemon_status(status)),
            Fault::Unauthorized => refused(daemon_status(401)),
            Fault::Forbidden => refused(daemon_status(403)),
            Fault::RateLimited { retry_after } => refused(daemon_status(429)).with("retry-after", retry_after),
            Fault::ErrorBefore | Fault::ErrorAfter | Fault::LostRace { .. } => refused(daemon_status(500)),
            _ => closed(),
        })
    }

    pub(super) fn note_daemon_call(
        &mut self,
        method: &Method,
        path: &str,
        status: StatusCode,
        lost: bool,
        at: Timestamp,
    ) {
        let route = match path {
            "/upload/file" => "upload/file",
            path if path.starts_with("/download/") => "download/{}",
            _ => "servers/{}/ws",
        };
        let (method, path, route) = (method.to_string(), path.to_owned(), route.to_owned());
        self.calls.push(PanelCall { at, method, path, route, status: status.as_u16(), lost });
    }

    fn open_link(&mut self, request: &Request, now: Timestamp) -> Reply {
        let token = request.param("token").unwrap_or_default().to_owned();
        let known = self.belongings.links.get(&token).filter(|link| link.until > now).cloned();
        let Some(link) = known else { return refused(Refusal::new(403, "", "This address opens nothing any more.")) };
        if let Err(reply) = self.daemon_mood(&request.method, &request.path, link.server) {
            return reply;
        }
        let method = if matches!(link.opens, Opens::Upload) { Method::POST } else { Method::GET };
        let place = match link.opens {
            Opens::File(_) => "/download/file",
            Opens::Backup(_) => "/download/backup",
            Opens::Upload => "/upload/file",
        };
        if request.method != method || request.path != place {
            return refused(Refusal::new(404, "", "This address is for something else."));
        }
        self.belongings.links.remove(&token);
        match link.opens {
            Opens::File(path) => self.download(link.server, &path),
            Opens::Backup(id) => {
                let files = self.belongings.backups.get(&id).and_then(super::belongings::Backup::files);
                let listing = |files: &super::tree::Tree| {
                    files.entries().map(|(path, _)| format!("{path}\n")).collect::<String>().into_bytes()
                };
                files.map_or_else(|| refused(daemon_status(404)), |files| attachment("backup.tar.gz", listing(&files)))
            }
            Opens::Upload => self.upload(link.server, request, now),
        }
    }

    fn download(&self, server: RowId, path: &str) -> Reply {
        let file = self.machines.get(&server).and_then(|machine| machine.files.file(path));
        let name = super::tree::split(path).1;
        file.map_or_else(|| refused(daemon_status(404)), |file| attachment(name, file.bytes.to_vec()))
    }

    fn upload(&mut self, server: RowId, request: &Request, now: Timestamp) -> Reply {
        let folder = whole_path(request.param("directory").unwrap_or("/"));
        let kind = request.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary = kind.split("boundary=").nth(1).map(|text| text.trim_matches('"')).unwrap_or_default();
        let sent = parts(&request.raw, boundary);
        let Some(machine) = self.machines.get_mut(&server) else { return refused(daemon_status(404)) };
        if sent.is_empty() {
            return refused(daemon_status(400));
        }
        for (name, bytes) in sent {
            let path = whole_path(&format!("{folder}/{name}"));
            if machine.files.write(&path, StoredFile::new(bytes, now)).is_err() {
                return refused(daemon_status(400));
            }
        }
        Reply::json(StatusCode::OK, Value::Array(Vec::new()))
    }
}

/// Names and contents of the files in a form.
fn parts(body: &[u8], boundary: &str) -> Vec<(String, Vec<u8>)> {
    if boundary.is_empty() {
        return Vec::new();
    }
    let line = format!("--{boundary}");
    let mut found = Vec::new();
    let mut rest = body;
    while let Some(start) = position(rest, line.as_bytes()) {
        rest = &rest[start + line.len()..];
        let end = position(rest, line.as_bytes()).unwrap_or(rest.len());
        let part = &rest[..end];
        let Some(gap) = position(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&part[..gap]);
        let name = head.split("filename=\"").nth(1).and_then(|text| text.split('"').next());
        let content = part[gap + 4..].strip_suffix(b"\r\n").unwrap_or(&part[gap + 4..]);
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            // A daemon keeps a file's own name and no way to it.
            found.push((name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned(), content.to_vec()));
        }
    }
    found
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

fn attachment(name: &str, bytes: Vec<u8>) -> Reply {
    let plain: String = name.chars().map(|c| if c.is_ascii_graphic() && c != '"' { c } else { '_' }).collect();
    Reply { status: StatusCode::OK, headers: Vec::new(), body: Content::Bytes(bytes) }
        .with("content-disposition", format!("attachment; filename=\"{plain}\""))
}

/// The daemon's error in its own shape.
fn refused(refusal: Refusal) -> Reply {
    Reply::json(status_of(refusal.status), serde_json::json!({ "error": refusal.detail }))
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY)
}

/// Nothing listens.
fn closed() -> Reply {
    refused(unreachable_daemon()).with(ABORT_HEADER, "before")
}

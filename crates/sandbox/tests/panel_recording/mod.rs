//! The recorded cases, and a simulator that is led through them.

mod shape;

pub(crate) use shape::Shape;

use axum::Router;
use axum::body::Body;
use http::Request;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use sandbox::clock::SandboxClock;
use sandbox::panel::{PanelOptions, PanelSeed, PanelSim, recorded};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

/// One recorded request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) number: u32,
    pub(crate) name: String,
    method: String,
    path: String,
    request_headers: BTreeMap<String, String>,
    request_body: Value,
    key: String,
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

fn folder() -> PathBuf {
    let contracts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/panel-recordings");
    PathBuf::from(contracts).join("pterodactyl-1.0-develop-706db62c6")
}

/// All cases by number.
pub(crate) fn read_cases() -> Vec<Case> {
    let index = std::fs::read_to_string(folder().join("INDEX.md")).expect("the index");
    let rows = index.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let name = cells.first()?.strip_suffix(".json")?;
        name.starts_with(|first: char| first.is_ascii_digit()).then(|| (name.to_owned(), cells[2].to_owned()))
    });
    rows.map(|(name, key)| read_case(&name, key)).collect()
}

fn read_case(name: &str, key: String) -> Case {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).expect("a case");
    let case: Value = serde_json::from_str(&text).expect("JSON");
    let headers = |of: &Value| -> BTreeMap<String, String> { serde_json::from_value(of.clone()).expect("headers") };
    let (request, response) = (&case["request"], &case["response"]);
    Case {
        number: name[..3].parse().expect("a number"),
        name: name.to_owned(),
        method: request["method"].as_str().expect("a method").to_owned(),
        path: request["path"].as_str().expect("a path").to_owned(),
        request_headers: headers(&request["headers"]),
        request_body: request["body"].clone(),
        key,
        status: response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status"),
        headers: headers(&response["headers"]),
        body: response["body"].clone(),
    }
}

/// A simulator in the state of the recording's start, and what has been learnt about its ids since.
pub(crate) struct Replay {
    pub(crate) sim: PanelSim,
    router: Router,
    now: Arc<Mutex<Timestamp>>,
    cases: BTreeMap<u32, Case>,
    /// Recorded uuids and identifiers to those of this run.
    names: BTreeMap<String, String>,
    /// Recorded default allocations to those of this run, where the panel chose them by chance.
    ports: BTreeMap<i64, i64>,
}

type Answer = (u16, BTreeMap<String, String>, Value);

impl Replay {
    pub(crate) fn new(cases: &[Case]) -> Self {
        let now = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
        let source = now.clone();
        let clock = SandboxClock::from_fn(move || *source.lock().expect("not poisoned"));
        let mut options = PanelOptions::new(clock);
        options.install_time = Arc::new(|_| SignedDuration::from_millis(1_500));
        let sim = PanelSim::new(options, PanelSeed::recorded());
        let cases = cases.iter().map(|case| (case.number, case.clone())).collect();
        Self { router: sim.router(), sim, now, cases, names: BTreeMap::new(), ports: BTreeMap::new() }
    }

    /// Time is when the answer was dated.
    pub(crate) fn set_clock(&self, case: &Case) {
        if let Some(date) = case.headers.get("date") {
            let at = rfc2822::parse(date).expect("a date").timestamp();
            *self.now.lock().expect("not poisoned") = at;
        }
    }

    fn shift_clock(&self, seconds: i64) {
        let mut now = self.now.lock().expect("not poisoned");
        *now += SignedDuration::from_secs(seconds);
    }

    pub(crate) async fn send(&self, case: &Case) -> Answer {
        let mut path = case.path.clone();
        if path.starts_with("/api/client") {
            // Whole uuids before their first eight characters.
            for (recorded, ours) in self.names.iter().rev() {
                path = path.replace(recorded, ours);
            }
        }
        // A few characters that a real client encodes were recorded as they were typed.
        let path = path.replace('[', "%5B").replace(']', "%5D").replace(' ', "%20");
        let mut request = Request::builder().method(case.method.as_str()).uri(path);
        for (name, value) in &case.request_headers {
            if !name.eq_ignore_ascii_case("authorization") {
                request = request.header(name, value);
            }
        }
        if let Some(key) = key(&case.key) {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let mut body = case.request_body.clone();
        if let Some(ours) = body["allocation"].as_i64().and_then(|recorded| self.ports.get(&recorded)) {
            body["allocation"] = Value::from(*ours);
        }
        let body = match &body {
            Value::Null => Body::empty(),
            Value::String(text) => Body::from(text.clone()),
            json => Body::from(json.to_string()),
        };
        let answer = self.router.clone().oneshot(request.body(body).expect("a request")).await.expect("never fails");
        let (parts, body) = answer.into_parts();
        let headers = parts.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        let text = String::from_utf8_lossy(&bytes);
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes).unwrap_or_else(|_not_json| Value::from(text)),
        };
        (parts.status.as_u16(), headers.collect(), body)
    }

    /// Sends another case's request.
    pub(crate) async fn send_recorded(&self, number: u32) {
        let case = self.cases[&number].clone();
        self.shift_clock(-1);
        self.send(&case).await;
        self.shift_clock(1);
    }

    /// Uses up a minute's calls of a key, `before` seconds from now.
    pub(crate) async fn exhaust(&self, path: &str, key: &str, calls: u32, before: i64) {
        let mut case = self.cases[&6].clone();
        case.path = path.to_owned();
        case.key = key.to_owned();
        self.shift_clock(before);
        for _ in 0..calls {
            self.send(&case).await;
        }
        self.shift_clock(-before);
    }

    /// Learns which uuid and which port of this run stand for which recorded ones.
    pub(crate) fn learn(&mut self, recorded: &Value, ours: &Value) {
        let uuid = |body: &Value| body["attributes"]["uuid"].as_str().map(str::to_owned);
        if recorded["object"] == "server"
            && let (Some(recorded), Some(ours)) = (uuid(recorded), uuid(ours))
        {
            self.names.insert(recorded[..8].to_owned(), ours[..8].to_owned());
            self.names.insert(recorded, ours);
        }
        let port = |body: &Value| body["attributes"]["allocation"].as_i64();
        if let (Some(recorded), Some(ours)) = (port(recorded), port(ours)) {
            self.ports.insert(recorded, ours);
        }
    }
}

/// The index says which key a case used; the keys themselves were not recorded.
fn key(named: &str) -> Option<&'static str> {
    match named {
        "none" => None,
        "application" => Some(recorded::APPLICATION_KEY),
        "application, read-only grants" => Some(recorded::READ_ONLY_KEY),
        "application, no grants" => Some(recorded::NO_GRANT_KEY),
        "application, bound to another IP" => Some(recorded::ELSEWHERE_KEY),
        "client, admin user" => Some(recorded::ADMIN_CLIENT_KEY),
        "client, plain user" => Some(recorded::USER_CLIENT_KEY),
        "made-up" => Some("ptla_nobodyknowsthiskey0000000000000000000000000000"),
        other => panic!("no key called {other}"),
    }
}

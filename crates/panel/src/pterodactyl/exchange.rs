//! One request and its answer: keys, limits of time, and what a status means.

use super::path::{Panel, Path, PathError, Side};
use super::wire;
use super::{PterodactylSettings, SHORT, SettingsError, USUAL};
use crate::error::{NOT_HERE, TOO_OFTEN};
use crate::{PanelError, Problem, Result, Transport};
use bytes::Bytes;
use domain::call::{CallBudget, CallFailure, CallName};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Method, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

/// Rows per page of a list.
const PER_PAGE: u64 = 200;
/// Pages of a list at most.
const PAGES: u64 = 500;
/// Longest answer that is read, in bytes, should a transport let more through.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;
/// How long we wait after a refusal that names no time.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// The longest time that a `Retry-After` is believed.
const LONGEST_PAUSE: i64 = 300;

pub(super) struct Exchange {
    application: Transport,
    client: Transport,
    panel: Panel,
    application_key: HeaderValue,
    client_key: HeaderValue,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Exchange {
    pub(super) fn new(
        application: Transport,
        client: Transport,
        settings: PterodactylSettings,
    ) -> std::result::Result<Self, SettingsError> {
        let header = |key: &secrecy::SecretString| {
            let mut value =
                HeaderValue::try_from(format!("Bearer {}", key.expose_secret())).map_err(|_| SettingsError::Key)?;
            value.set_sensitive(true);
            Ok(value)
        };
        let panel = Panel::at(&settings.url).ok_or_else(|| SettingsError::Url(settings.url.clone()))?;
        let (application_key, client_key) = (header(&settings.application_key)?, header(&settings.client_key)?);
        Ok(Self { application, client, panel, application_key, client_key, now: settings.now })
    }

    /// The panel's address without a slash at the end.
    pub(super) fn root(&self) -> &str {
        self.panel.root()
    }

    /// Reads one thing; `None` only when the panel itself says that there is no such thing (S7).
    pub(super) async fn find<T: DeserializeOwned>(&self, call: &'static str, path: Path) -> Result<Option<T>> {
        match self.get(call, path).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, call: &'static str, path: Path) -> Result<T> {
        let budget = match path.side() {
            Side::Application => USUAL,
            Side::Client => SHORT,
        };
        self.send(call, Method::GET, path, None, budget).await
    }

    /// Reads all pages of a list of the application API. The totals have to agree over the pages and with what came: a list that
    /// changed while it was read is an error, never a part.
    pub(super) async fn list<T: DeserializeOwned + wire::Numbered>(
        &self,
        call: &'static str,
        path: Path,
    ) -> Result<Vec<T>> {
        self.list_pages(call, path, PER_PAGE, wire::Numbered::number).await
    }

    /// Reads all pages of a list whose rows are told apart by `key`.
    pub(super) async fn list_pages<T: DeserializeOwned, K: Ord>(
        &self,
        call: &'static str,
        path: Path,
        per_page: u64,
        key: impl Fn(&T) -> K + Send,
    ) -> Result<Vec<T>> {
        let changed = || PanelError::OutcomeUnknown { call, source: "the list changed while it was read".into() };
        let mut rows: Vec<T> = Vec::new();
        let mut total = None;
        for page in 1..=PAGES {
            let path = path.clone().with("per_page", &per_page.to_string()).with("page", &page.to_string());
            let list: wire::List<T> = self.get(call, path).await?;
            let pages = list.meta.map(|meta| meta.pagination).unwrap_or_default();
            if *total.get_or_insert(pages.total) != pages.total {
                return Err(changed());
            }
            rows.extend(list.data.into_iter().map(|item| item.attributes));
            if page >= pages.total_pages {
                let distinct: BTreeSet<K> = rows.iter().map(&key).collect();
                let complete = distinct.len() == rows.len() && rows.len() as u64 == pages.total;
                return if complete { Ok(rows) } else { Err(changed()) };
            }
        }
        Err(PanelError::OutcomeUnknown { call, source: format!("the list has more than {PAGES} pages").into() })
    }

    /// Sends a request whose answer has a body.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        call: &'static str,
        method: Method,
        path: Path,
        body: Option<&Value>,
        budget: Duration,
    ) -> Result<T> {
        let answer = self.exchange(call, method, path, json_body(body), budget).await?;
        serde_json::from_slice(answer.body()).map_err(|error| {
            // The parser's own words repeat the body's.
            let place = format!("{:?} error at line {} column {}", error.classify(), error.line(), error.column());
            PanelError::OutcomeUnknown { call, source: place.into() }
        })
    }

    /// Sends a request whose answer says nothing but that it was taken.
    pub(super) async fn act(
        &self,
        call: &'static str,
        method: Method,
        path: Path,
        body: Option<&Value>,
        budget: Duration,
    ) -> Result<()> {
        self.exchange(call, method, path, json_body(body), budget).await.map(drop)
    }

    /// Sends a file's content as it is. The panel hands on the body whatever its type says, as long as that is not one it reads itself.
    pub(super) async fn write(&self, call: &'static str, path: Path, content: Bytes) -> Result<()> {
        let body = Some(("text/plain", content));
        self.exchange(call, Method::POST, path, body, USUAL).await.map(drop)
    }

    /// Reads a body as it is.
    pub(super) async fn read(&self, call: &'static str, path: Path) -> Result<Bytes> {
        self.exchange(call, Method::GET, path, None, SHORT).await.map(Response::into_body)
    }

    async fn exchange(
        &self,
        call: &'static str,
        method: Method,
        path: Path,
        body: Option<(&'static str, Bytes)>,
        budget: Duration,
    ) -> Result<Response<Bytes>> {
        let (transport, key) = match path.side() {
            Side::Application => (&self.application, &self.application_key),
            Side::Client => (&self.client, &self.client_key),
        };
        let address = path.address(&self.panel).map_err(|error| not_sent(call, &error))?;
        let mut request = Request::builder().method(method).uri(address);
        request = request
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, key.clone())
            .extension(CallBudget(budget))
            .extension(CallName(call));
        let body = match body {
            Some((kind, body)) => {
                request = request.header(CONTENT_TYPE, kind);
                body
            }
            None => Bytes::new(),
        };
        let request = request.body(body).map_err(|error| PanelError::Unreachable { call, source: error.into() })?;
        match transport.clone().oneshot(request).await {
            Ok(answer) if answer.body().len() > LONGEST_ANSWER => {
                Err(PanelError::OutcomeUnknown { call, source: "the answer is too long".into() })
            }
            Ok(answer) => self.sort(call, answer),
            Err(CallFailure::NeverSent(source)) => Err(PanelError::Unreachable { call, source }),
            Err(CallFailure::NoAnswer(source)) => Err(PanelError::OutcomeUnknown { call, source }),
            Err(CallFailure::HeldBack { until }) => Err(PanelError::NotNow { call, status: 0, until }),
        }
    }

    /// What a status means. Only JSON of the panel itself counts as its word; anything else came from something in between.
    fn sort(&self, call: &'static str, answer: Response<Bytes>) -> Result<Response<Bytes>> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let problems = wire::problems(answer.body());
        match (status, problems) {
            // Backups of one server, made too often, say nothing about calls.
            (StatusCode::TOO_MANY_REQUESTS, problems) if !has(problems.as_deref(), TOO_OFTEN) => {
                Err(self.not_now(call, &answer))
            }
            // A 401 or 403 of the daemon, or about one thing that a server may not have, says nothing about our keys.
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, problems)
                if !has(problems.as_deref(), "DaemonConnectionException") && !has(problems.as_deref(), NOT_HERE) =>
            {
                Err(self.not_now(call, &answer))
            }
            (_, Some(problems)) => Err(PanelError::Refused { call, status: status.as_u16(), problems }),
            (_, None) => {
                let source = format!("status {} without the panel's own error", status.as_u16()).into();
                Err(PanelError::OutcomeUnknown { call, source })
            }
        }
    }

    fn not_now(&self, call: &'static str, answer: &Response<Bytes>) -> PanelError {
        let named =
            answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
        let pause = named.map_or(PAUSE, |seconds: i64| SignedDuration::from_secs(seconds.clamp(1, LONGEST_PAUSE)));
        PanelError::NotNow { call, status: answer.status().as_u16(), until: (self.now)() + pause }
    }
}

/// A refusal of our own: the same path would be refused again.
fn not_sent(call: &'static str, error: &PathError) -> PanelError {
    let problem = Problem { code: "PathError".to_owned(), field: None, rule: None, detail: error.to_string() };
    PanelError::Refused { call, status: 0, problems: vec![problem] }
}

fn has(problems: Option<&[Problem]>, code: &str) -> bool {
    problems.is_some_and(|problems| problems.iter().any(|problem| problem.code == code))
}

fn json_body(body: Option<&Value>) -> Option<(&'static str, Bytes)> {
    body.map(|body| ("application/json", Bytes::from(body.to_string())))
}

//! A request as the panel sees it and the answer it gives.

use super::rules::Broken;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value, json};

/// A request taken apart.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub raw: Bytes,
    /// Trimmed, empty strings as null; an empty object without a body.
    pub body: Value,
    /// The body claims to be JSON and is not.
    pub malformed: bool,
}

impl Request {
    pub(super) fn new(method: Method, uri: &http::Uri, headers: HeaderMap, raw: Bytes) -> Self {
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let json = headers.get(header::CONTENT_TYPE).is_some_and(|kind| as_text(kind).contains("json"));
        let form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| as_text(kind).contains("form-urlencoded"));
        let parsed = if json && !raw.is_empty() { Some(serde_json::from_slice(&raw)) } else { None };
        let malformed = matches!(parsed, Some(Err(_)));
        let body = match parsed {
            Some(Ok(value)) => value,
            _ if form => {
                form_urlencoded::parse(&raw).map(|(key, value)| (key.into_owned(), Value::from(value))).collect()
            }
            _ => Value::Object(Map::new()),
        };
        Self { method, path: uri.path().to_owned(), query, headers, raw, body: cleaned(body), malformed }
    }

    /// A query parameter; empty counts as missing.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The `filter[…]` parameters in their order.
    pub(super) fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix("filter[")?.strip_suffix(']')?, value.as_str())))
    }

    /// Whether the caller's first choice is JSON; without it errors become pages and redirects.
    pub(super) fn wants_json(&self) -> bool {
        let accept = self.headers.get(header::ACCEPT).map(as_text).unwrap_or_default();
        let first = accept.split(',').next().unwrap_or_default();
        first.contains("/json") || first.contains("+json")
    }

    /// The key of the `Authorization` header.
    pub(super) fn bearer(&self) -> Option<&str> {
        self.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
    }
}

fn as_text(value: &HeaderValue) -> String {
    value.to_str().unwrap_or_default().to_ascii_lowercase()
}

/// The panel trims every string and stores empty ones as null.
fn cleaned(value: Value) -> Value {
    match value {
        Value::String(text) if text.trim().is_empty() => Value::Null,
        Value::String(text) => Value::String(text.trim().to_owned()),
        Value::Array(items) => items.into_iter().map(cleaned).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, cleaned(value))).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

/// An answer before it becomes HTTP.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub status: StatusCode,
    pub headers: Vec<(&'static str, String)>,
    pub body: Content,
}

/// What an answer carries.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Nothing,
    Json(Value),
    Html(String),
    Bytes(Vec<u8>),
}

impl Reply {
    pub(super) fn json(status: StatusCode, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Content::Json(body) }
    }

    pub(super) fn ok(body: Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    pub(super) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Content::Nothing }
    }

    /// A 201 with the address of what was made.
    pub(super) fn created(mut item: Value, address: String) -> Self {
        if let Some(map) = item.as_object_mut() {
            map.insert("meta".to_owned(), json!({ "resource": address }));
        }
        Self::json(StatusCode::CREATED, item)
    }

    pub(super) fn html(status: StatusCode, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: Content::Html(body.into()) }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(super) fn into_response(self) -> Response {
        let (kind, body) = match self.body {
            Content::Nothing => (None, Body::empty()),
            Content::Json(value) => (Some("application/json"), Body::from(value.to_string())),
            Content::Html(page) => (Some("text/html; charset=UTF-8"), Body::from(page)),
            Content::Bytes(bytes) => (Some("text/plain"), Body::from(bytes)),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(kind) = kind {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// A refusal in the panel's error shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: String,
    pub detail: String,
    pub broken: Vec<Broken>,
    /// Seconds that the caller is told to wait.
    pub retry_after: Option<i64>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, detail: &str) -> Self {
        Self { status, code: code.to_owned(), detail: detail.to_owned(), broken: Vec::new(), retry_after: None }
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "NotFoundHttpException", "Nothing here has this id or address.")
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(401, "AuthenticationException", "No valid key was sent.")
    }

    pub(super) fn denied(detail: &str) -> Self {
        Self::new(403, "AccessDeniedHttpException", detail)
    }

    pub(super) fn display(detail: &str) -> Self {
        Self::new(400, "DisplayException", detail)
    }

    /// The simulated panel's 500 for what it did not expect.
    pub(super) fn unexpected(code: &str) -> Self {
        Self::new(500, code, "The panel met an error that it did not expect.")
    }

    pub(super) fn invalid(broken: Vec<Broken>) -> Self {
        Self { broken, ..Self::new(422, "ValidationException", "") }
    }

    /// With the seconds that the caller is told to wait.
    pub(super) fn retry_after(self, seconds: i64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..self }
    }

    /// One broken rule.
    pub(super) fn rule(field: &str, rule: &'static str) -> Self {
        Self::invalid(vec![Broken { field: field.to_owned(), rule: rule.into() }])
    }

    fn entries(&self) -> Vec<Value> {
        let entry = |detail: String| json!({ "code": self.code, "status": self.status.to_string(), "detail": detail });
        if self.broken.is_empty() {
            return vec![entry(self.detail.clone())];
        }
        let broken = self.broken.iter().map(|Broken { field, rule }| {
            let mut entry = entry(format!("The value of {field} breaks the rule {rule}."));
            entry["meta"] = json!({ "source_field": field, "rule": rule });
            entry
        });
        broken.collect()
    }

    /// The answer: JSON for those who asked for it, else what a browser would get.
    pub(super) fn into_reply(self, wants_json: bool, panel_url: &str) -> Reply {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if wants_json {
            let reply = Reply::json(status, json!({ "errors": self.entries() }));
            return match self.retry_after {
                Some(seconds) => reply.with("retry-after", seconds),
                None => reply,
            };
        }
        let redirect = |to: String| {
            Reply::html(
                StatusCode::FOUND,
                format!("<!DOCTYPE html><title>Redirecting</title><a href=\"{to}\">{to}</a>"),
            )
            .with("location", to)
        };
        match self.status {
            401 => redirect(format!("{panel_url}/auth/login")),
            422 => redirect(panel_url.to_owned()),
            _ => Reply::html(status, format!("<!DOCTYPE html><title>{status}</title>")),
        }
    }
}

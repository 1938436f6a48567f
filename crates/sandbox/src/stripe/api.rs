//! The way of one API request: key, version, faults, parameters, idempotency, the operation itself, and its answer.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use base64::Engine;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::Value;

use super::contract::{self, Operation};
use super::error::ApiError;
use super::expand;
use super::faults::FaultKind;
use super::form;
use super::idempotency::{Claim, Remembered};
use super::objects::{self, Call};
use super::state::{Origin, State};
use super::{API_VERSION, StripeSim};

const BODY_LIMIT: usize = 1024 * 1024;
/// Longest pause a fault can cause.
const LONGEST_PAUSE: u64 = 120_000;

/// One request as it came in.
struct Incoming {
    method: String,
    path: String,
    headers: HeaderMap,
    form: Vec<u8>,
    request_id: String,
}

/// One answer before it becomes bytes on a connection.
struct Answer {
    status: u16,
    body: Vec<u8>,
    headers: Vec<(&'static str, String)>,
}

/// A request that passed every check and holds its idempotency key.
struct Ready {
    operation: &'static Operation,
    id: String,
    params: Value,
    key: Option<String>,
}

impl Answer {
    fn error(error: &ApiError) -> Self {
        Self { status: error.status, body: render(&error.body()), headers: Vec::new() }
    }

    fn into_response(self, request_id: &str) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("stripe-version", HeaderValue::from_static(API_VERSION));
        let own = [("request-id", request_id.to_owned())];
        for (name, value) in own.into_iter().chain(self.headers) {
            HeaderValue::from_str(&value).map(|value| headers.insert(name, value)).ok();
        }
        response
    }
}

fn render(body: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(body).unwrap_or_default()
}

/// Serves everything under `/v1`, and says with each answer what time it is here.
pub(crate) async fn serve(Shared(sim): Shared<StripeSim>, request: Request) -> Response {
    let mut response = respond(sim.clone(), request).await;
    let now = sim.enter().now;
    let date = jiff::Timestamp::from_second(now).map(|now| now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    if let Some(date) = date.ok().and_then(|date| HeaderValue::from_str(&date).ok()) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

async fn respond(sim: StripeSim, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = sim.enter().ids.mint("req_", 14);
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        let error = ApiError::other(413, "invalid_request_error", "The request body is too large");
        return Answer::error(&error).into_response(&request_id);
    };
    let reads_query = parts.method == Method::GET || parts.method == Method::DELETE;
    let form = if reads_query { parts.uri.query().unwrap_or_default().as_bytes().to_vec() } else { body.to_vec() };
    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
    let incoming = Incoming { method, path, headers: parts.headers, form, request_id: request_id.clone() };
    let fault = sim.enter().faults.strike_request(&incoming.method, &incoming.path);
    if let Some(response) = refuse_first(&sim, &incoming, fault.as_ref()).await {
        return response;
    }
    let ready = match sim.enter().prepare(&incoming) {
        Ok(ready) => ready,
        Err(answer) => return answer.into_response(&request_id),
    };
    let hold = Hold { sim: sim.clone(), key: ready.key.clone() };
    if let Some(FaultKind::Slow { millis }) = fault {
        pause(millis).await;
    }
    let remember_failure = fault == Some(FaultKind::ErrorAfter { stored: true });
    let answer = sim.enter().execute(&incoming, &ready, remember_failure);
    drop(hold);
    match fault {
        Some(FaultKind::DeliverBeforeResponse) => drop(sim.tick().await),
        Some(FaultKind::ErrorAfter { .. }) => return Answer::error(&internal_error()).into_response(&request_id),
        Some(FaultKind::ResetAfter) => return broken("after"),
        Some(FaultKind::HangAfter { millis }) => {
            pause(millis).await;
            return broken("after");
        }
        _ => {}
    }
    answer.into_response(&request_id)
}

/// Gives the key back if the request ends without an answer to remember.
struct Hold {
    sim: StripeSim,
    key: Option<String>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.sim.enter().idempotency.release(key);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a slow server is what this fault simulates; nothing depends on the pause"
)]
async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis.min(LONGEST_PAUSE))).await;
}

/// An answer whose body fails while it is read: over TCP the connection closes, in-process the reader gets an error.
/// The header `x-sandbox-abort` tells a test whether the request ran (`after`) or not (`before`).
fn broken(when: &'static str) -> Response {
    let lost = futures_util::stream::once(async {
        Err::<Bytes, _>(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the sandbox broke this connection"))
    });
    let mut response = Response::new(Body::from_stream(lost));
    response.headers_mut().insert("x-sandbox-abort", HeaderValue::from_static(when));
    response
}

fn internal_error() -> ApiError {
    ApiError::other(500, "api_error", "An unknown error occurred")
}

/// The faults that strike before anything runs.
async fn refuse_first(sim: &StripeSim, incoming: &Incoming, fault: Option<&FaultKind>) -> Option<Response> {
    let mut headers = Vec::new();
    let error = match fault? {
        FaultKind::RateLimit { reason, retry_after } => {
            headers.push(("stripe-rate-limited-reason", reason.clone()));
            headers.extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
            ApiError::other(429, "invalid_request_error", "Request rate limit exceeded.").code("rate_limit")
        }
        FaultKind::LockTimeout => {
            let message = "This object cannot be accessed right now because another request is accessing it.";
            ApiError::other(429, "invalid_request_error", message).code("lock_timeout")
        }
        FaultKind::Conflict => {
            ApiError::other(409, "invalid_request_error", "Another request changes the same object.")
        }
        FaultKind::Unauthorized => ApiError::unauthorized("Expired API Key provided").code("api_key_expired"),
        FaultKind::Forbidden => {
            ApiError::other(403, "invalid_request_error", "The provided key does not have the required permissions")
        }
        FaultKind::ErrorBefore => internal_error(),
        FaultKind::ResetBefore => return Some(broken("before")),
        FaultKind::HangBefore { millis } => {
            pause(*millis).await;
            return Some(broken("before"));
        }
        _ => return None,
    };
    sim.enter().contract.check_error(error.status, &error.body());
    Some(Answer { headers, ..Answer::error(&error) }.into_response(&incoming.request_id))
}

impl State {
    /// Checks everything that is checked before execution begins; the answer if the request ends here.
    fn prepare(&mut self, incoming: &Incoming) -> Result<Ready, Answer> {
        let early = |state: &mut Self, error: ApiError| {
            state.contract.check_error(error.status, &error.body());
            Answer::error(&error)
        };
        if let Err(error) = self.authenticate(&incoming.headers).and_then(|()| check_version(&incoming.headers)) {
            return Err(early(self, error));
        }
        let Some((operation, id)) = contract::find_operation(&incoming.method, &incoming.path) else {
            return Err(early(self, ApiError::unknown_path(&incoming.method, &incoming.path)));
        };
        let decoded = form::decode(&incoming.form);
        let params = match decoded.as_ref().map_err(Clone::clone).and_then(|form| {
            let params = self.contract.check_request(operation, form)?;
            expand::paths(&params)?;
            Ok(params)
        }) {
            Ok(params) => params,
            Err(error) => {
                self.contract.check_answer(operation, error.status, &error.body());
                return Err(Answer::error(&error));
            }
        };
        let key = text(&incoming.headers, "idempotency-key").filter(|_| incoming.method == "POST").map(str::to_owned);
        if let Some(key) = &key {
            let form = decoded.as_ref().map(form::canonical).unwrap_or_default();
            let fingerprint = format!("{} {} {form}", incoming.method, incoming.path);
            match self.idempotency.claim(key, &fingerprint, self.wall) {
                Ok(Claim::Fresh) => {}
                Ok(Claim::Replay(first)) => return Err(replay(first, key)),
                Err(error) => return Err(early(self, error)),
            }
        }
        Ok(Ready { operation, id: id.unwrap_or_default(), params, key })
    }

    fn authenticate(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let key = text(headers, "authorization").and_then(key_of);
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            return Err(ApiError::unauthorized("You did not provide an API key."));
        };
        let test_key = key.starts_with("sk_test_") || key.starts_with("rk_test_");
        if test_key && key == self.settings.secret_key {
            return Ok(());
        }
        let shown: String = key.chars().take(8).collect();
        Err(ApiError::unauthorized(format!("Invalid API Key provided: {shown}***")))
    }

    /// Runs the operation and remembers its answer under the request's key.
    fn execute(&mut self, incoming: &Incoming, ready: &Ready, remember_failure: bool) -> Answer {
        self.origin = Some(Origin { request_id: incoming.request_id.clone(), idempotency_key: ready.key.clone() });
        let call = Call { id: &ready.id, path: &incoming.path, params: &ready.params };
        let outcome = objects::run(self, &ready.operation.id, &call).map(|mut body| {
            for path in expand::paths(&ready.params).unwrap_or_default() {
                self.expand(&mut body, &path);
            }
            body
        });
        self.origin = None;
        self.enter_clock(None);
        let (status, body) = match outcome {
            Ok(body) => (200, body),
            Err(error) => (error.status, error.body()),
        };
        self.contract.check_answer(ready.operation, status, &body);
        let mut answer = Answer { status, body: render(&body), headers: Vec::new() };
        if let Some(key) = &ready.key {
            let failure = remember_failure.then(|| Answer::error(&internal_error()));
            let kept = failure.as_ref().unwrap_or(&answer);
            let remembered =
                Remembered { status: kept.status, body: kept.body.clone(), request_id: incoming.request_id.clone() };
            self.idempotency.remember(key, remembered);
            answer.headers.push(("idempotency-key", key.clone()));
        }
        answer
    }
}

fn replay(first: Remembered, key: &str) -> Answer {
    let headers = vec![
        ("idempotent-replayed", "true".to_owned()),
        ("original-request", first.request_id),
        ("idempotency-key", key.to_owned()),
    ];
    Answer { status: first.status, body: first.body, headers }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The key of `Bearer …`, or the user name of `Basic …`.
fn key_of(authorization: &str) -> Option<String> {
    if let Some(key) = authorization.strip_prefix("Bearer ") {
        return Some(key.trim().to_owned());
    }
    let encoded = authorization.strip_prefix("Basic ")?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    Some(pair.split(':').next().unwrap_or_default().to_owned())
}

fn check_version(headers: &HeaderMap) -> Result<(), ApiError> {
    match text(headers, "stripe-version") {
        None | Some(API_VERSION) => Ok(()),
        Some(other) => Err(ApiError::invalid(format!("Invalid Stripe API version: {other}"))),
    }
}

//! `/__sandbox/*`: faults, time, payments and a look inside, for demos and tests that reach the sandbox over HTTP.

use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::faults::Fault;
use super::json::Read;
use super::objects::completing::{self, PayOutcome};
use super::objects::disputes;
use super::state::{Kind, State};
use super::{Dunning, StripeSim};

/// Ten years.
const LONGEST_JUMP: i64 = 10 * 366 * 86_400;

pub(crate) fn routes() -> Router<StripeSim> {
    Router::new()
        .route("/__sandbox/faults", get(list_faults).post(add_fault).delete(clear_faults))
        .route("/__sandbox/advance", post(advance))
        .route("/__sandbox/tick", post(tick))
        .route("/__sandbox/sessions/{id}/pay", post(pay))
        .route("/__sandbox/endpoints/{id}/rotate", post(rotate))
        .route("/__sandbox/disputes", post(open_dispute))
        .route("/__sandbox/disputes/{id}/close", post(close_dispute))
        .route("/__sandbox/disputes/{id}/escalate", post(escalate_dispute))
        .route("/__sandbox/dunning", post(set_dunning))
        .route("/__sandbox/tamper", post(tamper_with))
        .route("/__sandbox/contract", get(contract))
        .route("/__sandbox/state", get(state))
}

fn refuse(status: StatusCode, message: impl Into<String>) -> Response {
    (status, Json(json!({ "error": message.into() }))).into_response()
}

async fn list_faults(Shared(sim): Shared<StripeSim>) -> Json<Vec<Fault>> {
    Json(sim.faults().list())
}

async fn add_fault(Shared(sim): Shared<StripeSim>, body: String) -> Response {
    match serde_json::from_str::<Fault>(&body) {
        Ok(fault) => {
            sim.faults().add(fault);
            Json(sim.faults().list()).into_response()
        }
        Err(error) => refuse(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

async fn clear_faults(Shared(sim): Shared<StripeSim>) -> StatusCode {
    sim.faults().clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Advance {
    seconds: i64,
}

async fn advance(Shared(sim): Shared<StripeSim>, Json(by): Json<Advance>) -> Response {
    if !(0..=LONGEST_JUMP).contains(&by.seconds) {
        return refuse(StatusCode::BAD_REQUEST, "time moves forward, and at most ten years at once");
    }
    sim.advance(SignedDuration::from_secs(by.seconds)).await;
    let now = sim.enter().wall;
    Json(json!({ "now": now })).into_response()
}

async fn tick(Shared(sim): Shared<StripeSim>) -> Json<Value> {
    let attempts = sim.tick().await;
    Json(json!({"attempts": attempts, "waiting": sim.deliveries_waiting()}))
}

#[derive(Deserialize)]
struct Pay {
    outcome: PayOutcome,
    #[serde(default)]
    email: Option<String>,
}

async fn pay(Shared(sim): Shared<StripeSim>, Path(id): Path<String>, Json(pay): Json<Pay>) -> Response {
    let outcome = completing::complete(&mut sim.enter(), &id, pay.outcome, pay.email.as_deref());
    match outcome {
        Ok(session) => Json(session).into_response(),
        Err(completing::PayRefusal::Unknown) => refuse(StatusCode::NOT_FOUND, "there is no such checkout session"),
        Err(refusal @ completing::PayRefusal::NotOpen(_)) => refuse(StatusCode::CONFLICT, refusal.to_string()),
        Err(refusal @ completing::PayRefusal::Declined(_)) => refuse(StatusCode::PAYMENT_REQUIRED, refusal.to_string()),
    }
}

async fn rotate(Shared(sim): Shared<StripeSim>, Path(id): Path<String>) -> Json<Value> {
    Json(json!({ "secret": sim.rotate_secret(&id) }))
}

#[derive(Deserialize)]
struct OpenDispute {
    charge: String,
    #[serde(default = "needs_response")]
    status: String,
}

fn needs_response() -> String {
    "needs_response".to_owned()
}

async fn open_dispute(Shared(sim): Shared<StripeSim>, Json(wanted): Json<OpenDispute>) -> Response {
    let mut state = sim.enter();
    if state.find(Kind::Charge, &wanted.charge).is_none() {
        return refuse(StatusCode::NOT_FOUND, "there is no such charge");
    }
    let id = disputes::open(&mut state, &wanted.charge, &wanted.status);
    Json(state.render(Kind::Dispute, &id)).into_response()
}

#[derive(Deserialize)]
struct CloseDispute {
    status: String,
}

async fn escalate_dispute(Shared(sim): Shared<StripeSim>, Path(id): Path<String>) -> Response {
    let escalated = disputes::escalate(&mut sim.enter(), &id);
    escalated.map_or_else(
        |error| (StatusCode::BAD_REQUEST, Json(error.body())).into_response(),
        |dispute| Json(dispute).into_response(),
    )
}

async fn close_dispute(
    Shared(sim): Shared<StripeSim>,
    Path(id): Path<String>,
    Json(how): Json<CloseDispute>,
) -> Response {
    let closed = disputes::close(&mut sim.enter(), &id, &how.status);
    closed.map_or_else(
        |error| (StatusCode::BAD_REQUEST, Json(error.body())).into_response(),
        |dispute| Json(dispute).into_response(),
    )
}

async fn set_dunning(Shared(sim): Shared<StripeSim>, Json(dunning): Json<Dunning>) -> StatusCode {
    sim.set_dunning(dunning);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Tamper {
    id: String,
    set: Value,
}

async fn tamper_with(Shared(sim): Shared<StripeSim>, Json(wanted): Json<Tamper>) -> Response {
    if sim.tamper(&wanted.id, &wanted.set) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        refuse(StatusCode::NOT_FOUND, "there is no such object")
    }
}

/// Overwrites members of an object in silence; nested objects are laid over member by member.
pub(super) fn tamper(state: &mut State, id: &str, members: &Value) -> bool {
    let Some(kind) = Kind::ALL.into_iter().find(|kind| state.find(*kind, id).is_some()) else { return false };
    state.edit(kind, id, |object| lay_over(object, members));
    true
}

fn lay_over(known: &mut Value, given: &Value) {
    match (known, given) {
        (Value::Object(known), Value::Object(given)) => {
            for (key, value) in given {
                lay_over(known.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (known, given) => *known = given.clone(),
    }
}

/// Registers an endpoint without going through the API.
pub(super) fn add_endpoint(state: &mut State, url: &str, events: &[&str], version: &str) -> String {
    let id = state.mint(Kind::WebhookEndpoint);
    let endpoint = json!({"id": id, "api_version": version, "created": state.now, "enabled_events": events, "metadata": {},
        "status": "enabled", "url": url});
    state.insert(Kind::WebhookEndpoint, endpoint);
    id
}

async fn contract(Shared(sim): Shared<StripeSim>) -> Json<Value> {
    let report = sim.contract();
    Json(json!({
        "requests_checked": report.requests_checked, "answers_checked": report.answers_checked,
        "violations": report.violations, "refused_requests": report.refused_requests,
    }))
}

async fn state(Shared(sim): Shared<StripeSim>) -> Json<Value> {
    let counts: Map<String, Value> = {
        let state = sim.enter();
        Kind::ALL.into_iter().map(|kind| (kind.object().to_owned(), json!(state.oldest(kind).count()))).collect()
    };
    let events: Vec<Value> = sim
        .objects("event")
        .iter()
        .map(|event| {
            json!({"id": event["id"], "type": event["type"],
        "object": event["data"]["object"].id(), "pending_webhooks": event["pending_webhooks"]})
        })
        .collect();
    let now = sim.enter().wall;
    Json(json!({
        "now": now, "counts": counts, "deliveries_waiting": sim.deliveries_waiting(), "events": events,
        "sessions": sim.objects("checkout.session"), "subscriptions": sim.objects("subscription"),
        "invoices": sim.objects("invoice"), "charges": sim.objects("charge"), "refunds": sim.objects("refund"),
        "disputes": sim.objects("dispute"), "faults": sim.faults().list(),
    }))
}

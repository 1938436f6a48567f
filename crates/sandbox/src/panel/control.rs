//! The sandbox's own addresses, `/__sandbox/…`: faults, time, state, and hands that reach into running games.

use super::faults::FaultSpec;
use super::{PanelSim, ServerSnapshot};
use axum::body::Body;
use axum::http::Request;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Answers one control call.
pub(super) async fn answer(sim: &PanelSim, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let path = parts.uri.path().trim_start_matches("/__sandbox").trim_matches('/').to_owned();
    let words: Vec<&str> = path.split('/').collect();
    let (status, value) = match route(sim, &parts.method, &words, body) {
        Some(answer) => answer,
        None => (StatusCode::NOT_FOUND, json!({ "error": "the panel sandbox has no such control" })),
    };
    sim.tick().await;
    (status, axum::Json(value)).into_response()
}

fn route(sim: &PanelSim, method: &Method, words: &[&str], body: Value) -> Option<(StatusCode, Value)> {
    let done = |done: bool| {
        let status = if done { StatusCode::OK } else { StatusCode::NOT_FOUND };
        Some((status, json!({ "done": done })))
    };
    match (method.as_str(), words) {
        ("GET", ["faults"]) => Some((StatusCode::OK, faults(sim))),
        ("POST", ["faults"]) => Some(add_fault(sim, body)),
        ("DELETE", ["faults"]) => {
            sim.clear_faults();
            done(true)
        }
        ("DELETE", ["faults", id]) => done(sim.remove_fault(id.parse().ok()?)),
        ("GET", ["state"]) => Some((StatusCode::OK, state(sim))),
        ("POST", ["advance"]) => {
            let seconds = body.get("seconds").and_then(Value::as_i64)?;
            sim.advance(SignedDuration::from_secs(seconds));
            done(true)
        }
        ("POST", ["servers", id, "players"]) => {
            let online = body.get("online").and_then(Value::as_u64)?;
            done(sim.set_players(id.parse().ok()?, u32::try_from(online).ok()?))
        }
        ("POST", ["servers", id, "silent"]) => {
            let silent = body.get("silent").and_then(Value::as_bool).unwrap_or(true);
            done(sim.set_silent(id.parse().ok()?, silent))
        }
        ("POST", ["servers", id, "print"]) => {
            let line = body.get("line").and_then(Value::as_str)?;
            done(sim.print(id.parse().ok()?, line))
        }
        ("POST", ["servers", id, "vanish"]) => done(sim.vanish(id.parse().ok()?)),
        ("POST", ["servers", id, "crash"]) => done(sim.crash(id.parse().ok()?)),
        ("POST", ["nodes", node, "take-free-ports"]) => {
            sim.take_free_ports(node.parse().ok()?);
            done(true)
        }
        ("POST", ["eggs", "rename"]) => {
            let name = |key: &str| body.get(key).and_then(Value::as_str);
            done(sim.rename_egg(name("from")?, name("to")?))
        }
        ("POST", ["wings", node, "restart"]) => {
            sim.restart_wings(node.parse().ok()?);
            done(true)
        }
        _ => None,
    }
}

fn add_fault(sim: &PanelSim, body: Value) -> (StatusCode, Value) {
    match serde_json::from_value::<FaultSpec>(body) {
        Ok(spec) => (StatusCode::CREATED, json!({ "id": sim.add_fault(spec) })),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, json!({ "error": error.to_string() })),
    }
}

fn faults(sim: &PanelSim) -> Value {
    let shown = sim.faults().into_iter().map(|(id, spec)| {
        let mut fault = json!(spec);
        fault["id"] = json!(id);
        fault
    });
    json!({ "faults": shown.collect::<Vec<_>>() })
}

fn state(sim: &PanelSim) -> Value {
    let calls = sim
        .call_counts()
        .into_iter()
        .map(|(method, route, count)| json!({ "method": method, "route": route, "count": count }));
    let servers = sim.servers();
    json!({
        "now": sim.now().to_string(),
        "servers": servers.iter().map(shown).collect::<Vec<_>>(),
        "calls": calls.collect::<Vec<_>>(),
    })
}

fn shown(server: &ServerSnapshot) -> Value {
    json!({
        "id": server.id,
        "external_id": server.external_id,
        "uuid": server.uuid,
        "name": server.name,
        "egg": server.egg,
        "node": server.node,
        "user": server.user,
        "status": server.status,
        "state": server.state,
        "players": server.players,
        "silent": server.silent,
        "memory_mib": server.memory_mib,
        "allocations": server.allocations.iter().map(|(ip, port)| format!("{ip}:{port}")).collect::<Vec<_>>(),
    })
}

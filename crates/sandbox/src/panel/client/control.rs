//! Stats, power, commands and the way to the console socket.

use super::{conflict, note, usable};
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::machine::{Machine, Power, Signal};
use crate::panel::model::{Server, Status};
use crate::panel::routes::Route;
use crate::panel::view::item;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers/{}/resources", None, resources),
    Route::new("POST", "servers/{}/power", None, power),
    Route::new("POST", "servers/{}/command", None, command),
    Route::new("GET", "servers/{}/websocket", None, websocket),
];

/// How long the panel repeats the same stats.
const STATS_KEPT: SignedDuration = SignedDuration::from_secs(20);
/// How long a console token lasts.
const TOKEN_LASTS: SignedDuration = SignedDuration::from_mins(10);

fn resources(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    if let Some((until, stats)) = call.state.stats.get(&server.id)
        && *until > call.now
    {
        return Ok(Reply::ok(stats.clone()));
    }
    call.reach_server(&server)?;
    let Some(machine) = call.state.machines.get(&server.id) else { return Err(Refusal::not_found()) };
    let stats = stats(&server, machine, call.now);
    let until = call.now.saturating_add(STATS_KEPT).unwrap_or(call.now);
    call.state.stats.insert(server.id, (until, stats.clone()));
    Ok(Reply::ok(stats))
}

/// Made-up but steady figures: a running game uses most of its memory and some of its cores.
fn stats(server: &Server, machine: &Machine, now: Timestamp) -> Value {
    let uptime = match machine.power {
        Power::Running { since } => now.duration_since(since).as_millis().max(0),
        Power::Offline | Power::Starting(_) | Power::Stopping { .. } => 0,
    };
    let busy = machine.power != Power::Offline;
    let memory = if busy { server.limits.memory.max(512) * 1_048_576 * 3 / 5 } else { 0 };
    let traffic = if busy { uptime / 10 } else { 0 };
    item(
        "stats",
        json!({
            "current_state": machine.power.word(),
            "is_suspended": server.status == Status::Suspended,
            "resources": {
                "memory_bytes": memory,
                "cpu_absolute": if busy { 12.4 + f64::from(machine.players) } else { 0.0 },
                "disk_bytes": machine.disk_bytes(),
                "network_rx_bytes": i64::try_from(traffic).unwrap_or(i64::MAX),
                "network_tx_bytes": i64::try_from(traffic).unwrap_or(i64::MAX),
                "uptime": i64::try_from(uptime).unwrap_or(i64::MAX),
            },
        }),
    )
}

/// A 204 says that Wings accepted the signal, not that it was obeyed.
fn power(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    call.check(&[("signal", "required|string|in:start,stop,restart,kill")], None)?;
    let word = call.text("signal").unwrap_or_default();
    let Some(signal) = Signal::read(&word) else { return Err(Refusal::rule("signal", "in")) };
    call.reach_server(&server)?;
    call.state.accept_signal(&server, signal, call.now);
    let event = match signal {
        Signal::Start => "server:power.start",
        Signal::Stop => "server:power.stop",
        Signal::Restart => "server:power.restart",
        Signal::Kill => "server:power.kill",
    };
    note(call, &server, event, json!({}));
    Ok(Reply::no_content())
}

fn command(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    call.check(&[("command", "required|string|min:1")], None)?;
    call.reach_server(&server)?;
    if call.state.machines.get(&server.id).is_none_or(|machine| machine.power == Power::Offline) {
        return Err(Refusal::new(502, "HttpException", "Commands reach a server only while it is online."));
    }
    let text = call.text("command").unwrap_or_default();
    note(call, &server, "server:console.command", json!({ "command": text }));
    Ok(Reply::no_content())
}

/// Made by the panel alone: it works while the daemon is down, and for root admins while the server installs.
fn websocket(call: &mut Call<'_>) -> Outcome {
    let server = super::server(call)?;
    let installing = matches!(server.status, Status::Installing | Status::InstallFailed);
    let watching = call.actor.root_admin && installing && !call.state.in_maintenance(server.node);
    if let Some(refusal) = conflict(call, &server).filter(|_| !watching) {
        return Err(refusal);
    }
    let node = call.state.nodes.get(&server.node).ok_or_else(Refusal::not_found)?;
    let scheme = if node.scheme == "https" { "wss" } else { "ws" };
    let socket = format!("{scheme}://{}:{}/api/servers/{}/ws", node.fqdn, node.daemon_listen, server.uuid);
    let ends = call.now.saturating_add(TOKEN_LASTS).unwrap_or(call.now);
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "exp": ends.as_second(), "server_uuid": server.uuid, "user_id": call.actor.user });
    let (head, claims) = (part(json!({ "typ": "JWT", "alg": "HS256" })), part(claims));
    let token = format!("{head}.{claims}.{}", call.state.dice.word(43));
    Ok(Reply::ok(json!({ "data": { "token": token, "socket": socket } })))
}

//! Stats, power, commands and the way to the console socket.

use super::stats::stats;
use super::{conflict, note, usable};
use crate::panel::belongings::Pass;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::machine::Signal;
use crate::panel::model::Status;
use crate::panel::routes::Route;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::SignedDuration;
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

/// A 204 says that Wings accepted the signal, not that it was obeyed.
fn power(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    call.check(&[("signal", "required|string|in:start,stop,restart,kill")], None)?;
    let word = call.text("signal").unwrap_or_default();
    let Some(signal) = Signal::read(&word) else { return Err(Refusal::rule("signal", "in")) };
    call.reach_server(&server)?;
    call.state.accept_signal(&server, signal, call.now);
    note(call, &server, signal.event(), json!({}));
    Ok(Reply::no_content())
}

fn command(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    call.check(&[("command", "required|string|min:1")], None)?;
    call.reach_server(&server)?;
    let text = call.text("command").unwrap_or_default();
    if !call.state.type_command(server.id, &text, call.now) {
        return Err(Refusal::new(502, "HttpException", "Commands reach a server only while it is online."));
    }
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
    let daemon = call.state.options.daemon_address().replacen("http", "ws", 1);
    let socket = format!("{daemon}/api/servers/{}/ws", server.uuid);
    let until = call.now.saturating_add(TOKEN_LASTS).unwrap_or(call.now);
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "exp": until.as_second(), "server_uuid": server.uuid, "user_id": call.actor.user });
    let (head, claims) = (part(json!({ "typ": "JWT", "alg": "HS256" })), part(claims));
    let token = format!("{head}.{claims}.{}", call.state.dice.word(43));
    let pass = Pass { server: server.id, user: call.actor.user, root_admin: call.actor.root_admin, until };
    call.state.belongings.drop_expired(call.now);
    call.state.belongings.passes.insert(token.clone(), pass);
    Ok(Reply::ok(json!({ "data": { "token": token, "socket": socket } })))
}

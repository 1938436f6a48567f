//! The client API: `/api/client/…`, and who may see which server.

mod account;
mod backups;
mod control;
mod databases;
mod files;
mod network;
mod schedules;
mod servers;
mod settings;
mod startup;
pub(super) mod stats;
mod users;
mod view;

use super::call::Call;
use super::exchange::Refusal;
use super::model::{Activity, RowId, Server, Status};
use super::routes::Route;
use super::state::State;
use jiff::Timestamp;
use serde_json::Value;

/// All routes, in the order in which they are tried.
pub(super) const ROUTES: &[&[Route]] = &[
    account::ROUTES,
    servers::ROUTES,
    control::ROUTES,
    startup::ROUTES,
    files::ROUTES,
    settings::ROUTES,
    network::ROUTES,
    backups::ROUTES,
    schedules::ROUTES,
    databases::ROUTES,
    users::ROUTES,
];

/// The server of the path, by short identifier or uuid, if this caller may see it.
fn server(call: &Call<'_>) -> Result<Server, Refusal> {
    let wanted = &call.params[0];
    let mut servers = call.state.servers.values();
    let server = servers.find(|server| server.identifier() == wanted || server.uuid == *wanted);
    let server = server.and_then(|server| call.state.visible(server.id, call.now)).ok_or_else(Refusal::not_found)?;
    if server.user != call.actor.user && !call.actor.root_admin {
        return Err(Refusal::new(404, "NotFoundHttpException", "This account has no such server."));
    }
    Ok(server.clone())
}

/// The same, if its state lets clients do something with it.
fn usable(call: &Call<'_>) -> Result<Server, Refusal> {
    let server = server(call)?;
    match conflict(call, &server) {
        None => Ok(server),
        Some(refusal) => Err(refusal),
    }
}

fn conflict(call: &Call<'_>, server: &Server) -> Option<Refusal> {
    let detail = if server.status == Status::Suspended {
        "The server is suspended."
    } else if call.state.in_maintenance(server.node) {
        "The server's node is under maintenance."
    } else if matches!(server.status, Status::Installing | Status::InstallFailed) {
        "The server is not installed yet."
    } else if server.status == Status::RestoringBackup {
        "A backup of the server is being restored."
    } else {
        return None;
    };
    Some(Refusal::new(409, "ServerStateConflictException", detail))
}

/// Notes what the client did.
fn note(call: &mut Call<'_>, server: &Server, event: &'static str, properties: Value) {
    note_by(call.state, server.id, Some(call.actor.user), call.now, event, properties);
}

/// Lines of activity that are kept for a server.
const KEPT: usize = 500;

/// Notes what somebody did, also on a console.
pub(super) fn note_by(
    state: &mut State,
    server: RowId,
    actor: Option<RowId>,
    at: Timestamp,
    event: &'static str,
    properties: Value,
) {
    if let Some(server) = state.servers.get_mut(&server) {
        if server.activity.len() >= KEPT {
            server.activity.remove(0);
        }
        server.activity.push(Activity { event, properties, actor, at });
    }
}

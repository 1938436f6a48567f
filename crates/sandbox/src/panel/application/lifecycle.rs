//! Suspending, reinstalling and deleting servers.

use crate::panel::access::Resource;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::Reply;
use crate::panel::model::Status;
use crate::panel::routes::Route;

const SERVERS: Option<Resource> = Some(Resource::Servers);

pub(super) const ROUTES: &[Route] = &[
    Route::new("POST", "servers/{}/suspend", SERVERS, suspend),
    Route::new("POST", "servers/{}/unsuspend", SERVERS, unsuspend),
    Route::new("POST", "servers/{}/reinstall", SERVERS, reinstall),
    Route::new("DELETE", "servers/{}", SERVERS, delete),
    Route::new("DELETE", "servers/{}/{}", SERVERS, delete),
];

/// When the daemon fails, the status becomes null, whatever it was before.
fn suspend(call: &mut Call<'_>) -> Outcome {
    let server = call.server()?;
    if server.status == Status::Suspended {
        return Ok(Reply::no_content());
    }
    if let Err(refusal) = call.reach_server(&server) {
        call.state.set_status(server.id, Status::Installed, call.now);
        return Err(refusal);
    }
    call.state.set_status(server.id, Status::Suspended, call.now);
    call.state.sync_machine(server.id, call.now);
    Ok(Reply::no_content())
}

/// Back to null, also for a server that never finished installing.
fn unsuspend(call: &mut Call<'_>) -> Outcome {
    let server = call.server()?;
    if server.status != Status::Suspended {
        return Ok(Reply::no_content());
    }
    call.reach_server(&server)?;
    call.state.set_status(server.id, Status::Installed, call.now);
    call.state.sync_machine(server.id, call.now);
    Ok(Reply::no_content())
}

/// Allowed in any state; a suspension is lost by it.
fn reinstall(call: &mut Call<'_>) -> Outcome {
    let server = call.server()?;
    call.reach_server(&server)?;
    call.state.set_status(server.id, Status::Installing, call.now);
    call.state.begin_install(server.id, true, false, call.now);
    Ok(Reply::no_content())
}

/// The daemon first; its 404 counts as gone. Only the word `force` makes its failures not matter.
fn delete(call: &mut Call<'_>) -> Outcome {
    let server = call.server()?;
    let forced = call.params.get(1).is_some_and(|suffix| suffix == "force");
    match call.reach_server(&server) {
        Err(refusal) if !forced && refusal.status != 404 => return Err(refusal),
        Ok(()) | Err(_) => call.state.remove_server(server.id),
    }
    Ok(Reply::no_content())
}

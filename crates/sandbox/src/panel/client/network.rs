//! Ports of a server, as customers see them.

use super::view::allocation;
use super::{note, usable};
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::model::{Allocation, Server};
use crate::panel::routes::Route;
use crate::panel::view::list;
use serde_json::json;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers/{}/network/allocations", None, index),
    Route::new("POST", "servers/{}/network/allocations", None, add),
    Route::new("POST", "servers/{}/network/allocations/{}", None, set_note),
    Route::new("POST", "servers/{}/network/allocations/{}/primary", None, make_primary),
    Route::new("DELETE", "servers/{}/network/allocations/{}", None, remove),
];

fn find(call: &Call<'_>) -> Result<(Server, Allocation), Refusal> {
    let (server, id) = (usable(call)?, call.id(1)?);
    let allocation = call.state.allocations.get(&id).filter(|it| it.server == Some(server.id));
    Ok((server, allocation.cloned().ok_or_else(Refusal::not_found)?))
}

fn index(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    Ok(Reply::ok(list(call.state.allocations_of(server.id).map(|it| allocation(it, &server)).collect())))
}

/// The next free port of the same address, where the panel allows it. Panels ship with this switched off.
fn add(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let held = call.state.allocations_of(server.id).count();
    if i64::try_from(held).unwrap_or(i64::MAX) >= server.features.allocations.unwrap_or(0) {
        return Err(Refusal::display("The server holds as many ports as it may."));
    }
    if !call.state.options.auto_allocation {
        return Err(Refusal::new(
            400,
            "AutoAllocationNotEnabledException",
            "Customers may not add ports on this panel.",
        ));
    }
    let ip = call.state.allocations.get(&server.allocation).map(|port| port.ip.clone()).unwrap_or_default();
    let mut ports = call.state.allocations.values_mut();
    let free = ports.find(|port| port.node == server.node && port.ip == ip && port.server.is_none());
    let Some(port) = free else {
        return Err(Refusal::new(400, "NoAutoAllocationSpaceAvailableException", "No port is free."));
    };
    port.server = Some(server.id);
    let port = port.clone();
    note(call, &server, "server:allocation.create", json!({ "allocation": format!("{}:{}", port.ip, port.port) }));
    Ok(Reply::ok(allocation(&port, &server)))
}

fn set_note(call: &mut Call<'_>) -> Outcome {
    let (server, mut port) = find(call)?;
    call.check(&[("notes", "present|nullable|string|max:256")], None)?;
    port.notes = call.text("notes");
    call.state.allocations.insert(port.id, port.clone());
    note(call, &server, "server:allocation.notes", json!({ "new": port.notes }));
    Ok(Reply::ok(allocation(&port, &server)))
}

fn make_primary(call: &mut Call<'_>) -> Outcome {
    let (mut server, port) = find(call)?;
    server.allocation = port.id;
    server.stamps.updated = call.now;
    call.state.servers.insert(server.id, server.clone());
    note(call, &server, "server:allocation.primary", json!({ "allocation": format!("{}:{}", port.ip, port.port) }));
    Ok(Reply::ok(allocation(&port, &server)))
}

fn remove(call: &mut Call<'_>) -> Outcome {
    let (server, port) = find(call)?;
    if server.features.allocations.is_none_or(|most| most == 0) {
        return Err(Refusal::display("This server's ports cannot be removed."));
    }
    if server.allocation == port.id {
        return Err(Refusal::display("The primary port cannot be removed."));
    }
    if let Some(allocation) = call.state.allocations.get_mut(&port.id) {
        allocation.server = None;
        allocation.notes = None;
    }
    note(call, &server, "server:allocation.delete", json!({ "allocation": format!("{}:{}", port.ip, port.port) }));
    Ok(Reply::no_content())
}

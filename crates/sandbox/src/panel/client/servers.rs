//! The servers that a caller may see.

use super::view;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::Reply;
use crate::panel::listing::{CLIENT, Filter, page, part_of, select};
use crate::panel::model::Server;
use crate::panel::routes::Route;
use serde_json::json;

pub(super) const ROUTES: &[Route] = &[Route::new("GET", "", None, index), Route::new("GET", "servers/{}", None, read)];

/// Own servers; root admins may ask for others' with `type=admin` or for all with `type=admin-all`.
fn index(call: &mut Call<'_>) -> Outcome {
    let kind = call.request.param("type").unwrap_or("own");
    let (me, admin) = (call.actor.user, call.actor.root_admin);
    let listed = |server: &&Server| match kind {
        "admin" => admin && server.user != me,
        "admin-all" => admin,
        _ => server.user == me,
    };
    let filters: [Filter<'_, Server>; 4] = [
        Filter { name: "uuid", passes: &|it, wanted| part_of(Some(&it.uuid), wanted) },
        Filter { name: "name", passes: &|it, wanted| part_of(Some(&it.name), wanted) },
        Filter { name: "description", passes: &|it, wanted| part_of(Some(&it.description), wanted) },
        Filter { name: "external_id", passes: &|it, wanted| part_of(it.external_id.as_deref(), wanted) },
    ];
    let visible = call.state.servers.values().filter(|it| call.state.visible(it.id, call.now).is_some());
    let servers = select(call.request, visible.filter(listed), &filters, &[])?;
    page(call.request, CLIENT, &servers, call.view(), |server| view::server(call, server))
}

fn read(call: &mut Call<'_>) -> Outcome {
    let server = super::server(call)?;
    let mut permissions = vec!["*"];
    if call.actor.root_admin {
        permissions.extend(["admin.websocket.errors", "admin.websocket.install", "admin.websocket.transfer"]);
    }
    let mut shown = view::server(call, &server);
    shown["meta"] = json!({ "is_server_owner": server.user == call.actor.user, "user_permissions": permissions });
    Ok(Reply::ok(shown))
}

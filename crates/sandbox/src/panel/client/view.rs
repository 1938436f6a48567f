//! Servers as the client API shows them.

use crate::panel::call::Call;
use crate::panel::model::{Allocation, Egg, EggVariable, Server, Status};
use crate::panel::state::State;
use crate::panel::view::servers::{features, limits};
use crate::panel::view::{item, list};
use serde_json::{Value, json};

pub(super) fn server(call: &Call<'_>, server: &Server) -> Value {
    let state = &*call.state;
    let node = state.nodes.get(&server.node);
    let egg = state.eggs.get(&server.egg);
    let ports = state.allocations_of(server.id).map(|it| allocation(it, server));
    let mut shown = item(
        "server",
        json!({
            "server_owner": server.user == call.actor.user,
            "identifier": server.identifier(),
            "internal_id": server.id,
            "uuid": server.uuid,
            "name": server.name,
            "node": node.map(|node| &node.name),
            "is_node_under_maintenance": state.in_maintenance(server.node),
            "sftp_details": { "ip": node.map(|node| &node.fqdn), "port": node.map(|node| node.daemon_sftp) },
            "description": server.description,
            "limits": limits(server),
            "invocation": invocation(state, server),
            "docker_image": server.image,
            "egg_features": egg.map(egg_features),
            "feature_limits": features(server),
            "status": server.status.word(),
            "is_suspended": server.status == Status::Suspended,
            "is_installing": matches!(server.status, Status::Installing | Status::InstallFailed),
            "is_transferring": false,
        }),
    );
    shown["attributes"]["relationships"] =
        json!({ "allocations": list(ports.collect()), "variables": list(variables(state, server)) });
    shown
}

fn egg_features(egg: &Egg) -> Vec<&'static str> {
    if crate::games::by_egg_name(&egg.name).needs_eula { vec!["eula", "java_version", "pid_limit"] } else { Vec::new() }
}

pub(super) fn allocation(allocation: &Allocation, server: &Server) -> Value {
    item(
        "allocation",
        json!({
            "id": allocation.id,
            "ip": allocation.ip,
            "ip_alias": allocation.alias,
            "port": allocation.port,
            "notes": allocation.notes,
            "is_default": server.allocation == allocation.id,
        }),
    )
}

/// The variables that customers may see.
pub(super) fn variables(state: &State, server: &Server) -> Vec<Value> {
    let Some(egg) = state.eggs.get(&server.egg) else { return Vec::new() };
    egg.variables.iter().filter(|it| it.viewable).map(|it| variable(it, server)).collect()
}

pub(super) fn variable(variable: &EggVariable, server: &Server) -> Value {
    item(
        "egg_variable",
        json!({
            "name": variable.name,
            "description": variable.description,
            "env_variable": variable.env,
            "default_value": variable.default,
            "server_value": server.environment.get(&variable.env),
            "is_editable": variable.editable,
            "rules": variable.rules,
        }),
    )
}

/// The start command with its placeholders filled; values that customers may not see stay hidden.
pub(super) fn invocation(state: &State, server: &Server) -> String {
    let allocation = state.allocations.get(&server.allocation);
    let mut text = server.startup.clone();
    let mut fill = |name: &str, value: &str| text = text.replace(&format!("{{{{{name}}}}}"), value);
    fill("SERVER_MEMORY", &server.limits.memory.to_string());
    fill("SERVER_IP", allocation.map_or("", |it| &it.ip));
    fill("SERVER_PORT", &allocation.map_or(String::new(), |it| it.port.to_string()));
    for variable in state.eggs.get(&server.egg).into_iter().flat_map(|egg| &egg.variables) {
        let value = server.environment.get(&variable.env).map_or("", String::as_str);
        fill(&variable.env, if variable.viewable { value } else { "[hidden]" });
    }
    text
}

//! Creating a server: validation, ports, the row, then the daemon.

use super::deploy::{Wish, choose_port, read_range, viable_nodes};
use crate::panel::access::Resource;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::model::{FeatureLimits, Limits, RowId, Server, Status};
use crate::panel::routes::Route;
use crate::panel::state::{Made, State, flag, fresh, number, text};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const ROUTES: &[Route] = &[Route::new("POST", "servers", Some(Resource::Servers), create)];

const RULES: &[(&str, &str)] = &[
    ("external_id", "sometimes|nullable|string|between:1,191|unique:servers.external_id"),
    ("name", "required|string|between:1,191"),
    ("description", "nullable|string"),
    ("user", "required|integer|exists:users"),
    ("egg", "required|exists:eggs"),
    ("docker_image", r"required|string|max:191|regex:/^~?[\w.\/\-:@ ]*$/"),
    ("startup", "required|string"),
    ("environment", "present|array"),
    ("skip_scripts", "sometimes|boolean"),
    ("oom_disabled", "sometimes|boolean"),
    ("limits", "required|array"),
    ("limits.memory", "required|numeric|min:0"),
    ("limits.swap", "required|numeric|min:-1"),
    ("limits.disk", "required|numeric|min:0"),
    ("limits.io", "required|numeric|between:10,1000"),
    ("limits.threads", "nullable|regex:/^[0-9-,]+$/"),
    ("limits.cpu", "required|numeric|min:0"),
    ("feature_limits", "required|array"),
    ("feature_limits.databases", "present|nullable|integer|min:0"),
    ("feature_limits.allocations", "sometimes|nullable|integer|min:0"),
    ("feature_limits.backups", "present|nullable|integer|min:0"),
];

const WITH_PORTS: &[(&str, &str)] = &[
    ("allocation.default", "required|bail|integer|exists:free_allocations"),
    ("allocation.additional.*", "integer|exists:free_allocations"),
];

const WITH_DEPLOY: &[(&str, &str)] = &[
    ("deploy", "required|array"),
    ("deploy.locations", "present|array"),
    ("deploy.locations.*", "integer|min:1"),
    ("deploy.dedicated_ip", "required_with:deploy|boolean"),
    ("deploy.port_range", "present|array"),
    ("deploy.port_range.*", "string"),
];

fn create(call: &mut Call<'_>) -> Outcome {
    let deploys = call.body().get("deploy").is_some();
    let mut rules = RULES.to_vec();
    rules.extend(match (deploys, call.blind_ports) {
        (true, _) => WITH_DEPLOY,
        (false, false) => WITH_PORTS,
        (false, true) => &WITH_PORTS[..1],
    });
    rules.push(("start_on_completion", "sometimes|boolean"));
    call.check(&rules, None)?;
    let default = if deploys { deploy(call)? } else { call.number("allocation.default").unwrap_or_default() };
    let egg = call.number("egg").unwrap_or_default();
    call.check_environment(egg, call.field("environment").unwrap_or(&Value::Null))?;
    let server = insert(call, default, egg)?;
    tell_daemon(call, &server)?;
    let shown = call.state.servers.get(&server.id).cloned().unwrap_or(server);
    Ok(Reply::json(http::StatusCode::CREATED, call.view().server(&shown, &call.includes())))
}

fn deploy(call: &mut Call<'_>) -> Result<RowId, Refusal> {
    let list = |path: &str| call.field(path).and_then(Value::as_array).cloned().unwrap_or_default();
    let wish = Wish {
        memory: call.number("limits.memory").unwrap_or_default(),
        disk: call.number("limits.disk").unwrap_or_default(),
        locations: list("deploy.locations").iter().filter_map(|id| number(Some(id))).collect(),
    };
    let ranges = list("deploy.port_range");
    let ranges: Vec<_> = ranges.iter().filter_map(|range| read_range(range.as_str()?)).collect();
    let dedicated = flag(call.field("deploy.dedicated_ip")).unwrap_or(false);
    let nodes: Vec<RowId> = viable_nodes(call.state, &wish)?.iter().map(|node| node.id).collect();
    choose_port(call.state, &nodes, dedicated, &ranges)
}

/// The one transaction: the row and its ports. Additional ports are taken without a last look, as the panel does.
fn insert(call: &mut Call<'_>, default: RowId, egg: RowId) -> Result<Server, Refusal> {
    let node = call.state.allocations.get(&default).map(|it| it.node).ok_or_else(Refusal::not_found)?;
    let additional = call.field("allocation.additional").and_then(Value::as_array).cloned().unwrap_or_default();
    let id = State::draw(&mut call.state.ids.server);
    let whole = |path: &str| call.number(path).unwrap_or_default();
    let server = Server {
        id,
        external_id: call.text("external_id"),
        uuid: String::new(),
        name: call.text("name").unwrap_or_default(),
        description: call.text("description").unwrap_or_default(),
        status: Status::Installing,
        node,
        user: whole("user"),
        allocation: default,
        egg,
        image: call.text("docker_image").unwrap_or_default(),
        startup: call.text("startup").unwrap_or_default(),
        oom_disabled: flag(call.field("oom_disabled")).unwrap_or(true),
        skip_scripts: flag(call.field("skip_scripts")).unwrap_or(false),
        limits: read_limits(call.field("limits").unwrap_or(&Value::Null)),
        features: FeatureLimits {
            databases: Some(whole("feature_limits.databases")),
            allocations: Some(whole("feature_limits.allocations")),
            backups: whole("feature_limits.backups"),
        },
        environment: read_environment(call.state, egg, call.field("environment").unwrap_or(&Value::Null)),
        activity: Vec::new(),
        hidden_until: None,
        stamps: fresh(call.now),
    };
    let server = Server { uuid: call.state.dice.uuid(), ..server };
    for port in additional.iter().filter_map(|id| number(Some(id))).chain([default]) {
        if let Some(allocation) = call.state.allocations.get_mut(&port) {
            allocation.server = Some(id);
        }
    }
    call.state.servers.insert(id, server.clone());
    call.made.push(Made::Server(id));
    Ok(server)
}

/// Asks Wings to install; when it fails the row goes away again.
fn tell_daemon(call: &mut Call<'_>, server: &Server) -> Result<(), Refusal> {
    if call.orphan {
        return Ok(());
    }
    if let Err(refusal) = call.reach(server.node, server.external_id.as_deref()) {
        call.state.remove_server(server.id);
        call.made.retain(|made| *made != Made::Server(server.id));
        return Err(refusal);
    }
    let start_after = flag(call.field("start_on_completion")).unwrap_or(false);
    call.state.begin_install(server.id, false, start_after, call.now);
    Ok(())
}

/// Limits in the shape of create and of build.
pub(super) fn read_limits(limits: &Value) -> Limits {
    let whole = |name: &str| number(limits.get(name)).unwrap_or_default();
    Limits {
        memory: whole("memory"),
        swap: whole("swap"),
        disk: whole("disk"),
        io: whole("io"),
        cpu: whole("cpu"),
        threads: text(limits.get("threads")),
    }
}

/// Every variable of the egg; those not sent are stored as empty text, not as the egg's default.
pub(super) fn read_environment(state: &State, egg: RowId, sent: &Value) -> BTreeMap<String, String> {
    let Some(egg) = state.eggs.get(&egg) else { return BTreeMap::new() };
    let value = |name: &str| match sent.get(name) {
        Some(Value::Bool(flag)) => i32::from(*flag).to_string(),
        other => text(other).unwrap_or_default(),
    };
    egg.variables.iter().map(|it| (it.env.clone(), value(&it.env))).collect()
}

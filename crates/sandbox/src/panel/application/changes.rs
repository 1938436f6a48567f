//! Changing a server: details, build, startup. None of them is partial, whatever they look like.

use super::create::{read_environment, read_limits};
use crate::panel::access::Resource;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::model::{FeatureLimits, RowId, Server};
use crate::panel::routes::Route;
use crate::panel::state::{flag, number};
use serde_json::Value;

const SERVERS: Option<Resource> = Some(Resource::Servers);

pub(super) const ROUTES: &[Route] = &[
    Route::new("PATCH", "servers/{}/details", SERVERS, details),
    Route::new("PATCH", "servers/{}/build", SERVERS, build),
    Route::new("PATCH", "servers/{}/startup", SERVERS, startup),
];

const DETAILS: &[(&str, &str)] = &[
    ("external_id", "sometimes|nullable|string|between:1,191|unique:servers.external_id"),
    ("name", "required|string|between:1,191"),
    ("user", "required|integer|exists:users"),
    ("description", "sometimes|nullable|string"),
];

const BUILD: &[(&str, &str)] = &[
    ("allocation", "required|bail|unique:servers.allocation|exists:allocations"),
    ("oom_disabled", "sometimes|boolean"),
    ("limits", "sometimes|array"),
];

const BUILD_NESTED: &[(&str, &str)] = &[
    ("limits.memory", "required|numeric|min:0"),
    ("limits.swap", "required|numeric|min:-1"),
    ("limits.io", "required|numeric|between:10,1000"),
    ("limits.cpu", "required|numeric|min:0"),
    ("limits.threads", "nullable|regex:/^[0-9-,]+$/"),
    ("limits.disk", "required|numeric|min:0"),
];

const BUILD_FLAT: &[(&str, &str)] = &[
    ("memory", "required_without:limits|numeric|min:0"),
    ("swap", "required_without:limits|numeric|min:-1"),
    ("io", "required_without:limits|numeric|between:10,1000"),
    ("cpu", "required_without:limits|numeric|min:0"),
    ("threads", "nullable|regex:/^[0-9-,]+$/"),
    ("disk", "required_without:limits|numeric|min:0"),
];

const BUILD_REST: &[(&str, &str)] = &[
    ("add_allocations.*", "integer"),
    ("remove_allocations.*", "integer"),
    ("feature_limits", "required|array"),
    ("feature_limits.databases", "present|nullable|integer|min:0"),
    ("feature_limits.allocations", "sometimes|nullable|integer|min:0"),
    ("feature_limits.backups", "present|nullable|integer|min:0"),
];

const STARTUP: &[(&str, &str)] = &[
    ("startup", "required|string"),
    ("environment", "present|array"),
    ("egg", "required|integer|exists:eggs"),
    ("image", r"required|string|max:191|regex:/^~?[\w.\/\-:@ ]*$/"),
    ("skip_scripts", "present|boolean"),
];

fn save(call: &mut Call<'_>, mut server: Server) -> Outcome {
    server.stamps.updated = call.now;
    call.state.servers.insert(server.id, server.clone());
    Ok(Reply::ok(call.view().server(&server, &call.includes())))
}

/// An external id or a description that is not sent is erased.
fn details(call: &mut Call<'_>) -> Outcome {
    let mut server = call.server()?;
    call.check(DETAILS, Some(server.id))?;
    server.name = call.text("name").unwrap_or_default();
    server.user = call.number("user").unwrap_or_default();
    server.external_id = call.text("external_id");
    server.description = call.text("description").unwrap_or_default();
    save(call, server)
}

fn build(call: &mut Call<'_>) -> Outcome {
    let mut server = call.server()?;
    let nested = call.field("limits").is_some();
    let rules = [BUILD, if nested { BUILD_NESTED } else { BUILD_FLAT }, BUILD_REST].concat();
    call.check(&rules, Some(server.id))?;
    let default = move_ports(call, &server)?;
    server.allocation = default;
    server.limits = read_limits(if nested { call.field("limits").unwrap_or(&Value::Null) } else { call.body() });
    server.oom_disabled = flag(call.field("oom_disabled")).unwrap_or(server.oom_disabled);
    server.features = FeatureLimits {
        databases: call.number("feature_limits.databases"),
        allocations: call.number("feature_limits.allocations"),
        backups: call.number("feature_limits.backups").unwrap_or(0),
    };
    // The daemon's failure is swallowed: what is stored applies at the next start.
    if call.reach_server(&server).is_ok() {
        call.state.sync_machine(server.id, call.now);
    }
    save(call, server)
}

/// Gives and takes ports; taken or foreign ones are passed over in silence. Answers with the new default.
fn move_ports(call: &mut Call<'_>, server: &Server) -> Result<RowId, Refusal> {
    let ids = |name: &str| -> Vec<RowId> {
        call.field(name).and_then(Value::as_array).into_iter().flatten().filter_map(|id| number(Some(id))).collect()
    };
    let free =
        |id: &RowId| call.state.allocations.get(id).is_some_and(|it| it.node == server.node && it.server.is_none());
    let added: Vec<RowId> = ids("add_allocations").into_iter().filter(free).collect();
    let removed = ids("remove_allocations");
    let mut default = call.number("allocation").unwrap_or(server.allocation);
    if removed.contains(&default) {
        let fallback = added.first().copied();
        default =
            fallback.ok_or_else(|| Refusal::display("The default port cannot go without another in its place."))?;
    }
    let own = call.state.allocations.get(&default).is_some_and(|it| it.server == Some(server.id));
    if !own && !added.contains(&default) {
        return Err(Refusal::display("The default port does not belong to this server."));
    }
    for (id, allocation) in &mut call.state.allocations {
        if added.contains(id) {
            allocation.server = Some(server.id);
        } else if removed.contains(id) && allocation.server == Some(server.id) {
            allocation.server = None;
            allocation.notes = None;
        }
    }
    Ok(default)
}

/// An empty environment leaves the variables alone; any other rewrites all of them.
fn startup(call: &mut Call<'_>) -> Outcome {
    let mut server = call.server()?;
    call.check(STARTUP, Some(server.id))?;
    let egg = call.number("egg").unwrap_or(server.egg);
    let sent = call.field("environment").cloned().unwrap_or(Value::Null);
    if sent.as_object().is_some_and(|sent| !sent.is_empty()) {
        call.check_environment(egg, &sent)?;
        server.environment = read_environment(call.state, egg, &sent);
    }
    server.egg = egg;
    server.startup = call.text("startup").unwrap_or_default();
    server.image = call.text("image").unwrap_or_default();
    server.skip_scripts = flag(call.field("skip_scripts")).unwrap_or(false);
    save(call, server)
}

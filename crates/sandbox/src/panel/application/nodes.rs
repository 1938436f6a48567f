//! Nodes, and which of them have room.

use super::deploy::{Wish, viable_nodes};
use crate::panel::access::Resource;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::listing::{APPLICATION, Filter, Sort, SortKey, page, part_of, select};
use crate::panel::model::{Node, RowId};
use crate::panel::routes::Route;
use crate::panel::state::{State, flag, fresh, text};
use crate::panel::view::list;
use serde_json::{Value, json};

const NODES: Option<Resource> = Some(Resource::Nodes);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "nodes", NODES, index),
    Route::new("POST", "nodes", NODES, create),
    Route::new("GET", "nodes/deployable", NODES, deployable),
    Route::new("GET", "nodes/{}", NODES, read),
    Route::new("GET", "nodes/{}/configuration", NODES, configuration),
    Route::new("PATCH", "nodes/{}", NODES, update),
    Route::new("DELETE", "nodes/{}", NODES, delete),
];

const RULES: &[(&str, &str)] = &[
    ("name", r"required|regex:/^[\w .-]{1,100}$/"),
    ("description", "string|nullable"),
    ("location_id", "required|exists:locations"),
    ("fqdn", "required|string"),
    ("scheme", "required|in:http,https"),
    ("public", "boolean"),
    ("behind_proxy", "boolean"),
    ("maintenance_mode", "boolean"),
    ("memory", "required|numeric|min:1"),
    ("memory_overallocate", "required|numeric|min:-1"),
    ("disk", "required|numeric|min:1"),
    ("disk_overallocate", "required|numeric|min:-1"),
    ("daemon_sftp", "required|numeric|between:1,65535"),
    ("daemon_listen", "required|numeric|between:1,65535"),
    ("upload_size", "numeric|between:1,1024"),
];

fn find(call: &Call<'_>) -> Result<Node, Refusal> {
    let id: RowId = call.id(0)?;
    call.state.node(id).cloned().ok_or_else(Refusal::not_found)
}

fn index(call: &mut Call<'_>) -> Outcome {
    let filters: [Filter<'_, Node>; 4] = [
        Filter { name: "uuid", passes: &|node, wanted| part_of(Some(&node.uuid), wanted) },
        Filter { name: "name", passes: &|node, wanted| part_of(Some(&node.name), wanted) },
        Filter { name: "fqdn", passes: &|node, wanted| part_of(Some(&node.fqdn), wanted) },
        Filter { name: "daemon_token_id", passes: &|_, _| false },
    ];
    let sorts: [Sort<'_, Node>; 4] = [
        Sort { name: "id", key: &|node| SortKey::Number(node.id) },
        Sort { name: "uuid", key: &|node| SortKey::Text(node.uuid.clone()) },
        Sort { name: "memory", key: &|node| SortKey::Number(node.memory) },
        Sort { name: "disk", key: &|node| SortKey::Number(node.disk) },
    ];
    let standing = call.state.nodes.values().filter(|node| call.state.node(node.id).is_some());
    let nodes = select(call.request, standing, &filters, &sorts)?;
    let (view, includes) = (call.view(), call.includes());
    page(call.request, APPLICATION, &nodes, view, |node| view.node(node, &includes))
}

fn read(call: &mut Call<'_>) -> Outcome {
    let node = find(call)?;
    Ok(Reply::ok(call.view().node(&node, &call.includes())))
}

fn deployable(call: &mut Call<'_>) -> Outcome {
    let request = call.request;
    let mut locations = Vec::new();
    let mut body = serde_json::Map::new();
    for (key, value) in &request.query {
        match key.as_str() {
            "memory" | "disk" | "location_ids" => drop(body.insert(key.clone(), json!(value))),
            key if key.starts_with("location_ids[") => locations.extend(value.parse::<RowId>()),
            _ => {}
        }
    }
    if !locations.is_empty() {
        body.insert("location_ids".to_owned(), json!(locations));
    }
    let body = Value::Object(body);
    let rules =
        [("memory", "required|integer|min:0"), ("disk", "required|integer|min:0"), ("location_ids", "sometimes|array")];
    call.check_value(&body, &rules, None)?;
    let whole = |name: &str| request.param(name).and_then(|text| text.parse().ok()).unwrap_or(0);
    let wish = Wish { memory: whole("memory"), disk: whole("disk"), locations };
    let nodes = viable_nodes(call.state, &wish)?;
    let (view, includes) = (call.view(), call.includes());
    if request.param("page").is_some() {
        return page(request, APPLICATION, &nodes, view, |node| view.deployable_node(node, &includes));
    }
    Ok(Reply::ok(list(nodes.iter().map(|node| view.deployable_node(node, &includes)).collect())))
}

/// What Wings reads at its installation. The tokens are drawn anew and open nothing here.
fn configuration(call: &mut Call<'_>) -> Outcome {
    let node = find(call)?;
    let (token_id, token) = (call.state.dice.word(16), call.state.dice.word(64));
    let certificates = format!("/etc/letsencrypt/live/{}", node.fqdn);
    Ok(Reply::ok(json!({
        "debug": false,
        "uuid": node.uuid,
        "token_id": token_id,
        "token": token,
        "api": {
            "host": "0.0.0.0",
            "port": node.daemon_listen,
            "ssl": {
                "enabled": node.scheme == "https" && !node.behind_proxy,
                "cert": format!("{certificates}/fullchain.pem"),
                "key": format!("{certificates}/privkey.pem"),
            },
            "upload_limit": node.upload_size,
        },
        "system": { "data": "/var/lib/pterodactyl/volumes", "sftp": { "bind_port": node.daemon_sftp } },
        "allowed_mounts": [],
        "remote": call.state.options.panel_url,
    })))
}

fn create(call: &mut Call<'_>) -> Outcome {
    call.check(RULES, None)?;
    let id = State::draw(&mut call.state.ids.node);
    let mut node = Node {
        id,
        uuid: call.state.dice.uuid(),
        public: true,
        name: String::new(),
        description: None,
        location: 0,
        fqdn: String::new(),
        scheme: String::new(),
        behind_proxy: false,
        maintenance: false,
        memory: 0,
        memory_overallocate: 0,
        disk: 0,
        disk_overallocate: 0,
        upload_size: 100,
        daemon_listen: 8080,
        daemon_sftp: 2022,
        stamps: fresh(call.now),
    };
    fill(call, &mut node);
    call.state.nodes.insert(id, node.clone());
    let address = format!("{}/api/application/nodes/{id}", call.state.options.panel_url);
    Ok(Reply::created(call.view().node(&node, &call.includes()), address))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let mut node = find(call)?;
    call.check(RULES, None)?;
    fill(call, &mut node);
    node.stamps.updated = call.now;
    call.state.nodes.insert(node.id, node.clone());
    if call.reach(node.id, None).is_err() {
        let detail = "The node was changed here, but its daemon could not be told.";
        return Err(Refusal::new(400, "ConfigurationNotPersistedException", detail));
    }
    let mut shown = call.view().node(&node, &call.includes());
    // Only an update has loaded the node's mounts, of which there are none here.
    shown["attributes"]["mounts"] = json!([]);
    Ok(Reply::ok(shown))
}

fn fill(call: &Call<'_>, node: &mut Node) {
    let whole = |name: &str, old: i64| call.number(name).unwrap_or(old);
    let truth = |name: &str, old: bool| flag(call.field(name)).unwrap_or(old);
    let word = |name: &str, old: &str| call.text(name).unwrap_or_else(|| old.to_owned());
    node.name = word("name", &node.name);
    if let Some(description) = call.body().get("description") {
        node.description = text(Some(description));
    }
    node.location = whole("location_id", node.location);
    node.fqdn = word("fqdn", &node.fqdn);
    node.scheme = word("scheme", &node.scheme);
    node.public = truth("public", node.public);
    node.behind_proxy = truth("behind_proxy", node.behind_proxy);
    node.maintenance = truth("maintenance_mode", node.maintenance);
    node.memory = whole("memory", node.memory);
    node.memory_overallocate = whole("memory_overallocate", node.memory_overallocate);
    node.disk = whole("disk", node.disk);
    node.disk_overallocate = whole("disk_overallocate", node.disk_overallocate);
    node.daemon_sftp = whole("daemon_sftp", node.daemon_sftp);
    node.daemon_listen = whole("daemon_listen", node.daemon_listen);
    node.upload_size = whole("upload_size", node.upload_size);
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let node = find(call)?;
    if call.state.servers_on(node.id).next().is_some() {
        return Err(Refusal::new(400, "HasActiveServersException", "The node still has servers."));
    }
    call.state.allocations.retain(|_, allocation| allocation.node != node.id);
    call.state.nodes.remove(&node.id);
    Ok(Reply::no_content())
}

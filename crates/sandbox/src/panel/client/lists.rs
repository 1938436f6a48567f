//! Lists that only fill through use: activity, and what nobody can add here (backups, sub-users, databases).

use super::usable;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Content, Reply};
use crate::panel::listing::{Paging, page};
use crate::panel::model::Activity;
use crate::panel::routes::Route;
use crate::panel::view::{instant, item, list};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers/{}/activity", None, activity),
    Route::new("GET", "servers/{}/backups", None, backups),
    Route::new("GET", "servers/{}/users", None, subusers),
    Route::new("GET", "servers/{}/databases", None, databases),
];

fn activity(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let lines: Vec<&Activity> = server.activity.iter().collect();
    page(call.request, Paging { usual: 25, cap: Some(100) }, &lines, call.view(), |line| {
        let id = Sha256::digest(format!("{}{}{}", server.uuid, line.event, line.at));
        item(
            "activity_log",
            json!({
                "id": hex::encode(&id[..20]),
                "batch": null,
                "event": line.event,
                "is_api": true,
                "ip": "127.0.0.1",
                "description": null,
                "properties": line.properties,
                "has_additional_metadata": false,
                "timestamp": instant(line.at),
            }),
        )
    })
}

fn backups(call: &mut Call<'_>) -> Outcome {
    usable(call)?;
    let mut reply = page::<Value>(call.request, Paging { usual: 20, cap: Some(50) }, &[], call.view(), Value::clone)?;
    if let Content::Json(body) = &mut reply.body {
        body["meta"]["backup_count"] = json!(0);
    }
    Ok(reply)
}

fn subusers(call: &mut Call<'_>) -> Outcome {
    usable(call)?;
    Ok(Reply::ok(list(Vec::new())))
}

fn databases(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let shown = call.state.databases_of(server.id).map(|it| {
        let host = call.state.hosts.get(&it.host);
        item(
            "server_database",
            json!({
                "id": hex::encode(it.id.to_be_bytes()),
                "host": { "address": host.map(|host| &host.host), "port": host.map(|host| host.port) },
                "name": it.database,
                "username": it.username,
                "connections_from": it.remote,
                "max_connections": 0,
            }),
        )
    });
    Ok(Reply::ok(list(shown.collect())))
}

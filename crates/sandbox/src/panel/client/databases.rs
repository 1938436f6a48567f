//! Databases of a server, as customers make them.

use super::{note, usable};
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::model::{Database, Server};
use crate::panel::routes::Route;
use crate::panel::state::{State, fresh};
use crate::panel::view::{item, list};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers/{}/databases", None, index),
    Route::new("POST", "servers/{}/databases", None, create),
    Route::new("POST", "servers/{}/databases/{}/rotate-password", None, rotate),
    Route::new("DELETE", "servers/{}/databases/{}", None, delete),
];

const RULES: &[(&str, &str)] =
    &[("database", "required|alpha_dash|between:3,48"), ("remote", r"required|string|regex:/^[0-9%.]{1,15}$/")];

/// The id that the client API gives out, which has no meaning.
fn hash(database: &Database) -> String {
    hex::encode(database.id.to_be_bytes())
}

fn find(call: &Call<'_>) -> Result<(Server, Database), Refusal> {
    let server = usable(call)?;
    let database = call.state.databases_of(server.id).find(|it| hash(it) == call.params[1]).cloned();
    Ok((server, database.ok_or_else(Refusal::not_found)?))
}

fn shown(state: &State, database: &Database, with_password: bool) -> Value {
    let host = state.hosts.get(&database.host);
    let mut shown = item(
        "server_database",
        json!({
            "id": hash(database),
            "host": { "address": host.map(|host| &host.host), "port": host.map(|host| host.port) },
            "name": database.database,
            "username": database.username,
            "connections_from": database.remote,
            "max_connections": 0,
        }),
    );
    if with_password {
        let password = item("database_password", json!({ "password": database.password }));
        shown["attributes"]["relationships"] = json!({ "password": password });
    }
    shown
}

fn index(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let asked = call.includes().get("password").is_some();
    Ok(Reply::ok(list(call.state.databases_of(server.id).map(|it| shown(call.state, it, asked)).collect())))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    call.check(RULES, None)?;
    let name = format!("s{}_{}", server.id, call.text("database").unwrap_or_default());
    if call.state.databases_of(server.id).any(|it| it.database == name) {
        return Err(Refusal::rule("database", "unique"));
    }
    let held = call.state.databases_of(server.id).count();
    if server.features.databases.is_some_and(|most| i64::try_from(held).unwrap_or(i64::MAX) >= most) {
        return Err(Refusal::new(400, "TooManyDatabasesException", "The server holds as many databases as it may."));
    }
    let Some(host) = call.state.hosts.keys().next().copied() else {
        return Err(Refusal::new(400, "NoSuitableDatabaseHostException", "No host takes databases."));
    };
    let id = State::draw(&mut call.state.ids.database);
    let database = Database {
        id,
        server: server.id,
        host,
        database: name,
        username: format!("u{}_{}", server.id, call.state.dice.word(10)),
        remote: call.text("remote").unwrap_or_default(),
        password: call.state.dice.word(24),
        stamps: fresh(call.now),
    };
    call.state.databases.insert(id, database.clone());
    note(call, &server, "server:database.create", json!({ "name": database.database }));
    Ok(Reply::ok(shown(call.state, &database, true)))
}

fn rotate(call: &mut Call<'_>) -> Outcome {
    let (server, mut database) = find(call)?;
    database.password = call.state.dice.word(24);
    database.stamps.updated = call.now;
    call.state.databases.insert(database.id, database.clone());
    note(call, &server, "server:database.rotate-password", json!({ "name": database.database }));
    Ok(Reply::ok(shown(call.state, &database, true)))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let (server, database) = find(call)?;
    call.state.databases.remove(&database.id);
    note(call, &server, "server:database.delete", json!({ "name": database.database }));
    Ok(Reply::no_content())
}

//! Databases of a server.

use crate::panel::access::Resource;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::model::{Database, Server};
use crate::panel::routes::Route;
use crate::panel::state::{State, fresh};
use crate::panel::view::list;
use serde_json::Value;

const DATABASES: Option<Resource> = Some(Resource::ServerDatabases);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers/{}/databases", DATABASES, index),
    Route::new("POST", "servers/{}/databases", DATABASES, create),
    Route::new("GET", "servers/{}/databases/{}", DATABASES, read),
    Route::new("POST", "servers/{}/databases/{}/reset-password", DATABASES, reset),
    Route::new("DELETE", "servers/{}/databases/{}", DATABASES, delete),
];

const RULES: &[(&str, &str)] = &[
    ("database", "required|alpha_dash|between:1,48"),
    ("remote", r"required|string|regex:/^[0-9%.]{1,15}$/"),
    ("host", "required|integer|exists:database_hosts"),
];

fn find(call: &Call<'_>) -> Result<(Server, Database), Refusal> {
    let (server, id) = (call.server()?, call.id(1)?);
    let database = call.state.databases.get(&id).filter(|it| it.server == server.id);
    Ok((server, database.cloned().ok_or_else(Refusal::not_found)?))
}

fn index(call: &mut Call<'_>) -> Outcome {
    let server = call.server()?;
    let (view, includes) = (call.view(), call.includes());
    Ok(Reply::ok(list(call.state.databases_of(server.id).map(|it| view.database(it, &includes)).collect())))
}

fn read(call: &mut Call<'_>) -> Outcome {
    let (_, database) = find(call)?;
    Ok(Reply::ok(call.view().database(&database, &call.includes())))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let server = call.server()?;
    call.check(RULES, None)?;
    let held = call.state.databases_of(server.id).count();
    let full = server.features.databases.is_some_and(|most| i64::try_from(held).unwrap_or(i64::MAX) >= most);
    if full {
        return Err(Refusal::new(400, "TooManyDatabasesException", "The server holds as many databases as it may."));
    }
    let id = State::draw(&mut call.state.ids.database);
    let database = Database {
        id,
        server: server.id,
        host: call.number("host").unwrap_or_default(),
        database: format!("s{}_{}", server.id, call.text("database").unwrap_or_default()),
        username: format!("u{}_{}", server.id, call.state.dice.word(10)),
        remote: call.text("remote").unwrap_or_default(),
        password: call.state.dice.word(24),
        stamps: fresh(call.now),
    };
    call.state.databases.insert(id, database.clone());
    let address = format!("{}/api/application/servers/{}/databases/{id}", call.state.options.panel_url, server.id);
    let mut shown = call.view().database(&database, &call.includes());
    // Only a fresh row has not yet read its default back.
    shown["attributes"]["max_connections"] = Value::Null;
    Ok(Reply::created(shown, address))
}

fn reset(call: &mut Call<'_>) -> Outcome {
    let (_, database) = find(call)?;
    let password = call.state.dice.word(24);
    if let Some(database) = call.state.databases.get_mut(&database.id) {
        database.password = password;
        database.stamps.updated = call.now;
    }
    Ok(Reply::no_content())
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let (_, database) = find(call)?;
    call.state.databases.remove(&database.id);
    Ok(Reply::no_content())
}

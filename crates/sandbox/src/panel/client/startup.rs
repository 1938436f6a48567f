//! The start command and its variables.

use super::view::{invocation, variable, variables};
use super::{note, usable};
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::routes::Route;
use crate::panel::state::text;
use crate::panel::view::list;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] =
    &[Route::new("GET", "servers/{}/startup", None, read), Route::new("PUT", "servers/{}/startup/variable", None, set)];

fn read(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let mut shown = list(variables(call.state, &server));
    shown["meta"] = json!({
        "startup_command": invocation(call.state, &server),
        "docker_images": call.state.eggs.get(&server.egg).map(|egg| &egg.docker_images),
        "raw_startup_command": server.startup,
    });
    Ok(Reply::ok(shown))
}

fn set(call: &mut Call<'_>) -> Outcome {
    let mut server = usable(call)?;
    call.check(&[("key", "required|string"), ("value", "present")], None)?;
    let key = call.text("key").unwrap_or_default();
    let egg = call.state.eggs.get(&server.egg);
    let found = egg.and_then(|egg| egg.variables.iter().find(|it| it.env == key)).cloned();
    let found = found.ok_or_else(|| Refusal::unexpected("ErrorException"))?;
    if !found.viewable || !found.editable {
        return Err(Refusal::new(400, "BadRequestHttpException", "This variable cannot be changed here."));
    }
    let value = call.field("value").cloned().unwrap_or(Value::Null);
    call.check_value(&json!({ "value": value }), &[("value", &found.rules)], None)?;
    let new = text(Some(&value)).unwrap_or_default();
    let old = server.environment.insert(key.clone(), new.clone());
    server.stamps.updated = call.now;
    call.state.servers.insert(server.id, server.clone());
    if old.as_deref() != Some(new.as_str()) {
        note(call, &server, "server:startup.edit", json!({ "variable": key, "old": old, "new": new }));
    }
    let mut shown = variable(&found, &server);
    shown["meta"] =
        json!({ "startup_command": invocation(call.state, &server), "raw_startup_command": server.startup });
    Ok(Reply::ok(shown))
}

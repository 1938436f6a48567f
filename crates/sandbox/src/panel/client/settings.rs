//! Name, reinstall and image, as customers change them.

use super::{note, usable};
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::model::Status;
use crate::panel::routes::Route;
use http::StatusCode;
use serde_json::json;

pub(super) const ROUTES: &[Route] = &[
    Route::new("POST", "servers/{}/settings/rename", None, rename),
    Route::new("POST", "servers/{}/settings/reinstall", None, reinstall),
    Route::new("PUT", "servers/{}/settings/docker-image", None, image),
];

fn rename(call: &mut Call<'_>) -> Outcome {
    let mut server = usable(call)?;
    call.check(&[("name", "required|string|between:1,191"), ("description", "nullable|string")], None)?;
    let new = call.text("name").unwrap_or_default();
    let old = std::mem::replace(&mut server.name, new.clone());
    if call.body().get("description").is_some() {
        server.description = call.text("description").unwrap_or_default();
    }
    server.stamps.updated = call.now;
    call.state.servers.insert(server.id, server.clone());
    note(call, &server, "server:settings.rename", json!({ "old": old, "new": new }));
    Ok(Reply::no_content())
}

fn reinstall(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    call.reach_server(&server)?;
    call.state.set_status(server.id, Status::Installing, call.now);
    call.state.begin_install(server.id, true, false, call.now);
    note(call, &server, "server:reinstall", json!({}));
    Ok(Reply::json(StatusCode::ACCEPTED, json!([])))
}

fn image(call: &mut Call<'_>) -> Outcome {
    let mut server = usable(call)?;
    let egg = call.state.eggs.get(&server.egg);
    let images: Vec<&str> =
        egg.into_iter().flat_map(|egg| egg.docker_images.values()).filter_map(|it| it.as_str()).collect();
    let wanted = call.text("docker_image").unwrap_or_default();
    if !images.contains(&wanted.as_str()) {
        return Err(Refusal::rule("docker_image", if wanted.is_empty() { "required" } else { "in" }));
    }
    if !images.contains(&server.image.as_str()) {
        return Err(Refusal::new(400, "BadRequestHttpException", "An administrator chose this server's image."));
    }
    let old = std::mem::replace(&mut server.image, wanted.clone());
    call.state.servers.insert(server.id, server.clone());
    note(call, &server, "server:startup.image", json!({ "old": old, "new": wanted }));
    Ok(Reply::no_content())
}

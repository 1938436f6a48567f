//! Sub-users of a server, and what was done to it.

use super::account::is_permission;
use super::{note, usable};
use crate::panel::belongings::Subuser;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::listing::{Paging, Sort, SortKey, page, select};
use crate::panel::model::{Activity, RowId, Server, User};
use crate::panel::routes::Route;
use crate::panel::state::{State, fresh, text};
use crate::panel::view::{instant, item, list, null_resource};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers/{}/users", None, index),
    Route::new("POST", "servers/{}/users", None, create),
    Route::new("GET", "servers/{}/users/{}", None, read),
    Route::new("POST", "servers/{}/users/{}", None, update),
    Route::new("DELETE", "servers/{}/users/{}", None, delete),
    Route::new("GET", "servers/{}/activity", None, activity),
];

fn find(call: &Call<'_>) -> Result<(Server, Subuser), Refusal> {
    let server = usable(call)?;
    let user = call.state.users.values().find(|user| user.uuid == call.params[1]).map(|user| user.id);
    let subuser = call.state.belongings.subusers_of(server.id).find(|subuser| Some(subuser.user) == user).cloned();
    Ok((server, subuser.ok_or_else(Refusal::not_found)?))
}

/// An account as the client API shows others'.
fn somebody(user: &User) -> Value {
    json!({
        "uuid": user.uuid,
        "username": user.username,
        "email": user.email,
        "image": format!("https://gravatar.com/avatar/{}", hex::encode(&Sha256::digest(&user.email)[..16])),
        "2fa_enabled": false,
        "created_at": instant(user.stamps.created),
    })
}

fn shown(state: &State, subuser: &Subuser) -> Value {
    let Some(user) = state.users.get(&subuser.user) else { return null_resource() };
    let mut shown = item("server_subuser", somebody(user));
    shown["attributes"]["permissions"] = json!(subuser.permissions);
    shown
}

fn index(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    Ok(Reply::ok(list(call.state.belongings.subusers_of(server.id).map(|it| shown(call.state, it)).collect())))
}

fn read(call: &mut Call<'_>) -> Outcome {
    let (_, subuser) = find(call)?;
    Ok(Reply::ok(shown(call.state, &subuser)))
}

/// Those of the body that the panel knows, and the console in any case.
fn permissions(call: &Call<'_>) -> Vec<String> {
    let sent = call.field("permissions").and_then(Value::as_array).into_iter().flatten();
    let mut kept: Vec<String> = sent.filter_map(|key| text(Some(key))).filter(|key| is_permission(key)).collect();
    kept.push("websocket.connect".to_owned());
    kept.sort();
    kept.dedup();
    kept
}

/// The account of an address, made where there is none.
fn account(call: &mut Call<'_>, email: &str) -> RowId {
    let known = call.state.users.values().find(|user| user.email.eq_ignore_ascii_case(email));
    if let Some(user) = known {
        return user.id;
    }
    let id = State::draw(&mut call.state.ids.user);
    let local: String = email.chars().take_while(|c| *c != '@').filter(char::is_ascii_alphanumeric).collect();
    let user = User {
        id,
        external_id: None,
        uuid: call.state.dice.uuid(),
        username: format!("{}{}", local.to_lowercase(), call.state.dice.word(3).to_lowercase()),
        email: email.to_owned(),
        first_name: "Server".to_owned(),
        last_name: "Subuser".to_owned(),
        language: "en".to_owned(),
        root_admin: false,
        password: None,
        stamps: fresh(call.now),
    };
    call.state.users.insert(id, user);
    id
}

fn create(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let rules =
        [("email", "required|email|between:1,191"), ("permissions", "required|array"), ("permissions.*", "string")];
    call.check(&rules, None)?;
    let email = call.text("email").unwrap_or_default();
    let known = call.state.users.values().find(|user| user.email.eq_ignore_ascii_case(&email)).map(|user| user.id);
    if known == Some(server.user) {
        return Err(Refusal::new(400, "UserIsServerOwnerException", "The address is the owner's."));
    }
    if call.state.belongings.subusers_of(server.id).any(|it| Some(it.user) == known) {
        return Err(Refusal::new(400, "ServerSubuserExistsException", "The address is a sub-user's already."));
    }
    let (user, permissions) = (account(call, &email), permissions(call));
    let id = State::draw(&mut call.state.belongings.ids.subuser);
    let subuser = Subuser { id, server: server.id, user, permissions, stamps: fresh(call.now) };
    call.state.belongings.subusers.push(subuser.clone());
    note(call, &server, "server:subuser.create", json!({ "email": email, "permissions": subuser.permissions }));
    Ok(Reply::ok(shown(call.state, &subuser)))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let (server, mut subuser) = find(call)?;
    call.check(&[("permissions", "required|array"), ("permissions.*", "string")], None)?;
    subuser.permissions = permissions(call);
    subuser.stamps.updated = call.now;
    for row in call.state.belongings.subusers.iter_mut().filter(|row| row.id == subuser.id) {
        *row = subuser.clone();
    }
    note(call, &server, "server:subuser.update", json!({ "new": subuser.permissions }));
    Ok(Reply::ok(shown(call.state, &subuser)))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let (server, subuser) = find(call)?;
    call.state.belongings.subusers.retain(|row| row.id != subuser.id);
    note(call, &server, "server:subuser.delete", json!({}));
    Ok(Reply::no_content())
}

fn activity(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let sorts = [Sort { name: "timestamp", key: &|line: &Activity| SortKey::Number(line.at.as_millisecond()) }];
    let lines = select(call.request, server.activity.iter(), &[], &sorts)?;
    let with_actor = call.includes().get("actor").is_some();
    page(call.request, Paging { usual: 25, cap: Some(100) }, &lines, call.view(), |line| {
        let id = Sha256::digest(format!("{}{}{}", server.uuid, line.event, line.at));
        let mut shown = item(
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
        );
        if with_actor {
            let actor = line.actor.and_then(|actor| call.state.users.get(&actor));
            let actor = actor.map_or_else(null_resource, |user| item("user", somebody(user)));
            shown["attributes"]["relationships"] = json!({ "actor": actor });
        }
        shown
    })
}

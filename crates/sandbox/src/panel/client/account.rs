//! The key's owner, and the catalogue of permissions.

use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::routes::Route;
use crate::panel::view::item;
use serde_json::{Map, Value, json};

pub(super) const ROUTES: &[Route] =
    &[Route::new("GET", "account", None, account), Route::new("GET", "permissions", None, permissions)];

/// Group, what it covers, and its keys.
const PERMISSIONS: &[(&str, &str, &[&str])] = &[
    ("websocket", "the console socket", &["connect"]),
    ("control", "power and commands", &["console", "start", "stop", "restart"]),
    ("user", "sub-users", &["create", "read", "update", "delete"]),
    ("file", "files", &["create", "read", "read-content", "update", "delete", "archive", "sftp"]),
    ("backup", "backups", &["create", "read", "delete", "download", "restore"]),
    ("allocation", "ports", &["read", "create", "update", "delete"]),
    ("startup", "start variables", &["read", "update", "docker-image"]),
    ("database", "databases", &["create", "read", "update", "delete", "view_password"]),
    ("schedule", "schedules", &["create", "read", "update", "delete"]),
    ("settings", "name and reinstall", &["rename", "reinstall"]),
    ("activity", "the activity log", &["read"]),
];

/// Whether the panel knows a permission such as `control.start`.
pub(super) fn is_permission(key: &str) -> bool {
    let parts = key.split_once('.');
    parts.is_some_and(|(name, key)| PERMISSIONS.iter().any(|(group, _, keys)| *group == name && keys.contains(&key)))
}

fn account(call: &mut Call<'_>) -> Outcome {
    let user = call.state.users.get(&call.actor.user).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(item(
        "user",
        json!({
            "id": user.id,
            "admin": user.root_admin,
            "username": user.username,
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "language": user.language,
        }),
    )))
}

fn permissions(_: &mut Call<'_>) -> Outcome {
    let groups: Map<String, Value> = PERMISSIONS
        .iter()
        .map(|(group, about, keys)| {
            let keys: Map<String, Value> =
                keys.iter().map(|key| ((*key).to_owned(), json!(format!("May {key} ({about}).")))).collect();
            ((*group).to_owned(), json!({ "description": format!("Concerns {about}."), "keys": keys }))
        })
        .collect();
    Ok(Reply::ok(item("system_permissions", json!({ "permissions": groups }))))
}

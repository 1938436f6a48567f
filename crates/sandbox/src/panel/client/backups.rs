//! Backups of a server.

use super::{note, usable};
use crate::panel::belongings::{Backup, Opens};
use crate::panel::call::{Call, Outcome};
use crate::panel::chores::lines;
use crate::panel::exchange::{Content, Refusal, Reply};
use crate::panel::listing::{Paging, page};
use crate::panel::model::{Server, Status};
use crate::panel::routes::Route;
use crate::panel::state::flag;
use crate::panel::view::{instant, item};
use jiff::SignedDuration;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers/{}/backups", None, index),
    Route::new("POST", "servers/{}/backups", None, create),
    Route::new("GET", "servers/{}/backups/{}", None, read),
    Route::new("GET", "servers/{}/backups/{}/download", None, download),
    Route::new("POST", "servers/{}/backups/{}/lock", None, lock),
    Route::new("POST", "servers/{}/backups/{}/restore", None, restore),
    Route::new("DELETE", "servers/{}/backups/{}", None, delete),
];

/// So many backups may be begun within the window.
const MOST_IN_WINDOW: usize = 2;
const WINDOW: SignedDuration = SignedDuration::from_mins(10);

fn find(call: &Call<'_>) -> Result<(Server, Backup), Refusal> {
    let server = usable(call)?;
    let wanted = &call.params[1];
    let backup = call.state.belongings.backups_of(server.id).find(|backup| backup.uuid == *wanted).cloned();
    Ok((server, backup.ok_or_else(Refusal::not_found)?))
}

fn shown(backup: &Backup) -> Value {
    let done = backup.done.as_ref();
    item(
        "backup",
        json!({
            "uuid": backup.uuid,
            "is_successful": done.is_some() && !backup.is_failed(),
            "is_locked": backup.locked,
            "name": backup.name,
            "ignored_files": backup.ignored,
            "checksum": done.map(|done| &done.checksum),
            "bytes": done.map_or(0, |done| done.bytes),
            "created_at": instant(backup.created),
            "completed_at": done.map(|done| instant(done.at)),
        }),
    )
}

fn index(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let rows: Vec<&Backup> = call.state.belongings.backups_of(server.id).collect();
    let kept = rows.iter().filter(|backup| !backup.is_failed()).count();
    let mut reply = page(call.request, Paging { usual: 20, cap: Some(50) }, &rows, call.view(), shown)?;
    if let Content::Json(body) = &mut reply.body {
        body["meta"]["backup_count"] = json!(kept);
    }
    Ok(reply)
}

fn read(call: &mut Call<'_>) -> Outcome {
    let (_, backup) = find(call)?;
    Ok(Reply::ok(shown(&backup)))
}

/// How often before how many, as the panel looks at it.
fn create(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let rules = [
        ("name", "sometimes|nullable|string|max:191"),
        ("is_locked", "sometimes|nullable|boolean"),
        ("ignored", "sometimes|nullable|string"),
    ];
    call.check(&rules, None)?;
    let since = call.now.saturating_sub(WINDOW).unwrap_or(call.now);
    let all = call.state.belongings.backups.values().filter(|it| it.server == server.id && !it.is_failed());
    let late: Vec<&Backup> = all.filter(|it| it.created > since).collect();
    if late.len() >= MOST_IN_WINDOW {
        let first = late.iter().map(|backup| backup.created).min().unwrap_or(call.now);
        let wait = WINDOW.as_secs() - call.now.duration_since(first).as_secs();
        let detail = "Two backups of a server may be made within ten minutes.";
        return Err(Refusal::new(429, "TooManyRequestsHttpException", detail).retry_after(wait));
    }
    let kept = call.state.belongings.backups_of(server.id).filter(|backup| !backup.is_failed()).count();
    if i64::try_from(kept).unwrap_or(i64::MAX) >= server.features.backups {
        return Err(Refusal::new(400, "TooManyBackupsException", "The server holds as many backups as it may."));
    }
    call.reach_server(&server)?;
    let ignored = lines(&call.text("ignored").unwrap_or_default());
    let locked = flag(call.field("is_locked")).unwrap_or(false);
    let backup = call.state.begin_backup(server.id, call.text("name"), ignored, locked, call.now);
    note(call, &server, "server:backup.start", json!({ "name": backup.name, "locked": locked }));
    Ok(Reply::ok(shown(&backup)))
}

fn lock(call: &mut Call<'_>) -> Outcome {
    let (server, mut backup) = find(call)?;
    backup.locked = !backup.locked;
    call.state.belongings.backups.insert(backup.id, backup.clone());
    let event = if backup.locked { "server:backup.lock" } else { "server:backup.unlock" };
    note(call, &server, event, json!({ "name": backup.name }));
    Ok(Reply::ok(shown(&backup)))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let (server, backup) = find(call)?;
    if backup.locked && backup.done.is_some() && !backup.is_failed() {
        return Err(Refusal::new(400, "BackupLockedException", "The backup is locked."));
    }
    call.reach_server(&server)?;
    if let Some(backup) = call.state.belongings.backups.get_mut(&backup.id) {
        backup.deleted = true;
    }
    note(call, &server, "server:backup.delete", json!({ "name": backup.name }));
    Ok(Reply::no_content())
}

fn restore(call: &mut Call<'_>) -> Outcome {
    let (server, backup) = find(call)?;
    call.check(&[("truncate", "required|boolean")], None)?;
    if server.status != Status::Installed {
        return Err(Refusal::new(400, "BadRequestHttpException", "The server is in no state for a restore."));
    }
    if backup.files().is_none() {
        return Err(Refusal::new(400, "BadRequestHttpException", "The backup is not done, or failed."));
    }
    call.reach_server(&server)?;
    let truncate = flag(call.field("truncate")).unwrap_or(false);
    call.state.begin_restore(&server, &backup, truncate, call.now);
    note(call, &server, "server:backup.restore", json!({ "name": backup.name, "truncate": truncate }));
    Ok(Reply::no_content())
}

fn download(call: &mut Call<'_>) -> Outcome {
    let (server, backup) = find(call)?;
    note(call, &server, "server:backup.download", json!({ "name": backup.name }));
    let url = call.state.sign(server.id, Opens::Backup(backup.id), call.now);
    Ok(Reply::ok(item("signed_url", json!({ "url": url }))))
}

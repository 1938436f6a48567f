//! Files of a server, kept in memory.

use super::{note, usable};
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Content, Refusal, Reply};
use crate::panel::machine::StoredFile;
use crate::panel::routes::Route;
use crate::panel::view::{instant, item, list};
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers/{}/files/list", None, index),
    Route::new("GET", "servers/{}/files/contents", None, contents),
    Route::new("POST", "servers/{}/files/write", None, write),
];

/// One slash in front, none behind, none doubled.
fn whole_path(text: &str) -> String {
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != "." && *part != "..").collect();
    format!("/{}", parts.join("/"))
}

fn missing() -> Refusal {
    Refusal::new(404, "DaemonConnectionException", "The node's daemon knows no such file.")
}

fn write(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let Some(path) = call.request.param("file").map(whole_path) else { return Err(Refusal::rule("file", "required")) };
    call.reach_server(&server)?;
    let (bytes, at) = (call.request.raw.to_vec(), call.now);
    if let Some(machine) = call.state.machines.get_mut(&server.id) {
        machine.files.insert(path.clone(), StoredFile { bytes, at });
    }
    note(call, &server, "server:file.write", json!({ "file": path }));
    Ok(Reply::no_content())
}

fn contents(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let Some(path) = call.request.param("file").map(whole_path) else { return Err(Refusal::rule("file", "required")) };
    call.reach_server(&server)?;
    let file = call.state.machines.get(&server.id).and_then(|machine| machine.files.get(&path)).ok_or_else(missing)?;
    Ok(Reply { status: StatusCode::OK, headers: Vec::new(), body: Content::Bytes(file.bytes.clone()) })
}

fn index(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let folder = whole_path(call.request.param("directory").unwrap_or("/"));
    call.reach_server(&server)?;
    let prefix = if folder == "/" { folder } else { format!("{folder}/") };
    let mut entries: BTreeMap<String, Value> = BTreeMap::new();
    for (path, file) in call.state.machines.get(&server.id).into_iter().flat_map(|machine| &machine.files) {
        let Some(rest) = path.strip_prefix(&prefix) else { continue };
        let (name, is_file) = rest.split_once('/').map_or((rest, true), |(folder, _)| (folder, false));
        entries.insert(name.to_owned(), entry(name, file, is_file));
    }
    Ok(Reply::ok(list(entries.into_values().collect())))
}

fn entry(name: &str, file: &StoredFile, is_file: bool) -> Value {
    item(
        "file_object",
        json!({
            "name": name,
            "mode": if is_file { "-rw-r--r--" } else { "drwxr-xr-x" },
            "mode_bits": if is_file { "644" } else { "755" },
            "size": if is_file { file.bytes.len() } else { 4_096 },
            "is_file": is_file,
            "is_symlink": false,
            "mimetype": if is_file { "text/plain; charset=utf-8" } else { "inode/directory" },
            "created_at": instant(file.at),
            "modified_at": instant(file.at),
        }),
    )
}

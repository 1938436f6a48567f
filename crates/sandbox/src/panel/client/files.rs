//! Files of a server, kept in memory.

use super::{note, usable};
use crate::panel::belongings::Opens;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Content, Refusal, Reply};
use crate::panel::machine::Machine;
use crate::panel::model::Server;
use crate::panel::routes::Route;
use crate::panel::state::text;
use crate::panel::tree::{Entry, StoredFile, TreeError, split, whole_path};
use crate::panel::view::{instant, item, list};
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers/{}/files/list", None, index),
    Route::new("GET", "servers/{}/files/contents", None, contents),
    Route::new("GET", "servers/{}/files/download", None, download),
    Route::new("PUT", "servers/{}/files/rename", None, rename),
    Route::new("POST", "servers/{}/files/copy", None, copy),
    Route::new("POST", "servers/{}/files/write", None, write),
    Route::new("POST", "servers/{}/files/compress", None, compress),
    Route::new("POST", "servers/{}/files/decompress", None, decompress),
    Route::new("POST", "servers/{}/files/delete", None, delete),
    Route::new("POST", "servers/{}/files/create-folder", None, create_folder),
    Route::new("GET", "servers/{}/files/upload", None, upload),
];

/// A file that is larger is not shown.
const MOST_SHOWN: usize = 4 * 1024 * 1024;

fn refused(error: TreeError) -> Refusal {
    let (status, detail) = match error {
        TreeError::Missing => (404, "The node's daemon knows no such file."),
        TreeError::Taken => (400, "Something stands there already."),
        TreeError::OtherKind => (400, "A file is where a folder has to be, or a folder where a file has to be."),
        TreeError::TooMuch => (400, "There is no room for it."),
        TreeError::NoArchive => (400, "The daemon cannot unpack this."),
    };
    Refusal::new(status, "DaemonConnectionException", detail)
}

fn file_of(call: &Call<'_>) -> Result<String, Refusal> {
    call.request.param("file").map(|path| whole_path(path.trim())).ok_or_else(|| Refusal::rule("file", "required"))
}

/// Does something with a server's files, at its daemon.
fn at_daemon<T>(
    call: &mut Call<'_>,
    server: &Server,
    act: impl FnOnce(&mut Machine) -> Result<T, TreeError>,
) -> Result<T, Refusal> {
    call.reach_server(server)?;
    let machine = call.state.machines.get_mut(&server.id).ok_or_else(|| refused(TreeError::Missing))?;
    act(machine).map_err(refused)
}

/// The folder and the names of a call about several files.
fn several(call: &Call<'_>) -> Result<(String, Vec<String>), Refusal> {
    call.check(&[("root", "required|nullable|string"), ("files", "required|array"), ("files.*", "string")], None)?;
    let names = call.field("files").and_then(Value::as_array).into_iter().flatten();
    let names = names.filter_map(|name| text(Some(name))).collect();
    Ok((whole_path(&call.text("root").unwrap_or_default()), names))
}

fn inside(folder: &str, name: &str) -> String {
    whole_path(&format!("{folder}/{name}"))
}

fn write(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let path = file_of(call)?;
    let file = StoredFile::new(call.request.raw.to_vec(), call.now);
    at_daemon(call, &server, |machine| machine.files.write(&path, file))?;
    note(call, &server, "server:file.write", json!({ "file": path }));
    Ok(Reply::no_content())
}

fn contents(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let path = file_of(call)?;
    let file = at_daemon(call, &server, |machine| machine.files.file(&path).cloned().ok_or(TreeError::Missing))?;
    if file.bytes.len() > MOST_SHOWN {
        return Err(Refusal::new(400, "FileSizeTooLargeException", "The file is too large to be shown."));
    }
    note(call, &server, "server:file.read", json!({ "file": path }));
    Ok(Reply { status: StatusCode::OK, headers: Vec::new(), body: Content::Bytes(file.bytes.to_vec()) })
}

fn index(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let folder = whole_path(call.request.param("directory").unwrap_or("/").trim());
    let entries = at_daemon(call, &server, |machine| {
        let entries = machine.files.list(&folder)?;
        Ok(entries.into_iter().map(|(name, it)| entry(name, it)).collect::<Vec<_>>())
    })?;
    Ok(Reply::ok(list(entries)))
}

fn entry(name: &str, entry: &Entry) -> Value {
    let (size, at, is_file) = match entry {
        Entry::File(file) => (file.bytes.len(), file.at, true),
        Entry::Folder(at) => (4_096, *at, false),
    };
    let kind = match (is_file, name.ends_with(".tar.gz")) {
        (false, _) => "inode/directory",
        (true, true) => "application/gzip",
        (true, false) => "text/plain; charset=utf-8",
    };
    item(
        "file_object",
        json!({
            "name": name,
            "mode": if is_file { "-rw-r--r--" } else { "drwxr-xr-x" },
            "mode_bits": if is_file { "644" } else { "755" },
            "size": size,
            "is_file": is_file,
            "is_symlink": false,
            "mimetype": kind,
            "created_at": instant(at),
            "modified_at": instant(at),
        }),
    )
}

fn signed(call: &mut Call<'_>, server: &Server, opens: Opens) -> Outcome {
    let url = call.state.sign(server.id, opens, call.now);
    Ok(Reply::ok(item("signed_url", json!({ "url": url }))))
}

/// The panel signs without asking the daemon whether there is such a file.
fn download(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let path = file_of(call)?;
    note(call, &server, "server:file.download", json!({ "file": path }));
    signed(call, &server, Opens::File(path))
}

fn upload(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    signed(call, &server, Opens::Upload)
}

fn rename(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    call.check(&[("root", "required|nullable|string"), ("files", "required|array"), ("files.*", "array")], None)?;
    let (root, at) = (whole_path(&call.text("root").unwrap_or_default()), call.now);
    let moves = call.field("files").and_then(Value::as_array).cloned().unwrap_or_default();
    let moves: Vec<(String, String)> =
        moves.iter().filter_map(|it| Some((text(it.get("from"))?, text(it.get("to"))?))).collect();
    at_daemon(call, &server, |machine| {
        moves.iter().try_for_each(|(from, to)| machine.files.rename(&inside(&root, from), &inside(&root, to), at))
    })?;
    note(call, &server, "server:file.rename", json!({ "directory": root, "files": call.field("files") }));
    Ok(Reply::no_content())
}

fn copy(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    call.check(&[("location", "required|string")], None)?;
    let (path, at) = (whole_path(&call.text("location").unwrap_or_default()), call.now);
    at_daemon(call, &server, |machine| machine.files.copy(&path, at))?;
    note(call, &server, "server:file.copy", json!({ "file": path }));
    Ok(Reply::no_content())
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let (root, names) = several(call)?;
    at_daemon(call, &server, |machine| {
        names.iter().for_each(|name| machine.files.delete(&inside(&root, name)));
        Ok(())
    })?;
    note(call, &server, "server:file.delete", json!({ "directory": root, "files": names }));
    Ok(Reply::no_content())
}

fn create_folder(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    call.check(&[("root", "sometimes|nullable|string"), ("name", "required|string")], None)?;
    let root = whole_path(&call.text("root").unwrap_or_default());
    let (path, at) = (inside(&root, &call.text("name").unwrap_or_default()), call.now);
    at_daemon(call, &server, |machine| {
        if machine.files.has(&path) { Err(TreeError::Taken) } else { machine.files.make_folder(&path, at) }
    })?;
    note(call, &server, "server:file.create-directory", json!({ "directory": root, "name": split(&path).1 }));
    Ok(Reply::no_content())
}

fn compress(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let (root, names) = several(call)?;
    let at = call.now;
    let name = format!("archive-{}.tar.gz", at.strftime("%Y-%m-%dT%H%M%SZ"));
    let path = inside(&root, &name);
    let shown = at_daemon(call, &server, |machine| {
        let packed = machine.files.part(&root, &names);
        if packed.entries().next().is_none() {
            return Err(TreeError::Missing);
        }
        let bytes = vec![0x1f_u8; packed.bytes() / 3 + 20];
        let file = StoredFile { packed: Some(Arc::new(packed)), ..StoredFile::new(bytes, at) };
        let shown = entry(&name, &Entry::File(file.clone()));
        machine.files.write(&path, file).map(|()| shown)
    })?;
    note(call, &server, "server:file.compress", json!({ "directory": root, "files": names }));
    Ok(Reply::ok(shown))
}

fn decompress(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    call.check(&[("root", "sometimes|nullable|string"), ("file", "required|string")], None)?;
    let root = whole_path(&call.text("root").unwrap_or_default());
    let (path, at) = (inside(&root, &call.text("file").unwrap_or_default()), call.now);
    at_daemon(call, &server, |machine| {
        let file = machine.files.file(&path).ok_or(TreeError::Missing)?;
        let packed = file.packed.clone().ok_or(TreeError::NoArchive)?;
        machine.files.unpack(&root, &packed, at)
    })?;
    note(call, &server, "server:file.decompress", json!({ "directory": root, "files": split(&path).1 }));
    Ok(Reply::no_content())
}

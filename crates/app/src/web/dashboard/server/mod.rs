//! What customers do with one server, page by page: console, files, settings and the rest. Everything goes through here to the panel;
//! each page waits for it for a moment only, and says how old what it shows is.

mod activity;
mod around;
mod backups;
mod console;
mod databases;
mod editor;
mod files;
mod network;
mod people;
mod power;
mod public;
mod schedules;
mod settings;
mod stream;
mod typed;
mod upload;

pub(super) use around::{Around, Tab, TabLink, frame, size};

use crate::app::App;
use crate::web::registry::{Policy, Routes};
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use http::Method;
use panel::control::MOST_UPLOAD;

/// A text file of a megabyte, with every byte of it escaped.
const MOST_FORM: usize = 4 * 1024 * 1024;
/// What a form says beside its files.
const MOST_AROUND: usize = 64 * 1024;

pub(super) fn routes(routes: Routes) -> Routes {
    let looks: [(&'static str, &'static str, MethodRouter<App>); 14] = [
        ("/servers/{service}/console", "A server's console.", get(console::show)),
        ("/servers/{service}/console/events", "What a console says, as it says it.", get(stream::events)),
        ("/servers/{service}/settings", "A server's name and start settings.", get(settings::show)),
        ("/servers/{service}/files", "A folder of a server.", get(files::show)),
        ("/servers/{service}/files/edit", "A text file of a server.", get(editor::show)),
        ("/servers/{service}/files/download", "Leads to a file's download.", get(files::download)),
        ("/servers/{service}/backups", "A server's backups.", get(backups::show)),
        ("/servers/{service}/backups/download", "Leads to a backup's download.", get(backups::download)),
        ("/servers/{service}/schedules", "A server's schedules.", get(schedules::show)),
        ("/servers/{service}/databases", "A server's databases.", get(databases::show)),
        ("/servers/{service}/people", "Who may use a server.", get(people::show)),
        ("/servers/{service}/network", "A server's ports.", get(network::show)),
        ("/servers/{service}/activity", "What was done to a server.", get(activity::show)),
        ("/servers/{service}/public", "What everybody sees of a server.", get(public::show)),
    ];
    let acts: [(&'static str, &'static str, MethodRouter<App>); 36] = [
        ("/servers/{service}/console", "Types a line into the console.", post(console::type_line)),
        ("/servers/{service}/power", "Starts or stops a server.", post(power::switch)),
        ("/servers/{service}/settings", "Sets a start setting.", post(settings::save)),
        ("/servers/{service}/settings/name", "Gives a server another name.", post(settings::rename)),
        (
            "/servers/{service}/files/edit",
            "Writes a text file.",
            post(editor::save).layer(DefaultBodyLimit::max(MOST_FORM)),
        ),
        (
            "/servers/{service}/files/upload",
            "Takes files.",
            post(upload::receive).layer(DefaultBodyLimit::max(MOST_UPLOAD + MOST_AROUND)),
        ),
        ("/servers/{service}/files/new-folder", "Makes a folder.", post(files::make_folder)),
        ("/servers/{service}/files/new-file", "Leads to a new text file.", post(files::make_file)),
        ("/servers/{service}/files/move", "Gives a file another name or place.", post(files::rename)),
        ("/servers/{service}/files/copy", "Copies a file beside itself.", post(files::copy)),
        ("/servers/{service}/files/delete", "Deletes files.", post(files::delete)),
        ("/servers/{service}/files/pack", "Packs files into an archive.", post(files::pack)),
        ("/servers/{service}/files/unpack", "Unpacks an archive.", post(files::unpack)),
        ("/servers/{service}/backups", "Begins a backup.", post(backups::create)),
        ("/servers/{service}/backups/delete", "Deletes a backup.", post(backups::delete)),
        ("/servers/{service}/backups/lock", "Locks or unlocks a backup.", post(backups::lock)),
        ("/servers/{service}/backups/restore", "Puts a backup in place.", post(backups::restore)),
        ("/servers/{service}/schedules", "Makes a schedule.", post(schedules::create)),
        ("/servers/{service}/schedules/change", "Changes a schedule.", post(schedules::change)),
        ("/servers/{service}/schedules/delete", "Deletes a schedule.", post(schedules::delete)),
        ("/servers/{service}/schedules/run", "Runs a schedule now.", post(schedules::run)),
        ("/servers/{service}/schedules/add-task", "Adds a task to a schedule.", post(schedules::add_task)),
        ("/servers/{service}/schedules/delete-task", "Takes a task out of a schedule.", post(schedules::delete_task)),
        ("/servers/{service}/databases", "Makes a database.", post(databases::create)),
        ("/servers/{service}/databases/password", "Shows a database's password.", post(databases::reveal)),
        ("/servers/{service}/databases/rotate", "Gives a database another password.", post(databases::rotate)),
        ("/servers/{service}/databases/delete", "Deletes a database.", post(databases::delete)),
        ("/servers/{service}/people", "Lets somebody use a server.", post(people::invite)),
        ("/servers/{service}/people/change", "Changes what somebody may do.", post(people::change)),
        ("/servers/{service}/people/remove", "Ends somebody's use of a server.", post(people::remove)),
        ("/servers/{service}/network", "Adds a port.", post(network::add)),
        ("/servers/{service}/network/note", "Sets a port's note.", post(network::note)),
        ("/servers/{service}/network/primary", "Makes a port the default one.", post(network::make_primary)),
        ("/servers/{service}/network/remove", "Takes a port away.", post(network::remove)),
        ("/servers/{service}/public", "Shows a server to everybody.", post(public::save)),
        ("/servers/{service}/public/remove", "Shows a server to nobody any more.", post(public::remove)),
    ];
    let declare = |method: Method| {
        move |routes: Routes, (path, document, handler)| {
            routes.page(method.clone(), path, Policy::OwnService, document, handler)
        }
    };
    let routes = looks.into_iter().fold(routes, declare(Method::GET));
    acts.into_iter().fold(routes, declare(Method::POST))
}

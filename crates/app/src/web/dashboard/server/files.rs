//! A server's files: one folder at a time, and what can be done with what stands in it.

use crate::app::App;
use crate::control::{Deed, Trouble, reach};
use crate::texts::{self, filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Done, Shown, Tab, Told, act, back, encoded};
use crate::web::dashboard::server::typed::Typed;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use panel::control::{FileEntry, FileKind, FileName, FilePath, MOST_ENTRIES, MOST_NAMES, MOST_TEXT};
use serde::Deserialize;
use std::borrow::Cow;
use store::accounts::Account;
use store::services::Service;

#[derive(Template)]
#[template(path = "web/dashboard/server/files.html")]
struct FilesPage {
    frame: Frame,
    around: Around,
    note: Option<String>,
    asked: bool,
    folder: String,
    /// The folders on the way here: name and address.
    way: Vec<(String, String)>,
    entries: Vec<Entry>,
    /// That there are more than are shown.
    more: Option<String>,
    sftp: Option<Sftp>,
}

/// How files are reached with a program for them.
struct Sftp {
    host: String,
    port: u16,
    login: String,
}

/// A file or folder as a row shows it.
struct Entry {
    /// As a program needs it.
    name: String,
    /// As people see it.
    shown: String,
    icon: &'static str,
    kind: Cow<'static, str>,
    size: String,
    changed: String,
    /// Where it is opened, if it can be.
    href: Option<String>,
    /// Where it is fetched, if it can be.
    download: Option<String>,
    /// Whether anything can be done with it.
    usable: bool,
}

/// Where somebody is.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    folder: String,
    #[serde(default, deserialize_with = "around::if_known")]
    done: Option<Done>,
}

/// The address of a folder.
pub(super) fn href(service: &Service, folder: &FilePath) -> String {
    format!("/servers/{}/files?folder={}", service.id, encoded(&folder.to_string()))
}

impl Entry {
    fn of(app: &App, service: &Service, folder: &FilePath, entry: &FileEntry) -> Self {
        let name = entry.file_name();
        let path = name.as_ref().and_then(|name| folder.join(name).ok());
        let is_folder = entry.kind == FileKind::Folder;
        let text = entry.size_bytes <= MOST_TEXT as u64 && is_text(&entry.media_type);
        let (icon, kind) = match entry.kind {
            FileKind::Folder => ("folder", t("files-folder")),
            FileKind::File => ("file", t("files-file")),
            FileKind::Link => ("link", t("files-link")),
        };
        Self {
            href: path.as_ref().and_then(|path| match (is_folder, text) {
                (true, _) => Some(href(service, path)),
                (false, true) => {
                    Some(format!("/servers/{}/files/edit?file={}", service.id, encoded(&path.to_string())))
                }
                (false, false) => None,
            }),
            download: path
                .as_ref()
                .filter(|_| !is_folder)
                .map(|path| format!("/servers/{}/files/download?file={}", service.id, encoded(&path.to_string()))),
            usable: path.is_some(),
            shown: entry.name.chars().filter(|c| !c.is_control()).collect(),
            name: entry.name.clone(),
            icon,
            kind,
            size: if is_folder { String::new() } else { around::size(entry.size_bytes) },
            changed: entry.modified_at.map(|at| around::when(app, at)).unwrap_or_default(),
        }
    }
}

/// What a browser could show as text. What the daemon cannot name is tried.
fn is_text(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let written =
        ["application/json", "application/xml", "application/javascript", "application/x-yaml", "application/toml"];
    essence.starts_with("text/")
        || written.contains(&essence)
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || matches!(essence, "" | "inode/x-empty")
}

/// `GET /servers/{service}/files`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(place): PageQuery<Place>,
) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &service, &place.folder, place.done.map(Told::Done)).await
}

/// The page of a folder after `told`.
pub(super) async fn page(
    app: &App,
    account: &Account,
    service: &Service,
    folder: &str,
    told: Option<Told>,
) -> Result<Response, PageError> {
    let Ok(folder) = folder.parse::<FilePath>() else {
        return Box::pin(page(app, account, service, "", Some(Told::Failed(Trouble::Wrong("files-no-path"))))).await;
    };
    let (shown, sftp) = match reach(service) {
        Ok(server) => {
            let (panel, other) = (app.panel.clone(), app.panel.clone());
            let (asked, at) = (folder.clone(), server.clone());
            let list = async move { panel.list_files(&at, &asked).await };
            let sftp = async move { other.sftp_address(&server).await };
            let about = folder.to_string();
            let (list, sftp) = tokio::join!(
                app.control.folders.look(&app.clock, &service.id, &about, list),
                app.control.sftp.look(&app.clock, &service.id, "", sftp),
            );
            (Shown::of(app, list), sftp.known.map(|(sftp, _)| sftp))
        }
        Err(_) => (Shown::nothing(), None),
    };
    let directory = shown.value;
    let mut way = vec![(t("files-root").into_owned(), href(service, &FilePath::root()))];
    let mut so_far = FilePath::root();
    for name in folder.names() {
        if let Ok(next) = so_far.join(name) {
            way.push((name.to_string(), href(service, &next)));
            so_far = next;
        }
    }
    let login = account.panel_username.as_ref().zip(service.server.as_ref());
    let page = FilesPage {
        frame: around::frame(app, account, service, Tab::Files),
        around: Around::new(app, service, Tab::Files, told),
        note: shown.note,
        asked: directory.is_some(),
        more: directory
            .as_ref()
            .filter(|all| all.total > all.entries.len())
            .map(|all| texts::with("files-more", &[("shown", MOST_ENTRIES.into()), ("all", all.total.into())])),
        entries: directory
            .iter()
            .flat_map(|all| &all.entries)
            .map(|entry| Entry::of(app, service, &folder, entry))
            .collect(),
        folder: folder.to_string(),
        way,
        sftp: sftp.zip(login).map(|(sftp, (username, server))| Sftp {
            host: sftp.host.clone(),
            port: sftp.port,
            login: format!("{username}.{}", server.identifier),
        }),
    };
    frame::show_private(page.around.status(), &page)
}

/// What a form about files says.
#[derive(Debug, Default)]
pub(super) struct Form {
    folder: String,
    names: Vec<String>,
    to: String,
}

type Fields = Vec<(String, String)>;

impl Form {
    fn read(fields: Fields) -> Self {
        let mut form = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "folder" => form.folder = value,
                "name" => form.names.push(value),
                "to" => form.to = value,
                _ => {}
            }
        }
        form
    }

    fn folder(&self) -> Result<FilePath, Trouble> {
        self.folder.parse().map_err(|_| Trouble::Wrong("files-no-path"))
    }

    fn names(&self) -> Result<Vec<FileName>, Trouble> {
        if self.names.is_empty() {
            return Err(Trouble::Wrong("files-none-chosen"));
        }
        if self.names.len() > MOST_NAMES {
            return Err(Trouble::Wrong("files-too-many"));
        }
        self.names.iter().map(|name| name.parse().map_err(|_| Trouble::Wrong("files-no-name"))).collect()
    }

    /// The one file that it is about.
    fn file(&self) -> Result<FilePath, Trouble> {
        let names = self.names()?;
        let [name] = names.as_slice() else { return Err(Trouble::Wrong("files-choose-one")) };
        self.folder()?.join(name).map_err(|_| Trouble::Wrong("files-no-path"))
    }

    /// The name that was typed.
    fn typed(&self) -> Result<FileName, Trouble> {
        self.to.trim().parse().map_err(|_| Trouble::Wrong("files-no-name"))
    }
}

/// Whose files, and where they are.
struct Desk<'a> {
    app: &'a App,
    account: &'a Account,
    service: &'a Service,
    form: Form,
}

impl Desk<'_> {
    /// Leads back to the folder after `outcome`.
    async fn done(self, outcome: Result<(), Trouble>, done: Done) -> Result<Response, PageError> {
        let Self { app, account, service, form } = self;
        let chosen = form.names.iter().map(|name| ("name", name.clone()));
        let typed = Typed::into(done.key(), chosen.chain([("to", form.to.clone())]));
        let folder = form.folder().unwrap_or_default();
        app.control.folders.changed(&service.id, &folder.to_string());
        match outcome {
            Ok(()) => Ok(back(&href(service, &folder), done)),
            Err(trouble) => page(app, account, service, &folder.to_string(), Some(Told::Refused(trouble, typed))).await,
        }
    }
}

/// `POST /servers/{service}/files/new-folder`
pub(super) async fn make_folder(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let desk = Desk { app: &app, account: &signed_in.account, service: &service, form: Form::read(fields) };
    let made = async {
        let (folder, name) = (desk.form.folder()?, desk.form.typed()?);
        let call = |server| async move { panel.create_folder(&server, &folder, &name).await };
        act(&app, &service, Deed::Change, call).await
    };
    let made = made.await;
    desk.done(made, Done::Made).await
}

/// `POST /servers/{service}/files/new-file`: nothing is written before something stands in it.
pub(super) async fn make_file(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let desk = Desk { app: &app, account: &signed_in.account, service: &service, form: Form::read(fields) };
    let named = desk.form.folder().and_then(|folder| {
        let name = desk.form.typed()?;
        folder.join(&name).map_err(|_| Trouble::Wrong("files-no-path"))
    });
    match named {
        Ok(file) => {
            let to = format!("/servers/{}/files/edit?new=1&file={}", service.id, encoded(&file.to_string()));
            Ok((no_store(), Redirect::to(&to)).into_response())
        }
        Err(trouble) => desk.done(Err(trouble), Done::Saved).await,
    }
}

/// `POST /servers/{service}/files/move`: `to` is another name, or a path from the root on.
pub(super) async fn rename(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let desk = Desk { app: &app, account: &signed_in.account, service: &service, form: Form::read(fields) };
    let moved = async {
        let (folder, from) = (desk.form.folder()?, desk.form.file()?);
        let wanted = desk.form.to.trim();
        let to = match wanted.contains('/') {
            true => wanted.parse::<FilePath>().map_err(|_| Trouble::Wrong("files-no-path"))?,
            false => folder.join(&desk.form.typed()?).map_err(|_| Trouble::Wrong("files-no-path"))?,
        };
        if let Some(other) = to.folder() {
            app.control.folders.changed(&service.id, &other.to_string());
        }
        let call = |server| async move { panel.move_file(&server, &from, &to).await };
        act(&app, &service, Deed::Change, call).await
    };
    let moved = moved.await;
    desk.done(moved, Done::Renamed).await
}

/// `POST /servers/{service}/files/copy`
pub(super) async fn copy(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let desk = Desk { app: &app, account: &signed_in.account, service: &service, form: Form::read(fields) };
    let copied = async {
        let file = desk.form.file()?;
        act(&app, &service, Deed::Change, |server| async move { panel.copy_file(&server, &file).await }).await
    };
    let copied = copied.await;
    desk.done(copied, Done::Copied).await
}

/// `POST /servers/{service}/files/delete`
pub(super) async fn delete(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let desk = Desk { app: &app, account: &signed_in.account, service: &service, form: Form::read(fields) };
    let deleted = async {
        let (folder, names) = (desk.form.folder()?, desk.form.names()?);
        let call = |server| async move { panel.delete_files(&server, &folder, &names).await };
        act(&app, &service, Deed::Change, call).await
    };
    let deleted = deleted.await;
    desk.done(deleted, Done::Deleted).await
}

/// `POST /servers/{service}/files/pack`
pub(super) async fn pack(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let desk = Desk { app: &app, account: &signed_in.account, service: &service, form: Form::read(fields) };
    let packed = async {
        let (folder, names) = (desk.form.folder()?, desk.form.names()?);
        let call = |server| async move { panel.compress_files(&server, &folder, &names).await };
        act(&app, &service, Deed::Change, call).await.map(drop)
    };
    let packed = packed.await;
    desk.done(packed, Done::Packed).await
}

/// `POST /servers/{service}/files/unpack`
pub(super) async fn unpack(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let desk = Desk { app: &app, account: &signed_in.account, service: &service, form: Form::read(fields) };
    let unpacked = async {
        let file = desk.form.file()?;
        act(&app, &service, Deed::Change, |server| async move { panel.decompress_file(&server, &file).await }).await
    };
    let unpacked = unpacked.await;
    desk.done(unpacked, Done::Unpacked).await
}

/// Which file.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    file: String,
}

/// `GET /servers/{service}/files/download`: the node gives it out itself, once, to whoever has the address. A link and no form, for forms
/// lead nowhere else (the security policy).
pub(super) async fn download(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let file = wanted.file.parse::<FilePath>().ok().filter(|file| file.name().is_some());
    let folder = file.as_ref().and_then(FilePath::folder).unwrap_or_default();
    let address = async {
        let file = file.ok_or(Trouble::Wrong("files-no-path"))?;
        act(&app, &service, Deed::Change, |server| async move { panel.download_address(&server, &file).await }).await
    };
    match address.await {
        Ok(address) => Ok((no_store(), Redirect::to(address.expose())).into_response()),
        Err(trouble) => {
            page(&app, &signed_in.account, &service, &folder.to_string(), Some(Told::Failed(trouble))).await
        }
    }
}

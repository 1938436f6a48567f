//! A text file: read, changed, written back whole.

use crate::app::App;
use crate::control::{Deed, Trouble, reach};
use crate::texts::filters;
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Done, Shown, Tab, Told, act, back, encoded};
use crate::web::dashboard::server::files;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use panel::control::{FilePath, MOST_TEXT};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use store::accounts::Account;
use store::services::Service;

#[derive(Template)]
#[template(path = "web/dashboard/server/editor.html")]
struct EditorPage {
    frame: Frame,
    around: Around,
    note: Option<String>,
    file: String,
    name: String,
    folder: String,
    text: Option<String>,
    /// Stands for what was read, so that a change by somebody else in between is noticed.
    before: String,
}

/// Which file.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    file: String,
    /// It is not there yet.
    new: Option<String>,
    #[serde(default, deserialize_with = "around::if_known")]
    done: Option<Done>,
}

/// `GET /servers/{service}/files/edit`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(asked): PageQuery<Asked>,
) -> Result<Response, PageError> {
    let Some((file, name)) = read(&asked.file) else { return Ok(elsewhere(&service)) };
    let text = asked.new.map(|_| (String::new(), mark("")));
    page(&app, &signed_in.account, &service, (&file, name), text, asked.done.map(Told::Done)).await
}

async fn page(
    app: &App,
    account: &Account,
    service: &Service,
    (file, name): (&FilePath, String),
    typed: Option<(String, String)>,
    told: Option<Told>,
) -> Result<Response, PageError> {
    let (text, before, note) = match (typed, reach(service)) {
        (Some((text, before)), _) => (Some(text), before, None),
        (None, Ok(server)) => {
            let (panel, asked) = (app.panel.clone(), file.clone());
            let ask = async move { panel.read_file(&server, &asked).await };
            let shown = Shown::of(app, app.control.files.look(&app.clock, &service.id, &file.to_string(), ask).await);
            let text = shown.value.map(|text| (*text).clone());
            let before = text.as_deref().map(mark).unwrap_or_default();
            (text, before, shown.note)
        }
        (None, Err(_)) => (None, String::new(), None),
    };
    let page = EditorPage {
        frame: around::frame(app, account, service, Tab::Files),
        around: Around::new(app, service, Tab::Files, told),
        note,
        before,
        text,
        name,
        folder: files::href(service, &file.folder().unwrap_or_default()),
        file: file.to_string(),
    };
    frame::show_private(page.around.status(), &page)
}

/// The file that an address names, and its own name.
fn read(text: &str) -> Option<(FilePath, String)> {
    let file: FilePath = text.parse().ok()?;
    let name = file.name()?.to_string();
    Some((file, name))
}

/// What is no file is looked for among the files.
fn elsewhere(service: &Service) -> Response {
    (no_store(), Redirect::to(&Tab::Files.href(service))).into_response()
}

fn mark(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..12])
}

/// A file as it should be.
#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    file: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    before: String,
}

/// `POST /servers/{service}/files/edit`
pub(super) async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(written): PageForm<Written>,
) -> Result<Response, PageError> {
    let Some((file, name)) = read(&written.file) else { return Ok(elsewhere(&service)) };
    // Browsers end lines of a form like a letter; games do not.
    let text = written.text.replace("\r\n", "\n");
    let saved = async {
        if text.len() > MOST_TEXT {
            return Err(Trouble::TooLong);
        }
        unchanged(&app, &service, &file, &written.before).await?;
        let (panel, text, file) = (&app.panel, &text, &file);
        act(&app, &service, Deed::Change, |server| async move { panel.save_file(&server, file, text).await }).await
    };
    match saved.await {
        Ok(()) => {
            app.control.files.changed(&service.id, &file.to_string());
            let folder = file.folder().unwrap_or_default();
            app.control.folders.changed(&service.id, &folder.to_string());
            Ok(back(&format!("/servers/{}/files/edit?file={}", service.id, encoded(&file.to_string())), Done::Saved))
        }
        // What was typed is not lost.
        Err(trouble) => {
            page(
                &app,
                &signed_in.account,
                &service,
                (&file, name),
                Some((text, written.before)),
                Some(Told::Failed(trouble)),
            )
            .await
        }
    }
}

/// Whether the file still is what was read when the page was made.
async fn unchanged(app: &App, service: &Service, file: &FilePath, before: &str) -> Result<(), Trouble> {
    let panel = &app.panel;
    let read = act(app, service, Deed::Change, |server| async move { panel.read_file(&server, file).await }).await;
    let now = match read {
        Ok(text) => text,
        Err(Trouble::Missing) => String::new(),
        Err(trouble) => return Err(trouble),
    };
    match mark(&now) == before || before == mark("") && now.is_empty() {
        true => Ok(()),
        false => Err(Trouble::Wrong("files-changed-meanwhile")),
    }
}

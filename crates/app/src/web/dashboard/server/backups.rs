//! Backups of a server.

use crate::app::App;
use crate::control::{Deed, Trouble};
use crate::texts::{self, filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Done, Shown, Tab, Told, act, back};
use crate::web::dashboard::server::typed::Typed;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use panel::control::{Backup, BackupState, NewBackup, Restore};
use panel::{BackupId, PanelError};
use serde::Deserialize;
use std::borrow::Cow;
use store::accounts::Account;
use store::services::Service;

#[derive(Template)]
#[template(path = "web/dashboard/server/backups.html")]
struct BackupsPage {
    frame: Frame,
    around: Around,
    note: Option<String>,
    asked: bool,
    rows: Vec<Row>,
    /// How many of how many.
    room: String,
    may_more: bool,
}

/// A backup as a row shows it.
struct Row {
    id: String,
    name: String,
    state: Cow<'static, str>,
    tone: &'static str,
    done: bool,
    locked: bool,
    size: String,
    made: String,
}

impl Row {
    fn of(backup: &Backup) -> Self {
        let (state, tone, done) = match backup.state {
            BackupState::Running => ("backups-running", "warn", false),
            BackupState::Done { .. } => ("backups-ready", "good", true),
            BackupState::Failed { .. } => ("backups-failed", "bad", false),
        };
        Self {
            id: backup.id.to_string(),
            name: backup.name.clone(),
            state: t(state),
            tone,
            done,
            locked: backup.locked,
            size: if done { around::size(backup.size_bytes) } else { String::new() },
            made: texts::day_and_time(backup.created_at),
        }
    }
}

/// `GET /servers/{service}/backups`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(said): PageQuery<around::Query>,
) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &service, said.told()).await
}

async fn page(app: &App, account: &Account, service: &Service, told: Option<Told>) -> Result<Response, PageError> {
    let shown = Shown::look(app, service, &app.control.backups, "", |panel, server| async move {
        panel.list_backups(&server).await
    })
    .await;
    let backups: Vec<Backup> = shown.value.iter().flat_map(|all| all.iter()).rev().cloned().collect();
    // A failed one takes no room.
    let kept = backups.iter().filter(|backup| !matches!(backup.state, BackupState::Failed { .. })).count();
    let most = usize::try_from(service.spec.shape.backups).unwrap_or_default();
    let page = BackupsPage {
        frame: around::frame(app, account, service, Tab::Backups),
        around: Around::new(app, service, Tab::Backups, told),
        note: shown.note,
        asked: shown.value.is_some(),
        rows: backups.iter().map(Row::of).collect(),
        room: texts::with("backups-room", &[("kept", kept.into()), ("most", most.into())]),
        may_more: kept < most,
    };
    frame::show_private(page.around.status(), &page)
}

/// What a form about backups says.
#[derive(Deserialize)]
pub(super) struct Form {
    #[serde(default)]
    backup: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    ignored: String,
    /// `yes` or `no`.
    #[serde(default)]
    locked: String,
    /// `over` or `instead`.
    #[serde(default)]
    how: String,
}

impl Form {
    fn backup(&self) -> Result<BackupId, Trouble> {
        self.backup.parse().map_err(|_| Trouble::Missing)
    }
}

async fn done<T>(
    app: &App,
    signed_in: &SignedIn,
    service: &Service,
    outcome: Result<T, (Trouble, Typed)>,
    done: Done,
) -> Result<Response, PageError> {
    app.control.backups.changed(&service.id, "");
    match outcome {
        Ok(_) => Ok(back(&Tab::Backups.href(service), done)),
        Err((trouble, typed)) => page(app, &signed_in.account, service, Some(Told::Refused(trouble, typed))).await,
    }
}

/// Of a form in which nothing is typed.
fn untyped(trouble: Trouble) -> (Trouble, Typed) {
    (trouble, Typed::default())
}

/// `POST /servers/{service}/backups`
pub(super) async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let name: String = form.name.trim().chars().filter(|c| !c.is_control()).take(191).collect();
    let typed = Typed::into("new", [("name", form.name), ("ignored", form.ignored.clone())]);
    let backup = NewBackup { name, ignored: form.ignored.replace("\r\n", "\n"), locked: false };
    let panel = &app.panel;
    let call = |server| async move { panel.create_backup(&server, &backup).await };
    let made = act(&app, &service, Deed::Change, call).await;
    done(&app, &signed_in, &service, made.map_err(|trouble| (trouble, typed)), Done::Begun).await
}

/// `POST /servers/{service}/backups/delete`
pub(super) async fn delete(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let deleted =
        with_backup(&app, &service, &form, |server, id| async move { panel.delete_backup(&server, &id).await });
    let deleted = deleted.await;
    done(&app, &signed_in, &service, deleted.map_err(untyped), Done::Deleted).await
}

/// `POST /servers/{service}/backups/lock`
pub(super) async fn lock(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let (panel, locked) = (&app.panel, form.locked == "yes");
    let call = |server, id| async move { panel.set_backup_lock(&server, &id, locked).await };
    let set = with_backup(&app, &service, &form, call).await;
    done(&app, &signed_in, &service, set.map_err(untyped), if locked { Done::Locked } else { Done::Unlocked }).await
}

/// `POST /servers/{service}/backups/restore`
pub(super) async fn restore(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let how = match form.how.as_str() {
        "over" => Restore::Over,
        "instead" => Restore::Instead,
        _ => {
            return done::<()>(
                &app,
                &signed_in,
                &service,
                Err(untyped(Trouble::Wrong("backups-how"))),
                Done::Restoring,
            )
            .await;
        }
    };
    let call = |server, id| async move { panel.restore_backup(&server, &id, how).await };
    let begun = with_backup(&app, &service, &form, call).await;
    done(&app, &signed_in, &service, begun.map_err(untyped), Done::Restoring).await
}

/// `GET /servers/{service}/backups/download?backup=…`: a link and no form, as for files.
pub(super) async fn download(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(form): PageQuery<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let call = |server, id| async move { panel.backup_address(&server, &id).await };
    match with_backup(&app, &service, &form, call).await {
        Ok(address) => Ok((no_store(), Redirect::to(address.expose())).into_response()),
        Err(trouble) => page(&app, &signed_in.account, &service, Some(Told::Failed(trouble))).await,
    }
}

async fn with_backup<T, F>(
    app: &App,
    service: &Service,
    form: &Form,
    call: impl FnOnce(panel::Identifier, BackupId) -> F,
) -> Result<T, Trouble>
where
    F: Future<Output = Result<T, PanelError>>,
{
    let backup = form.backup()?;
    act(app, service, Deed::Change, |server| call(server, backup)).await
}

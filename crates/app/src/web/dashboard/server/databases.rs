//! Databases of a server. A password is shown once, on request, and kept nowhere here.

use crate::app::App;
use crate::control::{Deed, Trouble};
use crate::texts::{self, filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Done, Shown, Tab, Told, act, back};
use crate::web::dashboard::server::typed::Typed;
use crate::web::errors::PageError;
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use panel::DatabaseId;
use panel::control::{Passwords, ServerDatabase};
use secrecy::ExposeSecret;
use serde::Deserialize;
use store::accounts::Account;
use store::services::Service;

#[derive(Template)]
#[template(path = "web/dashboard/server/databases.html")]
struct DatabasesPage {
    frame: Frame,
    around: Around,
    note: Option<String>,
    asked: bool,
    rows: Vec<Row>,
    room: String,
    may_more: bool,
    /// A database with its password; shown this once.
    opened: Option<Opened>,
}

struct Row {
    id: String,
    name: String,
    host: String,
    username: String,
    from: String,
}

struct Opened {
    name: String,
    password: String,
}

impl Row {
    fn of(database: &ServerDatabase) -> Self {
        Self {
            id: database.id.to_string(),
            name: database.name.clone(),
            host: format!("{}:{}", database.host, database.port),
            username: database.username.clone(),
            from: match database.connections_from.as_str() {
                "%" => t("databases-from-anywhere").into_owned(),
                from => texts::with("databases-from-where", &[("from", from.into())]),
            },
        }
    }
}

impl Opened {
    fn of(database: &ServerDatabase) -> Option<Self> {
        let password = database.password.as_ref()?.expose_secret().to_owned();
        Some(Self { name: database.name.clone(), password })
    }
}

/// `GET /servers/{service}/databases`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(said): PageQuery<around::Query>,
) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &service, said.told(), None).await
}

async fn page(
    app: &App,
    account: &Account,
    service: &Service,
    told: Option<Told>,
    opened: Option<Opened>,
) -> Result<Response, PageError> {
    let shown = Shown::look(app, service, &app.control.databases, "", |panel, server| async move {
        panel.list_databases(&server, Passwords::Hidden).await
    })
    .await;
    let rows: Vec<Row> = shown.value.iter().flat_map(|all| all.iter()).map(Row::of).collect();
    let most = usize::try_from(service.spec.shape.databases).unwrap_or_default();
    let page = DatabasesPage {
        frame: around::frame(app, account, service, Tab::Databases),
        around: Around::new(app, service, Tab::Databases, told),
        note: shown.note,
        asked: shown.value.is_some(),
        room: texts::with("databases-room", &[("kept", rows.len().into()), ("most", most.into())]),
        may_more: rows.len() < most,
        rows,
        opened,
    };
    frame::show_private(page.around.status(), &page)
}

/// What a form about databases says.
#[derive(Deserialize)]
pub(super) struct Form {
    #[serde(default)]
    database: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    from: String,
}

impl Form {
    fn database(&self) -> Result<DatabaseId, Trouble> {
        self.database.parse().map_err(|_| Trouble::Missing)
    }
}

/// `POST /servers/{service}/databases`
pub(super) async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let name = form.name.trim().to_owned();
    let named = (1..=48).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let from = if form.from.trim().is_empty() { "%" } else { form.from.trim() };
    let from_fits = from.len() <= 60 && from.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '%'));
    let panel = &app.panel;
    let made = match (named, from_fits) {
        (false, _) => Err(Trouble::Wrong("databases-no-name")),
        (true, false) => Err(Trouble::Wrong("databases-no-from")),
        (true, true) => {
            act(&app, &service, Deed::Change, |server| async move { panel.create_database(&server, &name, from).await })
                .await
        }
    };
    let typed = Typed::into("new", [("name", form.name.clone()), ("from", form.from.clone())]);
    opened(&app, &signed_in, &service, made, typed).await
}

/// `POST /servers/{service}/databases/password`
pub(super) async fn reveal(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let found = async {
        let id = form.database()?;
        let call = |server| async move { panel.list_databases(&server, Passwords::Shown).await };
        let all = act(&app, &service, Deed::Change, call).await?;
        all.into_iter().find(|database| database.id == id).ok_or(Trouble::Missing)
    };
    let found = found.await;
    opened(&app, &signed_in, &service, found, Typed::default()).await
}

/// `POST /servers/{service}/databases/rotate`
pub(super) async fn rotate(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let rotated = async {
        let id = form.database()?;
        let call = |server| async move { panel.rotate_database_password(&server, &id).await };
        act(&app, &service, Deed::Change, call).await
    };
    let rotated = rotated.await;
    opened(&app, &signed_in, &service, rotated, Typed::default()).await
}

/// Shows the password of a database, this once: the page is the answer to the form, and kept by nobody.
async fn opened(
    app: &App,
    signed_in: &SignedIn,
    service: &Service,
    outcome: Result<ServerDatabase, Trouble>,
    typed: Typed,
) -> Result<Response, PageError> {
    app.control.databases.changed(&service.id, "");
    let (told, opened) = match outcome {
        Ok(database) => (None, Opened::of(&database)),
        Err(trouble) => (Some(Told::Refused(trouble, typed)), None),
    };
    page(app, &signed_in.account, service, told, opened).await
}

/// `POST /servers/{service}/databases/delete`
pub(super) async fn delete(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let deleted = async {
        let id = form.database()?;
        act(&app, &service, Deed::Change, |server| async move { panel.delete_database(&server, &id).await }).await
    };
    match deleted.await {
        Ok(()) => {
            app.control.databases.changed(&service.id, "");
            Ok(back(&Tab::Databases.href(&service), Done::Deleted))
        }
        Err(trouble) => opened(&app, &signed_in, &service, Err(trouble), Typed::default()).await,
    }
}

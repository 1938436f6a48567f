//! Ports of a server.

use crate::app::App;
use crate::control::{Deed, Trouble};
use crate::texts::filters;
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Done, Shown, Tab, Told, act, back};
use crate::web::dashboard::server::typed::Typed;
use crate::web::errors::PageError;
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use crate::work::provision::allocation_number;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::ServiceId;
use panel::control::ServerPort;
use panel::{AllocationId, Identifier, PanelError};
use serde::Deserialize;
use store::accounts::Account;
use store::reservations::{self, Reservation};
use store::services::{self, Service};
use store::{Store, StoreError};

#[derive(Template)]
#[template(path = "web/dashboard/server/network.html")]
struct NetworkPage {
    frame: Frame,
    around: Around,
    note: Option<String>,
    asked: bool,
    rows: Vec<Row>,
}

struct Row {
    id: u64,
    address: String,
    note: String,
    role: Role,
}

/// What a port is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Players enter it.
    Default,
    /// Players entered it before another one was made the default; it belongs to the server.
    Before,
    /// The game uses it for something of its own, which no other port does for it.
    Used,
    /// It was added.
    Added,
}

impl Row {
    fn of(port: &ServerPort, held: Option<&Reservation>) -> Self {
        let mut bought = held.into_iter().flat_map(|held| &held.ports);
        let place = bought.position(|chosen| chosen.port.allocation == allocation_number(port.id));
        let role = match place {
            _ if port.primary => Role::Default,
            Some(0) => Role::Before,
            Some(_) => Role::Used,
            None => Role::Added,
        };
        Self { id: port.id.get(), address: address(port), note: port.note.clone().unwrap_or_default(), role }
    }
}

/// What players type.
fn address(port: &ServerPort) -> String {
    format!("{}:{}", port.alias.as_ref().unwrap_or(&port.ip), port.port)
}

/// `GET /servers/{service}/network`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(said): PageQuery<around::Query>,
) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &service, said.told()).await
}

async fn page(app: &App, account: &Account, service: &Service, told: Option<Told>) -> Result<Response, PageError> {
    let shown =
        Shown::look(
            app,
            service,
            &app.control.ports,
            "",
            |panel, server| async move { panel.list_ports(&server).await },
        )
        .await;
    let held = reservations::find_of_order(&mut *app.store.read().await?, &service.order).await?;
    let page = NetworkPage {
        frame: around::frame(app, account, service, Tab::Network),
        around: Around::new(app, service, Tab::Network, told),
        note: shown.note,
        asked: shown.value.is_some(),
        rows: shown.value.iter().flat_map(|all| all.iter()).map(|port| Row::of(port, held.as_ref())).collect(),
    };
    frame::show_private(page.around.status(), &page)
}

/// What a form about ports says.
#[derive(Deserialize)]
pub(super) struct Form {
    port: Option<u64>,
    #[serde(default)]
    note: String,
}

/// Does something with the port that a form names, and leads back.
async fn with_port<T, F>(
    app: &App,
    signed_in: &SignedIn,
    service: &Service,
    form: &Form,
    done: Done,
    call: impl FnOnce(Identifier, AllocationId) -> F,
) -> Result<Response, PageError>
where
    F: Future<Output = Result<T, PanelError>>,
{
    let outcome = match form.port.map(AllocationId::new) {
        Some(port) => act(app, service, Deed::Change, |server| call(server, port)).await,
        None => Err(Trouble::Missing),
    };
    let number = form.port.map(|port| port.to_string()).unwrap_or_default();
    let typed = Typed::into(number, [("note", form.note.clone())]);
    finish(app, signed_in, service, (outcome, typed), done).await
}

async fn finish<T>(
    app: &App,
    signed_in: &SignedIn,
    service: &Service,
    (outcome, typed): (Result<T, Trouble>, Typed),
    done: Done,
) -> Result<Response, PageError> {
    app.control.ports.changed(&service.id, "");
    match outcome {
        Ok(_) => Ok(back(&Tab::Network.href(service), done)),
        Err(trouble) => page(app, &signed_in.account, service, Some(Told::Refused(trouble, typed))).await,
    }
}

/// `POST /servers/{service}/network`
pub(super) async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let added = act(&app, &service, Deed::Change, |server| async move { panel.add_port(&server).await }).await;
    // The panel has no word of its own for a server that has as many ports as it may.
    let added = added.map_err(|trouble| match trouble {
        Trouble::Refused(code) if code == "DisplayException" => Trouble::Full,
        trouble => trouble,
    });
    finish(&app, &signed_in, &service, (added, Typed::default()), Done::Made).await
}

/// `POST /servers/{service}/network/note`
pub(super) async fn note(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let text: String = form.note.trim().chars().filter(|c| !c.is_control()).take(255).collect();
    let call = |server, port| async move { panel.set_port_note(&server, port, &text).await };
    with_port(&app, &signed_in, &service, &form, Done::Saved, call).await
}

/// `POST /servers/{service}/network/primary`
pub(super) async fn make_primary(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let (store, id) = (&app.store, &service.id);
    let call = |server, port| async move {
        let default = panel.set_primary_port(&server, port).await?;
        // The next look at the panel finds it as well.
        if let Err(error) = follow(store, id, &address(&default)).await {
            tracing::warn!(service.id = %id, "The new address of {id} is not written down yet: {error}");
        }
        Ok(default)
    };
    with_port(&app, &signed_in, &service, &form, Done::Saved, call).await
}

async fn follow(store: &Store, id: &ServiceId, address: &str) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    services::set_address(&mut tx, id, address).await?;
    tx.commit().await
}

/// `POST /servers/{service}/network/remove`
pub(super) async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let call = |server, port| async move { panel.remove_port(&server, port).await };
    with_port(&app, &signed_in, &service, &form, Done::Removed, call).await
}

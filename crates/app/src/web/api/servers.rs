//! Servers by program. Everything comes from our own tables; the panel is not asked.

use crate::app::App;
use crate::texts::t;
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::words;
use crate::web::errors::{ApiError, Problem, Public, no_store};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use store::orders::Purchase;
use store::services::{self, Service};
use utoipa::ToSchema;

/// A server.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServerView {
    /// The service's id.
    #[schema(pattern = "^svc_[0-9a-f]{32}$")]
    id: String,
    /// What the customer calls it.
    name: String,
    /// The word that people see, such as `playable`.
    #[schema(pattern = "^[a-z_]+$")]
    status: String,
    /// The game's key.
    game: String,
    /// Memory.
    memory_gib: u32,
    /// The panel's number for the server, once there is one.
    panel_id: Option<i64>,
    /// The panel's short id of the server, once there is one.
    panel_identifier: Option<String>,
    /// What players type, once it is known.
    address: Option<String>,
    /// How many play.
    players_online: Option<i64>,
    /// How many may.
    players_max: Option<i64>,
    /// When that was last seen, as RFC 3339.
    #[schema(format = DateTime)]
    seen_at: Option<String>,
}

impl ServerView {
    fn of(app: &App, service: &Service, undelivered: &[Purchase]) -> Self {
        Self {
            id: service.id.to_string(),
            name: service.name.clone(),
            status: words::among(service, undelivered, app.now()).key.to_owned(),
            game: service.spec.game.clone(),
            memory_gib: service.spec.shape.memory_mib / 1024,
            panel_id: service.server.as_ref().map(|server| server.id),
            panel_identifier: service.server.as_ref().map(|server| server.identifier.clone()),
            address: service.address.clone(),
            players_online: service.sample.players_online,
            players_max: service.sample.players_max,
            seen_at: service.sample.at.map(|at| at.to_string()),
        }
    }
}

/// A customer's servers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServerList {
    /// Newest first, at most 200.
    #[schema(max_items = 200)]
    servers: Vec<ServerView>,
}

/// Whether the caller has a server, and the newest one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServerStatus {
    /// Whether there is any.
    has_server: bool,
    /// The newest one.
    server_info: Option<ServerView>,
    /// How many there are.
    total_servers: i64,
}

/// Your servers
#[utoipa::path(get, path = "/api/v1/servers", tag = "servers", responses(
    (status = 200, description = "Your servers", body = ServerList,
        links(("show" = (operation_id = "show_server", parameters(("service" = "$response.body#/servers/0/id"))))))))]
pub(super) async fn list_servers(State(app): State<App>, signed_in: SignedIn) -> Result<Response, ApiError> {
    let mut db = app.store.read().await?;
    let services = services::list_of_customer(&mut db, &signed_in.account.id, 200).await?;
    let undelivered = words::undelivered(&mut db, &services).await?;
    let servers = services.iter().map(|service| ServerView::of(&app, service, &undelivered)).collect();
    Ok((no_store(), Json(ServerList { servers })).into_response())
}

/// One of your servers
#[utoipa::path(get, path = "/api/v1/servers/{service}", tag = "servers",
    params(("service" = String, Path, description = "The service's id", pattern = "^svc_[0-9a-f]{32}$")), responses(
    (status = 200, description = "The server", body = ServerView)))]
pub(super) async fn show_server(State(app): State<App>, service: Owned<Service>) -> Result<Response, ApiError> {
    let undelivered = words::undelivered(&mut *app.store.read().await?, std::slice::from_ref(&*service)).await?;
    Ok((no_store(), Json(ServerView::of(&app, &service, &undelivered))).into_response())
}

/// Whether you have a server, and how it is. Answers only about the token's own account
#[utoipa::path(get, path = "/api/v1/server-status", tag = "servers", responses(
    (status = 200, description = "How it is", body = ServerStatus),
    (status = 400, description = "A parameter asks about somebody", body = Problem)))]
pub(super) async fn server_status(
    State(app): State<App>,
    signed_in: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    if form_urlencoded::parse(query.unwrap_or_default().as_bytes()).next().is_some() {
        let (title, text) = (t("error-no-parameters"), t("error-no-parameters-text"));
        return Err(ApiError(Public::new(StatusCode::BAD_REQUEST, "no_parameters", title, text)));
    }
    let mut db = app.store.read().await?;
    let total_servers = services::count_of_customer(&mut db, &signed_in.account.id).await?;
    let services = services::list_of_customer(&mut db, &signed_in.account.id, 50).await?;
    let newest = services.iter().find(|service| service.terminated_at.is_none());
    let undelivered = words::undelivered(&mut db, newest.map_or(&[], std::slice::from_ref)).await?;
    let status = ServerStatus {
        has_server: newest.is_some(),
        server_info: newest.map(|service| ServerView::of(&app, service, &undelivered)),
        total_servers,
    };
    Ok((no_store(), Json(status)).into_response())
}

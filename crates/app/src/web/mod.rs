//! Everything that speaks HTTP: pages, the JSON API, Stripe's webhooks, and what load balancers ask.

pub mod access;
pub mod account;
mod api;
mod api_document;
mod api_json;
pub mod assets;
pub mod client;
pub mod connections;
pub mod console;
mod cookies;
mod dashboard;
pub mod errors;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod health;
mod idempotency;
mod language;
pub mod last_seen;
pub mod limits;
mod live;
mod page_form;
pub mod passwords;
pub mod registry;
pub mod secrets;
mod serve;
mod storefront;
mod support;
pub mod theme;
mod throttle;
pub mod tokens;
pub mod viewing;
mod webhooks;

#[doc(hidden)]
pub use serve::webhooks_router;
pub use serve::{router, serve};
pub use webhooks::Inbox;

use crate::app::App;
use registry::Routes;
use utoipa::OpenApi;

/// The document of the JSON API, without its routes.
#[derive(OpenApi)]
#[openapi(
    info(title = "GIVRwrld API", description = "Plans, orders and servers of a game-server shop."),
    tags((name = "auth"), (name = "shop"), (name = "servers"), (name = "smoke"))
)]
struct ApiDocument;

fn webhook_routes(app: &App) -> Routes {
    webhooks::routes(Routes::new(app.clone(), ApiDocument::openapi()))
}

/// Every route of the program.
pub fn routes(app: &App) -> Routes {
    let routes = Routes::new(app.clone(), ApiDocument::openapi());
    let routes = storefront::routes(routes);
    let routes = account::routes(routes);
    let routes = dashboard::routes(routes);
    let routes = support::routes(routes);
    let routes = console::routes(routes);
    let routes = webhooks::routes(routes);
    let routes = health::routes(routes);
    let routes = assets::routes(routes);
    let routes = tokens::routes(routes);
    api::routes(routes).document("/api/v1/openapi.json")
}

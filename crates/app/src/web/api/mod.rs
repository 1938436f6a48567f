//! The JSON API: what programs do. Each handler carries its document.

mod auth;
pub(in crate::web) mod checkout;
mod orders;
mod plans;
mod servers;
mod smoke;

use crate::web::registry::{Policy, Routes};
use utoipa_axum::routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .api(Policy::Public, routes!(plans::list_plans))
        .api(Policy::Public, routes!(auth::sign_up))
        .api(Policy::Public, routes!(auth::verify))
        .api(Policy::Public, routes!(auth::token))
        .api(Policy::Public, routes!(auth::refresh))
        .api(Policy::Session, routes!(auth::log_out))
        .api(Policy::Session, routes!(checkout::open_checkout))
        .api(Policy::OwnOrder, routes!(orders::show_order))
        .api(Policy::OwnOrder, routes!(orders::cancel_order))
        .api(Policy::Session, routes!(servers::list_servers))
        .api(Policy::OwnService, routes!(servers::show_server))
        .api(Policy::Session, routes!(servers::server_status))
        .api(Policy::Smoke, routes!(smoke::confirm))
        .api(Policy::Smoke, routes!(smoke::bill))
        .api(Policy::Smoke, routes!(smoke::terminate))
}

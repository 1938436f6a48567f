//! The JSON API: what programs do. Each handler carries its document.

mod auth;
pub(in crate::web) mod checkout;
mod orders;
mod plans;
mod servers;
mod smoke;
mod stats;

use crate::web::registry::{Policy, Routes};
use domain::access::Scope;
use utoipa_axum::routes;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .api(Policy::Public, routes!(plans::list_plans))
        .api(Policy::Public, routes!(stats::provisioning_stats))
        .api(Policy::Public, routes!(auth::sign_up))
        .api(Policy::Public, routes!(auth::verify))
        .api(Policy::Public, routes!(auth::token))
        .api(Policy::Public, routes!(auth::refresh))
        .api(Policy::Session, routes!(auth::log_out))
        .api_for_keys(Policy::Session, Scope::OrdersWrite, routes!(checkout::open_checkout))
        .api_for_keys(Policy::OwnOrder, Scope::OrdersRead, routes!(orders::show_order))
        .api_for_keys(Policy::OwnOrder, Scope::OrdersWrite, routes!(orders::cancel_order))
        .api_for_keys(Policy::Session, Scope::ServersRead, routes!(servers::list_servers))
        .api_for_keys(Policy::OwnService, Scope::ServersRead, routes!(servers::show_server))
        .api_for_keys(Policy::Session, Scope::ServersRead, routes!(servers::server_status))
        .api(Policy::Smoke, routes!(smoke::confirm))
        .api(Policy::Smoke, routes!(smoke::bill))
        .api(Policy::Smoke, routes!(smoke::terminate))
}

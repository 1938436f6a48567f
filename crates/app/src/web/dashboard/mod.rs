//! What a customer has: servers and orders, each with what is known about it. The lists and overviews come from our own tables; what is
//! done with a running server is in `server`.

mod billing;
mod charts;
mod events;
mod orders;
mod server;
mod servers;
mod steps;
pub(in crate::web) mod words;

use crate::web::registry::{Policy, Routes};
use axum::routing::{get, post};
use http::Method;

pub(super) fn routes(routes: Routes) -> Routes {
    let own_order = |routes: Routes, method, path, document, handler| {
        routes.page(method, path, Policy::OwnOrder, document, handler)
    };
    let routes = routes.page(Method::GET, "/servers", Policy::Session, "The visitor's servers.", get(servers::list));
    let routes = routes.page(Method::GET, "/servers/{service}", Policy::OwnService, "A server.", get(servers::show));
    let routes = server::routes(routes);
    let routes = routes.page(
        Method::POST,
        "/servers/{service}/billing",
        Policy::OwnService,
        "Leads to where the open bill is paid, and the subscription changed.",
        post(billing::show),
    );
    let routes = routes.page(Method::GET, "/orders", Policy::Session, "The visitor's orders.", get(orders::list));
    let routes = own_order(routes, Method::GET, "/orders/{order}", "An order and how far it is.", get(orders::show));
    let routes = own_order(
        routes,
        Method::GET,
        "/orders/{order}/timeline",
        "How far an order is, as a fragment.",
        get(events::fragment),
    );
    let routes = own_order(
        routes,
        Method::GET,
        "/orders/{order}/events",
        "How far an order is, as it happens.",
        get(events::stream),
    );
    let routes =
        own_order(routes, Method::POST, "/orders/{order}/pay", "Leads back to the payment page.", post(orders::pay));
    own_order(
        routes,
        Method::POST,
        "/orders/{order}/cancel",
        "Cancels an order whose server is not ready.",
        post(orders::cancel),
    )
}

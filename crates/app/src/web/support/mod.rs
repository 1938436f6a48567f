//! Tickets, as their customers see them: the list, the form for a new one, and the conversation. What is written down is in [`acts`]; staff
//! use the same in `console::tickets`.

pub(in crate::web) mod acts;
mod list;
mod new;
mod thread;
pub(in crate::web) mod view;

use crate::web::registry::{Policy, Routes};
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use http::Method;

/// Where a customer's tickets are.
pub(in crate::web) const HERE: &str = "/support/tickets";
/// Far more than a ticket may hold: what is too long comes back beside its form, and is not lost.
pub(in crate::web) const MOST_FORM: usize = 1024 * 1024;

pub(super) fn routes(routes: Routes) -> Routes {
    use Policy::{OwnTicket, Session};
    let page =
        |routes: Routes, path, policy, document, handler| routes.page(Method::GET, path, policy, document, handler);
    let form =
        |routes: Routes, path, policy, document, handler| routes.page(Method::POST, path, policy, document, handler);
    let routes = page(routes, "/support/tickets", Session, "The visitor's tickets.", get(list::show));
    let routes = page(routes, "/support/tickets/new", Session, "The form for a new ticket.", get(new::show));
    let routes = form(
        routes,
        "/support/tickets/new",
        Session,
        "Opens a ticket.",
        post(new::open).layer(DefaultBodyLimit::max(MOST_FORM)),
    );
    let routes = page(routes, "/support/tickets/{ticket}", OwnTicket, "A ticket.", get(thread::show));
    let routes = form(
        routes,
        "/support/tickets/{ticket}",
        OwnTicket,
        "Writes in a ticket.",
        post(thread::reply).layer(DefaultBodyLimit::max(MOST_FORM)),
    );
    form(routes, "/support/tickets/{ticket}/close", OwnTicket, "Closes a ticket.", post(thread::close))
}

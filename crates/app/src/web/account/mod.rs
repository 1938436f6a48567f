//! Signing up, in and out, and setting another password: the pages. What they do is in [`flow`].

pub mod flow;
pub(in crate::web) mod next;
mod reset;
mod sign_in;
mod sign_up;

use crate::web::registry::{Policy, Routes};
use axum::routing::{get, post};
use http::Method;

pub(super) fn routes(routes: Routes) -> Routes {
    let page =
        |routes: Routes, path, document, handler| routes.page(Method::GET, path, Policy::Public, document, handler);
    let form =
        |routes: Routes, path, document, handler| routes.page(Method::POST, path, Policy::Public, document, handler);
    let routes = page(routes, "/signup", "The form for a new account.", get(sign_up::show));
    let routes = form(routes, "/signup", "Signs up; a code is sent.", post(sign_up::submit));
    let routes = form(routes, "/verify", "Proves the address by the code.", post(sign_up::verify));
    let routes = page(routes, "/verify", "Where a code came from a mail, but its form is gone.", get(sign_up::lost));
    let routes = page(routes, "/login", "The form to sign in.", get(sign_in::show));
    let routes = form(routes, "/login", "Signs in.", post(sign_in::submit));
    let routes = routes.page(Method::POST, "/logout", Policy::Session, "Signs out.", post(sign_in::leave));
    let routes = page(routes, "/reset", "The form to ask for another password.", get(reset::show));
    let routes = form(routes, "/reset", "Sends a link, if the address has an account.", post(reset::ask));
    let routes = page(routes, "/reset/{secret}", "The form for another password.", get(reset::show_new));
    form(routes, "/reset/{secret}", "Sets another password.", post(reset::set))
}

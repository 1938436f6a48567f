//! The shop: what is sold, for how much, and the way from choosing to the payment page.

mod checkout;
pub(in crate::web) mod configuration;
mod configurator;
pub(in crate::web) mod frame;
mod game;
mod games;
mod home;
mod lists;
mod public;
mod status;
mod texts;
mod waiting;
pub(in crate::web) mod wording;

use crate::web::language;
use crate::web::registry::{Policy, Routes};
use axum::routing::{get, post};
use http::Method;

pub(super) fn routes(routes: Routes) -> Routes {
    let page =
        |routes: Routes, path, document, handler| routes.page(Method::GET, path, Policy::Public, document, handler);
    let form =
        |routes: Routes, path, document, handler| routes.page(Method::POST, path, Policy::Public, document, handler);
    let routes = page(routes, "/", "What the shop is.", get(home::show));
    let routes = page(routes, "/games", "All games, with a search.", get(games::show));
    let routes = page(routes, "/games/{game}", "A game with its plans and the configurator.", get(game::show));
    let routes = page(routes, "/pricing", "All prices.", get(lists::pricing));
    let routes = page(routes, "/regions", "Where servers stand and what is free there.", get(lists::regions));
    let routes = page(routes, "/status", "Whether the shop can sell and deliver.", get(status::show));
    let routes = page(routes, "/status.json", "The same for programs.", get(status::for_programs));
    let routes = page(routes, "/faq", "Questions and answers.", get(texts::faq));
    let routes = page(routes, "/support", "How to reach us and the panel.", get(texts::support));
    let routes = page(routes, "/refund-policy", "When money goes back.", get(texts::refunds));
    let routes = page(routes, "/terms", "The terms of use.", get(texts::terms));
    let routes = page(routes, "/about", "Who we are and how we work.", get(texts::about));
    let routes =
        page(routes, "/sla", "How much of the time servers can be reached, and what follows if not.", get(texts::sla));
    let routes = page(routes, "/privacy", "What is stored about whom.", get(texts::privacy));
    let routes = page(routes, "/s/{slug}", "A server that its owner shows to everybody.", get(public::show));
    let routes = page(routes, "/s/{slug}/badge.svg", "The same as a picture to embed.", get(public::badge));
    let routes = page(routes, "/s/{slug}/status.json", "The same for programs.", get(public::status));
    let routes =
        form(routes, "/waiting-list", "Begins to wait for room, after signing in if need be.", post(waiting::join));
    let own =
        |routes: Routes, method, path, document, handler| routes.page(method, path, Policy::Session, document, handler);
    let routes = own(routes, Method::GET, "/waiting-list", "What somebody waits for.", get(waiting::show));
    let routes = own(routes, Method::POST, "/waiting-list/leave", "Waits no longer.", post(waiting::leave));
    let routes = form(routes, "/language", "Remembers in which language the visitor reads.", post(language::choose));
    let routes =
        form(routes, "/checkout", "Opens the payment page, after signing in if need be.", post(checkout::start));
    let routes = form(routes, "/checkout/sign-up", "Signs up on the way to paying.", post(checkout::sign_up));
    let routes = form(routes, "/checkout/login", "Signs in on the way to paying.", post(checkout::log_in));
    let routes = routes.page(
        Method::POST,
        "/checkout/factor",
        Policy::HalfSession,
        "Checks the second factor on the way to paying.",
        post(checkout::factor),
    );
    form(routes, "/checkout/verify", "Proves the address on the way to paying.", post(checkout::verify))
}

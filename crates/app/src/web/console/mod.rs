//! The operator's side. Every route names the permission that it needs.

mod invitation;
mod letters;
mod overview;
mod staff;
mod styleguide;
mod ticket;
mod tickets;
mod words;

pub use staff::{Inviter, Made, Refused, make as invite};

use crate::web::registry::{Policy, Routes};
use crate::web::support;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use domain::access::Permission;
use http::Method;

pub(super) fn routes(routes: Routes) -> Routes {
    let look = Policy::Permission(Permission::ManageStaff);
    let act = Policy::ConfirmedPermission(Permission::ManageStaff);
    let routes = routes.page(
        Method::GET,
        "/console",
        Policy::Permission(Permission::SeeBusiness),
        "Where staff begin: what their role allows.",
        get(overview::show),
    );
    let see = |routes: Routes, path, document, handler| {
        routes.page(Method::GET, path, Policy::Permission(Permission::SeeBusiness), document, handler)
    };
    let routes = see(routes, "/console/letters", "Every letter that the shop writes.", get(letters::list));
    let routes =
        see(routes, "/console/letters/{letter}", "A letter as programs that read mail show it.", get(letters::show));
    let routes =
        see(routes, "/styleguide", "Every part that pages are made of, with its states.", get(styleguide::show));
    let routes =
        routes.page(Method::GET, "/console/staff", look, "Who works here, and who is invited.", get(staff::show));
    let form = |routes: Routes, path, document, handler| routes.page(Method::POST, path, act, document, handler);
    let routes = form(routes, "/console/staff/invite", "Invites somebody.", post(staff::invite));
    let routes =
        form(routes, "/console/staff/{account}/role", "Gives somebody another role.", post(staff::change_role));
    let routes = form(routes, "/console/staff/{account}/end", "Ends somebody's access.", post(staff::end));
    let routes = form(
        routes,
        "/console/staff/invitations/{invitation}/revoke",
        "Takes an invitation back.",
        post(staff::revoke_invitation),
    );
    let routes = of_tickets(routes);
    let public = |routes: Routes, method, document, handler| {
        routes.page(method, "/invitation/{secret}", Policy::Public, document, handler)
    };
    let routes = public(routes, Method::GET, "The form of somebody who was invited.", get(invitation::show));
    public(routes, Method::POST, "Accepts an invitation.", post(invitation::accept))
}

fn of_tickets(routes: Routes) -> Routes {
    let see = Policy::Permission(Permission::SeeCustomers);
    let help = Policy::Permission(Permission::HelpCustomers);
    let routes = routes.page(Method::GET, "/console/tickets", see, "What customers ask.", get(tickets::show));
    let routes = routes.page(Method::GET, "/console/tickets/{ticket}", see, "A ticket.", get(ticket::show));
    let form = |routes: Routes, path, document, handler| routes.page(Method::POST, path, help, document, handler);
    let answer = post(ticket::reply).layer(DefaultBodyLimit::max(support::MOST_FORM));
    let routes = form(routes, "/console/tickets/{ticket}/reply", "Answers a ticket.", answer);
    form(routes, "/console/tickets/{ticket}/set", "Sets where a ticket stands.", post(ticket::set))
}

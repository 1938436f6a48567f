//! The operator's side. Every route names the permission that it needs.

mod acts;
mod alert;
mod alerts;
mod audit;
mod catalogue;
mod customer;
mod customers;
mod doctor;
mod event;
mod events;
mod find;
mod invitation;
mod letters;
mod list;
mod many;
mod nav;
mod nodes;
mod order;
mod orders;
mod outbox;
mod overview;
mod services;
mod settings;
mod shop;
mod staff;
mod styleguide;
mod ticket;
mod tickets;
mod view;
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
    let routes = many::routes(acts::routes(of_business(of_lists(of_alerts(of_tickets(routes))))));
    let public = |routes: Routes, method, document, handler| {
        routes.page(method, "/invitation/{secret}", Policy::Public, document, handler)
    };
    let routes = public(routes, Method::GET, "The form of somebody who was invited.", get(invitation::show));
    public(routes, Method::POST, "Accepts an invitation.", post(invitation::accept))
}

fn of_business(routes: Routes) -> Routes {
    let page = |routes: Routes, path, permission, document, handler| {
        routes.page(Method::GET, path, Policy::Permission(permission), document, handler)
    };
    let see = Permission::SeeBusiness;
    let routes = page(routes, "/console/orders", see, "Everybody's orders.", get(orders::show));
    let routes =
        page(routes, "/console/orders/{order}", see, "An order, with everything that is known.", get(order::show));
    let routes = page(routes, "/console/nodes", see, "How full the nodes are.", get(nodes::show));
    let routes = page(routes, "/console/doctor", see, "What the last examination found.", get(doctor::show));
    let routes = page(routes, "/console/events", see, "Stripe's events that wait or were kept.", get(events::show));
    let routes = page(routes, "/console/events/{event}", see, "One of Stripe's events.", get(event::show));
    let routes = page(routes, "/console/find", see, "Finds things by their ids.", get(find::show));
    let routes = page(routes, "/console/shop", see, "What does not work, and where nothing is sold.", get(shop::show));
    let routes = page(routes, "/console/audit", Permission::ReadAudit, "Who did what.", get(audit::show));
    // Both only make sooner what would be tried anyway, or again what changes nothing twice.
    let mend = Policy::Permission(Permission::MendOrders);
    let routes = routes.page(
        Method::POST,
        "/console/doctor",
        mend,
        "Examines the shop, and changes nothing.",
        post(doctor::examine),
    );
    let routes = routes.page(
        Method::POST,
        "/console/orders/{order}/retry",
        mend,
        "Lets a delivery go on now.",
        post(order::retry),
    );
    routes.page(
        Method::POST,
        "/console/events/{event}/replay",
        mend,
        "Lets an event be applied once more.",
        post(event::replay),
    )
}

fn of_lists(routes: Routes) -> Routes {
    let page = |routes: Routes, path, permission, document, handler| {
        routes.page(Method::GET, path, Policy::Permission(permission), document, handler)
    };
    let (see, people) = (Permission::SeeBusiness, Permission::SeeCustomers);
    let routes = page(routes, "/console/services", see, "Everybody's servers.", get(services::show));
    let routes = page(routes, "/console/outbox", see, "Mail that waits or went out.", get(outbox::show));
    let routes = page(routes, "/console/catalogue", see, "What is for sale, and what not.", get(catalogue::show));
    let routes =
        page(routes, "/console/settings", Permission::ReadAudit, "The settings in effect.", get(settings::show));
    let routes = page(routes, "/console/customers", people, "Customers.", get(customers::show));
    let routes = page(
        routes,
        "/console/customers/{customer}",
        people,
        "A customer, with everything that belongs to them.",
        get(customer::show),
    );
    let form = |routes: Routes, path, permission, document, handler| {
        routes.page(Method::POST, path, Policy::Permission(permission), document, handler)
    };
    let routes = form(
        routes,
        "/console/customers/{customer}/note",
        Permission::HelpCustomers,
        "Writes something down about a customer.",
        post(customer::note),
    );
    let as_customer = |routes: Routes, method, document, handler| {
        let policy = Policy::ConfirmedPermission(Permission::HelpCustomers);
        routes.page(method, "/console/customers/{customer}/view", policy, document, handler)
    };
    let routes = as_customer(routes, Method::GET, "What seeing the shop as a customer means.", get(view::show));
    let routes = as_customer(routes, Method::POST, "Begins to see the shop as a customer.", post(view::begin));
    let routes = routes.page(
        Method::POST,
        "/console/view/end",
        Policy::EndsView,
        "Ends seeing the shop as a customer.",
        post(view::end),
    );
    // Whoever takes everything along leaves a line in the audit log.
    let routes = form(routes, "/console/orders/export", see, "All orders as a table.", post(orders::export));
    let routes = form(routes, "/console/services/export", see, "All servers as a table.", post(services::export));
    form(routes, "/console/customers/export", people, "All customers as a table.", post(customers::export))
}

fn of_alerts(routes: Routes) -> Routes {
    let see = Policy::Permission(Permission::SeeBusiness);
    // Nothing here changes what customers have or pay.
    let mend = Policy::Permission(Permission::MendOrders);
    let routes = routes.page(Method::GET, "/console/alerts", see, "What a person has to know.", get(alerts::show));
    let form = |routes: Routes, path, document, handler| routes.page(Method::POST, path, mend, document, handler);
    let routes =
        form(routes, "/console/alerts/test", "Sends a test through every channel.", post(alerts::try_channels));
    let routes = routes.page(Method::GET, "/console/alerts/{alert}", see, "An alert.", get(alert::show));
    let routes = form(
        routes,
        "/console/alerts/{alert}/ack",
        "Says that somebody looks after an alert.",
        post(alert::acknowledge),
    );
    form(routes, "/console/alerts/{alert}/resolve", "Says that an alert is over.", post(alert::resolve))
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

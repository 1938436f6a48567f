//! What stands above every page of the console: where one can go, and the field that finds things.

use crate::texts::t;
use domain::access::{Permission, Role};
use std::borrow::Cow;

/// The links of a role.
pub(super) struct Nav(pub(super) Vec<Link>);

/// A link.
pub(super) struct Link {
    pub(super) href: &'static str,
    pub(super) label: Cow<'static, str>,
    /// Whether the page that is shown belongs to it.
    pub(super) here: bool,
}

/// Every place, with whoever may see it.
const PLACES: [(&str, &str, Permission); 15] = [
    ("/console", "nav-overview", Permission::SeeBusiness),
    ("/console/alerts", "alerts-title", Permission::SeeBusiness),
    ("/console/orders", "orders-title", Permission::SeeBusiness),
    ("/console/services", "services-title", Permission::SeeBusiness),
    ("/console/customers", "customers-title", Permission::SeeCustomers),
    ("/console/nodes", "nodes-title", Permission::SeeBusiness),
    ("/console/catalogue", "catalogue-title", Permission::SeeBusiness),
    ("/console/shop", "shop-title", Permission::SeeBusiness),
    ("/console/events", "events-title", Permission::SeeBusiness),
    ("/console/outbox", "outbox-title", Permission::SeeBusiness),
    ("/console/doctor", "doctor-title", Permission::SeeBusiness),
    ("/console/tickets", "queue-title", Permission::SeeCustomers),
    ("/console/audit", "audit-title", Permission::ReadAudit),
    ("/console/settings", "settings-title", Permission::ReadAudit),
    ("/console/staff", "staff-title", Permission::ManageStaff),
];

impl Nav {
    /// The links of somebody with this role on the page `here`.
    pub(super) fn new(role: Role, here: &str) -> Self {
        let seen = PLACES.into_iter().filter(|(_, _, permission)| role.may(*permission));
        Self(seen.map(|(href, label, _)| Link { href, label: t(label), here: href == here }).collect())
    }
}

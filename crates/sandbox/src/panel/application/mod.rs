//! The application API: `/api/application/…`.

mod allocations;
mod changes;
mod create;
mod databases;
mod deploy;
mod lifecycle;
mod locations;
mod nests;
mod nodes;
mod servers;
mod users;

use super::routes::Route;

/// All routes, in the order in which they are tried.
pub(super) const ROUTES: &[&[Route]] = &[
    users::ROUTES,
    locations::ROUTES,
    nodes::ROUTES,
    allocations::ROUTES,
    nests::ROUTES,
    servers::ROUTES,
    create::ROUTES,
    changes::ROUTES,
    databases::ROUTES,
    lifecycle::ROUTES,
];

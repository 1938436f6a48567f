//! A Stripe account in a box: API, payment page, portal, signed webhooks, time and faults under control.
//!
//! [`StripeSim`] is the handle. Its [`router`](StripeSim::router) serves `/v1/*` as the real API does, the pages that a
//! session's or portal's `url` leads to, and `/__sandbox/*` for tests and demos. Nothing happens by itself: time
//! is looked at before each request and on each [`tick`](StripeSim::tick), which also delivers webhooks.
//!
//! Every request and every answer is compared with the published contract; see [`StripeSim::contract`].

mod agenda;
mod api;
mod billing;
mod cards;
mod contract;
mod control;
mod dialect;
mod error;
mod events;
mod expand;
mod faults;
mod form;
mod idempotency;
mod ids;
mod json;
mod list;
mod objects;
mod pages;
mod signature;
mod sim;
mod state;
mod webhooks;

pub use billing::{Dunning, FinalOutcome};
pub use contract::ContractReport;
pub use faults::{Fault, FaultKind, Match};
pub use objects::completing::{PayOutcome, PayRefusal};
pub use sim::{Faults, StripeOptions, StripeSim};
pub use webhooks::Deliver;

/// The one API version the simulator speaks.
pub const API_VERSION: &str = "2026-10-28.endive";

//! A small world for stories: a shop with everything behind it, a customer with a card, and a clock that is moved.

use app::app::{App, Ingredients};
use app::catalogue_files;
use app::clock::{Clock, ManualClock, Random};
use app::config::Config;
use app::mail::Mailer;
use app::sales::price_list;
use app::transport;
use app::work::{self, JOBS, panel_sync};
use axum::Router;
use axum::body::Body;
use billing::{Stripe, StripeSettings};
use domain::ids::{AccountId, OrderId};
use domain::order::OrderState;
use domain::timeline::Happening;
use http::{Request, Response, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use panel::{Pterodactyl, PterodactylSettings};
use sandbox::clock::SandboxClock;
use sandbox::panel::{PanelOptions, PanelSeed, PanelSim};
use sandbox::stripe::{Outcome, StripeOptions, StripeSim};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use store::testing::TestDatabase;
use store::{Engine, alerts, ledger, operations, orders, outbox, refunds, services, timeline};
use tower::ServiceExt;

pub const SECRET: &str = "whsec_of_the_stories";
const KEY: &str = "sk_test_of_the_stories";

/// A shop with everything behind it.
pub struct World {
    pub app: App,
    pub clock: ManualClock,
    pub stripe: StripeSim,
    pub panel: PanelSim,
    pub web: Router,
    /// Whether webhooks reach us.
    pub database: TestDatabase,
    carts: std::sync::atomic::AtomicU32,
}

/// A customer who is signed in.
#[derive(Clone)]
pub struct Customer {
    pub name: &'static str,
    pub id: AccountId,
    pub token: String,
}

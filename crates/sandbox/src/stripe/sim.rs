//! The handle on a simulated account.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::contract::ContractReport;
use super::faults::{Fault, FaultKind};
use super::objects::completing::{self, PayOutcome, PayRefusal};
use super::objects::{disputes, portal};
use super::state::{Kind, Settings, State};
use super::webhooks::{Deliver, Parcel, over_the_network};
use super::{Dunning, api, control, pages};
use crate::clock::SandboxClock;

/// Bound on the rounds of one tick.
const ROUNDS: usize = 100_000;

/// How a simulated account is set up.
#[derive(Clone)]
pub struct StripeOptions {
    /// Where time comes from; shared with whoever advances it.
    pub clock: SandboxClock,
    /// The one accepted key; must begin with `sk_test_` or `rk_test_`.
    pub secret_key: String,
    /// The address under which the router's pages are reachable, without a trailing slash.
    pub public_base: String,
    /// Equal seeds give equal ids.
    pub seed: u64,
    /// Divides the waits for delayed payments and webhook retries.
    pub speed: u32,
    /// How webhooks are sent; over the network unless given.
    pub deliver: Option<Deliver>,
    /// How many deliveries are under way at once.
    pub parallel_deliveries: usize,
    /// How failed renewals are retried.
    pub dunning: Dunning,
    /// Whether the merchant saved a portal configuration; without one a portal session is refused.
    pub portal_saved: bool,
}

impl StripeOptions {
    /// The usual account: seed 1, normal speed, deliveries one by one, retries after 3, 5 and 7 days, then cancellation.
    pub fn new(clock: SandboxClock, secret_key: impl Into<String>, public_base: impl Into<String>) -> Self {
        Self {
            clock,
            secret_key: secret_key.into(),
            public_base: public_base.into(),
            seed: 1,
            speed: 1,
            deliver: None,
            parallel_deliveries: 1,
            dunning: Dunning::default(),
            portal_saved: true,
        }
    }
}

struct Inner {
    state: Mutex<State>,
    clock: SandboxClock,
    deliver: Mutex<Deliver>,
    parallel: usize,
}

/// A simulated Stripe account; clones share it.
#[derive(Clone)]
pub struct StripeSim {
    inner: Arc<Inner>,
}

impl StripeSim {
    /// Opens an empty account.
    pub fn new(options: StripeOptions) -> Self {
        let settings = Settings {
            secret_key: options.secret_key,
            public_base: options.public_base,
            speed: options.speed.max(1),
            dunning: options.dunning,
        };
        let mut state = State::new(settings, options.seed);
        state.catch_up(options.clock.now().as_second());
        if options.portal_saved {
            portal::save_default(&mut state);
        }
        let inner = Inner {
            state: Mutex::new(state),
            clock: options.clock,
            deliver: Mutex::new(options.deliver.unwrap_or_else(over_the_network)),
            parallel: options.parallel_deliveries.max(1),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Another account in the same state, with a clock of its own; webhooks of it go nowhere until that is said.
    #[must_use]
    pub fn fork(&self, clock: SandboxClock) -> Self {
        let nowhere: Deliver = Arc::new(|_| Box::pin(async { Err("nobody listens".to_owned()) }));
        let state = self.inner.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let inner =
            Inner { state: Mutex::new(state), clock, deliver: Mutex::new(nowhere), parallel: self.inner.parallel };
        Self { inner: Arc::new(inner) }
    }

    /// The account after everything that became due until now.
    pub(super) fn enter(&self) -> MutexGuard<'_, State> {
        let mut state = self.inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.catch_up(self.inner.clock.now().as_second());
        state
    }

    /// Serves the API, the pages and the controls.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/{*path}", any(api::serve))
            .merge(pages::routes())
            .merge(control::routes())
            .with_state(self.clone())
    }

    /// Replaces the way webhooks are sent.
    pub fn set_deliver(&self, deliver: Deliver) {
        *self.inner.deliver.lock().unwrap_or_else(PoisonError::into_inner) = deliver;
    }

    /// Changes how failed renewals are retried from now on.
    pub fn set_dunning(&self, dunning: Dunning) {
        self.enter().settings.dunning = dunning;
    }

    /// Applies what became due and sends the webhooks that are due; returns how many deliveries were attempted.
    pub async fn tick(&self) -> usize {
        let mut attempts = 0;
        for _ in 0..ROUNDS {
            let parcels = self.enter().take_due_deliveries(self.inner.parallel);
            if parcels.is_empty() {
                break;
            }
            attempts += parcels.len();
            join_all(parcels.into_iter().map(|parcel| self.send(parcel))).await;
        }
        attempts
    }

    async fn send(&self, parcel: Parcel) {
        let deliver = self.inner.deliver.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answers = join_all(parcel.requests.into_iter().map(|request| deliver(request))).await;
        let accepted = answers.iter().any(|answer| answer.as_ref().is_ok_and(http::StatusCode::is_success));
        self.enter().settle_delivery(parcel.delivery, accepted);
    }

    /// Ticks at this pace until cancelled.
    pub fn spawn_ticker(&self, every: Duration, cancel: CancellationToken) -> tokio::task::JoinHandle<()> {
        let sim = self.clone();
        tokio::spawn(async move {
            let mut pace = tokio::time::interval(every);
            pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            while cancel.run_until_cancelled(pace.tick()).await.is_some() {
                sim.tick().await;
            }
        })
    }

    /// Moves the shared clock forward and ticks.
    pub async fn advance(&self, by: SignedDuration) {
        self.inner.clock.advance(by);
        self.tick().await;
    }

    /// The switches for faults.
    pub fn faults(&self) -> Faults<'_> {
        Faults { sim: self }
    }

    /// Does on the payment page what a customer would do; returns the session afterwards.
    ///
    /// # Errors
    /// When the session is unknown or not open, or the chosen card says no; the session is then unchanged.
    pub fn pay_session(&self, id: &str, outcome: PayOutcome) -> Result<Value, PayRefusal> {
        completing::complete(&mut self.enter(), id, outcome, None)
    }

    /// Disputes a charge as a bank would, with `needs_response` or `warning_needs_response`; returns the dispute's id.
    pub fn open_dispute(&self, charge: &str, status: &str) -> String {
        disputes::open(&mut self.enter(), charge, status)
    }

    /// Makes a dispute of a bank's inquiry: the money is taken. Returns whether there was such an inquiry.
    pub fn escalate_dispute(&self, id: &str) -> bool {
        disputes::escalate(&mut self.enter(), id).is_ok()
    }

    /// Decides a dispute: `won`, `lost`, `warning_closed` or `prevented`. Returns whether there was such a dispute.
    pub fn close_dispute(&self, id: &str, status: &str) -> bool {
        disputes::close(&mut self.enter(), id, status).is_ok()
    }

    /// Gives an endpoint a second signing secret; the first one signs along for a day. Returns the new secret.
    pub fn rotate_secret(&self, endpoint: &str) -> String {
        let mut state = self.enter();
        let secret = state.ids.mint("whsec_", 32);
        let wall = state.wall;
        state.outbox.rotate(endpoint, &secret, wall);
        secret
    }

    /// Registers a webhook endpoint with a known secret, as a merchant does in the Dashboard. Returns its id.
    pub fn add_endpoint(&self, url: &str, secret: &str, events: &[&str]) -> String {
        let mut state = self.enter();
        let id = control::add_endpoint(&mut state, url, events, super::API_VERSION);
        state.outbox.set_secret(&id, secret);
        id
    }

    /// All objects whose `object` member is `kind` (for example `charge`), oldest first, as the API would show them.
    pub fn objects(&self, kind: &str) -> Vec<Value> {
        let state = self.enter();
        let Some(kind) = Kind::ALL.into_iter().find(|known| known.object() == kind) else { return Vec::new() };
        state.oldest(kind).map(|object| state.present(kind, object.clone())).collect()
    }

    /// Overwrites members of a stored object without any event, for tests of verification. Returns whether it exists.
    pub fn tamper(&self, id: &str, members: &Value) -> bool {
        control::tamper(&mut self.enter(), id, members)
    }

    /// Deliveries that are neither accepted nor given up.
    pub fn deliveries_waiting(&self) -> usize {
        self.enter().outbox.waiting()
    }

    /// What the contract check saw so far.
    pub fn contract(&self) -> ContractReport {
        self.enter().contract.clone()
    }
}

/// Switches for the faults of one account.
pub struct Faults<'a> {
    sim: &'a StripeSim,
}

impl Faults<'_> {
    /// Switches a fault on.
    pub fn add(&self, fault: Fault) {
        self.sim.enter().faults.add(fault);
    }

    /// Switches a fault on for one request or event.
    pub fn once(&self, kind: FaultKind) {
        self.add(Fault::once(kind));
    }

    /// Switches everything off.
    pub fn clear(&self) {
        self.sim.enter().faults.clear();
    }

    /// What is switched on, oldest first.
    pub fn list(&self) -> Vec<Fault> {
        self.sim.enter().faults.list()
    }
}

//! The installation with which every run begins: prices applied, panel swept, customers with proven addresses, nothing bought.
//! Made once, then copied: the database as a file, or as PostgreSQL copies a database, the simulators by forking.

use crate::gates::Life;
use crate::machine::{self, Ports};
use anyhow::Context;
use app::clock::ManualClock;
use app::sales::price_list;
use app::work::panel_sync;
use domain::access::Role;
use domain::ids::{AccountId, Id};
use sandbox::panel::{PanelOptions, PanelSeed, PanelSim};
use sandbox::stripe::{StripeOptions, StripeSim};
use store::Engine;
use store::accounts::{self, NewAccount};
use store::testing::TestDatabase;
use uuid::Uuid;

/// When every run begins.
const BEGIN: &str = "2026-03-01T12:00:00Z";
/// What webhooks are signed with.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_of_the_proof";
/// Stripe's key.
pub(crate) const STRIPE_KEY: &str = "sk_test_of_the_proof";
/// Where payment pages are.
pub(crate) const PAYMENT_PAGES: &str = "http://127.0.0.1:9";
/// Customers of every run.
pub(crate) const CUSTOMERS: usize = 4;
/// First port of the simulated nodes; nobody listens there.
const FIRST_PORT: u16 = 20_000;

/// An installation to be copied.
pub(crate) struct Template {
    pub(crate) engine: Engine,
    database: TestDatabase,
    stripe: StripeSim,
    panel: PanelSim,
}

/// Where a copy begins.
pub(crate) struct Copy {
    pub(crate) clock: ManualClock,
    pub(crate) stripe: StripeSim,
    pub(crate) panel: PanelSim,
    pub(crate) database: TestDatabase,
}

/// Whose account the customer with this number has.
pub(crate) fn customer_id(number: usize) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(0x1000 + u128::try_from(number).unwrap_or_default()))
}

fn clock() -> anyhow::Result<ManualClock> {
    Ok(ManualClock::at(BEGIN.parse().context("the first instant")?))
}

impl Template {
    /// Makes the installation.
    pub(crate) async fn make(engine: Engine) -> anyhow::Result<Self> {
        let clock = clock()?;
        let sandbox_clock = machine::sandbox_clock(&clock);
        let stripe = StripeSim::new(StripeOptions::new(sandbox_clock.clone(), STRIPE_KEY, PAYMENT_PAGES));
        let panel = PanelSim::new(PanelOptions::new(sandbox_clock).without_limits(), PanelSeed::demo_at(7, FIRST_PORT));
        stripe.add_endpoint("http://shop.example/webhooks/stripe", WEBHOOK_SECRET, &billing::HANDLED_EVENTS);
        let database = TestDatabase::new(engine);
        let store = database.open().await;
        let life = Life::new(&crate::gates::Gates::default(), 0);
        let ports = Ports { clock: machine::MachineClock::of(&clock), random: app::clock::Random::seeded(7) };
        let app = machine::assemble(store.clone(), &life, &stripe, &panel, ports, &machine::Mailbox::default()).await?;
        price_list::apply(&app).await?;
        panel_sync::pass(&app).await?;
        let mut tx = store.begin().await?;
        for number in 0..CUSTOMERS {
            let (id, email) = (customer_id(number), format!("customer-{number}@example.test"));
            let account = NewAccount {
                id: &id,
                email: &email,
                password_hash: "",
                display_name: "A customer",
                role: Role::Customer,
                smoke: false,
            };
            accounts::create(&mut tx, &account, app.now()).await?;
            accounts::verify_email(&mut tx, &id, app.now()).await?;
        }
        tx.commit().await?;
        drop(app);
        store.close().await;
        Ok(Self { engine, database, stripe, panel })
    }

    /// A copy for a run.
    pub(crate) fn copy(&self) -> anyhow::Result<Copy> {
        let clock = clock()?;
        let sandbox_clock = machine::sandbox_clock(&clock);
        Ok(Copy {
            stripe: self.stripe.fork(sandbox_clock.clone()),
            panel: self.panel.fork(sandbox_clock),
            clock,
            database: self.database.copy(),
        })
    }
}

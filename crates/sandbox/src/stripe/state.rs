//! Everything the simulated account holds, behind one mutex: objects, plans for the future, webhook queue, faults.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::agenda::Agenda;
use super::billing::Dunning;
use super::cards::Card;
use super::contract::{self, ContractReport};
use super::error::ApiError;
use super::faults::FaultBoard;
use super::idempotency::Shelf as IdempotencyShelf;
use super::ids::Ids;
use super::json::{Read, previous_attributes};
use super::objects::sessions::SessionPlan;
use super::webhooks::Outbox;

/// The kinds of object kept; each has a schema of its own in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Product,
    Price,
    Customer,
    PaymentMethod,
    Session,
    Subscription,
    Invoice,
    InvoicePayment,
    PaymentIntent,
    Charge,
    Refund,
    Dispute,
    Coupon,
    PromotionCode,
    Discount,
    PortalConfiguration,
    PortalSession,
    Event,
    WebhookEndpoint,
    TestClock,
}

impl Kind {
    pub(crate) const ALL: [Self; 20] = [
        Self::Product,
        Self::Price,
        Self::Customer,
        Self::PaymentMethod,
        Self::Session,
        Self::Subscription,
        Self::Invoice,
        Self::InvoicePayment,
        Self::PaymentIntent,
        Self::Charge,
        Self::Refund,
        Self::Dispute,
        Self::Coupon,
        Self::PromotionCode,
        Self::Discount,
        Self::PortalConfiguration,
        Self::PortalSession,
        Self::Event,
        Self::WebhookEndpoint,
        Self::TestClock,
    ];

    /// The value of the `object` member, which is also the schema's name.
    pub(crate) fn object(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Price => "price",
            Self::Customer => "customer",
            Self::PaymentMethod => "payment_method",
            Self::Session => "checkout.session",
            Self::Subscription => "subscription",
            Self::Invoice => "invoice",
            Self::InvoicePayment => "invoice_payment",
            Self::PaymentIntent => "payment_intent",
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::Coupon => "coupon",
            Self::PromotionCode => "promotion_code",
            Self::Discount => "discount",
            Self::PortalConfiguration => "billing_portal.configuration",
            Self::PortalSession => "billing_portal.session",
            Self::Event => "event",
            Self::WebhookEndpoint => "webhook_endpoint",
            Self::TestClock => "test_helpers.test_clock",
        }
    }

    /// How the kind is called in `No such …`.
    pub(crate) fn noun(self) -> String {
        self.object().replace("test_helpers.", "").replace(['.', '_'], " ")
    }

    fn prefix(self) -> (&'static str, usize) {
        match self {
            Self::Product => ("prod_", 14),
            Self::Price => ("price_", 24),
            Self::Customer => ("cus_", 14),
            Self::PaymentMethod => ("pm_", 24),
            Self::Session => ("cs_test_", 40),
            Self::Subscription => ("sub_", 24),
            Self::Invoice => ("in_", 24),
            Self::InvoicePayment => ("inpay_", 24),
            Self::PaymentIntent => ("pi_", 24),
            Self::Charge => ("ch_", 24),
            Self::Refund => ("re_", 24),
            Self::Dispute => ("du_", 24),
            Self::Coupon => ("", 8),
            Self::PromotionCode => ("promo_", 24),
            Self::Discount => ("di_", 24),
            Self::PortalConfiguration => ("bpc_", 24),
            Self::PortalSession => ("bps_", 24),
            Self::Event => ("evt_", 24),
            Self::WebhookEndpoint => ("we_", 24),
            Self::TestClock => ("clock_", 24),
        }
    }
}

/// Objects of one kind in the order of their creation.
#[derive(Debug, Default, Clone)]
struct Drawer {
    rows: BTreeMap<u64, Value>,
    places: HashMap<String, u64>,
}

/// Who caused what happens now; `None` while time itself acts.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) request_id: String,
    pub(crate) idempotency_key: Option<String>,
}

/// What may be changed while the simulator runs.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) secret_key: String,
    pub(crate) public_base: String,
    pub(crate) speed: u32,
    pub(crate) dunning: Dunning,
}

/// The whole simulated account.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) ids: Ids,
    drawers: BTreeMap<Kind, Drawer>,
    created: u64,
    /// The sandbox clock, in Unix seconds; events carry it.
    pub(crate) wall: i64,
    /// The instant at which the current act happens: the wall, or a test clock's frozen time.
    pub(crate) now: i64,
    /// The test clock whose time `now` is.
    pub(crate) test_clock: Option<String>,
    pub(crate) origin: Option<Origin>,
    pub(crate) agenda: Agenda,
    pub(crate) cards: HashMap<String, Card>,
    pub(crate) session_plans: HashMap<String, SessionPlan>,
    /// Proration lines per subscription, waiting for its next invoice.
    pub(crate) pending_lines: HashMap<String, Vec<Value>>,
    /// Item changes that take effect once the invoice with this id is paid.
    pub(crate) pending_items: HashMap<String, Value>,
    pub(crate) outbox: Outbox,
    pub(crate) idempotency: IdempotencyShelf,
    pub(crate) faults: FaultBoard,
    pub(crate) contract: ContractReport,
}

impl State {
    pub(crate) fn new(settings: Settings, seed: u64) -> Self {
        Self {
            settings,
            ids: Ids::seeded(seed),
            drawers: BTreeMap::new(),
            created: 0,
            wall: 0,
            now: 0,
            test_clock: None,
            origin: None,
            agenda: Agenda::default(),
            cards: HashMap::new(),
            session_plans: HashMap::new(),
            pending_lines: HashMap::new(),
            pending_items: HashMap::new(),
            outbox: Outbox::default(),
            idempotency: IdempotencyShelf::default(),
            faults: FaultBoard::default(),
            contract: ContractReport::default(),
        }
    }

    /// A fresh id for an object of this kind.
    pub(crate) fn mint(&mut self, kind: Kind) -> String {
        let (prefix, length) = kind.prefix();
        self.ids.mint(prefix, length)
    }

    /// Keeps a new object, completed with the members that are null until known; returns it as kept.
    pub(crate) fn insert(&mut self, kind: Kind, mut object: Value) -> Value {
        object["object"] = json!(kind.object());
        object["livemode"] = json!(false);
        contract::nullable_members(kind.object(), &mut object);
        self.created += 1;
        let drawer = self.drawers.entry(kind).or_default();
        drawer.places.insert(object.id().to_owned(), self.created);
        drawer.rows.insert(self.created, object.clone());
        object
    }

    pub(crate) fn find(&self, kind: Kind, id: &str) -> Option<&Value> {
        let drawer = self.drawers.get(&kind)?;
        drawer.rows.get(drawer.places.get(id)?)
    }

    /// The object named in the path (`param` is `None`) or in a parameter.
    pub(crate) fn load(&self, kind: Kind, id: &str, param: Option<&str>) -> Result<&Value, ApiError> {
        self.find(kind, id).ok_or_else(|| ApiError::missing(&kind.noun(), id, param))
    }

    /// A copy of an object the simulator itself refers to; `Null` if it was deleted meanwhile.
    pub(crate) fn copy(&self, kind: Kind, id: &str) -> Value {
        self.find(kind, id).cloned().unwrap_or_default()
    }

    /// All objects of a kind, newest first.
    pub(crate) fn newest(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        self.drawers.get(&kind).into_iter().flat_map(|drawer| drawer.rows.values().rev())
    }

    /// All objects of a kind, oldest first.
    pub(crate) fn oldest(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        self.drawers.get(&kind).into_iter().flat_map(|drawer| drawer.rows.values())
    }

    /// Changes an object in silence; returns it as it is afterwards, `Null` if there is none.
    pub(crate) fn edit(&mut self, kind: Kind, id: &str, change: impl FnOnce(&mut Value)) -> Value {
        let Some(drawer) = self.drawers.get_mut(&kind) else { return Value::Null };
        let Some(row) = drawer.places.get(id).and_then(|place| drawer.rows.get_mut(place)) else { return Value::Null };
        change(row);
        row.clone()
    }

    /// Changes an object and announces it with what changed; nothing is announced if nothing did.
    pub(crate) fn announce(&mut self, kind: Kind, id: &str, event: &str, change: impl FnOnce(&mut Value)) -> Value {
        let before = self.copy(kind, id);
        let after = self.edit(kind, id, change);
        if let Some(previous) = previous_attributes(&before, &after) {
            self.emit(event, kind, id, Some(previous));
        }
        after
    }

    pub(crate) fn remove(&mut self, kind: Kind, id: &str) -> Value {
        let Some(drawer) = self.drawers.get_mut(&kind) else { return Value::Null };
        let place = drawer.places.remove(id);
        place.and_then(|place| drawer.rows.remove(&place)).unwrap_or_default()
    }

    /// The answer to a deletion.
    pub(crate) fn deleted(kind: Kind, id: &str) -> Value {
        json!({"id": id, "object": kind.object(), "deleted": true})
    }

    /// Switches to the time of the customer's test clock, or back to the wall.
    pub(crate) fn enter_time_of(&mut self, customer: &str) {
        let clock = self.copy(Kind::Customer, customer).text("test_clock").map(str::to_owned);
        self.enter_clock(clock);
    }

    pub(crate) fn enter_clock(&mut self, clock: Option<String>) {
        let frozen = clock.as_ref().and_then(|id| self.find(Kind::TestClock, id)?.int("frozen_time"));
        self.now = frozen.unwrap_or(self.wall);
        self.test_clock = frozen.and(clock);
    }
}

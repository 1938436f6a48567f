//! Invoices and their payments: what was billed for which period, and which money settled it.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{
    List, Listed, Period, Readable, Reference, WireMetadata, currency, id_of, instant, live, money, path_of, payable,
    required_instant, required_money,
};
use crate::settings::Mode;
use crate::words::words;
use domain::money::{Currency, Money};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

words! {
    /// Where an invoice stands.
    InvoiceStatus {
        /// Not final: a renewal stays so for about an hour.
        Draft = "draft",
        /// Final and to be paid.
        Open = "open",
        /// Settled, with money, credit or outside of Stripe.
        Paid = "paid",
        /// Cancelled.
        Void = "void",
        /// Written off; can still be paid.
        Uncollectible = "uncollectible",
    }

    /// Why an invoice was written.
    BillingReason {
        /// The first one of a subscription.
        SubscriptionCreate = "subscription_create",
        /// A renewal.
        SubscriptionCycle = "subscription_cycle",
        /// A change of the subscription.
        SubscriptionUpdate = "subscription_update",
        /// Usage went over a threshold.
        SubscriptionThreshold = "subscription_threshold",
        /// Written by hand.
        Manual = "manual",
        /// A preview.
        Upcoming = "upcoming",
    }

    /// Where the payment of an invoice stands.
    InvoicePaymentStatus {
        /// Not made yet.
        Open = "open",
        /// Made.
        Paid = "paid",
        /// Given up.
        Canceled = "canceled",
    }
}

/// An invoice at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// `in_…`
    pub id: String,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// Why it was written.
    pub billing_reason: BillingReason,
    /// The subscription that it bills.
    pub subscription: Option<String>,
    /// The subscription's metadata when the invoice was written.
    pub subscription_metadata: BTreeMap<String, String>,
    /// Who pays.
    pub customer: Option<String>,
    /// What all amounts are in.
    pub currency: Currency,
    /// Before discounts and taxes.
    pub subtotal: Option<Money>,
    /// After discounts and taxes.
    pub total: Option<Money>,
    /// What was paid so far.
    pub amount_paid: Option<Money>,
    /// What is on it.
    pub lines: Vec<InvoiceLine>,
    /// False when there are more lines than the answer held.
    pub lines_complete: bool,
    /// Scheduled tries to charge it so far.
    pub attempt_count: i64,
    /// The next scheduled try; `None` when there is none, or none yet.
    pub next_payment_attempt: Option<Timestamp>,
    /// Where the customer can pay it. An expiring link: read it again instead of storing it; `None` on a draft.
    pub hosted_invoice_url: Option<String>,
    /// Whether it belongs to live mode.
    pub live: bool,
    /// When it was written.
    pub created: Timestamp,
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLine {
    /// `il_…`
    pub id: Option<String>,
    /// `price_…`
    pub price_id: Option<String>,
    /// What it costs in total.
    pub amount: Option<Money>,
    /// What is paid for with it.
    pub period: Option<Period>,
    /// A part of a period, because something changed in its middle.
    pub proration: bool,
}

impl Invoice {
    /// The time that is paid for once the invoice is: the latest period of the lines that are no prorations.
    pub fn period(&self) -> Option<Period> {
        let whole = self.lines.iter().filter(|line| !line.proration);
        whole.filter_map(|line| line.period).max_by_key(|period| period.end)
    }
}

#[derive(Deserialize)]
pub(crate) struct Wire {
    id: String,
    status: Option<String>,
    billing_reason: Option<String>,
    parent: Option<WireParent>,
    /// Before `2025-03-31.basil` the subscription stood here and its metadata in `subscription_details`.
    subscription: Option<Reference>,
    subscription_details: Option<WireSubscriptionDetails>,
    customer: Option<Reference>,
    currency: Option<String>,
    subtotal: Option<i64>,
    total: Option<i64>,
    amount_paid: Option<i64>,
    lines: Option<List<WireLine>>,
    attempt_count: Option<i64>,
    next_payment_attempt: Option<i64>,
    hosted_invoice_url: Option<String>,
    livemode: Option<bool>,
    created: Option<i64>,
}

#[derive(Deserialize)]
struct WireParent {
    subscription_details: Option<WireSubscriptionDetails>,
}

#[derive(Default, Deserialize)]
struct WireSubscriptionDetails {
    subscription: Option<Reference>,
    metadata: WireMetadata,
}

#[derive(Deserialize)]
pub(crate) struct WireLine {
    id: Option<String>,
    amount: Option<i64>,
    currency: Option<String>,
    period: Option<WirePeriod>,
    pricing: Option<WirePricing>,
    parent: Option<WireLineParent>,
    /// Before `2025-03-31.basil` the price stood here.
    price: Option<Reference>,
    /// Before `2025-03-31.basil` this stood here.
    proration: Option<bool>,
}

#[derive(Deserialize)]
struct WirePeriod {
    start: Option<i64>,
    end: Option<i64>,
}

#[derive(Deserialize)]
struct WirePricing {
    price_details: Option<WirePriceDetails>,
}

#[derive(Deserialize)]
struct WirePriceDetails {
    price: Option<Reference>,
}

#[derive(Deserialize)]
struct WireLineParent {
    subscription_item_details: Option<WireProration>,
    invoice_item_details: Option<WireProration>,
}

#[derive(Deserialize)]
struct WireProration {
    proration: Option<bool>,
}

impl From<WireLine> for InvoiceLine {
    fn from(wire: WireLine) -> Self {
        let price = wire.pricing.and_then(|pricing| pricing.price_details).and_then(|details| details.price);
        let parent = wire.parent.and_then(|parent| parent.subscription_item_details.or(parent.invoice_item_details));
        let period =
            wire.period.and_then(|period| Some(Period { start: instant(period.start)?, end: instant(period.end)? }));
        Self {
            id: wire.id,
            price_id: id_of(price.or(wire.price)),
            amount: money(wire.amount, currency(wire.currency.as_deref())),
            period,
            proration: parent.and_then(|parent| parent.proration).or(wire.proration) == Some(true),
        }
    }
}

impl Readable for Invoice {
    type Wire = Wire;
    fn read(wire: Wire, mode: Mode) -> Result<Self, &'static str> {
        let currency = currency(wire.currency.as_deref()).ok_or("there is no currency")?;
        let now = wire.parent.and_then(|parent| parent.subscription_details).unwrap_or_default();
        let before = wire.subscription_details.unwrap_or_default();
        let lines = wire.lines.unwrap_or_default();
        Ok(Self {
            id: wire.id,
            status: wire.status.into(),
            billing_reason: wire.billing_reason.into(),
            subscription: id_of(now.subscription.or(wire.subscription)),
            subscription_metadata: now.metadata.or(before.metadata).unwrap_or_default(),
            customer: id_of(wire.customer),
            currency,
            subtotal: money(wire.subtotal, Some(currency)),
            total: money(wire.total, Some(currency)),
            amount_paid: payable(wire.amount_paid, Some(currency))?,
            lines_complete: lines.has_more != Some(true),
            lines: lines.data.into_iter().map(InvoiceLine::from).collect(),
            attempt_count: wire.attempt_count.unwrap_or(0),
            next_payment_attempt: instant(wire.next_payment_attempt),
            hosted_invoice_url: wire.hosted_invoice_url,
            live: live(wire.livemode, mode),
            created: required_instant(wire.created)?,
        })
    }
}

impl Listed for Invoice {
    fn id(&self) -> &str {
        &self.id
    }
}

/// One payment of an invoice: the only link between the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicePayment {
    /// `inpay_…`
    pub id: String,
    /// `in_…`
    pub invoice: String,
    /// What paid, or is to pay.
    pub paid_with: PaidWith,
    /// Where it stands.
    pub status: InvoicePaymentStatus,
    /// What was paid; `None` until then.
    pub amount_paid: Option<Money>,
    /// The payment that Stripe made for the invoice, not one that somebody added.
    pub is_default: bool,
    /// Whether it belongs to live mode.
    pub live: bool,
    /// When it began to exist.
    pub created: Timestamp,
}

/// What paid an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaidWith {
    /// `pi_…`
    PaymentIntent(String),
    /// `ch_…`
    Charge(String),
    /// Something that this client does not follow, a payment outside of Stripe for example.
    Other,
}

#[derive(Deserialize)]
pub(crate) struct WirePayment {
    id: String,
    invoice: Reference,
    payment: Option<WirePaidWith>,
    status: Option<String>,
    amount_paid: Option<i64>,
    currency: Option<String>,
    is_default: Option<bool>,
    livemode: Option<bool>,
    created: Option<i64>,
}

#[derive(Deserialize)]
struct WirePaidWith {
    payment_intent: Option<Reference>,
    charge: Option<Reference>,
}

impl Readable for InvoicePayment {
    type Wire = WirePayment;
    fn read(wire: WirePayment, mode: Mode) -> Result<Self, &'static str> {
        let paid_with = match wire.payment {
            Some(WirePaidWith { payment_intent: Some(intent), .. }) => PaidWith::PaymentIntent(intent.into_id()),
            Some(WirePaidWith { charge: Some(charge), .. }) => PaidWith::Charge(charge.into_id()),
            Some(WirePaidWith { payment_intent: None, charge: None }) | None => PaidWith::Other,
        };
        let currency = currency(wire.currency.as_deref());
        // An amount without a currency would read like "nothing was paid".
        let amount_paid = wire.amount_paid.map(|minor| required_money(Some(minor), currency)).transpose()?;
        Ok(Self {
            id: wire.id,
            invoice: wire.invoice.into_id(),
            paid_with,
            status: wire.status.into(),
            amount_paid,
            is_default: wire.is_default == Some(true),
            live: live(wire.livemode, mode),
            created: required_instant(wire.created)?,
        })
    }
}

impl Listed for InvoicePayment {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Stripe {
    /// Reads an invoice. Source: Stripe API, `GET /v1/invoices/{id}`.
    ///
    /// # Errors
    /// [`StripeError::is_missing`] when this account and mode never had it.
    pub async fn load_invoice(&self, id: &str) -> Result<Invoice, StripeError> {
        let path = path_of("load_invoice", "invoices", id, "")?;
        self.ask(Call::get("load_invoice", path, Form::new())).await
    }

    /// All invoices of a subscription, newest first, at most a thousand. Source: Stripe API, `GET /v1/invoices`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn list_invoices(&self, subscription: &str) -> Result<Vec<Invoice>, StripeError> {
        self.all("list_invoices", "/v1/invoices", Form::new().set("subscription", subscription)).await
    }

    /// All payments of an invoice, newest first. Source: Stripe API, `GET /v1/invoice_payments`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn list_invoice_payments(&self, invoice: &str) -> Result<Vec<InvoicePayment>, StripeError> {
        self.all("list_invoice_payments", "/v1/invoice_payments", Form::new().set("invoice", invoice)).await
    }
}

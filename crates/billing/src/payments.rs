//! Payment intents and charges: the money itself.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{
    Expandable, Listed, Readable, Reference, WireMetadata, currency, id_of, live, path_of, payable, required_instant,
    required_money,
};
use crate::settings::Mode;
use crate::words::words;
use domain::money::Money;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

words! {
    /// Where a payment stands.
    PaymentIntentStatus {
        /// There is no payment method, or the last one failed.
        RequiresPaymentMethod = "requires_payment_method",
        /// Somebody has to confirm it.
        RequiresConfirmation = "requires_confirmation",
        /// The customer has to do something, authenticate for example.
        RequiresAction = "requires_action",
        /// On its way.
        Processing = "processing",
        /// Authorised, not taken.
        RequiresCapture = "requires_capture",
        /// Made.
        Succeeded = "succeeded",
        /// Given up.
        Canceled = "canceled",
    }

    /// Whether a charge took money.
    ChargeStatus {
        /// It did.
        Succeeded = "succeeded",
        /// Not yet known.
        Pending = "pending",
        /// It did not.
        Failed = "failed",
    }
}

/// A payment at Stripe, over all its tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentIntent {
    /// `pi_…`
    pub id: String,
    /// Where it stands.
    pub status: PaymentIntentStatus,
    /// What is to be paid.
    pub amount: Money,
    /// What was paid.
    pub amount_received: Option<Money>,
    /// Who pays.
    pub customer: Option<String>,
    /// The latest try, `ch_…`.
    pub latest_charge_id: Option<String>,
    /// The latest try itself.
    pub latest_charge: Option<Charge>,
    /// Ours; Stripe copies nothing into it.
    pub metadata: BTreeMap<String, String>,
    /// Whether it belongs to live mode.
    pub live: bool,
    /// When it began to exist.
    pub created: Timestamp,
}

/// One movement of money from a customer to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// `ch_…`, or `py_…` for what is not a card.
    pub id: String,
    /// Whether it took money.
    pub status: ChargeStatus,
    /// What was taken.
    pub amount: Money,
    /// What went back so far.
    pub amount_refunded: Money,
    /// All of it went back; false after a partial refund.
    pub refunded: bool,
    /// The bank took it back, or asks about it.
    pub disputed: bool,
    /// `pi_…`
    pub payment_intent: Option<String>,
    /// Who paid.
    pub customer: Option<String>,
    /// Whether it belongs to live mode.
    pub live: bool,
    /// When it was made.
    pub created: Timestamp,
}

#[derive(Deserialize)]
pub(crate) struct Wire {
    id: String,
    status: Option<String>,
    amount: Option<i64>,
    amount_received: Option<i64>,
    currency: Option<String>,
    customer: Option<Reference>,
    latest_charge: Option<Expandable<WireCharge>>,
    metadata: WireMetadata,
    livemode: Option<bool>,
    created: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct WireCharge {
    id: String,
    status: Option<String>,
    amount: Option<i64>,
    amount_refunded: Option<i64>,
    currency: Option<String>,
    refunded: Option<bool>,
    disputed: Option<bool>,
    payment_intent: Option<Reference>,
    customer: Option<Reference>,
    livemode: Option<bool>,
    created: Option<i64>,
}

impl Readable for Charge {
    type Wire = WireCharge;
    fn read(wire: WireCharge, mode: Mode) -> Result<Self, &'static str> {
        let amount = required_money(wire.amount, currency(wire.currency.as_deref()))?;
        Ok(Self {
            id: wire.id,
            status: wire.status.into(),
            amount,
            // Without this field a refund could be made twice: better not to read the charge at all.
            amount_refunded: required_money(wire.amount_refunded, Some(amount.currency))?,
            refunded: wire.refunded == Some(true),
            disputed: wire.disputed == Some(true),
            payment_intent: id_of(wire.payment_intent),
            customer: id_of(wire.customer),
            live: live(wire.livemode, mode),
            created: required_instant(wire.created)?,
        })
    }
}

impl Listed for Charge {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Readable for PaymentIntent {
    type Wire = Wire;
    fn read(wire: Wire, mode: Mode) -> Result<Self, &'static str> {
        let amount = required_money(wire.amount, currency(wire.currency.as_deref()))?;
        let (latest_charge_id, latest_charge) = match wire.latest_charge {
            Some(Expandable::Object(charge)) => {
                let charge = Charge::read(*charge, mode)?;
                (Some(charge.id.clone()), Some(charge))
            }
            Some(Expandable::Id(id)) => (Some(id), None),
            None => (None, None),
        };
        Ok(Self {
            id: wire.id,
            status: wire.status.into(),
            amount,
            amount_received: payable(wire.amount_received, Some(amount.currency))?,
            customer: id_of(wire.customer),
            latest_charge_id,
            latest_charge,
            metadata: wire.metadata.unwrap_or_default(),
            live: live(wire.livemode, mode),
            created: required_instant(wire.created)?,
        })
    }
}

impl Stripe {
    /// Reads a payment with its latest charge. Source: Stripe API, `GET /v1/payment_intents/{id}`.
    ///
    /// # Errors
    /// [`StripeError::is_missing`] when this account and mode never had it.
    pub async fn load_payment_intent(&self, id: &str) -> Result<PaymentIntent, StripeError> {
        let path = path_of("load_payment_intent", "payment_intents", id, "")?;
        let form = Form::new().list("expand", &["latest_charge"]);
        self.ask(Call::get("load_payment_intent", path, form)).await
    }

    /// Reads a charge. Source: Stripe API, `GET /v1/charges/{id}`.
    ///
    /// # Errors
    /// [`StripeError::is_missing`] when this account and mode never had it.
    pub async fn load_charge(&self, id: &str) -> Result<Charge, StripeError> {
        let path = path_of("load_charge", "charges", id, "")?;
        self.ask(Call::get("load_charge", path, Form::new())).await
    }
}

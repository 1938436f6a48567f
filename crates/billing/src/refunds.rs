//! Refunds: money going back.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{
    Listed, Readable, Reference, WireMetadata, currency, id_of, path_of, required_instant, required_money,
};
use crate::settings::Mode;
use crate::words::words;
use domain::money::Money;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

words! {
    /// Where a refund stands.
    RefundStatus {
        /// On its way.
        Pending = "pending",
        /// The customer has to do something.
        RequiresAction = "requires_action",
        /// Sent. A card refund can still turn into a failed one days later.
        Succeeded = "succeeded",
        /// The money is back in our balance.
        Failed = "failed",
        /// Given up.
        Canceled = "canceled",
    }
}

/// A refund, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundParams {
    /// The payment that is refunded, with all that is left of it: `pi_…`
    pub payment_intent: String,
    /// Ours.
    pub metadata: BTreeMap<String, String>,
}

impl RefundParams {
    /// The parameters as they are sent. No reason is among them: Stripe's words for it mean less than our metadata, and one
    /// of them would put the customer on block lists.
    fn form(&self) -> Form {
        Form::new().set("payment_intent", &self.payment_intent).map("metadata", &self.metadata)
    }
}

/// A refund at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// `re_…`, or `pyr_…` for what is not a card.
    pub id: String,
    /// Where it stands.
    pub status: RefundStatus,
    /// How much went back.
    pub amount: Money,
    /// `ch_…`
    pub charge: Option<String>,
    /// `pi_…`
    pub payment_intent: Option<String>,
    /// Ours.
    pub metadata: BTreeMap<String, String>,
    /// Why it failed, in Stripe's word.
    pub failure_reason: Option<String>,
    /// When it was asked for.
    pub created: Timestamp,
}

#[derive(Deserialize)]
pub(crate) struct Wire {
    id: String,
    status: Option<String>,
    amount: Option<i64>,
    currency: Option<String>,
    charge: Option<Reference>,
    payment_intent: Option<Reference>,
    metadata: WireMetadata,
    failure_reason: Option<String>,
    created: Option<i64>,
}

impl Readable for Refund {
    type Wire = Wire;
    fn read(wire: Wire, _: Mode) -> Result<Self, &'static str> {
        Ok(Self {
            id: wire.id,
            status: wire.status.into(),
            amount: required_money(wire.amount, currency(wire.currency.as_deref()))?,
            charge: id_of(wire.charge),
            payment_intent: id_of(wire.payment_intent),
            metadata: wire.metadata.unwrap_or_default(),
            failure_reason: wire.failure_reason,
            created: required_instant(wire.created)?,
        })
    }
}

impl Listed for Refund {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Stripe {
    /// Gives money back. It neither ends the subscription nor changes the invoice.
    /// Source: Stripe API, `POST /v1/refunds`.
    ///
    /// # Errors
    /// In doubt look with [`Stripe::list_refunds`] before asking again, with the same key. Refused with the code
    /// `charge_already_refunded` or `charge_disputed` when nothing is left to give back.
    pub async fn create_refund(&self, params: &RefundParams, key: &str) -> Result<Refund, StripeError> {
        self.ask(Call::keyed("create_refund", "/v1/refunds", params.form(), key)).await
    }

    /// Reads a refund. Source: Stripe API, `GET /v1/refunds/{id}`.
    ///
    /// # Errors
    /// [`StripeError::is_missing`] when this account and mode never had it.
    pub async fn load_refund(&self, id: &str) -> Result<Refund, StripeError> {
        let path = path_of("load_refund", "refunds", id, "")?;
        self.ask(Call::get("load_refund", path, Form::new())).await
    }

    /// All refunds of a payment, newest first. Source: Stripe API, `GET /v1/refunds`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn list_refunds(&self, payment_intent: &str) -> Result<Vec<Refund>, StripeError> {
        self.all("list_refunds", "/v1/refunds", Form::new().set("payment_intent", payment_intent)).await
    }
}

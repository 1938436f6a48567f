//! Charges: the money itself.

use crate::read::{Listed, Readable, Reference, currency, id_of, live, required_instant, required_money};
use crate::settings::Mode;
use crate::words::words;
use domain::money::Money;
use jiff::Timestamp;
use serde::Deserialize;

words! {
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
    type Wire = Wire;
    fn read(wire: Wire, mode: Mode) -> Result<Self, &'static str> {
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

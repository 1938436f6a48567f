//! Disputes: a bank takes money back, or asks whether it should.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{
    Listed, Readable, Reference, currency, id_of, instant, live, path_of, required_instant, required_money,
};
use crate::settings::Mode;
use crate::words::words;
use domain::money::Money;
use jiff::Timestamp;
use serde::Deserialize;

words! {
    /// Where a dispute stands.
    DisputeStatus {
        /// An inquiry waits for our answer; no money moved.
        WarningNeedsResponse = "warning_needs_response",
        /// An inquiry is being looked at.
        WarningUnderReview = "warning_under_review",
        /// An inquiry came to nothing.
        WarningClosed = "warning_closed",
        /// The money is gone; an answer may bring it back.
        NeedsResponse = "needs_response",
        /// Our answer is being looked at.
        UnderReview = "under_review",
        /// An appeal waits for our answer.
        AppealNeedsResponse = "appeal_needs_response",
        /// An appeal is being looked at.
        AppealUnderReview = "appeal_under_review",
        /// The money came back.
        Won = "won",
        /// The money is gone for good.
        Lost = "lost",
        /// Settled before it became a dispute.
        Prevented = "prevented",
    }
}

/// A dispute at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// `du_…` or `dp_…`
    pub id: String,
    /// Where it stands.
    pub status: DisputeStatus,
    /// How much is disputed.
    pub amount: Money,
    /// The bank's reason, `fraudulent` for example.
    pub reason: String,
    /// `ch_…`
    pub charge: Option<String>,
    /// `pi_…`
    pub payment_intent: Option<String>,
    /// Until when evidence is taken.
    pub evidence_due: Option<Timestamp>,
    /// Whether a refund would still settle it.
    pub is_charge_refundable: bool,
    /// Whether it belongs to live mode.
    pub live: bool,
    /// When it began.
    pub created: Timestamp,
}

#[derive(Deserialize)]
pub(crate) struct Wire {
    id: String,
    status: Option<String>,
    amount: Option<i64>,
    currency: Option<String>,
    reason: Option<String>,
    charge: Option<Reference>,
    payment_intent: Option<Reference>,
    evidence_details: Option<WireEvidence>,
    is_charge_refundable: Option<bool>,
    livemode: Option<bool>,
    created: Option<i64>,
}

#[derive(Deserialize)]
struct WireEvidence {
    due_by: Option<i64>,
}

impl Readable for Dispute {
    type Wire = Wire;
    fn read(wire: Wire, mode: Mode) -> Result<Self, &'static str> {
        Ok(Self {
            id: wire.id,
            status: wire.status.into(),
            amount: required_money(wire.amount, currency(wire.currency.as_deref()))?,
            reason: wire.reason.unwrap_or_default(),
            charge: id_of(wire.charge),
            payment_intent: id_of(wire.payment_intent),
            evidence_due: instant(wire.evidence_details.and_then(|details| details.due_by)),
            is_charge_refundable: wire.is_charge_refundable == Some(true),
            live: live(wire.livemode, mode),
            created: required_instant(wire.created)?,
        })
    }
}

impl Listed for Dispute {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Stripe {
    /// Reads a dispute. Source: Stripe API, `GET /v1/disputes/{id}`.
    ///
    /// # Errors
    /// [`StripeError::is_missing`] when this account and mode never had it.
    pub async fn load_dispute(&self, id: &str) -> Result<Dispute, StripeError> {
        let path = path_of("load_dispute", "disputes", id, "")?;
        self.ask(Call::get("load_dispute", path, Form::new())).await
    }
}

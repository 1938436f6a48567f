//! What the payment page does: a customer pays an open session, or fails to.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::billing::charging::Attempt;
use super::super::billing::discounts;
use super::super::cards::{self, Card, Presence};
use super::super::json::Read;
use super::super::state::{Kind, State};
use super::customers;
use super::sessions::{self, SessionPlan};
use super::subscribing::{self, Plan};

/// What the customer does on the payment page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayOutcome {
    /// Pays with 4242 4242 4242 4242.
    Pay,
    /// Pays with a card that asks for 3-D Secure, and completes it.
    ThreeDSecure,
    /// The card is declined; the session stays open.
    Decline,
    /// The card has no funds; the session stays open.
    InsufficientFunds,
    /// 3-D Secure fails; the session stays open.
    AuthenticationFails,
    /// Pays by bank debit, which arrives later.
    DelayedSuccess,
    /// Pays by bank debit, which fails later.
    DelayedFailure,
    /// Pays now with a card that will fail at renewals.
    RenewalsFail,
    /// Pays, and the payment is disputed.
    Disputed,
    /// Pays with a card whose refunds stay pending for a while.
    RefundPending,
    /// Pays with a card whose refunds fail after a day.
    RefundFails,
}

impl PayOutcome {
    /// Every outcome, by its name on the page.
    pub(crate) fn named(name: &str) -> Option<Self> {
        serde_json::from_value(json!(name)).ok()
    }

    fn card(self) -> Card {
        match self {
            Self::Pay => cards::WORKING,
            Self::ThreeDSecure | Self::AuthenticationFails => cards::AUTHENTICATED,
            Self::Decline => cards::DECLINING,
            Self::InsufficientFunds => cards::WITHOUT_FUNDS,
            Self::DelayedSuccess => cards::DEBIT_SUCCEEDING,
            Self::DelayedFailure => cards::DEBIT_FAILING,
            Self::RenewalsFail => cards::FAILING_LATER,
            Self::Disputed => cards::DISPUTED,
            Self::RefundPending => cards::REFUND_PENDING,
            Self::RefundFails => cards::REFUND_FAILING,
        }
    }
}

/// Why the page did not complete a session; in the customer's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayRefusal {
    /// There is no such session.
    #[error("there is no such checkout session")]
    Unknown,
    /// It was completed before, or it expired.
    #[error("this checkout session is {0}")]
    NotOpen(String),
    /// The card or the bank said no; the customer may try again.
    #[error("{0}")]
    Declined(String),
}

/// Completes an open session with what the customer chose, once.
pub(crate) fn complete(
    state: &mut State,
    id: &str,
    outcome: PayOutcome,
    email: Option<&str>,
) -> Result<Value, PayRefusal> {
    let session = state.find(Kind::Session, id).ok_or(PayRefusal::Unknown)?.clone();
    if session.text("status") != Some("open") {
        return Err(PayRefusal::NotOpen(session.text("status").unwrap_or_default().to_owned()));
    }
    let mut plan = state.session_plans.get(id).cloned().unwrap_or_default();
    let card = outcome.card();
    let refusal = match outcome {
        PayOutcome::AuthenticationFails => Some("We are unable to authenticate your payment method.".to_owned()),
        _ => card.refusal().map(|error| error.detail().text("message").unwrap_or_default().to_owned()),
    };
    if let Some(plan) = state.session_plans.get_mut(id) {
        plan.refusal.clone_from(&refusal);
    }
    if let Some(refusal) = refusal {
        return Err(PayRefusal::Declined(refusal));
    }
    plan.refusal = None;
    Ok(settle(state, &session, &plan, card, email))
}

fn settle(state: &mut State, session: &Value, plan: &SessionPlan, card: Card, email: Option<&str>) -> Value {
    let id = session.id();
    let customer = buyer(state, session, email);
    state.enter_time_of(&customer);
    let free = session.int("amount_total") == Some(0);
    let skips_card = free && session.text("payment_method_collection") == Some("if_required");
    let details = state.copy(Kind::Customer, &customer);
    let method = (!skips_card).then(|| {
        let billing = json!({"email": details["email"], "name": details["name"]});
        state.attach_card(card, &customer, billing).id().to_owned()
    });
    let begun = subscribing::begin(
        state,
        Plan {
            customer: customer.clone(),
            items: plan.recurring.clone(),
            extras: plan.one_time.clone(),
            metadata: super::super::json::fresh_metadata(&plan.data),
            method,
            trial_end: subscribing::trial_end(state, &plan.data).unwrap_or(None),
            discounts: plan.discounts.clone(),
            session: Some(id.to_owned()),
            settings: plan.data.clone(),
        },
        Presence::OnSession,
        true,
    );
    let status = match begun.attempt {
        None => "no_payment_required",
        Some(Attempt::Paid) => "paid",
        Some(Attempt::Processing | Attempt::Failed(_)) => "unpaid",
    };
    state.edit(Kind::Session, id, |session| {
        session["status"] = json!("complete");
        session["payment_status"] = json!(status);
        session["url"] = Value::Null;
        session["customer"] = json!(customer);
        session["customer_details"] = sessions::details(&details);
        session["subscription"] = json!(begun.id);
        session["invoice"] = json!(begun.invoice);
        session["payment_method_types"] = json!([card.kind()]);
    });
    state.emit("checkout.session.completed", Kind::Session, id, None);
    state.render(Kind::Session, id)
}

fn buyer(state: &mut State, session: &Value, email: Option<&str>) -> String {
    if let Some(known) = session.text("customer") {
        return known.to_owned();
    }
    let email = session.text("customer_email").or(email).unwrap_or("buyer@example.test");
    customers::make(state, &json!({"email": email, "name": "Sandbox Buyer"}))
}

/// Applies a promotion code typed on the page to an open session that allows codes.
pub(crate) fn apply_code(state: &mut State, id: &str, code: &str) -> Result<(), String> {
    let session = state.copy(Kind::Session, id);
    if session.text("status") != Some("open") || session.flag("allow_promotion_codes") != Some(true) {
        return Err("This session takes no promotion codes.".to_owned());
    }
    let unknown = || "This code is invalid.".to_owned();
    let given = discounts::typed(state, code).ok_or_else(unknown)?;
    let resolved = discounts::resolve(state, &given, "code").map_err(|_| unknown())?;
    let mut plan = state.session_plans.get(id).cloned().unwrap_or_default();
    plan.discounts = vec![resolved.clone()];
    sessions::spread_discount(state, &mut plan);
    let (subtotal, off) = sessions::totals(&plan);
    state.session_plans.insert(id.to_owned(), plan);
    state.edit(Kind::Session, id, |session| {
        session["discounts"] = json!([{"coupon": null, "promotion_code": resolved.1}]);
        session["amount_total"] = json!(subtotal - off);
        session["total_details"]["amount_discount"] = json!(off);
    });
    Ok(())
}

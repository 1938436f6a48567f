//! Refunds: partial or whole, at once, pending, or failing days later.

use serde_json::{Value, json};

use super::super::agenda::Due;
use super::super::cards::Habit;
use super::super::error::ApiError;
use super::super::json::{Read, fresh_metadata};
use super::super::list::matches;
use super::super::state::{Kind, State};
use super::{Call, Outcome};

/// When a pending refund succeeds, and when a failing one fails.
const PENDING_SECONDS: i64 = 600;
const FAILS_AFTER_SECONDS: i64 = 86_400;

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let charge = refundable(state, params)?;
    let left = charge.int("amount").unwrap_or(0) - charge.int("amount_refunded").unwrap_or(0);
    if left <= 0 {
        let message = format!("Charge {} has already been refunded.", charge.id());
        return Err(ApiError::invalid(message).code("charge_already_refunded"));
    }
    let amount = params.int("amount").unwrap_or(left);
    if amount <= 0 {
        return Err(ApiError::invalid("Refund amount must be positive")
            .code("parameter_invalid_integer")
            .param("amount"));
    }
    if amount > left {
        let message = format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
        return Err(ApiError::invalid(message).code("amount_too_large").param("amount"));
    }
    let habit = state.cards.get(charge.text("payment_method").unwrap_or_default()).map(|card| card.habit);
    let pending = habit == Some(Habit::RefundPending) || charge.text("status") == Some("pending");
    let id = state.mint(Kind::Refund);
    let mut refund = json!({
        "id": id, "amount": amount, "charge": charge["id"], "created": state.now, "currency": charge["currency"],
        "customer": charge["customer"], "metadata": fresh_metadata(params), "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"], "reason": params["reason"],
        "status": if pending { "pending" } else { "succeeded" },
        "destination_details": {"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
    });
    if pending {
        refund["pending_reason"] = json!("processing");
        state.plan(state.now + PENDING_SECONDS, Due::TurnRefund { refund: id.clone(), succeeds: true });
    } else if habit == Some(Habit::RefundFails) {
        state.plan(state.now + FAILS_AFTER_SECONDS, Due::TurnRefund { refund: id.clone(), succeeds: false });
    }
    state.insert(Kind::Refund, refund);
    state.emit("refund.created", Kind::Refund, &id, None);
    give_back(state, charge.id(), amount);
    let transaction = state.ids.mint("txn_", 24);
    state.announce(Kind::Refund, &id, "refund.updated", |refund| refund["balance_transaction"] = json!(transaction));
    Ok(state.render(Kind::Refund, &id))
}

fn refundable(state: &mut State, params: &Value) -> Result<Value, ApiError> {
    let charge = match (params.text("charge"), params.text("payment_intent")) {
        (Some(charge), None) => state.load(Kind::Charge, charge, Some("charge"))?.clone(),
        (None, Some(intent)) => {
            let intent = state.load(Kind::PaymentIntent, intent, Some("payment_intent"))?;
            intent.text("latest_charge").map_or(Value::Null, |charge| state.copy(Kind::Charge, charge))
        }
        (None, None) => {
            let message = "One of the following params should be provided for this request: payment_intent or charge.";
            return Err(ApiError::invalid(message).code("parameter_missing").param("payment_intent"));
        }
        (Some(_), Some(_)) => return Err(ApiError::invalid("Give either charge or payment_intent").param("charge")),
    };
    if !matches!(charge.text("status"), Some("succeeded" | "pending")) {
        return Err(ApiError::invalid("This payment has no successful charge to refund.").code("charge_not_refundable"));
    }
    if charge.flag("disputed") == Some(true) && !dispute_allows(state, charge.id()) {
        return Err(ApiError::invalid("This charge has been charged back.").code("charge_disputed"));
    }
    state.enter_time_of(charge.text("customer").unwrap_or_default());
    Ok(charge)
}

fn dispute_allows(state: &State, charge: &str) -> bool {
    let dispute = state.newest(Kind::Dispute).find(|dispute| dispute.text("charge") == Some(charge));
    dispute.is_none_or(|dispute| dispute.flag("is_charge_refundable") == Some(true))
}

fn give_back(state: &mut State, charge: &str, amount: i64) {
    state.announce(Kind::Charge, charge, "charge.refunded", |charge| {
        let refunded = charge.int("amount_refunded").unwrap_or(0) + amount;
        charge["amount_refunded"] = json!(refunded);
        charge["refunded"] = json!(refunded == charge.int("amount").unwrap_or(0));
    });
}

/// A pending refund arrives, or a refund fails and the money comes back.
pub(crate) fn turn(state: &mut State, id: &str, succeeds: bool) {
    let refund = state.copy(Kind::Refund, id);
    let charge = refund.text("charge").unwrap_or_default().to_owned();
    let amount = refund.int("amount").unwrap_or(0);
    let turned = state.announce(Kind::Refund, id, "refund.updated", |refund| {
        refund["status"] = json!(if succeeds { "succeeded" } else { "failed" });
        if let Some(members) = refund.as_object_mut() {
            members.shift_remove("pending_reason");
        }
        if !succeeds {
            refund["failure_reason"] = json!("expired_or_canceled_card");
        }
    });
    if turned.is_null() || succeeds {
        return;
    }
    state.announce(Kind::Charge, &charge, "charge.updated", |charge| {
        charge["amount_refunded"] = json!(charge.int("amount_refunded").unwrap_or(0) - amount);
        charge["refunded"] = json!(false);
    });
    state.emit("refund.failed", Kind::Refund, id, None);
}

pub(super) fn list(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::Refund, params, call.path, |refund| {
        matches(refund, params, "charge") && matches(refund, params, "payment_intent")
    })
}

//! Disputes: opened by a special card or on request, closed on request.

use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::json::Read;
use super::super::list::matches;
use super::super::state::{Kind, State};
use super::{Call, Outcome};

const EVIDENCE: [&str; 26] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_text",
];

/// The bank opens a dispute (`needs_response`) or an inquiry (`warning_needs_response`) about a charge.
pub(crate) fn open(state: &mut State, charge: &str, status: &str) -> String {
    let charge = state.copy(Kind::Charge, charge);
    let id = state.mint(Kind::Dispute);
    let inquiry = status.starts_with("warning");
    let mut evidence: Value = EVIDENCE.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    evidence["enhanced_evidence"] = json!({});
    let dispute = json!({
        "id": id, "amount": charge["amount"], "balance_transactions": [], "charge": charge["id"], "created": state.now,
        "currency": charge["currency"], "enhanced_eligibility_types": [], "evidence": evidence,
        "evidence_details": {"due_by": state.now + 7 * 86_400, "enhanced_eligibility": {}, "has_evidence": false,
            "past_due": false, "submission_count": 0, "submission_method": "not_submitted"},
        "is_charge_refundable": inquiry, "metadata": {}, "payment_intent": charge["payment_intent"],
        "reason": "fraudulent", "status": status,
    });
    state.insert(Kind::Dispute, dispute);
    state.announce(Kind::Charge, charge.id(), "charge.updated", |charge| charge["disputed"] = json!(true));
    state.emit("charge.dispute.created", Kind::Dispute, &id, None);
    if !inquiry {
        state.emit("charge.dispute.funds_withdrawn", Kind::Dispute, &id, None);
    }
    id
}

/// The bank was not satisfied with what it was told after its inquiry, and takes the money.
pub(crate) fn escalate(state: &mut State, id: &str) -> Result<Value, ApiError> {
    let dispute = state.load(Kind::Dispute, id, None)?;
    if !dispute["status"].as_str().is_some_and(|status| status.starts_with("warning")) {
        return Err(ApiError::invalid("Only an inquiry becomes a dispute"));
    }
    let charge = state.copy(Kind::Charge, dispute["charge"].as_str().unwrap_or_default());
    if charge["refunded"] == true {
        return Err(ApiError::invalid("An inquiry about money that went back becomes no dispute"));
    }
    state.edit(Kind::Dispute, id, |dispute| {
        dispute["status"] = json!("needs_response");
        dispute["is_charge_refundable"] = json!(false);
    });
    state.emit("charge.dispute.updated", Kind::Dispute, id, None);
    state.emit("charge.dispute.funds_withdrawn", Kind::Dispute, id, None);
    Ok(state.render(Kind::Dispute, id))
}

/// The bank decides: `won`, `lost`, `warning_closed` or `prevented`.
pub(crate) fn close(state: &mut State, id: &str, status: &str) -> Result<Value, ApiError> {
    state.load(Kind::Dispute, id, None)?;
    if !matches!(status, "won" | "lost" | "warning_closed" | "prevented") {
        return Err(ApiError::invalid(format!("A dispute cannot close as {status}")).param("status"));
    }
    state.edit(Kind::Dispute, id, |dispute| {
        dispute["status"] = json!(status);
        dispute["is_charge_refundable"] = json!(matches!(status, "won" | "warning_closed"));
    });
    if status == "won" {
        state.emit("charge.dispute.funds_reinstated", Kind::Dispute, id, None);
    }
    state.emit("charge.dispute.closed", Kind::Dispute, id, None);
    Ok(state.render(Kind::Dispute, id))
}

pub(super) fn list(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::Dispute, params, call.path, |dispute| {
        matches(dispute, params, "charge") && matches(dispute, params, "payment_intent")
    })
}

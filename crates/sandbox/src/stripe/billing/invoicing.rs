//! The life of one invoice: draft, open, paid, void, uncollectible.

use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::json::{Read, joined};
use super::super::state::{Kind, State};
use super::{cycle, discounts};

/// What a new invoice bills and why.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) customer: &'a str,
    pub(crate) subscription: &'a Value,
    pub(crate) reason: &'static str,
    pub(crate) lines: Vec<Value>,
    pub(crate) discounts: Vec<String>,
    pub(crate) finalizes_at: Option<i64>,
}

/// The JSON of a draft, kept nowhere: also what a preview shows.
pub(crate) fn compose(state: &mut State, id: &str, mut draft: Draft<'_>) -> Value {
    let off = discounts::take_off(state, &draft.discounts, &mut draft.lines);
    for line in &mut draft.lines {
        line["invoice"] = json!(id);
    }
    let sum = |amounts: &[Value]| amounts.iter().filter_map(|amount| amount.int("amount")).sum::<i64>();
    let subtotal = sum(&draft.lines);
    let total = subtotal - sum(&off);
    let customer = state.copy(Kind::Customer, draft.customer);
    let balance = customer.int("balance").unwrap_or(0);
    let due = (total + balance.min(0)).max(0);
    let subscription = draft.subscription;
    let currency = draft.lines.first().map_or(&subscription["currency"], |line| &line["currency"]).clone();
    let amounts = json!({
        "amount_due": due, "amount_overpaid": 0, "amount_paid": 0, "amount_remaining": due, "amount_shipping": 0,
        "currency": currency, "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0,
        "starting_balance": balance, "subtotal": subtotal, "subtotal_excluding_tax": subtotal, "total": total,
        "total_discount_amounts": off, "total_excluding_tax": total, "total_pretax_credit_amounts": [], "total_taxes": [],
    });
    let buyer = json!({
        "customer": draft.customer, "customer_address": customer["address"], "customer_email": customer["email"],
        "customer_name": customer["name"], "customer_phone": customer["phone"], "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [], "default_tax_rates": [], "test_clock": customer["test_clock"],
    });
    let own = json!({
        "id": id, "object": "invoice", "livemode": false, "attempt_count": 0, "attempted": false,
        "auto_advance": draft.finalizes_at.is_some(), "automatic_tax": {"enabled": false},
        "automatically_finalizes_at": draft.finalizes_at, "billing_reason": draft.reason,
        "collection_method": "charge_automatically", "created": state.now, "default_payment_method": null,
        "discounts": draft.discounts, "hosted_invoice_url": null, "invoice_pdf": null, "issuer": {"type": "self"},
        "lines": {"object": "list", "data": draft.lines, "has_more": false, "url": format!("/v1/invoices/{id}/lines")},
        "metadata": {}, "payment_settings": {}, "period_start": state.now, "period_end": state.now, "status": "draft",
        "status_transitions": {},
        "parent": {"type": "subscription_details", "quote_details": null, "subscription_details":
            {"subscription": subscription["id"], "metadata": subscription["metadata"]}},
    });
    joined([own, buyer, amounts])
}

/// Keeps a draft and makes it the subscription's latest invoice, in silence; returns its id.
pub(crate) fn draft(state: &mut State, draft: Draft<'_>) -> String {
    let id = state.mint(Kind::Invoice);
    let subscription = draft.subscription.id().to_owned();
    let invoice = compose(state, &id, draft);
    state.insert(Kind::Invoice, invoice);
    state.edit(Kind::Subscription, &subscription, |subscription| subscription["latest_invoice"] = json!(id));
    id
}

/// Fixes number and amounts. A zero amount is settled at once; otherwise a payment intent waits (and is announced).
pub(crate) fn finalize(state: &mut State, id: &str) {
    let invoice = state.copy(Kind::Invoice, id);
    let customer = invoice.text("customer").unwrap_or_default().to_owned();
    let (due, total) = (invoice.int("amount_due").unwrap_or(0), invoice.int("total").unwrap_or(0));
    let starting = invoice.int("starting_balance").unwrap_or(0);
    let ending = if total < 0 { starting + total } else { starting + (total - due) };
    let buyer = state.edit(Kind::Customer, &customer, |customer| {
        customer["next_invoice_sequence"] = json!(customer.int("next_invoice_sequence").unwrap_or(1) + 1);
    });
    let sequence = buyer.int("next_invoice_sequence").unwrap_or(2) - 1;
    let number = format!("{}-{sequence:04}", buyer.text("invoice_prefix").unwrap_or("SANDBOX"));
    if ending != starting {
        state.announce(Kind::Customer, &customer, "customer.updated", |customer| customer["balance"] = json!(ending));
    }
    let now = state.now;
    let base = state.settings.public_base.clone();
    state.edit(Kind::Invoice, id, |invoice| {
        invoice["number"] = json!(number);
        invoice["status"] = json!("open");
        invoice["auto_advance"] = json!(true);
        invoice["automatically_finalizes_at"] = Value::Null;
        invoice["effective_at"] = json!(now);
        invoice["ending_balance"] = json!(ending);
        invoice["status_transitions"]["finalized_at"] = json!(now);
        invoice["hosted_invoice_url"] = json!(format!("{base}/invoice/{}", invoice.id()));
        invoice["invoice_pdf"] = json!(format!("{base}/invoice/{}/pdf", invoice.id()));
        if due == 0 {
            settle(invoice, now);
        }
    });
    if due > 0 {
        state.open_intent(id);
    }
}

fn settle(invoice: &mut Value, now: i64) {
    invoice["status"] = json!("paid");
    invoice["attempted"] = json!(true);
    invoice["auto_advance"] = json!(false);
    invoice["amount_paid"] = invoice["amount_due"].clone();
    invoice["amount_remaining"] = json!(0);
    invoice["next_payment_attempt"] = Value::Null;
    invoice["status_transitions"]["paid_at"] = json!(now);
}

/// Tells of the finalisation and, if there was nothing to pay, of the payment.
pub(crate) fn announce_finalized(state: &mut State, id: &str) {
    state.emit("invoice.finalized", Kind::Invoice, id, None);
    if state.copy(Kind::Invoice, id).text("status") == Some("paid") {
        announce_paid(state, id);
    }
}

/// The money is there: settles the invoice, tells, and lets the subscription follow.
pub(crate) fn mark_paid(state: &mut State, id: &str) {
    let now = state.now;
    state.edit(Kind::Invoice, id, |invoice| settle(invoice, now));
    announce_paid(state, id);
}

fn announce_paid(state: &mut State, id: &str) {
    state.emit("invoice.paid", Kind::Invoice, id, None);
    state.emit("invoice.payment_succeeded", Kind::Invoice, id, None);
    cycle::after_paid(state, id);
}

/// Writes an invoice off, with the payment that waited for it.
pub(crate) fn close(state: &mut State, id: &str, status: &str) -> Result<(), ApiError> {
    let invoice = state.load(Kind::Invoice, id, None)?;
    let current = invoice.text("status").unwrap_or_default().to_owned();
    if !matches!((current.as_str(), status), ("open" | "uncollectible", "void") | ("open", "uncollectible")) {
        let message = format!("This invoice is {current}; it cannot become {status}.");
        return Err(ApiError::invalid(message).code("invoice_not_editable"));
    }
    let now = state.now;
    if status == "void" {
        state.cancel_intent_of(id);
    }
    state.edit(Kind::Invoice, id, |invoice| {
        invoice["status"] = json!(status);
        invoice["auto_advance"] = json!(false);
        invoice["next_payment_attempt"] = Value::Null;
        let when = if status == "void" { "voided_at" } else { "marked_uncollectible_at" };
        invoice["status_transitions"][when] = json!(now);
    });
    let event = if status == "void" { "invoice.voided" } else { "invoice.marked_uncollectible" };
    state.emit(event, Kind::Invoice, id, None);
    Ok(())
}

/// The id of the subscription an invoice bills.
pub(crate) fn subscription_of(invoice: &Value) -> Option<&str> {
    invoice["parent"]["subscription_details"].text("subscription")
}

//! Event bodies as other API versions wrote them, and bodies spoiled on purpose.

use serde_json::{Value, json};

use super::faults::FaultKind;
use super::json::Read;
use super::state::{Kind, State};

const BASIL: &str = "2025-03-31";
const DAHLIA: &str = "2026-03-25";

/// Rewrites an event for an endpoint pinned to `version`; the event itself stays as it is kept.
pub(crate) fn speak(event: &mut Value, version: Option<&str>, state: &State) {
    let Some(version) = version else { return };
    event["api_version"] = json!(version);
    let dated = version.get(..10).unwrap_or(version);
    if dated < DAHLIA && event["data"]["object"]["ui_mode"] == "hosted_page" {
        event["data"]["object"]["ui_mode"] = json!("hosted");
    }
    if dated < BASIL {
        before_basil(&mut event["data"]["object"], state);
    }
}

/// The members that version 2025-03-31.basil moved or removed, back in their old places.
fn before_basil(object: &mut Value, state: &State) {
    match object.text("object").unwrap_or_default() {
        "subscription" => subscription_before_basil(object),
        "invoice" => invoice_before_basil(object, state),
        "charge" | "payment_intent" => {
            let intent = if object.text("object") == Some("charge") {
                object.id_at("payment_intent")
            } else {
                Some(object.id())
            };
            let invoice = intent.and_then(|intent| invoice_of(state, intent));
            object["invoice"] = json!(invoice);
        }
        _ => {}
    }
}

fn subscription_before_basil(subscription: &mut Value) {
    for key in ["current_period_start", "current_period_end"] {
        let moved = subscription["items"]["data"][0][key].clone();
        subscription[key] = moved;
        for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
            drop_member(item, key);
        }
    }
    subscription["plan"] = subscription["items"]["data"][0]["plan"].clone();
}

fn invoice_before_basil(invoice: &mut Value, state: &State) {
    let details = invoice["parent"]["subscription_details"].take();
    invoice["subscription"] = details["subscription"].clone();
    invoice["subscription_details"] = json!({"metadata": details["metadata"]});
    drop_member(invoice, "parent");
    let link = state.oldest(Kind::InvoicePayment).find(|link| link.text("invoice") == Some(invoice.id()));
    let intent = link.and_then(|link| link["payment"].text("payment_intent"));
    invoice["payment_intent"] = json!(intent);
    let charge = intent.and_then(|id| state.find(Kind::PaymentIntent, id)?.text("latest_charge"));
    invoice["charge"] = json!(charge);
    invoice["paid"] = json!(invoice.text("status") == Some("paid"));
    for line in invoice["lines"]["data"].as_array_mut().into_iter().flatten() {
        let price = line["pricing"]["price_details"]["price"].clone();
        line["price"] = price.as_str().map_or(Value::Null, |id| state.copy(Kind::Price, id));
        line["proration"] = line["parent"]["subscription_item_details"]["proration"].clone();
        line["subscription_item"] = line["parent"]["subscription_item_details"]["subscription_item"].clone();
        for gone in ["pricing", "parent", "taxes"] {
            drop_member(line, gone);
        }
    }
}

fn invoice_of(state: &State, intent: &str) -> Option<String> {
    let link =
        state.oldest(Kind::InvoicePayment).find(|link| link["payment"].text("payment_intent") == Some(intent))?;
    link.text("invoice").map(str::to_owned)
}

/// Applies one of the faults that change a body.
pub(crate) fn spoil(event: &mut Value, fault: &FaultKind, state: &State) {
    match fault {
        FaultKind::UnknownEventType => event["type"] = json!("galaxy.quasar.collapsed"),
        FaultKind::UnknownEnumValue => {
            for key in ["status", "payment_status", "billing_reason", "reason"] {
                if event["data"]["object"][key].is_string() {
                    event["data"]["object"][key] = json!("value_of_the_future");
                }
            }
        }
        FaultKind::ExtraFields => add_unknown(event),
        FaultKind::MissingOptionalFields => {
            for gone in ["livemode", "api_version", "pending_webhooks", "request"] {
                drop_member(event, gone);
            }
            for gone in ["metadata", "created", "status", "livemode", "items", "lines", "parent"] {
                drop_member(&mut event["data"]["object"], gone);
            }
        }
        FaultKind::PreBasil => speak(event, Some("2024-06-20"), state),
        _ => {}
    }
}

fn add_unknown(value: &mut Value) {
    match value {
        Value::Object(members) => {
            // Metadata belongs to the merchant: it never grows by itself.
            members.iter_mut().filter(|(key, _)| *key != "metadata").for_each(|(_, member)| add_unknown(member));
            members.insert("field_of_the_future".into(), json!({"nested": [1, null, "two"]}));
        }
        Value::Array(elements) => elements.iter_mut().for_each(add_unknown),
        _ => {}
    }
}

fn drop_member(value: &mut Value, key: &str) {
    if let Some(members) = value.as_object_mut() {
        members.shift_remove(key);
    }
}

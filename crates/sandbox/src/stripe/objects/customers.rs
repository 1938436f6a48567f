//! Customers.

use serde_json::{Value, json};

use super::super::cards;
use super::super::error::ApiError;
use super::super::json::{Read, copy_given, fresh_metadata, merge_metadata};
use super::super::list::matches;
use super::super::state::{Kind, State};
use super::{Call, Outcome, subscriptions};

const PLAIN: [&str; 9] = [
    "balance",
    "business_name",
    "description",
    "email",
    "individual_name",
    "name",
    "phone",
    "preferred_locales",
    "tax_exempt",
];

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    if let Some(clock) = params.text("test_clock") {
        state.load(Kind::TestClock, clock, Some("test_clock"))?;
        let of_clock =
            state.newest(Kind::Customer).filter(|customer| customer.text("test_clock") == Some(clock)).count();
        if of_clock >= 3 {
            return Err(ApiError::invalid("A test clock holds at most 3 customers").param("test_clock"));
        }
        state.enter_clock(Some(clock.to_owned()));
    }
    let card = params.text("payment_method").map(|alias| card_named(alias, "payment_method")).transpose()?;
    let id = make(state, params);
    if let Some(card) = card {
        state.attach_card(card, &id, Value::Null);
    }
    Ok(state.render(Kind::Customer, &id))
}

/// The card behind an alias, refused if there is none or it declines at once.
pub(super) fn card_named(alias: &str, param: &str) -> Result<cards::Card, ApiError> {
    let card = cards::by_alias(alias).ok_or_else(|| ApiError::missing("PaymentMethod", alias, Some(param)))?;
    card.refusal().map_or(Ok(card), Err)
}

/// Keeps and announces a customer; returns the id.
pub(super) fn make(state: &mut State, params: &Value) -> String {
    let id = state.mint(Kind::Customer);
    let mut customer = json!({
        "id": id, "address": null, "balance": 0, "created": state.now, "currency": null, "delinquent": false,
        "email": null, "name": null, "phone": null, "preferred_locales": [], "tax_exempt": "none", "discount": null,
        "invoice_prefix": state.ids.mint("", 8).to_ascii_uppercase(), "metadata": fresh_metadata(params),
        "invoice_settings": {"custom_fields": null, "default_payment_method": null, "footer": null},
        "next_invoice_sequence": 1, "test_clock": params["test_clock"],
    });
    write(&mut customer, params);
    state.insert(Kind::Customer, customer);
    state.emit("customer.created", Kind::Customer, &id, None);
    id
}

fn write(customer: &mut Value, params: &Value) {
    copy_given(customer, params, &PLAIN);
    for key in ["address", "shipping"] {
        if let Some(given) = params.get(key) {
            customer[key] = if given.is_object() { with_address(key, given) } else { Value::Null };
        }
    }
    if let Some(settings) = params.get("invoice_settings") {
        copy_given(&mut customer["invoice_settings"], settings, &["custom_fields", "default_payment_method", "footer"]);
    }
}

fn with_address(key: &str, given: &Value) -> Value {
    let full = |address: &Value| {
        let part = |name: &str| address[name].clone();
        json!({"city": part("city"), "country": part("country"), "line1": part("line1"), "line2": part("line2"),
            "postal_code": part("postal_code"), "state": part("state")})
    };
    if key == "address" {
        return full(given);
    }
    let mut shipping = given.clone();
    shipping["address"] = full(&given["address"]);
    shipping
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.load(Kind::Customer, call.id, None)?;
    refuse_deleted(state, call.id, None)?;
    if let Some(method) = params["invoice_settings"].text("default_payment_method") {
        let known = state.load(Kind::PaymentMethod, method, Some("invoice_settings[default_payment_method]"))?;
        if known.text("customer") != Some(call.id) {
            let message = format!("The customer does not have a payment method with the ID {method}.");
            return Err(ApiError::invalid(message).param("invoice_settings[default_payment_method]"));
        }
    }
    Ok(state.announce(Kind::Customer, call.id, "customer.updated", |customer| {
        write(customer, params);
        merge_metadata(customer, params);
    }))
}

/// Refuses an id whose customer was deleted.
pub(crate) fn refuse_deleted(state: &State, id: &str, param: Option<&str>) -> Result<(), ApiError> {
    let customer = state.load(Kind::Customer, id, param)?;
    if customer.flag("deleted") == Some(true) { Err(ApiError::missing("customer", id, param)) } else { Ok(()) }
}

pub(super) fn retrieve(state: &State, call: &Call<'_>) -> Outcome {
    let customer = state.load(Kind::Customer, call.id, None)?;
    let deleted = customer.flag("deleted") == Some(true);
    Ok(if deleted { State::deleted(Kind::Customer, call.id) } else { customer.clone() })
}

pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Outcome {
    refuse_deleted(state, call.id, None)?;
    remove(state, call.id);
    Ok(State::deleted(Kind::Customer, call.id))
}

/// Marks a customer deleted and cancels everything that bills them.
pub(super) fn remove(state: &mut State, id: &str) {
    let mine =
        |subscription: &&Value| subscription.text("customer") == Some(id) && !subscriptions::is_over(subscription);
    let running: Vec<String> =
        state.oldest(Kind::Subscription).filter(mine).map(|subscription| subscription.id().to_owned()).collect();
    for subscription in running {
        subscriptions::end(state, &subscription, None);
    }
    let snapshot = state.render(Kind::Customer, id);
    state.edit(Kind::Customer, id, |customer| customer["deleted"] = json!(true));
    state.emit_snapshot("customer.deleted", snapshot, None);
}

pub(super) fn list(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::Customer, params, call.path, |customer| {
        let clock = params.text("test_clock").is_some() || customer["test_clock"].is_null();
        clock
            && customer.flag("deleted") != Some(true)
            && matches(customer, params, "email")
            && matches(customer, params, "test_clock")
    })
}

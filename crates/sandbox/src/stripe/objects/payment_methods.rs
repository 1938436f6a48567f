//! Payment methods, attached by the published test names.

use serde_json::Value;

use super::super::error::ApiError;
use super::super::json::Read;
use super::super::list::matches;
use super::super::state::{Kind, State};
use super::{Call, Outcome, customers};

/// Attaching a published name makes a fresh payment method; one that exists stays with its customer.
pub(super) fn attach(state: &mut State, call: &Call<'_>) -> Outcome {
    let Some(customer) = call.params.text("customer") else {
        return Err(ApiError::invalid("Missing required param: customer.").code("parameter_missing").param("customer"));
    };
    customers::refuse_deleted(state, customer, Some("customer"))?;
    if let Some(known) = state.find(Kind::PaymentMethod, call.id) {
        if known.text("customer") == Some(customer) {
            return Ok(known.clone());
        }
        let message = "The payment method you provided has already been attached to a customer.";
        return Err(ApiError::invalid(message).code("payment_method_unexpected_state"));
    }
    if super::super::cards::by_alias(call.id).is_none() {
        return Err(ApiError::missing("PaymentMethod", call.id, None));
    }
    let card = customers::card_named(call.id, "payment_method")?;
    state.enter_time_of(customer);
    Ok(state.attach_card(card, customer, Value::Null))
}

pub(super) fn list(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::PaymentMethod, params, call.path, |method| {
        matches(method, params, "customer") && matches(method, params, "type")
    })
}

//! `POST /v1/invoices/create_preview`: what the next invoice would say, without keeping anything.

use serde_json::{Value, json};

use super::super::contract;
use super::super::error::ApiError;
use super::super::json::{Read, fresh_metadata};
use super::super::objects::{Call, Outcome, subscriptions};
use super::super::state::{Kind, State};
use super::invoicing::{self, Draft};
use super::{add_interval, changes, cycle};

pub(crate) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let details = &params["subscription_details"];
    let (subscription, lines) = match params.text("subscription") {
        Some(id) => of_existing(state, id, details)?,
        None => of_new(state, params, details)?,
    };
    Ok(compose(state, &subscription, lines))
}

fn compose(state: &mut State, subscription: &Value, lines: Vec<Value>) -> Value {
    let id = state.ids.mint("upcoming_in_", 24);
    let customer = subscription.text("customer").unwrap_or_default();
    let draft = Draft { customer, subscription, reason: "upcoming", lines, discounts: Vec::new(), finalizes_at: None };
    let mut preview = invoicing::compose(state, &id, draft);
    contract::nullable_members("invoice", &mut preview);
    preview
}

/// The invoice of the period after the current one, with what waits for it.
pub(super) fn of_next_period(state: &mut State, subscription: &Value) -> Value {
    let mut next = subscription.clone();
    let mut lines = state.pending_lines.get(subscription.id()).cloned().unwrap_or_default();
    let start = cycle::period_end(subscription).unwrap_or(state.now);
    move_items(state, &mut next, start);
    lines.extend(state.item_lines(&next));
    compose(state, &next, lines)
}

fn of_existing(state: &mut State, id: &str, details: &Value) -> Result<(Value, Vec<Value>), ApiError> {
    let mut subscription = state.load(Kind::Subscription, id, Some("subscription"))?.clone();
    if subscriptions::is_over(&subscription) {
        return Err(ApiError::invalid("A cancelled subscription has no next invoice").code("invoice_upcoming_none"));
    }
    let change = changes::work_out(state, &subscription, details)?;
    let mut lines = state.pending_lines.get(id).cloned().unwrap_or_default();
    lines.extend(change.prorations);
    if details.text("proration_behavior") == Some("always_invoice") && !change.resets_cycle {
        return Ok((subscription, lines));
    }
    let start = if change.resets_cycle { state.now } else { cycle::period_end(&subscription).unwrap_or(state.now) };
    subscription["items"]["data"] = Value::Array(change.items);
    move_items(state, &mut subscription, start);
    lines.extend(state.item_lines(&subscription));
    Ok((subscription, lines))
}

fn of_new(state: &mut State, params: &Value, details: &Value) -> Result<(Value, Vec<Value>), ApiError> {
    let given = details.list("items");
    if given.is_empty() {
        let message = "Give a subscription, or subscription_details[items]";
        return Err(ApiError::invalid(message).code("parameter_missing").param("subscription"));
    }
    if let Some(customer) = params.text("customer") {
        state.load(Kind::Customer, customer, Some("customer"))?;
    }
    let id = state.mint(Kind::Subscription);
    let mut items = Vec::new();
    let mut currency = Value::Null;
    for (index, item) in given.iter().enumerate() {
        let place = format!("subscription_details[items][{index}][price]");
        let price = item.text("price").unwrap_or_default();
        currency = subscriptions::usable_price(state, price, currency.as_str(), &place)?["currency"].clone();
        items.push(subscriptions::new_item(state, &id, price, item));
    }
    let mut subscription = json!({"id": id, "customer": params["customer"], "currency": currency, "status": "active",
        "metadata": fresh_metadata(details), "items": {"data": items}});
    let now = state.now;
    move_items(state, &mut subscription, now);
    let lines = state.item_lines(&subscription);
    Ok((subscription, lines))
}

fn move_items(state: &State, subscription: &mut Value, start: i64) {
    for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
        let price = state.copy(Kind::Price, item.id_at("price").unwrap_or_default());
        let recurring = &price["recurring"];
        let (interval, count) =
            (recurring.text("interval").unwrap_or("month"), recurring.int("interval_count").unwrap_or(1));
        item["current_period_start"] = json!(start);
        item["current_period_end"] = json!(add_interval(start, interval, count));
    }
}

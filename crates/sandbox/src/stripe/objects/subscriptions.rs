//! Operations on subscriptions and their items.

use serde_json::{Value, json};

use super::super::agenda::Due;
use super::super::billing::{changes, cycle, discounts, invoicing};
use super::super::cards::{Presence, Verdict};
use super::super::error::ApiError;
use super::super::json::{Read, copy_given, fresh_metadata, merge_metadata};
use super::super::list::{in_range, list as envelope, matches, paginate};
use super::super::state::{Kind, State};
use super::subscribing::{self, Plan};
use super::{Call, Outcome, customers};

/// How long a first payment may take.
pub(crate) const FIRST_PAYMENT_SECONDS: i64 = 23 * 3_600;

/// Whether it is cancelled or never came to life.
pub(crate) fn is_over(subscription: &Value) -> bool {
    matches!(subscription.text("status"), None | Some("canceled" | "incomplete_expired"))
}

/// The price, if a subscription in this currency may bill it.
pub(crate) fn usable_price<'a>(
    state: &'a State,
    id: &str,
    currency: Option<&str>,
    param: &str,
) -> Result<&'a Value, ApiError> {
    let price = state.load(Kind::Price, id, Some(param))?;
    if price.flag("active") != Some(true) {
        return Err(ApiError::invalid(format!("The price specified is inactive: {id}"))
            .code("price_inactive")
            .param(param));
    }
    if price["recurring"].is_null() {
        return Err(ApiError::invalid("The price must be recurring here").param(param));
    }
    if currency.is_some_and(|currency| price.text("currency") != Some(currency)) {
        return Err(ApiError::invalid("All prices of a subscription must share one currency").param(param));
    }
    Ok(price)
}

/// The quantity of one line, between one and a million; 1 if none is given.
pub(crate) fn quantity(given: &Value, place: &str) -> Result<i64, ApiError> {
    let quantity = given.int("quantity").unwrap_or(1);
    if (1..=1_000_000).contains(&quantity) {
        return Ok(quantity);
    }
    let message = format!("Quantity must lie between 1 and 1000000, not {quantity}");
    Err(ApiError::invalid(message).code("parameter_invalid_integer").param(format!("{place}[quantity]")))
}

/// A subscription item without its period.
pub(crate) fn new_item(state: &mut State, subscription: &str, price: &str, given: &Value) -> Value {
    json!({
        "id": state.ids.mint("si_", 14), "object": "subscription_item", "billing_thresholds": null, "created": state.now,
        "current_trial": null, "discounts": [], "metadata": fresh_metadata(given), "price": price,
        "quantity": given.int("quantity").unwrap_or(1), "subscription": subscription, "tax_rates": [],
    })
}

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let plan = read_plan(state, params)?;
    let behaviour = params.text("payment_behavior").unwrap_or("allow_incomplete");
    if behaviour == "pending_if_incomplete" {
        return Err(ApiError::invalid("pending_if_incomplete is for updates only").param("payment_behavior"));
    }
    let pays = plan.trial_end.is_none();
    if pays && behaviour != "default_incomplete" {
        let wanted = json!({"default_payment_method": plan.method, "customer": plan.customer});
        let Some(method) = cycle::default_method(state, &wanted) else {
            let message = "This customer has no attached payment source or default payment method.";
            return Err(ApiError::invalid(message).code("resource_missing"));
        };
        if behaviour == "error_if_incomplete"
            && let Verdict::Declines(error) | Verdict::NeedsCustomer(error) =
                state.verdict(&method, Presence::OffSession)
        {
            return Err(error);
        }
    }
    let begun = subscribing::begin(state, plan, Presence::OffSession, behaviour != "default_incomplete");
    Ok(state.render(Kind::Subscription, &begun.id))
}

fn read_plan(state: &mut State, params: &Value) -> Result<Plan, ApiError> {
    let missing = |param: &str| {
        ApiError::invalid(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
    };
    let customer = params.text("customer").ok_or_else(|| missing("customer"))?.to_owned();
    customers::refuse_deleted(state, &customer, Some("customer"))?;
    state.enter_time_of(&customer);
    let items = params.list("items");
    if items.is_empty() {
        return Err(missing("items"));
    }
    let mut currency = state.copy(Kind::Customer, &customer)["currency"].take();
    for (index, item) in items.iter().enumerate() {
        let place = format!("items[{index}][price]");
        let price = item.text("price").ok_or_else(|| missing(&place))?;
        currency = usable_price(state, price, currency.as_str(), &place)?["currency"].clone();
        quantity(item, &format!("items[{index}]"))?;
    }
    let method = params.text("default_payment_method").map(str::to_owned);
    if let Some(method) = &method
        && state.find(Kind::PaymentMethod, method).and_then(|known| known.text("customer")) != Some(&customer)
    {
        let message = format!("The customer does not have a payment method with the ID {method}.");
        return Err(ApiError::invalid(message).code("resource_missing").param("default_payment_method"));
    }
    let mut redeemed = Vec::new();
    for (index, given) in params.list("discounts").iter().enumerate() {
        redeemed.push(discounts::resolve(state, given, &format!("discounts[{index}]"))?);
    }
    Ok(Plan {
        customer,
        items: items.to_vec(),
        extras: params.list("add_invoice_items").to_vec(),
        metadata: fresh_metadata(params),
        method,
        trial_end: subscribing::trial_end(state, params)?,
        discounts: redeemed,
        session: None,
        settings: params.clone(),
    })
}

fn enter(state: &mut State, id: &str) -> Result<Value, ApiError> {
    let subscription = state.load(Kind::Subscription, id, None)?.clone();
    state.enter_time_of(subscription.text("customer").unwrap_or_default());
    Ok(subscription)
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let subscription = enter(state, call.id)?;
    let allowed = ["metadata", "cancellation_details", "expand"];
    let others = params.as_object().is_some_and(|given| given.keys().any(|key| !allowed.contains(&key.as_str())));
    if is_over(&subscription) && others {
        let message = "A canceled subscription can only update its cancellation_details and metadata.";
        return Err(ApiError::invalid(message));
    }
    if params.text("payment_behavior") == Some("pending_if_incomplete") && params.has("metadata") {
        return Err(ApiError::invalid("metadata cannot change with pending_if_incomplete").param("metadata"));
    }
    if let Some(method) = params.text("default_payment_method") {
        let known = state.load(Kind::PaymentMethod, method, Some("default_payment_method"))?;
        if known.text("customer") != subscription.text("customer") {
            return Err(
                ApiError::invalid("The payment method belongs to another customer").param("default_payment_method")
            );
        }
    }
    let before = state.render(Kind::Subscription, call.id);
    let moves_items = params.has("items") || params["billing_cycle_anchor"].text("type") == Some("now");
    if moves_items {
        let change = changes::work_out(state, &subscription, params)?;
        changes::carry_out(state, call.id, change, params)?;
    }
    state.edit(Kind::Subscription, call.id, |subscription| {
        copy_given(subscription, params, &["default_payment_method", "description", "pause_collection"]);
        if subscription["pause_collection"].is_object() && !subscription["pause_collection"].has("resumes_at") {
            subscription["pause_collection"]["resumes_at"] = Value::Null;
        }
        merge_metadata(subscription, params);
    });
    note_reasons(state, call.id, params);
    plan_end(state, call.id, params);
    end_trial_now(state, call.id, params);
    cycle::tell_changes(state, call.id, &before);
    Ok(state.render(Kind::Subscription, call.id))
}

fn end_trial_now(state: &mut State, id: &str, params: &Value) {
    let trialing = state.copy(Kind::Subscription, id).text("status") == Some("trialing");
    if trialing && params.text("trial_end") == Some("now") {
        let now = state.now;
        state.edit(Kind::Subscription, id, |subscription| subscription["trial_end"] = json!(now));
        cycle::end_trial(state, id);
    }
}

/// Applies `cancel_at_period_end` and `cancel_at` of a request.
pub(crate) fn plan_end(state: &mut State, id: &str, params: &Value) {
    let now = state.now;
    let subscription = state.copy(Kind::Subscription, id);
    let period_end = cycle::period_end(&subscription);
    let chosen = match &params["cancel_at"] {
        Value::Number(at) => Some(at.as_i64()),
        Value::String(text) if text.is_empty() => Some(None),
        Value::String(_) => Some(period_end),
        _ => None,
    };
    state.edit(Kind::Subscription, id, |subscription| {
        match params.flag("cancel_at_period_end") {
            Some(true) => {
                subscription["cancel_at_period_end"] = json!(true);
                subscription["cancel_at"] = json!(period_end);
            }
            Some(false) if subscription.flag("cancel_at_period_end") == Some(true) => {
                subscription["cancel_at_period_end"] = json!(false);
                subscription["cancel_at"] = Value::Null;
            }
            _ => {}
        }
        if let Some(at) = chosen {
            subscription["cancel_at"] = json!(at);
        }
        if subscription["cancel_at"].is_null() {
            subscription["canceled_at"] = Value::Null;
            subscription["cancellation_details"]["reason"] = Value::Null;
        } else if subscription["canceled_at"].is_null() {
            subscription["canceled_at"] = json!(now);
            subscription["cancellation_details"]["reason"] = json!("cancellation_requested");
        }
    });
    if let Some(at) = state.copy(Kind::Subscription, id).int("cancel_at") {
        state.plan(at, Due::CancelSubscription(id.to_owned()));
    }
}

fn note_reasons(state: &mut State, id: &str, params: &Value) {
    if let Some(given) = params.get("cancellation_details") {
        state.edit(Kind::Subscription, id, |subscription| {
            copy_given(&mut subscription["cancellation_details"], given, &["comment", "feedback", "feedback_option"]);
        });
    }
}

/// The planned end has come, unless it was called off or moved.
pub(crate) fn cancel_as_planned(state: &mut State, id: &str) {
    let subscription = state.copy(Kind::Subscription, id);
    if !is_over(&subscription) && subscription.int("cancel_at").is_some_and(|at| at <= state.now) {
        end(state, id, Some("cancellation_requested"));
    }
}

/// Ends a subscription now: no further invoice, no further charge, no refund.
pub(crate) fn end(state: &mut State, id: &str, reason: Option<&str>) {
    let now = state.now;
    if is_over(&state.copy(Kind::Subscription, id)) {
        return;
    }
    state.pending_lines.remove(id);
    let open: Vec<String> = state
        .oldest(Kind::Invoice)
        .filter(|invoice| invoicing::subscription_of(invoice) == Some(id))
        .filter(|invoice| matches!(invoice.text("status"), Some("draft" | "open")))
        .map(|invoice| invoice.id().to_owned())
        .collect();
    for invoice in open {
        state.edit(Kind::Invoice, &invoice, |invoice| {
            invoice["auto_advance"] = json!(false);
            invoice["automatically_finalizes_at"] = Value::Null;
            invoice["next_payment_attempt"] = Value::Null;
        });
    }
    state.edit(Kind::Subscription, id, |subscription| {
        subscription["status"] = json!("canceled");
        subscription["ended_at"] = json!(now);
        if subscription["canceled_at"].is_null() {
            subscription["canceled_at"] = json!(now);
        }
        if let Some(reason) = reason {
            subscription["cancellation_details"]["reason"] = json!(reason);
        }
    });
    state.emit("customer.subscription.deleted", Kind::Subscription, id, None);
}

pub(super) fn cancel(state: &mut State, call: &Call<'_>) -> Outcome {
    let subscription = enter(state, call.id)?;
    if is_over(&subscription) {
        return Err(ApiError::missing("subscription", call.id, None));
    }
    note_reasons(state, call.id, call.params);
    end(state, call.id, Some("cancellation_requested"));
    Ok(state.render(Kind::Subscription, call.id))
}

pub(super) fn pause(state: &mut State, call: &Call<'_>) -> Outcome {
    let subscription = enter(state, call.id)?;
    if !matches!(subscription.text("status"), Some("active" | "trialing" | "past_due")) {
        return Err(ApiError::invalid("Only a running subscription can be paused"));
    }
    set_paused(state, call.id);
    Ok(state.render(Kind::Subscription, call.id))
}

/// Stops periods and invoices until resumed.
pub(crate) fn set_paused(state: &mut State, id: &str) {
    state.announce(Kind::Subscription, id, "customer.subscription.updated", |subscription| {
        subscription["status"] = json!("paused");
    });
    state.emit("customer.subscription.paused", Kind::Subscription, id, None);
}

pub(super) fn resume(state: &mut State, call: &Call<'_>) -> Outcome {
    let subscription = enter(state, call.id)?;
    if subscription.text("status") != Some("paused") {
        return Err(ApiError::invalid("Only a paused subscription can be resumed"));
    }
    let before = state.render(Kind::Subscription, call.id);
    let over = cycle::period_end(&subscription).is_none_or(|end| end <= state.now);
    let anew = over || call.params["billing_cycle_anchor"].text("type") != Some("unchanged");
    state.edit(Kind::Subscription, call.id, |subscription| subscription["status"] = json!("active"));
    let mut invoice = None;
    if anew {
        let now = state.now;
        state.edit(Kind::Subscription, call.id, |subscription| subscription["billing_cycle_anchor"] = json!(now));
        cycle::advance_items(state, call.id, now);
        invoice = Some(cycle::invoice_period(state, call.id, "subscription_update", None));
    }
    cycle::tell_changes(state, call.id, &before);
    state.emit("customer.subscription.resumed", Kind::Subscription, call.id, None);
    if let Some(invoice) = invoice {
        changes::bill(state, call.id, &invoice);
    }
    Ok(state.render(Kind::Subscription, call.id))
}

pub(super) fn list(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let status = params.text("status");
    state.page(Kind::Subscription, params, call.path, |subscription| {
        let own = subscription.text("status");
        let shown = match status {
            None => own != Some("canceled"),
            Some("all") => true,
            Some("ended") => is_over(subscription),
            Some(wanted) => own == Some(wanted),
        };
        let items = subscription["items"].list("data");
        let price = params.text("price").or(params.text("plan"));
        shown
            && ["customer", "collection_method", "test_clock"].iter().all(|key| matches(subscription, params, key))
            && price.is_none_or(|price| items.iter().any(|item| item.id_at("price") == Some(price)))
            && ["current_period_start", "current_period_end"]
                .iter()
                .all(|key| items.iter().any(|item| in_range(&params[*key], item.int(key))))
    })
}

pub(super) fn list_items(state: &State, call: &Call<'_>) -> Outcome {
    let id = call.params.text("subscription").unwrap_or_default();
    state.load(Kind::Subscription, id, Some("subscription"))?;
    let subscription = state.render(Kind::Subscription, id);
    let items: Vec<&Value> = subscription["items"].list("data").iter().collect();
    let missing = |cursor: &str| ApiError::missing("subscription item", cursor, Some("starting_after"));
    let (page, has_more) = paginate(&items, call.params, missing)?;
    Ok(envelope(call.path, has_more, page.into_iter().cloned().collect()))
}

pub(super) fn update_item(state: &mut State, call: &Call<'_>) -> Outcome {
    let owner = state
        .oldest(Kind::Subscription)
        .find(|subscription| subscription["items"].list("data").iter().any(|item| item.id() == call.id));
    let owner = owner.ok_or_else(|| ApiError::missing("subscription_item", call.id, None))?.id().to_owned();
    let subscription = enter(state, &owner)?;
    if is_over(&subscription) {
        return Err(ApiError::missing("subscription_item", call.id, None));
    }
    let before = state.render(Kind::Subscription, &owner);
    let mut item = call.params.clone();
    item["id"] = json!(call.id);
    let mut params = call.params.clone();
    params["items"] = json!([item]);
    let change = changes::work_out(state, &subscription, &params)?;
    changes::carry_out(state, &owner, change, &params)?;
    cycle::tell_changes(state, &owner, &before);
    let after = state.render(Kind::Subscription, &owner);
    let found = after["items"].list("data").iter().find(|item| item.id() == call.id);
    found.cloned().ok_or_else(|| ApiError::missing("subscription_item", call.id, None))
}

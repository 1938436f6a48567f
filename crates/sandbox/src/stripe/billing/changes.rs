//! Changing what a subscription bills: items, quantities, prices, with proration.

use serde_json::{Value, json};

use super::super::agenda::Due;
use super::super::cards::{Presence, Verdict};
use super::super::error::ApiError;
use super::super::json::Read;
use super::super::objects::subscriptions::{self, FIRST_PAYMENT_SECONDS};
use super::super::state::{Kind, State};
use super::charging::Attempt;
use super::cycle;
use super::invoicing::{self, Draft};
use super::lines::{Line, unit_amount};
use super::proportion;

/// The items after a change, and the lines that settle the difference.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) items: Vec<Value>,
    pub(crate) prorations: Vec<Value>,
    /// Whether another interval starts a new cycle now.
    pub(crate) resets_cycle: bool,
}

/// Works out `items[]` of an update without applying anything.
pub(crate) fn work_out(state: &mut State, subscription: &Value, params: &Value) -> Result<Change, ApiError> {
    let old = subscription["items"].list("data").to_vec();
    let mut items = old.clone();
    for (index, given) in params.list("items").iter().enumerate() {
        change_item(state, subscription, &mut items, given, &format!("items[{index}]"))?;
    }
    if items.is_empty() {
        return Err(ApiError::invalid("A subscription must have at least one item").param("items"));
    }
    let interval = |state: &State, item: &Value| -> (Value, Value) {
        let price = state.copy(Kind::Price, item.id_at("price").unwrap_or_default());
        (price["recurring"]["interval"].clone(), price["recurring"]["interval_count"].clone())
    };
    let new = interval(state, &items[0]);
    if items.iter().any(|item| interval(state, item) != new) {
        return Err(ApiError::invalid("All prices of a subscription must share one interval").param("items"));
    }
    let anchored = params["billing_cycle_anchor"].text("type") == Some("now");
    let resets_cycle = anchored || old.first().is_some_and(|item| interval(state, item) != new);
    let behaviour = params.text("proration_behavior").unwrap_or("create_prorations");
    let at = params.int("proration_date").unwrap_or(state.now);
    let prorates = behaviour != "none" && subscription.text("status") != Some("trialing");
    let prorations = if prorates { prorate(state, subscription, &old, &items, at, resets_cycle) } else { Vec::new() };
    Ok(Change { items, prorations, resets_cycle })
}

fn change_item(
    state: &mut State,
    subscription: &Value,
    items: &mut Vec<Value>,
    given: &Value,
    place: &str,
) -> Result<(), ApiError> {
    subscriptions::quantity(given, place)?;
    let price = given.text("price").or_else(|| given.text("plan"));
    if let Some(price) = price {
        subscriptions::usable_price(state, price, subscription.text("currency"), &format!("{place}[price]"))?;
    }
    let Some(id) = given.text("id") else {
        let price = price.ok_or_else(|| {
            ApiError::invalid("Missing required param: price.")
                .code("parameter_missing")
                .param(format!("{place}[price]"))
        })?;
        if items.iter().any(|item| item.id_at("price") == Some(price)) {
            let message = format!("Cannot add multiple subscription items with the same price: {price}");
            return Err(ApiError::invalid(message).param(format!("{place}[price]")));
        }
        let mut item = subscriptions::new_item(state, subscription.id(), price, given);
        for key in ["current_period_start", "current_period_end"] {
            item[key] = subscription["items"]["data"][0][key].clone();
        }
        items.push(item);
        return Ok(());
    };
    let known = items.iter().position(|item| item.id() == id);
    let known = known.ok_or_else(|| ApiError::missing("subscription_item", id, Some(&format!("{place}[id]"))))?;
    if given.flag("deleted") == Some(true) {
        items.remove(known);
        return Ok(());
    }
    if let Some(price) = price {
        items[known]["price"] = json!(price);
    }
    if let Some(quantity) = given.int("quantity") {
        items[known]["quantity"] = json!(quantity);
    }
    super::super::json::merge_metadata(&mut items[known], given);
    Ok(())
}

/// A credit for the unused time of each old item that changed, and a charge for the rest of the period at the new price.
fn prorate(
    state: &mut State,
    subscription: &Value,
    old: &[Value],
    new: &[Value],
    at: i64,
    resets_cycle: bool,
) -> Vec<Value> {
    let period = (old[0].int("current_period_start").unwrap_or(0), old[0].int("current_period_end").unwrap_or(0));
    let at = at.clamp(period.0, period.1);
    let same = |item: &Value, other: &Value| {
        item.id() == other.id() && item.id_at("price") == other.id_at("price") && item["quantity"] == other["quantity"]
    };
    let mut lines = Vec::new();
    for (side, others, sign) in [(old, new, -1), (new, old, 1)] {
        if sign == 1 && resets_cycle {
            continue; // the new cycle bills the new items in full
        }
        for item in side.iter().filter(|item| resets_cycle || !others.iter().any(|other| same(item, other))) {
            let price = state.copy(Kind::Price, item.id_at("price").unwrap_or_default());
            let quantity = item.int("quantity").unwrap_or(1);
            let full = unit_amount(&price) * quantity;
            let amount = sign * share(full, period.1 - at, period.1 - period.0);
            let line = Line {
                subscription,
                item: Some(item.id()),
                price: &price,
                quantity,
                amount,
                period: (at, period.1),
                proration: true,
            };
            lines.push(state.line(&line));
        }
    }
    lines
}

/// `part / whole` of `amount`, rounded half up.
fn share(amount: i64, part: i64, whole: i64) -> i64 {
    (proportion(amount, 2 * part, whole) + 1) / 2
}

/// Applies a change and settles it as `proration_behavior` and `payment_behavior` ask.
pub(crate) fn carry_out(state: &mut State, id: &str, change: Change, params: &Value) -> Result<(), ApiError> {
    let behaviour = params.text("proration_behavior").unwrap_or("create_prorations");
    let at_once = change.resets_cycle || behaviour == "always_invoice";
    let payment = params.text("payment_behavior").unwrap_or("allow_incomplete");
    if !at_once {
        set_items(state, id, change.items);
        state.pending_lines.entry(id.to_owned()).or_default().extend(change.prorations);
        return Ok(());
    }
    let subscription = state.copy(Kind::Subscription, id);
    let method = cycle::default_method(state, &subscription);
    let refusal = match method.as_deref().map(|method| state.verdict(method, Presence::OffSession)) {
        Some(Verdict::Declines(error) | Verdict::NeedsCustomer(error)) => Some(error),
        Some(Verdict::Succeeds | Verdict::Processing { .. }) => None,
        None => Some(ApiError::invalid("This customer has no default payment method.").code("resource_missing")),
    };
    match (payment, refusal) {
        ("error_if_incomplete", Some(refusal)) => Err(refusal),
        ("pending_if_incomplete", Some(_)) => {
            hold(state, id, change, method.as_deref());
            Ok(())
        }
        _ => {
            settle_now(state, id, change);
            Ok(())
        }
    }
}

fn set_items(state: &mut State, id: &str, items: Vec<Value>) {
    state.edit(Kind::Subscription, id, |subscription| subscription["items"]["data"] = Value::Array(items));
}

fn settle_now(state: &mut State, id: &str, change: Change) {
    set_items(state, id, change.items);
    state.pending_lines.entry(id.to_owned()).or_default().extend(change.prorations);
    let invoice = if change.resets_cycle {
        let now = state.now;
        state.edit(Kind::Subscription, id, |subscription| subscription["billing_cycle_anchor"] = json!(now));
        cycle::advance_items(state, id, now);
        cycle::invoice_period(state, id, "subscription_update", None)
    } else {
        let lines = state.pending_lines.remove(id).unwrap_or_default();
        if lines.is_empty() {
            return;
        }
        draft(state, id, lines)
    };
    bill(state, id, &invoice);
}

fn draft(state: &mut State, id: &str, lines: Vec<Value>) -> String {
    let subscription = state.copy(Kind::Subscription, id);
    let customer = subscription.text("customer").unwrap_or_default();
    let reason = "subscription_update";
    invoicing::draft(
        state,
        Draft { customer, subscription: &subscription, reason, lines, discounts: Vec::new(), finalizes_at: None },
    )
}

/// Finalises and charges an invoice of this moment.
pub(crate) fn bill(state: &mut State, id: &str, invoice: &str) -> Option<Attempt> {
    state.emit("invoice.created", Kind::Invoice, invoice, None);
    invoicing::finalize(state, invoice);
    invoicing::announce_finalized(state, invoice);
    if state.copy(Kind::Invoice, invoice).text("status") != Some("open") {
        return None;
    }
    let method = cycle::default_method(state, &state.copy(Kind::Subscription, id));
    Some(state.collect(invoice, method.as_deref(), Presence::OffSession, true))
}

/// Keeps the old items until the invoice for the change is paid.
fn hold(state: &mut State, id: &str, change: Change, method: Option<&str>) {
    let expires_at = state.now + FIRST_PAYMENT_SECONDS;
    let invoice = draft(state, id, change.prorations);
    let items = Value::Array(change.items);
    state.edit(Kind::Subscription, id, |subscription| {
        subscription["pending_update"] = json!({"billing_cycle_anchor": null, "cancel_at_period_end": null, "discount": null,
            "discounts": null, "expires_at": expires_at, "metadata": null, "subscription_items": items, "trial_end": null,
            "trial_from_plan": null});
    });
    state.pending_items.insert(invoice.clone(), items);
    state.emit("invoice.created", Kind::Invoice, &invoice, None);
    invoicing::finalize(state, &invoice);
    invoicing::announce_finalized(state, &invoice);
    if state.copy(Kind::Invoice, &invoice).text("status") == Some("open") {
        state.collect(&invoice, method, Presence::OffSession, false);
        state.plan(expires_at, Due::ExpirePendingUpdate(id.to_owned()));
    }
}

/// The invoice a change waited for is paid: the new items count.
pub(super) fn apply_pending(state: &mut State, subscription: &str, invoice: &str) {
    let Some(Value::Array(items)) = state.pending_items.remove(invoice) else { return };
    let before = state.render(Kind::Subscription, subscription);
    state.edit(Kind::Subscription, subscription, |subscription| {
        subscription["items"]["data"] = Value::Array(items);
        subscription["pending_update"] = Value::Null;
    });
    state.emit("customer.subscription.pending_update_applied", Kind::Subscription, subscription, None);
    cycle::tell_changes(state, subscription, &before);
}

/// The change was not paid in time: its invoice is void and the old items stay.
pub(super) fn drop_pending(state: &mut State, subscription: &str) {
    let of_this = |invoice: &&String| {
        let invoice = state.find(Kind::Invoice, invoice);
        invoice.and_then(invoicing::subscription_of) == Some(subscription)
    };
    let waiting: Vec<String> = state.pending_items.keys().filter(of_this).cloned().collect();
    for invoice in waiting {
        state.pending_items.remove(&invoice);
        drop(invoicing::close(state, &invoice, "void"));
    }
    state.edit(Kind::Subscription, subscription, |subscription| subscription["pending_update"] = Value::Null);
    state.emit("customer.subscription.pending_update_expired", Kind::Subscription, subscription, None);
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn half_a_period_costs_half_rounded_up() {
        assert_eq!(share(999, 15, 30), 500);
        assert_eq!(share(999, 0, 30), 0);
        assert_eq!(share(999, 30, 30), 999);
    }
}

//! How a subscription begins: with its first invoice, through the API or the payment page.

use serde_json::{Value, json};

use super::super::agenda::Due;
use super::super::billing::charging::Attempt;
use super::super::billing::lines::{Line, unit_amount};
use super::super::billing::{add_interval, cycle, discounts, invoicing};
use super::super::cards::Presence;
use super::super::error::ApiError;
use super::super::json::{Read, copy_given};
use super::super::state::{Kind, State};
use super::subscriptions::FIRST_PAYMENT_SECONDS;

/// Everything known before a subscription exists; prices and references were checked.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) customer: String,
    /// Recurring lines: `price`, `quantity`, `metadata`.
    pub(crate) items: Vec<Value>,
    /// One-time lines for the first invoice.
    pub(crate) extras: Vec<Value>,
    pub(crate) metadata: Value,
    pub(crate) method: Option<String>,
    pub(crate) trial_end: Option<i64>,
    /// Coupon, and promotion code if one was used.
    pub(crate) discounts: Vec<(String, Option<String>)>,
    pub(crate) session: Option<String>,
    /// Further members of the request that the subscription shows.
    pub(crate) settings: Value,
}

/// A subscription and what became of its first payment; `None` if there was nothing to pay or nobody tried.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) id: String,
    pub(crate) invoice: String,
    pub(crate) attempt: Option<Attempt>,
}

/// Makes subscription and first invoice and, if `charges`, collects it.
pub(crate) fn begin(state: &mut State, plan: Plan, presence: Presence, charges: bool) -> Begun {
    let id = keep(state, &plan);
    let subscription = state.copy(Kind::Subscription, &id);
    let currency = &subscription["currency"];
    if state.copy(Kind::Customer, &plan.customer)["currency"].is_null() {
        state.announce(Kind::Customer, &plan.customer, "customer.updated", |customer| {
            customer["currency"] = currency.clone()
        });
    }
    add_extras(state, &subscription, &plan.extras);
    let invoice = cycle::invoice_period(state, &id, "subscription_create", None);
    let drafted = state.render(Kind::Invoice, &invoice);
    invoicing::finalize(state, &invoice);
    let open = state.copy(Kind::Invoice, &invoice).text("status") == Some("open");
    if !open && plan.trial_end.is_none() {
        state.edit(Kind::Subscription, &id, |subscription| subscription["status"] = json!("active"));
    }
    state.emit("customer.subscription.created", Kind::Subscription, &id, None);
    state.emit_snapshot("invoice.created", drafted, None);
    invoicing::announce_finalized(state, &invoice);
    let method = cycle::default_method(state, &subscription);
    let attempt = (open && charges).then(|| state.collect(&invoice, method.as_deref(), presence, true));
    if state.copy(Kind::Subscription, &id).text("status") == Some("incomplete") {
        state.plan(state.now + FIRST_PAYMENT_SECONDS, Due::ExpireIncomplete(id.clone()));
    }
    Begun { id, invoice, attempt }
}

fn keep(state: &mut State, plan: &Plan) -> String {
    let id = state.mint(Kind::Subscription);
    let start = state.now;
    let items: Vec<Value> = plan
        .items
        .iter()
        .map(|item| super::subscriptions::new_item(state, &id, item.text("price").unwrap_or_default(), item))
        .collect();
    let price = state.copy(Kind::Price, plan.items[0].text("price").unwrap_or_default());
    let recurring = &price["recurring"];
    let (interval, count) =
        (recurring.text("interval").unwrap_or("month"), recurring.int("interval_count").unwrap_or(1));
    let end = plan.trial_end.unwrap_or_else(|| add_interval(start, interval, count));
    let discounts: Vec<String> = plan
        .discounts
        .iter()
        .map(|(coupon, code)| {
            discounts::redeem(state, coupon, code.as_deref(), &plan.customer, &id, plan.session.as_deref())
        })
        .collect();
    let mut subscription = json!({
        "id": id, "automatic_tax": {"enabled": false}, "billing_cycle_anchor": plan.trial_end.unwrap_or(start),
        "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}, "updated_at": start},
        "billing_schedules": [], "cancel_at_period_end": false,
        "cancellation_details": {"comment": null, "feedback": null, "feedback_option": null, "reason": null},
        "collection_method": "charge_automatically", "created": start, "currency": price["currency"],
        "customer": plan.customer, "default_payment_method": plan.method, "default_tax_rates": [], "discounts": discounts,
        "invoice_settings": {"issuer": {"type": "self"}},
        "items": {"object": "list", "data": items, "has_more": false,
            "url": format!("/v1/subscription_items?subscription={id}")},
        "metadata": plan.metadata, "payment_settings": {"payment_method_options": null, "payment_method_types": null,
            "save_default_payment_method": "off"},
        "start_date": start, "status": if plan.trial_end.is_some() { "trialing" } else { "incomplete" },
        "test_clock": state.test_clock, "trial_end": plan.trial_end, "trial_start": plan.trial_end.map(|_| start),
        "trial_settings": {"end_behavior": {"billing_cycle_anchor": null, "missing_payment_method": "create_invoice"}},
    });
    copy_given(&mut subscription, &plan.settings, &["description", "days_until_due", "trial_settings"]);
    for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
        item["current_period_start"] = json!(start);
        item["current_period_end"] = json!(end);
    }
    state.insert(Kind::Subscription, subscription);
    match plan.trial_end {
        Some(end) => cycle::plan_trial(state, &id, end),
        None => cycle::plan_period(state, &id, end),
    }
    super::subscriptions::plan_end(state, &id, &plan.settings);
    id
}

fn add_extras(state: &mut State, subscription: &Value, extras: &[Value]) {
    for extra in extras {
        let price = state.copy(Kind::Price, extra.text("price").unwrap_or_default());
        let quantity = extra.int("quantity").unwrap_or(1);
        let line = Line {
            subscription,
            item: None,
            price: &price,
            quantity,
            amount: unit_amount(&price) * quantity,
            period: (state.now, state.now),
            proration: false,
        };
        let line = state.line(&line);
        state.pending_lines.entry(subscription.id().to_owned()).or_default().push(line);
    }
}

/// The end of the trial that a request asks for, if any.
pub(crate) fn trial_end(state: &State, params: &Value) -> Result<Option<i64>, ApiError> {
    let end = match (&params["trial_end"], params.int("trial_period_days")) {
        (Value::Number(end), _) => end.as_i64(),
        (_, Some(days)) => Some(state.now + days * 86_400),
        _ => None,
    };
    match end {
        Some(end) if end <= state.now => Err(ApiError::invalid("The trial must end in the future").param("trial_end")),
        other => Ok(other),
    }
}

//! Checkout sessions: created through the API, completed on the payment page, or expired.

use serde_json::{Value, json};

use super::super::agenda::Due;
use super::super::billing::lines::{price_words, unit_amount};
use super::super::billing::{discounts, proportion};
use super::super::error::ApiError;
use super::super::json::{Read, copy_given, fresh_metadata};
use super::super::list::{list as envelope, matches, paginate};
use super::super::state::{Kind, State};
use super::{Call, Outcome, customers, prices, products, subscribing, subscriptions};

const HALF_HOUR: i64 = 1_800;
const DAY: i64 = 86_400;
/// When the bank speaks on a delayed payment, at normal speed.
const SETTLES_AFTER: i64 = 180;

/// What a session will become, kept beside the object that the API shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct SessionPlan {
    /// Line items as the API shows them.
    pub(crate) lines: Vec<Value>,
    pub(crate) recurring: Vec<Value>,
    pub(crate) one_time: Vec<Value>,
    /// `subscription_data` of the request.
    pub(crate) data: Value,
    /// Coupon, and promotion code if one was used.
    pub(crate) discounts: Vec<(String, Option<String>)>,
    /// What went wrong on the page last, for the next look at it.
    pub(crate) refusal: Option<String>,
}

/// How long a delayed payment takes on this sandbox.
pub(crate) fn settlement_seconds(state: &State) -> i64 {
    (SETTLES_AFTER / i64::from(state.settings.speed.max(1))).max(1)
}

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    check_shape(params)?;
    if let Some(customer) = params.text("customer") {
        customers::refuse_deleted(state, customer, Some("customer"))?;
    }
    let expires_at = expiry(state, params)?;
    let plan = read_lines(state, params)?;
    let trial = subscribing::trial_end(state, &plan.data)?;
    let id = state.mint(Kind::Session);
    let tail = state.ids.mint("#fid", 24);
    let base = state.settings.public_base.clone();
    let (subtotal, off) = totals(&plan);
    let due =
        if trial.is_some() { plan.one_time.iter().filter_map(|line| line.int("amount")).sum() } else { subtotal - off };
    let email = params.text("customer_email");
    let mut session = json!({
        "id": id, "amount_subtotal": if trial.is_some() { due } else { subtotal }, "amount_total": due,
        "automatic_tax": {"enabled": false}, "cancel_url": null, "created": state.now,
        "currency": plan.lines[0]["currency"], "custom_fields": [], "custom_text": {}, "customer": params["customer"],
        "customer_creation": if params.has("customer") { Value::Null } else { json!("always") },
        "customer_details": email.map(|email| details(&json!({"email": email}))), "customer_email": email,
        "discounts": plan.discounts.iter().map(|(coupon, code)| json!({"coupon": if code.is_some() { None } else { Some(coupon) },
            "promotion_code": code})).collect::<Vec<_>>(),
        "expires_at": expires_at, "metadata": fresh_metadata(params), "mode": "subscription",
        "payment_method_collection": "always", "payment_method_types": ["card"], "payment_status": "unpaid",
        "shipping_options": [], "status": "open", "ui_mode": "hosted_page", "url": format!("{base}/pay/{id}{tail}"),
        "total_details": {"amount_discount": if trial.is_some() { 0 } else { off }, "amount_shipping": 0, "amount_tax": 0},
    });
    let plain = [
        "allow_promotion_codes",
        "allowed_payment_method_types",
        "billing_address_collection",
        "cancel_url",
        "client_reference_id",
        "locale",
        "payment_method_collection",
        "success_url",
        "submit_type",
        "tax_id_collection",
    ];
    copy_given(&mut session, params, &plain);
    if let Some(given) = params.get("custom_text") {
        copy_given(
            &mut session["custom_text"],
            given,
            &["after_submit", "shipping_address", "submit", "terms_of_service_acceptance"],
        );
    }
    session["consent_collection"] = params["consent_collection"].clone();
    let session = state.insert(Kind::Session, session);
    state.session_plans.insert(id.clone(), plan);
    state.agenda.plan(None, expires_at, Due::ExpireSession(id));
    Ok(session)
}

fn check_shape(params: &Value) -> Result<(), ApiError> {
    let missing = |param: &str| {
        ApiError::invalid(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
    };
    let both = |one: &str, other: &str| {
        ApiError::invalid(format!("You may only specify one of these parameters: {one}, {other}.")).param(one)
    };
    match params.text("mode") {
        None => return Err(missing("mode")),
        Some("subscription") => {}
        Some(_) => return Err(ApiError::invalid("The sandbox opens sessions in subscription mode only").param("mode")),
    }
    if params.list("line_items").is_empty() {
        return Err(missing("line_items"));
    }
    if !matches!(params.text("ui_mode"), None | Some("hosted_page")) {
        return Err(ApiError::invalid("The sandbox has the hosted page only").param("ui_mode"));
    }
    let success = params.text("success_url").ok_or_else(|| missing("success_url"))?;
    for (name, url) in [("success_url", Some(success)), ("cancel_url", params.text("cancel_url"))] {
        if url.is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            return Err(ApiError::invalid("Not a valid URL").code("url_invalid").param(name));
        }
    }
    if params.has("customer") && params.has("customer_email") {
        return Err(both("customer", "customer_email"));
    }
    if params.has("customer_update") && !params.has("customer") {
        return Err(ApiError::invalid("`customer_update` can only be used with `customer`.").param("customer_update"));
    }
    if params.flag("allow_promotion_codes").is_some() && params.has("discounts") {
        return Err(both("allow_promotion_codes", "discounts"));
    }
    if params.list("discounts").len() > 1 {
        return Err(ApiError::invalid("Only one discount can be given").param("discounts"));
    }
    if params.text("client_reference_id").is_some_and(|reference| reference.chars().count() > 200) {
        return Err(
            ApiError::invalid("client_reference_id can have at most 200 characters").param("client_reference_id")
        );
    }
    if params["automatic_tax"].flag("enabled") == Some(true) {
        let message = "Stripe Tax has not been activated on this account.";
        return Err(ApiError::invalid(message).code("stripe_tax_inactive").param("automatic_tax"));
    }
    Ok(())
}

fn expiry(state: &State, params: &Value) -> Result<i64, ApiError> {
    let at = params.int("expires_at").unwrap_or(state.now + DAY);
    if (state.now + HALF_HOUR..=state.now + DAY).contains(&at) {
        return Ok(at);
    }
    let message = "The `expires_at` timestamp must lie between 30 minutes and 24 hours from Checkout Session creation.";
    Err(ApiError::invalid(message).param("expires_at"))
}

fn read_lines(state: &mut State, params: &Value) -> Result<SessionPlan, ApiError> {
    let mut plan = SessionPlan { data: params["subscription_data"].clone(), ..SessionPlan::default() };
    let buyer = state.copy(Kind::Customer, params.text("customer").unwrap_or_default());
    let mut currency = buyer.text("currency").map(str::to_owned);
    let mut rhythm: Option<Value> = None;
    for (index, given) in params.list("line_items").iter().enumerate() {
        let place = format!("line_items[{index}]");
        let price = line_price(state, given, &place)?;
        let quantity = subscriptions::quantity(given, &place)?;
        let this = price.text("currency").unwrap_or_default().to_owned();
        if *currency.get_or_insert_with(|| this.clone()) != this {
            return Err(ApiError::invalid("All line items must share one currency").param(format!("{place}[price]")));
        }
        let amount = unit_amount(&price) * quantity;
        let line = json!({"price": price["id"], "quantity": quantity, "amount": amount, "metadata": given["metadata"]});
        if price["recurring"].is_null() {
            plan.one_time.push(line);
        } else {
            let own = json!([price["recurring"]["interval"], price["recurring"]["interval_count"]]);
            if *rhythm.get_or_insert_with(|| own.clone()) != own {
                let message = "All recurring prices of a session must share one interval";
                return Err(ApiError::invalid(message).param(format!("{place}[price]")));
            }
            plan.recurring.push(line);
        }
        let name = state.copy(Kind::Product, price.text("product").unwrap_or_default())["name"].take();
        let mut item = json!({
            "id": state.ids.mint("li_", 24), "object": "item", "amount_discount": 0, "amount_subtotal": amount, "amount_tax": 0,
            "amount_total": amount, "currency": this, "description": name, "price": price, "quantity": quantity,
            "adjustable_quantity": null, "metadata": {},
        });
        copy_given(&mut item, given, &["metadata"]);
        plan.lines.push(item);
    }
    if plan.recurring.is_empty() {
        let message = "You must provide at least one recurring price in `subscription` mode.";
        return Err(ApiError::invalid(message).param("line_items"));
    }
    if plan.recurring.len() > 20 || plan.one_time.len() > 20 {
        return Err(ApiError::invalid("At most 20 recurring and 20 one-time prices can be given").param("line_items"));
    }
    for given in params.list("discounts") {
        plan.discounts.push(discounts::resolve(state, given, "discounts[0]")?);
    }
    spread_discount(state, &mut plan);
    Ok(plan)
}

fn line_price(state: &mut State, given: &Value, place: &str) -> Result<Value, ApiError> {
    if let Some(id) = given.text("price") {
        let param = format!("{place}[price]");
        let price = state.load(Kind::Price, id, Some(&param))?;
        if price.flag("active") != Some(true) {
            let message = format!("The price specified is inactive: {id}");
            return Err(ApiError::invalid(message).code("price_inactive").param(param));
        }
        return Ok(price.clone());
    }
    let Some(data) = given.get("price_data") else {
        let param = format!("{place}[price]");
        return Err(ApiError::invalid(format!("Missing required param: {param}."))
            .code("parameter_missing")
            .param(param));
    };
    prices::check_amount(data)?;
    let mut wanted = data.clone();
    if let Some(product) = data.get("product_data") {
        wanted["product"] = products::make(state, product)["id"].clone();
    } else {
        let param = format!("{place}[price_data][product]");
        state.load(Kind::Product, data.text("product").unwrap_or_default(), Some(&param))?;
    }
    wanted["active"] = json!(false); // an inline price serves this session only
    Ok(prices::make(state, &wanted))
}

/// Writes the discount into the line items, the last one taking the odd cent.
pub(crate) fn spread_discount(state: &State, plan: &mut SessionPlan) {
    let coupons: Vec<Value> = plan.discounts.iter().map(|(coupon, _)| state.copy(Kind::Coupon, coupon)).collect();
    let Some(coupon) = coupons.first() else { return };
    let fits = |line: &Value| discounts::covers(coupon, &line["price"]["product"]);
    let base: i64 = plan.lines.iter().filter(|line| fits(line)).filter_map(|line| line.int("amount_subtotal")).sum();
    let (mut left, mut base_left) = (discounts::amount_off(coupon, base), base);
    for line in plan.lines.iter_mut().filter(|line| fits(line)) {
        let subtotal = line.int("amount_subtotal").unwrap_or(0);
        let share = proportion(left, subtotal, base_left);
        base_left -= subtotal;
        left -= share;
        line["amount_discount"] = json!(share);
        line["amount_total"] = json!(subtotal - share);
    }
}

/// Subtotal and discount over all lines.
pub(crate) fn totals(plan: &SessionPlan) -> (i64, i64) {
    let sum = |key: &str| plan.lines.iter().filter_map(|line| line.int(key)).sum();
    (sum("amount_subtotal"), sum("amount_discount"))
}

/// `customer_details` from what is known about the buyer.
pub(crate) fn details(customer: &Value) -> Value {
    json!({"address": customer["address"], "business_name": null, "email": customer["email"], "individual_name": null,
        "name": customer["name"], "phone": customer["phone"], "tax_exempt": "none", "tax_ids": []})
}

/// What the page says about one line, for example `Minecraft 4 GB, 9.99 EUR / month`.
pub(crate) fn line_words(line: &Value) -> (String, String) {
    let name = line.text("description").unwrap_or("Item");
    (format!("{} × {name}", line.int("quantity").unwrap_or(1)), price_words(&line["price"]))
}

pub(super) fn expire(state: &mut State, call: &Call<'_>) -> Outcome {
    let session = state.load(Kind::Session, call.id, None)?;
    if session.text("status") != Some("open") {
        let status = session.text("status").unwrap_or_default();
        return Err(ApiError::invalid(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This one is {status}."
        )));
    }
    expire_if_open(state, call.id);
    Ok(state.render(Kind::Session, call.id))
}

/// Its time is over, unless somebody has changed that.
pub(crate) fn expire_if_due(state: &mut State, id: String) {
    match state.copy(Kind::Session, &id).int("expires_at").filter(|expires_at| *expires_at > state.now) {
        Some(later) => state.agenda.plan(None, later, Due::ExpireSession(id)),
        None => expire_if_open(state, &id),
    }
}

/// Nobody paid in time, or the merchant closed it.
pub(crate) fn expire_if_open(state: &mut State, id: &str) {
    if state.copy(Kind::Session, id).text("status") != Some("open") {
        return;
    }
    state.edit(Kind::Session, id, |session| {
        session["status"] = json!("expired");
        session["url"] = Value::Null;
    });
    state.emit("checkout.session.expired", Kind::Session, id, None);
}

/// A delayed payment settles or fails; the session that began it, if any, tells.
pub(crate) fn settle_debit(state: &mut State, invoice: &str, succeeds: bool) {
    state.finish_debit(invoice, succeeds);
    let session = state.newest(Kind::Session).find(|session| session.text("invoice") == Some(invoice));
    let Some(session) = session.cloned() else { return };
    if succeeds {
        state.edit(Kind::Session, session.id(), |session| session["payment_status"] = json!("paid"));
        state.emit("checkout.session.async_payment_succeeded", Kind::Session, session.id(), None);
    } else {
        state.emit("checkout.session.async_payment_failed", Kind::Session, session.id(), None);
    }
}

pub(super) fn list(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::Session, params, call.path, |session| {
        let email = params["customer_details"].text("email");
        ["customer", "payment_intent", "payment_link", "status", "subscription"]
            .iter()
            .all(|key| matches(session, params, key))
            && email.is_none_or(|email| session["customer_details"].text("email") == Some(email))
    })
}

pub(super) fn list_line_items(state: &State, call: &Call<'_>) -> Outcome {
    state.load(Kind::Session, call.id, None)?;
    let lines = state.session_plans.get(call.id).map_or(&[][..], |plan| plan.lines.as_slice());
    let lines: Vec<&Value> = lines.iter().collect();
    let missing = |cursor: &str| ApiError::missing("item", cursor, Some("starting_after"));
    let (page, has_more) = paginate(&lines, call.params, missing)?;
    Ok(envelope(call.path, has_more, page.into_iter().cloned().collect()))
}

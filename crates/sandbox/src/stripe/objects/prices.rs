//! Prices: immutable amounts, movable lookup keys.

use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::json::{Read, copy_given, fresh_metadata, merge_metadata};
use super::super::list::matches;
use super::super::state::{Kind, State};
use super::{Call, Outcome, products};

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    check_amount(params)?;
    match (params.text("product"), params.get("product_data")) {
        (Some(product), None) => drop(state.load(Kind::Product, product, Some("product"))?),
        (None, Some(_)) => {}
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid("Give either product or product_data, not both").param("product"));
        }
        (None, None) => {
            return Err(ApiError::invalid("Missing required param: product.")
                .code("parameter_missing")
                .param("product"));
        }
    }
    claim_lookup_key(state, params, "")?;
    let mut wanted = params.clone();
    if let Some(data) = params.get("product_data") {
        let product = products::make(state, data);
        wanted["product"] = product["id"].clone();
        state.emit("product.created", Kind::Product, product.id(), None);
    }
    let price = make(state, &wanted);
    state.emit("price.created", Kind::Price, price.id(), None);
    Ok(price)
}

/// Refuses amounts, currencies and spans that no price can have.
pub(crate) fn check_amount(params: &Value) -> Result<(), ApiError> {
    let currency = params.text("currency").unwrap_or_default();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(ApiError::invalid(format!("Invalid currency: {currency}")).param("currency"));
    }
    let amount = params.int("unit_amount").or_else(|| params.text("unit_amount_decimal")?.parse().ok());
    match amount {
        None => {
            let message = "You must give `unit_amount` or `unit_amount_decimal`.";
            return Err(ApiError::invalid(message).code("parameter_missing").param("unit_amount"));
        }
        Some(amount) if !(0..=99_999_999).contains(&amount) => {
            return Err(ApiError::invalid("Amount is out of range").code("amount_too_large").param("unit_amount"));
        }
        Some(_) => {}
    }
    let recurring = &params["recurring"];
    let count = recurring.int("interval_count").unwrap_or(1);
    let longest = match recurring.text("interval") {
        Some("day") => 1_095,
        Some("week") => 156,
        Some("month") => 36,
        _ => 3,
    };
    if !(1..=longest).contains(&count) {
        return Err(
            ApiError::invalid("The billing interval may be at most three years").param("recurring[interval_count]")
        );
    }
    Ok(())
}

/// Refuses a lookup key that another price holds, or takes it away if `transfer_lookup_key` says so.
fn claim_lookup_key(state: &mut State, params: &Value, owner: &str) -> Result<(), ApiError> {
    let Some(key) = params.text("lookup_key").filter(|key| !key.is_empty()) else { return Ok(()) };
    let holder = state.newest(Kind::Price).find(|price| price.text("lookup_key") == Some(key) && price.id() != owner);
    let Some(holder) = holder.map(|price| price.id().to_owned()) else { return Ok(()) };
    if params.flag("transfer_lookup_key") != Some(true) {
        let message = format!("A price (`{holder}`) already uses that lookup key.");
        return Err(ApiError::invalid(message).code("resource_already_exists").param("lookup_key"));
    }
    state.announce(Kind::Price, &holder, "price.updated", |price| price["lookup_key"] = Value::Null);
    Ok(())
}

/// Keeps a price whose parameters were checked, without announcing it.
pub(crate) fn make(state: &mut State, params: &Value) -> Value {
    let id = state.mint(Kind::Price);
    let amount = params.int("unit_amount").or_else(|| params.text("unit_amount_decimal")?.parse().ok()).unwrap_or(0);
    let recurring = params.get("recurring").map(|given| {
        json!({
            "interval": given["interval"], "interval_count": given.int("interval_count").unwrap_or(1), "meter": null,
            "trial_period_days": given["trial_period_days"], "usage_type": given.text("usage_type").unwrap_or("licensed"),
        })
    });
    let mut price = json!({
        "id": id, "active": true, "billing_scheme": "per_unit", "created": state.now,
        "currency": params.text("currency").unwrap_or_default().to_ascii_lowercase(), "metadata": fresh_metadata(params),
        "product": params["product"], "recurring": recurring, "tax_behavior": "unspecified",
        "type": if recurring.is_some() { "recurring" } else { "one_time" },
        "unit_amount": amount, "unit_amount_decimal": amount.to_string(),
    });
    copy_given(&mut price, params, &["active", "lookup_key", "nickname", "tax_behavior"]);
    state.insert(Kind::Price, price)
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let price = state.load(Kind::Price, call.id, None)?;
    let settled = price.text("tax_behavior").filter(|behavior| *behavior != "unspecified");
    if let (Some(settled), Some(wanted)) = (settled, params.text("tax_behavior"))
        && settled != wanted
    {
        return Err(ApiError::invalid("The tax behavior of a price cannot be changed once set").param("tax_behavior"));
    }
    claim_lookup_key(state, params, call.id)?;
    Ok(state.announce(Kind::Price, call.id, "price.updated", |price| {
        copy_given(price, params, &["active", "lookup_key", "nickname", "tax_behavior"]);
        merge_metadata(price, params);
    }))
}

pub(super) fn list(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let keys = params.list("lookup_keys");
    if keys.len() > 10 {
        return Err(ApiError::invalid("At most 10 lookup keys can be given").param("lookup_keys"));
    }
    state.page(Kind::Price, params, call.path, |price| {
        let recurring = ["interval", "usage_type"];
        ["active", "currency", "product", "type"].iter().all(|key| matches(price, params, key))
            && recurring.iter().all(|key| matches(&price["recurring"], &params["recurring"], key))
            && (keys.is_empty() || keys.contains(&price["lookup_key"]))
    })
}

/// The same price in the shape of the older plan object that subscription items still carry.
pub(crate) fn as_plan(price: &Value) -> Value {
    let recurring = &price["recurring"];
    let interval = recurring.text("interval").unwrap_or("month");
    json!({
        "id": price["id"], "object": "plan", "active": price["active"], "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"], "billing_scheme": price["billing_scheme"],
        "created": price["created"], "currency": price["currency"], "interval": interval,
        "interval_count": recurring.int("interval_count").unwrap_or(1), "livemode": false, "metadata": price["metadata"],
        "meter": null, "nickname": price["nickname"], "product": price["product"], "tiers_mode": null,
        "transform_usage": null, "trial_period_days": recurring["trial_period_days"],
        "usage_type": recurring.text("usage_type").unwrap_or("licensed"),
    })
}

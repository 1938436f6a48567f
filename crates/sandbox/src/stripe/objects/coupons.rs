//! Coupons and the promotion codes customers type.

use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::json::{Read, copy_given, fresh_metadata, merge_metadata};
use super::super::list::matches;
use super::super::state::{Kind, State};
use super::{Call, Outcome};

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    check(params)?;
    if let Some(id) = params.text("id").filter(|id| state.find(Kind::Coupon, id).is_some()) {
        return Err(ApiError::invalid(format!("Coupon already exists: '{id}'"))
            .code("resource_already_exists")
            .param("id"));
    }
    let id = params.text("id").map_or_else(|| state.mint(Kind::Coupon), str::to_owned);
    let mut coupon = json!({
        "id": id, "created": state.now, "duration": params.text("duration").unwrap_or("once"),
        "metadata": fresh_metadata(params), "times_redeemed": 0, "valid": true,
    });
    let plain =
        ["amount_off", "applies_to", "duration_in_months", "max_redemptions", "name", "percent_off", "redeem_by"];
    copy_given(&mut coupon, params, &plain);
    coupon["currency"] = params.text("currency").map(str::to_ascii_lowercase).into();
    let coupon = state.insert(Kind::Coupon, coupon);
    state.emit("coupon.created", Kind::Coupon, &id, None);
    Ok(coupon)
}

fn check(params: &Value) -> Result<(), ApiError> {
    let percent = params["percent_off"].as_f64();
    match (percent, params.int("amount_off")) {
        (Some(_), Some(_)) | (None, None) => {
            return Err(ApiError::invalid("Give exactly one of percent_off and amount_off").param("percent_off"));
        }
        (Some(percent), None) if !(percent > 0.0 && percent <= 100.0) => {
            return Err(ApiError::invalid("percent_off lies between 0 and 100").param("percent_off"));
        }
        (None, Some(_)) if params.text("currency").is_none() => {
            return Err(ApiError::invalid("amount_off needs a currency").code("parameter_missing").param("currency"));
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    if params.text("duration") == Some("repeating") && params.int("duration_in_months").is_none() {
        let message = "A repeating coupon needs duration_in_months";
        return Err(ApiError::invalid(message).code("parameter_missing").param("duration_in_months"));
    }
    Ok(())
}

pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Outcome {
    state.load(Kind::Coupon, call.id, None)?;
    state.emit("coupon.deleted", Kind::Coupon, call.id, None);
    state.remove(Kind::Coupon, call.id);
    Ok(State::deleted(Kind::Coupon, call.id))
}

pub(super) fn create_code(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let Some(coupon) = params["promotion"].text("coupon") else {
        let message = "Missing required param: promotion[coupon].";
        return Err(ApiError::invalid(message).code("parameter_missing").param("promotion[coupon]"));
    };
    state.load(Kind::Coupon, coupon, Some("promotion[coupon]"))?;
    let code = params.text("code").map_or_else(|| state.ids.mint("", 8).to_ascii_uppercase(), str::to_owned);
    if active_code(state, &code).is_some() {
        return Err(ApiError::invalid(format!("An active promotion code `{code}` already exists")).param("code"));
    }
    let id = state.mint(Kind::PromotionCode);
    let limits = &params["restrictions"];
    let mut promotion = json!({
        "id": id, "active": true, "code": code, "created": state.now, "customer": params["customer"],
        "metadata": fresh_metadata(params), "promotion": {"type": "coupon", "coupon": coupon}, "times_redeemed": 0,
        "restrictions": {"first_time_transaction": limits.flag("first_time_transaction").unwrap_or(false),
            "minimum_amount": limits["minimum_amount"], "minimum_amount_currency": limits["minimum_amount_currency"]},
    });
    copy_given(&mut promotion, params, &["active", "expires_at", "max_redemptions"]);
    let promotion = state.insert(Kind::PromotionCode, promotion);
    state.emit("promotion_code.created", Kind::PromotionCode, &id, None);
    Ok(promotion)
}

/// The active promotion code that reads like `code`, whatever its case.
pub(crate) fn active_code<'a>(state: &'a State, code: &str) -> Option<&'a Value> {
    state.newest(Kind::PromotionCode).find(|promotion| {
        promotion.flag("active") == Some(true)
            && promotion.text("code").is_some_and(|known| known.eq_ignore_ascii_case(code))
    })
}

pub(super) fn update_code(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.load(Kind::PromotionCode, call.id, None)?;
    Ok(state.announce(Kind::PromotionCode, call.id, "promotion_code.updated", |promotion| {
        copy_given(promotion, params, &["active"]);
        merge_metadata(promotion, params);
    }))
}

pub(super) fn list_codes(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::PromotionCode, params, call.path, |promotion| {
        let same_code = |wanted: &str| promotion.text("code").is_some_and(|known| known.eq_ignore_ascii_case(wanted));
        matches(promotion, params, "active")
            && matches(promotion, params, "customer")
            && params.text("code").is_none_or(same_code)
            && params.text("coupon").is_none_or(|coupon| promotion["promotion"].text("coupon") == Some(coupon))
    })
}

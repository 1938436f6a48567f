//! Coupons on invoices: which still apply, and how much they take off.

use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::json::Read;
use super::super::objects::coupons;
use super::super::state::{Kind, State};
use super::{add_interval, proportion};

/// The coupon, and promotion code if any, that one `discounts[]` parameter names.
pub(crate) fn resolve(state: &State, given: &Value, param: &str) -> Result<(String, Option<String>), ApiError> {
    let (coupon, code) = match (given.text("coupon"), given.text("promotion_code")) {
        (Some(coupon), None) => (coupon.to_owned(), None),
        (None, Some(code)) => {
            let place = format!("{param}[promotion_code]");
            let promotion = state.load(Kind::PromotionCode, code, Some(&place))?;
            if promotion.flag("active") != Some(true) {
                return Err(ApiError::invalid("This promotion code is not active").param(place));
            }
            (promotion["promotion"].text("coupon").unwrap_or_default().to_owned(), Some(code.to_owned()))
        }
        _ => return Err(ApiError::invalid("Give exactly one of coupon and promotion_code").param(param)),
    };
    let known = state.load(Kind::Coupon, &coupon, Some(&format!("{param}[coupon]")))?;
    let spent = known.int("max_redemptions").is_some_and(|most| known.int("times_redeemed").unwrap_or(0) >= most);
    let late = known.int("redeem_by").is_some_and(|until| until < state.now);
    if spent || late {
        return Err(ApiError::invalid(format!("Coupon {coupon} is used up")).code("coupon_expired").param(param));
    }
    Ok((coupon, code))
}

/// The promotion code a customer typed on the payment page, as a `discounts[]` parameter.
pub(crate) fn typed(state: &State, code: &str) -> Option<Value> {
    coupons::active_code(state, code).map(|promotion| json!({"promotion_code": promotion["id"]}))
}

/// Redeems a coupon for a subscription; returns the id of the discount.
pub(crate) fn redeem(
    state: &mut State,
    coupon: &str,
    code: Option<&str>,
    customer: &str,
    subscription: &str,
    session: Option<&str>,
) -> String {
    let id = state.mint(Kind::Discount);
    let known = state.edit(Kind::Coupon, coupon, |coupon| {
        coupon["times_redeemed"] = json!(coupon.int("times_redeemed").unwrap_or(0) + 1);
    });
    if let Some(code) = code {
        state.edit(Kind::PromotionCode, code, |code| {
            code["times_redeemed"] = json!(code.int("times_redeemed").unwrap_or(0) + 1);
        });
    }
    let end = known.int("duration_in_months").map(|months| add_interval(state.now, "month", months));
    let discount = json!({
        "id": id, "checkout_session": session, "customer": customer, "end": end, "promotion_code": code,
        "source": {"type": "coupon", "coupon": coupon}, "start": state.now, "subscription": subscription,
    });
    state.insert(Kind::Discount, discount);
    id
}

/// The discounts that still count on an invoice made now.
pub(super) fn still_valid(state: &State, discounts: &[Value], first: bool) -> Vec<String> {
    let counts = |id: &str| -> Option<bool> {
        let discount = state.find(Kind::Discount, id)?;
        let coupon = state.find(Kind::Coupon, discount["source"].text("coupon")?)?;
        Some(match coupon.text("duration") {
            Some("forever") => true,
            Some("repeating") => discount.int("end").is_some_and(|end| state.now < end),
            _ => first,
        })
    };
    let ids = discounts.iter().filter_map(Value::as_str);
    ids.filter(|id| counts(id) == Some(true)).map(str::to_owned).collect()
}

/// What a coupon takes off an amount.
pub(crate) fn amount_off(coupon: &Value, amount: i64) -> i64 {
    if let Some(off) = coupon.int("amount_off") {
        return off.clamp(0, amount.max(0));
    }
    let percent = coupon["percent_off"].as_f64().unwrap_or(0.0);
    // Hundredths of a percent are exact integers; the half cent rounds up.
    let basis = (percent * 100.0).round() as i64;
    (proportion(amount.max(0), basis, 5_000) + 1) / 2
}

/// Whether the coupon counts for this product.
pub(crate) fn covers(coupon: &Value, product: &Value) -> bool {
    let products = coupon["applies_to"].list("products");
    products.is_empty() || products.contains(product)
}

/// Takes the discounts off the lines; returns the invoice's `total_discount_amounts`.
pub(super) fn take_off(state: &State, discounts: &[String], lines: &mut [Value]) -> Vec<Value> {
    let mut totals = Vec::new();
    for id in discounts {
        let discount = state.copy(Kind::Discount, id);
        let coupon = state.copy(Kind::Coupon, discount["source"].text("coupon").unwrap_or_default());
        let fits = |line: &Value| {
            line.flag("discountable") == Some(true)
                && covers(&coupon, &line["pricing"]["price_details"]["product"])
                && line.int("amount").unwrap_or(0) > 0
        };
        let open = |line: &Value| {
            let taken: i64 = line.list("discount_amounts").iter().filter_map(|taken| taken.int("amount")).sum();
            line.int("amount").unwrap_or(0) - taken
        };
        let base: i64 = lines.iter().filter(|line| fits(line)).map(open).sum();
        let (mut left, mut base_left) = (amount_off(&coupon, base), base);
        totals.push(json!({"amount": left, "discount": id}));
        for line in lines.iter_mut().filter(|line| fits(line)) {
            let share = proportion(left, open(line), base_left);
            base_left -= open(line);
            left -= share;
            for (member, entry) in
                [("discount_amounts", json!({"amount": share, "discount": id})), ("discounts", json!(id))]
            {
                if let Some(entries) = line[member].as_array_mut() {
                    entries.push(entry);
                }
            }
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_half_up_and_amounts_stop_at_zero() {
        assert_eq!(amount_off(&json!({"percent_off": 12.5}), 999), 125);
        assert_eq!(amount_off(&json!({"percent_off": 100.0}), 999), 999);
        assert_eq!(amount_off(&json!({"amount_off": 5_000}), 999), 999);
    }
}

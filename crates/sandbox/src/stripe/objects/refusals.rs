//! Parameters that the contract knows but the sandbox does not carry out: refused, so that no test passes by silence.

use serde_json::Value;

use super::super::error::ApiError;
use super::super::json::Read;

/// Per operation, the parameters that would change money or time; `a.b` stands for `a[b]`, `a.*.b` for each element.
const REFUSED: [(&str, &[&str]); 7] = [
    (
        "Checkout.Sessions.create",
        &[
            "adaptive_pricing",
            "after_expiration",
            "invoice_creation",
            "line_items.*.tax_rates",
            "managed_payments",
            "optional_items",
            "payment_intent_data",
            "setup_intent_data",
            "shipping_options",
            "subscription_data.application_fee_percent",
            "subscription_data.billing_cycle_anchor",
            "subscription_data.billing_cycle_anchor_config",
            "subscription_data.default_tax_rates",
            "subscription_data.proration_behavior",
            "subscription_data.transfer_data",
        ],
    ),
    (
        "Subscriptions.create",
        &[
            "add_invoice_items.*.discounts",
            "add_invoice_items.*.price_data",
            "add_invoice_items.*.tax_rates",
            "application_fee_percent",
            "backdate_start_date",
            "billing_cycle_anchor",
            "billing_cycle_anchor_config",
            "billing_schedules",
            "billing_thresholds",
            "days_until_due",
            "default_source",
            "default_tax_rates",
            "items.*.discounts",
            "items.*.price_data",
            "items.*.tax_rates",
            "on_behalf_of",
            "transfer_data",
            "trial_from_plan",
        ],
    ),
    (
        "Subscriptions.update",
        &[
            "add_invoice_items",
            "application_fee_percent",
            "billing_schedules",
            "billing_thresholds",
            "days_until_due",
            "default_source",
            "default_tax_rates",
            "discounts",
            "items.*.discounts",
            "items.*.price_data",
            "items.*.tax_rates",
            "on_behalf_of",
            "transfer_data",
            "trial_from_plan",
        ],
    ),
    ("Subscriptions.cancel", &["invoice_now", "prorate"]),
    ("SubscriptionItems.update", &["discounts", "price_data", "tax_rates"]),
    ("Invoices.createPreview", &["discounts", "invoice_items", "schedule", "schedule_details"]),
    ("Invoices.pay", &["forgive", "mandate", "source"]),
];

/// Refuses a request that asks for something the sandbox would ignore; `false` asks for nothing.
pub(super) fn check(operation: &str, params: &Value) -> Result<(), ApiError> {
    let refused = REFUSED.iter().find(|(known, _)| *known == operation).map_or(&[][..], |(_, paths)| paths);
    for path in refused {
        let segments: Vec<&str> = path.split('.').collect();
        if let Some(param) = given(params, &segments, "") {
            return Err(unsupported(&param));
        }
    }
    if params.text("collection_method") == Some("send_invoice") && !operation.ends_with("list") {
        return Err(unsupported("collection_method"));
    }
    Ok(())
}

fn unsupported(param: &str) -> ApiError {
    ApiError::invalid(format!("The sandbox does not carry out `{param}`")).param(param)
}

/// The bracket path of the first member along `segments` that asks for something.
fn given(value: &Value, segments: &[&str], path: &str) -> Option<String> {
    let Some((first, rest)) = segments.split_first() else {
        let asks = !(value.is_null() || value == &Value::Bool(false));
        return asks.then(|| path.to_owned());
    };
    if *first == "*" {
        let elements = value.as_array().into_iter().flatten().enumerate();
        return elements.filter_map(|(index, element)| given(element, rest, &format!("{path}[{index}]"))).next();
    }
    given(value.get(first)?, rest, &super::super::form::join(path, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_parameter_the_sandbox_would_ignore_is_named() {
        let params = json!({"items": [{"price": "p"}, {"price": "p", "tax_rates": ["t"]}]});
        let error = check("Subscriptions.create", &params).expect_err("refused");
        assert_eq!(error.detail()["param"], "items[1][tax_rates]");
        assert!(check("Subscriptions.cancel", &json!({"prorate": false})).is_ok());
        assert!(check("Subscriptions.create", &json!({"collection_method": "send_invoice"})).is_err());
        assert!(check("Invoices.list", &json!({"collection_method": "send_invoice"})).is_ok());
    }
}

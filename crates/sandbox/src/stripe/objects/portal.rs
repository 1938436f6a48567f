//! The billing portal: configurations, sessions, and what a customer may do there.

use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::json::{Read, copy_given, fresh_metadata, merge_metadata};
use super::super::list::matches;
use super::super::state::{Kind, State};
use super::{Call, Outcome, customers};

/// A configuration as if saved once by the merchant in the Dashboard.
pub(crate) fn save_default(state: &mut State) {
    let features = json!({"invoice_history": {"enabled": true}, "payment_method_update": {"enabled": true},
        "subscription_cancel": {"enabled": true}});
    let configuration = configuration(state, &json!({"features": features}), true);
    state.insert(Kind::PortalConfiguration, configuration);
}

fn configuration(state: &mut State, params: &Value, is_default: bool) -> Value {
    let id = state.mint(Kind::PortalConfiguration);
    let mut configuration = json!({
        "id": id, "active": true, "business_profile": {}, "created": state.now, "features": default_features(),
        "is_default": is_default, "login_page": {"enabled": false, "url": null}, "metadata": fresh_metadata(params),
        "updated": state.now,
    });
    write(&mut configuration, params);
    configuration
}

fn default_features() -> Value {
    json!({
        "customer_update": {"allowed_updates": [], "enabled": false}, "invoice_history": {"enabled": false},
        "payment_method_update": {"enabled": false, "payment_method_configuration": null},
        "subscription_cancel": {"cancellation_reason": {"enabled": false, "feedback_options": null, "options": []},
            "enabled": false, "mode": "at_period_end", "proration_behavior": "none"},
        "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": false},
        "subscription_update": {"billing_cycle_anchor": null, "default_allowed_updates": [], "enabled": false,
            "products": null, "proration_behavior": "none", "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "end_trial"},
    })
}

fn write(configuration: &mut Value, params: &Value) {
    copy_given(configuration, params, &["active", "default_return_url", "name"]);
    if let Some(profile) = params.get("business_profile") {
        let keys = ["headline", "privacy_policy_url", "terms_of_service_url"];
        copy_given(&mut configuration["business_profile"], profile, &keys);
    }
    overlay(&mut configuration["features"], &params["features"]);
}

/// Lays given members over known ones; an empty text stands for an empty list.
fn overlay(known: &mut Value, given: &Value) {
    let Some(members) = given.as_object() else { return };
    for (key, value) in members {
        match value {
            Value::Object(_) => overlay(&mut known[key], value),
            Value::String(text) if text.is_empty() => {
                known[key] = if known[key].is_array() { json!([]) } else { Value::Null };
            }
            _ => known[key] = value.clone(),
        }
    }
}

pub(super) fn create_configuration(state: &mut State, call: &Call<'_>) -> Outcome {
    let configuration = configuration(state, call.params, false);
    let configuration = state.insert(Kind::PortalConfiguration, configuration);
    state.emit("billing_portal.configuration.created", Kind::PortalConfiguration, configuration.id(), None);
    Ok(configuration)
}

pub(super) fn update_configuration(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let known = state.load(Kind::PortalConfiguration, call.id, None)?;
    if known.flag("is_default") == Some(true) && params.flag("active") == Some(false) {
        return Err(ApiError::invalid("The default configuration cannot be deactivated").param("active"));
    }
    let now = state.now;
    Ok(state.announce(Kind::PortalConfiguration, call.id, "billing_portal.configuration.updated", |configuration| {
        write(configuration, params);
        merge_metadata(configuration, params);
        configuration["updated"] = json!(now);
    }))
}

pub(super) fn list_configurations(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::PortalConfiguration, params, call.path, |configuration| {
        matches(configuration, params, "active") && matches(configuration, params, "is_default")
    })
}

pub(super) fn create_session(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let Some(customer) = params.text("customer") else {
        return Err(ApiError::invalid("Missing required param: customer.").code("parameter_missing").param("customer"));
    };
    customers::refuse_deleted(state, customer, Some("customer"))?;
    let configuration = match params.text("configuration") {
        Some(id) => state.load(Kind::PortalConfiguration, id, Some("configuration"))?.id().to_owned(),
        None => default_configuration(state)?,
    };
    let flow = params.get("flow_data").map(|given| flow(state, given, customer)).transpose()?;
    let id = state.mint(Kind::PortalSession);
    let base = state.settings.public_base.clone();
    let session = json!({
        "id": id, "configuration": configuration, "created": state.wall, "customer": customer, "flow": flow,
        "locale": params["locale"], "return_url": params["return_url"], "url": format!("{base}/portal/{id}"),
    });
    Ok(state.insert(Kind::PortalSession, session))
}

fn default_configuration(state: &State) -> Result<String, ApiError> {
    let saved = state.newest(Kind::PortalConfiguration).find(|known| known.flag("is_default") == Some(true));
    saved.map(|known| known.id().to_owned()).ok_or_else(|| {
        ApiError::invalid("No configuration provided and your test mode default configuration has not been created.")
    })
}

fn flow(state: &State, given: &Value, customer: &str) -> Result<Value, ApiError> {
    let kind = given.text("type").unwrap_or_default();
    let details = given.get(kind).cloned().unwrap_or_default();
    if kind.starts_with("subscription_") {
        let param = format!("flow_data[{kind}][subscription]");
        let id = details.text("subscription").ok_or_else(|| {
            ApiError::invalid(format!("Missing required param: {param}."))
                .code("parameter_missing")
                .param(param.clone())
        })?;
        if state.load(Kind::Subscription, id, Some(&param))?.text("customer") != Some(customer) {
            return Err(ApiError::missing("subscription", id, Some(&param)));
        }
    }
    let after = &given["after_completion"];
    let mut flow = json!({
        "type": kind,
        "after_completion": {"type": after.text("type").unwrap_or("portal_homepage"),
            "hosted_confirmation": after["hosted_confirmation"], "redirect": after["redirect"]},
        "customer_update": null, "subscription_cancel": null, "subscription_pause": null, "subscription_update": null,
        "subscription_update_confirm": null,
    });
    if details.is_object() {
        flow[kind] = details;
    }
    Ok(flow)
}

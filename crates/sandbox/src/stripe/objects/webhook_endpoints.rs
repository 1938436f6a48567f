//! Webhook endpoints: where events go, under which secret and in which version.

use serde_json::json;

use super::super::API_VERSION;
use super::super::error::ApiError;
use super::super::json::{Read, copy_given, fresh_metadata, merge_metadata};
use super::super::state::{Kind, State};
use super::{Call, Outcome};

/// Up to sixteen endpoints per account.
const AT_MOST: usize = 16;

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    check_url(params.text("url").unwrap_or_default())?;
    if state.oldest(Kind::WebhookEndpoint).count() >= AT_MOST {
        return Err(ApiError::invalid("You have reached the maximum of 16 test webhook endpoints."));
    }
    let id = state.mint(Kind::WebhookEndpoint);
    let secret = state.ids.mint("whsec_", 32);
    let mut endpoint = json!({
        "id": id, "api_version": API_VERSION, "created": state.now, "enabled_events": params["enabled_events"],
        "metadata": fresh_metadata(params), "status": "enabled", "url": params["url"],
    });
    copy_given(&mut endpoint, params, &["api_version", "description"]);
    let mut shown = state.insert(Kind::WebhookEndpoint, endpoint);
    state.outbox.set_secret(&id, &secret);
    shown["secret"] = json!(secret);
    Ok(shown)
}

fn check_url(url: &str) -> Result<(), ApiError> {
    if url.starts_with("http://") || url.starts_with("https://") {
        Ok(())
    } else {
        Err(ApiError::invalid("Invalid URL: it must start with http:// or https://").code("url_invalid").param("url"))
    }
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.load(Kind::WebhookEndpoint, call.id, None)?;
    params.text("url").map_or(Ok(()), check_url)?;
    Ok(state.edit(Kind::WebhookEndpoint, call.id, |endpoint| {
        copy_given(endpoint, params, &["description", "enabled_events", "url"]);
        merge_metadata(endpoint, params);
        if let Some(disabled) = params.flag("disabled") {
            endpoint["status"] = json!(if disabled { "disabled" } else { "enabled" });
        }
    }))
}

pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Outcome {
    state.load(Kind::WebhookEndpoint, call.id, None)?;
    state.remove(Kind::WebhookEndpoint, call.id);
    state.outbox.forget(call.id);
    Ok(State::deleted(Kind::WebhookEndpoint, call.id))
}

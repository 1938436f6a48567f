//! The list of events, for catching up after lost webhooks.

use serde_json::Value;

use super::super::error::ApiError;
use super::super::events::KEPT_SECONDS;
use super::super::json::Read;
use super::super::state::{Kind, State};
use super::{Call, Outcome};

pub(super) fn list(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let types = params.list("types");
    if !types.is_empty() && params.has("type") {
        return Err(ApiError::invalid("You may only specify one of these parameters: type, types.").param("types"));
    }
    if types.len() > 20 {
        return Err(ApiError::invalid("At most 20 types can be given").param("types"));
    }
    for cursor in ["starting_after", "ending_before"] {
        if let Some(id) = params.text(cursor) {
            readable(state, id, Some(cursor))?;
        }
    }
    // The cursor may be an event of another type, so the types are sifted after the cut at the cursor would be known.
    let wanted = |event: &Value| {
        let kind = event.text("type").unwrap_or_default();
        let delivered = event.int("pending_webhooks") == Some(0);
        params.text("type").is_none_or(|pattern| super::super::faults::glob(pattern, kind))
            && (types.is_empty() || types.iter().any(|pattern| fits(pattern, kind)))
            && params.flag("delivery_success").is_none_or(|success| success == delivered)
    };
    let cursor = params.text("starting_after").or(params.text("ending_before"));
    state.page(Kind::Event, params, call.path, |event| {
        is_kept(state, event) && (wanted(event) || Some(event.id()) == cursor)
    })
}

fn fits(pattern: &Value, kind: &str) -> bool {
    pattern.as_str().is_some_and(|pattern| super::super::faults::glob(pattern, kind))
}

fn is_kept(state: &State, event: &Value) -> bool {
    event.int("created").is_some_and(|created| created > state.wall - KEPT_SECONDS)
}

fn readable<'a>(state: &'a State, id: &str, param: Option<&str>) -> Result<&'a Value, ApiError> {
    let event = state.load(Kind::Event, id, param)?;
    if is_kept(state, event) { Ok(event) } else { Err(ApiError::missing("event", id, param)) }
}

pub(super) fn retrieve(state: &State, call: &Call<'_>) -> Outcome {
    readable(state, call.id, None).cloned()
}

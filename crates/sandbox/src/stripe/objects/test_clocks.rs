//! Test clocks: customers whose billing runs on a frozen time that is advanced by hand.

use serde_json::json;

use super::super::agenda::Due;
use super::super::error::ApiError;
use super::super::json::Read;
use super::super::state::{Kind, State};
use super::{Call, Outcome, customers};

/// A clock is thrown away after a month.
const KEPT_SECONDS: i64 = 30 * 86_400;
/// Without a subscription two years at a time.
const FARTHEST_SECONDS: i64 = 2 * 366 * 86_400;

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let id = state.mint(Kind::TestClock);
    let clock = json!({
        "id": id, "created": state.wall, "deletes_after": state.wall + KEPT_SECONDS,
        "frozen_time": call.params["frozen_time"], "name": call.params["name"], "status": "ready", "status_details": {},
    });
    Ok(state.insert(Kind::TestClock, clock))
}

/// Begins to advance; whatever becomes due happens before the next request is answered.
pub(super) fn advance(state: &mut State, call: &Call<'_>) -> Outcome {
    let clock = state.load(Kind::TestClock, call.id, None)?;
    let (from, to) = (clock.int("frozen_time").unwrap_or(0), call.params.int("frozen_time").unwrap_or(0));
    if clock.text("status") != Some("ready") {
        return Err(
            ApiError::other(429, "invalid_request_error", "The test clock is still advancing").code("lock_timeout")
        );
    }
    if to <= from {
        return Err(ApiError::invalid("A test clock can only move forward").param("frozen_time"));
    }
    if to - from > farthest(state, call.id) {
        let message = "A test clock moves at most two intervals of its shortest subscription at a time";
        return Err(ApiError::invalid(message).param("frozen_time"));
    }
    state.agenda.plan(None, state.wall, Due::ReachFrozenTime { clock: call.id.to_owned(), time: to });
    state.announce(Kind::TestClock, call.id, "test_helpers.test_clock.advancing", |clock| {
        clock["status"] = json!("advancing");
        clock["status_details"] = json!({"advancing": {"target_frozen_time": to}});
    });
    Ok(state.render(Kind::TestClock, call.id))
}

fn farthest(state: &State, clock: &str) -> i64 {
    let periods = state
        .oldest(Kind::Subscription)
        .filter(|subscription| subscription.text("test_clock") == Some(clock))
        .flat_map(|subscription| subscription["items"].list("data"))
        .filter_map(|item| Some(item.int("current_period_end")? - item.int("current_period_start")?));
    periods.min().map_or(FARTHEST_SECONDS, |shortest| 2 * shortest + 2 * 86_400)
}

/// Applies everything due on the clock and reports it ready.
pub(crate) fn reach(state: &mut State, clock: &str, time: i64) {
    if state.find(Kind::TestClock, clock).is_none() {
        return;
    }
    state.catch_up_clock(clock, time);
    state.announce(Kind::TestClock, clock, "test_helpers.test_clock.ready", |clock| {
        clock["status"] = json!("ready");
        clock["status_details"] = json!({});
    });
}

/// Moves the frozen time in silence.
pub(crate) fn set_time(state: &mut State, clock: &str, time: i64) {
    state.edit(Kind::TestClock, clock, |clock| clock["frozen_time"] = json!(time));
}

/// Deletes the clock with its customers and what bills them.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Outcome {
    state.load(Kind::TestClock, call.id, None)?;
    let mine = state.oldest(Kind::Customer).filter(|customer| customer.text("test_clock") == Some(call.id));
    let owned: Vec<String> = mine
        .filter(|customer| customer.flag("deleted") != Some(true))
        .map(|customer| customer.id().to_owned())
        .collect();
    state.enter_clock(Some(call.id.to_owned()));
    for customer in owned {
        customers::remove(state, &customer);
    }
    state.enter_clock(None);
    state.emit("test_helpers.test_clock.deleted", Kind::TestClock, call.id, None);
    state.remove(Kind::TestClock, call.id);
    state.agenda.forget(call.id);
    Ok(State::deleted(Kind::TestClock, call.id))
}

//! Answers that go on as things happen.

use crate::web::errors::no_store;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::Stream;
use http::HeaderName;
use std::convert::Infallible;
use std::time::Duration;

/// A sign of life while nothing happens; proxies wait longer.
const ALIVE: Duration = Duration::from_secs(15);

/// Events for one page, which nobody keeps.
pub(super) fn live(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    // nginx, however it is set up, would collect events before it passes them on.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (no_store(), unbuffered, Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE))).into_response()
}

//! Bodies of requests arrive in time, or count as late.

use super::Limits;
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tower_http::timeout::{DeadlineBody, TimeoutBody, TimeoutError};

/// Whether a request's body took too long. Stands in the request's extensions.
#[derive(Debug, Clone, Default)]
pub struct Late(Arc<AtomicBool>);

impl Late {
    /// Whether it did.
    pub fn is(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Gives a request's body as much time as it may take.
pub(super) fn watch(request: Request<Incoming>, limits: &Limits) -> Request<Body> {
    if request.body().is_end_stream() {
        return request.map(Body::new);
    }
    let late = Late::default();
    let noted = late.clone();
    let mut request = request.map(|body| {
        let timed = TimeoutBody::new(limits.body_piece, DeadlineBody::new(limits.body, body));
        Body::new(timed.map_err(move |error| {
            noted.0.fetch_or(error.is::<TimeoutError>(), Ordering::Relaxed);
            error
        }))
    });
    request.extensions_mut().insert(late);
    request
}

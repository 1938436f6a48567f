//! Where alerts go in stories: everything that is sent is kept, and may be refused.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// Something that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    /// The address's path: each channel has its own.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// Byte for byte, for signatures.
    pub(crate) raw: Vec<u8>,
}

/// Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Sinks(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    arrived: Vec<Arrived>,
    /// A path that answers so, with these seconds to wait.
    refuses: Option<(&'static str, StatusCode, Option<u32>)>,
}

impl Sinks {
    /// Everything that arrived at an address, in its order.
    pub(crate) fn at(&self, path: &str) -> Vec<Arrived> {
        self.0.lock().unwrap().arrived.iter().filter(|one| one.path == path).cloned().collect()
    }

    /// From now on this address refuses; `None` takes everything again.
    pub(crate) fn refuse(&self, refuses: Option<(&'static str, StatusCode, Option<u32>)>) {
        self.0.lock().unwrap().refuses = refuses;
    }

    pub(crate) fn router(&self) -> Router {
        let sinks = self.clone();
        Router::new().fallback(move |request: Request| {
            let sinks = sinks.clone();
            async move { sinks.take(request).await }
        })
    }

    async fn take(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let raw = axum::body::to_bytes(Body::new(body), 1 << 20).await.unwrap().to_vec();
        let path = parts.uri.path().to_owned();
        let mut state = self.0.lock().unwrap();
        if let Some((_, status, wait)) = state.refuses.filter(|(refused, ..)| *refused == path) {
            let mut answer = status.into_response();
            if let Some(seconds) = wait {
                answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            return answer;
        }
        let body = serde_json::from_slice(&raw).unwrap_or_default();
        state.arrived.push(Arrived { path, headers: parts.headers, body, raw });
        StatusCode::NO_CONTENT.into_response()
    }
}

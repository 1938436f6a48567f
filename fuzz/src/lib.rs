//! What the targets share: taking inputs apart, transports that answer with them, and a whole program to ask.

use bytes::Bytes;
use domain::call::CallFailure;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use serde_json::Value;
use std::future::Future;
use std::sync::{Arc, Mutex};
use tower::util::BoxCloneSyncService;

pub mod program;

/// Takes the first byte as a choice among `n`.
pub fn choice(data: &[u8], n: u8) -> Option<(u8, &[u8])> {
    let (first, rest) = data.split_first()?;
    Some((first % n, rest))
}

/// Splits at the byte 0xff, which no UTF-8 text has, so that an input can carry several texts.
pub fn texts(data: &[u8]) -> Vec<String> {
    data.split(|byte| *byte == 0xff).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// The result of a future that never waits.
///
/// # Panics
/// It waits: a transport of a target always answers at once.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a future that never waits")
}

/// How requests travel, here and in the clients.
pub type Transport = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, CallFailure>;

/// A transport that gives every request the same answer and keeps method and address of each.
pub fn answering(status: u16, retry_after: Option<&str>, body: &[u8]) -> (Transport, Arc<Mutex<Vec<String>>>) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = asked.clone();
    let body = Bytes::copy_from_slice(body);
    let mut headers = HeaderMap::new();
    if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.insert(http::header::RETRY_AFTER, value);
    }
    let transport = BoxCloneSyncService::new(tower::service_fn(move |request: Request<Bytes>| {
        kept.lock().expect("a lock").push(request.uri().to_string());
        let mut response = Response::new(body.clone());
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        *response.headers_mut() = headers.clone();
        std::future::ready(Ok(response))
    }));
    (transport, asked)
}

/// Holds a line for logs and people against what such a line must be: short, and without control characters.
///
/// # Panics
/// It is not.
pub fn assert_printable(line: &str, longest: usize) {
    assert!(!line.contains(char::is_control), "control characters in {line:?}");
    assert!(line.chars().count() <= longest, "{} characters: {line:?}", line.chars().count());
}

/// A body as JSON, to compare with; null where it is none. Bytes that are no text count as characters: readers skip texts that they do
/// not want without looking at them.
pub fn json(body: &[u8]) -> Value {
    serde_json::from_str(&String::from_utf8_lossy(body)).unwrap_or_default()
}

/// Holds what was read of a member against what the JSON says. A list is taken for an object by its places, which harms nobody and
/// is not compared.
///
/// # Panics
/// They differ.
pub fn assert_says(json: &Value, member: &str, read: impl Into<Value>) {
    if let Some(object) = json.as_object() {
        let said = object.get(member).cloned().unwrap_or_default();
        assert_eq!(said, read.into(), "{member} of {json}");
    }
}

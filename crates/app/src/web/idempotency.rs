//! Requests that may be repeated: the first answer to a POST with an `Idempotency-Key` is kept for a day and given again to every
//! repetition. Only for callers who are known; a key belongs to its account.

use crate::app::App;
use crate::texts::{self, t};
use crate::web::access::Current;
use crate::web::errors::{ApiError, Public};
use crate::web::secrets;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::ids::AccountId;
use http::{HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use store::StoreError;
use store::idempotency::{self, Known};

/// The header that names a request.
pub(super) const HEADER: &str = "idempotency-key";
/// Longest name.
const LONGEST: usize = 255;
/// Longest body of a request or an answer that is looked at.
const BODY: usize = 64 * 1024;
/// A request that was under way for this long died with its process.
const STALE: SignedDuration = SignedDuration::from_mins(2);

/// Answers a request once; repetitions get the first answer. Without the header it is answered like any other.
///
/// Handler and keeping go on when the caller has gone: a lost connection is what the key is for.
pub(super) async fn once(app: &App, account: &AccountId, request: Request, next: Next) -> Response {
    if !request.headers().contains_key(HEADER) {
        return next.run(request).await;
    }
    let (app, account) = (app.clone(), account.clone());
    let answer = async move { try_once(&app, &account, request, next).await };
    let task = tokio::spawn(texts::in_language(texts::language(), answer));
    match task.await.unwrap_or_else(|error| Err(Public::broken(&error))) {
        Ok(response) => response,
        Err(public) => ApiError(public).into_response(),
    }
}

async fn try_once(app: &App, account: &AccountId, request: Request, next: Next) -> Result<Response, Public> {
    let name = request.headers().get(HEADER).and_then(|name| name.to_str().ok());
    let name = name.filter(|name| !name.is_empty() && name.len() <= LONGEST).ok_or_else(|| {
        let text = texts::with("error-idempotency-text", &[("longest", LONGEST.into())]);
        Public::new(StatusCode::BAD_REQUEST, "invalid_idempotency_key", t("error-idempotency"), text)
    })?;
    let name = name.to_owned();
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY).await.map_err(|_| too_long())?;
    // With the session: signing out of the next one is another request.
    let session = parts.extensions.get::<Current>().map_or("a key", |session| session.id.as_str());
    let mut named = format!("{} {} {session}\n", parts.method, parts.uri).into_bytes();
    named.extend_from_slice(&body);
    let fingerprint = secrets::sha256_hex(&named);
    let broken = |error: StoreError| Public::broken(&error);
    let now = app.now();
    let mut tx = app.store.begin().await.map_err(broken)?;
    let known = idempotency::take(&mut tx, account, &name, &fingerprint, now, now - STALE).await.map_err(broken)?;
    tx.commit().await.map_err(broken)?;
    match known {
        Known::Fresh => {}
        Known::Answered { status, sealed } => return again(app, account, &name, status, &sealed).await,
        Known::UnderWay => {
            let (title, text) = (t("error-under-way"), t("error-under-way-text"));
            return Err(Public::new(StatusCode::CONFLICT, "under_way", title, text).retry_in(3));
        }
        Known::Another => {
            let (title, text) = (t("error-key-reused"), t("error-key-reused-text"));
            return Err(Public::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", title, text));
        }
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(app, account, &name, response).await
}

fn too_long() -> Public {
    Public::new(StatusCode::PAYLOAD_TOO_LARGE, "unreadable_body", t("error-body-long"), t("error-body-long-text"))
}

fn place(account: &AccountId, name: &str) -> String {
    format!("idempotency:{account}:{name}")
}

/// Keeps an answer. One that says "try again" is not kept: the next request is a new try.
async fn keep(app: &App, account: &AccountId, name: &str, response: Response) -> Result<Response, Public> {
    let broken = |error: StoreError| Public::broken(&error);
    let (parts, body) = response.into_parts();
    let body: Bytes = to_bytes(body, BODY).await.map_err(|error| Public::broken(&error))?;
    let mut tx = app.store.begin().await.map_err(broken)?;
    if parts.status.is_server_error() || parts.status == StatusCode::TOO_MANY_REQUESTS {
        idempotency::release(&mut tx, account, name).await.map_err(broken)?;
    } else {
        let sealed = app.vault.seal(&app.random, &place(account, name), &body);
        idempotency::answer(&mut tx, account, name, parts.status.as_u16(), &sealed).await.map_err(broken)?;
    }
    tx.commit().await.map_err(broken)?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

async fn again(app: &App, account: &AccountId, name: &str, status: u16, sealed: &str) -> Result<Response, Public> {
    let body = app.vault.unseal_fresh(&app.store, &place(account, name), sealed, app.now()).await;
    let body = body.map_err(|error| Public::broken(&error))?;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = match (body.is_empty(), status.is_success()) {
        (true, _) => None,
        (false, true) => Some("application/json"),
        (false, false) => Some("application/problem+json"),
    };
    let mut response = (status, Body::from(body)).into_response();
    let headers = response.headers_mut();
    if let Some(kind) = kind {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    Ok(response)
}

//! The router with everything around it, and the loop that serves it.

use crate::app::App;
use crate::clock::Clock;
use crate::observe::{self, requests::Requests};
use crate::texts::t;
use crate::web::access::Face;
use crate::web::connections::{self, Late, Limits};
use crate::web::errors::{ApiError, PageError, Public};
use crate::web::headers::{self, Headers};
use crate::web::registry::Routes;
use crate::web::{client, language, limits};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tracing::field::Empty;

/// Longest body; the webhook route has its own limit.
const BODY: usize = 64 * 1024;
/// Longest time for an answer. Live updates are not bound by it: they answer at once and go on.
pub(super) const ANSWER: Duration = Duration::from_secs(35);

/// The program's router with all layers.
pub fn router(app: App) -> Router {
    dressed(super::routes(&app), app)
}

/// Stripe's webhooks alone, with all layers: for proofs, which start the program ten thousands of times.
#[doc(hidden)]
pub fn webhooks_router(app: App) -> Router {
    dressed(super::webhook_routes(&app), app)
}

fn dressed(routes: Routes, app: App) -> Router {
    let faces = Faces::of(&routes);
    let watched = Watched { requests: Requests::of(routes.declared()), clock: app.clock.clone() };
    let routes = routes.finish();
    let ids = Ids(app.clone());
    let shrink = DefaultPredicate::new().and(NotForContentType::const_new("text/event-stream"));
    routes
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .layer(CompressionLayer::new().compress_when(shrink))
        .layer(own_forms(&app))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, ANSWER))
        .layer(from_fn(explain))
        .layer(CatchPanicLayer::custom(|_| PageError(Public::broken(&"a handler panicked")).into_response()))
        .layer(from_fn_with_state(app.clone(), limit))
        .layer(from_fn_with_state(app.clone(), language::speak))
        .layer(from_fn_with_state(Headers::of(&app), headers::secure))
        .layer(from_fn_with_state(watched, watch))
        .layer(from_fn_with_state(faces, face_of))
        .layer(from_fn_with_state(client::Trusted::of(&app), client::tell))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(ids))
        .with_state(app)
}

/// Which addresses scripts of our pages post to; what begins with `/api/` is for programs, and all others are for people.
#[derive(Clone)]
struct Faces(Arc<BTreeSet<String>>);

impl Faces {
    fn of(routes: &Routes) -> Self {
        let scripts = routes.declared().iter().filter(|route| route.face == Face::Script);
        Self(Arc::new(scripts.map(|route| route.path.clone()).collect()))
    }
}

/// Writes down whom a request's answer is for, also for those that no route answers.
async fn face_of(State(Faces(scripts)): State<Faces>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let face = match path.starts_with("/api/") {
        true => Face::Api,
        false if scripts.contains(path) => Face::Script,
        false => Face::Page,
    };
    request.extensions_mut().insert(face);
    next.run(request).await
}

fn face(request: &Request) -> Face {
    request.extensions().get().copied().unwrap_or(Face::Page)
}

#[derive(Clone)]
struct Ids(App);

impl MakeRequestId for Ids {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&self.0.random.word(16)).ok().map(RequestId::new)
    }
}

/// Nobody takes all of us. What browsers keep anyway and what Stripe sends is not counted.
async fn limit(State(app): State<App>, request: Request, next: Next) -> Response {
    let (path, face) = (request.uri().path(), face(&request));
    if path.starts_with("/assets/") || path.starts_with("/webhooks/") {
        return next.run(request).await;
    }
    let address = request.extensions().get::<client::ClientAddress>().copied().unwrap_or_default();
    match app.limiter.by_address(&address.narrow()) {
        Ok(left) => {
            let mut response = next.run(request).await;
            // A caller who is known was told about their own allowance already.
            if let Some(left) =
                left.filter(|_| face == Face::Api && !response.headers().contains_key("ratelimit-limit"))
            {
                left.tell(response.headers_mut());
            }
            response
        }
        Err(wait_s) => {
            metrics::counter!("givr_throttled_total", "what" => "requests").increment(1);
            answer(face, limits::too_much(wait_s))
        }
    }
}

/// What is needed to watch requests.
#[derive(Clone)]
struct Watched {
    requests: Requests,
    clock: Arc<dyn Clock>,
}

/// Counts a request by its route, and puts its id before every line of the log that is written for it. What it is about is known behind
/// the door (`registry`).
async fn watch(State(watched): State<Watched>, request: Request, next: Next) -> Response {
    let (face, verb) = (face(&request), request.method().clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).filter(|id| is_plain(id));
    let span = tracing::error_span!(
        "request",
        request.id = id,
        http.method = verb.as_str(),
        http.route = route,
        order.id = Empty,
        service.id = Empty
    );
    let began = watched.clock.steady();
    let response = observe::about(span, None, next.run(request)).await;
    let took = watched.clock.steady().saturating_sub(began);
    watched.requests.count(route, face, &verb, response.status(), took);
    response
}

/// Whoever asks may name the request by themselves; only what looks like a name is written down.
fn is_plain(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

async fn missing(request: Request) -> Response {
    answer(face(&request), Public::not_found())
}

async fn wrong_method(request: Request) -> Response {
    let (title, text) = (t("error-method"), t("error-method-text"));
    answer(face(&request), Public::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", title, text))
}

fn answer(face: Face, public: Public) -> Response {
    match face {
        Face::Page => PageError(public).into_response(),
        Face::Script | Face::Api => ApiError(public).into_response(),
    }
}

/// Requests that change something come from our own pages, or from programs, which send no such headers. A proxy may call us by
/// another name, so our own address is named here.
fn own_forms(app: &App) -> CsrfLayer {
    let own = app.config.site.url.origin().ascii_serialization();
    CsrfLayer::new().add_trusted_origin(own).unwrap_or_default()
}

/// Puts into words what was refused before a handler saw it, or could not be read by one.
pub(super) async fn explain(request: Request, next: Next) -> Response {
    let late = request.extensions().get::<Late>().cloned();
    let face = face(&request);
    let response = next.run(request).await;
    if late.is_some_and(|late| late.is()) {
        let (title, text) = (t("error-too-long"), t("error-too-slow-text"));
        return answer(face, Public::new(StatusCode::REQUEST_TIMEOUT, "too_slow", title, text));
    }
    if response.status() == StatusCode::GATEWAY_TIMEOUT {
        let (title, text) = (t("error-too-long"), t("error-no-answer-text"));
        return answer(face, Public::new(StatusCode::GATEWAY_TIMEOUT, "no_answer", title, text));
    }
    if response.extensions().get::<ProtectionError>().is_some() {
        let (title, text) = (t("error-cross-site"), t("error-cross-site-text"));
        return answer(face, Public::new(StatusCode::FORBIDDEN, "cross_site", title, text));
    }
    response
}

/// Serves the program's router until `stop`; requests under way are finished.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) {
    let limits = Limits::of(&app.config.server);
    connections::serve(listener, router(app), limits, stop).await;
}

//! Calls to Stripe and to the panel over the network: time limits, size limits, our own rate limit, and a pause when the other
//! side says that we are not welcome.

use crate::clock::Clock;
use crate::outbound::Guard;
use bytes::Bytes;
use domain::call::{CallBudget, CallFailure};
use futures_util::StreamExt;
use governor::{Quota, RateLimiter};
use http::{HeaderValue, Request, Response, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use reqwest::tls::TlsInfo;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tower::util::BoxCloneSyncService;

/// What the clients of Stripe and of the panel take.
pub type Transport = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, CallFailure>;

/// How much one target may be asked.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls a minute on average.
    pub per_minute: NonZeroU32,
    /// Calls at once after a quiet time.
    pub burst: NonZeroU32,
    /// Calls that may be under way at the same moment.
    pub concurrent: usize,
    /// Whether an answer says that no call of ours will be let in, so that the next ones are held back for a while.
    pub locked_out: fn(&Response<Bytes>) -> bool,
}

/// Our key is not accepted.
pub fn key_refused(answer: &Response<Bytes>) -> bool {
    answer.status() == StatusCode::UNAUTHORIZED
}

/// Our key is not accepted by the panel itself; the word of one of its daemons about one node says nothing about the others, and
/// neither does what one server may not have.
pub fn panel_key_refused(answer: &Response<Bytes>) -> bool {
    let refused = matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    let says = |word: &[u8]| answer.body().windows(word.len()).any(|part| part == word);
    refused && !says(b"\"DaemonConnectionException\"") && !says(b"\"HttpForbiddenException\"")
}

/// Answers above this are cut off and count as no answer.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// For calls whose client sets no budget.
const DEFAULT_BUDGET: Duration = Duration::from_secs(30);
/// When a call is tried again that our own limits did not let through in its time.
const BUSY_PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// How long calls are held back after a 401 or 403.
const REFUSED_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// An HTTP client for people's own commands and for tests: no redirects, no cookies, no proxies, TLS by rustls.
///
/// # Errors
/// The TLS configuration cannot be built.
pub fn http_client() -> reqwest::Result<reqwest::Client> {
    client(reqwest::Client::builder())
}

fn client(builder: reqwest::ClientBuilder) -> reqwest::Result<reqwest::Client> {
    builder
        .redirect(reqwest::redirect::Policy::none())
        // A proxy would resolve names by itself, past the guard.
        .no_proxy()
        .connect_timeout(Duration::from_secs(5))
        .pool_idle_timeout(Duration::from_secs(30))
        .user_agent(concat!("givr/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The HTTP client behind all transports: goes only where the guard lets it.
#[derive(Clone)]
pub struct Outbound {
    http: reqwest::Client,
    guard: Guard,
}

impl Outbound {
    /// A client with this guard.
    ///
    /// # Errors
    /// The TLS configuration cannot be built.
    pub fn new(guard: Guard) -> reqwest::Result<Self> {
        Ok(Self { http: client(reqwest::Client::builder().dns_resolver(guard.clone()))?, guard })
    }

    /// A client that goes everywhere, and whose answers carry the other side's certificate ([`TlsInfo`]): for looking at the shop's own
    /// address, which may be inside.
    ///
    /// # Errors
    /// The TLS configuration cannot be built.
    pub fn showing_certificates() -> reqwest::Result<Self> {
        let guard = Guard::anywhere();
        let builder = reqwest::Client::builder().dns_resolver(guard.clone()).tls_info(true);
        Ok(Self { http: client(builder)?, guard })
    }
}

/// A transport to one target.
pub fn network(client: Outbound, limits: Limits, clock: Arc<dyn Clock>) -> Transport {
    let quota = Quota::per_minute(limits.per_minute).allow_burst(limits.burst);
    let limiter = Arc::new(RateLimiter::direct(quota));
    let slots = Arc::new(Semaphore::new(limits.concurrent));
    let held_back: Arc<Mutex<Option<Timestamp>>> = Arc::default();
    BoxCloneSyncService::new(tower::service_fn(move |request: Request<Bytes>| {
        let (client, limiter, slots) = (client.clone(), limiter.clone(), slots.clone());
        let (held_back, clock) = (held_back.clone(), clock.clone());
        async move {
            let until = *held_back.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(until) = until.filter(|until| *until > clock.now()) {
                return Err(CallFailure::HeldBack { until });
            }
            let budget = request.extensions().get::<CallBudget>().map_or(DEFAULT_BUDGET, |budget| budget.0);
            // First come, first served, and not for long: what was decided when somebody asked may be decided otherwise later.
            let ready = async {
                let slot = slots.acquire().await;
                limiter.until_ready().await;
                slot
            };
            let _slot = match tokio::time::timeout(budget / 2, ready).await {
                Ok(slot) => slot.map_err(|closed| CallFailure::NeverSent(closed.into()))?,
                Err(_) => return Err(CallFailure::HeldBack { until: clock.now() + BUSY_PAUSE }),
            };
            let answer = match tokio::time::timeout(budget, send(&client, request)).await {
                Ok(answer) => answer?,
                Err(elapsed) => return Err(CallFailure::NoAnswer(elapsed.into())),
            };
            let pause = (limits.locked_out)(&answer).then(|| clock.now() + REFUSED_PAUSE);
            *held_back.lock().unwrap_or_else(PoisonError::into_inner) = pause;
            Ok(answer)
        }
    }))
}

async fn send(client: &Outbound, request: Request<Bytes>) -> Result<Response<Bytes>, CallFailure> {
    let request = reqwest::Request::try_from(request).map_err(|error| CallFailure::NeverSent(error.into()))?;
    client.guard.check_literal(request.url()).map_err(|refused| CallFailure::NeverSent(refused.into()))?;
    let answer = client.http.execute(request).await.map_err(|error| {
        if error.is_connect() || error.is_builder() {
            CallFailure::NeverSent(error.without_url().into())
        } else {
            CallFailure::NoAnswer(error.without_url().into())
        }
    })?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let certificate = answer.extensions().get::<TlsInfo>().cloned();
    let mut body = Vec::new();
    let mut parts = answer.bytes_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| CallFailure::NoAnswer(error.without_url().into()))?;
        if body.len() + part.len() > MAX_BODY {
            return Err(CallFailure::NoAnswer("the answer is longer than 8 MiB".into()));
        }
        body.extend_from_slice(&part);
    }
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if let Some(certificate) = certificate {
        response.extensions_mut().insert(certificate);
    }
    Ok(response)
}

/// A transport straight into a router of this process, for the sandbox's simulators in stories and simulations. `clock` is that of the
/// machine on which the other side runs, which every answer tells.
///
/// A simulator that was told to cut the connection marks its answer with `x-sandbox-abort`; it arrives as no answer.
pub fn in_process(router: axum::Router, clock: Arc<dyn Clock>) -> Transport {
    BoxCloneSyncService::new(tower::service_fn(move |request: Request<Bytes>| {
        let (router, clock) = (router.clone(), clock.clone());
        async move {
            let request = request.map(axum::body::Body::from);
            let answer = match tower::ServiceExt::oneshot(router, request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            let (mut parts, body) = answer.into_parts();
            let date = clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            if let Ok(date) = HeaderValue::try_from(date) {
                parts.headers.insert(header::DATE, date);
            }
            if parts.headers.contains_key("x-sandbox-abort") {
                return Err(CallFailure::NoAnswer("the connection was cut".into()));
            }
            let body =
                axum::body::to_bytes(body, MAX_BODY).await.map_err(|error| CallFailure::NoAnswer(error.into()))?;
            Ok(Response::from_parts(parts, body))
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::{BUSY_PAUSE, Bytes, Limits, Outbound, Response, key_refused, network, panel_key_refused};
    use crate::clock::{Clock, ManualClock};
    use crate::outbound::Guard;
    use domain::call::{CallBudget, CallFailure};
    use http::Request;
    use jiff::Timestamp;
    use std::num::NonZeroU32;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::net::TcpListener;
    use tower::ServiceExt;

    #[test]
    fn only_the_panels_own_word_about_our_key_locks_us_out() {
        let says = |status: u16, code: &str| {
            let body = format!(r#"{{"errors":[{{"code":"{code}","status":"{status}"}}]}}"#);
            panel_key_refused(&Response::builder().status(status).body(Bytes::from(body)).unwrap())
        };
        assert!(says(401, "AuthenticationException") && says(403, "AccessDeniedHttpException"));
        assert!(!says(403, "DaemonConnectionException"), "one node");
        assert!(!says(403, "HttpForbiddenException"), "a backup task where there are no backups");
        assert!(!says(404, "NotFoundHttpException"));
    }

    #[tokio::test]
    async fn a_call_waits_for_those_before_it_half_of_its_time_and_is_not_sent_then() {
        // Arrange: one call at a time, and the first is never answered.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = silent.local_addr().unwrap();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let many = NonZeroU32::new(1000).unwrap();
        let limits = Limits { per_minute: many, burst: many, concurrent: 1, locked_out: key_refused };
        let transport = network(Outbound::new(Guard::anywhere()).unwrap(), limits, Arc::new(clock.clone()));
        let call = |budget| {
            let request = Request::get(format!("http://{address}/")).extension(CallBudget(budget));
            transport.clone().oneshot(request.body(Bytes::new()).unwrap())
        };
        let first = tokio::spawn(call(Duration::from_hours(1)));
        let _held = silent.accept().await.unwrap();

        // Act
        let second = call(Duration::from_millis(50)).await;

        // Assert
        let later = clock.now() + BUSY_PAUSE;
        assert!(matches!(second, Err(CallFailure::HeldBack { until }) if until == later), "{second:?}");
        let nobody = tokio::time::timeout(Duration::from_millis(10), silent.accept()).await;
        assert!(nobody.is_err(), "it was not sent");
        first.abort();
    }
}

//! One logical call: the request that is sent, the tries it gets, and the class of its failure.

use crate::error::{BoxError, StripeError, Until};
use crate::form::Form;
use crate::read::{Readable, decode};
use crate::settings::{Mode, SettingsError, Sleep, StripeSettings, Transport, check_address};
use crate::{API_VERSION, error::ErrorKind};
use backon::{BackoffBuilder, ExponentialBuilder};
use bytes::Bytes;
use domain::call::{CallBudget, CallFailure, CallName};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Method, Request, Response};
use secrecy::ExposeSecret;
use serde::Deserialize;
use std::fmt;
use std::time::Duration;
use tower::ServiceExt;

const WRITE_BUDGET: Duration = Duration::from_secs(30);
const READ_BUDGET: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// A longer `Retry-After` is passed on to the caller instead of waited for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Stripe's API with one key. Cheap to clone.
#[derive(Clone)]
pub struct Stripe {
    transport: Transport,
    base: String,
    authorization: HeaderValue,
    secret: secrecy::SecretString,
    mode: Mode,
    retries: u32,
    sleep: Sleep,
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe").field("base", &self.base).field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// What is asked, the same in every try.
pub(crate) struct Call {
    /// The name for errors and logs: the method of [`Stripe`] that makes the call.
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) form: String,
    pub(crate) key: Option<String>,
}

impl Call {
    /// A read. `path` starts with `/v1/`.
    pub(crate) fn get(name: &'static str, path: impl Into<String>, form: Form) -> Self {
        Self { name, method: Method::GET, path: path.into(), form: form.into_text(), key: None }
    }

    /// A change that leads to the same state however often it is made, and therefore needs no key.
    pub(crate) fn post(name: &'static str, path: impl Into<String>, form: Form) -> Self {
        Self { name, method: Method::POST, path: path.into(), form: form.into_text(), key: None }
    }

    /// A change that must not happen twice: Stripe answers a repetition under the same key with the first answer.
    pub(crate) fn keyed(name: &'static str, path: impl Into<String>, form: Form, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..Self::post(name, path, form) }
    }

    fn is_read(&self) -> bool {
        self.method == Method::GET
    }

    fn budget(&self) -> Duration {
        if self.is_read() { READ_BUDGET } else { WRITE_BUDGET }
    }
}

/// One try that failed, and whether another one makes sense.
struct Failed {
    error: StripeError,
    again: bool,
    /// How long Stripe asked us to wait.
    wait: Option<Duration>,
}

impl Stripe {
    /// A client that speaks to `settings.api_base` through `transport`.
    ///
    /// # Errors
    /// The configuration has to change.
    pub fn new(transport: Transport, settings: StripeSettings) -> Result<Self, SettingsError> {
        check_address(&settings.api_base)?;
        let key = settings.secret_key.expose_secret();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SettingsError::Key);
        }
        let mut authorization = HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| SettingsError::Key)?;
        authorization.set_sensitive(true);
        Ok(Self {
            transport,
            mode: Mode::of_key(key),
            base: settings.api_base,
            authorization,
            secret: settings.secret_key,
            retries: settings.retries.min(StripeSettings::MAX_RETRIES),
            sleep: settings.sleep,
        })
    }

    /// Whether the key moves real money.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Makes the call and reads its answer as `T`.
    pub(crate) async fn ask<T: Readable>(&self, call: Call) -> Result<T, StripeError> {
        let answer = self.exchange(&call).await?;
        let request_id = header_text(answer.headers(), REQUEST_ID);
        decode::<T>(answer.body(), self.mode).map_err(|mut detail| {
            if let Some(id) = request_id {
                detail = format!("{detail} (request {id})");
            }
            if call.is_read() {
                StripeError::Unreadable { call: call.name, detail }
            } else {
                StripeError::OutcomeUnknown { call: call.name, answered: true, source: detail.into() }
            }
        })
    }

    async fn exchange(&self, call: &Call) -> Result<Response<Bytes>, StripeError> {
        let mut pauses = pauses(self.retries).build();
        let mut in_doubt = false;
        loop {
            let failed = match self.one_try(call).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            in_doubt |= failed.error.is_in_doubt();
            let Some(pause) = pauses.next().filter(|_| failed.again) else {
                return Err(match failed.error {
                    // An earlier try may have been carried out; that the last one was not does not change it.
                    error @ (StripeError::Unreachable { .. } | StripeError::NotNow { .. }) if in_doubt => {
                        StripeError::OutcomeUnknown { call: call.name, answered: false, source: error.into() }
                    }
                    error => error,
                });
            };
            let pause = failed.wait.unwrap_or(pause);
            tracing::debug!(stripe.call = call.name, "Repeating a Stripe call in {pause:?}: {}", failed.error);
            (self.sleep)(pause).await;
        }
    }

    async fn one_try(&self, call: &Call) -> Result<Response<Bytes>, Failed> {
        let request = self.request(call).map_err(|error| Failed { error, again: false, wait: None })?;
        match self.transport.clone().oneshot(request).await {
            Ok(answer) if answer.status().is_success() => Ok(answer),
            Ok(answer) => Err(self.refusal(call, &answer)),
            Err(failure) => Err(no_answer(call, failure)),
        }
    }

    fn request(&self, call: &Call) -> Result<Request<Bytes>, StripeError> {
        let not_sent = |reason| StripeError::NotSent { call: call.name, reason };
        let in_body = call.method == Method::POST;
        let mut address = format!("{}{}", self.base, call.path);
        if !in_body && !call.form.is_empty() {
            address.push('?');
            address.push_str(&call.form);
        }
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(address)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(VERSION, API_VERSION)
            .extension(CallBudget(call.budget()))
            .extension(CallName(call.name));
        if in_body {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(key) = &call.key {
            if key.is_empty() || key.len() > 255 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(not_sent("an idempotency key is 1 to 255 visible ASCII characters"));
            }
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        let body = if in_body { Bytes::from(call.form.clone()) } else { Bytes::new() };
        request.body(body).map_err(|_| not_sent("its address cannot be written"))
    }

    /// Sorts an answer that is not 2xx.
    fn refusal(&self, call: &Call, answer: &Response<Bytes>) -> Failed {
        let name = call.name;
        let status = answer.status().as_u16();
        let headers = answer.headers();
        let request_id = header_text(headers, REQUEST_ID);
        let advice = header_text(headers, SHOULD_RETRY);
        let wait = header_text(headers, RETRY_AFTER).and_then(|text| text.parse().ok()).map(Duration::from_secs);
        let patient = wait.is_none_or(|wait| wait <= LONGEST_RETRY_AFTER);
        let again = match advice.as_deref() {
            Some("true") => true,
            Some("false") => false,
            _ => matches!(status, 409 | 429 | 500..),
        };
        let error = match status {
            500.. => {
                let source: BoxError = ServerError { status, request_id }.into();
                if call.is_read() {
                    StripeError::Unreachable { call: name, source }
                } else {
                    StripeError::OutcomeUnknown { call: name, answered: true, source }
                }
            }
            401 | 403 | 409 | 424 | 429 => {
                StripeError::NotNow { call: name, until: wait.map(Until::After), status: Some(status), request_id }
            }
            _ => {
                let said: Said = serde_json::from_slice(answer.body()).unwrap_or_default();
                StripeError::Refused {
                    call: name,
                    status,
                    kind: ErrorKind::of(said.error.kind.as_deref()),
                    code: said.error.code.map(|code| self.without_key(&code, 100)),
                    param: said.error.param.map(|param| self.without_key(&param, 200)),
                    message: self.without_key(&said.error.message.unwrap_or_default(), 500),
                    request_id,
                }
            }
        };
        Failed { error, again: again && patient, wait }
    }

    /// Stripe masks keys in its messages; whoever else answers may not.
    fn without_key(&self, words: &str, longest: usize) -> String {
        // Before the key is looked for: a control character inside it would hide it, and be gone later.
        let plain = bounded(words, usize::MAX);
        bounded(&plain.replace(self.secret.expose_secret(), "…"), longest)
    }
}

const VERSION: HeaderName = HeaderName::from_static("stripe-version");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("stripe-should-retry");

/// An answer of 500 and above.
#[derive(Debug)]
struct ServerError {
    status: u16,
    request_id: Option<String>,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stripe answered with status {}", self.status)?;
        self.request_id.iter().try_for_each(|id| write!(f, ", request {id}"))
    }
}

impl std::error::Error for ServerError {}

/// The body of an error, as far as it is one.
#[derive(Default, Deserialize)]
struct Said {
    #[serde(default)]
    error: SaidError,
}

#[derive(Default, Deserialize)]
struct SaidError {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    param: Option<String>,
    message: Option<String>,
}

/// The pauses between tries: half a second, doubled each time up to eight seconds, each half as long to half again as long.
fn pauses(retries: u32) -> impl BackoffBuilder {
    let plain = ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(retries as usize);
    // backon's jitter only ever adds, up to the whole pause; half of the pause taken away puts the pause in the middle.
    plain.build().zip(plain.with_jitter().build()).map(|(pause, longer)| longer.saturating_sub(pause / 2))
}

fn no_answer(call: &Call, failure: CallFailure) -> Failed {
    let name = call.name;
    let (error, again) = match failure {
        CallFailure::HeldBack { until } => {
            (StripeError::NotNow { call: name, until: Some(Until::At(until)), status: None, request_id: None }, false)
        }
        CallFailure::NoAnswer(_) if !call.is_read() => {
            (StripeError::OutcomeUnknown { call: name, answered: false, source: failure.into() }, true)
        }
        CallFailure::NeverSent(_) | CallFailure::NoAnswer(_) => {
            (StripeError::Unreachable { call: name, source: failure.into() }, true)
        }
    };
    Failed { error, again, wait: None }
}

fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(|text| bounded(text, 100))
}

/// Foreign words as they may stand in a line of a log: short, and without control characters, which could begin another line.
fn bounded(text: &str, characters: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_around_their_middle_and_end() {
        for _ in 0..200 {
            let pauses: Vec<f64> = pauses(6).build().map(|pause| pause.as_secs_f64()).collect();
            assert_eq!(pauses.len(), 6);
            for (pause, middle) in pauses.iter().zip([0.5, 1.0, 2.0, 4.0, 8.0, 8.0]) {
                assert!((middle * 0.5..=middle * 1.5).contains(pause), "{pause} around {middle}");
            }
        }
    }
}

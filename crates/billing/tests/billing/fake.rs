//! A transport that gives prepared answers and remembers what it was asked.

use crate::contract;
use billing::{Sleep, Stripe, StripeSettings, Transport};
use bytes::Bytes;
use domain::call::{CallBudget, CallFailure};
use http::{Request, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const KEY: &str = "sk_test_51SecretNobodyMaySee";

/// One request as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The query of a read, the body of a change; byte for byte.
    pub(crate) form: String,
    pub(crate) key: Option<String>,
    pub(crate) headers: http::HeaderMap,
    pub(crate) budget: Duration,
}

impl Asked {
    /// `METHOD /path`
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// `name=value` for each parameter, decoded, in the order in which they were sent.
    pub(crate) fn parameters(&self) -> Vec<String> {
        form_urlencoded::parse(self.form.as_bytes()).map(|(name, value)| format!("{name}={value}")).collect()
    }
}

type Answer = Result<Response<Bytes>, CallFailure>;

#[derive(Clone, Default)]
pub(crate) struct FakeStripe {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

impl FakeStripe {
    /// Gives these answers, one after the other; a request too many fails the test.
    pub(crate) fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let fake = Self::default();
        fake.answers.lock().unwrap().extend(answers);
        fake
    }

    /// A client in test mode with the usual three repetitions.
    pub(crate) fn client(&self) -> Stripe {
        self.client_with(KEY, 3)
    }

    pub(crate) fn client_with(&self, key: &str, retries: u32) -> Stripe {
        let pauses = self.pauses.clone();
        let sleep: Sleep = Arc::new(move |pause| {
            pauses.lock().unwrap().push(pause);
            Box::pin(std::future::ready(()))
        });
        let settings = StripeSettings {
            api_base: "https://stripe.test".to_owned(),
            secret_key: SecretString::from(key),
            retries,
            sleep,
        };
        Stripe::new(self.transport(), settings).unwrap()
    }

    fn transport(&self) -> Transport {
        let fake = self.clone();
        Transport::new(tower::service_fn(move |request: Request<Bytes>| {
            let answer = fake.answer(&request);
            async move { answer }
        }))
    }

    fn answer(&self, request: &Request<Bytes>) -> Answer {
        let body = std::str::from_utf8(request.body()).unwrap();
        let method = request.method().to_string();
        let form = if method == "POST" { body } else { request.uri().query().unwrap_or_default() };
        if let Err(problem) = contract::check(&method, request.uri().path(), form) {
            panic!("a request breaks the contract: {problem}");
        }
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        self.asked.lock().unwrap().push(Asked {
            path: request.uri().path().to_owned(),
            form: form.to_owned(),
            key: header("idempotency-key"),
            headers: request.headers().clone(),
            budget: request.extensions().get::<CallBudget>().unwrap().0,
            method,
        });
        self.answers.lock().unwrap().pop_front().expect("no answer is left")
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The only request so far.
    pub(crate) fn asked_once(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked[0].clone()
    }

    /// How long the client waited between tries.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }
}

/// An answer of 200.
pub(crate) fn ok(body: &Value) -> Answer {
    status(200, &[], body)
}

/// An answer with a status and headers.
pub(crate) fn status(status: u16, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut response = Response::builder().status(status).header("request-id", "req_42");
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(Bytes::from(body.to_string())).unwrap())
}

/// An error as Stripe words it.
pub(crate) fn refused(code: u16, kind: &str, word: &str, param: &str) -> Answer {
    let message = format!("No such thing, says {KEY} of ada@example.test");
    status(code, &[], &json!({"error": {"type": kind, "code": word, "param": param, "message": message}}))
}

/// The request may have arrived, an answer did not.
pub(crate) fn lost() -> Answer {
    Err(CallFailure::NoAnswer("the connection was reset".into()))
}

/// The request did not arrive.
pub(crate) fn never_sent() -> Answer {
    Err(CallFailure::NeverSent("connection refused".into()))
}

/// A list of one page.
pub(crate) fn list(rows: &[Value]) -> Value {
    json!({"object": "list", "url": "/v1/rows", "has_more": false, "data": rows})
}

/// A page that others follow.
pub(crate) fn page(rows: &[Value]) -> Value {
    json!({"object": "list", "url": "/v1/rows", "has_more": true, "data": rows})
}

/// The least that a refund can be.
pub(crate) fn refund(id: &str) -> Value {
    json!({"id": id, "object": "refund", "amount": 500, "currency": "eur", "status": "succeeded", "created": 1_767_225_600})
}

//! A simulated Stripe account under test: its clock stands still until moved, its webhooks land in a list.

use std::sync::{Arc, Mutex};

use axum::Router;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use sandbox::clock::SandboxClock;
use sandbox::stripe::{PayOutcome, StripeOptions, StripeSim};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const KEY: &str = "sk_test_sandbox";
pub(crate) const START: i64 = 1_767_225_600;

/// One webhook as the receiver saw it.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a webhook body is JSON")
    }
    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().expect("an event has a type").to_owned()
    }
    pub(crate) fn signature(&self) -> String {
        self.headers["stripe-signature"].to_str().expect("the signature is text").to_owned()
    }
}

/// One answer of the API.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.body
    }
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
    pub(crate) fn param(&self) -> &str {
        self.body["error"]["param"].as_str().unwrap_or_default()
    }
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

pub(crate) struct World {
    pub(crate) sim: StripeSim,
    pub(crate) clock: SandboxClock,
    pub(crate) router: Router,
    pub(crate) received: Arc<Mutex<Vec<Received>>>,
    /// What the receiver answers, in turn; 200 once the list is used up.
    pub(crate) replies: Arc<Mutex<Vec<StatusCode>>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut StripeOptions)) -> Self {
        let clock = SandboxClock::from_fn(|| Timestamp::from_second(START).expect("an instant"));
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let replies: Arc<Mutex<Vec<StatusCode>>> = Arc::default();
        let (inbox, script) = (received.clone(), replies.clone());
        let mut options = StripeOptions::new(clock.clone(), KEY, "http://pay.sandbox.test");
        options.deliver = Some(Arc::new(move |request: Request<Bytes>| {
            let (parts, body) = request.into_parts();
            inbox.lock().expect("inbox").push(Received { headers: parts.headers, body });
            let mut script = script.lock().expect("script");
            let reply = if script.is_empty() { StatusCode::OK } else { script.remove(0) };
            Box::pin(async move { Ok(reply) })
        }));
        change(&mut options);
        let sim = StripeSim::new(options);
        let router = sim.router();
        Self { sim, clock, router, received, replies }
    }

    pub(crate) async fn send(&self, request: Request<String>) -> Answer {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts, axum::body::Body::from(body));
        let response = self.router.clone().oneshot(request).await.expect("the router answers");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, text }
    }

    pub(crate) fn request(&self, method: &str, path: &str, form: &str) -> Request<String> {
        let uri = if method == "POST" || form.is_empty() { path.to_owned() } else { format!("{path}?{form}") };
        let body = if method == "POST" { form.to_owned() } else { String::new() };
        Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", format!("Bearer {KEY}"))
            .header("stripe-version", "2026-10-28.endive")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .expect("a request")
    }

    pub(crate) async fn call(&self, method: &str, path: &str, form: &str) -> Answer {
        self.send(self.request(method, path, form)).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Value {
        self.call("POST", path, form).await.ok()
    }

    pub(crate) async fn get(&self, path: &str, query: &str) -> Value {
        self.call("GET", path, query).await.ok()
    }

    pub(crate) async fn delete(&self, path: &str) -> Value {
        self.call("DELETE", path, "").await.ok()
    }

    pub(crate) async fn keyed(&self, key: &str, path: &str, form: &str) -> Answer {
        let mut request = self.request("POST", path, form);
        request.headers_mut().insert("idempotency-key", key.parse().expect("a key"));
        self.send(request).await
    }

    /// A page of the sandbox, or a form on it; `form` empty means GET.
    pub(crate) async fn page(&self, path: &str, form: &str) -> Answer {
        let method = if form.is_empty() { "GET" } else { "POST" };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        self.send(request.expect("a request")).await
    }

    /// A product with a monthly price in euros; returns the price's id.
    pub(crate) async fn price(&self, amount: i64) -> String {
        let product = self.post("/v1/products", "name=Minecraft+4+GB").await;
        let form = format!(
            "product={}&currency=eur&unit_amount={amount}&recurring[interval]=month&tax_behavior=exclusive",
            id(&product)
        );
        id(&self.post("/v1/prices", &form).await)
    }

    /// An open session for that price, with order metadata in both places.
    pub(crate) async fn session(&self, price: &str, more: &str) -> Value {
        let form = format!(
            "mode=subscription&line_items[0][price]={price}&line_items[0][quantity]=1\
             &success_url=https%3A%2F%2Fshop.test%2Fdone%3Fsession%3D%7BCHECKOUT_SESSION_ID%7D\
             &cancel_url=https%3A%2F%2Fshop.test%2Fcart&client_reference_id=ord_1&metadata[order_id]=ord_1\
             &subscription_data[metadata][order_id]=ord_1{more}"
        );
        self.post("/v1/checkout/sessions", &form).await
    }

    /// A paid session over 999 cents; returns it.
    pub(crate) async fn paid(&self) -> Value {
        self.paid_with(PayOutcome::Pay).await
    }

    pub(crate) async fn paid_with(&self, outcome: PayOutcome) -> Value {
        let price = self.price(999).await;
        let session = self.session(&price, "&customer_email=buyer%40example.test").await;
        self.sim.pay_session(&id(&session), outcome).expect("the page accepts")
    }

    /// A customer with a default payment method of this name.
    pub(crate) async fn customer(&self, method: &str, more: &str) -> String {
        let customer = id(&self.post("/v1/customers", &format!("email=ada%40example.test{more}")).await);
        let attached =
            self.post(&format!("/v1/payment_methods/{method}/attach"), &format!("customer={customer}")).await;
        let form = format!("invoice_settings[default_payment_method]={}", id(&attached));
        self.post(&format!("/v1/customers/{customer}"), &form).await;
        customer
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        self.sim.advance(SignedDuration::from_secs(seconds)).await;
    }

    pub(crate) fn events(&self) -> Vec<String> {
        self.sim.objects("event").iter().map(|event| event["type"].as_str().expect("a type").to_owned()).collect()
    }

    pub(crate) fn inbox(&self) -> Vec<Received> {
        self.received.lock().expect("inbox").clone()
    }

    /// Asserts that nothing the simulator said broke the contract; call it last.
    pub(crate) fn finish(&self) {
        let report = self.sim.contract();
        assert!(report.violations.is_empty(), "{:#?}", report.violations);
        assert!(report.answers_checked > 0);
    }
}

#[track_caller]
pub(crate) fn id(object: &Value) -> String {
    object["id"].as_str().expect("an object has an id").to_owned()
}

pub(crate) const DAY: i64 = 86_400;
pub(crate) const HOUR: i64 = 3_600;

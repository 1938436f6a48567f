//! A trace of each order, for a collector that takes OpenTelemetry's protocol (OTLP) over HTTP as JSON.
//!
//! An order's trace has the number of the order: whoever knows one finds the other, and replicas and restarts need not agree on anything.
//! What the program does for an order stands in spans already, for the log; here they are sent as they end. Whoever works never waits for
//! it: spans are left in a queue or lost, and what was lost is counted.

use crate::clock::{Clock, Random};
use crate::config;
use crate::transport::Transport;
use bytes::Bytes;
use domain::call::CallBudget;
use domain::ids::OrderId;
use domain::redact::without_addresses;
use http::{Request, StatusCode, header};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt::{Debug, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id as SpanId, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// How often something is sent, if there is something.
const EVERY: Duration = Duration::from_secs(5);
/// How long the last message may take when the process ends.
const GOODBYE: Duration = Duration::from_secs(3);
/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Spans that may wait; more are lost.
const WAITING: usize = 4096;
/// Spans in one message.
const BATCH: usize = 512;
/// Characters of a value.
const LONGEST: usize = 256;

/// The name of the span that an order is as a whole, and its field with the millisecond of its beginning.
const WHOLE: &str = "delivery";
const SINCE: &str = "since_ms";

/// Where spans are left.
pub struct Tracer {
    sender: mpsc::Sender<Value>,
    lost: Arc<AtomicU64>,
    clock: Arc<dyn Clock>,
    random: Random,
}

/// The other end.
pub struct Traced {
    receiver: mpsc::Receiver<Value>,
    lost: Arc<AtomicU64>,
    held: VecDeque<Value>,
    url: SecretString,
    authorization: Option<SecretString>,
    /// What distinguishes processes.
    process: String,
    /// Whether the log knows that the collector takes nothing.
    told: bool,
}

impl Tracer {
    /// Both ends; `None` if the settings name no collector.
    pub fn new(settings: &config::Traces, clock: Arc<dyn Clock>, random: Random) -> Option<(Self, Traced)> {
        let url = settings.otlp_url.clone()?;
        let (sender, receiver) = mpsc::channel(WAITING);
        let lost: Arc<AtomicU64> = Arc::default();
        let traced = Traced {
            receiver,
            lost: lost.clone(),
            held: VecDeque::new(),
            url,
            authorization: settings.authorization.clone(),
            process: random.uuid().to_string(),
            told: false,
        };
        Some((Self { sender, lost, clock, random }, traced))
    }

    /// What turns spans of ours into spans of traces.
    pub fn layer<S>(self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        // Spans of libraries may hold what nobody else should see.
        let ours = |meta: &tracing::Metadata<'_>| {
            meta.target().starts_with("app::") && (meta.is_span() || *meta.level() <= Level::WARN)
        };
        Spans(self).with_filter(filter_fn(ours))
    }
}

/// What is known of a span that has not ended.
struct Open {
    number: u64,
    began: Timestamp,
    fields: Fields,
    trouble: Option<String>,
}

#[derive(Default)]
struct Fields {
    order: Option<OrderId>,
    since_ms: Option<i64>,
    named: Vec<(&'static str, String)>,
    message: String,
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        match field.name() {
            SINCE => self.since_ms = Some(value),
            name => self.named.push((name, value.to_string())),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let value = without_addresses(value);
        match field.name() {
            "order.id" => self.order = OrderId::parse(&value).ok(),
            "message" => self.message = value,
            name => self.named.push((name, value.chars().take(LONGEST).collect())),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = write!(text, "{value:?}");
        self.record_str(field, &text);
    }
}

struct Spans(Tracer);

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &SpanId, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let number = u64::from_be_bytes(self.0.random.bytes());
        span.extensions_mut().insert(Open { number, began: self.0.clock.now(), fields, trouble: None });
    }

    fn on_record(&self, id: &SpanId, values: &Record<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(&mut open.fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.lookup_current() else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            open.trouble = Some(fields.message.chars().take(LONGEST).collect());
        }
    }

    fn on_close(&self, id: SpanId, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(&id) else { return };
        let Some(order) = order_of(&span) else { return };
        // Whatever stands outside of what is done for the order is not part of its trace.
        let above = span.parent().filter(|parent| order_of(parent).as_ref() == Some(&order));
        let above = above.and_then(|parent| parent.extensions().get::<Open>().map(|open| open.number));
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        if self.0.sender.try_send(written(span.name(), &open, &order, above, self.0.clock.now())).is_err() {
            self.0.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The order that a span is about, or that something around it is about.
fn order_of<'span, S: LookupSpan<'span>>(span: &SpanRef<'span, S>) -> Option<OrderId> {
    span.scope().find_map(|span| span.extensions().get::<Open>().and_then(|open| open.fields.order.clone()))
}

fn written(name: &str, open: &Open, order: &OrderId, above: Option<u64>, now: Timestamp) -> Value {
    let field =
        |name: &str| open.fields.named.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    let (kind, title) = match name {
        "request" => {
            (2, format!("{} {}", field("http.method").unwrap_or_default(), field("http.route").unwrap_or("?")))
        }
        "call" => (3, format!("{} {}", field("target").unwrap_or_default(), field("call").unwrap_or("?"))),
        other => (1, other.to_owned()),
    };
    // The digits of an order are its trace's number, and the last of them the number of the span that it is as a whole.
    let whole = &order.suffix()[16..];
    let (number, began, above) = match open.fields.since_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()) {
        Some(since) => (whole.to_owned(), since, String::new()),
        None => (
            format!("{:016x}", open.number),
            open.began,
            above.map_or(whole.to_owned(), |above| format!("{above:016x}")),
        ),
    };
    let attributes: Vec<Value> = std::iter::once(("order.id", order.as_str()))
        .chain(open.fields.named.iter().map(|(name, value)| (*name, value.as_str())))
        .map(|(name, value)| attribute(name, value))
        .collect();
    let status = match &open.trouble {
        Some(trouble) => json!({"code": 2, "message": trouble}),
        None => json!({}),
    };
    json!({
        "traceId": order.suffix(), "spanId": number, "parentSpanId": above, "name": title, "kind": kind,
        "startTimeUnixNano": began.as_nanosecond().to_string(), "endTimeUnixNano": now.as_nanosecond().to_string(),
        "attributes": attributes, "status": status,
    })
}

fn attribute(name: &str, value: &str) -> Value {
    json!({"key": name, "value": {"stringValue": value}})
}

impl Traced {
    /// Sends what is there every five seconds, and once more at the end.
    pub async fn run(mut self, transport: Transport, stop: CancellationToken) {
        let mut again = interval(EVERY);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = again.tick() => self.ship(&transport).await,
            }
        }
        let _ = timeout(GOODBYE, self.ship(&transport)).await;
    }

    /// Sends what is there now. What a collector does not take for a while is kept for it, as much as there is room for.
    pub async fn ship(&mut self, transport: &Transport) {
        while let Ok(span) = self.receiver.try_recv() {
            self.held.push_back(span);
        }
        let mut lost = self.lost.swap(0, Ordering::Relaxed);
        while self.held.len() > WAITING {
            self.held.pop_front();
            lost += 1;
        }
        while !self.held.is_empty() {
            let batch = self.held.len().min(BATCH);
            match self.post(transport, batch).await {
                Ok(()) => {
                    metrics::counter!("givr_trace_spans_total", "outcome" => "sent").increment(batch as u64);
                    self.told = false;
                }
                Err((why, again)) => {
                    if !std::mem::replace(&mut self.told, true) {
                        tracing::warn!("The collector at traces.otlp_url took no spans: {why}");
                    }
                    if again {
                        break;
                    }
                    lost += batch as u64;
                }
            }
            self.held.drain(..batch);
        }
        metrics::counter!("givr_trace_spans_total", "outcome" => "dropped").increment(lost);
    }

    /// The first ones of those that are held; why they were not taken, and whether they may be later.
    async fn post(&self, transport: &Transport, batch: usize) -> Result<(), (String, bool)> {
        let spans: Vec<&Value> = self.held.iter().take(batch).collect();
        let body = json!({"resourceSpans": [{
            "resource": {"attributes": [
                attribute("service.name", "givr"),
                attribute("service.version", env!("CARGO_PKG_VERSION")),
                attribute("service.instance.id", &self.process),
            ]},
            "scopeSpans": [{"scope": {"name": "givr"}, "spans": spans}],
        }]});
        let mut request = Request::post(self.url.expose_secret()).header(header::CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization.expose_secret());
        }
        let request = request.body(Bytes::from(body.to_string()));
        let mut request = request.map_err(|_| ("its address cannot be used".to_owned(), false))?;
        request.extensions_mut().insert(CallBudget(PATIENCE));
        let answer = transport.clone().oneshot(request).await.map_err(|error| (error.to_string(), true))?;
        let status = answer.status();
        let again = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
        if status.is_success() { Ok(()) } else { Err((format!("it answered {status}"), again)) }
    }
}

/// Writes down that an order is over, one way or the other: the span that holds all the others.
pub fn note_whole(order: &OrderId, since: Timestamp, outcome: &'static str) {
    let whole =
        tracing::error_span!(parent: None, WHOLE, order.id = %order, since_ms = since.as_millisecond(), outcome);
    drop(whole);
}

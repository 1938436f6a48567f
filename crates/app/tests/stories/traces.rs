//! A collector gets one trace of each order, with nothing in it that should stay in the shop; and nobody waits for a collector.

use crate::world::{PLAN, Sinks, World, listen};
use app::clock::Random;
use app::config::Traces;
use app::observe::{Traced, Tracer};
use app::transport::{self, Transport};
use http::StatusCode;
use sandbox::panel::{Fault, FaultSpec, On};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::Engine;
use tracing::dispatcher::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

/// A collector, and a program whose spans go there.
struct Collecting {
    sinks: Sinks,
    traced: Traced,
    transport: Transport,
    _heard: DefaultGuard,
}

impl Collecting {
    fn over(world: &World) -> Self {
        let sinks = Sinks::default();
        let url = SecretString::from("https://collector.example/v1/traces");
        let settings =
            Traces { otlp_url: Some(url), authorization: Some(SecretString::from("Bearer of-the-collector")) };
        let clock = Arc::new(world.clock.clone());
        let transport = transport::in_process(sinks.router(), clock.clone());
        let (tracer, traced) = Tracer::new(&settings, clock, Random::seeded(7)).unwrap();
        let heard = listen(tracing_subscriber::registry().with(tracer.layer()));
        Self { sinks, traced, transport, _heard: heard }
    }

    async fn ship(&mut self) {
        self.traced.ship(&self.transport).await;
    }

    /// All spans that arrived.
    fn spans(&self) -> Vec<Value> {
        let arrived = self.sinks.at("/v1/traces");
        let spans = arrived.iter().flat_map(|one| {
            assert_eq!(one.headers["authorization"], "Bearer of-the-collector");
            assert_eq!(one.body["resourceSpans"][0]["resource"]["attributes"][0]["value"]["stringValue"], "givr");
            one.body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()
        });
        spans.collect()
    }
}

fn text<'a>(span: &'a Value, field: &str) -> &'a str {
    span[field].as_str().unwrap_or_else(|| panic!("{field} of {span}"))
}

fn nanos(span: &Value, field: &str) -> u128 {
    text(span, field).parse().unwrap()
}

#[tokio::test]
async fn an_order_is_one_trace_from_its_beginning_until_the_game_answers() {
    let world = World::new(Engine::Sqlite).await;
    let mut collecting = Collecting::over(&world);
    let ada = world.customer("ada").await;
    world.panel.add_fault(FaultSpec::once(Fault::ErrorBefore).on(On::create_server()));
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let other = world.buys(&ada, PLAN).await;
    world.settles(&other).await;
    collecting.ship().await;
    let spans = collecting.spans();
    for bought in [&bought, &other] {
        let order = bought.order.suffix();
        let trace: Vec<&Value> = spans.iter().filter(|span| span["traceId"] == order).collect();
        let roots: Vec<&&Value> = trace.iter().filter(|span| span["parentSpanId"] == "").collect();
        assert_eq!(roots.len(), 1, "{trace:#?}");
        let whole = roots[0];
        assert_eq!((text(whole, "name"), text(whole, "spanId")), ("delivery", &order[16..]));
        // Every span hangs together with the others, and none has the number of another one.
        let numbers: BTreeSet<&str> = trace.iter().map(|span| text(span, "spanId")).collect();
        assert_eq!(numbers.len(), trace.len());
        for span in &trace {
            let above = text(span, "parentSpanId");
            assert!(above.is_empty() || numbers.contains(above), "{span}");
            assert!(nanos(span, "startTimeUnixNano") <= nanos(span, "endTimeUnixNano"), "{span}");
        }
        let lasted = nanos(whole, "endTimeUnixNano") - nanos(whole, "startTimeUnixNano");
        assert!(lasted > 10_000_000_000, "a purchase takes longer than {lasted} ns");
        // What is done outside for it is in it, as calls.
        let calls: BTreeSet<&str> =
            trace.iter().filter(|span| span["kind"] == 3).map(|span| text(span, "name")).collect();
        assert!(calls.iter().any(|call| call.starts_with("panel ")), "{calls:?}");
    }
    let failed: Vec<&Value> = spans.iter().filter(|span| span["status"]["code"] == 2).collect();
    assert!(failed.iter().all(|span| span["traceId"] == bought.order.suffix()), "{failed:#?}");
    let all = serde_json::to_string(&spans).unwrap();
    for secret in ["ada@", "ptla_", "ptlc_", "sk_test", "Ada of the keep"] {
        assert!(!all.contains(secret), "{secret} is told");
    }
}

#[tokio::test]
async fn money_that_went_back_ends_its_trace_too() {
    let world = World::new(Engine::Sqlite).await;
    let mut collecting = Collecting::over(&world);
    let ada = world.customer("ada").await;
    let refuses = Fault::Refuse { status: 422, code: None, field: None, rule: None };
    world.panel.add_fault(FaultSpec::lasting(refuses).on(On::create_server()));
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    collecting.ship().await;
    let spans = collecting.spans();
    let whole: Vec<&Value> = spans.iter().filter(|span| span["name"] == "delivery").collect();
    assert_eq!(whole.len(), 1);
    let outcome = whole[0]["attributes"].as_array().unwrap().iter().find(|one| one["key"] == "outcome").unwrap();
    assert_eq!(outcome["value"]["stringValue"], "refunded");
}

#[tokio::test]
async fn what_a_collector_does_not_take_now_is_kept_and_what_it_refuses_is_not() {
    let world = World::new(Engine::Sqlite).await;
    let mut collecting = Collecting::over(&world);
    let span = |order: &'static str| drop(tracing::error_span!(target: "app::story", "story", order.id = order));
    let (first, second) = ("ord_00000000000000000000000000000001", "ord_00000000000000000000000000000002");
    span(first);
    collecting.sinks.refuse(Some(("/v1/traces", StatusCode::SERVICE_UNAVAILABLE, None)));
    collecting.ship().await;
    collecting.sinks.refuse(None);
    collecting.ship().await;
    assert_eq!(collecting.spans().len(), 1, "it came once the collector was back");
    span(second);
    collecting.sinks.refuse(Some(("/v1/traces", StatusCode::BAD_REQUEST, None)));
    collecting.ship().await;
    collecting.sinks.refuse(None);
    collecting.ship().await;
    assert_eq!(collecting.spans().len(), 1, "what it will never take is not sent for ever");
    // Nobody waits for a collector that is not asked: what does not fit is lost.
    for _ in 0..10_000 {
        span(first);
    }
    collecting.ship().await;
    assert_eq!(collecting.spans().len(), 1 + 4096);
}

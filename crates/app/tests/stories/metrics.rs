//! What Prometheus reads, after what customers and operators lived through: every figure is one that happened.

use crate::world::{Bought, PLAN, World};
use app::observe::{self, Gauges};
use http::StatusCode;
use jiff::SignedDuration;
use metrics_exporter_prometheus::PrometheusRecorder;
use rstest::rstest;
use serde_json::json;
use store::{Engine, orders};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What a scrape says now. A story runs on one thread, and so does its recorder.
async fn scrape(world: &World, recorder: &PrometheusRecorder) -> String {
    Gauges::default().refresh(&world.app).await.unwrap();
    recorder.handle().render()
}

/// The value of a series; 0 would be another one than none.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is not in {text}")).parse().unwrap()
}

/// The sum over all series of a metric.
fn sum(text: &str, metric: &str) -> f64 {
    let own = |line: &&str| line.strip_prefix(metric).is_some_and(|rest| rest.starts_with(['{', ' ']));
    text.lines().filter(own).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

fn world_seconds(world: &World) -> f64 {
    world.app.now().as_duration().as_secs_f64()
}

async fn price_of(world: &World, bought: &Bought) -> f64 {
    let purchase = orders::find(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap().unwrap();
    f64::from(i32::try_from(purchase.order.price.minor).unwrap())
}

#[rstest]
#[tokio::test]
async fn a_shop_that_has_just_begun_says_zero_and_not_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let recorder = observe::recorder().unwrap();
    let _heard = metrics::set_default_local_recorder(&recorder);
    observe::describe();
    let world = World::new(engine).await;
    let text = scrape(&world, &recorder).await;
    for series in [
        "givr_webhooks_total{result=\"failed\"}",
        "givr_webhooks_total{result=\"no_secret\"}",
        "givr_orders_paid_total",
        "givr_money_minor_total{kind=\"charge\",currency=\"usd\"}",
        "givr_money_minor_total{kind=\"refund\",currency=\"usd\"}",
        "givr_passes_total{work=\"provision\",outcome=\"failed\"}",
        "givr_queue_waiting{queue=\"notifications\"}",
        "givr_alerts_open{severity=\"critical\"}",
        "givr_webhook_lag_seconds_count{stage=\"stored\"}",
        "givr_log_lines_total{outcome=\"dropped\"}",
    ] {
        assert!(value(&text, series).abs() < f64::EPSILON, "{series}");
    }
    assert!((sum(&text, "givr_build_info") - 1.0).abs() < f64::EPSILON);
    assert!((sum(&text, "givr_ready") - 5.0).abs() < f64::EPSILON, "{text}");
    let types = text.lines().filter(|line| line.starts_with("# TYPE")).count();
    let helps = text.lines().filter(|line| line.starts_with("# HELP")).count();
    assert_eq!(types, helps, "every metric is described: {text}");
}

#[rstest]
#[tokio::test]
async fn a_purchase_stands_in_every_figure_that_it_belongs_to(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let recorder = observe::recorder().unwrap();
    let _heard = metrics::set_default_local_recorder(&recorder);
    observe::describe();
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    world.get("/api/v1/orders/ord_00000000000000000000000000000000", None).await;
    world.get("/this/is/nowhere", None).await;
    let text = scrape(&world, &recorder).await;
    let is = |series: &str, expected: f64| {
        let found = value(&text, series);
        assert!((found - expected).abs() < 1e-9, "{series} is {found}, not {expected}");
    };
    // Visitors, by what was declared and never by what they asked for.
    let checkout = "face=\"api\",route=\"/api/v1/checkout\",method=\"POST\"";
    is(&format!("givr_http_requests_total{{{checkout},status=\"2xx\"}}"), 1.0);
    is(&format!("givr_http_requests_total{{{checkout},status=\"5xx\"}}"), 0.0);
    is("givr_http_request_seconds_count{route=\"/api/v1/checkout\",method=\"POST\"}", 1.0);
    is("givr_http_requests_total{face=\"page\",route=\"none\",method=\"GET\",status=\"4xx\"}", 1.0);
    for word in ["nowhere", "ord_", "svc_", "ada@", bought.order.as_str(), bought.session.as_str()] {
        assert!(!text.contains(word), "{word} is a label of something");
    }
    // Stripe and the panel.
    is("givr_calls_total{target=\"panel\",call=\"create_server\",outcome=\"good\"}", 1.0);
    is("givr_call_seconds_count{target=\"panel\",call=\"create_server\"}", 1.0);
    assert!(value(&text, "givr_calls_total{target=\"stripe\",call=\"open_session\",outcome=\"good\"}") >= 1.0);
    let stored = value(&text, "givr_webhooks_total{result=\"stored\"}");
    assert!(stored >= 1.0);
    is("givr_webhook_lag_seconds_count{stage=\"stored\"}", stored);
    is("givr_webhook_lag_seconds_count{stage=\"applied\"}", sum(&text, "givr_events_total"));
    // Work.
    assert!(value(&text, "givr_passes_total{work=\"provision\",outcome=\"good\"}") > 0.0);
    assert!(value(&text, "givr_pieces_total{work=\"provision\",outcome=\"done\"}") > 0.0);
    let ended = value(&text, "givr_last_good_pass_timestamp_seconds{work=\"provision\"}");
    assert!(world_seconds(&world) - ended < 30.0, "{ended}");
    is("givr_queue_waiting{queue=\"events\"}", 0.0);
    is("givr_operations_parked", 0.0);
    // Business: what the books say.
    is("givr_orders_paid_total", 1.0);
    is("givr_money_minor_total{kind=\"charge\",currency=\"usd\"}", price_of(&world, &bought).await);
    is("givr_money_minor_total{kind=\"refund\",currency=\"usd\"}", 0.0);
    is("givr_provisioning_seconds_count{game=\"minecraft\"}", 1.0);
    let sold = text.lines().filter(|line| line.starts_with("givr_node_memory_mib") && line.contains("what=\"sold\""));
    assert!(sold.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).any(|sold| sold >= 4096.0));
    is("givr_ready{part=\"stripe\"}", 1.0);
}

#[rstest]
#[tokio::test]
async fn what_goes_wrong_shows_and_what_waits_is_counted(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let recorder = observe::recorder().unwrap();
    let _heard = metrics::set_default_local_recorder(&recorder);
    observe::describe();
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    // The webhook is stored, nobody works, and the panel is silent.
    world.buys(&ada, PLAN).await;
    world.stripe.tick().await;
    world.clock.advance(MINUTE * 12);
    world.pass("watch").await;
    let text = scrape(&world, &recorder).await;
    assert!(value(&text, "givr_queue_waiting{queue=\"events\"}") >= 1.0);
    assert!(value(&text, "givr_queue_due{queue=\"events\"}") >= 1.0);
    let overdue = value(&text, "givr_queue_overdue_seconds{queue=\"events\"}");
    assert!((700.0..=720.0).contains(&overdue), "{overdue}");
    assert!(sum(&text, "givr_alerts_open") >= 1.0);
    assert!(value(&text, "givr_ready{part=\"panel\"}").abs() < f64::EPSILON);
    // It goes on: the lag is in the histogram, the queue is empty.
    // Two events of one order may meet; the second one is tried again.
    for _ in 0..3 {
        world.pass("inbox").await;
        world.clock.advance(SignedDuration::from_secs(11));
    }
    let text = scrape(&world, &recorder).await;
    assert!(value(&text, "givr_queue_waiting{queue=\"events\"}").abs() < f64::EPSILON);
    let (all, quick) = (
        value(&text, "givr_webhook_lag_seconds_count{stage=\"applied\"}"),
        value(&text, "givr_webhook_lag_seconds_bucket{stage=\"applied\",le=\"300\"}"),
    );
    assert!(all >= 1.0 && quick < all, "{quick} of {all} were quick");
    // A signature that does not fit is counted, and changes nothing.
    let (status, _) = world.post("/webhooks/stripe", None, &json!({})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let text = scrape(&world, &recorder).await;
    assert!((value(&text, "givr_webhooks_total{result=\"refused\"}") - 1.0).abs() < f64::EPSILON);
}

#[rstest]
#[tokio::test]
async fn a_shop_without_a_signing_secret_says_so_and_is_counted(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let recorder = observe::recorder().unwrap();
    let _heard = metrics::set_default_local_recorder(&recorder);
    let mut world = World::new(engine).await;
    let mut config = world.app.config.clone();
    config.stripe.webhook_secrets.clear();
    world.restarts(config).await;
    let (status, _) = world.post("/webhooks/stripe", None, &json!({})).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let text = recorder.handle().render();
    assert!((value(&text, "givr_webhooks_total{result=\"no_secret\"}") - 1.0).abs() < f64::EPSILON);
}

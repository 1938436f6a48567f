//! What a process tells about itself: metrics on a listener of its own, and its log in a channel.

use crate::installation::{Installation, wait_for};
use app::transport;
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use rstest::rstest;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use store::Engine;
use tokio::net::TcpListener;

async fn free() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[rstest]
#[tokio::test]
async fn a_process_that_sold_a_server_says_so_to_prometheus(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let installation = Installation::new(engine).await;
    let (listener, address) = free().await;
    drop(listener);
    let mut program = installation.start_with(&[("GIVR_SERVER__METRICS_LISTEN", &address.to_string())]).await;
    let http = transport::http_client().unwrap();
    let scrape = async || http.get(format!("http://{address}/metrics")).send().await.unwrap().text().await.unwrap();
    let before = scrape().await;
    assert_eq!(value(&before, "givr_orders_paid_total"), Some(0.0), "{before}");
    assert_eq!(value(&before, "givr_webhooks_total{result=\"failed\"}"), Some(0.0));
    let bought = installation.buys().await;
    installation.happened(&bought, "playable").await;
    // Figures of the database are a few seconds old.
    let text = wait_for("the sale in the metrics", async || {
        let text = scrape().await;
        (value(&text, "givr_money_minor_total{kind=\"charge\",currency=\"usd\"}")? > 0.0).then_some(text)
    })
    .await;
    assert_eq!(value(&text, "givr_orders_paid_total"), Some(1.0), "{text}");
    assert_eq!(value(&text, "givr_provisioning_seconds_count{game=\"minecraft\"}"), Some(1.0));
    assert_eq!(value(&text, "givr_ready{part=\"database\"}"), Some(1.0));
    assert!(value(&text, "givr_last_good_pass_timestamp_seconds{work=\"provision\"}").is_some());
    program.kill().await.unwrap();
}

#[tokio::test]
async fn a_port_for_metrics_that_is_taken_is_named_with_what_to_do() {
    let installation = Installation::new(Engine::Sqlite).await;
    let (_taken, address) = free().await;
    let listen = address.to_string();
    let output = installation.command_with(&["serve"], &[("GIVR_SERVER__METRICS_LISTEN", &listen)]).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in ["server.metrics_listen", listen.as_str(), "hint: `ss -ltnp"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

#[tokio::test]
async fn a_warning_reaches_the_channel_of_the_log_within_seconds() {
    let installation = Installation::new(Engine::Sqlite).await;
    let (listener, address) = free().await;
    let arrived: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = arrived.clone();
    let take = post(move |body: Bytes| async move {
        kept.lock().unwrap().push(String::from_utf8_lossy(&body).into_owned());
    });
    let channel = tokio::spawn(async move { axum::serve(listener, Router::new().route("/log", take)).await });
    let url = format!("http://{address}/log");
    let mut program = installation.start_with(&[("GIVR_LOGS__SLACK_URL", &url), ("GIVR_LOG", "error")]).await;
    installation.sends_a_false_webhook().await;
    let told = async || {
        let arrived = arrived.lock().unwrap();
        arrived.iter().find(|text| text.contains("A webhook was refused")).cloned()
    };
    let told = wait_for("the warning", told).await;
    assert!(told.contains("http.route") && told.contains("/webhooks/stripe"), "{told}");
    program.kill().await.unwrap();
    channel.abort();
}

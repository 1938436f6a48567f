//! Faults between a client and the API.

use http_body_util::BodyExt;
use sandbox::stripe::{Fault, FaultKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

use crate::world::{KEY, World, id};

#[tokio::test]
async fn each_refusal_has_its_status_and_runs_nothing() {
    let world = World::new();
    let cases = [
        (FaultKind::RateLimit { reason: "endpoint-rate".into(), retry_after: Some(3) }, 429, "rate_limit"),
        (FaultKind::LockTimeout, 429, "lock_timeout"),
        (FaultKind::Conflict, 409, ""),
        (FaultKind::Unauthorized, 401, "api_key_expired"),
        (FaultKind::Forbidden, 403, ""),
        (FaultKind::ErrorBefore, 500, ""),
    ];
    for (kind, status, code) in cases {
        world.sim.faults().add(Fault::once(kind).on("POST", "/v1/customers"));
        assert_eq!(world.call("GET", "/v1/customers", "").await.status, 200, "another method is not struck");
        let answer = world.keyed("k", "/v1/customers", "").await;
        assert_eq!((answer.status, answer.code()), (status, code));
        if code == "rate_limit" {
            assert_eq!(answer.header("stripe-rate-limited-reason"), "endpoint-rate");
            assert_eq!(answer.header("retry-after"), "3");
        }
    }
    assert!(world.sim.objects("customer").is_empty() && world.sim.faults().list().is_empty());
    assert_eq!(world.keyed("k", "/v1/customers", "").await.status, 200);
    world.finish();
}

#[tokio::test]
async fn a_500_after_executing_yields_the_same_object_to_the_same_key() {
    let world = World::new();
    world.sim.faults().once(FaultKind::ErrorAfter { stored: false });
    assert_eq!(world.keyed("k1", "/v1/customers", "").await.status, 500);
    let customer = world.keyed("k1", "/v1/customers", "").await.ok();
    assert_eq!(id(&world.sim.objects("customer")[0]), id(&customer));
    assert_eq!(world.sim.objects("customer").len(), 1);

    world.sim.faults().once(FaultKind::ErrorAfter { stored: true });
    assert_eq!(world.keyed("k2", "/v1/customers", "").await.status, 500);
    assert_eq!(world.keyed("k2", "/v1/customers", "").await.status, 500, "a remembered 500 is repeated");
    assert_eq!(world.sim.objects("customer").len(), 2);
    world.finish();
}

async fn broken(world: &World, form: &str) -> String {
    let request = world.request("POST", "/v1/customers", form).map(axum::body::Body::from);
    let response = world.router.clone().oneshot(request).await.expect("answers");
    let when = response.headers()["x-sandbox-abort"].to_str().expect("text").to_owned();
    assert!(response.into_body().collect().await.is_err(), "the body cannot be read to its end");
    when
}

#[tokio::test]
async fn a_broken_connection_says_nothing_about_what_happened() {
    let world = World::new();
    for (kind, when, customers) in [
        (FaultKind::ResetBefore, "before", 0),
        (FaultKind::ResetAfter, "after", 1),
        (FaultKind::HangBefore { millis: 1 }, "before", 1),
        (FaultKind::HangAfter { millis: 1 }, "after", 2),
    ] {
        world.sim.faults().once(kind);
        assert_eq!(broken(&world, "").await, when);
        assert_eq!(world.sim.objects("customer").len(), customers);
    }
    world.finish();
}

#[tokio::test]
async fn over_a_socket_a_broken_connection_closes_before_the_answer_is_whole() {
    let world = World::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(axum::serve(listener, world.router.clone()).into_future());
    world.sim.faults().once(FaultKind::ResetAfter);
    let mut socket = tokio::net::TcpStream::connect(address).await.expect("connects");
    let request =
        format!("POST /v1/customers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\ncontent-length: 0\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("sends");
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(!answer.ends_with("0\r\n\r\n"), "the chunked body never ends properly: {answer}");
    assert_eq!(world.sim.objects("customer").len(), 1, "it ran all the same");
    server.abort();
}

#[tokio::test]
async fn faults_can_be_switched_over_http() {
    let world = World::new();
    let add = |body: &str| http::Request::post("/__sandbox/faults").body(body.to_owned()).expect("a request");
    let body = r#"{"kind":"error_before","match":{"method":"POST","path":"/v1/ref*"},"times":2}"#;
    assert_eq!(world.send(add(body)).await.ok()[0]["kind"], "error_before");
    assert_eq!(world.send(add(r#"{"kind":"black_hole"}"#)).await.status, 400);
    assert_eq!(world.call("POST", "/v1/refunds", "").await.status, 500);
    let listed = world.page("/__sandbox/faults", "").await.ok();
    assert_eq!(listed[0]["times"], 1);
    let clear = http::Request::delete("/__sandbox/faults").body(String::new()).expect("a request");
    assert_eq!(world.send(clear).await.status, 204);
    assert_eq!(world.call("POST", "/v1/refunds", "").await.status, 400);
    world.finish();
}

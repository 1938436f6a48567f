//! Slow, greedy and silent clients over real sockets. No test waits for a time: each waits until the server closes or answers.

use super::*;
use crate::web::client::{self, ClientAddress, Trusted};
use axum::body::Bytes;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use futures_util::stream::{self, StreamExt};
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What a test waits for comes long before this, or never.
const NEVER: Duration = Duration::from_secs(20);
/// What is not to happen in a test.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(250);

/// Limits that nothing touches.
fn patient() -> Limits {
    Limits {
        headers: LONG,
        body_piece: LONG,
        body: LONG,
        idle: LONG,
        stalled: LONG,
        goodbye: SHORT,
        ..Limits::default()
    }
}

#[test]
fn no_limit_ends_what_another_allows() {
    let (limits, answer) = (Limits::default(), crate::web::serve::ANSWER);
    assert!(limits.body < answer, "a slow body gets its own answer");
    assert!(limits.stalled > answer && limits.finish > answer, "an answer has all the time that it may take");
}

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    /// A request to `/held` has arrived.
    held: Arc<Notify>,
    /// Lets it go.
    release: Arc<Notify>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let (held, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (arrived, released) = (held.clone(), release.clone());
        let hold = move || async move {
            arrived.notify_one();
            released.notified().await;
            "let go"
        };
        let live = || async {
            let events = stream::once(async { Ok::<_, Infallible>(Event::default().data("first")) });
            Sse::new(events.chain(stream::pending()))
        };
        let endless = || async {
            axum::body::Body::from_stream(stream::repeat(Ok::<_, Infallible>(Bytes::from(vec![b'x'; 1 << 16]))))
        };
        let router = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/who", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
            .route("/address", get(|address: ClientAddress| async move { address.0.to_string() }))
            .route("/body", post(|body: Bytes| async move { body.len().to_string() }))
            .route("/held", get(hold))
            .route("/live", get(live))
            .route("/endless", get(endless))
            .layer(from_fn(crate::web::serve::explain))
            .layer(from_fn_with_state(Trusted(limits.proxies.clone().into()), client::tell));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let serving = tokio::spawn(serve(listener, router, limits, stop.clone()));
        Self { address, stop, serving, held, release }
    }

    async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    /// Somebody for whom there is no place yet, and who tries until there is one.
    async fn comes_in(&self) -> Client {
        let trying = async {
            loop {
                let mut client = self.connect().await;
                let mut start = [0; 12];
                let _ = client.0.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
                if client.0.read_exact(&mut start).await.is_ok() && &start == b"HTTP/1.1 200" {
                    return client;
                }
            }
        };
        timeout(NEVER, trying).await.expect("a place is given back")
    }
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything until the server closes.
    async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        // A reset is a way of closing, too.
        let _ = timeout(NEVER, self.0.read_to_end(&mut bytes)).await.expect("the server closes");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Everything until this text.
    async fn until(&mut self, text: &str) -> String {
        let mut seen = String::new();
        let mut piece = [0; 1024];
        while !seen.contains(text) {
            let read = timeout(NEVER, self.0.read(&mut piece)).await.expect("the server answers").unwrap();
            assert!(read > 0, "closed after {seen}");
            seen.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
        seen
    }
}

#[tokio::test]
async fn a_request_within_the_limits_is_answered_and_knows_its_peer() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.until("here").await;
    // The connection is kept, and the next request on it works as well.
    let own = client.0.local_addr().unwrap().to_string();
    client.send("GET /who HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.until(&own).await;
    client.send("POST /body HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello").await;
    assert!(client.rest().await.ends_with("\r\n\r\n5"));
}

#[tokio::test]
async fn the_clients_address_is_the_peers_or_what_a_proxy_of_ours_says() {
    for (proxies, seen) in [(vec![], "127.0.0.1"), (vec!["127.0.0.0/8".parse().unwrap()], "198.51.100.7")] {
        let server = Server::start(Limits { proxies, ..patient() }).await;
        let mut client = server.connect().await;
        client.send("GET /address HTTP/1.1\r\nhost: x\r\nconnection: close\r\n").await;
        client.send("x-forwarded-for: 203.0.113.9\r\nx-forwarded-for: 198.51.100.7\r\n\r\n").await;
        assert!(client.rest().await.ends_with(&format!("\r\n\r\n{seen}")));
    }
}

#[tokio::test]
async fn slow_headers_end_the_connection() {
    let server = Server::start(Limits { headers: SHORT, ..patient() }).await;
    // Nothing at all, a letter, a line, half of the headers.
    for sent in ["", "P", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: x\r\nx-a: b"] {
        let mut client = server.connect().await;
        client.send(sent).await;
        assert_eq!(client.rest().await, "", "{sent:?}");
    }
}

#[tokio::test]
async fn another_protocol_is_refused_at_once() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;
    client.send("PRI * HTTP/2.0\r\n").await;
    assert!(client.rest().await.starts_with("HTTP/1.1 400 "), "HTTP/2 ends at the proxy");
}

#[tokio::test]
async fn slow_headers_of_a_second_request_end_the_connection_too() {
    let server = Server::start(Limits { headers: SHORT, ..patient() }).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.until("here").await;
    client.send("GET / HT").await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn headers_in_drops_gain_nothing() {
    let server = Server::start(Limits { headers: SHORT, ..patient() }).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\n").await;
    let drops = async {
        // A drop whenever the server has said nothing for a moment, which is far less than the limit.
        while timeout(SHORT / 10, client.0.readable()).await.is_err() && client.0.write_all(b"x: y\r\n").await.is_ok() {
        }
        client.rest().await
    };
    assert_eq!(timeout(NEVER, drops).await.expect("the server closes"), "");
}

#[tokio::test]
async fn half_a_connection_is_closed_at_once_and_a_whole_request_on_it_is_answered() {
    let server = Server::start(patient()).await;
    for sent in ["", "GET / HTTP/1.1\r\nhost: x\r\n"] {
        let mut client = server.connect().await;
        client.send(sent).await;
        client.0.shutdown().await.unwrap();
        assert_eq!(client.rest().await, "", "{sent:?}");
    }
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.0.shutdown().await.unwrap();
    assert!(client.rest().await.ends_with("here"));
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = Server::start(Limits { idle: SHORT, ..patient() }).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.until("here").await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_slow_body_is_answered_with_408() {
    for (limits, sent) in [
        (Limits { body_piece: SHORT, ..patient() }, "he"),
        (Limits { body: SHORT, ..patient() }, ""),
        (Limits { body: SHORT, ..patient() }, "hell"),
    ] {
        let server = Server::start(limits).await;
        let mut client = server.connect().await;
        client.send("POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n").await;
        client.send(sent).await;
        let answer = client.rest().await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("That took too long"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_answered_with_413() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;
    client.send("POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 3000000\r\n\r\n").await;
    let sending = "x".repeat(3_000_000);
    let _ = client.0.write_all(sending.as_bytes()).await;
    client.until("HTTP/1.1 413 ").await;
}

#[tokio::test]
async fn headers_that_are_too_long_or_too_many_are_answered_with_431() {
    let server = Server::start(Limits { header_bytes: 8192, header_count: 20, ..patient() }).await;
    let long = format!("x-long: {}\r\n", "y".repeat(9000));
    let many: String = (0..21).map(|number| format!("x-{number}: y\r\n")).collect();
    for headers in [long, many] {
        let mut client = server.connect().await;
        // The server may close before it has read everything.
        let _ = client.0.write_all(format!("GET / HTTP/1.1\r\nhost: x\r\n{headers}\r\n").as_bytes()).await;
        client.until("HTTP/1.1 431 ").await;
    }
    let endless = format!("GET /{} HTTP/1.1\r\n", "y".repeat(9000));
    let mut client = server.connect().await;
    let _ = client.0.write_all(endless.as_bytes()).await;
    client.until("HTTP/1.1 4").await;
}

#[tokio::test]
async fn there_is_a_last_connection() {
    let server = Server::start(Limits { connections: 2, ..patient() }).await;
    let mut held = server.connect().await;
    held.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    held.until("here").await;
    let mut second = server.connect().await;
    second.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    second.until("here").await;
    assert_eq!(second.rest().await, "");
    let _third = server.comes_in().await;
    assert!(server.connect().await.rest().await.starts_with("HTTP/1.1 503 "));
}

#[tokio::test]
async fn one_client_has_its_own_limit_and_a_proxy_of_ours_has_not() {
    let limits = Limits { per_client: 1, ..patient() };
    let server = Server::start(limits.clone()).await;
    let mut held = server.connect().await;
    held.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    held.until("here").await;
    assert!(server.connect().await.rest().await.starts_with("HTTP/1.1 429 "));
    let behind = Server::start(Limits { proxies: vec!["127.0.0.0/8".parse().unwrap()], ..limits }).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        let mut client = behind.connect().await;
        client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        client.until("here").await;
        all.push(client);
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut() {
    let server = Server::start(Limits { stalled: SHORT, connections: 1, ..patient() }).await;
    let mut client = server.connect().await;
    client.send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.until("HTTP/1.1 200").await;
    // Nothing more is read, and the only place is free again.
    server.comes_in().await;
}

#[tokio::test]
async fn live_updates_go_on_until_the_end_and_end_then() {
    let server = Server::start(patient()).await;
    let mut client = server.connect().await;
    client.send("GET /live HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.until("data: first").await;
    server.stop.cancel();
    assert!(client.rest().await.ends_with("0\r\n\r\n"), "the answer is whole");
    timeout(NEVER, server.serving).await.expect("nothing is waited for").unwrap();
}

#[tokio::test]
async fn the_end_waits_for_a_request_that_is_under_way_and_for_no_idle_connection() {
    let server = Server::start(patient()).await;
    let mut idle = server.connect().await;
    idle.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    idle.until("here").await;
    let mut client = server.connect().await;
    client.send("GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await;
    server.held.notified().await;
    server.stop.cancel();
    assert_eq!(idle.rest().await, "");
    assert!(!server.serving.is_finished());
    server.release.notify_one();
    assert!(client.rest().await.ends_with("let go"));
    timeout(NEVER, server.serving).await.expect("the server ends").unwrap();
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever() {
    let server = Server::start(Limits { finish: SHORT, ..patient() }).await;
    let mut client = server.connect().await;
    client.send("GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await;
    server.held.notified().await;
    server.stop.cancel();
    timeout(NEVER, server.serving).await.expect("the server ends").unwrap();
    assert_eq!(client.rest().await, "");
}

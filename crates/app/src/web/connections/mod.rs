//! The loop that serves connections. Whoever is slow, greedy or silent is turned away before it costs others anything; every wait
//! here has an end.

mod activity;
mod arrival;
mod limits;
mod places;

pub use arrival::Late;
pub use limits::Limits;

use activity::{Activity, Watched};
use axum::Router;
use axum::extract::ConnectInfo;
use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use places::{Place, Places};
use std::convert::Infallible;
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::io::InspectReader;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How long nobody is let in after the system refused us a connection, for want of file handles for example.
const PAUSE: Duration = Duration::from_millis(500);

/// Serves until `stop`; then requests under way are finished, live updates end, and whatever still lasts after
/// [`Limits::finish`] is cut.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let places = Places::new(&limits);
    let (limits, connections) = (Arc::new(limits), TaskTracker::new());
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                after_failure(&error).await;
                continue;
            }
        };
        match places.take(peer.ip()) {
            Ok(place) => {
                let (router, limits, stop) = (router.clone(), limits.clone(), stop.clone());
                let connection = Connection { peer, router, limits, stop, activity: Activity::default() };
                connections.spawn(connection.serve(stream, place));
            }
            Err(full) => {
                metrics::counter!("givr_connections_refused_total", "reason" => full.reason()).increment(1);
                refuse(stream, full.answer());
            }
        }
    }
    drop(listener);
    connections.close();
    // Every connection keeps to `finish` by itself.
    connections.wait().await;
}

/// One peer's failure is nothing to us; a failure of ours is not repeated at full speed.
#[expect(clippy::disallowed_methods, reason = "there is nothing to wait for but time")]
async fn after_failure(error: &std::io::Error) {
    let of_the_peer = [ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset, ErrorKind::ConnectionRefused];
    if !of_the_peer.contains(&error.kind()) {
        metrics::counter!("givr_connections_refused_total", "reason" => "system").increment(1);
        tracing::error!("Connections cannot be accepted: {error}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Says why, as far as that costs nothing: what does not fit at once into the socket is not sent.
fn refuse(stream: TcpStream, answer: &[u8]) {
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(answer);
    }
}

/// What a connection's requests share. Cheap to clone.
#[derive(Clone)]
struct Connection {
    peer: SocketAddr,
    router: Router,
    limits: Arc<Limits>,
    stop: CancellationToken,
    activity: Activity,
}

impl Connection {
    async fn serve(self, stream: TcpStream, _place: Place) {
        // Answers are small: they do not wait for more to send.
        let _ = stream.set_nodelay(true);
        let (answering, heard) = (self.clone(), self.activity.clone());
        let io = TokioIo::new(InspectReader::new(stream, move |bytes: &[u8]| heard.heard(bytes)));
        let service = service_fn(move |request| answering.clone().answer(request));
        let mut serving = pin!(builder(&self.limits).serve_connection(io, service));
        let patience = tokio::select! {
            _ = serving.as_mut() => return,
            () = self.stop.cancelled() => self.limits.finish,
            () = self.activity.quiet(&self.limits) => self.limits.goodbye,
        };
        serving.as_mut().graceful_shutdown();
        if timeout(patience, serving).await.is_err() {
            metrics::counter!("givr_connections_cut_total").increment(1);
        }
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Watched>, Infallible> {
        let under_way = self.activity.begin();
        let mut request = arrival::watch(request, &self.limits);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let response = match self.router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let live = response.headers().get(header::CONTENT_TYPE) == Some(&HeaderValue::from_static("text/event-stream"));
        let stop = live.then(|| Box::pin(self.stop.cancelled_owned()));
        Ok(response.map(|body| Watched::new(body, under_way, stop)))
    }
}

/// HTTP/1.1 alone: that is what proxies speak to those behind them, and HTTP/2 ends at the proxy with TLS.
fn builder(limits: &Limits) -> Builder {
    let mut builder = Builder::new();
    // The time for headers is ours to watch (`Activity`): hyper's own counts the silence between two requests as well.
    builder.timer(TokioTimer::new()).header_read_timeout(None);
    builder.max_headers(limits.header_count).max_buf_size(limits.header_bytes);
    builder
}

#[cfg(test)]
mod tests;

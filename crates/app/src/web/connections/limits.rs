//! How much one client, and all together, may take.

use crate::config::Server;
use ipnet::IpNet;
use std::time::Duration;

/// How much may be taken of us before a request is even understood.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time from one client, counted by [`narrow`](crate::web::client::ClientAddress::narrow).
    pub per_client: usize,
    /// Our own proxies, who speak for many: only `connections` binds them.
    pub proxies: Vec<IpNet>,
    /// Bytes of a request's line and headers together; at least 8192.
    pub header_bytes: usize,
    /// Headers of a request.
    pub header_count: usize,
    /// From the first byte of a request, on a new connection from its beginning, until the headers are whole.
    pub headers: Duration,
    /// Between two pieces of a body.
    pub body_piece: Duration,
    /// For a body from its first byte to its last.
    pub body: Duration,
    /// Between two requests on one connection. Longer than the proxy in front keeps its own, or that sends into closed ones.
    pub idle: Duration,
    /// While a request is under way: without any piece of an answer. Longer than an answer may take and live updates are silent.
    pub stalled: Duration,
    /// How long requests under way are waited for at the end.
    pub finish: Duration,
    /// How long a connection that is ended for its silence may take to close.
    pub goodbye: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2000,
            per_client: 100,
            proxies: Vec::new(),
            header_bytes: 16 * 1024,
            header_count: 100,
            headers: Duration::from_secs(10),
            body_piece: Duration::from_secs(15),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            stalled: Duration::from_secs(60),
            finish: Duration::from_secs(40),
            goodbye: Duration::from_secs(1),
        }
    }
}

impl Limits {
    /// The limits as the settings want them.
    pub fn of(server: &Server) -> Self {
        Self {
            connections: server.max_connections,
            per_client: server.max_connections_per_client,
            proxies: server.trusted_proxies.clone(),
            idle: server.idle_timeout,
            ..Self::default()
        }
    }
}

//! The socket of a console at its daemon: opened by the same client, and past the same guard, as every other call.

use crate::outbound::Guard;
use anyhow::Context;
use http::{HeaderValue, StatusCode, header};
use panel::control::{ConsolePass, MOST_FRAME};
use reqwest::Upgraded;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use url::Url;

/// How long the daemon may take to open it.
const HANDSHAKE: Duration = Duration::from_secs(20);

/// A socket to a daemon.
pub(super) type Socket = WebSocketStream<Upgraded>;

/// Why there is none.
#[derive(Debug)]
pub(super) enum NoSocket {
    /// The daemon wants to be left alone for a while.
    TooOften,
    /// It could not be opened.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for NoSocket {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// A client for sockets: they begin as requests of HTTP/1.1.
pub(super) fn client(guard: &Guard) -> reqwest::Result<reqwest::Client> {
    // The program installed it when it started; a library's user may not have.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .dns_resolver(guard.clone())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .http1_only()
        .connect_timeout(Duration::from_secs(5))
        .user_agent(concat!("givr/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Opens the socket of a pass.
pub(super) async fn open(client: &reqwest::Client, guard: &Guard, pass: &ConsolePass) -> Result<Socket, NoSocket> {
    let opened = timeout(HANDSHAKE, handshake(client, guard, pass)).await;
    opened.unwrap_or_else(|_| Err(anyhow::anyhow!("the daemon did not open it in time").into()))
}

async fn handshake(client: &reqwest::Client, guard: &Guard, pass: &ConsolePass) -> Result<Socket, NoSocket> {
    let mut url: Url = pass.socket.parse().context("its address is none")?;
    let scheme = if url.scheme() == "wss" { "https" } else { "http" };
    url.set_scheme(scheme).map_err(|()| anyhow::anyhow!("its address is none"))?;
    guard.check_literal(&url).context("its address leads where we do not go")?;
    let key = generate_key();
    let origin = HeaderValue::try_from(&pass.origin).context("the panel's address is no origin")?;
    let request = client
        .get(url)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .header(header::ORIGIN, origin);
    let answer = request.send().await.map_err(reqwest::Error::without_url).context("the daemon cannot be reached")?;
    if answer.status() == StatusCode::TOO_MANY_REQUESTS {
        return Err(NoSocket::TooOften);
    }
    let accepts = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes);
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS
        || accepts != Some(derive_accept_key(key.as_bytes()).as_bytes())
    {
        return Err(anyhow::anyhow!("the daemon answers {}", answer.status()).into());
    }
    let upgraded = answer.upgrade().await.map_err(reqwest::Error::without_url).context("the daemon hung up")?;
    let config = WebSocketConfig::default().max_message_size(Some(MOST_FRAME)).max_frame_size(Some(MOST_FRAME));
    Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await)
}

//! Where a request comes from. Behind proxies of ours their word counts; nobody else's does.

use crate::app::App;
use crate::config::contain;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http::request::Parts;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// The address of whoever asks, as far as we can know it: IPv4 in its plain form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// Who is counted as one: an IPv4 address, or the /56 that a household gets.
    pub fn narrow(&self) -> String {
        self.network(32, 56)
    }

    /// Neighbours that may belong together: a /24 of IPv4, a /48 of IPv6.
    pub fn wide(&self) -> String {
        self.network(24, 48)
    }

    fn network(&self, four: u8, six: u8) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(address) => Ipv4Net::new(address, four).map(|network| network.trunc().to_string()),
            IpAddr::V6(address) => Ipv6Net::new(address, six).map(|network| network.trunc().to_string()),
        }
        // Not reached: the lengths above fit.
        .unwrap_or_else(|_| self.0.to_string())
    }
}

/// Requests made inside the process come from this machine.
impl Default for ClientAddress {
    fn default() -> Self {
        Self(Ipv4Addr::LOCALHOST.into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}

/// Networks of our own proxies.
#[derive(Debug, Clone)]
pub(super) struct Trusted(pub(super) Arc<[IpNet]>);

impl Trusted {
    pub(super) fn of(app: &App) -> Self {
        Self(app.config.server.trusted_proxies.clone().into())
    }
}

/// Puts the [`ClientAddress`] into every request.
pub(super) async fn tell(State(trusted): State<Trusted>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = peer.map_or_else(ClientAddress::default, |peer| find(peer, request.headers(), &trusted.0));
    request.extensions_mut().insert(address);
    next.run(request).await
}

/// Who is at the other end: the peer, or, if that is a proxy of ours, whoever it names in `X-Forwarded-For`.
///
/// Every proxy adds the address that it saw at the right, so the list is read from there for as long as the names are proxies of
/// ours; what stands further left is what a stranger claims. Where the list makes no sense, the last one that did counts.
fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> ClientAddress {
    let mut known = peer.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter();
    let mut names = lines.rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    while contain(trusted, known)
        && let Some(named) = names.next().and_then(parse)
    {
        known = named;
    }
    ClientAddress(known)
}

/// An address as proxies write it: alone, in brackets, with a port.
fn parse(name: &[u8]) -> Option<IpAddr> {
    let name = std::str::from_utf8(name).ok()?.trim();
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let address = bare.parse().ok().or_else(|| name.parse::<SocketAddr>().ok().map(|address| address.ip()));
    Some(address?.to_canonical())
}

#[cfg(test)]
mod tests;

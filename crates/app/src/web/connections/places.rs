//! Who may still come in.

use super::Limits;
use crate::config::contain;
use crate::web::client::ClientAddress;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// How many connections there are, and whose.
#[derive(Clone)]
pub(super) struct Places(Arc<Parts>);

struct Parts {
    all: usize,
    per_client: usize,
    proxies: Vec<IpNet>,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// Never more entries than connections: a client without any is forgotten.
    clients: HashMap<String, usize>,
}

/// The right to one connection, until it is dropped.
pub(super) struct Place {
    places: Places,
    /// `None` for proxies of ours.
    client: Option<String>,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// There are as many connections as there may be.
    Everywhere,
    /// This client has as many as one may have.
    ForThisClient,
}

impl Full {
    /// The word in metrics.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Everywhere => "overall",
            Self::ForThisClient => "client",
        }
    }

    /// What is said before the connection is closed.
    pub(super) fn answer(self) -> &'static [u8] {
        match self {
            Self::Everywhere => {
                b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            }
            Self::ForThisClient => {
                b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            }
        }
    }
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Self {
        Self(Arc::new(Parts {
            all: limits.connections,
            per_client: limits.per_client,
            proxies: limits.proxies.clone(),
            taken: Mutex::default(),
        }))
    }

    /// A place for a connection from this address.
    pub(super) fn take(&self, peer: IpAddr) -> Result<Place, Full> {
        let client = (!contain(&self.0.proxies, peer)).then(|| ClientAddress(peer).narrow());
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.0.all {
            return Err(Full::Everywhere);
        }
        if let Some(client) = &client {
            let count = taken.clients.get(client).copied().unwrap_or_default();
            if count >= self.0.per_client {
                return Err(Full::ForThisClient);
            }
            taken.clients.insert(client.clone(), count + 1);
        }
        taken.all += 1;
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        metrics::gauge!("givr_connections").set(taken.all as f64);
        Ok(Place { places: self.clone(), client })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        if let Some(client) = self.client.take() {
            match taken.clients.get_mut(&client) {
                Some(count) if *count > 1 => *count -= 1,
                Some(_) | None => drop(taken.clients.remove(&client)),
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        metrics::gauge!("givr_connections").set(taken.all as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        let proxies = vec!["10.0.0.0/8".parse().unwrap()];
        Places::new(&Limits { connections: 4, per_client: 2, proxies, ..Limits::default() })
    }

    #[test]
    fn one_client_does_not_take_everything_and_gives_back_what_it_took() {
        let places = places();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let first = places.take(address("198.51.100.7")).unwrap();
        let _second = places.take(address("::ffff:198.51.100.7")).unwrap();
        assert_eq!(places.take(address("198.51.100.7")).err(), Some(Full::ForThisClient));
        drop(first);
        let _again = places.take(address("198.51.100.7")).unwrap();
        let _other = places.take(address("2001:db8::1")).unwrap();
        let _neighbour = places.take(address("2001:db8::2")).unwrap();
        assert_eq!(places.take(address("203.0.113.1")).err(), Some(Full::Everywhere));
    }

    #[test]
    fn a_proxy_of_ours_speaks_for_many_and_nobody_is_remembered_in_vain() {
        let places = places();
        let held: Vec<_> = (0..4).map(|_| places.take("10.0.0.1".parse().unwrap()).unwrap()).collect();
        assert_eq!(places.take("10.0.0.1".parse().unwrap()).err(), Some(Full::Everywhere));
        drop(held);
        drop(places.take("198.51.100.7".parse().unwrap()).unwrap());
        let taken = places.0.taken.lock().unwrap();
        assert_eq!((taken.all, taken.clients.len()), (0, 0));
    }
}

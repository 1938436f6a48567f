//! Finding ports that a demo's games can really listen on.

use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range from which systems draw outgoing ports.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// Ranges tried so far in this process: each is tried once before any is tried again, so that two panels do not share one.
static GIVEN: AtomicU32 = AtomicU32::new(0);

/// The first port of `count` neighbouring ones that are free on loopback now, for TCP and for UDP. When none is found, the
/// range that was tried last: its games then find their ports taken, and say so in the log.
pub(super) fn free_range(count: u16) -> u16 {
    let ranges = u32::from((LAST - FIRST) / count.max(1)).max(1);
    let mut first = FIRST;
    for _ in 0..ranges {
        let turn = std::process::id().wrapping_mul(31).wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        first = FIRST + u16::try_from(turn % ranges).unwrap_or(0) * count;
        if (first..first + count).all(is_free) {
            break;
        }
    }
    first
}

fn is_free(port: u16) -> bool {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    TcpListener::bind((here, port)).is_ok() && UdpSocket::bind((here, port)).is_ok()
}

//! Which addresses are somewhere on the internet, and which are not. Source: IANA's registries of special-purpose addresses.

use ipnet::{Ipv4Net, Ipv6Net};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is that is not on the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// This machine.
    Loopback,
    /// A network of somebody's own.
    Private,
    /// This cable; in clouds, the service that tells a machine its secrets.
    LinkLocal,
    /// Behind a provider's address translation.
    Shared,
    /// Many at once.
    Multicast,
    /// None at all.
    Unspecified,
    /// In books.
    Documentation,
    /// Not for anybody to connect to.
    Reserved,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "this machine itself",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address",
            Self::Shared => "a provider's internal address",
            Self::Multicast => "a multicast address",
            Self::Unspecified => "no address at all",
            Self::Documentation => "an address for documentation",
            Self::Reserved => "a reserved address",
        })
    }
}

const fn four(address: [u8; 4], length: u8) -> Ipv4Net {
    let [a, b, c, d] = address;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn six(start: [u16; 3], length: u8) -> Ipv6Net {
    let [a, b, c] = start;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

const FOUR: [(Ipv4Net, Kind); 16] = [
    (four([0, 0, 0, 0], 8), Kind::Unspecified),
    (four([10, 0, 0, 0], 8), Kind::Private),
    (four([100, 64, 0, 0], 10), Kind::Shared),
    (four([127, 0, 0, 0], 8), Kind::Loopback),
    (four([169, 254, 0, 0], 16), Kind::LinkLocal),
    (four([172, 16, 0, 0], 12), Kind::Private),
    (four([192, 0, 0, 0], 24), Kind::Reserved),
    (four([192, 0, 2, 0], 24), Kind::Documentation),
    (four([192, 88, 99, 0], 24), Kind::Reserved),
    (four([192, 168, 0, 0], 16), Kind::Private),
    (four([198, 18, 0, 0], 15), Kind::Reserved),
    (four([198, 51, 100, 0], 24), Kind::Documentation),
    (four([203, 0, 113, 0], 24), Kind::Documentation),
    (four([224, 0, 0, 0], 4), Kind::Multicast),
    (four([240, 0, 0, 0], 4), Kind::Reserved),
    (four([255, 255, 255, 255], 32), Kind::Reserved),
];

const SIX: [(Ipv6Net, Kind); 8] = [
    (six([0x64, 0xff9b, 1], 48), Kind::Private),
    (six([0x2001, 0, 0], 23), Kind::Reserved),
    (six([0x2001, 0xdb8, 0], 32), Kind::Documentation),
    (six([0x3fff, 0, 0], 20), Kind::Documentation),
    (six([0xfc00, 0, 0], 7), Kind::Private),
    (six([0xfe80, 0, 0], 10), Kind::LinkLocal),
    (six([0xfec0, 0, 0], 10), Kind::Private),
    (six([0xff00, 0, 0], 8), Kind::Multicast),
];

/// Everything that IPv6 has given out so far.
const GIVEN_OUT: Ipv6Net = six([0x2000, 0, 0], 3);

/// What an address is, if it is not somewhere on the internet.
pub(super) fn kind(address: IpAddr) -> Option<Kind> {
    match address {
        IpAddr::V4(address) => FOUR.iter().find(|(network, _)| network.contains(&address)).map(|(_, kind)| *kind),
        IpAddr::V6(Ipv6Addr::LOCALHOST) => Some(Kind::Loopback),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Some(Kind::Unspecified),
        IpAddr::V6(address) => {
            let listed = SIX.iter().find(|(network, _)| network.contains(&address)).map(|(_, kind)| *kind);
            listed.or_else(|| match embedded(address.into()) {
                Some(inner) => kind(inner.into()),
                None if GIVEN_OUT.contains(&address) => None,
                None => Some(Kind::Reserved),
            })
        }
    }
}

/// The IPv4 address that an IPv6 address leads to: mapped, compatible, translated (RFC 2765, NAT64), or by 6to4.
pub(super) fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    let inner = |high: u16, low: u16| Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] if (high, low) > (0, 1) => inner(high, low),
        [0, 0, 0, 0, 0xffff, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inner(high, low),
        [0x2002, high, low, ..] => inner(high, low),
        _ => None,
    }
}

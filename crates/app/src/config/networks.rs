//! Lists of IP networks.

use super::Source;
use ipnet::{IpNet, Ipv4Net};
use std::net::IpAddr;

/// A list of networks that may be left out: such as `10.0.0.0/8` or `2001:db8::/32`; an address alone is a network of one.
pub(super) fn take(source: &mut Source<'_>, setting: &str) -> Option<Vec<IpNet>> {
    let texts = source.optional_texts(setting).unwrap_or_default();
    source.check(setting, Some(texts), |texts| texts.iter().map(|text| parse(text)).collect())
}

fn parse(text: &str) -> Result<IpNet, String> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse().map_err(|_| format!("`{text}` is not a network such as 10.0.0.0/8"))?,
    };
    if network != network.trunc() {
        return Err(format!("`{text}` names one address and many; did you mean {}?", network.trunc()));
    }
    Ok(unmapped(network))
}

/// Addresses are compared in their plain form, so networks of IPv4 addresses in IPv6 clothes are undressed as well.
fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(six) = network else { return network };
    let four = six.addr().to_ipv4_mapped().zip(six.prefix_len().checked_sub(96));
    four.and_then(|(address, bits)| Ipv4Net::new(address, bits).ok()).map_or(network, IpNet::V4)
}

/// Whether an address lies in one of the networks.
pub fn contain(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    #[test]
    fn networks_are_read_in_all_their_forms() {
        let shown = |text: &str| parse(text).map(|network| network.to_string());
        assert_eq!(shown("10.0.0.0/8").unwrap(), "10.0.0.0/8");
        assert_eq!(shown("192.0.2.7").unwrap(), "192.0.2.7/32");
        assert_eq!(shown("2001:db8::/32").unwrap(), "2001:db8::/32");
        assert_eq!(shown("::ffff:10.0.0.0/104").unwrap(), "10.0.0.0/8");
        assert_eq!(shown("::ffff:10.0.0.1").unwrap(), "10.0.0.1/32");
        assert_eq!(
            shown("10.1.2.3/8").unwrap_err(),
            "`10.1.2.3/8` names one address and many; did you mean 10.0.0.0/8?"
        );
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "proxy.example", "::1/129", "10.0.0.1:80"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_in_ipv6_clothes_is_found_too() {
        let networks = [parse("10.0.0.0/8").unwrap()];
        assert!(contain(&networks, "::ffff:10.1.2.3".parse().unwrap()));
        assert!(!contain(&networks, "11.0.0.1".parse().unwrap()));
        assert!(!contain(&[], IpAddr::V6(Ipv6Addr::LOCALHOST)));
    }
}

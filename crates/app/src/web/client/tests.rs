//! Addresses of clients: what is believed, and what is not.

use super::*;
use http::HeaderValue;
use proptest::prelude::*;
use rstest::rstest;

fn headers(lines: &[&[u8]]) -> HeaderMap {
    let named = lines.iter().map(|line| HeaderValue::from_bytes(line).unwrap());
    named.map(|line| (http::HeaderName::from_static("x-forwarded-for"), line)).collect()
}

fn ours() -> Vec<IpNet> {
    ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap()).to_vec()
}

fn seen(peer: &str, lines: &[&[u8]]) -> String {
    find(peer.parse().unwrap(), &headers(lines), &ours()).0.to_string()
}

#[rstest]
#[case::nothing_is_said("10.0.0.1", &[], "10.0.0.1")]
#[case::one_proxy("10.0.0.1", &["198.51.100.7"], "198.51.100.7")]
#[case::two_proxies("10.0.0.1", &["198.51.100.7, 10.0.0.2"], "198.51.100.7")]
#[case::what_a_stranger_claims("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.0.0.2"], "198.51.100.7")]
#[case::a_stranger_names_a_proxy_of_ours("10.0.0.1", &["10.9.9.9, 198.51.100.7"], "198.51.100.7")]
#[case::only_proxies("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3")]
#[case::many_lines("10.0.0.1", &["203.0.113.9", "198.51.100.7, 10.0.0.3", "10.0.0.2"], "198.51.100.7")]
#[case::no_spaces("10.0.0.1", &["198.51.100.7,10.0.0.2"], "198.51.100.7")]
#[case::with_a_port("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7")]
#[case::ipv6("10.0.0.1", &["2001:db8::7"], "2001:db8::7")]
#[case::ipv6_in_brackets("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7")]
#[case::ipv6_with_a_port("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7")]
#[case::ipv4_in_ipv6_clothes("::ffff:10.0.0.1", &["::ffff:198.51.100.7, ::ffff:10.0.0.2"], "198.51.100.7")]
#[case::a_proxy_over_ipv6("fd00::1", &["198.51.100.7"], "198.51.100.7")]
#[case::nonsense("10.0.0.1", &["unknown"], "10.0.0.1")]
#[case::nonsense_behind_a_proxy("10.0.0.1", &["198.51.100.7, _hidden, 10.0.0.2"], "10.0.0.2")]
#[case::nothing_between_commas("10.0.0.1", &["198.51.100.7, , 10.0.0.2"], "10.0.0.2")]
#[case::an_empty_line("10.0.0.1", &[""], "10.0.0.1")]
#[case::a_stranger_as_peer("198.51.100.1", &["203.0.113.9, 10.0.0.2"], "198.51.100.1")]
#[case::a_stranger_in_ipv6_clothes("::ffff:198.51.100.1", &["203.0.113.9"], "198.51.100.1")]
fn an_address_is_found(#[case] peer: &str, #[case] lines: &[&str], #[case] expected: &str) {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    assert_eq!(seen(peer, &lines), expected);
}

#[test]
fn bytes_that_are_not_text_end_the_list() {
    assert_eq!(seen("10.0.0.1", &[b"198.51.100.7, \xff\xfe, 10.0.0.2"]), "10.0.0.2");
}

#[test]
fn keys_are_networks_in_their_plain_form() {
    let of = |text: &str| ClientAddress(text.parse().unwrap());
    assert_eq!(of("198.51.100.7").narrow(), "198.51.100.7/32");
    assert_eq!(of("198.51.100.7").wide(), "198.51.100.0/24");
    assert_eq!(of("::ffff:198.51.100.7").narrow(), "198.51.100.7/32");
    assert_eq!(of("2001:db8:1:2345::7").narrow(), "2001:db8:1:2300::/56");
    assert_eq!(of("2001:db8:1:2345::7").wide(), "2001:db8:1::/48");
}

fn a_line() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        any::<IpAddr>().prop_map(|address| address.to_string()),
        any::<SocketAddr>().prop_map(|address| address.to_string()),
        any::<[u8; 3]>().prop_map(|[a, b, c]| format!("10.{a}.{b}.{c}")),
        "[ -~]{0,20}",
    ];
    let names = prop::collection::vec(name, 0..6).prop_map(|names| names.join(", ").into_bytes());
    let bytes =
        prop::collection::vec(any::<u8>().prop_filter("a header's byte", |byte| *byte >= 32 && *byte != 127), 0..40);
    prop_oneof![4 => names, 1 => bytes]
}

fn some_lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(a_line(), 0..5)
}

fn map(lines: &[Vec<u8>]) -> HeaderMap {
    headers(&lines.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn an_untrusted_peer_never_influences_the_result(peer: IpAddr, lines in some_lines()) {
        prop_assume!(!contain(&ours(), peer));
        prop_assert_eq!(find(peer, &map(&lines), &ours()), ClientAddress(peer.to_canonical()));
    }

    #[test]
    fn what_a_client_sends_along_does_not_change_what_our_proxy_saw(client: IpAddr, lines in some_lines()) {
        prop_assume!(!contain(&ours(), client));
        // The proxy adds to the last line, or begins one of its own.
        let mut joined = lines.clone();
        match joined.last_mut() {
            Some(line) => line.extend_from_slice(format!(", {client}").as_bytes()),
            None => joined.push(client.to_string().into_bytes()),
        }
        let mut apart = lines;
        apart.push(client.to_string().into_bytes());
        for said in [joined, apart] {
            let proxy = "10.0.0.1".parse().unwrap();
            prop_assert_eq!(find(proxy, &map(&said), &ours()), ClientAddress(client.to_canonical()));
        }
    }
}

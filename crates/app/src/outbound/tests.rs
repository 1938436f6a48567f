//! Where calls may lead.

use super::*;
use crate::clock::SystemClock;
use crate::transport::{self, Limits, Outbound};
use bytes::Bytes;
use domain::call::CallFailure;
use http::{Request, Response};
use proptest::prelude::*;
use rstest::rstest;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tower::ServiceExt;

fn networks(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[rstest]
#[case::this_machine("127.0.0.1", Some(Kind::Loopback))]
#[case::all_of_this_machine("127.255.255.254", Some(Kind::Loopback))]
#[case::this_machine_six("::1", Some(Kind::Loopback))]
#[case::nowhere("0.0.0.0", Some(Kind::Unspecified))]
#[case::nowhere_else("0.1.2.3", Some(Kind::Unspecified))]
#[case::nowhere_six("::", Some(Kind::Unspecified))]
#[case::private_ten("10.0.0.5", Some(Kind::Private))]
#[case::private_seventeen_first("172.16.0.1", Some(Kind::Private))]
#[case::private_seventeen_last("172.31.255.255", Some(Kind::Private))]
#[case::private_home("192.168.1.1", Some(Kind::Private))]
#[case::unique_local("fd12:3456::1", Some(Kind::Private))]
#[case::site_local("fec0::1", Some(Kind::Private))]
#[case::cloud_metadata("169.254.169.254", Some(Kind::LinkLocal))]
#[case::cloud_metadata_six("fd00:ec2::254", Some(Kind::Private))]
#[case::link_local_six("fe80::1", Some(Kind::LinkLocal))]
#[case::carrier("100.64.0.1", Some(Kind::Shared))]
#[case::carrier_last("100.127.255.255", Some(Kind::Shared))]
#[case::multicast("224.0.0.1", Some(Kind::Multicast))]
#[case::multicast_six("ff02::1", Some(Kind::Multicast))]
#[case::broadcast("255.255.255.255", Some(Kind::Reserved))]
#[case::future("240.0.0.1", Some(Kind::Reserved))]
#[case::benchmark("198.18.0.1", Some(Kind::Reserved))]
#[case::protocols("192.0.0.8", Some(Kind::Reserved))]
#[case::books_one("192.0.2.1", Some(Kind::Documentation))]
#[case::books_two("198.51.100.1", Some(Kind::Documentation))]
#[case::books_three("203.0.113.1", Some(Kind::Documentation))]
#[case::books_six("2001:db8::1", Some(Kind::Documentation))]
#[case::books_six_new("3fff::1", Some(Kind::Documentation))]
#[case::mapped("::ffff:127.0.0.1", Some(Kind::Loopback))]
#[case::mapped_metadata("::ffff:169.254.169.254", Some(Kind::LinkLocal))]
#[case::compatible("::10.0.0.5", Some(Kind::Private))]
#[case::translated("::ffff:0:10.0.0.5", Some(Kind::Private))]
#[case::nat64("64:ff9b::10.0.0.5", Some(Kind::Private))]
#[case::nat64_metadata("64:ff9b::a9fe:a9fe", Some(Kind::LinkLocal))]
#[case::nat64_local("64:ff9b:1::1", Some(Kind::Private))]
#[case::six_to_four("2002:a00:5::1", Some(Kind::Private))]
#[case::six_to_four_this_machine("2002:7f00:1::", Some(Kind::Loopback))]
#[case::teredo("2001:0:4136:e378::1", Some(Kind::Reserved))]
#[case::discard("100::1", Some(Kind::Reserved))]
#[case::not_given_out("4000::1", Some(Kind::Reserved))]
#[case::public("8.8.8.8", None)]
#[case::before_private("172.15.255.255", None)]
#[case::after_private("172.32.0.0", None)]
#[case::after_carrier("100.128.0.0", None)]
#[case::public_six("2606:4700::1111", None)]
#[case::public_mapped("::ffff:8.8.8.8", None)]
#[case::public_nat64("64:ff9b::8.8.8.8", None)]
fn an_address_is_what_it_is(#[case] address: &str, #[case] expected: Option<Kind>) {
    let refused = Guard::new(&[]).check("x", address.parse().unwrap()).err();
    assert_eq!(refused.map(|refused| refused.kind), expected);
}

#[test]
fn a_network_that_is_allowed_is_allowed_in_every_form() {
    let guard = Guard::new(&networks(&["10.0.0.0/8", "fd00::/8"]));
    for allowed in ["10.0.0.5", "::ffff:10.0.0.5", "64:ff9b::10.0.0.5", "fd12::1", "8.8.8.8"] {
        assert_eq!(guard.check("x", allowed.parse().unwrap()), Ok(()), "{allowed}");
    }
    for refused in ["127.0.0.1", "192.168.0.1", "::1", "fe80::1"] {
        assert!(guard.check("x", refused.parse().unwrap()).is_err(), "{refused}");
    }
}

proptest! {
    #[test]
    fn what_is_refused_is_refused_in_every_disguise(bits: u32) {
        let plain = Ipv4Addr::from(bits);
        let (high, low) = ((bits >> 16) as u16, (bits & 0xffff) as u16);
        let guard = Guard::new(&[]);
        let refused = guard.check("x", plain.into()).is_err();
        for disguise in [
            plain.to_ipv6_mapped(),
            Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
        ] {
            prop_assert_eq!(guard.check("x", disguise.into()).is_err(), refused, "{}", disguise);
        }
    }
}

/// A resolver that gives one answer after the other, the last one for ever, and counts.
fn answers(lists: &'static [&'static [&'static str]]) -> (Lookup, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let lookup: Lookup = Arc::new(move |_| {
        let turn = count.fetch_add(1, Ordering::SeqCst).min(lists.len() - 1);
        let found = lists[turn].iter().map(|address| address.parse().unwrap()).collect();
        Box::pin(async move { Ok(found) })
    });
    (lookup, asked)
}

/// Answers every connection with this status, and counts them.
async fn listener(head: &'static str) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (port, met) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let count = met.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, met)
}

async fn call(guard: &Guard, url: &str) -> Result<Response<Bytes>, CallFailure> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let many = NonZeroU32::new(1000).unwrap();
    let limits = Limits { per_minute: many, burst: many, concurrent: 4, locked_out: transport::key_refused };
    let client = Outbound::new(guard.clone()).unwrap();
    let network = transport::network(client, limits, Arc::new(SystemClock));
    network.oneshot(Request::get(url).body(Bytes::new()).unwrap()).await
}

/// The whole chain of an error, as it stands in the log.
fn told(failure: CallFailure) -> String {
    format!("{:#}", anyhow::Error::from(failure))
}

#[tokio::test]
async fn a_call_to_a_private_address_is_refused_before_it_begins() {
    let (port, met) = listener("200 OK").await;
    let (lookup, _) = answers(&[&["127.0.0.1"]]);
    let guard = Guard::with_lookup(&[], lookup);
    for url in [
        format!("http://panel.example:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://localhost:{port}/"),
    ] {
        let failure = call(&guard, &url).await.unwrap_err();
        assert!(matches!(failure, CallFailure::NeverSent(_)), "{url}: {failure:?}");
        let text = told(failure);
        assert!(text.contains("leads to 127.0.0.1, this machine itself"), "{url}: {text}");
        assert!(text.contains("add 127.0.0.1/32 to security.allowed_networks"), "{url}: {text}");
    }
    assert_eq!(met.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn one_private_address_among_public_ones_spoils_all() {
    let (lookup, _) = answers(&[&["8.8.8.8", "10.0.0.5"]]);
    let refused = Guard::with_lookup(&[], lookup).resolve("panel.example").await.unwrap_err();
    assert!(refused.to_string().starts_with("`panel.example` leads to 10.0.0.5, a private address"), "{refused}");
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let (port, met) = listener("200 OK").await;
    // Public when the settings are checked, this machine when the call is made.
    let (lookup, _) = answers(&[&["8.8.8.8"], &["127.0.0.1"]]);
    let guard = Guard::with_lookup(&[], lookup);
    guard.resolve("panel.example").await.unwrap();
    assert!(call(&guard, &format!("http://panel.example:{port}/")).await.is_err());
    assert_eq!(met.load(Ordering::SeqCst), 0);
    // And within one call nobody asks twice: the address that was checked is the one that is called.
    let (lookup, asked) = answers(&[&["127.0.0.1"], &["10.0.0.5"]]);
    let guard = Guard::with_lookup(&networks(&["127.0.0.0/8"]), lookup);
    let answer = call(&guard, &format!("http://panel.example:{port}/")).await.unwrap();
    assert_eq!((answer.status().as_u16(), asked.load(Ordering::SeqCst), met.load(Ordering::SeqCst)), (200, 1, 1));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (inside, met) = listener("200 OK").await;
    let head: &'static str = format!("302 Found\r\nlocation: http://127.0.0.1:{inside}/").leak();
    let (outside, _) = listener(head).await;
    let guard = Guard::new(&networks(&["127.0.0.0/8"]));
    let answer = call(&guard, &format!("http://127.0.0.1:{outside}/")).await.unwrap();
    assert_eq!((answer.status().as_u16(), met.load(Ordering::SeqCst)), (302, 0));
}

#[tokio::test]
async fn settings_that_lead_inside_are_named_with_what_to_do() {
    let text = r#"
        [site]
        url = "https://shop.example"
        support_email = "help@shop.example"
        [database]
        url = "sqlite://unused"
        [stripe]
        secret_key = "sk_test_x"
        webhook_secrets = ["whsec_x"]
        [panel]
        url = "https://10.0.0.5"
        application_key = "x"
        client_key = "x"
        [mail]
        url = "smtps://me:secret@mail.example"
        from = "Shop <shop@shop.example>"
        [security]
        secret = "0123456789abcdef0123456789abcdef"
        allowed_networks = ["192.168.0.0/16"]
    "#;
    let config = Config::read(Some(("givr.toml", text)), &std::collections::BTreeMap::new()).unwrap();
    let lookup: Lookup = Arc::new(|host| {
        let found = match host.as_str() {
            "api.stripe.com" => Ok(vec![[54, 187, 174, 169].into()]),
            "mail.example" => Ok(vec![[169, 254, 169, 254].into()]),
            other => other.parse().map(|address| vec![address]).map_err(|_| io::ErrorKind::NotFound.into()),
        };
        Box::pin(async move { found })
    });
    let problems = check_settings(&config, &Guard::with_lookup(&config.allowed_networks, lookup)).await;
    let lines: Vec<String> = problems.into_iter().map(|(problem, hint)| format!("{problem}; {hint}")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    panel.url leads to 10.0.0.5, a private address; add 10.0.0.5/32 to security.allowed_networks if that is where your panel is
    mail.url leads to 169.254.169.254, a link-local address; add 169.254.169.254/32 to security.allowed_networks if that is where your mail server is
    ");
}

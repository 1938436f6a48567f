//! What browsers and API clients send: wishes where to go, forms, JSON bodies, cookies and access tokens.
#![no_main]

use app::web::{fuzzing, tokens};
use domain::ids::{AccountId, Id, SessionId};
use fuzz::program::{APP, RUNTIME};
use http::header::{COOKIE, HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::sync::LazyLock;
use tokens::Claims;
use url::Url;

static OURS: LazyLock<(Claims, String)> = LazyLock::new(|| {
    let claims =
        Claims { account: AccountId::from_uuid(Default::default()), session: SessionId::from_uuid(Default::default()) };
    let token = tokens::issue(&APP, &claims).expect("a token");
    (claims, token)
});

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = fuzz::choice(data, 5) else { return };
    match kind {
        0 => try_wish(&String::from_utf8_lossy(rest)),
        1 => try_form(rest),
        2 => try_body(rest),
        3 => try_cookies(rest),
        _ => try_token(rest),
    }
});

/// Signing in never leads to another site, whatever page it is asked on and however a browser reads the address.
fn try_wish(wish: &str) {
    let path = fuzzing::after_sign_in(wish);
    assert!(path == wish || path == "/servers");
    // As a redirect makes its header.
    assert!(HeaderValue::try_from(path.to_owned()).is_ok());
    for page in
        ["https://shop.example/login", "http://127.0.0.1:8080/checkout/login", "https://shop.example/shop/login?next=x"]
    {
        let page = Url::parse(page).expect("a page");
        let led = page.join(path).expect("an address");
        assert_eq!(led.origin(), page.origin(), "{wish:?} leads to {led}");
        assert!(led.username().is_empty() && led.password().is_none());
    }
}

/// What a form carries on is bounded, and carrying it on again changes nothing.
fn try_form(form: &[u8]) {
    let fields: Vec<(String, String)> = form_urlencoded::parse(form).into_owned().collect();
    let (request, carried) = fuzzing::checkout_form(&fields);
    assert!(carried.iter().all(|(name, value)| name.chars().count() <= 90 && value.chars().count() <= 400));
    assert!(request.add_ons.len() + request.consents.len() + request.inputs.len() <= 100);
    assert_eq!(fuzzing::checkout_form(&carried).1, carried);
    // What is accepted as a name has no character with a meaning in pages, headers or settings files.
    if fuzzing::is_server_name(&request.server_name) {
        fuzz::assert_printable(request.server_name.trim(), 40);
        assert!(!request.server_name.trim().contains(['<', '>', '"', '\'', '`', '\\', '{', '}', '$', ';', ',']));
    }
}

fn try_body(body: &[u8]) {
    if fuzzing::is_checkout_body(body) {
        let json: Value = serde_json::from_slice(body).expect("JSON");
        // A struct may also come as a list of its fields.
        assert!(json["plan_id"].is_string() || json.is_array(), "{json}");
    }
}

fn try_cookies(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == 0xff) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(COOKIE, value);
        }
    }
    if let Some(session) = fuzzing::session_cookie(&APP, &headers) {
        assert_eq!(session.len(), 64);
        let wanted = format!("__Host-givr={session}");
        assert!(headers.get_all(COOKIE).iter().any(|line| line.to_str().is_ok_and(|line| line.contains(&wanted))));
    }
}

/// Only the token that we made is good: not with another byte anywhere, and nothing that somebody else made.
fn try_token(data: &[u8]) {
    let (claims, ours) = &*OURS;
    let text = String::from_utf8_lossy(data);
    let mut tokens = vec![text.clone().into_owned()];
    // The input as changes to a good token: a place and what stands there instead.
    let mut changed = ours.clone().into_bytes();
    for change in data.chunks_exact(3).take(8) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % changed.len();
        changed[place] = change[2] & 0x7f;
    }
    tokens.push(String::from_utf8(changed).expect("ASCII"));
    // The input as one of the three parts.
    let parts: Vec<&str> = ours.split('.').collect();
    tokens.push(format!("{text}.{}.{}", parts[1], parts[2]));
    tokens.push(format!("{}.{text}.{}", parts[0], parts[2]));
    tokens.push(format!("{}.{}.{text}", parts[0], parts[1]));
    for token in tokens {
        let said = RUNTIME.block_on(tokens::verify(&APP, &token)).expect("a database");
        assert_eq!(said.is_some(), token == *ours, "{token}");
        assert!(said.is_none_or(|said| said == *claims));
    }
}

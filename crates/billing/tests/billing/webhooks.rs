//! Signatures and envelopes, also of bodies that nobody should have sent.

use crate::contract::{example, example_kinds};
use billing::webhook::{Envelope, Shape, SignatureError, UNREADABLE_KIND, storable_text, verify};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::json;
use std::borrow::Cow;

const BODY: &[u8] = br#"{"id":"evt_test_1","object":"event","type":"checkout.session.completed"}"#;
const SECRET: &str = "whsec_test_secret_0123456789";
const SIGNATURE: &str = "878dda01513e02c0d0a417c6fcfaf965fafe911dff257d08196403dc282e12ba";
const SIGNED_AT: i64 = 1_767_225_600;

fn check(header: &str, secrets: &[&str], at: i64) -> Result<(), SignatureError> {
    let secrets: Vec<SecretString> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
    verify(BODY, header, &secrets, Timestamp::from_second(at).unwrap())
}

fn sign(time: &str, body: &[u8], secret: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[test]
fn the_test_vector_of_the_official_libraries_is_accepted() {
    assert_eq!(check(&format!("t={SIGNED_AT},v1={SIGNATURE}"), &[SECRET], SIGNED_AT), Ok(()));
    assert_eq!(sign("1767225600", BODY, SECRET), SIGNATURE);
}

#[test]
fn a_signature_counts_in_any_place_and_after_wrong_ones() {
    let wrong = "0".repeat(64);
    for header in [
        format!("v1={SIGNATURE},t={SIGNED_AT}"),
        format!("t={SIGNED_AT},v1={wrong},v1={SIGNATURE}"),
        format!("t={SIGNED_AT},v1={SIGNATURE},v1={wrong},v0={wrong}"),
        format!("t={SIGNED_AT},v1=short,v1=,v1={SIGNATURE},noise,=,v2"),
    ] {
        assert_eq!(check(&header, &[SECRET], SIGNED_AT), Ok(()), "{header}");
    }
}

#[test]
fn any_active_secret_may_have_signed() {
    let header = format!("t={SIGNED_AT},v1={SIGNATURE}");
    assert_eq!(check(&header, &["whsec_new", SECRET], SIGNED_AT), Ok(()));
    assert_eq!(check(&header, &["whsec_new"], SIGNED_AT), Err(SignatureError::Mismatch));
    assert_eq!(check(&header, &[], SIGNED_AT), Err(SignatureError::NoSecret));
}

#[test]
fn headers_without_a_time_or_a_signature_are_refused() {
    let cases = [
        (String::new(), SignatureError::Malformed),
        (format!("v1={SIGNATURE}"), SignatureError::Malformed),
        (format!("t=soon,v1={SIGNATURE}"), SignatureError::Malformed),
        (format!("t={SIGNED_AT},t={SIGNED_AT},v1={SIGNATURE}"), SignatureError::Malformed),
        (format!("t={SIGNED_AT}"), SignatureError::Unsigned),
        (format!("t={SIGNED_AT},v0={SIGNATURE}"), SignatureError::Unsigned),
        (format!("t={SIGNED_AT},v1={}", &SIGNATURE[..63]), SignatureError::Mismatch),
        (format!("t={SIGNED_AT},v1={SIGNATURE}00"), SignatureError::Mismatch),
        (format!("t={},v1={SIGNATURE}", SIGNED_AT + 1), SignatureError::Mismatch),
    ];
    for (header, error) in cases {
        assert_eq!(check(&header, &[SECRET], SIGNED_AT), Err(error), "{header}");
    }
}

#[test]
fn five_minutes_are_allowed_to_either_side() {
    let header = format!("t={SIGNED_AT},v1={SIGNATURE}");
    assert_eq!(check(&header, &[SECRET], SIGNED_AT + 300), Ok(()));
    assert_eq!(check(&header, &[SECRET], SIGNED_AT - 300), Ok(()));
    assert_eq!(check(&header, &[SECRET], SIGNED_AT + 301), Err(SignatureError::OutOfTime { seconds: 301 }));
    assert_eq!(check(&header, &[SECRET], SIGNED_AT - 301), Err(SignatureError::OutOfTime { seconds: -301 }));
}

#[test]
fn a_time_at_the_edge_of_its_type_is_only_out_of_time() {
    for time in [i64::MIN, i64::MAX] {
        let header = format!("t={time},v1={}", sign(&time.to_string(), BODY, SECRET));
        assert!(matches!(check(&header, &[SECRET], SIGNED_AT), Err(SignatureError::OutOfTime { .. })), "{time}");
    }
}

#[test]
fn one_changed_byte_of_the_body_is_noticed() {
    let header = format!("t={SIGNED_AT},v1={SIGNATURE}");
    let secrets = [SecretString::from(SECRET)];
    let now = Timestamp::from_second(SIGNED_AT).unwrap();
    for index in 0..BODY.len() {
        let mut body = BODY.to_vec();
        body[index] ^= 1;
        assert_eq!(verify(&body, &header, &secrets, now), Err(SignatureError::Mismatch), "byte {index}");
    }
}

#[test]
fn every_sample_event_has_a_readable_envelope() {
    let kinds = example_kinds();
    assert_eq!(kinds.len(), 9);
    for kind in kinds {
        let event = example(kind);
        let body = event.to_string();
        let envelope = Envelope::parse(body.as_bytes());
        assert_eq!(envelope.shape, Shape::Snapshot);
        assert_eq!((envelope.kind(), envelope.id.as_deref()), (kind, event["id"].as_str()));
        assert_eq!(envelope.object_id.as_deref(), event["data"]["object"]["id"].as_str());
        assert_eq!(envelope.object_kind.as_deref(), event["data"]["object"]["object"].as_str());
        assert_eq!((envelope.created, envelope.live), (event["created"].as_i64(), Some(false)));
        assert_eq!(envelope.api_version.as_deref(), Some("2026-10-28.endive"));
        assert!(matches!(envelope.key(body.as_bytes()), Cow::Borrowed(_)), "the id is not copied");
    }
}

#[test]
fn the_key_of_the_causing_request_and_a_connected_account_are_seen() {
    let body = json!({"id": "evt_1", "object": "event", "type": "refund.created", "account": "acct_2",
        "request": {"id": "req_1", "idempotency_key": "refund:rfd_1"}, "data": {"object": {"id": "re_1", "object": "refund"}}}).to_string();
    let envelope = Envelope::parse(body.as_bytes());
    assert_eq!(envelope.idempotency_key.as_deref(), Some("refund:rfd_1"));
    assert_eq!(envelope.account.as_deref(), Some("acct_2"));
}

#[test]
fn an_upcoming_invoice_has_an_object_without_an_id() {
    let body = br#"{"id":"evt_1","object":"event","type":"invoice.upcoming","data":{"object":{"object":"invoice"}}}"#;
    let envelope = Envelope::parse(body);
    assert_eq!((envelope.shape, envelope.object_id), (Shape::Snapshot, None));
}

#[test]
fn a_thin_event_is_recognised() {
    let body = br#"{"id":"evt_65","object":"v2.core.event","type":"v1.invoice.paid","created":"2026-01-01T00:00:00Z",
        "livemode":false,"related_object":{"id":"in_1","type":"invoice","url":"/v1/invoices/in_1"},"context":null}"#;
    let envelope = Envelope::parse(body);
    assert_eq!((envelope.shape, envelope.kind()), (Shape::Thin, "v1.invoice.paid"));
    assert_eq!((envelope.object_id.as_deref(), envelope.created), (Some("in_1"), None));
}

#[test]
fn one_field_of_the_wrong_type_spoils_no_other() {
    let body =
        br#"{"id":"evt_1","type":"invoice.paid","created":"yesterday","livemode":[1,{"a":2}],"api_version":{"x":[]},
        "request":7,"data":{"object":"in_1"}}"#;
    let envelope = Envelope::parse(body);
    assert_eq!((envelope.id.as_deref(), envelope.kind()), (Some("evt_1"), "invoice.paid"));
    assert_eq!((envelope.created, envelope.live, envelope.api_version, envelope.object_id), (None, None, None, None));
    assert_eq!(envelope.shape, Shape::Unreadable);
}

#[test]
fn a_body_without_a_usable_id_is_kept_under_its_hash() {
    let long = format!(r#"{{"id":"{}","type":"a.b"}}"#, "x".repeat(256));
    let bodies: [&[u8]; 7] =
        [b"", b"null", b"[1]", b"{\"id\":7}", br#"{"id":"evt_\u0000"}"#, long.as_bytes(), b"\xff\xfe"];
    for body in bodies {
        let envelope = Envelope::parse(body);
        let key = envelope.key(body);
        assert_eq!((envelope.shape, key.len()), (Shape::Unreadable, "body:".len() + 64), "{body:?}");
        assert_eq!(key, Envelope::parse(body).key(body));
    }
    assert_eq!(Envelope::parse(b"").kind(), UNREADABLE_KIND);
    assert_ne!(Envelope::parse(b"1").key(b"1"), Envelope::parse(b"2").key(b"2"));
}

#[test]
fn escaped_ids_are_unescaped_and_deep_bodies_are_skipped() {
    let deep = format!(
        r#"{{"id":"evt_\u0031","type":"a.b","data":{{"object":{{"object":"x","deep":{}{}}}}}}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let envelope = Envelope::parse(deep.as_bytes());
    assert_eq!((envelope.id.as_deref(), envelope.shape), (Some("evt_1"), Shape::Snapshot));
}

#[test]
fn stored_text_has_no_bytes_that_a_database_refuses() {
    assert!(matches!(storable_text(BODY), Cow::Borrowed(_)));
    assert_eq!(storable_text(b"a\0b\xffc"), "a\u{fffd}b\u{fffd}c");
}

proptest! {
    #[test]
    fn no_bytes_make_the_check_or_the_reading_panic(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        header in "\\PC{0,120}|t=-?[0-9]{0,20}(,v[01]=[0-9a-f]{0,70}){0,4}",
        now in -377_705_023_201_i64..=253_402_207_200,
    ) {
        let secrets = [SecretString::from(SECRET)];
        prop_assert!(verify(&body, &header, &secrets, Timestamp::from_second(now).unwrap()).is_err());
        let envelope = Envelope::parse(&body);
        let key = envelope.key(&body);
        prop_assert!((1..=255).contains(&key.len()) && !key.contains('\0'));
        prop_assert!(!storable_text(&body).contains('\0'));
    }

    #[test]
    fn no_json_makes_the_reading_panic(body in json_text()) {
        let envelope = Envelope::parse(body.as_bytes());
        prop_assert!(!envelope.kind().is_empty());
        prop_assert!((1..=255).contains(&envelope.key(body.as_bytes()).len()));
    }

    #[test]
    fn what_was_signed_is_accepted_and_nothing_else(body in proptest::collection::vec(any::<u8>(), 0..200), flip in any::<u8>()) {
        let signature = sign("1767225600", &body, SECRET);
        let header = format!("t=1767225600,v1={signature}");
        let secrets = [SecretString::from(SECRET)];
        let now = Timestamp::from_second(SIGNED_AT).unwrap();
        prop_assert_eq!(verify(&body, &header, &secrets, now), Ok(()));
        let mut longer = body;
        longer.push(flip);
        prop_assert_eq!(verify(&longer, &header, &secrets, now), Err(SignatureError::Mismatch));
    }
}

/// JSON with the fields of an event, holding anything.
fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(|number| json!(number).to_string()),
        any::<u64>().prop_map(|number| number.to_string()),
        "\\PC{0,20}".prop_map(|text| json!(text).to_string()),
    ];
    let name = "id|type|object|data|created|livemode|request|related_object|api_version|[a-z]{1,4}";
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|rows| format!("[{}]", rows.join(","))),
            proptest::collection::vec((name, inner), 0..6).prop_map(|fields| {
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

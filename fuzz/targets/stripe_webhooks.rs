//! Webhooks: a body is accepted exactly when a secret of ours signed it at about this time, and whatever is in it can be kept.
#![no_main]

use billing::webhook::{self, Envelope, Shape, SignatureError, TOLERANCE_SECONDS, UNREADABLE_KIND};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;
use serde_json::Value;
use sha2::Sha256;

const NOW: i64 = 1_767_225_600;
const SECRET: &str = "whsec_a";

fuzz_target!(|data: &[u8]| {
    let cut = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let header = String::from_utf8_lossy(&data[..cut]);
    let body = data.get(cut + 1..).unwrap_or_default();
    let now = Timestamp::from_second(NOW).expect("a time");
    let secrets = [SecretString::from("whsec_old"), SecretString::from(SECRET)];

    if webhook::verify(body, &header, &secrets, now).is_ok() {
        let signed = |secret: &str, time: &str| header.to_lowercase().contains(&signature(secret, time, body));
        let mut times = header.split(',').filter_map(|part| part.strip_prefix("t="));
        assert!(times.any(|time| signed(SECRET, time) || signed("whsec_old", time)), "{header:?} was accepted");
    }
    // A right signature among whatever else stands in the header, as long as that has no time of its own.
    let noise: Vec<&str> = header.split(',').filter(|part| !part.starts_with("t=")).collect();
    let right = format!("t={NOW},{},v1={}", noise.join(","), signature(SECRET, &NOW.to_string(), body));
    assert_eq!(webhook::verify(body, &right, &secrets, now), Ok(()));
    assert_eq!(webhook::verify(body, &right, &[], now), Err(SignatureError::NoSecret));
    let others = [SecretString::from("whsec_b"), SecretString::from("")];
    assert_eq!(webhook::verify(body, &right, &others, now), Err(SignatureError::Mismatch));
    let changed = [body, b"x"].concat();
    assert_eq!(webhook::verify(&changed, &right, &secrets, now), Err(SignatureError::Mismatch));
    let late = Timestamp::from_second(NOW + 1 + TOLERANCE_SECONDS.cast_signed()).expect("a time");
    assert!(matches!(webhook::verify(body, &right, &secrets, late), Err(SignatureError::OutOfTime { .. })));

    let envelope = Envelope::parse(body);
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    for (name, read) in [("id", &envelope.id), ("type", &envelope.kind), ("account", &envelope.account)] {
        if let Some(text) = read {
            assert_eq!(json[name].as_str(), Some(&**text));
            fuzz::assert_printable(text, 255);
        }
    }
    assert!(envelope.live.is_none_or(|live| json["livemode"] == live));
    assert!(envelope.created.is_none_or(|created| json["created"] == created));
    assert!(!envelope.kind().is_empty() && (envelope.kind.is_some() || envelope.kind() == UNREADABLE_KIND));
    if envelope.shape == Shape::Snapshot {
        assert_eq!(json["data"]["object"]["object"].as_str(), envelope.object_kind.as_deref());
        assert_eq!(
            json["data"]["object"]["id"].as_str().filter(|_| envelope.object_id.is_some()),
            envelope.object_id.as_deref()
        );
    }
    let key = envelope.key(body);
    assert!((1..=255).contains(&key.len()) && key == Envelope::parse(body).key(body));
    let text = webhook::storable_text(body);
    assert!(!text.contains('\0'));
    assert!(std::str::from_utf8(body).is_err() || body.contains(&0) || text.as_bytes() == body);
});

fn signature(secret: &str, time: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

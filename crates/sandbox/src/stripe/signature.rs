//! The `Stripe-Signature` header.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// `t=…,v1=…` with one `v1` per secret, and the dummy `v0` that test mode adds.
pub(crate) fn header(body: &[u8], timestamp: i64, secrets: &[String]) -> String {
    let mut header = format!("t={timestamp}");
    for secret in secrets {
        header.push_str(",v1=");
        header.push_str(&digest(body, timestamp, secret));
    }
    header.push_str(",v0=");
    header.push_str(&digest(body, timestamp, "dummy scheme of test mode"));
    header
}

fn digest(body: &[u8], timestamp: i64, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_test_vector_comes_out() {
        let body = br#"{"id":"evt_test_1","object":"event","type":"checkout.session.completed"}"#;
        let header = header(body, 1_767_225_600, &["whsec_test_secret_0123456789".to_owned()]);
        let expected = "t=1767225600,v1=878dda01513e02c0d0a417c6fcfaf965fafe911dff257d08196403dc282e12ba,v0=";
        assert!(header.starts_with(expected), "{header}");
    }

    #[test]
    fn two_secrets_give_two_signatures() {
        let header = header(b"{}", 1, &["whsec_a".to_owned(), "whsec_b".to_owned()]);
        assert_eq!(header.matches(",v1=").count(), 2);
    }
}

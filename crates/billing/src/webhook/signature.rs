//! The signature of a webhook: HMAC-SHA256 over the time and the body, under each secret that is active.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How far the signed time may be from our clock, to either side.
pub const TOLERANCE_SECONDS: u64 = 300;

/// Why a body is not accepted. All but [`SignatureError::NoSecret`] are answered with 400 and one constant text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// We have no secret to check with: answer 5xx, so that Stripe tries again once we have one.
    #[error("no signing secret is configured")]
    NoSecret,
    /// The header is empty, or has no readable time.
    #[error("the signature header has no time")]
    Malformed,
    /// The header has no `v1` signature.
    #[error("the signature header has no v1 signature")]
    Unsigned,
    /// No signature fits the body under any secret.
    #[error("no signature fits")]
    Mismatch,
    /// The signature is right, the time is not: a replay, or our clock is off.
    #[error("the signed time is {seconds} s before our clock")]
    OutOfTime {
        /// How long before our clock it was signed; negative when it is ahead.
        seconds: i64,
    },
}

/// Checks that `body` was signed by Stripe around `now`, under any of `secrets`. While a secret is being replaced Stripe signs
/// with the old and the new one. Allocates nothing, and compares in constant time.
/// Source: Stripe, "Verify webhook signatures manually".
///
/// # Errors
/// The body must not be looked at.
pub fn verify(body: &[u8], header: &str, secrets: &[SecretString], now: Timestamp) -> Result<(), SignatureError> {
    if secrets.is_empty() {
        return Err(SignatureError::NoSecret);
    }
    let (time, signed_at) = signed_time(header).ok_or(SignatureError::Malformed)?;
    if signatures(header).next().is_none() {
        return Err(SignatureError::Unsigned);
    }
    if !secrets.iter().any(|secret| fits(body, time, header, secret)) {
        return Err(SignatureError::Mismatch);
    }
    // After the signature, so that only Stripe's own messages can make us doubt our clock.
    let seconds = now.as_second().saturating_sub(signed_at);
    if seconds.unsigned_abs() > TOLERANCE_SECONDS {
        return Err(SignatureError::OutOfTime { seconds });
    }
    Ok(())
}

fn fits(body: &[u8], time: &str, header: &str, secret: &SecretString) -> bool {
    // Keys of any length are accepted, so this never is an error.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return false;
    };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    let expected = mac.finalize().into_bytes();
    signatures(header).any(|signature| {
        let mut given = [0; 32];
        hex::decode_to_slice(signature, &mut given).is_ok() && bool::from(given.ct_eq(expected.as_slice()))
    })
}

/// The parts of `t=…,v1=…,v0=…`.
fn parts(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(',').filter_map(|part| part.split_once('='))
}

fn signatures(header: &str) -> impl Iterator<Item = &str> {
    parts(header).filter(|(scheme, _)| *scheme == "v1").map(|(_, signature)| signature)
}

/// The signed time, as it was written and as a number; `None` also when there are two.
fn signed_time(header: &str) -> Option<(&str, i64)> {
    let mut times = parts(header).filter(|(name, _)| *name == "t").map(|(_, time)| time);
    let time = times.next()?;
    if times.next().is_some() {
        return None;
    }
    Some((time, time.parse().ok()?))
}

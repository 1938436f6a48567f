//! Secrets that we hand out: random, and kept only as hashes.

use crate::app::App;
use sha2::{Digest, Sha256};

/// A fresh secret of 256 bits, as text for a cookie, a link or a token.
pub fn fresh(app: &App) -> String {
    hex::encode(app.random.bytes::<32>())
}

/// SHA-256 as hex: how random secrets are kept. Not for passwords, which people choose.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Hash of a short code together with whom it is for, so that equal codes of two people differ.
pub fn code_hash(owner: &str, code: &str) -> String {
    sha256_hex(format!("{owner}:{code}").as_bytes())
}

/// The password of `length` letters and digits that a service's server gets for one of its variables: the same on every try,
/// and nowhere stored.
pub fn server_password(app: &App, service: &str, variable: &str, length: usize) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let key = app.vault.derive::<64>(&format!("server:{service}:{variable}"));
    key.iter().cycle().take(length).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

//! Passwords: what is accepted, and hashing off the async threads, a few at a time.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Hashes computed at the same time: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Shortest password of a customer.
pub const SHORTEST: usize = 10;
/// Shortest password of staff.
pub const SHORTEST_FOR_STAFF: usize = 15;
/// Longest password; longer ones would only cost time.
const LONGEST: usize = 256;

/// A password that a guesser finds within so many tries, as a power of ten, is refused: the lists that everybody tries first, words with a
/// year behind them, rows of keys, the person's own name.
const GUESSES_LOG10: f64 = 8.0;
/// What is judged of a long password: its beginning alone has to be good enough, and judging stays quick.
const JUDGED: usize = 64;

/// Why a password is not accepted, in words for the person.
pub fn problem(password: &str, email: &str, shortest: usize) -> Option<String> {
    let length = password.chars().count();
    if length < shortest {
        return Some(format!(
            "The password needs at least {shortest} characters; a few words in a row are easy to remember."
        ));
    }
    if length > LONGEST {
        return Some(format!("The password may have at most {LONGEST} characters."));
    }
    let judged: String = password.chars().take(JUDGED).collect();
    let name = email.split('@').next().unwrap_or_default();
    match zxcvbn::zxcvbn(&judged, &[email, name, "givr", "givrwrld"]).guesses_log10() < GUESSES_LOG10 {
        true => Some("This password is among the first that attackers try. Choose another one, such as a few words that do not belong together.".to_owned()),
        false => None,
    }
}

/// Hashes and checks passwords.
#[derive(Debug, Clone)]
pub struct Hashers {
    slots: Arc<Semaphore>,
    /// Compared against when there is no account, so that the answer takes as long.
    nobody: Arc<str>,
}

impl Default for Hashers {
    fn default() -> Self {
        Self::new()
    }
}

impl Hashers {
    /// Makes the bounded pool.
    pub fn new() -> Self {
        // A hash of nothing that anybody has; its cost is what counts.
        let nobody = hash_now("nobody has this password", &[7; 16]).unwrap_or_default();
        Self { slots: Arc::new(Semaphore::new(AT_ONCE)), nobody: nobody.into() }
    }

    /// The password's hash, with `salt` from the Random port.
    ///
    /// # Errors
    /// Hashing failed; there is nothing that the person could do.
    pub async fn hash(&self, password: &str, salt: [u8; 16]) -> anyhow::Result<String> {
        let _slot = self.slots.acquire().await?;
        let password = password.to_owned();
        tokio::task::spawn_blocking(move || hash_now(&password, &salt)).await?
    }

    /// Whether the password is the one behind `hash`; without a hash it takes as long and is never right.
    ///
    /// # Errors
    /// Checking failed; there is nothing that the person could do.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> anyhow::Result<bool> {
        let _slot = self.slots.acquire().await?;
        let known = hash.is_some();
        let (password, hash) = (password.to_owned(), hash.unwrap_or(&self.nobody).to_owned());
        let right = tokio::task::spawn_blocking(move || {
            let hash =
                PasswordHash::new(&hash).map_err(|error| anyhow::anyhow!("a stored hash cannot be read: {error}"))?;
            anyhow::Ok(argon2()?.verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(right.await?? && known)
    }
}

/// Argon2id with 19 MiB, two passes, one lane. Source: OWASP, "Password Storage Cheat Sheet".
fn argon2() -> anyhow::Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str, salt: &[u8; 16]) -> anyhow::Result<String> {
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), salt);
    Ok(hash.map_err(|error| anyhow::anyhow!("argon2: {error}"))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_common_and_own_passwords_are_refused_long_ones_are_not() {
        let refused = |password: &str| problem(password, "adalovelace@example.test", SHORTEST).is_some();
        for bad in [
            "short",
            "Minecraft123",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "1234567890",
            "qwertyuiop",
            "P@ssw0rd123",
            "iloveyou2026",
            "letmein123!",
            "adalovelace1",
            "adalovelace@example.test",
        ] {
            assert!(refused(bad), "{bad}");
        }
        for good in ["correct horse battery staple", "пароль-длинный", "vG7kq2mZpL4w", "seven-grey-doors-open"]
        {
            assert!(!refused(good), "{good}");
        }
    }

    #[tokio::test]
    async fn only_the_right_password_verifies_and_never_without_an_account() {
        let hashers = Hashers::new();
        let hash = hashers.hash("correct horse", [1; 16]).await.unwrap();
        assert!(hashers.verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!hashers.verify("correct horsf", Some(&hash)).await.unwrap());
        assert!(!hashers.verify("nobody has this password", None).await.unwrap());
    }
}

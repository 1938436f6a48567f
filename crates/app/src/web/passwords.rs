//! Passwords: what is accepted, and hashing off the async threads, a few at a time.

use crate::texts::{self, t};
use anyhow::Context;
use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use std::sync::{Arc, Mutex, PoisonError};
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
        return Some(texts::with("error-password-short", &[("count", shortest.into())]));
    }
    if length > LONGEST {
        return Some(texts::with("error-password-long", &[("count", LONGEST.into())]));
    }
    let judged: String = password.chars().take(JUDGED).collect();
    let name = email.split('@').next().unwrap_or_default();
    match zxcvbn::zxcvbn(&judged, &[email, name, "givr", "givrwrld"]).guesses_log10() < GUESSES_LOG10 {
        true => Some(t("error-password-common").into_owned()),
        false => None,
    }
}

/// Hashes and checks passwords.
#[derive(Debug, Clone)]
pub struct Hashers {
    slots: Arc<Semaphore>,
    /// The memory of hashers that have nothing to do.
    free: Arc<Mutex<Vec<Memory>>>,
    /// Compared against when there is no account, so that the answer takes as long.
    nobody: Arc<str>,
}

/// What a hash is computed in, 19 MiB. It is kept: taking it afresh each time costs a third of the time, and heaps of threads keep it anyway.
type Memory = Vec<Block>;

impl Default for Hashers {
    fn default() -> Self {
        Self::new()
    }
}

impl Hashers {
    /// Makes the bounded pool.
    pub fn new() -> Self {
        // A hash of nothing that anybody has; its cost is what counts.
        let output = Output::new(&[7; Params::DEFAULT_OUTPUT_LEN]);
        let nobody = output.map_err(failed).and_then(|output| written(&[7; 16], output)).unwrap_or_default();
        Self { slots: Arc::new(Semaphore::new(AT_ONCE)), free: Arc::default(), nobody: nobody.into() }
    }

    /// The password's hash, with `salt` from the Random port.
    ///
    /// # Errors
    /// Hashing failed; there is nothing that the person could do.
    pub async fn hash(&self, password: &str, salt: [u8; 16]) -> anyhow::Result<String> {
        let password = password.to_owned();
        self.with_memory(move |memory| {
            let output = computed(&argon2()?, password.as_bytes(), &salt, Params::DEFAULT_OUTPUT_LEN, memory)?;
            written(&salt, output)
        })
        .await
    }

    /// Whether the password is the one behind `hash`; without a hash it takes as long and is never right.
    ///
    /// # Errors
    /// Checking failed; there is nothing that the person could do.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> anyhow::Result<bool> {
        let known = hash.is_some();
        let (password, hash) = (password.to_owned(), hash.unwrap_or(&self.nobody).to_owned());
        let right = self.with_memory(move |memory| {
            let hash = PasswordHash::new(&hash).context("a stored hash cannot be read")?;
            let (salt, expected) = hash.salt.as_ref().zip(hash.hash.as_ref()).context("a stored hash is not whole")?;
            let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(failed)?;
            let version = hash.version.map_or(Ok(Version::default()), Version::try_from).map_err(failed)?;
            let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash).map_err(failed)?);
            // `Output` is compared in constant time.
            Ok(computed(&argon2, password.as_bytes(), salt, expected.len(), memory)? == *expected)
        });
        Ok(right.await? && known)
    }

    async fn with_memory<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let slot = Arc::clone(&self.slots).acquire_owned().await?;
        let free = Arc::clone(&self.free);
        let done = tokio::task::spawn_blocking(move || {
            // The slot goes back only when the thread is done, even if nobody waits for it any more.
            let _slot = slot;
            let mut memory = free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let result = work(&mut memory);
            free.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            result
        });
        done.await?
    }
}

/// Argon2id with 19 MiB, two passes, one lane. Source: OWASP, "Password Storage Cheat Sheet".
fn argon2() -> anyhow::Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn computed(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    length: usize,
    memory: &mut Memory,
) -> anyhow::Result<Output> {
    let blocks = argon2.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let mut output = vec![0; length];
    argon2.hash_password_into_with_memory(password, salt, &mut output, memory).map_err(failed)?;
    Output::new(&output).map_err(failed)
}

/// A hash as it is stored. Source: the PHC string format.
fn written(salt: &[u8; 16], output: Output) -> anyhow::Result<String> {
    let argon2 = argon2()?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: argon2.params().try_into().map_err(failed)?,
        salt: Some(Salt::new(salt).map_err(failed)?),
        hash: Some(output),
    };
    Ok(hash.to_string())
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("argon2: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier;

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

    #[tokio::test]
    async fn a_hash_is_one_that_any_other_program_reads_and_memory_that_was_used_before_changes_nothing() {
        let hashers = Hashers::new();
        let first = hashers.hash("correct horse", [1; 16]).await.unwrap();
        hashers.hash("something else", [2; 16]).await.unwrap();

        let again = hashers.hash("correct horse", [1; 16]).await.unwrap();

        assert_eq!(first, again);
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$"), "{first}");
        let read = PasswordHash::new(&first).unwrap();
        assert!(argon2().unwrap().verify_password(b"correct horse", &read).is_ok());
    }
}

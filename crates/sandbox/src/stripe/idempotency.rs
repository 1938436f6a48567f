//! Remembered answers per idempotency key.

use std::collections::HashMap;

use super::error::ApiError;

/// Keys are forgotten after a day.
const KEPT_SECONDS: i64 = 86_400;

#[derive(Debug, Clone)]
struct Entry {
    fingerprint: String,
    since: i64,
    outcome: Option<Remembered>,
}

/// The first answer given under a key.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) request_id: String,
}

/// What a key means for the request that carries it.
#[derive(Debug)]
pub(crate) enum Claim {
    /// Nobody used it: the request may run, and holds the key meanwhile.
    Fresh,
    /// It was used for the same request: repeat that answer.
    Replay(Remembered),
}

/// All keys of the account.
#[derive(Debug, Default, Clone)]
pub(crate) struct Shelf {
    entries: HashMap<String, Entry>,
}

impl Shelf {
    /// Claims `key` for a request whose method, path and parameters make up `fingerprint`.
    pub(crate) fn claim(&mut self, key: &str, fingerprint: &str, now: i64) -> Result<Claim, ApiError> {
        if key.chars().count() > 255 {
            return Err(ApiError::idempotency(400, "Idempotency keys can be at most 255 characters"));
        }
        let alive = |entry: &&Entry| entry.outcome.is_none() || now - entry.since < KEPT_SECONDS;
        let Some(entry) = self.entries.get(key).filter(alive) else {
            let entry = Entry { fingerprint: fingerprint.to_owned(), since: now, outcome: None };
            self.entries.insert(key.to_owned(), entry);
            return Ok(Claim::Fresh);
        };
        if entry.fingerprint != fingerprint {
            let message =
                "Keys for idempotent requests can only be used with the same parameters they were first used with.";
            return Err(ApiError::idempotency(400, message));
        }
        match &entry.outcome {
            Some(remembered) => Ok(Claim::Replay(remembered.clone())),
            None => {
                let message = "There is currently another in-progress request using this idempotency key.";
                Err(ApiError::idempotency(409, message).code("idempotency_key_in_use"))
            }
        }
    }

    /// Remembers the answer of a request that held the key.
    pub(crate) fn remember(&mut self, key: &str, answer: Remembered) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.outcome = Some(answer);
        }
    }

    /// Gives the key back unused, if it is still held.
    pub(crate) fn release(&mut self, key: &str) {
        if self.entries.get(key).is_some_and(|entry| entry.outcome.is_none()) {
            self.entries.remove(key);
        }
    }
}

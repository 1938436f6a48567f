//! When sessions and API keys were last used: noted in memory while requests are answered, written down by a job. A look at a page
//! writes nothing.

use domain::ids::{ApiKeyId, SessionId};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Notes that are kept between two writings; what is beyond is noted the next time.
const MOST: usize = 20_000;

/// Something that was used.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Used {
    /// A session.
    Session(SessionId),
    /// An API key.
    Key(ApiKeyId),
}

/// What was used since the last writing.
#[derive(Debug, Default)]
pub struct LastSeen(Mutex<HashMap<Used, Timestamp>>);

impl LastSeen {
    /// Notes a use.
    pub fn note(&self, used: Used, now: Timestamp) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < MOST || notes.contains_key(&used) {
            notes.insert(used, now);
        }
    }

    /// Takes all notes.
    pub fn take(&self) -> Vec<(Used, Timestamp)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }
}

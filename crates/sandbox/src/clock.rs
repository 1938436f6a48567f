//! The sandbox's own time: a source of instants and an offset that a test or a demo may push forward.
//!
//! Nothing in the sandbox runs on timers. Each simulator asks this clock before every request and on every tick, and then
//! applies whatever became due, so a jump of a month is as cheap as a second.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// A clock that can be moved; clones share the same source and the same offset.
#[derive(Clone)]
pub struct SandboxClock {
    source: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    offset: Arc<Mutex<SignedDuration>>,
}

impl SandboxClock {
    /// Follows the machine's clock.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the sandbox's clock port: the one place that asks the machine"
        )]
        let source = || Timestamp::now();
        Self::from_fn(source)
    }

    /// Follows `source`, for example the clock of a simulation.
    pub fn from_fn(source: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { source: Arc::new(source), offset: Arc::new(Mutex::new(SignedDuration::ZERO)) }
    }

    /// The instant of the source plus everything this clock was advanced by.
    pub fn now(&self) -> Timestamp {
        let offset = *self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        (self.source)().checked_add(offset).unwrap_or(Timestamp::MAX)
    }

    /// Moves this clock and all its clones forward (or back, with a negative span).
    pub fn advance(&self, by: SignedDuration) {
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        *offset = offset.checked_add(by).unwrap_or(SignedDuration::MAX);
    }
}

impl std::fmt::Debug for SandboxClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SandboxClock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_one_clone_moves_the_other() {
        let clock = SandboxClock::from_fn(|| Timestamp::UNIX_EPOCH);
        let twin = clock.clone();
        clock.advance(SignedDuration::from_hours(2));
        assert_eq!(twin.now().as_second(), 7_200);
    }
}

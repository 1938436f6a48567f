//! The clock and chance: the two things that business code must not take from the system by itself.

use domain::ids::Id;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Says what time it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Time since some instant, on a clock that nobody can set.
    fn steady(&self) -> Duration;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the port")]
    fn steady(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// A clock that stands still until it is moved. For tests, and for the sandbox's jumps.
#[derive(Debug, Clone)]
pub struct ManualClock {
    now: Arc<AtomicI64>,
    steady: Arc<AtomicI64>,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self { now: Arc::new(AtomicI64::new(start.as_microsecond())), steady: Arc::default() }
    }

    /// Time passes.
    pub fn advance(&self, by: SignedDuration) {
        self.steady.fetch_add(micros(by), Ordering::SeqCst);
        self.jump(by);
    }

    /// Somebody sets the clock: no time passes.
    pub fn jump(&self, by: SignedDuration) {
        self.now.fetch_add(micros(by), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }

    fn steady(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.steady.load(Ordering::SeqCst)).unwrap_or_default())
    }
}

fn micros(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Draws secrets and ids.
#[derive(Clone)]
pub struct Random {
    rng: Arc<Mutex<dyn rand::Rng + Send>>,
    /// The millisecond of the last id, and how many ids it had: ids of one process are in the order in which they were drawn.
    last: Arc<Mutex<(u64, u16)>>,
}

/// The counter in an id has twelve bits.
const MOST_PER_MILLI: u16 = 0x0fff;

impl Random {
    /// From the operating system, good enough for secrets.
    pub fn system() -> Self {
        let seeded: rand::rngs::StdRng = rand::make_rng();
        Self::of(seeded)
    }

    fn of(rng: rand::rngs::StdRng) -> Self {
        Self { rng: Arc::new(Mutex::new(rng)), last: Arc::default() }
    }

    /// The same numbers every time, for tests.
    pub fn seeded(seed: u64) -> Self {
        let rng = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(seed);
        Self::of(rng)
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        // A panic elsewhere does not make the numbers worse.
        let mut rng = self.rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        rng.fill_bytes(&mut bytes);
        bytes
    }

    /// A new id, ordered by time.
    pub fn id<T: Id>(&self, now: Timestamp) -> T {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let mut bytes = self.bytes::<10>();
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = match *last {
            (before, count) if millis <= before && count < MOST_PER_MILLI => (before, count + 1),
            (before, _) if millis <= before => (before + 1, 0),
            _ => (millis, 0),
        };
        let (millis, count) = *last;
        drop(last);
        bytes[..2].copy_from_slice(&count.to_be_bytes());
        T::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// A random UUID.
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// `length` letters and digits that are easy to tell apart.
    pub fn word(&self, length: usize) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut word = String::with_capacity(length);
        while word.len() < length {
            let bytes = self.bytes::<32>();
            let take = (length - word.len()).min(bytes.len());
            word.extend(bytes[..take].iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])));
        }
        word
    }

    /// A code of six digits.
    pub fn six_digits(&self) -> String {
        format!("{:06}", u32::from_le_bytes(self.bytes()) % 1_000_000)
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::OrderId;

    #[test]
    fn later_ids_sort_behind_earlier_ones() {
        let random = Random::seeded(1);
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(random.id::<OrderId>(at(1)) < random.id::<OrderId>(at(2)));
    }

    #[test]
    fn ids_of_one_instant_are_in_the_order_in_which_they_were_drawn() {
        let random = Random::seeded(1);
        let ids: Vec<OrderId> = (0..5000).map(|_| random.id(Timestamp::from_second(1).unwrap())).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn words_have_the_length_that_was_asked_for() {
        let random = Random::seeded(1);
        assert_eq!([0, 1, 24, 100].map(|length| random.word(length).len()), [0, 1, 24, 100]);
        assert_eq!(random.six_digits().len(), 6);
    }
}

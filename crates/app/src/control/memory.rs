//! What the panel said last. A page asks anew each time, waits for a moment only, and shows what is known, with its age, when the answer
//! takes longer; the question goes on meanwhile, and nobody asks the same twice at once.

use crate::clock::Clock;
use crate::control::Trouble;
use domain::ids::ServiceId;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use hashlink::LruCache;
use jiff::Timestamp;
use panel::PanelError;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a page waits for the panel.
const PATIENCE: Duration = Duration::from_millis(200);

/// Questions about one server at once, of one kind; one comes back every second.
const LOOKS: NonZeroU32 = NonZeroU32::new(30).unwrap();
const ONE: NonZeroU32 = NonZeroU32::new(1).unwrap();

/// About which service, and about what of it.
type Question = (ServiceId, String);

/// Answers of one kind, by service and what the question was about.
pub struct Memory<T> {
    kept: Mutex<LruCache<Question, watch::Sender<State<T>>>>,
    pace: DefaultKeyedRateLimiter<ServiceId>,
}

struct State<T> {
    known: Option<(Arc<T>, Timestamp)>,
    failed: Option<Trouble>,
    /// Counts questions, so that an answer to an older one than the last change is passed over.
    round: u64,
    asking: bool,
}

/// What is known.
pub struct Seen<T> {
    /// The last answer, and when it came.
    pub known: Option<(Arc<T>, Timestamp)>,
    /// Why it is not of this moment; `None` when it is.
    pub trouble: Option<Trouble>,
}

impl<T> fmt::Debug for Memory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

impl<T: Send + Sync + 'static> Memory<T> {
    /// Nothing is known. So many answers are kept; those that nobody looked at longest go first.
    pub fn keeping(most: usize) -> Self {
        Self {
            kept: Mutex::new(LruCache::new(most)),
            pace: RateLimiter::keyed(Quota::per_second(ONE).allow_burst(LOOKS)),
        }
    }

    /// Asks, and says what is known once the answer has come or a moment has passed.
    pub async fn look<F>(&self, clock: &Arc<dyn Clock>, service: &ServiceId, about: &str, ask: F) -> Seen<T>
    where
        F: Future<Output = Result<T, PanelError>> + Send + 'static,
    {
        let state = self.state(service, about);
        let (mut mine, mut waited) = (None, 0);
        let may_ask = self.pace.check_key(service).is_ok();
        state.send_modify(|state| {
            if !state.asking && may_ask {
                state.asking = true;
                state.round += 1;
                mine = Some(state.round);
            }
            waited = state.round;
        });
        if let Some(round) = mine {
            let (state, clock) = (state.clone(), clock.clone());
            tokio::spawn(async move {
                let answer = ask.await;
                state.send_modify(|state| {
                    if state.round != round {
                        return;
                    }
                    state.asking = false;
                    match answer {
                        Ok(value) => {
                            state.known = Some((Arc::new(value), clock.now()));
                            state.failed = None;
                        }
                        Err(error) => state.failed = Some(Trouble::of(&error)),
                    }
                });
            });
        }
        let mut seen = state.subscribe();
        // Whoever asked may be slower than that; what is known is shown.
        let answered = timeout(PATIENCE, seen.wait_for(|state| !state.asking)).await.is_ok();
        let state = seen.borrow();
        // What was changed meanwhile is asked for by the next look.
        let of_now = answered && state.round == waited && (may_ask || mine.is_some());
        let trouble = if of_now { state.failed.clone() } else { Some(Trouble::Slow) };
        Seen { known: state.known.clone(), trouble }
    }

    /// Something was changed: an answer that is under way may be older than that, and is not waited for.
    pub fn changed(&self, service: &ServiceId, about: &str) {
        self.state(service, about).send_modify(|state| {
            state.asking = false;
            state.round += 1;
        });
    }

    /// Forgets how often was asked about servers that nobody asks about any more.
    pub fn forget_idle(&self) {
        self.pace.retain_recent();
    }

    fn state(&self, service: &ServiceId, about: &str) -> watch::Sender<State<T>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (service.clone(), about.to_owned());
        let fresh = || watch::Sender::new(State { known: None, failed: None, round: 0, asking: false });
        kept.entry(key).or_insert_with(fresh).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use domain::ids::Id;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::oneshot;
    use uuid::Uuid;

    fn clock() -> (ManualClock, Arc<dyn Clock>) {
        let clock = ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap());
        (clock.clone(), Arc::new(clock))
    }

    fn service() -> ServiceId {
        ServiceId::from_uuid(Uuid::from_u128(1))
    }

    fn silence() -> PanelError {
        PanelError::Unreachable { call: "x", source: "gone".into() }
    }

    #[tokio::test]
    async fn an_answer_that_comes_at_once_is_shown_and_is_of_this_moment() {
        let (memory, (_, clock)) = (Memory::keeping(5), clock());

        let seen = memory.look(&clock, &service(), "", async { Ok(7) }).await;

        assert_eq!(seen.known, Some((Arc::new(7), clock.now())));
        assert_eq!(seen.trouble, None);
    }

    #[tokio::test]
    async fn while_the_panel_hangs_the_last_answer_is_shown_and_nobody_asks_twice() {
        let (memory, (manual, clock)) = (Memory::keeping(5), clock());
        memory.look(&clock, &service(), "", async { Ok(7) }).await;
        let then = clock.now();
        manual.advance(jiff::SignedDuration::from_mins(5));
        let asked = Arc::new(AtomicU32::new(0));
        let hangs = |asked: &Arc<AtomicU32>| {
            let asked = asked.clone();
            async move {
                asked.fetch_add(1, Ordering::SeqCst);
                std::future::pending().await
            }
        };

        let first = memory.look(&clock, &service(), "", hangs(&asked)).await;
        let second = memory.look(&clock, &service(), "", hangs(&asked)).await;

        for seen in [first, second] {
            assert_eq!((seen.known, seen.trouble), (Some((Arc::new(7), then)), Some(Trouble::Slow)));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_late_answer_is_there_for_the_next_look_and_a_failure_keeps_what_is_known() {
        let (memory, (_, clock)) = (Memory::keeping(5), clock());
        let (send, late) = oneshot::channel();
        let nothing = memory.look(&clock, &service(), "", async { Ok(late.await.unwrap()) }).await;
        assert_eq!((nothing.known, nothing.trouble), (None, Some(Trouble::Slow)));
        send.send(7).unwrap();
        tokio::task::yield_now().await;

        let failed = memory.look(&clock, &service(), "", async { Err(silence()) }).await;

        assert_eq!((failed.known.unwrap().0, failed.trouble), (Arc::new(7), Some(Trouble::Silent)));
    }

    #[tokio::test]
    async fn an_answer_to_what_was_asked_before_a_change_is_passed_over() {
        let (memory, (_, clock)) = (Memory::keeping(5), clock());
        let (send, before) = oneshot::channel();
        memory.look(&clock, &service(), "", async { Ok(before.await.unwrap()) }).await;
        memory.changed(&service(), "");

        let after = memory.look(&clock, &service(), "", async { Ok(8) }).await;
        send.send(7).unwrap();
        tokio::task::yield_now().await;

        assert_eq!(after.known.unwrap().0, Arc::new(8));
        let kept = memory.look(&clock, &service(), "", std::future::pending()).await;
        assert_eq!(kept.known.unwrap().0, Arc::new(8));
    }
}

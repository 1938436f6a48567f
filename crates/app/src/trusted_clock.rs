//! The time that business goes by. Whoever sets the machine's clock moves nothing here: time passes on a clock that cannot be set
//! (K2). Whether it is right is heard from others, for every answer says what time it is: what Stripe says counts, and what the panel
//! says while Stripe is silent. A process whose time is wrong, or not known to be right, claims nothing (K3); what people and webhooks
//! lead it to write down bears the time that Stripe says, or others would wait for it as long as this clock is ahead.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::clock::Clock;
use http::{HeaderMap, header};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How far two clocks may be apart.
const TOLERATED: SignedDuration = SignedDuration::from_secs(10);
/// How long what somebody said about our clock holds, unless the clock jumps.
const HOLDS: Duration = Duration::from_secs(600);
/// How long nobody is asked again who did not answer.
const PAUSE: Duration = Duration::from_secs(5);
/// How long a person is not told again what has not changed.
const TOLD_AGAIN: Duration = Duration::from_secs(60);
/// A process whose clock is wrong says so every minute. One that has said nothing for so long is gone.
pub(crate) const GONE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Who says what time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// Believed before the other one.
    Stripe,
    /// Its machine may be wrong, too.
    Panel,
}

/// What is known about our clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Nobody has said anything since the process began, or since the clock jumped.
    Unknown,
    /// It agrees with the witness.
    Right,
    /// It is this far ahead of the witness, or behind where negative.
    Wrong(SignedDuration),
}

/// One instant, on the clock that can be set and on the one that cannot.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    machine: Timestamp,
    steady: Duration,
}

impl Mark {
    /// Whether the machine's clock was set between two instants.
    fn jumped_until(&self, later: &Self) -> bool {
        let shown = later.machine.duration_since(self.machine);
        (shown - signed(later.steady.saturating_sub(self.steady))).abs() > TOLERATED / 2
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// What somebody said about our time.
#[derive(Debug, Clone, Copy)]
struct Saying {
    ahead: SignedDuration,
    at: Mark,
}

/// The time that business goes by: what the machine's clock showed when it was last seen to be right, and what has passed since on a
/// clock that nobody can set. Cheap to clone.
#[derive(Clone)]
pub struct TrustedClock(Arc<Inner>);

struct Inner {
    machine: Arc<dyn Clock>,
    /// On the clock that cannot be set.
    began: Duration,
    known: Mutex<Known>,
    asked: tokio::sync::Mutex<Asked>,
    /// Whether an alert of this machine may be open: of this process, or of the one before it.
    told: AtomicBool,
}

/// When something was done last, on the clock that cannot be set.
#[derive(Default)]
struct Asked {
    /// Somebody was asked what time it is.
    asked: Option<Duration>,
    /// A person was told.
    told: Option<Duration>,
}

struct Known {
    since: Mark,
    /// How far ahead of Stripe's this has been since.
    error: SignedDuration,
    /// By witness.
    said: [Option<Saying>; 2],
}

impl Known {
    /// What the machine showed, and what has passed since.
    fn shown(&self, at: &Mark) -> Timestamp {
        self.since.machine + signed(at.steady.saturating_sub(self.since.steady))
    }
}

impl std::fmt::Debug for TrustedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TrustedClock({:?})", self.judge())
    }
}

impl Clock for TrustedClock {
    fn now(&self) -> Timestamp {
        let mark = self.mark();
        let known = self.known();
        known.shown(&mark) - known.error
    }

    fn steady(&self) -> Duration {
        self.0.machine.steady()
    }
}

impl TrustedClock {
    /// Begins with what the machine's clock shows.
    pub fn new(machine: Arc<dyn Clock>) -> Self {
        let since = Mark { machine: machine.now(), steady: machine.steady() };
        let known = Mutex::new(Known { since, error: SignedDuration::ZERO, said: [None; 2] });
        let began = since.steady;
        Self(Arc::new(Inner { machine, began, known, asked: tokio::sync::Mutex::default(), told: true.into() }))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Now, to be compared later.
    pub fn mark(&self) -> Mark {
        Mark { machine: self.0.machine.now(), steady: self.0.machine.steady() }
    }

    /// Takes in what the answer to a call says that was sent at `sent`. Whole seconds and the time on the way are taken off.
    pub fn hear(&self, witness: Witness, sent: &Mark, headers: &HeaderMap) {
        let received = self.mark();
        let Some(theirs) = date_of(headers) else { return };
        let ahead_of = |sent: Timestamp, received: Timestamp| {
            let ahead = sent.duration_since(theirs + SignedDuration::from_secs(1)).max(SignedDuration::ZERO);
            ahead - theirs.duration_since(received).max(SignedDuration::ZERO)
        };
        let mut known = self.known();
        let mut ahead = ahead_of(known.shown(sent), known.shown(&received));
        let machine = ahead_of(sent.machine, received.machine);
        // The machine was put right, or stood still as a whole for a while.
        if machine.abs() < ahead.abs() && !sent.jumped_until(&received) {
            tracing::warn!("The clock was {} s off, and is taken from the machine again", ahead.as_secs());
            known.since = received;
            known.error = SignedDuration::ZERO;
            ahead = machine;
        }
        if witness == Witness::Stripe {
            known.error = if ahead.abs() > TOLERATED { ahead } else { SignedDuration::ZERO };
        }
        known.said[witness as usize] = Some(Saying { ahead, at: received });
    }

    /// What somebody said last that holds, and who.
    fn said(&self) -> Option<(Witness, SignedDuration)> {
        let now = self.mark();
        let said = self.known().said;
        let holds =
            |saying: &Saying| now.steady.saturating_sub(saying.at.steady) <= HOLDS && !saying.at.jumped_until(&now);
        [Witness::Stripe, Witness::Panel]
            .into_iter()
            .zip(said)
            .find_map(|(witness, saying)| Some((witness, saying.filter(holds)?.ahead)))
    }

    /// What is known now.
    pub fn judge(&self) -> Judgement {
        match self.said() {
            None => Judgement::Unknown,
            Some((_, ahead)) if ahead.abs() > TOLERATED => Judgement::Wrong(ahead),
            Some(_) => Judgement::Right,
        }
    }

    /// Now, as whoever spoke last says it: what is told to others has to fit into their time.
    pub(crate) fn as_others_say(&self) -> Timestamp {
        match self.judge() {
            Judgement::Wrong(ahead) => self.known().shown(&self.mark()) - ahead,
            Judgement::Unknown | Judgement::Right => self.now(),
        }
    }

    /// What a person has to be told, if anything.
    fn trouble(&self) -> Option<String> {
        match self.said() {
            Some((_, ahead)) if ahead.abs() <= TOLERATED => None,
            Some((witness, ahead)) => Some(format!(
                "is {} s {} {}. Whatever runs there takes no orders and changes nothing until it is right",
                ahead.abs().as_secs(),
                if ahead.is_positive() { "ahead of" } else { "behind" },
                match witness {
                    Witness::Stripe => "Stripe's",
                    Witness::Panel => "the panel's, and Stripe is silent",
                }
            )),
            None if self.silence() < HOLDS => None,
            None => Some(
                "may be wrong: neither Stripe nor the panel has said for ten minutes what time it is. They do not answer, or something in \
                 between takes the date out of their answers. Nothing moves until one of them says it"
                    .to_owned(),
            ),
        }
    }

    /// For how long this process has been there.
    pub(crate) fn running(&self) -> Duration {
        self.steady().saturating_sub(self.0.began)
    }

    /// How long nobody has said what time it is.
    fn silence(&self) -> Duration {
        let known = self.known();
        let last = known.said.iter().flatten().map(|saying| saying.at.steady).max();
        self.steady().saturating_sub(last.unwrap_or(self.0.began))
    }

    /// Whether somebody says that the time is wrong.
    pub fn is_wrong(&self) -> bool {
        matches!(self.judge(), Judgement::Wrong(_))
    }
}

fn date_of(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    Some(rfc2822::parse(date).ok()?.timestamp())
}

impl App {
    /// Whether this machine's clock may be relied on; asks Stripe, then the panel, if nobody has said so lately. A person is told when it
    /// is wrong.
    pub async fn knows_the_time(&self) -> bool {
        let clock = &self.gate.clock;
        if clock.judge() == Judgement::Right && !clock.0.told.load(Ordering::Relaxed) {
            return true;
        }
        let mut last = clock.0.asked.lock().await;
        let now = clock.steady();
        let is_due = |last: Option<Duration>, rest| last.is_none_or(|last| now.saturating_sub(last) >= rest);
        if clock.judge() != Judgement::Right && is_due(last.asked, PAUSE) {
            last.asked = Some(now);
            // Any answer says what time it is, also a refusal.
            drop(self.stripe.list_newest_event().await);
            if clock.judge() == Judgement::Unknown {
                drop(self.panel.list_locations().await);
            }
            if let Some(trouble) = clock.trouble().filter(|_| is_due(last.told, TOLD_AGAIN)) {
                last.told = Some(now);
                clock.0.told.store(true, Ordering::Relaxed);
                let text = format!("The clock of the machine {} (process {}) {trouble}.", self.machine, self.worker);
                alerts::raise_alone(self, Rule::ClockWrong, &self.machine, &text).await;
            }
        }
        let right = clock.judge() == Judgement::Right;
        if right && clock.0.told.load(Ordering::Relaxed) {
            let cleared = alerts::clear_alone(self, Rule::ClockWrong, &self.machine).await.is_ok();
            clock.0.told.store(!cleared, Ordering::Relaxed);
            last.told = None;
        }
        right
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use http::HeaderValue;

    fn at(clock: &ManualClock) -> HeaderMap {
        let date = clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        HeaderMap::from_iter([(header::DATE, HeaderValue::try_from(date).unwrap())])
    }

    /// A machine whose clock is so many seconds off, the witness, and what the process goes by that begins now.
    fn clocks(off: i64) -> (ManualClock, ManualClock, TrustedClock) {
        let start: Timestamp = "2026-03-01T12:00:00.9Z".parse().unwrap();
        let machine = ManualClock::at(start + SignedDuration::from_secs(off));
        (machine.clone(), ManualClock::at(start), TrustedClock::new(Arc::new(machine)))
    }

    fn passes(clocks: [&ManualClock; 2], minutes: i64) {
        for clock in clocks {
            clock.advance(SignedDuration::from_mins(minutes));
        }
    }

    #[test]
    fn a_clock_is_right_until_it_is_ten_seconds_off() {
        for (off, judgement) in [
            (0, Judgement::Right),
            (10, Judgement::Right),
            (-10, Judgement::Right),
            (15, Judgement::Wrong(SignedDuration::from_millis(14_900))),
            (-15, Judgement::Wrong(SignedDuration::from_millis(-14_100))),
        ] {
            let (_, theirs, clock) = clocks(off);
            clock.hear(Witness::Stripe, &clock.mark(), &at(&theirs));
            assert_eq!(clock.judge(), judgement, "{off}");
        }
    }

    #[test]
    fn whoever_sets_the_machines_clock_moves_nothing() {
        let (machine, theirs, clock) = clocks(0);
        clock.hear(Witness::Stripe, &clock.mark(), &at(&theirs));
        for hours in [24, -30] {
            machine.jump(SignedDuration::from_hours(hours));
            assert_eq!(clock.now(), theirs.now());
            assert_eq!(clock.judge(), Judgement::Unknown, "somebody has to say which of the two is right");
            passes([&machine, &theirs], 1);
            clock.hear(Witness::Stripe, &clock.mark(), &at(&theirs));
            assert_eq!((clock.now(), clock.judge()), (theirs.now(), Judgement::Right));
        }
    }

    #[test]
    fn what_a_wrong_clock_leads_to_bears_the_time_that_stripe_says() {
        for off in [23_478, -7_200] {
            let (machine, theirs, clock) = clocks(off);
            clock.hear(Witness::Panel, &clock.mark(), &at(&theirs));
            assert_eq!(clock.now(), machine.now(), "the panel's machine may be wrong, too");
            let told = clock.as_others_say().duration_since(theirs.now()).abs();
            assert!(told <= SignedDuration::from_secs(1), "{told}");

            clock.hear(Witness::Stripe, &clock.mark(), &at(&theirs));

            passes([&machine, &theirs], 30);
            let left = clock.now().duration_since(theirs.now()).abs();
            assert!(left <= SignedDuration::from_secs(1) && clock.judge() != Judgement::Right, "{left}");
        }
    }

    #[test]
    fn a_clock_that_is_put_right_is_believed_again() {
        let (machine, theirs, clock) = clocks(7_200);
        clock.hear(Witness::Stripe, &clock.mark(), &at(&theirs));
        assert!(clock.is_wrong());

        machine.jump(SignedDuration::from_secs(-7_200));
        clock.hear(Witness::Stripe, &clock.mark(), &at(&theirs));

        assert_eq!((clock.now(), clock.judge()), (theirs.now(), Judgement::Right));
    }

    #[test]
    fn a_machine_that_stood_still_as_a_whole_goes_by_its_own_clock_again() {
        let (machine, theirs, clock) = clocks(0);
        clock.hear(Witness::Stripe, &clock.mark(), &at(&theirs));
        // What counts no time while the machine sleeps is behind afterwards; its clock is set from outside.
        theirs.advance(SignedDuration::from_hours(3));
        machine.jump(SignedDuration::from_hours(3));
        assert_eq!(clock.judge(), Judgement::Unknown);

        clock.hear(Witness::Stripe, &clock.mark(), &at(&theirs));

        assert_eq!((clock.now(), clock.judge()), (theirs.now(), Judgement::Right));
    }

    #[test]
    fn an_answer_that_was_long_on_its_way_says_nothing_bad() {
        let (machine, theirs, clock) = clocks(0);
        let (sent, answered) = (clock.mark(), at(&theirs));
        machine.advance(SignedDuration::from_secs(30));
        clock.hear(Witness::Stripe, &sent, &answered);
        assert_eq!(clock.judge(), Judgement::Right);
    }

    #[test]
    fn the_panel_counts_while_stripe_is_silent() {
        let (machine, theirs, clock) = clocks(0);
        let wrong = ManualClock::at("2026-03-01T11:00:00Z".parse().unwrap());
        clock.hear(Witness::Panel, &clock.mark(), &at(&wrong));
        assert!(clock.is_wrong());
        clock.hear(Witness::Stripe, &clock.mark(), &at(&theirs));
        assert_eq!(clock.judge(), Judgement::Right);

        passes([&machine, &theirs], 11);

        assert_eq!(clock.judge(), Judgement::Unknown, "what was said long ago does not hold");
        clock.hear(Witness::Stripe, &clock.mark(), &HeaderMap::new());
        assert_eq!(clock.judge(), Judgement::Unknown);
    }
}

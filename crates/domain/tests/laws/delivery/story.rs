//! Deliveries while everything that can go wrong goes wrong: each ends once, and in exactly one playable server or in a refund.

use super::panel::{ANSWERS, Effect, Fault, INSTALLS};
use super::worker::{Call, End, Game, Worker};
use crate::cases;
use domain::provision::AttemptOutcome;
use domain::refund::RefundReason;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use std::collections::BTreeSet;

/// By when a delivery without any trouble is done: two answers ten seconds apart, looks every five seconds, calls of a second.
const CALM: i64 = INSTALLS + ANSWERS + 10 + 20;
/// The same for a game that cannot be asked: a minute instead of the answers.
const CALM_UNVERIFIED: i64 = INSTALLS + ANSWERS + 60 + 20;
/// By when every delivery is decided, once the weather stays as it is: two hours and the blueprint's patience after the last thing
/// that moved; and three nodes, each with two installations, three starts and two creates, may each move something.
const DECIDED: i64 = 7200 + 300 + 120 + 3 * (2 * 300 + 3 * 120 + 2 * 180);

/// By when it is decided once nothing is wrong any more: an installation that hangs is waited for, then another node has its turn;
/// and by when what stands after a refund is gone.
const DECIDED_IN_CALM: i64 = 15 * 60;
const REMOVED_IN_CALM: i64 = 3 * 60;

/// What happens around a delivery.
#[derive(Debug, Clone)]
enum Event {
    Pass(i64),
    Begins(Fault),
    Ends(Fault),
    NextCreate(Call),
    NextCallCrashes,
    NextAnswerIsLost,
    ServerGoesDown,
    ServerGoesDownAfterItsNextAnswer,
    ServerIsRemoved,
    ServerIsReplaced,
    CustomerStops,
}

/// What is to be expected of a delivery by the weather alone, without any of its rules.
#[derive(Debug, Clone)]
struct Weather {
    game: Game,
    nodes: i64,
    /// How the first calls to create go.
    calls: Vec<Call>,
    /// Whether it clears up at the end, or stays as it is.
    clears_up: bool,
    elapsed: i64,
    faults: BTreeSet<Fault>,
    /// Nothing ever went wrong.
    calm: bool,
    /// Somebody took the server away or put another one there.
    meddled: bool,
    /// The customer stopped at that moment.
    stopped: Option<i64>,
}

pub(super) fn call() -> impl Strategy<Value = Call> {
    use AttemptOutcome::{Created, Found, HeldBack, Lost, Refused, RolledBack};
    let takes = 1_i64..=60;
    let answered = |outcome| Call { effect: Effect::Nothing, outcome: Some(outcome), ..Call::GOOD };
    // What a call does that nobody heard the end of: it may go on for a minute, and take back what it did half a minute later.
    let unheard = prop_oneof![
        1 => Just(Effect::Nothing),
        3 => (0_i64..=85).prop_map(|from| Effect::Stays { from }),
        3 => (0_i64..=60).prop_flat_map(|from| (from + 1..=90).prop_map(move |until| Effect::RolledBack { from, until })),
    ];
    prop_oneof![
        4 => (takes.clone(), unheard.clone()).prop_map(|(takes, effect)| {
            // Cut off by us at `takes`: the panel has half a minute more.
            let effect = match effect {
                Effect::Stays { from } => Effect::Stays { from: from.min(takes + 25) },
                Effect::RolledBack { from, until } => {
                    let from = from.min(takes);
                    Effect::RolledBack { from, until: until.clamp(from + 1, takes + 30) }
                }
                Effect::Nothing => Effect::Nothing,
            };
            Call { takes, effect, outcome: Some(Lost), crash_after: false }
        }),
        3 => (takes.clone(), unheard).prop_map(|(takes, effect)| Call { takes, effect, outcome: None, crash_after: false }),
        1 => takes.prop_map(|takes| Call { takes, outcome: Some(Created), crash_after: true, ..Call::GOOD }),
        4 => prop::sample::select(vec![Found, RolledBack, Refused, HeldBack]).prop_map(answered),
    ]
}

impl ReferenceStateMachine for Weather {
    type State = Self;
    type Transition = Event;

    fn init_state() -> BoxedStrategy<Self> {
        let calls = prop_oneof![Just(vec![]), prop::collection::vec(call(), 1..4)];
        (any::<bool>(), any::<bool>(), any::<bool>(), 1_i64..=4, calls)
            .prop_map(|(has_probe, needs_preparation, clears_up, nodes, calls)| Self {
                game: Game { has_probe, needs_preparation },
                nodes,
                calm: calls.is_empty(),
                calls,
                clears_up,
                elapsed: 0,
                faults: BTreeSet::new(),
                meddled: false,
                stopped: None,
            })
            .boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Event> {
        let bad: Vec<_> = state.faults.iter().copied().map(Event::Ends).collect();
        let good: Vec<_> =
            Fault::ALL.into_iter().filter(|fault| !state.faults.contains(fault)).map(Event::Begins).collect();
        let change = if bad.is_empty() { good } else { [bad, good].concat() };
        prop_oneof![
            8 => (1_i64..=30).prop_map(Event::Pass),
            4 => (30_i64..=900).prop_map(Event::Pass),
            4 => prop::sample::select(change),
            3 => call().prop_map(Event::NextCreate),
            1 => Just(Event::NextCallCrashes),
            1 => Just(Event::NextAnswerIsLost),
            2 => Just(Event::ServerGoesDown),
            2 => Just(Event::ServerGoesDownAfterItsNextAnswer),
            // One of these ends most deliveries: not too often.
            1 => prop::sample::select(vec![
                Event::ServerIsRemoved, Event::ServerIsReplaced, Event::CustomerStops, Event::Pass(3600),
            ]),
        ]
        .boxed()
    }

    fn apply(mut state: Self, event: &Event) -> Self {
        match event {
            Event::Pass(seconds) => state.elapsed += seconds,
            Event::Begins(fault) => {
                state.faults.insert(*fault);
                state.calm = false;
            }
            Event::Ends(fault) => {
                state.faults.remove(fault);
            }
            Event::CustomerStops => state.stopped = state.stopped.or(Some(state.elapsed)),
            Event::ServerIsRemoved | Event::ServerIsReplaced => (state.calm, state.meddled) = (false, true),
            Event::NextCreate(_)
            | Event::NextCallCrashes
            | Event::NextAnswerIsLost
            | Event::ServerGoesDown
            | Event::ServerGoesDownAfterItsNextAnswer => {
                state.calm = false;
            }
        }
        state
    }
}

struct Delivery;

impl StateMachineTest for Delivery {
    type SystemUnderTest = Worker;
    type Reference = Weather;

    fn init_test(weather: &Weather) -> Worker {
        Worker::new(weather.game, weather.nodes, weather.calls.clone())
    }

    fn apply(mut worker: Worker, _: &Weather, event: Event) -> Worker {
        let now = worker.now;
        let under_way = worker.end.is_none();
        match event {
            Event::Pass(seconds) => worker.run_until(now + seconds),
            Event::Begins(fault) => {
                worker.panel.faults.insert(fault);
            }
            Event::Ends(fault) => {
                worker.panel.faults.remove(&fault);
            }
            Event::NextCreate(call) => worker.calls.push(call),
            Event::NextCallCrashes => worker.crash_next = true,
            Event::NextAnswerIsLost => worker.lose_next_answer = true,
            Event::ServerGoesDown => worker.panel.crash(now),
            Event::ServerGoesDownAfterItsNextAnswer => worker.last_answer = true,
            Event::ServerIsRemoved if under_way => worker.panel.remove(now),
            Event::ServerIsReplaced if under_way && worker.panel.standing(now).is_some() => worker.panel.replace(now),
            Event::CustomerStops if under_way => {
                worker.stop = true;
                worker.wake();
                worker.run_until(now);
                assert_eq!(worker.end.map(|(_, end)| end), Some(End::GivenBack(RefundReason::Cancelled)));
            }
            Event::ServerIsRemoved | Event::ServerIsReplaced | Event::CustomerStops => {}
        }
        worker
    }

    fn check_invariants(worker: &Worker, weather: &Weather) {
        let end = worker.end.map(|(_, end)| end);
        if weather.calm {
            let enough = if weather.game.has_probe { CALM } else { CALM_UNVERIFIED };
            match weather.stopped {
                None if weather.elapsed >= enough => assert_eq!(end, Some(End::Fulfilled)),
                Some(when) if when >= enough => assert_eq!(end, Some(End::Fulfilled)),
                // No installation is that fast: it was stopped in time.
                Some(when) if when < INSTALLS => assert_eq!(end, Some(End::GivenBack(RefundReason::Cancelled))),
                None | Some(_) => {}
            }
            assert!(worker.attempts.len() <= 1, "one call makes one server");
        }
        match end {
            Some(End::Parked(_)) => assert!(weather.meddled, "only somebody else's server is left to a person"),
            Some(End::GivenBack(RefundReason::Cancelled)) => assert!(weather.stopped.is_some()),
            // What a lost call had made and took back was never ours: only what somebody took away has vanished.
            Some(End::GivenBack(RefundReason::ServerVanished)) => assert!(weather.meddled),
            Some(End::Fulfilled | End::GivenBack(_)) | None => {}
        }
    }

    fn teardown(mut worker: Worker, weather: Weather) {
        let patience = if weather.clears_up { DECIDED_IN_CALM } else { DECIDED };
        if weather.clears_up {
            worker.panel.faults.clear();
            worker.calls.clear();
        }
        let now = worker.now;
        worker.run_until(now + patience);
        let (_, end) = worker.end.unwrap_or_else(|| panic!("undecided after {patience} seconds: {worker:?}"));
        worker.run_until(now + patience + REMOVED_IN_CALM);
        let lasting: Vec<_> = worker.panel.lasting().collect();
        match end {
            End::Fulfilled => {
                assert_eq!(lasting.len(), 1, "exactly one server: {:?}", worker.panel);
                assert_eq!(Some(&lasting[0].uuid), worker.progress.server.as_ref());
            }
            End::GivenBack(_) if weather.clears_up => {
                assert!(worker.removed && lasting.is_empty(), "the money went back and a server stands: {worker:?}");
            }
            End::GivenBack(_) | End::Parked(_) => {}
        }
    }
}

prop_state_machine! {
    #![proptest_config(cases(2048))]

    #[test]
    fn every_delivery_ends_in_one_playable_server_or_in_a_refund(sequential 1..40 => Delivery);
}

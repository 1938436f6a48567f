//! Taking away what stands, and what may still appear, while panel and Stripe fail.

use super::panel::{Effect, Fault};
use super::story::call;
use super::worker::{Call, Worker};
use crate::cases;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

/// By when everything is gone once nothing is wrong any more: a call that was cut off settles for two minutes.
const GONE: i64 = 150;

#[derive(Debug, Clone)]
enum Event {
    Pass(i64),
    Begins(Fault),
    Ends(Fault),
    NextAnswerIsLost,
}

/// What had been asked of the panel when the delivery was stopped, and what is wrong now.
#[derive(Debug, Clone)]
struct Rest {
    /// The last call may still act; those before it made nothing.
    call: Call,
    stopped_at: i64,
    elapsed: i64,
    faults: Vec<Fault>,
    /// Since when nothing is wrong; `None` while something is.
    calm_since: Option<i64>,
}

impl Rest {
    /// When the panel has done all that it was asked to do.
    fn acts_until(&self) -> i64 {
        match self.call.effect {
            Effect::Nothing => 0,
            Effect::Stays { from } => from,
            Effect::RolledBack { until, .. } => until,
        }
    }
}

impl ReferenceStateMachine for Rest {
    type State = Self;
    type Transition = Event;

    fn init_state() -> BoxedStrategy<Self> {
        (call(), 0_i64..150)
            .prop_map(|(call, stopped_at)| {
                let stopped_at = stopped_at.max(call.takes);
                Self { call, stopped_at, elapsed: stopped_at, faults: vec![], calm_since: Some(stopped_at) }
            })
            .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Event> {
        let fault = prop::sample::select(vec![Fault::Silent, Fault::NoDeletes, Fault::StripeSilent]);
        prop_oneof![
            5 => (1_i64..40).prop_map(Event::Pass),
            2 => fault.clone().prop_map(Event::Begins),
            3 => fault.prop_map(Event::Ends),
            1 => Just(Event::NextAnswerIsLost),
        ]
        .boxed()
    }

    fn apply(mut state: Self, event: &Event) -> Self {
        match event {
            Event::Pass(seconds) => state.elapsed += seconds,
            Event::Begins(fault) => state.faults.push(*fault),
            Event::Ends(fault) => state.faults.retain(|other| other != fault),
            Event::NextAnswerIsLost => {}
        }
        state.calm_since = if state.faults.is_empty() { state.calm_since.or(Some(state.elapsed)) } else { None };
        state
    }
}

struct Removal;

impl StateMachineTest for Removal {
    type SystemUnderTest = Worker;
    type Reference = Rest;

    fn init_test(rest: &Rest) -> Worker {
        Worker::stopped_after(&[rest.call], rest.stopped_at)
    }

    fn apply(mut worker: Worker, _: &Rest, event: Event) -> Worker {
        match event {
            Event::Pass(seconds) => worker.run_until(worker.now + seconds),
            Event::Begins(fault) => {
                worker.panel.faults.insert(fault);
            }
            Event::Ends(fault) => {
                worker.panel.faults.remove(&fault);
            }
            Event::NextAnswerIsLost => worker.lose_next_answer = true,
        }
        worker
    }

    fn check_invariants(worker: &Worker, rest: &Rest) {
        if worker.removed {
            assert!(rest.elapsed >= rest.acts_until(), "called gone before the panel had done what it was asked to do");
            assert!(worker.panel.is_settled_without_server(worker.now));
        }
        if rest.calm_since.is_some_and(|since| rest.elapsed >= since.max(rest.stopped_at) + GONE) {
            assert!(worker.removed, "nothing was wrong for {GONE} seconds: {worker:?}");
        }
    }

    fn teardown(mut worker: Worker, _: Rest) {
        worker.panel.faults.clear();
        worker.run_until(worker.now + GONE);
        assert!(worker.removed && worker.panel.lasting().next().is_none(), "something stands: {worker:?}");
    }
}

prop_state_machine! {
    #![proptest_config(cases(2048))]

    #[test]
    fn a_removal_ends_when_nothing_stands_and_nothing_can_appear(sequential 1..30 => Removal);
}

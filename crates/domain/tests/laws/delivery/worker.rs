//! Takes the steps that the rules choose, as `app/work/provision.rs` and `app/work/terminate.rs` do, in simulated time; and holds
//! each of them against what is really the case at the panel.

use super::panel::{Effect, Fault, Panel};
use super::{at, seconds};
use domain::provision::{
    Attempt, AttemptOutcome, Deadlines, Look, ParkReason, Power, Progress, Seen, Sighting, Step, Waits, next_step,
};
use domain::refund::RefundReason;
use domain::removal::{self, Found};
use jiff::Timestamp;

/// After a crash another worker goes on once the claim has lapsed (O9).
const TAKEN_OVER: i64 = 90;

/// How a call to create a server goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call {
    /// Seconds until it is answered, or cut off.
    pub(super) takes: i64,
    pub(super) effect: Effect,
    /// What is written down of it; `None` when we crash before that.
    pub(super) outcome: Option<AttemptOutcome>,
    /// We crash between writing that down and writing down the server.
    pub(super) crash_after: bool,
}

impl Call {
    pub(super) const GOOD: Self = Self {
        takes: 1,
        effect: Effect::Stays { from: 0 },
        outcome: Some(AttemptOutcome::Created),
        crash_after: false,
    };
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Fulfilled,
    GivenBack(RefundReason),
    Parked(ParkReason),
}

/// What an act at the panel led to.
enum Done {
    GoOn,
    Wait(i64),
    Ended,
}

/// An answer of the game: when, and in which run of which server.
type Answer = (i64, String, u32);

#[derive(Debug, Clone)]
pub(super) struct Worker {
    pub(super) panel: Panel,
    pub(super) now: i64,
    pub(super) stop: bool,
    pub(super) end: Option<(i64, End)>,
    /// Whether the removal that follows a refund is over.
    pub(super) removed: bool,
    /// How the next calls to create go; good ones follow.
    pub(super) calls: Vec<Call>,
    pub(super) crash_next: bool,
    pub(super) lose_next_answer: bool,
    /// The server goes down right after its game's next answer.
    pub(super) last_answer: bool,
    pub(super) attempts: Vec<Attempt>,
    pub(super) progress: Progress,
    game: Game,
    wake: i64,
    has_account: bool,
    node: i64,
    nodes: i64,
    subscription_ended: bool,
    answers: Vec<Answer>,
}

/// What kind of game is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Game {
    pub(super) has_probe: bool,
    pub(super) needs_preparation: bool,
}

impl Worker {
    pub(super) fn new(game: Game, nodes: i64, calls: Vec<Call>) -> Self {
        Self {
            panel: Panel::default(),
            now: 0,
            stop: false,
            end: None,
            removed: false,
            calls,
            crash_next: false,
            lose_next_answer: false,
            last_answer: false,
            attempts: vec![],
            progress: Progress::default(),
            game,
            wake: 0,
            has_account: false,
            node: 1,
            nodes,
            subscription_ended: false,
            answers: vec![],
        }
    }

    /// A service whose delivery was stopped after these calls, the first of them at second 0, each after the other had ended.
    pub(super) fn stopped_after(calls: &[Call], now: i64) -> Self {
        let game = Game { has_probe: true, needs_preparation: true };
        let mut worker = Self::new(game, 1, vec![]);
        for call in calls {
            let started_at = worker.at();
            worker.panel.create(1, call.effect, worker.now);
            worker.now += call.takes;
            let finished_at = call.outcome.map(|_| worker.at());
            worker.attempts.push(Attempt { node: 1, started_at, finished_at, outcome: call.outcome });
        }
        worker.now = worker.now.max(now);
        worker.end = Some((worker.now, End::GivenBack(RefundReason::Cancelled)));
        worker
    }

    /// Lets time pass and works whenever something is due.
    pub(super) fn run_until(&mut self, end: i64) {
        while self.wake <= end && !self.is_idle() {
            self.now = self.now.max(self.wake);
            self.wake = if self.end.is_none() { self.deliver() } else { self.remove() };
            assert!(self.wake > self.now, "the work spins at {}", self.now);
        }
        self.now = self.now.max(end);
    }

    /// Somebody asked to stop: the job is woken.
    pub(super) fn wake(&mut self) {
        self.wake = self.now;
    }

    fn is_idle(&self) -> bool {
        match self.end {
            None => false,
            Some((_, End::GivenBack(_))) => self.removed,
            Some((_, End::Fulfilled | End::Parked(_))) => true,
        }
    }

    fn at(&self) -> Timestamp {
        at(self.now)
    }

    fn deliver(&mut self) -> i64 {
        for _ in 0..24 {
            let look = self.look();
            let step = next_step(&self.seen(look.clone()), self.at());
            match self.take(step, &look) {
                Done::GoOn => {}
                Done::Wait(until) => return until,
                Done::Ended => return self.now + 1,
            }
            assert!(self.panel.lasting().filter(|server| server.ours).count() <= 1, "two servers: {:?}", self.panel);
        }
        self.now + 1
    }

    fn look(&mut self) -> Look {
        let look = self.panel.look(self.progress.start_sent_at.is_some(), self.now);
        match &look {
            Look::Present(server) if server.power == Some(Power::Running) => {
                let now = self.at();
                self.progress.running_since.get_or_insert(now);
            }
            Look::Present(server) if server.power.is_some() => {
                (self.progress.running_since, self.progress.answered_at) = (None, None);
            }
            Look::Present(_) | Look::Absent | Look::Unknown => {}
        }
        look
    }

    fn seen(&self, look: Look) -> Seen {
        Seen {
            began_at: at(0),
            stop: self.stop,
            has_account: self.has_account,
            look,
            attempts: self.attempts.clone(),
            progress: self.progress.clone(),
            deadlines: Deadlines { install: seconds(300), start: seconds(120) },
            waits: Waits::default(),
            needs_preparation: self.game.needs_preparation,
            has_probe: self.game.has_probe,
            node: Some(self.node),
            other_node: self.other_node().is_some(),
        }
    }

    fn other_node(&self) -> Option<i64> {
        let spent = |node: &i64| self.attempts.iter().any(|attempt| attempt.node == *node);
        let mut nodes = 1..=self.nodes;
        let found =
            nodes.find(|node| *node != self.node && !spent(node) && !self.progress.abandoned_nodes.contains(node));
        found.filter(|_| !self.panel.suffers(Fault::NoOtherRoom))
    }

    /// Carries out a call at the panel. `None`: nothing of it may be remembered, for it was not let in, its answer was lost, or we
    /// crashed with it.
    fn call(&mut self, act: impl FnOnce(&mut Panel, i64)) -> Option<()> {
        if self.panel.suffers(Fault::Silent) {
            return None;
        }
        act(&mut self.panel, self.now);
        (!std::mem::take(&mut self.lose_next_answer) && !self.crash_next).then_some(())
    }

    /// When to go on after a call that did not work out.
    fn later(&mut self) -> Done {
        Done::Wait(self.now + if std::mem::take(&mut self.crash_next) { TAKEN_OVER } else { 5 })
    }

    fn take(&mut self, step: Step, look: &Look) -> Done {
        let (now, game) = (self.at(), self.game);
        match step {
            Step::Wait(until, _) => Done::Wait(until.as_second() - at(0).as_second()),
            Step::EnsureAccount if self.panel.suffers(Fault::NoLogins) => self.later(),
            Step::EnsureAccount => match self.call(|_, _| {}) {
                Some(()) => {
                    self.has_account = true;
                    Done::GoOn
                }
                None => self.later(),
            },
            Step::MoveReservation => {
                self.node = self.other_node().expect("a node to move to");
                Done::GoOn
            }
            Step::Create => self.create(look),
            Step::RecordSighting(uuid) => {
                self.progress.sighted = Some(Sighting { uuid, at: now });
                Done::GoOn
            }
            Step::Adopt(uuid) => {
                (self.progress.server, self.progress.server_at) = (Some(uuid), Some(now));
                Done::GoOn
            }
            Step::MendPorts => {
                self.progress.mends += 1;
                self.call(Panel::mend).map_or_else(|| self.later(), |()| Done::GoOn)
            }
            Step::Reinstall => self.tell(Panel::reinstall, |progress| progress.reinstalled_at = Some(now)),
            Step::Prepare => self.tell(Panel::prepare, |progress| {
                (progress.prepared_at, progress.installed_at) = (Some(now), progress.installed_at.or(Some(now)));
            }),
            Step::Start => self.tell(
                |panel, now| panel.start(game.needs_preparation, now),
                |progress| {
                    progress.installed_at = progress.installed_at.or(Some(now));
                    (progress.start_sent_at, progress.starts) = (Some(now), progress.starts + 1);
                    (progress.running_since, progress.answered_at) = (None, None);
                },
            ),
            Step::Ask => self.ask(),
            Step::Fulfil { verified } => self.fulfil(verified),
            Step::Discard => {
                self.progress.discarding = true;
                Done::GoOn
            }
            Step::Delete => self.delete(),
            Step::Discarded => {
                let mut abandoned_nodes = std::mem::take(&mut self.progress.abandoned_nodes);
                abandoned_nodes.push(self.node);
                self.progress = Progress { abandoned_nodes, discarded_at: Some(now), ..Progress::default() };
                Done::GoOn
            }
            Step::GiveBack(reason) => self.ended(End::GivenBack(reason)),
            Step::Park(reason) => self.ended(End::Parked(reason)),
        }
    }

    fn ended(&mut self, end: End) -> Done {
        assert_eq!(self.end, None, "a delivery ends once");
        self.end = Some((self.now, end));
        Done::Ended
    }

    fn tell(&mut self, act: impl FnOnce(&mut Panel, i64), note: impl FnOnce(&mut Progress)) -> Done {
        match self.call(act) {
            Some(()) => {
                note(&mut self.progress);
                Done::GoOn
            }
            None => self.later(),
        }
    }

    fn create(&mut self, look: &Look) -> Done {
        assert_eq!(*look, Look::Absent, "only a panel that said so just now has no server (S7)");
        // By what the panel still does, not by what we know of it.
        assert!(
            self.panel.is_settled_without_server(self.now),
            "created while something may still appear: {:?}",
            self.panel
        );
        let confirmed = |attempt: &&Attempt| attempt.outcome == Some(AttemptOutcome::Created);
        let last = self.attempts.iter().filter(confirmed).filter_map(|attempt| attempt.finished_at).max();
        assert!(last <= self.progress.discarded_at, "a server that the panel had confirmed is made again");
        let (node, started_at) = (self.node, self.at());
        if self.panel.suffers(Fault::Silent) {
            self.attempts.push(Attempt {
                node,
                started_at,
                finished_at: Some(started_at),
                outcome: Some(AttemptOutcome::HeldBack),
            });
            return self.later();
        }
        let call = if self.calls.is_empty() { Call::GOOD } else { self.calls.remove(0) };
        let uuid = self.panel.create(node, call.effect, self.now);
        self.now += call.takes;
        let finished_at = call.outcome.map(|_| self.at());
        self.attempts.push(Attempt { node, started_at, finished_at, outcome: call.outcome });
        match call.outcome {
            None => Done::Wait(self.now + TAKEN_OVER),
            Some(AttemptOutcome::Created) => {
                if call.crash_after {
                    return Done::Wait(self.now + TAKEN_OVER);
                }
                (self.progress.server, self.progress.server_at) = (Some(uuid), Some(self.at()));
                Done::GoOn
            }
            Some(AttemptOutcome::HeldBack) => self.later(),
            Some(AttemptOutcome::Found | AttemptOutcome::RolledBack | AttemptOutcome::Refused) => Done::GoOn,
            Some(AttemptOutcome::Lost) => Done::GoOn,
        }
    }

    fn ask(&mut self) -> Done {
        let now = self.at();
        if !self.panel.game_answers(self.now) {
            self.progress.answered_at = None;
            return Done::Wait(self.now + 5);
        }
        let server = self.panel.standing(self.now).expect("a game that answers has a server");
        self.answers.push((self.now, server.uuid.clone(), server.run));
        match self.progress.answered_at {
            Some(_) => self.progress.confirmed_at = Some(now),
            None => self.progress.answered_at = Some(now),
        }
        if std::mem::take(&mut self.last_answer) {
            self.panel.crash(self.now);
        }
        Done::GoOn
    }

    /// S5, by what really happened: this server, in this run, answered twice; or runs for a minute.
    fn fulfil(&mut self, verified: bool) -> Done {
        let server = self.panel.standing(self.now).expect("what is handed over stands");
        assert_eq!(Some(&server.uuid), self.progress.server.as_ref());
        assert!(server.ours, "somebody else's server is handed over");
        assert_eq!(server.node, self.node, "it stands where the customer is told to go");
        let up = server.runs_since(self.now).expect("what is handed over runs");
        if verified {
            let mine = |answer: &&Answer| (&answer.1, answer.2) == (&server.uuid, server.run);
            let times: Vec<i64> = self.answers.iter().filter(mine).map(|answer| answer.0).collect();
            let apart = times.last().zip(times.first()).is_some_and(|(last, first)| last - first >= 10);
            assert!(apart, "run {} of {} answered at {times:?}", server.run, server.uuid);
        } else {
            assert!(!self.game.has_probe && self.now - up >= 60, "it runs since {up}, and now is {}", self.now);
        }
        self.ended(End::Fulfilled)
    }

    fn delete(&mut self) -> Done {
        let server = self.panel.standing(self.now).expect("what is deleted was seen");
        assert!(
            server.ours && Some(&server.uuid) == self.progress.server.as_ref(),
            "somebody else's server is deleted"
        );
        if self.panel.suffers(Fault::NoDeletes) {
            return self.later();
        }
        self.call(Panel::remove).map_or_else(|| self.later(), |()| Done::GoOn)
    }

    /// The other job: takes away whatever stands after the money went back.
    fn remove(&mut self) -> i64 {
        for _ in 0..6 {
            let found = match self.panel.look(false, self.now) {
                Look::Unknown => Found::Unknown,
                Look::Absent => Found::Nothing,
                Look::Present(_) => Found::Server,
            };
            let seen = removal::Seen {
                subscription_ended: self.subscription_ended,
                found,
                attempts: &self.attempts,
                waits: Waits::default(),
            };
            match removal::next_step(&seen, self.at()) {
                removal::Step::Wait(until) => return until.as_second() - at(0).as_second(),
                removal::Step::EndSubscription if self.panel.suffers(Fault::StripeSilent) => return self.now + 5,
                removal::Step::EndSubscription => self.subscription_ended = true,
                removal::Step::Delete => {
                    assert!(self.subscription_ended, "the money stops before the server does (M10)");
                    if self.panel.suffers(Fault::NoDeletes) || self.call(Panel::remove).is_none() {
                        self.crash_next = false;
                        return self.now + 5;
                    }
                }
                removal::Step::Finish => {
                    assert!(self.subscription_ended);
                    assert!(self.panel.is_settled_without_server(self.now), "called gone: {:?}", self.panel);
                    self.removed = true;
                    return self.now + 1;
                }
            }
        }
        self.now + 1
    }
}

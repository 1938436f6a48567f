//! What will happen by itself, and when. Entries are applied lazily, in order of time, before the next request or tick.

use std::collections::BTreeMap;

use super::billing::cycle;
use super::objects::{refunds, sessions, subscriptions, test_clocks};
use super::state::State;

/// Bound on what one catch-up applies, against a plan that re-plans itself without end.
const AT_MOST: usize = 100_000;

/// One thing that becomes due.
#[derive(Debug, Clone)]
pub(crate) enum Due {
    ExpireSession(String),
    SettleDebit { invoice: String, succeeds: bool },
    TellUpcoming(String),
    TellTrialEnds(String),
    EndPeriod(String),
    EndTrial(String),
    CancelSubscription(String),
    ExpireIncomplete(String),
    ExpirePendingUpdate(String),
    FinalizeInvoice(String),
    RetryInvoice(String),
    TurnRefund { refund: String, succeeds: bool },
    ReachFrozenTime { clock: String, time: i64 },
}

type Line = BTreeMap<(i64, u64), Due>;

/// One time line for the sandbox clock and one per test clock.
#[derive(Debug, Default, Clone)]
pub(crate) struct Agenda {
    lines: BTreeMap<Option<String>, Line>,
    planned: u64,
}

impl Agenda {
    pub(crate) fn plan(&mut self, clock: Option<String>, at: i64, due: Due) {
        self.planned += 1;
        self.lines.entry(clock).or_default().insert((at, self.planned), due);
    }

    fn next(&mut self, clock: &Option<String>, until: i64) -> Option<(i64, Due)> {
        let line = self.lines.get_mut(clock)?;
        let (key, _) = line.first_key_value()?;
        let key = *key;
        if key.0 > until { None } else { line.remove(&key).map(|due| (key.0, due)) }
    }

    pub(crate) fn forget(&mut self, clock: &str) {
        self.lines.remove(&Some(clock.to_owned()));
    }
}

impl State {
    /// Plans `due` on the time line of the current act.
    pub(crate) fn plan(&mut self, at: i64, due: Due) {
        self.agenda.plan(self.test_clock.clone(), at, due);
    }

    /// Applies everything that became due on the sandbox clock until `wall`, each at its own instant.
    pub(crate) fn catch_up(&mut self, wall: i64) {
        self.origin = None;
        self.wall = self.wall.max(wall);
        let until = self.wall;
        for _ in 0..AT_MOST {
            let Some((at, due)) = self.agenda.next(&None, until) else { break };
            self.wall = at;
            self.enter_clock(None);
            self.apply(due);
        }
        self.wall = until;
        self.enter_clock(None);
    }

    /// Applies everything that became due on a test clock until `time`; events still carry the sandbox clock.
    pub(crate) fn catch_up_clock(&mut self, clock: &str, time: i64) {
        let line = Some(clock.to_owned());
        for _ in 0..AT_MOST {
            let Some((at, due)) = self.agenda.next(&line, time) else { break };
            test_clocks::set_time(self, clock, at);
            self.enter_clock(line.clone());
            self.apply(due);
        }
        test_clocks::set_time(self, clock, time);
        self.enter_clock(None);
    }

    fn apply(&mut self, due: Due) {
        match due {
            Due::ExpireSession(id) => sessions::expire_if_due(self, id),
            Due::SettleDebit { invoice, succeeds } => sessions::settle_debit(self, &invoice, succeeds),
            Due::TellUpcoming(id) => cycle::tell_upcoming(self, &id),
            Due::TellTrialEnds(id) => cycle::tell_trial_ends(self, &id),
            Due::EndPeriod(id) => cycle::end_period(self, &id),
            Due::EndTrial(id) => cycle::end_trial(self, &id),
            Due::CancelSubscription(id) => subscriptions::cancel_as_planned(self, &id),
            Due::ExpireIncomplete(id) => cycle::expire_incomplete(self, &id),
            Due::ExpirePendingUpdate(id) => cycle::expire_pending_update(self, &id),
            Due::FinalizeInvoice(id) => cycle::finalize_and_charge(self, &id),
            Due::RetryInvoice(id) => cycle::retry(self, &id),
            Due::TurnRefund { refund, succeeds } => refunds::turn(self, &refund, succeeds),
            Due::ReachFrozenTime { clock, time } => test_clocks::reach(self, &clock, time),
        }
    }
}

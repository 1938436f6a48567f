//! What the daemons do: installs, starts, stops and crashes, applied when somebody looks.

use super::faults::Fault;
use super::feed::News;
use super::machine::{Due, Install, Launch, Machine, Power, Signal};
use super::model::{RowId, Server, Status};
use super::state::{LateAct, Made, Pending, State};
use super::voices::furnish;
use jiff::{SignedDuration, Timestamp};

/// From an accepted signal to its effect, at speed 1.
const SIGNAL_DELAY: SignedDuration = SignedDuration::from_millis(500);
/// From a stop to offline, at speed 1.
const STOP_TIME: SignedDuration = SignedDuration::from_secs(3);
/// Within what time a game without its EULA exits, at speed 1.
const REFUSAL_TIME: SignedDuration = SignedDuration::from_secs(4);
/// More transitions than this at once mean a loop.
const MOST_TRANSITIONS: usize = 1_000_000;

impl State {
    /// Applies everything that is due by `now`, in its order. Calls to be worked off later come back to the caller.
    pub(super) fn apply_due(&mut self, now: Timestamp) -> Vec<Pending> {
        for _ in 0..MOST_TRANSITIONS {
            let machines = self.machines.iter().filter_map(|(id, machine)| Some((machine.next()?, *id)));
            let machine = machines.min_by_key(|((at, _), _)| *at).filter(|((at, _), _)| *at <= now);
            let chore = self.next_chore().filter(|(at, _)| *at <= now);
            match (machine, chore) {
                (Some(((at, due), id)), chore) if chore.is_none_or(|(later, _)| at <= later) => {
                    self.happen(id, at, due)
                }
                (_, Some((at, chore))) => self.do_chore(chore, at, now),
                (_, None) => break,
            }
        }
        let (due, waiting) = std::mem::take(&mut self.pending).into_iter().partition(|pending| pending.at <= now);
        self.pending = waiting;
        let due: Vec<Pending> = due;
        let (vanish, work): (Vec<_>, Vec<_>) = due.into_iter().partition(|it| matches!(it.act, LateAct::Vanish(_)));
        for pending in vanish {
            match pending.act {
                LateAct::Vanish(Made::Server(id)) => self.remove_server(id),
                LateAct::Vanish(Made::User(id)) => drop(self.users.remove(&id)),
                LateAct::Work(_) => {}
            }
        }
        work
    }

    fn happen(&mut self, id: RowId, at: Timestamp, due: Due) {
        match due {
            Due::Signal => {
                let signal = self.machines.get_mut(&id).and_then(|machine| machine.signals.pop_front());
                if let Some((_, signal)) = signal {
                    self.obey(id, signal, at);
                }
            }
            Due::Report => self.report_install(id, at),
            Due::Process => self.process_event(id, at),
        }
    }

    fn report_install(&mut self, id: RowId, at: Timestamp) {
        let Some(install) = self.machines.get_mut(&id).and_then(|machine| machine.install.take()) else { return };
        let status = match (install.fails, install.reinstall) {
            (false, _) => Status::Installed,
            (true, false) => Status::InstallFailed,
            (true, true) => Status::ReinstallFailed,
        };
        if self.servers.get(&id).is_some_and(|server| server.status != Status::Suspended) {
            self.set_status(id, status, at);
        }
        if !install.fails {
            self.furnish(id, at);
        }
        self.tell(id, News::InstallCompleted);
        if install.start_after && !install.fails {
            self.launch(id, at);
        }
    }

    fn process_event(&mut self, id: RowId, at: Timestamp) {
        if self.machines.get(&id).is_some_and(|machine| matches!(machine.power, Power::Starting(Launch::Ready(_)))) {
            self.say_ready(id, at);
        }
        let Some(machine) = self.machines.get_mut(&id) else { return };
        match machine.power {
            Power::Starting(Launch::Ready(_)) => machine.set_power(Power::Running { since: at }),
            Power::Starting(Launch::Crash(_)) => {
                if machine.crash(at) {
                    self.launch(id, at);
                }
            }
            Power::Stopping { then_start, .. } => {
                machine.set_power(Power::Offline);
                if then_start {
                    self.launch(id, at);
                }
            }
            Power::Offline | Power::Running { .. } | Power::Starting(Launch::Never) => {}
        }
    }

    /// The running game exits by itself; whether there was one.
    pub(super) fn crash_game(&mut self, id: RowId, at: Timestamp) -> bool {
        let Some(machine) = self.machines.get_mut(&id).filter(|machine| machine.is_running()) else { return false };
        if machine.crash(at) {
            self.launch(id, at);
        }
        true
    }

    /// Leaves behind what an installer does.
    fn furnish(&mut self, id: RowId, at: Timestamp) {
        let Some(server) = self.servers.get(&id) else { return };
        let port = self.allocations.get(&server.allocation).map_or(0, |it| it.port);
        if let (Some(egg), Some(machine)) = (self.eggs.get(&server.egg), self.machines.get_mut(&id)) {
            furnish(&mut machine.files, egg, server, port, at);
        }
    }

    pub(super) fn obey(&mut self, id: RowId, signal: Signal, at: Timestamp) {
        let takes = self.options.scaled(STOP_TIME);
        let Some(machine) = self.machines.get_mut(&id) else { return };
        match signal {
            Signal::Start => self.launch(id, at),
            Signal::Stop => machine.stop(at, takes, false),
            Signal::Kill => machine.set_power(Power::Offline),
            Signal::Restart if machine.power == Power::Offline => self.launch(id, at),
            Signal::Restart => machine.stop(at, takes, true),
        }
    }

    /// Starts the game if Wings would: what it needs, and what was ordered to go wrong, decides how that ends.
    fn launch(&mut self, id: RowId, at: Timestamp) {
        let Some(server) = self.servers.get(&id) else { return };
        let Some(machine) = self.machines.get_mut(&id).filter(|machine| machine.may_start()) else { return };
        let egg = self.eggs.get(&server.egg);
        let needs_eula = egg.is_some_and(|egg| crate::games::by_egg_name(&egg.name).needs_eula);
        let takes = self.options.starts_for(egg.map_or("", |egg| &egg.name));
        let subject = Self::subject_of(server);
        let later = |by: SignedDuration| at.saturating_add(by).unwrap_or(at);
        let refuses = needs_eula && !machine.has_accepted_eula();
        let launch = if refuses {
            Launch::Crash(later(self.options.scaled(REFUSAL_TIME).min(takes)))
        } else if self.faults.take(&subject, |fault| *fault == Fault::GameCrashes).is_some() {
            Launch::Crash(later(takes / 2))
        } else if self.faults.take(&subject, |fault| *fault == Fault::GameNeverReady).is_some() {
            Launch::Never
        } else {
            machine.silent |= self.faults.take(&subject, |fault| *fault == Fault::GameSilent).is_some();
            Launch::Ready(later(takes))
        };
        machine.set_power(Power::Starting(launch));
        self.say_start(id, at);
        if refuses {
            self.say_terms(id, at);
        }
    }

    /// Wings takes on a server and begins to install it.
    pub(super) fn begin_install(&mut self, id: RowId, reinstall: bool, start_after: bool, now: Timestamp) {
        let Some(server) = self.servers.get(&id) else { return };
        let egg = self.eggs.get(&server.egg).map_or("", |egg| egg.name.as_str());
        let skipped = server.skip_scripts && !reinstall;
        let usual = if skipped { SignedDuration::ZERO } else { self.options.installs_for(egg) };
        let subject = Self::subject_of(server);
        let never = self.faults.take(&subject, |fault| *fault == Fault::InstallNeverReports).is_some();
        let fails = self.faults.take(&subject, |fault| *fault == Fault::InstallFails).is_some();
        let slow = self.faults.take(&subject, |fault| matches!(fault, Fault::InstallSlow { .. }));
        let extra = match slow {
            Some(Fault::InstallSlow { seconds }) => SignedDuration::from_secs(i64::from(seconds)),
            _ => SignedDuration::ZERO,
        };
        let until = (!never).then(|| now.saturating_add(usual + extra).unwrap_or(now));
        let machine = self.machines.entry(id).or_default();
        machine.set_power(Power::Offline);
        machine.suspended = false;
        machine.feed.push(News::InstallStarted);
        machine.feed.push(News::InstallOutput("The installer of the egg is at work"));
        machine.install = Some(Install { until, fails, reinstall, start_after });
    }

    /// Wings re-reads a server's configuration; a suspended one is stopped in the background.
    pub(super) fn sync_machine(&mut self, id: RowId, now: Timestamp) {
        let suspended = self.servers.get(&id).is_some_and(|server| server.status == Status::Suspended);
        let takes = self.options.scaled(STOP_TIME);
        if let Some(machine) = self.machines.get_mut(&id) {
            machine.suspended = suspended;
            if suspended {
                machine.stop(now, takes, false);
            }
        }
    }

    /// Wings accepts a power signal, to be obeyed a moment later.
    pub(super) fn accept_signal(&mut self, server: &Server, signal: Signal, now: Timestamp) {
        if self.faults.take(&Self::subject_of(server), |fault| *fault == Fault::PowerIgnored).is_some() {
            return;
        }
        let at = now.saturating_add(self.options.scaled(SIGNAL_DELAY)).unwrap_or(now);
        if let Some(machine) = self.machines.get_mut(&server.id) {
            machine.signals.push_back((at, signal));
        }
    }

    /// Wings of a node restarts: the panel declares its unfinished installs done, games keep running, and Wings learns of rows
    /// that it had never heard of.
    pub(super) fn restart_wings(&mut self, node: RowId, now: Timestamp) {
        let ids: Vec<RowId> = self.servers_on(node).map(|server| server.id).collect();
        *self.belongings.boots.entry(node).or_default() += 1;
        self.belongings.passes.retain(|_, pass| !ids.contains(&pass.server));
        for id in ids {
            let machine: &mut Machine = self.machines.entry(id).or_default();
            machine.install = None;
            machine.signals.clear();
            self.belongings.restores.remove(&id);
            let unfinished = [Status::Installing, Status::RestoringBackup];
            if self.servers.get(&id).is_some_and(|server| unfinished.contains(&server.status)) {
                self.set_status(id, Status::Installed, now);
            }
            self.sync_machine(id, now);
        }
    }
}

//! What panel and daemons do for customers when its time comes: backups, restores and schedules.

use super::belongings::{Backup, Done, Restoring, Step, Task};
use super::faults::Fault;
use super::feed::News;
use super::machine::{Power, Signal};
use super::model::{RowId, Server, Status};
use super::state::State;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// From a backup's beginning to its end, at speed 1.
const BACKUP_TIME: SignedDuration = SignedDuration::from_secs(8);
/// From a restore's beginning to its end, at speed 1.
const RESTORE_TIME: SignedDuration = SignedDuration::from_secs(10);

/// Something of a customer's that falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Chore {
    Backup(RowId),
    Restore(RowId),
    Schedule(RowId),
    /// By its place in the list.
    Step(usize),
}

impl State {
    /// What is due next, and when.
    pub(super) fn next_chore(&self) -> Option<(Timestamp, Chore)> {
        let all = &self.belongings;
        let running = all.backups.values().filter(|backup| backup.done.is_none());
        let backups = running.map(|backup| (backup.due, Chore::Backup(backup.id)));
        let restores = all.restores.iter().map(|(server, restoring)| (restoring.due, Chore::Restore(*server)));
        let active = all.schedules.values().filter(|schedule| schedule.active && !schedule.processing);
        let schedules = active.filter_map(|it| Some((it.next_run?, Chore::Schedule(it.id))));
        let steps = all.steps.iter().enumerate().map(|(place, step)| (step.at, Chore::Step(place)));
        backups.chain(restores).chain(schedules).chain(steps).min()
    }

    /// Does what is due. A schedule that was missed for long runs once.
    pub(super) fn do_chore(&mut self, chore: Chore, at: Timestamp, now: Timestamp) {
        match chore {
            Chore::Backup(id) => self.end_backup(id, at),
            Chore::Restore(server) => self.end_restore(server, at),
            Chore::Schedule(id) => drop(self.run_schedule(id, at, now)),
            Chore::Step(place) => {
                let step = self.belongings.steps.remove(place);
                self.do_step(step, at);
            }
        }
    }

    /// The daemon begins a backup.
    pub(super) fn begin_backup(
        &mut self,
        server: RowId,
        name: Option<String>,
        ignored: Vec<String>,
        locked: bool,
        now: Timestamp,
    ) -> Backup {
        // A deleted one counts for how often they are made, and no longer than that.
        let since = now.saturating_sub(SignedDuration::from_hours(1)).unwrap_or(now);
        self.belongings.backups.retain(|_, backup| !backup.deleted || backup.created > since);
        let id = Self::draw(&mut self.belongings.ids.backup);
        let uuid = self.dice.uuid();
        let name = name.unwrap_or_else(|| now.strftime("Backup of %Y-%m-%d %H:%M:%S").to_string());
        let due = now.saturating_add(self.options.scaled(BACKUP_TIME)).unwrap_or(now);
        let backup = Backup { id, server, uuid, name, ignored, locked, deleted: false, created: now, due, done: None };
        self.belongings.backups.insert(id, backup.clone());
        backup
    }

    fn end_backup(&mut self, id: RowId, at: Timestamp) {
        let Some(backup) = self.belongings.backups.get(&id).cloned() else { return };
        let subject = self.servers.get(&backup.server).map(Self::subject_of).unwrap_or_default();
        let fails = self.faults.take(&subject, |fault| *fault == Fault::BackupFails).is_some();
        let machine = self.machines.get_mut(&backup.server);
        let files = machine.as_ref().filter(|_| !fails).map(|machine| Arc::new(machine.files.without(&backup.ignored)));
        let bytes = files.as_ref().map_or(0, |files| files.bytes());
        let checksum = format!("sha1:{}", hex::encode(&Sha256::digest(format!("{}{bytes}", backup.uuid))[..20]));
        if let Some(machine) = machine {
            let told = json!({
                "uuid": backup.uuid,
                "is_successful": files.is_some(),
                "checksum": checksum.trim_start_matches("sha1:"),
                "checksum_type": "sha1",
                "file_size": bytes,
            });
            machine.feed.push(News::BackupCompleted(backup.uuid.clone(), told.to_string()));
        }
        if let Some(backup) = self.belongings.backups.get_mut(&id) {
            backup.done = Some(Done { at, files, bytes, checksum });
        }
    }

    /// The daemon begins to put a backup in place, which stops the game.
    pub(super) fn begin_restore(&mut self, server: &Server, backup: &Backup, truncate: bool, now: Timestamp) {
        let Some(files) = backup.files() else { return };
        self.set_status(server.id, Status::RestoringBackup, now);
        if let Some(machine) = self.machines.get_mut(&server.id) {
            machine.set_power(Power::Offline);
            machine.signals.clear();
        }
        let due = now.saturating_add(self.options.scaled(RESTORE_TIME)).unwrap_or(now);
        self.belongings.restores.insert(server.id, Restoring { due, files, truncate });
    }

    /// The end of a restore makes the status null, whatever it became meanwhile.
    fn end_restore(&mut self, server: RowId, at: Timestamp) {
        let Some(restoring) = self.belongings.restores.remove(&server) else { return };
        if let Some(machine) = self.machines.get_mut(&server) {
            if restoring.truncate {
                machine.files.delete("/");
            }
            // The root is always a folder.
            let _ = machine.files.unpack("/", &restoring.files, at);
            machine.feed.push(News::BackupRestored);
        }
        self.set_status(server, Status::Installed, at);
    }

    /// Begins a schedule's tasks; whether there were any.
    pub(super) fn run_schedule(&mut self, id: RowId, at: Timestamp, now: Timestamp) -> bool {
        let Some(schedule) = self.belongings.schedules.get_mut(&id) else { return false };
        schedule.next_run = schedule.due_after(now.max(at));
        let Some(first) = schedule.tasks.first() else { return false };
        schedule.last_run = Some(at);
        schedule.processing = true;
        let step = Step { at: later(at, first.offset), schedule: id, sequence: first.sequence };
        self.belongings.steps.push(step);
        true
    }

    fn do_step(&mut self, step: Step, at: Timestamp) {
        let Some(schedule) = self.belongings.schedules.get(&step.schedule).cloned() else { return };
        let online = self.machines.get(&schedule.server).is_some_and(|machine| machine.power != Power::Offline);
        let usable = self.servers.get(&schedule.server).is_some_and(|it| it.status == Status::Installed);
        let passed_over = schedule.only_when_online && !online;
        let task = schedule.tasks.iter().find(|task| task.sequence == step.sequence);
        let goes_on = task.is_some_and(|task| {
            !passed_over && ((usable && self.do_task(&schedule.server, task, online, at)) || task.continue_on_failure)
        });
        let next = schedule.tasks.iter().find(|task| task.sequence > step.sequence).filter(|_| goes_on);
        match next {
            Some(next) => {
                let at = later(at, next.offset);
                self.belongings.steps.push(Step { at, schedule: schedule.id, sequence: next.sequence });
            }
            None => {
                if let Some(schedule) = self.belongings.schedules.get_mut(&schedule.id) {
                    schedule.processing = false;
                }
            }
        }
    }

    /// Whether the task could be done.
    fn do_task(&mut self, server: &RowId, task: &Task, online: bool, at: Timestamp) -> bool {
        let Some(server) = self.servers.get(server).cloned() else { return false };
        match (task.action.as_str(), Signal::read(&task.payload)) {
            ("command", _) => online && self.type_command(server.id, &task.payload, at),
            ("power", Some(signal)) => {
                self.accept_signal(&server, signal, at);
                true
            }
            ("backup", _) => self.scheduled_backup(&server, &task.payload, at),
            _ => false,
        }
    }

    /// A scheduled backup takes the place of the oldest that is not locked.
    fn scheduled_backup(&mut self, server: &Server, ignored: &str, at: Timestamp) -> bool {
        let kept: Vec<&Backup> = self.belongings.backups_of(server.id).filter(|backup| !backup.is_failed()).collect();
        if i64::try_from(kept.len()).unwrap_or(i64::MAX) >= server.features.backups {
            let Some(oldest) = kept.iter().find(|backup| !backup.locked).map(|backup| backup.id) else { return false };
            if let Some(oldest) = self.belongings.backups.get_mut(&oldest) {
                oldest.deleted = true;
            }
        }
        self.begin_backup(server.id, None, lines(ignored), false, at);
        true
    }
}

/// Patterns, one a line.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).take(100).map(str::to_owned).collect()
}

fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(at)
}

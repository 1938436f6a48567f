//! What customers add to their servers: backups, schedules, sub-users; and what is given out to open things with.

use super::cron::Times;
use super::model::{RowId, Stamps};
use super::tree::Tree;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All rows of that kind.
#[derive(Debug, Default, Clone)]
pub(super) struct Belongings {
    pub backups: BTreeMap<RowId, Backup>,
    pub restores: BTreeMap<RowId, Restoring>,
    pub schedules: BTreeMap<RowId, Schedule>,
    /// Tasks that wait for their time.
    pub steps: Vec<Step>,
    pub subusers: Vec<Subuser>,
    pub passes: BTreeMap<String, Pass>,
    pub links: BTreeMap<String, Link>,
    /// How often the daemon of a node was started anew.
    pub boots: BTreeMap<RowId, u32>,
    pub ids: Drawn,
}

/// The last id drawn per table.
#[derive(Debug, Default, Clone)]
pub(super) struct Drawn {
    pub backup: RowId,
    pub schedule: RowId,
    pub task: RowId,
    pub subuser: RowId,
}

/// A backup; a deleted one still counts for how often they are made.
#[derive(Debug, Clone)]
pub(super) struct Backup {
    pub id: RowId,
    pub server: RowId,
    pub uuid: String,
    pub name: String,
    pub ignored: Vec<String>,
    pub locked: bool,
    pub deleted: bool,
    pub created: Timestamp,
    /// When the daemon is done with it.
    pub due: Timestamp,
    pub done: Option<Done>,
}

/// How a backup ended.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub at: Timestamp,
    /// `None` when it failed.
    pub files: Option<Arc<Tree>>,
    pub bytes: usize,
    pub checksum: String,
}

impl Backup {
    pub(super) fn is_failed(&self) -> bool {
        self.done.as_ref().is_some_and(|done| done.files.is_none())
    }

    /// The files of one that is done and did not fail.
    pub(super) fn files(&self) -> Option<Arc<Tree>> {
        self.done.as_ref()?.files.clone()
    }
}

/// A backup that is being put in place.
#[derive(Debug, Clone)]
pub(super) struct Restoring {
    pub due: Timestamp,
    pub files: Arc<Tree>,
    /// Everything else is deleted first.
    pub truncate: bool,
}

/// A schedule with its tasks in order.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    pub id: RowId,
    pub server: RowId,
    pub name: String,
    /// Minute, hour, day of the month, month, day of the week.
    pub cron: [String; 5],
    pub active: bool,
    pub only_when_online: bool,
    pub processing: bool,
    pub last_run: Option<Timestamp>,
    pub next_run: Option<Timestamp>,
    pub tasks: Vec<Task>,
    pub stamps: Stamps,
}

impl Schedule {
    /// When it is due after `now`; `None` for times that are none.
    pub(super) fn due_after(&self, now: Timestamp) -> Option<Timestamp> {
        let [minute, hour, day, month, weekday] = &self.cron;
        Times::read([minute, hour, day, month, weekday])?.after(now)
    }
}

/// A task of a schedule.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub id: RowId,
    pub sequence: i64,
    pub action: String,
    pub payload: String,
    /// Seconds after the task before.
    pub offset: i64,
    pub continue_on_failure: bool,
    pub stamps: Stamps,
}

/// The next task of a schedule that runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub at: Timestamp,
    pub schedule: RowId,
    pub sequence: i64,
}

/// Somebody besides the owner.
#[derive(Debug, Clone)]
pub(super) struct Subuser {
    pub id: RowId,
    pub server: RowId,
    pub user: RowId,
    pub permissions: Vec<String>,
    pub stamps: Stamps,
}

/// What opens a console.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    pub server: RowId,
    pub user: RowId,
    /// Hears the installer.
    pub root_admin: bool,
    pub until: Timestamp,
}

/// What a signed address opens, once.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub server: RowId,
    pub until: Timestamp,
    pub opens: Opens,
}

/// What is behind a signed address.
#[derive(Debug, Clone)]
pub(super) enum Opens {
    File(String),
    Backup(RowId),
    Upload,
}

impl Belongings {
    /// The backups of a server that were not deleted, oldest first.
    pub(super) fn backups_of(&self, server: RowId) -> impl Iterator<Item = &Backup> {
        self.backups.values().filter(move |backup| backup.server == server && !backup.deleted)
    }

    pub(super) fn schedules_of(&self, server: RowId) -> impl Iterator<Item = &Schedule> {
        self.schedules.values().filter(move |schedule| schedule.server == server)
    }

    pub(super) fn subusers_of(&self, server: RowId) -> impl Iterator<Item = &Subuser> {
        self.subusers.iter().filter(move |subuser| subuser.server == server)
    }

    /// Everything that hangs on a server goes with it.
    pub(super) fn forget(&mut self, server: RowId) {
        self.backups.retain(|_, backup| backup.server != server);
        self.restores.remove(&server);
        self.schedules.retain(|_, schedule| schedule.server != server);
        self.subusers.retain(|subuser| subuser.server != server);
        self.passes.retain(|_, pass| pass.server != server);
        self.links.retain(|_, link| link.server != server);
    }

    /// Keeps what can still be used.
    pub(super) fn drop_expired(&mut self, now: Timestamp) {
        self.passes.retain(|_, pass| pass.until > now);
        self.links.retain(|_, link| link.until > now);
    }
}

//! What belongs to a server, in our words. Texts of others are cut where they are only shown.

use crate::PowerSignal;
use crate::keys::{AllocationId, BackupId, DatabaseId, ScheduleId, SubuserId, TaskId};
use jiff::Timestamp;
use secrecy::SecretString;

/// What opens a server's console.
#[derive(Debug, Clone)]
pub struct ConsolePass {
    /// The socket's address, `ws` or `wss`, at the daemon.
    pub socket: String,
    /// What the handshake has to name as `Origin`: the panel's address as the daemon knows it.
    pub origin: String,
    /// Sent as the first event on it, and again before it expires after ten minutes.
    pub token: SecretString,
}

/// Where a server's files can be reached over SFTP. The login is the panel login's name, a dot, and the server's short id; the password
/// is that of the panel login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SftpAddress {
    /// The node's host name.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A start variable that customers may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartupVariable {
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its name in the environment.
    pub env_variable: String,
    /// What the egg's author chose.
    pub default_value: String,
    /// What is set.
    pub value: String,
    /// Whether customers may change it.
    pub editable: bool,
    /// In the panel's rule language.
    pub rules: String,
}

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its id.
    pub id: BackupId,
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: BackupState,
    /// Whether it is kept from being deleted.
    pub locked: bool,
    /// Bytes of the archive; 0 until it is done.
    pub size_bytes: u64,
    /// The archive's checksum with its kind in front, once it is done.
    pub checksum: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
}

/// How far a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupState {
    /// It is being made.
    Running,
    /// It can be restored.
    Done {
        /// Since when.
        at: Timestamp,
    },
    /// It could not be made.
    Failed {
        /// Since when.
        at: Timestamp,
    },
}

/// A backup to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewBackup {
    /// Its name, 191 characters at most; the panel chooses one for an empty one.
    pub name: String,
    /// Patterns of files to leave out, one a line, as in `.gitignore`.
    pub ignored: String,
    /// Whether it is kept from being deleted.
    pub locked: bool,
}

/// What becomes of the files that a restored backup does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restore {
    /// They stay.
    Over,
    /// Everything is deleted first.
    Instead,
}

/// When a schedule runs, in the fields of a crontab and in the panel's own time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    /// 0 to 59.
    pub minute: String,
    /// 0 to 23.
    pub hour: String,
    /// 1 to 31.
    pub day_of_month: String,
    /// 1 to 12.
    pub month: String,
    /// 0 to 7, Sunday at both ends.
    pub day_of_week: String,
}

/// A schedule to be made, or what one becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSpec {
    /// Its name, 191 characters at most.
    pub name: String,
    /// When it runs.
    pub cron: Cron,
    /// Whether it runs by itself.
    pub active: bool,
    /// Whether it is passed over while the server is offline.
    pub only_when_online: bool,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its number.
    pub id: ScheduleId,
    /// Name, times and conditions.
    pub spec: ScheduleSpec,
    /// Whether its tasks are being worked off.
    pub running: bool,
    /// When it last ran.
    pub last_run_at: Option<Timestamp>,
    /// When it runs next; stays in the past while it is not active.
    pub next_run_at: Option<Timestamp>,
    /// What it does, in order.
    pub tasks: Vec<ScheduleTask>,
}

/// A task of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleTask {
    /// Its number.
    pub id: TaskId,
    /// Its place, counted from 1.
    pub place: u64,
    /// What it does and when.
    pub spec: TaskSpec,
}

/// A task to be added, or what one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSpec {
    /// What it does.
    pub action: TaskAction,
    /// Seconds after the task before, 0 to 900.
    pub delay_seconds: u32,
    /// Whether the next task runs when this one failed.
    pub continue_on_failure: bool,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskAction {
    /// Types a line into the console.
    Command(String),
    /// Starts or stops the server.
    Power(PowerSignal),
    /// Makes a backup without the files that these patterns name, one a line.
    Backup(String),
    /// A word that this release does not know; cannot be sent.
    Other(String),
}

/// Whether passwords are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passwords {
    /// They stay at the panel.
    Hidden,
    /// They come with the answer.
    Shown,
}

/// A database of a server.
#[derive(Debug, Clone)]
pub struct ServerDatabase {
    /// Its id.
    pub id: DatabaseId,
    /// Its name, with the server's number in front.
    pub name: String,
    /// Its login.
    pub username: String,
    /// Where it is.
    pub host: String,
    /// Where it is.
    pub port: u16,
    /// Where logins may come from; `%` is anywhere.
    pub connections_from: String,
    /// `None` unless it was asked for.
    pub password: Option<SecretString>,
}

/// Somebody who may use a server besides its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subuser {
    /// Their login's uuid.
    pub id: SubuserId,
    /// Their login's name.
    pub username: String,
    /// Their address.
    pub email: String,
    /// Whether they have a second factor at the panel.
    pub two_factor: bool,
    /// What they may do, as in `control.start`.
    pub permissions: Vec<String>,
    /// Since when.
    pub created_at: Option<Timestamp>,
}

/// Permissions about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionGroup {
    /// What stands before the dot.
    pub name: String,
    /// What they are about, in the panel's words.
    pub description: String,
    /// The permissions.
    pub permissions: Vec<Permission>,
}

/// Something that a sub-user may be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its whole name, as in `control.start`.
    pub key: String,
    /// What it allows, in the panel's words.
    pub description: String,
}

/// A port of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerPort {
    /// Its number.
    pub id: AllocationId,
    /// The address.
    pub ip: String,
    /// What players use instead, if set.
    pub alias: Option<String>,
    /// The port.
    pub port: u16,
    /// The customer's note, if any.
    pub note: Option<String>,
    /// Whether it is the default one.
    pub primary: bool,
}

/// A page of what was done to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityPage {
    /// Latest first.
    pub lines: Vec<Activity>,
    /// Its place, counted from 1.
    pub page: u64,
    /// How many pages there are.
    pub pages: u64,
}

/// Something that was done to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// What, as in `server:power.start`.
    pub event: String,
    /// The login's name; `None` for the panel itself, and where it hides administrators. Everything that our calls do is an administrator's.
    pub actor: Option<String>,
    /// Through an API, rather than the panel's pages.
    pub by_api: bool,
    /// What it was about: names and values, twenty at most, in the panel's order.
    pub properties: Vec<(String, String)>,
    /// When.
    pub at: Timestamp,
}

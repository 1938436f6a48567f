//! What a customer does with a server that runs: console, files, backups, schedules and the rest of what panels offer its owner.

mod console;
mod files;
mod words;

pub use console::{ConsoleEvent, ConsoleUsage, ConsoleWish, MOST_FRAME};
pub use files::{Directory, FileEntry, FileKind, FileName, FilePath, SignedUrl};
pub use words::{
    Activity, ActivityPage, Backup, BackupState, ConsolePass, Cron, NewBackup, Passwords, Permission, PermissionGroup,
    Restore, Schedule, ScheduleSpec, ScheduleTask, ServerDatabase, ServerPort, SftpAddress, StartupVariable, Subuser,
    TaskAction, TaskSpec,
};

use crate::keys::{AllocationId, BackupId, DatabaseId, Identifier, ScheduleId, SubuserId, TaskId};
use crate::{PanelError, Result};
use async_trait::async_trait;
use bytes::Bytes;

/// Names in one call about files at most.
pub const MOST_NAMES: usize = 200;
/// Entries of a folder that are shown at most.
pub const MOST_ENTRIES: usize = 2000;
/// Bytes of a file that is read or written as text at most; whatever is larger is for the download address.
pub const MOST_TEXT: usize = 1024 * 1024;
/// Longest file that is written as a whole, in bytes.
pub const MOST_UPLOAD: usize = 16 * 1024 * 1024;

/// One server in its customer's hands. Whether somebody may do this to that server is decided before: calls go out with an
/// administrator's key and are carried out for every server.
///
/// # Errors
/// A [`PanelError`], as everywhere. Of special meaning here: [`PanelError::is_conflict`] (suspended, being installed or
/// restored: nothing is possible until that ends), [`PanelError::is_offline`], [`PanelError::is_missing_file`],
/// [`PanelError::is_limit`] and [`PanelError::is_too_often`]. What is refused without being sent has status 0. After
/// [`PanelError::OutcomeUnknown`] a change may have happened; the list of the thing tells.
#[async_trait]
pub trait ServerControl: Send + Sync {
    /// Types a line into the console. A line without text, with control characters or of more than 4096 bytes is not sent.
    async fn send_command(&self, server: &Identifier, command: &str) -> Result<()>;
    /// What opens the console's socket, for ten minutes. The socket is that of this server, or it is an error.
    async fn console_pass(&self, server: &Identifier) -> Result<ConsolePass>;
    /// Where the server's files can be reached over SFTP; also told while nothing else is possible.
    async fn sftp_address(&self, server: &Identifier) -> Result<SftpAddress>;
    /// Gives the server another name, 1 to 191 characters; the description stays.
    async fn rename_server(&self, server: &Identifier, name: &str) -> Result<()>;

    /// The start variables that customers may see, in the egg's order.
    async fn list_variables(&self, server: &Identifier) -> Result<Vec<StartupVariable>>;
    /// Sets one start variable, for the next start. A value against the variable's rules is refused with field `value`.
    async fn set_variable(&self, server: &Identifier, env_variable: &str, value: &str) -> Result<StartupVariable>;

    /// What stands in a folder, folders first, then by name; [`MOST_ENTRIES`] at most, with the count of all.
    async fn list_files(&self, server: &Identifier, folder: &FilePath) -> Result<Directory>;
    /// A text file. One that is longer than [`MOST_TEXT`] or no text is refused with code `FileTooLarge` or `NotText`.
    async fn read_file(&self, server: &Identifier, file: &FilePath) -> Result<String>;
    /// Writes a text file of [`MOST_TEXT`] bytes at most, over what was there.
    async fn save_file(&self, server: &Identifier, file: &FilePath, text: &str) -> Result<()>;
    /// Writes a file of [`MOST_UPLOAD`] bytes at most, whatever is in it, over what was there.
    async fn upload_file(&self, server: &Identifier, file: &FilePath, content: Bytes) -> Result<()>;
    /// Gives a file or folder another name or place; what stands there already is refused.
    async fn move_file(&self, server: &Identifier, from: &FilePath, to: &FilePath) -> Result<()>;
    /// Copies a file beside itself, under a name that the daemon chooses.
    async fn copy_file(&self, server: &Identifier, file: &FilePath) -> Result<()>;
    /// Deletes files and folders with all that is in them, [`MOST_NAMES`] at most. What is gone already counts as deleted.
    async fn delete_files(&self, server: &Identifier, folder: &FilePath, names: &[FileName]) -> Result<()>;
    /// Makes a folder.
    async fn create_folder(&self, server: &Identifier, folder: &FilePath, name: &FileName) -> Result<()>;
    /// Packs files and folders into an archive beside them, [`MOST_NAMES`] at most. The daemon goes on when the call runs out of time.
    async fn compress_files(&self, server: &Identifier, folder: &FilePath, names: &[FileName]) -> Result<FileEntry>;
    /// Unpacks an archive beside itself, over what is there. The daemon goes on when the call runs out of time.
    async fn decompress_file(&self, server: &Identifier, archive: &FilePath) -> Result<()>;
    /// Where a browser may fetch a file, once and within minutes.
    async fn download_address(&self, server: &Identifier, file: &FilePath) -> Result<SignedUrl>;
    /// Where a browser may send files to (a form with `files`, and `directory` in the query), within minutes.
    async fn upload_address(&self, server: &Identifier) -> Result<SignedUrl>;

    /// All backups, oldest first.
    async fn list_backups(&self, server: &Identifier) -> Result<Vec<Backup>>;
    /// Begins a backup.
    async fn create_backup(&self, server: &Identifier, backup: &NewBackup) -> Result<Backup>;
    /// Deletes a backup; one that is gone already counts as deleted, one that is locked is refused.
    async fn delete_backup(&self, server: &Identifier, backup: &BackupId) -> Result<()>;
    /// Locks or unlocks a backup; one that is so already stays so. The panel itself only toggles, so it is read first.
    async fn set_backup_lock(&self, server: &Identifier, backup: &BackupId, locked: bool) -> Result<Backup>;
    /// Begins to put a backup's files in place; the server is stopped and refuses everything until that ends.
    async fn restore_backup(&self, server: &Identifier, backup: &BackupId, how: Restore) -> Result<()>;
    /// Where a browser may fetch a backup, once and within minutes.
    async fn backup_address(&self, server: &Identifier, backup: &BackupId) -> Result<SignedUrl>;

    /// All schedules with their tasks in order.
    async fn list_schedules(&self, server: &Identifier) -> Result<Vec<Schedule>>;
    /// Makes a schedule without tasks.
    async fn create_schedule(&self, server: &Identifier, schedule: &ScheduleSpec) -> Result<Schedule>;
    /// Changes a schedule and keeps its tasks.
    async fn update_schedule(&self, server: &Identifier, id: ScheduleId, schedule: &ScheduleSpec) -> Result<Schedule>;
    /// Deletes a schedule with its tasks; one that is gone already counts as deleted.
    async fn delete_schedule(&self, server: &Identifier, id: ScheduleId) -> Result<()>;
    /// Runs a schedule's tasks now; one without tasks is refused.
    async fn run_schedule(&self, server: &Identifier, id: ScheduleId) -> Result<()>;
    /// Adds a task at a schedule's end.
    async fn add_task(&self, server: &Identifier, schedule: ScheduleId, task: &TaskSpec) -> Result<ScheduleTask>;
    /// Takes a task out of a schedule; one that is gone already counts as deleted.
    async fn delete_task(&self, server: &Identifier, schedule: ScheduleId, task: TaskId) -> Result<()>;

    /// All databases, with their passwords only when these are asked for.
    async fn list_databases(&self, server: &Identifier, passwords: Passwords) -> Result<Vec<ServerDatabase>>;
    /// Makes a database; the panel puts the server's number before its name. The answer has the password.
    async fn create_database(&self, server: &Identifier, name: &str, connections_from: &str) -> Result<ServerDatabase>;
    /// Gives a database another password, which the answer has.
    async fn rotate_database_password(&self, server: &Identifier, database: &DatabaseId) -> Result<ServerDatabase>;
    /// Deletes a database with its content; one that is gone already counts as deleted.
    async fn delete_database(&self, server: &Identifier, database: &DatabaseId) -> Result<()>;

    /// All who may use the server besides its owner.
    async fn list_subusers(&self, server: &Identifier) -> Result<Vec<Subuser>>;
    /// Lets somebody use the server. The panel makes a login for an address that it does not know, and writes to it.
    async fn invite_subuser(&self, server: &Identifier, email: &str, permissions: &[String]) -> Result<Subuser>;
    /// Replaces what somebody may do.
    async fn update_subuser(&self, server: &Identifier, id: &SubuserId, permissions: &[String]) -> Result<Subuser>;
    /// Ends somebody's use of the server; the login stays. One who is gone already counts as removed.
    async fn delete_subuser(&self, server: &Identifier, id: &SubuserId) -> Result<()>;
    /// Every permission that the panel knows.
    async fn list_permissions(&self) -> Result<Vec<PermissionGroup>>;

    /// All ports of the server.
    async fn list_ports(&self, server: &Identifier) -> Result<Vec<ServerPort>>;
    /// Makes a port the default one, for the next start.
    async fn set_primary_port(&self, server: &Identifier, port: AllocationId) -> Result<ServerPort>;
    /// Sets a port's note, 255 characters at most; an empty one takes it away.
    async fn set_port_note(&self, server: &Identifier, port: AllocationId, note: &str) -> Result<ServerPort>;
    /// Adds a port that the panel chooses, where it allows that.
    async fn add_port(&self, server: &Identifier) -> Result<ServerPort>;
    /// Takes a port away; one that is gone already counts as taken. The default one is refused.
    async fn remove_port(&self, server: &Identifier, port: AllocationId) -> Result<()>;

    /// A page of what was done to the server, latest first, 50 a page, counted from 1.
    async fn list_activity(&self, server: &Identifier, page: u32) -> Result<ActivityPage>;
}

/// Removing what is not there has succeeded.
pub(crate) fn gone_is_fine(outcome: Result<()>) -> Result<()> {
    outcome.or_else(|error: PanelError| if error.is_missing() { Ok(()) } else { Err(error) })
}

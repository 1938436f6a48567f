//! What customers do with servers that run: what of a server may be touched, what the panel last said about it, and its console.
//!
//! Not here: whether a server is theirs, which the policy of the route decides before, and the calls themselves (`panel::ServerControl`).

mod console;
mod memory;
mod pace;
mod trouble;
mod uploads;

pub use console::{Consoles, LineKind, Run, Said, ShownLine, Snapshot, Viewer};
pub use memory::{Memory, Seen};
pub use pace::{Deed, Pace};
pub use trouble::{Trouble, age};
pub use uploads::Uploads;

use crate::config::Config;
use domain::provision::Power;
use panel::control::{
    ActivityPage, Backup, Directory, Schedule, ServerDatabase, ServerPort, SftpAddress, StartupVariable, Subuser,
};
use panel::{Identifier, PowerState};
use store::services::Service;

/// Answers that are kept of one kind, by how much one usually takes: a kilobyte, a folder of up to 2000 names, a file of up to a megabyte.
const SMALL: usize = 200;
const LARGE: usize = 16;
const HUGE: usize = 6;

/// What a process keeps about servers in customers' hands.
pub struct Control {
    /// Folders, by path.
    pub folders: Memory<Directory>,
    /// Text files, by path.
    pub files: Memory<String>,
    /// Where files are reached over SFTP.
    pub sftp: Memory<SftpAddress>,
    /// Start variables.
    pub variables: Memory<Vec<StartupVariable>>,
    /// Backups.
    pub backups: Memory<Vec<Backup>>,
    /// Schedules.
    pub schedules: Memory<Vec<Schedule>>,
    /// Databases, without passwords.
    pub databases: Memory<Vec<ServerDatabase>>,
    /// Sub-users.
    pub subusers: Memory<Vec<Subuser>>,
    /// Ports.
    pub ports: Memory<Vec<ServerPort>>,
    /// What was done, by page.
    pub activity: Memory<ActivityPage>,
    /// Files on their way to servers.
    pub uploads: Uploads,
    /// Open consoles.
    pub consoles: Consoles,
    /// How often power may be switched and commands typed.
    pub pace: Pace,
}

impl Control {
    /// Nothing is known yet.
    pub fn new(config: &Config) -> Self {
        Self {
            folders: Memory::keeping(LARGE),
            files: Memory::keeping(HUGE),
            sftp: Memory::keeping(SMALL),
            variables: Memory::keeping(SMALL),
            backups: Memory::keeping(SMALL),
            schedules: Memory::keeping(SMALL),
            databases: Memory::keeping(SMALL),
            subusers: Memory::keeping(SMALL),
            ports: Memory::keeping(SMALL),
            activity: Memory::keeping(LARGE),
            uploads: Uploads::default(),
            consoles: Consoles::new(config),
            pace: Pace::default(),
        }
    }
}

impl Control {
    /// Forgets how often was done and asked what is long ago.
    pub fn forget_idle(&self) {
        self.pace.forget_idle();
        self.folders.forget_idle();
        self.files.forget_idle();
        self.sftp.forget_idle();
        self.variables.forget_idle();
        self.backups.forget_idle();
        self.schedules.forget_idle();
        self.databases.forget_idle();
        self.subusers.forget_idle();
        self.ports.forget_idle();
        self.activity.forget_idle();
    }
}

/// Why nothing can be done with a server, whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// It is not delivered yet.
    NotReady,
    /// It is suspended: paused for a bill, a dispute, or on its way out.
    Suspended,
    /// The panel does not show it, though it should stand.
    Missing,
    /// It ended, or is about to.
    Gone,
}

/// How the panel names the server of a service, if it may be touched.
///
/// # Errors
/// It may not.
pub fn reach(service: &Service) -> Result<Identifier, Shut> {
    if service.is_over() {
        return Err(Shut::Gone);
    }
    if service.missing {
        return Err(Shut::Missing);
    }
    let server = service.server.as_ref().filter(|_| service.fulfilled_at.is_some()).ok_or(Shut::NotReady)?;
    if service.standing.suspension.is_some() {
        return Err(Shut::Suspended);
    }
    server.identifier.parse().map_err(|_| Shut::NotReady)
}

/// What a server does, as far as we have a word for it.
pub fn power_of(state: &PowerState) -> Option<Power> {
    match state {
        PowerState::Running => Some(Power::Running),
        PowerState::Starting => Some(Power::Starting),
        PowerState::Stopping => Some(Power::Stopping),
        PowerState::Offline => Some(Power::Offline),
        PowerState::Missing | PowerState::Other(_) => None,
    }
}

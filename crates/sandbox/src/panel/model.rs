//! The rows of the simulated panel: what its database would hold.

use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The id of a row, drawn upwards from 1 per table; a refused insert may burn one.
pub(super) type RowId = i64;

/// A region that nodes belong to.
#[derive(Debug, Clone)]
pub(super) struct Location {
    /// Row id.
    pub id: RowId,
    /// Short code, unique.
    pub short: String,
    /// Name for people.
    pub long: Option<String>,
    /// Created and last changed.
    pub stamps: Stamps,
}

/// When a row was created and last changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamps {
    /// Creation.
    pub created: Timestamp,
    /// Last change.
    pub updated: Timestamp,
}

impl Stamps {
    /// Both set to `now`.
    pub(super) fn at(now: Timestamp) -> Self {
        Self { created: now, updated: now }
    }
}

/// A machine that runs Wings.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Row id.
    pub id: RowId,
    /// Random uuid.
    pub uuid: String,
    /// Whether automatic deployment may choose it.
    pub public: bool,
    /// Name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Its location.
    pub location: RowId,
    /// Host name of Wings.
    pub fqdn: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Whether a proxy stands before Wings.
    pub behind_proxy: bool,
    /// Under maintenance: the client API refuses, creation does not.
    pub maintenance: bool,
    /// MiB.
    pub memory: i64,
    /// Percent; −1 means one percent less, not unlimited.
    pub memory_overallocate: i64,
    /// MiB.
    pub disk: i64,
    /// Percent.
    pub disk_overallocate: i64,
    /// MiB.
    pub upload_size: i64,
    /// Port of Wings.
    pub daemon_listen: i64,
    /// Port of SFTP.
    pub daemon_sftp: i64,
    /// Created and last changed.
    pub stamps: Stamps,
}

/// An address and port on a node.
#[derive(Debug, Clone)]
pub(super) struct Allocation {
    /// Row id.
    pub id: RowId,
    /// Its node.
    pub node: RowId,
    /// Address.
    pub ip: String,
    /// Address for people.
    pub alias: Option<String>,
    /// Port, the same for TCP and UDP.
    pub port: u16,
    /// Note of a customer.
    pub notes: Option<String>,
    /// The server that owns it.
    pub server: Option<RowId>,
}

/// A group of eggs.
#[derive(Debug, Clone)]
pub(super) struct Nest {
    /// Row id.
    pub id: RowId,
    /// Random uuid.
    pub uuid: String,
    /// Author's address.
    pub author: String,
    /// Name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Created and last changed.
    pub stamps: Stamps,
}

/// A game template.
#[derive(Debug, Clone)]
pub(super) struct Egg {
    /// Row id.
    pub id: RowId,
    /// Random uuid.
    pub uuid: String,
    /// Its nest.
    pub nest: RowId,
    /// Author's address.
    pub author: String,
    /// Name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Label to image, ordered.
    pub docker_images: Map<String, Value>,
    /// `files`, `startup`, `stop`, `logs`, `file_denylist`, `extends`.
    pub config: Value,
    /// Start command.
    pub startup: String,
    /// `privileged`, `install`, `entry`, `container`, `extends`.
    pub script: Value,
    /// Variables in order.
    pub variables: Vec<EggVariable>,
    /// Created and last changed.
    pub stamps: Stamps,
}

/// A variable of an egg.
#[derive(Debug, Clone)]
pub(super) struct EggVariable {
    /// Row id.
    pub id: RowId,
    /// Name for people.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Name in the environment.
    pub env: String,
    /// Value that the panel proposes (and never fills in by itself).
    pub default: String,
    /// Whether customers see it.
    pub viewable: bool,
    /// Whether customers may change it.
    pub editable: bool,
    /// Rule text.
    pub rules: String,
}

/// An account of the panel.
#[derive(Debug, Clone)]
pub(super) struct User {
    /// Row id.
    pub id: RowId,
    /// Id of another system.
    pub external_id: Option<String>,
    /// Random uuid.
    pub uuid: String,
    /// Lower-case name.
    pub username: String,
    /// Address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Language code.
    pub language: String,
    /// Whether it administers the panel.
    pub root_admin: bool,
    /// As last set; `None` is one that nobody knows.
    pub password: Option<String>,
    /// Created and last changed.
    pub stamps: Stamps,
}

/// The one status column of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Being installed or reinstalled.
    Installing,
    /// The panel's null: the installer ended.
    Installed,
    /// The first install could not be run.
    InstallFailed,
    /// A reinstall could not be run.
    ReinstallFailed,
    /// Suspended.
    Suspended,
    /// A backup is being put in place.
    RestoringBackup,
}

impl Status {
    /// The word in the column, `None` for null.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::Installing => Some("installing"),
            Self::Installed => None,
            Self::InstallFailed => Some("install_failed"),
            Self::ReinstallFailed => Some("reinstall_failed"),
            Self::Suspended => Some("suspended"),
            Self::RestoringBackup => Some("restoring_backup"),
        }
    }

    /// Whether `container.installed` reads 1.
    pub(super) fn counts_as_installed(self) -> bool {
        matches!(self, Self::Installed | Self::ReinstallFailed | Self::Suspended | Self::RestoringBackup)
    }
}

/// What a server may use. MiB and percent; 0 is unlimited for memory, disk and cpu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Limits {
    /// MiB.
    pub memory: i64,
    /// MiB, −1 unlimited.
    pub swap: i64,
    /// MiB.
    pub disk: i64,
    /// Weight, 10–1000.
    pub io: i64,
    /// Percent of one core.
    pub cpu: i64,
    /// Pinned cores.
    pub threads: Option<String>,
}

/// What a customer may add by himself; `None` is null.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FeatureLimits {
    /// Databases.
    pub databases: Option<i64>,
    /// Ports.
    pub allocations: Option<i64>,
    /// Backups.
    pub backups: i64,
}

/// A server row.
#[derive(Debug, Clone)]
pub(super) struct Server {
    /// Row id.
    pub id: RowId,
    /// Id of another system, unique when set.
    pub external_id: Option<String>,
    /// Random uuid; its first eight characters are the identifier.
    pub uuid: String,
    /// Name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Status column.
    pub status: Status,
    /// Its node.
    pub node: RowId,
    /// Owner.
    pub user: RowId,
    /// Default allocation.
    pub allocation: RowId,
    /// Its egg.
    pub egg: RowId,
    /// Image.
    pub image: String,
    /// Start command.
    pub startup: String,
    /// Whether the kernel's out-of-memory killer is off.
    pub oom_disabled: bool,
    /// Whether the install script is skipped.
    pub skip_scripts: bool,
    /// Limits.
    pub limits: Limits,
    /// Feature limits.
    pub features: FeatureLimits,
    /// Values of the egg's variables.
    pub environment: BTreeMap<String, String>,
    /// What clients did to it.
    pub activity: Vec<Activity>,
    /// Reads do not show the row before this instant (a late row).
    pub hidden_until: Option<Timestamp>,
    /// Created and last changed.
    pub stamps: Stamps,
}

impl Server {
    /// The short identifier of the client API.
    pub(super) fn identifier(&self) -> &str {
        self.uuid.get(..8).unwrap_or(&self.uuid)
    }
}

/// One line of a server's activity log.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    /// Event name.
    pub event: &'static str,
    /// Details.
    pub properties: Value,
    /// Who; `None` is the panel itself.
    pub actor: Option<RowId>,
    /// When.
    pub at: Timestamp,
}

/// A database server that server databases live on.
#[derive(Debug, Clone)]
pub(super) struct DatabaseHost {
    /// Row id.
    pub id: RowId,
    /// Name.
    pub name: String,
    /// Address.
    pub host: String,
    /// Port.
    pub port: i64,
    /// Login of the panel there.
    pub username: String,
    /// Created and last changed.
    pub stamps: Stamps,
}

/// A database of a server.
#[derive(Debug, Clone)]
pub(super) struct Database {
    /// Row id.
    pub id: RowId,
    /// Its server.
    pub server: RowId,
    /// Its host.
    pub host: RowId,
    /// Name, with the server's prefix.
    pub database: String,
    /// Login.
    pub username: String,
    /// Where logins may come from.
    pub remote: String,
    /// Password.
    pub password: String,
    /// Created and last changed.
    pub stamps: Stamps,
}

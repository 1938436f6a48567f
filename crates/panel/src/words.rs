//! The panel's things in our words.

use crate::error::plain;
use crate::keys::{
    AccountKey, AllocationId, EggId, Identifier, LocationId, NestId, NodeId, PanelUserId, ServerId, ServerKey,
};
use std::collections::BTreeMap;

/// A place where nodes stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelLocation {
    /// Its number.
    pub id: LocationId,
    /// Its short code.
    pub short: String,
}

/// A machine that runs servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelNode {
    /// Its number.
    pub id: NodeId,
    /// Its uuid.
    pub uuid: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub location_id: LocationId,
    /// Its host name.
    pub fqdn: String,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// How much more than that may be given out, in percent.
    pub memory_overallocate_percent: i64,
    /// Disk in MiB.
    pub disk_mib: i64,
    /// How much more than that may be given out, in percent.
    pub disk_overallocate_percent: i64,
    /// Whether it takes new servers.
    pub public: bool,
    /// Whether it is being worked on.
    pub maintenance: bool,
}

/// An address and port of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelAllocation {
    /// Its number.
    pub id: AllocationId,
    /// The address.
    pub ip: String,
    /// What players use instead, if set.
    pub alias: Option<String>,
    /// The port.
    pub port: u16,
    /// Whether a server has it.
    pub assigned: bool,
}

/// A game template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelEgg {
    /// Its number, another one on each panel.
    pub id: EggId,
    /// Its uuid, another one on each panel.
    pub uuid: String,
    /// Where it stands.
    pub nest_id: NestId,
    /// Its name.
    pub name: String,
    /// Its author's address.
    pub author: String,
    /// The start command.
    pub startup: String,
    /// Labels and images, in order.
    pub docker_images: Vec<(String, String)>,
    /// Its variables, in order.
    pub variables: Vec<PanelEggVariable>,
}

/// A variable of an egg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelEggVariable {
    /// Its name in the environment.
    pub env_variable: String,
    /// What the egg's author chose.
    pub default_value: String,
    /// In the panel's rule language.
    pub rules: String,
    /// Whether customers see it.
    pub user_viewable: bool,
    /// Whether customers may change it.
    pub user_editable: bool,
}

/// A login at the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelUser {
    /// Its number.
    pub id: PanelUserId,
    /// Whose it is, if a shop made or linked it.
    pub external_id: Option<String>,
    /// Its address.
    pub email: String,
    /// Its name.
    pub username: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Whether it administers the panel.
    pub admin: bool,
}

/// A login to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPanelAccount {
    /// Whose it is.
    pub key: AccountKey,
    /// Its address.
    pub email: String,
    /// Its name.
    pub username: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
}

/// A server to be made. Every variable of the egg is named: the panel has no defaults of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSpec {
    /// What the customer calls it.
    pub name: String,
    /// For operators who look at the panel.
    pub description: String,
    /// Whose it is.
    pub owner: PanelUserId,
    /// What runs on it.
    pub egg: EggId,
    /// The image.
    pub image: String,
    /// The start command.
    pub startup: String,
    /// Every variable.
    pub environment: BTreeMap<String, String>,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// Swap in MiB.
    pub swap_mib: i64,
    /// Disk in MiB.
    pub disk_mib: i64,
    /// Weight, 10 to 1000.
    pub io_weight: i64,
    /// CPU in percent of one core.
    pub cpu_percent: i64,
    /// Databases that the customer may make.
    pub databases: u32,
    /// Backups that the customer may keep.
    pub backups: u32,
    /// Ports that the server may have, the default one included.
    pub allocations_limit: u32,
    /// The default port.
    pub default_allocation: AllocationId,
    /// The other ports, all on the same node.
    pub additional_allocations: Vec<AllocationId>,
    /// Whether the kernel must not kill it when memory runs out.
    pub oom_disabled: bool,
}

/// How far a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerStatus {
    /// Its installation runs, or is said to.
    Installing,
    /// The panel's word for it is that nothing is the matter.
    Ready,
    /// The first installation could not be run.
    InstallFailed,
    /// A later installation could not be run.
    ReinstallFailed,
    /// It is suspended.
    Suspended,
    /// A backup is being restored.
    RestoringBackup,
    /// A word that this release does not know.
    Other(String),
}

/// The size of a server as the panel has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerLimits {
    /// Memory in MiB; 0 is unlimited.
    pub memory_mib: i64,
    /// Swap in MiB; -1 is unlimited.
    pub swap_mib: i64,
    /// Disk in MiB; 0 is unlimited.
    pub disk_mib: i64,
    /// Weight.
    pub io_weight: i64,
    /// CPU in percent of one core; 0 is unlimited.
    pub cpu_percent: i64,
    /// Whether the kernel must not kill it.
    pub oom_disabled: bool,
}

/// What a server's customer may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureLimits {
    /// Databases; `None` is unlimited.
    pub databases: Option<i64>,
    /// Ports.
    pub allocations: Option<i64>,
    /// Backups.
    pub backups: Option<i64>,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelServer {
    /// Its number.
    pub id: ServerId,
    /// Its uuid.
    pub uuid: String,
    /// Its short id.
    pub identifier: Identifier,
    /// Our name for it.
    pub external_id: Option<String>,
    /// The customer's name for it.
    pub name: String,
    /// Where it stands.
    pub node: NodeId,
    /// Whose it is.
    pub owner: PanelUserId,
    /// What runs on it.
    pub egg: EggId,
    /// How far it is.
    pub status: ServerStatus,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Its size.
    pub limits: ServerLimits,
    /// What its customer may make.
    pub feature_limits: FeatureLimits,
    /// Its default port.
    pub default_allocation: AllocationId,
    /// All its ports; `None` when the answer did not show them.
    pub allocations: Option<Vec<PanelAllocation>>,
}

impl PanelServer {
    /// What has to agree before the server is deleted.
    pub fn handle(&self, key: &ServerKey) -> ServerHandle {
        ServerHandle { id: self.id, uuid: self.uuid.clone(), key: key.clone() }
    }
}

/// A server that may be deleted only if number, uuid and external id still agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerHandle {
    /// Its number.
    pub id: ServerId,
    /// Its uuid.
    pub uuid: String,
    /// Our name for it.
    pub key: ServerKey,
}

/// What a server does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PowerState {
    /// Nothing.
    Offline,
    /// It starts.
    Starting,
    /// It runs.
    Running,
    /// It stops.
    Stopping,
    /// The daemon does not know it.
    Missing,
    /// A word that this release does not know.
    Other(String),
}

impl PowerState {
    /// Reads the panel's and the daemon's word.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            "offline" => Self::Offline,
            "starting" => Self::Starting,
            "running" => Self::Running,
            "stopping" => Self::Stopping,
            "missing" => Self::Missing,
            other => Self::Other(plain(other, 40)),
        }
    }
}

/// What a server does and uses. The panel keeps its answer for 20 s.
#[derive(Debug, Clone, PartialEq)]
pub struct Resources {
    /// What it does.
    pub state: PowerState,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Memory in use.
    pub memory_bytes: u64,
    /// CPU in use, in percent of one core.
    pub cpu_percent: f64,
    /// Disk in use.
    pub disk_bytes: u64,
    /// Milliseconds since it started.
    pub uptime_ms: u64,
    /// What came over the network since it started.
    pub received_bytes: u64,
    /// What went over the network since it started.
    pub sent_bytes: u64,
}

/// What a server is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerSignal {
    /// Start.
    Start,
    /// Stop, saving first.
    Stop,
    /// Stop and start.
    Restart,
    /// Stop at once, without saving.
    Kill,
}

impl PowerSignal {
    /// The panel's and the daemon's word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Kill => "kill",
        }
    }

    /// Reads the word; `None` for any other.
    pub(crate) fn read(word: &str) -> Option<Self> {
        [Self::Start, Self::Stop, Self::Restart, Self::Kill].into_iter().find(|signal| signal.word() == word)
    }
}

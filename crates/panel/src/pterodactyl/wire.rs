//! What the panel writes, read leniently and turned into our words at once.

use crate::error::plain;
use crate::{
    AllocationId, EggId, FeatureLimits, LocationId, NestId, NodeId, PanelAllocation, PanelEgg, PanelEggVariable,
    PanelLocation, PanelNode, PanelServer, PanelUser, PanelUserId, PowerState, Problem, Resources, ServerId,
    ServerLimits, ServerStatus,
};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(super) struct Item<T> {
    pub(super) attributes: T,
}

#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<Item<T>>,
    #[serde(default)]
    pub(super) meta: Option<Meta>,
}

/// Whose client key it is.
#[derive(Deserialize)]
pub(super) struct KeyOwner {
    pub(super) admin: bool,
}

/// A list that comes in one piece, whatever else is told beside it.
#[derive(Deserialize)]
pub(super) struct Rows<T> {
    pub(super) data: Vec<Item<T>>,
}

#[derive(Deserialize)]
pub(super) struct Meta {
    pub(super) pagination: Pagination,
}

#[derive(Deserialize, Default)]
pub(super) struct Pagination {
    #[serde(deserialize_with = "number")]
    pub(super) total: u64,
    #[serde(deserialize_with = "number")]
    pub(super) total_pages: u64,
}

/// Foreign text that is only shown: cut where it becomes too long.
pub(crate) fn shown(mut text: String, most_bytes: usize) -> String {
    if text.len() > most_bytes {
        let end = (0..=most_bytes).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

/// Foreign text that goes back as it came, so that a part of it would be another thing.
pub(super) fn whole(text: String, most_bytes: usize, what: &str) -> Result<String, String> {
    if text.len() > most_bytes { Err(format!("{what} has {} bytes", text.len())) } else { Ok(text) }
}

/// An instant of the panel's; `None` for what is none.
pub(super) fn instant(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(|text| text.parse().ok())
}

/// A row with a number of its own.
pub(super) trait Numbered {
    fn number(&self) -> u64;
}

macro_rules! numbered {
    ($($row:ty),*) => {$(
        impl Numbered for $row {
            fn number(&self) -> u64 {
                self.id
            }
        }
    )*};
}

numbered!(Location, Node, Allocation, Nest, Server, User);

/// A number that may come as text.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    number.ok_or_else(|| serde::de::Error::custom("not a number"))
}

pub(super) fn signed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    number.ok_or_else(|| serde::de::Error::custom("not a number"))
}

fn maybe_signed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok())))
}

/// Text that may be missing or null.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
pub(super) struct Location {
    #[serde(deserialize_with = "number")]
    id: u64,
    short: String,
}

impl Location {
    pub(super) fn into_ours(self) -> PanelLocation {
        PanelLocation { id: LocationId::new(self.id), short: self.short }
    }
}

#[derive(Deserialize)]
pub(super) struct Node {
    #[serde(deserialize_with = "number")]
    id: u64,
    uuid: String,
    name: String,
    #[serde(deserialize_with = "number")]
    location_id: u64,
    fqdn: String,
    public: bool,
    maintenance_mode: bool,
    #[serde(deserialize_with = "signed")]
    memory: i64,
    #[serde(deserialize_with = "signed")]
    memory_overallocate: i64,
    #[serde(deserialize_with = "signed")]
    disk: i64,
    #[serde(deserialize_with = "signed")]
    disk_overallocate: i64,
}

impl Node {
    pub(super) fn into_ours(self) -> PanelNode {
        PanelNode {
            id: NodeId::new(self.id),
            uuid: self.uuid,
            name: self.name,
            location_id: LocationId::new(self.location_id),
            fqdn: self.fqdn,
            memory_mib: self.memory,
            memory_overallocate_percent: self.memory_overallocate,
            disk_mib: self.disk,
            disk_overallocate_percent: self.disk_overallocate,
            public: self.public,
            maintenance: self.maintenance_mode,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Allocation {
    #[serde(deserialize_with = "number")]
    id: u64,
    ip: String,
    #[serde(default)]
    alias: Option<String>,
    #[serde(deserialize_with = "number")]
    port: u64,
    #[serde(default)]
    assigned: bool,
}

impl Allocation {
    pub(super) fn into_ours(self) -> Result<PanelAllocation, String> {
        let port = u16::try_from(self.port).map_err(|_| format!("port {} does not exist", self.port))?;
        let alias = self.alias.filter(|alias| !alias.is_empty());
        Ok(PanelAllocation { id: AllocationId::new(self.id), ip: self.ip, alias, port, assigned: self.assigned })
    }
}

#[derive(Deserialize)]
pub(super) struct Nest {
    #[serde(deserialize_with = "number")]
    pub(super) id: u64,
}

#[derive(Deserialize)]
pub(super) struct Egg {
    #[serde(deserialize_with = "number")]
    id: u64,
    uuid: String,
    #[serde(deserialize_with = "number")]
    nest: u64,
    name: String,
    author: String,
    #[serde(default, deserialize_with = "text")]
    startup: String,
    #[serde(default)]
    docker_images: Map<String, Value>,
    #[serde(default)]
    relationships: EggRelationships,
}

#[derive(Deserialize, Default)]
struct EggRelationships {
    #[serde(default)]
    variables: Option<List<Variable>>,
}

#[derive(Deserialize)]
struct Variable {
    env_variable: String,
    #[serde(default, deserialize_with = "text")]
    default_value: String,
    #[serde(default, deserialize_with = "text")]
    rules: String,
    #[serde(default)]
    user_viewable: bool,
    #[serde(default)]
    user_editable: bool,
}

impl Egg {
    pub(super) fn into_ours(self) -> PanelEgg {
        let image = |(label, image): (String, Value)| Some((label, image.as_str()?.to_owned()));
        let variable = |item: Item<Variable>| {
            let variable = item.attributes;
            PanelEggVariable {
                env_variable: variable.env_variable,
                default_value: variable.default_value,
                rules: variable.rules,
                user_viewable: variable.user_viewable,
                user_editable: variable.user_editable,
            }
        };
        let variables = self.relationships.variables.map(|list| list.data).unwrap_or_default();
        PanelEgg {
            id: EggId::new(self.id),
            uuid: self.uuid,
            nest_id: NestId::new(self.nest),
            name: self.name,
            author: self.author,
            startup: self.startup,
            docker_images: self.docker_images.into_iter().filter_map(image).collect(),
            variables: variables.into_iter().map(variable).collect(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct User {
    #[serde(deserialize_with = "number")]
    id: u64,
    #[serde(default)]
    external_id: Option<String>,
    email: String,
    username: String,
    #[serde(default, deserialize_with = "text")]
    first_name: String,
    #[serde(default, deserialize_with = "text")]
    last_name: String,
    // Taking an administrator for a customer would be the worst mistake: a missing member reads as administrator.
    #[serde(default = "administrator")]
    root_admin: bool,
}

fn administrator() -> bool {
    true
}

impl User {
    pub(super) fn into_ours(self) -> PanelUser {
        PanelUser {
            id: PanelUserId::new(self.id),
            external_id: self.external_id,
            email: self.email,
            username: self.username,
            first_name: self.first_name,
            last_name: self.last_name,
            admin: self.root_admin,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Server {
    #[serde(deserialize_with = "number")]
    id: u64,
    #[serde(default)]
    external_id: Option<String>,
    uuid: String,
    identifier: String,
    name: String,
    // Null is the word for "nothing is the matter"; a missing member is not.
    status: Value,
    suspended: bool,
    limits: Limits,
    feature_limits: Features,
    #[serde(deserialize_with = "number")]
    user: u64,
    #[serde(deserialize_with = "number")]
    node: u64,
    #[serde(deserialize_with = "number")]
    allocation: u64,
    #[serde(deserialize_with = "number")]
    egg: u64,
    #[serde(default)]
    relationships: ServerRelationships,
}

/// What a change of a server's details would erase, unless it is sent again.
#[derive(Deserialize)]
pub(super) struct Described {
    pub(super) uuid: String,
    #[serde(default)]
    pub(super) external_id: Option<String>,
    pub(super) name: String,
    #[serde(deserialize_with = "number")]
    pub(super) user: u64,
    #[serde(default)]
    pub(super) description: Option<String>,
}

#[derive(Deserialize)]
struct Limits {
    #[serde(deserialize_with = "signed")]
    memory: i64,
    #[serde(deserialize_with = "signed")]
    swap: i64,
    #[serde(deserialize_with = "signed")]
    disk: i64,
    #[serde(deserialize_with = "signed")]
    io: i64,
    #[serde(deserialize_with = "signed")]
    cpu: i64,
    #[serde(default)]
    oom_disabled: bool,
}

#[derive(Deserialize)]
struct Features {
    #[serde(default, deserialize_with = "maybe_signed")]
    databases: Option<i64>,
    #[serde(default, deserialize_with = "maybe_signed")]
    allocations: Option<i64>,
    #[serde(default, deserialize_with = "maybe_signed")]
    backups: Option<i64>,
}

#[derive(Deserialize, Default)]
struct ServerRelationships {
    #[serde(default)]
    allocations: Option<List<Allocation>>,
}

impl Server {
    pub(super) fn into_ours(self) -> Result<PanelServer, String> {
        let status = match &self.status {
            Value::Null => ServerStatus::Ready,
            Value::String(word) => match word.as_str() {
                "installing" => ServerStatus::Installing,
                "install_failed" => ServerStatus::InstallFailed,
                "reinstall_failed" => ServerStatus::ReinstallFailed,
                "suspended" => ServerStatus::Suspended,
                "restoring_backup" => ServerStatus::RestoringBackup,
                other => ServerStatus::Other(plain(other, 40)),
            },
            _ => return Err("the status of a server is neither a word nor null".to_owned()),
        };
        let allocations = self.relationships.allocations.map(|list| {
            let rows = list.data.into_iter().map(|item| item.attributes.into_ours());
            rows.collect::<Result<Vec<_>, _>>()
        });
        Ok(PanelServer {
            id: ServerId::new(self.id),
            identifier: self.identifier.parse().map_err(|error| format!("{error}"))?,
            uuid: self.uuid,
            external_id: self.external_id,
            name: self.name,
            node: NodeId::new(self.node),
            owner: PanelUserId::new(self.user),
            egg: EggId::new(self.egg),
            status,
            suspended: self.suspended,
            limits: ServerLimits {
                memory_mib: self.limits.memory,
                swap_mib: self.limits.swap,
                disk_mib: self.limits.disk,
                io_weight: self.limits.io,
                cpu_percent: self.limits.cpu,
                oom_disabled: self.limits.oom_disabled,
            },
            feature_limits: FeatureLimits {
                databases: self.feature_limits.databases,
                allocations: self.feature_limits.allocations,
                backups: self.feature_limits.backups,
            },
            default_allocation: AllocationId::new(self.allocation),
            allocations: allocations.transpose()?,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Stats {
    current_state: String,
    #[serde(default)]
    is_suspended: bool,
    resources: Usage,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    memory_bytes: u64,
    #[serde(default)]
    cpu_absolute: f64,
    #[serde(default)]
    disk_bytes: u64,
    #[serde(default)]
    uptime: u64,
    #[serde(default)]
    network_rx_bytes: u64,
    #[serde(default)]
    network_tx_bytes: u64,
}

impl Stats {
    pub(super) fn into_ours(self) -> Resources {
        Resources {
            state: PowerState::read(&self.current_state),
            suspended: self.is_suspended,
            memory_bytes: self.resources.memory_bytes,
            cpu_percent: self.resources.cpu_absolute,
            disk_bytes: self.resources.disk_bytes,
            uptime_ms: self.resources.uptime,
            received_bytes: self.resources.network_rx_bytes,
            sent_bytes: self.resources.network_tx_bytes,
        }
    }
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<ErrorEntry>,
}

#[derive(Deserialize)]
struct ErrorEntry {
    code: String,
    #[serde(default, deserialize_with = "text")]
    detail: String,
    #[serde(default)]
    meta: Option<ErrorMeta>,
}

#[derive(Deserialize)]
struct ErrorMeta {
    #[serde(default)]
    source_field: Option<String>,
    #[serde(default)]
    rule: Option<String>,
}

/// The panel's error body; `None` when the body is not the panel's.
pub(super) fn problems(body: &[u8]) -> Option<Vec<Problem>> {
    let errors: Errors = serde_json::from_slice(body).ok()?;
    let problem = |entry: ErrorEntry| {
        let (field, rule) = entry.meta.map_or((None, None), |meta| (meta.source_field, meta.rule));
        Problem { code: entry.code, field, rule, detail: entry.detail }
    };
    let problems: Vec<Problem> = errors.errors.into_iter().map(problem).collect();
    (!problems.is_empty()).then_some(problems)
}

//! Console, start variables, sub-users and what was done.

use super::{IntoOurs, about};
use crate::Identifier;
use crate::control::{
    self, Activity, ActivityPage, ConsolePass, Permission, PermissionGroup, SftpAddress, StartupVariable,
};
use crate::pterodactyl::wire::{self, Item, List, instant, shown, whole};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

/// Permissions of a sub-user, and of a group, at most.
const MOST_PERMISSIONS: usize = 200;
/// Longest value of a start variable that is read.
const LONGEST_VALUE: usize = 16_000;
/// Properties of a line that are shown.
const MOST_PROPERTIES: usize = 20;

#[derive(Deserialize)]
pub(super) struct Pass {
    data: PassData,
}

#[derive(Deserialize)]
struct PassData {
    token: SecretString,
    socket: String,
}

impl Pass {
    /// The pass, if its socket is that of the server that was asked for.
    pub(super) fn into_ours(self, server: &Identifier, panel: &str) -> Result<ConsolePass, String> {
        let socket = Url::parse(&self.data.socket).map_err(|_| "the console's address is none".to_owned())?;
        let parts: Vec<&str> = socket.path_segments().map(Iterator::collect).unwrap_or_default();
        let is_servers = |parts: &[&str]| matches!(parts, [.., "api", "servers", uuid, "ws"] if uuid.split('-').next() == Some(server.as_str()));
        let fits = matches!(socket.scheme(), "ws" | "wss") && socket.has_host() && socket.as_str().len() <= 2000;
        if fits && is_servers(&parts) {
            Ok(ConsolePass { socket: socket.into(), origin: panel.to_owned(), token: self.data.token })
        } else {
            Err("the console's address is that of something else".to_owned())
        }
    }
}

#[derive(Deserialize)]
pub(super) struct View {
    sftp_details: Sftp,
}

#[derive(Deserialize)]
struct Sftp {
    ip: String,
    #[serde(deserialize_with = "wire::number")]
    port: u64,
}

impl IntoOurs for View {
    type Ours = SftpAddress;

    fn into_ours(self) -> Result<SftpAddress, String> {
        let port = u16::try_from(self.sftp_details.port).map_err(|_| "no such port for SFTP".to_owned())?;
        Ok(SftpAddress { host: whole(self.sftp_details.ip, 255, "a node's host name")?, port })
    }
}

#[derive(Deserialize)]
pub(super) struct Variable {
    #[serde(default, deserialize_with = "wire::text")]
    name: String,
    #[serde(default, deserialize_with = "wire::text")]
    description: String,
    env_variable: String,
    #[serde(default, deserialize_with = "wire::text")]
    default_value: String,
    #[serde(default, deserialize_with = "wire::text")]
    server_value: String,
    is_editable: bool,
    #[serde(default, deserialize_with = "wire::text")]
    rules: String,
}

impl IntoOurs for Variable {
    type Ours = StartupVariable;

    fn into_ours(self) -> Result<StartupVariable, String> {
        Ok(StartupVariable {
            name: shown(self.name, 400),
            description: shown(self.description, 4000),
            env_variable: whole(self.env_variable, 400, "a variable's name")?,
            default_value: whole(self.default_value, LONGEST_VALUE, "a variable's default")?,
            value: whole(self.server_value, LONGEST_VALUE, "a variable's value")?,
            editable: self.is_editable,
            rules: whole(self.rules, 4000, "a variable's rules")?,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Subuser {
    uuid: String,
    username: String,
    email: String,
    #[serde(default, rename = "2fa_enabled")]
    two_factor: bool,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    permissions: Vec<String>,
}

impl IntoOurs for Subuser {
    type Ours = control::Subuser;

    fn into_ours(self) -> Result<control::Subuser, String> {
        if self.permissions.len() > MOST_PERMISSIONS {
            return Err(format!("a sub-user of {} permissions", self.permissions.len()));
        }
        let permissions = self.permissions.into_iter().map(|key| whole(key, 200, "a permission"));
        Ok(control::Subuser {
            id: about("a sub-user", self.uuid.parse())?,
            username: shown(self.username, 191 * 4),
            email: whole(self.email, 191 * 4, "a sub-user's address")?,
            two_factor: self.two_factor,
            permissions: permissions.collect::<Result<_, _>>()?,
            created_at: instant(self.created_at.as_deref()),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Permissions {
    permissions: Map<String, Value>,
}

impl IntoOurs for Permissions {
    type Ours = Vec<PermissionGroup>;

    fn into_ours(self) -> Result<Vec<PermissionGroup>, String> {
        let words = |value: &Value| shown(value.as_str().unwrap_or_default().to_owned(), 1000);
        let group = |(name, group): (String, Value)| {
            let keys = group["keys"].as_object().ok_or("a group of permissions without any")?;
            let permission = |(key, words_of): (&String, &Value)| {
                let key = whole(format!("{name}.{key}"), 200, "a permission")?;
                Ok(Permission { key, description: words(words_of) })
            };
            let permissions = keys.iter().take(MOST_PERMISSIONS).map(permission).collect::<Result<_, String>>()?;
            Ok(PermissionGroup { description: words(&group["description"]), permissions, name })
        };
        self.permissions.into_iter().take(MOST_PERMISSIONS).map(group).collect()
    }
}

#[derive(Deserialize)]
pub(super) struct Line {
    event: String,
    #[serde(default)]
    is_api: bool,
    // An empty object comes as an empty list.
    #[serde(default)]
    properties: Value,
    timestamp: String,
    #[serde(default)]
    relationships: LineRelationships,
}

#[derive(Deserialize, Default)]
struct LineRelationships {
    #[serde(default)]
    actor: Option<MaybeItem>,
}

/// A relation that may be there and be nobody.
#[derive(Deserialize)]
#[serde(untagged)]
enum MaybeItem {
    Somebody(Item<Actor>),
    Nobody(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Actor {
    username: String,
}

impl IntoOurs for Line {
    type Ours = Activity;

    fn into_ours(self) -> Result<Activity, String> {
        let words = |value: &Value| match value {
            Value::String(text) => shown(text.clone(), 1000),
            other => shown(other.to_string(), 1000),
        };
        let properties = self.properties.as_object().into_iter().flatten().take(MOST_PROPERTIES);
        let actor = match self.relationships.actor {
            Some(MaybeItem::Somebody(item)) => Some(shown(item.attributes.username, 191 * 4)),
            Some(MaybeItem::Nobody(_)) | None => None,
        };
        Ok(Activity {
            event: shown(self.event, 200),
            actor,
            by_api: self.is_api,
            properties: properties.map(|(name, value)| (shown(name.clone(), 200), words(value))).collect(),
            at: instant(Some(&self.timestamp)).ok_or("a line of activity has no time")?,
        })
    }
}

pub(super) fn activity(list: List<Line>, page: u32) -> Result<ActivityPage, String> {
    let pages = list.meta.map_or(1, |meta| meta.pagination.total_pages);
    let lines = list.data.into_iter().take(100).map(|item| item.attributes.into_ours());
    Ok(ActivityPage { lines: lines.collect::<Result<_, _>>()?, page: u64::from(page.max(1)), pages })
}

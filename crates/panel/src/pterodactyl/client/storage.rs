//! Backups, databases and ports.

use super::{IntoOurs, about};
use crate::control::{BackupState, ServerDatabase, ServerPort};
use crate::pterodactyl::wire::{self, Item, instant, number, shown, whole};
use crate::{AllocationId, control};
use secrecy::SecretString;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Backup {
    pub(super) uuid: String,
    #[serde(default, deserialize_with = "wire::text")]
    name: String,
    is_successful: bool,
    is_locked: bool,
    #[serde(default)]
    checksum: Option<String>,
    #[serde(deserialize_with = "number")]
    bytes: u64,
    created_at: String,
    #[serde(default)]
    completed_at: Option<String>,
}

impl IntoOurs for Backup {
    type Ours = control::Backup;

    fn into_ours(self) -> Result<control::Backup, String> {
        // A backup that is under way is not called successful either.
        let state = match (instant(self.completed_at.as_deref()), self.is_successful) {
            (None, _) => BackupState::Running,
            (Some(at), true) => BackupState::Done { at },
            (Some(at), false) => BackupState::Failed { at },
        };
        Ok(control::Backup {
            id: about("a backup", self.uuid.parse())?,
            name: shown(self.name, 191 * 4),
            state,
            locked: self.is_locked,
            size_bytes: self.bytes,
            checksum: self.checksum.filter(|checksum| !checksum.is_empty()).map(|checksum| shown(checksum, 200)),
            created_at: instant(Some(&self.created_at)).ok_or("a backup has no time")?,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Database {
    id: String,
    host: Host,
    name: String,
    username: String,
    connections_from: String,
    #[serde(default)]
    relationships: DatabaseRelationships,
}

#[derive(Deserialize)]
struct Host {
    address: String,
    #[serde(deserialize_with = "number")]
    port: u64,
}

#[derive(Deserialize, Default)]
struct DatabaseRelationships {
    #[serde(default)]
    password: Option<Item<Password>>,
}

#[derive(Deserialize)]
struct Password {
    password: SecretString,
}

impl IntoOurs for Database {
    type Ours = ServerDatabase;

    fn into_ours(self) -> Result<ServerDatabase, String> {
        Ok(ServerDatabase {
            id: about("a database", self.id.parse())?,
            name: whole(self.name, 400, "a database's name")?,
            username: whole(self.username, 400, "a database's login")?,
            host: whole(self.host.address, 400, "a database's host")?,
            port: u16::try_from(self.host.port).map_err(|_| format!("port {} does not exist", self.host.port))?,
            connections_from: shown(self.connections_from, 200),
            password: self.relationships.password.map(|item| item.attributes.password),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Port {
    #[serde(deserialize_with = "number")]
    id: u64,
    ip: String,
    #[serde(default)]
    ip_alias: Option<String>,
    #[serde(deserialize_with = "number")]
    port: u64,
    #[serde(default)]
    notes: Option<String>,
    is_default: bool,
}

impl IntoOurs for Port {
    type Ours = ServerPort;

    fn into_ours(self) -> Result<ServerPort, String> {
        let text = |text: Option<String>, most| text.filter(|text| !text.is_empty()).map(|text| shown(text, most));
        Ok(ServerPort {
            id: AllocationId::new(self.id),
            ip: shown(self.ip, 200),
            alias: text(self.ip_alias, 400),
            port: u16::try_from(self.port).map_err(|_| format!("port {} does not exist", self.port))?,
            note: text(self.notes, 255 * 4),
            primary: self.is_default,
        })
    }
}

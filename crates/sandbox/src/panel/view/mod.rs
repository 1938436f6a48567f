//! Rows as the application API shows them, with the relations a caller asked for.

mod catalogue;
mod hardware;
pub(super) mod servers;

use super::access::{Grants, READ, Resource};
use super::model::{Server, User};
use super::state::State;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Shows rows to one caller.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub state: &'a State,
    pub now: Timestamp,
    /// `None` is a caller who may read everything.
    pub grants: Option<&'a Grants>,
}

/// The relations asked for, as a tree.
#[derive(Debug, Default, Clone)]
pub(super) struct Includes(BTreeMap<String, Includes>);

impl Includes {
    /// Reads `allocations,egg.variables`; deeper than two levels is cut.
    pub(super) fn read(text: Option<&str>) -> Self {
        let mut tree = Self::default();
        for path in text.unwrap_or_default().split(',').filter(|path| !path.is_empty()) {
            let mut branch = &mut tree;
            for name in path.split('.').take(2) {
                branch = branch.0.entry(name.to_owned()).or_default();
            }
        }
        tree
    }

    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.0.get(name)
    }
}

/// `{"object": …, "attributes": …}`.
pub(super) fn item(object: &str, attributes: Value) -> Value {
    json!({ "object": object, "attributes": attributes })
}

/// `{"object": "list", "data": […]}` without a pagination block.
pub(super) fn list(data: Vec<Value>) -> Value {
    json!({ "object": "list", "data": data })
}

/// What stands where a relation is empty or forbidden.
pub(super) fn null_resource() -> Value {
    json!({ "object": "null_resource", "attributes": null })
}

/// `2026-03-01T10:00:00+00:00`.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// `2026-03-01T10:00:00.000000Z`, as in egg variables.
pub(super) fn precise_instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string()
}

impl View<'_> {
    pub(super) fn may_read(&self, resource: Resource) -> bool {
        self.grants.is_none_or(|grants| grants.allow(resource, READ))
    }

    /// Puts the relations asked for into `attributes.relationships`.
    fn with_relations(
        &self,
        mut item: Value,
        includes: &Includes,
        offered: &[(&str, Resource)],
        load: impl Fn(&str, &Includes) -> Value,
    ) -> Value {
        let mut relations = Map::new();
        for (name, resource) in offered {
            if let Some(deeper) = includes.get(name) {
                let value = if self.may_read(*resource) { load(name, deeper) } else { null_resource() };
                relations.insert((*name).to_owned(), value);
            }
        }
        if !relations.is_empty() {
            item["attributes"]["relationships"] = Value::Object(relations);
        }
        item
    }

    pub(super) fn user(&self, user: &User, includes: &Includes) -> Value {
        let attributes = json!({
            "id": user.id,
            "external_id": user.external_id,
            "uuid": user.uuid,
            "username": user.username,
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "language": user.language,
            "root_admin": user.root_admin,
            "2fa": false,
            "created_at": instant(user.stamps.created),
            "updated_at": instant(user.stamps.updated),
        });
        self.with_relations(item("user", attributes), includes, &[("servers", Resource::Servers)], |_, deeper| {
            self.servers(self.state.servers.values().filter(|server| server.user == user.id), deeper)
        })
    }

    fn servers<'s>(&self, servers: impl Iterator<Item = &'s Server>, includes: &Includes) -> Value {
        let visible = servers.filter(|server| self.state.visible(server.id, self.now).is_some());
        list(visible.map(|server| self.server(server, includes)).collect())
    }
}

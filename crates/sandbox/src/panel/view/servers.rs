//! Servers and their databases.

use super::catalogue::variable;
use super::{Includes, View, instant, item, list, null_resource};
use crate::panel::access::Resource;
use crate::panel::belongings::Subuser;
use crate::panel::model::{Database, Server, Status};
use serde_json::{Map, Value, json};

/// Relations of a server and what the key must be allowed to read for each.
const RELATIONS: [(&str, Resource); 9] = [
    ("allocations", Resource::Allocations),
    ("user", Resource::Users),
    ("subusers", Resource::Users),
    ("nest", Resource::Nests),
    ("egg", Resource::Eggs),
    ("variables", Resource::Servers),
    ("location", Resource::Locations),
    ("node", Resource::Nodes),
    ("databases", Resource::ServerDatabases),
];

impl View<'_> {
    pub(in crate::panel) fn server(&self, server: &Server, includes: &Includes) -> Value {
        let attributes = json!({
            "id": server.id,
            "external_id": server.external_id,
            "uuid": server.uuid,
            "identifier": server.identifier(),
            "name": server.name,
            "description": server.description,
            "status": server.status.word(),
            "suspended": server.status == Status::Suspended,
            "limits": limits(server),
            "feature_limits": features(server),
            "user": server.user,
            "node": server.node,
            "allocation": server.allocation,
            "nest": self.state.eggs.get(&server.egg).map(|egg| egg.nest),
            "egg": server.egg,
            "container": {
                "startup_command": server.startup,
                "image": server.image,
                "installed": i32::from(server.status.counts_as_installed()),
                "environment": self.environment(server),
            },
            "updated_at": instant(server.stamps.updated),
            "created_at": instant(server.stamps.created),
        });
        self.with_relations(item("server", attributes), includes, &RELATIONS, |name, deeper| {
            self.server_relation(server, name, deeper)
        })
    }

    fn server_relation(&self, server: &Server, name: &str, deeper: &Includes) -> Value {
        let state = self.state;
        let egg = state.eggs.get(&server.egg);
        match name {
            "allocations" => list(state.allocations_of(server.id).map(|it| self.allocation(it, deeper)).collect()),
            "user" => state.users.get(&server.user).map_or_else(null_resource, |it| self.user(it, deeper)),
            "nest" => {
                let nest = egg.and_then(|egg| state.nests.get(&egg.nest));
                nest.map_or_else(null_resource, |it| self.nest(it, deeper))
            }
            "egg" => egg.map_or_else(null_resource, |it| self.egg(it, deeper)),
            "location" => state.location_of(server.node).map_or_else(null_resource, |it| self.location(it, deeper)),
            "node" => state.node(server.node).map_or_else(null_resource, |it| self.node(it, deeper)),
            "databases" => list(state.databases_of(server.id).map(|it| self.database(it, deeper)).collect()),
            "variables" => self.server_variables(server),
            _ => list(state.belongings.subusers_of(server.id).map(subuser).collect()),
        }
    }

    fn server_variables(&self, server: &Server) -> Value {
        let Some(egg) = self.state.eggs.get(&server.egg) else { return list(Vec::new()) };
        let shown = egg.variables.iter().map(|it| {
            let mut attributes = variable(egg, it);
            attributes["server_value"] = json!(server.environment.get(&it.env));
            item("server_variable", attributes)
        });
        list(shown.collect())
    }

    fn environment(&self, server: &Server) -> Value {
        let mut environment: Map<String, Value> =
            self.state.environment_of(server).into_iter().map(|(name, value)| (name, value.into())).collect();
        let location = self.state.location_of(server.node).map(|location| location.short.clone());
        environment.insert("STARTUP".to_owned(), json!(server.startup));
        environment.insert("P_SERVER_LOCATION".to_owned(), json!(location));
        environment.insert("P_SERVER_UUID".to_owned(), json!(server.uuid));
        environment.insert("P_SERVER_ALLOCATION_LIMIT".to_owned(), json!(server.features.allocations.unwrap_or(0)));
        Value::Object(environment)
    }

    pub(in crate::panel) fn database(&self, database: &Database, includes: &Includes) -> Value {
        let attributes = json!({
            "id": database.id,
            "server": database.server,
            "host": database.host,
            "database": database.database,
            "username": database.username,
            "remote": database.remote,
            "max_connections": 0,
            "created_at": instant(database.stamps.created),
            "updated_at": instant(database.stamps.updated),
        });
        let offered = [("password", Resource::ServerDatabases), ("host", Resource::DatabaseHosts)];
        self.with_relations(item("server_database", attributes), includes, &offered, |name, _| {
            if name == "password" {
                return item("database_password", json!({ "password": database.password }));
            }
            self.state.hosts.get(&database.host).map_or_else(null_resource, |host| {
                item(
                    "database_host",
                    json!({
                        "id": host.id,
                        "name": host.name,
                        "host": host.host,
                        "port": host.port,
                        "username": host.username,
                        "node": null,
                        "created_at": instant(host.stamps.created),
                        "updated_at": instant(host.stamps.updated),
                    }),
                )
            })
        })
    }
}

fn subuser(subuser: &Subuser) -> Value {
    item(
        "subuser",
        json!({
            "id": subuser.id,
            "user_id": subuser.user,
            "server_id": subuser.server,
            "permissions": subuser.permissions,
            "created_at": instant(subuser.stamps.created),
            "updated_at": instant(subuser.stamps.updated),
        }),
    )
}

/// Limits, as both APIs show them.
pub(in crate::panel) fn limits(server: &Server) -> Value {
    let limits = &server.limits;
    json!({
        "memory": limits.memory,
        "swap": limits.swap,
        "disk": limits.disk,
        "io": limits.io,
        "cpu": limits.cpu,
        "threads": limits.threads,
        "oom_disabled": server.oom_disabled,
    })
}

/// Feature limits, as both APIs show them.
pub(in crate::panel) fn features(server: &Server) -> Value {
    let features = &server.features;
    json!({ "databases": features.databases, "allocations": features.allocations, "backups": features.backups })
}

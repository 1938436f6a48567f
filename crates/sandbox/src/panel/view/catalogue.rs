//! Nests, eggs and their variables.

use super::{Includes, View, instant, item, list, null_resource, precise_instant};
use crate::panel::access::Resource;
use crate::panel::model::{Egg, EggVariable, Nest};
use serde_json::{Value, json};

impl View<'_> {
    pub(in crate::panel) fn nest(&self, nest: &Nest, includes: &Includes) -> Value {
        let attributes = json!({
            "id": nest.id,
            "uuid": nest.uuid,
            "author": nest.author,
            "name": nest.name,
            "description": nest.description,
            "created_at": instant(nest.stamps.created),
            "updated_at": instant(nest.stamps.updated),
        });
        let offered = [("eggs", Resource::Eggs), ("servers", Resource::Servers)];
        self.with_relations(item("nest", attributes), includes, &offered, |name, deeper| {
            let eggs = self.state.eggs.values().filter(|egg| egg.nest == nest.id);
            if name == "eggs" {
                return list(eggs.map(|egg| self.egg(egg, deeper)).collect());
            }
            self.servers(eggs.flat_map(|egg| self.state.servers.values().filter(|it| it.egg == egg.id)), deeper)
        })
    }

    pub(in crate::panel) fn egg(&self, egg: &Egg, includes: &Includes) -> Value {
        let attributes = json!({
            "id": egg.id,
            "uuid": egg.uuid,
            "name": egg.name,
            "nest": egg.nest,
            "author": egg.author,
            "description": egg.description,
            "docker_image": egg.docker_images.values().next(),
            "docker_images": egg.docker_images,
            "config": egg.config,
            "startup": egg.startup,
            "script": egg.script,
            "created_at": instant(egg.stamps.created),
            "updated_at": instant(egg.stamps.updated),
        });
        let offered = [
            ("nest", Resource::Nests),
            ("servers", Resource::Servers),
            ("config", Resource::Eggs),
            ("script", Resource::Eggs),
            ("variables", Resource::Eggs),
        ];
        self.with_relations(item("egg", attributes), includes, &offered, |name, deeper| match name {
            "nest" => self.state.nests.get(&egg.nest).map_or_else(null_resource, |nest| self.nest(nest, deeper)),
            "servers" => self.servers(self.state.servers.values().filter(|it| it.egg == egg.id), deeper),
            "variables" => list(egg.variables.iter().map(|it| item("egg_variable", variable(egg, it))).collect()),
            // Both tell of the egg that this one inherits from; none of ours inherits.
            _ => null_resource(),
        })
    }
}

/// A variable's attributes, as eggs and servers show them.
pub(super) fn variable(egg: &Egg, variable: &EggVariable) -> Value {
    json!({
        "id": variable.id,
        "egg_id": egg.id,
        "name": variable.name,
        "description": variable.description,
        "env_variable": variable.env,
        "default_value": variable.default,
        "user_viewable": variable.viewable,
        "user_editable": variable.editable,
        "rules": variable.rules,
        "created_at": precise_instant(egg.stamps.created),
        "updated_at": precise_instant(egg.stamps.updated),
    })
}

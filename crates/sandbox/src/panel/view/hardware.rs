//! Locations, nodes and allocations.

use super::{Includes, View, instant, item, list, null_resource};
use crate::panel::access::Resource;
use crate::panel::model::{Allocation, Location, Node};
use serde_json::{Value, json};

impl View<'_> {
    pub(in crate::panel) fn location(&self, location: &Location, includes: &Includes) -> Value {
        let attributes = json!({
            "id": location.id,
            "short": location.short,
            "long": location.long,
            "updated_at": instant(location.stamps.updated),
            "created_at": instant(location.stamps.created),
        });
        let offered = [("nodes", Resource::Nodes), ("servers", Resource::Servers)];
        self.with_relations(item("location", attributes), includes, &offered, |name, deeper| {
            let nodes = self.state.nodes.values().filter(|node| node.location == location.id);
            let nodes = nodes.filter(|node| self.state.node(node.id).is_some());
            if name == "nodes" {
                list(nodes.map(|node| self.node(node, deeper)).collect())
            } else {
                self.servers(nodes.flat_map(|node| self.state.servers_on(node.id)), deeper)
            }
        })
    }

    pub(in crate::panel) fn node(&self, node: &Node, includes: &Includes) -> Value {
        let (memory, disk) = self.state.promised(node.id);
        let attributes = json!({
            "id": node.id,
            "uuid": node.uuid,
            "public": node.public,
            "name": node.name,
            "description": node.description,
            "location_id": node.location,
            "fqdn": node.fqdn,
            "scheme": node.scheme,
            "behind_proxy": node.behind_proxy,
            "maintenance_mode": self.state.in_maintenance(node.id),
            "memory": node.memory,
            "memory_overallocate": node.memory_overallocate,
            "disk": node.disk,
            "disk_overallocate": node.disk_overallocate,
            "upload_size": node.upload_size,
            "daemon_listen": node.daemon_listen,
            "daemon_sftp": node.daemon_sftp,
            "daemon_base": "/var/lib/pterodactyl/volumes",
            "created_at": instant(node.stamps.created),
            "updated_at": instant(node.stamps.updated),
            "allocated_resources": { "memory": memory, "disk": disk },
        });
        let offered =
            [("allocations", Resource::Allocations), ("location", Resource::Locations), ("servers", Resource::Servers)];
        self.with_relations(item("node", attributes), includes, &offered, |name, deeper| match name {
            "allocations" => list(self.state.allocations_on(node.id).map(|it| self.allocation(it, deeper)).collect()),
            "location" => self.state.location_of(node.id).map_or_else(null_resource, |it| self.location(it, deeper)),
            _ => self.servers(self.state.servers_on(node.id), deeper),
        })
    }

    /// A node in the answer of `deployable`, which also carries its sums as texts.
    pub(in crate::panel) fn deployable_node(&self, node: &Node, includes: &Includes) -> Value {
        let (memory, disk) = self.state.promised(node.id);
        let mut shown = self.node(node, includes);
        shown["attributes"]["sum_memory"] = Value::from(memory.to_string());
        shown["attributes"]["sum_disk"] = Value::from(disk.to_string());
        shown
    }

    pub(in crate::panel) fn allocation(&self, allocation: &Allocation, includes: &Includes) -> Value {
        let attributes = json!({
            "id": allocation.id,
            "ip": allocation.ip,
            "alias": allocation.alias,
            "port": allocation.port,
            "notes": allocation.notes,
            "assigned": allocation.server.is_some(),
        });
        let offered = [("node", Resource::Nodes), ("server", Resource::Servers)];
        self.with_relations(item("allocation", attributes), includes, &offered, |name, deeper| {
            if name == "node" {
                return self.state.node(allocation.node).map_or_else(null_resource, |it| self.node(it, deeper));
            }
            let server = allocation.server.and_then(|id| self.state.visible(id, self.now));
            server.map_or_else(null_resource, |it| self.server(it, deeper))
        })
    }
}

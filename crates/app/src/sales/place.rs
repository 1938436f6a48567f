//! Where a server stands at the panel by now, and the capacity that follows it there: a reservation counts on the node that its server
//! uses, with the ports that it has (C5).

use crate::app::App;
use crate::work::provision::{allocation_number, node_number};
use domain::capacity::{FreePort, carry_over};
use domain::ids::OrderId;
use panel::PanelServer;
use store::reservations::{self, Reservation};
use store::{Db, StoreError};

/// A node, and ports on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The node.
    pub node: i64,
    /// The ports, the default one first; never empty.
    ports: Vec<FreePort>,
}

impl Place {
    /// Where a server stands; `None` when the panel did not show its ports.
    pub fn of(server: &PanelServer) -> Option<Self> {
        let mut ports = server.allocations.clone()?;
        ports.sort_by_key(|port| (port.id != server.default_allocation, port.ip.clone(), port.port));
        ports.first().filter(|port| port.id == server.default_allocation)?;
        let ours = |port: panel::PanelAllocation| FreePort {
            allocation: allocation_number(port.id),
            ip: port.ip,
            alias: port.alias,
            port: port.port,
        };
        Some(Self { node: node_number(server.node), ports: ports.into_iter().map(ours).collect() })
    }

    /// What players type.
    pub fn address(&self) -> String {
        let default = self.ports.first();
        default.map(|port| format!("{}:{}", port.alias.as_deref().unwrap_or(&port.ip), port.port)).unwrap_or_default()
    }

    /// Whether this is the node of a reservation, with every port of it.
    pub fn has(&self, held: &Reservation) -> bool {
        held.node == self.node && self.lacks(held) == 0
    }

    /// How many ports of a reservation are not here.
    pub fn lacks(&self, held: &Reservation) -> usize {
        let here = |allocation: i64| self.ports.iter().any(|port| port.allocation == allocation);
        held.ports.iter().filter(|chosen| held.node != self.node || !here(chosen.port.allocation)).count()
    }

    /// How many ports there are.
    pub fn count(&self) -> usize {
        self.ports.len()
    }
}

/// Has what an order holds follow its server. How much it holds stays what was bought. A port that somebody else holds stays theirs (C4):
/// the panel refuses it to them, and they choose another.
pub async fn follow(app: &App, db: &mut Db, order: &OrderId, place: &Place) -> Result<(), StoreError> {
    let Some(held) = reservations::find_of_order(db, order).await? else { return Ok(()) };
    if place.has(&held) {
        return Ok(());
    }
    reservations::lock_node(db, place.node).await?;
    let theirs = reservations::list_held_by_others(db, place.node, order).await?;
    let mut ports = carry_over(&held.ports, &place.ports);
    ports.retain(|chosen| !theirs.contains(&chosen.port.allocation));
    if held.node == place.node {
        return reservations::replace_ports(db, &Reservation { ports, ..held }).await;
    }
    let now = app.now();
    reservations::release(db, order, "its server stands on another node", now).await?;
    let moved = Reservation { id: app.id(), node: place.node, ports, ..held };
    reservations::hold(db, &moved, now).await
}

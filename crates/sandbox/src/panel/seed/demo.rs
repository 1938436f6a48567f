//! Panels for demos, stories and simulations: everything that the shop's games need.

use super::eggs::{for_the_shop, reversed};
use super::ports::free_range;
use super::{NodeSeed, PanelSeed, storefront_grants};
use crate::panel::state::Dice;

/// Ports per node.
const PORTS: u16 = 48;
const NODES: u16 = 3;
/// MiB per node.
const MEMORY: i64 = 131_072;
/// MiB per node.
const DISK: i64 = 2_000_000;

impl PanelSeed {
    /// Two locations (`us-east`, `eu`), three nodes, ports on `127.0.0.1` that were free a moment ago, all eggs of the shop, an
    /// administrator, a storefront's application key and the administrator's client key.
    pub fn demo(seed: u64) -> Self {
        Self::demo_at(seed, free_range(NODES * PORTS))
    }

    /// The same with ports from `first_port` on, taken or not; the same arguments always give the same panel.
    pub fn demo_at(seed: u64, first_port: u16) -> Self {
        let mut panel = machines(Self::empty(), first_port);
        panel.nests = for_the_shop();
        people(panel, seed)
    }

    /// The same eggs as in [`PanelSeed::demo`] under other ids, uuids and nests, as on somebody else's panel.
    pub fn demo_other(seed: u64) -> Self {
        let mut panel = machines(Self::empty().ids_after(400), free_range(NODES * PORTS));
        panel.nests = reversed(for_the_shop());
        people(panel, seed ^ 0x00C0_FFEE)
    }
}

fn machines(panel: PanelSeed, first_port: u16) -> PanelSeed {
    let ports = |node: u16| {
        let first = first_port + node * PORTS;
        first..first + PORTS
    };
    panel
        .location("us-east", "US East")
        .location("eu", "Europe")
        .node(NodeSeed::new("us-east-1", 0, MEMORY, DISK))
        .node(NodeSeed::new("us-east-2", 0, MEMORY, DISK))
        .node(NodeSeed::new("eu-1", 1, MEMORY, DISK))
        .allocations(0, "127.0.0.1", None, ports(0))
        .allocations(1, "127.0.0.1", None, ports(1))
        .allocations(2, "127.0.0.1", None, ports(2))
}

fn people(panel: PanelSeed, seed: u64) -> PanelSeed {
    let mut dice = Dice::new(seed);
    let (application, client) = (format!("ptla_{}", dice.word(43)), format!("ptlc_{}", dice.word(43)));
    panel
        .user("operator", ("Panel", "Operator"), "operator@sandbox.example", true)
        .application_key(&application, 0, storefront_grants())
        .client_key(&client, 0)
}

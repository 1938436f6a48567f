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
    /// Two locations (`us-east`, `eu`), three nodes, ports on `127.0.0.1` that were free a moment ago, a host for
    /// databases, all eggs of the shop, an administrator, a storefront's application key and the administrator's client key.
    pub fn demo(seed: u64) -> Self {
        Self::demo_at(seed, free_range(NODES * PORTS))
    }

    /// The same with ports from `first_port` on, taken or not; the same arguments always give the same panel.
    pub fn demo_at(seed: u64, first_port: u16) -> Self {
        let mut panel = machines(Self::empty(), Size::usual(first_port));
        panel.nests = for_the_shop();
        people(panel, seed)
    }

    /// Like [`PanelSeed::demo`], with room for this many servers on each of the three nodes.
    pub fn demo_for(seed: u64, servers_per_node: u16) -> Self {
        let first_port = free_range(NODES * servers_per_node);
        // What a server of 8 GiB takes, each.
        let memory_mib = i64::from(servers_per_node) * 8192;
        let mut panel = machines(Self::empty(), Size { first_port, ports: servers_per_node, memory_mib });
        panel.nests = for_the_shop();
        people(panel, seed)
    }

    /// The same eggs as in [`PanelSeed::demo`] under other ids, uuids and nests, as on somebody else's panel.
    pub fn demo_other(seed: u64) -> Self {
        let mut panel = machines(Self::empty().ids_after(400), Size::usual(free_range(NODES * PORTS)));
        panel.nests = reversed(for_the_shop());
        people(panel, seed ^ 0x00C0_FFEE)
    }
}

/// How much room there is.
struct Size {
    first_port: u16,
    ports: u16,
    memory_mib: i64,
}

impl Size {
    fn usual(first_port: u16) -> Self {
        Self { first_port, ports: PORTS, memory_mib: MEMORY }
    }
}

fn machines(panel: PanelSeed, size: Size) -> PanelSeed {
    let ports = |node: u16| {
        let first = size.first_port + node * size.ports;
        first..first + size.ports
    };
    let disk = DISK.max(size.memory_mib * 20);
    panel
        .location("us-east", "US East")
        .location("eu", "Europe")
        .node(NodeSeed::new("us-east-1", 0, size.memory_mib, disk))
        .node(NodeSeed::new("us-east-2", 0, size.memory_mib, disk))
        .node(NodeSeed::new("eu-1", 1, size.memory_mib, disk))
        .allocations(0, "127.0.0.1", None, ports(0))
        .allocations(1, "127.0.0.1", None, ports(1))
        .allocations(2, "127.0.0.1", None, ports(2))
        .database_host("databases")
}

fn people(panel: PanelSeed, seed: u64) -> PanelSeed {
    let mut dice = Dice::new(seed);
    let (application, client) = (format!("ptla_{}", dice.word(43)), format!("ptlc_{}", dice.word(43)));
    panel
        .user("operator", ("Panel", "Operator"), "operator@sandbox.example", true)
        .application_key(&application, 0, storefront_grants())
        .client_key(&client, 0)
}

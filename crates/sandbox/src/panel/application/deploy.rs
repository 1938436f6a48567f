//! Automatic placement: nodes with room, then one random free port.

use crate::panel::exchange::Refusal;
use crate::panel::model::{Allocation, Node, RowId};
use crate::panel::state::State;
use std::collections::BTreeSet;

/// What a new server needs of a node.
pub(super) struct Wish {
    pub memory: i64,
    pub disk: i64,
    /// Empty means anywhere.
    pub locations: Vec<RowId>,
}

/// Public nodes whose limits leave room. Free ports, maintenance and the daemon's health are not looked at.
pub(super) fn viable_nodes<'s>(state: &'s State, wish: &Wish) -> Result<Vec<&'s Node>, Refusal> {
    let nodes = state.nodes.values().filter(|node| state.node(node.id).is_some());
    let fitting: Vec<&Node> = nodes
        .filter(|node| node.public && (wish.locations.is_empty() || wish.locations.contains(&node.location)))
        .filter(|node| {
            let (memory, disk) = state.promised(node.id);
            fits(memory + wish.memory, node.memory, node.memory_overallocate)
                && fits(disk + wish.disk, node.disk, node.disk_overallocate)
        })
        .collect();
    if fitting.is_empty() {
        return Err(Refusal::new(400, "NoViableNodeException", "No node has the room that was asked for."));
    }
    Ok(fitting)
}

/// An over-allocation is percent; −1 is not "unlimited" but one percent less.
fn fits(used: i64, total: i64, over: i64) -> bool {
    used.saturating_mul(100) <= total.saturating_mul(100 + over)
}

/// One free allocation on any of the nodes.
pub(super) fn choose_port(
    state: &mut State,
    nodes: &[RowId],
    dedicated: bool,
    ranges: &[(u16, u16)],
) -> Result<RowId, Refusal> {
    let assigned: BTreeSet<(RowId, &str)> =
        state.allocations.values().filter(|it| it.server.is_some()).map(|it| (it.node, it.ip.as_str())).collect();
    let fits = |it: &&Allocation| {
        it.server.is_none()
            && nodes.contains(&it.node)
            && (!dedicated || !assigned.contains(&(it.node, it.ip.as_str())))
            && (ranges.is_empty() || ranges.iter().any(|(from, to)| (*from..=*to).contains(&it.port)))
    };
    let free: Vec<RowId> = state.allocations.values().filter(fits).map(|it| it.id).collect();
    if free.is_empty() {
        return Err(Refusal::new(400, "NoViableAllocationException", "No free port fits what was asked for."));
    }
    Ok(free[state.dice.below(free.len())])
}

/// Reads `25565` or `25565-25600`.
pub(super) fn read_range(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
}

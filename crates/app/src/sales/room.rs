//! Holding capacity: a node with room in the region, and ports on it.

use crate::app::App;
use crate::sales::offer;
use domain::capacity::{Amount, choose_ports};
use domain::catalogue::{Blueprint, Region, RegionKey, ServerShape};
use domain::ids::OrderId;
use std::collections::BTreeSet;
use store::reservations::{self, NodeRoom, Reservation};
use store::{Db, StoreError};

/// What has to be held.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// For which order.
    pub order: &'a OrderId,
    /// Where.
    pub region: &'a RegionKey,
    /// How large.
    pub shape: ServerShape,
    /// Which ports.
    pub blueprint: &'a Blueprint,
}

impl Wanted<'_> {
    fn amount(&self) -> Amount {
        amount(self.shape)
    }
}

/// Memory and disk of a server.
pub fn amount(shape: ServerShape) -> Amount {
    Amount { memory_mib: i64::from(shape.memory_mib), disk_mib: i64::from(shape.disk_mib) }
}

/// Whether a node stands in a region.
fn in_region(app: &App, node: &NodeRoom, region: &RegionKey) -> bool {
    app.catalogue.find_region(region.as_str()).is_some_and(|region| region.locations.contains(&node.location))
}

/// Nodes of the region with enough memory and disk, the emptiest first, without `avoid`.
pub async fn candidates(
    app: &App,
    db: &mut Db,
    wanted: &Wanted<'_>,
    avoid: &[i64],
) -> Result<Vec<NodeRoom>, StoreError> {
    let nodes = reservations::list_room(db).await?;
    let fits = |node: &NodeRoom| in_region(app, node, wanted.region) && node.left.covers(wanted.amount());
    Ok(nodes.into_iter().filter(|node| fits(node) && !avoid.contains(&node.node)).collect())
}

/// Holds capacity on the first node that has it; `None` when none has. Part of the caller's transaction: of two buyers of the
/// last slot one gets it (C6).
pub async fn hold(
    app: &App,
    db: &mut Db,
    wanted: &Wanted<'_>,
    avoid: &[i64],
) -> Result<Option<Reservation>, StoreError> {
    for candidate in candidates(app, db, wanted, avoid).await? {
        // Read again under the node's lock: somebody may have been faster.
        let Some(node) = reservations::lock_node(db, candidate.node).await? else { continue };
        if !node.left.covers(wanted.amount()) {
            continue;
        }
        let free = reservations::list_free_ports(db, node.node).await?;
        let blueprint = wanted.blueprint;
        let chosen = choose_ports(&blueprint.ports, blueprint.contiguous, wanted.shape.extra_ports, &free);
        let Some(ports) = chosen else { continue };
        let reservation =
            Reservation { id: app.id(), order: wanted.order.clone(), node: node.node, amount: wanted.amount(), ports };
        reservations::hold(db, &reservation, app.now()).await?;
        return Ok(Some(reservation));
    }
    Ok(None)
}

/// What every node had left, at one moment, and where nothing was sold.
pub struct Openings {
    nodes: Vec<NodeRoom>,
    /// Where nothing is sold.
    pub paused: BTreeSet<RegionKey>,
}

impl Openings {
    /// Reads it.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn look(app: &App, db: &mut Db) -> Result<Self, StoreError> {
        Ok(Self { nodes: reservations::list_room(db).await?, paused: offer::paused(app, db).await? })
    }

    /// Regions with how many servers of this shape could be bought there: none where nothing is sold.
    pub fn of(&self, app: &App, shape: ServerShape) -> Vec<(Region, usize)> {
        let count = |region: &Region| -> usize {
            if self.paused.contains(&region.key) {
                return 0;
            }
            let here = self.nodes.iter().filter(|node| region.locations.contains(&node.location));
            here.map(|node| slots(node.left, amount(shape))).sum()
        };
        app.catalogue.regions.iter().map(|region| (region.clone(), count(region))).collect()
    }
}

/// How many servers of this size still fit.
fn slots(left: Amount, each: Amount) -> usize {
    let by = |left: i64, each: i64| usize::try_from(left.max(0) / each.max(1)).unwrap_or_default();
    by(left.memory_mib, each.memory_mib).min(by(left.disk_mib, each.disk_mib))
}

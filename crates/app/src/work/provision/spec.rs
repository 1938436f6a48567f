//! What the panel is asked for: owner, egg of this panel, image, every variable, size and ports.

use super::Delivery;
use crate::web::secrets;
use anyhow::Context;
use domain::catalogue::{Blueprint, Egg, FillContext, image_of, server_environment};
use panel::{AllocationId, EggId, NodeId, PanelUserId, ServerId, ServerSpec};
use std::collections::BTreeMap;
use store::{Db, StoreError, mirror};

/// The egg of this panel that a blueprint means, if one is bound and there.
pub(crate) async fn find_egg(db: &mut Db, blueprint: &Blueprint) -> Result<Option<Egg>, StoreError> {
    let bindings = mirror::list_bindings(db).await?;
    let binding = bindings.into_iter().find(|binding| binding.blueprint == blueprint.key);
    match binding.and_then(|binding| binding.egg_uuid) {
        Some(uuid) => mirror::find_egg(db, &uuid).await,
        None => Ok(None),
    }
}

impl Delivery<'_> {
    /// Everything that the panel has to know.
    ///
    /// # Errors
    /// The server cannot be made as it was bought; the text says why.
    pub(super) async fn spec(&self) -> anyhow::Result<ServerSpec> {
        let egg = find_egg(&mut *self.app.store.read().await?, self.blueprint).await?;
        let egg = egg.with_context(|| format!("blueprint {} is bound to no egg of the panel", self.blueprint.key))?;
        let reservation = self.reservation.as_ref().context("no capacity is held")?;
        let ports: BTreeMap<String, u16> =
            reservation.ports.iter().map(|chosen| (chosen.role.clone(), chosen.port.port)).collect();
        let bought = &self.service.spec;
        let secret = |variable: &str, length: usize| {
            secrets::server_password(self.app, self.service.id.as_str(), variable, length)
        };
        let context = FillContext {
            ports: &ports,
            inputs: &bought.inputs,
            order_name: &bought.server_name,
            players: bought.players_max,
            secret: &secret,
        };
        let environment =
            server_environment(self.blueprint, &bought.env, &egg.variables, &context).map_err(|problems| {
                anyhow::anyhow!(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            })?;
        let image = image_of(self.blueprint, &egg).context("the egg has no image that fits")?.to_owned();
        let owner = self.account.panel_user.context("the customer has no panel login")?;
        let allocations: Vec<i64> = reservation.ports.iter().map(|chosen| chosen.port.allocation).collect();
        let (default, additional) = allocations.split_first().context("no port is held")?;
        let shape = bought.shape;
        Ok(ServerSpec {
            name: bought.server_name.clone(),
            description: format!("{} · {}", bought.label, self.service.id),
            owner: PanelUserId::new(number(owner)),
            egg: EggId::new(number(egg.id)),
            image,
            startup: egg.startup.clone(),
            environment,
            memory_mib: i64::from(shape.memory_mib),
            swap_mib: i64::from(shape.swap_mib),
            disk_mib: i64::from(shape.disk_mib),
            io_weight: i64::from(shape.io_weight),
            cpu_percent: i64::from(shape.cpu_percent),
            databases: shape.databases,
            backups: shape.backups,
            allocations_limit: u32::try_from(allocations.len()).unwrap_or(u32::MAX),
            default_allocation: AllocationId::new(number(*default)),
            additional_allocations: allocation_ids(additional),
            oom_disabled: shape.oom_disabled,
        })
    }
}

/// The panel's numbers are never negative; rows hold them as signed.
fn number(row: i64) -> u64 {
    u64::try_from(row).unwrap_or_default()
}

fn signed(panel: u64) -> i64 {
    i64::try_from(panel).unwrap_or(i64::MAX)
}

pub(super) fn allocation_ids(rows: &[i64]) -> Vec<AllocationId> {
    rows.iter().map(|row| AllocationId::new(number(*row))).collect()
}

/// A login's number as rows hold it.
pub(crate) fn user_number(id: PanelUserId) -> i64 {
    signed(id.get())
}

/// A node's number as rows hold it.
pub(crate) fn node_number(id: NodeId) -> i64 {
    signed(id.get())
}

/// A server's number as rows hold it.
pub(crate) fn server_number(id: ServerId) -> i64 {
    signed(id.get())
}

/// An allocation's number as rows hold it.
pub(crate) fn allocation_number(id: AllocationId) -> i64 {
    signed(id.get())
}

/// An egg's number as rows hold it.
pub(crate) fn egg_number(id: EggId) -> i64 {
    signed(id.get())
}

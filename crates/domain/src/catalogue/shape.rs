//! The size of a server: its plan with its add-ons.

use super::{AddOn, AddOnEffect, Blueprint, Plan};
use serde::{Deserialize, Serialize};

/// The size of a server, as the panel is asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerShape {
    /// Memory in MiB.
    pub memory_mib: u32,
    /// CPU in percent of one core.
    pub cpu_percent: u32,
    /// Disk in MiB.
    pub disk_mib: u32,
    /// Swap in MiB.
    pub swap_mib: u32,
    /// The panel's weight, 10 to 1000.
    pub io_weight: u32,
    /// Whether the kernel must not kill the server when memory runs out.
    pub oom_disabled: bool,
    /// How many databases the customer may have.
    pub databases: u32,
    /// How many backups the customer may have.
    pub backups: u32,
    /// Ports beyond those that the game needs.
    pub extra_ports: u32,
}

impl ServerShape {
    /// The plan's size, changed by what was bought with it.
    pub fn of<'a>(plan: &Plan, blueprint: &Blueprint, add_ons: impl IntoIterator<Item = &'a AddOn>) -> Self {
        let mut shape = Self {
            memory_mib: plan.memory_mib,
            cpu_percent: plan.cpu_percent,
            disk_mib: plan.disk_mib,
            swap_mib: blueprint.limits.swap_mib,
            io_weight: blueprint.limits.io_weight,
            oom_disabled: blueprint.limits.oom_disabled,
            databases: blueprint.limits.databases,
            backups: blueprint.limits.backups,
            extra_ports: 0,
        };
        for effect in add_ons.into_iter().filter_map(|add_on| add_on.effect) {
            match effect {
                AddOnEffect::Cpu { percent } => shape.cpu_percent += percent,
                AddOnEffect::Disk { gib } => shape.disk_mib += gib * 1024,
                AddOnEffect::IoWeight { weight } => shape.io_weight = shape.io_weight.max(weight),
                AddOnEffect::Backups { count } => shape.backups += count,
                AddOnEffect::Databases { count } => shape.databases += count,
                AddOnEffect::Ports { count } => shape.extra_ports += count,
            }
        }
        shape
    }
}

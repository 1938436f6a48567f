//! Capacity arithmetic: what a node can still take, and which of its ports fit a server.

use crate::catalogue::{CarriedBy, PortSpec};
use serde::{Deserialize, Serialize};

/// Memory and disk, in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Amount {
    /// Memory in MiB.
    pub memory_mib: i64,
    /// Disk in MiB.
    pub disk_mib: i64,
}

impl Amount {
    /// Whether `self` is enough for `wanted`.
    pub fn covers(self, wanted: Self) -> bool {
        self.memory_mib >= wanted.memory_mib && self.disk_mib >= wanted.disk_mib
    }
}

impl std::ops::Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            memory_mib: self.memory_mib.saturating_add(other.memory_mib),
            disk_mib: self.disk_mib.saturating_add(other.disk_mib),
        }
    }
}

impl std::ops::Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            memory_mib: self.memory_mib.saturating_sub(other.memory_mib),
            disk_mib: self.disk_mib.saturating_sub(other.disk_mib),
        }
    }
}

/// What of a node may be sold: its size plus overallocation in percent, less what is kept free.
///
/// The panel reads a negative overallocation as "less than there is"; so do we.
pub fn sellable(size: Amount, overallocate_percent: (i64, i64), headroom: Amount) -> Amount {
    let grown = |mib: i64, percent: i64| mib.saturating_mul(100 + percent.max(-100)) / 100;
    let all = Amount {
        memory_mib: grown(size.memory_mib, overallocate_percent.0),
        disk_mib: grown(size.disk_mib, overallocate_percent.1),
    };
    all - headroom
}

/// A port of a node that nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreePort {
    /// The panel's id of the allocation.
    pub allocation: i64,
    /// The address that it is bound to.
    pub ip: String,
    /// The name or address that players use instead of `ip`, where the panel has one.
    pub alias: Option<String>,
    /// The port number.
    pub port: u16,
}

/// A port chosen for a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenPort {
    /// What the game uses it for; `extra-1` and so on for bought ports.
    pub role: String,
    /// Which port.
    pub port: FreePort,
}

/// Chooses ports for a server out of `free`, which is ordered by address and number. The first chosen port is the default one.
/// `None` when they do not suffice.
///
/// All ports stand on one address. A port that the game computes from the default one has to be exactly there; where the
/// blueprint wants a block, all of its ports follow each other. Ports without a fixed place prefer to follow the rest.
pub fn choose_ports(specs: &[PortSpec], contiguous: bool, extra: u32, free: &[FreePort]) -> Option<Vec<ChosenPort>> {
    free.iter().find_map(|default| choose_from(default, specs, contiguous, extra, free))
}

fn choose_from(
    default: &FreePort,
    specs: &[PortSpec],
    contiguous: bool,
    extra: u32,
    free: &[FreePort],
) -> Option<Vec<ChosenPort>> {
    let same_ip: Vec<&FreePort> = free.iter().filter(|port| port.ip == default.ip).collect();
    let at = |number: u16| same_ip.iter().find(|port| port.port == number).copied();
    let mut chosen: Vec<Option<ChosenPort>> = Vec::with_capacity(specs.len());
    let mut taken = vec![default.port];
    // Ports with a fixed place first, so that no other role sits on them.
    for (index, spec) in specs.iter().enumerate() {
        let number = match &spec.carried_by {
            CarriedBy::Default => Some(default.port),
            CarriedBy::Offset { by } => Some(default.port.checked_add(*by)?),
            CarriedBy::Env { .. } | CarriedBy::File if contiguous => {
                Some(default.port.checked_add(u16::try_from(index).ok()?)?)
            }
            CarriedBy::Env { .. } | CarriedBy::File => None,
        };
        match number {
            Some(number) => {
                taken.push(number);
                chosen.push(Some(ChosenPort { role: spec.role.clone(), port: at(number)?.clone() }));
            }
            None => chosen.push(None),
        }
    }
    let mut rest = same_ip
        .iter()
        .filter(|port| port.port > default.port)
        .chain(same_ip.iter().filter(|port| port.port < default.port))
        .filter(|port| !taken.contains(&port.port));
    let mut ports = Vec::with_capacity(specs.len() + extra as usize);
    for (slot, spec) in chosen.into_iter().zip(specs) {
        match slot {
            Some(port) => ports.push(port),
            None => ports.push(ChosenPort { role: spec.role.clone(), port: (*rest.next()?).clone() }),
        }
    }
    for number in 1..=extra {
        ports.push(ChosenPort { role: format!("extra-{number}"), port: (*rest.next()?).clone() });
    }
    Some(ports)
}

/// The ports of a server that stands elsewhere by now, in the roles that they had. `has` are the ports of the server, its default one first.
/// Ports keep their distance from the default one where there is such a port, and take what is left otherwise; roles for which nothing is
/// left go without.
pub fn carry_over(held: &[ChosenPort], has: &[FreePort]) -> Vec<ChosenPort> {
    let (Some(before), Some(default)) = (held.first(), has.first()) else { return Vec::new() };
    let mut left: Vec<&FreePort> = has.iter().skip(1).collect();
    let mut found: Vec<Option<FreePort>> = vec![None; held.len()];
    found[0] = Some(default.clone());
    for (place, chosen) in held.iter().enumerate().skip(1) {
        let wanted = i32::from(default.port) + i32::from(chosen.port.port) - i32::from(before.port.port);
        let same = |port: &&FreePort| port.ip == default.ip && i32::from(port.port) == wanted;
        found[place] = take_where(&mut left, same);
    }
    for port in found.iter_mut().filter(|port| port.is_none()) {
        *port = (!left.is_empty()).then(|| left.remove(0).clone());
    }
    let named = held.iter().zip(found).filter_map(|(chosen, port)| Some((chosen.role.clone(), port?)));
    named.map(|(role, port)| ChosenPort { role, port }).collect()
}

fn take_where(left: &mut Vec<&FreePort>, fits: impl Fn(&&FreePort) -> bool) -> Option<FreePort> {
    let at = left.iter().position(fits)?;
    Some(left.remove(at).clone())
}

/// In how many days something is used up of which `free` is left and that became less by `grown` within `days`; `None` where it does not become
/// less, or not within a year.
pub fn days_left(free: i64, grown: i64, days: i64) -> Option<i64> {
    if grown <= 0 || days <= 0 {
        return None;
    }
    let left = free.max(0).saturating_mul(days) / grown;
    (left <= 365).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Protocol;

    fn free(ip: &str, ports: impl IntoIterator<Item = u16>) -> Vec<FreePort> {
        ports
            .into_iter()
            .map(|port| FreePort { allocation: i64::from(port), ip: ip.to_owned(), alias: None, port })
            .collect()
    }

    fn spec(role: &str, carried_by: CarriedBy) -> PortSpec {
        PortSpec { role: role.to_owned(), protocol: Protocol::Udp, carried_by }
    }

    fn numbers(ports: Option<Vec<ChosenPort>>) -> Option<Vec<u16>> {
        ports.map(|ports| ports.iter().map(|chosen| chosen.port.port).collect())
    }

    #[test]
    fn a_computed_port_has_to_be_free_next_to_the_default_one() {
        let ark = [
            spec("game", CarriedBy::Default),
            spec("raw", CarriedBy::Offset { by: 1 }),
            spec("query", CarriedBy::Env { name: "QUERY_PORT".into() }),
        ];
        let ports = free("10.0.0.1", [7000, 7002, 7003, 7010]);
        assert_eq!(numbers(choose_ports(&ark, false, 0, &ports)), Some(vec![7002, 7003, 7010]));
    }

    #[test]
    fn a_block_follows_the_default_port_without_gaps() {
        let rust = [
            spec("game", CarriedBy::Default),
            spec("query", CarriedBy::Env { name: "QUERY_PORT".into() }),
            spec("rcon", CarriedBy::Env { name: "RCON_PORT".into() }),
        ];
        let ports = free("10.0.0.1", [7000, 7001, 7003, 7004, 7005]);
        assert_eq!(numbers(choose_ports(&rust, true, 0, &ports)), Some(vec![7003, 7004, 7005]));
    }

    #[test]
    fn ports_never_mix_addresses_and_bought_ports_come_last() {
        let minecraft = [spec("game", CarriedBy::Default)];
        let mut ports = free("10.0.0.1", [7000]);
        ports.extend(free("10.0.0.2", [7000, 7001]));
        let chosen = choose_ports(&minecraft, false, 1, &ports).unwrap();
        assert!(chosen.iter().all(|chosen| chosen.port.ip == "10.0.0.2"));
        assert_eq!(chosen[1].role, "extra-1");
    }

    #[test]
    fn too_few_ports_choose_nothing() {
        let minecraft = [spec("game", CarriedBy::Default)];
        assert_eq!(choose_ports(&minecraft, false, 1, &free("10.0.0.1", [7000])), None);
        assert_eq!(choose_ports(&minecraft, false, 0, &[]), None);
    }

    #[test]
    fn what_may_be_sold_leaves_the_headroom_and_respects_a_negative_overallocation() {
        let size = Amount { memory_mib: 16384, disk_mib: 100_000 };
        let headroom = Amount { memory_mib: 2048, disk_mib: 0 };
        assert_eq!(sellable(size, (0, 50), headroom), Amount { memory_mib: 14336, disk_mib: 150_000 });
        assert_eq!(sellable(size, (-1, 0), headroom).memory_mib, 16220 - 2048);
    }

    #[test]
    fn ports_of_a_moved_server_keep_their_roles_and_distances() {
        let chosen =
            |role: &str, port: u16| ChosenPort { role: role.into(), port: free("10.0.0.1", [port])[0].clone() };
        let held = [chosen("game", 7000), chosen("query", 7001), chosen("extra-1", 7010)];
        let roles = |has: &[FreePort]| -> Vec<(String, u16)> {
            carry_over(&held, has).into_iter().map(|chosen| (chosen.role, chosen.port.port)).collect()
        };
        let said = |pairs: &[(&str, u16)]| -> Vec<(String, u16)> {
            pairs.iter().map(|(role, port)| ((*role).to_owned(), *port)).collect()
        };
        let all = free("10.0.0.2", [8000, 8005, 8001]);
        assert_eq!(roles(&all), said(&[("game", 8000), ("query", 8001), ("extra-1", 8005)]));
        let far = free("10.0.0.2", [8000, 9000]);
        assert_eq!(roles(&far), said(&[("game", 8000), ("query", 9000)]), "what is not there is not held");
        assert_eq!(roles(&[]), said(&[]));
    }

    #[test]
    fn what_is_left_lasts_as_long_as_the_pace_of_late_says() {
        assert_eq!(days_left(90, 70, 7), Some(9));
        assert_eq!(days_left(0, 1, 7), Some(0));
        assert_eq!(days_left(-5, 1, 7), Some(0));
        assert_eq!(days_left(90, 0, 7), None);
        assert_eq!(days_left(90, -10, 7), None);
        assert_eq!(days_left(1_000_000, 1, 7), None);
    }
}

//! What a server uses: made-up but steady figures. A running game uses most of its memory and some of its cores.

use crate::panel::machine::{Machine, Power};
use crate::panel::model::{Server, Status};
use crate::panel::view::item;
use jiff::Timestamp;
use serde_json::{Value, json};

struct Usage {
    memory: i64,
    cpu: f64,
    disk: usize,
    traffic: i64,
    uptime: i64,
}

fn usage(server: &Server, machine: &Machine, now: Timestamp) -> Usage {
    let uptime = match machine.power {
        Power::Running { since } => i64::try_from(now.duration_since(since).as_millis().max(0)).unwrap_or(i64::MAX),
        Power::Offline | Power::Starting(_) | Power::Stopping { .. } => 0,
    };
    let busy = machine.power != Power::Offline;
    Usage {
        memory: if busy { server.limits.memory.max(512) * 1_048_576 * 3 / 5 } else { 0 },
        cpu: if busy { 12.4 + f64::from(machine.players) } else { 0.0 },
        disk: machine.disk_bytes(),
        traffic: if busy { uptime / 10 } else { 0 },
        uptime,
    }
}

/// As the panel shows them.
pub(super) fn stats(server: &Server, machine: &Machine, now: Timestamp) -> Value {
    let usage = usage(server, machine, now);
    item(
        "stats",
        json!({
            "current_state": machine.power.word(),
            "is_suspended": server.status == Status::Suspended,
            "resources": {
                "memory_bytes": usage.memory,
                "cpu_absolute": usage.cpu,
                "disk_bytes": usage.disk,
                "network_rx_bytes": usage.traffic,
                "network_tx_bytes": usage.traffic,
                "uptime": usage.uptime,
            },
        }),
    )
}

/// As the daemon tells them on a console.
pub(in crate::panel) fn figures(server: &Server, machine: &Machine, now: Timestamp) -> Value {
    let usage = usage(server, machine, now);
    json!({
        "memory_bytes": usage.memory,
        "memory_limit_bytes": server.limits.memory * 1_048_576,
        "cpu_absolute": usage.cpu,
        "network": { "rx_bytes": usage.traffic, "tx_bytes": usage.traffic },
        "uptime": usage.uptime,
        "state": machine.power.word(),
        "disk_bytes": usage.disk,
    })
}

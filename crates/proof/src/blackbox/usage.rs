//! How much processor time and memory the processes take.

use crate::blackbox::outcome::Usage;
use crate::blackbox::pause;
use crate::blackbox::replica::Replica;
use crate::stopwatch;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Ticks in a second of processor time, as Linux counts them for everybody.
const TICKS: f64 = 100.0;

/// What was seen so far, by the processes' numbers.
#[derive(Default)]
pub(crate) struct Meter(Mutex<BTreeMap<u32, Seen>>);

struct Seen {
    first: (Instant, u64),
    last: (Instant, u64),
    resident_kib: u64,
}

impl Meter {
    /// Looks every second, for ever.
    pub(crate) async fn watch(&self, replicas: &[Arc<Replica>]) {
        loop {
            for process in replicas.iter().filter_map(|replica| replica.process()) {
                let (Some(ticks), Some(resident_kib)) = (ticks(process), resident(process)) else { continue };
                let now = (stopwatch(), ticks);
                let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let seen = all.entry(process).or_insert(Seen { first: now, last: now, resident_kib });
                seen.last = now;
                seen.resident_kib = seen.resident_kib.max(resident_kib);
            }
            pause(Duration::from_secs(1)).await;
        }
    }

    /// Over all processes that ever ran.
    pub(crate) fn usage(&self) -> Usage {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lived = |seen: &Seen| seen.last.0.duration_since(seen.first.0).as_secs_f64();
        let worked = |seen: &Seen| (seen.last.1 - seen.first.1) as f64 / TICKS;
        let (lived, worked) = (all.values().map(lived).sum::<f64>(), all.values().map(worked).sum::<f64>());
        Usage {
            processes: all.len() as u64,
            cpu_percent: if lived > 0.0 { 100.0 * worked / lived } else { 0.0 },
            peak_resident_mib: all.values().map(|seen| seen.resident_kib).max().unwrap_or_default() / 1024,
        }
    }
}

/// Processor time, in user and system mode. Source: proc(5), `/proc/pid/stat`, fields 14 and 15.
fn ticks(process: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before may have spaces in it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// Memory that is really there. Source: proc(5), `/proc/pid/status`, VmRSS.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

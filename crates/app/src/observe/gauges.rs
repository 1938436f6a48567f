//! Figures that are read from the database when somebody asks for the metrics: a few looks over what is open, at most every ten
//! seconds; the sums over everything at most once a minute.

use super::describe::NOTIFICATIONS;
use crate::app::App;
use crate::health;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use store::backlog::{self, Backlog};
use store::figures::{self, NodeFill};
use store::ledger::{self, EntryKind};
use store::watch::Queue;
use store::{Db, StoreError, alerts};

/// As old as figures may be.
const FRESH: SignedDuration = SignedDuration::from_secs(10);
/// As old as sums over all rows may be.
const SUMS_FRESH: SignedDuration = SignedDuration::from_secs(60);

/// What was read when.
#[derive(Debug, Default)]
pub struct Gauges {
    read_at: Option<Timestamp>,
    summed_at: Option<Timestamp>,
    /// Nodes that have figures: one that is gone has none any more, and says 0.
    nodes: BTreeSet<String>,
}

impl Gauges {
    /// Reads what is too old.
    ///
    /// # Errors
    /// The database did not answer: the figures stay, and `givr_ready` says so.
    pub async fn refresh(&mut self, app: &App) -> Result<(), StoreError> {
        let now = app.now();
        if self.read_at.is_some_and(|at| now.duration_since(at).abs() < FRESH) {
            return Ok(());
        }
        ready(app).await;
        let mut db = app.store.read().await?;
        for queue in Queue::ALL {
            show(queue.key(), &backlog::of_queue(&mut db, queue, now).await?, now);
        }
        show(NOTIFICATIONS, &backlog::of_notifications(&mut db, now).await?, now);
        metrics::gauge!("givr_operations_parked").set(exact(backlog::count_parked(&mut db).await?));
        let open = alerts::count_open(&mut db).await?;
        metrics::gauge!("givr_alerts_open", "severity" => "critical").set(exact(open.critical));
        metrics::gauge!("givr_alerts_open", "severity" => "warning").set(exact(open.warnings));
        self.nodes(&figures::list_node_fill(&mut db).await?);
        if self.summed_at.is_none_or(|at| now.duration_since(at).abs() >= SUMS_FRESH) {
            sums(app, &mut db).await?;
            self.summed_at = Some(now);
        }
        self.read_at = Some(now);
        Ok(())
    }

    fn nodes(&mut self, nodes: &[NodeFill]) {
        let gone: Vec<String> =
            self.nodes.iter().filter(|known| !nodes.iter().any(|node| node.name == **known)).cloned().collect();
        for name in gone {
            self.nodes.remove(&name);
            show_node(&name, [(0, 0); 3]);
        }
        for node in nodes {
            self.nodes.insert(node.name.clone());
            // A node that takes nothing has nothing to sell.
            let sellable = |whole: i64| if node.takes_servers { whole } else { 0 };
            let memory = (sellable(node.memory_mib), node.memory_sold_mib);
            let disk = (sellable(node.disk_mib), node.disk_sold_mib);
            show_node(&node.name, [memory, disk, (sellable(node.ports), node.ports - node.ports_free)]);
        }
    }
}

/// Which parts of selling and delivering are well; with a database that does not answer, nothing is.
async fn ready(app: &App) {
    let look = health::try_out(app).await;
    for part in health::Part::ALL {
        let well = look.as_ref().is_ok_and(|look| look.is_well(part));
        metrics::gauge!("givr_ready", "part" => part.key()).set(if well { 1.0 } else { 0.0 });
    }
}

fn show(queue: &'static str, backlog: &Backlog, now: Timestamp) {
    let overdue = backlog.due_since.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
    metrics::gauge!("givr_queue_waiting", "queue" => queue).set(exact(backlog.waiting));
    metrics::gauge!("givr_queue_due", "queue" => queue).set(exact(backlog.due));
    metrics::gauge!("givr_queue_overdue_seconds", "queue" => queue).set(overdue.as_secs_f64().max(0.0));
}

/// Memory, disk and ports, each as what can be sold and what is.
fn show_node(name: &str, [memory, disk, ports]: [(i64, i64); 3]) {
    let node = name.to_owned();
    metrics::gauge!("givr_node_memory_mib", "node" => node.clone(), "what" => "sellable").set(exact(memory.0));
    metrics::gauge!("givr_node_memory_mib", "node" => node.clone(), "what" => "sold").set(exact(memory.1));
    metrics::gauge!("givr_node_disk_mib", "node" => node.clone(), "what" => "sellable").set(exact(disk.0));
    metrics::gauge!("givr_node_disk_mib", "node" => node.clone(), "what" => "sold").set(exact(disk.1));
    metrics::gauge!("givr_node_ports", "node" => node.clone(), "what" => "sellable").set(exact(ports.0));
    metrics::gauge!("givr_node_ports", "node" => node, "what" => "sold").set(exact(ports.1));
}

async fn sums(app: &App, db: &mut Db) -> Result<(), StoreError> {
    let paid = figures::count_paid(db).await?;
    metrics::counter!("givr_orders_paid_total").absolute(paid.unsigned_abs());
    let own = app.catalogue.currency;
    for kind in EntryKind::ALL {
        let (kind, currency) = (kind.key(), own.code().to_owned());
        metrics::counter!("givr_money_minor_total", "kind" => kind, "currency" => currency).absolute(0);
    }
    for moved in ledger::sums(db, app.stripe.mode() == billing::Mode::Live).await? {
        let (kind, currency) = (moved.kind.key(), moved.amount.currency.code().to_owned());
        let minor = moved.amount.minor.unsigned_abs();
        metrics::counter!("givr_money_minor_total", "kind" => kind, "currency" => currency).absolute(minor);
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts far below what a fraction holds exactly")]
fn exact(count: i64) -> f64 {
    count as f64
}

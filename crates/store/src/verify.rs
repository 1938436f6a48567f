//! Whole tables, as the check of everything reads them: no row is left out, and nothing is changed. Call these with a
//! [`crate::Snapshot`], so that the tables fit together.

use crate::alerts::Alert;
use crate::checkout::CheckoutAttempt;
use crate::ledger::EntryKind;
use crate::mirror::Node;
use crate::operations::{OperationKind, Outcome};
use crate::orders::Purchase;
use crate::refunds::Refund;
use crate::row::Columns;
use crate::services::Service;
use crate::{Db, Result, alerts, checkout, mirror, orders, refunds, reservations, services};
use domain::capacity::{Amount, ChosenPort};
use domain::ids::{AccountId, AttemptId, MessageId, OperationId, OrderId, ReservationId, ServiceId};
use domain::money::Money;
use domain::provision::{AttemptOutcome, Progress};
use jiff::Timestamp;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// An account as others outside know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its id.
    pub id: AccountId,
    /// The panel's number of its login.
    pub panel_user: Option<i64>,
}

/// A job on a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: OperationId,
    /// On which service.
    pub service: ServiceId,
    /// What it does.
    pub kind: OperationKind,
    /// What a delivery did so far.
    pub progress: Progress,
    /// When it began.
    pub created_at: Timestamp,
    /// Why a person has to look.
    pub parked_why: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

/// A call that may have created a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCall {
    /// Its id.
    pub id: AttemptId,
    /// The job that made it.
    pub operation: OperationId,
    /// When it was written down.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How it ended; `None` while nobody has said.
    pub outcome: Option<AttemptOutcome>,
}

/// An entry of the ledger, with everything that it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Whether real money moved.
    pub live: bool,
    /// The provider's id of the charge, refund or dispute.
    pub object: String,
    /// What it is.
    pub kind: EntryKind,
    /// The payment intent that it belongs to.
    pub charge: String,
    /// The order that it explains; `None` is money that we cannot explain.
    pub order: Option<OrderId>,
    /// Signed.
    pub amount: Money,
    /// When we learned of it.
    pub at: Timestamp,
}

/// Capacity that is or was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its id.
    pub id: ReservationId,
    /// For which order.
    pub order: OrderId,
    /// On which node.
    pub node: i64,
    /// How much.
    pub amount: Amount,
    /// Which ports, the default one first.
    pub ports: Vec<ChosenPort>,
    /// When it ended.
    pub released_at: Option<Timestamp>,
}

/// A message, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id.
    pub id: MessageId,
    /// Which message.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// What made it due.
    pub cause: String,
    /// Who gets it.
    pub recipient: AccountId,
    /// When it became due.
    pub created_at: Timestamp,
    /// When it went out.
    pub sent_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub cancelled_at: Option<Timestamp>,
}

/// An event of Stripe's, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Stripe's id.
    pub id: String,
    /// Stripe's word for what happened.
    pub kind: String,
    /// What it happened to.
    pub object: Option<String>,
    /// When we got it.
    pub received_at: Timestamp,
    /// When it was applied.
    pub processed_at: Option<Timestamp>,
}

/// A port of a node, as the last sweep saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodePort {
    /// The panel's id of the allocation.
    pub id: i64,
    /// On which node.
    pub node: i64,
}

/// All orders, oldest first.
pub async fn list_orders(db: &mut Db) -> Result<Vec<Purchase>> {
    let rows = sqlx::query("select * from orders order by id").fetch_all(db).await?;
    rows.iter().map(orders::read).collect()
}

/// All accounts that buy or bought.
pub async fn list_holders(db: &mut Db) -> Result<Vec<Holder>> {
    let rows = sqlx::query(
        "select id, panel_user from accounts a
          where exists (select 1 from orders o where o.customer_id = a.id) order by id",
    )
    .fetch_all(db)
    .await?;
    let read = |row: &AnyRow| Ok(Holder { id: row.parsed("id")?, panel_user: row.opt_int("panel_user")? });
    rows.iter().map(read).collect()
}

/// All services, oldest first.
pub async fn list_services(db: &mut Db) -> Result<Vec<Service>> {
    let rows = sqlx::query("select * from services order by id").fetch_all(db).await?;
    rows.iter().map(services::read).collect()
}

/// All jobs, oldest first.
pub async fn list_jobs(db: &mut Db) -> Result<Vec<Job>> {
    let rows = sqlx::query(
        "select id, service_id, kind, progress, created_at, parked_why, finished_at, outcome from operations order by id",
    )
    .fetch_all(db)
    .await?;
    let read = |row: &AnyRow| {
        Ok(Job {
            id: row.parsed("id")?,
            service: row.parsed("service_id")?,
            kind: row.word("kind", OperationKind::find)?,
            progress: row.json("progress")?,
            created_at: row.at("created_at")?,
            parked_why: row.opt_text("parked_why")?,
            finished_at: row.opt_at("finished_at")?,
            outcome: row.opt_word("outcome", Outcome::find)?,
        })
    };
    rows.iter().map(read).collect()
}

/// All calls that may have created a server, oldest first.
pub async fn list_create_calls(db: &mut Db) -> Result<Vec<CreateCall>> {
    let rows =
        sqlx::query("select id, operation_id, started_at, finished_at, outcome from provisioning_attempts order by id")
            .fetch_all(db)
            .await?;
    let read = |row: &AnyRow| {
        Ok(CreateCall {
            id: row.parsed("id")?,
            operation: row.parsed("operation_id")?,
            started_at: row.at("started_at")?,
            finished_at: row.opt_at("finished_at")?,
            outcome: row.opt_word("outcome", AttemptOutcome::find)?,
        })
    };
    rows.iter().map(read).collect()
}

/// The whole ledger, oldest first.
pub async fn list_ledger(db: &mut Db) -> Result<Vec<LedgerEntry>> {
    let rows = sqlx::query("select * from ledger order by at, id").fetch_all(db).await?;
    let read = |row: &AnyRow| {
        Ok(LedgerEntry {
            live: row.text("mode")? == "live",
            object: row.text("object")?,
            kind: row.word("kind", EntryKind::find)?,
            charge: row.text("charge")?,
            order: row.opt_text("order_id")?.map(|_| row.parsed("order_id")).transpose()?,
            amount: row.money()?,
            at: row.at("at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// All decisions to give money back, oldest first.
pub async fn list_refunds(db: &mut Db) -> Result<Vec<Refund>> {
    let rows = sqlx::query("select * from refunds order by id").fetch_all(db).await?;
    rows.iter().map(refunds::read).collect()
}

/// Everything that is or was held, oldest first, with the ports that are held now.
pub async fn list_holdings(db: &mut Db) -> Result<Vec<Holding>> {
    let mut ports: BTreeMap<String, Vec<ChosenPort>> = BTreeMap::new();
    for row in &sqlx::query("select * from reserved_ports order by reservation_id, place").fetch_all(&mut *db).await? {
        let chosen = ChosenPort { role: row.text("role")?, port: reservations::read_port(row, "allocation_id")? };
        ports.entry(row.text("reservation_id")?).or_default().push(chosen);
    }
    let rows = sqlx::query("select * from reservations order by id").fetch_all(db).await?;
    let mut read = |row: &AnyRow| {
        let id: ReservationId = row.parsed("id")?;
        Ok(Holding {
            ports: ports.remove(id.as_str()).unwrap_or_default(),
            id,
            order: row.parsed("order_id")?,
            node: row.int("node_id")?,
            amount: Amount { memory_mib: row.int("memory_mib")?, disk_mib: row.int("disk_mib")? },
            released_at: row.opt_at("released_at")?,
        })
    };
    rows.iter().map(&mut read).collect()
}

/// All payment pages, oldest first.
pub async fn list_pages(db: &mut Db) -> Result<Vec<CheckoutAttempt>> {
    let rows = sqlx::query("select * from checkout_attempts order by id").fetch_all(db).await?;
    rows.iter().map(checkout::read).collect()
}

/// All messages, oldest first.
pub async fn list_letters(db: &mut Db) -> Result<Vec<Letter>> {
    let rows = sqlx::query(
        "select id, kind, subject, cause, recipient, created_at, sent_at, cancelled_at from outbox order by id",
    )
    .fetch_all(db)
    .await?;
    let read = |row: &AnyRow| {
        Ok(Letter {
            id: row.parsed("id")?,
            kind: row.text("kind")?,
            subject: row.text("subject")?,
            cause: row.text("cause")?,
            recipient: row.parsed("recipient")?,
            created_at: row.at("created_at")?,
            sent_at: row.opt_at("sent_at")?,
            cancelled_at: row.opt_at("cancelled_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// All alerts, also those that were cleared, oldest first.
pub async fn list_alerts(db: &mut Db) -> Result<Vec<Alert>> {
    let rows = sqlx::query("select * from alerts order by id").fetch_all(db).await?;
    rows.iter().map(alerts::read).collect()
}

/// All events of Stripe's, in the order in which they came.
pub async fn list_arrivals(db: &mut Db) -> Result<Vec<Arrival>> {
    let rows = sqlx::query(
        "select id, kind, object_id, received_at, processed_at from webhook_events order by received_at, id",
    )
    .fetch_all(db)
    .await?;
    let read = |row: &AnyRow| {
        Ok(Arrival {
            id: row.text("id")?,
            kind: row.text("kind")?,
            object: row.opt_text("object_id")?,
            received_at: row.at("received_at")?,
            processed_at: row.opt_at("processed_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// All nodes that the last sweep showed.
pub async fn list_nodes(db: &mut Db) -> Result<Vec<Node>> {
    let rows = sqlx::query("select * from panel_nodes where gone_at is null order by id").fetch_all(db).await?;
    rows.iter().map(mirror::read_node).collect()
}

/// All ports of all nodes, as the last sweep showed them.
pub async fn list_node_ports(db: &mut Db) -> Result<Vec<NodePort>> {
    let rows = sqlx::query("select id, node_id from panel_allocations order by id").fetch_all(db).await?;
    rows.iter().map(|row| Ok(NodePort { id: row.int("id")?, node: row.int("node_id")? })).collect()
}

//! What is counted for those who look after the shop. Customers of smoke tests are nobody.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::catalogue::Term;
use domain::money::Money;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// What came of purchases in a span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sales {
    /// Paid for.
    pub paid: i64,
    /// Handed over.
    pub delivered: i64,
    /// Given back because they could not be delivered.
    pub failed: i64,
    /// Given back for whatever reason.
    pub refunded: i64,
    /// Servers that ended.
    pub ended: i64,
}

/// How a server was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The plan's key.
    pub plan: String,
    /// From payment to playable.
    pub seconds: i64,
}

/// What servers bring in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Income {
    /// Paid for how long at a time.
    pub term: Term,
    /// How many servers.
    pub servers: i64,
    /// What they pay together, for one term.
    pub amount: Money,
}

/// How full a node is. What others keep there counts as sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFill {
    /// Its id at the panel.
    pub id: i64,
    /// What it is called there.
    pub name: String,
    /// Its location's short code.
    pub location: String,
    /// Whether it takes new servers, as far as the panel and we say.
    pub takes_servers: bool,
    /// Since when we place nothing new on it, and why; `None` when we do.
    pub drained: Option<(Timestamp, String)>,
    /// Memory that can be sold, in MiB.
    pub memory_mib: i64,
    /// Of it, sold.
    pub memory_sold_mib: i64,
    /// Disk that can be sold, in MiB.
    pub disk_mib: i64,
    /// Of it, sold.
    pub disk_sold_mib: i64,
    /// Ports.
    pub ports: i64,
    /// Of them, free.
    pub ports_free: i64,
}

async fn count(db: &mut Db, sql: &'static str, from: Timestamp, to: Timestamp) -> Result<i64> {
    let row = sqlx::query(sql).bind(micros(from)).bind(micros(to)).fetch_one(db).await?;
    row.int("n")
}

/// What came of purchases between two moments, the second one left out.
pub async fn sales(db: &mut Db, from: Timestamp, to: Timestamp) -> Result<Sales> {
    let paid = "select count(*) as n from services s join accounts a on a.id = s.customer_id
         where s.created_at >= $1 and s.created_at < $2 and a.smoke = 0";
    let delivered = "select count(*) as n from services s join accounts a on a.id = s.customer_id
         where s.fulfilled_at >= $1 and s.fulfilled_at < $2 and a.smoke = 0";
    let ended = "select count(*) as n from services s join accounts a on a.id = s.customer_id
         where s.terminated_at >= $1 and s.terminated_at < $2 and s.fulfilled_at is not null and a.smoke = 0";
    let failed = "select count(*) as n from refunds r join orders o on o.id = r.order_id join accounts a on a.id = o.customer_id
         where r.created_at >= $1 and r.created_at < $2 and r.reason in ('cannot_be_delivered', 'server_vanished') and a.smoke = 0";
    let refunded =
        "select count(*) as n from refunds r join orders o on o.id = r.order_id join accounts a on a.id = o.customer_id
         where r.created_at >= $1 and r.created_at < $2 and r.amount > 0 and a.smoke = 0";
    Ok(Sales {
        paid: count(db, paid, from, to).await?,
        delivered: count(db, delivered, from, to).await?,
        failed: count(db, failed, from, to).await?,
        refunded: count(db, refunded, from, to).await?,
        ended: count(db, ended, from, to).await?,
    })
}

/// What was handed over between two moments, the latest first; at most `limit`.
pub async fn list_delivered(db: &mut Db, from: Timestamp, to: Timestamp, limit: i64) -> Result<Vec<Delivered>> {
    let rows = sqlx::query(
        "select s.plan, (s.fulfilled_at - s.created_at) / 1000000 as seconds from services s join accounts a on a.id = s.customer_id
          where s.fulfilled_at >= $1 and s.fulfilled_at < $2 and a.smoke = 0 order by s.fulfilled_at desc limit $3",
    )
    .bind(micros(from))
    .bind(micros(to))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok(Delivered { plan: row.text("plan")?, seconds: row.int("seconds")? })).collect()
}

/// What servers bring in that were handed over and are to run on.
pub async fn list_income(db: &mut Db) -> Result<Vec<Income>> {
    let rows = sqlx::query(
        "select o.term, o.currency, count(*) as servers, cast(sum(o.amount) as bigint) as amount
           from services s join orders o on o.id = s.order_id join accounts a on a.id = s.customer_id
          where s.fulfilled_at is not null and s.terminated_at is null and s.stop_requested_at is null and s.ends_at is null
            and a.smoke = 0
          group by o.term, o.currency order by o.term, o.currency",
    )
    .fetch_all(db)
    .await?;
    let income = |row: &AnyRow| {
        Ok(Income { term: row.word("term", Term::find)?, servers: row.int("servers")?, amount: row.money()? })
    };
    rows.iter().map(income).collect()
}

/// How full the nodes are that the panel has, by name.
pub async fn list_node_fill(db: &mut Db) -> Result<Vec<NodeFill>> {
    let rows = sqlx::query(
        "select n.id, n.name, n.location, n.public, n.maintenance, n.drained_at, n.drained_why, n.memory_mib, n.disk_mib,
                n.foreign_memory_mib + cast(coalesce((select sum(r.memory_mib) from reservations r
                    where r.node_id = n.id and r.released_at is null), 0) as bigint) as memory_sold,
                n.foreign_disk_mib + cast(coalesce((select sum(r.disk_mib) from reservations r
                    where r.node_id = n.id and r.released_at is null), 0) as bigint) as disk_sold,
                (select count(*) from panel_allocations a where a.node_id = n.id) as ports,
                (select count(*) from panel_allocations a where a.node_id = n.id and a.assigned = 0
                    and not exists (select 1 from reserved_ports p where p.node_id = a.node_id and p.allocation_id = a.id)) as ports_free
           from panel_nodes n where n.gone_at is null order by n.name, n.id limit 1000",
    )
    .fetch_all(db)
    .await?;
    let fill = |row: &AnyRow| {
        Ok(NodeFill {
            id: row.int("id")?,
            name: row.text("name")?,
            location: row.text("location")?,
            takes_servers: row.flag("public")? && !row.flag("maintenance")? && row.opt_at("drained_at")?.is_none(),
            drained: row.opt_at("drained_at")?.zip(row.opt_text("drained_why")?),
            memory_mib: row.int("memory_mib")?,
            memory_sold_mib: row.int("memory_sold")?,
            disk_mib: row.int("disk_mib")?,
            disk_sold_mib: row.int("disk_sold")?,
            ports: row.int("ports")?,
            ports_free: row.int("ports_free")?,
        })
    };
    rows.iter().map(fill).collect()
}

/// By how much more memory of each node is sold than was at `since`, in MiB; negative where it became less. Nodes that nothing happened on
/// are left out.
pub async fn list_node_growth(db: &mut Db, since: Timestamp) -> Result<Vec<(i64, i64)>> {
    let rows = sqlx::query(
        "select node_id, cast(sum(mib) as bigint) as mib from (
            select node_id, memory_mib as mib from reservations where made_at >= $1 and released_at is null
            union all
            select node_id, -memory_mib as mib from reservations where released_at >= $1 and made_at < $1
         ) changes group by node_id",
    )
    .bind(micros(since))
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((row.int("node_id")?, row.int("mib")?))).collect()
}

/// How many orders were paid since the shop began.
pub async fn count_paid(db: &mut Db) -> Result<i64> {
    let sql = "select count(*) as n from services s join accounts a on a.id = s.customer_id where a.smoke = 0";
    sqlx::query(sql).fetch_one(db).await?.int("n")
}

//! The panel as the last complete sweep saw it, and which of its eggs our blueprints mean.

use crate::row::{Columns, micros, to_json};
use crate::{Db, Result};
use domain::catalogue::BlueprintKey;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::fmt::Write;

/// A node of the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The panel's id.
    pub id: i64,
    /// The panel's uuid.
    pub uuid: String,
    /// Its name.
    pub name: String,
    /// The short code of its location.
    pub location: String,
    /// Its host name.
    pub fqdn: String,
    /// Whether it takes new servers.
    pub public: bool,
    /// Whether it is being worked on.
    pub maintenance: bool,
    /// Memory that may be sold, in MiB.
    pub memory_mib: i64,
    /// Disk that may be sold, in MiB.
    pub disk_mib: i64,
    /// Memory of servers that are not ours, in MiB.
    pub foreign_memory_mib: i64,
    /// Disk of servers that are not ours, in MiB.
    pub foreign_disk_mib: i64,
}

/// An allocation of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// The panel's id.
    pub id: i64,
    /// The address that it is bound to.
    pub ip: String,
    /// The name that players use instead, if the panel has one.
    pub alias: Option<String>,
    /// The port number.
    pub port: u16,
    /// Whether a server has it.
    pub assigned: bool,
}

/// Which egg of this panel a blueprint means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The blueprint.
    pub blueprint: BlueprintKey,
    /// The egg's uuid on this panel, if one was found.
    pub egg_uuid: Option<String>,
    /// Whether an operator chose it.
    pub by_hand: bool,
    /// Why plans of this blueprint cannot be sold.
    pub problem: Option<String>,
}

/// How many rows one statement writes.
const BATCH: usize = 200;

/// Writes a node as it was seen.
pub async fn save_node(db: &mut Db, node: &Node, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into panel_nodes (id, uuid, name, location, fqdn, public, maintenance, memory_mib, disk_mib,
                                  foreign_memory_mib, foreign_disk_mib, seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (id) do update set uuid = excluded.uuid, name = excluded.name, location = excluded.location,
             fqdn = excluded.fqdn, public = excluded.public, maintenance = excluded.maintenance,
             memory_mib = excluded.memory_mib, disk_mib = excluded.disk_mib,
             foreign_memory_mib = excluded.foreign_memory_mib, foreign_disk_mib = excluded.foreign_disk_mib,
             seen_at = excluded.seen_at, gone_at = null",
    )
    .bind(node.id)
    .bind(&node.uuid)
    .bind(&node.name)
    .bind(&node.location)
    .bind(&node.fqdn)
    .bind(i64::from(node.public))
    .bind(i64::from(node.maintenance))
    .bind(node.memory_mib)
    .bind(node.disk_mib)
    .bind(node.foreign_memory_mib)
    .bind(node.foreign_disk_mib)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Writes a node's allocations as a complete list showed them; those that are no longer there go away.
pub async fn save_allocations(db: &mut Db, node: i64, allocations: &[Allocation], now: Timestamp) -> Result<()> {
    for batch in allocations.chunks(BATCH) {
        let mut sql =
            String::from("insert into panel_allocations (id, node_id, ip, alias, port, assigned, seen_at) values ");
        for row in 0..batch.len() {
            let comma = if row == 0 { "" } else { "," };
            let p = row * 7;
            // Writing to a String does not fail.
            let _ =
                write!(sql, "{comma}(${},${},${},${},${},${},${})", p + 1, p + 2, p + 3, p + 4, p + 5, p + 6, p + 7);
        }
        sql.push_str(
            " on conflict (id) do update set node_id = excluded.node_id, ip = excluded.ip, alias = excluded.alias,
                 port = excluded.port, assigned = excluded.assigned, seen_at = excluded.seen_at",
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for allocation in batch {
            query = query
                .bind(allocation.id)
                .bind(node)
                .bind(&allocation.ip)
                .bind(allocation.alias.as_deref())
                .bind(i64::from(allocation.port))
                .bind(i64::from(allocation.assigned))
                .bind(micros(now));
        }
        query.execute(&mut *db).await?;
    }
    sqlx::query("delete from panel_allocations where node_id = $1 and seen_at < $2")
        .bind(node)
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// Takes nodes that a complete sweep at `now` did not show out of the sale.
pub async fn mark_gone(db: &mut Db, now: Timestamp) -> Result<()> {
    sqlx::query("update panel_nodes set gone_at = $1 where seen_at < $1 and gone_at is null")
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// All nodes that the last sweep showed.
pub async fn list_nodes(db: &mut Db) -> Result<Vec<Node>> {
    let rows =
        sqlx::query("select * from panel_nodes where gone_at is null order by id limit 1000").fetch_all(db).await?;
    rows.iter().map(read_node).collect()
}

/// Places nothing new on a node. `false` when that is so already, or there is no such node.
pub async fn drain(db: &mut Db, node: i64, why: &str, now: Timestamp) -> Result<bool> {
    // Whoever is choosing a node has its row: then either the place is taken already, or the drain is seen.
    let done = sqlx::query(
        "update panel_nodes set drained_at = $2, drained_why = $3, turn = turn + 1 where id = $1 and drained_at is null",
    )
    .bind(node)
    .bind(micros(now))
    .bind(why)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Places servers on a node again. `false` when nothing kept them away.
pub async fn end_drain(db: &mut Db, node: i64) -> Result<bool> {
    let done = sqlx::query(
        "update panel_nodes set drained_at = null, drained_why = null where id = $1 and drained_at is not null",
    )
    .bind(node)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The name of a node, also of one that is gone.
pub async fn node_name(db: &mut Db, node: i64) -> Result<String> {
    let row = sqlx::query("select name from panel_nodes where id = $1").bind(node).fetch_optional(db).await?;
    row.map_or_else(|| Ok(format!("node {node}")), |row| row.text("name"))
}

/// Writes an egg as it was seen; `body` holds what the app needs of it.
pub async fn save_egg<T: Serialize + Sync>(
    db: &mut Db,
    uuid: &str,
    (egg, nest): (i64, i64),
    (name, author): (&str, &str),
    body: &T,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "insert into panel_eggs (uuid, egg_id, nest_id, name, author, body, seen_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (uuid) do update set egg_id = excluded.egg_id, nest_id = excluded.nest_id, name = excluded.name,
             author = excluded.author, body = excluded.body, seen_at = excluded.seen_at",
    )
    .bind(uuid)
    .bind(egg)
    .bind(nest)
    .bind(name)
    .bind(author)
    .bind(to_json("body", body)?)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets eggs that a complete list at `now` did not show.
pub async fn forget_eggs(db: &mut Db, now: Timestamp) -> Result<()> {
    sqlx::query("delete from panel_eggs where seen_at < $1").bind(micros(now)).execute(db).await?;
    Ok(())
}

/// What was saved of an egg.
pub async fn find_egg<T: DeserializeOwned>(db: &mut Db, uuid: &str) -> Result<Option<T>> {
    let row = sqlx::query("select body from panel_eggs where uuid = $1").bind(uuid).fetch_optional(db).await?;
    row.map(|row| row.json("body")).transpose()
}

/// What was saved of all eggs.
pub async fn list_eggs<T: DeserializeOwned>(db: &mut Db) -> Result<Vec<T>> {
    let rows = sqlx::query("select body from panel_eggs order by egg_id limit 5000").fetch_all(db).await?;
    rows.iter().map(|row| row.json("body")).collect()
}

/// Writes down which egg a blueprint means. What an operator chose stays until an operator chooses again.
pub async fn save_binding(db: &mut Db, binding: &Binding, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into egg_bindings (blueprint, egg_uuid, by_hand, problem, checked_at) values ($1, $2, $3, $4, $5)
         on conflict (blueprint) do update set egg_uuid = excluded.egg_uuid, by_hand = excluded.by_hand,
             problem = excluded.problem, checked_at = excluded.checked_at
          where egg_bindings.by_hand = 0 or excluded.by_hand = 1",
    )
    .bind(binding.blueprint.as_str())
    .bind(binding.egg_uuid.as_deref())
    .bind(i64::from(binding.by_hand))
    .bind(binding.problem.as_deref())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets what an operator chose for a blueprint.
pub async fn forget_binding(db: &mut Db, blueprint: &BlueprintKey) -> Result<()> {
    sqlx::query("delete from egg_bindings where blueprint = $1").bind(blueprint.as_str()).execute(db).await?;
    Ok(())
}

/// All bindings.
pub async fn list_bindings(db: &mut Db) -> Result<Vec<Binding>> {
    let rows = sqlx::query("select * from egg_bindings order by blueprint limit 1000").fetch_all(db).await?;
    rows.iter().map(read_binding).collect()
}

fn read_binding(row: &AnyRow) -> Result<Binding> {
    Ok(Binding {
        blueprint: BlueprintKey::new(row.text("blueprint")?),
        egg_uuid: row.opt_text("egg_uuid")?,
        by_hand: row.flag("by_hand")?,
        problem: row.opt_text("problem")?,
    })
}

pub(crate) fn read_node(row: &AnyRow) -> Result<Node> {
    Ok(Node {
        id: row.int("id")?,
        uuid: row.text("uuid")?,
        name: row.text("name")?,
        location: row.text("location")?,
        fqdn: row.text("fqdn")?,
        public: row.flag("public")?,
        maintenance: row.flag("maintenance")?,
        memory_mib: row.int("memory_mib")?,
        disk_mib: row.int("disk_mib")?,
        foreign_memory_mib: row.int("foreign_memory_mib")?,
        foreign_disk_mib: row.int("foreign_disk_mib")?,
    })
}

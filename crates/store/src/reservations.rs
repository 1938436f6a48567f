//! Capacity that is held: memory, disk and ports of a node, from checkout until the server is gone (C1–C6).

use crate::row::{Columns, micros, senseless};
use crate::{Db, Result};
use domain::capacity::{Amount, ChosenPort, FreePort};
use domain::ids::{OrderId, ReservationId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A node and what it can still take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRoom {
    /// The panel's id of the node.
    pub node: i64,
    /// Its name.
    pub name: String,
    /// The short code of its location.
    pub location: String,
    /// What is neither used nor held.
    pub left: Amount,
}

/// Capacity that an order or its service holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Its id.
    pub id: ReservationId,
    /// For what.
    pub order: OrderId,
    /// Where.
    pub node: i64,
    /// How much.
    pub amount: Amount,
    /// Which ports, the default one first.
    pub ports: Vec<ChosenPort>,
}

const ROOM: &str = "select n.id, n.name, n.location,
        n.memory_mib - n.foreign_memory_mib - cast(coalesce((select sum(r.memory_mib) from reservations r
            where r.node_id = n.id and r.released_at is null), 0) as bigint) as memory_left,
        n.disk_mib - n.foreign_disk_mib - cast(coalesce((select sum(r.disk_mib) from reservations r
            where r.node_id = n.id and r.released_at is null), 0) as bigint) as disk_left
      from panel_nodes n where n.gone_at is null and n.public = 1 and n.maintenance = 0 and n.drained_at is null";

/// What every node that takes new servers has left, the emptiest first.
pub async fn list_room(db: &mut Db) -> Result<Vec<NodeRoom>> {
    let sql = format!("{ROOM} order by memory_left desc, n.id limit 1000");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(db).await?;
    rows.iter().map(read_room).collect()
}

/// Locks a node until the transaction ends and says what it has left; `None` when it takes no new servers.
pub async fn lock_node(db: &mut Db, node: i64) -> Result<Option<NodeRoom>> {
    sqlx::query("update panel_nodes set turn = turn + 1 where id = $1").bind(node).execute(&mut *db).await?;
    let sql = format!("{ROOM} and n.id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(node).fetch_optional(db).await?;
    row.as_ref().map(read_room).transpose()
}

/// Ports of a node that no server and no reservation has, by address and number; at most 1000.
pub async fn list_free_ports(db: &mut Db, node: i64) -> Result<Vec<FreePort>> {
    let rows = sqlx::query(
        "select a.id, a.ip, a.alias, a.port from panel_allocations a
          where a.node_id = $1 and a.assigned = 0
            and not exists (select 1 from reserved_ports p where p.node_id = a.node_id and p.allocation_id = a.id)
          order by a.ip, a.port limit 1000",
    )
    .bind(node)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| read_port(row, "id")).collect()
}

/// Holds capacity. The caller has locked the node and seen that there is room.
///
/// # Errors
/// [`crate::StoreError::Taken`] when the order holds capacity already, or a port has an owner.
pub async fn hold(db: &mut Db, reservation: &Reservation, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into reservations (id, order_id, node_id, memory_mib, disk_mib, made_at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(reservation.id.as_str())
    .bind(reservation.order.as_str())
    .bind(reservation.node)
    .bind(reservation.amount.memory_mib)
    .bind(reservation.amount.disk_mib)
    .bind(micros(now))
    .execute(&mut *db)
    .await?;
    save_ports(db, reservation).await
}

/// Replaces the ports of a reservation, because the panel refused the ones that it had, or its server has others.
pub async fn replace_ports(db: &mut Db, reservation: &Reservation) -> Result<()> {
    sqlx::query("delete from reserved_ports where reservation_id = $1")
        .bind(reservation.id.as_str())
        .execute(&mut *db)
        .await?;
    save_ports(db, reservation).await
}

async fn save_ports(db: &mut Db, reservation: &Reservation) -> Result<()> {
    for (place, chosen) in reservation.ports.iter().enumerate() {
        sqlx::query(
            "insert into reserved_ports (node_id, allocation_id, reservation_id, place, role, ip, alias, port)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(reservation.node)
        .bind(chosen.port.allocation)
        .bind(reservation.id.as_str())
        .bind(i64::try_from(place).unwrap_or(i64::MAX))
        .bind(&chosen.role)
        .bind(&chosen.port.ip)
        .bind(chosen.port.alias.as_deref())
        .bind(i64::from(chosen.port.port))
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Marks ports as taken until the next sweep: the panel has just refused them.
pub async fn mark_assigned(db: &mut Db, node: i64, allocations: &[i64]) -> Result<()> {
    for allocation in allocations {
        sqlx::query("update panel_allocations set assigned = 1 where node_id = $1 and id = $2")
            .bind(node)
            .bind(allocation)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// What an order or its service holds now, if anything.
pub async fn find_of_order(db: &mut Db, order: &OrderId) -> Result<Option<Reservation>> {
    let row = sqlx::query("select * from reservations where order_id = $1 and released_at is null")
        .bind(order.as_str())
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let id: ReservationId = row.parsed("id")?;
    let ports = sqlx::query("select * from reserved_ports where reservation_id = $1 order by place")
        .bind(id.as_str())
        .fetch_all(db)
        .await?;
    let read = |row: &AnyRow| Ok(ChosenPort { role: row.text("role")?, port: read_port(row, "allocation_id")? });
    Ok(Some(Reservation {
        id,
        order: order.clone(),
        node: row.int("node_id")?,
        amount: Amount { memory_mib: row.int("memory_mib")?, disk_mib: row.int("disk_mib")? },
        ports: ports.iter().map(read).collect::<Result<_>>()?,
    }))
}

/// Ports of a node that somebody else holds than this order.
pub async fn list_held_by_others(db: &mut Db, node: i64, order: &OrderId) -> Result<Vec<i64>> {
    let rows = sqlx::query(
        "select p.allocation_id from reserved_ports p join reservations r on r.id = p.reservation_id
          where p.node_id = $1 and r.order_id <> $2",
    )
    .bind(node)
    .bind(order.as_str())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.int("allocation_id")).collect()
}

/// How many orders and servers hold something of a node.
pub async fn count_on_node(db: &mut Db, node: i64) -> Result<i64> {
    let row = sqlx::query("select count(*) as n from reservations where node_id = $1 and released_at is null")
        .bind(node)
        .fetch_one(db)
        .await?;
    row.int("n")
}

/// Ends what an order holds, once: a second call changes nothing (C3).
pub async fn release(db: &mut Db, order: &OrderId, why: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "delete from reserved_ports where reservation_id in
            (select id from reservations where order_id = $1 and released_at is null)",
    )
    .bind(order.as_str())
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "update reservations set released_at = $2, released_why = $3 where order_id = $1 and released_at is null",
    )
    .bind(order.as_str())
    .bind(micros(now))
    .bind(why)
    .execute(db)
    .await?;
    Ok(())
}

fn read_room(row: &AnyRow) -> Result<NodeRoom> {
    Ok(NodeRoom {
        node: row.int("id")?,
        name: row.text("name")?,
        location: row.text("location")?,
        left: Amount { memory_mib: row.int("memory_left")?, disk_mib: row.int("disk_left")? },
    })
}

pub(crate) fn read_port(row: &AnyRow, id: &str) -> Result<FreePort> {
    let port = row.int("port")?;
    Ok(FreePort {
        allocation: row.int(id)?,
        ip: row.text("ip")?,
        alias: row.opt_text("alias")?,
        port: u16::try_from(port).map_err(|error| senseless("port", &error))?,
    })
}

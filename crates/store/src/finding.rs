//! Finds orders by whatever somebody has in hand. Each function is one way into one index.

use crate::accounts::email_key;
use crate::row::Columns;
use crate::{Db, Result};
use sqlx::any::AnyRow;

fn ids(rows: &[AnyRow]) -> Result<Vec<String>> {
    rows.iter().map(|row| row.text("id")).collect()
}

async fn one(db: &mut Db, sql: &'static str, value: &str) -> Result<Vec<String>> {
    ids(&sqlx::query(sql).bind(value).fetch_all(db).await?)
}

async fn some(db: &mut Db, sql: &'static str, value: &str, limit: i64) -> Result<Vec<String>> {
    ids(&sqlx::query(sql).bind(value).bind(limit).fetch_all(db).await?)
}

/// By its own id.
pub async fn by_order(db: &mut Db, id: &str) -> Result<Vec<String>> {
    one(db, "select id from orders where id = $1", id).await
}

/// By the service that it pays for.
pub async fn by_service(db: &mut Db, id: &str) -> Result<Vec<String>> {
    one(db, "select order_id as id from services where id = $1", id).await
}

/// By the customer's mailbox, written in whatever case; the latest first.
pub async fn by_email(db: &mut Db, email: &str, limit: i64) -> Result<Vec<String>> {
    let sql = "select o.id from orders o join accounts a on a.id = o.customer_id where a.email_key = $1
        order by o.created_at desc, o.id desc limit $2";
    some(db, sql, &email_key(email), limit).await
}

/// By Stripe's subscription.
pub async fn by_subscription(db: &mut Db, id: &str) -> Result<Vec<String>> {
    one(db, "select id from orders where subscription = $1", id).await
}

/// By Stripe's payment page.
pub async fn by_session(db: &mut Db, id: &str) -> Result<Vec<String>> {
    one(db, "select order_id as id from checkout_attempts where session = $1", id).await
}

/// By Stripe's payment, refund or dispute.
pub async fn by_charge(db: &mut Db, id: &str, limit: i64) -> Result<Vec<String>> {
    let sql = "select distinct order_id as id from ledger where charge = $1 and order_id is not null limit $2";
    let mut found = some(db, sql, id, limit).await?;
    if found.is_empty() {
        let sql = "select distinct order_id as id from ledger where object = $1 and order_id is not null limit $2";
        found = some(db, sql, id, limit).await?;
    }
    if found.is_empty() {
        found = one(db, "select order_id as id from refunds where stripe_refund = $1", id).await?;
    }
    Ok(found)
}

/// By the number of the server at the panel.
pub async fn by_server_number(db: &mut Db, number: i64) -> Result<Vec<String>> {
    ids(&sqlx::query("select order_id as id from services where server_id = $1").bind(number).fetch_all(db).await?)
}

/// By the server's long or short name at the panel, or by our name for it there.
pub async fn by_server(db: &mut Db, text: &str, limit: i64) -> Result<Vec<String>> {
    for sql in [
        "select order_id as id from services where server_uuid = $1 limit $2",
        "select order_id as id from services where server_identifier = $1 limit $2",
        "select order_id as id from services where external_id = $1 limit $2",
    ] {
        let found = some(db, sql, text, limit).await?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// By the address that players type, or by a port that is held, under the node's own address or the one that is shown.
pub async fn by_address(db: &mut Db, host: &str, port: u16, limit: i64) -> Result<Vec<String>> {
    let sql = "select order_id as id from services where address = $1 and terminated_at is null limit $2";
    let found = some(db, sql, &format!("{host}:{port}"), limit).await?;
    if !found.is_empty() {
        return Ok(found);
    }
    for sql in [
        "select r.order_id as id from reserved_ports p join reservations r on r.id = p.reservation_id where p.ip = $1 and p.port = $2 limit $3",
        "select r.order_id as id from reserved_ports p join reservations r on r.id = p.reservation_id where p.alias = $1 and p.port = $2 limit $3",
    ] {
        let rows = sqlx::query(sql).bind(host).bind(i64::from(port)).bind(limit).fetch_all(&mut *db).await?;
        let found = ids(&rows)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

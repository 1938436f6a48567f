//! Services: what customers have with us. The word that people see is computed, never stored.

use crate::row::{Columns, micros, opt_micros, to_json};
use crate::standing::{self, Standing};
use crate::{Db, Result};
use domain::catalogue::{BlueprintKey, PlanKey, RegionKey};
use domain::ids::{AccountId, OrderId, ServiceId};
use domain::provision::Power;
use domain::snapshot::Snapshot;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// Why a server was deleted that nobody paid for any more, as its row says it.
pub const UNPAID: &str = "nobody pays for it any more";

/// Why a server was removed together with what was paid for it, as its row says it.
pub const GIVEN_BACK: &str = "its money was given back by hand";

/// Why a server was removed before the time that was paid for was over, as its row says it.
pub const ENDED_BY_HAND: &str = "it was ended by hand, as its customer asked";

/// What a customer has with us.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// The order that paid for it.
    pub order: OrderId,
    /// Whose it is.
    pub customer: AccountId,
    /// Which plan.
    pub plan: PlanKey,
    /// How its server is made.
    pub blueprint: BlueprintKey,
    /// Where.
    pub region: RegionKey,
    /// What the customer calls it.
    pub name: String,
    /// What was bought.
    pub spec: Snapshot,
    /// The server's external id at the panel.
    pub external_id: String,
    /// Stripe's id of the subscription.
    pub subscription: String,
    /// What Stripe last said about it.
    pub subscription_state: String,
    /// Until when it is paid.
    pub period_end: Option<Timestamp>,
    /// When the subscription ends, if an end is set.
    pub ends_at: Option<Timestamp>,
    /// When the customer or an operator asked to stop.
    pub stop_requested_at: Option<Timestamp>,
    /// When its server was first seen playable.
    pub fulfilled_at: Option<Timestamp>,
    /// Whether the game itself said so.
    pub verified: Option<bool>,
    /// When its server was confirmed gone for good.
    pub terminated_at: Option<Timestamp>,
    /// The server, once there is one.
    pub server: Option<ServerRecord>,
    /// What players type.
    pub address: Option<String>,
    /// Whether the last complete sweep of the panel did not show the server, though it should stand.
    pub missing: bool,
    /// What was last seen of the server.
    pub sample: Sample,
    /// What follows from paying and not paying.
    pub standing: Standing,
    /// When the service began: the moment of payment.
    pub created_at: Timestamp,
}

impl Service {
    /// Whether it is gone, or on its way out.
    pub fn is_over(&self) -> bool {
        self.terminated_at.is_some() || self.stop_requested_at.is_some()
    }
}

/// A delivered service that nobody works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Its id.
    pub id: ServiceId,
    /// The order that paid for it.
    pub order: OrderId,
    /// Its server's external id.
    pub external_id: String,
    /// Whether it stands suspended by us.
    pub suspended: bool,
    /// The server that we know.
    pub server: Option<ServerRecord>,
    /// What players type.
    pub address: Option<String>,
    /// How often the row was written.
    pub version: i64,
}

/// Where a service's server stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRecord {
    /// The node.
    pub node: i64,
    /// The panel's number for it.
    pub id: i64,
    /// The panel's uuid of it.
    pub uuid: String,
    /// The panel's short id of it.
    pub identifier: String,
}

/// What was last seen of a server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    /// What it did.
    pub power: Option<Power>,
    /// How many play.
    pub players_online: Option<i64>,
    /// How many may.
    pub players_max: Option<i64>,
    /// Memory in use.
    pub memory_bytes: Option<i64>,
    /// CPU in use, in percent of one core.
    pub cpu_percent: Option<f64>,
    /// Disk in use.
    pub disk_bytes: Option<i64>,
    /// What came over the network since the server started.
    pub received_bytes: Option<i64>,
    /// What went over the network since the server started.
    pub sent_bytes: Option<i64>,
    /// When that was seen; `None` when it never was.
    pub at: Option<Timestamp>,
}

/// Makes a service. Its server is unknown until a look at the panel.
pub async fn create(db: &mut Db, service: &Service, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into services (id, order_id, customer_id, plan, blueprint, region, name, spec, external_id, subscription,
                               subscription_state, period_end, observed, observed_at, address, created_at, version, grace_s,
                               retention_s, paid_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'unknown', $13, $14, $13, 1, $15, $16, $17)",
    )
    .bind(service.id.as_str())
    .bind(service.order.as_str())
    .bind(service.customer.as_str())
    .bind(service.plan.as_str())
    .bind(service.blueprint.as_str())
    .bind(service.region.as_str())
    .bind(&service.name)
    .bind(to_json("spec", &service.spec)?)
    .bind(&service.external_id)
    .bind(&service.subscription)
    .bind(&service.subscription_state)
    .bind(opt_micros(service.period_end))
    .bind(micros(now))
    .bind(service.address.as_deref())
    .bind(service.standing.policy.grace.as_secs())
    .bind(service.standing.policy.retention.as_secs())
    .bind(opt_micros(service.standing.paid_until))
    .execute(db)
    .await?;
    Ok(())
}

/// The service with this id, if there is one.
pub async fn find(db: &mut Db, id: &ServiceId) -> Result<Option<Service>> {
    let row = sqlx::query("select * from services where id = $1").bind(id.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The service with this id if it is this customer's (A2).
pub async fn find_owned(db: &mut Db, id: &ServiceId, customer: &AccountId) -> Result<Option<Service>> {
    let row = sqlx::query("select * from services where id = $1 and customer_id = $2")
        .bind(id.as_str())
        .bind(customer.as_str())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The service that an order paid for, if there is one.
pub async fn find_by_order(db: &mut Db, order: &OrderId) -> Result<Option<Service>> {
    let row = sqlx::query("select * from services where order_id = $1").bind(order.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The service that was given this server of the panel, also one that is gone.
pub async fn find_by_server(db: &mut Db, uuid: &str) -> Result<Option<Service>> {
    let row = sqlx::query("select * from services where server_uuid = $1").bind(uuid).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The service whose server has this external id, also one that is gone.
pub async fn find_by_external_id(db: &mut Db, external_id: &str) -> Result<Option<Service>> {
    let row = sqlx::query("select * from services where external_id = $1").bind(external_id).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// A customer's services, newest first; at most `limit`.
pub async fn list_of_customer(db: &mut Db, customer: &AccountId, limit: i64) -> Result<Vec<Service>> {
    let rows = sqlx::query("select * from services where customer_id = $1 order by created_at desc, id desc limit $2")
        .bind(customer.as_str())
        .bind(limit)
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// Which services a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those that are not gone.
    Live,
    /// Those that stand suspended.
    Suspended,
    /// Those whose renewal failed.
    Overdue,
    /// Those whose server the panel does not show.
    Missing,
    /// Those that are gone.
    Gone,
}

/// Services, newest first, from a place in that order on.
pub async fn list_page(
    db: &mut Db,
    which: Which,
    after: Option<(Timestamp, &str)>,
    limit: i64,
) -> Result<Vec<Service>> {
    let sql = match which {
        Which::All => {
            "select * from services where (created_at < $1 or created_at = $1 and id < $2)
              order by created_at desc, id desc limit $3"
        }
        Which::Live => {
            "select * from services where terminated_at is null and (created_at < $1 or created_at = $1 and id < $2)
              order by created_at desc, id desc limit $3"
        }
        Which::Suspended => {
            "select * from services where terminated_at is null and suspended_at is not null
                and (created_at < $1 or created_at = $1 and id < $2) order by created_at desc, id desc limit $3"
        }
        Which::Overdue => {
            "select * from services where terminated_at is null and overdue_since is not null
                and (created_at < $1 or created_at = $1 and id < $2) order by created_at desc, id desc limit $3"
        }
        Which::Missing => {
            "select * from services where terminated_at is null and observed = 'absent' and fulfilled_at is not null
                and (created_at < $1 or created_at = $1 and id < $2) order by created_at desc, id desc limit $3"
        }
        Which::Gone => {
            "select * from services where terminated_at is not null and (created_at < $1 or created_at = $1 and id < $2)
              order by created_at desc, id desc limit $3"
        }
    };
    let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (micros(at), id));
    let rows = sqlx::query(sql).bind(at).bind(id).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// How many services a customer has that are not gone.
pub async fn count_of_customer(db: &mut Db, customer: &AccountId) -> Result<i64> {
    let row = sqlx::query("select count(*) as n from services where customer_id = $1 and terminated_at is null")
        .bind(customer.as_str())
        .fetch_one(db)
        .await?;
    row.int("n")
}

/// How many customers have a server in a region that is not gone, or in any.
pub async fn count_customers_in(db: &mut Db, region: Option<&RegionKey>) -> Result<i64> {
    let row = sqlx::query(
        "select count(distinct customer_id) as n from services where terminated_at is null and ($1 = '' or region = $1)",
    )
    .bind(region.map_or("", RegionKey::as_str))
    .fetch_one(db)
    .await?;
    row.int("n")
}

/// The services that were handed over and are not gone, oldest first: in a region, on a node, or all of them.
pub async fn list_standing(db: &mut Db, region: Option<&RegionKey>, node: Option<i64>) -> Result<Vec<ServiceId>> {
    let rows = sqlx::query(
        "select id from services where terminated_at is null and fulfilled_at is not null and ($1 = '' or region = $1)
            and ($2 = 0 or node_id = $2) order by created_at, id",
    )
    .bind(region.map_or("", RegionKey::as_str))
    .bind(node.unwrap_or_default())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// Records the server that is this service's beyond doubt.
pub async fn set_server(
    db: &mut Db,
    id: &ServiceId,
    server: &ServerRecord,
    address: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "update services set node_id = $2, server_id = $3, server_uuid = $4, server_identifier = $5, address = $6,
                observed = 'present', observed_at = $7, version = version + 1 where id = $1",
    )
    .bind(id.as_str())
    .bind(server.node)
    .bind(server.id)
    .bind(&server.uuid)
    .bind(&server.identifier)
    .bind(address)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Records which server a delivered service has by now, if nobody wrote the service since `version` and it does not end.
pub async fn relink(
    db: &mut Db,
    (id, version): (&ServiceId, i64),
    server: &ServerRecord,
    address: &str,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "update services set node_id = $3, server_id = $4, server_uuid = $5, server_identifier = $6, address = $7,
                observed = 'present', observed_at = $8, version = version + 1
          where id = $1 and version = $2 and fulfilled_at is not null and terminated_at is null and stop_requested_at is null",
    )
    .bind(id.as_str())
    .bind(version)
    .bind(server.node)
    .bind(server.id)
    .bind(&server.uuid)
    .bind(&server.identifier)
    .bind(address)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records that the server was removed, and that another one may come.
pub async fn clear_server(db: &mut Db, id: &ServiceId, now: Timestamp) -> Result<()> {
    sqlx::query(
        "update services set node_id = null, server_id = null, server_uuid = null, server_identifier = null, address = null,
                power = null, players_online = null, players_max = null, observed = 'absent', observed_at = $2,
                version = version + 1 where id = $1",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Records what players type, before the server exists.
pub async fn set_address(db: &mut Db, id: &ServiceId, address: &str) -> Result<()> {
    sqlx::query("update services set address = $2 where id = $1").bind(id.as_str()).bind(address).execute(db).await?;
    Ok(())
}

/// Records that the server was seen playable. `false` when somebody asked to stop before: then the money goes back instead.
pub async fn set_fulfilled(db: &mut Db, id: &ServiceId, verified: bool, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update services set fulfilled_at = $2, verified = $3, sample_at = $2, version = version + 1
          where id = $1 and stop_requested_at is null",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .bind(i64::from(verified))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records the wish to stop a delivery; the first one counts. `false` when one was there, or the delivery is over.
pub async fn request_stop_of_delivery(db: &mut Db, id: &ServiceId, reason: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update services set stop_requested_at = $2, stop_reason = $3, version = version + 1
          where id = $1 and stop_requested_at is null and terminated_at is null and fulfilled_at is null",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .bind(reason)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records the wish to stop; the first one counts. `false` when one was there or the service is gone.
pub async fn request_stop(db: &mut Db, id: &ServiceId, reason: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update services set stop_requested_at = $2, stop_reason = $3, version = version + 1
          where id = $1 and stop_requested_at is null and terminated_at is null",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .bind(reason)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records whether a sweep showed the server; `false` when that was known.
pub async fn set_observed(db: &mut Db, id: &ServiceId, present: bool, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update services set observed = $2, observed_at = $3, version = version + 1 where id = $1 and observed <> $2",
    )
    .bind(id.as_str())
    .bind(if present { "present" } else { "absent" })
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records that the server is gone for good.
pub async fn set_terminated(db: &mut Db, id: &ServiceId, now: Timestamp) -> Result<()> {
    sqlx::query(
        "update services set terminated_at = $2, observed = 'absent', observed_at = $2, power = null,
                players_online = null, version = version + 1 where id = $1 and terminated_at is null",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Delivered services that the sampler has to look at, and when it looks next.
pub async fn claim_to_sample(db: &mut Db, now: Timestamp, again: Timestamp, limit: i64) -> Result<Vec<Service>> {
    let rows = sqlx::query(
        "update services set sample_at = $2
          where id in (select id from services where fulfilled_at is not null and terminated_at is null and suspended_at is null
                          and sample_at <= $1 order by sample_at limit $3)
            and sample_at <= $1 returning *",
    )
    .bind(micros(now))
    .bind(micros(again))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Writes down what was seen of a server.
pub async fn save_sample(db: &mut Db, id: &ServiceId, sample: &Sample) -> Result<()> {
    sqlx::query(
        "update services set power = $2, players_online = $3, players_max = $4, memory_bytes = $5, cpu_percent = $6,
                disk_bytes = $7, received_bytes = $8, sent_bytes = $9, sampled_at = $10 where id = $1",
    )
    .bind(id.as_str())
    .bind(sample.power.map(power_key))
    .bind(sample.players_online)
    .bind(sample.players_max)
    .bind(sample.memory_bytes)
    .bind(sample.cpu_percent)
    .bind(sample.disk_bytes)
    .bind(sample.received_bytes)
    .bind(sample.sent_bytes)
    .bind(opt_micros(sample.at))
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a service another name.
pub async fn rename(db: &mut Db, id: &ServiceId, name: &str) -> Result<()> {
    sqlx::query("update services set name = $2 where id = $1").bind(id.as_str()).bind(name).execute(db).await?;
    Ok(())
}

/// External ids of all services that are not gone, for comparing with the panel.
pub async fn list_external_ids(db: &mut Db) -> Result<Vec<(ServiceId, String)>> {
    let rows = sqlx::query("select id, external_id from services where terminated_at is null").fetch_all(db).await?;
    rows.iter().map(|row| Ok((row.parsed("id")?, row.text("external_id")?))).collect()
}

/// Delivered services that are not gone and that no job has worked on since `since`.
pub async fn list_delivered(db: &mut Db, since: Timestamp) -> Result<Vec<Delivered>> {
    let rows = sqlx::query(
        "select id, order_id, external_id, suspended_at, node_id, server_id, server_uuid, server_identifier, address, version from services
          where fulfilled_at is not null and terminated_at is null and not exists
            (select 1 from operations o where o.service_id = services.id and (o.finished_at is null or o.finished_at >= $1))",
    )
    .bind(micros(since))
    .fetch_all(db)
    .await?;
    let read = |row: &AnyRow| {
        Ok(Delivered {
            id: row.parsed("id")?,
            order: row.parsed("order_id")?,
            external_id: row.text("external_id")?,
            suspended: row.opt_at("suspended_at")?.is_some(),
            server: read_server(row)?,
            address: row.opt_text("address")?,
            version: row.int("version")?,
        })
    };
    rows.iter().map(read).collect()
}

fn power_key(power: Power) -> &'static str {
    match power {
        Power::Offline => "offline",
        Power::Starting => "starting",
        Power::Running => "running",
        Power::Stopping => "stopping",
    }
}

fn find_power(key: &str) -> Option<Power> {
    [Power::Offline, Power::Starting, Power::Running, Power::Stopping]
        .into_iter()
        .find(|power| power_key(*power) == key)
}

fn read_server(row: &AnyRow) -> Result<Option<ServerRecord>> {
    Ok(match (row.opt_int("node_id")?, row.opt_int("server_id")?, row.opt_text("server_uuid")?) {
        (Some(node), Some(id), Some(uuid)) => {
            Some(ServerRecord { node, id, uuid, identifier: row.opt_text("server_identifier")?.unwrap_or_default() })
        }
        _ => None,
    })
}

pub(crate) fn read(row: &AnyRow) -> Result<Service> {
    Ok(Service {
        id: row.parsed("id")?,
        order: row.parsed("order_id")?,
        customer: row.parsed("customer_id")?,
        plan: PlanKey::new(row.text("plan")?),
        blueprint: BlueprintKey::new(row.text("blueprint")?),
        region: RegionKey::new(row.text("region")?),
        name: row.text("name")?,
        spec: row.json("spec")?,
        external_id: row.text("external_id")?,
        subscription: row.text("subscription")?,
        subscription_state: row.text("subscription_state")?,
        period_end: row.opt_at("period_end")?,
        ends_at: row.opt_at("ends_at")?,
        stop_requested_at: row.opt_at("stop_requested_at")?,
        fulfilled_at: row.opt_at("fulfilled_at")?,
        verified: row.opt_int("verified")?.map(|verified| verified != 0),
        terminated_at: row.opt_at("terminated_at")?,
        server: read_server(row)?,
        address: row.opt_text("address")?,
        missing: row.text("observed")? == "absent" && row.opt_at("fulfilled_at")?.is_some(),
        sample: Sample {
            power: row.opt_word("power", find_power)?,
            players_online: row.opt_int("players_online")?,
            players_max: row.opt_int("players_max")?,
            memory_bytes: row.opt_int("memory_bytes")?,
            cpu_percent: row.opt_real("cpu_percent")?,
            disk_bytes: row.opt_int("disk_bytes")?,
            received_bytes: row.opt_int("received_bytes")?,
            sent_bytes: row.opt_int("sent_bytes")?,
            at: row.opt_at("sampled_at")?,
        },
        standing: standing::read(row)?,
        created_at: row.at("created_at")?,
    })
}

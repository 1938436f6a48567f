//! What follows from paying and not paying for a delivered service: readings of its subscription, its suspension, and when it is judged
//! again. Rows of the table of services.

use crate::row::{Columns, micros, opt_micros};
use crate::services::{self, Service};
use crate::{Db, Result};
use domain::catalogue::RegionKey;
use domain::ids::ServiceId;
use domain::standing::{Policy, Suspension, Why};
use jiff::{SignedDuration, Timestamp};
use sqlx::any::AnyRow;

/// What is known about a service after its delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The patience that it was bought with.
    pub policy: Policy,
    /// When Stripe was last asked about its subscription.
    pub read_at: Option<Timestamp>,
    /// Since when we know that a renewal failed; `None` while none has.
    pub overdue_since: Option<Timestamp>,
    /// The end of the last period that was paid, as far as we know.
    pub paid_until: Option<Timestamp>,
    /// The suspension of ours that stands.
    pub suspension: Option<Suspension>,
    /// Our own word that it has to stand suspended, whoever pays.
    pub hold: Option<Hold>,
    /// Until when it runs although nobody pays, because we said so.
    pub extended_until: Option<Timestamp>,
    /// Why it was asked to stop, or its server deleted.
    pub stop_reason: Option<String>,
    /// Counts the changes; a decision that must not be overtaken carries the version that it was made on.
    pub version: i64,
}

impl Standing {
    /// When the server is suspended if a renewal that is overdue since then is not paid.
    pub fn suspends_on(&self, overdue_since: Timestamp) -> Timestamp {
        let grace = overdue_since + self.policy.grace;
        self.extended_until.map_or(grace, |until| until.max(grace))
    }
}

/// Our own word that a server has to stand suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Since when.
    pub since: Timestamp,
    /// Why, for those who look after the shop.
    pub why: String,
}

/// What a reading of the subscription says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading<'a> {
    /// Stripe's word for its state.
    pub state: &'a str,
    /// Until when the current period goes.
    pub period_end: Option<Timestamp>,
    /// When it ends, if an end is set.
    pub ends_at: Option<Timestamp>,
    /// The end of the last period that was paid; `None` when it was not looked up.
    pub paid_until: Option<Timestamp>,
    /// Since when a renewal is known to have failed.
    pub overdue_since: Option<Timestamp>,
    /// When Stripe was asked.
    pub read_at: Timestamp,
}

/// The service that a subscription pays for, if there is one, held until the end of the transaction: whoever writes about its subscription
/// takes turns with whoever decides on it.
pub async fn lock_by_subscription(db: &mut Db, subscription: &str) -> Result<Option<Service>> {
    let row = sqlx::query("update services set version = version + 1 where subscription = $1 returning *")
        .bind(subscription)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(services::read).transpose()
}

/// Records what Stripe says about the subscription.
pub async fn set_subscription(db: &mut Db, id: &ServiceId, reading: &Reading<'_>) -> Result<()> {
    sqlx::query(
        "update services set subscription_state = $2, period_end = coalesce($3, period_end), ends_at = $4,
                paid_until = coalesce($5, paid_until), overdue_since = $6, subscription_read_at = $7,
                version = version + 1 where id = $1",
    )
    .bind(id.as_str())
    .bind(reading.state)
    .bind(opt_micros(reading.period_end))
    .bind(opt_micros(reading.ends_at))
    .bind(opt_micros(reading.paid_until))
    .bind(opt_micros(reading.overdue_since))
    .bind(micros(reading.read_at))
    .execute(db)
    .await?;
    Ok(())
}

/// Records that the subscription has ended, as Stripe confirmed.
pub async fn set_subscription_ended(db: &mut Db, subscription: &str) -> Result<()> {
    sqlx::query(
        "update services set subscription_state = 'canceled', ends_at = null, judge_at = 0, version = version + 1
          where subscription = $1",
    )
    .bind(subscription)
    .execute(db)
    .await?;
    Ok(())
}

/// Records that a period was paid, and has the service judged at once. A period that is known to be paid stays paid.
pub async fn set_paid_until(db: &mut Db, id: &ServiceId, until: Timestamp) -> Result<()> {
    sqlx::query(
        "update services set paid_until = case when paid_until > $2 then paid_until else $2 end, judge_at = 0,
                version = version + 1 where id = $1",
    )
    .bind(id.as_str())
    .bind(micros(until))
    .execute(db)
    .await?;
    Ok(())
}

/// Delivered services that have to be judged, and when they are again if nothing is concluded.
pub async fn claim_to_judge(db: &mut Db, now: Timestamp, again: Timestamp, limit: i64) -> Result<Vec<Service>> {
    let rows = sqlx::query(
        "update services set judge_at = $2
          where id in (select id from services where fulfilled_at is not null and terminated_at is null
                          and stop_requested_at is null and judge_at <= $1 order by judge_at limit $3)
            and judge_at <= $1 returning *",
    )
    .bind(micros(now))
    .bind(micros(again))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(services::read).collect()
}

/// Has a service judged at `at`, unless something asked for it sooner.
pub async fn judge_at(db: &mut Db, id: &ServiceId, at: Timestamp) -> Result<()> {
    sqlx::query("update services set judge_at = $2 where id = $1 and judge_at <> 0")
        .bind(id.as_str())
        .bind(micros(at))
        .execute(db)
        .await?;
    Ok(())
}

/// Has a service judged at once.
pub async fn judge_now(db: &mut Db, id: &ServiceId) -> Result<()> {
    sqlx::query("update services set judge_at = 0 where id = $1").bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// When the next service has to be judged, if any has.
pub async fn next_judgement(db: &mut Db) -> Result<Option<Timestamp>> {
    let row = sqlx::query(
        "select min(judge_at) as judge_at from services
          where fulfilled_at is not null and terminated_at is null and stop_requested_at is null",
    )
    .fetch_one(db)
    .await?;
    row.opt_at("judge_at")
}

/// Records the suspension that stands, or that none does.
pub async fn set_suspension(db: &mut Db, id: &ServiceId, suspension: Option<&Suspension>) -> Result<()> {
    sqlx::query(
        "update services set suspended_at = $2, suspended_why = $3, suspended_read_at = $4, delete_on = $5, noticed_at = $6,
                version = version + 1 where id = $1",
    )
    .bind(id.as_str())
    .bind(opt_micros(suspension.map(|suspension| suspension.at)))
    .bind(suspension.map(|suspension| suspension.why.key()))
    .bind(opt_micros(suspension.map(|suspension| suspension.read_at)))
    .bind(opt_micros(suspension.and_then(|suspension| suspension.delete_on)))
    .bind(opt_micros(suspension.and_then(|suspension| suspension.noticed_at)))
    .execute(db)
    .await?;
    Ok(())
}

/// Says that the server has to stand suspended, whoever pays, and has it judged at once. `false` when that is so, or the service is gone or
/// going.
pub async fn hold(db: &mut Db, id: &ServiceId, hold: &Hold) -> Result<bool> {
    let done = sqlx::query(
        "update services set held_at = $2, held_why = $3, judge_at = 0, version = version + 1
          where id = $1 and held_at is null and stop_requested_at is null and terminated_at is null",
    )
    .bind(id.as_str())
    .bind(micros(hold.since))
    .bind(&hold.why)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes that back, and has the service judged at once. `false` when nothing of the kind was said.
pub async fn end_hold(db: &mut Db, id: &ServiceId) -> Result<bool> {
    let done = sqlx::query(
        "update services set held_at = null, held_why = null, judge_at = 0, version = version + 1
          where id = $1 and held_at is not null",
    )
    .bind(id.as_str())
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets the server run until then although nobody pays, and has it judged at once. `false` when it may for as long already, or the service
/// is gone or going.
pub async fn extend(db: &mut Db, id: &ServiceId, until: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update services set extended_until = $2, judge_at = 0, version = version + 1
          where id = $1 and (extended_until is null or extended_until < $2) and stop_requested_at is null
            and terminated_at is null",
    )
    .bind(id.as_str())
    .bind(micros(until))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Has every service of a region, or of all, judged at once that is not in order.
pub async fn judge_troubled_now(db: &mut Db, region: Option<&RegionKey>) -> Result<()> {
    sqlx::query(
        "update services set judge_at = 0
          where fulfilled_at is not null and terminated_at is null and ($1 = '' or region = $1)
            and (overdue_since is not null or suspended_at is not null or subscription_state <> 'active')",
    )
    .bind(region.map_or("", RegionKey::as_str))
    .execute(db)
    .await?;
    Ok(())
}

/// Overtakes whatever was decided on suspended services of a region, or of all: a deletion that was about to begin is judged anew.
pub async fn overtake(db: &mut Db, region: Option<&RegionKey>) -> Result<()> {
    sqlx::query(
        "update services set version = version + 1
          where suspended_at is not null and stop_requested_at is null and terminated_at is null and ($1 = '' or region = $1)",
    )
    .bind(region.map_or("", RegionKey::as_str))
    .execute(db)
    .await?;
    Ok(())
}

/// Records that the server is about to be deleted because nobody pays for it, decided on this version of the service: whatever is paid
/// from here on goes back. `false` when something changed meanwhile, a payment perhaps: then nothing is deleted.
pub async fn begin_deletion(db: &mut Db, service: &Service, reason: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update services set stop_requested_at = $3, stop_reason = $4, version = version + 1
          where id = $1 and version = $2 and stop_requested_at is null and terminated_at is null",
    )
    .bind(service.id.as_str())
    .bind(service.standing.version)
    .bind(micros(now))
    .bind(reason)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) fn read(row: &AnyRow) -> Result<Standing> {
    let suspension = match (row.opt_at("suspended_at")?, row.opt_word("suspended_why", Why::find)?) {
        (Some(at), Some(why)) => Some(Suspension {
            at,
            why,
            read_at: row.opt_at("suspended_read_at")?.unwrap_or(at),
            delete_on: row.opt_at("delete_on")?,
            noticed_at: row.opt_at("noticed_at")?,
        }),
        _ => None,
    };
    let hold = match (row.opt_at("held_at")?, row.opt_text("held_why")?) {
        (Some(since), why) => Some(Hold { since, why: why.unwrap_or_default() }),
        (None, _) => None,
    };
    Ok(Standing {
        hold,
        extended_until: row.opt_at("extended_until")?,
        policy: Policy {
            grace: SignedDuration::from_secs(row.int("grace_s")?),
            retention: SignedDuration::from_secs(row.int("retention_s")?),
            ..Policy::default()
        },
        read_at: row.opt_at("subscription_read_at")?,
        overdue_since: row.opt_at("overdue_since")?,
        paid_until: row.opt_at("paid_until")?,
        suspension,
        stop_reason: row.opt_text("stop_reason")?,
        version: row.int("version")?,
    })
}

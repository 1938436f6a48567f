//! Who wants to hear once there is room for a plan in a region.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::catalogue::{PlanKey, RegionKey};
use domain::ids::AccountId;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// Somebody's wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Whose.
    pub account: AccountId,
    /// For which plan.
    pub plan: PlanKey,
    /// Where.
    pub region: RegionKey,
    /// Since when.
    pub created_at: Timestamp,
    /// When there was room and they were told; `None` while they wait.
    pub told_at: Option<Timestamp>,
}

/// Somebody begins to wait. Whoever waits already keeps their place; whoever was told waits anew.
pub async fn add(db: &mut Db, wish: &Wish) -> Result<()> {
    sqlx::query(
        "insert into waiting_list (account_id, plan, region, created_at) values ($1, $2, $3, $4)
         on conflict (account_id, plan, region) do update set created_at = excluded.created_at, told_at = null
          where waiting_list.told_at is not null",
    )
    .bind(wish.account.as_str())
    .bind(wish.plan.as_str())
    .bind(wish.region.as_str())
    .bind(micros(wish.created_at))
    .execute(db)
    .await?;
    Ok(())
}

/// Somebody waits no longer.
pub async fn remove(db: &mut Db, account: &AccountId, plan: &str, region: &str) -> Result<()> {
    sqlx::query("delete from waiting_list where account_id = $1 and plan = $2 and region = $3")
        .bind(account.as_str())
        .bind(plan)
        .bind(region)
        .execute(db)
        .await?;
    Ok(())
}

/// Everything that somebody waits for or was told about, the newest first; 200 at most.
pub async fn list_of(db: &mut Db, account: &AccountId) -> Result<Vec<Wish>> {
    let sql = "select * from waiting_list where account_id = $1 order by created_at desc, plan, region limit 200";
    let rows = sqlx::query(sql).bind(account.as_str()).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// What anybody waits for.
pub async fn list_wanted(db: &mut Db) -> Result<Vec<(PlanKey, RegionKey)>> {
    let sql = "select distinct plan, region from waiting_list where told_at is null order by plan, region";
    let rows = sqlx::query(sql).fetch_all(db).await?;
    rows.iter().map(|row| Ok((PlanKey::new(&row.text("plan")?), RegionKey::new(&row.text("region")?)))).collect()
}

/// Whoever has waited longest for a plan in a region.
pub async fn list_first(db: &mut Db, plan: &PlanKey, region: &RegionKey, limit: i64) -> Result<Vec<Wish>> {
    let rows = sqlx::query(
        "select * from waiting_list where plan = $1 and region = $2 and told_at is null order by created_at, account_id limit $3",
    )
    .bind(plan.as_str())
    .bind(region.as_str())
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// How many were told about a plan in a region since `since`.
pub async fn count_told(db: &mut Db, plan: &PlanKey, region: &RegionKey, since: Timestamp) -> Result<i64> {
    let row = sqlx::query("select count(*) as n from waiting_list where plan = $1 and region = $2 and told_at > $3")
        .bind(plan.as_str())
        .bind(region.as_str())
        .bind(micros(since))
        .fetch_one(db)
        .await?;
    row.int("n")
}

/// Records that somebody was told; `false` when somebody else has done so, or they do not wait any more.
pub async fn mark_told(db: &mut Db, wish: &Wish, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update waiting_list set told_at = $4 where account_id = $1 and plan = $2 and region = $3 and told_at is null",
    )
    .bind(wish.account.as_str())
    .bind(wish.plan.as_str())
    .bind(wish.region.as_str())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<Wish> {
    Ok(Wish {
        account: row.parsed("account_id")?,
        plan: PlanKey::new(&row.text("plan")?),
        region: RegionKey::new(&row.text("region")?),
        created_at: row.at("created_at")?,
        told_at: row.opt_at("told_at")?,
    })
}

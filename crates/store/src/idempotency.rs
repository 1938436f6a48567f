//! The first answers to requests that carried an Idempotency-Key.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::AccountId;
use jiff::Timestamp;

/// What is known about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Nothing was: it is ours now.
    Fresh,
    /// The first request is under way, or its answer was never learned.
    UnderWay,
    /// It named another request.
    Another,
    /// The first request was answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body, sealed.
        sealed: String,
    },
}

/// Takes a key for a request, or says what is known about it. A request that was under way before `stale` died with its process.
pub async fn take(
    db: &mut Db,
    account: &AccountId,
    key: &str,
    fingerprint: &str,
    now: Timestamp,
    stale: Timestamp,
) -> Result<Known> {
    let done = sqlx::query(
        "insert into idempotency_keys (account_id, key, fingerprint, created_at) values ($1, $2, $3, $4)
         on conflict (account_id, key) do update set created_at = excluded.created_at
            where idempotency_keys.status is null and idempotency_keys.created_at < $5
              and idempotency_keys.fingerprint = excluded.fingerprint",
    )
    .bind(account.as_str())
    .bind(key)
    .bind(fingerprint)
    .bind(micros(now))
    .bind(micros(stale))
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(Known::Fresh);
    }
    let row = sqlx::query("select * from idempotency_keys where account_id = $1 and key = $2")
        .bind(account.as_str())
        .bind(key)
        .fetch_one(db)
        .await?;
    if row.text("fingerprint")? != fingerprint {
        return Ok(Known::Another);
    }
    Ok(match (row.opt_int("status")?, row.opt_text("sealed")?) {
        (Some(status), Some(sealed)) => Known::Answered { status: u16::try_from(status).unwrap_or(500), sealed },
        _ => Known::UnderWay,
    })
}

/// Keeps the first answer.
pub async fn answer(db: &mut Db, account: &AccountId, key: &str, status: u16, sealed: &str) -> Result<()> {
    sqlx::query("update idempotency_keys set status = $3, sealed = $4 where account_id = $1 and key = $2")
        .bind(account.as_str())
        .bind(key)
        .bind(i64::from(status))
        .bind(sealed)
        .execute(db)
        .await?;
    Ok(())
}

/// Gives a key back: its request did nothing, and may be made again.
pub async fn release(db: &mut Db, account: &AccountId, key: &str) -> Result<()> {
    sqlx::query("delete from idempotency_keys where account_id = $1 and key = $2 and status is null")
        .bind(account.as_str())
        .bind(key)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes up to `limit` keys from before `before`.
pub async fn remove_old(db: &mut Db, before: Timestamp, limit: i64) -> Result<u64> {
    let done = sqlx::query(
        "delete from idempotency_keys where created_at < $1 and (account_id, key) in
           (select account_id, key from idempotency_keys where created_at < $1 order by created_at limit $2)",
    )
    .bind(micros(before))
    .bind(limit)
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

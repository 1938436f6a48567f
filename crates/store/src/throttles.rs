//! How often something was tried, shared by all replicas.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::access::{Patience, Tries};
use jiff::Timestamp;

/// How often a try is counted anew when somebody else counted at the same moment; after that it waits like a blocked one.
const RACES: usize = 8;

/// Counts one try on `key` under `patience`, or says until when none is let in.
pub async fn take(
    db: &mut Db,
    key: &str,
    patience: &Patience,
    now: Timestamp,
) -> Result<std::result::Result<(), Timestamp>> {
    for _ in 0..RACES {
        let row = sqlx::query("select * from throttles where key = $1").bind(key).fetch_optional(&mut *db).await?;
        let before = match &row {
            Some(row) => Some(Tries {
                count: row.int("tries")?,
                last: row.at("last_at")?,
                blocked_until: row.at("blocked_until")?,
            }),
            None => None,
        };
        let after = match patience.take(before, now) {
            Ok(after) => after,
            Err(until) => return Ok(Err(until)),
        };
        let done = match before {
            None => sqlx::query(
                "insert into throttles (key, tries, last_at, blocked_until) values ($1, $2, $3, $4) on conflict do nothing",
            ),
            // Whoever counted since then is seen: their count differs.
            Some(_) => sqlx::query(
                "update throttles set tries = $2, last_at = $3, blocked_until = $4 where key = $1 and tries = $5 and last_at = $6",
            ),
        };
        let mut done = done.bind(key).bind(after.count).bind(micros(after.last)).bind(micros(after.blocked_until));
        if let Some(before) = before {
            done = done.bind(before.count).bind(micros(before.last));
        }
        if done.execute(&mut *db).await?.rows_affected() == 1 {
            return Ok(Ok(()));
        }
    }
    Ok(Err(now + patience.longest))
}

/// Forgets the tries on `key`: one of them was right.
pub async fn forget(db: &mut Db, key: &str) -> Result<()> {
    sqlx::query("delete from throttles where key = $1").bind(key).execute(db).await?;
    Ok(())
}

/// Takes one try on `key` back: it was right, and counts for nobody. Wrong ones before it stay counted.
pub async fn give_back(db: &mut Db, key: &str) -> Result<()> {
    sqlx::query("update throttles set tries = tries - 1, blocked_until = last_at where key = $1 and tries > 0")
        .bind(key)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes up to `limit` rows whose last try was before `before`.
pub async fn remove_old(db: &mut Db, before: Timestamp, limit: i64) -> Result<u64> {
    let done = sqlx::query(
        "delete from throttles where key in (select key from throttles where last_at < $1 order by last_at limit $2)",
    )
    .bind(micros(before))
    .bind(limit)
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

//! Requests to erase a customer; also the queue of that work.

use crate::row::{Columns, micros, next_wake};
use crate::{Db, Result};
use domain::ids::AccountId;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// Where the addresses of erased accounts are. Nothing is ever sent there.
const DOMAIN: &str = "@erased.invalid";

/// A request to erase a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Whom.
    pub account: AccountId,
    /// Whether the person agreed that servers and open orders end for it.
    pub end_servers: bool,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// How often it was worked on.
    pub tries: i64,
    /// What stood in the way, or went wrong, when it was last looked at.
    pub waits_for: Option<String>,
    /// When the data was gone.
    pub done_at: Option<Timestamp>,
}

/// The address that an erased account has instead of its own.
pub fn pseudonym(account: &AccountId) -> String {
    format!("erased-{}{DOMAIN}", account.suffix())
}

/// Whether an address is that of an erased account.
pub fn is_pseudonym(email: &str) -> bool {
    email.to_lowercase().ends_with(DOMAIN)
}

/// Writes a request down. A second one changes nothing, except that it may agree to the end of servers.
pub async fn request(db: &mut Db, account: &AccountId, end_servers: bool, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into erasures (account_id, end_servers, asked_at, wake_at) values ($1, $2, $3, $3)
         on conflict (account_id) do update set wake_at = excluded.wake_at,
            end_servers = case when excluded.end_servers = 1 then 1 else erasures.end_servers end",
    )
    .bind(account.as_str())
    .bind(i64::from(end_servers))
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// The request to erase this account, if there is one.
pub async fn find(db: &mut Db, account: &AccountId) -> Result<Option<Erasure>> {
    let row =
        sqlx::query("select * from erasures where account_id = $1").bind(account.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Takes up to `limit` requests that are due; each is ours until `until`.
pub async fn claim_due(db: &mut Db, now: Timestamp, until: Timestamp, limit: i64) -> Result<Vec<Erasure>> {
    let rows = sqlx::query(
        "update erasures set claimed_until = $2, tries = tries + 1
          where account_id in (select account_id from erasures where done_at is null and wake_at <= $1
                                  and claimed_until <= $1 order by wake_at limit $3)
            and done_at is null and claimed_until <= $1 returning *",
    )
    .bind(micros(now))
    .bind(micros(until))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Puts a request back; it is worked on again at `wake_at`.
pub async fn postpone(db: &mut Db, account: &AccountId, waits_for: &str, wake_at: Timestamp) -> Result<()> {
    sqlx::query("update erasures set waits_for = $2, wake_at = $3, claimed_until = 0 where account_id = $1")
        .bind(account.as_str())
        .bind(waits_for)
        .bind(micros(wake_at))
        .execute(db)
        .await?;
    Ok(())
}

/// Records that the data is gone, in the transaction that removes it. `false` when another process was faster.
pub async fn finish(db: &mut Db, account: &AccountId, now: Timestamp) -> Result<bool> {
    let done =
        sqlx::query("update erasures set done_at = $2, waits_for = null where account_id = $1 and done_at is null")
            .bind(account.as_str())
            .bind(micros(now))
            .execute(db)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// When the next request is due, if any is open.
pub async fn next_wake(db: &mut Db) -> Result<Option<Timestamp>> {
    next_wake!(db, "erasures where done_at is null").await
}

/// Accounts that `givr smoke` made before `before` and that nobody asked to erase.
pub async fn list_old_smoke(db: &mut Db, before: Timestamp, limit: i64) -> Result<Vec<AccountId>> {
    let rows = sqlx::query(
        "select id from accounts a where smoke = 1 and created_at < $1 and email_verified_at is not null
            and not exists (select 1 from erasures e where e.account_id = a.id) order by created_at limit $2",
    )
    .bind(micros(before))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

fn read(row: &AnyRow) -> Result<Erasure> {
    Ok(Erasure {
        account: row.parsed("account_id")?,
        end_servers: row.flag("end_servers")?,
        asked_at: row.at("asked_at")?,
        tries: row.int("tries")?,
        waits_for: row.opt_text("waits_for")?,
        done_at: row.opt_at("done_at")?,
    })
}

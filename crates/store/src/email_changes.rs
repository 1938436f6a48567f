//! Other addresses that people want for their accounts, until a code proves that the mailbox is theirs.

use crate::row::{Columns, micros, opt_micros};
use crate::{Db, Result, accounts};
use domain::ids::AccountId;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A wish for another address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailChange {
    /// Whose.
    pub account: AccountId,
    /// The wanted address.
    pub email: String,
    /// A hash of the code that was sent there.
    pub code_hash: String,
    /// How often a code was tried.
    pub tries: i64,
    /// Until when the code is good.
    pub expires_at: Timestamp,
}

/// Begins a change; one that was begun before is forgotten.
pub async fn begin(db: &mut Db, change: &EmailChange) -> Result<()> {
    sqlx::query(
        "insert into email_changes (account_id, email, code_hash, tries, expires_at) values ($1, $2, $3, $4, $5)
         on conflict (account_id) do update set email = excluded.email, code_hash = excluded.code_hash,
                tries = excluded.tries, expires_at = excluded.expires_at",
    )
    .bind(change.account.as_str())
    .bind(&change.email)
    .bind(&change.code_hash)
    .bind(change.tries)
    .bind(micros(change.expires_at))
    .execute(db)
    .await?;
    Ok(())
}

/// The change that an account has begun and that can still be proven.
pub async fn find(db: &mut Db, account: &AccountId, now: Timestamp) -> Result<Option<EmailChange>> {
    let sql = "select * from email_changes where account_id = $1 and expires_at > $2";
    let found = sqlx::query(sql).bind(account.as_str()).bind(micros(now)).fetch_optional(db).await?;
    found.as_ref().map(read).transpose()
}

/// Counts a try at the code and shows the change with it, if one is under way.
pub async fn count_try(db: &mut Db, account: &AccountId, now: Timestamp) -> Result<Option<EmailChange>> {
    let sql = "update email_changes set tries = tries + 1 where account_id = $1 and expires_at > $2 returning *";
    let found = sqlx::query(sql).bind(account.as_str()).bind(micros(now)).fetch_optional(db).await?;
    found.as_ref().map(read).transpose()
}

/// Forgets a change.
pub async fn remove(db: &mut Db, account: &AccountId) -> Result<()> {
    sqlx::query("delete from email_changes where account_id = $1").bind(account.as_str()).execute(db).await?;
    Ok(())
}

/// Gives an account the address that was proven; from `now` on Stripe and the panel have to be told. Codes and links that were sent to the
/// address before are of no use any more.
///
/// # Errors
/// [`crate::StoreError::Taken`] when another account has it.
pub async fn carry_out(db: &mut Db, change: &EmailChange, now: Timestamp) -> Result<()> {
    sqlx::query("delete from email_proofs where account_id = $1")
        .bind(change.account.as_str())
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "update accounts set email = $2, email_key = $3, email_verified_at = $4, contact_due = $4 where id = $1",
    )
    .bind(change.account.as_str())
    .bind(&change.email)
    .bind(accounts::email_key(&change.email))
    .bind(micros(now))
    .execute(&mut *db)
    .await?;
    remove(db, &change.account).await
}

/// Accounts of whose address Stripe and the panel have to be told, and when that is tried next.
pub async fn claim_contacts(
    db: &mut Db,
    now: Timestamp,
    again: Timestamp,
    limit: i64,
) -> Result<Vec<accounts::Account>> {
    let rows = sqlx::query(
        "update accounts set contact_due = $2
          where id in (select id from accounts where contact_due <= $1 order by contact_due limit $3) and contact_due <= $1 returning *",
    )
    .bind(micros(now))
    .bind(micros(again))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(accounts::read).collect()
}

/// Stripe and the panel know an account's address, unless it has another one by now.
pub async fn told(db: &mut Db, account: &accounts::Account) -> Result<()> {
    sqlx::query("update accounts set contact_due = $3 where id = $1 and email = $2")
        .bind(account.id.as_str())
        .bind(&account.email)
        .bind(opt_micros(None))
        .execute(db)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<EmailChange> {
    Ok(EmailChange {
        account: row.parsed("account_id")?,
        email: row.text("email")?,
        code_hash: row.text("code_hash")?,
        tries: row.int("tries")?,
        expires_at: row.at("expires_at")?,
    })
}

//! Personal keys for programs of customers.

use crate::accounts::{Account, read as read_account};
use crate::row::{Columns, micros, senseless};
use crate::{Db, Result};
use domain::access::Scope;
use domain::ids::{AccountId, ApiKeyId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A key of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub account: AccountId,
    /// What the person calls it.
    pub name: String,
    /// The first letters, to tell keys apart.
    pub hint: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Option<Timestamp>,
}

/// Remembers a key by its hash.
pub async fn save(db: &mut Db, key: &ApiKey, key_hash: &str) -> Result<()> {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.key()).collect();
    sqlx::query(
        "insert into api_keys (id, account_id, name, key_hash, hint, scopes, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(key.id.as_str())
    .bind(key.account.as_str())
    .bind(&key.name)
    .bind(key_hash)
    .bind(&key.hint)
    .bind(scopes.join(" "))
    .bind(micros(key.created_at))
    .bind(micros(key.expires_at))
    .execute(db)
    .await?;
    Ok(())
}

/// The key with this hash and its account, if it is good now.
pub async fn find(db: &mut Db, key_hash: &str, now: Timestamp) -> Result<Option<(ApiKey, Account)>> {
    let sql = "select * from api_keys where key_hash = $1 and revoked_at is null and expires_at > $2";
    let row = sqlx::query(sql).bind(key_hash).bind(micros(now)).fetch_optional(&mut *db).await?;
    let Some(row) = row else { return Ok(None) };
    let key = read(&row)?;
    let sql = "select * from accounts where id = $1 and email_verified_at is not null";
    let account = sqlx::query(sql).bind(key.account.as_str()).fetch_optional(db).await?;
    Ok(account.as_ref().map(read_account).transpose()?.map(|account| (key, account)))
}

/// The keys of an account that are not revoked, newest first.
pub async fn list(db: &mut Db, account: &AccountId) -> Result<Vec<ApiKey>> {
    let sql = "select * from api_keys where account_id = $1 and revoked_at is null order by created_at desc limit 100";
    let rows = sqlx::query(sql).bind(account.as_str()).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// The key with this id, if it is the account's and not revoked.
pub async fn find_owned(db: &mut Db, id: &ApiKeyId, account: &AccountId) -> Result<Option<ApiKey>> {
    let sql = "select * from api_keys where id = $1 and account_id = $2 and revoked_at is null";
    let row = sqlx::query(sql).bind(id.as_str()).bind(account.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Ends a key of an account; `false` when it has no such key.
pub async fn revoke(db: &mut Db, account: &AccountId, id: &ApiKeyId, now: Timestamp) -> Result<bool> {
    let sql = "update api_keys set revoked_at = $3 where id = $1 and account_id = $2 and revoked_at is null";
    let done = sqlx::query(sql).bind(id.as_str()).bind(account.as_str()).bind(micros(now)).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Ends all keys of an account.
pub async fn revoke_all(db: &mut Db, account: &AccountId, now: Timestamp) -> Result<()> {
    sqlx::query("update api_keys set revoked_at = $2 where account_id = $1 and revoked_at is null")
        .bind(account.as_str())
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// Remembers when a key was last used.
pub async fn touch(db: &mut Db, id: &ApiKeyId, at: Timestamp) -> Result<()> {
    let sql = "update api_keys set used_at = $2 where id = $1 and (used_at is null or used_at < $2)";
    sqlx::query(sql).bind(id.as_str()).bind(micros(at)).execute(db).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<ApiKey> {
    let words = row.text("scopes")?;
    let scopes = words
        .split_whitespace()
        .map(|word| Scope::find(word).ok_or_else(|| senseless("scopes", &format!("unknown word `{word}`"))));
    Ok(ApiKey {
        id: row.parsed("id")?,
        account: row.parsed("account_id")?,
        name: row.text("name")?,
        hint: row.text("hint")?,
        scopes: scopes.collect::<Result<_>>()?,
        created_at: row.at("created_at")?,
        expires_at: row.at("expires_at")?,
        used_at: row.opt_at("used_at")?,
    })
}

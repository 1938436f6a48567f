//! Second factors: one-time codes of an app, recovery codes, passkeys.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::{AccountId, PasskeyId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// What an account proves itself with beside its password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Factors {
    /// Codes of an app.
    pub totp: bool,
    /// How many passkeys.
    pub passkeys: i64,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
}

impl Factors {
    /// Whether there is a second factor at all.
    pub fn any(self) -> bool {
        self.totp || self.passkeys > 0
    }
}

/// What an account proves itself with beside its password.
pub async fn of(db: &mut Db, account: &AccountId) -> Result<Factors> {
    let row = sqlx::query(
        "select (select count(*) from totp_secrets where account_id = $1 and confirmed_at is not null) as totp,
                (select count(*) from passkeys where account_id = $1) as passkeys,
                (select count(*) from recovery_codes where account_id = $1 and used_at is null) as recovery_codes",
    )
    .bind(account.as_str())
    .fetch_one(db)
    .await?;
    Ok(Factors { totp: row.flag("totp")?, passkeys: row.int("passkeys")?, recovery_codes: row.int("recovery_codes")? })
}

/// The secret of an app's codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totp {
    /// The secret, sealed.
    pub sealed: String,
    /// The step of the last code that was accepted.
    pub last_step: i64,
    /// Whether the app has proven that it has the secret.
    pub confirmed: bool,
}

/// Offers a secret to an app. One that was offered since `since` stays, so that a page that is loaded twice does not outdate what the
/// camera has seen; an older one that was never confirmed is replaced, for somebody else may have seen it.
pub async fn offer_totp(
    db: &mut Db,
    account: &AccountId,
    sealed: &str,
    now: Timestamp,
    since: Timestamp,
) -> Result<()> {
    sqlx::query(
        "insert into totp_secrets (account_id, sealed, last_step, created_at) values ($1, $2, 0, $3)
         on conflict (account_id) do update set sealed = excluded.sealed, last_step = 0, created_at = excluded.created_at
            where totp_secrets.confirmed_at is null and totp_secrets.created_at < $4",
    )
    .bind(account.as_str())
    .bind(sealed)
    .bind(micros(now))
    .bind(micros(since))
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets a secret that was offered and never confirmed.
pub async fn forget_offer(db: &mut Db, account: &AccountId) -> Result<()> {
    sqlx::query("delete from totp_secrets where account_id = $1 and confirmed_at is null")
        .bind(account.as_str())
        .execute(db)
        .await?;
    Ok(())
}

/// The secret of an account's app, if there is one.
pub async fn find_totp(db: &mut Db, account: &AccountId) -> Result<Option<Totp>> {
    let row = sqlx::query("select * from totp_secrets where account_id = $1")
        .bind(account.as_str())
        .fetch_optional(db)
        .await?;
    let read = |row: AnyRow| {
        Ok(Totp {
            sealed: row.text("sealed")?,
            last_step: row.int("last_step")?,
            confirmed: row.opt_at("confirmed_at")?.is_some(),
        })
    };
    row.map(read).transpose()
}

/// Uses the code of a step up and confirms the app; `false` when that step or a later one was used before, or when `sealed` is no longer
/// the secret that the code was compared with.
pub async fn use_step(db: &mut Db, account: &AccountId, sealed: &str, step: i64, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update totp_secrets set last_step = $2, confirmed_at = coalesce(confirmed_at, $3)
          where account_id = $1 and last_step < $2 and sealed = $4",
    )
    .bind(account.as_str())
    .bind(step)
    .bind(micros(now))
    .bind(sealed)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the app; `false` when there was none.
pub async fn remove_totp(db: &mut Db, account: &AccountId) -> Result<bool> {
    let done = sqlx::query("delete from totp_secrets where account_id = $1").bind(account.as_str()).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces the recovery codes by new ones.
pub async fn save_recovery_codes(db: &mut Db, account: &AccountId, hashes: &[String], now: Timestamp) -> Result<()> {
    sqlx::query("delete from recovery_codes where account_id = $1").bind(account.as_str()).execute(&mut *db).await?;
    for hash in hashes {
        sqlx::query("insert into recovery_codes (code_hash, account_id, created_at) values ($1, $2, $3)")
            .bind(hash)
            .bind(account.as_str())
            .bind(micros(now))
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// Uses a recovery code up; `false` when the account has no such code left.
pub async fn use_recovery_code(db: &mut Db, account: &AccountId, hash: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update recovery_codes set used_at = $3 where code_hash = $1 and account_id = $2 and used_at is null",
    )
    .bind(hash)
    .bind(account.as_str())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A passkey of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub account: AccountId,
    /// As the authenticator names it, in hex.
    pub credential_id: String,
    /// Public key, counter and flags, as JSON.
    pub credential: String,
    /// What the person calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub used_at: Option<Timestamp>,
}

/// Remembers a passkey.
///
/// # Errors
/// [`crate::StoreError::Taken`] when somebody has it already.
pub async fn save_passkey(db: &mut Db, passkey: &StoredPasskey) -> Result<()> {
    sqlx::query(
        "insert into passkeys (id, account_id, credential_id, credential, name, created_at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(passkey.id.as_str())
    .bind(passkey.account.as_str())
    .bind(&passkey.credential_id)
    .bind(&passkey.credential)
    .bind(&passkey.name)
    .bind(micros(passkey.created_at))
    .execute(db)
    .await?;
    Ok(())
}

/// The passkeys of an account, oldest first.
pub async fn list_passkeys(db: &mut Db, account: &AccountId) -> Result<Vec<StoredPasskey>> {
    let rows = sqlx::query("select * from passkeys where account_id = $1 order by created_at limit 50")
        .bind(account.as_str())
        .fetch_all(db)
        .await?;
    rows.iter().map(read_passkey).collect()
}

/// The passkey with this id, if it is the account's.
pub async fn find_owned_passkey(db: &mut Db, id: &PasskeyId, account: &AccountId) -> Result<Option<StoredPasskey>> {
    let row = sqlx::query("select * from passkeys where id = $1 and account_id = $2")
        .bind(id.as_str())
        .bind(account.as_str())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read_passkey).transpose()
}

/// The passkey that the browser names, if somebody has it.
pub async fn find_passkey(db: &mut Db, credential_id: &str) -> Result<Option<StoredPasskey>> {
    let row =
        sqlx::query("select * from passkeys where credential_id = $1").bind(credential_id).fetch_optional(db).await?;
    row.as_ref().map(read_passkey).transpose()
}

/// Remembers that a passkey was used, with its new counter; `false` when it was removed meanwhile.
pub async fn use_passkey(db: &mut Db, id: &PasskeyId, credential: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query("update passkeys set credential = $2, used_at = $3 where id = $1")
        .bind(id.as_str())
        .bind(credential)
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets a passkey of an account; `false` when it has no such passkey.
pub async fn remove_passkey(db: &mut Db, account: &AccountId, id: &PasskeyId) -> Result<bool> {
    let done = sqlx::query("delete from passkeys where id = $1 and account_id = $2")
        .bind(id.as_str())
        .bind(account.as_str())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets all second factors of an account, its recovery codes and a secret that was offered to an app; `false` when there was nothing.
pub async fn remove_all(db: &mut Db, account: &AccountId) -> Result<bool> {
    let mut removed = 0;
    for sql in [
        "delete from totp_secrets where account_id = $1",
        "delete from passkeys where account_id = $1",
        "delete from recovery_codes where account_id = $1",
    ] {
        removed += sqlx::query(sql).bind(account.as_str()).execute(&mut *db).await?.rows_affected();
    }
    Ok(removed > 0)
}

/// Which ceremony with a passkey is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// A new passkey is made.
    Register,
    /// Somebody signs in with one and nothing else.
    SignIn,
    /// Somebody who is known proves themselves.
    Prove,
}

impl Ceremony {
    fn key(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::Prove => "prove",
        }
    }
}

/// Remembers the challenge of a ceremony under the hash of what the browser sends back.
pub async fn begin_ceremony(
    db: &mut Db,
    id: &str,
    kind: Ceremony,
    account: Option<&AccountId>,
    state: &str,
    until: Timestamp,
) -> Result<()> {
    sqlx::query("insert into ceremonies (id, account_id, kind, state, expires_at) values ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(account.map(AccountId::as_str))
        .bind(kind.key())
        .bind(state)
        .bind(micros(until))
        .execute(db)
        .await?;
    Ok(())
}

/// Takes a ceremony's challenge, once.
pub async fn take_ceremony(
    db: &mut Db,
    id: &str,
    kind: Ceremony,
    account: Option<&AccountId>,
    now: Timestamp,
) -> Result<Option<String>> {
    let row = sqlx::query(
        "delete from ceremonies where id = $1 and kind = $2 and coalesce(account_id, '') = $3 and expires_at > $4
         returning state",
    )
    .bind(id)
    .bind(kind.key())
    .bind(account.map_or("", AccountId::as_str))
    .bind(micros(now))
    .fetch_optional(db)
    .await?;
    row.map(|row| row.text("state")).transpose()
}

/// Removes ceremonies that nobody finished.
pub async fn remove_old_ceremonies(db: &mut Db, now: Timestamp) -> Result<u64> {
    Ok(sqlx::query("delete from ceremonies where expires_at <= $1")
        .bind(micros(now))
        .execute(db)
        .await?
        .rows_affected())
}

fn read_passkey(row: &AnyRow) -> Result<StoredPasskey> {
    Ok(StoredPasskey {
        id: row.parsed("id")?,
        account: row.parsed("account_id")?,
        credential_id: row.text("credential_id")?,
        credential: row.text("credential")?,
        name: row.text("name")?,
        created_at: row.at("created_at")?,
        used_at: row.opt_at("used_at")?,
    })
}

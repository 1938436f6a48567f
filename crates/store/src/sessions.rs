//! Sign-ins, refresh tokens, and the codes and links that prove an address.

use crate::accounts::{Account, read as read_account};
use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::{AccountId, SessionId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// Where a session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// In a cookie.
    Browser,
    /// Behind API tokens.
    Api,
}

/// A session to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession<'a> {
    /// Its id.
    pub id: &'a SessionId,
    /// Whose it is.
    pub account: &'a AccountId,
    /// Hash of the cookie's value.
    pub token_hash: &'a str,
    /// Where it lives.
    pub kind: SessionKind,
    /// What the browser calls itself.
    pub user_agent: &'a str,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Opens a session.
pub async fn open(db: &mut Db, session: &NewSession<'_>, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into sessions (id, account_id, token_hash, kind, user_agent, created_at, seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7)",
    )
    .bind(session.id.as_str())
    .bind(session.account.as_str())
    .bind(session.token_hash)
    .bind(match session.kind {
        SessionKind::Browser => "browser",
        SessionKind::Api => "api",
    })
    .bind(session.user_agent)
    .bind(micros(now))
    .bind(micros(session.expires_at))
    .execute(db)
    .await?;
    Ok(())
}

/// The account behind a browser session that is still good, and the session's id. An address that is not proven owns nothing.
pub async fn find_by_cookie(db: &mut Db, token_hash: &str, now: Timestamp) -> Result<Option<(SessionId, Account)>> {
    let row = sqlx::query(
        "select a.*, s.id as session_id from sessions s join accounts a on a.id = s.account_id
          where s.token_hash = $1 and s.kind = 'browser' and s.revoked_at is null and s.expires_at > $2
            and a.email_verified_at is not null",
    )
    .bind(token_hash)
    .bind(micros(now))
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((row.parsed("session_id")?, read_account(&row)?))).transpose()
}

/// The account behind an API session that is still good.
pub async fn find_api(db: &mut Db, id: &SessionId, now: Timestamp) -> Result<Option<Account>> {
    let row = sqlx::query(
        "select a.* from sessions s join accounts a on a.id = s.account_id
          where s.id = $1 and s.kind = 'api' and s.revoked_at is null and s.expires_at > $2
            and a.email_verified_at is not null",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read_account).transpose()
}

/// Ends a session.
pub async fn revoke(db: &mut Db, id: &SessionId, now: Timestamp) -> Result<()> {
    sqlx::query("update sessions set revoked_at = $2 where id = $1 and revoked_at is null")
        .bind(id.as_str())
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// Ends all sessions of an account.
pub async fn revoke_all(db: &mut Db, account: &AccountId, now: Timestamp) -> Result<()> {
    sqlx::query("update sessions set revoked_at = $2 where account_id = $1 and revoked_at is null")
        .bind(account.as_str())
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// Remembers a refresh token by its hash.
pub async fn save_refresh(
    db: &mut Db,
    hash: &str,
    session: &SessionId,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    sqlx::query("insert into refresh_tokens (token_hash, session_id, issued_at, expires_at) values ($1, $2, $3, $4)")
        .bind(hash)
        .bind(session.as_str())
        .bind(micros(now))
        .bind(micros(until))
        .execute(db)
        .await?;
    Ok(())
}

/// What came of presenting a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// It was good, and is used up now.
    Good(SessionId),
    /// It had been used before: somebody has a copy.
    Reused(SessionId),
    /// There is none, or it is too old.
    Unknown,
}

/// Uses a refresh token up.
pub async fn use_refresh(db: &mut Db, hash: &str, now: Timestamp) -> Result<Refresh> {
    let used = sqlx::query(
        "update refresh_tokens set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2
         returning session_id",
    )
    .bind(hash)
    .bind(micros(now))
    .fetch_optional(&mut *db)
    .await?;
    if let Some(row) = used {
        return Ok(Refresh::Good(row.parsed("session_id")?));
    }
    let known = sqlx::query("select session_id from refresh_tokens where token_hash = $1 and used_at is not null")
        .bind(hash)
        .fetch_optional(db)
        .await?;
    known.map_or(Ok(Refresh::Unknown), |row| Ok(Refresh::Reused(row.parsed("session_id")?)))
}

/// What a code or link proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// That the address is the person's.
    VerifyEmail,
    /// That the person may set another password.
    ResetPassword,
}

impl Purpose {
    fn key(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
        }
    }
}

/// A code or link that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailProof {
    /// Its id.
    pub id: String,
    /// Whose address it proves.
    pub account: AccountId,
    /// Hash of the code or of the link's secret.
    pub secret_hash: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was sent.
    pub created_at: Timestamp,
}

/// Remembers a code or link; earlier ones for the same purpose end.
pub async fn save_proof(
    db: &mut Db,
    id: &str,
    account: &AccountId,
    purpose: Purpose,
    secret_hash: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    sqlx::query("update email_proofs set used_at = $3 where account_id = $1 and purpose = $2 and used_at is null")
        .bind(account.as_str())
        .bind(purpose.key())
        .bind(micros(now))
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "insert into email_proofs (id, account_id, purpose, secret_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(account.as_str())
    .bind(purpose.key())
    .bind(secret_hash)
    .bind(micros(now))
    .bind(micros(until))
    .execute(db)
    .await?;
    Ok(())
}

/// The code or link that is good for an account now, counting the look as one attempt.
pub async fn try_proof(
    db: &mut Db,
    account: &AccountId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<EmailProof>> {
    let row = sqlx::query(
        "update email_proofs set attempts = attempts + 1
          where account_id = $1 and purpose = $2 and used_at is null and expires_at > $3 returning *",
    )
    .bind(account.as_str())
    .bind(purpose.key())
    .bind(micros(now))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read_proof).transpose()
}

/// The reset link with this secret, if it is good now.
pub async fn find_reset(db: &mut Db, secret_hash: &str, now: Timestamp) -> Result<Option<EmailProof>> {
    let row = sqlx::query(
        "select * from email_proofs where secret_hash = $1 and purpose = 'reset_password' and used_at is null and expires_at > $2",
    )
    .bind(secret_hash)
    .bind(micros(now))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read_proof).transpose()
}

/// The code or link that was sent last and is still good, if any.
pub async fn find_proof(
    db: &mut Db,
    account: &AccountId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<EmailProof>> {
    let row = sqlx::query(
        "select * from email_proofs where account_id = $1 and purpose = $2 and used_at is null and expires_at > $3",
    )
    .bind(account.as_str())
    .bind(purpose.key())
    .bind(micros(now))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read_proof).transpose()
}

/// Uses a code or link up; `false` when somebody else just did.
pub async fn use_proof(db: &mut Db, id: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query("update email_proofs set used_at = $2 where id = $1 and used_at is null")
        .bind(id)
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn read_proof(row: &AnyRow) -> Result<EmailProof> {
    Ok(EmailProof {
        id: row.text("id")?,
        account: row.parsed("account_id")?,
        secret_hash: row.text("secret_hash")?,
        attempts: row.int("attempts")?,
        created_at: row.at("created_at")?,
    })
}

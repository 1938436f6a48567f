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

/// How far a sign-in is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The password was right; a second factor has to follow. Until then it opens nothing.
    AwaitsFactor,
    /// Whoever holds it is the person.
    Complete,
}

impl Stage {
    fn key(self) -> &'static str {
        match self {
            Self::AwaitsFactor => "awaits_factor",
            Self::Complete => "complete",
        }
    }

    fn find(key: &str) -> Option<Self> {
        [Self::AwaitsFactor, Self::Complete].into_iter().find(|stage| stage.key() == key)
    }
}

impl SessionKind {
    fn key(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Api => "api",
        }
    }

    fn find(key: &str) -> Option<Self> {
        [Self::Browser, Self::Api].into_iter().find(|kind| kind.key() == key)
    }
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
    /// How far the sign-in is.
    pub stage: Stage,
    /// What the browser calls itself.
    pub user_agent: &'a str,
    /// Where the sign-in came from.
    pub address: &'a str,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A session that is good now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Where it lives.
    pub kind: SessionKind,
    /// How far the sign-in is.
    pub stage: Stage,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Where the sign-in came from.
    pub address: String,
    /// When the person last proved who they are.
    pub confirmed_at: Timestamp,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
}

/// Opens a session.
pub async fn open(db: &mut Db, session: &NewSession<'_>, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into sessions (id, account_id, token_hash, kind, stage, user_agent, address, created_at, seen_at, confirmed_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9)",
    )
    .bind(session.id.as_str())
    .bind(session.account.as_str())
    .bind(session.token_hash)
    .bind(session.kind.key())
    .bind(session.stage.key())
    .bind(session.user_agent)
    .bind(session.address)
    .bind(micros(now))
    .bind(micros(session.expires_at))
    .execute(db)
    .await?;
    Ok(())
}

/// A session is good while nobody ended it and its time is not over; an address that is not proven owns nothing.
const GOOD: &str = "s.revoked_at is null and s.expires_at > $2 and a.email_verified_at is not null";

/// What every look at sessions selects; the account's columns come along.
const COLUMNS: &str = "a.*, s.id as session_id, s.kind, s.stage, s.user_agent, s.address, s.confirmed_at,
    s.created_at as session_created_at, s.seen_at";

/// The browser session behind a cookie and its account, if it is good.
pub async fn find_by_cookie(db: &mut Db, token_hash: &str, now: Timestamp) -> Result<Option<(Session, Account)>> {
    let sql = [
        "select ",
        COLUMNS,
        " from sessions s join accounts a on a.id = s.account_id
        where s.token_hash = $1 and s.kind = 'browser' and ",
        GOOD,
    ]
    .concat();
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(token_hash).bind(micros(now)).fetch_optional(db).await?;
    row.as_ref().map(read_with_account).transpose()
}

/// The API session with this id and its account, if it is good.
pub async fn find_api(db: &mut Db, id: &SessionId, now: Timestamp) -> Result<Option<(Session, Account)>> {
    let sql = [
        "select ",
        COLUMNS,
        " from sessions s join accounts a on a.id = s.account_id
        where s.id = $1 and s.kind = 'api' and s.stage = 'complete' and ",
        GOOD,
    ]
    .concat();
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.as_str()).bind(micros(now)).fetch_optional(db).await?;
    row.as_ref().map(read_with_account).transpose()
}

/// The good session with this id, if it is the account's.
pub async fn find_owned(db: &mut Db, id: &SessionId, account: &AccountId, now: Timestamp) -> Result<Option<Session>> {
    let sql = [
        "select ",
        COLUMNS,
        " from sessions s join accounts a on a.id = s.account_id
        where s.id = $1 and s.account_id = $3 and s.stage = 'complete' and ",
        GOOD,
    ]
    .concat();
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id.as_str())
        .bind(micros(now))
        .bind(account.as_str())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read_session).transpose()
}

/// The good sessions of an account, the one used last first.
pub async fn list(db: &mut Db, account: &AccountId, now: Timestamp) -> Result<Vec<Session>> {
    let sql = [
        "select ",
        COLUMNS,
        " from sessions s join accounts a on a.id = s.account_id
        where s.account_id = $1 and s.stage = 'complete' and ",
        GOOD,
        " order by s.seen_at desc limit 100",
    ]
    .concat();
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account.as_str()).bind(micros(now)).fetch_all(db).await?;
    rows.iter().map(read_session).collect()
}

fn read_with_account(row: &AnyRow) -> Result<(Session, Account)> {
    Ok((read_session(row)?, read_account(row)?))
}

fn read_session(row: &AnyRow) -> Result<Session> {
    Ok(Session {
        id: row.parsed("session_id")?,
        kind: row.word("kind", SessionKind::find)?,
        stage: row.word("stage", Stage::find)?,
        user_agent: row.text("user_agent")?,
        address: row.text("address")?,
        confirmed_at: row.at("confirmed_at")?,
        created_at: row.at("session_created_at")?,
        seen_at: row.at("seen_at")?,
    })
}

/// Gives a session another cookie value, because the person just proved who they are: it is complete from now on. `false` when
/// the session has ended meanwhile.
pub async fn renew(db: &mut Db, id: &SessionId, token_hash: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update sessions set token_hash = $2, stage = 'complete', confirmed_at = $3, expires_at = $4
          where id = $1 and revoked_at is null and expires_at > $3",
    )
    .bind(id.as_str())
    .bind(token_hash)
    .bind(micros(now))
    .bind(micros(until))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Remembers when a session was last used.
pub async fn touch(db: &mut Db, id: &SessionId, at: Timestamp) -> Result<()> {
    sqlx::query("update sessions set seen_at = $2 where id = $1 and seen_at < $2")
        .bind(id.as_str())
        .bind(micros(at))
        .execute(db)
        .await?;
    Ok(())
}

/// Ends the browser session with this cookie.
pub async fn revoke_by_cookie(db: &mut Db, token_hash: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "update sessions set revoked_at = $2 where token_hash = $1 and kind = 'browser' and revoked_at is null",
    )
    .bind(token_hash)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Ends all sessions of an account but one.
pub async fn revoke_others(db: &mut Db, account: &AccountId, keep: &SessionId, now: Timestamp) -> Result<()> {
    sqlx::query("update sessions set revoked_at = $3 where account_id = $1 and id <> $2 and revoked_at is null")
        .bind(account.as_str())
        .bind(keep.as_str())
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
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

/// Ends every session of everybody.
pub async fn revoke_everybody(db: &mut Db, now: Timestamp) -> Result<()> {
    sqlx::query("update sessions set revoked_at = $1 where revoked_at is null").bind(micros(now)).execute(db).await?;
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
    /// Its id; that of a code is a hash of the ticket that comes back with it.
    pub id: String,
    /// Whose address it proves.
    pub account: AccountId,
    /// Hash of the code or of the link's secret.
    pub secret_hash: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What the sign-up asked for: a password's hash and a name.
    pub asked: Option<(String, String)>,
}

/// A code or link to remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProof<'a> {
    /// Its id.
    pub id: &'a str,
    /// Whose address it proves.
    pub account: &'a AccountId,
    /// What it proves.
    pub purpose: Purpose,
    /// Hash of the code or of the link's secret.
    pub secret_hash: &'a str,
    /// What a sign-up asks for: a password's hash and a name.
    pub asked: Option<(&'a str, &'a str)>,
    /// When it is of no use any more.
    pub until: Timestamp,
}

/// Remembers a code or link. Earlier ones stay good: a stranger who asks for another one takes nothing from the owner.
pub async fn save_proof(db: &mut Db, proof: &NewProof<'_>, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into email_proofs (id, account_id, purpose, secret_hash, password_hash, display_name, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(proof.id)
    .bind(proof.account.as_str())
    .bind(proof.purpose.key())
    .bind(proof.secret_hash)
    .bind(proof.asked.map(|(password, _)| password))
    .bind(proof.asked.map(|(_, name)| name))
    .bind(micros(now))
    .bind(micros(proof.until))
    .execute(db)
    .await?;
    Ok(())
}

/// The code with this id, if it is good for an account now, counting the look as one attempt.
pub async fn try_proof(db: &mut Db, account: &AccountId, id: &str, now: Timestamp) -> Result<Option<EmailProof>> {
    let row = sqlx::query(
        "update email_proofs set attempts = attempts + 1
          where id = $1 and account_id = $2 and purpose = 'verify_email' and used_at is null and expires_at > $3 returning *",
    )
    .bind(id)
    .bind(account.as_str())
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

/// Whether a code or link is still good.
pub async fn is_proof_good(db: &mut Db, id: &str, now: Timestamp) -> Result<bool> {
    let row = sqlx::query("select 1 as one from email_proofs where id = $1 and used_at is null and expires_at > $2")
        .bind(id)
        .bind(micros(now))
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Uses a code or link up, and with it all others of its purpose that its account has; `false` when somebody else just did.
pub async fn use_proof(db: &mut Db, id: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query("update email_proofs set used_at = $2 where id = $1 and used_at is null")
        .bind(id)
        .bind(micros(now))
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "update email_proofs set used_at = $2, expires_at = $2 where used_at is null
            and account_id = (select account_id from email_proofs where id = $1)
            and purpose = (select purpose from email_proofs where id = $1)",
    )
    .bind(id)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses up the links with which an account's password could still be set: it has another one now.
pub async fn end_resets(db: &mut Db, account: &AccountId, now: Timestamp) -> Result<()> {
    sqlx::query(
        "update email_proofs set used_at = $2 where account_id = $1 and purpose = 'reset_password' and used_at is null",
    )
    .bind(account.as_str())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// The code with this id that an account was proven with since then, counting the look as one attempt.
pub async fn try_used_proof(
    db: &mut Db,
    account: &AccountId,
    id: &str,
    since: Timestamp,
) -> Result<Option<EmailProof>> {
    // Others were used up with it, and were good no longer from that moment on.
    let row = sqlx::query(
        "update email_proofs set attempts = attempts + 1
          where id = $1 and account_id = $2 and purpose = 'verify_email' and used_at >= $3 and expires_at > used_at returning *",
    )
    .bind(id)
    .bind(account.as_str())
    .bind(micros(since))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read_proof).transpose()
}

fn read_proof(row: &AnyRow) -> Result<EmailProof> {
    Ok(EmailProof {
        id: row.text("id")?,
        account: row.parsed("account_id")?,
        secret_hash: row.text("secret_hash")?,
        attempts: row.int("attempts")?,
        asked: row.opt_text("password_hash")?.zip(row.opt_text("display_name")?),
    })
}

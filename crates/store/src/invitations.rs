//! Letters to people who are to become staff.

use crate::accounts::email_key;
use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::access::Role;
use domain::ids::InvitationId;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// An invitation that can be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Whom it is for.
    pub email: String,
    /// What they become.
    pub role: Role,
    /// Who invited: an account's id, or `cli`.
    pub invited_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// Remembers an invitation by its secret's hash; earlier ones to the same address end.
pub async fn save(db: &mut Db, invitation: &Invitation, secret_hash: &str) -> Result<()> {
    sqlx::query(
        "update invitations set revoked_at = $2 where email_key = $1 and accepted_at is null and revoked_at is null",
    )
    .bind(email_key(&invitation.email))
    .bind(micros(invitation.created_at))
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "insert into invitations (id, email, email_key, role, secret_hash, invited_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(invitation.id.as_str())
    .bind(&invitation.email)
    .bind(email_key(&invitation.email))
    .bind(invitation.role.key())
    .bind(secret_hash)
    .bind(&invitation.invited_by)
    .bind(micros(invitation.created_at))
    .bind(micros(invitation.expires_at))
    .execute(db)
    .await?;
    Ok(())
}

/// The invitation with this secret, if it can be accepted now.
pub async fn find(db: &mut Db, secret_hash: &str, now: Timestamp) -> Result<Option<Invitation>> {
    let row = sqlx::query(
        "select * from invitations where secret_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2",
    )
    .bind(secret_hash)
    .bind(micros(now))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

/// The invitations that can be accepted now, newest first.
pub async fn list_open(db: &mut Db, now: Timestamp) -> Result<Vec<Invitation>> {
    let rows = sqlx::query(
        "select * from invitations where accepted_at is null and revoked_at is null and expires_at > $1
          order by created_at desc limit 100",
    )
    .bind(micros(now))
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// Takes back whatever somebody invited to and nobody accepted yet.
pub async fn revoke_by_inviter(db: &mut Db, inviter: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "update invitations set revoked_at = $2 where invited_by = $1 and accepted_at is null and revoked_at is null",
    )
    .bind(inviter)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Uses an invitation up; `false` when somebody else just did.
pub async fn accept(db: &mut Db, id: &InvitationId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update invitations set accepted_at = $2 where id = $1 and accepted_at is null and revoked_at is null",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes an invitation back; `None` when it cannot be accepted any more anyway.
pub async fn revoke(db: &mut Db, id: &InvitationId, now: Timestamp) -> Result<Option<Invitation>> {
    let row = sqlx::query(
        "update invitations set revoked_at = $2 where id = $1 and accepted_at is null and revoked_at is null returning *",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .fetch_optional(db)
    .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<Invitation> {
    Ok(Invitation {
        id: row.parsed("id")?,
        email: row.text("email")?,
        role: row.word("role", Role::find)?,
        invited_by: row.text("invited_by")?,
        created_at: row.at("created_at")?,
        expires_at: row.at("expires_at")?,
    })
}

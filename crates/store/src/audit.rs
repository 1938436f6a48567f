//! The audit log: what staff and the program did to somebody's money, server or account.

use crate::row::micros;
use crate::{Db, Result};
use domain::ids::AuditId;
use jiff::Timestamp;

/// Writes down who did what to whom, in the transaction of the act (A5).
pub async fn record(
    db: &mut Db,
    id: &AuditId,
    actor: &str,
    act: &str,
    subject: &str,
    detail: &serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    sqlx::query("insert into audit_log (id, at, actor, act, subject, detail) values ($1, $2, $3, $4, $5, $6)")
        .bind(id.as_str())
        .bind(micros(now))
        .bind(actor)
        .bind(act)
        .bind(subject)
        .bind(detail.to_string())
        .execute(db)
        .await?;
    Ok(())
}

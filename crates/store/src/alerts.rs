//! Alerts: one open row per rule and key.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::AlertId;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Somebody has to act now.
    Critical,
    /// Somebody should look soon.
    Warning,
}

impl Severity {
    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
        }
    }

    fn find(key: &str) -> Option<Self> {
        [Self::Critical, Self::Warning].into_iter().find(|severity| severity.key() == key)
    }
}

/// An alert that was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// Names its runbook.
    pub rule: String,
    /// What it is about.
    pub key: String,
    /// How bad it is.
    pub severity: Severity,
    /// What happened and what to do.
    pub text: String,
    /// When it was raised first.
    pub opened_at: Timestamp,
    /// When it was raised last.
    pub seen_at: Timestamp,
    /// How often.
    pub times: i64,
    /// When its cause was gone.
    pub cleared_at: Option<Timestamp>,
}

/// What to raise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlert<'a> {
    /// Names its runbook.
    pub rule: &'a str,
    /// What it is about.
    pub key: &'a str,
    /// How bad it is.
    pub severity: Severity,
    /// What happened and what to do.
    pub text: &'a str,
}

/// Raises an alert; one that is open already for the same rule and key counts up.
pub async fn raise(db: &mut Db, id: &AlertId, alert: &NewAlert<'_>, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into alerts (id, rule, key, severity, text, opened_at, seen_at) values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (rule, key) where cleared_at is null
         do update set seen_at = excluded.seen_at, times = alerts.times + 1, text = excluded.text",
    )
    .bind(id.as_str())
    .bind(alert.rule)
    .bind(alert.key)
    .bind(alert.severity.key())
    .bind(alert.text)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// Clears the alert of a rule and key, if one is open.
pub async fn clear(db: &mut Db, rule: &str, key: &str, now: Timestamp) -> Result<()> {
    sqlx::query("update alerts set cleared_at = $3 where rule = $1 and key = $2 and cleared_at is null")
        .bind(rule)
        .bind(key)
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// Whether an alert of a rule and key is open.
pub async fn is_open(db: &mut Db, rule: &str, key: &str) -> Result<bool> {
    let row = sqlx::query("select count(*) as n from alerts where rule = $1 and key = $2 and cleared_at is null")
        .bind(rule)
        .bind(key)
        .fetch_one(db)
        .await?;
    Ok(row.int("n")? > 0)
}

/// The latest alerts, newest first, open ones only if `open`.
pub async fn list(db: &mut Db, open: bool, limit: i64) -> Result<Vec<Alert>> {
    let rows = sqlx::query(
        "select * from alerts where (cleared_at is null or $1 = 0) order by opened_at desc, id desc limit $2",
    )
    .bind(i64::from(open))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

pub(crate) fn read(row: &AnyRow) -> Result<Alert> {
    Ok(Alert {
        id: row.parsed("id")?,
        rule: row.text("rule")?,
        key: row.text("key")?,
        severity: row.word("severity", Severity::find)?,
        text: row.text("text")?,
        opened_at: row.at("opened_at")?,
        seen_at: row.at("seen_at")?,
        times: row.int("times")?,
        cleared_at: row.opt_at("cleared_at")?,
    })
}

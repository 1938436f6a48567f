//! Alerts: one open row per rule and key.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::alert::Severity;
use domain::ids::AlertId;
use jiff::Timestamp;
use sqlx::any::AnyRow;

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
    /// When somebody said that they look after it.
    pub acknowledged_at: Option<Timestamp>,
    /// Who: an account's id, or the command line.
    pub acknowledged_by: Option<String>,
    /// Who said that it is over, and why; `None` where its cause went away by itself.
    pub resolved: Option<(String, String)>,
    /// How often it was told again because nobody looked after it.
    pub escalations: i64,
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

/// Raises an alert; one that is open already for the same rule and key counts up. `seen_at` is now as others say it.
pub async fn raise(db: &mut Db, id: &AlertId, alert: &NewAlert<'_>, now: Timestamp, seen_at: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into alerts (id, rule, key, severity, text, opened_at, seen_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (rule, key) where cleared_at is null
         do update set seen_at = excluded.seen_at, times = alerts.times + 1, text = excluded.text,
                       severity = excluded.severity",
    )
    .bind(id.as_str())
    .bind(alert.rule)
    .bind(alert.key)
    .bind(alert.severity.key())
    .bind(alert.text)
    .bind(micros(now))
    .bind(micros(seen_at))
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

/// The alert with this id, if there is one.
pub async fn find(db: &mut Db, id: &AlertId) -> Result<Option<Alert>> {
    let row = sqlx::query("select * from alerts where id = $1").bind(id.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Records who looks after an open alert. `false` when it is over, or somebody does already.
pub async fn acknowledge(db: &mut Db, id: &AlertId, by: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update alerts set acknowledged_at = $3, acknowledged_by = $2
          where id = $1 and cleared_at is null and acknowledged_at is null",
    )
    .bind(id.as_str())
    .bind(by)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Records that somebody says an open alert is over. `false` when it is already.
pub async fn resolve(db: &mut Db, id: &AlertId, by: &str, why: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update alerts set cleared_at = $4, resolved_by = $2, resolved_why = $3 where id = $1 and cleared_at is null",
    )
    .bind(id.as_str())
    .bind(by)
    .bind(why)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What people were told of an alert, as its row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Nothing yet.
    Nothing,
    /// That it began.
    Opened,
    /// Everything that there is to tell.
    Everything,
}

impl Told {
    fn key(self) -> &'static str {
        match self {
            Self::Nothing => "no",
            Self::Opened => "opened",
            Self::Everything => "over",
        }
    }

    fn find(key: &str) -> Option<Self> {
        [Self::Nothing, Self::Opened, Self::Everything].into_iter().find(|told| told.key() == key)
    }
}

/// Alerts of which there may be something to tell, with what was told: first those of which nothing was. Critical ones that nobody looks
/// after are among them until they were told again this often. At most `limit`.
pub async fn list_to_tell(db: &mut Db, escalations: i64, limit: i64) -> Result<Vec<(Alert, Told)>> {
    let sql = "select * from alerts where told <> 'over'
        and (told = 'no' or cleared_at is not null
             or (severity = 'critical' and acknowledged_at is null and escalations < $1))
      order by case told when 'no' then 0 else 1 end, opened_at, id limit $2";
    let rows = sqlx::query(sql).bind(escalations).bind(limit).fetch_all(db).await?;
    rows.iter().map(|row| Ok((read(row)?, row.word("told", Told::find)?))).collect()
}

/// Takes an alert's row until the transaction ends. `false` when people were told more of it meanwhile: another process decided first.
pub async fn lock_while(db: &mut Db, id: &AlertId, told: Told) -> Result<bool> {
    let row = sqlx::query("update alerts set told = told where id = $1 and told = $2 returning id")
        .bind(id.as_str())
        .bind(told.key())
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Records what people were told of an alert.
pub async fn set_told(db: &mut Db, id: &AlertId, told: Told, escalations: i64) -> Result<()> {
    sqlx::query("update alerts set told = $2, escalations = $3 where id = $1")
        .bind(id.as_str())
        .bind(told.key())
        .bind(escalations)
        .execute(db)
        .await?;
    Ok(())
}

/// When people were last told that something of this rule and key began, in an earlier alert than this one.
pub async fn last_told(db: &mut Db, alert: &Alert) -> Result<Option<Timestamp>> {
    let row = sqlx::query(
        "select max(n.sent_at) as sent_at from alerts a join notifications n on n.subject = a.id
          where a.rule = $1 and a.key = $2 and a.id <> $3 and n.occasion = 'opened'",
    )
    .bind(&alert.rule)
    .bind(&alert.key)
    .bind(alert.id.as_str())
    .fetch_one(db)
    .await?;
    row.opt_at("sent_at")
}

/// What is open of these rules; at most 1000.
pub async fn list_open_of(db: &mut Db, rules: &[&str]) -> Result<Vec<Alert>> {
    let mut found = Vec::new();
    for rule in rules {
        let rows = sqlx::query("select * from alerts where rule = $1 and cleared_at is null order by id limit 1000")
            .bind(*rule)
            .fetch_all(&mut *db)
            .await?;
        for row in &rows {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// Which alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// That are open and nobody looks after.
    New,
    /// That are open.
    Open,
    /// All of them.
    All,
}

/// A page of alerts, newest first, behind `after` (when it began, its id) if it is not the first page; at most `limit`.
pub async fn list_page(
    db: &mut Db,
    wanted: Wanted,
    after: Option<(Timestamp, &AlertId)>,
    limit: i64,
) -> Result<Vec<Alert>> {
    let sql = match wanted {
        Wanted::New => {
            "select * from alerts where cleared_at is null and acknowledged_at is null
                and (opened_at < $1 or opened_at = $1 and id < $2) order by opened_at desc, id desc limit $3"
        }
        Wanted::Open => {
            "select * from alerts where cleared_at is null
                and (opened_at < $1 or opened_at = $1 and id < $2) order by opened_at desc, id desc limit $3"
        }
        Wanted::All => {
            "select * from alerts where (opened_at < $1 or opened_at = $1 and id < $2)
              order by opened_at desc, id desc limit $3"
        }
    };
    let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (micros(at), id.as_str()));
    let rows = sqlx::query(sql).bind(at).bind(id).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// How many alerts are open, critical ones first; with how many of them nobody looks after.
pub async fn count_open(db: &mut Db) -> Result<OpenAlerts> {
    let row = sqlx::query(
        "select cast(coalesce(sum(case severity when 'critical' then 1 else 0 end), 0) as bigint) as critical,
                cast(coalesce(sum(case severity when 'warning' then 1 else 0 end), 0) as bigint) as warnings,
                cast(coalesce(sum(case when acknowledged_at is null then 1 else 0 end), 0) as bigint) as fresh
           from alerts where cleared_at is null",
    )
    .fetch_one(db)
    .await?;
    Ok(OpenAlerts { critical: row.int("critical")?, warnings: row.int("warnings")?, new: row.int("fresh")? })
}

/// How many alerts are open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenAlerts {
    /// Critical ones.
    pub critical: i64,
    /// Warnings.
    pub warnings: i64,
    /// Of both, those that nobody looks after.
    pub new: i64,
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
        acknowledged_at: row.opt_at("acknowledged_at")?,
        acknowledged_by: row.opt_text("acknowledged_by")?,
        resolved: row.opt_text("resolved_by")?.zip(row.opt_text("resolved_why")?),
        escalations: row.int("escalations")?,
    })
}

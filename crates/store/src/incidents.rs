//! Times in which something of ours did not work: said in the owner's words, kept for the status page.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::catalogue::RegionKey;
use domain::ids::IncidentId;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// An incident, as the owner told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Since when.
    pub began_at: Timestamp,
    /// Until when; `None` while it lasts.
    pub ended_at: Option<Timestamp>,
    /// One line.
    pub title: String,
    /// What does not work, and what people should know.
    pub text: String,
    /// Where; `None` everywhere.
    pub region: Option<RegionKey>,
}

impl Incident {
    /// Whether it concerns what stands in this region.
    pub fn reaches(&self, region: &RegionKey) -> bool {
        self.region.as_ref().is_none_or(|here| here == region)
    }
}

/// Begins one. `false` when one lasts for the same region, or everywhere if this one is for everywhere: then nothing is written.
pub async fn begin(db: &mut Db, incident: &Incident) -> Result<bool> {
    let done = sqlx::query(
        "insert into incidents (id, began_at, title, text, region) values ($1, $2, $3, $4, $5) on conflict do nothing",
    )
    .bind(incident.id.as_str())
    .bind(micros(incident.began_at))
    .bind(&incident.title)
    .bind(&incident.text)
    .bind(incident.region.as_ref().map(RegionKey::as_str))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends one. `false` when it has ended before, or there is none with this id. It never ends before it began, whatever a clock says.
pub async fn end(db: &mut Db, id: &IncidentId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "update incidents set ended_at = case when began_at > $2 then began_at else $2 end
          where id = $1 and ended_at is null",
    )
    .bind(id.as_str())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The incident with this id, if there is one.
pub async fn find(db: &mut Db, id: &IncidentId) -> Result<Option<Incident>> {
    let sql = "select * from incidents where id = $1";
    sqlx::query(sql).bind(id.as_str()).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// What lasts, the oldest first; at most 100.
pub async fn list_open(db: &mut Db) -> Result<Vec<Incident>> {
    let sql = "select * from incidents where ended_at is null order by began_at, id limit 100";
    sqlx::query(sql).fetch_all(db).await?.iter().map(read).collect()
}

/// What lasted after `since` or lasts, the newest first; at most 500.
pub async fn list_since(db: &mut Db, since: Timestamp) -> Result<Vec<Incident>> {
    let sql =
        "select * from incidents where ended_at is null or ended_at > $1 order by began_at desc, id desc limit 500";
    sqlx::query(sql).bind(micros(since)).fetch_all(db).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Incident> {
    Ok(Incident {
        id: row.parsed("id")?,
        began_at: row.at("began_at")?,
        ended_at: row.opt_at("ended_at")?,
        title: row.text("title")?,
        text: row.text("text")?,
        region: row.opt_text("region")?.map(|region| RegionKey::new(&region)),
    })
}

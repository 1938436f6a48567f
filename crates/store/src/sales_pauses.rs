//! Where nothing is sold at the moment, because whoever looks after the shop said so.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::catalogue::RegionKey;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A place where nothing is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Where; `None` everywhere.
    pub region: Option<RegionKey>,
    /// Since when.
    pub since: Timestamp,
    /// Why, for those who look after the shop.
    pub why: String,
}

/// Pauses the sale. `false` when it is paused there already: that pause stays as it is.
pub async fn begin(db: &mut Db, pause: &Pause) -> Result<bool> {
    let done = sqlx::query("insert into sales_pauses (region, since, why) values ($1, $2, $3) on conflict do nothing")
        .bind(place(pause.region.as_ref()))
        .bind(micros(pause.since))
        .bind(&pause.why)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Sells again. `false` when nothing was paused there.
pub async fn end(db: &mut Db, region: Option<&RegionKey>) -> Result<bool> {
    let done = sqlx::query("delete from sales_pauses where region = $1").bind(place(region)).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// All pauses: everywhere first, then by region.
pub async fn list(db: &mut Db) -> Result<Vec<Pause>> {
    let rows = sqlx::query("select * from sales_pauses order by region limit 1000").fetch_all(db).await?;
    rows.iter().map(read).collect()
}

fn place(region: Option<&RegionKey>) -> &str {
    region.map_or("", RegionKey::as_str)
}

fn read(row: &AnyRow) -> Result<Pause> {
    let region = row.text("region")?;
    Ok(Pause {
        region: (!region.is_empty()).then(|| RegionKey::new(&region)),
        since: row.at("since")?,
        why: row.text("why")?,
    })
}

//! How the parts of the shop did, day by day.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::catalogue::RegionKey;
use jiff::{SignedDuration, Timestamp};
use sqlx::any::AnyRow;

/// Something that people ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Component {
    /// Choosing and ordering.
    Shop,
    /// Paying.
    Payments,
    /// The panel, and what is read from it.
    Panel,
    /// From payment to playable.
    Deliveries,
    /// The machines of one region.
    Region,
}

impl Component {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Shop, Self::Payments, Self::Panel, Self::Deliveries, Self::Region];

    /// The word in rows and answers.
    pub fn key(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Payments => "payments",
            Self::Panel => "panel",
            Self::Deliveries => "deliveries",
            Self::Region => "region",
        }
    }

    fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.key() == key)
    }
}

/// A day of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Of which one.
    pub component: Component,
    /// Where; `None` everywhere.
    pub region: Option<RegionKey>,
    /// When it began, UTC.
    pub day_at: Timestamp,
    /// For how long somebody looked.
    pub watched_s: i64,
    /// How much of that was trouble.
    pub trouble_s: i64,
}

/// When the day began that this moment is in, UTC.
pub fn day_of(at: Timestamp) -> Timestamp {
    const DAY: i64 = 24 * 3600;
    Timestamp::from_second(at.as_second() - at.as_second().rem_euclid(DAY)).unwrap_or(at)
}

/// Adds what was seen to a day.
pub async fn add(db: &mut Db, day: &Day) -> Result<()> {
    sqlx::query(
        "insert into status_days (component, region, day_at, watched_s, trouble_s) values ($1, $2, $3, $4, $5)
         on conflict (component, region, day_at) do update set
             watched_s = status_days.watched_s + excluded.watched_s,
             trouble_s = status_days.trouble_s + excluded.trouble_s",
    )
    .bind(day.component.key())
    .bind(day.region.as_ref().map_or("", RegionKey::as_str))
    .bind(micros(day.day_at))
    .bind(day.watched_s)
    .bind(day.trouble_s)
    .execute(db)
    .await?;
    Ok(())
}

/// The days that began after `since`, by component, region and time; at most 20,000, which is more than any catalogue has regions.
pub async fn list_since(db: &mut Db, since: Timestamp) -> Result<Vec<Day>> {
    let sql = "select * from status_days where day_at > $1 order by component, region, day_at limit 20000";
    sqlx::query(sql).bind(micros(since)).fetch_all(db).await?.iter().map(read).collect()
}

/// Takes the turn to look: `false` when another process did since `before` (`None`: nobody ever did).
pub async fn take_turn(db: &mut Db, mark: &str, before: Option<Timestamp>, now: Timestamp) -> Result<bool> {
    let done = match before {
        Some(before) => {
            sqlx::query("update marks set at = $3 where name = $1 and at = $2")
                .bind(mark)
                .bind(micros(before))
                .bind(micros(now))
                .execute(db)
                .await?
        }
        None => {
            sqlx::query("insert into marks (name, value, at) values ($1, '', $2) on conflict (name) do nothing")
                .bind(mark)
                .bind(micros(now))
                .execute(db)
                .await?
        }
    };
    Ok(done.rows_affected() == 1)
}

/// A span of time in the days that it touches, with the seconds in each.
pub fn split(from: Timestamp, to: Timestamp) -> Vec<(Timestamp, i64)> {
    let mut parts = Vec::new();
    let mut at = from;
    while at < to {
        let day = day_of(at);
        let end = (day + SignedDuration::from_hours(24)).min(to);
        parts.push((day, end.as_second() - at.as_second()));
        at = end;
    }
    parts
}

fn read(row: &AnyRow) -> Result<Day> {
    Ok(Day {
        component: row.word("component", Component::find)?,
        region: Some(row.text("region")?).filter(|region| !region.is_empty()).map(|region| RegionKey::new(&region)),
        day_at: row.at("day_at")?,
        watched_s: row.int("watched_s")?,
        trouble_s: row.int("trouble_s")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_over_midnight_is_two_days() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(
            split(at("2026-03-01T23:59:30Z"), at("2026-03-02T00:01:00Z")),
            [(at("2026-03-01T00:00:00Z"), 30), (at("2026-03-02T00:00:00Z"), 60)]
        );
        assert_eq!(split(at("2026-03-01T12:00:00Z"), at("2026-03-01T12:00:00Z")), []);
        assert_eq!(split(at("2026-03-01T00:00:00Z"), at("2026-03-04T00:00:00Z")).len(), 3);
    }
}

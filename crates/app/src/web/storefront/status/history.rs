//! Ninety days of each part of the shop: how much of the time it was well, drawn as a bar per day, and said in words for whoever does not
//! see the drawing.

use crate::texts::{self, t};
use domain::catalogue::RegionKey;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::fmt::Write;
use store::status::{Component, Day, day_of};
use store::{Db, StoreError, status};

/// How many days are shown, today included.
pub(super) const DAYS: i32 = 90;
/// The drawing's height, and what each day takes of its width.
const HEIGHT: usize = 28;
const STEP: usize = 4;
const BREADTH: usize = 3;
/// A day that is well is not quite as high as one with trouble: the colour says nothing that the shape does not.
const WELL_FROM: usize = 8;
const UNKNOWN_FROM: usize = 24;
/// Below this much of a day trouble is a blemish.
const SOME_S: i64 = 30 * 60;

/// What is known of each part, by day.
pub(super) struct History {
    today: Timestamp,
    days: BTreeMap<(Component, Option<RegionKey>), BTreeMap<Timestamp, Day>>,
}

/// How a part did.
pub(super) struct Record {
    /// How much of the time that somebody looked it was well, in hundredths of a percent; `None` before anybody looked.
    pub(super) well: Option<i64>,
    /// Every day, the oldest first; `None` where nobody looked.
    pub(super) days: Vec<(Timestamp, Option<Day>)>,
}

/// A path of the drawing, with what it means as a class.
pub(super) struct Bars {
    pub(super) class: &'static str,
    pub(super) path: String,
}

/// A record as the page shows it.
pub(super) struct Shown {
    /// How much of the time it was well, in words.
    pub(super) share: String,
    /// The drawing in words.
    pub(super) label: String,
    pub(super) bars: Vec<Bars>,
    /// Days with trouble, the latest first.
    pub(super) trouble: Vec<String>,
}

impl History {
    /// Reads the last ninety days.
    pub(super) async fn load(db: &mut Db, now: Timestamp) -> Result<Self, StoreError> {
        let today = day_of(now);
        Ok(Self::of(status::list_since(db, today - day() * DAYS).await?, today))
    }

    fn of(rows: Vec<Day>, today: Timestamp) -> Self {
        let mut days: BTreeMap<_, BTreeMap<Timestamp, Day>> = BTreeMap::new();
        for row in rows {
            days.entry((row.component, row.region.clone())).or_default().insert(row.day_at, row);
        }
        Self { today, days }
    }

    /// How this part did.
    pub(super) fn of_part(&self, component: Component, region: Option<&RegionKey>) -> Record {
        let known = self.days.get(&(component, region.cloned()));
        let first = self.today - day() * (DAYS - 1);
        let days: Vec<_> = (0..DAYS)
            .map(|number| first + day() * number)
            .map(|at| (at, known.and_then(|days| days.get(&at)).filter(|day| day.watched_s > 0).cloned()))
            .collect();
        let sum = |read: fn(&Day) -> i64| days.iter().filter_map(|(_, day)| day.as_ref()).map(read).sum::<i64>();
        let (watched, trouble) = (sum(|day| day.watched_s), sum(|day| day.trouble_s));
        // Rounded down: what had trouble is never said to have had none.
        let well = (watched > 0).then(|| (watched - trouble) * 10_000 / watched);
        Record { well, days }
    }
}

fn day() -> SignedDuration {
    SignedDuration::from_hours(24)
}

impl Record {
    /// The record in words and as a drawing.
    pub(super) fn show(&self) -> Shown {
        let kind = |day: &Option<Day>| day.as_ref().map(|day| day.trouble_s);
        let count = |wanted: fn(Option<i64>) -> bool| self.days.iter().filter(|(_, day)| wanted(kind(day))).count();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let bad = count(|trouble| trouble.is_some_and(|seconds| seconds > 0));
        let label = texts::with(
            "status-bars-label",
            &[
                ("days", i64::from(DAYS).into()),
                ("good", number(count(|trouble| trouble == Some(0))).into()),
                ("bad", number(bad).into()),
                ("unknown", number(count(|trouble| trouble.is_none())).into()),
            ],
        );
        let trouble = self.days.iter().rev().filter_map(|(at, day)| {
            let seconds = day.as_ref().map(|day| day.trouble_s).filter(|seconds| *seconds > 0)?;
            let values = [("day", texts::day(*at).into()), ("time", texts::span(seconds).into())];
            Some(texts::with("status-trouble-day", &values))
        });
        Shown { share: self.share(), label, bars: self.bars(), trouble: trouble.collect() }
    }

    /// `99.98 % in 90 days`, of which only those count on which somebody looked.
    fn share(&self) -> String {
        let Some(well) = self.well else { return t("status-share-unknown").into_owned() };
        let days = self.days.iter().filter(|(_, day)| day.is_some()).count();
        let values = [
            ("whole", (well / 100).to_string().into()),
            ("part", format!("{:02}", well % 100).into()),
            ("days", i64::try_from(days).unwrap_or(i64::MAX).into()),
        ];
        texts::with("status-share", &values)
    }

    fn bars(&self) -> Vec<Bars> {
        let mut paths =
            [("unknown", String::new()), ("good", String::new()), ("some", String::new()), ("bad", String::new())];
        for (place, (_, day)) in self.days.iter().enumerate() {
            let (kind, from) = match day.as_ref().map(|day| day.trouble_s) {
                None => (0, UNKNOWN_FROM),
                Some(0) => (1, WELL_FROM),
                Some(1..SOME_S) => (2, 0),
                Some(_) => (3, 0),
            };
            // Writing to a String does not fail.
            let _ = write!(paths[kind].1, "M{} {from}h{BREADTH}v{}h-{BREADTH}z", place * STEP, HEIGHT - from);
        }
        let bars = paths.into_iter().filter(|(_, path)| !path.is_empty());
        bars.map(|(class, path)| Bars { class, path }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(rows: &[(i32, i64, i64)]) -> Record {
        let today = day_of(Timestamp::from_second(1_800_000_000).unwrap());
        let row = |&(back, watched_s, trouble_s): &(i32, i64, i64)| Day {
            component: Component::Shop,
            region: None,
            day_at: today - day() * back,
            watched_s,
            trouble_s,
        };
        History::of(rows.iter().map(row).collect(), today).of_part(Component::Shop, None)
    }

    #[test]
    fn a_second_of_trouble_is_not_rounded_away() {
        assert_eq!(record(&[(0, 86_400, 1)]).well, Some(9_999));
        assert_eq!(record(&[(0, 86_400, 0), (1, 86_400, 0)]).well, Some(10_000));
        assert_eq!(record(&[]).well, None);
    }

    #[test]
    fn a_share_names_the_days_that_it_is_of() {
        let shares = [&[(0, 86_400, 17)][..], &[(0, 86_400, 0), (5, 600, 0)], &[]].map(|rows| record(rows).share());
        assert_eq!(shares, ["99.98 % in 1 day", "100.00 % in 2 days", "Nobody has looked yet"]);
    }

    #[test]
    fn every_day_is_there_and_says_what_it_was() {
        let shown =
            record(&[(0, 600, 0), (1, 86_400, 600), (2, 86_400, 7_200), (89, 86_400, 0), (90, 86_400, 86_400)]).show();
        let classes: Vec<_> = shown.bars.iter().map(|bars| (bars.class, bars.path.matches('M').count())).collect();
        assert_eq!(
            classes,
            [("unknown", 86), ("good", 2), ("some", 1), ("bad", 1)],
            "the day before all of them is left out"
        );
        assert!(shown.bars[1].path.starts_with("M0 8h3v20h-3z"), "{}", shown.bars[1].path);
        assert!(shown.bars[1].path.ends_with("M356 8h3v20h-3z"), "{}", shown.bars[1].path);
        assert_eq!(shown.trouble.len(), 2);
        assert!(shown.trouble[0].contains("10 minutes") && shown.trouble[1].contains("2 hours"), "{:?}", shown.trouble);
    }
}

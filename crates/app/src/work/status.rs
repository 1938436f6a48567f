//! Writes down how the parts of the shop do, once a minute, for the status page: seconds of trouble, day by day.

use crate::app::App;
use crate::health::{self, Look};
use crate::work::Report;
use domain::catalogue::RegionKey;
use domain::freeze::Reach;
use jiff::{SignedDuration, Timestamp};
use store::marks;
use store::status::{self, Component, Day};

/// The mark of the last look.
pub const MARK: &str = "status";
/// How often.
const EVERY: SignedDuration = SignedDuration::from_secs(60);
/// After this long without a look nobody was there: visitors met no shop, and nothing is known about the rest. A restart takes less.
const ABSENT: SignedDuration = SignedDuration::from_mins(3);
/// No gap counts for longer: the page goes back no further.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Looks, if it is time.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let before = marks::find(&mut *app.store.read().await?, MARK).await?.map(|mark| mark.at);
    let due = before.map_or(now, |before| before + EVERY);
    // A mark that is ahead was set by a clock that was wrong.
    if due > now && before.is_some_and(|before| before <= now) {
        return Ok(Report { next: Some(due), ..Report::default() });
    }
    let look = health::look(app).await?;
    let mut tx = app.store.begin().await?;
    if !status::take_turn(&mut tx, MARK, before, now).await? {
        return Ok(Report { next: Some(now + EVERY), ..Report::default() });
    }
    if let Some(before) = before.filter(|before| *before < now) {
        for day in days(&look, before.max(now - LONGEST), now) {
            status::add(&mut tx, &day).await?;
        }
    }
    tx.commit().await?;
    Ok(Report { taken: 1, failed: 0, next: Some(now + EVERY) })
}

/// What is to be added for the time since the last look.
fn days(look: &Look, before: Timestamp, now: Timestamp) -> Vec<Day> {
    let absent = now.duration_since(before) > ABSENT;
    let states = if absent { vec![(Component::Shop, None, false)] } else { states(look) };
    let mut days = Vec::new();
    for (day_at, seconds) in status::split(before, now) {
        for (component, region, well) in &states {
            let trouble_s = if *well { 0 } else { seconds };
            days.push(Day { component: *component, region: region.clone(), day_at, watched_s: seconds, trouble_s });
        }
    }
    days
}

/// Each component that this shop has, and whether it is well.
pub fn states(look: &Look) -> Vec<(Component, Option<RegionKey>, bool)> {
    let open = look.plans > 0 && look.frozen.stops(Reach::Outside).is_none();
    let delivers = look.deliveries_well && look.frozen.stops(Reach::Servers).is_none();
    let mut states = vec![
        (Component::Shop, None, open),
        (Component::Payments, None, look.stripe_is_fresh() && look.payments_well),
        (Component::Panel, None, look.panel_is_fresh()),
        (Component::Deliveries, None, delivers),
    ];
    states.extend(look.regions.iter().map(|(region, takes)| (Component::Region, Some(region.clone()), *takes)));
    states
}

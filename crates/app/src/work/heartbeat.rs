//! Calls a watchdog elsewhere while all is well. What can go so wrong here that nobody is told, it notices by the silence.

use crate::alerts::{self, Channel, Rule};
use crate::app::App;
use crate::health;
use crate::work::{Report, panel_sync};
use anyhow::ensure;
use jiff::{SignedDuration, Timestamp};
use store::{marks, notifications};

/// The mark of the last call.
const MARK: &str = "heartbeat";
/// How soon a call that failed is made again.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);
/// Alerts that have waited this long for being told reach nobody.
const WAITED: SignedDuration = SignedDuration::from_mins(10);

/// Calls, if it is time and all is well.
///
/// # Errors
/// Something is not well, or the watchdog did not answer: it was not called then.
pub(super) async fn pass(app: &App) -> anyhow::Result<Report> {
    let Some(settings) = &app.config.alerts.heartbeat else { return Ok(Report::default()) };
    let now = app.now();
    let every = SignedDuration::try_from(settings.every)?;
    let before = marks::find(&mut *app.store.read().await?, MARK).await?;
    let due = before.map_or(now, |mark| mark.at + every);
    if due > now {
        return Ok(Report { next: Some(due), ..Report::default() });
    }
    look(app, now).await?;
    // A database that takes nothing any more is not well, however well it reads.
    let mut tx = app.store.begin().await?;
    marks::set(&mut tx, MARK, "", now).await?;
    tx.commit().await?;
    if let Err(not_taken) = alerts::ping(app, &settings.url).await {
        // One call that is lost is no silence yet.
        let mut tx = app.store.begin().await?;
        marks::set(&mut tx, MARK, "", now - every + AGAIN).await?;
        tx.commit().await?;
        anyhow::bail!("the watchdog was not reached: {}", not_taken.why);
    }
    Ok(Report { taken: 1, failed: 0, next: Some(now + every) })
}

async fn look(app: &App, now: Timestamp) -> anyhow::Result<()> {
    let mut db = app.store.read().await?;
    let sweep = marks::find(&mut db, panel_sync::MARK).await?;
    let fresh = sweep.is_some_and(|sweep| now.duration_since(sweep.at) < health::PANEL_AGE);
    ensure!(fresh, "no heartbeat: the panel was not read for ten minutes");
    let waits = notifications::unheard_since(&mut db).await?;
    let told = waits.is_none_or(|since| now.duration_since(since) < WAITED);
    ensure!(told, "no heartbeat: alerts have waited for being told for ten minutes");
    // What could not be told for a day waits no longer.
    let broken = store::alerts::list_open_of(&mut db, &[Rule::ChannelBroken.key()]).await?;
    let channels = Channel::all(&app.config.alerts);
    let takes = |channel: &Channel| !broken.iter().any(|alert| alert.key == channel.key());
    ensure!(channels.is_empty() || channels.iter().any(takes), "no heartbeat: no channel takes what it is told");
    Ok(())
}

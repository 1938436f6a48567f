//! Looks every ten minutes whether this shop was restored elsewhere, and keeps the mark at Stripe that says so (R7).

use crate::app::App;
use crate::epoch_mark::{self, Found};
use crate::work::Report;
use jiff::SignedDuration;
use store::{freezes, marks};

/// How often; all processes of an installation share one look.
const EVERY: SignedDuration = SignedDuration::from_mins(10);
/// The mark of the last look.
const MARK: &str = "epoch_mark";

/// Looks, and writes the epoch down if Stripe knows less.
///
/// # Errors
/// Stripe or the database did not answer.
pub(super) async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let before = marks::find(&mut *app.store.read().await?, MARK).await?;
    let due = before.map_or(now, |mark| mark.at + EVERY);
    if due > now {
        return Ok(Report { next: Some(due), ..Report::default() });
    }
    // Before the try: a key that may not do this is not tried again every minute.
    let mut tx = app.store.begin().await?;
    marks::set(&mut tx, MARK, "", now).await?;
    tx.commit().await?;
    if epoch_mark::check(app).await? == (Found::Ours { behind: true }) {
        let epoch = freezes::standing(&mut *app.store.read().await?).await?.epoch;
        epoch_mark::write(app, epoch).await?;
    }
    Ok(Report { taken: 1, failed: 0, next: Some(now + EVERY) })
}

//! Asks Stripe for its events, in case a webhook was lost (M9). They go into the same inbox; duplicates vanish there.

use crate::app::App;
use crate::work::Report;
use anyhow::Context;
use billing::webhook::storable_text;
use billing::{EventCursor, HANDLED_EVENTS, MAX_EVENT_TYPES, StripeEvent};
use jiff::{SignedDuration, Timestamp};
use store::events::{self, NewEvent, Source};
use store::marks;

/// Events may become visible a little late: each poll looks back this far behind the last one.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// How far the first poll looks back: a copy of the database may have missed as much.
const FIRST: SignedDuration = SignedDuration::from_hours(1);
/// Pages read in one pass; more wait for the next one.
const PAGES: usize = 50;
/// Where the polls stand.
const MARK: &str = "stripe_events";

/// Fetches the events since the last pass.
///
/// # Errors
/// Stripe or the database did not answer: the next pass begins where this one did.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let began = app.now();
    let mark = marks::find(&mut *app.store.read().await?, MARK).await?;
    let since = match mark {
        Some(mark) => mark.value.parse::<Timestamp>().context("the mark of the event poll is no time")? - OVERLAP,
        None => began - FIRST,
    };
    let mut found = 0;
    for types in HANDLED_EVENTS.chunks(MAX_EVENT_TYPES) {
        let mut cursor = Some(EventCursor::Since(since));
        let mut pages = 0;
        while let Some(at) = cursor {
            pages += 1;
            anyhow::ensure!(pages <= PAGES, "more than {PAGES} pages of events since {since}");
            let page = app.stripe.list_events(&at, types).await?;
            found += store_page(app, page.events).await?;
            cursor = page.next;
        }
    }
    let mut tx = app.store.begin().await?;
    marks::set(&mut tx, MARK, &began.to_string(), began).await?;
    tx.commit().await?;
    if found > 0 {
        app.nudge();
    }
    Ok(Report { taken: found, failed: 0, next: None })
}

/// Stores events, and says how many of them no webhook had brought.
async fn store_page(app: &App, page: Vec<StripeEvent>) -> anyhow::Result<usize> {
    let rows: Vec<NewEvent> = page
        .into_iter()
        .map(|event| NewEvent {
            body: storable_text(event.body.as_bytes()).into_owned(),
            id: event.id,
            kind: event.kind,
            object_id: event.object_id,
            live: event.live,
            created: event.created.map(Timestamp::as_second),
            source: Source::Poll,
        })
        .collect();
    let mut tx = app.store.begin().await?;
    let new = events::insert_batch(&mut tx, &rows, app.now()).await?;
    tx.commit().await?;
    Ok(usize::try_from(new)?)
}

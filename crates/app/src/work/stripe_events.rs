//! Asks Stripe for its events, in case a webhook was lost (M9). They go into the same inbox; duplicates vanish there.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::work::Report;
use anyhow::Context;
use billing::webhook::storable_text;
use billing::{EventCursor, HANDLED_EVENTS, MAX_EVENT_TYPES, StripeError, StripeEvent};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::events::{self, NewEvent, Source};
use store::marks;

/// Events may become visible a little late: each sweep looks back this far behind the last one.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Pages read in one pass; the next pass goes on where this one stopped.
const PAGES: usize = 50;
/// Without a complete sweep for this long a person is told.
const TROUBLE: SignedDuration = SignedDuration::from_mins(10);
/// What the alert about them is about.
pub const EVENTS: &str = "events";
/// Where the sweeps stand; a number is added, for Stripe takes so many kinds of events at once.
const MARK: &str = "stripe_events";
/// The mark of the first of them.
pub const FIRST_MARK: &str = "stripe_events.0";

/// A sweep over the list of events, which shows the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Sweep {
    /// When it began; the next one begins there.
    began: Timestamp,
    /// How far it looks back.
    since: Timestamp,
    /// The oldest event that it has read, while older ones remain; `None` when it is complete.
    older_than: Option<String>,
}

/// Fetches the events since the last pass.
///
/// # Errors
/// Stripe or the database did not answer: the next pass begins where this one stopped.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let mut report = Report::default();
    for (number, types) in HANDLED_EVENTS.chunks(MAX_EVENT_TYPES).enumerate() {
        match go_on(app, &format!("{MARK}.{number}"), types).await {
            Ok(found) => report.taken += found,
            Err(error) => {
                tell(app, &error).await?;
                return Err(error);
            }
        }
    }
    if report.taken > 0 {
        app.nudge();
    }
    Ok(report)
}

/// Reads some pages, and says how many events no webhook had brought.
async fn go_on(app: &App, mark: &str, types: &[&str]) -> anyhow::Result<usize> {
    let mut sweep = load(app, mark).await?;
    let mut found = 0;
    for _ in 0..PAGES {
        let cursor = match &sweep.older_than {
            None => EventCursor::Since(sweep.since),
            Some(event) => EventCursor::SinceOlderThan { since: sweep.since, event: event.clone() },
        };
        let page = match app.stripe.list_events(&cursor, types).await {
            // The event that we stopped at is not listed any more: begin this sweep anew.
            Err(StripeError::Refused { .. }) if sweep.older_than.is_some() => {
                sweep.older_than = None;
                continue;
            }
            page => page?,
        };
        found += store_page(app, page.events).await?;
        let Some(EventCursor::SinceOlderThan { event, .. }) = page.next else {
            save(app, mark, &sweep, true).await?;
            return Ok(found);
        };
        sweep.older_than = Some(event);
        save(app, mark, &sweep, false).await?;
    }
    Ok(found)
}

async fn load(app: &App, mark: &str) -> anyhow::Result<Sweep> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let Some(mark) = marks::find(&mut db, mark).await? else {
        // Nothing has been read yet: everything since we began may have been missed.
        return Ok(Sweep { began: now, since: marks::installed_at(&mut db).await? - OVERLAP, older_than: None });
    };
    let last: Sweep = serde_json::from_str(&mark.value).context("the mark of the event poll cannot be read")?;
    Ok(match last.older_than {
        Some(_) => last,
        None => Sweep { began: now, since: last.began - OVERLAP, older_than: None },
    })
}

async fn save(app: &App, mark: &str, sweep: &Sweep, complete: bool) -> anyhow::Result<()> {
    let sweep = if complete { Sweep { older_than: None, ..sweep.clone() } } else { sweep.clone() };
    let mut tx = app.store.begin().await?;
    marks::set(&mut tx, mark, &serde_json::to_string(&sweep)?, app.now()).await?;
    if complete {
        alerts::clear(app, &mut tx, Rule::StripeTrouble, EVENTS).await?;
    }
    Ok(tx.commit().await?)
}

/// A person is told when the polls have failed for a while, or at once when it is about our key.
async fn tell(app: &App, error: &anyhow::Error) -> anyhow::Result<()> {
    let mark = marks::find(&mut *app.store.read().await?, FIRST_MARK).await?;
    let long = mark.is_none_or(|mark| app.now().duration_since(mark.at) > TROUBLE);
    let key = error.downcast_ref::<StripeError>().is_some_and(StripeError::is_about_the_key);
    if long || key {
        let text = format!("Stripe's events cannot be read: {error:#}. Webhooks that were lost are not made up for.");
        alerts::raise_alone(app, Rule::StripeTrouble, EVENTS, &text).await;
    }
    Ok(())
}

/// Whether a person knows that Stripe's events cannot be read.
pub(super) async fn is_told_of(db: &mut store::Db) -> anyhow::Result<bool> {
    let open = store::alerts::list_open_of(db, &[Rule::StripeTrouble.key()]).await?;
    Ok(open.iter().any(|alert| alert.key == EVENTS))
}

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
    let mut db = app.store.read().await?;
    let mut known = true;
    for row in &rows {
        known = known && events::is_known(&mut db, &row.id).await?;
    }
    drop(db);
    if known {
        return Ok(0);
    }
    let mut tx = app.store.begin().await?;
    let new = events::insert_batch(&mut tx, &rows, app.now()).await?;
    tx.commit().await?;
    Ok(usize::try_from(new)?)
}

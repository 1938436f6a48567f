//! How far an order is, as it happens: the same fragment as on the page, sent whenever it changed.

use crate::app::App;
use crate::texts;
use crate::watchers::Place;
use crate::web::access::{Owned, SignedIn};
use crate::web::cookies;
use crate::web::dashboard::steps::{self, Step};
use crate::web::errors::{PageError, no_store};
use crate::web::limits::too_much;
use crate::web::live::live;
use crate::web::page_form::PageQuery;
use crate::web::secrets;
use askama::Template;
use axum::extract::State;
use axum::response::sse::Event;
use axum::response::{Html, IntoResponse, Response};
use domain::ids::{AccountId, OrderId};
use domain::language::Language;
use futures_util::stream::{self, Stream};
use http::HeaderMap;
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use store::orders::{self, Purchase};
use store::{Db, StoreError, sessions, timeline};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often it is checked whether something changed in this process.
const TICK: Duration = Duration::from_millis(250);
/// Every so many ticks the database is read anyway: another process may have been at work (M9).
const LOOK_EVERY: u32 = 4;
/// A connection ends after so many ticks, ten minutes; the browser opens the next one.
const TICKS: u32 = 2400;
/// Whoever watches too many orders at once asks again after so many seconds.
const REFUSED_FOR_S: u64 = 10;

/// The steps of an order.
#[derive(Template)]
#[template(path = "web/dashboard/timeline.html")]
pub(super) struct Timeline {
    pub(super) steps: Vec<Step>,
}

impl Timeline {
    /// The steps of an order as they are now.
    pub(super) async fn load(db: &mut Db, purchase: &Purchase) -> Result<Self, StoreError> {
        let entries = timeline::list(db, &purchase.order.id).await?;
        Ok(Self { steps: steps::steps(&entries, &purchase.order.state) })
    }
}

/// `GET /orders/{order}/timeline`
pub(super) async fn fragment(State(app): State<App>, order: Owned<Purchase>) -> Result<Response, PageError> {
    let timeline = Timeline::load(&mut *app.store.read().await?, &order).await?;
    Ok((no_store(), Html(timeline.render()?)).into_response())
}

/// What the page shows that watches.
#[derive(Deserialize)]
pub(super) struct Shown {
    /// The order's state when the page was made; without it, the state of now counts.
    state: Option<String>,
}

/// `GET /orders/{order}/events`: `timeline` with the fragment whenever it changed, and `end` once the page around it is no longer
/// right, because the money moved on or nothing more will happen.
pub(super) async fn stream(
    State(app): State<App>,
    signed_in: SignedIn,
    order: Owned<Purchase>,
    PageQuery(shown): PageQuery<Shown>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let place = app.order_watchers.take(&signed_in.account.id).map_err(|_| PageError(too_much(REFUSED_FOR_S)))?;
    let cookie = cookies::session(&app, &headers).unwrap_or_default();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watcher = Watcher {
        changes: app.changes(),
        order: order.order.id.clone(),
        customer: signed_in.account.id,
        cookie_hash: secrets::sha256_hex(cookie.as_bytes()),
        shown: shown.state.unwrap_or_else(|| order.order.state.key().to_owned()),
        sent: String::new(),
        ended: false,
        ticks,
        left: TICKS,
        language: texts::language(),
        app,
        _place: place,
    };
    Ok(live(events(watcher)))
}

fn events(watcher: Watcher) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watcher, |mut watcher| async move {
        // What is sent later is no part of the request's task any more, which knew the language.
        let event = texts::in_language(watcher.language, watcher.next()).await?;
        Some((Ok(event), watcher))
    })
}

/// One browser that watches one order.
struct Watcher {
    app: App,
    order: OrderId,
    customer: AccountId,
    cookie_hash: String,
    changes: watch::Receiver<u64>,
    /// The order's state on the page that watches.
    shown: String,
    /// The fragment that the browser has.
    sent: String,
    ended: bool,
    ticks: Interval,
    left: u32,
    language: Language,
    _place: Place,
}

/// What a look showed.
struct Seen {
    fragment: String,
    is_over: bool,
}

impl Watcher {
    /// The next event; `None` when the connection should end.
    async fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        loop {
            self.ticks.tick().await;
            self.left = self.left.checked_sub(1)?;
            let changed = self.changes.has_changed().unwrap_or(false);
            if !changed && !self.left.is_multiple_of(LOOK_EVERY) && !self.sent.is_empty() {
                continue;
            }
            self.changes.mark_unchanged();
            let seen = match self.look().await {
                Ok(seen) => seen?,
                Err(error) => {
                    tracing::warn!(order.id = %self.order, "The timeline of order {} could not be read: {error:#}", self.order);
                    return None;
                }
            };
            // Before the fragment: steps that follow each other fast must not hold up the word that the payment came.
            if seen.is_over {
                self.ended = true;
                return Some(Event::default().event("end").data("end"));
            }
            if seen.fragment != self.sent {
                self.sent.clone_from(&seen.fragment);
                return Some(Event::default().event("timeline").data(seen.fragment));
            }
        }
    }

    /// The order as it is; `None` when the session has ended (A7).
    async fn look(&self) -> anyhow::Result<Option<Seen>> {
        let mut db = self.app.store.read().await?;
        if sessions::find_by_cookie(&mut db, &self.cookie_hash, self.app.now()).await?.is_none() {
            return Ok(None);
        }
        let Some(purchase) = orders::find_owned(&mut db, &self.order, &self.customer).await? else { return Ok(None) };
        let fragment = Timeline::load(&mut db, &purchase).await?.render()?;
        let state = &purchase.order.state;
        Ok(Some(Seen { fragment, is_over: steps::is_final(state) || state.key() != self.shown }))
    }
}

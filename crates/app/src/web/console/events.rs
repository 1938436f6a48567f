//! Stripe's events: what waits to be applied, and what was kept for a person.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::list::{self, Choice, Wish};
use crate::web::console::nav::Nav;
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::redact::without_addresses;
use http::StatusCode;
use jiff::Timestamp;
use store::events::{self, Stored, Wanted};

/// Where they are.
pub(super) const HERE: &str = "/console/events";
/// The choices of the page, by the word in its address.
const CHOICES: [(&str, Wanted); 2] = [("", Wanted::Waiting), ("kept", Wanted::Kept)];

struct Row {
    href: String,
    id: String,
    kind: String,
    object: Option<String>,
    received: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "web/console/events.html")]
struct EventsPage {
    frame: Frame,
    nav: Nav,
    choices: Vec<Choice>,
    rows: Vec<Row>,
    /// Where the list goes on.
    next: Option<String>,
}

/// `GET /console/events`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let (word, wanted) = CHOICES.into_iter().find(|(word, _)| *word == wish.show).unwrap_or(CHOICES[0]);
    let after = list::read_place(&wish.after);
    let place = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let limit = list::PAGE.saturating_add(1);
    let mut found = events::list_page(&mut *app.store.read().await?, wanted, place, limit).await?;
    let more = list::cut(&mut found);
    let last = found.last().filter(|_| more).map(|last| place_of(wanted, last));
    let next = last.map(|last| list::href(HERE, word, Some(last)));
    let now = app.now();
    let label = |word: &str| t(&format!("events-show-{}", if word.is_empty() { "waiting" } else { word }));
    let page = EventsPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("events-title")),
        nav: Nav::new(staff.account.role, HERE),
        choices: CHOICES
            .map(|(one, _)| Choice { href: list::href(HERE, one, None), label: label(one), here: one == word })
            .into_iter()
            .collect(),
        rows: found.into_iter().map(|event| row(event, now)).collect(),
        next,
    };
    frame::show_private(StatusCode::OK, &page)
}

fn row(event: Stored, now: Timestamp) -> Row {
    Row {
        href: format!("{HERE}/{}", event.id),
        received: texts::ago(event.received_at, now),
        id: event.id,
        kind: event.kind,
        object: event.object_id,
        problem: event.last_error.map(|problem| without_addresses(&problem)),
    }
}

/// Where an event stands in the list: by the moment that the list is in the order of.
fn place_of(wanted: Wanted, event: &Stored) -> (Timestamp, &str) {
    let at = match wanted {
        Wanted::Waiting => event.wake_at,
        Wanted::Kept => event.received_at,
    };
    (at, &event.id)
}

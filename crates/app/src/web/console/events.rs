//! Stripe's events: what waits to be applied, and what was kept for a person.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
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
use serde::Deserialize;
use std::borrow::Cow;
use store::events::{self, Stored, Wanted};

/// Where they are.
pub(super) const HERE: &str = "/console/events";
/// Events on a page.
const PAGE: i64 = 50;
/// The choices of the page, by the word in its address.
const CHOICES: [(&str, Wanted); 2] = [("", Wanted::Waiting), ("kept", Wanted::Kept)];

/// Which events, and from where on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wish {
    show: String,
    after: String,
}

struct Row {
    href: String,
    id: String,
    kind: String,
    object: Option<String>,
    received: String,
    problem: Option<String>,
}

struct Choice {
    href: String,
    label: Cow<'static, str>,
    here: bool,
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
    let after = read_place(&wish.after);
    let place = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut found = events::list_page(&mut *app.store.read().await?, wanted, place, PAGE.saturating_add(1)).await?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > page;
    found.truncate(page);
    let next = found.last().filter(|_| more).map(|last| href(word, Some((wanted, last))));
    let now = app.now();
    let label = |word: &str| t(&format!("events-show-{}", if word.is_empty() { "waiting" } else { word }));
    let page = EventsPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("events-title")),
        nav: Nav::new(staff.account.role, HERE),
        choices: CHOICES
            .map(|(one, _)| Choice { href: href(one, None), label: label(one), here: one == word })
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

/// The address of a page of the list. Ids are Stripe's, and written as an address may have them.
fn href(word: &str, after: Option<(Wanted, &Stored)>) -> String {
    let show = (!word.is_empty()).then(|| format!("show={word}"));
    let after = after.map(|(wanted, last)| {
        let at = match wanted {
            Wanted::Waiting => last.wake_at,
            Wanted::Kept => last.received_at,
        };
        let id: String = form_urlencoded::byte_serialize(last.id.as_bytes()).collect();
        format!("after={}.{id}", at.as_microsecond())
    });
    let query: Vec<String> = show.into_iter().chain(after).collect();
    if query.is_empty() { HERE.to_owned() } else { format!("{HERE}?{}", query.join("&")) }
}

/// A place as [`href`] writes it; whatever else stands there is the beginning.
fn read_place(text: &str) -> Option<(Timestamp, String)> {
    let (at, id) = text.split_once('.')?;
    Some((
        Timestamp::from_microsecond(at.parse().ok()?).ok()?,
        id.chars().filter(char::is_ascii_graphic).take(255).collect(),
    ))
}

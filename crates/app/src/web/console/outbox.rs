//! Mail to customers and staff: what waits, what went out, and what a mail server had against it. What a message says is not shown.

use crate::app::App;
use crate::texts::{self, t};
use crate::web::access::Staff;
use crate::web::console::list::{self, Choice, List, Row, Wish};
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use axum::extract::State;
use axum::response::Response;
use domain::redact::without_addresses;
use jiff::Timestamp;
use store::outbox::{self, Entry, Which};

/// Where it is.
const HERE: &str = "/console/outbox";

/// `GET /console/outbox`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let (word, which) = if wish.show == "all" { ("all", Which::All) } else { ("", Which::Waiting) };
    let after = list::read_place(&wish.after);
    let place = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut found =
        outbox::list_page(&mut *app.store.read().await?, which, place, list::PAGE.saturating_add(1)).await?;
    let more = list::cut(&mut found);
    let now = app.now();
    let choice =
        |one: &'static str, label| Choice { href: list::href(HERE, one, None), label: t(label), here: one == word };
    let list = List {
        title: t("outbox-title"),
        lead: Some(t("outbox-lead")),
        which: t("outbox-which"),
        choices: vec![choice("", "outbox-show-waiting"), choice("all", "outbox-show-all")],
        rows: found.iter().map(|entry| row(entry, now)).collect(),
        empty: t("outbox-empty"),
        next: found
            .last()
            .filter(|_| more)
            .map(|last| list::href(HERE, word, Some((last.created_at, last.id.as_str())))),
        export: None,
        acts: Vec::new(),
    };
    list::show(&app, &staff, HERE, list)
}

/// A message in a list.
pub(super) fn row(entry: &Entry, now: Timestamp) -> Row {
    let badge = match (entry.sent_at, &entry.cancelled_why) {
        (Some(_), _) => (t("outbox-sent"), "good"),
        (None, Some(_)) => (t("outbox-withdrawn"), "plain"),
        (None, None) if entry.tries > 1 => (t("outbox-stuck"), "bad"),
        (None, None) => (t("outbox-waits"), "warn"),
    };
    let tried = (entry.tries > 1).then(|| texts::with("outbox-tries", &[("count", entry.tries.into())]));
    let said = entry.last_error.as_deref().filter(|_| entry.sent_at.is_none()).map(without_addresses);
    Row {
        title: entry.kind.clone(),
        below: std::iter::once(texts::ago(entry.created_at, now))
            .chain(tried)
            .chain(said)
            .chain(entry.cancelled_why.clone())
            .collect(),
        id: Some(entry.id.to_string()),
        badge: Some(badge),
        pick: None,
        ..Row::default()
    }
}

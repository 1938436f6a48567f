//! The queue of tickets: what waits for staff first.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::list::{self, Choice};
use crate::web::console::nav::Nav;
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use crate::web::storefront::frame::{self, Frame};
use crate::web::support::view::{self, Word};
use askama::Template;
use axum::extract::State as Shared;
use axum::response::Response;
use domain::ticket::{Category, State};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use store::tickets::{self, Place, Queued, Wanted};

/// Where the queue is.
pub(super) const HERE: &str = "/console/tickets";

/// Which tickets, and from where on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wish {
    state: String,
    category: String,
    after: String,
}

struct Row {
    href: String,
    subject: String,
    email: String,
    state: Word,
    category: Word,
    priority: Word,
    since: String,
    /// Until when a first answer is promised, while there is none, and whether that is over.
    promised: Option<(String, bool)>,
}

#[derive(Template)]
#[template(path = "web/console/tickets.html")]
struct QueuePage {
    frame: Frame,
    nav: Nav,
    states: Vec<Choice>,
    categories: Vec<Choice>,
    rows: Vec<Row>,
    /// Where the queue goes on.
    next: Option<String>,
}

/// `GET /console/tickets`
pub(super) async fn show(
    Shared(app): Shared<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let wanted = Wanted { state: State::find(&wish.state), category: Category::find(&wish.category) };
    let after = read_place(&wish.after);
    let limit = list::PAGE.saturating_add(1);
    let mut queue = tickets::list_queue(&mut *app.store.read().await?, wanted, after.as_ref(), limit).await?;
    let more = list::cut(&mut queue);
    let next = queue.last().filter(|_| more).map(|last| href(wanted, Some(&last.place)));
    let now = app.now();
    let page = QueuePage {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("queue-title")),
        nav: Nav::new(staff.account.role, HERE),
        states: states(wanted),
        categories: categories(wanted),
        rows: queue.into_iter().map(|queued| row(queued, now)).collect(),
        next,
    };
    frame::show_private(StatusCode::OK, &page)
}

fn row(queued: Queued, now: Timestamp) -> Row {
    let Queued { ticket, email, place: _ } = queued;
    let promised = view::promised(&ticket).map(|by| (texts::day_and_time(by), by < now));
    Row {
        href: format!("{HERE}/{}", ticket.id),
        state: view::queue_state(ticket.status.state),
        category: view::category(ticket.category),
        priority: view::priority(ticket.priority),
        since: texts::ago(ticket.status.since, now),
        promised,
        subject: ticket.subject,
        email,
    }
}

fn states(wanted: Wanted) -> Vec<Choice> {
    let one = |state: Option<State>| Choice {
        href: href(Wanted { state, ..wanted }, None),
        label: state.map_or_else(|| t("queue-all"), |state| view::queue_state(state).label),
        here: wanted.state == state,
    };
    std::iter::once(None).chain(State::ALL.map(Some)).map(one).collect()
}

fn categories(wanted: Wanted) -> Vec<Choice> {
    let one = |category: Option<Category>| Choice {
        href: href(Wanted { category, ..wanted }, None),
        label: category.map_or_else(|| t("queue-everything"), |category| view::category(category).label),
        here: wanted.category == category,
    };
    std::iter::once(None).chain(Category::ALL.map(Some)).map(one).collect()
}

/// The address of a page of the queue. Every part of it is a word or a number of ours.
fn href(wanted: Wanted, after: Option<&Place>) -> String {
    let parts = [
        wanted.state.map(|state| format!("state={}", state.key())),
        wanted.category.map(|category| format!("category={}", category.key())),
        after.map(|Place { rank, turn, id }| format!("after={rank}.{turn}.{id}")),
    ];
    let query: Vec<String> = parts.into_iter().flatten().collect();
    if query.is_empty() { HERE.to_owned() } else { format!("{HERE}?{}", query.join("&")) }
}

/// A place as [`href`] writes it; whatever else stands there is the beginning.
fn read_place(text: &str) -> Option<Place> {
    let mut parts = text.splitn(3, '.');
    let (rank, turn, id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    Some(Place { rank, turn, id: id.chars().filter(char::is_ascii_graphic).take(64).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = Place { rank: 6, turn: -1_772_366_400_000_000, id: "tkt_00000000000000000000000000000001".into() };
        let address = href(Wanted { state: Some(State::Open), category: None }, Some(&place));
        let (_, after) = address.split_once("after=").unwrap();
        assert_eq!(read_place(after), Some(place));
        for nonsense in ["", "1", "1.2", "a.b.c", "1.2.3.4".split_at(3).0] {
            assert_eq!(read_place(nonsense), None, "{nonsense}");
        }
    }
}

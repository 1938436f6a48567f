//! Who did what, newest first.

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
use http::StatusCode;
use serde::Deserialize;
use store::audit::{self, Line};

/// Where it is.
const HERE: &str = "/console/audit";
/// Lines on a page.
const PAGE: i64 = 100;

/// About what, and from where on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wish {
    subject: String,
    after: String,
}

struct Row {
    at: String,
    actor: String,
    act: String,
    subject: String,
    /// The list of what was done to this.
    subject_href: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "web/console/audit.html")]
struct AuditPage {
    frame: Frame,
    nav: Nav,
    subject: String,
    rows: Vec<Row>,
    /// Where the list goes on.
    next: Option<String>,
}

/// `GET /console/audit`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let subject: String = wish.subject.chars().filter(|c| !c.is_control()).take(200).collect();
    let subject = subject.trim().to_owned();
    let about = (!subject.is_empty()).then_some(subject.as_str());
    let after = read_place(&wish.after);
    let place = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut found = audit::list_page(&mut *app.store.read().await?, about, place, PAGE.saturating_add(1)).await?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > page;
    found.truncate(page);
    let next = found.last().filter(|_| more).map(|last| href(&subject, Some(last)));
    let page = AuditPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("audit-title")),
        nav: Nav::new(staff.account.role, HERE),
        rows: found.into_iter().map(row).collect(),
        next,
        subject,
    };
    frame::show_private(StatusCode::OK, &page)
}

fn row(line: Line) -> Row {
    // A line that somebody changed need not have a time that makes sense.
    let at = line.written_at().map_or_else(|_| line.at.to_string(), texts::day_and_time);
    Row {
        at,
        subject_href: href(&line.subject, None),
        actor: line.actor,
        act: line.act,
        subject: line.subject,
        detail: line.detail,
    }
}

fn href(subject: &str, after: Option<&Line>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !subject.is_empty() {
        query.append_pair("subject", subject);
    }
    if let Some(last) = after {
        query.append_pair("after", &format!("{}.{}", last.at, last.id));
    }
    let query = query.finish();
    if query.is_empty() { HERE.to_owned() } else { format!("{HERE}?{query}") }
}

/// A place as [`href`] writes it; whatever else stands there is the beginning.
fn read_place(text: &str) -> Option<(i64, String)> {
    let (at, id) = text.split_once('.')?;
    Some((at.parse().ok()?, id.chars().filter(char::is_ascii_graphic).take(64).collect()))
}

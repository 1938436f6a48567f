//! One of Stripe's events: what it says, what became of it, and once more.

use crate::app::App;
use crate::desk;
use crate::texts::{self, filters};
use crate::web::access::Staff;
use crate::web::console::events::HERE;
use crate::web::console::nav::Nav;
use crate::web::errors::{PageError, no_store};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Permission;
use domain::redact::without_addresses;
use http::StatusCode;
use serde_json::Value;

#[derive(Template)]
#[template(path = "web/console/event.html")]
struct EventPage {
    frame: Frame,
    nav: Nav,
    id: String,
    kind: String,
    object: Option<String>,
    source: String,
    created: Option<String>,
    received: String,
    tries: i64,
    problem: Option<String>,
    /// When it was applied, and what became of it.
    processed: Option<(String, String)>,
    /// The body, for those who may see customers: their names stand in it.
    body: Option<String>,
    /// Whether the body is past its time.
    gone: bool,
    mends: bool,
}

/// `GET /console/events/{event}`
pub(super) async fn show(State(app): State<App>, staff: Staff, Path(id): Path<String>) -> Result<Response, PageError> {
    let event = store::events::find(&mut *app.store.read().await?, &id).await?.ok_or_else(PageError::not_found)?;
    let role = staff.account.role;
    let page = EventPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", event.id.as_str()),
        nav: Nav::new(role, HERE),
        created: event.created_at.map(texts::day_and_time),
        received: texts::day_and_time(event.received_at),
        processed: event.processed.map(|(at, outcome)| (texts::day_and_time(at), outcome)),
        body: role.may(Permission::SeeCustomers).then(|| indented(&event.body)),
        gone: event.body.is_empty(),
        mends: role.may(Permission::MendOrders),
        id: event.id,
        kind: event.kind,
        object: event.object_id,
        source: event.source,
        tries: event.tries,
        problem: event.last_error.map(|problem| without_addresses(&problem)),
    };
    frame::show_private(StatusCode::OK, &page)
}

/// JSON as people read it; what is none stays as it came.
fn indented(body: &str) -> String {
    let value: Result<Value, _> = serde_json::from_str(body);
    value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| body.to_owned())
}

/// `POST /console/events/{event}/replay`
pub(super) async fn replay(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let event = store::events::find(&mut *app.store.read().await?, &id).await?.ok_or_else(PageError::not_found)?;
    // Where the body is past its time, the page says so.
    desk::events::replay(&app, staff.account.id.as_str(), &event.id).await?;
    let id: String = form_urlencoded::byte_serialize(event.id.as_bytes()).collect();
    Ok((no_store(), Redirect::to(&format!("{HERE}/{id}"))).into_response())
}

//! One order, with everything that is known about it, as the command line shows it.

use crate::app::App;
use crate::desk::{self, story};
use crate::texts::{self, filters};
use crate::web::access::Staff;
use crate::web::console::nav::Nav;
use crate::web::console::orders::{self, HERE};
use crate::web::errors::{PageError, Public, no_store};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Permission;
use domain::ids::OrderId;
use http::StatusCode;
use serde_json::Value;
use std::borrow::Cow;
use store::audit::without_addresses_inside;

/// A part of the story: facts with their names, or rows of them.
enum Part {
    Facts { name: String, facts: Vec<(String, String)> },
    Rows { name: String, rows: Vec<Vec<(String, String)>> },
}

#[derive(Template)]
#[template(path = "web/console/order.html")]
struct OrderPage {
    frame: Frame,
    nav: Nav,
    id: String,
    state: Cow<'static, str>,
    tone: &'static str,
    made: String,
    facts: Vec<(String, String)>,
    parts: Vec<Part>,
    mends: bool,
}

fn missing() -> PageError {
    PageError(Public::not_found())
}

/// `GET /console/orders/{order}`
pub(super) async fn show(State(app): State<App>, staff: Staff, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = OrderId::parse(&id).map_err(|_| missing())?;
    let purchase = store::orders::find(&mut *app.store.read().await?, &id).await?.ok_or_else(missing)?;
    let mut story = story::of_order(&app, &purchase).await?;
    if !staff.account.role.may(Permission::SeeCustomers) {
        story["email"] = Value::Null;
        // What the panel, Stripe or a mail server said may repeat an address.
        story = without_addresses_inside(&story);
    }
    let (facts, parts) = split(&story);
    let state = purchase.order.state.key();
    let page = OrderPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", id.as_str()),
        nav: Nav::new(staff.account.role, HERE),
        id: id.to_string(),
        state: orders::state_label(state),
        tone: orders::tone(state),
        made: texts::day_and_time(purchase.created_at),
        facts,
        parts,
        mends: staff.account.role.may(Permission::MendOrders),
    };
    frame::show_private(StatusCode::OK, &page)
}

/// What the document says by itself, and its parts. Names are those of the document, as the command line and programs see them.
fn split(story: &Value) -> (Vec<(String, String)>, Vec<Part>) {
    let (mut facts, mut parts) = (Vec::new(), Vec::new());
    for (name, value) in story.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Object(fields) => parts.push(Part::Facts {
                name: name.clone(),
                facts: fields
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| (key.clone(), text(value)))
                    .collect(),
            }),
            Value::Array(rows) => parts.push(Part::Rows { name: name.clone(), rows: rows.iter().map(cells).collect() }),
            other => facts.push((name.clone(), text(other))),
        }
    }
    (facts, parts)
}

fn cells(row: &Value) -> Vec<(String, String)> {
    let cells = row.as_object().into_iter().flatten().filter(|(_, cell)| !cell.is_null());
    cells.map(|(name, cell)| (name.clone(), text(cell))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `POST /console/orders/{order}/retry`
pub(super) async fn retry(State(app): State<App>, staff: Staff, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = OrderId::parse(&id).map_err(|_| missing())?;
    store::orders::find(&mut *app.store.read().await?, &id).await?.ok_or_else(missing)?;
    desk::orders::retry(&app, staff.account.id.as_str(), &id).await?;
    Ok((no_store(), Redirect::to(&format!("{HERE}/{id}"))).into_response())
}

//! One order, with everything that is known about it, as the command line shows it.

use crate::app::App;
use crate::desk::acts::Kind;
use crate::desk::{self, story};
use crate::texts::{self, filters};
use crate::web::access::Staff;
use crate::web::console::acts;
use crate::web::console::nav::Nav;
use crate::web::console::orders::{self, HERE};
use crate::web::errors::{PageError, Public, no_store};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::{Permission, Role};
use domain::ids::OrderId;
use http::StatusCode;
use serde_json::Value;
use std::borrow::Cow;
use store::audit::without_addresses_inside;
use store::outbox;

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
    /// Where acts on it are, and what they are called.
    acts: Vec<(String, Cow<'static, str>)>,
    letters: Vec<Letter>,
}

/// A letter about the order or its server.
struct Letter {
    kind: String,
    text: String,
    /// Where it is sent again, for those who may.
    again: Option<String>,
}

/// Letters that are shown, the newest first.
const MOST_LETTERS: i64 = 50;

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
    let role = staff.account.role;
    let mut db = app.store.read().await?;
    let service = store::services::find_by_order(&mut db, &id).await?;
    let about = service.as_ref().map_or("", |service| service.id.as_str());
    let written = outbox::list_about(&mut db, [id.as_str(), about], MOST_LETTERS).await?;
    drop(db);
    let kinds = acts::of_order(&purchase, service.as_ref()).into_iter().filter(|kind| role.may(kind.permission()));
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
        mends: role.may(Permission::MendOrders),
        acts: kinds.map(|kind| (acts::place(kind, id.as_str()), acts::title(kind))).collect(),
        letters: written.into_iter().map(|letter| shown(letter, role)).collect(),
    };
    frame::show_private(StatusCode::OK, &page)
}

fn shown(letter: outbox::Standing, role: Role) -> Letter {
    let text = match (letter.sent_at, &letter.cancelled) {
        (Some(at), _) => texts::with("order-letter-sent", &[("date", texts::day_and_time(at).into())]),
        (None, Some((at, why))) => {
            let values = [("date", texts::day_and_time(*at).into()), ("why", why.as_str().into())];
            texts::with("order-letter-withdrawn", &values)
        }
        (None, None) => texts::with("order-letter-waits", &[("date", texts::day_and_time(letter.created_at).into())]),
    };
    let again = role.may(Kind::ResendMail.permission());
    Letter { again: again.then(|| acts::place(Kind::ResendMail, letter.id.as_str())), kind: letter.kind, text }
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

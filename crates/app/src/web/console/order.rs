//! One order, with everything that is known about it, as the command line shows it.

use crate::app::App;
use crate::desk::acts::Kind;
use crate::desk::{self, story};
use crate::texts::{self, filters};
use crate::web::access::Staff;
use crate::web::console::acts::{self, Done};
use crate::web::console::customers;
use crate::web::console::nav::Nav;
use crate::web::console::orders::{self, HERE};
use crate::web::dashboard::words::{self, Word};
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::PageQuery;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::{Permission, Role};
use domain::ids::OrderId;
use domain::money::Money;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::borrow::Cow;
use store::{outbox, public_pages, refunds};

/// Something that is known, with its name.
struct Fact {
    name: String,
    value: String,
    /// The page that it leads to.
    href: Option<String>,
}

/// A line of a part: when, what, and what is known about it.
#[derive(Default)]
struct Line {
    at: String,
    what: String,
    facts: Vec<Fact>,
    /// What belongs to it, such as the attempts of a job.
    under: Vec<(String, Vec<Line>)>,
}

/// A part of the story: facts with their names, or lines.
enum Part {
    Facts { name: String, facts: Vec<Fact> },
    Lines { name: String, lines: Vec<Line> },
}

#[derive(Template)]
#[template(path = "web/console/order.html")]
struct OrderPage {
    frame: Frame,
    nav: Nav,
    id: String,
    state: Cow<'static, str>,
    tone: &'static str,
    /// How the server stands that was handed over: the order's word does not change any more.
    server: Option<Word>,
    made: String,
    /// What was just done by hand.
    done: Option<String>,
    facts: Vec<Fact>,
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

/// `GET /console/orders/{order}`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    PageQuery(done): PageQuery<Done>,
) -> Result<Response, PageError> {
    let id = OrderId::parse(&id).map_err(|_| PageError::not_found())?;
    let purchase = store::orders::find(&mut *app.store.read().await?, &id).await?.ok_or_else(PageError::not_found)?;
    let mut story = story::of_order(&app, &purchase).await?;
    if !staff.account.role.may(Permission::SeeCustomers) {
        story["email"] = Value::Null;
        // What the panel, Stripe or a mail server said may repeat an address or a login.
        let account = store::accounts::find(&mut *app.store.read().await?, &purchase.order.customer).await?;
        let login = account.and_then(|account| account.panel_username);
        story = story::without_customer(&story, login.as_deref());
    }
    let role = staff.account.role;
    story["price"] = json!(purchase.order.price);
    let (mut facts, parts) = split(&story);
    for fact in facts.iter_mut().filter(|fact| fact.name == "customer" && role.may(Permission::SeeCustomers)) {
        fact.href = Some(format!("{}/{}", customers::HERE, fact.value));
    }
    let mut db = app.store.read().await?;
    let service = store::services::find_by_order(&mut db, &id).await?;
    let about = service.as_ref().map_or("", |service| service.id.as_str());
    let public = match &service {
        Some(service) => public_pages::find_of(&mut db, &service.id).await?,
        None => None,
    };
    let refunds = refunds::list_of_order(&mut db, &id).await?;
    let written = outbox::list_about(&mut db, [id.as_str(), about], MOST_LETTERS).await?;
    drop(db);
    let kinds = acts::of_order(&purchase, service.as_ref(), public.as_ref(), &refunds)
        .into_iter()
        .filter(|kind| role.may(kind.permission()));
    let state = purchase.order.state.key();
    let page = OrderPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", id.as_str()),
        nav: Nav::new(staff.account.role, HERE),
        id: id.to_string(),
        state: orders::state_label(state),
        tone: orders::tone(state),
        server: service
            .as_ref()
            .filter(|service| service.fulfilled_at.is_some())
            .map(|service| words::of(service, app.now())),
        made: texts::day_and_time(purchase.created_at),
        done: done.in_words("order-act-done"),
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

/// What stands in the document for programs, and is said in another way here.
const FOR_PROGRAMS: [&str; 2] = ["amount_minor", "currency"];

/// What the document says by itself, and its parts. Names are those of the document, as the command line and programs see them.
fn split(story: &Value) -> (Vec<Fact>, Vec<Part>) {
    let (mut facts, mut parts) = (Vec::new(), Vec::new());
    for (name, value) in story.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            _ if FOR_PROGRAMS.contains(&name.as_str()) => {}
            Value::Object(fields) if !is_money(value) => {
                let facts = fields.iter().filter(|(_, value)| !value.is_null());
                parts.push(Part::Facts {
                    name: name.clone(),
                    facts: facts.map(|(name, value)| fact(name, value)).collect(),
                });
            }
            Value::Array(rows) => {
                parts.push(Part::Lines { name: name.clone(), lines: rows.iter().map(line).collect() });
            }
            other => facts.push(fact(name, other)),
        }
    }
    (facts, parts)
}

fn line(row: &Value) -> Line {
    let mut line = Line::default();
    for (name, cell) in row.as_object().into_iter().flatten() {
        match (name.as_str(), cell) {
            (_, Value::Null) => {}
            (_, Value::String(nothing)) if nothing.is_empty() => {}
            ("at", at) => line.at = text(at),
            ("kind" | "call", kind) => line.what = text(kind),
            // An entry of the timeline: what happened, and what is known of it.
            ("what" | "detail", Value::Object(_)) if !is_money(cell) => {
                let inner = self::line(cell);
                line.facts.extend(inner.facts);
                if !inner.what.is_empty() {
                    line.what = inner.what;
                }
            }
            (_, Value::Array(rows)) => line.under.push((name.clone(), rows.iter().map(self::line).collect())),
            (_, other) => line.facts.push(fact(name, other)),
        }
    }
    line
}

fn fact(name: &str, value: &Value) -> Fact {
    Fact { name: name.to_owned(), value: text(value), href: None }
}

fn is_money(value: &Value) -> bool {
    serde_json::from_value::<Money>(value.clone()).is_ok()
}

/// As people read it: instants to the second, money with its currency.
fn text(value: &Value) -> String {
    if let Ok(money) = serde_json::from_value::<Money>(value.clone()) {
        return texts::price(money);
    }
    let Some(text) = value.as_str() else { return value.to_string() };
    match text.parse::<Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => text.to_owned(),
    }
}

/// `POST /console/orders/{order}/retry`
pub(super) async fn retry(State(app): State<App>, staff: Staff, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = OrderId::parse(&id).map_err(|_| PageError::not_found())?;
    store::orders::find(&mut *app.store.read().await?, &id).await?.ok_or_else(PageError::not_found)?;
    desk::orders::retry(&app, staff.account.id.as_str(), &id).await?;
    Ok((no_store(), Redirect::to(&format!("{HERE}/{id}"))).into_response())
}

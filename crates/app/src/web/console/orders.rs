//! Everybody's orders, newest first.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::nav::Nav;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::access::Permission;
use domain::ids::OrderId;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use store::orders::{self, Purchase};
use store::{Db, StoreError, accounts};

/// Where they are.
pub(super) const HERE: &str = "/console/orders";
/// Orders on a page.
const PAGE: i64 = 50;
/// States that can be looked for, by their words in rows.
const STATES: [&str; 8] =
    ["reserved", "checkout_open", "settling", "paid", "fulfilled", "refund_due", "refunded", "expired"];

/// Which orders, and from where on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wish {
    state: String,
    after: String,
}

struct Row {
    href: String,
    id: String,
    plan: String,
    region: String,
    price: String,
    /// Whose it is, for those who may see customers.
    customer: Option<String>,
    made: String,
    state: Cow<'static, str>,
    tone: &'static str,
}

struct Choice {
    href: String,
    label: Cow<'static, str>,
    here: bool,
}

#[derive(Template)]
#[template(path = "web/console/orders.html")]
struct OrdersPage {
    frame: Frame,
    nav: Nav,
    choices: Vec<Choice>,
    rows: Vec<Row>,
    /// Where the list goes on.
    next: Option<String>,
}

/// `GET /console/orders`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    Query(wish): Query<Wish>,
) -> Result<Response, PageError> {
    let wanted = STATES.into_iter().find(|state| *state == wish.state);
    let after = read_place(&wish.after);
    let mut db = app.store.read().await?;
    let place = after.as_ref().map(|(at, id)| (*at, id));
    let mut found = orders::list_page(&mut db, wanted, place, PAGE.saturating_add(1)).await?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > page;
    found.truncate(page);
    let next = found.last().filter(|_| more).map(|last| href(wanted, Some(last)));
    let sees = staff.account.role.may(Permission::SeeCustomers);
    let mut rows = Vec::with_capacity(found.len());
    for purchase in &found {
        rows.push(row(&mut db, purchase, sees, app.now()).await?);
    }
    drop(db);
    let page = OrdersPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("orders-title")),
        nav: Nav::new(staff.account.role, HERE),
        choices: std::iter::once(None)
            .chain(STATES.map(Some))
            .map(|state| Choice { href: href(state, None), label: label(state), here: state == wanted })
            .collect(),
        rows,
        next,
    };
    frame::show_private(StatusCode::OK, &page)
}

async fn row(db: &mut Db, purchase: &Purchase, sees: bool, now: Timestamp) -> Result<Row, StoreError> {
    let customer = match sees {
        true => accounts::find(db, &purchase.order.customer).await?.map(|account| account.email),
        false => None,
    };
    let (id, state) = (purchase.order.id.to_string(), purchase.order.state.key());
    Ok(Row {
        href: format!("{HERE}/{id}"),
        id,
        plan: purchase.plan.to_string(),
        region: purchase.region.to_string(),
        price: texts::price(purchase.order.price),
        customer,
        made: texts::ago(purchase.created_at, now),
        state: label(Some(state)),
        tone: tone(state),
    })
}

/// A state in words; all of them without one.
fn label(state: Option<&str>) -> Cow<'static, str> {
    t(&format!("orders-state-{}", state.unwrap_or("all").replace('_', "-")))
}

/// How a state feels.
pub(super) fn tone(state: &str) -> &'static str {
    match state {
        "fulfilled" => "good",
        "paid" | "settling" => "warn",
        "refund_due" => "bad",
        _ => "plain",
    }
}

/// A state in words, for other pages.
pub(super) fn state_label(state: &str) -> Cow<'static, str> {
    label(Some(state))
}

/// The address of a page of the list. Every part of it is a word or a number of ours.
fn href(state: Option<&str>, after: Option<&Purchase>) -> String {
    let state = state.map(|state| format!("state={state}"));
    let after = after.map(|last| format!("after={}.{}", last.created_at.as_microsecond(), last.order.id));
    let query: Vec<String> = state.into_iter().chain(after).collect();
    if query.is_empty() { HERE.to_owned() } else { format!("{HERE}?{}", query.join("&")) }
}

/// A place as [`href`] writes it; whatever else stands there is the beginning.
fn read_place(text: &str) -> Option<(Timestamp, OrderId)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, OrderId::parse(id).ok()?))
}

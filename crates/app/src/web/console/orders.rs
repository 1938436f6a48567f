//! Everybody's orders, newest first.

use crate::app::App;
use crate::texts::{self, t};
use crate::web::access::Staff;
use crate::web::console::list::{self, Block, Choice, List, Row, Wish};
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use axum::extract::State;
use axum::response::Response;
use domain::access::Permission;
use domain::ids::OrderId;
use jiff::Timestamp;
use std::borrow::Cow;
use store::orders::{self, Purchase};
use store::{Db, StoreError, accounts};

/// Where they are.
pub(super) const HERE: &str = "/console/orders";
/// States that can be looked for, by their words in rows.
const STATES: [&str; 8] =
    ["reserved", "checkout_open", "settling", "paid", "fulfilled", "refund_due", "refunded", "expired"];

/// `GET /console/orders`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let wanted = STATES.into_iter().find(|state| *state == wish.show);
    let after = read_place(&wish.after);
    let place = after.as_ref().map(|(at, id)| (*at, id));
    let mut db = app.store.read().await?;
    let mut found = orders::list_page(&mut db, wanted, place, list::PAGE.saturating_add(1)).await?;
    let more = list::cut(&mut found);
    let href = |state: Option<&str>, after| list::href(HERE, state.unwrap_or_default(), after);
    let next = found.last().filter(|_| more).map(|last| href(wanted, Some((last.created_at, last.order.id.as_str()))));
    let sees = staff.account.role.may(Permission::SeeCustomers);
    let mut rows = Vec::with_capacity(found.len());
    for purchase in &found {
        rows.push(row(&mut db, purchase, sees, app.now()).await?);
    }
    drop(db);
    let choices = std::iter::once(None).chain(STATES.map(Some));
    let list = List {
        title: t("orders-title"),
        lead: None,
        which: t("orders-which"),
        choices: choices
            .map(|state| Choice { href: href(state, None), label: label(state), here: state == wanted })
            .collect(),
        rows,
        empty: t("orders-empty"),
        next,
        export: Some("/console/orders/export"),
        acts: Vec::new(),
    };
    list::show(&app, &staff, HERE, list)
}

fn read_place(text: &str) -> Option<(Timestamp, OrderId)> {
    let (at, id) = list::read_place(text)?;
    Some((at, OrderId::parse(&id).ok()?))
}

async fn row(db: &mut Db, purchase: &Purchase, sees: bool, now: Timestamp) -> Result<Row, StoreError> {
    let customer = match sees {
        true => accounts::find(db, &purchase.order.customer).await?.map(|account| account.email),
        false => None,
    };
    let state = purchase.order.state.key();
    Ok(Row {
        href: Some(format!("{HERE}/{}", purchase.order.id)),
        title: purchase.plan.to_string(),
        beside: vec![purchase.region.to_string(), texts::price(purchase.order.price)],
        below: std::iter::once(texts::ago(purchase.created_at, now)).chain(customer).collect(),
        id: Some(purchase.order.id.to_string()),
        badge: Some((label(Some(state)), tone(state))),
        pick: None,
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

/// `POST /console/orders/export`: all orders, without their customers' names.
pub(super) async fn export(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    list::note_export(&app, &staff, "orders").await?;
    let head = ["id", "created_at", "state", "plan", "term", "region", "amount_minor", "currency", "customer"];
    Ok(list::table("orders", &head, move |after, limit| {
        let app = app.clone();
        async move {
            let place = after.and_then(|(at, id)| Some((at, OrderId::parse(&id).ok()?)));
            let place = place.as_ref().map(|(at, id)| (*at, id));
            let found = orders::list_page(&mut *app.store.read().await?, None, place, limit).await?;
            let cells = |purchase: &Purchase| {
                let order = &purchase.order;
                vec![
                    order.id.to_string(),
                    purchase.created_at.to_string(),
                    order.state.key().to_owned(),
                    purchase.plan.to_string(),
                    purchase.term.key().to_owned(),
                    purchase.region.to_string(),
                    order.price.minor.to_string(),
                    order.price.currency.code().to_owned(),
                    order.customer.to_string(),
                ]
            };
            Ok(Block::of(&found, limit, cells, |last| (last.created_at, last.order.id.to_string())))
        }
    }))
}

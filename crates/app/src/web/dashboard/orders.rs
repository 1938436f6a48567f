//! Orders: the list, and one with how far it is and what happens to its money.

use crate::app::App;
use crate::sales;
use crate::sales::cancel::Cancelling;
use crate::sales::checkout;
use crate::texts::{self, Value, filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::events::Timeline;
use crate::web::dashboard::servers::{self, PanelAccess};
use crate::web::dashboard::steps;
use crate::web::dashboard::words::{self, Word};
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::money::Money;
use domain::order::OrderState;
use domain::refund::{RefundReason, RefundWay};
use http::StatusCode;
use serde::Deserialize;
use std::borrow::Cow;
use store::orders::{self, Purchase};
use store::refunds::{self, Refund};
use store::services::{self, Service};

/// A line of the list.
struct OrderRow {
    href: String,
    label: String,
    server_name: String,
    word: Word,
    price: String,
    made: String,
}

#[derive(Template)]
#[template(path = "web/dashboard/orders.html")]
struct OrdersPage {
    frame: Frame,
    orders: Vec<OrderRow>,
}

/// What Stripe's page brings along when it leads back.
#[derive(Deserialize)]
pub(super) struct Back {
    session: Option<String>,
    /// There when somebody wanted to cancel and nothing was cancelled. What is said follows from where the money stands, not from this.
    not_cancelled: Option<String>,
}

/// The server of an order, once it is ready.
struct Ready {
    address: Option<String>,
    verified: bool,
    href: String,
    access: PanelAccess,
}

#[derive(Template)]
#[template(path = "web/dashboard/order.html")]
struct OrderPage {
    frame: Frame,
    id: String,
    label: String,
    server_name: String,
    word: Word,
    price: String,
    term: Cow<'static, str>,
    region: String,
    made: String,
    money: String,
    lines: Vec<(String, String)>,
    timeline: Timeline,
    is_final: bool,
    /// Where the money stands, for telling when the page around the steps is no longer right.
    state: &'static str,
    /// The customer came back from the payment page, and the payment is not known here yet.
    awaiting_word: bool,
    can_pay: bool,
    can_cancel: bool,
    /// Whether cancelling sends money back.
    paid: bool,
    ready: Option<Ready>,
    /// The page of a server that was delivered and cannot be used at the moment.
    elsewhere: Option<String>,
    /// What is to be said before everything else when the money goes back.
    returned: Option<Cow<'static, str>>,
    /// Why nothing was cancelled, if somebody has just tried to.
    not_cancelled: Option<Cow<'static, str>>,
    again: String,
}

pub(super) async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, PageError> {
    let mut db = app.store.read().await?;
    let purchases = orders::list_of_customer(&mut db, &signed_in.account.id).await?;
    let given_back = refunds::list_by_hand(&mut db, &signed_in.account.id).await?;
    drop(db);
    let row = |purchase: &Purchase| OrderRow {
        href: format!("/orders/{}", purchase.order.id),
        label: purchase.snapshot.label.clone(),
        server_name: purchase.snapshot.server_name.clone(),
        word: word(&purchase.order.state, given_back.iter().find(|refund| refund.order == purchase.order.id)),
        price: texts::price(purchase.order.price),
        made: texts::day_and_time(purchase.created_at),
    };
    let frame = Frame::new(&app, Some(&signed_in.account), "/orders", t("frame-orders"));
    frame::show_private(StatusCode::OK, &OrdersPage { frame, orders: purchases.iter().map(row).collect() })
}

pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    order: Owned<Purchase>,
    PageQuery(back): PageQuery<Back>,
) -> Result<Response, PageError> {
    let purchase = order.into_inner();
    let mut db = app.store.read().await?;
    let service = services::find_by_order(&mut db, &purchase.order.id).await?;
    let timeline = Timeline::load(&mut db, &purchase).await?;
    let refunds = refunds::list_of_order(&mut db, &purchase.order.id).await?;
    drop(db);
    let state = &purchase.order.state;
    let given_back = refunds.iter().find(|refund| refund.reason == RefundReason::ByHand);
    let unpaid = matches!(state, OrderState::Reserved { .. } | OrderState::CheckoutOpen { .. });
    let paid = matches!(state, OrderState::Paid { .. });
    let stopping = service.as_ref().is_some_and(|service| service.stop_requested_at.is_some());
    let elsewhere = service
        .as_ref()
        .filter(|service| service.fulfilled_at.is_some() && !service.is_over() && !is_ready(state, service))
        .map(|service| format!("/servers/{}", service.id));
    let awaiting_word = unpaid && back.session.is_some();
    if awaiting_word {
        app.hint(&purchase.order.id);
    }
    let region = app.catalogue.find_region(purchase.region.as_str());
    let title = texts::with("order-title", &[("plan", purchase.snapshot.label.as_str().into())]);
    let page = OrderPage {
        frame: Frame::new(&app, Some(&signed_in.account), "/orders", title),
        id: purchase.order.id.to_string(),
        label: purchase.snapshot.label.clone(),
        server_name: purchase.snapshot.server_name.clone(),
        word: if awaiting_word { words::confirming() } else { word(state, given_back) },
        price: texts::price(purchase.order.price),
        term: wording::term(purchase.term),
        region: region.map_or_else(|| purchase.region.to_string(), |region| texts::said(&region.name).into_owned()),
        made: texts::day_and_time(purchase.created_at),
        money: match awaiting_word {
            true => texts::with("order-money-confirming", &[("price", texts::price(purchase.order.price).into())]),
            false => money(&purchase, service.as_ref(), &refunds, given_back),
        },
        lines: lines(&app, &purchase),
        timeline,
        is_final: steps::is_final(state),
        state: state.key(),
        awaiting_word,
        can_pay: unpaid && !awaiting_word,
        can_cancel: (unpaid && !awaiting_word) || (paid && !stopping),
        paid,
        ready: service.filter(|service| is_ready(state, service)).map(|service| Ready {
            verified: service.verified != Some(false),
            href: format!("/servers/{}", service.id),
            access: PanelAccess::of(&app, &signed_in.account),
            address: service.address,
        }),
        elsewhere,
        returned: returns(state, given_back)
            .map(|is_done| t(if is_done { "order-returned" } else { "order-returning" })),
        not_cancelled: words::not_cancelled(Cancelling::of(state))
            .filter(|_| back.not_cancelled.is_some() && !stopping)
            .map(|(_, text)| text),
        again: format!("/games/{}?plan={}", purchase.snapshot.game, purchase.plan),
    };
    frame::show_private(StatusCode::OK, &page)
}

/// What was bought, line by line.
fn lines(app: &App, purchase: &Purchase) -> Vec<(String, String)> {
    let add_ons = purchase.snapshot.add_ons.iter().map(|key| {
        app.catalogue
            .find_add_on(key.as_str())
            .map_or_else(|| key.to_string(), |add_on| texts::said(&add_on.name).into_owned())
    });
    let names = std::iter::once(purchase.snapshot.label.clone()).chain(add_ons);
    let currency = purchase.order.price.currency;
    let prices = purchase.snapshot.lines.iter().map(|line| texts::price(Money::new(line.minor, currency)));
    names.zip(prices).collect()
}

/// Whether the money went back already, where it goes back: after a delivery only because somebody gave it back by hand.
fn returns(state: &OrderState, given_back: Option<&Refund>) -> Option<bool> {
    match state {
        OrderState::RefundDue { .. } => Some(false),
        OrderState::Refunded { .. } => Some(true),
        OrderState::Fulfilled { .. } => given_back.map(Refund::is_given),
        OrderState::Reserved { .. }
        | OrderState::CheckoutOpen { .. }
        | OrderState::Settling { .. }
        | OrderState::Expired { .. }
        | OrderState::Paid { .. } => None,
    }
}

fn word(state: &OrderState, given_back: Option<&Refund>) -> Word {
    returns(state, given_back).map_or_else(|| words::of_order(state), words::given_back)
}

/// What happens to the money of an order.
fn money(purchase: &Purchase, service: Option<&Service>, refunds: &[Refund], given_back: Option<&Refund>) -> String {
    let price = Value::from(texts::price(purchase.order.price));
    match &purchase.order.state {
        OrderState::Reserved { .. } => t("order-money-reserved").into_owned(),
        OrderState::CheckoutOpen { until, .. } => {
            texts::with("order-money-open", &[("time", texts::time(*until).into())])
        }
        OrderState::Settling { .. } => texts::with("order-money-settling", &[("price", price)]),
        OrderState::Expired { .. } => t("order-money-expired").into_owned(),
        OrderState::Paid { .. } => texts::with("order-money-paid", &[("price", price)]),
        OrderState::Fulfilled { .. } => {
            if let Some(refund) = given_back {
                return match refund.is_given() {
                    true => went_back(refund.way(), refund.amount),
                    false => goes_back(refund.reason, refund.amount),
                };
            }
            let term = wording::term(purchase.term).into();
            match service.filter(|service| !service.is_over()).and_then(servers::paid_until) {
                Some(end) => {
                    let values = [("price", price), ("term", term), ("date", texts::day(end).into())];
                    texts::with("order-money-until", &values)
                }
                None => texts::with("order-money-fulfilled", &[("price", price), ("term", term)]),
            }
        }
        OrderState::RefundDue { reason, .. } => goes_back(*reason, purchase.order.price),
        OrderState::Refunded { refund, .. } => {
            let made = refunds.iter().find(|one| one.id == *refund);
            went_back(made.map_or(RefundWay::Card, Refund::way), purchase.order.price)
        }
    }
}

fn goes_back(why: RefundReason, amount: Money) -> String {
    let values = [("why", steps::why(why).into()), ("price", texts::price(amount).into())];
    texts::with("order-money-refund-due", &values)
}

fn went_back(way: RefundWay, amount: Money) -> String {
    let price = Value::from(texts::price(amount));
    match way {
        RefundWay::Card => texts::with("order-money-refunded", &[("price", price)]),
        RefundWay::Bank => texts::with("step-returned-bank", &[("price", price)]),
        RefundWay::Otherwise => t("order-money-otherwise").into_owned(),
    }
}

/// Leads back to the payment page of an unpaid order.
pub(super) async fn pay(State(app): State<App>, order: Owned<Purchase>) -> Result<Response, PageError> {
    let id = &order.order.id;
    match &order.order.state {
        OrderState::Reserved { .. } | OrderState::CheckoutOpen { .. } => {
            let opened = checkout::resume(&app, id).await?;
            Ok(Redirect::to(&opened.url).into_response())
        }
        // The page of the order says what became of it, and leads to another one.
        OrderState::Expired { .. }
        | OrderState::Settling { .. }
        | OrderState::Paid { .. }
        | OrderState::Fulfilled { .. }
        | OrderState::RefundDue { .. }
        | OrderState::Refunded { .. } => Ok(Redirect::to(&format!("/orders/{id}")).into_response()),
    }
}

/// Whether the server can be used: it was delivered, and is neither suspended nor gone.
fn is_ready(state: &OrderState, service: &Service) -> bool {
    let over = service.standing.suspension.is_some() || service.stop_requested_at.is_some();
    matches!(state, OrderState::Fulfilled { .. }) && !over && service.terminated_at.is_none()
}

/// Cancels an order whose server is not ready; its page shows what follows.
pub(super) async fn cancel(State(app): State<App>, order: Owned<Purchase>) -> Result<Response, PageError> {
    let query = match sales::cancel::cancel(&app, &order).await? {
        Cancelling::Ends => "",
        Cancelling::PaidMeanwhile | Cancelling::Settling | Cancelling::Delivered => "?not_cancelled=1",
    };
    Ok(Redirect::to(&format!("/orders/{}{query}", order.order.id)).into_response())
}

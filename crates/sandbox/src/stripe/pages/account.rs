//! The billing portal, the hosted invoice and the receipt.

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::StripeSim;
use super::super::billing::charging::Attempt;
use super::super::billing::{cycle, lines};
use super::super::cards::{self, Presence};
use super::super::json::Read;
use super::super::objects::subscriptions;
use super::super::state::{Kind, State};
use super::{Row, money, notice, page};

/// How long the link to a portal works.
const PORTAL_SECONDS: i64 = 300;

pub(super) fn routes() -> Router<StripeSim> {
    Router::new()
        .route("/portal/{id}", get(show_portal).post(act))
        .route("/invoice/{id}", get(show_invoice).post(pay_invoice))
        .route("/invoice/{id}/pdf", get(show_invoice))
        .route("/receipt/{id}", get(show_receipt))
}

struct Contract {
    id: String,
    what: String,
    price: String,
    status: String,
    ends_at: Option<String>,
    over: bool,
}

#[derive(Template)]
#[template(path = "stripe/portal.html")]
struct Portal {
    id: String,
    customer: String,
    contracts: Vec<Contract>,
    invoices: Vec<Row>,
    method: Option<String>,
    return_url: Option<String>,
    offers: Offers,
}

/// What the merchant's configuration lets a customer do.
struct Offers {
    cancels_at_end: bool,
    cancels_now: bool,
    changes_card: bool,
}

impl Offers {
    fn of(state: &State, session: &Value) -> Self {
        let configuration = state.copy(Kind::PortalConfiguration, session.text("configuration").unwrap_or_default());
        let features = &configuration["features"];
        let cancels = features["subscription_cancel"].flag("enabled") == Some(true);
        let at_once = features["subscription_cancel"].text("mode") == Some("immediately");
        Self {
            cancels_at_end: cancels && !at_once,
            cancels_now: cancels && at_once,
            changes_card: features["payment_method_update"].flag("enabled") == Some(true),
        }
    }
}

/// The portal session and its customer, or the page that says why there is none.
fn portal_session(state: &State, id: &str) -> Result<Value, Box<Response>> {
    let session = state.find(Kind::PortalSession, id);
    let fresh = session.filter(|session| session.int("created").is_some_and(|at| state.wall - at < PORTAL_SECONDS));
    fresh.cloned().ok_or_else(|| {
        let text = "This link has expired. Go back to the shop and open the portal again.";
        Box::new(notice(StatusCode::GONE, "Link expired", text, None))
    })
}

fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| seconds.to_string(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

impl Portal {
    fn of(state: &State, session: &Value) -> Self {
        let customer = session.text("customer").unwrap_or_default();
        let mine = |kind: Kind| {
            let own = state.newest(kind).filter(|object| object.text("customer") == Some(customer));
            own.map(|object| state.present(kind, object.clone())).collect::<Vec<_>>()
        };
        let contract = |subscription: &Value| {
            let item = &subscription["items"]["data"][0];
            let product = state.copy(Kind::Product, item["price"].text("product").unwrap_or_default());
            Contract {
                id: subscription.id().to_owned(),
                what: product.text("name").unwrap_or("Subscription").to_owned(),
                price: lines::price_words(&item["price"]),
                status: subscription.text("status").unwrap_or_default().replace('_', " "),
                ends_at: subscription.int("cancel_at").map(date),
                over: subscriptions::is_over(subscription),
            }
        };
        let invoice = |invoice: &Value| Row {
            name: format!(
                "{} · {}",
                invoice.text("number").unwrap_or("draft"),
                date(invoice.int("created").unwrap_or(0))
            ),
            price: format!(
                "{} ({})",
                money(invoice.int("total").unwrap_or(0), invoice.text("currency").unwrap_or_default()),
                invoice.text("status").unwrap_or_default()
            ),
        };
        let known = state.copy(Kind::Customer, customer);
        let method =
            known["invoice_settings"].text("default_payment_method").map(|id| state.copy(Kind::PaymentMethod, id));
        Self {
            id: session.id().to_owned(),
            customer: known.text("email").unwrap_or(customer).to_owned(),
            contracts: mine(Kind::Subscription).iter().map(contract).collect(),
            invoices: mine(Kind::Invoice).iter().take(24).map(invoice).collect(),
            method: method.map(|method| {
                format!(
                    "{} …{}",
                    method["card"].text("brand").unwrap_or("account"),
                    method["card"].text("last4").unwrap_or("?")
                )
            }),
            return_url: session.text("return_url").map(str::to_owned),
            offers: Offers::of(state, session),
        }
    }
}

async fn show_portal(Shared(sim): Shared<StripeSim>, Path(id): Path<String>) -> Response {
    let state = sim.enter();
    match portal_session(&state, &id) {
        Ok(session) => page(StatusCode::OK, &Portal::of(&state, &session)),
        Err(response) => *response,
    }
}

#[derive(Deserialize)]
struct Action {
    action: String,
    #[serde(default)]
    subscription: String,
}

async fn act(Shared(sim): Shared<StripeSim>, Path(id): Path<String>, Form(form): Form<Action>) -> Response {
    let mut state = sim.enter();
    let session = match portal_session(&state, &id) {
        Ok(session) => session,
        Err(response) => return *response,
    };
    let customer = session.text("customer").unwrap_or_default().to_owned();
    state.enter_time_of(&customer);
    let subscription = state.copy(Kind::Subscription, &form.subscription);
    let owns = subscription.text("customer") == Some(&customer) && !subscriptions::is_over(&subscription);
    let offers = Offers::of(&state, &session);
    match form.action.as_str() {
        "cancel" if owns && offers.cancels_at_end => {
            set_end(&mut state, &form.subscription, cycle::period_end(&subscription))
        }
        "keep" if owns => set_end(&mut state, &form.subscription, None),
        "cancel_now" if owns && offers.cancels_now => {
            subscriptions::end(&mut state, &form.subscription, Some("cancellation_requested"))
        }
        "card" if offers.changes_card => set_card(&mut state, &customer, cards::WORKING),
        "failing_card" if offers.changes_card => set_card(&mut state, &customer, cards::CHARGES_FAIL),
        _ => return notice(StatusCode::BAD_REQUEST, "Unknown choice", "This page has no such button.", None),
    }
    Redirect::to(&format!("/portal/{id}")).into_response()
}

/// In flexible billing mode the portal sets `cancel_at` and leaves `cancel_at_period_end` alone.
fn set_end(state: &mut State, id: &str, at: Option<i64>) {
    let before = state.render(Kind::Subscription, id);
    let wanted =
        at.map_or_else(|| json!({"cancel_at": "", "cancel_at_period_end": false}), |at| json!({ "cancel_at": at }));
    subscriptions::plan_end(state, id, &wanted);
    cycle::tell_changes(state, id, &before);
}

fn set_card(state: &mut State, customer: &str, card: cards::Card) {
    let method = state.attach_card(card, customer, Value::Null).id().to_owned();
    let mine = |subscription: &&Value| {
        subscription.text("customer") == Some(customer) && !subscriptions::is_over(subscription)
    };
    let running: Vec<String> =
        state.oldest(Kind::Subscription).filter(mine).map(|known| known.id().to_owned()).collect();
    state.announce(Kind::Customer, customer, "customer.updated", |customer| {
        customer["invoice_settings"]["default_payment_method"] = json!(method);
    });
    for id in running {
        state.announce(Kind::Subscription, &id, "customer.subscription.updated", |subscription| {
            subscription["default_payment_method"] = json!(method);
        });
    }
}

#[derive(Template)]
#[template(path = "stripe/invoice.html")]
struct Invoice {
    id: String,
    number: String,
    status: String,
    rows: Vec<Row>,
    total: String,
    payable: bool,
    refusal: Option<String>,
}

fn invoice_page(state: &State, id: &str, refusal: Option<String>) -> Response {
    let Some(invoice) = state.find(Kind::Invoice, id) else {
        return notice(StatusCode::NOT_FOUND, "No such invoice", "This invoice does not exist.", None);
    };
    let currency = invoice.text("currency").unwrap_or_default();
    let row = |line: &Value| Row {
        name: line.text("description").unwrap_or_default().to_owned(),
        price: money(line.int("amount").unwrap_or(0), currency),
    };
    let status = if refusal.is_some() { StatusCode::PAYMENT_REQUIRED } else { StatusCode::OK };
    let shown = Invoice {
        id: id.to_owned(),
        number: invoice.text("number").unwrap_or("draft").to_owned(),
        status: invoice.text("status").unwrap_or_default().to_owned(),
        rows: invoice["lines"].list("data").iter().map(row).collect(),
        total: money(invoice.int("total").unwrap_or(0), currency),
        payable: invoice.text("status") == Some("open"),
        refusal,
    };
    page(status, &shown)
}

async fn show_invoice(Shared(sim): Shared<StripeSim>, Path(id): Path<String>) -> Response {
    invoice_page(&sim.enter(), &id, None)
}

#[derive(Deserialize)]
struct PayInvoice {
    outcome: String,
}

async fn pay_invoice(Shared(sim): Shared<StripeSim>, Path(id): Path<String>, Form(form): Form<PayInvoice>) -> Response {
    let mut state = sim.enter();
    let invoice = state.copy(Kind::Invoice, &id);
    if invoice.text("status") != Some("open") {
        return invoice_page(&state, &id, None);
    }
    let card = if form.outcome == "pay" { cards::WORKING } else { cards::DECLINING };
    if let Some(error) = card.refusal() {
        let why = error.detail().text("message").unwrap_or_default().to_owned();
        return invoice_page(&state, &id, Some(why));
    }
    let customer = invoice.text("customer").unwrap_or_default().to_owned();
    state.enter_time_of(&customer);
    set_card(&mut state, &customer, card);
    let method =
        state.copy(Kind::Customer, &customer)["invoice_settings"].text("default_payment_method").map(str::to_owned);
    match state.collect(&id, method.as_deref(), Presence::OnSession, false) {
        Attempt::Paid | Attempt::Processing => Redirect::to(&format!("/invoice/{id}")).into_response(),
        Attempt::Failed(error) => {
            let why = error.detail().text("message").unwrap_or_default().to_owned();
            invoice_page(&state, &id, Some(why))
        }
    }
}

async fn show_receipt(Shared(sim): Shared<StripeSim>, Path(id): Path<String>) -> Response {
    let state = sim.enter();
    let Some(charge) = state.find(Kind::Charge, &id) else {
        return notice(StatusCode::NOT_FOUND, "No such receipt", "This receipt does not exist.", None);
    };
    let currency = charge.text("currency").unwrap_or_default();
    let paid = money(charge.int("amount").unwrap_or(0), currency);
    let back = charge.int("amount_refunded").unwrap_or(0);
    let text =
        if back > 0 { format!("{paid} paid, {} given back.", money(back, currency)) } else { format!("{paid} paid.") };
    notice(StatusCode::OK, "Receipt", &text, None)
}

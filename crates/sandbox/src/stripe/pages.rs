//! The pages a customer sees: payment, 3-D Secure, portal, invoice and receipt. Plain HTML, no JavaScript.

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, State as Shared};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use super::StripeSim;
use super::json::Read;
use super::objects::completing::{self, PayOutcome, PayRefusal};
use super::objects::sessions;
use super::state::{Kind, State};

mod account;

pub(crate) fn routes() -> Router<StripeSim> {
    Router::new()
        .route("/pay/{id}", get(show_payment).post(pay))
        .route("/pay/{id}/authenticate", get(show_challenge).post(answer_challenge))
        .route("/pay/{id}/code", axum::routing::post(enter_code))
        .route("/sandbox-stripe.css", get(stylesheet))
        .merge(account::routes())
}

async fn stylesheet() -> Response {
    let css = include_str!("../../templates/stripe/sandbox.css");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css).into_response()
}

/// A page with the headers that keep scripts and foreign content out.
fn page(status: StatusCode, template: &impl Template) -> Response {
    let Ok(html) = template.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = (status, Html(html)).into_response();
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An amount in people's words, for example `13.99 USD` or `80 JPY`.
pub(crate) fn money(amount: i64, currency: &str) -> String {
    let code = currency.to_ascii_uppercase();
    let whole =
        ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
    let (sign, size) = (if amount < 0 { "-" } else { "" }, amount.unsigned_abs());
    match currency {
        _ if whole.contains(&currency) => format!("{sign}{size} {code}"),
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => format!("{sign}{}.{:03} {code}", size / 1000, size % 1000),
        _ => format!("{sign}{}.{:02} {code}", size / 100, size % 100),
    }
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "stripe/notice.html")]
struct Notice {
    title: String,
    text: String,
    link: Option<(String, String)>,
}

fn notice(status: StatusCode, title: &str, text: &str, link: Option<(String, String)>) -> Response {
    page(status, &Notice { title: title.to_owned(), text: text.to_owned(), link })
}

/// One line of what is bought: what, and for how much.
struct Row {
    name: String,
    price: String,
}

#[derive(Template)]
#[template(path = "stripe/payment.html")]
struct Payment {
    id: String,
    rows: Vec<Row>,
    total: String,
    discount: Option<String>,
    email: Option<String>,
    takes_codes: bool,
    refusal: Option<String>,
    cancel_url: Option<String>,
    reference: Option<String>,
}

impl Payment {
    fn of(state: &State, session: &Value, refusal: Option<String>) -> Self {
        let id = session.id().to_owned();
        let currency = session.text("currency").unwrap_or_default();
        let plan = state.session_plans.get(&id).cloned().unwrap_or_default();
        let off = session["total_details"].int("amount_discount").unwrap_or(0);
        let customer = session.text("customer").map(|customer| state.copy(Kind::Customer, customer));
        let known = customer.as_ref().and_then(|customer| customer.text("email")).map(str::to_owned);
        let row = |line: &Value| {
            let (name, price) = sessions::line_words(line);
            Row { name, price }
        };
        Self {
            rows: plan.lines.iter().map(row).collect(),
            total: money(session.int("amount_total").unwrap_or(0), currency),
            discount: (off > 0).then(|| money(-off, currency)),
            email: known.or_else(|| session.text("customer_email").map(str::to_owned)),
            takes_codes: session.flag("allow_promotion_codes") == Some(true),
            refusal: refusal.or(plan.refusal),
            cancel_url: session.text("cancel_url").map(str::to_owned),
            reference: session.text("client_reference_id").map(str::to_owned),
            id,
        }
    }
}

/// The session if it can still be paid, or the page that says why not.
fn open_session(state: &State, id: &str) -> Result<Value, Box<Response>> {
    let Some(session) = state.find(Kind::Session, id) else {
        let page = notice(StatusCode::NOT_FOUND, "No such checkout", "This payment page does not exist.", None);
        return Err(Box::new(page));
    };
    let back = |url: Option<String>| url.map(|url| (url, "Back to the shop".to_owned()));
    match session.text("status") {
        Some("open") => Ok(session.clone()),
        Some("complete") => {
            let link = back(success_url(session));
            Err(Box::new(notice(StatusCode::OK, "You're all done here", "This checkout has been completed.", link)))
        }
        _ => {
            let link = back(session.text("cancel_url").map(str::to_owned));
            let text = "This checkout has expired. You were not charged.";
            Err(Box::new(notice(StatusCode::GONE, "This checkout has expired", text, link)))
        }
    }
}

fn success_url(session: &Value) -> Option<String> {
    session.text("success_url").map(|url| url.replace("{CHECKOUT_SESSION_ID}", session.id()))
}

async fn show_payment(Shared(sim): Shared<StripeSim>, Path(id): Path<String>) -> Response {
    let state = sim.enter();
    match open_session(&state, &id) {
        Ok(session) => page(StatusCode::OK, &Payment::of(&state, &session, None)),
        Err(response) => *response,
    }
}

#[derive(Deserialize)]
struct PaymentForm {
    outcome: String,
    email: Option<String>,
}

async fn pay(Shared(sim): Shared<StripeSim>, Path(id): Path<String>, Form(form): Form<PaymentForm>) -> Response {
    if form.outcome == "three_d_secure" {
        return Redirect::to(&format!("/pay/{id}/authenticate")).into_response();
    }
    let Some(outcome) = PayOutcome::named(&form.outcome) else {
        return notice(StatusCode::BAD_REQUEST, "Unknown choice", "This page has no such button.", None);
    };
    finish(&sim, &id, outcome, form.email.as_deref())
}

fn finish(sim: &StripeSim, id: &str, outcome: PayOutcome, email: Option<&str>) -> Response {
    let mut state = sim.enter();
    let email = email.filter(|email| !email.trim().is_empty());
    match completing::complete(&mut state, id, outcome, email) {
        Ok(session) => success_url(&session)
            .map_or_else(|| StatusCode::OK.into_response(), |url| Redirect::to(&url).into_response()),
        Err(PayRefusal::Declined(why)) => match open_session(&state, id) {
            Ok(session) => page(StatusCode::PAYMENT_REQUIRED, &Payment::of(&state, &session, Some(why))),
            Err(response) => *response,
        },
        Err(PayRefusal::Unknown | PayRefusal::NotOpen(_)) => match open_session(&state, id) {
            Ok(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Err(response) => *response,
        },
    }
}

#[derive(Template)]
#[template(path = "stripe/challenge.html")]
struct Challenge {
    id: String,
    total: String,
}

async fn show_challenge(Shared(sim): Shared<StripeSim>, Path(id): Path<String>) -> Response {
    let state = sim.enter();
    match open_session(&state, &id) {
        Ok(session) => {
            let amount = session.int("amount_total").unwrap_or(0);
            let total = money(amount, session.text("currency").unwrap_or_default());
            page(StatusCode::OK, &Challenge { id, total })
        }
        Err(response) => *response,
    }
}

async fn answer_challenge(
    Shared(sim): Shared<StripeSim>,
    Path(id): Path<String>,
    Form(form): Form<PaymentForm>,
) -> Response {
    let passed = form.outcome == "complete";
    let outcome = if passed { PayOutcome::ThreeDSecure } else { PayOutcome::AuthenticationFails };
    finish(&sim, &id, outcome, form.email.as_deref())
}

#[derive(Deserialize)]
struct CodeForm {
    code: String,
}

async fn enter_code(Shared(sim): Shared<StripeSim>, Path(id): Path<String>, Form(form): Form<CodeForm>) -> Response {
    let mut state = sim.enter();
    if let Err(response) = open_session(&state, &id) {
        return *response;
    }
    match completing::apply_code(&mut state, &id, form.code.trim()) {
        Ok(()) => Redirect::to(&format!("/pay/{id}")).into_response(),
        Err(why) => {
            let session = state.copy(Kind::Session, &id);
            page(StatusCode::BAD_REQUEST, &Payment::of(&state, &session, Some(why)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn amounts_follow_their_currency() {
        assert_eq!(money(1_399, "usd"), "13.99 USD");
        assert_eq!(money(80, "jpy"), "80 JPY");
        assert_eq!(money(-5, "eur"), "-0.05 EUR");
        assert_eq!(money(1_500, "kwd"), "1.500 KWD");
    }
}

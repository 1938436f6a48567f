//! Signing in and out.

use crate::app::App;
use crate::texts::{filters, t};
use crate::web::access::{Current, Visitor};
use crate::web::account::device::Client;
use crate::web::account::flow::{self, AccountError, LogIn};
use crate::web::account::next::after_sign_in;
use crate::web::account::{factors, passkeys, sessions};
use crate::web::cookies;
use crate::web::errors::{Explain, PageError, Public};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use store::accounts::Account;

/// Where the visitor wanted to go.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    pub(super) next: String,
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "web/account/login.html")]
struct LoginPage {
    frame: Frame,
    email: String,
    next: String,
    passkeys_possible: bool,
    problem: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    if visitor.0.is_some() {
        return Ok(Redirect::to(after_sign_in(&wish.next)).into_response());
    }
    login_page(&app, String::new(), wish.next, None)
}

pub(super) async fn submit(
    State(app): State<App>,
    client: Client,
    PageForm(form): PageForm<Credentials>,
) -> Result<Response, PageError> {
    match flow::log_in(&app, &client, &form.email, &form.password).await {
        Ok(outcome) => go_on(&app, &client, outcome, &form.next).await,
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => login_page(&app, form.email, form.next, Some(error.public())),
    }
}

/// What follows once the password, or the code, was right.
pub(super) async fn go_on(app: &App, client: &Client, outcome: LogIn, next: &str) -> Result<Response, PageError> {
    match outcome {
        LogIn::Right(account) => Ok(sessions::onward(sessions::open(app, client, &account).await?, next)),
        LogIn::NeedsFactor(account) => ask_factor(app, client, &account, next).await,
    }
}

fn login_page(app: &App, email: String, next: String, problem: Option<Public>) -> Result<Response, PageError> {
    let status = problem.as_ref().map_or(StatusCode::OK, |public| public.status);
    let page = LoginPage {
        frame: Frame::new(app, None, "/login", t("frame-sign-in")),
        email,
        next,
        passkeys_possible: passkeys::are_possible(app),
        problem: problem.as_ref().map(wording::refusal),
    };
    let mut response = frame::show_private(status, &page)?;
    if let Some(seconds) = problem.and_then(|public| public.retry_s) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// Leads to the second step. Staff who have no second factor yet set one up there.
async fn ask_factor(app: &App, client: &Client, account: &Account, next: &str) -> Result<Response, PageError> {
    factors::prepare_if_none(app, &account.id).await?;
    let jar = sessions::open_half(app, client, account).await?;
    let encoded: String = form_urlencoded::byte_serialize(after_sign_in(next).as_bytes()).collect();
    Ok((jar, Redirect::to(&format!("/login/factor?next={encoded}"))).into_response())
}

pub(super) async fn leave(State(app): State<App>, session: Current) -> Result<Response, PageError> {
    sessions::close(&app, &session.id).await?;
    Ok((CookieJar::new().add(cookies::clear(&app)), Redirect::to("/")).into_response())
}

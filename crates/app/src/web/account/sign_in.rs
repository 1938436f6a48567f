//! Signing in and out.

use crate::app::App;
use crate::web::access::{SignedIn, Visitor};
use crate::web::account::flow::{self, AccountError, LogIn};
use crate::web::account::next::after_sign_in;
use crate::web::account::sign_up::{self, Code};
use crate::web::cookies;
use crate::web::errors::{Explain, PageError};
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use domain::ids::AccountId;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

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
    problem: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Response, PageError> {
    if visitor.0.is_some() {
        return Ok(Redirect::to(after_sign_in(&wish.next)).into_response());
    }
    let frame = Frame::new(&app, None, "/login", "Sign in");
    frame::show_private(StatusCode::OK, &LoginPage { frame, email: String::new(), next: wish.next, problem: None })
}

pub(super) async fn submit(
    State(app): State<App>,
    headers: HeaderMap,
    Form(form): Form<Credentials>,
) -> Result<Response, PageError> {
    match flow::log_in(&app, &form.email, &form.password).await {
        Ok(LogIn::Right(account)) => enter(&app, &account.id, &headers, &form.next).await,
        Ok(LogIn::AwaitsCode(awaits)) => {
            let code = Code { email: form.email, ticket: awaits.ticket, next: form.next, ..Code::default() };
            sign_up::code_page(&app, code, None)
        }
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => {
            let public = error.public();
            let frame = Frame::new(&app, None, "/login", "Sign in");
            let page =
                LoginPage { frame, email: form.email, next: form.next, problem: Some(wording::refusal(&public)) };
            frame::show_private(public.status, &page)
        }
    }
}

/// Opens a session in this browser and leads on.
pub(super) async fn enter(
    app: &App,
    account: &AccountId,
    headers: &HeaderMap,
    next: &str,
) -> Result<Response, PageError> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let session = flow::open_session(app, account, agent).await?;
    Ok((CookieJar::new().add(cookies::set(app, session)), Redirect::to(after_sign_in(next))).into_response())
}

pub(super) async fn leave(State(app): State<App>, signed_in: SignedIn) -> Result<Response, PageError> {
    flow::log_out(&app, &signed_in.session).await?;
    Ok((CookieJar::new().add(cookies::clear(&app)), Redirect::to("/")).into_response())
}

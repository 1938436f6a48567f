//! A new account, and the code that proves its address.

use crate::app::App;
use crate::texts::{filters, t};
use crate::web::access::Visitor;
use crate::web::account::device::Client;
use crate::web::account::flow::{self, AccountError};
use crate::web::account::next::after_sign_in;
use crate::web::account::sign_in::{self, Wish};
use crate::web::errors::{Explain, PageError, Public};
use crate::web::page_form::{PageForm, PageQuery, Wrong};
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct NewAccount {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    next: String,
}

/// A code with what it belongs to.
#[derive(Deserialize, Default)]
pub(super) struct Code {
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    pub(super) ticket: String,
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) next: String,
}

#[derive(Template)]
#[template(path = "web/account/signup.html")]
struct SignUpPage {
    frame: Frame,
    email: String,
    name: String,
    next: String,
    problem: Option<String>,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "web/account/verify.html")]
struct CodePage {
    frame: Frame,
    email: String,
    ticket: String,
    next: String,
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
    let form = NewAccount { email: String::new(), password: String::new(), name: String::new(), next: wish.next };
    sign_up_page(&app, form, None, Wrong::default())
}

pub(super) async fn submit(
    State(app): State<App>,
    client: Client,
    PageForm(form): PageForm<NewAccount>,
) -> Result<Response, PageError> {
    match flow::sign_up(&app, &client, &form.email, &form.password, &form.name).await {
        Ok(awaits) => {
            code_page(&app, Code { email: form.email, ticket: awaits.ticket, next: form.next, ..Code::default() }, None)
        }
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => sign_up_page(&app, form, Some(error.public()), error.beside()),
    }
}

pub(super) async fn verify(
    State(app): State<App>,
    client: Client,
    PageForm(form): PageForm<Code>,
) -> Result<Response, PageError> {
    match flow::verify(&app, &client, &form.email, &form.ticket, &form.code).await {
        Ok(outcome) => sign_in::go_on(&app, &client, outcome, &form.next).await,
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => code_page(&app, form, Some(error.public())),
    }
}

/// The code belongs to a form that is gone; signing up again sends another one.
pub(super) async fn lost() -> Redirect {
    Redirect::to("/signup")
}

fn sign_up_page(app: &App, form: NewAccount, problem: Option<Public>, wrong: Wrong) -> Result<Response, PageError> {
    let status = problem.as_ref().map_or(StatusCode::OK, |public| public.status);
    let page = SignUpPage {
        frame: Frame::new(app, None, "/signup", t("frame-sign-up")),
        email: form.email,
        name: form.name,
        next: form.next,
        problem: problem.as_ref().filter(|_| wrong.0.is_none()).map(wording::refusal),
        wrong,
    };
    frame::show_private(status, &page)
}

/// The form for the code from the mail.
pub(super) fn code_page(app: &App, code: Code, problem: Option<Public>) -> Result<Response, PageError> {
    let status = problem.as_ref().map_or(StatusCode::OK, |public| public.status);
    let page = CodePage {
        frame: Frame::new(app, None, "", t("verify-tab")),
        email: code.email,
        ticket: code.ticket,
        next: code.next,
        problem: problem.as_ref().map(wording::refusal),
    };
    frame::show_private(status, &page)
}

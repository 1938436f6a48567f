//! Another password, by a link that is mailed.

use crate::app::App;
use crate::texts::{filters, t};
use crate::web::access::Visitor;
use crate::web::account::device::Client;
use crate::web::account::flow::{self, AccountError};
use crate::web::account::sessions;
use crate::web::errors::{Explain, PageError, Public};
use crate::web::page_form::PageForm;
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Address {
    #[serde(default)]
    email: String,
}

#[derive(Deserialize)]
pub(super) struct NewPassword {
    #[serde(default)]
    password: String,
}

#[derive(Template)]
#[template(path = "web/account/reset.html")]
struct ResetPage {
    frame: Frame,
    /// The address that was entered; the same is shown whether it has an account or not.
    sent_to: Option<String>,
    /// What stands in the field.
    typed: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "web/account/new_password.html")]
struct NewPasswordPage {
    frame: Frame,
    secret: String,
    done: bool,
    problem: Option<String>,
}

pub(super) async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let frame = Frame::new(&app, visitor.0.as_ref(), "", t("reset-title"));
    frame::show_private(StatusCode::OK, &ResetPage { frame, sent_to: None, typed: String::new(), problem: None })
}

pub(super) async fn ask(
    State(app): State<App>,
    visitor: Visitor,
    client: Client,
    PageForm(form): PageForm<Address>,
) -> Result<Response, PageError> {
    let frame = Frame::new(&app, visitor.0.as_ref(), "", t("reset-title"));
    match flow::request_reset(&app, &client, &form.email).await {
        Ok(()) => {
            let page = ResetPage { frame, sent_to: Some(form.email), typed: String::new(), problem: None };
            frame::show_private(StatusCode::OK, &page)
        }
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => {
            let public = error.public();
            let problem = Some(wording::refusal(&public));
            frame::show_private(public.status, &ResetPage { frame, sent_to: None, typed: form.email, problem })
        }
    }
}

pub(super) async fn show_new(State(app): State<App>, Path(secret): Path<String>) -> Result<Response, PageError> {
    new_password_page(&app, secret, false, None)
}

pub(super) async fn set(
    State(app): State<App>,
    client: Client,
    Path(secret): Path<String>,
    PageForm(form): PageForm<NewPassword>,
) -> Result<Response, PageError> {
    match flow::reset_password(&app, &client, &secret, &form.password).await {
        // Whoever could read the mail is no stranger: guesses from elsewhere do not slow this browser down.
        Ok(account) => {
            let page = new_password_page(&app, secret, true, None)?;
            Ok((sessions::remember(&app, &account), page).into_response())
        }
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => new_password_page(&app, secret, false, Some(error.public())),
    }
}

fn new_password_page(app: &App, secret: String, done: bool, problem: Option<Public>) -> Result<Response, PageError> {
    let status = problem.as_ref().map_or(StatusCode::OK, |public| public.status);
    let page = NewPasswordPage {
        frame: Frame::new(app, None, "", t("reset-new-title")),
        secret,
        done,
        problem: problem.as_ref().map(wording::refusal),
    };
    frame::show_private(status, &page)
}

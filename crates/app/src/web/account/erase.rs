//! Asking for one's own erasure.

use crate::app::App;
use crate::privacy::erasure::{self, Answer};
use crate::texts::{filters, t};
use crate::web::access::{Current, SignedIn};
use crate::web::account::data;
use crate::web::cookies;
use crate::web::errors::PageError;
use crate::web::page_form::PageForm;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;
use http::StatusCode;
use serde::Deserialize;
use std::borrow::Cow;
use store::accounts::email_key;

#[derive(Deserialize)]
pub(super) struct EraseForm {
    /// The customer's own address, typed.
    #[serde(default)]
    email: String,
    /// Ticked: servers end, and what is left of their terms with them.
    #[serde(default)]
    end_servers: Option<String>,
}

#[derive(Template)]
#[template(path = "web/account/erased.html")]
struct ErasedPage {
    frame: Frame,
    /// What has to end first, in words.
    waits_for: Vec<Cow<'static, str>>,
}

pub(super) async fn erase(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Current,
    PageForm(form): PageForm<EraseForm>,
) -> Result<Response, PageError> {
    let account = &signed_in.account;
    let refuse = async |problem| {
        let refused =
            data::Refused { problem: t(problem), email: form.email.clone(), agreed: form.end_servers.is_some() };
        data::page(&app, account, &session, Some(refused)).await
    };
    if email_key(&form.email) != email_key(&account.email) {
        return refuse("data-problem-email").await;
    }
    match erasure::request(&app, account, form.end_servers.is_some(), account.id.as_str()).await? {
        Answer::Accepted(standing) => {
            let frame = Frame::new(&app, None, "", t("erased-title"));
            let waits_for = standing.iter().map(data::in_words).collect();
            let page = frame::show_private(StatusCode::OK, &ErasedPage { frame, waits_for })?;
            Ok((CookieJar::new().add(cookies::clear(&app)), page).into_response())
        }
        Answer::Standing(_) => refuse("data-problem-standing").await,
        Answer::Staff => refuse("data-problem-staff").await,
    }
}

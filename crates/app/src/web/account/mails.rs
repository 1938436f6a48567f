//! Which letters somebody wants. What is about money that moves, about the account itself or about data that goes is always sent.

use crate::app::App;
use crate::mail::{self, OPTIONAL};
use crate::texts::{filters, t};
use crate::web::access::SignedIn;
use crate::web::account::tabs::Tabs;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use std::borrow::Cow;
use store::accounts;

/// The page's address.
const HERE: &str = "/account/mails";

/// A kind of letter that can be left out.
struct Choice {
    kind: &'static str,
    words: Cow<'static, str>,
    wanted: bool,
}

#[derive(Template)]
#[template(path = "web/account/mails.html")]
struct MailsPage {
    frame: Frame,
    tabs: Tabs,
    email: String,
    choices: Vec<Choice>,
    saved: bool,
}

/// What the address says.
#[derive(Deserialize)]
pub(super) struct Asked {
    saved: Option<String>,
}

/// `GET /account/mails`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    PageQuery(asked): PageQuery<Asked>,
) -> Result<Response, PageError> {
    let account = &signed_in.account;
    let choice = |kind: &'static str| Choice {
        kind,
        words: t(&format!("mails-{kind}")),
        wanted: mail::is_wanted(account, kind),
    };
    let page = MailsPage {
        frame: Frame::new(&app, Some(account), HERE, t("account-mails")),
        tabs: Tabs::at(HERE),
        email: account.email.clone(),
        choices: OPTIONAL.map(choice).into(),
        saved: asked.saved.is_some(),
    };
    frame::show_private(StatusCode::OK, &page)
}

/// `POST /account/mails`: the kinds that are wanted.
pub(super) async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    PageForm(wanted): PageForm<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let is_wanted = |kind: &&str| wanted.iter().any(|(field, value)| field == "wanted" && value == kind);
    let unwanted: Vec<&str> = OPTIONAL.into_iter().filter(|kind| !is_wanted(kind)).collect();
    let mut tx = app.store.begin().await?;
    accounts::set_unwanted_mails(&mut tx, &signed_in.account.id, &unwanted).await?;
    tx.commit().await?;
    Ok((no_store(), Redirect::to("/account/mails?saved=1")).into_response())
}

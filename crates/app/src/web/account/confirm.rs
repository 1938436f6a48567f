//! Proving again who one is, before something dangerous: by password, by code, or by passkey.

use crate::app::App;
use crate::texts::{filters, t};
use crate::web::access::Holder;
use crate::web::account::device::Client;
use crate::web::account::factor::Onward;
use crate::web::account::flow::{self, AccountError};
use crate::web::account::next::after_sign_in;
use crate::web::account::passkeys::{self, Answered, Asked};
use crate::web::account::sign_in::Wish;
use crate::web::account::{factors, sessions};
use crate::web::api_json::ApiJson;
use crate::web::errors::{ApiError, Explain, PageError, Public, no_store};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use store::factors::Factors;

#[derive(Deserialize)]
pub(super) struct Proof {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "web/account/confirm.html")]
struct ConfirmPage {
    frame: Frame,
    next: String,
    factors: Factors,
    passkeys_possible: bool,
    problem: Option<String>,
}

/// `GET /confirm`
pub(super) async fn show(
    State(app): State<App>,
    holder: Holder,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    page(&app, &holder, wish.next, None).await
}

/// `POST /confirm`: the password, and the code if there is an app.
pub(super) async fn submit(
    State(app): State<App>,
    client: Client,
    holder: Holder,
    PageForm(form): PageForm<Proof>,
) -> Result<Response, PageError> {
    match prove(&app, &client, &holder, &form).await {
        Ok(()) => match sessions::renew(&app, &client, &holder.account, &holder.session).await? {
            Some(jar) => Ok(sessions::onward(jar, after_confirming(&form.next))),
            None => Err(PageError(Public::sign_in())),
        },
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => page(&app, &holder, form.next, Some(error.public())).await,
    }
}

async fn prove(app: &App, client: &Client, holder: &Holder, form: &Proof) -> Result<(), AccountError> {
    flow::check_password(app, client, &holder.account, &form.password).await?;
    let known = store::factors::of(&mut *app.store.read().await?, &holder.account.id).await?;
    match known.any() {
        true => factors::check(app, client, &holder.account, &form.code).await,
        false => Ok(()),
    }
}

async fn page(app: &App, holder: &Holder, next: String, problem: Option<Public>) -> Result<Response, PageError> {
    let known = store::factors::of(&mut *app.store.read().await?, &holder.account.id).await?;
    let status = problem.as_ref().map_or(StatusCode::OK, |public| public.status);
    let page = ConfirmPage {
        frame: Frame::new(app, Some(&holder.account), "", t("confirm-title")),
        next: after_confirming(&next).to_owned(),
        factors: known,
        passkeys_possible: passkeys::are_possible(app),
        problem: problem.as_ref().map(wording::refusal),
    };
    frame::show_private(status, &page)
}

/// Whoever comes here on their own goes on to the security page.
fn after_confirming(next: &str) -> &str {
    if next.is_empty() { "/account/security" } else { after_sign_in(next) }
}

/// `POST /confirm/passkey/begin`
pub(super) async fn begin_passkey(State(app): State<App>, holder: Holder) -> Result<Json<Asked>, ApiError> {
    Ok(Json(passkeys::begin_proof(&app, &holder.account.id).await?))
}

/// `POST /confirm/passkey/finish`
pub(super) async fn finish_passkey(
    State(app): State<App>,
    client: Client,
    holder: Holder,
    PageQuery(wish): PageQuery<Wish>,
    ApiJson(answer): ApiJson<Answered>,
) -> Result<Response, ApiError> {
    passkeys::finish_proof(&app, &holder.account.id, answer).await?;
    let jar = sessions::renew(&app, &client, &holder.account, &holder.session).await?;
    let jar = jar.ok_or_else(|| ApiError(Public::sign_in()))?;
    Ok((jar, no_store(), Json(Onward { next: after_confirming(&wish.next).to_owned(), codes: None })).into_response())
}

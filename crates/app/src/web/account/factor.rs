//! The second step of signing in: a code, a recovery code, or a passkey; and setting one up, for staff who have none yet.

use crate::app::App;
use crate::texts::{filters, t};
use crate::web::access::Holder;
use crate::web::account::device::Client;
use crate::web::account::factors::{self, Offered};
use crate::web::account::flow::{self, AccountError};
use crate::web::account::next::after_sign_in;
use crate::web::account::passkeys::{self, Answered, Asked, PasskeyError};
use crate::web::account::sessions;
use crate::web::account::sign_in::Wish;
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
use serde::{Deserialize, Serialize};
use store::factors::Factors;

#[derive(Deserialize)]
pub(super) struct Code {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) next: String,
}

#[derive(Template)]
#[template(path = "web/account/factor.html")]
struct FactorPage {
    frame: Frame,
    next: String,
    factors: Factors,
    passkeys_possible: bool,
    /// For staff who have no second factor yet.
    offered: Option<Offered>,
    problem: Option<String>,
}

/// Codes to keep, shown once.
#[derive(Template)]
#[template(path = "web/account/codes.html")]
struct CodesPage {
    frame: Frame,
    codes: Vec<String>,
    next: String,
}

/// What the script goes on with.
#[derive(Serialize)]
pub(super) struct Onward {
    pub(super) next: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) codes: Option<Vec<String>>,
}

impl From<PasskeyError> for ApiError {
    fn from(error: PasskeyError) -> Self {
        Self(error.public())
    }
}

/// `GET /login/factor`
pub(super) async fn show(
    State(app): State<App>,
    holder: Holder,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    page(&app, &holder, wish.next, None).await
}

/// `POST /login/factor`
pub(super) async fn submit(
    State(app): State<App>,
    client: Client,
    holder: Holder,
    PageForm(form): PageForm<Code>,
) -> Result<Response, PageError> {
    match factors::check(&app, &client, &holder.account, &form.code).await {
        Ok(()) => complete(&app, &client, &holder, &form.next).await,
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => page(&app, &holder, form.next, Some(of_code(&error))).await,
    }
}

/// `POST /login/factor/app`: the first code of an app, by staff who have no second factor yet.
pub(super) async fn set_up_app(
    State(app): State<App>,
    client: Client,
    holder: Holder,
    PageForm(form): PageForm<Code>,
) -> Result<Response, PageError> {
    must_have_none(&app, &holder).await?;
    match factors::confirm(&app, &client, &holder.account, &form.code).await {
        Ok(codes) => {
            let jar = sessions::renew(&app, &client, &holder.account, &holder.session).await?;
            let jar = jar.ok_or_else(|| PageError(Public::sign_in()))?;
            let shown = codes_page(&app, &holder, codes.unwrap_or_default(), after_sign_in(&form.next).to_owned())?;
            Ok((jar, shown).into_response())
        }
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => page(&app, &holder, form.next, Some(of_first_code(&error))).await,
    }
}

/// What is said of a code that was not taken. Another password does not help against a code's own count of tries.
pub(in crate::web) fn of_code(error: &AccountError) -> Public {
    let public = error.public();
    match error {
        AccountError::Wait { seconds, .. } => Public { text: flow::next_try(*seconds).into(), ..public },
        _ => public,
    }
}

/// The same while an app is being set up, when no recovery code will do.
pub(super) fn of_first_code(error: &AccountError) -> Public {
    let public = of_code(error);
    match error {
        AccountError::WrongFactor => Public { text: t("error-first-code-text"), ..public },
        _ => public,
    }
}

/// Codes to keep, shown once.
pub(super) fn codes_page(app: &App, holder: &Holder, codes: Vec<String>, next: String) -> Result<Response, PageError> {
    let frame = Frame::new(app, Some(&holder.account), "", t("codes-title"));
    frame::show_private(StatusCode::OK, &CodesPage { frame, codes, next })
}

/// A second factor is set up without one only if there is none: a password alone must not add another.
async fn must_have_none(app: &App, holder: &Holder) -> Result<(), PageError> {
    let known = store::factors::of(&mut *app.store.read().await?, &holder.account.id).await?;
    match known.any() {
        true => Err(PageError::not_found()),
        false => Ok(()),
    }
}

async fn complete(app: &App, client: &Client, holder: &Holder, next: &str) -> Result<Response, PageError> {
    match sessions::renew(app, client, &holder.account, &holder.session).await? {
        Some(jar) => Ok(sessions::onward(jar, next)),
        None => Err(PageError(Public::sign_in())),
    }
}

async fn page(app: &App, holder: &Holder, next: String, problem: Option<Public>) -> Result<Response, PageError> {
    let known = store::factors::of(&mut *app.store.read().await?, &holder.account.id).await?;
    let offered = match known.any() {
        true => None,
        false => factors::offer(app, &holder.account).await?,
    };
    let status = problem.as_ref().map_or(StatusCode::OK, |public| public.status);
    let title = if known.any() { t("factor-title") } else { t("factor-new-title") };
    let page = FactorPage {
        frame: Frame::new(app, None, "", title),
        next,
        factors: known,
        passkeys_possible: passkeys::are_possible(app),
        offered,
        problem: problem.as_ref().map(wording::refusal),
    };
    frame::show_private(status, &page)
}

/// `POST /login/factor/passkey/begin`
pub(super) async fn begin_passkey(State(app): State<App>, holder: Holder) -> Result<Json<Asked>, ApiError> {
    Ok(Json(passkeys::begin_proof(&app, &holder.account.id).await?))
}

/// `POST /login/factor/passkey/finish`
pub(super) async fn finish_passkey(
    State(app): State<App>,
    client: Client,
    holder: Holder,
    PageQuery(wish): PageQuery<Wish>,
    ApiJson(answer): ApiJson<Answered>,
) -> Result<Response, ApiError> {
    passkeys::finish_proof(&app, &holder.account.id, answer).await?;
    renewed(&app, &client, &holder, &wish.next, None).await
}

/// `POST /login/factor/passkey/new/begin`
pub(super) async fn begin_new_passkey(State(app): State<App>, holder: Holder) -> Result<Json<Asked>, ApiError> {
    must_have_none(&app, &holder).await.map_err(|error| ApiError(error.0))?;
    Ok(Json(passkeys::begin_registration(&app, &holder.account).await?))
}

/// `POST /login/factor/passkey/new/finish`
pub(super) async fn finish_new_passkey(
    State(app): State<App>,
    client: Client,
    holder: Holder,
    PageQuery(wish): PageQuery<Wish>,
    ApiJson(answer): ApiJson<Answered>,
) -> Result<Response, ApiError> {
    must_have_none(&app, &holder).await.map_err(|error| ApiError(error.0))?;
    let codes = passkeys::finish_registration(&app, &client, &holder.account, answer).await?;
    renewed(&app, &client, &holder, &wish.next, codes).await
}

async fn renewed(
    app: &App,
    client: &Client,
    holder: &Holder,
    next: &str,
    codes: Option<Vec<String>>,
) -> Result<Response, ApiError> {
    let jar = sessions::renew(app, client, &holder.account, &holder.session).await?;
    let jar = jar.ok_or_else(|| ApiError(Public::sign_in()))?;
    Ok((jar, no_store(), Json(Onward { next: after_sign_in(next).to_owned(), codes })).into_response())
}

/// `POST /login/passkey/begin`: a sign-in with a passkey and nothing else.
pub(super) async fn begin_sign_in(State(app): State<App>) -> Result<Json<Asked>, ApiError> {
    Ok(Json(passkeys::begin_sign_in(&app).await?))
}

/// `POST /login/passkey/finish`. The device checked who holds it, so a second factor is in it.
pub(super) async fn finish_sign_in(
    State(app): State<App>,
    client: Client,
    PageQuery(wish): PageQuery<Wish>,
    ApiJson(answer): ApiJson<Answered>,
) -> Result<Response, ApiError> {
    let account = passkeys::finish_sign_in(&app, answer).await?;
    let jar = sessions::open(&app, &client, &account).await?;
    Ok((jar, no_store(), Json(Onward { next: after_sign_in(&wish.next).to_owned(), codes: None })).into_response())
}

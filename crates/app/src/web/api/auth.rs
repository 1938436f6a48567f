//! Signing up and in by program. Whoever has a second factor shows it here, too; staff always have one.

use crate::app::App;
use crate::web::access::Current;
use crate::web::account::device::Client;
use crate::web::account::flow::{self, AccountError, LogIn};
use crate::web::account::{factors, sessions as sign_ins};
use crate::web::api_json::ApiJson;
use crate::web::errors::{ApiError, Problem, Public, no_store};
use crate::web::{secrets, tokens};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::ids::{AccountId, SessionId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::accounts::Account;
use store::sessions::{self, Refresh};
use utoipa::ToSchema;

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignUp {
    /// The address; a code is sent there.
    #[schema(format = Email, max_length = 191, example = "ada@example.net")]
    email: String,
    /// At least ten characters, and none of those that attackers try first.
    #[schema(format = Password, min_length = 10, max_length = 256, example = "seven quiet otters knit")]
    password: String,
    /// What to call the person.
    #[schema(max_length = 60, example = "Ada")]
    #[serde(default)]
    name: String,
}

/// A sign-up or sign-in that waits for the code from the mail.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AwaitsCode {
    /// Send it back with the code.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    ticket: String,
}

/// The code from the mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    /// The address that it was sent to.
    #[schema(example = "ada@example.net")]
    email: String,
    /// From the answer that announced the code.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    ticket: String,
    /// Six digits.
    #[schema(pattern = "^[0-9]{6}$", example = "271828")]
    code: String,
}

/// An address and a password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    /// The address.
    #[schema(example = "ada@example.net")]
    email: String,
    /// The password.
    #[schema(format = Password, example = "seven quiet otters knit")]
    password: String,
    /// A code of the account's app or a recovery code, if the account has a second factor.
    #[serde(default)]
    second_factor: Option<String>,
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefreshToken {
    /// Good for one use.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    refresh_token: String,
}

/// Tokens of a session.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tokens {
    /// Always `Bearer`.
    #[schema(pattern = "^Bearer$")]
    token_type: &'static str,
    /// Goes into the Authorization header.
    access_token: String,
    /// Seconds that the access token is good.
    #[schema(minimum = 1)]
    expires_in: i64,
    /// Gets the next pair of tokens, once.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    refresh_token: String,
}

/// Signs up; a code is sent to the address
#[utoipa::path(post, path = "/api/v1/auth/sign-up", tag = "auth", request_body = SignUp, responses(
    (status = 202, description = "A code was sent, or the address's owner was told", body = AwaitsCode),
    (status = 422, description = "A field is not acceptable", body = Problem)))]
pub(super) async fn sign_up(
    State(app): State<App>,
    client: Client,
    ApiJson(form): ApiJson<SignUp>,
) -> Result<Response, ApiError> {
    let awaits = flow::sign_up(&app, &client, &form.email, &form.password, &form.name).await?;
    Ok((StatusCode::ACCEPTED, no_store(), Json(AwaitsCode { ticket: awaits.ticket })).into_response())
}

/// Proves the address by the code from the mail
#[utoipa::path(post, path = "/api/v1/auth/verify", tag = "auth", request_body = Code, responses(
    (status = 200, description = "Signed in", body = Tokens),
    (status = 422, description = "The code is not right, or a field is missing", body = Problem)))]
pub(super) async fn verify(
    State(app): State<App>,
    client: Client,
    ApiJson(form): ApiJson<Code>,
) -> Result<Response, ApiError> {
    let outcome = flow::verify(&app, &client, &form.email, &form.ticket, &form.code).await?;
    go_on(&app, &client, outcome, None).await
}

/// Signs in
#[utoipa::path(post, path = "/api/v1/auth/token", tag = "auth", request_body = Credentials, responses(
    (status = 200, description = "Signed in", body = Tokens,
        links(("refresh" = (operation_id = "refresh", request_body = json!({"refresh_token": "$response.body#/refresh_token"}))))),
    (status = 401, description = "Address or password is wrong, or the second factor is missing", body = Problem)))]
pub(super) async fn token(
    State(app): State<App>,
    client: Client,
    ApiJson(form): ApiJson<Credentials>,
) -> Result<Response, ApiError> {
    let outcome = flow::log_in(&app, &client, &form.email, &form.password).await?;
    go_on(&app, &client, outcome, form.second_factor).await
}

async fn go_on(
    app: &App,
    client: &Client,
    outcome: LogIn,
    second_factor: Option<String>,
) -> Result<Response, ApiError> {
    match outcome {
        LogIn::Right(account) => start(app, client, &account).await,
        LogIn::NeedsFactor(account) => {
            let code = second_factor.ok_or(AccountError::FactorMissing)?;
            factors::check(app, client, &account, &code).await?;
            start(app, client, &account).await
        }
    }
}

/// Gets the next pair of tokens
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "auth", request_body = RefreshToken, responses(
    (status = 200, description = "The next pair", body = Tokens),
    (status = 401, description = "The token is used, too old or unknown", body = Problem)))]
pub(super) async fn refresh(
    State(app): State<App>,
    ApiJson(form): ApiJson<RefreshToken>,
) -> Result<Response, ApiError> {
    let now = app.now();
    let hash = secrets::sha256_hex(form.refresh_token.as_bytes());
    let mut tx = app.store.begin().await?;
    let session = match sessions::use_refresh(&mut tx, &hash, now).await? {
        Refresh::Good(session) => session,
        Refresh::Reused(session) => {
            // Somebody has a copy: nobody goes on with this session.
            sessions::revoke(&mut tx, &session, now).await?;
            tx.commit().await?;
            return Err(ApiError(Public::sign_in()));
        }
        Refresh::Unknown => return Err(ApiError(Public::sign_in())),
    };
    let found = sessions::find_api(&mut tx, &session, now).await?;
    let Some((_, account)) = found else { return Err(ApiError(Public::sign_in())) };
    tx.commit().await?;
    tokens_of(&app, &account.id, &session).await
}

/// Ends the session
#[utoipa::path(post, path = "/api/v1/auth/log-out", tag = "auth", responses(
    (status = 204, description = "Ended; its tokens are of no use any more")))]
pub(super) async fn log_out(State(app): State<App>, session: Current) -> Result<StatusCode, ApiError> {
    sign_ins::close(&app, &session.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn start(app: &App, client: &Client, account: &Account) -> Result<Response, ApiError> {
    let session = sign_ins::open_api(app, client, account).await?;
    tokens_of(app, &account.id, &session).await
}

async fn tokens_of(app: &App, account: &AccountId, session: &SessionId) -> Result<Response, ApiError> {
    let now = app.now();
    let refresh_token = secrets::fresh(app);
    let mut tx = app.store.begin().await?;
    let hash = secrets::sha256_hex(refresh_token.as_bytes());
    sessions::save_refresh(&mut tx, &hash, session, now, now + tokens::REFRESH).await?;
    tx.commit().await?;
    let access_token = tokens::issue(app, &tokens::Claims { account: account.clone(), session: session.clone() })?;
    let tokens = Tokens { token_type: "Bearer", access_token, expires_in: tokens::ACCESS.as_secs(), refresh_token };
    Ok((no_store(), Json(tokens)).into_response())
}

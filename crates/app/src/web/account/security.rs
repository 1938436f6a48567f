//! The security page: password, second factors, sign-ins.

use crate::app::App;
use crate::mail::Notice;
use crate::texts::{self, filters, t};
use crate::web::access::{Current, Holder, Owned, SignedIn};
use crate::web::account::device::{Client, in_words};
use crate::web::account::factor::{Code, Onward, codes_page, of_first_code};
use crate::web::account::factors::{self, Offered};
use crate::web::account::flow::{self, AccountError};
use crate::web::account::passkeys::{self, Answered, Asked};
use crate::web::account::{notices, tabs};
use crate::web::api_json::ApiJson;
use crate::web::errors::{ApiError, Explain, PageError, Public, no_store};
use crate::web::page_form::{PageForm, Wrong};
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::{PasskeyId, SessionId};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use store::accounts::Account;
use store::factors::{Factors, StoredPasskey};
use store::sessions::{self, SessionKind};
use store::views::View;

/// How many of the times that staff looked are shown.
const MOST_VIEWS: i64 = 20;
/// The page's address.
const HERE: &str = "/account/security";

#[derive(Deserialize)]
pub(super) struct NewPassword {
    #[serde(default)]
    password: String,
}

/// A sign-in in the list.
struct SignIn {
    id: SessionId,
    what: String,
    /// Where it is, since when, and when it was seen.
    life: String,
    is_this: bool,
}

/// A passkey in the list.
struct Passkey {
    id: PasskeyId,
    name: String,
    /// Since when it is there, and when it was used.
    life: String,
}

#[derive(Template)]
#[template(path = "web/account/security.html")]
struct SecurityPage {
    frame: Frame,
    tabs: tabs::Tabs,
    email: String,
    /// Whether the last proof of who this is counts for changes.
    confirmed: bool,
    shortest: usize,
    factors: Factors,
    passkeys: Vec<Passkey>,
    passkeys_possible: bool,
    sign_ins: Vec<SignIn>,
    /// When staff saw the shop as this customer does, newest first.
    views: Vec<String>,
    problem: Option<String>,
    wrong: Wrong,
    done: Option<Cow<'static, str>>,
}

#[derive(Template)]
#[template(path = "web/account/app.html")]
struct AppPage {
    frame: Frame,
    offered: Offered,
    problem: Option<String>,
}

/// `GET /account/security`
pub(super) async fn show(State(app): State<App>, signed_in: SignedIn, session: Current) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &session, Shown::default()).await
}

/// What the page says besides.
#[derive(Default)]
struct Shown {
    problem: Option<Public>,
    wrong: Wrong,
    done: Option<Cow<'static, str>>,
}

async fn page(app: &App, account: &Account, session: &Current, shown: Shown) -> Result<Response, PageError> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let sign_ins = sessions::list(&mut db, &account.id, now).await?;
    let factors = store::factors::of(&mut db, &account.id).await?;
    let passkeys = store::factors::list_passkeys(&mut db, &account.id).await?;
    let views = store::views::list_of(&mut db, &account.id, MOST_VIEWS).await?;
    drop(db);
    let sign_in = |one: sessions::Session| SignIn {
        is_this: one.id == session.id,
        what: match one.kind {
            SessionKind::Browser => in_words(&one.user_agent),
            SessionKind::Api => texts::with("security-api", &[("browser", in_words(&one.user_agent).into())]),
        },
        life: texts::with(
            "security-sign-in",
            &[
                ("address", one.address.into()),
                ("since", texts::day(one.created_at).into()),
                ("seen", texts::ago(one.seen_at, now).into()),
            ],
        ),
        id: one.id,
    };
    let passkey = |one: StoredPasskey| Passkey {
        id: one.id,
        name: one.name,
        life: match one.used_at {
            Some(at) => {
                let used = texts::ago(at, now);
                let since = texts::day(one.created_at);
                texts::with("security-passkey-used", &[("since", since.into()), ("used", used.into())])
            }
            None => texts::with("security-passkey-unused", &[("since", texts::day(one.created_at).into())]),
        },
    };
    let status = shown.problem.as_ref().map_or(StatusCode::OK, |public| public.status);
    let page = SecurityPage {
        frame: Frame::new(app, Some(account), HERE, t("account-security")),
        tabs: tabs::Tabs::at(HERE),
        email: account.email.clone(),
        confirmed: session.is_confirmed(now),
        shortest: flow::shortest_password(account),
        factors,
        passkeys: passkeys.into_iter().map(passkey).collect(),
        passkeys_possible: passkeys::are_possible(app),
        sign_ins: sign_ins.into_iter().map(sign_in).collect(),
        views: views.into_iter().map(|view| seen_by_staff(&view, now)).collect(),
        problem: shown.problem.as_ref().filter(|_| shown.wrong.0.is_none()).map(wording::refusal),
        wrong: shown.wrong,
        done: shown.done,
    };
    frame::show_private(status, &page)
}

/// When staff saw the shop as the customer does, in words. Who it was is between them and the shop; the audit log knows.
fn seen_by_staff(view: &View, now: Timestamp) -> String {
    let over = view.ended_at.unwrap_or(view.until);
    let values = [("from", texts::day_and_time(view.began_at).into()), ("to", texts::time(over).into())];
    texts::with(if over > now { "security-view-lasts" } else { "security-view" }, &values)
}

/// The page after an act: what was done, by the name of its text, or why not.
async fn after(
    app: &App,
    account: &Account,
    session: &Current,
    outcome: Result<(), AccountError>,
    done: &'static str,
) -> Result<Response, PageError> {
    match outcome {
        Ok(()) => page(app, account, session, Shown { done: Some(t(done)), ..Shown::default() }).await,
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => {
            let shown = Shown { problem: Some(error.public()), wrong: error.beside(), done: None };
            page(app, account, session, shown).await
        }
    }
}

/// `POST /account/password`
pub(super) async fn change_password(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    session: Current,
    PageForm(form): PageForm<NewPassword>,
) -> Result<Response, PageError> {
    match flow::change_password(&app, &client, &signed_in.account, &session.id, &form.password).await {
        Ok(account) => {
            let jar = super::sessions::renew(&app, &client, &account, &session).await?;
            let done = Some(t("security-password-changed"));
            let shown = page(&app, &account, &session, Shown { done, ..Shown::default() }).await?;
            Ok((jar, shown).into_response())
        }
        Err(error) => after(&app, &signed_in.account, &session, Err(error), "security-password-changed").await,
    }
}

/// `POST /account/app`: shows what an app needs.
pub(super) async fn offer_app(State(app): State<App>, signed_in: SignedIn) -> Result<Response, PageError> {
    factors::prepare(&app, &signed_in.account.id).await?;
    app_page(&app, &signed_in.account, None).await
}

async fn app_page(app: &App, account: &Account, problem: Option<Public>) -> Result<Response, PageError> {
    let status = problem.as_ref().map_or(StatusCode::OK, |public| public.status);
    let Some(offered) = factors::offer(app, account).await? else {
        return Ok((no_store(), Redirect::to(HERE)).into_response());
    };
    let frame = Frame::new(app, Some(account), HERE, t("app-title"));
    let page = AppPage { frame, offered, problem: problem.as_ref().map(wording::refusal) };
    frame::show_private(status, &page)
}

/// `POST /account/app/confirm`: the app's first code.
pub(super) async fn confirm_app(
    State(app): State<App>,
    client: Client,
    holder: Holder,
    PageForm(form): PageForm<Code>,
) -> Result<Response, PageError> {
    match factors::confirm(&app, &client, &holder.account, &form.code).await {
        Ok(codes) => {
            let jar = super::sessions::renew_alone(&app, &client, &holder.account, &holder.session).await?;
            let shown = match codes {
                Some(codes) => codes_page(&app, &holder, codes, HERE.to_owned())?,
                None => (no_store(), Redirect::to(HERE)).into_response(),
            };
            Ok((jar, shown).into_response())
        }
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => app_page(&app, &holder.account, Some(of_first_code(&error))).await,
    }
}

/// `POST /account/app/remove`
pub(super) async fn remove_app(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    session: Current,
) -> Result<Response, PageError> {
    let outcome = factors::remove(&app, &client, &signed_in.account).await;
    after(&app, &signed_in.account, &session, outcome, "security-app-removed").await
}

/// `POST /account/recovery-codes`: makes new ones and shows them once.
pub(super) async fn new_recovery_codes(
    State(app): State<App>,
    client: Client,
    holder: Holder,
) -> Result<Response, PageError> {
    let account = &holder.account;
    let mut tx = app.store.begin().await?;
    if !store::factors::of(&mut tx, &account.id).await?.any() {
        return Ok((no_store(), Redirect::to(HERE)).into_response());
    }
    let codes = factors::make_recovery_codes(&app, &mut tx, &account.id).await?;
    let cause = format!("codes:{}", app.now().as_microsecond());
    notices::tell(&app, &mut tx, &client, &account.id, Notice::RecoveryCodesMade, &cause).await?;
    tx.commit().await?;
    app.nudge();
    codes_page(&app, &holder, codes, HERE.to_owned())
}

/// `POST /account/passkeys/begin`
pub(super) async fn begin_passkey(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Asked>, ApiError> {
    Ok(Json(passkeys::begin_registration(&app, &signed_in.account).await?))
}

/// `POST /account/passkeys/finish`
pub(super) async fn finish_passkey(
    State(app): State<App>,
    client: Client,
    holder: Holder,
    ApiJson(answer): ApiJson<Answered>,
) -> Result<Response, ApiError> {
    let codes = passkeys::finish_registration(&app, &client, &holder.account, answer).await?;
    let jar = super::sessions::renew_alone(&app, &client, &holder.account, &holder.session).await?;
    Ok((jar, no_store(), Json(Onward { next: HERE.to_owned(), codes })).into_response())
}

/// `POST /account/passkeys/{passkey}/remove`
pub(super) async fn remove_passkey(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    session: Current,
    passkey: Owned<StoredPasskey>,
) -> Result<Response, PageError> {
    let outcome = passkeys::remove(&app, &client, &signed_in.account, &passkey.id).await;
    after(&app, &signed_in.account, &session, outcome, "security-passkey-removed").await
}

/// `POST /account/sessions/{session}/end`
pub(super) async fn end_session(
    State(app): State<App>,
    session: Owned<sessions::Session>,
) -> Result<Response, PageError> {
    super::sessions::close(&app, &session.id).await?;
    Ok((no_store(), Redirect::to(HERE)).into_response())
}

/// `POST /account/sessions/end-others`
pub(super) async fn end_other_sessions(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Current,
) -> Result<Response, PageError> {
    let mut tx = app.store.begin().await?;
    sessions::revoke_others(&mut tx, &signed_in.account.id, &session.id, app.now()).await?;
    tx.commit().await?;
    Ok((no_store(), Redirect::to(HERE)).into_response())
}

//! Who somebody is here: the name that they are called by, and their address, which is changed by a code from the new mailbox.

use crate::app::App;
use crate::config::is_email;
use crate::mail::{self, Message};
use crate::texts::{filters, t};
use crate::web::access::{Current, SignedIn};
use crate::web::account::device::Client;
use crate::web::account::flow::{self, AccountError, CODE, CODE_TRIES};
use crate::web::account::tabs::Tabs;
use crate::web::errors::{Explain, PageError, no_store};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::secrets;
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use crate::web::throttle::{self, Try};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;
use store::accounts::{self, Account, email_key};
use store::email_changes::{self, EmailChange};
use store::{Db, StoreError, audit, retention};

/// The page's address.
const HERE: &str = "/account/profile";

#[derive(Template)]
#[template(path = "web/account/profile.html")]
struct ProfilePage {
    frame: Frame,
    tabs: Tabs,
    /// What stands in the fields.
    name: String,
    email: String,
    wanted: String,
    /// The address that waits for its code.
    pending: Option<String>,
    confirmed: bool,
    /// What is wrong, beside the form that it is about.
    name_problem: Option<String>,
    email_problem: Option<String>,
    code_problem: Option<String>,
    done: Option<Cow<'static, str>>,
}

/// What came of the last form.
#[derive(Default)]
struct Shown {
    name: Option<String>,
    wanted: String,
    name_problem: Option<String>,
    email_problem: Option<String>,
    code_problem: Option<String>,
    done: Option<Cow<'static, str>>,
    status: StatusCode,
}

/// What the address says was done.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    done: String,
}

/// `GET /account/profile`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Current,
    PageQuery(asked): PageQuery<Asked>,
) -> Result<Response, PageError> {
    let done = match asked.done.as_str() {
        "name" => Some(t("profile-name-saved")),
        "sent" => Some(t("profile-code-sent")),
        "email" => Some(t("profile-email-changed")),
        "forgotten" => Some(t("profile-forgotten")),
        _ => None,
    };
    page(&app, &signed_in.account, &session, Shown { done, ..Shown::default() }).await
}

async fn page(app: &App, account: &Account, session: &Current, shown: Shown) -> Result<Response, PageError> {
    let now = app.now();
    let pending = email_changes::find(&mut *app.store.read().await?, &account.id, now).await?;
    let page = ProfilePage {
        frame: Frame::new(app, Some(account), HERE, t("account-profile")),
        tabs: Tabs::at(HERE),
        name: shown.name.unwrap_or_else(|| account.display_name.clone()),
        email: account.email.clone(),
        wanted: shown.wanted,
        pending: pending.map(|change| change.email),
        confirmed: session.is_confirmed(now),
        name_problem: shown.name_problem,
        email_problem: shown.email_problem,
        code_problem: shown.code_problem,
        done: shown.done,
    };
    frame::show_private(shown.status, &page)
}

fn back(done: &str) -> Response {
    (no_store(), Redirect::to(&format!("{HERE}?done={done}"))).into_response()
}

/// A name.
#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    name: String,
}

/// `POST /account/profile`
pub(super) async fn rename(
    State(app): State<App>,
    signed_in: SignedIn,
    session: Current,
    PageForm(form): PageForm<Named>,
) -> Result<Response, PageError> {
    let account = &signed_in.account;
    match flow::check_name(&form.name, &account.email) {
        Ok(name) => {
            let mut tx = app.store.begin().await?;
            accounts::set_display_name(&mut tx, &account.id, &name).await?;
            tx.commit().await?;
            Ok(back("name"))
        }
        Err(problem) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let shown = Shown { name: Some(form.name), name_problem: Some(problem), status, ..Shown::default() };
            page(&app, account, &session, shown).await
        }
    }
}

/// An address.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    email: String,
}

/// `POST /account/email`: sends a code to the wanted address. Whether somebody else has it is not said here: its owner is told.
pub(super) async fn ask(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    session: Current,
    PageForm(form): PageForm<Wanted>,
) -> Result<Response, PageError> {
    let account = &signed_in.account;
    let email = form.email.trim();
    let begun = match (is_email(email), email_key(email) == email_key(&account.email)) {
        (true, false) => begin(&app, &client, account, email).await,
        (true, true) => Err(wrong(t("profile-same"))),
        (false, _) => Err(wrong(t("error-email"))),
    };
    let (status, problem) = match begun {
        Ok(()) => return Ok(back("sent")),
        Err(AccountError::Other(error)) => return Err(error.into()),
        Err(AccountError::Field { problem, .. }) => (StatusCode::UNPROCESSABLE_ENTITY, problem),
        Err(error) => (error.public().status, wording::refusal(&error.public())),
    };
    let shown = Shown { wanted: form.email, email_problem: Some(problem), status, ..Shown::default() };
    page(&app, account, &session, shown).await
}

fn wrong(problem: Cow<'static, str>) -> AccountError {
    AccountError::Field { field: "email", problem: problem.into_owned() }
}

async fn begin(app: &App, client: &Client, account: &Account, email: &str) -> Result<(), AccountError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let what = Try::Mail { email, why: throttle::Mail::Change };
    if let Err(until) = throttle::take(app, &mut tx, client, what).await? {
        tx.commit().await?;
        return Err(AccountError::wait(app, until, what));
    }
    let code = app.random.six_digits();
    let change = EmailChange {
        account: account.id.clone(),
        email: email.to_owned(),
        code_hash: hash(account, email, &code),
        tries: 0,
        expires_at: now + CODE,
    };
    email_changes::begin(&mut tx, &change).await?;
    let cause = mail::cause(now);
    match accounts::find_by_email(&mut tx, email).await? {
        Some(owner) if owner.email_verified_at.is_some() => {
            let known = Message::KnownAddress { login: app.site_url("/login"), reset: app.site_url("/reset") };
            mail::put(app, &mut tx, &known, &owner.id, (owner.id.as_str(), &cause)).await?;
        }
        Some(_) | None => {
            let message = Message::ChangeEmail { code, email: email.to_owned() };
            mail::put(app, &mut tx, &message, &account.id, (account.id.as_str(), &cause)).await?;
        }
    }
    tx.commit().await?;
    app.nudge();
    Ok(())
}

/// A code is good for one account and one address.
fn hash(account: &Account, email: &str, code: &str) -> String {
    secrets::code_hash(&format!("email:{}:{}", account.id, email_key(email)), code)
}

/// The code from the new mailbox.
#[derive(Deserialize)]
pub(super) struct Code {
    #[serde(default)]
    code: String,
}

/// `POST /account/email/confirm`
pub(super) async fn confirm(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    session: Current,
    PageForm(form): PageForm<Code>,
) -> Result<Response, PageError> {
    let account = &signed_in.account;
    let typed: String = form.code.chars().filter(char::is_ascii_digit).collect();
    let mut tx = app.store.begin().await?;
    let changed = match prove(&app, &mut tx, &client, account, &typed).await {
        // Somebody proved the same address at this moment.
        Err(StoreError::Taken { .. }) => false,
        outcome => {
            let changed = outcome?;
            // Also a wrong try is written down.
            tx.commit().await?;
            changed
        }
    };
    if changed {
        app.nudge();
        return Ok(back("email"));
    }
    let problem = t("profile-code-wrong").into_owned();
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    page(&app, account, &session, Shown { code_problem: Some(problem), status, ..Shown::default() }).await
}

/// Changes the address if the code is right and nobody else proved it before.
async fn prove(app: &App, db: &mut Db, client: &Client, account: &Account, code: &str) -> Result<bool, StoreError> {
    let now = app.now();
    let Some(change) = email_changes::count_try(&mut *db, &account.id, now).await? else { return Ok(false) };
    if change.tries > CODE_TRIES || change.code_hash != hash(account, &change.email, code) {
        return Ok(false);
    }
    if let Some(other) = accounts::find_by_email(&mut *db, &change.email).await? {
        // Somebody typed the address at a sign-up and never proved it: the mailbox's owner has.
        if other.email_verified_at.is_some() || !retention::remove_unproven(&mut *db, &other.id).await? {
            return Ok(false);
        }
    }
    email_changes::carry_out(&mut *db, &change, now).await?;
    let id = account.id.as_str();
    audit::record(&mut *db, &app.id(), id, "account.email", id, &json!({}), now).await?;
    mail::address_changed(app, db, account, (client.words(), client.address.0.to_string())).await?;
    Ok(true)
}

/// `POST /account/email/forget`
pub(super) async fn forget(State(app): State<App>, signed_in: SignedIn) -> Result<Response, PageError> {
    let mut tx = app.store.begin().await?;
    email_changes::remove(&mut tx, &signed_in.account.id).await?;
    tx.commit().await?;
    Ok(back("forgotten"))
}

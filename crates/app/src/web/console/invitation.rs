//! Accepting an invitation: a name, a password, and then a second factor.

use crate::app::App;
use crate::mail::Notice;
use crate::texts::{filters, t};
use crate::web::account::device::Client;
use crate::web::account::flow;
use crate::web::account::{factors, notices, sessions};
use crate::web::console::words;
use crate::web::errors::{PageError, Public};
use crate::web::page_form::PageForm;
use crate::web::storefront::frame::{self, Frame};
use crate::web::{passwords, secrets};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::AccountId;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;
use store::accounts::{self, NewAccount};
use store::invitations::{self, Invitation};
use store::{Db, StoreError, api_keys, audit, erasures, sessions as rows};

#[derive(Deserialize)]
pub(super) struct Accept {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

#[derive(Template)]
#[template(path = "web/console/invitation.html")]
struct InvitationPage {
    frame: Frame,
    secret: String,
    email: String,
    role: Cow<'static, str>,
    name: String,
    shortest: usize,
    problem: Option<String>,
}

async fn find(app: &App, secret: &str) -> Result<Invitation, PageError> {
    let hash = secrets::sha256_hex(secret.as_bytes());
    let found = invitations::find(&mut *app.store.read().await?, &hash, app.now()).await?;
    found.ok_or_else(dead)
}

fn dead() -> PageError {
    PageError(Public::new(StatusCode::GONE, "dead_link", t("error-invitation"), t("error-invitation-text")))
}

/// `GET /invitation/{secret}`
pub(super) async fn show(State(app): State<App>, Path(secret): Path<String>) -> Result<Response, PageError> {
    let invitation = find(&app, &secret).await?;
    page(&app, secret, &invitation, String::new(), None)
}

fn page(
    app: &App,
    secret: String,
    invitation: &Invitation,
    name: String,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = InvitationPage {
        frame: Frame::new(app, None, "", t("invitation-title")),
        secret,
        email: invitation.email.clone(),
        role: words::of_role(invitation.role),
        name,
        shortest: passwords::SHORTEST_FOR_STAFF,
        problem,
    };
    frame::show_private(status, &page)
}

/// `POST /invitation/{secret}`: makes the account, or gives the one of this address its role; then the second factor follows.
/// The link went to the mailbox alone, or came from the host: an account that is there already gets the new password, as by a reset.
pub(super) async fn accept(
    State(app): State<App>,
    client: Client,
    Path(secret): Path<String>,
    PageForm(form): PageForm<Accept>,
) -> Result<Response, PageError> {
    let invitation = find(&app, &secret).await?;
    let email = invitation.email.as_str();
    if let Some(problem) = passwords::problem(&form.password, email, passwords::SHORTEST_FOR_STAFF) {
        return page(&app, secret, &invitation, form.name, Some(problem));
    }
    let name = match flow::check_name(&form.name, email) {
        Ok(name) => name,
        Err(problem) => return page(&app, secret, &invitation, form.name, Some(problem)),
    };
    let hash = app.hashers.hash(&form.password, app.random.bytes()).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if !invitations::accept(&mut tx, &invitation.id, now).await? {
        return Err(dead());
    }
    if !still_stands(&mut tx, &invitation).await? {
        return Err(dead());
    }
    let known = match accounts::find_by_email(&mut tx, email).await? {
        Some(account) => accounts::lock(&mut tx, &account.id).await?,
        None => None,
    };
    let id = match &known {
        // Changed in the console, not by an old letter.
        Some(account) if account.role.is_staff() => return Err(dead()),
        Some(account) if erasures::find(&mut tx, &account.id).await?.is_some() => {
            let (title, text) = (t("error-invited-erasure"), t("error-invited-erasure-text"));
            return Err(PageError(Public::new(StatusCode::CONFLICT, "erasure", title, text)));
        }
        Some(account) => {
            accounts::set_password(&mut tx, &account.id, &hash).await?;
            accounts::set_role(&mut tx, &account.id, invitation.role).await?;
            rows::revoke_all(&mut tx, &account.id, now).await?;
            api_keys::revoke_all(&mut tx, &account.id, now).await?;
            store::factors::forget_offer(&mut tx, &account.id).await?;
            rows::end_resets(&mut tx, &account.id, now).await?;
            let cause = invitation.id.as_str();
            notices::tell(&app, &mut tx, &client, &account.id, Notice::RoleChanged, cause).await?;
            notices::tell(&app, &mut tx, &client, &account.id, Notice::PasswordReset, cause).await?;
            account.id.clone()
        }
        None => {
            let id: AccountId = app.id();
            let role = invitation.role;
            let new = NewAccount { id: &id, email, password_hash: &hash, display_name: &name, role, smoke: false };
            accounts::create(&mut tx, &new, now).await?;
            id
        }
    };
    accounts::verify_email(&mut tx, &id, now).await?;
    let detail = json!({
        "role": invitation.role.key(), "invitation": invitation.id, "invited_by": invitation.invited_by,
        "was_customer": known.is_some(),
    });
    audit::record(&mut tx, &app.id(), id.as_str(), "staff.join", id.as_str(), &detail, now).await?;
    let account = accounts::find(&mut tx, &id).await?.ok_or_else(PageError::not_found)?;
    tx.commit().await?;
    app.nudge();
    factors::prepare(&app, &id).await?;
    let jar = sessions::open_half(&app, &client, &account).await?;
    Ok((jar, Redirect::to("/login/factor?next=%2Fconsole")).into_response())
}

/// Whether whoever invited may still give that role.
async fn still_stands(db: &mut Db, invitation: &Invitation) -> Result<bool, StoreError> {
    // Whoever has the host has everything.
    if invitation.invited_by == "cli" {
        return Ok(true);
    }
    let Ok(inviter) = AccountId::parse(&invitation.invited_by) else { return Ok(false) };
    Ok(accounts::lock(db, &inviter).await?.is_some_and(|account| account.role.may_grant(invitation.role)))
}

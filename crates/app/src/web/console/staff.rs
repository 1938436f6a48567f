//! Who works here: roles, invitations, and the end of somebody's access. Nobody hands out or takes away more than they have, nobody
//! changes themselves, and the last owner stays.

use crate::app::App;
use crate::config::is_email;
use crate::mail::{self, Notice};
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::nav::Nav;
use crate::web::console::words;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::PageForm;
use crate::web::secrets;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Role;
use domain::ids::{AccountId, InvitationId};
use http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;
use store::accounts::{self, Account};
use store::invitations::{self, Invitation};
use store::{StoreError, audit, sessions};

/// The page's address.
const HERE: &str = "/console/staff";
/// How long an invitation is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(72);

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Invite {
    email: String,
    role: String,
}

#[derive(Deserialize)]
pub(super) struct NewRole {
    #[serde(default)]
    role: String,
}

struct Member {
    id: AccountId,
    name: String,
    email: String,
    role: Role,
    role_name: Cow<'static, str>,
    /// Whether the visitor may change this one.
    changeable: bool,
}

struct Invited {
    id: InvitationId,
    email: String,
    role: Cow<'static, str>,
    ends: String,
}

/// A role with what it may do.
struct RoleCard {
    role: Role,
    name: Cow<'static, str>,
    permissions: Vec<Cow<'static, str>>,
    grantable: bool,
}

#[derive(Template)]
#[template(path = "web/console/staff.html")]
struct StaffPage {
    frame: Frame,
    nav: Nav,
    members: Vec<Member>,
    invited: Vec<Invited>,
    roles: Vec<RoleCard>,
    notice: Option<String>,
    problem: Option<String>,
    typed: Invite,
    email_problem: Option<String>,
}

#[derive(Default)]
struct Shown {
    notice: Option<String>,
    problem: Option<Cow<'static, str>>,
    /// What was typed and not taken.
    typed: Invite,
    /// What is wrong with the address.
    email_problem: Option<Cow<'static, str>>,
}

/// `GET /console/staff`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    page(&app, &staff.account, Shown::default()).await
}

async fn page(app: &App, visitor: &Account, shown: Shown) -> Result<Response, PageError> {
    let mut db = app.store.read().await?;
    let members = accounts::list_staff(&mut db).await?;
    let open = invitations::list_open(&mut db, app.now()).await?;
    drop(db);
    let member = |account: Account| Member {
        changeable: account.id != visitor.id && visitor.role.may_grant(account.role),
        id: account.id,
        name: account.display_name,
        email: account.email,
        role: account.role,
        role_name: words::of_role(account.role),
    };
    let invited = |one: Invitation| Invited {
        id: one.id,
        email: one.email,
        role: words::of_role(one.role),
        ends: texts::day_and_time(one.expires_at),
    };
    let card = |role: Role| RoleCard {
        role,
        name: words::of_role(role),
        permissions: role.permissions().iter().copied().map(words::of_permission).collect(),
        grantable: visitor.role.may_grant(role),
    };
    let status = if shown.problem.is_some() || shown.email_problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = StaffPage {
        frame: Frame::new(app, Some(visitor), "/console", t("staff-title")),
        nav: Nav::new(visitor.role, HERE),
        members: members.into_iter().map(member).collect(),
        invited: open.into_iter().map(invited).collect(),
        roles: Role::STAFF.map(card).into_iter().collect(),
        notice: shown.notice,
        problem: shown.problem.map(Cow::into_owned),
        typed: shown.typed,
        email_problem: shown.email_problem.map(Cow::into_owned),
    };
    frame::show_private(status, &page)
}

/// `POST /console/staff/invite`
pub(super) async fn invite(
    State(app): State<App>,
    staff: Staff,
    PageForm(form): PageForm<Invite>,
) -> Result<Response, PageError> {
    let visitor = &staff.account;
    let refuse = async |problem| {
        let typed = Invite { email: form.email.clone(), role: form.role.clone() };
        page(&app, visitor, Shown { problem: Some(problem), typed, ..Shown::default() }).await
    };
    let email = form.email.trim();
    if !is_email(email) {
        let email_problem = Some(t("staff-problem-email"));
        return page(&app, visitor, Shown { email_problem, typed: form, ..Shown::default() }).await;
    }
    let Some(role) = Role::find(&form.role).filter(|role| visitor.role.may_grant(*role)) else {
        return refuse(t("staff-problem-role")).await;
    };
    let by = Inviter { id: visitor.id.as_str(), role: visitor.role };
    let made = match make(&app, by, email, role).await? {
        Ok(made) => made,
        Err(refused) => return refuse(refused.in_words()).await,
    };
    // The link goes to the mailbox and nowhere else: whoever opens it has shown whose address it is.
    if let Err(error) = send(&app, &visitor.display_name, email, role, &made.link).await {
        tracing::warn!("An invitation could not be mailed: {error:#}");
        let mut tx = app.store.begin().await?;
        invitations::revoke(&mut tx, &made.id, app.now()).await?;
        tx.commit().await?;
        return refuse(t("staff-problem-mail")).await;
    }
    let notice = Some(texts::with("staff-invite-done", &[("email", email.into())]));
    page(&app, visitor, Shown { notice, ..Shown::default() }).await
}

/// Who invites.
#[derive(Debug, Clone, Copy)]
pub struct Inviter<'a> {
    /// An account's id, or `cli`.
    pub id: &'a str,
    /// What they may give.
    pub role: Role,
}

/// Why nobody is invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// They work here already.
    WorksHere,
    /// Somebody who may do more invited them to more.
    InvitedToMore,
}

impl Refused {
    /// For the person who invites.
    pub fn in_words(self) -> Cow<'static, str> {
        match self {
            Self::WorksHere => t("staff-problem-works-here"),
            Self::InvitedToMore => t("staff-problem-invited-to-more"),
        }
    }
}

/// An invitation that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub id: InvitationId,
    /// Where it is accepted; nobody sees it again.
    pub link: String,
}

/// Makes an invitation; an earlier one to the same address ends.
///
/// # Errors
/// The database did not answer.
pub async fn make(app: &App, by: Inviter<'_>, email: &str, role: Role) -> Result<Result<Made, Refused>, StoreError> {
    let secret = secrets::fresh(app);
    let now = app.now();
    let invitation = Invitation {
        id: app.id(),
        email: email.to_owned(),
        role,
        invited_by: by.id.to_owned(),
        created_at: now,
        expires_at: now + GOOD_FOR,
    };
    let mut tx = app.store.begin().await?;
    let known = accounts::find_by_email(&mut tx, email).await?;
    if known.is_some_and(|account| account.role.is_staff()) {
        return Ok(Err(Refused::WorksHere));
    }
    let open = invitations::list_open(&mut tx, now).await?;
    let same = |other: &&Invitation| accounts::email_key(&other.email) == accounts::email_key(email);
    if open.iter().filter(same).any(|other| !by.role.may_grant(other.role)) {
        return Ok(Err(Refused::InvitedToMore));
    }
    invitations::save(&mut tx, &invitation, &secrets::sha256_hex(secret.as_bytes())).await?;
    let detail = json!({"role": role.key()});
    audit::record(&mut tx, &app.id(), by.id, "staff.invite", invitation.id.as_str(), &detail, now).await?;
    tx.commit().await?;
    Ok(Ok(Made { id: invitation.id, link: app.site_url(&format!("/invitation/{secret}")) }))
}

async fn send(app: &App, inviter: &str, email: &str, role: Role, link: &str) -> anyhow::Result<()> {
    let letter = mail::invitation(mail::sender(app), role, inviter, link)?;
    app.mailer.send(&format!("inv-{}", app.random.word(24)), email, &letter).await
}

/// `POST /console/staff/{account}/role`
pub(super) async fn change_role(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    PageForm(form): PageForm<NewRole>,
) -> Result<Response, PageError> {
    let wanted = Role::find(&form.role).filter(|role| staff.account.role.may_grant(*role));
    let Some(role) = wanted else {
        let problem = Some(t("staff-problem-role"));
        return page(&app, &staff.account, Shown { problem, ..Shown::default() }).await;
    };
    set_role(&app, &staff.account, &id, role, "staff.role").await
}

/// `POST /console/staff/{account}/end`: the account stays, as a customer's.
pub(super) async fn end(State(app): State<App>, staff: Staff, Path(id): Path<String>) -> Result<Response, PageError> {
    set_role(&app, &staff.account, &id, Role::Customer, "staff.end").await
}

async fn set_role(app: &App, by: &Account, id: &str, role: Role, act: &str) -> Result<Response, PageError> {
    let id = AccountId::parse(id).map_err(|_| PageError::not_found())?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    // One change after the other: two owners who end each other at once would leave none.
    let owners = accounts::lock_owners(&mut tx).await?;
    let by = accounts::lock(&mut tx, &by.id).await?.ok_or_else(PageError::not_found)?;
    let account = accounts::lock(&mut tx, &id)
        .await?
        .filter(|account| account.role.is_staff())
        .ok_or_else(PageError::not_found)?;
    if account.id == by.id || !by.role.may_grant(account.role) || role.is_staff() && !by.role.may_grant(role) {
        let problem = Some(t("staff-problem-not-yours"));
        drop(tx);
        return page(app, &by, Shown { problem, ..Shown::default() }).await;
    }
    if account.role == Role::Owner && owners < 2 {
        let problem = Some(t("staff-problem-last-owner"));
        drop(tx);
        return page(app, &by, Shown { problem, ..Shown::default() }).await;
    }
    accounts::set_role(&mut tx, &id, role).await?;
    // What they could do until now ends at once, everywhere, and so does what they promised others.
    sessions::revoke_all(&mut tx, &id, now).await?;
    invitations::revoke_by_inviter(&mut tx, id.as_str(), now).await?;
    let detail = json!({"from": account.role.key(), "to": role.key()});
    audit::record(&mut tx, &app.id(), by.id.as_str(), act, id.as_str(), &detail, now).await?;
    let cause = format!("role:{}", now.as_microsecond());
    mail::security_notice(app, &mut tx, &id, Notice::RoleChanged, Default::default(), &cause).await?;
    tx.commit().await?;
    app.nudge();
    Ok((no_store(), Redirect::to(HERE)).into_response())
}

/// `POST /console/staff/invitations/{invitation}/revoke`
pub(super) async fn revoke_invitation(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = InvitationId::parse(&id).map_err(|_| PageError::not_found())?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let revoked = invitations::revoke(&mut tx, &id, now).await?.ok_or_else(PageError::not_found)?;
    if !staff.account.role.may_grant(revoked.role) {
        return Err(PageError::not_found());
    }
    let by = staff.account.id.as_str();
    audit::record(&mut tx, &app.id(), by, "staff.uninvite", id.as_str(), &json!({}), now).await?;
    tx.commit().await?;
    Ok((no_store(), Redirect::to(HERE)).into_response())
}

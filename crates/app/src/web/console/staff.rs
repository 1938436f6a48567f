//! Who works here: roles, invitations, and the end of somebody's access. Nobody hands out or takes away more than they have, nobody
//! changes themselves, and the last owner stays.

use crate::app::App;
use crate::config::is_email;
use crate::mail::{self, Notice};
use crate::web::access::Staff;
use crate::web::account::device::Client;
use crate::web::account::notices;
use crate::web::errors::{PageError, Public, no_store};
use crate::web::secrets;
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Role;
use domain::ids::{AccountId, InvitationId};
use http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use store::accounts::{self, Account};
use store::invitations::{self, Invitation};
use store::{Db, StoreError, audit, sessions};

/// The page's address.
const HERE: &str = "/console/staff";
/// How long an invitation is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(72);

#[derive(Deserialize)]
pub(super) struct Invite {
    #[serde(default)]
    email: String,
    #[serde(default)]
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
    /// Whether the visitor may change this one.
    changeable: bool,
}

struct Invited {
    id: InvitationId,
    email: String,
    role: &'static str,
    ends: String,
}

/// A role with what it may do.
struct RoleCard {
    role: Role,
    permissions: Vec<&'static str>,
    grantable: bool,
}

#[derive(Template)]
#[template(path = "web/console/staff.html")]
struct StaffPage {
    frame: Frame,
    members: Vec<Member>,
    invited: Vec<Invited>,
    roles: Vec<RoleCard>,
    /// The link of an invitation that was just made; it is not shown again.
    link: Option<String>,
    notice: Option<String>,
    problem: Option<String>,
}

#[derive(Default)]
struct Shown {
    link: Option<String>,
    notice: Option<String>,
    problem: Option<&'static str>,
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
    };
    let invited = |one: Invitation| Invited {
        id: one.id,
        email: one.email,
        role: one.role.label(),
        ends: wording::day_and_time(one.expires_at),
    };
    let card = |role: Role| RoleCard {
        role,
        permissions: role.permissions().iter().map(|permission| permission.words()).collect(),
        grantable: visitor.role.may_grant(role),
    };
    let status = if shown.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = StaffPage {
        frame: Frame::new(app, Some(visitor), "/console", "Staff"),
        members: members.into_iter().map(member).collect(),
        invited: open.into_iter().map(invited).collect(),
        roles: Role::STAFF.map(card).into_iter().collect(),
        link: shown.link,
        notice: shown.notice,
        problem: shown.problem.map(str::to_owned),
    };
    frame::show_private(status, &page)
}

/// `POST /console/staff/invite`
pub(super) async fn invite(
    State(app): State<App>,
    staff: Staff,
    Form(form): Form<Invite>,
) -> Result<Response, PageError> {
    let visitor = &staff.account;
    let refuse = async |problem| page(&app, visitor, Shown { problem: Some(problem), ..Shown::default() }).await;
    let email = form.email.trim();
    if !is_email(email) {
        return refuse("Write the address in the form name@example.net.").await;
    }
    let Some(role) = Role::find(&form.role).filter(|role| visitor.role.may_grant(*role)) else {
        return refuse("Choose a role that you may give: it cannot do more than yours.").await;
    };
    let known = accounts::find_by_email(&mut *app.store.read().await?, email).await?;
    if known.is_some_and(|account| account.role.is_staff()) {
        return refuse("This person works here already. Change their role in the list.").await;
    }
    let link = make(&app, visitor.id.as_str(), email, role).await?;
    let sent = send(&app, &visitor.display_name, email, role, &link).await;
    let notice = match sent {
        Ok(()) => format!("{email} is invited; the link was mailed. You can also hand it over yourself:"),
        Err(error) => {
            tracing::warn!("An invitation could not be mailed: {error:#}");
            format!("{email} is invited, but the mail could not be sent. Hand the link over yourself:")
        }
    };
    page(&app, visitor, Shown { link: Some(link), notice: Some(notice), problem: None }).await
}

/// Makes an invitation and returns its link, which nobody sees again.
///
/// # Errors
/// The database did not answer.
pub async fn make(app: &App, by: &str, email: &str, role: Role) -> Result<String, StoreError> {
    let secret = secrets::fresh(app);
    let now = app.now();
    let invitation = Invitation {
        id: app.id(),
        email: email.to_owned(),
        role,
        invited_by: by.to_owned(),
        created_at: now,
        expires_at: now + GOOD_FOR,
    };
    let mut tx = app.store.begin().await?;
    invitations::save(&mut tx, &invitation, &secrets::sha256_hex(secret.as_bytes())).await?;
    let detail = json!({"role": role.key()});
    audit::record(&mut tx, &app.id(), by, "staff.invite", invitation.id.as_str(), &detail, now).await?;
    tx.commit().await?;
    Ok(app.site_url(&format!("/invitation/{secret}")))
}

async fn send(app: &App, inviter: &str, email: &str, role: Role, link: &str) -> anyhow::Result<()> {
    let letter = mail::Invitation {
        shop: app.config.site.name.clone(),
        role: role.label(),
        inviter: inviter.to_owned(),
        link: link.to_owned(),
    };
    let (subject, text) = letter.subject_and_text()?;
    app.mailer.send(&format!("inv-{}", app.random.word(24)), email, &subject, &text).await
}

/// `POST /console/staff/{account}/role`
pub(super) async fn change_role(
    State(app): State<App>,
    client: Client,
    staff: Staff,
    Path(id): Path<String>,
    Form(form): Form<NewRole>,
) -> Result<Response, PageError> {
    let wanted = Role::find(&form.role).filter(|role| staff.account.role.may_grant(*role));
    let Some(role) = wanted else {
        let problem = Some("Choose a role that you may give: it cannot do more than yours.");
        return page(&app, &staff.account, Shown { problem, ..Shown::default() }).await;
    };
    set_role(&app, &client, &staff.account, &id, role, "staff.role").await
}

/// `POST /console/staff/{account}/end`: the account stays, as a customer's.
pub(super) async fn end(
    State(app): State<App>,
    client: Client,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    set_role(&app, &client, &staff.account, &id, Role::Customer, "staff.end").await
}

async fn set_role(
    app: &App,
    client: &Client,
    by: &Account,
    id: &str,
    role: Role,
    act: &str,
) -> Result<Response, PageError> {
    let missing = || PageError(Public::not_found());
    let id = AccountId::parse(id).map_err(|_| missing())?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let account = accounts::find(&mut tx, &id).await?.filter(|account| account.role.is_staff()).ok_or_else(missing)?;
    if account.id == by.id || !by.role.may_grant(account.role) {
        let problem = Some("You may not change this person: yourself, or somebody who may do more than you.");
        drop(tx);
        return page(app, by, Shown { problem, ..Shown::default() }).await;
    }
    if account.role == Role::Owner && owners(&mut tx).await? < 2 {
        let problem = Some("This is the last owner. Make somebody else owner first.");
        drop(tx);
        return page(app, by, Shown { problem, ..Shown::default() }).await;
    }
    accounts::set_role(&mut tx, &id, role).await?;
    // What they could do until now ends at once, everywhere.
    sessions::revoke_all(&mut tx, &id, now).await?;
    let detail = json!({"from": account.role.key(), "to": role.key()});
    audit::record(&mut tx, &app.id(), by.id.as_str(), act, id.as_str(), &detail, now).await?;
    let cause = format!("role:{}", now.as_microsecond());
    notices::tell(app, &mut tx, client, &id, Notice::RoleChanged, &cause).await?;
    tx.commit().await?;
    app.nudge();
    Ok((no_store(), Redirect::to(HERE)).into_response())
}

async fn owners(db: &mut Db) -> Result<usize, StoreError> {
    Ok(accounts::list_staff(db).await?.iter().filter(|account| account.role == Role::Owner).count())
}

/// `POST /console/staff/invitations/{invitation}/revoke`
pub(super) async fn revoke_invitation(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let missing = || PageError(Public::not_found());
    let id = InvitationId::parse(&id).map_err(|_| missing())?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let revoked = invitations::revoke(&mut tx, &id, now).await?.ok_or_else(missing)?;
    if !staff.account.role.may_grant(revoked.role) {
        return Err(missing());
    }
    let by = staff.account.id.as_str();
    audit::record(&mut tx, &app.id(), by, "staff.uninvite", id.as_str(), &json!({}), now).await?;
    tx.commit().await?;
    Ok((no_store(), Redirect::to(HERE)).into_response())
}

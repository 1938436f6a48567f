//! Opening, completing and ending sign-ins.

use crate::app::App;
use crate::mail::Notice;
use crate::web::account::device::{self, Client};
use crate::web::account::next::after_sign_in;
use crate::web::account::notices;
use crate::web::viewing::{self, End};
use crate::web::{cookies, secrets};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use domain::ids::SessionId;
use jiff::SignedDuration;
use store::StoreError;
use store::accounts::{self, Account};
use store::sessions::{self, NewSession, Session, SessionKind, Stage};
use store::views::Whose;

/// How long the second factor may take.
const HALF: SignedDuration = SignedDuration::from_mins(15);
/// Accounts that are younger than this are being made: their first sign-in is no news.
const MAKING: SignedDuration = SignedDuration::from_mins(30);

/// Signs a browser in, and remembers it. Returns the cookies.
///
/// # Errors
/// The database did not answer.
pub async fn open(app: &App, client: &Client, account: &Account) -> Result<CookieJar, StoreError> {
    let value = secrets::fresh(app);
    save(app, client, account, &value, SessionKind::Browser, Stage::Complete).await?;
    Ok(jar(app, client, account, value))
}

/// Remembers in a browser that the password was right; the second factor has to follow.
///
/// # Errors
/// The database did not answer.
pub async fn open_half(app: &App, client: &Client, account: &Account) -> Result<CookieJar, StoreError> {
    let value = secrets::fresh(app);
    save(app, client, account, &value, SessionKind::Browser, Stage::AwaitsFactor).await?;
    Ok(CookieJar::new().add(cookies::set(app, value)))
}

/// Opens a session behind API tokens.
///
/// # Errors
/// The database did not answer.
pub async fn open_api(app: &App, client: &Client, account: &Account) -> Result<SessionId, StoreError> {
    save(app, client, account, &secrets::fresh(app), SessionKind::Api, Stage::Complete).await
}

async fn save(
    app: &App,
    client: &Client,
    account: &Account,
    value: &str,
    kind: SessionKind,
    stage: Stage,
) -> Result<SessionId, StoreError> {
    let now = app.now();
    let id: SessionId = app.id();
    let lifetime = match stage {
        Stage::AwaitsFactor => HALF,
        Stage::Complete => cookies::LIFETIME,
    };
    let session = NewSession {
        id: &id,
        account: &account.id,
        token_hash: &secrets::sha256_hex(value.as_bytes()),
        kind,
        stage,
        user_agent: &client.user_agent,
        address: &client.address.0.to_string(),
        expires_at: now + lifetime,
    };
    let mut tx = app.store.begin().await?;
    // The password was looked at a while ago, for hashing takes turns: if anything about the account changed since, this sign-in is too late.
    let now_there = accounts::lock(&mut tx, &account.id).await?;
    let same = |there: &Account| {
        there.password_hash == account.password_hash && there.role == account.role && there.email_verified_at.is_some()
    };
    if !now_there.as_ref().is_some_and(same) {
        return Err(StoreError::Conflict { what: "the account" });
    }
    if let (SessionKind::Browser, Some(cookie)) = (kind, &client.session) {
        sessions::revoke_by_cookie(&mut tx, &secrets::sha256_hex(cookie.as_bytes()), now).await?;
    }
    sessions::open(&mut tx, &session, now).await?;
    if account.role.is_staff() {
        viewing::end(app, &mut tx, Whose::Staff(&account.id), End::SignIn).await?;
    }
    if stage == Stage::Complete {
        tell(app, &mut tx, client, account, id.as_str()).await?;
    }
    tx.commit().await?;
    app.nudge();
    Ok(id)
}

/// Tells of a sign-in with a browser that the account does not know.
async fn tell(
    app: &App,
    db: &mut store::Db,
    client: &Client,
    account: &Account,
    cause: &str,
) -> Result<(), StoreError> {
    let just_made = account.email_verified_at.is_none_or(|at| app.now().duration_since(at) < MAKING);
    if just_made || client.mark_at(app, account).is_some() {
        return Ok(());
    }
    notices::tell(app, db, client, &account.id, Notice::SignIn, cause).await
}

/// Like [`renew`], after a change of how the person signs in: all other sessions end, which were made without it.
///
/// # Errors
/// The database did not answer.
pub async fn renew_alone(
    app: &App,
    client: &Client,
    account: &Account,
    session: &Session,
) -> Result<Option<CookieJar>, StoreError> {
    let mut tx = app.store.begin().await?;
    sessions::revoke_others(&mut tx, &account.id, &session.id, app.now()).await?;
    tx.commit().await?;
    renew(app, client, account, session).await
}

/// Gives a browser's session another cookie, because the person just proved who they are; it is complete from now on, and lasts.
/// `None` when it has ended meanwhile.
///
/// # Errors
/// The database did not answer.
pub async fn renew(
    app: &App,
    client: &Client,
    account: &Account,
    session: &Session,
) -> Result<Option<CookieJar>, StoreError> {
    let value = secrets::fresh(app);
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let hash = secrets::sha256_hex(value.as_bytes());
    if !sessions::renew(&mut tx, &session.id, &hash, now, now + cookies::LIFETIME).await? {
        return Ok(None);
    }
    match session.stage {
        Stage::AwaitsFactor => tell(app, &mut tx, client, account, session.id.as_str()).await?,
        Stage::Complete => {}
    }
    tx.commit().await?;
    app.nudge();
    Ok(Some(jar(app, client, account, value)))
}

fn jar(app: &App, client: &Client, account: &Account, value: String) -> CookieJar {
    let jar = CookieJar::new().add(cookies::set(app, value));
    match client.mark_at(app, account) {
        Some(_) => jar,
        None => jar.add(cookies::set_device(app, device::cookie_value(app, account))),
    }
}

/// Remembers a browser without signing in: its owner just proved that the mailbox is theirs.
pub fn remember(app: &App, account: &Account) -> CookieJar {
    CookieJar::new().add(cookies::set_device(app, device::cookie_value(app, account)))
}

/// Cookies, and the way on.
pub(super) fn onward(jar: CookieJar, next: &str) -> Response {
    (jar, Redirect::to(after_sign_in(next))).into_response()
}

/// Ends a session.
///
/// # Errors
/// The database did not answer.
pub async fn close(app: &App, session: &SessionId) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    viewing::end(app, &mut tx, Whose::Session(session), End::SignOut).await?;
    sessions::revoke(&mut tx, session, app.now()).await?;
    tx.commit().await
}

//! Who is calling, and whether they may: the carrying out of the policies that routes declare.

use crate::app::App;
use crate::texts::{self, t};
use crate::web::errors::{ApiError, PageError, Public, no_store};
use crate::web::last_seen::Used;
use crate::web::registry::Policy;
use crate::web::viewing::{self, DuringView, Viewing};
use crate::web::{cookies, secrets, tokens};
use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::{Permission, Scope};
use domain::ids::{ApiKeyId, OrderId, PasskeyId, ServiceId, SessionId, TicketId};
use http::header::{AUTHORIZATION, HeaderMap};
use http::request::Parts;
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use std::convert::Infallible;
use std::ops::Deref;
use store::accounts::Account;
use store::api_keys::ApiKey;
use store::factors::StoredPasskey;
use store::orders::Purchase;
use store::services::Service;
use store::sessions::{Session, Stage};
use store::tickets::Ticket;
use store::{StoreError, accounts, api_keys, factors, orders, services, sessions, tickets};

/// Whom a route speaks with: it says how they sign in, and how they are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// A person with a browser: the cookie signs in, HTML answers; a visitor who has to sign in is led there.
    Page,
    /// The script of a page of ours: the cookie signs in, JSON answers, and errors are problem documents, which the script leads on
    /// from.
    Script,
    /// A program: a token or an API key signs in, JSON answers; errors are problem documents.
    Api,
}

/// Whoever looks at a public page.
#[derive(Debug, Clone, Default)]
pub struct Visitor(pub Option<Account>);

/// Somebody who is signed in, in a browser or through the API. A proof: only the policies make one.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub account: Account,
}

/// The session by which somebody calls; with an API key there is none. A proof: only the policies make one.
#[derive(Debug, Clone)]
pub struct Current(Session);

impl Current {
    /// Whether the person proved who they are so lately that it counts for what is dangerous.
    pub fn is_confirmed(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.0.confirmed_at);
        // A clock that was set back confirms nobody.
        age < CONFIRMED && age > -SKEW
    }
}

impl Deref for Current {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.0
    }
}

/// Somebody in a browser whose password was right, whether or not the second factor followed: for the pages on which it does. A
/// proof: only the policies make one.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Who.
    pub account: Account,
    /// By which session.
    pub session: Session,
}

/// Somebody of staff who may do what the route is for. A proof: only the policies make one.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Who.
    pub account: Account,
}

/// Something that is the caller's own. A proof: only the policies make one.
#[derive(Debug, Clone)]
pub struct Owned<T>(T);

impl<T> Owned<T> {
    /// The thing itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Owned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// The caller showed a smoke token. A proof: only the policies make one.
#[derive(Debug, Clone, Copy)]
pub struct SmokeToken;

/// Why somebody may not.
#[derive(Debug)]
pub enum Denied {
    /// Nobody is signed in, or the session has ended.
    SignIn,
    /// The second factor is missing.
    Factor,
    /// The sign-in is complete already.
    Complete,
    /// The person has to prove again that it is them.
    Confirm,
    /// Whoever sees the shop as a customer does sees neither this nor changes anything.
    Viewing,
    /// The API key is not for this.
    Scope(Option<Scope>),
    /// There is no such thing, or it is somebody else's: both look alike (A2).
    NotFound,
    /// It was not possible to find out.
    Store(StoreError),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Denied {
    /// The answer to a denied request. A browser that only looks is led to where it goes on.
    pub(super) fn answer(self, face: Face, request: &Request) -> Response {
        if face == Face::Page && matches!(*request.method(), Method::GET | Method::HEAD) {
            let back = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let to = |page: &str| (no_store(), Redirect::to(&with_next(page, back))).into_response();
            match self {
                Self::SignIn => return to("/login"),
                Self::Factor => return to("/login/factor"),
                Self::Confirm => return to("/confirm"),
                Self::Complete => return (no_store(), Redirect::to("/servers")).into_response(),
                Self::Viewing | Self::Scope(_) | Self::NotFound | Self::Store(_) => {}
            }
        }
        let confirm = matches!(self, Self::Confirm);
        let mut public = self.public();
        if confirm {
            public = public.onward(confirm_before(request.uri().path()), "error-confirm-onward");
        }
        match face {
            Face::Page => PageError(public).into_response(),
            Face::Script | Face::Api => ApiError(public).into_response(),
        }
    }

    fn public(self) -> Public {
        let forbidden = StatusCode::FORBIDDEN;
        match self {
            Self::SignIn => Public::sign_in(),
            Self::Factor => Public::new(
                StatusCode::UNAUTHORIZED,
                "factor_missing",
                t("error-factor-missing"),
                t("error-factor-missing-text"),
            )
            .onward("/login/factor", "error-factor-missing-onward"),
            Self::Confirm => Public::new(forbidden, "confirm_first", t("error-confirm"), t("error-confirm-text")),
            Self::Viewing => Public::new(forbidden, "viewing", t("error-viewing"), t("error-viewing-text")),
            Self::Scope(Some(scope)) => {
                let text = texts::with("error-scope-text", &[("scope", scope.key().into())]);
                Public::new(forbidden, "scope_missing", t("error-scope"), text)
            }
            Self::Scope(None) => Public::new(forbidden, "scope_missing", t("error-no-scope"), t("error-no-scope-text")),
            Self::NotFound | Self::Complete => Public::not_found(),
            Self::Store(error) => Public::broken(&error),
        }
    }
}

/// How far the clocks of two replicas may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

/// Where somebody confirms who posted a form. It leads back to the page on which the form stands: most forms' own addresses cannot be
/// looked at.
fn confirm_before(form: &str) -> Cow<'static, str> {
    Cow::Borrowed(match form {
        "/account/export" | "/account/erase" => "/confirm?next=/account/data",
        "/account/email" => "/confirm?next=/account/profile",
        "/account/panel" => "/confirm?next=/account/panel",
        _ if form.starts_with("/account/api-keys") => "/confirm?next=/account/api-keys",
        _ if form.starts_with("/console/staff") => "/confirm?next=/console/staff",
        // What would happen stands at the address of the act itself.
        _ if form.starts_with("/console/") => return Cow::Owned(with_next("/confirm", form)),
        _ => "/confirm",
    })
}

fn with_next(page: &str, next: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{page}?next={encoded}")
}

/// How long a proof of who somebody is counts for what is dangerous.
const CONFIRMED: SignedDuration = SignedDuration::from_mins(15);

/// What a route asks of its callers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand {
    /// Who may use it.
    pub(super) policy: Policy,
    /// What an API key has to be for; without one, no key will do.
    pub(super) scope: Option<Scope>,
    /// How it answers.
    pub(super) face: Face,
    /// What it is to staff who see the shop as a customer does.
    pub(super) during_view: DuringView,
}

impl Demand {
    pub(super) fn new(policy: Policy, scope: Option<Scope>, face: Face) -> Self {
        Self { policy, scope, face, during_view: DuringView::Closed }
    }
}

/// Carries out a policy: puts the proofs into the request, or says why not.
pub(super) async fn admit(
    app: &App,
    demand: Demand,
    param: impl Fn(&str) -> Option<String>,
    request: &mut Request,
) -> Result<(), Denied> {
    match demand.policy {
        Policy::Webhook | Policy::Internal => Ok(()),
        Policy::Public => {
            let visitor = match demand.face {
                Face::Page | Face::Script => by_cookie(app, request.headers()).await?.filter(Holder::is_complete),
                Face::Api => None,
            };
            let viewing = match &visitor {
                Some(holder) => viewing::of(app, holder).await?,
                None => None,
            };
            let Some(viewing) = viewing else {
                request.extensions_mut().insert(Visitor(visitor.map(|holder| holder.account)));
                return Ok(());
            };
            // What everybody may read is read as by a stranger: neither as the customer nor as staff.
            request.extensions_mut().insert(viewing);
            request.extensions_mut().insert(Visitor(None));
            match is_a_look(request) {
                true => Ok(()),
                false => Err(Denied::Viewing),
            }
        }
        Policy::Session => {
            sign_in(app, demand, request).await?;
            Ok(())
        }
        Policy::Confirmed => {
            sign_in(app, demand, request).await?;
            confirmed(app, request)
        }
        Policy::HalfSession => {
            let holder = by_cookie(app, request.headers()).await?.ok_or(Denied::SignIn)?;
            match holder.is_complete() {
                true if note_view(app, &holder, request).await? => Err(Denied::Viewing),
                true => Err(Denied::Complete),
                false => {
                    request.extensions_mut().insert(holder);
                    Ok(())
                }
            }
        }
        Policy::EndsView => {
            let holder = by_cookie(app, request.headers()).await?.ok_or(Denied::SignIn)?;
            if !holder.is_complete() {
                return Err(Denied::Factor);
            }
            match note_view(app, &holder, request).await? {
                true => Ok(()),
                false => Err(Denied::NotFound),
            }
        }
        Policy::Permission(permission) => permitted(app, demand, permission, request).await,
        Policy::ConfirmedPermission(permission) => {
            permitted(app, demand, permission, request).await?;
            confirmed(app, request)
        }
        Policy::OwnOrder => {
            let account = sign_in(app, demand, request).await?;
            let id = param("order").and_then(|id| OrderId::parse(&id).ok()).ok_or(Denied::NotFound)?;
            let found = orders::find_owned(&mut *app.store.read().await?, &id, &account.id).await?;
            let purchase: Purchase = found.ok_or(Denied::NotFound)?;
            request.extensions_mut().insert(Owned(purchase));
            Ok(())
        }
        Policy::OwnService => {
            let account = sign_in(app, demand, request).await?;
            let id = param("service").and_then(|id| ServiceId::parse(&id).ok()).ok_or(Denied::NotFound)?;
            let found = services::find_owned(&mut *app.store.read().await?, &id, &account.id).await?;
            let service: Service = found.ok_or(Denied::NotFound)?;
            request.extensions_mut().insert(Owned(service));
            Ok(())
        }
        Policy::OwnTicket => {
            let account = sign_in(app, demand, request).await?;
            let id = param("ticket").and_then(|id| TicketId::parse(&id).ok()).ok_or(Denied::NotFound)?;
            let found = tickets::find_owned(&mut *app.store.read().await?, &id, &account.id).await?;
            let ticket: Ticket = found.ok_or(Denied::NotFound)?;
            request.extensions_mut().insert(Owned(ticket));
            Ok(())
        }
        Policy::OwnSession => {
            let account = sign_in(app, demand, request).await?;
            let id = param("session").and_then(|id| SessionId::parse(&id).ok()).ok_or(Denied::NotFound)?;
            let found = sessions::find_owned(&mut *app.store.read().await?, &id, &account.id, app.now()).await?;
            let session: Session = found.ok_or(Denied::NotFound)?;
            request.extensions_mut().insert(Owned(session));
            Ok(())
        }
        Policy::OwnApiKey => {
            let account = sign_in(app, demand, request).await?;
            let id = param("key").and_then(|id| ApiKeyId::parse(&id).ok()).ok_or(Denied::NotFound)?;
            let found = api_keys::find_owned(&mut *app.store.read().await?, &id, &account.id).await?;
            let key: ApiKey = found.ok_or(Denied::NotFound)?;
            request.extensions_mut().insert(Owned(key));
            Ok(())
        }
        Policy::OwnPasskey => {
            let account = sign_in(app, demand, request).await?;
            confirmed(app, request)?;
            let id = param("passkey").and_then(|id| PasskeyId::parse(&id).ok()).ok_or(Denied::NotFound)?;
            let found = factors::find_owned_passkey(&mut *app.store.read().await?, &id, &account.id).await?;
            let passkey: StoredPasskey = found.ok_or(Denied::NotFound)?;
            request.extensions_mut().insert(Owned(passkey));
            Ok(())
        }
        Policy::Smoke => {
            let token = bearer(request.headers()).ok_or(Denied::SignIn)?;
            let hash = secrets::sha256_hex(token.as_bytes());
            let scope = accounts::find_operator_scope(&mut *app.store.read().await?, &hash, app.now()).await?;
            match scope.as_deref() {
                // Never where real money moves.
                Some("smoke") if app.stripe.mode() == billing::Mode::Test => {
                    request.extensions_mut().insert(SmokeToken);
                    Ok(())
                }
                Some(_) | None => Err(Denied::SignIn),
            }
        }
    }
}

/// To everybody else the console looks as if it were not there.
async fn permitted(app: &App, demand: Demand, permission: Permission, request: &mut Request) -> Result<(), Denied> {
    let account = sign_in(app, demand, request).await?;
    match account.role.may(permission) {
        true => {
            request.extensions_mut().insert(Staff { account });
            Ok(())
        }
        false => Err(Denied::NotFound),
    }
}

fn confirmed(app: &App, request: &Request) -> Result<(), Denied> {
    match request.extensions().get::<Current>().is_some_and(|session| session.is_confirmed(app.now())) {
        true => Ok(()),
        false => Err(Denied::Confirm),
    }
}

impl Holder {
    fn is_complete(&self) -> bool {
        match self.session.stage {
            Stage::Complete => true,
            Stage::AwaitsFactor => false,
        }
    }
}

/// Finds out who is signed in, and leaves the proofs of it.
async fn sign_in(app: &App, demand: Demand, request: &mut Request) -> Result<Account, Denied> {
    let account = match demand.face {
        Face::Page | Face::Script => {
            let holder = by_cookie(app, request.headers()).await?.ok_or(Denied::SignIn)?;
            if !holder.is_complete() {
                return Err(Denied::Factor);
            }
            app.last_seen.note(Used::Session(holder.session.id.clone()), app.now());
            if note_view(app, &holder, request).await? && demand.during_view != DuringView::Leaves {
                return as_customer(demand, request);
            }
            request.extensions_mut().insert(Current(holder.session.clone()));
            let account = holder.account.clone();
            request.extensions_mut().insert(holder);
            account
        }
        Face::Api => {
            let shown = bearer(request.headers()).ok_or(Denied::SignIn)?;
            if shown.starts_with(API_KEY) {
                by_key(app, demand.scope, shown).await?
            } else {
                by_token(app, request).await?
            }
        }
    };
    request.extensions_mut().insert(Visitor(Some(account.clone())));
    request.extensions_mut().insert(SignedIn { account: account.clone() });
    Ok(account)
}

fn is_a_look(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// Leaves the proof that a sign-in sees the shop as a customer does. `false` when it does not.
async fn note_view(app: &App, holder: &Holder, request: &mut Request) -> Result<bool, StoreError> {
    let viewing = viewing::of(app, holder).await?;
    let views = viewing.is_some();
    if let Some(viewing) = viewing {
        request.extensions_mut().insert(viewing);
    }
    Ok(views)
}

/// Staff who see the shop as a customer does are that customer for a look at what is shown, without a session to do anything with; for
/// everything else they are nobody.
fn as_customer(demand: Demand, request: &mut Request) -> Result<Account, Denied> {
    let shown = match demand.policy {
        Policy::Session | Policy::OwnOrder | Policy::OwnService | Policy::OwnTicket => {
            demand.face == Face::Page && demand.during_view == DuringView::Shown && is_a_look(request)
        }
        Policy::Public
        | Policy::OwnSession
        | Policy::OwnApiKey
        | Policy::OwnPasskey
        | Policy::Confirmed
        | Policy::HalfSession
        | Policy::Permission(_)
        | Policy::ConfirmedPermission(_)
        | Policy::EndsView
        | Policy::Webhook
        | Policy::Smoke
        | Policy::Internal => false,
    };
    let viewing = request.extensions().get::<Viewing>().filter(|_| shown).ok_or(Denied::Viewing)?;
    let account = viewing.customer.clone();
    request.extensions_mut().insert(Visitor(Some(account.clone())));
    request.extensions_mut().insert(SignedIn { account: account.clone() });
    Ok(account)
}

async fn by_cookie(app: &App, headers: &HeaderMap) -> Result<Option<Holder>, StoreError> {
    let Some(cookie) = cookies::session(app, headers) else { return Ok(None) };
    let hash = secrets::sha256_hex(cookie.as_bytes());
    let found = sessions::find_by_cookie(&mut *app.store.read().await?, &hash, app.now()).await?;
    Ok(found.map(|(session, account)| Holder { account, session }))
}

/// The token says which session; the session's row says whether it is still good, so that an end is at once (A7).
async fn by_token(app: &App, request: &mut Request) -> Result<Account, Denied> {
    let shown = bearer(request.headers()).ok_or(Denied::SignIn)?;
    let claims = tokens::verify(app, shown).await?.ok_or(Denied::SignIn)?;
    let found = sessions::find_api(&mut *app.store.read().await?, &claims.session, app.now()).await?;
    let (session, account) = found.filter(|(_, account)| account.id == claims.account).ok_or(Denied::SignIn)?;
    app.last_seen.note(Used::Session(session.id.clone()), app.now());
    request.extensions_mut().insert(Current(session));
    Ok(account)
}

/// What an API key begins with.
pub(super) const API_KEY: &str = "givr_key_";

/// The scope is looked at before anything that the key may not see.
async fn by_key(app: &App, scope: Option<Scope>, shown: &str) -> Result<Account, Denied> {
    let hash = secrets::sha256_hex(shown.as_bytes());
    let found = api_keys::find(&mut *app.store.read().await?, &hash, app.now()).await?;
    let (key, account) = found.ok_or(Denied::SignIn)?;
    app.last_seen.note(Used::Key(key.id.clone()), app.now());
    match scope.is_some_and(|scope| key.scopes.contains(&scope)) {
        true => Ok(account),
        false => Err(Denied::Scope(scope)),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A proof that a handler wants and that its route's policy does not give: a mistake of ours, found by the route tests.
#[derive(Debug)]
pub struct MissingProof;

impl IntoResponse for MissingProof {
    fn into_response(self) -> Response {
        tracing::error!("A handler wants a proof that its route's policy does not give");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

macro_rules! proofs {
    ($($proof:ty),*) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for $proof {
            type Rejection = MissingProof;
            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingProof> {
                parts.extensions.get::<Self>().cloned().ok_or(MissingProof)
            }
        }
    )*};
}

proofs!(
    SignedIn,
    Current,
    Holder,
    Staff,
    SmokeToken,
    Viewing,
    Owned<Purchase>,
    Owned<Service>,
    Owned<Ticket>,
    Owned<Session>,
    Owned<ApiKey>,
    Owned<StoredPasskey>
);

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

//! Who is calling, and whether they may: the carrying out of the policies that routes declare.

use crate::app::App;
use crate::web::errors::{ApiError, PageError, Public};
use crate::web::registry::Policy;
use crate::web::{cookies, secrets, tokens};
use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::{OrderId, ServiceId, SessionId};
use http::header::{AUTHORIZATION, HeaderMap};
use http::request::Parts;
use http::{Method, StatusCode};
use std::convert::Infallible;
use std::ops::Deref;
use store::accounts::Account;
use store::orders::Purchase;
use store::services::Service;
use store::{StoreError, accounts, orders, services, sessions};

/// How a route answers: with pages, or with JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// HTML; a visitor who has to sign in is led there.
    Page,
    /// JSON; errors are problem documents.
    Api,
}

/// Whoever looks at a public page.
#[derive(Debug, Clone, Default)]
pub struct Visitor(pub Option<Account>);

/// Somebody who is signed in. A proof: only the policies make one.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// By which session.
    pub session: SessionId,
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
    /// The answer to a denied request.
    pub fn answer(denied: Self, face: Face, request: &Request) -> Response {
        let public = match (denied, face) {
            (Self::SignIn, Face::Page) if matches!(*request.method(), Method::GET | Method::HEAD) => {
                let back = request.uri().path_and_query().map_or("/", |path| path.as_str());
                let encoded: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
                return Redirect::to(&format!("/login?next={encoded}")).into_response();
            }
            (Self::SignIn, _) => Public::sign_in(),
            (Self::NotFound, _) => Public::not_found(),
            (Self::Store(error), _) => Public::broken(&error),
        };
        match face {
            Face::Page => PageError(public).into_response(),
            Face::Api => ApiError(public).into_response(),
        }
    }
}

/// Carries out a policy: puts the proofs into the request, or says why not.
pub(super) async fn admit(
    app: &App,
    policy: Policy,
    face: Face,
    param: impl Fn(&str) -> Option<String>,
    request: &mut Request,
) -> Result<(), Denied> {
    match policy {
        Policy::Webhook | Policy::Internal => Ok(()),
        Policy::Public => {
            let visitor = match face {
                Face::Page => by_cookie(app, request.headers()).await?.map(|signed_in| signed_in.account),
                Face::Api => None,
            };
            request.extensions_mut().insert(Visitor(visitor));
            Ok(())
        }
        Policy::Session => {
            sign_in(app, face, request).await?;
            Ok(())
        }
        Policy::Staff => match sign_in(app, face, request).await?.account.role.is_staff() {
            true => Ok(()),
            false => Err(Denied::NotFound),
        },
        Policy::OwnOrder => {
            let signed_in = sign_in(app, face, request).await?;
            let id = param("order").and_then(|id| OrderId::parse(&id).ok()).ok_or(Denied::NotFound)?;
            let found = orders::find_owned(&mut *app.store.read().await?, &id, &signed_in.account.id).await?;
            let purchase: Purchase = found.ok_or(Denied::NotFound)?;
            request.extensions_mut().insert(Owned(purchase));
            Ok(())
        }
        Policy::OwnService => {
            let signed_in = sign_in(app, face, request).await?;
            let id = param("service").and_then(|id| ServiceId::parse(&id).ok()).ok_or(Denied::NotFound)?;
            let found = services::find_owned(&mut *app.store.read().await?, &id, &signed_in.account.id).await?;
            let service: Service = found.ok_or(Denied::NotFound)?;
            request.extensions_mut().insert(Owned(service));
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

async fn sign_in(app: &App, face: Face, request: &mut Request) -> Result<SignedIn, Denied> {
    let found = match face {
        Face::Page => by_cookie(app, request.headers()).await?,
        Face::Api => by_token(app, request.headers()).await?,
    };
    let signed_in = found.ok_or(Denied::SignIn)?;
    request.extensions_mut().insert(Visitor(Some(signed_in.account.clone())));
    request.extensions_mut().insert(signed_in.clone());
    Ok(signed_in)
}

async fn by_cookie(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, StoreError> {
    let Some(cookie) = cookies::session(app, headers) else { return Ok(None) };
    let hash = secrets::sha256_hex(cookie.as_bytes());
    let found = sessions::find_by_cookie(&mut *app.store.read().await?, &hash, app.now()).await?;
    Ok(found.map(|(session, account)| SignedIn { account, session }))
}

/// The token says which session; the session's row says whether it is still good, so that an end is at once (A7).
async fn by_token(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, StoreError> {
    let Some(claims) = bearer(headers).and_then(|token| tokens::verify(app, token)) else { return Ok(None) };
    let found = sessions::find_api(&mut *app.store.read().await?, &claims.session, app.now()).await?;
    let same = found.filter(|account| account.id == claims.account);
    Ok(same.map(|account| SignedIn { account, session: claims.session }))
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

proofs!(SignedIn, SmokeToken, Owned<Purchase>, Owned<Service>);

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

//! Every route is declared here, beside its document and its policy; there is no other way to add one. The policy is carried out
//! before the handler, and hands it proof values, so that a handler cannot load what is not the caller's.

use crate::app::App;
use crate::texts::t;
use crate::web::access::{self, Demand, Face, SignedIn};
use crate::web::errors::{ApiError, Public};
use crate::web::viewing::{self, Viewing};
use crate::web::{api_document, idempotency, limits};
use axum::Router;
use axum::extract::{RawPathParams, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use domain::access::{Permission, Scope};
use domain::ids::{OrderId, ServiceId};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::UtoipaMethodRouter;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Everybody; a visitor who is signed in is known.
    Public,
    /// Whoever is signed in, by cookie on pages, by access token on the API.
    Session,
    /// Whose order `{order}` is.
    OwnOrder,
    /// Whose service `{service}` is.
    OwnService,
    /// Whose ticket `{ticket}` is.
    OwnTicket,
    /// Whose sign-in `{session}` is.
    OwnSession,
    /// Whose API key `{key}` is.
    OwnApiKey,
    /// Whose passkey `{passkey}` is, and who proved who they are within the last quarter of an hour.
    OwnPasskey,
    /// Whoever is signed in and proved who they are within the last quarter of an hour: for what is dangerous.
    Confirmed,
    /// Whoever gave the right password in this browser, while the second factor is missing.
    HalfSession,
    /// Staff whose role has this permission.
    Permission(Permission),
    /// The same, and they proved who they are within the last quarter of an hour.
    ConfirmedPermission(Permission),
    /// Staff who see the shop as a customer does, to end that.
    EndsView,
    /// Stripe, by its signature, which the handler checks over the raw bytes.
    Webhook,
    /// A token of `givr admin token --scope smoke`.
    Smoke,
    /// Load balancers and monitors; says nothing about anybody.
    Internal,
}

/// A route as it was declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The verb.
    pub method: Method,
    /// The path with its parameters.
    pub path: String,
    /// Who may use it.
    pub policy: Policy,
    /// Whom it speaks with.
    pub face: Face,
    /// What an API key has to be for; without one, no key will do.
    pub scope: Option<Scope>,
    /// What it is for, in one sentence.
    pub document: &'static str,
}

/// The routes of the program.
pub struct Routes {
    app: App,
    router: Router<App>,
    declared: Vec<Declared>,
    api: OpenApi,
}

#[derive(Clone)]
struct Guard {
    app: App,
    demand: Demand,
    /// The address itself is the secret.
    secret: bool,
}

impl Routes {
    /// No routes yet; `api` is the document that API routes are added to.
    pub fn new(app: App, api: OpenApi) -> Self {
        Self { app, router: Router::new(), declared: Vec::new(), api }
    }

    /// Declares a page.
    pub fn page(
        self,
        method: Method,
        path: &'static str,
        policy: Policy,
        document: &'static str,
        handler: MethodRouter<App>,
    ) -> Self {
        self.add(method, path, document, handler, Demand::new(policy, None, Face::Page))
    }

    /// Declares what the script of a page posts JSON to.
    pub fn script(
        self,
        path: &'static str,
        policy: Policy,
        document: &'static str,
        handler: MethodRouter<App>,
    ) -> Self {
        self.add(Method::POST, path, document, handler, Demand::new(policy, None, Face::Script))
    }

    /// Declares a route of the JSON API that no API key may use; its document comes with the handler.
    pub fn api(self, policy: Policy, route: UtoipaMethodRouter<App>) -> Self {
        self.document_api(policy, None, route)
    }

    /// Declares a route of the JSON API that API keys with this scope may use, too.
    pub fn api_for_keys(self, policy: Policy, scope: Scope, route: UtoipaMethodRouter<App>) -> Self {
        self.document_api(policy, Some(scope), route)
    }

    fn document_api(
        mut self,
        policy: Policy,
        scope: Option<Scope>,
        (schemas, paths, handler): UtoipaMethodRouter<App>,
    ) -> Self {
        let mut found = None;
        for (path, item) in &paths.paths {
            let operations = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            if let Some((method, _)) = operations.into_iter().find(|(_, operation)| operation.is_some()) {
                found = Some((method, path.clone()));
            }
        }
        let components = self.api.components.get_or_insert_default();
        components.schemas.extend(schemas);
        for (path, item) in paths.paths {
            self.api.paths.paths.entry(path).or_default().merge_operations(item);
        }
        let Some((method, path)) = found else { return self };
        self.add(method, &path, "see the API document", handler, Demand::new(policy, scope, Face::Api))
    }

    fn add(
        mut self,
        method: Method,
        path: &str,
        document: &'static str,
        handler: MethodRouter<App>,
        demand: Demand,
    ) -> Self {
        let secret = path.contains("{secret}");
        let during_view = viewing::during(&method, path);
        let guard = Guard { app: self.app.clone(), demand: Demand { during_view, ..demand }, secret };
        self.router = self.router.route(path, handler.layer(from_fn_with_state(guard, enforce)));
        let Demand { policy, scope, face, .. } = demand;
        self.declared.push(Declared { method, path: path.to_owned(), policy, face, scope, document });
        self
    }

    /// All routes as they were declared.
    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }

    /// Declares where the document of all API routes so far is read.
    pub fn document(self, path: &'static str) -> Self {
        // Our own types always have a JSON form.
        let collected: Value = serde_json::to_value(&self.api).unwrap_or_default();
        let json = api_document::complete(collected, &self.declared).to_string();
        let handler = get(move || {
            let json = json.clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], json) }
        });
        let demand = Demand::new(Policy::Public, None, Face::Api);
        self.add(Method::GET, path, "The document of the JSON API.", handler, demand)
    }

    /// The router.
    pub fn finish(self) -> Router<App> {
        self.router
    }
}

async fn enforce(State(guard): State<Guard>, params: RawPathParams, mut request: Request, next: Next) -> Response {
    let Guard { app, demand, secret } = guard;
    let param = |name: &str| params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    if demand.face != Face::Page && sends_a_form(request.headers()) {
        return ApiError(not_json()).into_response();
    }
    note(param("order"), param("service"));
    let admitted = access::admit(&app, demand, param, &mut request).await;
    let viewing = request.extensions().get::<Viewing>().cloned();
    let mut answer = viewing::under(viewing, async move {
        match admitted {
            Ok(()) => match demand.face {
                Face::Page | Face::Script => next.run(request).await,
                Face::Api => as_api(&app, request, next).await,
            },
            Err(denied) => denied.answer(demand.face, &request),
        }
    })
    .await;
    if demand.face == Face::Script {
        // No token will do here.
        answer.headers_mut().remove(header::WWW_AUTHENTICATE);
    }
    keep_private(demand.policy, secret, answer.headers_mut());
    answer
}

/// What a request is about, for the lines of the log that are written for it. Whatever is no id of ours is not written down.
fn note(order: Option<String>, service: Option<String>) {
    let span = tracing::Span::current();
    if let Some(order) = order.and_then(|order| OrderId::parse(&order).ok()) {
        span.record("order.id", order.as_str());
    }
    if let Some(service) = service.and_then(|service| ServiceId::parse(&service).ok()) {
        span.record("service.id", service.as_str());
        span.record("order.id", service.order().as_str());
    }
}

/// Programs and scripts send JSON or nothing. Whatever else is declared may come from a form on another site.
fn sends_a_form(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    let essence = declared.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    essence.is_some_and(|kind| kind != "application/json" && !kind.ends_with("+json"))
}

fn not_json() -> Public {
    let (title, text) = (t("error-not-declared"), t("error-not-declared-text"));
    Public::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", title, text)
}

/// What is about somebody is kept by nobody, and a page whose address is a secret neither, whatever the handler says.
fn keep_private(policy: Policy, secret: bool, headers: &mut HeaderMap) {
    match policy {
        Policy::Session
        | Policy::Confirmed
        | Policy::HalfSession
        | Policy::OwnOrder
        | Policy::OwnService
        | Policy::OwnTicket
        | Policy::OwnSession
        | Policy::OwnApiKey
        | Policy::OwnPasskey
        | Policy::Permission(_)
        | Policy::ConfirmedPermission(_)
        | Policy::EndsView
        | Policy::Webhook
        | Policy::Smoke => {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        Policy::Public | Policy::Internal => {}
    }
    if secret {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// What holds for calls of programs: an allowance for each caller, and requests that may be repeated.
async fn as_api(app: &App, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<SignedIn>().map(|signed_in| signed_in.account.id.clone());
    let left = match &caller {
        Some(account) => match app.limiter.by_caller(account.as_str()) {
            Ok(left) => left,
            Err(wait_s) => return ApiError(limits::too_much(wait_s)).into_response(),
        },
        None => None,
    };
    let mut response = match caller {
        Some(account) if request.method() == Method::POST => idempotency::once(app, &account, request, next).await,
        Some(_) | None => next.run(request).await,
    };
    if let Some(left) = left {
        left.tell(response.headers_mut());
    }
    response
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }

    #[test]
    fn no_route_is_made_anywhere_but_in_the_registry() {
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
        let mut files = Vec::new();
        sources(&web, &mut files);
        assert!(files.len() > 20, "the sources are found");
        // Put together, so that this file does not find itself.
        let makers = ["route", "route_service", "nest", "nest_service", "merge"].map(|maker| format!(".{maker}("));
        // Routes that tests make are served to nobody.
        for file in files.iter().filter(|file| !file.ends_with("registry.rs") && !file.ends_with("tests.rs")) {
            let text = std::fs::read_to_string(file).unwrap();
            for maker in &makers {
                assert!(!text.contains(maker.as_str()), "{} makes a route by itself: {maker}…)", file.display());
            }
        }
    }
}

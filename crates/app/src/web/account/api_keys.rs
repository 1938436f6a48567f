//! Personal API keys: made with scopes and an end, shown once, listed with their last use.

use crate::app::App;
use crate::mail::Notice;
use crate::texts::{self, filters, t};
use crate::web::access::{API_KEY, Current, Owned, SignedIn};
use crate::web::account::device::Client;
use crate::web::account::{notices, tabs};
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::{PageForm, Wrong};
use crate::web::secrets;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Scope;
use domain::ids::ApiKeyId;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use store::accounts::Account;
use store::api_keys::{self, ApiKey};

/// The page's address.
const HERE: &str = "/account/api-keys";
/// Keys that one account may have.
const MOST: usize = 25;
/// Days after which a key may end.
const DAYS: [i64; 3] = [30, 90, 365];

/// A key in the list.
struct Shown {
    id: ApiKeyId,
    name: String,
    hint: String,
    scopes: Vec<&'static str>,
    /// Since when it is there, until when, and when it was used.
    life: String,
    over: bool,
}

#[derive(Template)]
#[template(path = "web/account/api_keys.html")]
struct KeysPage {
    frame: Frame,
    tabs: tabs::Tabs,
    confirmed: bool,
    keys: Vec<Shown>,
    scopes: [(&'static str, Cow<'static, str>); Scope::ALL.len()],
    days: [(i64, String); DAYS.len()],
    /// What was typed and ticked in a form that was not taken.
    typed: Vec<(String, String)>,
    /// A key that was just made; it is not shown again.
    made: Option<String>,
    problem: Option<String>,
    wrong: Wrong,
}

/// `GET /account/api-keys`
pub(super) async fn show(State(app): State<App>, signed_in: SignedIn, session: Current) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &session, Told::default()).await
}

impl KeysPage {
    /// What was typed into a field.
    fn typed(&self, field: &str) -> &str {
        self.typed.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value.as_str())
    }

    /// Whether `value` was ticked or chosen.
    fn chose(&self, field: &str, value: &str) -> bool {
        self.typed.iter().any(|(name, chosen)| name == field && chosen == value)
    }
}

/// What the page says besides.
#[derive(Default)]
struct Told {
    made: Option<String>,
    typed: Vec<(String, String)>,
    problem: Option<String>,
    wrong: Wrong,
}

async fn page(app: &App, account: &Account, session: &Current, told: Told) -> Result<Response, PageError> {
    let now = app.now();
    let keys = api_keys::list(&mut *app.store.read().await?, &account.id).await?;
    let shown = |key: ApiKey| Shown {
        scopes: key.scopes.iter().map(|scope| scope.key()).collect(),
        life: life(&key, now),
        over: key.expires_at <= now,
        id: key.id,
        name: key.name,
        hint: key.hint,
    };
    let Told { made, typed, problem, wrong } = told;
    let status = if problem.is_some() || wrong.0.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = KeysPage {
        frame: Frame::new(app, Some(account), HERE, t("account-api-keys")),
        tabs: tabs::Tabs::at(HERE),
        confirmed: session.is_confirmed(now),
        keys: keys.into_iter().map(shown).collect(),
        scopes: Scope::ALL.map(|scope| (scope.key(), t(&format!("scope-{}", scope.key().replace(':', "-"))))),
        days: DAYS.map(|days| (days, texts::span(86_400 * days))),
        typed,
        made,
        problem,
        wrong,
    };
    frame::show_private(status, &page)
}

fn life(key: &ApiKey, now: Timestamp) -> String {
    let (made, ends) = (texts::day(key.created_at).into(), texts::day(key.expires_at).into());
    match key.used_at {
        Some(at) => texts::with("keys-used", &[("made", made), ("ends", ends), ("used", texts::ago(at, now).into())]),
        None => texts::with("keys-unused", &[("made", made), ("ends", ends)]),
    }
}

/// What the form asks for, or which field is wrong and the name of the text that says why.
fn read(fields: &[(String, String)]) -> Result<(String, Vec<Scope>, i64), (&'static str, &'static str)> {
    let all =
        |wanted: &'static str| fields.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let name: String = all("name").next().unwrap_or_default().trim().chars().filter(|c| !c.is_control()).collect();
    if !(1..=60).contains(&name.chars().count()) {
        return Err(("name", "keys-problem-name"));
    }
    let mut scopes: Vec<Scope> = all("scope").filter_map(Scope::find).collect();
    scopes.sort();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(("scope", "keys-problem-scopes"));
    }
    let days = all("days").next().and_then(|days| days.parse().ok()).filter(|days| DAYS.contains(days));
    Ok((name, scopes, days.ok_or(("days", "keys-problem-days"))?))
}

/// `POST /account/api-keys`
pub(super) async fn make(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    session: Current,
    PageForm(fields): PageForm<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let account = &signed_in.account;
    let (name, scopes, days) = match read(&fields) {
        Ok(asked) => asked,
        Err((field, problem)) => {
            let wrong = Wrong(Some((field, t(problem).into_owned())));
            let told = Told { typed: fields, wrong, ..Told::default() };
            return page(&app, account, &session, told).await;
        }
    };
    let secret = format!("{API_KEY}{}", secrets::fresh(&app));
    let now = app.now();
    let key = ApiKey {
        id: app.id(),
        account: account.id.clone(),
        name,
        hint: secret[..API_KEY.len() + 6].to_owned(),
        scopes,
        created_at: now,
        expires_at: now + SignedDuration::from_hours(24 * days),
        used_at: None,
    };
    let mut tx = app.store.begin().await?;
    if api_keys::list(&mut tx, &account.id).await?.len() >= MOST {
        let problem = texts::with("keys-problem-many", &[("count", MOST.into())]);
        return page(&app, account, &session, Told { typed: fields, problem: Some(problem), ..Told::default() }).await;
    }
    api_keys::save(&mut tx, &key, &secrets::sha256_hex(secret.as_bytes())).await?;
    notices::tell(&app, &mut tx, &client, &account.id, Notice::ApiKeyMade, key.id.as_str()).await?;
    tx.commit().await?;
    app.nudge();
    page(&app, account, &session, Told { made: Some(secret), ..Told::default() }).await
}

/// `POST /account/api-keys/{key}/revoke`
pub(super) async fn revoke(State(app): State<App>, key: Owned<ApiKey>) -> Result<Response, PageError> {
    let mut tx = app.store.begin().await?;
    api_keys::revoke(&mut tx, &key.account, &key.id, app.now()).await?;
    tx.commit().await?;
    Ok((no_store(), Redirect::to(HERE)).into_response())
}

//! The customer's login at the panel: who they are there, and another password for it. The panel keeps it; we do not.

use crate::app::App;
use crate::control::Trouble;
use crate::mail::Notice;
use crate::texts::{self, filters, t};
use crate::web::access::{Current, SignedIn};
use crate::web::account::device::Client;
use crate::web::account::flow::AccountError;
use crate::web::account::notices;
use crate::web::account::tabs::Tabs;
use crate::web::errors::{Explain, PageError};
use crate::web::page_form::{PageForm, Wrong};
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use crate::web::throttle::{self, Try};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ids::AccountId;
use http::StatusCode;
use panel::{AccountKey, PanelError};
use secrecy::SecretString;
use serde::Deserialize;
use std::borrow::Cow;
use store::accounts::Account;

/// The page's address.
const HERE: &str = "/account/panel";
/// The shortest password that the panel takes for a login.
const SHORTEST: usize = 8;
/// The longest one that it compares as a whole, in bytes (bcrypt).
const LONGEST: usize = 72;
/// How long a drawn password is.
const DRAWN: usize = 20;

#[derive(Template)]
#[template(path = "web/account/panel.html")]
struct PanelPage {
    frame: Frame,
    tabs: Tabs,
    panel: String,
    email: String,
    /// The login's name; `None` before the first order was delivered.
    username: Option<String>,
    confirmed: bool,
    shortest: usize,
    longest: usize,
    /// A password that was drawn at this moment: it is shown once.
    drawn: Option<String>,
    done: Option<Cow<'static, str>>,
    problem: Option<Cow<'static, str>>,
    wrong: Wrong,
}

/// What came of the last form.
#[derive(Default)]
struct Shown {
    drawn: Option<String>,
    done: Option<Cow<'static, str>>,
    problem: Option<(StatusCode, Cow<'static, str>)>,
    wrong: Wrong,
}

/// `GET /account/panel`
pub(super) async fn show(State(app): State<App>, signed_in: SignedIn, session: Current) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &session, Shown::default())
}

fn page(app: &App, account: &Account, session: &Current, shown: Shown) -> Result<Response, PageError> {
    let (status, problem) = match (shown.problem, &shown.wrong) {
        (Some((status, why)), _) => (status, Some(why)),
        (None, Wrong(Some(_))) => (StatusCode::UNPROCESSABLE_ENTITY, None),
        (None, Wrong(None)) => (StatusCode::OK, None),
    };
    let page = PanelPage {
        frame: Frame::new(app, Some(account), HERE, t("account-panel")),
        tabs: Tabs::at(HERE),
        panel: app.config.panel.public_url.as_str().trim_end_matches('/').to_owned(),
        email: account.email.clone(),
        username: account.panel_username.clone(),
        confirmed: session.is_confirmed(app.now()),
        shortest: SHORTEST,
        longest: LONGEST,
        drawn: shown.drawn,
        done: shown.done,
        problem,
        wrong: shown.wrong,
    };
    frame::show_private(status, &page)
}

/// A password of the customer's own; without one, we draw it.
#[derive(Deserialize)]
pub(super) struct Form {
    #[serde(default)]
    password: String,
}

/// `POST /account/panel`
pub(super) async fn set_password(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    session: Current,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let account = &signed_in.account;
    let refused =
        |status, why| page(&app, account, &session, Shown { problem: Some((status, why)), ..Shown::default() });
    let own = !form.password.is_empty();
    if own && (form.password.chars().count() < SHORTEST || form.password.len() > LONGEST) {
        let values = [("shortest", SHORTEST.into()), ("longest", LONGEST.into())];
        let wrong = Wrong(Some(("password", texts::with("panel-password-length", &values))));
        return page(&app, account, &session, Shown { wrong, ..Shown::default() });
    }
    let mut tx = app.store.begin().await?;
    let this = Try::PanelPassword { account: &account.id };
    let taken = throttle::take(&app, &mut tx, &client, this).await?;
    tx.commit().await?;
    if let Err(until) = taken {
        let public = AccountError::wait(&app, until, this).public();
        return refused(public.status, wording::refusal(&public).into());
    }
    let password = if own { form.password } else { app.random.word(DRAWN) };
    let key = AccountKey::new(&app.installation.prefix, &account.id).map_err(anyhow::Error::from)?;
    let set = set_and_tell(app.clone(), client, account.id.clone(), key, SecretString::from(password.clone()));
    // It goes on when the caller has gone: a thief who hangs up must not keep the owner from hearing of it.
    let set = tokio::spawn(texts::in_language(texts::language(), set)).await.map_err(anyhow::Error::from)?;
    if let Err(error) = set? {
        let (status, why) = explain(&error);
        return refused(status, why);
    }
    let shown = Shown {
        done: Some(t(if own { "panel-password-set" } else { "panel-password-drawn" })),
        drawn: (!own).then_some(password),
        ..Shown::default()
    };
    page(&app, account, &session, shown)
}

/// Sets it at the panel and tells the account's owner, also when nobody knows whether the panel did.
async fn set_and_tell(
    app: App,
    client: Client,
    account: AccountId,
    key: AccountKey,
    password: SecretString,
) -> anyhow::Result<Result<(), PanelError>> {
    let set = app.panel.set_account_password(&key, &password).await;
    if matches!(set, Ok(()) | Err(PanelError::OutcomeUnknown { .. })) {
        let mut tx = app.store.begin().await?;
        let cause = format!("panel:{}", app.now().as_microsecond());
        notices::tell(&app, &mut tx, &client, &account, Notice::PanelPassword, &cause).await?;
        tx.commit().await?;
        app.nudge();
    }
    Ok(set)
}

fn explain(error: &PanelError) -> (StatusCode, Cow<'static, str>) {
    let missing = match error {
        PanelError::Refused { problems, .. } => problems.iter().any(|problem| problem.code == "NoLogin"),
        _ => false,
    };
    match Trouble::of(error) {
        _ if missing => (StatusCode::CONFLICT, t("panel-password-no-login")),
        Trouble::Unclear => (StatusCode::SERVICE_UNAVAILABLE, t("panel-password-unclear")),
        trouble if trouble.is_silence() => (StatusCode::SERVICE_UNAVAILABLE, trouble.text()),
        trouble => (StatusCode::UNPROCESSABLE_ENTITY, trouble.text().into_owned().into()),
    }
}

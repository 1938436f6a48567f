//! What an egg lets customers set for the next start, and the server's name.

use crate::app::App;
use crate::control::{Deed, Trouble};
use crate::texts::filters;
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Done, Shown, Tab, Told, act, back};
use crate::web::dashboard::server::typed::Typed;
use crate::web::errors::PageError;
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use panel::control::StartupVariable;
use serde::Deserialize;
use store::accounts::Account;
use store::services::{self, Service};

/// Longest name of a server, in characters.
const LONGEST_NAME: usize = 60;

#[derive(Template)]
#[template(path = "web/dashboard/server/settings.html")]
struct SettingsPage {
    frame: Frame,
    around: Around,
    note: Option<String>,
    variables: Vec<Setting>,
    asked: bool,
}

/// A start variable as a form shows it.
struct Setting {
    key: String,
    name: String,
    description: String,
    value: String,
    default: String,
    editable: bool,
    /// The values that its rules name, if they name some.
    choices: Vec<String>,
    /// Whether it is on or off.
    switch: bool,
}

impl Setting {
    fn of(variable: &StartupVariable) -> Self {
        let rules: Vec<&str> = variable.rules.split('|').map(str::trim).collect();
        let choices = rules.iter().find_map(|rule| rule.strip_prefix("in:"));
        let mut choices: Vec<String> =
            choices.map(|all| all.split(',').map(|it| it.trim().to_owned()).collect()).unwrap_or_default();
        // What the panel has is shown, even if its own rules do not know it: saving another value is the customer's decision.
        if !choices.is_empty() && !choices.contains(&variable.value) {
            choices.insert(0, variable.value.clone());
        }
        let switch = rules.contains(&"boolean");
        Self {
            key: variable.env_variable.clone(),
            name: variable.name.clone(),
            description: variable.description.clone(),
            value: variable.value.clone(),
            default: variable.default_value.clone(),
            editable: variable.editable,
            choices,
            switch,
        }
    }

    /// Whether a choice is the one that is set.
    fn is_set(&self, choice: &str) -> bool {
        self.value == choice
    }

    fn is_on(&self) -> bool {
        matches!(self.value.as_str(), "1" | "true")
    }
}

/// `GET /servers/{service}/settings`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(said): PageQuery<around::Query>,
) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &service, said.told()).await
}

async fn page(app: &App, account: &Account, service: &Service, told: Option<Told>) -> Result<Response, PageError> {
    let shown = Shown::look(app, service, &app.control.variables, "", |panel, server| async move {
        panel.list_variables(&server).await
    })
    .await;
    let around = Around::new(app, service, Tab::Settings, told);
    let setting = |variable: &StartupVariable| {
        let setting = Setting::of(variable);
        Setting { value: around.text(&setting.key, "value", &setting.value), ..setting }
    };
    let page = SettingsPage {
        frame: around::frame(app, account, service, Tab::Settings),
        note: shown.note,
        asked: shown.value.is_some(),
        variables: shown.value.iter().flat_map(|all| all.iter()).map(setting).collect(),
        around,
    };
    frame::show_private(page.around.status(), &page)
}

/// A value for a variable.
#[derive(Deserialize)]
pub(super) struct Set {
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
}

/// `POST /servers/{service}/settings`
pub(super) async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(set): PageForm<Set>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let typed = Typed::into(set.key.clone(), [("value", set.value.clone())]);
    let value = set.value.trim();
    let known =
        set.key.len() <= 191 && !set.key.is_empty() && set.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let outcome = match known {
        true => {
            act(
                &app,
                &service,
                Deed::Change,
                |server| async move { panel.set_variable(&server, &set.key, value).await },
            )
            .await
        }
        false => Err(Trouble::Missing),
    };
    app.control.variables.changed(&service.id, "");
    match outcome {
        Ok(_) => Ok(back(&Tab::Settings.href(&service), Done::Saved)),
        Err(trouble) => page(&app, &signed_in.account, &service, Some(Told::Refused(trouble, typed))).await,
    }
}

/// Another name.
#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    name: String,
}

/// `POST /servers/{service}/settings/name`: at the panel first, then here, so that a name that the panel refuses stands nowhere.
pub(super) async fn rename(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(named): PageForm<Named>,
) -> Result<Response, PageError> {
    let name: String = named.name.trim().chars().filter(|c| !c.is_control()).collect();
    let panel = &app.panel;
    let outcome = match (1..=LONGEST_NAME).contains(&name.chars().count()) {
        true => {
            act(&app, &service, Deed::Change, |server| async {
                let server = server;
                panel.rename_server(&server, &name).await
            })
            .await
        }
        false => Err(Trouble::Wrong("settings-name-wrong")),
    };
    if let Err(trouble) = outcome {
        let typed = Typed::into("name", [("name", named.name)]);
        return page(&app, &signed_in.account, &service, Some(Told::Refused(trouble, typed))).await;
    }
    let mut tx = app.store.begin().await?;
    services::rename(&mut tx, &service.id, &name).await?;
    tx.commit().await?;
    Ok(back(&Tab::Settings.href(&service), Done::Renamed))
}

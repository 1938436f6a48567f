//! The console: its last lines, a line to type, and power. A script makes it live; without one it is read again on request.

use crate::app::App;
use crate::control::{Deed, ShownLine, Snapshot, Trouble, reach};
use crate::texts::{self, filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Done, Tab, Told, act, back};
use crate::web::dashboard::server::typed;
use crate::web::dashboard::words;
use crate::web::errors::{ApiError, PageError, Public};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;
use store::accounts::Account;
use store::services::Service;

/// Longest line that is taken, in bytes.
const LONGEST: usize = 4096;

#[derive(Template)]
#[template(path = "web/dashboard/server/console.html")]
struct ConsolePage {
    frame: Frame,
    around: Around,
    lines: Vec<Arc<ShownLine>>,
    /// How it stands with hearing it.
    note: Option<String>,
    power: Cow<'static, str>,
    memory: Option<String>,
    cpu: Option<String>,
    /// What is searched for.
    wanted: String,
    /// What was typed and not taken.
    typed: String,
}

/// What an address of the page says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "around::if_known")]
    done: Option<Done>,
    q: Option<String>,
}

/// `GET /servers/{service}/console`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(asked): PageQuery<Asked>,
) -> Result<Response, PageError> {
    let told = asked.done.map(Told::Done);
    page(&app, &signed_in.account, &service, told, asked.q.unwrap_or_default(), String::new())
}

pub(super) fn page(
    app: &App,
    account: &Account,
    service: &Service,
    told: Option<Told>,
    wanted: String,
    typed: String,
) -> Result<Response, PageError> {
    let snapshot = match reach(service) {
        Ok(server) => app.control.consoles.look(app, &service.id, &server),
        Err(_) => Snapshot::default(),
    };
    let around = Around::new(app, service, Tab::Console, told);
    let note = match (&snapshot.lost, snapshot.heard_at) {
        (_, _) if around.shut.is_some() => None,
        (Some(trouble), Some(at)) => Some(crate::control::age(at, app.now(), trouble)),
        (Some(trouble), None) => Some(trouble.text().into_owned()),
        (None, None) => Some(t("console-opening").into_owned()),
        (None, Some(_)) => None,
    };
    let power = snapshot.power.or(service.sample.power);
    let percent = |percent: f64| texts::with("server-cpu-used", &[("percent", format!("{percent:.0}").into())]);
    let page = ConsolePage {
        memory: snapshot.usage.as_ref().map(|usage| around::size(usage.memory_bytes)),
        cpu: snapshot.usage.as_ref().map(|usage| percent(usage.cpu_percent)),
        power: power.map_or_else(|| t("power-unknown"), words::power),
        lines: search(snapshot.lines, &wanted),
        note,
        wanted,
        typed,
        frame: around::frame(app, account, service, Tab::Console),
        around,
    };
    frame::show_private(page.around.status(), &page)
}

/// The lines that have these words, in any case.
fn search(lines: Vec<Arc<ShownLine>>, wanted: &str) -> Vec<Arc<ShownLine>> {
    let wanted = wanted.trim().to_lowercase();
    if wanted.is_empty() {
        return lines;
    }
    let whole =
        |line: &Arc<ShownLine>| line.runs.iter().map(|run| run.text.as_str()).collect::<String>().to_lowercase();
    lines.into_iter().filter(|line| whole(line).contains(&wanted)).collect()
}

/// A line for the console.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    command: String,
}

/// `POST /servers/{service}/console`; a script that asks for JSON hears the outcome alone.
pub(super) async fn type_line(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    headers: HeaderMap,
    PageForm(line): PageForm<Typed>,
) -> Result<Response, PageError> {
    let command = line.command.trim().to_owned();
    let outcome = send(&app, &service, &command).await;
    if outcome.is_ok() {
        app.control.consoles.typed(&service.id, app.now());
    }
    let scripted = headers.get(header::ACCEPT).is_some_and(|kind| kind.as_bytes() == b"application/json");
    match (outcome, scripted) {
        (Ok(()), true) => Ok(StatusCode::NO_CONTENT.into_response()),
        (Ok(()), false) => Ok(back(&Tab::Console.href(&service), Done::Sent)),
        (Err(trouble), true) => {
            let around = Around::new(&app, &service, Tab::Console, Some(Told::Failed(trouble.clone())));
            Ok(ApiError(Public::new(around.status(), "not_sent", t("console-not-sent"), trouble.text()))
                .into_response())
        }
        (Err(trouble), false) => {
            let told = Told::Refused(trouble, typed::Typed::into("line", []));
            page(&app, &signed_in.account, &service, Some(told), String::new(), command)
        }
    }
}

async fn send(app: &App, service: &Service, command: &str) -> Result<(), Trouble> {
    if command.is_empty() {
        return Err(Trouble::Wrong("console-empty"));
    }
    if command.len() > LONGEST {
        return Err(Trouble::Wrong("console-too-long"));
    }
    if command.contains(char::is_control) {
        return Err(Trouble::Wrong("console-one-line"));
    }
    act(app, service, Deed::Command, |server| async move { app.panel.send_command(&server, command).await }).await
}

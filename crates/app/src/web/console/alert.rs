//! One alert: what happened, what to do, who was told, and who looks after it.

use crate::alerts::{Rule, acts};
use crate::app::App;
use crate::desk::acts::{LONGEST_REASON, Reason};
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::alerts::{self, HERE};
use crate::web::console::nav::Nav;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::PageForm;
use crate::web::storefront::frame::{self, Frame};
use crate::web::support::view::Word;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Permission;
use domain::ids::{AccountId, AlertId, OrderId, ServiceId};
use http::StatusCode;
use serde::Deserialize;
use std::borrow::Cow;
use store::notifications::{self, Delivery};
use store::{Db, StoreError, accounts};

/// Why an alert is over.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    reason: String,
}

struct Told {
    what: Cow<'static, str>,
    channel: String,
    state: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "web/console/alert.html")]
struct AlertPage {
    frame: Frame,
    nav: Nav,
    id: String,
    rule: String,
    key: String,
    /// Where what it is about can be looked at.
    about: Option<String>,
    text: String,
    severity: Word,
    state: Word,
    opened: String,
    seen: String,
    times: i64,
    runbook: Option<String>,
    /// Who looks after it, since when.
    mine: Option<(String, String)>,
    /// Since when it is over.
    over: Option<String>,
    /// Who said so, and why.
    resolved: Option<(String, String)>,
    told: Vec<Told>,
    mends: bool,
    longest_reason: usize,
    reason: String,
    problem: Option<String>,
}

fn read_id(id: &str) -> Result<AlertId, PageError> {
    AlertId::parse(id).map_err(|_| PageError::not_found())
}

/// `GET /console/alerts/{alert}`
pub(super) async fn show(State(app): State<App>, staff: Staff, Path(id): Path<String>) -> Result<Response, PageError> {
    page(&app, &staff, &read_id(&id)?, String::new(), None).await
}

async fn page(
    app: &App,
    staff: &Staff,
    id: &AlertId,
    reason: String,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let mut db = app.store.read().await?;
    let alert = store::alerts::find(&mut db, id).await?.ok_or_else(PageError::not_found)?;
    let told = notifications::list_of(&mut db, id.as_str()).await?;
    let mine = match alert.acknowledged_at.zip(alert.acknowledged_by.as_ref()) {
        Some((at, by)) => Some((name(&mut db, by).await?, texts::day_and_time(at))),
        None => None,
    };
    let resolved = match &alert.resolved {
        Some((by, why)) => Some((name(&mut db, by).await?, why.clone())),
        None => None,
    };
    drop(db);
    let text = alerts::text(&alert, staff);
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = AlertPage {
        frame: Frame::new(app, Some(&staff.account), "/console", alert.rule.as_str()),
        nav: Nav::new(staff.account.role, HERE),
        id: alert.id.to_string(),
        about: place_of(&alert.key),
        key: alerts::key(&alert, staff),
        severity: alerts::severity(alert.severity),
        state: alerts::state(&alert),
        opened: texts::day_and_time(alert.opened_at),
        seen: texts::day_and_time(alert.seen_at),
        times: alert.times,
        runbook: Rule::find(&alert.rule).map(Rule::runbook),
        mine,
        over: alert.cleared_at.map(texts::day_and_time),
        resolved,
        told: told.into_iter().map(told_in_words).collect(),
        mends: staff.account.role.may(Permission::MendOrders),
        longest_reason: LONGEST_REASON,
        reason,
        problem,
        rule: alert.rule,
        text,
    };
    frame::show_private(status, &page)
}

/// What whoever did something is called.
async fn name(db: &mut Db, by: &str) -> Result<String, StoreError> {
    let Ok(id) = AccountId::parse(by) else { return Ok(by.to_owned()) };
    Ok(accounts::find(db, &id).await?.map_or_else(|| by.to_owned(), |account| account.display_name))
}

/// Where the console shows what an alert names, if it does.
fn place_of(key: &str) -> Option<String> {
    // Ids of ours stand in addresses as they are.
    if OrderId::parse(key).is_ok() {
        return Some(format!("/console/orders/{key}"));
    }
    ServiceId::parse(key).is_ok().then(|| format!("/console/find?q={key}"))
}

fn told_in_words(one: Delivery) -> Told {
    let what = match one.occasion.as_str() {
        "opened" => t("alert-told-opened"),
        "cleared" => t("alert-told-cleared"),
        _ => t("alert-told-again"),
    };
    let state = match (one.sent_at, one.withdrawn_at) {
        (Some(at), _) => texts::day_and_time(at),
        (None, Some(_)) => t("alert-told-withdrawn").into_owned(),
        (None, None) => texts::with("alert-told-waits", &[("date", texts::day_and_time(one.wake_at).as_str().into())]),
    };
    Told { what, channel: one.channel, state, problem: one.last_error.filter(|_| one.sent_at.is_none()) }
}

fn back(id: &AlertId) -> Response {
    (no_store(), Redirect::to(&format!("{HERE}/{id}"))).into_response()
}

/// `POST /console/alerts/{alert}/ack`
pub(super) async fn acknowledge(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = read_id(&id)?;
    // Whoever is second sees on the page who was first.
    acts::acknowledge(&app, staff.account.id.as_str(), &id).await?;
    Ok(back(&id))
}

/// `POST /console/alerts/{alert}/resolve`
pub(super) async fn resolve(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    PageForm(typed): PageForm<Typed>,
) -> Result<Response, PageError> {
    let id = read_id(&id)?;
    match Reason::read(&typed.reason) {
        Ok(reason) => {
            acts::resolve(&app, staff.account.id.as_str(), &id, reason.as_str()).await?;
            Ok(back(&id))
        }
        Err(problem) => page(&app, &staff, &id, typed.reason, Some(problem)).await,
    }
}

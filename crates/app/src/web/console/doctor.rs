//! What `givr doctor` finds, on a page. Showing it asks nobody; a button asks everybody.

use crate::app::App;
use crate::doctor::{self, Line, State as Found};
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::nav::Nav;
use crate::web::errors::{PageError, no_store};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Permission;
use http::StatusCode;
use std::borrow::Cow;
use std::time::Duration;

/// Where it is.
const HERE: &str = "/console/doctor";
/// Nobody waits longer for a page: the panel's and Stripe's own limits together would be minutes.
const PATIENCE: Duration = Duration::from_secs(25);

struct Row {
    name: &'static str,
    found: String,
    why: Option<&'static str>,
    act: Option<String>,
    tone: &'static str,
    word: Cow<'static, str>,
}

#[derive(Template)]
#[template(path = "web/console/doctor.html")]
struct DoctorPage {
    frame: Frame,
    nav: Nav,
    /// How the last examination ended, and how long ago; `None` before the first.
    verdict: Option<(String, &'static str)>,
    rows: Vec<Row>,
    /// Whether the visitor may let everything be examined.
    examines: bool,
}

/// `GET /console/doctor`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    let kept = doctor::kept(&app).await?;
    let verdict = kept.as_ref().map(|(at, lines)| {
        let wrong = doctor::count_wrong(lines);
        let when = texts::ago(*at, app.now());
        let count = i64::try_from(wrong).unwrap_or(i64::MAX);
        let tone = if wrong == 0 { "good" } else { "bad" };
        (texts::with("doctor-verdict", &[("count", count.into()), ("when", when.as_str().into())]), tone)
    });
    let mut lines = kept.map(|(_, lines)| lines).unwrap_or_default();
    // What has to be done stands first.
    lines.sort_by_key(|line| match line.state {
        Found::Wrong => 0,
        Found::Note => 1,
        Found::Good => 2,
    });
    let page = DoctorPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("doctor-title")),
        nav: Nav::new(staff.account.role, HERE),
        verdict,
        rows: lines.into_iter().map(row).collect(),
        examines: staff.account.role.may(Permission::MendOrders),
    };
    frame::show_private(StatusCode::OK, &page)
}

fn row(line: Line) -> Row {
    let (tone, word) = match line.state {
        Found::Good => ("good", t("doctor-good")),
        Found::Note => ("plain", t("doctor-note")),
        Found::Wrong => ("bad", t("doctor-wrong")),
    };
    let why = (line.state == Found::Wrong).then(|| line.check.why());
    Row { name: line.check.key(), found: line.found, why, act: line.act, tone, word }
}

/// `POST /console/doctor`
pub(super) async fn examine(State(app): State<App>, _staff: Staff) -> Result<Response, PageError> {
    // What takes longer is not kept; the page says how old its last answer is.
    if let Ok(looked) = tokio::time::timeout(PATIENCE, doctor::examine_and_keep(&app)).await {
        looked?;
    }
    Ok((no_store(), Redirect::to(HERE)).into_response())
}

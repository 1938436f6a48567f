//! What was done to a server, as the panel wrote it down.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Shown, Tab};
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use panel::control::Activity;
use serde::Deserialize;
use store::services::Service;

/// The furthest page that is asked for.
const LAST_PAGE: u32 = 1000;

#[derive(Template)]
#[template(path = "web/dashboard/server/activity.html")]
struct ActivityPage {
    frame: Frame,
    around: Around,
    note: Option<String>,
    asked: bool,
    lines: Vec<Line>,
    newer: Option<u32>,
    older: Option<u32>,
}

struct Line {
    what: String,
    who: String,
    about: String,
    when: String,
}

impl Line {
    fn of(activity: &Activity) -> Self {
        let about = activity.properties.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>();
        Self {
            what: activity.event.clone(),
            who: activity.actor.clone().unwrap_or_else(|| t("activity-shop").into_owned()),
            about: about.join(", "),
            when: texts::day_and_time(activity.at),
        }
    }
}

/// Which page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    page: String,
}

/// `GET /servers/{service}/activity`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(asked): PageQuery<Asked>,
) -> Result<Response, PageError> {
    let page = asked.page.parse().unwrap_or(1).clamp(1, LAST_PAGE);
    let shown = Shown::look(&app, &service, &app.control.activity, &page.to_string(), |panel, server| async move {
        panel.list_activity(&server, page).await
    })
    .await;
    let pages = shown.value.as_ref().map_or(0, |all| all.pages);
    let page = ActivityPage {
        frame: around::frame(&app, &signed_in.account, &service, Tab::Activity),
        around: Around::new(&app, &service, Tab::Activity, None),
        note: shown.note,
        asked: shown.value.is_some(),
        lines: shown.value.iter().flat_map(|all| &all.lines).map(Line::of).collect(),
        newer: (page > 1).then(|| page - 1),
        older: (u64::from(page) < pages).then(|| page + 1),
    };
    frame::show_private(page.around.status(), &page)
}

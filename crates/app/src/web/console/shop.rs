//! The shop as a whole: what does not work, and where nothing is sold.

use crate::app::App;
use crate::desk::acts::Kind;
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::acts;
use crate::web::console::nav::Nav;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::catalogue::RegionKey;
use http::StatusCode;
use jiff::SignedDuration;
use std::borrow::Cow;
use store::incidents::{self, Incident};
use store::sales_pauses;

/// Where it is.
const HERE: &str = "/console/shop";
/// As long ago as incidents are shown.
const SHOWN: SignedDuration = SignedDuration::from_hours(24 * 90);

struct Row {
    title: String,
    place: String,
    text: String,
    when: String,
    /// Where it is ended, while it lasts and if one may.
    end: Option<String>,
    lasts: bool,
}

struct Paused {
    place: String,
    since: String,
    why: String,
    /// Where it is ended, if one may.
    end: Option<String>,
}

#[derive(Template)]
#[template(path = "web/console/shop.html")]
struct ShopPage {
    frame: Frame,
    nav: Nav,
    incidents: Vec<Row>,
    paused: Vec<Paused>,
    begin: Option<String>,
    pause: Option<String>,
    begin_title: Cow<'static, str>,
    pause_title: Cow<'static, str>,
}

fn place(app: &App, region: Option<&RegionKey>) -> String {
    let Some(key) = region else { return t("act-everywhere").into_owned() };
    let region = app.catalogue.find_region(key.as_str());
    region.map_or_else(|| key.to_string(), |region| texts::said(&region.name).into_owned())
}

/// `GET /console/shop`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    let may = |kind: Kind| staff.account.role.may(kind.permission());
    let mut db = app.store.read().await?;
    let known = incidents::list_since(&mut db, app.now() - SHOWN).await?;
    let pauses = sales_pauses::list(&mut db).await?;
    drop(db);
    let row = |incident: Incident| {
        let since = texts::day_and_time(incident.began_at);
        let when = match incident.ended_at {
            Some(ended) => {
                let values = [("from", since.into()), ("to", texts::day_and_time(ended).into())];
                texts::with("shop-lasted", &values)
            }
            None => texts::with("shop-lasts", &[("from", since.into())]),
        };
        let lasts = incident.ended_at.is_none();
        let ends = lasts && may(Kind::EndIncident);
        Row {
            end: ends.then(|| acts::place(Kind::EndIncident, incident.id.as_str())),
            place: place(&app, incident.region.as_ref()),
            title: incident.title,
            text: incident.text,
            when,
            lasts,
        }
    };
    let paused = pauses.into_iter().map(|pause| {
        let key = pause.region.as_ref().map(RegionKey::as_str).unwrap_or_default();
        let to = acts::place(Kind::ResumeSales, "");
        Paused {
            place: place(&app, pause.region.as_ref()),
            since: texts::day_and_time(pause.since),
            end: may(Kind::ResumeSales).then(|| format!("{to}?region={key}")),
            why: pause.why,
        }
    });
    let page = ShopPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("shop-title")),
        nav: Nav::new(staff.account.role, HERE),
        incidents: known.into_iter().map(row).collect(),
        paused: paused.collect(),
        begin: may(Kind::BeginIncident).then(|| acts::place(Kind::BeginIncident, "")),
        pause: may(Kind::PauseSales).then(|| acts::place(Kind::PauseSales, "")),
        begin_title: acts::title(Kind::BeginIncident),
        pause_title: acts::title(Kind::PauseSales),
    };
    frame::show_private(StatusCode::OK, &page)
}

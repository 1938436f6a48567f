//! Whether the shop can sell and deliver, and how it did for ninety days: for people, and the same for programs.

mod history;

use crate::app::App;
use crate::health::{self, Look};
use crate::texts::{self, filters, t};
use crate::web::access::Visitor;
use crate::web::errors::{ApiError, PageError};
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use crate::work::status::states;
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::catalogue::RegionKey;
use domain::freeze::Reach;
use history::{History, Record, Shown};
use http::header;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::borrow::Cow;
use store::incidents::{self, Incident};
use store::orders;
use store::status::Component;

/// How long programs and what stands between may keep the answer.
const KEPT: &str = "public, max-age=30";

/// A part of the shop, as the page shows it.
struct Part {
    name: Cow<'static, str>,
    /// What its badge says.
    word: Cow<'static, str>,
    tone: &'static str,
    text: String,
    past: Shown,
}

/// An incident, as the page shows it.
struct Told {
    title: String,
    text: String,
    /// Where, if not everywhere.
    place: Option<String>,
    /// From when to when.
    time: String,
}

#[derive(Template)]
#[template(path = "web/storefront/status/status.html")]
struct StatusPage {
    frame: Frame,
    well: bool,
    open: Vec<Told>,
    parts: Vec<Part>,
    past: Vec<Told>,
    at: String,
}

/// Everything that both forms say.
struct Seen {
    look: Look,
    history: History,
    incidents: Vec<Incident>,
    /// How long the last deliveries took.
    seconds: Vec<i64>,
}

async fn see(app: &App) -> Result<Seen, store::StoreError> {
    let look = health::look(app).await?;
    let mut db = app.store.read().await?;
    let since = look.at - SignedDuration::from_hours(24) * history::DAYS;
    Ok(Seen {
        history: History::load(&mut db, look.at).await?,
        incidents: incidents::list_since(&mut db, since).await?,
        seconds: orders::delivery_seconds(&mut db, 200).await?,
        look,
    })
}

impl Seen {
    /// All parts are well, and nobody said otherwise.
    fn is_well(&self) -> bool {
        let lasting = self.incidents.iter().any(|incident| incident.ended_at.is_none());
        !lasting && states(&self.look).iter().all(|(.., well)| *well)
    }
}

/// `GET /status`.
pub(super) async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let seen = see(&app).await?;
    let (lasting, over): (Vec<_>, Vec<_>) = seen.incidents.iter().partition(|incident| incident.ended_at.is_none());
    let tell = |incident: &&Incident| told(&app, incident);
    let page = StatusPage {
        frame: Frame::new(&app, visitor.0.as_ref(), "", t("frame-status")).about(t("status-about")),
        well: seen.is_well(),
        open: lasting.iter().map(tell).collect(),
        parts: states(&seen.look)
            .iter()
            .map(|(component, region, well)| {
                let past = seen.history.of_part(*component, region.as_ref()).show();
                part(&app, &seen, *component, region.as_ref(), *well, past)
            })
            .collect(),
        past: over.iter().map(tell).collect(),
        at: texts::day_and_time(seen.look.at),
    };
    frame::show(&page)
}

fn part(app: &App, seen: &Seen, component: Component, region: Option<&RegionKey>, well: bool, past: Shown) -> Part {
    let look = &seen.look;
    let (name, word, text) = match component {
        Component::Shop => {
            let (word, text) = shop(look);
            (t("frame-shop"), word, text)
        }
        Component::Payments => {
            let (word, key) = match well {
                true => ("status-payments-well", "status-payments-well-text"),
                false => ("status-payments-bad", "status-payments-bad-text"),
            };
            (t("status-payments"), word, t(key).into_owned())
        }
        Component::Panel => {
            let (word, text) = panel(look);
            (t("status-panel"), word, text)
        }
        Component::Deliveries => {
            let word = if well { "status-delivery-well" } else { "status-delivery-bad" };
            let key = if well { "status-delivery-text" } else { "status-delivery-bad-text" };
            let time = wording::delivery_time(&seen.seconds);
            (t("status-delivery"), word, texts::with(key, &[("time", time.into())]))
        }
        Component::Region => {
            let (word, key) = match well {
                true => ("status-region-well", "status-region-well-text"),
                false => ("status-region-bad", "status-region-bad-text"),
            };
            (region_name(app, region).into(), word, t(key).into_owned())
        }
    };
    Part { name, word: t(word), tone: if well { "good" } else { "bad" }, text, past }
}

fn shop(look: &Look) -> (&'static str, String) {
    match i64::try_from(look.plans).unwrap_or(i64::MAX) {
        _ if look.sales_paused || look.frozen.stops(Reach::Outside).is_some() => {
            ("status-shop-paused", t("status-shop-paused-text").into_owned())
        }
        0 => ("status-shop-closed", t("status-shop-closed-text").into_owned()),
        plans => ("status-shop-open", texts::with("status-shop-open-text", &[("count", plans.into())])),
    }
}

fn panel(look: &Look) -> (&'static str, String) {
    let seen = |key, at| texts::with(key, &[("ago", texts::ago(at, look.at).into())]);
    match look.panel_read {
        Some(at) if look.panel_is_fresh() => ("status-panel-answers", seen("status-panel-answers-text", at)),
        Some(at) => ("status-panel-silent", seen("status-panel-silent-text", at)),
        None => ("status-panel-unread", t("status-panel-unread-text").into_owned()),
    }
}

/// As people read it; a region that is gone from the catalogue is named by itself.
fn region_name(app: &App, region: Option<&RegionKey>) -> String {
    let key = region.map_or("", RegionKey::as_str);
    app.catalogue.find_region(key).map_or_else(|| key.to_owned(), |region| texts::said(&region.name).into_owned())
}

fn told(app: &App, incident: &Incident) -> Told {
    let from = texts::day_and_time(incident.began_at);
    let time = match incident.ended_at {
        None => texts::with("status-incident-since", &[("from", from.into())]),
        Some(to) => {
            let values = [("from", from.into()), ("to", texts::day_and_time(to).into())];
            texts::with("status-incident-span", &values)
        }
    };
    Told {
        title: incident.title.clone(),
        text: incident.text.clone(),
        place: incident.region.as_ref().map(|region| region_name(app, Some(region))),
        time,
    }
}

/// `GET /status.json`: the same for programs.
pub(super) async fn for_programs(State(app): State<App>) -> Result<Response, ApiError> {
    let seen = see(&app).await?;
    let component = |(component, region, well): &(Component, Option<RegionKey>, bool)| {
        let record = seen.history.of_part(*component, region.as_ref());
        json!({
            "component": component.key(), "region": region, "well": well,
            "well_percent_90d": record.well.map(|hundredths| exact(hundredths) / 100.0), "days": days(&record),
        })
    };
    let answer = json!({
        "at": whole(seen.look.at), "well": seen.is_well(),
        "components": states(&seen.look).iter().map(component).collect::<Vec<_>>(),
        "incidents": seen.incidents.iter().map(incident).collect::<Vec<_>>(),
    });
    Ok(([(header::CACHE_CONTROL, KEPT)], Json(answer)).into_response())
}

/// Days on which somebody looked.
fn days(record: &Record) -> Vec<Value> {
    let known = record.days.iter().filter_map(|(at, day)| Some((at, day.as_ref()?)));
    let one = |(at, day): (&Timestamp, &store::status::Day)| {
        let date = at.strftime("%Y-%m-%d").to_string();
        json!({"day": date, "watched_seconds": day.watched_s, "trouble_seconds": day.trouble_s})
    };
    known.map(one).collect()
}

fn incident(one: &Incident) -> Value {
    json!({
        "title": one.title, "text": one.text, "region": one.region, "began_at": whole(one.began_at),
        "ended_at": one.ended_at.map(whole),
    })
}

/// To the second.
fn whole(at: Timestamp) -> String {
    format!("{at:.0}")
}

#[expect(clippy::cast_precision_loss, reason = "at most ten thousand")]
fn exact(hundredths: i64) -> f64 {
    hundredths as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::freeze::{Frozen, Reason};

    fn look(plans: usize, frozen: &[Reason], panel_read: Option<SignedDuration>) -> Look {
        let at = Timestamp::from_second(100_000).unwrap();
        Look {
            at,
            writable: true,
            panel_read: panel_read.map(|ago| at - ago),
            stripe_answered: None,
            plans,
            sales_paused: false,
            frozen: Frozen::of(frozen.iter().copied()),
            payments_well: true,
            deliveries_well: true,
            regions: Vec::new(),
        }
    }

    #[test]
    fn a_panel_that_was_not_read_for_ten_minutes_is_said_to_be_silent() {
        let word = |minutes: Option<i64>| panel(&look(1, &[], minutes.map(SignedDuration::from_mins))).0;
        let words = [word(Some(9)), word(Some(10)), word(None)];
        assert_eq!(words, ["status-panel-answers", "status-panel-silent", "status-panel-unread"]);
    }

    #[test]
    fn a_shop_without_plans_is_closed() {
        assert_eq!([0, 1].map(|plans| shop(&look(plans, &[], None)).0), ["status-shop-closed", "status-shop-open"]);
    }

    #[test]
    fn a_frozen_shop_is_paused_whatever_it_could_sell() {
        assert_eq!(shop(&look(3, &[Reason::Restored], None)).0, "status-shop-paused");
    }
}

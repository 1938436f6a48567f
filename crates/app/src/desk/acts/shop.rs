//! What concerns the whole shop: nodes, the sale, and what does not work.

use super::{ActError, Looked, Step, not, plan};
use crate::app::App;
use crate::texts::{self, day_and_time, one, t};
use domain::catalogue::RegionKey;
use domain::ids::IncidentId;
use serde_json::json;
use store::{Db, figures, incidents, orders, reservations, sales_pauses, services};

/// Longest title of an incident, in characters.
pub const LONGEST_TITLE: usize = 120;
/// Longest text of an incident, in characters.
pub const LONGEST_TEXT: usize = 2_000;

/// A region as people read it, or everywhere.
fn place(app: &App, region: Option<&RegionKey>) -> Result<String, ActError> {
    let Some(key) = region else { return Ok(t("act-everywhere").into_owned()) };
    let region = app.catalogue.find_region(key.as_str()).ok_or(ActError::Missing)?;
    Ok(texts::said(&region.name).into_owned())
}

/// A region in the audit log.
fn subject(region: Option<&RegionKey>) -> String {
    region.map_or_else(|| "everywhere".to_owned(), ToString::to_string)
}

async fn node(db: &mut Db, id: i64) -> Result<figures::NodeFill, ActError> {
    figures::list_node_fill(db).await?.into_iter().find(|node| node.id == id).ok_or(ActError::Missing)
}

pub(super) async fn drain(db: &mut Db, id: i64) -> Result<Looked, ActError> {
    let node = node(db, id).await?;
    if let Some((since, _)) = &node.drained {
        return Ok(Looked::Not(one("act-drain-already", "date", day_and_time(*since))));
    }
    let held = reservations::count_on_node(db, id).await?;
    let left = (node.memory_mib - node.memory_sold_mib).max(0) / 1024;
    let values = [("node", node.name.as_str().into()), ("left", left.into())];
    let says = vec![texts::with("act-drain-what", &values), one("act-drain-stay", "count", held)];
    plan(says, format!("node {id}"), json!({"node": node.name}), Step::Drain(id))
}

pub(super) async fn undrain(db: &mut Db, id: i64) -> Result<Looked, ActError> {
    let node = node(db, id).await?;
    let Some((_, why)) = node.drained else { return not("act-undrain-not") };
    let says = vec![one("act-undrain-what", "node", node.name.as_str())];
    plan(says, format!("node {id}"), json!({"node": node.name, "was": why}), Step::Undrain(id))
}

pub(super) async fn pause(app: &App, db: &mut Db, region: Option<&RegionKey>) -> Result<Looked, ActError> {
    let place = place(app, region)?;
    let pauses = sales_pauses::list(db).await?;
    if let Some(pause) = pauses.iter().find(|pause| pause.region.as_ref() == region) {
        let values = [("place", place.into()), ("date", day_and_time(pause.since).into())];
        return Ok(Looked::Not(texts::with("act-pause-already", &values)));
    }
    let open = orders::count_open_in(db, region).await?;
    let says = vec![
        one("act-pause-what", "place", place),
        one("act-pause-open", "count", open),
        t("act-pause-rest").into_owned(),
    ];
    plan(says, subject(region), json!({}), Step::PauseSales(region.cloned()))
}

pub(super) async fn resume(app: &App, db: &mut Db, region: Option<&RegionKey>) -> Result<Looked, ActError> {
    let place = place(app, region)?;
    let pauses = sales_pauses::list(db).await?;
    let Some(pause) = pauses.iter().find(|pause| pause.region.as_ref() == region) else {
        return Ok(Looked::Not(one("act-resume-not", "place", place)));
    };
    let mut says = vec![one("act-resume-what", "place", place)];
    let others: Vec<String> = pauses
        .iter()
        .filter(|other| *other != pause)
        .map(|other| self::place(app, other.region.as_ref()).unwrap_or_else(|_| subject(other.region.as_ref())))
        .collect();
    if !others.is_empty() {
        says.push(one("act-resume-others", "places", others.join(", ")));
    }
    plan(says, subject(region), json!({"was": pause.why}), Step::ResumeSales(region.cloned()))
}

/// A text for everybody: what was typed without control characters, if it is neither empty nor too long.
fn words(typed: &str, most: usize, line: bool) -> Option<String> {
    let kept: String =
        typed.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || (*c == '\n' && !line)).collect();
    let kept = kept.trim().to_owned();
    (1..=most).contains(&kept.chars().count()).then_some(kept)
}

pub(super) async fn begin(
    app: &App,
    db: &mut Db,
    title: &str,
    text: &str,
    region: Option<&RegionKey>,
) -> Result<Looked, ActError> {
    let place = place(app, region)?;
    if let Some(open) = incidents::list_open(db).await?.into_iter().find(|open| open.region.as_ref() == region) {
        let values = [("title", open.title.into()), ("date", day_and_time(open.began_at).into())];
        return Ok(Looked::Not(texts::with("act-begin-already", &values)));
    }
    let title = words(title, LONGEST_TITLE, true)
        .ok_or_else(|| ActError::Typed(one("act-begin-title-problem", "most", LONGEST_TITLE)))?;
    let text = words(text, LONGEST_TEXT, false)
        .ok_or_else(|| ActError::Typed(one("act-begin-text-problem", "most", LONGEST_TEXT)))?;
    let count = services::count_customers_in(db, region).await?;
    let values = [("place", place.into()), ("count", count.into())];
    let says = vec![
        t("act-begin-status").into_owned(),
        texts::with("act-begin-customers", &values),
        t("act-begin-spared").into_owned(),
        t("act-begin-goes-on").into_owned(),
    ];
    let detail = json!({"title": title, "region": region.map(RegionKey::as_str)});
    plan(says, "incident".to_owned(), detail, Step::BeginIncident { title, text, region: region.cloned() })
}

pub(super) async fn finish(db: &mut Db, id: &IncidentId) -> Result<Looked, ActError> {
    let open = incidents::list_open(db).await?.into_iter().find(|incident| incident.id == *id);
    let Some(incident) = open else {
        let known = incidents::find(db, id).await?.ok_or(ActError::Missing)?;
        let ended = known.ended_at.map(day_and_time).unwrap_or_default();
        return Ok(Looked::Not(one("act-finish-over", "date", ended)));
    };
    let values = [("title", incident.title.as_str().into()), ("date", day_and_time(incident.began_at).into())];
    let says = vec![texts::with("act-finish-what", &values), t("act-finish-judged").into_owned()];
    let step = Step::EndIncident(incident.id, incident.region);
    plan(says, id.to_string(), json!({"title": incident.title}), step)
}

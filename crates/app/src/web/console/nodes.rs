//! How full the nodes are: what is sold of each, and what is left.

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
use domain::access::Role;
use domain::capacity::days_left;
use http::StatusCode;
use jiff::SignedDuration;
use std::borrow::Cow;
use std::collections::BTreeMap;
use store::figures::{self, NodeFill};
use store::marks;

/// Where they are.
const HERE: &str = "/console/nodes";
/// Days whose sales are the pace.
const PACE_DAYS: i64 = 14;

/// How much of something is sold.
struct Bar {
    label: &'static str,
    /// In percent of what can be sold, at most 100.
    percent: i64,
    tone: &'static str,
    text: String,
}

struct Row {
    name: String,
    location: String,
    takes_servers: bool,
    /// Since when we place nothing new on it, and why.
    drained: Option<(String, String)>,
    /// Where that is changed, and what it is called, for those who may.
    act: Option<(String, Cow<'static, str>)>,
    bars: [Bar; 3],
    /// When its memory is sold out, at the pace of late.
    forecast: Option<String>,
}

#[derive(Template)]
#[template(path = "web/console/nodes.html")]
struct NodesPage {
    frame: Frame,
    nav: Nav,
    rows: Vec<Row>,
    /// When the panel was last read completely.
    read: Option<String>,
}

/// `GET /console/nodes`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    let mut db = app.store.read().await?;
    let nodes = figures::list_node_fill(&mut db).await?;
    let sweep = marks::find(&mut db, crate::work::panel_sync::MARK).await?;
    let grown = figures::list_node_growth(&mut db, app.now() - SignedDuration::from_hours(24 * PACE_DAYS)).await?;
    drop(db);
    let grown: BTreeMap<i64, i64> = grown.into_iter().collect();
    let page = NodesPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("nodes-title")),
        nav: Nav::new(staff.account.role, HERE),
        rows: nodes
            .into_iter()
            .map(|node| {
                let grown = grown.get(&node.id).copied().unwrap_or_default();
                row(node, grown, staff.account.role)
            })
            .collect(),
        read: sweep.map(|sweep| texts::ago(sweep.at, app.now())),
    };
    frame::show_private(StatusCode::OK, &page)
}

fn row(node: NodeFill, grown_mib: i64, role: Role) -> Row {
    let left = days_left(node.memory_mib - node.memory_sold_mib, grown_mib, PACE_DAYS).filter(|_| node.takes_servers);
    let kind = if node.drained.is_some() { Kind::Undrain } else { Kind::Drain };
    let act = role.may(kind.permission());
    let gib = |mib: i64| texts::number(mib / 1024);
    let sold = |sold: i64, all: i64| {
        texts::with("nodes-sold", &[("sold", gib(sold).as_str().into()), ("all", gib(all).as_str().into())])
    };
    let ports = [("free", node.ports_free.into()), ("all", node.ports.into())];
    Row {
        forecast: left.map(|days| texts::with("nodes-forecast", &[("days", days.into())])),
        bars: [
            bar("nodes-memory", node.memory_sold_mib, node.memory_mib, sold(node.memory_sold_mib, node.memory_mib)),
            bar("nodes-disk", node.disk_sold_mib, node.disk_mib, sold(node.disk_sold_mib, node.disk_mib)),
            bar("nodes-ports", node.ports - node.ports_free, node.ports, texts::with("nodes-free-ports", &ports)),
        ],
        name: node.name,
        location: node.location,
        takes_servers: node.takes_servers,
        act: act.then(|| (acts::place(kind, &node.id.to_string()), acts::title(kind))),
        drained: node.drained.map(|(since, why)| (texts::day_and_time(since), why)),
    }
}

fn bar(label: &'static str, sold: i64, all: i64, text: String) -> Bar {
    let percent = if all > 0 { (100 * sold / all).clamp(0, 100) } else { 100 };
    let tone = match percent {
        ..75 => "good",
        75..90 => "warn",
        _ => "bad",
    };
    Bar { label, percent, tone, text }
}

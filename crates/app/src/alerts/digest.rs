//! The figures of a day, told once a day.

use super::channels::{Telling, Tone};
use super::words::stamp;
use crate::app::App;
use crate::desk::overview;
use domain::redact::without_addresses;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::fmt::Write as _;
use store::alerts::{self, Wanted};
use store::figures::{self, NodeFill};
use store::{Db, StoreError};

/// Deliveries that are looked at for the middle one.
const MOST_DELIVERED: i64 = 10_000;
/// Alerts that are named.
const MOST_ALERTS: usize = 10;

/// The day whose digest is due at this moment, with its end; `None` before the time of day, or where none is wanted.
pub(crate) fn due(app: &App, now: Timestamp) -> Option<(Date, Timestamp)> {
    let settings = &app.config.alerts;
    let at = settings.digest_at?;
    let here = now.to_zoned_datetime(settings.time_zone.clone());
    let day = if here.time() >= at { here.date() } else { here.date().yesterday().ok()? };
    let end = day.to_datetime(at).to_zoned_datetime(settings.time_zone.clone()).ok()?.timestamp();
    // A shop that was off for a day tells of the last one only, and a new one not of a day before it was there.
    (now.duration_since(end) < SignedDuration::from_hours(12)).then_some((day, end))
}

/// The figures of the day that ended at `end`.
///
/// # Errors
/// The database did not answer.
pub(crate) async fn of(app: &App, db: &mut Db, end: Timestamp) -> Result<Telling, StoreError> {
    let from = end - SignedDuration::from_hours(24);
    let sales = figures::sales(db, from, end).await?;
    let delivered = figures::list_delivered(db, from, end, MOST_DELIVERED).await?;
    let income = figures::list_income(db).await?;
    let nodes = figures::list_node_fill(db).await?;
    let open = alerts::list_page(db, Wanted::Open, None, 1000).await?;

    let mut text = String::new();
    let mut line = |line: String| {
        // Writing into a text does not fail.
        let _ = writeln!(text, "{line}");
    };
    line(format!("Paid for: {}", sales.paid));
    let done = sales.delivered + sales.failed;
    let share = if done == 0 {
        String::new()
    } else {
        format!(" ({:.1} % of what was decided)", 100.0 * ratio(sales.delivered, done))
    };
    line(format!("Handed over: {}{share}", sales.delivered));
    line(format!("Could not be delivered: {}", sales.failed));
    line(format!("Refunds decided: {}", sales.refunded));
    line(format!("Servers that ended: {}", sales.ended));
    for (game, times) in overview::by_game(app, &delivered) {
        line(format!(
            "  {game}: {}, from payment to playable {} s on average, {} s in the middle",
            times.count, times.mean, times.p50
        ));
    }
    for (money, servers) in overview::monthly(&income) {
        line(format!("Monthly income: {money} from {servers} servers"));
    }
    for node in &nodes {
        line(node_line(node));
    }
    line(format!("Open alerts: {}", open.len()));
    for alert in open.iter().take(MOST_ALERTS) {
        line(format!("  {} about {}, since {}", alert.rule, without_addresses(&alert.key), stamp(alert.opened_at)));
    }
    Ok(Telling {
        title: format!("[{}] The day until {}", app.config.site.name, stamp(end)),
        text,
        link: app.site_url("/console"),
        tone: Tone::Plain,
        data: json!({
            "occasion": "digest", "until": end, "paid": sales.paid, "delivered": sales.delivered, "failed": sales.failed,
            "refunded": sales.refunded, "ended": sales.ended, "open_alerts": open.len(),
        }),
    })
}

fn node_line(node: &NodeFill) -> String {
    let percent = |part: i64, whole: i64| if whole > 0 { 100 * part / whole } else { 100 };
    format!(
        "Node {}: {} % of memory sold, {} % of disk, {} of {} ports free{}",
        node.name,
        percent(node.memory_sold_mib, node.memory_mib),
        percent(node.disk_sold_mib, node.disk_mib),
        node.ports_free,
        node.ports,
        if node.takes_servers { "" } else { "; takes no new servers" }
    )
}

/// Of two counts. Both are far below what a fraction holds exactly.
fn ratio(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}

//! What those who look after the shop read. English, as the log and the command line are.

use super::channels::{Telling, Tone};
use crate::app::App;
use domain::alert::{Occasion, Severity};
use domain::redact::without_addresses;
use jiff::Timestamp;
use serde_json::json;
use store::alerts::Alert;

/// An alert, told for this reason.
pub fn of_alert(app: &App, alert: &Alert, occasion: Occasion) -> Telling {
    let rule = &alert.rule;
    let since = stamp(alert.opened_at);
    let title = match occasion {
        Occasion::Opened => format!("{}: {rule}", severity(alert.severity)),
        Occasion::Escalated(_) => format!("Nobody looks after {rule}, open since {since}"),
        Occasion::Cleared => format!("Over: {rule}"),
    };
    // Whose address it is stands in the console, for those who may see customers.
    let text = without_addresses(&alert.text);
    let mut lines = vec![
        text.to_string(),
        String::new(),
        format!("About: {}", without_addresses(&alert.key)),
        format!("Since: {since}"),
    ];
    if let Some(over) = alert.cleared_at {
        lines.push(format!("Over: {}", stamp(over)));
    }
    if let Some((by, why)) = &alert.resolved {
        lines.push(format!("Said to be over by {by}: {why}"));
    }
    if alert.times > 1 {
        lines.push(format!("Seen: {} times, last {}", alert.times, stamp(alert.seen_at)));
    }
    if alert.cleared_at.is_none() {
        lines.push(format!("What to do: docs/runbooks/README.md, {rule}"));
        lines.push(format!("On the command line: givr alert ack {}", alert.id));
    }
    Telling {
        title: format!("[{}] {title}", app.config.site.name),
        text: lines.join("\n"),
        link: app.site_url(&format!("/console/alerts/{}", alert.id)),
        tone: match (occasion, alert.severity) {
            (Occasion::Cleared, _) => Tone::Good,
            (Occasion::Opened | Occasion::Escalated(_), Severity::Critical) => Tone::Critical,
            (Occasion::Opened | Occasion::Escalated(_), Severity::Warning) => Tone::Warning,
        },
        data: json!({
            "occasion": occasion.key(), "alert": alert.id, "rule": rule, "key": without_addresses(&alert.key), "severity": alert.severity.key(),
            "opened_at": alert.opened_at, "cleared_at": alert.cleared_at, "times": alert.times,
        }),
    }
}

/// A try of a channel.
pub fn of_test(app: &App) -> Telling {
    Telling {
        title: format!("[{}] This is a test", app.config.site.name),
        text: "Somebody tried whether alerts reach you. They do: nothing is wrong.".to_owned(),
        link: app.site_url("/console/alerts"),
        tone: Tone::Plain,
        data: json!({"occasion": "test"}),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::Warning => "Warning",
    }
}

/// A moment, to the second.
pub(super) fn stamp(at: Timestamp) -> String {
    format!("{at:.0}")
}

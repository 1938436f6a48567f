//! What a server used over time, as small charts that the page draws itself: a line per figure, the highest value as the edge.

use crate::texts::{self, t};
use crate::web::dashboard::server::{TabLink, size};
use domain::catalogue::ServerShape;
use jiff::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt::Write;
use store::services::Service;
use store::usage::{self, Span, Step};
use store::{Db, StoreError};

/// The drawing's size, in units of its own; the page stretches it.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 60.0;
/// Room for the line's own breadth at both edges.
const MARGIN: f64 = 2.0;
/// Bytes in a mebibyte.
const MIB: f64 = 1024.0 * 1024.0;

/// A figure over time.
type Series = Vec<(Timestamp, f64)>;

/// How far back, as an address says it. Anything else is an hour.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    range: String,
}

impl Asked {
    pub(super) fn span(&self) -> Span {
        Span::ALL.into_iter().find(|span| span.key() == self.range).unwrap_or(Span::Hour)
    }
}

/// Everything that is drawn of a server.
pub(super) struct Charts {
    /// Whether there is anything to look back at; else nobody ever saw the server.
    pub(super) shown: bool,
    pub(super) lines: Vec<Chart>,
    pub(super) ranges: Vec<TabLink>,
}

/// One figure over time.
pub(super) struct Chart {
    pub(super) name: Cow<'static, str>,
    /// What was seen last.
    pub(super) now: String,
    /// The same for who does not see the drawing.
    pub(super) label: String,
    /// A path per line.
    pub(super) paths: Vec<String>,
}

impl Charts {
    /// The charts of a service over `span`.
    pub(super) async fn load(db: &mut Db, service: &Service, span: Span, now: Timestamp) -> Result<Self, StoreError> {
        let steps = usage::list(db, &service.id, span, now).await?;
        Ok(Self::of(&steps, service, span, now))
    }

    fn of(steps: &[Step], service: &Service, span: Span, now: Timestamp) -> Self {
        let range = |one: Span| TabLink {
            href: format!("/servers/{}?range={}#charts", service.id, one.key()),
            label: t(&format!("chart-{}", one.key())),
            here: one == span,
        };
        let shown = service.sample.at.is_some();
        Self { shown, lines: lines(steps, service, span, now), ranges: Span::ALL.map(range).into() }
    }
}

fn lines(steps: &[Step], service: &Service, span: Span, now: Timestamp) -> Vec<Chart> {
    let ServerShape { memory_mib, cpu_percent, disk_mib, .. } = service.spec.shape;
    let axis = Axis { span, now };
    let seconds = whole(span.step().as_secs());
    let series = |read: &dyn Fn(&Step) -> Option<f64>| -> Series {
        steps.iter().filter_map(|step| Some((step.at, read(step)?))).collect()
    };
    let chart = |name: &str, most: f64, mut series: Vec<Series>, say: &dyn Fn(f64) -> String| {
        series.retain(|series| !series.is_empty());
        let peak = series.iter().flatten().map(|(_, value)| *value).fold(0.0, f64::max);
        let last = |series: &Series| series.last().map(|(_, value)| say(*value)).unwrap_or_default();
        let name = t(name);
        let now = series.iter().map(last).collect::<Vec<_>>().join(" · ");
        let label = texts::with(
            "chart-label",
            &[("name", name.clone().into()), ("now", now.clone().into()), ("most", say(peak).into())],
        );
        let top = most.max(peak).max(f64::MIN_POSITIVE);
        let paths: Vec<String> = series.iter().map(|series| axis.path(series, top)).collect();
        (!paths.is_empty()).then_some(Chart { name, now, label, paths })
    };
    let bytes = |value: f64| size(rounded(value));
    let percent = |value: f64| texts::with("server-cpu-used", &[("percent", format!("{value:.0}").into())]);
    let people = |value: f64| texts::number(i64::try_from(rounded(value)).unwrap_or(i64::MAX));
    let pace = |value: f64| texts::with("chart-per-second", &[("size", size(rounded(value)).into())]);
    let players = service.sample.players_max.map_or(0.0, whole);
    let (memory, disk) = (f64::from(memory_mib) * MIB, f64::from(disk_mib) * MIB);
    let received = series(&|step| Some(whole(step.received_bytes) / seconds));
    let sent = series(&|step| Some(whole(step.sent_bytes) / seconds));
    [
        chart("server-players", players, vec![series(&|step| step.players.map(whole))], &people),
        chart("server-cpu", f64::from(cpu_percent), vec![series(&|step| Some(step.cpu_percent))], &percent),
        chart("server-memory", memory, vec![series(&|step| Some(whole(step.memory_bytes)))], &bytes),
        chart("server-disk", disk, vec![series(&|step| Some(whole(step.disk_bytes)))], &bytes),
        chart("chart-network", 0.0, vec![received, sent], &pace),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Where an instant lies on a drawing.
#[derive(Clone, Copy)]
struct Axis {
    span: Span,
    now: Timestamp,
}

impl Axis {
    /// A line through all values; where nobody looked, it is interrupted.
    fn path(self, series: &[(Timestamp, f64)], top: f64) -> String {
        let (step, first) = (self.span.step(), self.span.step_of(self.now) - self.span.length() + self.span.step());
        let steps = whole(self.span.length().as_secs() / step.as_secs() - 1);
        let mut path = String::new();
        let mut before: Option<Timestamp> = None;
        for (at, value) in series {
            let x = whole(at.duration_since(first).as_secs() / step.as_secs()) / steps * WIDTH;
            let y = HEIGHT - MARGIN - value / top * (HEIGHT - 2.0 * MARGIN);
            let joined = before.is_some_and(|before| before + step == *at);
            let verb = if joined { 'L' } else { 'M' };
            // Writing to a String does not fail. A single point is a dot, for its ends are round.
            let _ = write!(path, "{verb}{x:.1} {y:.1}");
            if !joined {
                path.push_str("h0");
            }
            before = Some(*at);
        }
        path
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for a drawing of 300 units")]
fn whole(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded, and never below zero")]
fn rounded(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_line_goes_from_edge_to_edge_and_is_interrupted_where_nobody_looked() {
        let axis = Axis { span: Span::Hour, now: minute(59) };
        let series = [(minute(0), 0.0), (minute(1), 50.0), (minute(3), 100.0), (minute(59), 100.0)];
        assert_eq!(axis.path(&series, 100.0), "M0.0 58.0h0L5.1 30.0M15.3 2.0h0M300.0 2.0h0");
    }

    #[test]
    fn an_unknown_range_is_an_hour() {
        let asked = |range: &str| Asked { range: range.to_owned() }.span();
        assert_eq!(
            [asked("week"), asked("day"), asked(""), asked("<")],
            [Span::Week, Span::Day, Span::Hour, Span::Hour]
        );
    }
}

//! Billing periods: calendar months and years from an anchor, in UTC, clamped at short months.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

const DAY: i64 = 86_400;

/// `at` plus `count` intervals (`day`, `week`, `month`, `year`).
pub(crate) fn add_interval(at: i64, interval: &str, count: i64) -> i64 {
    let span = match interval {
        "day" => Span::new().try_days(count),
        "week" => Span::new().try_weeks(count),
        "year" => Span::new().try_years(count),
        _ => Span::new().try_months(count),
    };
    let start = Timestamp::from_second(at).unwrap_or(Timestamp::MAX).to_zoned_datetime(TimeZone::UTC);
    let moved = span.and_then(|span| start.checked_add(span));
    moved.map_or(Timestamp::MAX.as_second(), |moved| moved.timestamp().as_second())
}

/// The first period boundary after `after`, counted from `anchor` so that a clamped month does not stay short.
pub(super) fn next_boundary(anchor: i64, interval: &str, count: i64, after: i64) -> i64 {
    let longest = count.max(1)
        * match interval {
            "day" => DAY,
            "week" => 7 * DAY,
            "year" => 366 * DAY,
            _ => 31 * DAY,
        };
    // So many periods have passed at least; the few that are missing are counted.
    let mut periods = ((after - anchor) / longest).max(0) + 1;
    loop {
        let boundary = add_interval(anchor, interval, count.max(1) * periods);
        if boundary > after || boundary == Timestamp::MAX.as_second() {
            return boundary;
        }
        periods += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("an instant").as_second()
    }

    #[test]
    fn a_period_from_the_31st_is_clamped_and_recovers() {
        let anchor = at("2026-01-31T10:00:00Z");
        let february = next_boundary(anchor, "month", 1, anchor);
        assert_eq!(february, at("2026-02-28T10:00:00Z"));
        assert_eq!(next_boundary(anchor, "month", 1, february), at("2026-03-31T10:00:00Z"));
        assert_eq!(add_interval(anchor, "year", 1), at("2027-01-31T10:00:00Z"));
    }
}

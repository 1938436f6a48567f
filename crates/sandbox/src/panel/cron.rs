//! When a line of a crontab is due.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A line's five fields, each as the set of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Days of both kinds are named: either is enough.
    either: bool,
}

/// Days that are looked at before "never".
const MOST_DAYS: usize = 4 * 366;

impl Times {
    /// Reads the fields: minute, hour, day of the month, month, day of the week. `None` for what is no crontab.
    pub(super) fn read(fields: [&str; 5]) -> Option<Self> {
        let [minute, hour, day, month, weekday] = fields;
        let weekdays = set(weekday, 0, 7)?;
        Some(Self {
            minutes: set(minute, 0, 59)?,
            hours: set(hour, 0, 23)?,
            days: set(day, 1, 31)?,
            months: set(month, 1, 12)?,
            // Sunday stands at both ends.
            weekdays: weekdays | weekdays >> 7,
            either: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }

    fn is_on(&self, date: Date) -> bool {
        let has = |set: u64, value: i8| set >> value & 1 == 1;
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        has(self.months, date.month()) && if self.either { day || weekday } else { day && weekday }
    }

    /// The first whole minute after `now` that fits, in UTC; `None` when there is none in four years.
    pub(super) fn after(&self, now: Timestamp) -> Option<Timestamp> {
        let next = now.to_zoned_datetime(TimeZone::UTC).datetime().checked_add(1.minute()).ok()?;
        let mut date = next.date();
        let mut from = (next.hour(), next.minute());
        for _ in 0..MOST_DAYS {
            if self.is_on(date)
                && let Some((hour, minute)) = self.time_from(from)
            {
                let at = DateTime::from_parts(date, jiff::civil::time(hour, minute, 0, 0));
                return at.to_zoned_datetime(TimeZone::UTC).ok().map(|at| at.timestamp());
            }
            date = date.tomorrow().ok()?;
            from = (0, 0);
        }
        None
    }

    fn time_from(&self, (hour, minute): (i8, i8)) -> Option<(i8, i8)> {
        let has = |set: u64, value: &i8| set >> *value & 1 == 1;
        (hour..24).filter(|hour| has(self.hours, hour)).find_map(|at| {
            let first = if at == hour { minute } else { 0 };
            (first..60).find(|minute| has(self.minutes, minute)).map(|minute| (at, minute))
        })
    }
}

/// The values of a field such as `*`, `5`, `1-4`, `*/10` and `0,30`.
fn set(field: &str, least: u32, most: u32) -> Option<u64> {
    let mut values = 0_u64;
    for part in field.split(',') {
        let (range, step) = part.split_once('/').map_or((part, Some(1)), |(range, step)| (range, step.parse().ok()));
        let step: usize = step.filter(|step| *step > 0)?;
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
            None if part.contains('/') => (range.parse().ok()?, most),
            None => (range.parse().ok()?, range.parse().ok()?),
        };
        if from < least || to > most || from > to {
            return None;
        }
        values |= (from..=to).step_by(step).fold(0, |values, value| values | 1 << value);
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_minute_that_fits_is_found() {
        // A Tuesday.
        let now: Timestamp = "2026-11-24T10:00:30Z".parse().expect("an instant");
        for (line, next) in [
            ("* * * * *", "2026-11-24T10:01:00Z"),
            ("0 * * * *", "2026-11-24T11:00:00Z"),
            ("*/15 9-11 * * *", "2026-11-24T10:15:00Z"),
            ("0 4 * * *", "2026-11-25T04:00:00Z"),
            ("30 10 24 12 *", "2026-12-24T10:30:00Z"),
            ("0 0 * * 7", "2026-11-29T00:00:00Z"),
            ("0 0 * * 0", "2026-11-29T00:00:00Z"),
            ("0 0 1 * 4", "2026-11-26T00:00:00Z"),
            ("5,50 23 29 2 *", "2028-02-29T23:05:00Z"),
        ] {
            let fields: Vec<&str> = line.split(' ').collect();
            let times = Times::read(fields.try_into().expect("five fields")).expect("a crontab");
            assert_eq!(times.after(now).map(|at| at.to_string()).as_deref(), Some(next), "{line}");
        }
    }

    #[test]
    fn what_is_no_crontab_is_not_read() {
        for odd in ["60", "-1", "a", "", "5-1", "*/0", "1/", "1,,2", "99999999999"] {
            assert_eq!(Times::read([odd, "*", "*", "*", "*"]), None, "{odd}");
        }
        let never = Times::read(["0", "0", "31", "2", "*"]).expect("a crontab");
        assert_eq!(never.after(Timestamp::UNIX_EPOCH), None);
    }
}

//! Alerts: how bad they are, and when who is told of one. Not here: why one is raised, and how anybody is told.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Somebody has to act now.
    Critical,
    /// Somebody should look soon.
    Warning,
}

impl Severity {
    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
        }
    }

    /// The severity with this word.
    pub fn find(key: &str) -> Option<Self> {
        [Self::Critical, Self::Warning].into_iter().find(|severity| severity.key() == key)
    }
}

/// How often somebody is told again while nobody has acknowledged a critical alert: with the first time, four levels.
pub const ESCALATIONS: u8 = 3;

/// How long a warning has to last before anybody is told: what mends itself meanwhile is nobody's work.
pub const WARNING_SETTLES: SignedDuration = SignedDuration::from_secs(60);

/// The same thing that comes and goes is told this often at most.
pub const SAME_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// From where on a figure is an alert, and from where on it is none any more. What lies between leaves it as it is, so that a figure
/// that dances around one line does not wake anybody twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Above this it opens.
    pub open_above: f64,
    /// At this or below it ends.
    pub clear_at: f64,
}

/// What a figure means for its alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has to be open.
    Open,
    /// It stays as it is.
    Keep,
    /// It has to be over.
    Clear,
}

impl Limits {
    /// What this figure means.
    pub fn judge(self, figure: f64) -> Verdict {
        if figure > self.open_above {
            Verdict::Open
        } else if figure <= self.clear_at {
            Verdict::Clear
        } else {
            Verdict::Keep
        }
    }
}

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// It began.
    Opened,
    /// Nobody has acknowledged it; how often that was told, this time included.
    Escalated(u8),
    /// It is over.
    Cleared,
}

impl Occasion {
    /// Every occasion.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Opened, Self::Cleared].into_iter().chain((1..=ESCALATIONS).map(Self::Escalated))
    }

    /// The word in rows.
    pub fn key(self) -> String {
        match self {
            Self::Opened => "opened".to_owned(),
            Self::Escalated(level) => format!("escalated_{level}"),
            Self::Cleared => "cleared".to_owned(),
        }
    }

    /// The occasion with this word.
    pub fn find(key: &str) -> Option<Self> {
        Self::all().find(|occasion| occasion.key() == key)
    }
}

/// Hours of the day in which nobody is woken for a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietHours {
    /// They begin.
    pub from: Time,
    /// They end; before `from` on the next day.
    pub to: Time,
    /// Where people sleep.
    pub zone: TimeZone,
}

impl QuietHours {
    /// When the quiet hours end that it is in at this moment; `None` outside of them.
    pub fn end(&self, now: Timestamp) -> Option<Timestamp> {
        let here = now.to_zoned_datetime(self.zone.clone());
        let (today, time) = (here.date(), here.time());
        let over_midnight = self.to <= self.from;
        let day = match over_midnight {
            false if time >= self.from && time < self.to => today,
            true if time < self.to => today,
            // The last day of the calendar has no tomorrow, and nobody who sleeps through it.
            true if time >= self.from => today.tomorrow().ok()?,
            false | true => return None,
        };
        // A time that a change of the clocks leaves out is the next one that there is.
        Some(DateTime::from_parts(day, self.to).to_zoned_datetime(self.zone.clone()).ok()?.timestamp())
    }
}

/// When people want to be told.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// When not, unless it is critical.
    pub quiet: Option<QuietHours>,
    /// How long a critical alert may stand before it is told again; then four times and sixteen times as long.
    pub escalate_after: SignedDuration,
}

/// How far the first word about an alert has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstWord {
    /// Nobody is to be told yet.
    None,
    /// It waits to be sent, since this moment.
    Waiting(Timestamp),
    /// Somebody got it; it was to be sent since this moment.
    Sent(Timestamp),
}

/// What is known about an alert and who was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How bad it is.
    pub severity: Severity,
    /// When it began.
    pub opened_at: Timestamp,
    /// Whether somebody has said that they look after it.
    pub acknowledged: bool,
    /// When it was over.
    pub cleared_at: Option<Timestamp>,
    /// How far the first word has come.
    pub first: FirstWord,
    /// How often it was told again.
    pub escalations: u8,
    /// When the same thing was last told before, if it was.
    pub told_before: Option<Timestamp>,
}

/// What to do about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Tell everybody whom it concerns, not before this moment.
    Tell(Occasion, Timestamp),
    /// Nothing before this moment.
    WaitUntil(Timestamp),
    /// It was over before anybody was told: nobody needs to know.
    Withdraw,
    /// Nothing any more, or nothing until something changes.
    Rest,
}

impl Standing {
    /// What to do now.
    pub fn next(&self, wishes: &Wishes, now: Timestamp) -> Step {
        match (self.cleared_at, self.first) {
            (None, FirstWord::None) => Step::Tell(Occasion::Opened, self.awake(wishes, self.due())),
            (None, FirstWord::Waiting(since) | FirstWord::Sent(since)) => self.escalate(wishes, since, now),
            (Some(_), FirstWord::None | FirstWord::Waiting(_)) => Step::Withdraw,
            (Some(at), FirstWord::Sent(_)) => Step::Tell(Occasion::Cleared, self.awake(wishes, at)),
        }
    }

    fn due(&self) -> Timestamp {
        let settled = match self.severity {
            Severity::Critical => self.opened_at,
            Severity::Warning => self.opened_at + WARNING_SETTLES,
        };
        self.told_before.map_or(settled, |before| settled.max(before + SAME_AGAIN))
    }

    /// A moment at which somebody may be told.
    fn awake(&self, wishes: &Wishes, at: Timestamp) -> Timestamp {
        match self.severity {
            Severity::Critical => at,
            Severity::Warning => wishes.quiet.as_ref().and_then(|quiet| quiet.end(at)).unwrap_or(at),
        }
    }

    /// Counted from when people were first to be told: whoever was not there cannot have left it lying. Of several levels that are due at
    /// once, after a long stop, the last one is told.
    fn escalate(&self, wishes: &Wishes, since: Timestamp, now: Timestamp) -> Step {
        if self.severity == Severity::Warning || self.acknowledged {
            return Step::Rest;
        }
        let due = |level: u8| since + wishes.escalate_after * 4_i32.pow(u32::from(level) - 1);
        let mut levels = self.escalations + 1..=ESCALATIONS;
        match (levels.clone().rev().find(|level| due(*level) <= now), levels.next()) {
            (Some(level), _) => Step::Tell(Occasion::Escalated(level), now),
            (None, Some(next)) => Step::WaitUntil(due(next)),
            (None, None) => Step::Rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin(from: (i8, i8), to: (i8, i8)) -> QuietHours {
        let time = |(hour, minute)| Time::constant(hour, minute, 0, 0);
        QuietHours { from: time(from), to: time(to), zone: TimeZone::get("Europe/Berlin").unwrap() }
    }

    #[test]
    fn quiet_hours_end_in_the_morning_of_where_people_sleep() {
        for (now, end) in [
            ("2026-01-10T20:59:59Z", None),
            ("2026-01-10T21:00:00Z", Some("2026-01-11T06:00:00Z")),
            ("2026-01-11T02:00:00Z", Some("2026-01-11T06:00:00Z")),
            ("2026-01-11T06:00:00Z", None),
            // The night in which summer begins.
            ("2026-03-28T22:00:00Z", Some("2026-03-29T05:00:00Z")),
        ] {
            assert_eq!(berlin((22, 0), (7, 0)).end(at(now)), end.map(at), "{now}");
        }
    }

    #[test]
    fn quiet_hours_within_a_day_end_on_it_and_a_time_that_is_left_out_ends_them_when_the_clocks_are_back() {
        let siesta = berlin((13, 0), (15, 0));
        assert_eq!(siesta.end(at("2026-01-10T12:30:00Z")), Some(at("2026-01-10T14:00:00Z")));
        assert_eq!(siesta.end(at("2026-01-10T14:00:00Z")), None);
        // There is no half past two on that day.
        assert_eq!(berlin((22, 0), (2, 30)).end(at("2026-03-28T23:00:00Z")), Some(at("2026-03-29T01:30:00Z")));
    }

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    fn wishes() -> Wishes {
        Wishes { quiet: Some(berlin((22, 0), (7, 0))), escalate_after: MINUTE * 15 }
    }

    fn open(severity: Severity) -> Standing {
        Standing {
            severity,
            opened_at: at("2026-01-10T23:00:00Z"),
            acknowledged: false,
            cleared_at: None,
            first: FirstWord::None,
            escalations: 0,
            told_before: None,
        }
    }

    #[test]
    fn what_is_critical_is_told_at_once_and_a_warning_waits_for_the_morning() {
        let now = at("2026-01-10T23:00:00Z");
        let critical = open(Severity::Critical);
        assert_eq!(critical.next(&wishes(), now), Step::Tell(Occasion::Opened, now));
        let warning = open(Severity::Warning);
        assert_eq!(warning.next(&wishes(), now), Step::Tell(Occasion::Opened, at("2026-01-11T06:00:00Z")));
        let never = Wishes { quiet: None, ..wishes() };
        assert_eq!(warning.next(&never, now), Step::Tell(Occasion::Opened, now + WARNING_SETTLES));
    }

    #[test]
    fn what_was_over_before_anybody_heard_of_it_is_not_told() {
        let now = at("2026-01-11T01:00:00Z");
        for first in [FirstWord::None, FirstWord::Waiting(now)] {
            let over = Standing { cleared_at: Some(now), first, ..open(Severity::Warning) };
            assert_eq!(over.next(&wishes(), now), Step::Withdraw);
        }
        let told = Standing { cleared_at: Some(now), first: FirstWord::Sent(now), ..open(Severity::Critical) };
        assert_eq!(told.next(&wishes(), now), Step::Tell(Occasion::Cleared, now));
    }

    #[test]
    fn nobody_answers_so_it_is_told_again_after_a_quarter_an_hour_and_four_hours_and_then_no_more() {
        let opened = open(Severity::Critical);
        let mut standing = Standing { first: FirstWord::Sent(opened.opened_at), ..opened };
        let mut now = standing.opened_at;
        let mut told = Vec::new();
        loop {
            match standing.next(&wishes(), now) {
                Step::WaitUntil(later) => now = later,
                Step::Tell(Occasion::Escalated(level), _) => {
                    told.push((level, now.duration_since(standing.opened_at).as_mins()));
                    standing.escalations = level;
                }
                step => break assert_eq!(step, Step::Rest),
            }
        }
        assert_eq!(told, [(1, 15), (2, 60), (3, 240)]);
        // After a long stop it is told once, not three times in a row.
        let late = Standing { escalations: 0, ..standing };
        assert_eq!(late.next(&wishes(), now), Step::Tell(Occasion::Escalated(3), now));
        // What was open long before anybody could be told is not late.
        let fresh = Standing { escalations: 0, first: FirstWord::Waiting(now), ..standing };
        assert_eq!(fresh.next(&wishes(), now), Step::WaitUntil(now + MINUTE * 15));
    }

    #[test]
    fn somebody_looks_after_it_or_it_is_a_warning_so_nobody_is_told_again() {
        let late = at("2026-01-12T12:00:00Z");
        let first = FirstWord::Sent(at("2026-01-10T23:00:00Z"));
        let seen = Standing { acknowledged: true, first, ..open(Severity::Critical) };
        assert_eq!(seen.next(&wishes(), late), Step::Rest);
        let warning = Standing { first, ..open(Severity::Warning) };
        assert_eq!(warning.next(&wishes(), late), Step::Rest);
    }

    #[test]
    fn what_comes_and_goes_is_told_once_in_ten_minutes() {
        let before = at("2026-01-10T22:58:00Z");
        let again = Standing { told_before: Some(before), ..open(Severity::Critical) };
        assert_eq!(again.next(&wishes(), again.opened_at), Step::Tell(Occasion::Opened, before + SAME_AGAIN));
    }

    #[test]
    fn a_figure_that_dances_around_a_line_changes_nothing() {
        let limits = Limits { open_above: 10.0, clear_at: 5.0 };
        let verdicts = [10.0, 10.1, 9.9, 5.1, 5.0, 0.0].map(|figure| limits.judge(figure));
        use Verdict::{Clear, Keep, Open};
        assert_eq!(verdicts, [Keep, Open, Keep, Keep, Clear, Clear]);
    }

    #[test]
    fn every_occasion_is_read_back() {
        assert!(Occasion::all().all(|occasion| Occasion::find(&occasion.key()) == Some(occasion)));
        assert_eq!((Occasion::all().count(), Occasion::find("escalated_4")), (5, None));
    }
}

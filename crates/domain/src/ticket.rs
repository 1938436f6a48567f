//! Support tickets: what they are about, who has to write next, and how long an answer may take.

use jiff::{SignedDuration, Timestamp};

/// The words of a closed set, as they stand in rows and forms.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $count:literal { $($(#[$about:meta])* $word:ident = $key:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$about])* $word,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: [Self; $count] = [$(Self::$word,)*];

            /// The word in rows and forms.
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$word => $key,)*
                }
            }

            /// The one with this key, if there is one.
            pub fn find(key: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.key() == key)
            }
        }
    };
}

words! {
    /// What a ticket is about.
    Category: 3 {
        /// Whatever is nothing else.
        General = "general",
        /// Money.
        Billing = "billing",
        /// A server.
        Technical = "technical",
    }
}

words! {
    /// How much it matters, as the customer says, or staff after a look.
    Priority: 3 {
        /// It can wait.
        Low = "low",
        /// As most things.
        Normal = "normal",
        /// Something does not work at all.
        High = "high",
    }
}

words! {
    /// Who has to write next.
    State: 3 {
        /// Staff.
        Open = "open",
        /// The customer.
        Pending = "pending",
        /// Nobody.
        Closed = "closed",
    }
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Whose ticket it is.
    Customer,
    /// Whoever works here.
    Staff,
}

/// Where a ticket stands, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Who has to write next.
    pub state: State,
    /// Since when that is so.
    pub since: Timestamp,
}

/// The ticket was closed too long ago: whoever wants more opens another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedForGood;

/// How long a customer may open a closed ticket again by writing.
pub const REOPENS: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Within how much working time we promise a first answer.
pub const FIRST_ANSWER: SignedDuration = SignedDuration::from_hours(24);

impl Status {
    /// As it is after somebody wrote.
    ///
    /// # Errors
    /// It was closed too long ago for its customer. Staff may always write.
    pub fn after_message(self, by: Side, now: Timestamp) -> Result<Self, ClosedForGood> {
        match (self.state, by) {
            // They wait since the first message without an answer, however many follow.
            (State::Open, Side::Customer) => Ok(self),
            (State::Closed, Side::Customer) if !self.reopens(now) => Err(ClosedForGood),
            (State::Pending | State::Closed, Side::Customer) => Ok(Self { state: State::Open, since: now }),
            (State::Open | State::Pending | State::Closed, Side::Staff) => {
                Ok(Self { state: State::Pending, since: now })
            }
        }
    }

    /// As it is after somebody said where it stands. What is so already is so since it began.
    #[must_use]
    pub fn set(self, state: State, now: Timestamp) -> Self {
        if self.state == state { self } else { Self { state, since: now } }
    }

    /// Whether its customer may write.
    pub fn reopens(self, now: Timestamp) -> bool {
        match self.state {
            State::Open | State::Pending => true,
            State::Closed => now.duration_since(self.since) < REOPENS,
        }
    }
}

const DAY: i64 = 86_400;

/// Until when we promise to answer what was asked at this moment. Saturdays and Sundays (UTC) do not count.
pub fn first_answer_by(asked_at: Timestamp) -> Timestamp {
    let mut left = FIRST_ANSWER.as_secs();
    let mut second = asked_at.as_second();
    // A day of work and what is left of it: no more than the day it began on, two of a weekend and the one it ends on.
    for _ in 0..8 {
        let until_midnight = DAY - second.rem_euclid(DAY);
        if is_weekend(second) {
            second += until_midnight;
        } else if left <= until_midnight {
            return Timestamp::from_second(second + left).unwrap_or(asked_at);
        } else {
            left -= until_midnight;
            second += until_midnight;
        }
    }
    asked_at
}

fn is_weekend(second: i64) -> bool {
    // The first day of Unix time was a Thursday.
    let weekday = (second.div_euclid(DAY) + 4).rem_euclid(7);
    weekday == 0 || weekday == 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn status(state: State) -> Status {
        Status { state, since: at("2026-03-02T12:00:00Z") }
    }

    #[test]
    fn whoever_wrote_waits_for_the_other() {
        let now = at("2026-03-03T12:00:00Z");
        for (before, by, after) in [
            (State::Open, Side::Staff, State::Pending),
            (State::Pending, Side::Staff, State::Pending),
            (State::Closed, Side::Staff, State::Pending),
            (State::Pending, Side::Customer, State::Open),
            (State::Closed, Side::Customer, State::Open),
        ] {
            let expected = Ok(Status { state: after, since: now });
            assert_eq!(status(before).after_message(by, now), expected, "{before:?} {by:?}");
        }
    }

    #[test]
    fn more_words_do_not_put_a_customer_back_in_the_queue() {
        let waits = status(State::Open);
        assert_eq!(waits.after_message(Side::Customer, at("2026-03-03T12:00:00Z")), Ok(waits));
    }

    #[test]
    fn what_was_closed_a_month_ago_stays_closed_for_its_customer_but_not_for_staff() {
        let closed = status(State::Closed);
        let last = closed.since + REOPENS;
        assert!(closed.after_message(Side::Customer, last - SignedDuration::from_secs(1)).is_ok());
        assert_eq!(closed.after_message(Side::Customer, last), Err(ClosedForGood));
        assert!(closed.after_message(Side::Staff, last).is_ok());
    }

    #[test]
    fn closing_twice_begins_no_new_month() {
        let closed = status(State::Closed);
        assert_eq!(closed.set(State::Closed, at("2026-03-20T12:00:00Z")), closed);
    }

    #[test]
    fn weekends_do_not_count_towards_the_first_answer() {
        for (asked, by) in [
            // A Tuesday; a Friday; a Saturday; the last second of a Sunday; midnight before a Friday.
            ("2026-03-03T15:30:00Z", "2026-03-04T15:30:00Z"),
            ("2026-03-06T15:30:00Z", "2026-03-09T15:30:00Z"),
            ("2026-03-07T10:00:00Z", "2026-03-10T00:00:00Z"),
            ("2026-03-08T23:59:59Z", "2026-03-10T00:00:00Z"),
            ("2026-03-06T00:00:00Z", "2026-03-07T00:00:00Z"),
        ] {
            assert_eq!(first_answer_by(at(asked)), at(by), "{asked}");
        }
    }

    #[test]
    fn words_of_rows_are_read_back() {
        assert!(Category::ALL.iter().all(|one| Category::find(one.key()) == Some(*one)));
        assert!(Priority::ALL.iter().all(|one| Priority::find(one.key()) == Some(*one)));
        assert!(State::ALL.iter().all(|one| State::find(one.key()) == Some(*one)));
    }
}

//! Taking a server away for good: which step comes next.

use crate::provision::{Attempt, Waits, may_appear_until};
use jiff::{SignedDuration, Timestamp};

/// What a look at the panel by the server's external id showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No answer, or one that cannot be trusted (S7).
    Unknown,
    /// There is none.
    Nothing,
    /// There is one.
    Server,
}

/// Everything that the next step depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<'a> {
    /// Whether the subscription was confirmed to have ended.
    pub subscription_ended: bool,
    /// The look at the panel of this pass.
    pub found: Found,
    /// All calls to create the server, oldest first.
    pub attempts: &'a [Attempt],
    /// What the panel is given time for.
    pub waits: Waits,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing can or must be done before then.
    Wait(Timestamp),
    /// End the subscription: the money stops before the server does (M10).
    EndSubscription,
    /// Remove the server from the panel.
    Delete,
    /// It is gone for good: release what it held.
    Finish,
}

/// The step that follows from what was seen.
pub fn next_step(seen: &Seen<'_>, now: Timestamp) -> Step {
    match seen.found {
        _ if !seen.subscription_ended => Step::EndSubscription,
        Found::Unknown => Step::Wait(now + SignedDuration::from_secs(5)),
        Found::Server => Step::Delete,
        // A create whose answer was lost may still put a server there, and a panel may be behind one that it confirmed.
        Found::Nothing => may_appear_until(seen.attempts, &seen.waits, now).map_or(Step::Finish, Step::Wait),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::AttemptOutcome;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn seen(subscription_ended: bool, found: Found, attempts: &[Attempt]) -> Seen<'_> {
        Seen { subscription_ended, found, attempts, waits: Waits::default() }
    }

    #[test]
    fn the_subscription_ends_before_the_server_does() {
        assert_eq!(next_step(&seen(false, Found::Server, &[]), at(0)), Step::EndSubscription);
        assert_eq!(next_step(&seen(true, Found::Server, &[]), at(0)), Step::Delete);
    }

    #[test]
    fn no_answer_finishes_nothing() {
        assert_eq!(next_step(&seen(true, Found::Unknown, &[]), at(0)), Step::Wait(at(5)));
    }

    #[test]
    fn a_lost_create_is_waited_for_before_the_place_is_given_away() {
        let lost =
            [Attempt { node: 1, started_at: at(0), finished_at: Some(at(1)), outcome: Some(AttemptOutcome::Lost) }];
        assert_eq!(next_step(&seen(true, Found::Nothing, &lost), at(30)), Step::Wait(at(61)));
        assert_eq!(next_step(&seen(true, Found::Nothing, &lost), at(61)), Step::Finish);
    }

    #[test]
    fn a_server_that_was_confirmed_a_moment_ago_is_looked_for_once_more() {
        let made =
            [Attempt { node: 1, started_at: at(0), finished_at: Some(at(1)), outcome: Some(AttemptOutcome::Created) }];
        assert_eq!(next_step(&seen(true, Found::Nothing, &made), at(30)), Step::Wait(at(61)));
        assert_eq!(next_step(&seen(true, Found::Nothing, &made), at(61)), Step::Finish);
    }
}

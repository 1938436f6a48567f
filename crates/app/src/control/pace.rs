//! How often the panel may be bothered about one server. Each process counts for itself.

use domain::ids::ServiceId;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;

/// Commands at once; one of them comes back every fifth of a second.
const COMMANDS: NonZeroU32 = NonZeroU32::new(10).unwrap();
const COMMAND_BACK: Duration = Duration::from_millis(200);
/// Switches of power at once; one of them comes back every twelve seconds.
const SWITCHES: NonZeroU32 = NonZeroU32::new(10).unwrap();
const SWITCH_BACK: Duration = Duration::from_secs(12);
/// Other changes at once; one of them comes back every second.
const CHANGES: NonZeroU32 = NonZeroU32::new(20).unwrap();
const CHANGE_BACK: Duration = Duration::from_secs(1);

/// Invitations at once; one of them comes back every ten minutes.
const INVITATIONS: NonZeroU32 = NonZeroU32::new(5).unwrap();
const INVITATION_BACK: Duration = Duration::from_secs(600);

/// Counts what is done to servers.
pub struct Pace {
    commands: DefaultKeyedRateLimiter<ServiceId>,
    switches: DefaultKeyedRateLimiter<ServiceId>,
    changes: DefaultKeyedRateLimiter<ServiceId>,
    invitations: DefaultKeyedRateLimiter<ServiceId>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A line for the console: 10 in 2 s.
    Command,
    /// A start, a stop: 10 in 2 min.
    Switch,
    /// A letter of the panel to somebody: 5, and one in 10 min.
    Invite,
    /// Anything else that changes something: 20, and one a second.
    Change,
}

impl Default for Pace {
    fn default() -> Self {
        let keyed = |back: Duration, most: NonZeroU32| {
            let quota = Quota::with_period(back).unwrap_or_else(|| Quota::per_second(most)).allow_burst(most);
            RateLimiter::keyed(quota)
        };
        Self {
            commands: keyed(COMMAND_BACK, COMMANDS),
            switches: keyed(SWITCH_BACK, SWITCHES),
            changes: keyed(CHANGE_BACK, CHANGES),
            invitations: keyed(INVITATION_BACK, INVITATIONS),
        }
    }
}

impl Pace {
    /// Counts a deed.
    ///
    /// # Errors
    /// Too many; with the seconds to wait.
    pub fn take(&self, service: &ServiceId, deed: Deed) -> Result<(), u64> {
        let limiter = match deed {
            Deed::Command => &self.commands,
            Deed::Switch => &self.switches,
            Deed::Change => &self.changes,
            Deed::Invite => &self.invitations,
        };
        let taken = limiter.check_key(service);
        taken.map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
    }

    /// Forgets servers that have their whole allowance back.
    pub fn forget_idle(&self) {
        for limiter in [&self.commands, &self.switches, &self.changes, &self.invitations] {
            limiter.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::Id;
    use uuid::Uuid;

    #[test]
    fn each_server_and_each_kind_of_deed_is_counted_by_itself() {
        let pace = Pace::default();
        let [one, other] = [1, 2].map(|number| ServiceId::from_uuid(Uuid::from_u128(number)));

        let switches: Vec<bool> = (0..12).map(|_| pace.take(&one, Deed::Switch).is_ok()).collect();

        assert_eq!(switches.iter().filter(|taken| **taken).count(), 10);
        assert!(pace.take(&one, Deed::Switch).is_err_and(|wait_s| (1..=13).contains(&wait_s)));
        assert_eq!((pace.take(&one, Deed::Command), pace.take(&other, Deed::Switch)), (Ok(()), Ok(())));
    }
}

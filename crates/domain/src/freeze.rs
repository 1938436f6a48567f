//! Why an installation holds back. One word, *frozen*, for every reason; each says how far it reaches.

/// Why an installation is frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Far too many servers are missing at once (S8).
    ServersMissing,
    /// This machine's clock is wrong (K3). Ends when it is right.
    WrongClock,
    /// The data came out of a backup, and the world outside went on since (R3).
    Restored,
    /// The database is not where it was left, or is not the one that was left there: it may be a copy (R7).
    Moved,
    /// Somebody confirmed a restore while this process was at work on what was there before (R7). Ends with the process.
    Superseded,
}

/// How much stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Servers are neither made nor removed.
    Servers,
    /// Nothing outside is changed, and nothing is concluded from what is read there.
    Outside,
}

impl Reason {
    /// Reasons that stand in the database and so hold for every process.
    pub const STORED: [Self; 3] = [Self::ServersMissing, Self::Restored, Self::Moved];

    /// The word in rows and answers.
    pub fn key(self) -> &'static str {
        match self {
            Self::ServersMissing => "servers_missing",
            Self::WrongClock => "wrong_clock",
            Self::Restored => "restored",
            Self::Moved => "moved",
            Self::Superseded => "superseded",
        }
    }

    /// The stored reason with this word.
    pub fn find(key: &str) -> Option<Self> {
        Self::STORED.into_iter().find(|reason| reason.key() == key)
    }

    /// How much stands still because of it.
    pub fn reach(self) -> Reach {
        match self {
            Self::ServersMissing => Reach::Servers,
            Self::WrongClock | Self::Restored | Self::Moved | Self::Superseded => Reach::Outside,
        }
    }

    /// What happened and what ends it, for whoever runs the shop.
    pub fn words(self) -> &'static str {
        match self {
            Self::ServersMissing => {
                "Far too many servers are missing on the panel at once. Servers are neither made nor removed until they are there again."
            }
            Self::WrongClock => {
                "This machine's clock differs from Stripe's by more than ten seconds. The shop takes no orders and changes nothing outside \
                 until it is right: look at the machine's time synchronisation."
            }
            Self::Restored => {
                "This shop was restored from a backup. It takes no orders and changes nothing outside until `givr restore confirm`."
            }
            Self::Moved => {
                "This database may be a copy: it is not where it was left. The shop takes no orders and changes nothing outside until \
                 `givr restore confirm`."
            }
            Self::Superseded => {
                "Another process has taken this installation over after a restore. This one takes no orders and changes nothing outside: \
                 restart it."
            }
        }
    }
}

/// Why an installation is frozen at this moment; empty while it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frozen(Vec<Reason>);

impl Frozen {
    /// Frozen for these reasons.
    pub fn of(reasons: impl IntoIterator<Item = Reason>) -> Self {
        Self(reasons.into_iter().collect())
    }

    /// The reason for which something of this reach stands still, if one does.
    pub fn stops(&self, reach: Reach) -> Option<Reason> {
        self.0.iter().copied().filter(|reason| reason.reach() >= reach).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_everything_outside_stops_servers_too_and_not_the_other_way_round() {
        let missing = Frozen::of([Reason::ServersMissing]);
        assert_eq!(missing.stops(Reach::Servers), Some(Reason::ServersMissing));
        assert_eq!(missing.stops(Reach::Outside), None);
        let both = Frozen::of([Reason::ServersMissing, Reason::Restored]);
        assert_eq!(both.stops(Reach::Outside), Some(Reason::Restored));
        assert_eq!(both.stops(Reach::Servers), Some(Reason::Restored));
        assert_eq!(Frozen::default().stops(Reach::Servers), None);
    }

    #[test]
    fn stored_reasons_are_found_by_their_words_and_no_others() {
        assert!(Reason::STORED.iter().all(|reason| Reason::find(reason.key()) == Some(*reason)));
        assert_eq!(Reason::find(Reason::Superseded.key()), None);
    }
}

//! What goes wrong in a run, and in which order.

use clap::ValueEnum;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use std::time::Duration;
use store::Engine;

/// Something that goes wrong for real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Kind {
    /// A process is killed (SIGKILL) while it holds work, and started again later.
    Kill,
    /// A process stands still (SIGSTOP) past its lease, and goes on.
    Stall,
    /// The clock of a process jumps by minutes or hours, and back.
    ClockJump,
    /// PostgreSQL is ended without shutting down, and started again.
    DatabaseRestart,
    /// Every connection to the database breaks.
    DatabaseCut,
    /// The database does not answer for a while.
    DatabaseHang,
    /// The database's disk is full for a while.
    DiskFull,
    /// Stripe answers late.
    StripeSlow,
    /// Stripe takes calls and answers none, and then the connections break.
    StripeHang,
    /// The panel answers late.
    PanelSlow,
    /// The panel takes calls and answers none, and then the connections break.
    PanelHang,
    /// Neither Stripe nor the panel answers, while people look at pages.
    BothHang,
    /// Webhooks never arrive.
    WebhooksLost,
    /// Webhooks arrive three times.
    WebhooksRepeated,
    /// Webhooks arrive late, and in another order.
    WebhooksReordered,
}

/// Who is struck: two lines of faults run side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Processes,
    Surroundings,
}

impl Kind {
    pub(crate) fn lane(self) -> Lane {
        match self {
            Self::Kill | Self::Stall | Self::ClockJump => Lane::Processes,
            Self::DatabaseRestart
            | Self::DatabaseCut
            | Self::DatabaseHang
            | Self::DiskFull
            | Self::StripeSlow
            | Self::StripeHang
            | Self::PanelSlow
            | Self::PanelHang
            | Self::BothHang
            | Self::WebhooksLost
            | Self::WebhooksRepeated
            | Self::WebhooksReordered => Lane::Surroundings,
        }
    }

    /// Whether it can happen to this database: a file is not restarted, and nobody speaks to it over a line.
    pub(crate) fn can_strike(self, engine: Engine) -> bool {
        let server = matches!(self, Self::DatabaseRestart | Self::DatabaseCut | Self::DatabaseHang);
        engine == Engine::Postgres || !server
    }

    /// About how many seconds one strike takes, with the rest after it.
    fn seconds(self) -> u64 {
        match self {
            Self::Kill => 6,
            Self::Stall => 15,
            Self::ClockJump | Self::BothHang => 8,
            Self::DatabaseRestart => 3,
            Self::DatabaseHang
            | Self::DiskFull
            | Self::StripeSlow
            | Self::StripeHang
            | Self::PanelSlow
            | Self::PanelHang => 6,
            Self::DatabaseCut | Self::WebhooksLost | Self::WebhooksRepeated | Self::WebhooksReordered => 1,
        }
    }

    /// What reports call it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Kill => "kill -9 of a process that holds work",
            Self::Stall => "a process stands still past its lease",
            Self::ClockJump => "the clock of a process jumps",
            Self::DatabaseRestart => "PostgreSQL restarts at once",
            Self::DatabaseCut => "all connections to the database break",
            Self::DatabaseHang => "the database does not answer",
            Self::DiskFull => "the database's disk is full",
            Self::StripeSlow => "Stripe answers late",
            Self::StripeHang => "Stripe does not answer",
            Self::PanelSlow => "the panel answers late",
            Self::PanelHang => "the panel does not answer",
            Self::BothHang => "neither Stripe nor the panel answers",
            Self::WebhooksLost => "webhooks are lost",
            Self::WebhooksRepeated => "webhooks are repeated",
            Self::WebhooksReordered => "webhooks come late and out of order",
        }
    }
}

/// Every kind so many times, in an order of chance.
pub(crate) fn plan(kinds: &[Kind], lane: Lane, times: u32, chance: &mut StdRng) -> Vec<Kind> {
    let of_lane = kinds.iter().filter(|kind| kind.lane() == lane);
    let mut plan: Vec<Kind> = of_lane.flat_map(|kind| (0..times).map(|_| *kind)).collect();
    plan.shuffle(chance);
    plan
}

/// About how long a plan takes.
pub(crate) fn duration(plan: &[Kind]) -> Duration {
    Duration::from_secs(plan.iter().map(|kind| kind.seconds()).sum())
}

/// By how many seconds a clock jumps.
pub(crate) fn jump(chance: &mut StdRng) -> i64 {
    let sizes = [120, 600, 2_400, 7_200, 21_600];
    let size = sizes[chance.random_range(0..sizes.len())];
    if chance.random_range(0..2) == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn every_kind_has_its_turns_and_the_same_seed_the_same_order() {
        let kinds = Kind::value_variants();
        let of = |seed| {
            let mut chance = StdRng::seed_from_u64(seed);
            [Lane::Processes, Lane::Surroundings].map(|lane| plan(kinds, lane, 10, &mut chance))
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        let all = of(1).concat();
        for kind in kinds {
            assert_eq!(all.iter().filter(|planned| *planned == kind).count(), 10, "{kind:?}");
        }
    }
}

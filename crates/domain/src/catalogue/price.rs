//! Terms and the price rule.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The period that one payment buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// One month.
    Monthly,
    /// Three months.
    Quarterly,
    /// Six months.
    Semiannual,
    /// Twelve months.
    Yearly,
}

/// No price is below this, in minor units.
const FLOOR_MINOR: i64 = 99;

impl Term {
    /// All terms, shortest first.
    pub const ALL: [Self; 4] = [Self::Monthly, Self::Quarterly, Self::Semiannual, Self::Yearly];

    /// How many months one payment buys.
    pub fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Semiannual => 6,
            Self::Yearly => 12,
        }
    }

    /// The discount against paying month by month, in percent.
    pub fn discount_percent(self) -> u32 {
        match self {
            Self::Monthly => 0,
            Self::Quarterly => 5,
            Self::Semiannual => 10,
            Self::Yearly => 20,
        }
    }

    /// The price rule: months × monthly price less the discount, rounded half up, at least 99 minor units.
    pub fn price_minor(self, monthly_minor: i64) -> i64 {
        let hundredths = monthly_minor * i64::from(self.months()) * i64::from(100 - self.discount_percent());
        ((hundredths + 50) / 100).max(FLOOR_MINOR)
    }

    /// The word in files, addresses and lookup keys.
    pub fn key(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Semiannual => "semiannual",
            Self::Yearly => "yearly",
        }
    }

    /// The term with this key, if there is one.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|term| term.key() == key)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prices_are_rounded_half_up_and_never_below_the_floor() {
        assert_eq!(Term::Quarterly.price_minor(699), 1992); // 1992.15
        assert_eq!(Term::Quarterly.price_minor(1049), 2990); // 2989.65
        assert_eq!(Term::Quarterly.price_minor(1090), 3107); // 3106.50
        assert_eq!(Term::Monthly.price_minor(1), 99);
    }

    proptest! {
        #[test]
        fn a_dearer_plan_never_costs_less_in_any_term(monthly in 1_i64..10_000_000, more in 0_i64..1000) {
            for term in Term::ALL {
                prop_assert!(term.price_minor(monthly) <= term.price_minor(monthly + more));
            }
        }

        #[test]
        fn a_longer_term_costs_more_in_all_but_less_by_the_month(monthly in 100_i64..10_000_000) {
            for pair in Term::ALL.windows(2) {
                let (short, long) = (pair[0], pair[1]);
                let (less, more) = (short.price_minor(monthly), long.price_minor(monthly));
                prop_assert!(less < more);
                prop_assert!(more * i64::from(short.months()) <= less * i64::from(long.months()));
            }
        }
    }
}

//! Laws that the rules keep whatever happens: tables of every case, invented sequences, and models written by other means.
//!
//! Each test of invented inputs says how many it tries; `PROPTEST_CASES` replaces all of these numbers. A failure leaves its seed
//! in `tests/proptest-regressions`, which is committed with the fix.

mod capacity;
mod delivery;
mod money;
mod orders;
mod standing;
mod written;

use proptest::test_runner::Config;

/// Tries this many cases, or as many as `PROPTEST_CASES` asks for.
pub(crate) fn cases(number: u32) -> Config {
    Config::with_cases(number)
}

//! Laws that the rules keep whatever happens: tables of every case, invented sequences, and models written by other means.
//!
//! `PROPTEST_CASES` makes every invented test try more; 256 is what a plain run tries. A failure leaves its seed in
//! `tests/proptest-regressions`, which is committed with the fix.

mod delivery;
mod orders;

use proptest::test_runner::Config;

/// As many cases as a plain run or `PROPTEST_CASES` asks for, `share` times over: what is cheap is tried more often.
pub(crate) fn cases(share: u32) -> Config {
    let config = Config::default();
    Config { cases: config.cases * share, ..config }
}

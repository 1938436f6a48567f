//! From a paid order to a playable server and away again: laws of each single step, and deliveries in a world that fails.

mod panel;
mod removal;
mod steps;
mod story;
mod worker;

use jiff::{SignedDuration, Timestamp};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

fn seconds(number: i64) -> SignedDuration {
    SignedDuration::from_secs(number)
}

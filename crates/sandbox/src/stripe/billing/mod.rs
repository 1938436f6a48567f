//! How subscriptions become invoices, invoices become charges, and what happens when a charge fails.

pub(crate) mod api;
mod calendar;
pub(crate) mod changes;
pub(crate) mod charging;
pub(crate) mod cycle;
pub(crate) mod discounts;
pub(crate) mod invoicing;
pub(crate) mod lines;
pub(crate) mod preview;

use serde::{Deserialize, Serialize};

pub(crate) use calendar::add_interval;

/// `amount * part / whole`, rounded down; nothing of nothing is nothing.
pub(crate) fn proportion(amount: i64, part: i64, whole: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let exact = i128::from(amount) * i128::from(part) / i128::from(whole);
    i64::try_from(exact).unwrap_or(i64::MAX)
}

/// What becomes of a subscription after its last failed retry: an account setting at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalOutcome {
    /// It is cancelled with the reason `payment_failed`.
    Cancel,
    /// It stays as `unpaid`; new invoices stay drafts.
    Unpaid,
    /// It stays `past_due`.
    PastDue,
}

/// How a failed renewal is retried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dunning {
    /// Days from one failed attempt to the next.
    pub retry_after_days: Vec<u32>,
    /// What happens after the last one.
    pub final_outcome: FinalOutcome,
}

impl Default for Dunning {
    fn default() -> Self {
        Self { retry_after_days: vec![3, 5, 7], final_outcome: FinalOutcome::Cancel }
    }
}

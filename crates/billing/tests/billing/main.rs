//! The Stripe client against answers written here; each request it makes is checked against the contract's schemas.

mod contract;
mod failures;
mod fake;
mod reading;
mod requests;
mod retries;
mod samples;
mod webhooks;

//! The Stripe simulator against its checklist, in-process: one file per subject.

mod checkout;
mod faults;
mod lists;
mod operations;
mod pages;
mod refunds;
mod renewals;
mod transport;
mod webhooks;
mod world;

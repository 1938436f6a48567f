//! The rules of the business: ids, money, the catalogue, states and next steps. No async, no clock, no input or output.

pub mod access;
pub mod alert;
pub mod call;
pub mod capacity;
pub mod catalogue;
pub mod freeze;
pub mod ids;
pub mod language;
pub mod money;
pub mod order;
pub mod provision;
pub mod public_page;
pub mod redact;
pub mod refund;
pub mod removal;
pub mod snapshot;
pub mod standing;
pub mod ticket;
pub mod timeline;

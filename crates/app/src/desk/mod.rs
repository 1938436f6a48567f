//! What those who look after the shop look at and do: shared by the command line and the console, so that both say and do the same.
//! Each act is one transaction with its line in the audit log.

pub mod acts;
pub mod events;
pub mod find;
pub mod orders;
pub mod overview;
pub mod story;

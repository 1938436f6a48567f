//! What customers and operators live through, told against real databases, real game sockets and the simulators of Stripe and of
//! the panel. Every story runs on SQLite and on PostgreSQL.

mod alerts;
mod audit_chain;
mod bad_input;
mod console;
mod dashboard;
mod faults;
mod forms;
mod languages;
mod log_canaries;
mod money;
mod operators;
mod price_list;
mod privacy;
mod profile;
mod public_pages;
mod purchase;
mod restore;
mod retention;
mod standing;
mod surprises;
mod tickets;
mod verify;
mod waiting;
mod watch;
mod world;

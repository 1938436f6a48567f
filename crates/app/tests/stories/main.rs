//! What customers and operators live through, told against real databases, real game sockets and the simulators of Stripe and of
//! the panel. Every story runs on SQLite and on PostgreSQL.

mod acts;
mod acts_adopt;
mod acts_shop;
mod alerts;
mod audit_chain;
mod bad_input;
mod console;
mod dashboard;
mod doctor;
mod faults;
mod forms;
mod languages;
mod lists;
mod log_canaries;
mod log_drain;
mod metrics;
mod money;
mod operators;
mod price_list;
mod privacy;
mod profile;
mod public_pages;
mod purchase;
mod restore;
mod retention;
mod rules;
mod scale;
mod standing;
mod status;
mod surprises;
mod tickets;
mod verify;
mod waiting;
mod watch;
mod world;

//! What customers and operators live through, told against real databases, real game sockets and the simulators of Stripe and of
//! the panel. Every story runs on SQLite and on PostgreSQL.

mod audit_chain;
mod bad_input;
mod faults;
mod log_canaries;
mod money;
mod privacy;
mod purchase;
mod retention;
mod surprises;
#[expect(dead_code, reason = "the world can do more than the stories need")]
mod world;

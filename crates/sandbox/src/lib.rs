//! Stand-ins for the outside world: a Stripe simulator and a panel simulator over HTTP, with faults to switch on.
//!
//! Both share a movable clock and no wire type with the clients they are tested against, so that a mistake in one is not
//! repeated in the other.

pub mod clock;
pub mod games;
pub mod panel;
pub mod serve;
pub mod stripe;

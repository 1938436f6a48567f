//! The simulated panel as a storefront meets it.

mod faults;
mod lifecycle;
mod games;
mod world;

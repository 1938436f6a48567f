//! The simulated panel as a storefront meets it.

mod faults;
mod games;
mod lifecycle;
mod shop;
mod world;

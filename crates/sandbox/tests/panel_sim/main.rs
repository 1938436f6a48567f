//! The simulated panel as a storefront meets it.

mod belongings;
mod console;
mod doors;
mod faults;
mod files;
mod games;
mod lifecycle;
mod shop;
mod world;

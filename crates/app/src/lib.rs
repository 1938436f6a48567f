//! The program `givr`: the shop, the work behind it, and the commands.

pub mod alerts;
pub mod app;
pub mod audit;
pub mod catalogue_files;
pub mod cli;
pub mod clock;
pub mod config;
pub mod mail;
pub mod observe;
pub mod privacy;
pub mod sales;
pub mod transport;
pub mod web;
pub mod work;

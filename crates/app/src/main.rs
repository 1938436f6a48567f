//! The `givr` program.
fn main() {}

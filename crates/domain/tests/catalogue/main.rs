//! The shipped catalogue, the eggs of two collections, and what a careless hand may do to the files.

mod eggs;
mod files;
mod mistakes;
mod shipped;

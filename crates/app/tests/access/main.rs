//! Who may do what: every route that the registry knows, tried as everybody. A new route is tried without anybody's doing.

#[path = "../stories/world.rs"]
#[expect(dead_code, reason = "the world of the stories can do more than is needed here")]
mod world;

mod browsers;
mod callers;
mod forgery;
mod matrix;

//! Who may do what: every route that the registry knows, tried as everybody; and how people, programs and guessers fare at the door.
//! A new route is tried without anybody's doing.

#[path = "../stories/world.rs"]
#[expect(dead_code, reason = "the world of the stories can do more than is needed here")]
mod world;

mod browsers;
mod callers;
mod doors;
mod factors;
mod forgery;
mod gets;
mod guessing;
mod keys;
mod languages;
mod matrix;
mod rotation;
mod scripts;
mod staff;
mod timing;
mod tokens;
mod viewing;

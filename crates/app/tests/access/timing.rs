//! Does the time of an answer tell whether an address has an account? A measurement, not a test: it is run by hand, on a quiet machine,
//! `cargo test --release -p app --test access timing -- --ignored --nocapture`.

use crate::doors::Browser;
use crate::world::World;
use jiff::SignedDuration;
use std::net::SocketAddr;
use std::time::Instant;
use store::Engine;

/// Tries of each kind.
const TRIES: usize = 500;

fn address(number: usize) -> SocketAddr {
    let number = u32::try_from(number).unwrap();
    SocketAddr::from(([198, 18 + (number >> 16) as u8, (number >> 8) as u8, number as u8], 4000))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[expect(clippy::print_stdout, reason = "figures are what this is for")]
fn tell(figure: &str) {
    println!("{figure}");
}

#[expect(clippy::disallowed_methods, reason = "the time that an answer takes is what is measured")]
async fn timed(world: &World, number: usize, path: &str, fields: &[(&str, &str)]) -> f64 {
    let mut browser = Browser::at(address(number * 256));
    let began = Instant::now();
    browser.submits(world, path, fields).await;
    began.elapsed().as_secs_f64() * 1000.0
}

#[tokio::test]
#[ignore = "a measurement"]
async fn known_and_unknown_addresses_take_as_long() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::new(engine).await;
        let mut known = Vec::new();
        for number in 0..25 {
            known.push(world.customer(&format!("known{number}")).await.email);
        }
        for (path, extra) in [
            ("/login", vec![("password", "not the right one at all")]),
            ("/reset", vec![]),
            ("/signup", vec![("password", "seven grey doors open"), ("name", "X")]),
        ] {
            let (mut with, mut without) = (Vec::new(), Vec::new());
            for number in 0..TRIES {
                // Nobody is slowed down meanwhile: that would be the same for both, and is not what is asked here.
                if number % 20 == 0 {
                    world.clock.advance(SignedDuration::from_hours(49));
                    world.pass("access").await;
                }
                let unknown = format!("unknown{number}@example.test");
                for (email, times) in [(&known[number % 25], &mut with), (&unknown, &mut without)] {
                    let mut fields = vec![("email", email.as_str())];
                    fields.extend(&extra);
                    times.push(timed(&world, number, path, &fields).await);
                }
            }
            let (with, without) = (median(with), median(without));
            tell(&format!("{engine:?} {path}: known {with:.2} ms, unknown {without:.2} ms, {TRIES} tries each"));
        }
    }
}

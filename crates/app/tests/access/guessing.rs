//! Guessers: limits hold over replicas and forged headers, the owner still gets in, and nobody learns who has an account.

use crate::doors::{Browser, PASSWORD, at_home};
use crate::world::{OWN_SECRET, World, config};
use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use std::net::SocketAddr;
use store::Engine;

/// Three processes over one database.
async fn replicas(world: &World) -> Vec<Router> {
    let mut all = vec![world.web.clone()];
    for number in 2..=3 {
        all.push(app::web::router(world.replica(config("http://127.0.0.1:8080", OWN_SECRET, &[]), number).await));
    }
    all
}

fn guess(email: &str, number: usize) -> Request<Body> {
    let form = format!("email={}&password=guess+number+{number}", email.replace('@', "%40"));
    let forged = format!("203.0.113.{}, 198.51.100.{}", number % 250, number % 240);
    Request::post("/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        // Nobody trusts these.
        .header("x-forwarded-for", forged)
        .header("x-real-ip", format!("192.0.2.{}", number % 200))
        .body(Body::from(form))
        .unwrap()
}

fn address(number: usize) -> SocketAddr {
    let number = u32::try_from(number).unwrap();
    SocketAddr::from(([198, 18 + (number >> 16) as u8, (number >> 8) as u8, number as u8], 4000))
}

#[rstest]
#[tokio::test]
async fn a_thousand_guesses_from_everywhere_get_a_few_looks_and_the_owner_gets_in(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut home = at_home(&world, &ada).await;
    home.forgets_the_session();
    let webs = replicas(&world).await;

    let mut looked_at = 0;
    for number in 0..1000 {
        // Each from an address of its own, in a /24 of its own.
        let mut thief = Browser::at(address(number * 256));
        let shown = thief.sends(&webs[number % 3], guess(&ada.email, number)).await;
        match shown.status {
            StatusCode::UNAUTHORIZED => looked_at += 1,
            StatusCode::TOO_MANY_REQUESTS => assert!(shown.headers.contains_key(header::RETRY_AFTER), "{shown:?}"),
            other => panic!("{other}: {shown:?}"),
        }
    }
    assert!((1..=10).contains(&looked_at), "{looked_at} of 1000 guesses were looked at");

    let mut stranger = Browser::at(address(77));
    let shown = stranger.signs_in(&world, &ada.email, PASSWORD).await;
    assert_eq!(shown.status, StatusCode::TOO_MANY_REQUESTS, "a browser that is not known waits like a guesser");
    let shown = home.signs_in(&world, &ada.email, PASSWORD).await;
    assert_eq!(shown.leads_to(), "/servers", "the owner's browser is known: {shown:?}");
    world.clock.advance(SignedDuration::from_mins(16));
    let shown = stranger.signs_in(&world, &ada.email, PASSWORD).await;
    assert_eq!(shown.leads_to(), "/servers", "every wait ends");
}

#[rstest]
#[tokio::test]
async fn guesses_at_many_accounts_from_one_place_slow_that_place_down(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let webs = replicas(&world).await;
    let mut looked_at = 0;
    for number in 0..300 {
        let mut thief = Browser::at(address(9));
        let shown = thief.sends(&webs[number % 3], guess(&format!("nobody{number}@example.test"), number)).await;
        looked_at += usize::from(shown.status == StatusCode::UNAUTHORIZED);
    }
    assert!((1..=30).contains(&looked_at), "{looked_at} of 300 guesses were looked at");
    let mut elsewhere = Browser::at(address(9 + 65536));
    assert_eq!(elsewhere.signs_in(&world, &ada.email, PASSWORD).await.leads_to(), "/servers");
}

#[rstest]
#[tokio::test]
async fn whoever_signs_in_rightly_all_day_never_waits(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    for _ in 0..45 {
        let shown = Browser::default().signs_in(&world, &ada.email, PASSWORD).await;
        assert_eq!(shown.leads_to(), "/servers", "{shown:?}");
    }
}

#[rstest]
#[tokio::test]
async fn mails_to_one_address_are_few_whoever_asks_for_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut answers: Vec<(StatusCode, StatusCode)> = Vec::new();
    for number in 0..12 {
        let asks = async |email: &str| {
            let mut browser = Browser::at(address(number * 256 + 1));
            browser.submits(&world, "/reset", &[("email", email)]).await.status
        };
        answers.push((asks(&ada.email).await, asks("nobody@example.test").await));
    }
    assert!(answers.iter().all(|(known, unknown)| known == unknown), "the same for both: {answers:?}");
    assert_eq!(answers.iter().filter(|(known, _)| *known == StatusCode::OK).count(), 5, "{answers:?}");
    let refused = Browser::at(address(1)).submits(&world, "/reset", &[("email", &ada.email)]).await;
    assert!(refused.text.contains(&format!("value=\"{}\"", ada.email)), "what was typed stands there: {refused:?}");
    world.pass("outbox").await;
    let mails = world.app.mailer.kept().await;
    let links = mails.iter().filter(|(to, _, text)| *to == ada.email && text.contains("/reset/")).count();
    assert!((1..=5).contains(&links), "{links} mails");
}

#[rstest]
#[tokio::test]
async fn an_address_with_an_account_signs_up_like_one_without(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut pages = Vec::new();
    for email in [ada.email.as_str(), "new@example.test"] {
        let fields = [("email", email), ("password", "a long password of mine"), ("name", "X")];
        let shown = Browser::default().submits(&world, "/signup", &fields).await;
        let (before, after) = shown.text.split_once("name=\"ticket\" value=\"").unwrap();
        pages.push((shown.status, format!("{before}{}", &after[64..]).replace(email, "…")));
    }
    assert_eq!(pages[0], pages[1]);
}

//! What scripts of our pages read when they are refused: problem documents, whoever refuses, so that they can lead people on.

use crate::doors::{Browser, at_home};
use crate::matrix::face;
use crate::world::{OWN_SECRET, World, config};
use app::web::access::Face;
use axum::body::Body;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use serde_json::Value;
use store::Engine;

fn ask(path: &str) -> Request<Body> {
    Request::post(path).header(header::CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap()
}

#[tokio::test]
async fn whoever_asks_too_much_is_told_so_in_the_words_of_each_face() {
    let world = World::new(Engine::Sqlite).await;
    let mut settings = config("http://127.0.0.1:8080", OWN_SECRET, &[]);
    settings.server.requests_per_minute = 1;
    let web = app::web::router(world.replica(settings, 2).await);
    let mut browser = Browser::default();
    browser.sends(&web, ask("/login/passkey/begin")).await;
    let routes = app::web::routes(&world.app);
    for route in routes.declared() {
        if route.path.starts_with("/assets/") || route.path.starts_with("/webhooks/") {
            continue;
        }
        let shown = browser.sends(&web, ask(&route.path)).await;
        assert_eq!(shown.status, StatusCode::TOO_MANY_REQUESTS, "{}", route.path);
        assert!(shown.headers.contains_key(header::RETRY_AFTER), "{}", route.path);
        assert_eq!(shown.text.starts_with('{'), face(route) != Face::Page, "{}: {}", route.path, shown.text);
    }
}

#[tokio::test]
async fn a_script_learns_where_to_lead_people_on() {
    let world = World::new(Engine::Sqlite).await;
    let ada = world.customer("ada").await;
    let code = |text: &str| serde_json::from_str::<Value>(text).unwrap()["code"].clone();
    let mut nobody = Browser::default();
    let shown = nobody.sends(&world.web, ask("/account/passkeys/begin")).await;
    assert_eq!((shown.status, code(&shown.text)), (StatusCode::UNAUTHORIZED, "sign_in".into()));
    let mut browser = at_home(&world, &ada).await;
    world.clock.advance(SignedDuration::from_mins(16));
    let shown = browser.sends(&world.web, ask("/account/passkeys/begin")).await;
    assert_eq!((shown.status, code(&shown.text)), (StatusCode::FORBIDDEN, "confirm_first".into()));
}

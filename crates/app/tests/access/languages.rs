//! Who asks for German is answered in German, also where the answer is made outside the request's own task.

use crate::doors::at_home;
use crate::world::{PLAN, World};
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use store::Engine;

fn german(request: http::request::Builder) -> http::request::Builder {
    request.header(header::ACCEPT_LANGUAGE, "de-DE, en;q=0.5")
}

#[tokio::test]
async fn pages_problems_and_answers_that_may_be_repeated_are_in_the_language_that_is_asked_for() {
    let world = World::new(Engine::Sqlite).await;
    let ada = world.customer("ada").await;
    let mut browser = at_home(&world, &ada).await;
    for (path, words) in [
        ("/account/security", "Wo du angemeldet bist"),
        ("/account/api-keys", "Du hast keine Schlüssel."),
        ("/account/data", "Buchführung und Steuerrecht"),
        ("/servers", "Du hast noch keinen Server."),
        ("/no/such", "Diese Seite gibt es nicht"),
    ] {
        let shown = browser.sends(&world.web, german(Request::get(path)).body(Body::empty()).unwrap()).await;
        assert!(shown.text.contains("<html lang=\"de\">") && shown.text.contains(words), "{path}: {}", shown.text);
    }

    // With the key, a task of its own carries the request out.
    let request = german(Request::post("/api/v1/checkout"))
        .header(header::AUTHORIZATION, format!("Bearer {}", ada.token))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", "one");
    let answer = world.send(request.body(Body::from("{}")).unwrap()).await;
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["title"], "Ein Feld fehlt oder ist nicht, wie es sein soll", "{problem}");
}

#[tokio::test]
async fn live_steps_are_sent_in_the_language_of_the_page() {
    let world = World::new(Engine::Sqlite).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    let cookie = world.sign_in(&ada).await;
    let request = german(Request::get(format!("/orders/{}/events", bought.order))).header(header::COOKIE, cookie);

    let answer = world.send(request.body(Body::empty()).unwrap()).await;

    assert_eq!(answer.status(), StatusCode::OK);
    let first = answer.into_body().frame().await.unwrap().unwrap().into_data().unwrap();
    let first = String::from_utf8_lossy(&first).into_owned();
    assert!(first.contains("event: timeline") && first.contains("Die Zahlungsseite ist offen."), "{first}");
}

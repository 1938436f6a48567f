//! Personal API keys, and requests that may be repeated.

use crate::doors::{at_home, notices};
use crate::world::{PLAN, World};
use axum::body::Body;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::stripe::{Fault, FaultKind};
use serde_json::{Value, json};
use store::Engine;

fn made(page: &str) -> String {
    let (_, after) = page.split_once("data-copy=\"givr_key_").expect("a key that is shown");
    format!("givr_key_{}", after.split('"').next().unwrap())
}

#[rstest]
#[tokio::test]
async fn a_key_does_what_it_is_for_until_it_is_revoked_or_ends(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut browser = at_home(&world, &ada).await;
    let fields = [("name", "Status bot"), ("scope", "servers:read"), ("days", "30")];
    let refused = [fields[0], fields[1], ("days", "7")];
    let page = browser.submits(&world, "/account/api-keys", &refused).await;
    assert!(
        page.text.contains("value=\"Status bot\"") && page.text.contains("value=\"servers:read\" checked"),
        "{}",
        page.text
    );
    let page = browser.submits(&world, "/account/api-keys", &fields).await;
    let key = made(&page.text);

    let (status, servers) = world.get("/api/v1/servers", Some(&key)).await;
    assert_eq!(status, StatusCode::OK, "{servers}");
    let (status, refused) = world.post("/api/v1/checkout", Some(&key), &world.cart(PLAN)).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("scope_missing")));
    assert!(refused["detail"].as_str().unwrap().contains("orders:write"), "{refused}");

    // Its last use is shown, its text never again, and the database has neither.
    world.pass("access").await;
    let page = browser.looks(&world, "/account/api-keys").await;
    assert!(page.text.contains("last used") && !page.text.contains(&key), "{}", page.text);
    assert!(world.database.contents().await.values().all(|rows| !rows.contains(&key)));
    assert!(notices(&world, &ada.email).await.contains(&"An API key was made".to_owned()));

    let (_, after) = page.text.split_once("action=\"/account/api-keys/").unwrap();
    let path = format!("/account/api-keys/{}", after.split('"').next().unwrap());
    browser.submits(&world, &path, &[]).await;
    assert_eq!(world.get("/api/v1/servers", Some(&key)).await.0, StatusCode::UNAUTHORIZED);

    let page = browser.submits(&world, "/account/api-keys", &fields).await;
    let key = made(&page.text);
    world.clock.advance(SignedDuration::from_hours(24 * 30));
    assert_eq!(world.get("/api/v1/servers", Some(&key)).await.0, StatusCode::UNAUTHORIZED, "it has ended");
}

#[rstest]
#[tokio::test]
async fn a_key_that_could_do_nothing_or_never_ended_is_not_made(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut browser = at_home(&world, &ada).await;
    for fields in [
        vec![("scope", "servers:read"), ("days", "30")],
        vec![("name", "x"), ("days", "30")],
        vec![("name", "x"), ("scope", "everything"), ("days", "30")],
        vec![("name", "x"), ("scope", "servers:read"), ("days", "100000")],
    ] {
        let page = browser.submits(&world, "/account/api-keys", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
    }
    assert!(world.database.contents().await["api_keys"].is_empty());
}

async fn post(world: &World, token: &str, name: &str, body: &Value) -> (StatusCode, bool, Value) {
    let request = Request::post("/api/v1/checkout")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header("idempotency-key", name);
    let answer = world.send(request.body(Body::from(body.to_string())).unwrap()).await;
    let replayed = answer.headers().contains_key("idempotency-replayed");
    let status = answer.status();
    let text = axum::body::to_bytes(answer.into_body(), 1 << 16).await.unwrap();
    (status, replayed, serde_json::from_slice(&text).unwrap_or_default())
}

#[rstest]
#[tokio::test]
async fn a_request_with_a_key_is_carried_out_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let cart = world.cart(PLAN);
    let (status, replayed, first) = post(&world, &ada.token, "one", &cart).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false), "{first}");

    let (status, replayed, again) = post(&world, &ada.token, "one", &cart).await;
    assert_eq!((status, replayed, &again), (StatusCode::CREATED, true, &first));
    let (status, _, other) = post(&world, &ada.token, "one", &world.cart(PLAN)).await;
    assert_eq!((status, &other["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("idempotency_key_reused")));
    // The same word of somebody else is another key.
    let (status, replayed, _) = post(&world, &bob.token, "one", &world.cart(PLAN)).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false));
    for bad in ["", &"k".repeat(256)] {
        assert_eq!(post(&world, &ada.token, bad, &cart).await.0, StatusCode::BAD_REQUEST, "{bad:?}");
    }
    let secret = first["payment_url"].as_str().unwrap();
    assert!(!world.database.contents().await["idempotency_keys"].contains(secret), "answers are kept sealed");

    world.clock.advance(SignedDuration::from_hours(25));
    world.pass("access").await;
    assert!(world.database.contents().await["idempotency_keys"].is_empty(), "kept for a day");
}

#[tokio::test]
async fn an_answer_without_a_body_stays_one_when_it_is_given_again() {
    let world = World::new(Engine::Sqlite).await;
    let ada = world.customer("ada").await;
    let order = post(&world, &ada.token, "one", &world.cart(PLAN)).await.2["order_id"].as_str().unwrap().to_owned();
    for again in [false, true] {
        let request = Request::post(format!("/api/v1/orders/{order}/cancel"))
            .header("authorization", format!("Bearer {}", ada.token))
            .header("idempotency-key", "cancel");
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        assert_eq!(answer.headers().contains_key("idempotency-replayed"), again);
        assert!(!answer.headers().contains_key("content-type"), "nothing is declared as JSON that is none");
    }
}

#[rstest]
#[tokio::test]
async fn a_text_that_a_database_cannot_keep_is_the_callers_mistake(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut cart = world.cart(PLAN);
    cart["cart_key"] = "a\0b".into();
    let (status, _, problem) = post(&world, &ada.token, "zero", &cart).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_field")));
}

#[rstest]
#[tokio::test]
async fn a_refusal_is_kept_and_a_failure_is_not(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut unknown = world.cart(PLAN);
    unknown["plan_id"] = "no-such-plan".into();
    assert!(!post(&world, &ada.token, "refused", &unknown).await.1);
    let (status, replayed, problem) = post(&world, &ada.token, "refused", &unknown).await;
    assert_eq!((status, replayed), (StatusCode::NOT_FOUND, true), "{problem}");

    let cart = world.cart(PLAN);
    world.stripe.faults().add(Fault::once(FaultKind::ResetBefore));
    let (status, _, failed) = post(&world, &ada.token, "failed", &cart).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{failed}");
    let (status, replayed, _) = post(&world, &ada.token, "failed", &cart).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false), "the next request is a new try");
}

//! Bad input: a clear error, the right status, and nothing stored.

use crate::world::{PLAN, World};
use axum::body::Body;
use http::{Request, StatusCode, header};
use rstest::rstest;
use serde_json::{Value, json};
use store::{Engine, orders};

async fn nothing_is_stored(world: &World) -> bool {
    orders::list_page(&mut world.app.store.read().await.unwrap(), None, None, 10).await.unwrap().is_empty()
}

fn with(mut cart: Value, field: &str, value: Value) -> Value {
    cart[field] = value;
    cart
}

#[rstest]
#[tokio::test]
async fn a_cart_that_makes_no_sense_says_why(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cart = || world.cart(PLAN);
    let long = "x".repeat(300);
    let cases = [
        (with(cart(), "plan_id", json!("minecraft-1000g")), 404, "not_for_sale"),
        (with(cart(), "plan_id", json!("rust-2g")), 404, "not_for_sale"),
        (with(cart(), "region", json!("moon")), 422, "invalid_field"),
        (with(cart(), "term", json!("hourly")), 422, "invalid_field"),
        (with(cart(), "server_name", json!(long)), 422, "invalid_field"),
        (with(cart(), "server_name", json!("<script>alert(1)</script>")), 422, "invalid_field"),
        (with(cart(), "server_name", json!("")), 422, "invalid_field"),
        (with(cart(), "consents", json!([])), 422, "invalid_field"),
        (with(cart(), "add_ons", json!(["addon-invented"])), 422, "invalid_field"),
        (with(cart(), "price", json!(1)), 422, "invalid_field"),
        (with(cart(), "plan_id", json!(7)), 422, "invalid_field"),
    ];
    let before = world.database.contents().await;
    for (body, status, code) in cases {
        let (answered, problem) = world.post("/api/v1/checkout", Some(&ada.token), &body).await;
        assert_eq!((answered.as_u16(), problem["code"].as_str()), (status, Some(code)), "{body} {problem}");
        assert!(problem["detail"].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
    }
    assert_eq!(world.database.contents().await, before);
    assert!(nothing_is_stored(&world).await);
    assert!(world.stripe.objects("checkout.session").is_empty());
}

#[rstest]
#[tokio::test]
async fn a_zero_in_a_form_is_read_like_any_other_odd_character(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    let forms = [
        ("/login", "email=ada%00%40example.test&password=correct+horse+battery%00"),
        ("/signup", "email=zoe%40example.test&password=correct+horse%00battery&name=Z%00e"),
        ("/reset", "email=ada%00%40example.test"),
        ("/verify", "email=zoe%40example.test&ticket=%00&code=000000"),
        (
            "/checkout",
            "cart=%00&plan=minecraft-paper-4g&term=monthly&region=us-east&server_name=Keep&consent=minecraft-eula",
        ),
    ];
    for (path, form) in forms {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &cookie);
        let answer = world.send(request.body(Body::from(form)).unwrap()).await;
        assert!(!answer.status().is_server_error(), "{path}: {}", answer.status());
        assert_ne!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[rstest]
#[tokio::test]
async fn a_form_that_cannot_be_read_is_answered_by_a_page(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let request = Request::post("/login").header(header::CONTENT_TYPE, "text/plain").body(Body::from("email=a"));
    let answer = world.send(request.unwrap()).await;
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(answer.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains("This form could not be read"));
}

#[rstest]
#[tokio::test]
async fn a_game_that_needs_something_from_the_buyer_asks_before_payment(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    for token in ["", "short", "0123456789abcdef0123456789abcde!"] {
        let cart = with(world.cart("counter-strike-4g"), "inputs", json!({"steam-login-token": token}));
        let (status, problem) = world.post("/api/v1/checkout", Some(&ada.token), &cart).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    }
    let cart = with(
        world.cart("counter-strike-4g"),
        "inputs",
        json!({"steam-login-token": "0123456789abcdef0123456789ABCDEF"}),
    );
    let (status, opened) = world.post("/api/v1/checkout", Some(&ada.token), &cart).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
}

#[rstest]
#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_alike(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.customer("ada").await;
    let wrong = json!({"email": "ada@example.test", "password": "not the right one"});
    let unknown = json!({"email": "nobody@example.test", "password": "not the right one"});
    let (first, second) =
        (world.post("/api/v1/auth/token", None, &wrong).await, world.post("/api/v1/auth/token", None, &unknown).await);
    assert_eq!(first.0, StatusCode::UNAUTHORIZED);
    assert_eq!(first, second);
}

#[rstest]
#[tokio::test]
async fn a_code_is_good_for_five_tries_and_one_use(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let form = json!({"email": "eve@example.test", "password": "correct horse battery", "name": "Eve"});
    let (_, ticket) = world.post("/api/v1/auth/sign-up", None, &form).await;
    world.pass("outbox").await;
    let code = world.code_for("eve@example.test").await;
    let attempt = |code: String| json!({"email": "eve@example.test", "ticket": ticket["ticket"], "code": code});
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let (status, _) = world.post("/api/v1/auth/verify", None, &attempt(wrong.to_owned())).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (status, _) = world.post("/api/v1/auth/verify", None, &attempt(code)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "the sixth try is too many, right or not");
}

#[rstest]
#[tokio::test]
async fn a_refresh_token_used_twice_ends_its_session(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let form = json!({"email": ada.email, "password": "correct horse battery"});
    let (_, tokens) = world.post("/api/v1/auth/token", None, &form).await;
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let (status, next) = world.post("/api/v1/auth/refresh", None, &refresh).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = world.post("/api/v1/auth/refresh", None, &refresh).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = world.get("/api/v1/servers", next["access_token"].as_str()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "the whole session has ended, at once");
}

#[rstest]
#[tokio::test]
async fn signing_up_with_a_known_address_tells_its_owner_and_nobody_else(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.customer("ada").await;
    let form = json!({"email": "ADA@example.test", "password": "another long password", "name": "Mallory"});
    let (status, ticket) = world.post("/api/v1/auth/sign-up", None, &form).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert!(ticket["ticket"].is_string());
    world.pass("outbox").await;
    let mails = world.app.mailer.kept().await;
    assert!(mails.last().unwrap().1.starts_with("You already have an account"), "{mails:?}");
    let login = json!({"email": "ada@example.test", "password": "another long password"});
    let (status, _) = world.post("/api/v1/auth/token", None, &login).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

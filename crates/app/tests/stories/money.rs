//! Bad days at Stripe: events in every number and order, lost webhooks, tampered amounts, foreign and unknown events.

use crate::world::{OWN_SECRET, PLAN, SECRET, World, config};
use axum::body::Body;
use domain::order::OrderState;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, StatusCode};
use insta::{allow_duplicates, assert_snapshot};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::stripe::{Fault, FaultKind, PayOutcome};
use serde_json::{Value, json};
use sha2::Sha256;
use store::alerts::Wanted;
use store::testing::count_events;
use store::{Engine, ledger, orders};

/// Sends a body as Stripe would, signed at the world's time.
async fn deliver(world: &World, body: &str, secret: &str, age: i64) -> StatusCode {
    let at = app::clock::Clock::now(&world.clock).as_second() - age;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let signature = format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()));
    let request = Request::post("/webhooks/stripe").header("stripe-signature", signature);
    world.send(request.body(Body::from(body.to_owned())).unwrap()).await.status()
}

async fn stored(world: &World) -> i64 {
    count_events(&mut world.app.store.read().await.unwrap()).await.unwrap().0
}

#[rstest]
#[tokio::test]
async fn ten_copies_of_every_event_at_once_yield_one_server(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.stripe.faults().add(Fault::always(FaultKind::DuplicateWebhook { copies: 10 }));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let story = world.story(&bought).await;
    allow_duplicates! {
        assert_snapshot!(story, @r"
    order     fulfilled, 13.99 USD
    panel     1 server(s)
    attempts  created
    stripe    1 charge(s), 0 refund(s), 1 live subscription(s)
    alerts    none
    mail      Payment received: $13.99
    mail      Ada of the keep is ready
    ");
    }
}

#[rstest]
#[tokio::test]
async fn events_in_any_order_yield_one_server(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.stripe.faults().add(Fault::always(FaultKind::ReorderWebhooks));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn events_of_another_version_of_the_api_are_understood(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    for kind in [FaultKind::PreBasil, FaultKind::ExtraFields, FaultKind::MissingOptionalFields] {
        let world = World::new(engine).await;
        world.stripe.faults().add(Fault::always(kind));
        let ada = world.customer("ada").await;
        let bought = world.buys(&ada, PLAN).await;
        world.settles(&bought).await;
        assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }), "{}", world.story(&bought).await);
    }
}

#[rstest]
#[tokio::test]
async fn when_all_webhooks_are_lost_the_poll_completes_the_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.webhooks_are_lost();
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }), "{}", world.story(&bought).await);
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn the_order_is_paid_whether_the_event_comes_before_after_or_instead_of_the_return_page(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    for webhook in ["before", "after", "never"] {
        let world = World::new(engine).await;
        if webhook != "before" {
            world.webhooks_are_lost();
        }
        let ada = world.customer("ada").await;
        let bought = world.buys(&ada, PLAN).await;
        if webhook == "before" {
            world.stripe.tick().await;
            world.pass("inbox").await;
            assert!(matches!(world.state(&bought).await, OrderState::Paid { .. }), "{webhook}");
        }
        // The return page: reaching it proves nothing, and makes the poll look.
        let cookie = world.sign_in(&ada).await;
        let page = format!("/orders/{}?session={}", bought.order, bought.session);
        let request = Request::get(page).header("cookie", cookie).body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.status(), StatusCode::OK);
        if webhook == "after" {
            world.webhooks_reach_us();
        }
        world.settles(&bought).await;
        assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }), "{webhook}");
        assert_eq!(world.servers(), 1, "{webhook}");
    }
}

#[rstest]
#[tokio::test]
async fn a_tampered_amount_or_currency_creates_nothing_and_alerts(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("amount", "currency", "customer")] what: &str,
) {
    let world = World::new(engine).await;
    world.webhooks_are_lost();
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    let invoice = world.stripe.objects("invoice")[0]["id"].as_str().unwrap().to_owned();
    let change = match what {
        "amount" => json!({"subtotal": 1, "total": 1, "amount_paid": 1, "amount_due": 1}),
        "currency" => json!({"currency": "eur"}),
        _ => json!({"customer": "cus_somebody_else"}),
    };
    assert!(world.stripe.tamper(&invoice, &change));
    world.webhooks_reach_us();
    world.passes(SignedDuration::from_mins(5), SignedDuration::from_secs(10)).await;
    assert_eq!(world.servers(), 0);
    assert!(world.alerts().await.contains(&"payment.mismatch".to_owned()), "{:?}", world.alerts().await);
    assert!(!matches!(world.state(&bought).await, OrderState::Paid { .. } | OrderState::Fulfilled { .. }));
}

#[rstest]
#[tokio::test]
async fn a_second_payment_of_one_order_goes_back(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    // The same order paid once more, beside the page.
    world.pay_by_api(&bought).await;
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(5)).await;
    let story = world.story(&bought).await;
    allow_duplicates! {
        assert_snapshot!(story, @r"
    order     fulfilled, 13.99 USD
    panel     1 server(s)
    attempts  created
    stripe    2 charge(s), 1 refund(s), 1 live subscription(s)
    alerts    refund.decided
    mail      Payment received: $13.99
    mail      Ada of the keep is ready
    mail      Refund made: $13.99
    ");
    }
    // What is said of it once more changes nothing, and the payment that the server stands for can still be given back.
    let alert = async || {
        store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::Open, None, 10)
            .await
            .unwrap()
            .remove(0)
    };
    let told = alert().await;
    assert!(told.text.ends_with("13.99 USD (paid_twice) goes back."), "{}", told.text);
    for event in world.stripe.objects("event").into_iter().filter(|event| event["type"] == "invoice.paid") {
        let id = event["id"].as_str().unwrap();
        assert!(app::desk::events::replay(&world.app, "cli", id).await.unwrap());
    }
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(5)).await;
    assert_eq!(alert().await.times, told.times);
    let refund =
        app::desk::acts::foresee(&world.app, &app::desk::acts::Act::Refund(bought.order.clone())).await.unwrap();
    let app::desk::acts::Foresight::Happens(says) = refund else { panic!("{refund:?}") };
    assert!(says.iter().any(|line| line.contains("$13.99")), "{says:?}");
}

#[rstest]
#[tokio::test]
async fn an_order_paid_without_its_page_is_delivered_all_the_same(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    world.pay_by_api(&bought).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_made_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let refuse = sandbox::panel::Fault::Refuse { status: 422, code: None, field: None, rule: None };
    world.panel.add_fault(sandbox::panel::FaultSpec::lasting(refuse).on(sandbox::panel::On::create_server()));
    let mut lost = Fault::once(FaultKind::ResetAfter).on("POST", "/v1/refunds");
    lost.times = Some(2);
    world.stripe.faults().add(lost);
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Refunded { .. }));
    assert_eq!(world.stripe.objects("refund").len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_refund_that_fails_before_its_answer_comes_through_is_made_anew(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: Stripe gives the money back, and its answers are lost.
    let world = World::new(engine).await;
    let refuse = sandbox::panel::Fault::Refuse { status: 422, code: None, field: None, rule: None };
    world.panel.add_fault(sandbox::panel::FaultSpec::lasting(refuse).on(sandbox::panel::On::create_server()));
    world.stripe.faults().add(Fault::always(FaultKind::ResetAfter).on("POST", "/v1/refunds"));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    let given = async |world: &World| world.stripe.objects("refund").len() == 1;
    assert!(world.until(SignedDuration::from_hours(1), given).await, "{}", world.story(&bought).await);
    // Act: the bank of the customer does not take it, before we have heard that it was made.
    let id = |object: &serde_json::Value| object["id"].as_str().unwrap().to_owned();
    let refund = id(&world.stripe.objects("refund")[0]);
    assert!(world.stripe.tamper(&refund, &json!({"status": "failed"})));
    let charge = id(&world.stripe.objects("charge")[0]);
    assert!(world.stripe.tamper(&charge, &json!({"amount_refunded": 0, "refunded": false})));
    world.stripe.faults().clear();
    world.passes(SignedDuration::from_hours(1), SignedDuration::from_secs(30)).await;
    // Assert: the answer from before says nothing about the money.
    let refunds = world.stripe.objects("refund");
    let good: Vec<_> = refunds.iter().filter(|refund| refund["status"] == "succeeded").collect();
    assert_eq!((refunds.len(), good.len()), (2, 1), "{refunds:?}");
    match world.state(&bought).await {
        OrderState::Refunded { .. } => {}
        state => panic!("{state:?}: {}", world.story(&bought).await),
    }
    assert!(!world.alerts().await.contains(&"refund.stuck".to_owned()));
}

#[rstest]
#[tokio::test]
async fn an_unknown_shape_with_a_good_signature_is_kept_and_alerted(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let bodies = [
        json!({"id": "evt_odd", "object": "event", "created": "yesterday", "data": 7}).to_string(),
        json!({"object": "v2.core.event", "type": "v1.invoice.paid", "id": "evt_thin", "livemode": false}).to_string(),
        "not json at all".to_owned(),
    ];
    let before = stored(&world).await;
    for body in &bodies {
        assert_eq!(deliver(&world, body, SECRET, 0).await, StatusCode::OK, "{body}");
    }
    assert_eq!(stored(&world).await - before, 3);
    world.turn().await;
    let alerts = world.alerts().await;
    assert_eq!(alerts.iter().filter(|rule| *rule == "event.unreadable").count(), 3, "{alerts:?}");
}

#[rstest]
#[tokio::test]
async fn an_event_of_the_other_mode_changes_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    let live: Value = json!({
        "id": "evt_live", "object": "event", "type": "checkout.session.completed", "created": 1, "livemode": true,
        "data": {"object": {"id": bought.session, "object": "checkout.session"}},
    });
    assert_eq!(deliver(&world, &live.to_string(), SECRET, 0).await, StatusCode::OK);
    world.turn().await;
    assert!(matches!(world.state(&bought).await, OrderState::CheckoutOpen { .. }));
    assert!(world.alerts().await.contains(&"payment.foreign".to_owned()));
}

#[rstest]
#[tokio::test]
async fn a_bad_an_old_or_a_missing_signature_is_refused_and_nothing_is_stored(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let body = json!({"id": "evt_1", "object": "event", "type": "invoice.paid", "livemode": false}).to_string();
    let before = stored(&world).await;
    assert_eq!(deliver(&world, &body, "whsec_wrong", 0).await, StatusCode::BAD_REQUEST);
    assert_eq!(deliver(&world, &body, SECRET, 301).await, StatusCode::BAD_REQUEST);
    assert_eq!(deliver(&world, &body, SECRET, -301).await, StatusCode::BAD_REQUEST);
    let unsigned = Request::post("/webhooks/stripe").body(Body::from(body.clone())).unwrap();
    assert_eq!(world.send(unsigned).await.status(), StatusCode::BAD_REQUEST);
    let long = "x".repeat(256 * 1024 + 1);
    assert_eq!(deliver(&world, &long, SECRET, 0).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(stored(&world).await, before);
    // During a rotation the older secret is good too.
    assert_eq!(deliver(&world, &body, "whsec_old", 0).await, StatusCode::OK);
}

#[rstest]
#[tokio::test]
async fn nobody_is_sent_to_a_payment_page_at_an_address_that_the_shop_does_not_know(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut elsewhere = config("http://127.0.0.1:8080", OWN_SECRET, &[]);
    "https://pay.elsewhere.example".clone_into(&mut elsewhere.stripe.checkout_origin);
    world.restarts(elsewhere).await;
    let cart = world.cart(PLAN);
    for _ in 0..2 {
        let (status, problem) = world.post("/api/v1/checkout", Some(&ada.token), &cart).await;
        assert_eq!((status.as_u16(), problem["code"].as_str()), (503, Some("checkout_elsewhere")), "{problem}");
    }
    assert_eq!(world.alerts().await, ["stripe.trouble"]);

    world.restarts(config("http://127.0.0.1:8080", OWN_SECRET, &[])).await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;

    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.alerts().await, Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn a_page_whose_answer_was_lost_and_that_nobody_asked_for_again_ends_with_its_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    world.has_one_slot(4096).await;
    world.stripe.faults().add(Fault::once(FaultKind::ResetAfter).on("POST", "/v1/checkout/sessions"));
    let (status, _) = world.post("/api/v1/checkout", Some(&ada.token), &world.cart(PLAN)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    // Nothing of ours runs until the page has ended.
    world.clock.advance(SignedDuration::from_hours(2));

    world.passes(SignedDuration::from_mins(10), SignedDuration::from_secs(30)).await;

    let purchase =
        orders::list_page(&mut world.app.store.read().await.unwrap(), None, None, 1).await.unwrap().remove(0);
    assert!(matches!(purchase.order.state, OrderState::Expired { .. }), "{:?}", purchase.order.state);
    let bob = world.customer("bob").await;
    world.opens(&bob, PLAN).await;
}

#[rstest]
#[tokio::test]
async fn a_failure_that_stripe_keeps_for_a_key_keeps_nobody_from_buying(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(FaultKind::ErrorAfter { stored: true }, FaultKind::ErrorBefore)] failure: FaultKind,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    world.stripe.faults().add(Fault::once(failure).on("POST", "/v1/customers"));

    let (first, _) = world.post("/api/v1/checkout", Some(&ada.token), &world.cart(PLAN)).await;
    let (second, _) = world.post("/api/v1/checkout", Some(&ada.token), &world.cart(PLAN)).await;

    // What Stripe made although it said that it failed is found at once.
    assert!(first == StatusCode::SERVICE_UNAVAILABLE || first.is_success(), "{first}");
    assert!(second.is_success(), "{second}");
    assert_eq!(world.stripe.objects("customer").len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_page_that_stripe_still_shows_keeps_its_place_whatever_our_clock_says(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    // Stripe's clock is behind ours, and does not take our word that the page is over.
    let later = world.app.now().as_second() + 7_200;
    assert!(world.stripe.tamper(&bought.session, &serde_json::json!({"expires_at": later})));
    world.stripe.faults().add(Fault::always(FaultKind::ErrorBefore).on("POST", "/v1/checkout/sessions/*/expire"));
    world.clock.advance(SignedDuration::from_mins(31));

    world.passes(SignedDuration::from_mins(10), SignedDuration::from_secs(30)).await;

    assert!(matches!(world.state(&bought).await, OrderState::CheckoutOpen { .. }), "{:?}", world.state(&bought).await);
    let bob = world.customer("bob").await;
    world.has_one_slot(4096).await;
    let (status, _) = world.post("/api/v1/checkout", Some(&bob.token), &world.cart(PLAN)).await;
    assert_eq!(status, StatusCode::CONFLICT, "the place is not given to somebody else");
}

/// Somebody gives the money of the only charge back in Stripe's dashboard.
async fn gives_back_by_hand(world: &World) {
    let charge = world.stripe.objects("charge")[0]["id"].as_str().unwrap().to_owned();
    let request = Request::post("/v1/refunds")
        .header("authorization", "Bearer sk_test_of_the_stories")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("charge={charge}")));
    let answer = tower::ServiceExt::oneshot(world.stripe.router(), request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[rstest]
#[tokio::test]
async fn money_that_went_back_by_hand_while_the_server_stays_is_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(true, false)] heard_of_the_payment: bool,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    if !heard_of_the_payment {
        world.webhooks_are_lost();
    }
    world.pays(&bought, PayOutcome::Pay);
    if heard_of_the_payment {
        world.settles(&bought).await;
    }
    gives_back_by_hand(&world).await;

    world.passes(SignedDuration::from_mins(5), SignedDuration::from_secs(10)).await;

    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.alerts().await, ["refund.by_hand"]);
}

#[rstest]
#[tokio::test]
async fn what_happened_before_the_first_look_at_the_events_is_found(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    world.webhooks_are_lost();
    let bought = world.buys(&ada, PLAN).await;
    gives_back_by_hand(&world).await;
    // Nothing of ours runs for half a day.
    world.clock.advance(SignedDuration::from_hours(12));

    world.passes(SignedDuration::from_mins(5), SignedDuration::from_secs(10)).await;

    let entries = ledger::list_of_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.key()).collect();
    assert!(kinds.contains(&"charge"), "{kinds:?}");
    let known = ledger::has_refund(&mut world.app.store.read().await.unwrap(), &entries[0].charge).await.unwrap();
    assert!(known, "the refund stands in the books, too");
}

//! Buying, from the plan to the game that answers.

use crate::world::{PLAN, World};
use domain::order::OrderState;
use http::StatusCode;
use insta::{allow_duplicates, assert_snapshot};
use rstest::rstest;
use sandbox::panel::PanelSeed;
use sandbox::stripe::PayOutcome;
use serde_json::json;
use store::Engine;

#[rstest]
#[tokio::test]
async fn a_paid_plan_becomes_a_server_that_answers(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
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
#[case::a2s("rust-6g")]
#[case::mindustry("mindustry-2g")]
#[case::teeworlds("teeworlds-2g")]
#[tokio::test]
async fn games_are_asked_in_their_own_protocol(#[case] plan: &str) {
    let world = World::new(Engine::Sqlite).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, plan).await;
    world.settles(&bought).await;
    let mails = world.app.mailer.kept().await;
    let answered = mails.iter().any(|(_, _, text)| text.contains("We asked the game itself"));
    assert!(answered, "{}", world.story(&bought).await);
}

#[rstest]
#[tokio::test]
async fn server_status_answers_only_about_the_tokens_own_account(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let (status, _) = world.get("/api/v1/server-status", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, mine) = world.get("/api/v1/server-status", Some(&ada.token)).await;
    assert_eq!((status, &mine["has_server"], &mine["total_servers"]), (StatusCode::OK, &json!(true), &json!(1)));
    assert_eq!(mine["server_info"]["status"], "playable");
    assert_eq!(mine["server_info"]["memory_gib"], 4);
    let (_, theirs) = world.get("/api/v1/server-status", Some(&bob.token)).await;
    assert_eq!((&theirs["has_server"], &theirs["server_info"]), (&json!(false), &json!(null)));
    for query in ["email=ada@example.test", "user=1", "x="] {
        let (status, _) = world.get(&format!("/api/v1/server-status?{query}"), Some(&bob.token)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
    let (status, _) = world.get(&format!("/api/v1/orders/{}", bought.order), Some(&bob.token)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[rstest]
#[tokio::test]
async fn a_double_click_is_one_order_with_one_page(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cart = world.cart(PLAN);
    let click = || world.post("/api/v1/checkout", Some(&ada.token), &cart);
    let ((_, first), (_, second), (_, third)) = tokio::join!(click(), click(), click());
    assert_eq!(first["order_id"], second["order_id"], "{first} {second}");
    assert_eq!(first["payment_url"], third["payment_url"]);
    assert_eq!(world.stripe.objects("checkout.session").len(), 1);
}

#[rstest]
#[tokio::test]
async fn of_two_buyers_of_the_last_slot_one_gets_a_page(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.has_one_slot(4096).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let (first, second) = (world.cart(PLAN), world.cart(PLAN));
    let (one, two) = tokio::join!(
        world.post("/api/v1/checkout", Some(&ada.token), &first),
        world.post("/api/v1/checkout", Some(&bob.token), &second)
    );
    let mut outcomes = [one.0, two.0];
    outcomes.sort();
    assert_eq!(outcomes, [StatusCode::CREATED, StatusCode::CONFLICT], "{one:?} {two:?}");
    let refused = if one.0 == StatusCode::CONFLICT { one.1 } else { two.1 };
    assert_eq!(refused["code"], "sold_out");
}

#[rstest]
#[tokio::test]
async fn a_page_that_nobody_uses_gives_its_capacity_back_when_stripe_closed_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.has_one_slot(4096).await;
    let ada = world.customer("ada").await;
    let abandoned = world.opens(&ada, PLAN).await;
    world.settles(&abandoned).await;
    assert!(matches!(world.state(&abandoned).await, OrderState::Expired { .. }));
    let bob = world.customer("bob").await;
    let bought = world.buys(&bob, PLAN).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
}

#[rstest]
#[tokio::test]
async fn a_declined_card_leaves_the_page_open_for_another_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    assert!(world.stripe.pay_session(&bought.session, PayOutcome::Decline).is_err());
    world.pays(&bought, PayOutcome::ThreeDSecure);
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn the_shipped_catalogue_binds_on_panels_with_other_ids(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    for seed in [PanelSeed::demo(7), PanelSeed::demo_other(11)] {
        let world = World::with_panel(engine, seed).await;
        let offer = world.app.offer();
        let unbound: Vec<_> = world
            .app
            .catalogue
            .plans
            .iter()
            .filter(|plan| plan.is_on_sale() && !offer.sells(&plan.key))
            .map(|plan| format!("{}: {}", plan.key, offer.off_sale[&plan.key]))
            .collect();
        assert_eq!(unbound, Vec::<String>::new());
        let ada = world.customer("ada").await;
        let bought = world.buys(&ada, PLAN).await;
        world.settles(&bought).await;
        assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    }
}

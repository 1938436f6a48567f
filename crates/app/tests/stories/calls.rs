//! What Stripe and the panel were asked for an order, and how they answered, stands with the order: without addresses, names and secrets, and
//! for some days.

use crate::dashboard::Owner;
use crate::world::{PLAN, World};
use domain::access::Role;
use domain::ids::OrderId;
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec, On};
use serde_json::Value;
use store::Engine;

async fn calls(world: &World, order: &OrderId) -> Vec<Value> {
    world.pass("calls").await;
    let purchase = store::orders::find(&mut world.app.store.read().await.unwrap(), order).await.unwrap().unwrap();
    let story = app::desk::story::of_order(&world.app, &purchase).await.unwrap();
    story["calls"].as_array().unwrap().clone()
}

fn text<'a>(call: &'a Value, field: &str) -> &'a str {
    call[field].as_str().unwrap_or_default()
}

#[rstest]
#[tokio::test]
async fn an_order_says_what_was_asked_for_it_and_how_that_ended(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let refuses = Fault::Refuse { status: 422, code: None, field: None, rule: None };
    world.panel.add_fault(FaultSpec::once(refuses).on(On::create_server()));
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;

    let calls = calls(&world, &bought.order).await;

    let creates: Vec<&Value> = calls.iter().filter(|call| call["call"] == "POST /api/application/servers").collect();
    let ended: Vec<(&str, u64)> =
        creates.iter().map(|call| (text(call, "outcome"), call["status"].as_u64().unwrap())).collect();
    assert_eq!(ended, [("refused", 422), ("good", 201)], "{calls:#?}");
    assert!(text(creates[0], "said").contains("422"), "{}", creates[0]);
    let limits = text(creates[1], "sent");
    assert!(limits.contains("limits.memory=") && limits.contains("environment=…"), "{limits}");
    assert!(text(creates[1], "said").contains("identifier="), "{}", creates[1]);
    let page = calls.iter().find(|call| call["call"] == "POST /v1/checkout/sessions").expect("the payment page");
    assert_eq!(text(page, "target"), "stripe");
    assert!(text(page, "sent").contains("mode=subscription"), "{page}");
    // What is asked again and again with the same answer is one line.
    let looks =
        calls.windows(2).filter(|two| two[0]["call"] == two[1]["call"] && text(&two[0], "call").starts_with("GET"));
    for two in looks {
        assert_ne!((&two[0]["status"], &two[0]["said"]), (&two[1]["status"], &two[1]["said"]), "{two:#?}");
    }
    let all = Value::from(calls).to_string();
    for secret in ["ada@", "ptla_", "ptlc_", "sk_test", "Ada"] {
        assert!(!all.contains(secret), "{secret} is kept");
    }
    let (_, cookie) = world.works_here(Role::Support).await;
    let shown = world.page(&format!("/console/orders/{}", bought.order), &cookie).await;
    assert!(shown.contains("POST /api/application/servers") && shown.contains("took_ms"), "{shown}");
}

#[rstest]
#[tokio::test]
async fn what_customers_do_with_their_servers_is_not_written_down_as_calls(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let before = calls(&world, &owner.bought.order).await.len();

    world.page(&format!("{}/files", owner.here), &owner.cookie).await;

    assert_eq!(calls(&world, &owner.bought.order).await.len(), before);
}

#[rstest]
#[tokio::test]
async fn calls_are_kept_for_two_weeks_and_wait_while_the_database_does_not_take_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    world.database.run("alter table calls rename to away").await;
    world.pass("calls").await;
    world.database.run("alter table away rename to calls").await;
    assert!(!calls(&world, &bought.order).await.is_empty(), "they waited");

    world.clock.advance(SignedDuration::from_hours(24 * 15));
    world.pass("retention").await;

    assert_eq!(calls(&world, &bought.order).await, Vec::<Value>::new());
}

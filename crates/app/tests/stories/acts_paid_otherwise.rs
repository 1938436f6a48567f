//! Money that Stripe does not give back: a person pays it in another way, says so, and the books are closed.

use crate::acts::{Desk, act, is_not_for, soon};
use crate::delivered::{HOUR, days, delivered, is_clean};
use crate::world::{PLAN, World};
use domain::access::Role;
use domain::order::OrderState;
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::stripe::PayOutcome;
use serde_json::json;
use store::Engine;

const STUCK: &str = "refund.stuck";

async fn letters(world: &World) -> Vec<String> {
    let kept = world.app.mailer.kept().await.into_iter();
    kept.filter(|(_, subject, _)| subject.starts_with("Refund made")).map(|(_, _, text)| text).collect()
}

#[rstest]
#[tokio::test]
async fn the_rest_of_what_a_bank_took_back_is_paid_by_hand_and_ends_the_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: the bank takes back a part of a payment while the server is made, and the customer cancels.
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    assert!(world.until(SignedDuration::from_mins(2), async |world| world.servers() == 1).await);
    let charge = world.stripe.objects("charge")[0]["id"].as_str().unwrap().to_owned();
    let dispute = world.stripe.open_dispute(&charge, "needs_response");
    assert!(world.stripe.tamper(&dispute, &json!({"amount": 500})));
    let path = format!("/api/v1/orders/{}/cancel", bought.order);
    assert_eq!(world.post(&path, Some(&ada.token), &json!({})).await.0, http::StatusCode::ACCEPTED);
    assert!(world.stripe.close_dispute(&dispute, "lost"));
    world.passes(SignedDuration::from_hours(1), SignedDuration::from_mins(1)).await;
    assert_eq!(world.state(&bought).await.key(), "refund_due");
    assert!(world.alerts().await.contains(&STUCK.to_owned()), "{:?}", world.alerts().await);

    // Act
    let path = act(&bought, "paid-otherwise");
    is_not_for(&world, Role::Support, &path).await;
    let desk = Desk::of(&world, Role::Billing).await;
    let page = desk.foresees(&path).await;
    assert!(page.contains("$8.99 counts as paid back by you") && page.contains("$5.00 went back already"), "{page}");
    desk.does_once(&path, &[]).await;
    soon(&world).await;

    // Assert
    assert!(matches!(world.state(&bought).await, OrderState::Refunded { .. }), "{}", world.story(&bought).await);
    assert!(!world.alerts().await.contains(&STUCK.to_owned()), "{:?}", world.alerts().await);
    assert_eq!((world.stripe.objects("refund").len(), world.servers()), (0, 0));
    let letters = letters(&world).await;
    assert!(letters.len() == 1 && letters[0].contains("We paid $8.99 back to you in another way"), "{letters:?}");
    desk.is_audited(bought.order.as_str(), "order.paid-otherwise").await;
    is_clean(&world).await;
    let page = world.page(&format!("/orders/{}", bought.order), &world.sign_in(&ada).await).await;
    assert!(page.contains("We paid $8.99 back in another way") && !page.contains("business days"), "{page}");
}

#[rstest]
#[tokio::test]
async fn a_refund_that_failed_after_it_was_made_is_paid_by_hand(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: what went back comes back, days later.
    let (world, bought) = delivered(engine, PayOutcome::RefundFails).await;
    let mut desk = Desk::of(&world, Role::Billing).await;
    let path = act(&bought, "paid-otherwise");
    assert!(desk.foresees(&path).await.contains("Nothing was to go back for this order"));
    desk.does_once(&act(&bought, "refund"), &[]).await;
    assert!(desk.foresees(&path).await.contains("nothing has come in between so far"));
    soon(&world).await;
    desk.comes_back().await;
    assert!(desk.foresees(&path).await.contains("went back already"));
    world.passes(days(10), HOUR).await;
    assert!(world.alerts().await.contains(&STUCK.to_owned()), "{:?}", world.alerts().await);
    is_clean(&world).await;

    // Act
    desk.comes_back().await;
    desk.does_once(&path, &[]).await;
    soon(&world).await;

    // Assert: nobody hears of it again, and the customer knows.
    assert!(!world.alerts().await.contains(&STUCK.to_owned()), "{:?}", world.alerts().await);
    let letters = letters(&world).await;
    assert!(letters.len() == 2 && letters[1].contains("We paid $13.99 back to you in another way"), "{letters:?}");
    world.passes(days(2), HOUR).await;
    assert!(!world.alerts().await.contains(&STUCK.to_owned()), "{:?}", world.alerts().await);
    is_clean(&world).await;
}

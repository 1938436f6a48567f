//! What banks say about a payment: what is suspended for it, what comes back, and what the books show.

use crate::delivered::{HOUR, at_panel, days, delivered, is_clean, is_suspended, now, service, until};
use crate::standing::life;
use crate::world::{PLAN, World};
use domain::standing::Why;
use insta::{allow_duplicates, assert_snapshot};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::stripe::{Fault, FaultKind, PayOutcome};
use store::alerts::Wanted;
use store::{Engine, ledger};

#[rstest]
#[tokio::test]
async fn a_dispute_suspends_at_once_and_one_that_is_won_lets_go(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("won", "prevented")] decided: &str,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let charge = world.stripe.objects("charge")[0]["id"].as_str().unwrap().to_owned();
    let dispute = world.stripe.open_dispute(&charge, "needs_response");
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    assert_eq!(at_panel(&world).await, Some(true));
    let suspension = service(&world, &bought).await.standing.suspension.unwrap();
    assert_eq!((suspension.why, suspension.delete_on), (Why::Disputed, None), "undecided, there is no date");
    assert_eq!(world.alerts().await, ["payment.disputed"]);
    is_clean(&world).await;

    world.passes(days(20), days(1)).await;
    assert_eq!(at_panel(&world).await, Some(true));
    world.webhooks_are_lost();
    assert!(world.stripe.close_dispute(&dispute, decided));
    assert!(until(&world, HOUR * 3, async |world| !is_suspended(world, &bought).await).await);
    assert_eq!(at_panel(&world).await, Some(false));
    assert_eq!(world.alerts().await, Vec::<String>::new());
    let entries = ledger::list_of_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    let sum: i64 = entries.iter().map(|entry| entry.amount.minor).sum();
    assert_eq!(sum, 1399, "the money is ours: {entries:?}");
}

#[rstest]
#[tokio::test]
async fn a_payment_that_is_disputed_at_once_is_delivered_and_suspended(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(true, false)] in_order: bool,
) {
    let world = World::new(engine).await;
    if !in_order {
        // We hear of the dispute before we hear of the payment.
        let late = FaultKind::DelayWebhook { seconds: 60 };
        for event in ["checkout.session.completed", "invoice.paid"] {
            world.stripe.faults().add(Fault::always(late.clone()).on_event(event));
        }
    }
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    world.pays(&bought, PayOutcome::Disputed);
    world.settles(&bought).await;
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    assert_eq!(at_panel(&world).await, Some(true));
    assert_eq!(service(&world, &bought).await.standing.suspension.unwrap().why, Why::Disputed);
}

#[rstest]
#[tokio::test]
async fn a_question_of_the_bank_suspends_nobody_and_takes_nothing_from_the_books(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let charge = world.stripe.objects("charge")[0]["id"].as_str().unwrap().to_owned();
    let question = world.stripe.open_dispute(&charge, "warning_needs_response");
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    assert_eq!(at_panel(&world).await, Some(false));
    assert_eq!(world.alerts().await, ["payment.disputed"]);
    assert!(world.stripe.close_dispute(&question, "warning_closed"));
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    assert_eq!(world.alerts().await, Vec::<String>::new());
    let entries = ledger::list_of_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
}

#[rstest]
#[tokio::test]
async fn a_dispute_that_is_lost_ends_the_subscription_and_then_the_server(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let charge = world.stripe.objects("charge")[0]["id"].as_str().unwrap().to_owned();
    let dispute = world.stripe.open_dispute(&charge, "needs_response");
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    assert!(world.stripe.close_dispute(&dispute, "lost"));
    world.passes(SignedDuration::from_mins(5), SignedDuration::from_secs(10)).await;
    assert!(
        world.stripe.objects("subscription").iter().all(|one| one["status"] == "canceled"),
        "nothing more is charged"
    );
    let suspension = service(&world, &bought).await.standing.suspension.unwrap();
    assert_eq!(suspension.why, Why::DisputeLost);
    let promised = suspension.delete_on.unwrap();
    assert!(promised >= now(&world) + days(14) - HOUR);

    let gone = async |world: &World| service(world, &bought).await.terminated_at.is_some();
    assert!(until(&world, days(16), gone).await);
    assert!(service(&world, &bought).await.terminated_at.unwrap() >= promised);
    let life = life(&world, &bought).await;
    allow_duplicates! {
        assert_snapshot!(life, @r#"
        day 0   suspended: disputed, kept until None
        day 0   subscription ended
        day 0   suspended: dispute_lost, kept until Some(14)
        day 11  deletion announced for day 14
        day 14  removed
        mail    Ada of the keep is suspended
        mail    Ada of the keep is suspended
        mail    The data of “Ada of the keep” will be deleted on 15 Mar 2026, 12:04 UTC
        mail    Ada of the keep was deleted
        "#);
    }
}

#[rstest]
#[tokio::test]
async fn a_question_of_the_bank_that_becomes_a_dispute_suspends_and_is_booked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(true, false)] heard_at_once: bool,
) {
    // Arrange
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let charge = world.stripe.objects("charge")[0]["id"].as_str().unwrap().to_owned();
    let question = world.stripe.open_dispute(&charge, "warning_needs_response");
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    let told = async || {
        let open =
            store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::Open, None, 10).await.unwrap();
        open.into_iter().map(|alert| alert.text).collect::<Vec<_>>().join(" ")
    };
    assert!(told().await.contains("No money has moved"), "{}", told().await);
    world.passes(days(5), HOUR * 6).await;
    if !heard_at_once {
        world.webhooks_are_lost();
    }
    // Act
    assert!(world.stripe.escalate_dispute(&question));
    // Assert
    assert!(until(&world, HOUR * 3, async |world| is_suspended(world, &bought).await).await);
    assert_eq!(service(&world, &bought).await.standing.suspension.unwrap().why, Why::Disputed);
    assert_eq!(at_panel(&world).await, Some(true));
    assert!(!told().await.contains("No money has moved"), "{}", told().await);
    let all =
        store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::All, None, 10).await.unwrap();
    let told_of = all.iter().filter(|alert| alert.rule == "payment.disputed").count();
    assert_eq!(told_of, 2, "whoever was told of the question is told anew: {all:?}");
    let entries = ledger::list_of_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    let sum: i64 = entries.iter().map(|entry| entry.amount.minor).sum();
    assert_eq!(sum, 0, "the bank has the money: {entries:?}");
    is_clean(&world).await;
}

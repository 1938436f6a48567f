//! The check of everything, on a shop that lived: it finds nothing where nothing is wrong, and exactly what was made wrong.

use crate::world::{Bought, PLAN, World};
use app::verify::{self, Deadlines, Finding, Law, Moment, Sources};
use billing::NewSubscription;
use domain::order::OrderState;
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec, On};
use sandbox::stripe::PayOutcome;
use serde_json::json;
use std::collections::BTreeMap;
use store::{Engine, services};

impl World {
    /// What the check finds now.
    async fn verify(&self, moment: &Moment) -> Vec<Finding> {
        let evidence = verify::read(&Sources::of(&self.app), app::clock::Clock::now(&self.clock)).await.unwrap();
        verify::check(&evidence, moment)
    }

    /// The moments at which a shop without faults, and with everything done, has nothing to find.
    async fn is_clean(&self) {
        let running = Moment::Running(Deadlines::of(&self.app.catalogue));
        for moment in [Moment::Anytime, running, Moment::Decided] {
            assert_eq!(self.verify(&moment).await, [], "{moment:?}");
        }
    }
}

async fn service(world: &World, bought: &Bought) -> services::Service {
    services::find_by_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap().unwrap()
}

#[rstest]
#[tokio::test]
async fn after_a_purchase_and_at_every_step_of_it_nothing_differs(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    assert_eq!(world.verify(&Moment::Anytime).await, []);
    world.pays(&bought, PayOutcome::Pay);
    let playable = async |world: &World| {
        assert_eq!(world.verify(&Moment::Anytime).await, []);
        matches!(world.state(&bought).await, OrderState::Fulfilled { .. })
    };
    assert!(world.until(SignedDuration::from_mins(10), playable).await);
    world.settles(&bought).await;
    world.is_clean().await;
}

#[rstest]
#[tokio::test]
async fn after_refunds_a_second_payment_and_an_unused_page_nothing_differs(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let twice = world.buys(&ada, PLAN).await;
    world.settles(&twice).await;
    world.pay_by_api(&twice).await;
    let refuse = Fault::Refuse { status: 422, code: None, field: None, rule: None };
    world.panel.add_fault(FaultSpec::lasting(refuse).on(On::create_server()));
    let refused = world.buys(&ada, PLAN).await;
    let unused = world.opens(&ada, PLAN).await;
    world.settles(&refused).await;
    world.panel.clear_faults();
    world.passes(SignedDuration::from_mins(45), SignedDuration::from_secs(30)).await;
    assert!(matches!(world.state(&refused).await, OrderState::Refunded { .. }));
    assert!(matches!(world.state(&unused).await, OrderState::Expired { .. }));
    world.is_clean().await;
}

#[rstest]
#[tokio::test]
async fn what_was_made_wrong_is_found_and_nothing_else(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    // Arrange: two customers with their servers.
    let world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let (gone, stays) = (world.buys(&ada, PLAN).await, world.buys(&bob, PLAN).await);
    world.settles(&gone).await;
    world.settles(&stays).await;
    world.is_clean().await;
    // Act: a server is deleted at the panel, another one is left there under our mark, and a subscription names no order of ours.
    let (lost, kept) = (service(&world, &gone).await, service(&world, &stays).await);
    assert!(world.panel.vanish(lost.server.as_ref().unwrap().id));
    let prefix = &world.app.installation.prefix;
    let stray = format!("{prefix}-svc-ffffffffffffffffffffffffffffffff");
    let stray = world.panel.plant(kept.server.unwrap().id, &stray).unwrap();
    let subscription = orphan(&world, &kept.subscription).await;
    world.passes(SignedDuration::from_mins(2), SignedDuration::from_secs(10)).await;
    // Assert
    let found = world.verify(&Moment::Running(Deadlines::of(&world.app.catalogue))).await;
    let told: Vec<(Law, &str, &str)> =
        found.iter().map(|finding| (finding.law, finding.subject.as_str(), finding.runbook)).collect();
    let mut expected = vec![
        (Law::M2, subscription.as_str(), "subscription.orphaned"),
        (Law::S1, lost.id.as_str(), "server.missing"),
        (Law::S1, stray.as_str(), "server.orphaned"),
    ];
    expected.sort();
    assert_eq!(told, expected, "{found:#?}");
    // What a person was told of waits for that person; what nobody can have wanted is found all the same.
    let decided: Vec<Finding> = world.verify(&Moment::Decided).await;
    assert_eq!(decided.len(), 2, "{decided:#?}");
}

/// Somebody subscribes one of our customers, under our mark, to nothing that was ordered.
async fn orphan(world: &World, like: &str) -> String {
    let stripe = &world.app.stripe;
    let known = stripe.load_subscription(like).await.unwrap();
    let customer = known.customer.unwrap();
    let payment_method = stripe.attach_payment_method("pm_card_visa", &customer, "card:orphan").await.unwrap();
    let subscription = NewSubscription {
        customer,
        lines: known.items.iter().map(|item| (item.price_id.clone().unwrap(), 1)).collect(),
        // One that named an order would be ended: it would surely be ours.
        metadata: BTreeMap::from([("installation".to_owned(), world.app.installation.id.clone())]),
        payment_method,
    };
    stripe.create_subscription(&subscription, "orphan").await.unwrap().id
}

#[rstest]
#[tokio::test]
async fn what_another_shop_does_on_the_same_accounts_is_not_ours_to_judge(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let ours = service(&world, &bought).await;
    let theirs = orphan(&world, &ours.subscription).await;
    let metadata = json!({"installation": "ins_of_another_shop", "order_id": "ord_1"});
    assert!(world.stripe.tamper(&theirs, &json!({"metadata": metadata})));
    world.panel.plant(ours.server.unwrap().id, "another-svc-00000000000000000000000000000001").unwrap();
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    world.is_clean().await;
}

#[rstest]
#[tokio::test]
async fn a_payment_that_was_not_ordered_so_leaves_the_books_in_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("subtotal", "currency", "customer")] what: &str,
) {
    let world = World::new(engine).await;
    world.webhooks_are_lost();
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    let invoice = world.stripe.objects("invoice")[0]["id"].as_str().unwrap().to_owned();
    let change = match what {
        "subtotal" => json!({"subtotal": 1, "total": 1, "amount_paid": 1, "amount_due": 1}),
        "currency" => json!({"currency": "eur"}),
        _ => json!({"customer": "cus_somebody_else"}),
    };
    assert!(world.stripe.tamper(&invoice, &change));
    world.webhooks_reach_us();
    world.passes(SignedDuration::from_mins(5), SignedDuration::from_secs(10)).await;
    assert!(matches!(world.state(&bought).await, OrderState::Refunded { .. }), "{}", world.story(&bought).await);
    world.is_clean().await;
}

#[rstest]
#[tokio::test]
async fn renewals_and_a_dispute_leave_the_books_in_order(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    world.clock.advance(SignedDuration::from_hours(24 * 32));
    world.passes(SignedDuration::from_mins(5), SignedDuration::from_secs(30)).await;
    world.is_clean().await;
    let charge = world.stripe.objects("charge")[0]["id"].as_str().unwrap().to_owned();
    world.stripe.open_dispute(&charge, "needs_response");
    let found = world.verify(&Moment::Decided).await;
    assert_eq!(found.iter().map(|finding| finding.law).collect::<Vec<_>>(), [Law::M6], "{found:#?}");
    world.passes(SignedDuration::from_mins(2), SignedDuration::from_secs(10)).await;
    world.is_clean().await;
}

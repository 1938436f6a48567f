//! Bad days at the panel: lost answers, refusals, nodes that are down, games that stay silent.

use crate::world::{OWN_SECRET, PLAN, World, config};
use app::clock::{Clock, ManualClock};
use domain::order::OrderState;
use insta::{allow_duplicates, assert_snapshot};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec, On, Outcome};
use sandbox::stripe::PayOutcome;
use store::{Engine, Lease, operations};

#[rstest]
#[tokio::test]
async fn a_create_whose_answer_is_lost_yields_one_server(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    // Arrange: a panel that creates the server but drops the reply.
    let world = World::new(engine).await;
    world
        .panel
        .add_fault(FaultSpec::once(Fault::Timeout { outcome: Outcome::Kept, seconds: 0 }).on(On::create_server()));
    let ada = world.customer("ada").await;
    // Act
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    // Assert: taken over by the settle rule, not made again.
    let story = world.story(&bought).await;
    allow_duplicates! {
        assert_snapshot!(story, @r"
    order     fulfilled, 13.99 USD
    panel     1 server(s)
    attempts  lost
    stripe    1 charge(s), 0 refund(s), 1 live subscription(s)
    alerts    none
    mail      Payment received: $13.99
    mail      Ada of the keep is ready
    ");
    }
}

#[rstest]
#[tokio::test]
async fn a_create_whose_end_nobody_wrote_down_is_made_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: a process that crashes between writing the call down and making it.
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.pass("stripe_events").await;
    world.pass("inbox").await;
    let (now, node) = (world.app.now(), world.node_of(&bought).await);
    let mut tx = world.app.store.begin().await.unwrap();
    let lease = Lease { worker: "the process that crashes".to_owned(), now, until: now };
    let claims = operations::claim_due(&mut tx, &lease, 1).await.unwrap();
    operations::begin_attempt(&mut tx, &claims[0], &world.app.id(), node, &[], now).await.unwrap();
    tx.commit().await.unwrap();
    // Act
    world.settles(&bought).await;
    // Assert: the money stays, for the server can be made.
    let story = world.story(&bought).await;
    allow_duplicates! {
        assert_snapshot!(story, @r"
    order     fulfilled, 13.99 USD
    panel     1 server(s)
    attempts  lost, created
    stripe    1 charge(s), 0 refund(s), 1 live subscription(s)
    alerts    none
    mail      Payment received: $13.99
    mail      Ada of the keep is ready
    ");
    }
}

#[rstest]
#[tokio::test]
async fn a_create_that_comes_true_late_yields_one_server(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let late = Fault::Timeout { outcome: Outcome::Later, seconds: 30 };
    world.panel.add_fault(FaultSpec::once(late).on(On::create_server()));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn a_create_that_is_undone_late_is_made_again_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let undone = Fault::Timeout { outcome: Outcome::RolledBack, seconds: 30 };
    world.panel.add_fault(FaultSpec::once(undone).on(On::create_server()));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn a_500_after_the_commit_yields_one_server(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.panel.add_fault(FaultSpec::once(Fault::ErrorAfter).on(On::create_server()));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn a_panel_that_refuses_every_create_ends_in_a_refund_and_an_alert(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.panel.add_fault(
        FaultSpec::lasting(Fault::Refuse { status: 422, code: None, field: None, rule: None }).on(On::create_server()),
    );
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let story = world.story(&bought).await;
    allow_duplicates! {
        assert_snapshot!(story, @r#"
    order     refunded, 13.99 USD
    panel     0 server(s)
    attempts  refused, refused
    stripe    1 charge(s), 1 refund(s), 0 live subscription(s)
    alerts    refund.decided
    mail      Payment received: $13.99
    mail      Trouble with “Ada of the keep”: your money comes back
    mail      Refund made: $13.99
    "#);
    }
    // A month later nothing more was charged.
    world.stripe.advance(SignedDuration::from_hours(24 * 40)).await;
    world.turn().await;
    assert_eq!(world.stripe.objects("charge").len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_node_that_is_down_is_left_for_another_one(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    let node = world.node_of(&bought).await;
    world.panel.add_fault(FaultSpec::lasting(Fault::DaemonDown { node: Some(node) }));
    world.pays(&bought, sandbox::stripe::PayOutcome::Pay);
    world.settles(&bought).await;
    let story = world.story(&bought).await;
    allow_duplicates! {
        assert_snapshot!(story, @r"
    order     fulfilled, 13.99 USD
    panel     1 server(s)
    attempts  rolled_back, rolled_back, created
    stripe    1 charge(s), 0 refund(s), 1 live subscription(s)
    alerts    none
    mail      Payment received: $13.99
    mail      Ada of the keep is ready
    ");
    }
    assert_ne!(world.node_of(&bought).await, node);
}

#[rstest]
#[tokio::test]
async fn a_failed_installation_is_run_again_and_then_moved(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.panel.add_fault(FaultSpec::once(Fault::InstallFails).times(2));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }), "{}", world.story(&bought).await);
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn a_game_that_stays_silent_never_becomes_playable(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.panel.add_fault(FaultSpec::lasting(Fault::GameSilent));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Refunded { .. }), "{}", world.story(&bought).await);
    assert_eq!(world.servers(), 0);
}

#[rstest]
#[tokio::test]
async fn a_refused_key_makes_the_work_wait_and_not_fail(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    world.panel.add_fault(FaultSpec::lasting(Fault::Forbidden));
    world.pays(&bought, sandbox::stripe::PayOutcome::Pay);
    let decided = async |world: &World| {
        !matches!(world.state(&bought).await, OrderState::CheckoutOpen { .. } | OrderState::Paid { .. })
    };
    assert!(!world.until(SignedDuration::from_mins(5), decided).await, "nothing is decided while we are not let in");
    world.panel.clear_faults();
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn ports_that_somebody_took_are_replaced_by_others(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let taken = Fault::Refuse {
        status: 422,
        code: Some("ValidationException".into()),
        field: Some("allocation.default".into()),
        rule: Some("exists".into()),
    };
    world.panel.add_fault(FaultSpec::once(taken).on(On::create_server()));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }), "{}", world.story(&bought).await);
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn a_customer_who_cancels_in_time_gets_everything_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    let created = async |world: &World| world.servers() == 1;
    assert!(world.until(SignedDuration::from_mins(2), created).await);
    let (status, _) =
        world.post(&format!("/api/v1/orders/{}/cancel", bought.order), Some(&ada.token), &serde_json::json!({})).await;
    assert_eq!(status, http::StatusCode::ACCEPTED);
    world.settles(&bought).await;
    let story = world.story(&bought).await;
    allow_duplicates! {
        assert_snapshot!(story, @r#"
    order     refunded, 13.99 USD
    panel     0 server(s)
    attempts  created
    stripe    1 charge(s), 1 refund(s), 0 live subscription(s)
    alerts    none
    mail      Payment received: $13.99
    mail      Trouble with “Ada of the keep”: your money comes back
    mail      Refund made: $13.99
    "#);
    }
}

#[rstest]
#[tokio::test]
async fn whoever_cancels_too_late_is_told_that_nothing_was_cancelled(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let cookie = world.sign_in(&ada).await;
    let page = format!("/orders/{}", bought.order);

    // Act: by program, and with the button of a page that was opened before.
    let path = format!("/api/v1/orders/{}/cancel", bought.order);
    let (status, said) = world.post(&path, Some(&ada.token), &serde_json::json!({})).await;
    let answer = world.form(&format!("{page}/cancel"), &cookie, "").await;

    // Assert
    assert_eq!((status, said["code"].as_str()), (http::StatusCode::CONFLICT, Some("delivered")), "{said}");
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    let shown = world.page(&place, &cookie).await;
    assert!(shown.contains("Nothing was cancelled") && shown.contains("no money goes back by itself"), "{shown}");
    assert!(!world.page(&page, &cookie).await.contains("Nothing was cancelled"));
    assert_eq!((world.servers(), world.stripe.objects("refund").len()), (1, 0));
}

#[rstest]
#[tokio::test]
async fn an_order_that_nobody_paid_in_time_says_so_to_whoever_wants_to_pay_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    let cookie = world.sign_in(&ada).await;
    let expired = async |world: &World| world.state(&bought).await.key() == "expired";
    assert!(world.until(SignedDuration::from_hours(2), expired).await);
    let answer = world.form(&format!("/orders/{}/pay", bought.order), &cookie, "").await;
    assert_eq!(answer.headers()["location"].to_str().unwrap(), format!("/orders/{}", bought.order));
    let shown = world.page(&format!("/orders/{}", bought.order), &cookie).await;
    assert!(shown.contains("Nothing was charged") && shown.contains("Order this again"), "{shown}");
}

#[rstest]
#[tokio::test]
async fn what_the_bank_took_back_is_not_given_back_once_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(("lost", 0), ("won", 1))] (decided, refunds): (&str, usize),
) {
    // Arrange: the payment is disputed while the server is made, and the customer cancels as well.
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    let created = async |world: &World| world.servers() == 1;
    assert!(world.until(SignedDuration::from_mins(2), created).await);
    let charge = world.stripe.objects("charge")[0]["id"].as_str().unwrap().to_owned();
    let dispute = world.stripe.open_dispute(&charge, "needs_response");
    let path = format!("/api/v1/orders/{}/cancel", bought.order);
    assert_eq!(world.post(&path, Some(&ada.token), &serde_json::json!({})).await.0, http::StatusCode::ACCEPTED);
    world.passes(SignedDuration::from_hours(1), SignedDuration::from_mins(1)).await;
    assert_eq!(world.state(&bought).await.key(), "refund_due");
    assert!(world.alerts().await.contains(&"refund.stuck".to_owned()), "{:?}", world.alerts().await);

    // Act
    assert!(world.stripe.close_dispute(&dispute, decided));
    world.passes(SignedDuration::from_hours(1), SignedDuration::from_mins(1)).await;

    // Assert: what is lost is given back already, and what is won is ours to give.
    assert_eq!(world.state(&bought).await.key(), "refunded");
    assert!(!world.alerts().await.contains(&"refund.stuck".to_owned()), "{:?}", world.alerts().await);
    assert_eq!((world.stripe.objects("refund").len(), world.servers()), (refunds, 0));
}

#[rstest]
#[tokio::test]
async fn what_a_process_with_a_wrong_clock_hears_of_first_is_not_put_off_by_that(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: a payment that nobody has heard of yet, and a process that begins on a machine whose clock is hours ahead.
    let mut world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    world.pays(&bought, PayOutcome::Pay);
    let settings = || config("http://127.0.0.1:8080", OWN_SECRET, &[]);
    let ahead = ManualClock::at(world.clock.now() + SignedDuration::from_hours(6));
    world.restarts_with_clock(settings(), &ahead).await;

    // Act: its customer cancels, too late.
    let purchase =
        store::orders::find(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap().unwrap();
    let came_of_it = app::sales::cancel::cancel(&world.app, &purchase).await.unwrap();
    assert_eq!(came_of_it, app::sales::cancel::Cancelling::PaidMeanwhile);
    assert_eq!(world.state(&bought).await.key(), "paid");

    // Assert: the next process delivers at once.
    let right = world.clock.clone();
    world.restarts_with_clock(settings(), &right).await;
    let playable = async |world: &World| world.state(&bought).await.key() == "fulfilled";
    assert!(world.until(SignedDuration::from_mins(10), playable).await, "{}", world.story(&bought).await);
}

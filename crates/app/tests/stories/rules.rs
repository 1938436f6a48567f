//! Alerts about one thing each: what opens them, what does not, and what ends them.

use crate::delivered::overdue;
use crate::operators::sold;
use crate::world::{PLAN, World};
use app::desk;
use app::work::panel_sync;
use domain::ids::ServiceId;
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::{Fault as PanelFault, FaultSpec, On};
use sandbox::stripe::{Fault, FaultKind};
use store::Engine;
use store::alerts::Wanted;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Whether an alert of this rule is open.
async fn is_open(world: &World, rule: &str) -> bool {
    world.alerts().await.iter().any(|open| open == rule)
}

#[rstest]
#[tokio::test]
async fn a_paid_order_that_does_not_move_is_told_of_and_so_is_the_panel_that_refuses_us(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    assert!(!is_open(&world, "panel.trouble").await);
    // Work waits while the panel does not let us in: it does not fail.
    world.panel.add_fault(FaultSpec::lasting(PanelFault::Forbidden).on(On::default()));
    let bought = world.buys(&ada, PLAN).await;
    let told = world.until(MINUTE * 12, async |world| is_open(world, "order.stuck").await).await;
    assert!(!told, "a quarter of an hour is not over");
    assert!(is_open(&world, "panel.trouble").await);
    let told = world.until(MINUTE * 120, async |world| is_open(world, "order.stuck").await).await;
    assert!(told, "{}", world.story(&bought).await);
    world.panel.clear_faults();
    world.settles(&bought).await;
    // The next look at the whole panel.
    world.passes(MINUTE * 2, MINUTE).await;
    assert!(!is_open(&world, "order.stuck").await && !is_open(&world, "panel.trouble").await);
}

#[rstest]
#[tokio::test]
async fn money_that_does_not_go_back_is_told_of_after_some_tries(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let refused = PanelFault::Refuse { status: 400, code: None, field: None, rule: None };
    world.panel.add_fault(FaultSpec::lasting(refused).on(On::create_server()));
    // One call that fails is nothing to wake anybody for.
    world.stripe.faults().add(Fault::once(FaultKind::ErrorBefore).on("POST", "/v1/refunds"));
    let first = world.buys(&ada, PLAN).await;
    world.settles(&first).await;
    assert!(!is_open(&world, "refund.stuck").await);
    world.stripe.faults().add(Fault::always(FaultKind::ErrorBefore).on("POST", "/v1/refunds"));
    let second = world.buys(&ada, PLAN).await;
    let told = world.until(MINUTE * 40, async |world| is_open(world, "refund.stuck").await).await;
    assert!(told, "{}", world.story(&second).await);
    world.stripe.faults().clear();
    world.settles(&second).await;
    assert!(!is_open(&world, "refund.stuck").await, "{}", world.story(&second).await);
}

#[rstest]
#[tokio::test]
async fn a_delivery_that_finds_somebody_elses_server_waits_for_a_person_and_goes_on_after_one_looked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(0, 5)] hours_later: i64,
) {
    let world = World::new(engine).await;
    let (_, _, other) = sold(&world).await;
    assert!(!is_open(&world, "delivery.parked").await);
    // A server of another owner stands under the name that the new one will have.
    let bob = world.customer("bob").await;
    let bought = world.opens(&bob, PLAN).await;
    let service = ServiceId::of_order(&bought.order);
    let name = format!("{}-svc-{}", world.app.installation.prefix, service.as_str().trim_start_matches("svc_"));
    world.panel.plant(other.server.as_ref().unwrap().id, &name).unwrap();
    world.pays(&bought, sandbox::stripe::PayOutcome::Pay);
    let parked = world.until(MINUTE * 15, async |world| is_open(world, "delivery.parked").await).await;
    assert!(parked, "{}", world.story(&bought).await);
    // A person removes it and lets the delivery go on, at once or in the morning: no deadline runs meanwhile.
    world.passes(SignedDuration::from_hours(hours_later), MINUTE * 10).await;
    let stray = world.panel.find_server(&name).unwrap();
    assert!(world.panel.vanish(stray.id));
    assert!(desk::orders::retry(&world.app, "cli", &bought.order).await.unwrap());
    world.settles(&bought).await;
    assert_eq!(world.state(&bought).await.key(), "fulfilled", "{}", world.story(&bought).await);
    assert!(!is_open(&world, "delivery.parked").await, "{}", world.story(&bought).await);
}

#[rstest]
#[tokio::test]
async fn a_suspension_that_does_not_come_about_is_told_of_until_it_does(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, _) = overdue(engine).await;
    world.panel.add_fault(FaultSpec::lasting(PanelFault::ErrorBefore).on(On::call("POST", "*/suspend")));
    // Its days of grace pass, and a little more than the first tries.
    world.passes(SignedDuration::from_hours(24 * 3), SignedDuration::from_hours(2)).await;
    assert!(!is_open(&world, "suspension.stuck").await, "the first try is no trouble yet");
    world.passes(MINUTE * 60 * 12, MINUTE * 20).await;
    assert!(is_open(&world, "suspension.stuck").await, "{:?}", world.alerts().await);
    world.panel.clear_faults();
    world.passes(MINUTE * 60, MINUTE * 5).await;
    assert!(!is_open(&world, "suspension.stuck").await, "{:?}", world.alerts().await);
}

#[rstest]
#[tokio::test]
async fn a_game_whose_egg_is_gone_is_told_of_if_it_is_sold(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    panel_sync::read_eggs(&world.app).await.unwrap();
    assert!(!is_open(&world, "blueprint.unbound").await);
    assert!(world.panel.rename_egg("Factorio", "Factory"));
    panel_sync::read_eggs(&world.app).await.unwrap();
    let open =
        store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::Open, None, 10).await.unwrap();
    let about: Vec<_> = open.iter().map(|alert| (alert.rule.as_str(), alert.key.as_str())).collect();
    assert_eq!(about, [("blueprint.unbound", "factorio")]);
    assert!(world.panel.rename_egg("Factory", "Factorio"));
    panel_sync::read_eggs(&world.app).await.unwrap();
    assert!(!is_open(&world, "blueprint.unbound").await);
}

//! Figures that leave their bounds: each alert opens, stays shut while all is well, and ends by itself.

use crate::world::{OWN_SECRET, PLAN, World, config};
use app::alerts::{self, Rule};
use app::work::JOBS;
use domain::ids::{MessageId, OrderId};
use jiff::SignedDuration;
use rstest::rstest;
use std::collections::BTreeSet;
use store::Engine;
use store::alerts::Wanted;
use store::outbox::{self, NewMessage};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

async fn look(world: &World) {
    JOBS.iter().find(|job| job.name == "watch").unwrap().pass(&world.app).await.unwrap();
}

/// What is open, as rule and key.
async fn open(world: &World) -> BTreeSet<(String, String)> {
    let found =
        store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::Open, None, 100).await.unwrap();
    found.into_iter().map(|alert| (alert.rule, alert.key)).collect()
}

fn one(rule: &str, key: &str) -> BTreeSet<(String, String)> {
    BTreeSet::from([(rule.to_owned(), key.to_owned())])
}

#[rstest]
#[tokio::test]
async fn a_shop_that_does_well_raises_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
}

#[rstest]
#[tokio::test]
async fn a_panel_that_is_silent_for_minutes_is_told_of_until_it_answers(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    for (minutes, expected) in [(2, BTreeSet::new()), (2, one("panel.unreachable", "panel"))] {
        world.clock.advance(MINUTE * minutes);
        look(&world).await;
        assert_eq!(open(&world).await, expected);
    }
    // It lasts: one alert, written to again now and then.
    for _ in 0..20 {
        world.clock.advance(MINUTE);
        look(&world).await;
    }
    let found =
        store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::Open, None, 100).await.unwrap();
    assert!(found.len() == 1 && (4..=6).contains(&found[0].times), "{found:?}");
    assert!(found[0].text.contains("24 minutes"), "{}", found[0].text);
    world.pass("panel_sync").await;
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
}

#[rstest]
#[tokio::test]
async fn a_shop_that_stood_still_looks_at_the_panel_before_it_calls_it_silent(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut world = World::new(engine).await;
    world.clock.advance(MINUTE * 180);
    world.restarts(config("http://127.0.0.1:8080", OWN_SECRET, &[])).await;
    for (minutes, expected) in [(2, BTreeSet::new()), (2, one("panel.unreachable", "panel"))] {
        world.clock.advance(MINUTE * minutes);
        look(&world).await;
        assert_eq!(open(&world).await, expected);
    }
    // What the process before said is not over because another one begins.
    world.restarts(config("http://127.0.0.1:8080", OWN_SECRET, &[])).await;
    look(&world).await;
    assert_eq!(open(&world).await, one("panel.unreachable", "panel"));
}

#[rstest]
#[tokio::test]
async fn a_clock_that_is_wrong_elsewhere_is_said_to_be_until_nobody_says_so_any_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange
    let world = World::new(engine).await;
    let elsewhere = "another-machine";
    let says = async || {
        let text = "The clock of the machine another-machine is 59 s ahead of Stripe's.";
        alerts::raise_alone(&world.app, Rule::ClockWrong, elsewhere, text).await;
    };
    // Act, assert: whoever has the right time here knows nothing of the clock there.
    for _ in 0..8 {
        says().await;
        world.clock.advance(MINUTE);
        world.pass("panel_sync").await;
        assert!(world.app.knows_the_time().await);
        look(&world).await;
        assert_eq!(open(&world).await, one("clock.wrong", elsewhere));
    }
    // That machine was switched off.
    world.clock.advance(MINUTE * 6);
    world.pass("panel_sync").await;
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
}

#[rstest]
#[tokio::test]
async fn work_that_nobody_does_is_told_of_by_its_queue(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    // The webhook is stored, and no process works.
    world.buys(&ada, PLAN).await;
    world.stripe.tick().await;
    for (minutes, expected) in [(4, BTreeSet::new()), (2, one("work.stalled", "events"))] {
        world.clock.advance(MINUTE * minutes);
        world.pass("panel_sync").await;
        look(&world).await;
        assert_eq!(open(&world).await, expected);
    }
    world.pass("inbox").await;
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
}

#[rstest]
#[tokio::test]
async fn one_delivery_that_fails_is_its_own_matter_and_two_are_everybodys(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    for name in ["ada", "bob"] {
        let customer = world.customer(name).await;
        world.buys(&customer, PLAN).await;
    }
    world.stripe.tick().await;
    world.pass("inbox").await;
    for (number, expected) in [(1, BTreeSet::new()), (2, one("deliveries.failing", "deliveries"))] {
        let sql = match number {
            1 => "update operations set last_error = 'the node is down' where id = (select min(id) from operations)",
            _ => "update operations set last_error = 'the node is down'",
        };
        world.database.run(sql).await;
        look(&world).await;
        assert_eq!(open(&world).await, expected);
    }
    world.database.run("update operations set last_error = null").await;
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
}

/// Orders that an hour decided, as their rows say.
async fn decide(world: &World, delivered: usize, failed: usize) {
    let ada = world.customer("ada").await;
    let mut orders: Vec<OrderId> = Vec::new();
    for _ in 0..delivered + failed {
        let bought = world.buys(&ada, PLAN).await;
        world.stripe.tick().await;
        world.pass("inbox").await;
        orders.push(bought.order);
    }
    let now = world.app.now().as_microsecond();
    for (number, order) in orders.iter().enumerate() {
        let sql = if number < delivered {
            format!("update services set fulfilled_at = {now} where order_id = '{order}'")
        } else {
            format!(
                "insert into refunds (id, order_id, subscription, charge, amount, currency, reason, idempotency_key, wake_at, created_at, done_at)
                 values ('rfd_{number}', '{order}', 'sub_{number}', 'pi_{number}', 100, 'USD', 'cannot_be_delivered', 'key_{number}', 0, {now}, {now})"
            )
        };
        world.database.run(&sql).await;
    }
    // Nothing else is under way.
    world.database.run(&format!("update operations set finished_at = {now}, outcome = 'done'")).await;
    world.clock.advance(SignedDuration::from_secs(1));
}

#[rstest]
#[case::of_four_nothing_is_said(3, 1, &[])]
#[case::one_in_five(4, 1, &["provisioning.failing"])]
#[case::one_in_fifteen(14, 1, &["provisioning.flaky"])]
#[case::all_is_well(5, 0, &[])]
#[tokio::test]
async fn the_share_of_an_hour_that_could_not_be_delivered_is_told_of(
    #[case] delivered: usize,
    #[case] failed: usize,
    #[case] expected: &[&str],
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::with_panel(engine, sandbox::panel::PanelSeed::demo_for(7, 40)).await;
    decide(&world, delivered, failed).await;
    look(&world).await;
    let found: Vec<String> =
        open(&world).await.into_iter().map(|(rule, _)| rule).filter(|rule| rule != "node.full").collect();
    assert_eq!(found, expected);
    // An hour later it is no news any more.
    world.clock.advance(MINUTE * 61);
    world.pass("panel_sync").await;
    look(&world).await;
    assert!(open(&world).await.into_iter().all(|(rule, _)| !rule.starts_with("provisioning.f")));
}

#[rstest]
#[tokio::test]
async fn a_game_that_takes_long_is_told_of_and_one_that_may_is_not(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::with_panel(engine, sandbox::panel::PanelSeed::demo_for(7, 40)).await;
    decide(&world, 3, 0).await;
    let took = async |seconds: i64, plan: &str| {
        let micros = seconds * 1_000_000;
        world.database.run(&format!("update services set created_at = fulfilled_at - {micros}, plan = '{plan}'")).await;
        look(&world).await;
        open(&world).await.into_iter().filter(|(rule, _)| rule == "provisioning.slow").collect::<BTreeSet<_>>()
    };
    assert_eq!(took(120, PLAN).await, BTreeSet::new());
    assert_eq!(took(1200, PLAN).await, one("provisioning.slow", "minecraft"));
    // It installs for an hour: twenty minutes are no news.
    let large = world.app.catalogue.plans.iter().find(|plan| plan.game.as_str() == "counter-strike").unwrap();
    assert_eq!(took(1200, large.key.as_str()).await, BTreeSet::new());
}

#[rstest]
#[tokio::test]
async fn a_node_that_is_nearly_sold_out_is_told_of_until_there_is_room(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
    world.database.run("update panel_nodes set foreign_memory_mib = memory_mib * 81 / 100 where id = (select min(id) from panel_nodes)").await;
    look(&world).await;
    let found = open(&world).await;
    assert!(found.len() == 1 && found.iter().all(|(rule, _)| rule == "node.full"), "{found:?}");
    // A little less changes nothing yet, for it would be back soon.
    world.database.run("update panel_nodes set foreign_memory_mib = memory_mib * 78 / 100 where id = (select min(id) from panel_nodes)").await;
    look(&world).await;
    assert_eq!(open(&world).await, found);
    // A node that takes no servers any more may be as full as it likes.
    world.database.run("update panel_nodes set maintenance = 1 where id = (select min(id) from panel_nodes)").await;
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
}

#[rstest]
#[tokio::test]
async fn mail_that_does_not_go_out_is_told_of(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let account = {
        let mut db = world.app.store.read().await.unwrap();
        store::accounts::find_by_email(&mut db, &ada.email).await.unwrap().unwrap()
    };
    let id: MessageId = world.app.id();
    let mut tx = world.app.store.begin().await.unwrap();
    let letter = NewMessage { kind: "refund_made", subject: "a", cause: "b", recipient: &account.id, body: "{}" };
    outbox::put(&mut tx, &id, &letter, world.app.now()).await.unwrap();
    // Somebody else's turn for a day: nothing is overdue.
    let later = world.app.now() + SignedDuration::from_hours(24);
    outbox::mark_failed(&mut tx, &id, "the mail server is down", later).await.unwrap();
    tx.commit().await.unwrap();
    for (minutes, tries, expected) in [(16, 1, BTreeSet::new()), (0, 3, one("mail.stuck", "outbox"))] {
        world.clock.advance(MINUTE * minutes);
        world.pass("panel_sync").await;
        world.database.run(&format!("update outbox set tries = {tries} where sent_at is null")).await;
        look(&world).await;
        assert_eq!(open(&world).await, expected);
    }
    let mut tx = world.app.store.begin().await.unwrap();
    outbox::mark_sent(&mut tx, &id, world.app.now()).await.unwrap();
    tx.commit().await.unwrap();
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
}

#[rstest]
#[tokio::test]
async fn a_night_without_a_backup_is_told_of_until_one_is_made(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut world = World::new(engine).await;
    let late = one("backup.late", "backup");
    let opens = async |world: &World, hours: i64| {
        world.clock.advance(SignedDuration::from_hours(hours));
        world.pass("panel_sync").await;
        look(world).await;
        open(world).await
    };
    // Nobody wants any.
    assert_eq!(opens(&world, 60).await, BTreeSet::new());
    let settings = || {
        let mut settings = config("http://127.0.0.1:8080", OWN_SECRET, &[]);
        settings.backup_recipient = Some(age::x25519::Identity::generate().to_public());
        settings
    };
    world.restarts(settings()).await;
    look(&world).await;
    assert_eq!(opens(&world, 30).await, BTreeSet::new(), "the first one may still come");
    assert_eq!(opens(&world, 8).await, late);
    world.restarts(settings()).await;
    assert_eq!(opens(&world, 1).await, late, "starting anew makes no backup");
    let makes = async |world: &World| {
        let mut tx = world.app.store.begin().await.unwrap();
        store::marks::set(&mut tx, app::backup::MARK, "", world.app.now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    makes(&world).await;
    assert_eq!(opens(&world, 1).await, BTreeSet::new());
    assert_eq!(opens(&world, 36).await, late, "the next night was missed");
    makes(&world).await;
    assert_eq!(opens(&world, 24).await, BTreeSet::new());
}

/// Events that only our own look found, this long after Stripe made them.
async fn found_by_looking(world: &World, count: i64, after: SignedDuration) {
    let now = world.app.now();
    let (created, received) = ((now - after).as_second(), now.as_microsecond());
    for number in 0..count {
        world
            .database
            .run(&format!(
                "insert into webhook_events (id, kind, body, source, created, received_at, wake_at, processed_at, outcome)
                 values ('evt_{number}_{created}', 'invoice.paid', '{{}}', 'poll', {created}, {received}, {received}, {received}, 'ignored')"
            ))
            .await;
    }
}

#[rstest]
#[tokio::test]
async fn events_that_only_our_own_look_finds_are_told_of(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.clock.advance(MINUTE * 2);
    // What was made before this process was there does not count.
    found_by_looking(&world, 9, MINUTE * 3).await;
    // We were faster than the webhook: that happens.
    found_by_looking(&world, 5, SignedDuration::from_secs(10)).await;
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
    found_by_looking(&world, 3, MINUTE * 2).await;
    look(&world).await;
    assert_eq!(open(&world).await, one("webhook.silent", "stripe"));
    world.clock.advance(MINUTE * 61);
    world.pass("panel_sync").await;
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
}

#[rstest]
#[tokio::test]
async fn events_that_could_not_be_stored_are_told_of_once_somebody_can_be_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    world.database.run("alter table webhook_events rename to webhook_events_away").await;
    world.buys(&ada, PLAN).await;
    world.stripe.tick().await;
    world.database.run("alter table webhook_events_away rename to webhook_events").await;
    look(&world).await;
    assert_eq!(open(&world).await, one("webhook.failing", "stripe"));
    world.clock.advance(MINUTE * 11);
    world.pass("panel_sync").await;
    look(&world).await;
    assert_eq!(open(&world).await, BTreeSet::new());
}

//! Whether the shop can sell and deliver, and how it did: what load balancers, visitors and programs are told.

use crate::world::{PLAN, World};
use domain::catalogue::RegionKey;
use http::{Request, StatusCode};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::stripe::{Fault, FaultKind};
use serde_json::{Value, json};
use store::Engine;
use store::incidents::{self, Incident};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Minutes pass in which these jobs and the one that looks are done once each.
async fn minutes(world: &World, count: i64, jobs: &[&str]) {
    for _ in 0..count {
        world.clock.advance(MINUTE);
        for job in jobs.iter().chain(&["status"]) {
            world.pass(job).await;
        }
    }
}

/// What programs read about a part.
async fn part(world: &World, component: &str) -> Value {
    let (status, said) = world.get("/status.json", None).await;
    assert_eq!(status, StatusCode::OK);
    let found = said["components"].as_array().unwrap().iter().find(|one| one["component"] == component);
    found.unwrap_or_else(|| panic!("{component} is not in {said}")).clone()
}

/// Seconds that were watched today, and those with trouble.
fn today(part: &Value) -> (i64, i64) {
    let days = part["days"].as_array().unwrap();
    let number = |name: &str| days.last().map_or(0, |day| day[name].as_i64().unwrap());
    (number("watched_seconds"), number("trouble_seconds"))
}

#[rstest]
#[tokio::test]
async fn ready_is_who_can_sell_and_deliver_and_every_part_has_a_word(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (status, ready) = world.get("/readyz", None).await;
    assert_eq!(status, StatusCode::OK, "{ready}");
    let all_well = json!({
        "ready": true, "database": "writable", "panel": "read", "stripe": "answers", "offer": "plans for sale", "frozen": null,
        "events_waiting": 0,
    });
    assert_eq!(ready, all_well);
    // Stripe falls silent. The panel goes on, and its answers say what time it is.
    world.stripe.faults().add(Fault::always(FaultKind::ErrorBefore));
    for _ in 0..11 {
        world.clock.advance(MINUTE);
        world.pass("panel_sync").await;
        world.pass("stripe_events").await;
    }
    let (status, ready) = world.get("/readyz", None).await;
    assert_eq!(
        (status, &ready["stripe"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"no answer for ten minutes".into()),
        "{ready}"
    );
    assert_eq!(ready["panel"], "read");
    // It answers again, and the panel falls silent.
    world.stripe.faults().clear();
    world.clock.advance(MINUTE * 11);
    world.pass("stripe_events").await;
    let (status, ready) = world.get("/readyz", None).await;
    assert_eq!(
        (status, &ready["panel"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"not read for ten minutes".into()),
        "{ready}"
    );
    assert_eq!(ready["stripe"], "answers");
    world.pass("panel_sync").await;
    assert_eq!(world.get("/readyz", None).await.0, StatusCode::OK);
    // To live is something else.
    let alive = world.send(Request::get("/healthz").body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(alive.status(), StatusCode::OK);
}

#[rstest]
#[tokio::test]
async fn ten_silent_minutes_of_the_panel_stand_in_the_history_of_the_panel_alone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.pass("status").await;
    assert_eq!(part(&world, "panel").await["well_percent_90d"], Value::Null, "nobody has looked for any time yet");
    minutes(&world, 10, &["panel_sync", "stripe_events"]).await;
    // It is noticed after ten minutes; five more follow.
    minutes(&world, 15, &["stripe_events"]).await;
    let panel = part(&world, "panel").await;
    assert_eq!((panel["well"].as_bool(), today(&panel)), (Some(false), (25 * 60, 6 * 60)), "{panel}");
    minutes(&world, 5, &["panel_sync", "stripe_events"]).await;
    let panel = part(&world, "panel").await;
    assert_eq!((panel["well"].as_bool(), today(&panel)), (Some(true), (30 * 60, 6 * 60)), "{panel}");
    assert_eq!(panel["well_percent_90d"], json!(80.0));
    for other in ["shop", "payments", "deliveries", "region"] {
        let part = part(&world, other).await;
        assert_eq!(today(&part), (30 * 60, 0), "{part}");
        assert_eq!(part["well_percent_90d"], json!(100.0));
    }
    let page = world.page("/status", "").await;
    assert!(page.contains("80.00 % in 1 day<") && page.contains("100.00 % in 1 day<"), "{page}");
    assert!(page.contains("<path class=\"day-some\"") && page.contains("1 March 2026: 6 minutes"), "{page}");
    assert!(page.contains("The last 90 days: 0 without trouble, 1 with trouble, 89 on which nobody looked."), "{page}");
    assert!(page.contains("All is well"), "{page}");
}

#[rstest]
#[tokio::test]
async fn a_program_that_was_away_was_no_shop_and_says_nothing_about_the_rest(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.pass("status").await;
    minutes(&world, 5, &["panel_sync", "stripe_events"]).await;
    // A restart of two minutes is none of anybody's business; an hour is, over midnight as well.
    world.clock.advance(MINUTE * 2);
    world.pass("panel_sync").await;
    world.pass("status").await;
    assert_eq!(today(&part(&world, "shop").await), (7 * 60, 0));
    world.clock.advance(SignedDuration::from_hours(13));
    world.pass("panel_sync").await;
    world.pass("stripe_events").await;
    world.pass("status").await;
    let shop = part(&world, "shop").await;
    let trouble: Vec<i64> =
        shop["days"].as_array().unwrap().iter().map(|day| day["trouble_seconds"].as_i64().unwrap()).collect();
    // From 12:07 until midnight, and from there until 01:07.
    assert_eq!(trouble, [(11 * 60 + 53) * 60, 67 * 60], "{shop}");
    assert_eq!(shop["well"], true, "it is back");
    assert_eq!(today(&part(&world, "panel").await), (7 * 60, 0));
}

#[rstest]
#[tokio::test]
async fn two_processes_look_once_a_minute_together(#[values(Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let other = world.replica(world.app.config.clone(), 2).await;
    let job = app::work::JOBS.into_iter().find(|job| job.name == "status").unwrap();
    for _ in 0..6 {
        world.clock.advance(MINUTE / 2);
        world.pass("panel_sync").await;
        let (one, two) = tokio::join!(job.pass(&world.app), job.pass(&other));
        assert!(one.is_ok() && two.is_ok());
    }
    // The first look only begins.
    assert_eq!(today(&part(&world, "panel").await), (120, 0));
}

#[rstest]
#[tokio::test]
async fn days_that_the_page_does_not_show_any_more_are_removed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.pass("status").await;
    minutes(&world, 2, &["panel_sync", "stripe_events"]).await;
    let rows = async || world.database.contents().await["status_days"].lines().count();
    let before = rows().await;
    assert!(before >= 5, "a row per part: {before}");
    world.clock.advance(SignedDuration::from_hours(24 * 89));
    world.pass("stripe_events").await;
    world.pass("retention").await;
    assert_eq!(rows().await, before, "ninety days are shown");
    world.clock.advance(SignedDuration::from_hours(24 * 2));
    world.pass("stripe_events").await;
    world.pass("retention").await;
    assert_eq!(rows().await, 0);
}

#[rstest]
#[tokio::test]
async fn an_incident_is_told_while_it_lasts_and_remembered_when_it_is_over(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let incident = Incident {
        id: world.app.id(),
        began_at: world.app.now(),
        ended_at: None,
        title: "A <rack> lost power".to_owned(),
        text: "Servers in the east are down. Nobody's data is lost.".to_owned(),
        region: Some(RegionKey::new("us-east")),
    };
    let mut tx = world.app.store.begin().await.unwrap();
    assert!(incidents::begin(&mut tx, &incident).await.unwrap());
    tx.commit().await.unwrap();
    let page = world.page("/status", "").await;
    assert!(page.contains("A &#60;rack&#62; lost power") && page.contains("Since 1 Mar 2026"), "{page}");
    assert!(page.contains("Something is not as it should be"), "{page}");
    let (_, said) = world.get("/status.json", None).await;
    assert_eq!((&said["well"], &said["incidents"][0]["region"]), (&json!(false), &json!("us-east")));
    assert_eq!(said["incidents"][0]["ended_at"], Value::Null);

    world.clock.advance(MINUTE * 90);
    world.pass("panel_sync").await;
    world.pass("stripe_events").await;
    let mut tx = world.app.store.begin().await.unwrap();
    assert!(incidents::end(&mut tx, &incident.id, world.app.now()).await.unwrap());
    tx.commit().await.unwrap();
    let page = world.page("/status", "").await;
    let past = page.split("Past incidents").nth(1).unwrap();
    assert!(past.contains("lost power") && page.contains("All is well"), "{page}");
    let (_, said) = world.get("/status.json", None).await;
    assert_eq!((&said["well"], &said["incidents"][0]["ended_at"]), (&json!(true), &json!("2026-03-01T13:30:00Z")));
    world.clock.advance(SignedDuration::from_hours(24 * 91));
    assert!(world.get("/status.json", None).await.1["incidents"].as_array().unwrap().is_empty());
}

#[rstest]
#[tokio::test]
async fn figures_of_deliveries_are_told_once_there_are_enough_of_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let path = "/api/public/provisioning-stats";
    let (status, figures) = world.get(path, None).await;
    let nothing = json!({"median_seconds": null, "success_percent_24h": null, "count_24h": null});
    assert_eq!((status, &figures), (StatusCode::OK, &nothing));
    for number in 0..6 {
        let bought = world.buys(&ada, PLAN).await;
        world.stripe.tick().await;
        world.pass("inbox").await;
        let after = (40 + number) * 1_000_000;
        let sql =
            format!("update services set fulfilled_at = created_at + {after} where order_id = '{}'", bought.order);
        world.database.run(&sql).await;
        // Until then the four of them are nobody's business.
        if number == 3 {
            world.clock.advance(MINUTE);
            assert_eq!(world.get(path, None).await.1, nothing);
        }
    }
    world.clock.advance(MINUTE);
    let (_, figures) = world.get(path, None).await;
    assert_eq!(figures, json!({"median_seconds": 42, "success_percent_24h": 100.0, "count_24h": 6}));
    world.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(world.get(path, None).await.1, nothing);
}

//! What a person has to know reaches them: over every channel, once, at the right time, and until somebody looks after it.

use crate::tickets::text_of;
use crate::world::{OWN_SECRET, PLAN, World, config};
use app::alerts::{self, Rule, acts};
use app::app::App;
use app::config::{Config, Heartbeat, Webhook};
use app::work::JOBS;
use domain::access::Role;
use domain::alert::QuietHours;
use domain::freeze::Reason;
use hmac::{Hmac, KeyInit, Mac};
use http::{StatusCode, header};
use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use rstest::rstest;
use secrecy::SecretString;
use sha2::Sha256;
use std::time::Duration;
use store::Engine;
use store::alerts::{Alert, Wanted};

/// What a customer may call a server, and an alert repeats.
const HOSTILE: &str = "@everyone <!channel> [free](https://evil.example) **bold** ada@example.test";

/// A shop that tells its people in every way that there is.
fn telling() -> Config {
    let mut config = config("http://127.0.0.1:8080", OWN_SECRET, &[]);
    let secret = |text: &str| SecretString::from(text);
    config.alerts.mail = vec!["ops@shop.example".to_owned()];
    config.alerts.escalation_mail = vec!["boss@shop.example".to_owned()];
    config.alerts.discord_url = Some(secret("https://discord.example/discord"));
    config.alerts.slack_url = Some(secret("https://slack.example/slack"));
    config.alerts.webhook = Some(Webhook { url: secret("https://pager.example/pager"), secret: secret("between us") });
    config
}

async fn shop(engine: Engine, config: Config) -> World {
    let mut world = World::new(engine).await;
    world.restarts(config).await;
    world
}

/// One pass of the work that tells.
async fn tell(app: &App) {
    JOBS.iter().find(|job| job.name == "notifications").unwrap().pass(app).await.unwrap();
}

async fn open_alerts(world: &World) -> Vec<Alert> {
    store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::Open, None, 100).await.unwrap()
}

/// What a mailbox got, by subject.
async fn mails(app: &App, to: &str) -> Vec<String> {
    let kept = app.mailer.kept().await.into_iter();
    kept.filter(|(address, ..)| address == to).map(|(_, subject, _)| subject).collect()
}

#[rstest]
#[tokio::test]
async fn an_alert_is_told_once_on_every_channel_however_many_processes_there_are(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = shop(engine, telling()).await;
    let others = [world.replica(telling(), 2).await, world.replica(telling(), 3).await];
    for _ in 0..3 {
        alerts::raise_alone(&world.app, Rule::OrderStuck, "ord_1", HOSTILE).await;
    }
    for _ in 0..3 {
        tokio::join!(tell(&world.app), tell(&others[0]), tell(&others[1]));
        world.clock.advance(SignedDuration::from_secs(5));
    }
    let mut mailed = mails(&world.app, "ops@shop.example").await;
    for other in &others {
        mailed.extend(mails(other, "ops@shop.example").await);
    }
    assert_eq!(mailed, ["[GIVRwrld] Critical: order.stuck"]);
    assert_eq!(mails(&world.app, "boss@shop.example").await, Vec::<String>::new());

    let discord = world.sinks.at("/discord");
    assert_eq!(discord.len(), 1);
    assert_eq!(discord[0].body["allowed_mentions"], serde_json::json!({"parse": []}));
    let shown = discord[0].body["embeds"][0]["description"].as_str().unwrap();
    assert!(
        shown.contains("@\u{200b}everyone") && shown.contains("\\[free\\]") && !shown.contains("@everyone"),
        "{shown}"
    );
    let slack = world.sinks.at("/slack");
    let shown = slack[0].body["text"].as_str().unwrap();
    assert!(slack.len() == 1 && shown.contains("&lt;!channel&gt;") && !shown.contains("<!channel>"), "{shown}");
    for text in [discord[0].body.to_string(), slack[0].body.to_string()] {
        assert!(!text.contains("ada@example.test"), "nobody's address leaves the house: {text}");
    }

    let pager = world.sinks.at("/pager");
    assert_eq!(pager.len(), 1);
    assert_eq!(pager[0].body["data"]["rule"], "order.stuck");
    let header = pager[0].headers["givr-signature"].to_str().unwrap();
    let (time, signature) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut code = Hmac::<Sha256>::new_from_slice(b"between us").unwrap();
    code.update(format!("{time}.").as_bytes());
    code.update(&pager[0].raw);
    assert_eq!(signature, hex::encode(code.finalize().into_bytes()));
    assert_eq!(pager[0].headers["givr-id"].to_str().unwrap(), pager[0].body["id"].as_str().unwrap());

    // It ends, and everybody hears that, too.
    alerts::clear_alone(&world.app, Rule::OrderStuck, "ord_1").await.unwrap();
    for _ in 0..2 {
        tokio::join!(tell(&world.app), tell(&others[0]), tell(&others[1]));
    }
    let told = world.sinks.at("/pager");
    assert_eq!(
        told.iter().map(|one| one.body["data"]["occasion"].as_str().unwrap()).collect::<Vec<_>>(),
        ["opened", "cleared"]
    );
}

#[rstest]
#[tokio::test]
async fn however_many_alerts_stand_open_a_new_one_is_told(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let mut config = telling();
    (config.alerts.mail, config.alerts.discord_url, config.alerts.slack_url) = (Vec::new(), None, None);
    let world = shop(engine, config).await;
    for number in 0..130 {
        alerts::raise_alone(&world.app, Rule::RefundDecided, &format!("ord_{number}"), "It went back.").await;
    }
    for _ in 0..20 {
        tell(&world.app).await;
        world.clock.advance(SignedDuration::from_secs(5));
    }
    assert_eq!(world.sinks.at("/pager").len(), 130);
    alerts::raise_alone(&world.app, Rule::OrderStuck, "ord_new", "It waits.").await;
    tell(&world.app).await;
    assert_eq!(world.sinks.at("/pager").last().unwrap().body["data"]["key"], "ord_new");
}

#[rstest]
#[tokio::test]
async fn what_nobody_acknowledges_is_told_again_and_to_more_people(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = shop(engine, telling()).await;
    alerts::raise_alone(&world.app, Rule::RefundStuck, "rfd_1", "It does not get through.").await;
    alerts::raise_alone(&world.app, Rule::PanelTrouble, "sweep", "It does not fit.").await;
    tell(&world.app).await;
    let found = open_alerts(&world).await;
    let panel = found.iter().find(|alert| alert.rule == "panel.trouble").unwrap();
    assert!(acts::acknowledge(&world.app, "cli", &panel.id).await.unwrap());
    assert!(
        !acts::acknowledge(&world.app, "cli", &panel.id).await.unwrap(),
        "the second one is told that somebody is on it"
    );
    for _ in 0..30 {
        world.clock.advance(SignedDuration::from_mins(10));
        tell(&world.app).await;
    }
    let told: Vec<_> = world
        .sinks
        .at("/pager")
        .into_iter()
        .map(|one| {
            (
                one.body["data"]["rule"].as_str().unwrap().to_owned(),
                one.body["data"]["occasion"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let of = |rule: &str| {
        told.iter().filter(|(one, _)| one == rule).map(|(_, occasion)| occasion.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of("refund.stuck"), ["opened", "escalated_1", "escalated_2", "escalated_3"]);
    assert_eq!(of("panel.trouble"), ["opened"]);
    assert_eq!(mails(&world.app, "boss@shop.example").await.len(), 3);
}

#[rstest]
#[tokio::test]
async fn a_warning_waits_for_the_morning_and_what_is_over_by_then_is_not_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut config = telling();
    let time = |hour| Time::new(hour, 0, 0, 0).unwrap();
    // It is noon.
    config.alerts.wishes.quiet = Some(QuietHours { from: time(11), to: time(15), zone: TimeZone::UTC });
    let world = shop(engine, config).await;
    for key in ["stays", "goes"] {
        alerts::raise_alone(&world.app, Rule::ServerOrphaned, key, "Nobody needs it.").await;
    }
    alerts::raise_alone(&world.app, Rule::OrderStuck, "ord_1", "It waits.").await;
    tell(&world.app).await;
    let told = |world: &World| {
        world.sinks.at("/pager").iter().map(|one| one.body["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(&world), ["[GIVRwrld] Critical: order.stuck"]);
    alerts::clear_alone(&world.app, Rule::ServerOrphaned, "goes").await.unwrap();
    world.clock.advance(SignedDuration::from_hours(3));
    tell(&world.app).await;
    tell(&world.app).await;
    let warnings: Vec<_> = told(&world).into_iter().filter(|title| title.contains("Warning")).collect();
    assert_eq!(warnings, ["[GIVRwrld] Warning: server.orphaned"]);
    assert!(world.sinks.at("/pager").iter().all(|one| one.body["data"]["key"] != "goes"));
}

#[rstest]
#[tokio::test]
async fn a_channel_that_takes_nothing_is_told_on_the_others_and_gets_what_it_missed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = shop(engine, telling()).await;
    world.sinks.refuse(Some(("/slack", StatusCode::NOT_FOUND, None)));
    alerts::raise_alone(&world.app, Rule::OrderStuck, "ord_1", "It waits.").await;
    for _ in 0..20 {
        tell(&world.app).await;
        world.clock.advance(SignedDuration::from_secs(10));
    }
    assert_eq!(world.sinks.at("/slack").len(), 0);
    let rules: Vec<_> =
        world.sinks.at("/discord").iter().map(|one| one.body["embeds"][0]["title"].to_string()).collect();
    assert_eq!(rules.len(), 2, "{rules:?}");
    let broken = open_alerts(&world).await.into_iter().find(|alert| alert.rule == "channel.broken").unwrap();
    assert!(broken.text.contains("404") && !broken.text.contains("slack.example"), "{}", broken.text);
    // It is mended.
    world.sinks.refuse(None);
    for _ in 0..70 {
        world.clock.advance(SignedDuration::from_secs(10));
        tell(&world.app).await;
    }
    assert!(world.sinks.at("/slack").iter().any(|one| one.body["text"].to_string().contains("order.stuck")));
    assert!(open_alerts(&world).await.iter().all(|alert| alert.rule != "channel.broken"));
}

#[rstest]
#[tokio::test]
async fn a_channel_that_asks_for_a_pause_gets_one(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = shop(engine, telling()).await;
    world.sinks.refuse(Some(("/discord", StatusCode::TOO_MANY_REQUESTS, Some(120))));
    alerts::raise_alone(&world.app, Rule::OrderStuck, "ord_1", "It waits.").await;
    tell(&world.app).await;
    world.sinks.refuse(None);
    for _ in 0..11 {
        world.clock.advance(SignedDuration::from_secs(10));
        tell(&world.app).await;
    }
    assert_eq!(world.sinks.at("/discord").len(), 0);
    world.clock.advance(SignedDuration::from_secs(10));
    tell(&world.app).await;
    assert_eq!(world.sinks.at("/discord").len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_frozen_shop_tells_that_it_is_frozen_and_nothing_else(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = shop(engine, telling()).await;
    app::backup::hold(&world.app, Reason::Moved, "elsewhere", "It stands elsewhere.").await.unwrap();
    alerts::raise_alone(&world.app, Rule::OrderStuck, "ord_1", "It waits.").await;
    tell(&world.app).await;
    let told: Vec<_> =
        world.sinks.at("/pager").iter().map(|one| one.body["data"]["rule"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, ["restore.frozen"]);
    assert_eq!(mails(&world.app, "ops@shop.example").await, ["[GIVRwrld] Critical: restore.frozen"]);
}

#[rstest]
#[tokio::test]
async fn the_figures_of_a_day_are_told_once_in_the_morning(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let mut config = telling();
    config.alerts.digest_at = Some(Time::new(8, 0, 0, 0).unwrap());
    let world = shop(engine, config.clone()).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let digests = async |world: &World| {
        let kept = world.app.mailer.kept().await.into_iter();
        kept.filter(|(to, subject, _)| to == "ops@shop.example" && subject.contains("The day until"))
            .collect::<Vec<_>>()
    };
    tell(&world.app).await;
    let before = digests(&world).await.len();
    world.clock.advance(SignedDuration::from_hours(20));
    let other = world.replica(config, 2).await;
    for _ in 0..3 {
        tokio::join!(tell(&world.app), tell(&other));
    }
    let told = digests(&world).await.len() + mails(&other, "ops@shop.example").await.len() - before;
    assert_eq!(told, 1);
    let pager: Vec<_> =
        world.sinks.at("/pager").into_iter().filter(|one| one.body["data"]["occasion"] == "digest").collect();
    let last = pager.last().unwrap();
    assert_eq!((&last.body["data"]["paid"], &last.body["data"]["delivered"]), (&1.into(), &1.into()));
    let text = last.body["text"].as_str().unwrap();
    for words in [
        "Paid for: 1",
        "Handed over: 1 (100.0 %",
        "minecraft: 1, from payment to playable",
        "Monthly income: 13.99 USD from 1 servers",
        "Open alerts: 0",
        "ports free",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[rstest]
#[tokio::test]
async fn a_watchdog_hears_from_us_while_all_is_well_and_only_then(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut config = telling();
    // One channel alone: where another one works, somebody knows.
    (config.alerts.mail, config.alerts.discord_url, config.alerts.slack_url) = (Vec::new(), None, None);
    let url = SecretString::from("https://watchdog.example/alive");
    config.alerts.heartbeat = Some(Heartbeat { url, every: Duration::from_secs(60) });
    let world = shop(engine, config).await;
    let beats = async |count: usize| {
        for _ in 0..count {
            world.clock.advance(SignedDuration::from_secs(60));
            let _ = JOBS.iter().find(|job| job.name == "heartbeat").unwrap().pass(&world.app).await;
        }
        world.sinks.at("/alive").len()
    };
    world.pass("panel_sync").await;
    assert_eq!(beats(5).await, 5);
    // Nobody reads the panel any more.
    assert_eq!(beats(20).await, 9, "ten minutes later it is silent");
    world.pass("panel_sync").await;
    assert_eq!(beats(1).await, 10);
    // Alerts do not get out.
    world.sinks.refuse(Some(("/pager", StatusCode::INTERNAL_SERVER_ERROR, None)));
    alerts::raise_alone(&world.app, Rule::OrderStuck, "ord_1", "It waits.").await;
    for _ in 0..30 {
        tell(&world.app).await;
        world.clock.advance(SignedDuration::from_mins(1));
    }
    world.pass("panel_sync").await;
    assert_eq!(beats(1).await, 10);
}

#[rstest]
#[tokio::test]
async fn staff_see_alerts_look_after_them_end_them_and_try_the_channels(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = shop(engine, telling()).await;
    alerts::raise_alone(&world.app, Rule::RefundDecided, "ord_1", &format!("<script>alert(1)</script> {HOSTILE}"))
        .await;
    tell(&world.app).await;
    let (_, support) = world.works_here(Role::Support).await;
    let (_, looks) = world.works_here(Role::ReadOnly).await;
    let id = open_alerts(&world).await[0].id.clone();
    let here = format!("/console/alerts/{id}");
    assert!(world.page("/console", &support).await.contains("Open alerts: 1 critical"));
    for page in ["/console/alerts", here.as_str()] {
        let shown = world.page(page, &support).await;
        assert!(
            shown.contains("refund.decided")
                && shown.contains("&#60;script&#62;alert(1)")
                && !shown.contains("<script>alert"),
            "{shown}"
        );
        assert!(shown.contains("ada@example.test"), "{shown}");
        let shown = world.page(page, &looks).await;
        assert!(
            shown.contains("refund.decided")
                && !shown.contains("ada@example.test")
                && !shown.contains("<form method=\"post\" action=\"/console"),
            "{shown}"
        );
    }
    assert!(world.page(&here, &support).await.contains("mail:ops@shop.example"));
    // What an alert is about is one click away.
    let order = "ord_00000000000000000000000000000001";
    alerts::raise_alone(&world.app, Rule::OrderStuck, order, "It waits.").await;
    let stuck = open_alerts(&world).await.into_iter().find(|alert| alert.key == order).unwrap();
    let shown = world.page(&format!("/console/alerts/{}", stuck.id), &support).await;
    assert!(shown.contains(&format!("href=\"/console/orders/{order}\"")), "{shown}");
    assert!(acts::resolve(&world.app, "cli", &stuck.id, "It was a trial.").await.unwrap());
    let acknowledged = world.form(&format!("{here}/ack"), &support, "").await;
    assert_eq!(acknowledged.headers()[header::LOCATION], here.as_str());
    assert!(world.page(&here, &support).await.contains("Looked after by"));
    assert!(!world.page("/console/alerts?show=new", &support).await.contains("refund.decided"));
    assert_eq!(world.form(&format!("{here}/resolve"), &looks, "reason=no").await.status(), StatusCode::NOT_FOUND);
    for reason in ["", "%20%07", &"x".repeat(501)] {
        let refused = world.form(&format!("{here}/resolve"), &support, &format!("reason={reason}")).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let resolved = world.form(&format!("{here}/resolve"), &support, "reason=Paid+ada%40example.test+back").await;
    assert_eq!(resolved.headers()[header::LOCATION], here.as_str());
    assert!(open_alerts(&world).await.is_empty());
    assert!(world.page(&here, &support).await.contains("Paid … back"));
    assert!(world.page("/console/alerts?show=all&after=nonsense", &support).await.contains("refund.decided"));
    let lines =
        store::audit::list_page(&mut world.app.store.read().await.unwrap(), Some(id.as_str()), None, 10).await.unwrap();
    let acts: Vec<&str> = lines.iter().map(|line| line.act.as_str()).collect();
    assert!(acts.contains(&"alert.ack") && acts.contains(&"alert.resolve"), "{acts:?}");

    world.sinks.refuse(Some(("/slack", StatusCode::NOT_FOUND, None)));
    let tried = text_of(world.form("/console/alerts/test", &support, "").await).await;
    for channel in ["mail:ops@shop.example", "mail:boss@shop.example", "discord", "webhook"] {
        assert!(tried.contains(channel), "{tried}");
    }
    assert!(tried.contains("it answered 404") && tried.matches("took it").count() >= 4, "{tried}");
    assert_eq!(world.sinks.at("/discord").last().unwrap().body["embeds"][0]["title"], "\\[GIVRwrld\\] This is a test");
}

#[test]
fn every_rule_has_a_section_among_the_runbooks_and_a_word_of_its_own() {
    let text = include_str!("../../../../docs/runbooks/README.md");
    let sections: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let mut keys: Vec<&str> = Rule::ALL.into_iter().map(Rule::key).collect();
    assert!(keys.iter().all(|key| sections.contains(key)), "{keys:?}");
    assert!(Rule::ALL.into_iter().all(|rule| Rule::find(rule.key()) == Some(rule)));
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), Rule::ALL.len());
}

//! The doctor names what is wrong, and nothing else; it mends what is safe to mend; afterwards it finds nothing.

use crate::world::{OWN_SECRET, PLAN, World, config};
use app::clock::{Clock, ManualClock};
use app::config::{Config, MailConfig, MailTarget};
use app::doctor::{self, Check, Line, Parts, Remedy, State};
use app::mail::Mailer;
use app::outbound::Guard;
use app::transport;
use domain::access::Role;
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec, On};
use secrecy::SecretString;
use serde_json::json;
use std::sync::Arc;
use store::Engine;

const SITE: &str = "http://127.0.0.1:8080";

/// A shop with an endpoint at its own address, which has sold something.
async fn shop(engine: Engine) -> World {
    let world = World::new(engine).await;
    let endpoint = endpoint(&world);
    world.stripe.tamper(&endpoint, &json!({"url": format!("{SITE}/webhooks/stripe")}));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    world.passes(SignedDuration::from_mins(5), SignedDuration::from_mins(1)).await;
    world
}

fn endpoint(world: &World) -> String {
    world.stripe.objects("webhook_endpoint")[0]["id"].as_str().unwrap().to_owned()
}

async fn examine(world: &World, mailer: &Mailer) -> Vec<Line> {
    examine_with(world, &world.app.config, mailer).await
}

async fn examine_with(world: &World, config: &Config, mailer: &Mailer) -> Vec<Line> {
    let app = &world.app;
    let parts = Parts {
        config,
        store: Ok(&app.store),
        stripe: &app.stripe,
        panel: app.panel.as_ref(),
        catalogue: &app.catalogue,
        mailer,
        clock: &app.gate.clock,
        site: transport::in_process(world.web.clone(), Arc::new(world.clock.clone())),
    };
    doctor::examine(&parts).await
}

fn wrong(lines: &[Line]) -> Vec<Check> {
    let mut wrong: Vec<Check> = lines.iter().filter(|line| line.state == State::Wrong).map(|line| line.check).collect();
    wrong.sort();
    wrong
}

fn with_secret(secret: &str) -> Config {
    let mut config = config(SITE, OWN_SECRET, &[]);
    config.stripe.webhook_secrets = vec![SecretString::from(secret)];
    config
}

/// A mail server that nobody runs.
fn dead_mailer() -> Mailer {
    let target = MailTarget::Smtp(SecretString::from("smtp://127.0.0.1:9"));
    Mailer::new(&MailConfig { target, from: "shop@example.test".to_owned() }, Guard::anywhere()).unwrap()
}

#[rstest]
#[tokio::test]
async fn a_healthy_shop_has_nothing_wrong_and_looking_changes_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = shop(engine).await;
    let before = world.database.contents().await;
    let lines = examine(&world, &world.app.mailer).await;
    assert_eq!(wrong(&lines), Vec::new(), "{lines:#?}");
    assert!(doctor::remedies(&lines).is_empty());
    for check in
        [Check::Schema, Check::Endpoint, Check::Delivery, Check::Prices, Check::Eggs, Check::Ports, Check::Site]
    {
        assert!(lines.iter().any(|line| line.check == check && line.state == State::Good), "{check:?}: {lines:#?}");
    }
    assert_eq!(world.database.contents().await, before);
}

#[tokio::test]
async fn a_portal_that_sells_what_the_shop_does_not_or_that_nobody_can_open_is_named() {
    // Arrange
    let world = shop(Engine::Sqlite).await;
    let portal = world.stripe.objects("billing_portal.configuration").remove(0)["id"].as_str().unwrap().to_owned();
    let says = async || {
        let lines = examine(&world, &world.app.mailer).await;
        assert_eq!(wrong(&lines), [Check::Portal], "{lines:#?}");
        lines.into_iter().find(|line| line.check == Check::Portal).unwrap().found
    };
    // Act, assert
    world.stripe.tamper(&portal, &json!({"features": {"subscription_update": {"enabled": true}}}));
    assert!(says().await.contains("lets customers change their plan"));
    world.stripe.tamper(&portal, &json!({"is_default": false}));
    assert!(says().await.contains("no way to change their card"));
}

#[rstest]
#[tokio::test]
async fn a_secret_that_is_not_the_shops_is_named(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = shop(engine).await;
    let others = config(SITE, "another-secret-of-thirty-two-bytes-or-more", &[]);
    let lines = examine_with(&world, &others, &world.app.mailer).await;
    assert_eq!(wrong(&lines), [Check::Secret], "{lines:#?}");
}

#[rstest]
#[tokio::test]
async fn eight_mistakes_are_named_two_are_mended_and_the_rest_is_clean_once_it_is_put_right(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: the shop has another secret than its endpoint while somebody buys.
    let mut world = shop(engine).await;
    world.restarts(with_secret("whsec_of_somebody_else")).await;
    let bob = world.customer("bob").await;
    let bought = world.buys(&bob, PLAN).await;
    world.settles(&bought).await;
    world.passes(SignedDuration::from_mins(5), SignedDuration::from_mins(1)).await;
    // A kind of event is missing, and a price is a cent off.
    let endpoint = endpoint(&world);
    let events: Vec<&str> = billing::HANDLED_EVENTS.into_iter().filter(|kind| *kind != "invoice.paid").collect();
    world.stripe.tamper(&endpoint, &json!({ "enabled_events": events }));
    let prices = world.stripe.objects("price");
    let price = prices.iter().find(|price| price["lookup_key"] == "givr:minecraft-paper-4g:monthly").unwrap();
    let amount = price["unit_amount"].as_i64().unwrap();
    world.stripe.tamper(price["id"].as_str().unwrap(), &json!({"unit_amount": amount - 1}));
    // An egg has another name, a node no port, the panel's key a right less.
    assert!(world.panel.rename_egg("Factorio", "Factory"));
    let node = world.app.panel.list_nodes().await.unwrap().remove(1).id.get();
    world.panel.take_free_ports(i64::try_from(node).unwrap());
    world.panel.add_fault(FaultSpec::lasting(Fault::Forbidden).on(On::call("GET", "/api/application/users*")));
    // The mail server is down, and the machine's clock a minute ahead.
    let ahead = ManualClock::at(world.clock.now() + SignedDuration::from_mins(1));
    world.restarts_with_clock(with_secret("whsec_of_somebody_else"), &ahead).await;

    // Act.
    let lines = examine(&world, &dead_mailer()).await;

    // Assert: these eight, each with what to do.
    let eight = vec![
        Check::Clock,
        Check::Endpoint,
        Check::Delivery,
        Check::Prices,
        Check::PanelKey,
        Check::Eggs,
        Check::Ports,
        Check::Mail,
    ];
    assert_eq!(wrong(&lines), eight, "{lines:#?}");
    let says = |check: Check| {
        let line = lines.iter().find(|line| line.check == check && line.state == State::Wrong).unwrap();
        format!("{} {}", line.found, line.act.as_deref().unwrap())
    };
    assert!(says(Check::Clock).contains("s ahead of Stripe"), "{}", says(Check::Clock));
    assert!(says(Check::Endpoint).contains("invoice.paid"), "{}", says(Check::Endpoint));
    assert!(says(Check::Delivery).contains("stripe.webhook_secrets"), "{}", says(Check::Delivery));
    assert!(says(Check::Prices).contains("is 13.98 USD there and 13.99 USD here"), "{}", says(Check::Prices));
    assert!(says(Check::PanelKey).contains("users"), "{}", says(Check::PanelKey));
    assert!(says(Check::Eggs).contains("factorio"), "{}", says(Check::Eggs));
    assert!(says(Check::Ports).contains("us-east-2"), "{}", says(Check::Ports));
    let remedies = doctor::remedies(&lines);
    assert_eq!(remedies, vec![Remedy::RepairEndpoint(endpoint), Remedy::ApplyPrices]);

    // Act: with the clock put right, what is safe is mended; twice is once.
    world.restarts(with_secret("whsec_of_somebody_else")).await;
    for remedy in remedies.iter().chain(&remedies) {
        doctor::mend(&world.app, remedy).await.unwrap();
    }
    let left = vec![Check::Delivery, Check::PanelKey, Check::Eggs, Check::Ports, Check::Mail];
    let lines = examine(&world, &dead_mailer()).await;
    assert_eq!(wrong(&lines), left, "{lines:#?}");

    // Act: a person does the rest, and Stripe tries its events again.
    world.panel.clear_faults();
    assert!(world.panel.rename_egg("Factory", "Factorio"));
    world.panel.give_free_port(i64::try_from(node).unwrap(), 41_000);
    world.restarts(config(SITE, OWN_SECRET, &[])).await;
    world.passes(SignedDuration::from_hours(3), SignedDuration::from_mins(10)).await;

    // Assert: nothing is left.
    let lines = examine(&world, &world.app.mailer).await;
    assert_eq!(wrong(&lines), Vec::new(), "{lines:#?}");
}

#[rstest]
#[tokio::test]
async fn an_account_without_an_endpoint_gets_one_and_only_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let lines = examine(&world, &world.app.mailer).await;
    assert_eq!(wrong(&lines), vec![Check::Endpoint], "{lines:#?}");
    let mended = doctor::mend(&world.app, &Remedy::MakeEndpoint).await.unwrap();
    assert!(mended.secret.is_some() && mended.what.contains("stripe.webhook_secrets"), "{}", mended.what);
    assert!(doctor::mend(&world.app, &Remedy::MakeEndpoint).await.is_err());
    let lines = examine(&world, &world.app.mailer).await;
    assert_eq!(wrong(&lines), Vec::new(), "{lines:#?}");
    assert_eq!(world.stripe.objects("webhook_endpoint").len(), 2, "the one of the stories, and ours");
}

#[rstest]
#[tokio::test]
async fn what_does_not_answer_is_named_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = shop(engine).await;
    world.panel.add_fault(FaultSpec::lasting(Fault::Unauthorized).on(On::default()));
    world.stripe.faults().add(sandbox::stripe::Fault::always(sandbox::stripe::FaultKind::Unauthorized));
    let lines = examine(&world, &world.app.mailer).await;
    assert_eq!(wrong(&lines), vec![Check::StripeKey, Check::PanelKey], "{lines:#?}");
}

#[rstest]
#[tokio::test]
async fn the_console_shows_what_was_found_when_and_asks_nobody_by_being_shown(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = shop(engine).await;
    let (_, desk) = world.works_here(Role::Support).await;
    let (_, looks) = world.works_here(Role::ReadOnly).await;
    assert!(world.page("/console/doctor", &desk).await.contains("Nothing has been examined yet"));
    // Nobody stands at the shop's own address here: that is the one thing wrong.
    world.form("/console/doctor", &desk, "").await;
    let calls = world.panel.calls().len();
    let shown = world.page("/console/doctor", &looks).await;
    assert!(shown.contains("One thing was wrong") && shown.contains("Somebody else answers"), "{shown}");
    assert!(!shown.contains("Examine now"), "{shown}");
    assert_eq!(world.panel.calls().len(), calls);
}

//! `givr verify` beside a shop that runs: it agrees, it names what was made wrong, it says when it cannot look, and it writes nothing.

use crate::installation::{Installation, wait_for};
use app::clock::SystemClock;
use app::transport;
use billing::{NewSubscription, Stripe, StripeSettings};
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec, On};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;
use std::sync::Arc;
use store::Engine;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[rstest]
#[tokio::test]
async fn it_agrees_names_what_was_made_wrong_and_writes_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: a shop that runs and has sold a server.
    let shop = Installation::new(engine).await;
    let mut program = shop.start().await;
    let bought = shop.buys().await;
    shop.happened(&bought, "playable").await;
    let clean = shop.command(&["verify"]).await;
    assert_eq!(clean.status.code(), Some(0), "{}", said(&clean));
    assert!(said(&clean).contains("agree") && said(&clean).contains("1 servers"), "{}", said(&clean));
    let at_rest = async || (shop.command(&["verify", "--at-rest"]).await.status.code() == Some(0)).then_some(());
    wait_for("everything to be done", at_rest).await;
    // Act: another server appears under our mark, the one that was sold is deleted, a subscription names no order of ours.
    let server = shop.panel.servers().into_iter().next().unwrap();
    let name = server.external_id.clone().unwrap();
    let (prefix, number) = name.rsplit_once('-').unwrap();
    let stray = shop.panel.plant(server.id, &format!("{prefix}-{}", "f".repeat(number.len()))).unwrap();
    assert!(shop.panel.vanish(server.id));
    let subscription = orphan(&shop).await;
    // Assert: these three, and nothing else, whether or not the shop has seen them itself.
    let expected = BTreeSet::from([
        ("M2".to_owned(), subscription, "subscription.orphaned".to_owned()),
        ("S1".to_owned(), format!("svc_{number}"), "server.missing".to_owned()),
        ("S1".to_owned(), stray.clone(), "server.orphaned".to_owned()),
    ]);
    let three = async || {
        let output = shop.command(&["verify", "--json"]).await;
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = told["findings"].as_array().unwrap();
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
        let seen: BTreeSet<_> =
            found.iter().map(|it| (text(it, "law"), text(it, "subject"), text(it, "runbook"))).collect();
        assert!(seen.is_subset(&expected), "{told:#}");
        (seen == expected).then_some(())
    };
    wait_for("the three differences", three).await;
    // With the shop at rest: people read the same, and not a row was changed.
    program.kill().await.unwrap();
    let before = shop.database.contents().await;
    let told = shop.command(&["verify"]).await;
    assert_eq!(told.status.code(), Some(1), "{}", said(&told));
    for part in ["M2  ", "S1  ", "server.missing", stray.as_str(), "3 differences"] {
        assert!(said(&told).contains(part), "{part}: {}", said(&told));
    }
    shop.panel.add_fault(FaultSpec::lasting(Fault::Forbidden).on(On::default()));
    let blind = shop.command(&["verify"]).await;
    assert_eq!(blind.status.code(), Some(2), "{}", said(&blind));
    assert_eq!(shop.database.contents().await, before);
}

#[tokio::test]
async fn without_a_database_nothing_is_said_and_none_is_made() {
    let shop = Installation::new(Engine::Sqlite).await;
    let file = shop.file("nowhere.db");
    let output =
        shop.command_with(&["verify"], &[("GIVR_DATABASE__URL", &format!("sqlite://{}", file.display()))]).await;
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("hint: "), "{}", said(&output));
    assert!(!file.exists());
}

/// Somebody subscribes the customer, under our mark, to nothing that was ordered.
async fn orphan(shop: &Installation) -> String {
    let settings = StripeSettings {
        api_base: "http://127.0.0.1:9".to_owned(),
        secret_key: SecretString::from(crate::installation::KEY),
        retries: 0,
        sleep: Arc::new(|_| Box::pin(async {})),
    };
    let stripe = Stripe::new(transport::in_process(shop.stripe.router(), Arc::new(SystemClock)), settings).unwrap();
    let known = stripe.list_subscriptions(None, None).await.unwrap().items.remove(0);
    let customer = known.customer.unwrap();
    let payment_method = stripe.attach_payment_method("pm_card_visa", &customer, "card:orphan").await.unwrap();
    // One that named an order would be ended: it would surely be ours.
    let mut metadata: BTreeMap<String, String> = known.metadata;
    metadata.remove("order_id");
    let lines = known.items.iter().map(|item| (item.price_id.clone().unwrap(), 1)).collect();
    let orphan = NewSubscription { customer, lines, metadata, payment_method };
    stripe.create_subscription(&orphan, "orphan").await.unwrap().id
}

//! `givr doctor` beside a shop that runs, and beside one that does not.

use crate::installation::Installation;
use rstest::rstest;
use serde_json::{Value, json};
use std::process::Output;
use store::Engine;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[rstest]
#[tokio::test]
async fn it_finds_nothing_in_a_shop_that_runs_and_names_what_is_wrong_in_one_that_does_not(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: a database that is not there is named, and none is made.
    let shop = Installation::new(engine).await;
    let file = shop.file("nowhere.db");
    let elsewhere = format!("sqlite://{}", file.display());
    let nothing_yet = shop.command_with(&["doctor"], &[("GIVR_DATABASE__URL", &elsewhere)]).await;
    assert_eq!(nothing_yet.status.code(), Some(1), "{}", said(&nothing_yet));
    assert!(said(&nothing_yet).contains("WRONG  database ") && !file.exists(), "{}", said(&nothing_yet));
    // Act: a new shop that runs.
    let mut program = shop.start().await;
    let clean = shop.command(&["doctor", "--json"]).await;
    // Assert.
    let told: Value = serde_json::from_slice(&clean.stdout).unwrap();
    assert_eq!((clean.status.code(), &told["wrong"]), (Some(0), &json!(0)), "{told:#}");
    let checks = told["checks"].as_array().unwrap();
    let good = |name: &str| checks.iter().any(|line| line["check"] == name && line["state"] == "good");
    for check in ["database.schema", "clock", "stripe.webhook", "stripe.prices", "panel.eggs", "panel.ports", "site"] {
        assert!(good(check), "{check}: {told:#}");
    }
    // Act: it ends, and somebody takes a kind of event from its endpoint.
    program.kill().await.unwrap();
    let endpoint = shop.stripe.objects("webhook_endpoint")[0]["id"].as_str().unwrap().to_owned();
    shop.stripe.tamper(&endpoint, &json!({"enabled_events": ["invoice.paid"]}));
    let found = shop.command(&["doctor"]).await;
    // Assert: both are named, each with what to do, and the one that is safe is mended.
    assert_eq!(found.status.code(), Some(1), "{}", said(&found));
    for words in
        ["WRONG  stripe.webhook", "WRONG  site", "do    Start the shop", "2 wrong; `givr doctor --fix` mends 1"]
    {
        assert!(said(&found).contains(words), "{words}: {}", said(&found));
    }
    let mended = shop.command(&["doctor", "--fix"]).await;
    assert!(
        said(&mended).contains("mended: ") && !said(&mended).contains("WRONG  stripe.webhook"),
        "{}",
        said(&mended)
    );
    let events = shop.stripe.objects("webhook_endpoint")[0]["enabled_events"].clone();
    assert_eq!(events.as_array().unwrap().len(), billing::HANDLED_EVENTS.len());
}

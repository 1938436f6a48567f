//! The shop buys from itself: what passes is a light, what fails is an alert that ends with the next purchase that passes.

use crate::installation::{Installation, wait_for};
use sandbox::panel::{Fault, FaultSpec, On};
use serde_json::Value;
use store::Engine;

#[tokio::test]
async fn a_purchase_of_its_own_that_fails_is_an_alert_and_one_that_passes_ends_it() {
    // Arrange: the panel makes no server.
    let shop = Installation::new(Engine::Sqlite).await;
    let refused = Fault::Refuse { status: 400, code: None, field: None, rule: None };
    shop.panel.add_fault(FaultSpec::lasting(refused).on(On::create_server()));
    let smoke = [("GIVR_SMOKE__PLANS", "minecraft-paper-4g"), ("GIVR_SMOKE__EVERY_MINUTES", "5")];
    // Act.
    let mut program = shop.start_with(&smoke).await;
    let failed = async || {
        let listed = shop.command(&["alert", "list", "--json"]).await;
        let alerts: Value = serde_json::from_slice(&listed.stdout).ok()?;
        let alert = alerts.as_array()?.iter().find(|alert| alert["rule"] == "smoke.failing")?.clone();
        Some(alert["text"].as_str()?.to_owned())
    };
    let text = wait_for("the alert", failed).await;
    // Assert: it names plan, step and reason, and nothing was left.
    assert!(text.contains("minecraft-paper-4g") && text.contains("cannot_be_delivered"), "{text}");
    program.kill().await.unwrap();
    // Act: the panel makes servers again, and it is time for the next one.
    shop.panel.clear_faults();
    shop.database.run("update marks set at = 0 where name like 'smoke.turn:%'").await;
    let mut program = shop.start_with(&smoke).await;
    let passed = async || {
        let marks = shop.database.contents().await.remove("marks")?;
        marks.contains("server removed").then_some(())
    };
    wait_for("the purchase to pass", passed).await;
    // Assert.
    let over = async || failed().await.is_none().then_some(());
    wait_for("the alert to end", over).await;
    assert_eq!(shop.servers(), 0);
    program.kill().await.unwrap();
}

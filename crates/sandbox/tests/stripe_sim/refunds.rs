//! Refunds and disputes.

use sandbox::stripe::PayOutcome;
use serde_json::Value;

use crate::world::{DAY, World, id};

fn charge(world: &World) -> Value {
    world.sim.objects("charge").remove(0)
}

#[tokio::test]
async fn partial_refunds_add_up_and_stop_at_the_charge() {
    let world = World::new();
    world.paid().await;
    let intent = charge(&world)["payment_intent"].as_str().expect("an intent").to_owned();
    let refund =
        world.post("/v1/refunds", &format!("payment_intent={intent}&amount=400&metadata[order_id]=ord_1")).await;
    assert_eq!((refund["status"].as_str(), refund["amount"].as_i64()), (Some("succeeded"), Some(400)));
    assert_eq!(
        (charge(&world)["amount_refunded"].as_i64(), charge(&world)["refunded"].as_bool()),
        (Some(400), Some(false))
    );
    let too_much = world.call("POST", "/v1/refunds", &format!("payment_intent={intent}&amount=600")).await;
    assert_eq!(too_much.status, 400);
    let rest = world.post("/v1/refunds", &format!("charge={}", id(&charge(&world)))).await;
    assert_eq!((rest["amount"].as_i64(), charge(&world)["refunded"].as_bool()), (Some(599), Some(true)));
    let again = world.call("POST", "/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!((again.status, again.code()), (400, "charge_already_refunded"));
    let listed = world.get("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(2));
    let kinds = world.events();
    for expected in ["refund.created", "charge.refunded", "refund.updated"] {
        assert_eq!(kinds.iter().filter(|kind| *kind == expected).count(), 2, "{expected}");
    }
    assert_eq!(world.sim.objects("subscription")[0]["status"], "active", "a refund cancels nothing");
    assert_eq!(world.sim.objects("invoice")[0]["status"], "paid");
    world.finish();
}

#[tokio::test]
async fn a_pending_refund_arrives_later_and_a_failing_one_comes_back() {
    for (outcome, first, wait, last) in [
        (PayOutcome::RefundPending, "pending", 600, "succeeded"),
        (PayOutcome::RefundFails, "succeeded", DAY, "failed"),
    ] {
        let world = World::new();
        world.paid_with(outcome).await;
        let refund = world.post("/v1/refunds", &format!("charge={}", id(&charge(&world)))).await;
        assert_eq!(refund["status"], first);
        world.advance(wait).await;
        let refund = world.get(&format!("/v1/refunds/{}", id(&refund)), "").await;
        assert_eq!(refund["status"], last);
        let back = if last == "failed" { 0 } else { 999 };
        assert_eq!(charge(&world)["amount_refunded"], back);
        assert_eq!(world.events().contains(&"refund.failed".to_owned()), last == "failed");
        world.finish();
    }
}

#[tokio::test]
async fn a_disputed_charge_cannot_be_refunded_until_the_bank_decides() {
    let world = World::new();
    world.paid_with(PayOutcome::Disputed).await;
    let dispute = world.get("/v1/disputes", &format!("charge={}", id(&charge(&world)))).await["data"][0].clone();
    assert_eq!(
        (dispute["status"].as_str(), dispute["is_charge_refundable"].as_bool()),
        (Some("needs_response"), Some(false))
    );
    let refused = world.call("POST", "/v1/refunds", &format!("charge={}", id(&charge(&world)))).await;
    assert_eq!((refused.status, refused.code()), (400, "charge_disputed"));
    assert!(world.sim.close_dispute(&id(&dispute), "won"));
    assert_eq!(world.events().last().map(String::as_str), Some("charge.dispute.closed"));
    world.post("/v1/refunds", &format!("charge={}", id(&charge(&world)))).await;
    world.finish();
}

#[tokio::test]
async fn an_inquiry_moves_no_money() {
    let world = World::new();
    world.paid().await;
    let dispute = world.sim.open_dispute(&id(&charge(&world)), "warning_needs_response");
    assert_eq!(world.get(&format!("/v1/disputes/{dispute}"), "").await["is_charge_refundable"], true);
    assert!(!world.events().contains(&"charge.dispute.funds_withdrawn".to_owned()));
    assert!(world.sim.close_dispute(&dispute, "warning_closed") && !world.sim.close_dispute("du_x", "won"));
    world.finish();
}

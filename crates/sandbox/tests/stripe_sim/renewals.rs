//! Time passing over subscriptions.

use sandbox::stripe::{Dunning, FinalOutcome, PayOutcome};
use serde_json::Value;

use crate::world::{DAY, HOUR, World};

/// 1 January to 1 February 2026.
const MONTH: i64 = 31 * DAY;

fn subscription(world: &World) -> Value {
    world.sim.objects("subscription").remove(0)
}

fn charges(world: &World, status: &str) -> usize {
    world.sim.objects("charge").iter().filter(|charge| charge["status"] == status).count()
}

fn latest(world: &World, kind: &str) -> Value {
    world.sim.objects(kind).pop().expect("at least one")
}

#[tokio::test]
async fn a_renewal_is_a_draft_for_an_hour_and_the_period_moves_first() {
    let world = World::new();
    world.paid().await;
    let end = subscription(&world)["items"]["data"][0]["current_period_end"].as_i64();
    world.advance(MONTH).await;
    let invoice = latest(&world, "invoice");
    assert_eq!(
        (invoice["status"].as_str(), invoice["billing_reason"].as_str()),
        (Some("draft"), Some("subscription_cycle"))
    );
    assert!(invoice["number"].is_null() && invoice["hosted_invoice_url"].is_null());
    assert_eq!(subscription(&world)["items"]["data"][0]["current_period_start"].as_i64(), end);
    assert_eq!(subscription(&world)["status"], "active");
    world.advance(HOUR).await;
    let invoice = latest(&world, "invoice");
    assert_eq!((invoice["status"].as_str(), invoice["attempt_count"].as_i64()), (Some("paid"), Some(1)));
    assert_eq!(invoice["lines"]["data"][0]["period"]["start"].as_i64(), end);
    assert_eq!(charges(&world, "succeeded"), 2);
    world.finish();
}

#[tokio::test]
async fn a_year_in_one_jump_bills_every_month_at_its_own_time() {
    let world = World::new();
    world.paid().await;
    world.advance(365 * DAY + HOUR).await;
    assert_eq!(charges(&world, "succeeded"), 13);
    let created: Vec<i64> =
        world.sim.objects("charge").iter().filter_map(|charge| charge["created"].as_i64()).collect();
    assert!(created.windows(2).all(|pair| pair[1] - pair[0] >= 28 * DAY));
    world.finish();
}

#[tokio::test]
async fn a_failed_renewal_is_retried_and_then_cancelled() {
    let world = World::new();
    world.paid_with(PayOutcome::RenewalsFail).await;
    world.advance(MONTH + HOUR).await;
    let now = world.clock.now().as_second();
    let invoice = latest(&world, "invoice");
    assert_eq!((subscription(&world)["status"].as_str(), invoice["status"].as_str()), (Some("past_due"), Some("open")));
    assert_eq!(
        (invoice["attempt_count"].as_i64(), invoice["next_payment_attempt"].as_i64()),
        (Some(1), Some(now + 3 * DAY))
    );
    assert_eq!(world.sim.objects("customer")[0]["delinquent"], true);
    world.advance(3 * DAY).await;
    world.advance(5 * DAY).await;
    assert_eq!(latest(&world, "invoice")["attempt_count"], 3);
    assert_eq!(subscription(&world)["status"], "past_due");
    world.advance(7 * DAY).await;
    let ended = subscription(&world);
    assert_eq!(
        (ended["status"].as_str(), ended["cancellation_details"]["reason"].as_str()),
        (Some("canceled"), Some("payment_failed"))
    );
    assert!(latest(&world, "invoice")["next_payment_attempt"].is_null());
    assert_eq!(world.events().iter().filter(|kind| *kind == "invoice.payment_failed").count(), 4);
    world.advance(400 * DAY).await;
    assert_eq!((charges(&world, "succeeded"), charges(&world, "failed")), (1, 4), "nothing after the end");
    world.finish();
}

#[tokio::test]
async fn the_final_outcome_can_leave_it_unpaid_or_past_due() {
    for (outcome, status) in [(FinalOutcome::Unpaid, "unpaid"), (FinalOutcome::PastDue, "past_due")] {
        let world = World::with(|options| {
            options.dunning = Dunning { retry_after_days: vec![1], final_outcome: outcome };
        });
        world.paid_with(PayOutcome::RenewalsFail).await;
        world.advance(MONTH + 2 * DAY).await;
        assert_eq!(subscription(&world)["status"], status);
        world.advance(MONTH).await;
        let expected = if outcome == FinalOutcome::Unpaid { "draft" } else { "open" };
        assert_eq!(latest(&world, "invoice")["status"], expected);
        world.finish();
    }
}

#[tokio::test]
async fn paying_the_open_invoice_brings_a_past_due_subscription_back() {
    let world = World::new();
    let session = world.paid_with(PayOutcome::RenewalsFail).await;
    world.advance(MONTH + HOUR).await;
    let invoice = latest(&world, "invoice");
    let path = format!("/v1/invoices/{}/pay", invoice["id"].as_str().expect("an id"));
    assert_eq!(world.call("POST", &path, "").await.status, 402);
    let customer = session["customer"].as_str().expect("a customer");
    let method = world.post("/v1/payment_methods/pm_card_visa/attach", &format!("customer={customer}")).await;
    let paid = world.post(&path, &format!("payment_method={}", method["id"].as_str().expect("an id"))).await;
    assert_eq!(
        (paid["status"].as_str(), paid["attempt_count"].as_i64()),
        (Some("paid"), Some(1)),
        "own attempts are not counted"
    );
    assert_eq!(subscription(&world)["status"], "active");
    assert_eq!(world.sim.objects("customer")[0]["delinquent"], false);
    world.finish();
}

#[tokio::test]
async fn a_cancelled_subscription_is_never_billed_again_and_cancelling_twice_is_404() {
    let world = World::new();
    let session = world.paid().await;
    let path = format!("/v1/subscriptions/{}", session["subscription"].as_str().expect("an id"));
    let ended = world.delete(&path).await;
    assert_eq!(ended["status"], "canceled");
    assert!(ended["ended_at"].is_i64());
    assert_eq!(world.call("DELETE", &path, "").await.status, 404);
    world.advance(400 * DAY).await;
    assert_eq!((charges(&world, "succeeded"), world.sim.objects("invoice").len()), (1, 1));
    assert_eq!(world.get("/v1/subscriptions", "").await["data"].as_array().map(Vec::len), Some(0), "hidden by default");
    assert_eq!(world.get("/v1/subscriptions", "status=all").await["data"].as_array().map(Vec::len), Some(1));
    world.finish();
}

#[tokio::test]
async fn a_draft_whose_subscription_ends_within_the_hour_is_not_charged() {
    let world = World::new();
    let session = world.paid().await;
    world.advance(MONTH).await;
    world.delete(&format!("/v1/subscriptions/{}", session["subscription"].as_str().expect("an id"))).await;
    world.advance(DAY).await;
    assert_eq!((charges(&world, "succeeded"), latest(&world, "invoice")["status"].as_str()), (1, Some("draft")));
    world.finish();
}

#[tokio::test]
async fn an_end_at_the_period_end_can_be_undone_until_then() {
    let world = World::new();
    let session = world.paid().await;
    let path = format!("/v1/subscriptions/{}", session["subscription"].as_str().expect("an id"));
    let planned = world.post(&path, "cancel_at_period_end=true").await;
    assert_eq!(planned["cancel_at"], planned["items"]["data"][0]["current_period_end"]);
    let kept = world.post(&path, "cancel_at_period_end=false").await;
    assert!(kept["cancel_at"].is_null() && kept["canceled_at"].is_null());
    world.advance(MONTH + HOUR).await;
    assert_eq!((subscription(&world)["status"].as_str(), charges(&world, "succeeded")), (Some("active"), 2));
    world.post(&path, "cancel_at_period_end=true").await;
    world.advance(28 * DAY).await;
    assert_eq!((subscription(&world)["status"].as_str(), charges(&world, "succeeded")), (Some("canceled"), 2));
    assert_eq!(world.events().last().map(String::as_str), Some("customer.subscription.deleted"));
    world.finish();
}

#[tokio::test]
async fn paused_collection_writes_invoices_off_and_a_real_pause_makes_none() {
    let world = World::new();
    let session = world.paid().await;
    let path = format!("/v1/subscriptions/{}", session["subscription"].as_str().expect("an id"));
    world.post(&path, "pause_collection[behavior]=void").await;
    world.advance(MONTH + HOUR).await;
    assert_eq!(
        (subscription(&world)["status"].as_str(), latest(&world, "invoice")["status"].as_str()),
        (Some("active"), Some("void"))
    );
    world.post(&path, "pause_collection=").await;
    assert_eq!(world.post(&format!("{path}/pause"), "").await["status"], "paused");
    world.advance(90 * DAY).await;
    assert_eq!(world.sim.objects("invoice").len(), 2);
    assert_eq!(world.post(&format!("{path}/resume"), "").await["status"], "active");
    assert_eq!(charges(&world, "succeeded"), 2);
    assert!(world.events().contains(&"customer.subscription.paused".to_owned()));
    assert!(world.events().contains(&"customer.subscription.resumed".to_owned()));
    world.finish();
}

#[tokio::test]
async fn a_plan_change_is_prorated_on_the_next_invoice_or_at_once() {
    let world = World::new();
    let session = world.paid().await;
    let path = format!("/v1/subscriptions/{}", session["subscription"].as_str().expect("an id"));
    let item = subscription(&world)["items"]["data"][0]["id"].as_str().expect("an id").to_owned();
    let (dear, dearer) = (world.price(1_999).await, world.price(2_999).await);
    world.advance(MONTH / 2).await;
    let preview_form = format!(
        "subscription={}&subscription_details[items][0][id]={item}&subscription_details[items][0][price]={dear}",
        session["subscription"].as_str().expect("an id")
    );
    let preview = world.post("/v1/invoices/create_preview", &preview_form).await;
    assert_eq!(preview["total"], 1_000 - 500 + 1_999);
    world.post(&path, &format!("items[0][id]={item}&items[0][price]={dear}")).await;
    assert_eq!(charges(&world, "succeeded"), 1, "settled with the next invoice");
    world.post(&path, &format!("items[0][id]={item}&items[0][price]={dearer}&proration_behavior=none")).await;
    world.advance(MONTH).await;
    assert_eq!(latest(&world, "charge")["amount"], 1_000 - 500 + 2_999);
    world.post(&path, &format!("items[0][id]={item}&items[0][quantity]=2&proration_behavior=always_invoice")).await;
    assert_eq!(
        (latest(&world, "invoice")["billing_reason"].as_str(), charges(&world, "succeeded")),
        (Some("subscription_update"), 3)
    );
    world.finish();
}

#[tokio::test]
async fn another_interval_starts_a_new_cycle_and_bills_at_once() {
    let world = World::new();
    let session = world.paid().await;
    let product = world.sim.objects("product")[0]["id"].as_str().expect("an id").to_owned();
    let form = format!("product={product}&currency=eur&unit_amount=9990&recurring[interval]=year");
    let yearly = world.post("/v1/prices", &form).await["id"].as_str().expect("an id").to_owned();
    let item = subscription(&world)["items"]["data"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/subscriptions/{}", session["subscription"].as_str().expect("an id"));
    let changed = world.post(&path, &format!("items[0][id]={item}&items[0][price]={yearly}")).await;
    let period = &changed["items"]["data"][0];
    assert_eq!(
        period["current_period_end"]
            .as_i64()
            .zip(period["current_period_start"].as_i64())
            .map(|(end, start)| end - start),
        Some(365 * DAY)
    );
    assert_eq!(latest(&world, "charge")["amount"], 9_990 - 999);
    world.advance(MONTH + HOUR).await;
    assert_eq!(charges(&world, "succeeded"), 2, "the old cycle bills no more");
    world.finish();
}

#[tokio::test]
async fn an_upgrade_that_cannot_be_paid_waits_and_expires_with_the_old_plan_intact() {
    let world = World::new();
    let session = world.paid_with(PayOutcome::RenewalsFail).await;
    let dear = world.price(1_999).await;
    let item = subscription(&world)["items"]["data"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/subscriptions/{}", session["subscription"].as_str().expect("an id"));
    let form = format!(
        "items[0][id]={item}&items[0][price]={dear}&proration_behavior=always_invoice&payment_behavior=pending_if_incomplete"
    );
    let held = world.post(&path, &form).await;
    assert_eq!(
        (held["status"].as_str(), held["items"]["data"][0]["price"]["unit_amount"].as_i64()),
        (Some("active"), Some(999))
    );
    assert!(held["pending_update"].is_object());
    world.advance(DAY).await;
    assert!(subscription(&world)["pending_update"].is_null());
    assert_eq!(latest(&world, "invoice")["status"], "void");
    assert!(world.events().contains(&"customer.subscription.pending_update_expired".to_owned()));
    let refused = world.call("POST", &path, &form.replace("pending_if_incomplete", "error_if_incomplete")).await;
    assert_eq!(refused.status, 402);
    world.finish();
}

#[tokio::test]
async fn a_test_clock_moves_its_customers_alone() {
    let world = World::new();
    let start = world.clock.now().as_second();
    let clock = world.post("/v1/test_helpers/test_clocks", &format!("frozen_time={start}&name=a")).await["id"].clone();
    let clock = clock.as_str().expect("an id");
    let price = world.price(999).await;
    let customer = world.customer("pm_card_visa", &format!("&test_clock={clock}")).await;
    world.post("/v1/subscriptions", &format!("customer={customer}&items[0][price]={price}")).await;
    world.paid().await;
    let path = format!("/v1/test_helpers/test_clocks/{clock}");
    let advancing = world.post(&format!("{path}/advance"), &format!("frozen_time={}", start + MONTH + HOUR)).await;
    assert_eq!(advancing["status"], "advancing");
    assert_eq!(world.get(&path, "").await["status"], "ready");
    assert_eq!(charges(&world, "succeeded"), 3, "two first payments and one renewal");
    let far = world.call("POST", &format!("{path}/advance"), &format!("frozen_time={}", start + 400 * DAY)).await;
    assert_eq!(far.status, 400);
    world.delete(&path).await;
    assert_eq!(subscription(&world)["status"], "canceled");
    assert_eq!(world.get(&format!("/v1/customers/{customer}"), "").await["deleted"], true);
    world.finish();
}

#[tokio::test]
async fn a_renewal_is_announced_a_week_before_without_an_invoice_id() {
    let world = World::new();
    world.paid().await;
    world.advance(MONTH - 7 * DAY - 1).await;
    assert!(!world.events().contains(&"invoice.upcoming".to_owned()));
    world.advance(1).await;
    let event = latest(&world, "event");
    assert_eq!(
        (event["type"].as_str(), event["data"]["object"]["total"].as_i64()),
        (Some("invoice.upcoming"), Some(999))
    );
    assert!(event["data"]["object"].get("id").is_none());
    world.finish();
}

#[tokio::test]
async fn renewals_by_bank_debit_settle_by_themselves() {
    let world = World::new();
    world.paid_with(PayOutcome::DelayedSuccess).await;
    world.advance(MONTH + HOUR).await;
    assert_eq!(latest(&world, "charge")["status"], "pending");
    assert_eq!(subscription(&world)["status"], "active", "a debit under way is no failure");
    world.advance(180).await;
    assert_eq!(latest(&world, "invoice")["status"], "paid");
    world.finish();
}

//! Checkout: what a paid, declined, delayed, abandoned session leaves behind.

use crate::world::{DAY, World, id};
use sandbox::stripe::{PayOutcome, PayRefusal};

#[tokio::test]
async fn a_paid_session_leaves_a_subscription_an_invoice_and_a_charge_that_know_each_other() {
    let world = World::new();
    let session = world.paid().await;
    assert_eq!((session["status"].as_str(), session["payment_status"].as_str()), (Some("complete"), Some("paid")));
    assert!(session["url"].is_null());

    let subscription = world.get(&format!("/v1/subscriptions/{}", session["subscription"].as_str().unwrap()), "").await;
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["metadata"]["order_id"], "ord_1");
    assert_eq!(subscription["latest_invoice"], session["invoice"]);

    let invoice =
        world.get(&format!("/v1/invoices/{}", session["invoice"].as_str().unwrap()), "expand[]=payments").await;
    assert_eq!(invoice["status"], "paid");
    assert_eq!(invoice["billing_reason"], "subscription_create");
    assert_eq!(invoice["parent"]["subscription_details"]["metadata"]["order_id"], "ord_1");
    assert_eq!(
        invoice["lines"]["data"][0]["pricing"]["price_details"]["price"],
        subscription["items"]["data"][0]["price"]["id"]
    );
    assert_eq!(invoice["lines"]["data"][0]["period"]["end"], subscription["items"]["data"][0]["current_period_end"]);

    let intent = invoice["payments"]["data"][0]["payment"]["payment_intent"].as_str().unwrap();
    let links = world
        .get("/v1/invoice_payments", &format!("payment[type]=payment_intent&payment[payment_intent]={intent}"))
        .await;
    assert_eq!(links["data"][0]["invoice"], session["invoice"]);
    let intent = world.get(&format!("/v1/payment_intents/{intent}"), "expand[]=latest_charge").await;
    assert_eq!((intent["status"].as_str(), intent["latest_charge"]["amount"].as_i64()), (Some("succeeded"), Some(999)));
    assert!(intent["metadata"].as_object().unwrap().is_empty(), "metadata does not travel to payment intents");
    world.finish();
}

#[tokio::test]
async fn a_paid_session_tells_the_whole_burst_once() {
    let world = World::new();
    world.paid().await;
    let burst = world.events();
    for expected in [
        "customer.created",
        "payment_method.attached",
        "customer.updated",
        "payment_intent.created",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "checkout.session.completed",
    ] {
        assert_eq!(burst.iter().filter(|kind| *kind == expected).count(), 1, "{expected} in {burst:?}");
    }
    assert_eq!(burst.last().map(String::as_str), Some("checkout.session.completed"));
    world.finish();
}

#[tokio::test]
async fn a_declined_card_leaves_the_session_open_and_the_next_card_completes_it_once() {
    let world = World::new();
    let price = world.price(999).await;
    let session = id(&world.session(&price, "").await);
    for outcome in [PayOutcome::Decline, PayOutcome::InsufficientFunds, PayOutcome::AuthenticationFails] {
        assert!(matches!(world.sim.pay_session(&session, outcome), Err(PayRefusal::Declined(_))));
    }
    assert!(world.sim.objects("charge").is_empty() && world.sim.objects("subscription").is_empty());
    world.sim.pay_session(&session, PayOutcome::ThreeDSecure).expect("pays");
    let again = world.sim.pay_session(&session, PayOutcome::Pay);
    assert_eq!(again, Err(PayRefusal::NotOpen("complete".into())));
    assert_eq!(world.sim.objects("charge").len(), 1);
    world.finish();
}

#[tokio::test]
async fn a_session_nobody_pays_expires_at_its_time_and_cannot_be_paid_after() {
    let world = World::new();
    let price = world.price(999).await;
    let session = id(&world.session(&price, "").await);
    world.advance(DAY - 1).await;
    assert_eq!(world.get(&format!("/v1/checkout/sessions/{session}"), "").await["status"], "open");
    world.advance(1).await;
    let expired = world.get(&format!("/v1/checkout/sessions/{session}"), "").await;
    assert_eq!((expired["status"].as_str(), expired["url"].is_null()), (Some("expired"), true));
    assert_eq!(world.sim.pay_session(&session, PayOutcome::Pay), Err(PayRefusal::NotOpen("expired".into())));
    assert_eq!(world.events().last().map(String::as_str), Some("checkout.session.expired"));
    world.finish();
}

#[tokio::test]
async fn a_bank_debit_completes_unpaid_and_settles_minutes_later() {
    let world = World::new();
    let session = world.paid_with(PayOutcome::DelayedSuccess).await;
    assert_eq!((session["status"].as_str(), session["payment_status"].as_str()), (Some("complete"), Some("unpaid")));
    let subscription = session["subscription"].as_str().expect("a subscription").to_owned();
    assert_eq!(world.get(&format!("/v1/subscriptions/{subscription}"), "").await["status"], "incomplete");
    world.advance(179).await;
    assert_eq!(world.sim.objects("charge")[0]["status"], "pending");
    world.advance(1).await;
    let settled = world.get(&format!("/v1/checkout/sessions/{}", id(&session)), "expand[]=subscription").await;
    assert_eq!(
        (settled["payment_status"].as_str(), settled["subscription"]["status"].as_str()),
        (Some("paid"), Some("active"))
    );
    assert_eq!(world.events().last().map(String::as_str), Some("checkout.session.async_payment_succeeded"));
    assert!(id(&world.sim.objects("charge")[0]).starts_with("py_"));
    world.finish();
}

#[tokio::test]
async fn a_bank_debit_that_fails_leaves_an_incomplete_subscription_that_expires() {
    let world = World::new();
    let session = world.paid_with(PayOutcome::DelayedFailure).await;
    world.advance(180).await;
    assert!(world.events().contains(&"checkout.session.async_payment_failed".to_owned()));
    let read = world.get(&format!("/v1/checkout/sessions/{}", id(&session)), "expand[]=subscription").await;
    assert_eq!(
        (read["payment_status"].as_str(), read["subscription"]["status"].as_str()),
        (Some("unpaid"), Some("incomplete"))
    );
    world.advance(DAY).await;
    assert_eq!(world.sim.objects("subscription")[0]["status"], "incomplete_expired");
    assert_eq!(world.sim.objects("invoice")[0]["status"], "void");
    world.finish();
}

#[tokio::test]
async fn a_merchant_can_expire_an_open_session_once() {
    let world = World::new();
    let price = world.price(999).await;
    let session = id(&world.session(&price, "").await);
    let path = format!("/v1/checkout/sessions/{session}/expire");
    assert_eq!(world.post(&path, "").await["status"], "expired");
    assert_eq!(world.call("POST", &path, "").await.status, 400);
    world.finish();
}

#[tokio::test]
async fn a_known_customer_keeps_their_id_and_a_one_time_price_joins_the_first_invoice_only() {
    let world = World::new();
    let price = world.price(999).await;
    let product = id(&world.post("/v1/products", "name=Set-up").await);
    let setup = id(&world.post("/v1/prices", &format!("product={product}&currency=eur&unit_amount=500")).await);
    let customer = id(&world.post("/v1/customers", "email=ada%40example.test").await);
    let more = format!("&customer={customer}&line_items[1][price]={setup}&line_items[1][quantity]=1");
    let session = world.session(&price, &more).await;
    assert_eq!(session["amount_total"], 1_499);
    let paid = world.sim.pay_session(&id(&session), PayOutcome::Pay).expect("pays");
    assert_eq!(paid["customer"], customer.as_str());
    assert_eq!(world.sim.objects("charge")[0]["amount"], 1_499);
    world.advance(32 * DAY).await;
    assert_eq!(world.sim.objects("charge")[1]["amount"], 999);
    world.finish();
}

#[tokio::test]
async fn a_discount_is_taken_off_session_lines_and_first_invoice_alike() {
    let world = World::new();
    let price = world.price(999).await;
    world.post("/v1/coupons", "id=HALF&percent_off=50&duration=once").await;
    let session = world.session(&price, "&discounts[0][coupon]=HALF").await;
    assert_eq!((session["amount_subtotal"].as_i64(), session["amount_total"].as_i64()), (Some(999), Some(499)));
    world.sim.pay_session(&id(&session), PayOutcome::Pay).expect("pays");
    world.advance(32 * DAY).await;
    let amounts: Vec<i64> = world.sim.objects("charge").iter().filter_map(|charge| charge["amount"].as_i64()).collect();
    assert_eq!(amounts, [499, 999], "once means the first invoice");
    assert_eq!(world.get("/v1/coupons/HALF", "").await["times_redeemed"], 1);
    world.finish();
}

#[tokio::test]
async fn a_trial_needs_no_payment_today_and_bills_when_it_ends() {
    let world = World::new();
    let price = world.price(999).await;
    let session = world.session(&price, "&subscription_data[trial_period_days]=7").await;
    assert_eq!(session["amount_total"], 0);
    let paid = world.sim.pay_session(&id(&session), PayOutcome::Pay).expect("completes");
    assert_eq!(paid["payment_status"], "no_payment_required");
    assert_eq!(world.sim.objects("subscription")[0]["status"], "trialing");
    world.advance(7 * DAY + 3_600).await;
    assert_eq!(world.sim.objects("subscription")[0]["status"], "active");
    assert_eq!(world.sim.objects("charge")[0]["amount"], 999);
    world.finish();
}

#[tokio::test]
async fn the_headless_path_pays_or_leaves_nothing() {
    let world = World::new();
    let price = world.price(999).await;
    let customer = world.customer("pm_card_visa", "").await;
    let form = format!(
        "customer={customer}&items[0][price]={price}&metadata[order_id]=ord_9&payment_behavior=error_if_incomplete"
    );
    let subscription = world.post("/v1/subscriptions", &form).await;
    assert_eq!(
        (subscription["status"].as_str(), subscription["metadata"]["order_id"].as_str()),
        (Some("active"), Some("ord_9"))
    );
    let invoice =
        world.get(&format!("/v1/invoices/{}", subscription["latest_invoice"].as_str().expect("an id")), "").await;
    assert_eq!(invoice["parent"]["subscription_details"]["metadata"]["order_id"], "ord_9");

    let poor = world.customer("pm_card_chargeCustomerFail", "").await;
    let refused = world.call("POST", "/v1/subscriptions", &form.replace(&customer, &poor)).await;
    assert_eq!((refused.status, refused.code()), (402, "card_declined"));
    assert_eq!(world.sim.objects("subscription").len(), 1);
    let declined =
        world.call("POST", "/v1/payment_methods/pm_card_chargeDeclined/attach", &format!("customer={poor}")).await;
    assert_eq!(declined.status, 402);
    world.finish();
}

#[tokio::test]
async fn an_unpaid_first_invoice_expires_the_subscription_after_23_hours() {
    let world = World::new();
    let price = world.price(999).await;
    let customer = world.customer("pm_card_chargeCustomerFail", "").await;
    let subscription = world.post("/v1/subscriptions", &format!("customer={customer}&items[0][price]={price}")).await;
    assert_eq!(subscription["status"], "incomplete");
    world.advance(23 * 3_600 - 1).await;
    assert_eq!(world.sim.objects("subscription")[0]["status"], "incomplete");
    world.advance(1).await;
    assert_eq!(world.sim.objects("subscription")[0]["status"], "incomplete_expired");
    assert_eq!(world.sim.objects("invoice")[0]["status"], "void");
    world.advance(60 * DAY).await;
    assert!(world.sim.objects("charge").iter().all(|charge| charge["status"] == "failed"));
    world.finish();
}

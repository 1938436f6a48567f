//! The pages a customer clicks through.

use crate::world::{DAY, World, id};

#[tokio::test]
async fn the_payment_page_says_what_is_bought_and_leads_back_with_the_session_id() {
    let world = World::new();
    let price = world.price(999).await;
    let session = id(&world.session(&price, "&customer_email=buyer%40example.test").await);
    let page = world.page(&format!("/pay/{session}"), "").await;
    assert_eq!(page.status, 200);
    for words in [
        "Sandbox.",
        "Minecraft 4 GB",
        "9.99 EUR / month",
        "buyer@example.test",
        "value=\"pay\"",
        "https://shop.test/cart",
    ] {
        assert!(page.text.contains(words), "{words} in {}", page.text);
    }
    assert!(!page.text.contains("<script") && page.header("content-security-policy").starts_with("default-src 'none'"));
    let paid = world.page(&format!("/pay/{session}"), "outcome=pay").await;
    assert_eq!(
        (paid.status, paid.header("location")),
        (303, format!("https://shop.test/done?session={session}").as_str())
    );
    let again = world.page(&format!("/pay/{session}"), "outcome=pay").await;
    assert!(again.text.contains("completed"));
    assert_eq!(world.sim.objects("charge").len(), 1);
    assert!(world.page("/sandbox-stripe.css", "").await.text.contains("color-scheme"));
    world.finish();
}

#[tokio::test]
async fn a_decline_on_the_page_says_why_and_lets_try_again() {
    let world = World::new();
    let price = world.price(999).await;
    let session = id(&world.session(&price, "").await);
    let page = world.page(&format!("/pay/{session}"), "outcome=insufficient_funds").await;
    assert_eq!(page.status, 402);
    assert!(page.text.contains("insufficient funds") && page.text.contains("role=\"alert\""));
    assert_eq!(world.page(&format!("/pay/{session}"), "outcome=bribe").await.status, 400);
    let paid = world.page(&format!("/pay/{session}"), "outcome=pay&email=eve%40example.test").await;
    assert_eq!(paid.status, 303);
    assert_eq!(world.sim.objects("customer")[0]["email"], "eve@example.test");
    world.finish();
}

#[tokio::test]
async fn three_d_secure_is_a_second_page_that_can_be_failed_or_completed() {
    let world = World::new();
    let price = world.price(999).await;
    let session = id(&world.session(&price, "").await);
    let step = world.page(&format!("/pay/{session}"), "outcome=three_d_secure").await;
    assert_eq!((step.status, step.header("location")), (303, format!("/pay/{session}/authenticate").as_str()));
    assert!(world.page(step.header("location"), "").await.text.contains("Complete authentication"));
    assert_eq!(world.page(step.header("location"), "outcome=fail").await.status, 402);
    assert_eq!(world.sim.objects("checkout.session")[0]["status"], "open");
    assert_eq!(world.page(step.header("location"), "outcome=complete").await.status, 303);
    assert_eq!(world.sim.objects("checkout.session")[0]["status"], "complete");
    world.finish();
}

#[tokio::test]
async fn an_expired_or_unknown_page_says_so() {
    let world = World::new();
    let price = world.price(999).await;
    let session = id(&world.session(&price, "").await);
    world.advance(DAY).await;
    let page = world.page(&format!("/pay/{session}"), "").await;
    assert_eq!(page.status, 410);
    assert!(page.text.contains("You were not charged"));
    assert_eq!(world.page("/pay/cs_test_unknown", "").await.status, 404);
    world.finish();
}

#[tokio::test]
async fn markup_in_names_stays_text() {
    let world = World::new();
    let product = id(&world.post("/v1/products", "name=%3Cscript%3Ealert(1)%3C%2Fscript%3E").await);
    let form = format!("product={product}&currency=jpy&unit_amount=80&recurring[interval]=month");
    let price = id(&world.post("/v1/prices", &form).await);
    let session = id(&world.session(&price, "").await);
    let page = world.page(&format!("/pay/{session}"), "").await;
    assert!(!page.text.contains("<script>") && page.text.contains("80 JPY"));
    world.finish();
}

#[tokio::test]
async fn a_promotion_code_can_be_typed_where_the_session_allows_it() {
    let world = World::new();
    let price = world.price(1_000).await;
    world.post("/v1/coupons", "id=TEN&percent_off=10&duration=forever").await;
    world.post("/v1/promotion_codes", "promotion[type]=coupon&promotion[coupon]=TEN&code=SAVE10").await;
    let session = id(&world.session(&price, "&allow_promotion_codes=true").await);
    assert_eq!(world.page(&format!("/pay/{session}/code"), "code=WRONG").await.status, 400);
    assert_eq!(world.page(&format!("/pay/{session}/code"), "code=save10").await.status, 303);
    assert!(world.page(&format!("/pay/{session}"), "").await.text.contains("9.00 EUR"));
    world.page(&format!("/pay/{session}"), "outcome=pay").await;
    assert_eq!(world.sim.objects("charge")[0]["amount"], 900);
    let closed = id(&world.session(&price, "").await);
    assert_eq!(world.page(&format!("/pay/{closed}/code"), "code=SAVE10").await.status, 400);
    world.finish();
}

#[tokio::test]
async fn the_portal_schedules_and_revokes_an_end_and_changes_the_card() {
    let world = World::new();
    let session = world.paid().await;
    let customer = session["customer"].as_str().expect("a customer");
    let form = format!("customer={customer}&return_url=https%3A%2F%2Fshop.test%2Faccount");
    let portal = world.post("/v1/billing_portal/sessions", &form).await;
    let path = portal["url"].as_str().expect("a url").replace("http://pay.sandbox.test", "");
    assert!(world.page(&path, "").await.text.contains("https://shop.test/account"));
    let subscription = session["subscription"].as_str().expect("an id");
    let read = || async { world.get(&format!("/v1/subscriptions/{subscription}"), "").await };
    world.page(&path, &format!("action=cancel&subscription={subscription}")).await;
    let planned = read().await;
    assert_eq!((planned["cancel_at_period_end"].as_bool(), planned["cancel_at"].is_i64()), (Some(false), true));
    world.page(&path, &format!("action=keep&subscription={subscription}")).await;
    assert!(read().await["cancel_at"].is_null());
    world.page(&path, "action=failing_card").await;
    assert_ne!(read().await["default_payment_method"], planned["default_payment_method"]);
    let at_once = format!("action=cancel_now&subscription={subscription}");
    assert_eq!(world.page(&path, &at_once).await.status, 400, "the saved configuration cancels at the period end");
    let form = "features[subscription_cancel][enabled]=true&features[subscription_cancel][mode]=immediately";
    let configuration = id(&world.post("/v1/billing_portal/configurations", form).await);
    let form = format!("customer={customer}&configuration={configuration}");
    let other = world.post("/v1/billing_portal/sessions", &form).await["url"].as_str().expect("a url").to_owned();
    let other = other.replace("http://pay.sandbox.test", "");
    assert_eq!(world.page(&other, "action=card").await.status, 400, "and this one leaves the card alone");
    assert_eq!(world.page(&other, &at_once).await.status, 303);
    assert_eq!(read().await["status"], "canceled");
    world.advance(300).await;
    assert_eq!(world.page(&path, "").await.status, 410, "the link is short-lived");
    world.finish();
}

#[tokio::test]
async fn a_portal_needs_a_saved_configuration() {
    let world = World::with(|options| options.portal_saved = false);
    let customer = id(&world.post("/v1/customers", "").await);
    assert_eq!(world.call("POST", "/v1/billing_portal/sessions", &format!("customer={customer}")).await.status, 400);
    let form = "features[subscription_cancel][enabled]=true";
    let configuration = id(&world.post("/v1/billing_portal/configurations", form).await);
    world.post("/v1/billing_portal/sessions", &format!("customer={customer}&configuration={configuration}")).await;
    world.finish();
}

#[tokio::test]
async fn an_open_invoice_can_be_paid_on_its_own_page() {
    let world = World::new();
    world.paid_with(sandbox::stripe::PayOutcome::RenewalsFail).await;
    world.advance(31 * DAY + 3_600).await;
    let invoice = world.sim.objects("invoice").pop().expect("an invoice");
    let path = invoice["hosted_invoice_url"].as_str().expect("a url").replace("http://pay.sandbox.test", "");
    assert!(world.page(&path, "").await.text.contains("Pay 9.99 EUR"));
    assert_eq!(world.page(&path, "outcome=decline").await.status, 402);
    assert_eq!(world.page(&path, "outcome=pay").await.status, 303);
    assert_eq!(world.sim.objects("subscription")[0]["status"], "active");
    let receipt = world.sim.objects("charge").pop().expect("a charge")["receipt_url"].clone();
    let receipt = receipt.as_str().expect("a url").replace("http://pay.sandbox.test", "");
    assert!(world.page(&receipt, "").await.text.contains("9.99 EUR paid"));
    world.finish();
}

#[tokio::test]
async fn the_controls_pay_advance_dispute_and_show_the_state() {
    let world = World::new();
    let price = world.price(999).await;
    let session = id(&world.session(&price, "").await);
    let control = |path: &str, body: &str| {
        http::Request::post(format!("/__sandbox/{path}"))
            .header("content-type", "application/json")
            .body(body.to_owned())
            .expect("a request")
    };
    let pay = format!("sessions/{session}/pay");
    assert_eq!(world.send(control(&pay, r#"{"outcome":"decline"}"#)).await.status, 402);
    assert_eq!(world.send(control(&pay, r#"{"outcome":"pay"}"#)).await.ok()["status"], "complete");
    assert_eq!(world.send(control(&pay, r#"{"outcome":"pay"}"#)).await.status, 409);
    assert_eq!(world.send(control("sessions/cs_x/pay", r#"{"outcome":"pay"}"#)).await.status, 404);
    let before = world.clock.now().as_second();
    assert_eq!(world.send(control("advance", r#"{"seconds":60}"#)).await.ok()["now"], before + 60);
    let charge = id(&world.sim.objects("charge")[0]);
    let dispute = world.send(control("disputes", &format!(r#"{{"charge":"{charge}"}}"#))).await.ok();
    let closed = world.send(control(&format!("disputes/{}/close", id(&dispute)), r#"{"status":"lost"}"#)).await.ok();
    assert_eq!(closed["status"], "lost");
    assert_eq!(
        world.send(control("tamper", &format!(r#"{{"id":"{charge}","set":{{"amount":1}}}}"#))).await.status,
        204
    );
    let state = world.page("/__sandbox/state", "").await.ok();
    assert_eq!((state["counts"]["charge"].as_i64(), state["charges"][0]["amount"].as_i64()), (Some(1), Some(1)));
    assert_eq!(world.page("/__sandbox/contract", "").await.ok()["violations"], serde_json::json!([]));
}

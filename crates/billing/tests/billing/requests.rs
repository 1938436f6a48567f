//! What each call sends, and what the calls with more than one step make of the answers.

use crate::contract::example;
use crate::fake::{FakeStripe, list, ok, page, refused};
use billing::*;
use domain::money::{Currency, Money};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

fn metadata() -> BTreeMap<String, String> {
    BTreeMap::from([("service".to_owned(), "svc_1".to_owned()), ("order".to_owned(), "ord_1".to_owned())])
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn session(status: &str) -> Value {
    json!({"id": "cs_1", "created": 1, "status": status, "payment_status": "unpaid", "url": null})
}

fn subscription(status: &str) -> Value {
    json!({"id": "sub_1", "created": 1, "status": status})
}

#[tokio::test]
async fn a_request_carries_key_version_budget_and_no_json() {
    let fake = FakeStripe::answering([ok(&session("open")), ok(&session("open"))]);
    let stripe = fake.client();
    stripe.open_session_frozen("mode=subscription", "cs:ord_1:1").await.unwrap();
    stripe.load_session("cs_1").await.unwrap();
    let asked = fake.asked();
    assert_eq!(asked[0].headers["authorization"], format!("Bearer {}", crate::fake::KEY));
    assert!(asked[0].headers["authorization"].is_sensitive());
    assert_eq!(asked[0].headers["stripe-version"], API_VERSION);
    assert_eq!(asked[0].headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!((asked[0].key.as_deref(), asked[0].budget), (Some("cs:ord_1:1"), Duration::from_secs(30)));
    assert_eq!((asked[1].key.as_deref(), asked[1].budget), (None, Duration::from_secs(15)));
}

#[tokio::test]
async fn a_session_is_opened_with_the_frozen_text() {
    let params = CheckoutSessionParams {
        lines: vec![("price_plan".to_owned(), 1), ("price_addon".to_owned(), 2)],
        success_url: "https://shop.test/done?session={CHECKOUT_SESSION_ID}".to_owned(),
        cancel_url: Some("https://shop.test/back".to_owned()),
        client_reference: "ord_1".to_owned(),
        metadata: metadata(),
        customer: "cus_1".to_owned(),
        expires_at: at(1_767_227_280),
        payment_methods: vec!["card".to_owned()],
    };
    let frozen = params.to_form();
    assert_eq!(frozen, params.clone().to_form());
    let fake = FakeStripe::answering([ok(&session("open"))]);
    fake.client().open_session_frozen(&frozen, "cs:ord_1:1").await.unwrap();
    let asked = fake.asked_once();
    assert_eq!((asked.line().as_str(), asked.form.as_str()), ("POST /v1/checkout/sessions", frozen.as_str()));
    let expected = [
        "mode=subscription",
        "line_items[0][price]=price_plan",
        "line_items[0][quantity]=1",
        "line_items[1][price]=price_addon",
        "line_items[1][quantity]=2",
        "customer=cus_1",
        "success_url=https://shop.test/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url=https://shop.test/back",
        "client_reference_id=ord_1",
        "metadata[order]=ord_1",
        "metadata[service]=svc_1",
        "subscription_data[metadata][order]=ord_1",
        "subscription_data[metadata][service]=svc_1",
        "expires_at=1767227280",
        "allowed_payment_method_types[0]=card",
    ];
    assert_eq!(asked.parameters(), expected);
}

#[tokio::test]
async fn a_session_that_can_no_longer_be_closed_is_read_again() {
    let no = || refused(400, "invalid_request_error", "", "");
    let fake = FakeStripe::answering([no(), ok(&session("complete"))]);
    let found = fake.client().expire_session("cs_1").await.unwrap();
    assert_eq!(found.status, SessionStatus::Complete);
    let lines: Vec<String> = fake.asked().iter().map(crate::fake::Asked::line).collect();
    assert_eq!(lines, ["POST /v1/checkout/sessions/cs_1/expire", "GET /v1/checkout/sessions/cs_1"]);
    let fake = FakeStripe::answering([no(), ok(&session("open"))]);
    assert!(matches!(fake.client().expire_session("cs_1").await, Err(StripeError::Refused { status: 400, .. })));
    let fake = FakeStripe::answering([ok(&session("expired"))]);
    assert_eq!(fake.client().expire_session("cs_1").await.unwrap().status, SessionStatus::Expired);
}

#[tokio::test]
async fn lost_sessions_are_looked_for_by_time_and_customer() {
    let fake = FakeStripe::answering([ok(&list(&[session("open")]))]);
    let found = fake.client().list_sessions(at(1_767_225_600), Some("cus_1")).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(fake.asked_once().parameters(), ["created[gte]=1767225600", "customer=cus_1", "limit=100"]);
}

#[tokio::test]
async fn a_subscription_cancelled_twice_is_cancelled() {
    let missing = || refused(404, "invalid_request_error", "resource_missing", "id");
    let fake = FakeStripe::answering([missing(), ok(&subscription("canceled"))]);
    let ended = fake.client().cancel_subscription("sub_1").await.unwrap();
    assert_eq!(ended.status, SubscriptionStatus::Canceled);
    assert_eq!(fake.asked()[0].line(), "DELETE /v1/subscriptions/sub_1");
    assert_eq!(fake.asked()[0].budget, Duration::from_secs(30));
    let fake = FakeStripe::answering([missing(), missing()]);
    assert!(fake.client().cancel_subscription("sub_1").await.unwrap_err().is_missing());
    let fake = FakeStripe::answering([missing(), ok(&subscription("active"))]);
    assert!(fake.client().cancel_subscription("sub_1").await.is_err());
}

#[tokio::test]
async fn a_customer_deleted_twice_is_deleted() {
    let gone = json!({"id": "cus_1", "object": "customer", "deleted": true});
    let fake = FakeStripe::answering([ok(&gone), refused(404, "invalid_request_error", "resource_missing", "id")]);
    fake.client().delete_customer("cus_1").await.unwrap();
    fake.client().delete_customer("cus_1").await.unwrap();
    assert_eq!(fake.asked()[0].line(), "DELETE /v1/customers/cus_1");
    let fake = FakeStripe::answering([refused(401, "invalid_request_error", "api_key_expired", "")]);
    assert!(fake.client().delete_customer("cus_1").await.is_err());
}

#[tokio::test]
async fn a_scheduled_end_is_set_in_one_way_and_taken_back_in_both() {
    let fake = FakeStripe::answering([ok(&subscription("active"))]);
    fake.client().set_cancel_at_period_end("sub_1", true).await.unwrap();
    assert_eq!(fake.asked_once().parameters(), ["cancel_at_period_end=true"]);
    let by_portal = json!({"id": "sub_1", "created": 1, "status": "active", "cancel_at": 1_769_904_000});
    let fake = FakeStripe::answering([ok(&by_portal), ok(&subscription("active"))]);
    let kept = fake.client().set_cancel_at_period_end("sub_1", false).await.unwrap();
    assert_eq!(kept.scheduled_end(), None);
    let sent: Vec<_> = fake.asked().iter().map(crate::fake::Asked::parameters).collect();
    assert_eq!(sent, [["cancel_at_period_end=false"], ["cancel_at="]]);
}

#[tokio::test]
async fn the_sweep_lists_ended_subscriptions_too_page_by_page() {
    let fake = FakeStripe::answering([ok(&page(&[subscription("active")])), ok(&list(&[]))]);
    let stripe = fake.client();
    let first = stripe.list_subscriptions(None, Some(at(7))).await.unwrap();
    let second = stripe.list_subscriptions(first.next.as_deref(), Some(at(7))).await.unwrap();
    assert_eq!((first.next.as_deref(), second.next), (Some("sub_1"), None));
    assert_eq!(fake.asked()[1].parameters(), ["status=all", "created[gte]=7", "limit=100", "starting_after=sub_1"]);
}

#[tokio::test]
async fn a_sweep_asks_for_everything_page_by_page() {
    let charge = json!({"id": "ch_1", "created": 1, "amount": 5, "amount_refunded": 0, "currency": "eur", "status": "succeeded"});
    let fake = FakeStripe::answering([ok(&page(&[charge])), ok(&list(&[]))]);
    let stripe = fake.client();
    let first = stripe.sweep_charges(None).await.unwrap();
    let second = stripe.sweep_charges(first.next.as_deref()).await.unwrap();
    assert_eq!((first.items.len(), first.next.as_deref(), second.next), (1, Some("ch_1"), None));
    assert_eq!(fake.asked()[1].parameters(), ["limit=100", "starting_after=ch_1"]);

    let fake = FakeStripe::answering((0..5).map(|_| ok(&list(&[]))));
    let stripe = fake.client();
    stripe.sweep_invoices(None).await.unwrap();
    stripe.sweep_invoice_payments(None).await.unwrap();
    stripe.sweep_refunds(None).await.unwrap();
    stripe.sweep_disputes(None).await.unwrap();
    stripe.sweep_sessions(None).await.unwrap();
    let asked: Vec<String> = fake.asked().iter().map(|asked| format!("{}?{}", asked.path, asked.form)).collect();
    let expected = ["invoices", "invoice_payments", "refunds", "disputes", "checkout/sessions"];
    assert_eq!(asked, expected.map(|kind| format!("/v1/{kind}?limit=100")));
}

#[tokio::test]
async fn customers_are_created_with_a_key_and_changed_without() {
    let customer = json!({"id": "cus_1", "created": 1, "email": "ada@example.test", "metadata": {"order": "ord_1"}});
    let fake = FakeStripe::answering([ok(&customer), ok(&customer)]);
    let stripe = fake.client();
    let params = CustomerParams { email: Some("ada@example.test".to_owned()), name: None, metadata: metadata() };
    let created = stripe.create_customer(&params, "customer:acc_1").await.unwrap();
    assert_eq!((created.id.as_str(), created.metadata["order"].as_str()), ("cus_1", "ord_1"));
    stripe.update_customer("cus_1", &CustomerParams { email: None, ..params }).await.unwrap();
    let asked = fake.asked();
    assert_eq!((asked[0].line().as_str(), asked[0].key.as_deref()), ("POST /v1/customers", Some("customer:acc_1")));
    assert_eq!(asked[0].parameters(), ["email=ada@example.test", "metadata[order]=ord_1", "metadata[service]=svc_1"]);
    assert_eq!((asked[1].line().as_str(), asked[1].key.as_deref()), ("POST /v1/customers/cus_1", None));
    assert_eq!(asked[1].parameters(), ["metadata[order]=ord_1", "metadata[service]=svc_1"]);
}

#[tokio::test]
async fn a_product_that_exists_already_is_returned_as_it_is() {
    let params =
        ProductParams { name: "Minecraft 4 GB".to_owned(), description: None, active: true, metadata: BTreeMap::new() };
    let product = json!({"id": "givr_mc_4g", "name": "Minecraft", "active": true});
    let exists = refused(400, "invalid_request_error", "resource_already_exists", "id");
    let fake = FakeStripe::answering([exists, ok(&product), ok(&product)]);
    let stripe = fake.client();
    assert_eq!(stripe.create_product("givr_mc_4g", &params).await.unwrap().name, "Minecraft");
    stripe.update_product("givr_mc_4g", &params).await.unwrap();
    let asked = fake.asked();
    assert_eq!(asked[0].parameters(), ["id=givr_mc_4g", "name=Minecraft 4 GB", "active=true"]);
    assert_eq!(asked[1].line(), "GET /v1/products/givr_mc_4g");
    assert_eq!(asked[2].parameters(), ["name=Minecraft 4 GB", "description=", "active=true"]);
}

#[tokio::test]
async fn a_new_price_takes_the_lookup_key_over() {
    let answer = json!({"id": "price_1", "product": {"id": "prod_1"}, "currency": "usd", "unit_amount": 1399, "active": true,
        "lookup_key": "mc-4g-quarterly", "recurring": {"interval": "month", "interval_count": 3}});
    let fake = FakeStripe::answering([ok(&answer), ok(&answer)]);
    let new = NewPrice {
        product: "prod_1".to_owned(),
        lookup_key: "mc-4g-quarterly".to_owned(),
        unit_amount: Money::new(1399, Currency::USD),
        interval: Interval::Month,
        interval_count: 3,
        tax_behavior: Some("exclusive".to_owned()),
        metadata: BTreeMap::new(),
    };
    let stripe = fake.client();
    let price = stripe.create_price(&new, "price:mc-4g-quarterly:1399").await.unwrap();
    assert_eq!((price.interval, price.interval_count), (Some(Interval::Month), 3));
    assert_eq!((price.product.as_deref(), price.unit_amount), (Some("prod_1"), Some(new.unit_amount)));
    stripe.archive_price("price_1").await.unwrap();
    let expected = [
        "product=prod_1",
        "currency=usd",
        "unit_amount=1399",
        "recurring[interval]=month",
        "recurring[interval_count]=3",
        "lookup_key=mc-4g-quarterly",
        "transfer_lookup_key=true",
        "tax_behavior=exclusive",
    ];
    assert_eq!(fake.asked()[0].parameters(), expected);
    assert_eq!(fake.asked()[1].parameters(), ["active=false"]);
}

#[tokio::test]
async fn prices_are_looked_up_ten_names_at_a_time() {
    let price = |id: &str| json!({"id": id, "active": true});
    let fake = FakeStripe::answering([ok(&list(&[price("price_1")])), ok(&list(&[price("price_2")]))]);
    let names: Vec<String> = (0..11).map(|number| format!("key-{number}")).collect();
    let prices = fake.client().find_prices_by_lookup_keys(&names).await.unwrap();
    assert_eq!(prices.len(), 2);
    assert_eq!(fake.asked()[0].parameters().len(), 11);
    assert_eq!(fake.asked()[1].parameters(), ["lookup_keys[0]=key-10", "limit=100"]);
}

#[tokio::test]
async fn events_since_a_time_are_walked_back_to_it() {
    let row = |id: &str| json!({"id": id, "object": "event", "type": "invoice.paid"});
    let fake = FakeStripe::answering([ok(&page(&[row("evt_3"), row("evt_2")])), ok(&list(&[row("evt_1")]))]);
    let stripe = fake.client();
    let first = stripe.list_events(&EventCursor::Since(at(100)), &["invoice.paid"]).await.unwrap();
    assert_eq!(first.events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["evt_2", "evt_3"]);
    let second = stripe.list_events(first.next.as_ref().unwrap(), &[]).await.unwrap();
    assert_eq!(second.next, None);
    assert_eq!(fake.asked()[0].parameters(), ["limit=100", "types[0]=invoice.paid", "created[gte]=100"]);
    assert_eq!(fake.asked()[1].parameters(), ["limit=100", "created[gte]=100", "starting_after=evt_2"]);
}

#[tokio::test]
async fn an_event_is_read_softly_and_keeps_its_text() {
    let sample = example("invoice.paid");
    let odd = json!({"object": "event", "type": 7});
    let fake = FakeStripe::answering([ok(&list(std::slice::from_ref(sample))), ok(&list(&[odd]))]);
    let stripe = fake.client();
    let event = stripe.list_newest_event().await.unwrap().unwrap();
    assert_eq!((event.id.as_str(), event.kind.as_str()), ("evt_000004", "invoice.paid"));
    assert_eq!((event.object_id.as_deref(), event.object_kind.as_deref()), (Some("in_1First"), Some("invoice")));
    assert_eq!((event.created, event.live), (Some(at(1_767_225_604)), Some(false)));
    assert_eq!(serde_json::from_str::<Value>(&event.body).unwrap(), *sample);
    let page = stripe.list_events(&EventCursor::Since(at(1)), &[]).await.unwrap();
    assert!(page.events[0].id.starts_with("body:"));
    assert_eq!(page.events[0].kind, "unreadable");
}

#[tokio::test]
async fn every_kind_that_we_handle_can_be_asked_for() {
    let groups: Vec<&[&str]> = HANDLED_EVENTS.chunks(MAX_EVENT_TYPES).collect();
    let fake = FakeStripe::answering(groups.iter().map(|_| ok(&list(&[]))));
    let stripe = fake.client();
    for group in groups {
        stripe.list_events(&EventCursor::Since(at(1)), group).await.unwrap();
    }
    let endpoint = json!({"id": "we_1", "url": "https://shop.test/webhooks/stripe", "status": "enabled", "secret": "whsec_1",
        "enabled_events": HANDLED_EVENTS, "api_version": API_VERSION});
    let fake = FakeStripe::answering([ok(&list(std::slice::from_ref(&endpoint))), ok(&endpoint)]);
    let stripe = fake.client();
    assert!(stripe.list_webhook_endpoints().await.unwrap()[0].enabled);
    let new = NewWebhookEndpoint {
        url: "https://shop.test/webhooks/stripe".to_owned(),
        events: HANDLED_EVENTS.map(str::to_owned).to_vec(),
        description: "the shop".to_owned(),
    };
    let created = stripe.create_webhook_endpoint(&new, "endpoint:1").await.unwrap();
    assert!(!format!("{created:?}").contains("whsec_1"));
    assert_eq!(created.secret.map(|secret| secret.expose_secret().to_owned()).as_deref(), Some("whsec_1"));
}

#[tokio::test]
async fn the_portal_is_opened_for_one_customer() {
    let fake = FakeStripe::answering([ok(&json!({"id": "bps_1", "url": "https://billing.stripe.test/p/session/1"}))]);
    let url = fake.client().open_portal("cus_1", "https://shop.test/billing").await.unwrap();
    assert_eq!(url, "https://billing.stripe.test/p/session/1");
    assert_eq!(fake.asked_once().parameters(), ["customer=cus_1", "return_url=https://shop.test/billing"]);
}

#[tokio::test]
async fn the_smoke_test_pays_with_a_card_on_file() {
    let fake =
        FakeStripe::answering([ok(&json!({"id": "pm_1", "object": "payment_method"})), ok(&subscription("active"))]);
    let stripe = fake.client();
    let card = stripe.attach_payment_method("pm_card_visa", "cus_1", "attach:1").await.unwrap();
    let new = NewSubscription {
        customer: "cus_1".to_owned(),
        lines: vec![("price_1".to_owned(), 1)],
        metadata: metadata(),
        payment_method: card,
    };
    stripe.create_subscription(&new, "sub:1").await.unwrap();
    let asked = fake.asked();
    assert_eq!(asked[0].line(), "POST /v1/payment_methods/pm_card_visa/attach");
    let expected = [
        "customer=cus_1",
        "items[0][price]=price_1",
        "items[0][quantity]=1",
        "metadata[order]=ord_1",
        "metadata[service]=svc_1",
        "default_payment_method=pm_1",
        "payment_behavior=error_if_incomplete",
    ];
    assert_eq!((asked[1].parameters(), asked[1].key.as_deref()), (expected.map(str::to_owned).to_vec(), Some("sub:1")));
}

//! Answers made from the contract's schemas: the least that Stripe may say, and about the most. Every call has to read both.

use crate::contract;
use crate::fake::{FakeStripe, ok};
use billing::*;
use domain::money::{Currency, Money};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::future::Future;

/// How much an answer says.
#[derive(Clone, Copy, PartialEq)]
enum Amount {
    /// Only what is required, null wherever null is allowed, lists empty, references as ids.
    Least,
    /// All that is known, lists with one row, references as objects.
    Most,
}

fn sample(schema: &'static Value, amount: Amount, depth: usize) -> Value {
    let schema = contract::resolve(schema);
    // Objects refer to each other in circles; further down the least is enough.
    let amount = if depth > 6 { Amount::Least } else { amount };
    if let Some(word) = schema.get("const") {
        return word.clone();
    }
    if let Some(words) = schema["enum"].as_array() {
        let null = words.iter().find(|word| word.is_null()).filter(|_| amount == Amount::Least);
        return null.or(words.first()).unwrap().clone();
    }
    for ways in ["anyOf", "allOf"] {
        if let Some(ways) = schema[ways].as_array() {
            return sample(chosen(ways, amount), amount, depth);
        }
    }
    match chosen_type(&schema["type"], amount) {
        "object" => object(schema, amount, depth),
        "array" if amount == Amount::Most => Value::from(vec![sample(&schema["items"], amount, depth + 1)]),
        "array" => Value::from(Vec::<Value>::new()),
        "integer" | "number" => Value::from(1_767_225_600),
        "boolean" => Value::from(amount == Amount::Most),
        "null" => Value::Null,
        _ => Value::from("usd"),
    }
}

fn object(schema: &'static Value, amount: Amount, depth: usize) -> Value {
    let mut fields = Map::new();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if amount == Amount::Least && !required.contains(&name.as_str()) {
            continue;
        }
        // A longer list would have to be followed, and this one has no end.
        let value = if name == "has_more" { Value::from(false) } else { sample(field, amount, depth + 1) };
        fields.insert(name.clone(), value);
    }
    if amount == Amount::Most && schema["additionalProperties"].is_object() {
        fields.insert("order".to_owned(), sample(&schema["additionalProperties"], amount, depth + 1));
    }
    Value::Object(fields)
}

/// Null or an id for the least, an object for the most.
fn chosen(ways: &'static [Value], amount: Amount) -> &'static Value {
    let with = |word: &str| ways.iter().find(|way| chosen_type(&contract::resolve(way)["type"], amount) == word);
    let found = match amount {
        Amount::Least => with("null"),
        Amount::Most => with("object"),
    };
    found.unwrap_or(&ways[0])
}

fn chosen_type(types: &'static Value, amount: Amount) -> &'static str {
    let Some(words) = types.as_array() else {
        return types.as_str().unwrap_or_default();
    };
    let mut words = words.iter().filter_map(Value::as_str);
    let found = words.clone().find(|word| (*word == "null") == (amount == Amount::Least));
    found.or_else(|| words.next()).unwrap_or_default()
}

/// Makes the call twice, answered with the least and with the most of what the contract says about `operation`.
async fn reads<T, F: Future<Output = Result<T, StripeError>>>(operation: &str, call: impl Fn(Stripe) -> F) -> [T; 2] {
    let (method, path) = operation.split_once(' ').unwrap();
    let mut read = Vec::new();
    for amount in [Amount::Least, Amount::Most] {
        let answer = sample(contract::answer_schema(method, path), amount, 0);
        let fake = FakeStripe::answering([ok(&answer)]);
        read.push(call(fake.client()).await.unwrap_or_else(|error| panic!("{operation}: {error}\n{answer:#}")));
        assert_eq!(fake.asked_once().method, method);
    }
    read.try_into().unwrap_or_else(|_| unreachable!("two answers were read"))
}

#[tokio::test]
async fn reads_understand_the_least_and_the_most() {
    let [least, most] =
        reads("GET /v1/checkout/sessions/{id}", |stripe| async move { stripe.load_session("cs_1").await }).await;
    assert_eq!(least.subscription, None);
    assert_eq!((most.subscription.as_deref(), most.metadata.len()), (Some("usd"), 1));
    let [least, most] =
        reads("GET /v1/subscriptions/{id}", |stripe| async move { stripe.load_subscription("sub_1").await }).await;
    assert_eq!((least.scheduled_end(), least.items.len()), (None, 0));
    assert!(most.scheduled_end().is_some() && most.period_end().is_some() && most.items[0].price_id.is_some());
    let [least, most] = reads("GET /v1/invoices/{id}", |stripe| async move { stripe.load_invoice("in_1").await }).await;
    assert_eq!((least.period(), least.subscription), (None, None));
    assert!(most.subscription.is_some() && most.lines[0].price_id.is_some() && most.lines[0].proration);
    reads("GET /v1/disputes/{id}", |stripe| async move { stripe.load_dispute("du_1").await }).await;
    reads("GET /v1/refunds/{id}", |stripe| async move { stripe.load_refund("re_1").await }).await;
    reads("GET /v1/products/{id}", |stripe| async move { stripe.load_product("prod_1").await }).await;
}

#[tokio::test]
async fn lists_understand_the_least_and_the_most() {
    let since = Timestamp::UNIX_EPOCH;
    let [least, most] =
        reads("GET /v1/subscriptions", |stripe| async move { stripe.list_subscriptions(None, None).await }).await;
    assert_eq!((least.items.len(), most.items.len()), (0, 1));
    let [least, most] =
        reads("GET /v1/invoice_payments", |stripe| async move { stripe.list_invoice_payments("in_1").await }).await;
    assert_eq!((least.len(), most[0].invoice.as_str()), (0, "usd"));
    assert!(matches!(most[0].paid_with, PaidWith::PaymentIntent(_)), "{most:?}");
    let [_, most] = reads("GET /v1/charges", |stripe| async move { stripe.sweep_charges(None).await }).await;
    assert!(most.items[0].refunded && most.items[0].disputed);
    let [_, most] =
        reads("GET /v1/customers", |stripe| async move { stripe.list_customers("ada@example.test").await }).await;
    assert_eq!(most[0].metadata.len(), 1);
    reads("GET /v1/checkout/sessions", |stripe| async move { stripe.list_sessions(since, None).await }).await;
    reads("GET /v1/invoices", |stripe| async move { stripe.list_invoices("sub_1").await }).await;
    reads("GET /v1/refunds", |stripe| async move { stripe.list_refunds("pi_1").await }).await;
    reads("GET /v1/prices", |stripe| async move { stripe.find_prices_by_lookup_keys(&["a"]).await }).await;
    reads("GET /v1/webhook_endpoints", |stripe| async move { stripe.list_webhook_endpoints().await }).await;
    let [_, most] =
        reads("GET /v1/events", |stripe| async move { stripe.list_events(&EventCursor::Since(since), &[]).await })
            .await;
    assert_eq!(most.events.len(), 1);
}

#[tokio::test]
async fn changes_understand_the_least_and_the_most() {
    let customer = CustomerParams { email: None, name: Some("Ada".to_owned()), metadata: BTreeMap::new() };
    let product = ProductParams { name: "A".to_owned(), description: None, active: true, metadata: BTreeMap::new() };
    let price = NewPrice {
        product: "prod_1".to_owned(),
        lookup_key: "a".to_owned(),
        unit_amount: Money::new(1, Currency::USD),
        interval: Interval::Year,
        interval_count: 1,
        tax_behavior: None,
        metadata: BTreeMap::new(),
    };
    let refund = RefundParams { payment_intent: "pi_1".to_owned(), metadata: BTreeMap::new() };
    let endpoint = NewWebhookEndpoint {
        url: "https://a.test/".to_owned(),
        events: vec!["invoice.paid".to_owned()],
        description: "a".to_owned(),
    };
    let subscription = NewSubscription {
        customer: "cus_1".to_owned(),
        lines: vec![("price_1".to_owned(), 1)],
        metadata: BTreeMap::new(),
        payment_method: "pm_1".to_owned(),
    };
    let (customer, product, price, refund) = (&customer, &product, &price, &refund);
    let (endpoint, subscription) = (&endpoint, &subscription);
    reads("POST /v1/customers", |stripe| async move { stripe.create_customer(customer, "k").await }).await;
    reads("POST /v1/customers/{id}", |stripe| async move { stripe.update_customer("cus_1", customer).await }).await;
    reads(
        "POST /v1/checkout/sessions",
        |stripe| async move { stripe.open_session_frozen("mode=subscription", "k").await },
    )
    .await;
    reads("POST /v1/checkout/sessions/{id}/expire", |stripe| async move { stripe.expire_session("cs_1").await }).await;
    reads("POST /v1/subscriptions/{id}", |stripe| async move { stripe.set_cancel_at_period_end("sub_1", true).await })
        .await;
    reads("DELETE /v1/subscriptions/{id}", |stripe| async move { stripe.cancel_subscription("sub_1").await }).await;
    reads("POST /v1/subscriptions", |stripe| async move { stripe.create_subscription(subscription, "k").await }).await;
    reads("POST /v1/payment_methods/{id}/attach", |stripe| async move {
        stripe.attach_payment_method("pm_card_visa", "cus_1", "k").await
    })
    .await;
    reads("POST /v1/refunds", |stripe| async move { stripe.create_refund(refund, "k").await }).await;
    reads("POST /v1/products", |stripe| async move { stripe.create_product("prod_1", product).await }).await;
    reads("POST /v1/products/{id}", |stripe| async move { stripe.update_product("prod_1", product).await }).await;
    reads("POST /v1/prices", |stripe| async move { stripe.create_price(price, "k").await }).await;
    reads("POST /v1/prices/{id}", |stripe| async move { stripe.archive_price("price_1").await }).await;
    reads(
        "POST /v1/billing_portal/sessions",
        |stripe| async move { stripe.open_portal("cus_1", "https://a.test/").await },
    )
    .await;
    let [_, created] =
        reads(
            "POST /v1/webhook_endpoints",
            |stripe| async move { stripe.create_webhook_endpoint(endpoint, "k").await },
        )
        .await;
    assert!(created.secret.is_some());
}

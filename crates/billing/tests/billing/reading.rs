//! Both shapes of Stripe's objects, the contract's sample events, and answers that lack what they may lack.

use crate::contract::example;
use crate::fake::{FakeStripe, list, ok};
use billing::*;
use domain::money::{Currency, Money};
use jiff::Timestamp;
use serde_json::{Value, json};

fn at(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

fn eur(minor: i64) -> Option<Money> {
    Some(Money::new(minor, Currency::EUR))
}

fn object(kind: &str) -> &'static Value {
    &example(kind)["data"]["object"]
}

async fn subscription(answer: &Value) -> Subscription {
    FakeStripe::answering([ok(answer)]).client().load_subscription("sub_1").await.unwrap()
}

async fn invoice(answer: &Value) -> Invoice {
    FakeStripe::answering([ok(answer)]).client().load_invoice("in_1").await.unwrap()
}

#[tokio::test]
async fn the_sample_session_is_read() {
    let stripe = FakeStripe::answering([ok(object("checkout.session.completed"))]).client();
    let session = stripe.load_session("cs_test_a1B2").await.unwrap();
    assert!(session.is_settled());
    assert_eq!((session.status, session.payment), (SessionStatus::Complete, SessionPayment::Paid));
    assert_eq!(session.client_reference.as_deref(), Some("ord_01J8Z3"));
    assert_eq!(session.metadata["order_id"], "ord_01J8Z3");
    assert_eq!(session.subscription.as_deref(), Some("sub_1Order"));
    assert_eq!(session.invoice.as_deref(), Some("in_1First"));
    assert_eq!((session.amount_subtotal, session.amount_total), (eur(999), eur(999)));
    assert_eq!((session.expires_at, session.url, session.live), (at(1_767_227_280), None, false));
}

#[tokio::test]
async fn an_amount_below_zero_is_not_read() {
    let mut session = object("checkout.session.completed").clone();
    session["amount_total"] = json!(-999);
    let read = FakeStripe::answering([ok(&session)]).client().load_session("cs_1").await;
    assert!(matches!(read, Err(StripeError::Unreadable { .. })), "{read:?}");
    for field in ["amount", "amount_refunded"] {
        let mut charge = object("charge.refunded").clone();
        charge[field] = json!(-1);
        let read = FakeStripe::answering([ok(&list(&[charge]))]).client().sweep_charges(None).await;
        assert!(matches!(read, Err(StripeError::Unreadable { .. })), "{field}: {read:?}");
    }
    // A credit makes an invoice negative.
    let mut credit = object("invoice.paid").clone();
    credit["total"] = json!(-5);
    assert_eq!(invoice(&credit).await.total, eur(-5));
}

#[tokio::test]
async fn the_sample_subscriptions_are_read() {
    let active = subscription(object("customer.subscription.updated")).await;
    assert_eq!(active.status, SubscriptionStatus::Active);
    assert_eq!(active.items[0].price_id.as_deref(), Some("price_1MC4GBm"));
    assert_eq!((active.items[0].unit_amount, active.items[0].quantity), (eur(999), 1));
    assert_eq!((active.period_end(), active.scheduled_end()), (at(1_769_904_000), None));
    assert!(active.is_live_contract() && active.items_complete && !active.live);
    let ended = subscription(object("customer.subscription.deleted")).await;
    assert_eq!(ended.status, SubscriptionStatus::Canceled);
    assert_eq!((ended.ended_at, ended.scheduled_end()), (at(1_769_904_000), at(1_769_904_000)));
    assert!(!ended.is_live_contract());
    assert!(subscription(object("customer.subscription.created")).await.is_live_contract());
}

#[tokio::test]
async fn the_sample_invoices_are_read() {
    let paid = invoice(object("invoice.paid")).await;
    assert_eq!(
        (paid.status.clone(), paid.billing_reason.clone()),
        (InvoiceStatus::Paid, BillingReason::SubscriptionCreate)
    );
    assert_eq!(paid.subscription.as_deref(), Some("sub_1Order"));
    assert_eq!(paid.subscription_metadata["order_id"], "ord_01J8Z3");
    assert_eq!((paid.total, paid.amount_paid, paid.currency), (eur(999), eur(999), Currency::EUR));
    assert_eq!(paid.period().map(|period| period.end), at(1_769_904_000));
    let failed = invoice(object("invoice.payment_failed")).await;
    assert_eq!((failed.status, failed.billing_reason), (InvoiceStatus::Open, BillingReason::SubscriptionCycle));
    assert_eq!((failed.attempt_count, failed.next_payment_attempt), (1, at(1_770_163_200)));
}

#[tokio::test]
async fn the_sample_charge_refund_and_dispute_are_read() {
    let charges = list(&[object("charge.refunded").clone()]);
    let answers = [&charges, object("refund.created"), object("charge.dispute.created")].map(ok);
    let stripe = FakeStripe::answering(answers).client();
    let charge = stripe.sweep_charges(None).await.unwrap().items.remove(0);
    assert_eq!((Some(charge.amount), Some(charge.amount_refunded), charge.refunded), (eur(999), eur(500), false));
    assert_eq!(charge.payment_intent.as_deref(), Some("pi_1A"));
    let refund = stripe.load_refund("re_1A").await.unwrap();
    assert_eq!((refund.status, Some(refund.amount)), (RefundStatus::Succeeded, eur(500)));
    assert!(refund.metadata.is_empty());
    let dispute = stripe.load_dispute("du_1A").await.unwrap();
    assert_eq!((dispute.status, dispute.reason.as_str()), (DisputeStatus::NeedsResponse, "fraudulent"));
}

#[tokio::test]
async fn a_subscription_from_before_basil_has_the_period_of_the_whole() {
    let old = json!({"id": "sub_1", "status": "active", "created": 1, "current_period_end": 1_769_904_000,
        "cancel_at_period_end": true, "customer": {"id": "cus_1", "object": "customer"},
        "items": {"data": [{"id": "si_1", "price": {"id": "price_1", "currency": "EUR", "unit_amount": 999}}]}});
    let subscription = subscription(&old).await;
    assert_eq!(subscription.period_end(), at(1_769_904_000));
    assert_eq!(subscription.scheduled_end(), at(1_769_904_000));
    assert_eq!(subscription.customer.as_deref(), Some("cus_1"));
    assert_eq!(subscription.items[0].unit_amount, eur(999));
}

#[tokio::test]
async fn an_end_set_by_the_portal_in_flexible_billing_mode_is_an_end() {
    let mut flexible = object("customer.subscription.updated").clone();
    flexible["cancel_at"] = json!(1_769_904_000);
    assert_eq!(subscription(&flexible).await.scheduled_end(), at(1_769_904_000));
}

#[tokio::test]
async fn the_latest_period_of_all_items_counts() {
    let items =
        json!([{"id": "si_1", "current_period_end": 100}, {"id": "si_2", "current_period_end": 200}, {"id": "si_3"}]);
    let subscription = subscription(&json!({"id": "sub_1", "created": 1, "items": {"data": items}})).await;
    assert_eq!(subscription.period_end(), at(200));
    assert_eq!(subscription.status, SubscriptionStatus::Other(String::new()));
    assert!(subscription.is_live_contract());
}

#[tokio::test]
async fn items_that_did_not_fit_are_fetched() {
    let mut first = object("customer.subscription.updated").clone();
    first["items"]["has_more"] = json!(true);
    let rest =
        list(&[json!({"id": "si_Q1", "price": {"id": "price_1"}}), json!({"id": "si_Q2", "price": {"id": "price_2"}})]);
    let fake = FakeStripe::answering([ok(&first), ok(&rest)]);
    let subscription = fake.client().load_subscription("sub_1Order").await.unwrap();
    assert_eq!(subscription.items.len(), 2);
    assert!(subscription.items_complete);
    assert_eq!(fake.asked()[1].parameters(), ["subscription=sub_1Order", "limit=100"]);
}

#[tokio::test]
async fn invoices_of_both_shapes_name_subscription_prices_and_periods() {
    let period = json!({"start": 100, "end": 200});
    let old = json!({"id": "in_1", "created": 1, "currency": "eur", "status": "paid", "subscription": "sub_1",
        "subscription_details": {"metadata": {"order_id": "ord_1"}},
        "lines": {"data": [{"id": "il_1", "amount": 5, "currency": "eur", "price": {"id": "price_1"}, "period": period, "proration": false},
                           {"id": "il_2", "price": {"id": "price_0"}, "period": {"start": 100, "end": 900}, "proration": true}]}});
    let new = json!({"id": "in_1", "created": 1, "currency": "eur", "status": "paid",
        "parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_1", "metadata": {"order_id": "ord_1"}}},
        "lines": {"data": [{"id": "il_1", "amount": 5, "currency": "eur", "period": period,
                            "pricing": {"type": "price_details", "price_details": {"price": "price_1"}},
                            "parent": {"type": "subscription_item_details", "subscription_item_details": {"proration": false}}},
                           {"id": "il_2", "period": {"start": 100, "end": 900},
                            "pricing": {"type": "price_details", "price_details": {"price": "price_0"}},
                            "parent": {"type": "subscription_item_details", "subscription_item_details": {"proration": true}}}]}});
    let (old, new) = (invoice(&old).await, invoice(&new).await);
    assert_eq!(old, new);
    assert_eq!(new.subscription.as_deref(), Some("sub_1"));
    assert_eq!(new.subscription_metadata["order_id"], "ord_1");
    assert_eq!(new.lines[0].price_id.as_deref(), Some("price_1"));
    assert_eq!(new.period(), Some(Period { start: at(100).unwrap(), end: at(200).unwrap() }));
}

#[tokio::test]
async fn unknown_words_and_fields_are_kept_or_ignored_and_optional_ones_may_be_missing() {
    let strange = json!({"id": "cs_1", "object": "checkout.session", "created": 1, "status": "paused_for_review",
        "payment_status": "partly", "hologram": {"deep": [1, 2, {}]}, "currency": "euros", "amount_total": 5});
    let stripe = FakeStripe::answering([ok(&strange)]).client();
    let session = stripe.load_session("cs_1").await.unwrap();
    assert_eq!(session.status, SessionStatus::Other("paused_for_review".to_owned()));
    assert_eq!(session.payment.as_str(), "partly");
    assert!(!session.is_settled());
    assert_eq!((session.amount_total, session.url, session.expires_at), (None, None, None));
}

#[tokio::test]
async fn an_object_that_does_not_say_its_mode_has_the_mode_of_the_key() {
    let bare = json!({"id": "cs_1", "created": 1});
    for (key, live) in [("sk_test_1", false), ("sk_live_1", true)] {
        let stripe = FakeStripe::answering([ok(&bare)]).client_with(key, 0);
        assert_eq!(stripe.load_session("cs_1").await.unwrap().live, live);
    }
    let foreign = json!({"id": "cs_1", "created": 1, "livemode": true});
    let stripe = FakeStripe::answering([ok(&foreign)]).client();
    assert!(stripe.load_session("cs_1").await.unwrap().live);
}

#[tokio::test]
async fn a_charge_that_hides_what_went_back_is_not_read() {
    let charge = json!({"id": "ch_1", "amount": 5, "currency": "eur", "created": 1});
    let error = FakeStripe::answering([ok(&list(&[charge]))]).client().sweep_charges(None).await.unwrap_err();
    assert!(matches!(error, StripeError::Unreadable { .. }), "{error:?}");
}

#[tokio::test]
async fn the_payment_of_an_invoice_is_an_intent_a_charge_or_something_else() {
    let row = |id: &str, payment: Value| {
        json!({"id": id, "invoice": "in_1", "status": "paid", "amount_paid": 999, "currency": "eur",
        "is_default": true, "created": 1, "payment": payment})
    };
    let rows = [
        row("inpay_1", json!({"type": "payment_intent", "payment_intent": "pi_1"})),
        row("inpay_2", json!({"type": "charge", "charge": {"id": "ch_1"}})),
        row("inpay_3", json!({"type": "payment_record", "payment_record": "prec_1"})),
    ];
    let stripe = FakeStripe::answering([ok(&list(&rows))]).client();
    let payments = stripe.list_invoice_payments("in_1").await.unwrap();
    let with: Vec<PaidWith> = payments.into_iter().map(|payment| payment.paid_with).collect();
    assert_eq!(
        with,
        [PaidWith::PaymentIntent("pi_1".to_owned()), PaidWith::Charge("ch_1".to_owned()), PaidWith::Other]
    );
}

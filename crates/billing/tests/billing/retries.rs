//! What is repeated, how often, after which pause and with which bytes.

use crate::fake::{FakeStripe, lost, never_sent, ok, refund, refused, status};
use billing::{RefundParams, StripeError, Until};
use domain::call::CallFailure;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

fn all_back() -> RefundParams {
    RefundParams {
        payment_intent: "pi_1".to_owned(),
        metadata: BTreeMap::from([("refund".to_owned(), "rfd_1".to_owned()), ("order".to_owned(), "ord_1".to_owned())]),
    }
}

#[tokio::test]
async fn a_change_is_repeated_with_the_same_key_and_the_same_bytes_until_it_is_answered() {
    let fake = FakeStripe::answering([
        lost(),
        status(500, &[], &Value::Null),
        status(409, &[], &Value::Null),
        ok(&refund("re_1")),
    ]);
    let refund = fake.client().create_refund(&all_back(), "refund:rfd_1").await.unwrap();
    assert_eq!(refund.id, "re_1");
    let asked = fake.asked();
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().all(|again| *again == asked[0]), "{asked:?}");
    assert_eq!(asked[0].key.as_deref(), Some("refund:rfd_1"));
    assert_eq!(asked[0].parameters(), ["payment_intent=pi_1", "metadata[order]=ord_1", "metadata[refund]=rfd_1"]);
}

#[tokio::test]
async fn pauses_grow_and_the_fourth_try_is_the_last() {
    let fake = FakeStripe::answering([lost(), lost(), lost(), lost()]);
    let error = fake.client().create_refund(&all_back(), "k").await.unwrap_err();
    assert!(error.is_in_doubt(), "{error}");
    let pauses: Vec<f64> = fake.pauses().iter().map(Duration::as_secs_f64).collect();
    assert_eq!(pauses.len(), 3);
    for (pause, middle) in pauses.iter().zip([0.5, 1.0, 2.0]) {
        assert!((middle * 0.5..=middle * 1.5).contains(pause), "{pauses:?}");
    }
}

#[tokio::test]
async fn a_client_without_repetitions_tries_once() {
    let fake = FakeStripe::answering([never_sent()]);
    let error = fake.client_with(crate::fake::KEY, 0).load_refund("re_1").await.unwrap_err();
    assert!(matches!(error, StripeError::Unreachable { call: "load_refund", .. }), "{error:?}");
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn a_bad_request_is_not_repeated() {
    for code in [400, 401, 402, 403, 404, 424] {
        let fake = FakeStripe::answering([refused(code, "invalid_request_error", "x", "y")]);
        fake.client().create_refund(&all_back(), "k").await.unwrap_err();
        assert_eq!(fake.asked().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn the_pause_that_stripe_asks_for_is_kept() {
    let busy = || status(429, &[("retry-after", "7")], &Value::Null);
    let fake = FakeStripe::answering([busy(), ok(&refund("re_1"))]);
    fake.client().load_refund("re_1").await.unwrap();
    assert_eq!(fake.pauses(), [Duration::from_secs(7)]);
}

#[tokio::test]
async fn a_pause_of_more_than_a_minute_is_left_to_the_caller() {
    let fake = FakeStripe::answering([status(429, &[("retry-after", "61")], &Value::Null)]);
    let error = fake.client().load_refund("re_1").await.unwrap_err();
    let until = Some(Until::After(Duration::from_secs(61)));
    assert!(
        matches!(&error, StripeError::NotNow { until: found, status: Some(429), .. } if *found == until),
        "{error:?}"
    );
    let now = Timestamp::from_second(1_000).unwrap();
    assert_eq!(error.retry_at(now), Timestamp::from_second(1_061).ok());
    assert_eq!(fake.pauses(), []);
}

#[tokio::test]
async fn stripes_own_advice_overrides_the_status() {
    let fake = FakeStripe::answering([status(500, &[("stripe-should-retry", "false")], &Value::Null)]);
    fake.client().load_refund("re_1").await.unwrap_err();
    assert_eq!(fake.asked().len(), 1);
    let told = status(400, &[("stripe-should-retry", "true")], &json!({"error": {"type": "api_error"}}));
    let fake = FakeStripe::answering([told, ok(&refund("re_1"))]);
    fake.client().load_refund("re_1").await.unwrap();
    assert_eq!(fake.asked().len(), 2);
}

#[tokio::test]
async fn a_lost_answer_stays_in_doubt_when_the_last_try_does_not_get_through() {
    let fake = FakeStripe::answering([lost(), never_sent(), status(429, &[], &Value::Null), never_sent()]);
    let error = fake.client().create_refund(&all_back(), "k").await.unwrap_err();
    assert!(error.is_in_doubt(), "{error:?}");
    let fake = FakeStripe::answering([status(500, &[], &Value::Null), status(401, &[], &Value::Null)]);
    let error = fake.client().create_refund(&all_back(), "k").await.unwrap_err();
    assert!(error.is_in_doubt(), "{error:?}");
}

#[tokio::test]
async fn a_clear_answer_ends_the_doubt() {
    let no = refused(400, "invalid_request_error", "charge_already_refunded", "");
    let fake = FakeStripe::answering([lost(), no]);
    let error = fake.client().create_refund(&all_back(), "k").await.unwrap_err();
    assert_eq!(error.code(), Some("charge_already_refunded"));
}

#[tokio::test]
async fn calls_that_are_held_back_are_not_repeated() {
    let until = Timestamp::from_second(1_767_225_600).unwrap();
    let fake = FakeStripe::answering([Err(CallFailure::HeldBack { until })]);
    let error = fake.client().load_refund("re_1").await.unwrap_err();
    assert!(matches!(error, StripeError::NotNow { status: None, .. }), "{error:?}");
    assert_eq!(error.retry_at(Timestamp::UNIX_EPOCH), Some(until));
}

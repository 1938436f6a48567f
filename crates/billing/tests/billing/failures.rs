//! Each class of failure, and what it keeps to itself.

use crate::fake::{FakeStripe, KEY, list, lost, never_sent, ok, page, refund, refused, status};
use billing::{ErrorKind, EventCursor, RefundParams, SettingsError, Stripe, StripeError, StripeSettings, Transport};
use bytes::Bytes;
use domain::call::CallFailure;
use http::{Request, Response};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

fn all_back() -> RefundParams {
    RefundParams { payment_intent: "pi_1".to_owned(), metadata: BTreeMap::new() }
}

async fn failed_read(answer: Result<Response<Bytes>, CallFailure>) -> StripeError {
    FakeStripe::answering([answer]).client_with(KEY, 0).load_refund("re_1").await.unwrap_err()
}

async fn failed_change(answer: Result<Response<Bytes>, CallFailure>) -> StripeError {
    FakeStripe::answering([answer]).client_with(KEY, 0).create_refund(&all_back(), "k").await.unwrap_err()
}

#[tokio::test]
async fn a_change_without_an_answer_may_have_happened_and_a_read_has_not() {
    assert!(matches!(failed_change(lost()).await, StripeError::OutcomeUnknown { call: "create_refund", .. }));
    assert!(matches!(failed_read(lost()).await, StripeError::Unreachable { call: "load_refund", .. }));
    assert!(matches!(failed_change(never_sent()).await, StripeError::Unreachable { .. }));
    assert!(matches!(failed_read(never_sent()).await, StripeError::Unreachable { .. }));
}

#[tokio::test]
async fn a_server_error_may_have_changed_something() {
    for code in [500, 502, 503, 504] {
        assert!(failed_change(status(code, &[], &Value::Null)).await.is_in_doubt());
        let error = failed_read(status(code, &[], &Value::Null)).await;
        assert!(matches!(error, StripeError::Unreachable { .. }), "{error:?}");
        assert_eq!(error.source().unwrap().to_string(), format!("Stripe answered with status {code}, request req_42"));
    }
}

#[tokio::test]
async fn a_change_whose_answer_cannot_be_read_may_have_happened() {
    assert!(failed_change(ok(&json!("<html>"))).await.is_in_doubt());
    assert!(failed_change(ok(&json!({"id": "re_1"}))).await.is_in_doubt());
}

#[tokio::test]
async fn a_read_whose_answer_cannot_be_read_says_where_without_repeating_it() {
    let error = failed_read(ok(&json!({"id": "re_1", "amount": "ada@example.test"}))).await;
    assert!(matches!(error, StripeError::Unreadable { .. }), "{error:?}");
    let text = format!("{error} {error:?}");
    assert!(text.contains("line 1 column") && text.contains("req_42"), "{text}");
    assert!(!text.contains("ada@"), "{text}");
}

#[tokio::test]
async fn a_refusal_shows_no_key_and_begins_no_line_of_a_log() {
    let (begin, end) = KEY.split_at(9);
    let hostile = format!("{KEY}\nERROR forged\u{1b}[2J {begin}\u{7f}{end}");
    let body = json!({"error": {"type": hostile, "code": hostile, "param": hostile, "message": hostile}});
    let error = failed_read(status(400, &[], &body)).await;
    let text = format!("{error} {error:?}");
    assert!(!text.contains(KEY) && !text.contains(char::is_control), "{text:?}");
}

#[tokio::test]
async fn a_missing_key_or_permission_or_a_busy_object_is_not_now() {
    for (code, about_the_key) in [(401, true), (403, true), (409, false), (424, false), (429, false)] {
        let error = failed_change(status(code, &[], &Value::Null)).await;
        assert!(matches!(error, StripeError::NotNow { status: Some(found), .. } if found == code), "{error:?}");
        assert_eq!(error.is_about_the_key(), about_the_key);
        assert_eq!(
            error.to_string(),
            format!("Stripe does not take create_refund now (status {code}, request req_42)")
        );
    }
}

#[tokio::test]
async fn a_refusal_carries_kind_code_parameter_and_request() {
    let error = failed_change(refused(402, "card_error", "card_declined", "payment_method")).await;
    let StripeError::Refused { status, kind, code, param, message, request_id, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!((*status, *kind), (402, ErrorKind::Card));
    assert_eq!((code.as_deref(), param.as_deref()), (Some("card_declined"), Some("payment_method")));
    assert_eq!(request_id.as_deref(), Some("req_42"));
    assert!(message.starts_with("No such thing"));
    assert_eq!(
        error.to_string(),
        "Stripe refused create_refund: status 402, card_error, card_declined, parameter `payment_method`, request req_42"
    );
}

#[tokio::test]
async fn only_a_missing_object_in_the_path_is_missing() {
    assert!(failed_read(refused(404, "invalid_request_error", "resource_missing", "id")).await.is_missing());
    assert!(
        !failed_read(refused(400, "invalid_request_error", "resource_missing", "line_items[0][price]"))
            .await
            .is_missing()
    );
    assert!(!failed_read(status(404, &[], &json!("a proxy's page"))).await.is_missing());
}

#[tokio::test]
async fn a_redirect_or_a_proxys_page_is_a_refusal_of_unknown_kind() {
    let error = failed_change(status(302, &[("location", "https://elsewhere.test/")], &Value::Null)).await;
    assert!(matches!(error, StripeError::Refused { status: 302, kind: ErrorKind::Unknown, .. }), "{error:?}");
}

#[tokio::test]
async fn the_key_appears_in_no_error_and_no_debug_text() {
    let answers = [
        lost(),
        never_sent(),
        status(401, &[], &Value::Null),
        refused(400, "invalid_request_error", "x", "y"),
        ok(&json!(1)),
    ];
    for answer in answers {
        let error = failed_change(answer).await;
        let text = format!("{error} {error:?} {:?}", error.source().map(ToString::to_string));
        assert!(!text.contains("SecretNobodyMaySee"), "{text}");
        assert!(!error.to_string().contains("ada@example.test"), "{error}");
    }
    let fake = FakeStripe::default();
    assert!(!format!("{:?}", fake.client()).contains("Secret"));
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_not_sent() {
    let fake = FakeStripe::default();
    let stripe = fake.client();
    for error in [
        stripe.load_subscription("").await.unwrap_err(),
        stripe.load_subscription("..").await.unwrap_err(),
        stripe.create_refund(&all_back(), "").await.unwrap_err(),
        stripe.create_refund(&all_back(), "line\nbreak").await.unwrap_err(),
        stripe.create_refund(&all_back(), &"x".repeat(256)).await.unwrap_err(),
        stripe.list_events(&EventCursor::Since(Timestamp::UNIX_EPOCH), &["a.b"; 21]).await.unwrap_err(),
    ] {
        assert!(matches!(error, StripeError::NotSent { .. }), "{error:?}");
    }
    assert_eq!(fake.asked(), []);
}

#[tokio::test]
async fn calls_of_the_smoke_test_need_a_key_of_test_mode() {
    let fake = FakeStripe::default();
    let stripe = fake.client_with("rk_live_1", 3);
    let error = stripe.attach_payment_method("pm_card_visa", "cus_1", "k").await.unwrap_err();
    assert!(matches!(error, StripeError::NotSent { .. }), "{error:?}");
    let subscription = billing::NewSubscription {
        customer: "cus_1".to_owned(),
        lines: vec![("price_1".to_owned(), 1)],
        metadata: BTreeMap::new(),
        payment_method: "pm_1".to_owned(),
    };
    let error = stripe.create_subscription(&subscription, "k").await.unwrap_err();
    assert!(matches!(error, StripeError::NotSent { .. }), "{error:?}");
    assert_eq!(fake.asked(), []);
}

#[tokio::test]
async fn part_of_a_list_is_never_passed_off_as_all_of_it() {
    let fake = FakeStripe::answering((0..10).map(|number| ok(&page(&[refund(&format!("re_{number}"))]))));
    let error = fake.client().list_refunds("pi_1").await.unwrap_err();
    assert!(matches!(error, StripeError::Unreadable { .. }), "{error:?}");
    let fake = FakeStripe::answering([ok(&page(&[refund("re_2")])), ok(&list(&[refund("re_1")]))]);
    let refunds = fake.client().list_refunds("pi_1").await.unwrap();
    assert_eq!(refunds.iter().map(|refund| refund.id.as_str()).collect::<Vec<_>>(), ["re_2", "re_1"]);
    assert_eq!(fake.asked()[1].parameters(), ["payment_intent=pi_1", "limit=100", "starting_after=re_2"]);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let settings = |base: &str, key: &str| {
        let transport = Transport::new(tower::service_fn(|_: Request<Bytes>| async { lost() }));
        let settings = StripeSettings {
            api_base: base.to_owned(),
            secret_key: SecretString::from(key),
            retries: 0,
            sleep: Arc::new(|_| Box::pin(std::future::ready(()))),
        };
        assert!(!format!("{settings:?}").contains("sk_"), "{settings:?}");
        Stripe::new(transport, settings).map(|_| ())
    };
    assert_eq!(settings("https://api.stripe.com", "sk_test_1"), Ok(()));
    assert_eq!(settings("http://api.stripe.com", "sk_test_1"), Err(SettingsError::Unprotected));
    assert_eq!(settings("https://api.stripe.com", "sk_test_1\n"), Err(SettingsError::Key));
    assert_eq!(settings("https://api.stripe.com", ""), Err(SettingsError::Key));
}

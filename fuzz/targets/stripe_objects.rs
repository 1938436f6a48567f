//! Answers of Stripe, of any status and any bytes, through the client's own calls: what is read is what was said, amounts are never
//! below zero, play money is never taken for real money, and no message shows the key.
#![no_main]

use billing::{Charge, CheckoutSession, EventCursor, Refund, Stripe, StripeError};
use domain::money::Money;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use url::Url;

const STATUS: [u16; 12] = [200, 200, 200, 200, 302, 400, 401, 404, 409, 429, 500, 503];

fuzz_target!(|data: &[u8]| {
    let Some((call, rest)) = fuzz::choice(data, 22) else { return };
    let Some((status, rest)) = fuzz::choice(rest, 12) else { return };
    let status = STATUS[usize::from(status)];
    let cut = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (wait, body) = (std::str::from_utf8(&rest[..cut]).ok(), rest.get(cut + 1..).unwrap_or_default());
    let (transport, asked) = fuzz::answering(status, wait, body);
    let stripe = Stripe::new(transport, fuzz::program::stripe_settings()).expect("a client");
    let json = fuzz::json(body);
    let since = Timestamp::UNIX_EPOCH;
    let outcome = match call {
        0 => fuzz::now(stripe.sweep_charges(None)).map(|page| {
            for (index, charge) in page.items.iter().enumerate() {
                assert_charge(charge, &json["data"][index]);
            }
        }),
        1 => fuzz::now(stripe.sweep_disputes(None)).map(|page| {
            for (index, dispute) in page.items.iter().enumerate() {
                assert_amount(Some(dispute.amount));
                assert_live(dispute.live, &json["data"][index]);
            }
        }),
        2 => fuzz::now(stripe.load_session("cs_1")).map(|session| assert_session(&session, &json)),
        3 => fuzz::now(stripe.load_refund("re_1")).map(|refund| assert_refund(&refund, &json)),
        4 => fuzz::now(stripe.load_dispute("du_1")).map(|dispute| assert_live(dispute.live, &json)),
        5 => fuzz::now(stripe.load_invoice("in_1")).map(|invoice| {
            fuzz::assert_says(&json, "id", invoice.id.as_str());
            assert_live(invoice.live, &json);
            fuzz::assert_says(&json, "total", invoice.total.map(|total| total.minor));
            let _ = (invoice.period(), invoice.lines.len());
        }),
        6 => fuzz::now(stripe.load_subscription("sub_1")).map(|subscription| {
            fuzz::assert_says(&json, "id", subscription.id.as_str());
            assert_live(subscription.live, &json);
            let _ = (subscription.scheduled_end(), subscription.period_end());
        }),
        7 => fuzz::now(stripe.list_customers("ada@example.test")).map(|customers| {
            for (index, customer) in customers.iter().enumerate() {
                fuzz::assert_says(&json["data"][index], "id", customer.id.as_str());
            }
        }),
        8 => {
            fuzz::now(stripe.load_product("prod_1")).map(|product| fuzz::assert_says(&json, "id", product.id.as_str()))
        }
        9 => fuzz::now(stripe.find_prices_by_lookup_keys(&["a"])).map(|prices| {
            for price in prices {
                assert_amount(price.unit_amount);
            }
        }),
        10 => fuzz::now(stripe.list_newest_event()).map(|event| {
            assert!(event.is_none_or(|event| !event.id.is_empty() && !event.kind.is_empty()));
        }),
        11 => fuzz::now(stripe.list_events(&EventCursor::Since(since), &[])).map(|page| {
            assert!(json["data"].as_array().is_none_or(|data| data.len() == page.events.len()));
            if page.next.is_some() {
                fuzz::assert_says(&json, "has_more", true);
            }
        }),
        12 => fuzz::now(stripe.list_sessions(since, None)).map(drop),
        13 => fuzz::now(stripe.list_refunds("pi_1")).map(|rows| assert_whole(rows.len(), &json)),
        14 => fuzz::now(stripe.list_invoices("sub_1")).map(|rows| assert_whole(rows.len(), &json)),
        15 => fuzz::now(stripe.list_invoice_payments("in_1")).map(|rows| assert_whole(rows.len(), &json)),
        16 => fuzz::now(stripe.list_subscriptions(None, None)).map(|page| {
            if page.next.is_some() {
                fuzz::assert_says(&json, "has_more", true);
            }
        }),
        17 => fuzz::now(stripe.list_webhook_endpoints()).map(|rows| assert_whole(rows.len(), &json)),
        18 => fuzz::now(stripe.open_portal("cus_1", "https://shop.example/")).map(drop),
        19 => fuzz::now(stripe.attach_payment_method("pm_1", "cus_1", "k")).map(drop),
        20 => fuzz::now(stripe.sweep_invoice_payments(None)).map(|page| {
            for payment in page.items {
                assert_amount(payment.amount_paid);
            }
        }),
        // An id from outside, such as one out of an event, never leads to another address.
        _ => {
            let outcome = fuzz::now(stripe.load_refund(&String::from_utf8_lossy(body))).map(drop);
            for address in asked.lock().expect("a lock").iter() {
                let read = Url::parse(address).expect("an address");
                let rest = read.path().strip_prefix("/v1/refunds/").expect("a refund's path");
                assert!(
                    read.host_str() == Some("api.stripe.com")
                        && !rest.is_empty()
                        && !rest.contains('/')
                        && read.query().is_none()
                );
            }
            outcome
        }
    };
    match outcome {
        Ok(()) => assert!((200..300).contains(&status)),
        Err(error) => assert_honest(&error),
    }
});

fn assert_honest(error: &StripeError) {
    let line = error.to_string();
    fuzz::assert_printable(&line, 2000);
    assert!(!line.contains("sk_test_k") && !format!("{error:?}").contains("sk_test_k"), "{line}");
    let now = Timestamp::UNIX_EPOCH;
    assert!(error.retry_at(now).is_none_or(|at| at >= now));
}

fn assert_charge(charge: &Charge, json: &Value) {
    fuzz::assert_says(&json, "id", charge.id.as_str());
    fuzz::assert_says(json, "amount", charge.amount.minor);
    fuzz::assert_says(json, "amount_refunded", charge.amount_refunded.minor);
    assert_amount(Some(charge.amount));
    assert_amount(Some(charge.amount_refunded));
    assert_live(charge.live, json);
}

fn assert_session(session: &CheckoutSession, json: &Value) {
    fuzz::assert_says(&json, "id", session.id.as_str());
    if session.is_settled() {
        fuzz::assert_says(json, "status", "complete");
        assert!(json["payment_status"] != "unpaid");
    }
    assert_amount(session.amount_total);
    assert_amount(session.amount_subtotal);
    assert_live(session.live, json);
}

fn assert_refund(refund: &Refund, json: &Value) {
    fuzz::assert_says(&json, "id", refund.id.as_str());
    fuzz::assert_says(json, "amount", refund.amount.minor);
    assert_amount(Some(refund.amount));
}

fn assert_amount(amount: Option<Money>) {
    if let Some(amount) = amount {
        assert!(amount.minor >= 0, "{amount}");
        assert_eq!(amount.currency.code().len(), 3);
    }
}

/// An object that does not say its mode has the key's, which is test mode here.
fn assert_live(live: bool, json: &Value) {
    fuzz::assert_says(json, "livemode", if live { Value::Bool(true) } else { json["livemode"].clone() });
    assert!(live || json["livemode"] != true);
}

fn assert_whole(rows: usize, json: &Value) {
    if let Some(data) = json["data"].as_array() {
        assert_eq!(rows, data.len());
        assert!(json["has_more"] != true || rows == 0);
    }
}

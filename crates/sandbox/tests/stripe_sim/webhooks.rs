//! Webhooks: signatures, repeats, and every way they can go wrong.

use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use sandbox::stripe::{Fault, FaultKind};
use serde_json::Value;
use sha2::Sha256;

use crate::world::{DAY, Received, START, World, id};

const SECRET: &str = "whsec_known";

/// The timestamp and the `v1` signatures of a delivery.
fn parts(received: &Received) -> (i64, Vec<String>) {
    let header = received.signature();
    let pairs: Vec<(&str, &str)> = header.split(',').filter_map(|part| part.split_once('=')).collect();
    let time = pairs.iter().find(|(key, _)| *key == "t").expect("a time").1.parse().expect("a number");
    (time, pairs.iter().filter(|(key, _)| *key == "v1").map(|(_, value)| (*value).to_owned()).collect())
}

fn signed_by(received: &Received, secret: &str) -> bool {
    let (time, signatures) = parts(received);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{time}.").as_bytes());
    mac.update(&received.body);
    signatures.contains(&hex::encode(mac.finalize().into_bytes()))
}

async fn world_with_endpoint(events: &[&str]) -> World {
    let world = World::new();
    world.sim.add_endpoint("https://shop.test/webhooks/stripe", SECRET, events);
    world
}

#[tokio::test]
async fn every_delivery_is_signed_and_only_wanted_types_are_sent() {
    let world = world_with_endpoint(&["invoice.paid", "checkout.session.completed"]).await;
    world.paid().await;
    world.sim.tick().await;
    let inbox = world.inbox();
    assert_eq!(inbox.iter().map(Received::kind).collect::<Vec<_>>(), ["invoice.paid", "checkout.session.completed"]);
    assert!(inbox.iter().all(|received| signed_by(received, SECRET) && parts(received).0 == START));
    assert_eq!(inbox[0].headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(inbox[1].json()["data"]["object"]["client_reference_id"], "ord_1");
    world.finish();
}

#[tokio::test]
async fn an_endpoint_made_over_the_api_shows_its_secret_once() {
    let world = World::new();
    let form = "url=https%3A%2F%2Fshop.test%2Fhook&enabled_events[]=customer.created&api_version=2026-10-28.endive";
    let endpoint = world.post("/v1/webhook_endpoints", form).await;
    let secret = endpoint["secret"].as_str().expect("creation shows the secret").to_owned();
    let read = world.get(&format!("/v1/webhook_endpoints/{}", id(&endpoint)), "").await;
    assert!(read.get("secret").is_none());
    world.post("/v1/customers", "").await;
    world.sim.tick().await;
    assert!(signed_by(&world.inbox()[0], &secret));
    world.post(&format!("/v1/webhook_endpoints/{}", id(&endpoint)), "disabled=true").await;
    world.post("/v1/customers", "").await;
    world.sim.tick().await;
    assert_eq!(world.inbox().len(), 1, "a disabled endpoint gets nothing");
    world.finish();
}

#[tokio::test]
async fn two_endpoints_get_the_same_event_under_their_own_secret_and_version() {
    let world = world_with_endpoint(&["customer.subscription.created"]).await;
    let form = "url=https%3A%2F%2Fold.test&enabled_events[]=customer.subscription.created&api_version=2024-06-20";
    let old = world.post("/v1/webhook_endpoints", form).await["secret"].as_str().expect("a secret").to_owned();
    world.paid().await;
    world.sim.tick().await;
    let inbox = world.inbox();
    let (new, old_body) = (inbox[0].json(), inbox[1].json());
    assert_eq!(new["id"], old_body["id"]);
    assert!(signed_by(&inbox[0], SECRET) && signed_by(&inbox[1], &old) && !signed_by(&inbox[1], SECRET));
    let item = &new["data"]["object"]["items"]["data"][0];
    assert_eq!(old_body["api_version"], "2024-06-20");
    assert_eq!(old_body["data"]["object"]["current_period_end"], item["current_period_end"]);
    assert!(old_body["data"]["object"]["items"]["data"][0].get("current_period_end").is_none());
    world.finish();
}

#[tokio::test]
async fn a_refused_delivery_is_repeated_with_a_new_time_over_the_same_body() {
    let world = world_with_endpoint(&["customer.created"]).await;
    world.replies.lock().expect("script").extend([StatusCode::INTERNAL_SERVER_ERROR, StatusCode::FOUND]);
    let customer = world.post("/v1/customers", "").await;
    world.sim.tick().await;
    let pending = |world: &World| world.sim.objects("event")[0]["pending_webhooks"].as_i64();
    assert_eq!((world.inbox().len(), pending(&world)), (1, Some(1)));
    world.advance(5).await;
    world.advance(30).await;
    let inbox = world.inbox();
    assert_eq!(inbox.iter().map(|received| parts(received).0).collect::<Vec<_>>(), [START, START + 5, START + 35]);
    assert!(inbox.iter().all(|received| received.json()["id"] == inbox[0].json()["id"] && signed_by(received, SECRET)));
    assert_eq!(inbox[0].json()["data"]["object"]["id"], customer["id"]);
    assert_eq!((pending(&world), world.sim.deliveries_waiting()), (Some(0), 0));
    world.finish();
}

#[tokio::test]
async fn after_a_rotation_both_secrets_sign_for_a_day() {
    let world = World::new();
    let endpoint = world.sim.add_endpoint("https://shop.test/hook", SECRET, &["customer.created"]);
    let fresh = world.sim.rotate_secret(&endpoint);
    world.post("/v1/customers", "").await;
    world.sim.tick().await;
    world.advance(DAY).await;
    world.post("/v1/customers", "").await;
    world.sim.tick().await;
    let inbox = world.inbox();
    assert!(signed_by(&inbox[0], SECRET) && signed_by(&inbox[0], &fresh));
    assert!(!signed_by(&inbox[1], SECRET) && signed_by(&inbox[1], &fresh));
    world.finish();
}

#[tokio::test]
async fn a_duplicated_event_arrives_that_many_times_and_a_dropped_one_only_in_the_list() {
    let world = world_with_endpoint(&["*"]).await;
    world.sim.faults().add(Fault::once(FaultKind::DuplicateWebhook { copies: 10 }).on_event("customer.created"));
    world.post("/v1/customers", "").await;
    world.sim.tick().await;
    let inbox = world.inbox();
    assert_eq!(inbox.len(), 10);
    assert!(inbox.iter().all(|received| received.body == inbox[0].body));
    world.sim.faults().add(Fault::always(FaultKind::DropWebhook));
    world.post("/v1/customers", "").await;
    world.advance(DAY).await;
    assert_eq!(world.inbox().len(), 10);
    let undelivered = world.get("/v1/events", "delivery_success=false").await;
    assert_eq!(undelivered["data"].as_array().map(Vec::len), Some(1));
    world.finish();
}

#[tokio::test]
async fn a_delayed_event_waits_and_a_shuffled_burst_changes_its_order() {
    let world = world_with_endpoint(&["*"]).await;
    world.sim.faults().add(Fault::once(FaultKind::DelayWebhook { seconds: 600 }).on_event("invoice.paid"));
    world.sim.faults().once(FaultKind::ReorderWebhooks);
    world.paid().await;
    world.sim.tick().await;
    let kinds: Vec<String> = world.inbox().iter().map(Received::kind).collect();
    let mut told = world.events();
    told.retain(|kind| kind != "invoice.paid");
    assert_ne!(kinds, told, "shuffled");
    let sorted = |mut kinds: Vec<String>| {
        kinds.sort();
        kinds
    };
    assert_eq!(sorted(kinds), sorted(told), "and complete but for the delayed one");
    world.advance(600).await;
    assert_eq!(world.inbox().last().map(Received::kind).as_deref(), Some("invoice.paid"));
    world.finish();
}

#[tokio::test]
async fn a_wrong_or_stale_signature_is_followed_by_a_right_one_when_refused() {
    let world = world_with_endpoint(&["customer.created"]).await;
    world.replies.lock().expect("script").extend([StatusCode::BAD_REQUEST, StatusCode::OK, StatusCode::BAD_REQUEST]);
    world.sim.faults().once(FaultKind::WrongSignature);
    world.post("/v1/customers", "").await;
    world.sim.tick().await;
    assert!(!signed_by(&world.inbox()[0], SECRET));
    world.advance(5).await;
    assert!(signed_by(&world.inbox()[1], SECRET));
    world.sim.faults().once(FaultKind::StaleSignature { seconds: 301 });
    world.post("/v1/customers", "").await;
    world.sim.tick().await;
    let stale = world.inbox()[2].clone();
    assert!(signed_by(&stale, SECRET));
    assert_eq!(parts(&stale).0, START + 5 - 301);
    world.finish();
}

#[tokio::test]
async fn spoiled_bodies_are_signed_and_look_as_ordered() {
    let world = world_with_endpoint(&["customer.subscription.created"]).await;
    let faults = [
        FaultKind::UnknownEventType,
        FaultKind::UnknownEnumValue,
        FaultKind::ExtraFields,
        FaultKind::MissingOptionalFields,
        FaultKind::PreBasil,
    ];
    for fault in faults {
        world.sim.faults().once(fault);
        world.paid().await;
        world.sim.tick().await;
    }
    let inbox = world.inbox();
    assert!(inbox.iter().all(|received| signed_by(received, SECRET)));
    let bodies: Vec<Value> = inbox.iter().map(Received::json).collect();
    assert_eq!(bodies[0]["type"], "galaxy.quasar.collapsed");
    assert_eq!(bodies[1]["data"]["object"]["status"], "value_of_the_future");
    assert!(bodies[2]["data"]["object"]["items"]["field_of_the_future"].is_object());
    assert_eq!(bodies[2]["data"]["object"]["metadata"], serde_json::json!({"order_id": "ord_1"}));
    assert!(bodies[3].get("livemode").is_none() && bodies[3]["data"]["object"].get("metadata").is_none());
    assert!(bodies[4]["data"]["object"]["current_period_end"].is_i64());
    world.finish();
}

#[tokio::test]
async fn an_old_invoice_event_names_subscription_intent_and_charge_at_the_top() {
    let world = world_with_endpoint(&["invoice.paid", "charge.succeeded"]).await;
    world.sim.faults().add(Fault::always(FaultKind::PreBasil));
    let session = world.paid().await;
    world.sim.tick().await;
    let bodies: Vec<Value> = world.inbox().iter().map(Received::json).collect();
    let (charge, invoice) = (&bodies[0]["data"]["object"], &bodies[1]["data"]["object"]);
    assert_eq!(charge["invoice"], session["invoice"]);
    assert_eq!(invoice["subscription"], session["subscription"]);
    assert_eq!((&invoice["charge"], invoice["paid"].as_bool()), (&charge["id"], Some(true)));
    assert_eq!(invoice["lines"]["data"][0]["price"]["unit_amount"], 999);
    assert!(invoice.get("parent").is_none());
    world.finish();
}

#[tokio::test]
async fn events_can_overtake_the_answer_of_the_call_that_caused_them() {
    let world = world_with_endpoint(&["*"]).await;
    world.sim.faults().once(FaultKind::DeliverBeforeResponse);
    let answer = world.call("POST", "/v1/customers", "").await;
    assert_eq!(world.inbox().len(), 1, "delivered without any tick");
    assert_eq!(answer.status, 200);
    world.finish();
}

#[tokio::test]
async fn tampering_changes_what_is_read_later_and_tells_nobody() {
    let world = World::new();
    let session = world.paid().await;
    let events = world.events().len();
    assert!(
        world.sim.tamper(&id(&session), &serde_json::json!({"amount_total": 1, "total_details": {"amount_tax": 7}}))
    );
    let read = world.get(&format!("/v1/checkout/sessions/{}", id(&session)), "").await;
    assert_eq!((read["amount_total"].as_i64(), read["total_details"]["amount_tax"].as_i64()), (Some(1), Some(7)));
    assert_eq!(world.events().len(), events);
    assert!(!world.sim.tamper("cs_unknown", &serde_json::json!({})));
    world.finish();
}

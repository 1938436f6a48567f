//! A server that was handed over, and what happens to its payments: what stories about the time after begin with.

use crate::world::{Bought, PLAN, World};
use app::verify::{self, Deadlines, Moment, Sources};
use axum::body::Body;
use http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use sandbox::stripe::PayOutcome;
use serde_json::Value;
use store::services::Service;
use store::{Engine, services};
use tower::ServiceExt;

pub(crate) const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(crate) fn days(days: i64) -> SignedDuration {
    HOUR * i32::try_from(24 * days).unwrap()
}

pub(crate) fn now(world: &World) -> Timestamp {
    app::clock::Clock::now(&world.clock)
}

pub(crate) async fn service(world: &World, bought: &Bought) -> Service {
    services::find_by_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap().unwrap()
}

/// Whether the panel has the server, and whether it is suspended there.
pub(crate) async fn at_panel(world: &World) -> Option<bool> {
    let listed = world.panel_call("GET", "servers", &Value::Null).await;
    let ours = listed["data"].as_array().unwrap().iter().map(|item| &item["attributes"]);
    let mut ours = ours.filter(|server| server["external_id"].as_str().is_some_and(|id| id.contains("-svc-")));
    ours.next().map(|server| server["suspended"].as_bool().unwrap())
}

/// What Stripe's API says to a call of somebody at its dashboard.
pub(crate) async fn stripe_call(world: &World, method: &str, path: &str, form: &str) -> Value {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", "Bearer sk_test_of_the_stories")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()));
    let answer = world.stripe.router().oneshot(request.unwrap()).await.unwrap();
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

/// The customer pays the bill that is open, with a card that works.
pub(crate) async fn pays_the_open_bill(world: &World) {
    let bill = world.stripe.objects("invoice").into_iter().rfind(|invoice| invoice["status"] == "open").unwrap();
    let customer = bill["customer"].as_str().unwrap();
    let attached =
        stripe_call(world, "POST", "/v1/payment_methods/pm_card_visa/attach", &format!("customer={customer}")).await;
    let path = format!("/v1/invoices/{}/pay", bill["id"].as_str().unwrap());
    let paid = stripe_call(world, "POST", &path, &format!("payment_method={}", attached["id"].as_str().unwrap())).await;
    assert_eq!(paid["status"], "paid");
}

/// A shop with one delivered server.
pub(crate) async fn delivered(engine: Engine, outcome: PayOutcome) -> (World, Bought) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    world.pays(&bought, outcome);
    world.settles(&bought).await;
    (world, bought)
}

/// Lets time pass until `done`, in steps of two to twelve hours.
pub(crate) async fn until(world: &World, limit: SignedDuration, done: impl AsyncFn(&World) -> bool) -> bool {
    let end = now(world) + limit;
    let step = (limit / 24).clamp(HOUR * 2, HOUR * 12);
    loop {
        if done(world).await {
            return true;
        }
        if now(world) >= end {
            return false;
        }
        world.clock.advance(step);
        world.turn().await;
    }
}

pub(crate) async fn is_suspended(world: &World, bought: &Bought) -> bool {
    service(world, bought).await.standing.suspension.is_some()
}

/// The renewal of a delivered server has failed, and we know it.
pub(crate) async fn overdue(engine: Engine) -> (World, Bought) {
    let (world, bought) = delivered(engine, PayOutcome::RenewalsFail).await;
    world.passes(days(30), days(1)).await;
    let known = async |world: &World| service(world, &bought).await.standing.overdue_since.is_some();
    assert!(until(&world, days(2), known).await, "a month later the renewal fails");
    (world, bought)
}

/// A server that stands suspended because its renewal was not paid.
pub(crate) async fn unpaid(engine: Engine) -> (World, Bought) {
    let (world, bought) = overdue(engine).await;
    assert!(until(&world, days(5), async |world| is_suspended(world, &bought).await).await);
    (world, bought)
}

/// The check of everything finds nothing, however strictly it looks.
pub(crate) async fn is_clean(world: &World) {
    let running = Moment::Running(Deadlines::of(&world.app.catalogue));
    let evidence = verify::read(&Sources::of(&world.app), now(world)).await.unwrap();
    for moment in [Moment::Anytime, running, Moment::Decided] {
        assert_eq!(verify::check(&evidence, &moment), [], "{moment:?}");
    }
}

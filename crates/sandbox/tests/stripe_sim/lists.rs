//! Lists, cursors, and the list of events.

use serde_json::Value;

use crate::world::{DAY, START, World, id};

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().expect("a list").iter().map(id).collect()
}

#[tokio::test]
async fn lists_run_newest_first_and_walk_both_ways() {
    let world = World::new();
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(id(&world.post("/v1/customers", "").await));
        world.advance(10).await;
    }
    let newest = world.get("/v1/customers", "limit=2").await;
    assert_eq!(ids(&newest), [made[4].clone(), made[3].clone()]);
    assert_eq!(newest["has_more"], true);
    let older = world.get("/v1/customers", &format!("limit=3&starting_after={}", made[3])).await;
    assert_eq!(
        (ids(&older), older["has_more"].as_bool()),
        (vec![made[2].clone(), made[1].clone(), made[0].clone()], Some(false))
    );
    let newer = world.get("/v1/customers", &format!("limit=2&ending_before={}", made[0])).await;
    assert_eq!((ids(&newer), newer["has_more"].as_bool()), (vec![made[2].clone(), made[1].clone()], Some(true)));
    let since = world.get("/v1/customers", &format!("created[gt]={}&created[lte]={}", START + 10, START + 30)).await;
    assert_eq!(ids(&since).len(), 2);
    for wrong in ["limit=0", "limit=101", "starting_after=cus_x", "starting_after=a&ending_before=b"] {
        assert_eq!(world.call("GET", "/v1/customers", wrong).await.status, 400, "{wrong}");
    }
    world.finish();
}

#[tokio::test]
async fn events_are_listed_by_type_from_a_cursor_of_any_type() {
    let world = World::new();
    world.paid().await;
    let all = world.get("/v1/events", "limit=100").await;
    let oldest = ids(&all).pop().expect("events");
    let query = format!("ending_before={oldest}&limit=100&types[]=invoice.paid&types[]=checkout.session.completed");
    let wanted = world.get("/v1/events", &query).await;
    let kinds: Vec<&str> =
        wanted["data"].as_array().expect("a list").iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(kinds, ["checkout.session.completed", "invoice.paid"]);
    assert_eq!(ids(&world.get("/v1/events", "type=invoice.*").await).len(), 4);
    let many: String = (0..21).map(|_| "&types[]=invoice.paid").collect();
    assert_eq!(world.call("GET", "/v1/events", &many[1..]).await.status, 400);
    assert_eq!(world.call("GET", "/v1/events", "type=a&types[]=b").await.status, 400);
    world.finish();
}

#[tokio::test]
async fn events_vanish_after_thirty_days_and_so_do_cursors() {
    let world = World::new();
    world.post("/v1/customers", "").await;
    let event = id(&world.get("/v1/events", "").await["data"][0]);
    world.advance(30 * DAY - 1).await;
    assert_eq!(world.call("GET", &format!("/v1/events/{event}"), "").await.status, 200);
    world.advance(1).await;
    assert_eq!(world.call("GET", &format!("/v1/events/{event}"), "").await.status, 404);
    let answer = world.call("GET", "/v1/events", &format!("ending_before={event}")).await;
    assert_eq!((answer.status, answer.code(), answer.param()), (400, "resource_missing", "ending_before"));
    assert!(ids(&world.get("/v1/events", "").await).is_empty());
    world.finish();
}

#[tokio::test]
async fn a_lookup_key_moves_only_when_asked() {
    let world = World::new();
    let product = id(&world.post("/v1/products", "name=A&id=plan_a").await);
    let form = format!("product={product}&currency=eur&unit_amount=999&recurring[interval]=month&lookup_key=a-monthly");
    let first = world.post("/v1/prices", &form).await;
    assert_eq!(world.call("POST", "/v1/prices", &form).await.status, 400);
    let second = world.post("/v1/prices", &format!("{form}&transfer_lookup_key=true").replace("999", "1099")).await;
    let found = world.get("/v1/prices", "lookup_keys[]=a-monthly&active=true").await;
    assert_eq!(ids(&found), [id(&second)]);
    assert!(world.get(&format!("/v1/prices/{}", id(&first)), "").await["lookup_key"].is_null());
    assert_eq!(world.post(&format!("/v1/prices/{}", id(&first)), "active=false").await["active"], false);
    let archived = format!("mode=subscription&success_url=https%3A%2F%2Fs.test&line_items[0][price]={}", id(&first));
    assert_eq!(world.call("POST", "/v1/checkout/sessions", &archived).await.code(), "price_inactive");
    assert_eq!(world.call("POST", "/v1/products", "name=A&id=plan_a").await.code(), "resource_already_exists");
    world.finish();
}

#[tokio::test]
async fn expansion_replaces_ids_by_objects_also_inside_lists() {
    let world = World::new();
    let session = world.paid().await;
    let path = format!("/v1/checkout/sessions/{}", id(&session));
    let read =
        world.get(&path, "expand[]=subscription.latest_invoice.customer&expand[]=line_items&expand[]=customer").await;
    assert_eq!(read["subscription"]["latest_invoice"]["customer"]["email"], "buyer@example.test");
    assert_eq!(read["line_items"]["data"][0]["price"]["unit_amount"], 999);
    assert_eq!(read["customer"]["object"], "customer");
    let listed = world.get("/v1/invoices", "expand[]=data.payments").await;
    assert_eq!(listed["data"][0]["payments"]["data"][0]["status"], "paid");
    world.finish();
}

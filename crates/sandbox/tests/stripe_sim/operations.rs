//! Every operation of the contract, answered at least once, each answer checked.

use serde_json::Value;

use crate::world::{DAY, World, id};

/// How many operations the published subset has.
const OPERATIONS: usize = 71;

#[track_caller]
fn first(list: &Value) -> String {
    id(&list["data"][0])
}

async fn walk_catalogue(world: &World) -> String {
    let product = id(&world
        .post("/v1/products", "name=A&default_price_data[currency]=eur&default_price_data[unit_amount]=5")
        .await);
    world.post(&format!("/v1/products/{product}"), "description=b&metadata[a]=1").await;
    world.get(&format!("/v1/products/{product}"), "expand[]=default_price").await;
    world.get("/v1/products", "active=true").await;
    let price = world.price(999).await;
    world.post(&format!("/v1/prices/{price}"), "nickname=n").await;
    world.get(&format!("/v1/prices/{price}"), "expand[]=product").await;
    world.get("/v1/prices", "type=recurring&recurring[interval]=month").await;
    world.post("/v1/coupons", "id=C&percent_off=12.5&duration=repeating&duration_in_months=3").await;
    world.get("/v1/coupons/C", "").await;
    world.get("/v1/coupons", "").await;
    let code = id(&world.post("/v1/promotion_codes", "promotion[type]=coupon&promotion[coupon]=C&code=TRY").await);
    world.get(&format!("/v1/promotion_codes/{code}"), "expand[]=promotion.coupon").await;
    world.get("/v1/promotion_codes", "code=try&active=true").await;
    world.post(&format!("/v1/promotion_codes/{code}"), "active=false").await;
    world.delete("/v1/coupons/C").await;
    price
}

async fn walk_checkout(world: &World, price: &str) {
    let session = id(&world.session(price, "").await);
    world.get("/v1/checkout/sessions", "status=open").await;
    world.get(&format!("/v1/checkout/sessions/{session}"), "expand[]=line_items").await;
    world.get(&format!("/v1/checkout/sessions/{session}/line_items"), "limit=1").await;
    world.post(&format!("/v1/checkout/sessions/{session}/expire"), "").await;
}

async fn walk_subscription(world: &World, price: &str) -> String {
    let customer = world.customer("pm_card_createDispute", "").await;
    world.get(&format!("/v1/customers/{customer}"), "expand[]=subscriptions").await;
    world.get("/v1/customers", "email=ada%40example.test").await;
    let method = first(&world.get("/v1/payment_methods", &format!("customer={customer}")).await);
    world.get(&format!("/v1/payment_methods/{method}"), "").await;
    let form = format!("customer={customer}&items[0][price]={price}");
    world
        .post(
            "/v1/invoices/create_preview",
            &format!("customer={customer}&subscription_details[items][0][price]={price}"),
        )
        .await;
    let subscription = id(&world.post("/v1/subscriptions", &form).await);
    let path = format!("/v1/subscriptions/{subscription}");
    world.get(&path, "expand[]=latest_invoice").await;
    world.get("/v1/subscriptions", "status=active").await;
    let item = first(&world.get("/v1/subscription_items", &format!("subscription={subscription}")).await);
    world.post(&format!("/v1/subscription_items/{item}"), "quantity=2").await;
    world.post(&path, "metadata[a]=1").await;
    world.post(&format!("{path}/pause"), "").await;
    world.post(&format!("{path}/resume"), "").await;
    customer
}

async fn walk_money(world: &World) {
    let invoice = first(&world.get("/v1/invoices", "status=paid").await);
    world.get(&format!("/v1/invoices/{invoice}"), "expand[]=payments").await;
    assert_eq!(world.call("POST", &format!("/v1/invoices/{invoice}/pay"), "").await.code(), "invoice_already_paid");
    world.get("/v1/invoice_payments", &format!("invoice={invoice}")).await;
    let intent = first(&world.get("/v1/payment_intents", "").await);
    world.get(&format!("/v1/payment_intents/{intent}"), "").await;
    let charge = first(&world.get("/v1/charges", "").await);
    world.get(&format!("/v1/charges/{charge}"), "expand[]=refunds").await;
    let dispute = first(&world.get("/v1/disputes", "").await);
    world.get(&format!("/v1/disputes/{dispute}"), "").await;
    world.sim.close_dispute(&dispute, "won");
    let charge = world.get(&format!("/v1/disputes/{dispute}"), "").await["charge"].clone();
    let refund = world.post("/v1/refunds", &format!("charge={}&amount=1", charge.as_str().expect("an id"))).await;
    world.get(&format!("/v1/refunds/{}", id(&refund)), "").await;
    world.get("/v1/refunds", "").await;
}

async fn walk_drafts(world: &World) {
    world.advance(31 * DAY).await;
    let draft = first(&world.get("/v1/invoices", "status=draft").await);
    world.post(&format!("/v1/invoices/{draft}/finalize"), "").await;
    world.post(&format!("/v1/invoices/{draft}/void"), "").await;
    world.advance(28 * DAY).await;
    let draft = first(&world.get("/v1/invoices", "status=draft").await);
    assert_eq!(world.post(&format!("/v1/invoices/{draft}/pay"), "").await["status"], "paid");
}

async fn walk_account(world: &World, customer: &str) {
    let form = "features[invoice_history][enabled]=true&features[subscription_cancel][enabled]=true";
    let configuration = id(&world.post("/v1/billing_portal/configurations", form).await);
    let path = format!("/v1/billing_portal/configurations/{configuration}");
    world.post(&path, "features[customer_update][allowed_updates]=&default_return_url=https%3A%2F%2Fs.test").await;
    world.get(&path, "").await;
    world.get("/v1/billing_portal/configurations", "is_default=true").await;
    let subscription = first(&world.get("/v1/subscriptions", &format!("customer={customer}")).await);
    let flow = format!(
        "customer={customer}&flow_data[type]=subscription_cancel&flow_data[subscription_cancel][subscription]={subscription}"
    );
    world.post("/v1/billing_portal/sessions", &flow).await;
    world.delete(&format!("/v1/subscriptions/{subscription}")).await;
    world.delete(&format!("/v1/customers/{customer}")).await;
    assert_eq!(world.get(&format!("/v1/customers/{customer}"), "").await["deleted"], true);
    assert_eq!(world.call("POST", &format!("/v1/customers/{customer}"), "name=x").await.status, 404);
}

async fn walk_developer(world: &World) {
    let event = first(&world.get("/v1/events", "limit=1").await);
    world.get(&format!("/v1/events/{event}"), "").await;
    let endpoint = id(&world.post("/v1/webhook_endpoints", "url=https%3A%2F%2Fs.test&enabled_events[]=*").await);
    let path = format!("/v1/webhook_endpoints/{endpoint}");
    world.get(&path, "").await;
    world.get("/v1/webhook_endpoints", "").await;
    world.post(&path, "enabled_events[]=invoice.paid&description=").await;
    world.delete(&path).await;
    let now = world.clock.now().as_second();
    let clock = id(&world.post("/v1/test_helpers/test_clocks", &format!("frozen_time={now}")).await);
    let path = format!("/v1/test_helpers/test_clocks/{clock}");
    world.post(&format!("{path}/advance"), &format!("frozen_time={}", now + DAY)).await;
    world.get(&path, "").await;
    world.get("/v1/test_helpers/test_clocks", "").await;
    world.delete(&path).await;
}

#[tokio::test]
async fn all_operations_answer_within_the_contract() {
    let world = World::new();
    let price = walk_catalogue(&world).await;
    walk_checkout(&world, &price).await;
    let customer = walk_subscription(&world, &price).await;
    walk_money(&world).await;
    walk_drafts(&world).await;
    walk_account(&world, &customer).await;
    walk_developer(&world).await;
    let report = world.sim.contract();
    let answered = report.pairs.values().filter(|statuses| statuses.contains(&200)).count();
    let pairs: usize = report.pairs.values().map(std::collections::BTreeSet::len).sum();
    let mut summary = std::io::stderr();
    std::io::Write::write_fmt(
        &mut summary,
        format_args!(
            "contract: {pairs} (operation, answer) pairs, {} requests and {} answers and events checked\n",
            report.requests_checked, report.answers_checked
        ),
    )
    .expect("prints");
    assert_eq!(answered, OPERATIONS, "{:?}", report.pairs.keys());
    assert!(report.refused_requests.is_empty(), "{:?}", report.refused_requests);
    world.finish();
}

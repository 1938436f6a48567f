//! Keys, versions, headers, parameters, idempotency.

use http::Request;
use sandbox::stripe::{Fault, FaultKind};

use crate::world::{DAY, KEY, World, id};

fn bare(authorization: Option<&str>, version: Option<&str>) -> Request<String> {
    let mut request = Request::get("/v1/products");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    if let Some(value) = version {
        request = request.header("stripe-version", value);
    }
    request.body(String::new()).expect("a request")
}

#[tokio::test]
async fn only_the_accounts_own_test_key_opens_the_api() {
    let world = World::new();
    let refused =
        [None, Some("Bearer sk_test_other"), Some("Bearer sk_live_sandbox"), Some("Bearer "), Some("Token x")];
    for authorization in refused {
        let answer = world.send(bare(authorization, None)).await;
        assert_eq!(answer.status, 401, "{authorization:?}");
        assert_eq!(answer.body["error"]["type"], "invalid_request_error");
        assert!(answer.header("request-id").starts_with("req_"));
    }
    assert_eq!(world.send(bare(Some(&format!("Bearer {KEY}")), None)).await.status, 200);
    let basic = "Basic c2tfdGVzdF9zYW5kYm94Og=="; // sk_test_sandbox, empty password
    assert_eq!(world.send(bare(Some(basic), None)).await.status, 200);
    world.finish();
}

#[tokio::test]
async fn a_live_key_opens_nothing_even_if_it_was_configured() {
    let world = World::with(|options| options.secret_key = "sk_live_sandbox".into());
    assert_eq!(world.send(bare(Some("Bearer sk_live_sandbox"), None)).await.status, 401);
    world.finish();
}

#[tokio::test]
async fn the_version_is_echoed_and_an_unknown_one_refused() {
    let world = World::new();
    let key = format!("Bearer {KEY}");
    let answer = world.send(bare(Some(&key), Some("2026-10-28.endive"))).await;
    assert_eq!((answer.status, answer.header("stripe-version")), (200, "2026-10-28.endive"));
    let answer = world.send(bare(Some(&key), Some("2099-01-01.future"))).await;
    assert_eq!(answer.status, 400);
    world.finish();
}

#[tokio::test]
async fn wrong_parameters_are_named_in_bracket_form() {
    let world = World::new();
    let price = world.price(999).await;
    let session = format!("mode=subscription&success_url=https%3A%2F%2Fs.test&line_items[0][price]={price}");
    let cases = [
        ("/v1/products", "name=a&colour=red".to_owned(), "parameter_unknown", "colour"),
        ("/v1/products", String::new(), "parameter_missing", "name"),
        ("/v1/products", "name=".to_owned(), "parameter_invalid_empty", "name"),
        ("/v1/prices", "currency=eur&product=x&unit_amount=1.5".to_owned(), "parameter_invalid_integer", "unit_amount"),
        (
            "/v1/prices",
            "currency=eur&product=x&unit_amount=5&recurring[interval_count]=2".to_owned(),
            "parameter_missing",
            "recurring[interval]",
        ),
        ("/v1/prices", "currency=eur&product=prod_x&unit_amount=5".to_owned(), "resource_missing", "product"),
        (
            "/v1/checkout/sessions",
            format!("{session}&payment_method_types[]=card"),
            "parameter_unknown",
            "payment_method_types",
        ),
        (
            "/v1/checkout/sessions",
            format!("{session}&line_items[0][colour]=red"),
            "parameter_unknown",
            "line_items[0][colour]",
        ),
        (
            "/v1/checkout/sessions",
            "mode=subscription&success_url=https%3A%2F%2Fs.test".to_owned(),
            "parameter_missing",
            "line_items",
        ),
        (
            "/v1/checkout/sessions",
            format!("mode=subscription&line_items[0][price]={price}"),
            "parameter_missing",
            "success_url",
        ),
        ("/v1/checkout/sessions", session.replace(&price, "price_x"), "resource_missing", "line_items[0][price]"),
        (
            "/v1/checkout/sessions",
            format!("{session}&automatic_tax[enabled]=true"),
            "stripe_tax_inactive",
            "automatic_tax",
        ),
        ("/v1/customers", "metadata[a[b]]=1".to_owned(), "parameter_unknown", "metadata[a[b]]"),
    ];
    for (path, form, code, param) in cases {
        let answer = world.call("POST", path, &form).await;
        assert_eq!((answer.status, answer.code(), answer.param()), (400, code, param), "{form}: {}", answer.text);
    }
    let limits = [
        format!("metadata[{}]=1", "k".repeat(41)),
        format!("metadata[k]={}", "v".repeat(501)),
        (0..51).map(|n| format!("metadata[k{n}]=1")).collect::<Vec<_>>().join("&"),
        "tax_exempt=perhaps".to_owned(),
        "preferred_locales=de".to_owned(),
        "validate=maybe".to_owned(),
    ];
    for form in limits {
        assert_eq!(world.call("POST", "/v1/customers", &form).await.status, 400, "{form}");
    }
    assert!(world.sim.contract().refused_requests.len() >= 10);
    world.finish();
}

#[tokio::test]
async fn a_checkout_that_contradicts_itself_is_refused() {
    let world = World::new();
    let price = world.price(999).await;
    let base = format!("mode=subscription&success_url=https%3A%2F%2Fs.test&line_items[0][price]={price}");
    let customer = id(&world.post("/v1/customers", "").await);
    let now = world.clock.now().as_second();
    let contradictions = [
        format!("&customer={customer}&customer_email=a%40b.test"),
        "&customer_update[name]=auto".to_owned(),
        "&allow_promotion_codes=true&discounts[0][coupon]=x".to_owned(),
        format!("&expires_at={}", now + 1_799),
        format!("&expires_at={}", now + DAY + 1),
        format!("&client_reference_id={}", "r".repeat(201)),
        "&customer=cus_unknown".to_owned(),
    ];
    for more in contradictions {
        assert_eq!(world.call("POST", "/v1/checkout/sessions", &format!("{base}{more}")).await.status, 400, "{more}");
    }
    assert_eq!(
        world.call("POST", "/v1/checkout/sessions", &format!("{base}&expires_at={}", now + 1_800)).await.status,
        200
    );
    world.finish();
}

#[tokio::test]
async fn unknown_ids_are_404_in_the_path_and_unknown_paths_too() {
    let world = World::new();
    let answer = world.call("GET", "/v1/customers/cus_x", "").await;
    assert_eq!((answer.status, answer.code(), answer.param()), (404, "resource_missing", "id"));
    assert_eq!(world.call("GET", "/v1/nowhere", "").await.status, 404);
    assert_eq!(world.call("DELETE", "/v1/products/prod_1", "").await.status, 404);
    assert_eq!(world.call("GET", "/v1/customers", "expand[]=data.nonsense").await.status, 400);
    assert_eq!(world.call("GET", "/v1/customers", "expand[]=data.a.b.c.d").await.status, 400);
    world.finish();
}

#[tokio::test]
async fn a_repeated_key_replays_the_first_answer_byte_for_byte() {
    let world = World::new();
    let first = world.keyed("k1", "/v1/customers", "email=a%40b.test&name=A").await;
    let again = world.keyed("k1", "/v1/customers", "name=A&email=a%40b.test").await;
    assert_eq!(first.text, again.text);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_eq!(world.sim.objects("customer").len(), 1);
    let event = world.sim.objects("event").remove(0);
    assert_eq!(event["request"]["idempotency_key"], "k1");
    world.finish();
}

#[tokio::test]
async fn a_key_is_bound_to_its_parameters_and_path() {
    let world = World::new();
    world.keyed("k1", "/v1/customers", "name=A").await;
    for (path, form) in [("/v1/customers", "name=B"), ("/v1/products", "name=A")] {
        let answer = world.keyed("k1", path, form).await;
        assert_eq!((answer.status, answer.body["error"]["type"].as_str()), (400, Some("idempotency_error")));
    }
    let long = world.keyed(&"k".repeat(256), "/v1/customers", "").await;
    assert_eq!(long.status, 400);
    world.finish();
}

#[tokio::test]
async fn a_key_remembers_refusals_of_the_endpoint_but_not_of_the_checks_before_it() {
    let world = World::new();
    let unpayable = "mode=subscription&success_url=https%3A%2F%2Fs.test&line_items[0][price]=price_x";
    world.keyed("k1", "/v1/checkout/sessions", unpayable).await;
    let again = world.keyed("k1", "/v1/checkout/sessions", unpayable).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (400, "true"));
    assert_eq!(world.keyed("k2", "/v1/products", "colour=red").await.status, 400);
    assert_eq!(world.keyed("k2", "/v1/products", "name=A").await.status, 200, "the refused check did not take the key");
    world.sim.faults().add(Fault::once(FaultKind::RateLimit { reason: "global-rate".into(), retry_after: None }));
    assert_eq!(world.keyed("k3", "/v1/products", "name=A").await.status, 429);
    assert_eq!(world.keyed("k3", "/v1/products", "name=B").await.status, 200, "nor did the limiter");
    world.finish();
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day_and_means_nothing_on_reads() {
    let world = World::new();
    let first = id(&world.keyed("k1", "/v1/customers", "").await.ok());
    world.advance(DAY - 1).await;
    assert_eq!(id(&world.keyed("k1", "/v1/customers", "").await.ok()), first);
    world.advance(1).await;
    assert_ne!(id(&world.keyed("k1", "/v1/customers", "").await.ok()), first);
    let mut read = world.request("GET", "/v1/customers", "");
    read.headers_mut().insert("idempotency-key", "k1".parse().expect("a key"));
    assert_eq!(world.send(read).await.status, 200);
    world.finish();
}

#[tokio::test]
async fn a_key_in_use_is_a_conflict_until_the_first_request_ends() {
    let world = World::new();
    world.sim.faults().once(FaultKind::Slow { millis: 200 });
    let first = world.keyed("k1", "/v1/customers", "");
    let second = async {
        tokio::task::yield_now().await;
        world.keyed("k1", "/v1/customers", "").await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.status, second.status, second.code()), (200, 409, "idempotency_key_in_use"));
    assert_eq!(world.keyed("k1", "/v1/customers", "").await.text, first.text);
    world.finish();
}

//! Those who look after the shop find whatever somebody asks about, see all of it, and set it going again.

use crate::world::{Bought, Customer, PLAN, World};
use app::alerts::{self, Rule};
use domain::access::Role;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use std::collections::BTreeSet;
use store::events::{self, NewEvent, Source};
use store::services::{self, Service};
use store::{Engine, audit};

/// A customer with a server.
pub(crate) async fn sold(world: &World) -> (Customer, Bought, Service) {
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let service = services::find_by_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    (ada, bought, service.unwrap())
}

#[rstest]
#[tokio::test]
async fn an_order_is_found_by_whatever_somebody_has_in_hand(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (ada, bought, service) = sold(&world).await;
    let (_, support) = world.works_here(Role::Support).await;
    let (_, looks) = world.works_here(Role::ReadOnly).await;
    let server = service.server.clone().unwrap();
    let payment = {
        let mut db = world.app.store.read().await.unwrap();
        store::ledger::list_of_order(&mut db, &bought.order).await.unwrap()[0].object.clone()
    };
    let leads = async |text: &str, cookie: &str| {
        let query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let request = Request::get(format!("/console/find?q={query}")).header(header::COOKIE, cookie);
        let answer = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
        answer.headers().get(header::LOCATION).map(|place| place.to_str().unwrap().to_owned())
    };
    let order = format!("/console/orders/{}", bought.order);
    let address = service.address.clone().unwrap();
    for text in [
        bought.order.as_str(),
        service.id.as_str(),
        &ada.email.to_uppercase(),
        &format!("  {}\t", ada.email),
        &service.subscription,
        &bought.session,
        &payment,
        &server.id.to_string(),
        &server.uuid,
        &server.identifier,
        &service.external_id,
        &address,
    ] {
        assert_eq!(leads(text, &support).await.as_deref(), Some(order.as_str()), "{text}");
    }
    for text in [
        "",
        "nobody@example.test",
        "ord_00000000000000000000000000000001",
        "sub_1",
        "999999",
        "1.2.3.4:5",
        "' or 1=1 --",
        "<script>",
        "%",
        "a:b:c",
    ] {
        assert_eq!(leads(text, &support).await, None, "{text}");
    }
    // Somebody who has bought nothing, or more than once, is found as a customer.
    let bob = world.customer("bob").await;
    let page = leads(&bob.email, &support).await.unwrap();
    assert!(page.starts_with("/console/customers/acc_"), "{page}");
    assert_eq!(leads(page.rsplit('/').next().unwrap(), &support).await.as_deref(), Some(page.as_str()));
    assert_eq!(leads(page.rsplit('/').next().unwrap(), &looks).await, None);
    // Whoever may not see customers does not learn who is one.
    assert_eq!(leads(&ada.email, &looks).await, None);
    assert_eq!(leads(bought.order.as_str(), &looks).await, Some(order));
    let shown = world.page("/console/find?q=%3Cscript%3Ealert(1)", &support).await;
    assert!(shown.contains("&#60;script&#62;alert(1)") && !shown.contains("<script>alert"), "{shown}");
}

#[rstest]
#[tokio::test]
async fn an_order_is_shown_whole_without_names_to_those_who_may_not_see_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (ada, bought, service) = sold(&world).await;
    let (_, support) = world.works_here(Role::Support).await;
    let (_, looks) = world.works_here(Role::ReadOnly).await;
    let here = format!("/console/orders/{}", bought.order);
    let shown = world.page(&here, &support).await;
    for words in [
        ada.email.as_str(),
        service.id.as_str(),
        &service.external_id,
        "timeline",
        "ledger",
        "attempts",
        "Handed over",
        "13.99 USD",
        "/retry",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // For people: instants to the second, no document within the document, and the customer is a click away.
    assert!(!shown.contains("{&#34;") && !shown.contains("amount_minor"), "{shown}");
    assert!(shown.contains("href=\"/console/customers/acc_"), "{shown}");
    assert!(!world.page(&here, &looks).await.contains("href=\"/console/customers/acc_"));
    let done = world.page(&format!("{here}?done=suspend"), &support).await;
    assert!(done.contains("Done: ") && !world.page(&format!("{here}?done=%3Cb%3E"), &support).await.contains("Done: "));
    let list = world.page("/console/orders?show=fulfilled", &support).await;
    assert!(list.contains(bought.order.as_str()) && list.contains(&ada.email), "{list}");
    assert!(!world.page("/console/orders?show=expired", &support).await.contains(bought.order.as_str()));
    let account = store::accounts::find_by_email(&mut world.app.store.read().await.unwrap(), &ada.email).await.unwrap();
    let login = account.unwrap().panel_username.unwrap();
    assert!(world.page(&here, &support).await.contains(&login));
    for page in [here.as_str(), "/console/orders", "/console/nodes", "/console/events"] {
        let shown = world.page(page, &looks).await;
        assert!(!shown.contains(&login), "{page}: {shown}");
        assert!(!shown.contains(&ada.email) && !shown.contains("/retry"), "{page}: {shown}");
    }
    assert!(world.page("/console/nodes", &looks).await.contains("GiB sold"));
    let request = Request::get("/console/audit").header(header::COOKIE, &looks);
    let answer = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[rstest]
#[tokio::test]
async fn lists_go_on_page_by_page_and_leave_nothing_out(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (_, bought, _) = sold(&world).await;
    // As many as three pages have, some of them made at the same moment.
    for number in 0..130 {
        let (id, at) = (format!("ord_{number:032x}"), world.app.now().as_microsecond() - i64::from(number / 3));
        world
            .database
            .run(&format!(
                "insert into orders (id, customer_id, cart_key, plan, term, region, amount, currency, snapshot, state, state_body, created_at, state_at, look_at, version)
                 select '{id}', customer_id, 'copy-{number}', plan, term, region, amount, currency, snapshot, 'expired',
                        '{{\"state\":\"expired\",\"at\":\"2026-03-01T12:00:00Z\"}}', {at}, {at}, 0, 1 from orders where id = '{}'",
                bought.order
            ))
            .await;
    }
    let (_, desk) = world.works_here(Role::Support).await;
    let mut seen = BTreeSet::new();
    let (mut page, mut pages) = ("/console/orders".to_owned(), 0);
    loop {
        let shown = world.page(&page, &desk).await;
        let here: Vec<&str> = shown.split("<code>ord_").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
        for id in here {
            assert!(seen.insert(id.to_owned()), "{id} is shown twice");
        }
        pages += 1;
        let Some((_, rest)) = shown.split_once("/console/orders?after=") else { break };
        page = format!("/console/orders?after={}", rest.split('"').next().unwrap());
    }
    assert_eq!((pages, seen.len()), (3, 131));
}

#[rstest]
#[tokio::test]
async fn an_event_that_was_kept_is_read_and_applied_once_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (_, support) = world.works_here(Role::Support).await;
    let (_, looks) = world.works_here(Role::ReadOnly).await;
    let event = NewEvent {
        id: "evt_odd".to_owned(),
        kind: "invoice.paid".to_owned(),
        object_id: Some("in_nobody_knows".to_owned()),
        live: Some(false),
        created: None,
        body: r#"{"id":"evt_odd","name":"<b>Ada</b>"}"#.to_owned(),
        source: Source::Webhook,
    };
    let mut tx = world.app.store.begin().await.unwrap();
    events::insert_batch(&mut tx, &[event], world.app.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(world.page("/console/events", &support).await.contains("in_nobody_knows"));
    let now = world.app.now().as_microsecond();
    world
        .database
        .run(&format!("update webhook_events set processed_at = {now}, outcome = 'kept' where id = 'evt_odd'"))
        .await;
    assert!(!world.page("/console/events", &support).await.contains("in_nobody_knows"));
    assert!(world.page("/console/events?show=kept", &support).await.contains("in_nobody_knows"));
    let shown = world.page("/console/events/evt_odd", &support).await;
    assert!(shown.contains("&#60;b&#62;Ada") && shown.contains("<code>kept</code>"), "{shown}");
    assert!(!world.page("/console/events/evt_odd", &looks).await.contains("Ada"));
    assert_eq!(world.form("/console/events/evt_odd/replay", &looks, "").await.status(), StatusCode::NOT_FOUND);
    let again = world.form("/console/events/evt_odd/replay", &support, "").await;
    assert_eq!(again.headers()[header::LOCATION], "/console/events/evt_odd");
    assert!(world.page("/console/events", &support).await.contains("in_nobody_knows"));
    let lines = audit::list_page(&mut world.app.store.read().await.unwrap(), Some("evt_odd"), None, 10).await.unwrap();
    assert_eq!(lines[0].act, "event.replay");
    assert_eq!(world.form("/console/events/evt_none/replay", &support, "").await.status(), StatusCode::NOT_FOUND);
    // Past its time nothing is left to apply.
    world.database.run("update webhook_events set body = ''").await;
    assert!(world.page("/console/events/evt_odd", &support).await.contains("past its time"));
}

#[rstest]
#[tokio::test]
async fn a_payment_that_was_applied_is_applied_once_more_and_changes_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (_, bought, service) = sold(&world).await;
    let (_, support) = world.works_here(Role::Support).await;
    world.pass("outbox").await;
    let before = (world.panel.servers().len(), world.app.mailer.kept().await.len());
    let events = world.database.contents().await["webhook_events"].clone();
    let ids: BTreeSet<&str> = events
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("evt_"))
        .collect();
    assert!(ids.len() > 2, "{events}");
    // What was told of one that could not be applied ends when it is.
    let one = ids.iter().next().unwrap();
    alerts::raise_alone(&world.app, Rule::EventUnreadable, one, "It could not be applied 6 times.").await;
    assert_eq!(world.alerts().await, ["event.unreadable"]);
    for id in ids {
        let again = world.form(&format!("/console/events/{id}/replay"), &support, "").await;
        assert_eq!(again.status(), StatusCode::SEE_OTHER);
    }
    for _ in 0..5 {
        world.turn().await;
        world.clock.advance(SignedDuration::from_secs(5));
    }
    assert_eq!((world.panel.servers().len(), world.app.mailer.kept().await.len()), before);
    assert_eq!(world.alerts().await, Vec::<String>::new());
    let after = services::find(&mut world.app.store.read().await.unwrap(), &service.id).await.unwrap().unwrap();
    assert_eq!(after.server, service.server);
    assert!(world.page(&format!("/console/orders/{}", bought.order), &support).await.contains("Handed over"));
}

#[rstest]
#[tokio::test]
async fn a_parked_delivery_goes_on_from_the_orders_page(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.stripe.tick().await;
    world.pass("inbox").await;
    world.database.run("update operations set parked_why = 'somebody has to look'").await;
    let (_, support) = world.works_here(Role::Support).await;
    let here = format!("/console/orders/{}", bought.order);
    assert!(world.page(&here, &support).await.contains("somebody has to look"));
    let done = world.form(&format!("{here}/retry"), &support, "").await;
    assert_eq!(done.headers()[header::LOCATION], here.as_str());
    world.settles(&bought).await;
    assert!(world.page(&here, &support).await.contains("Handed over"));
    let (_, owner) = world.works_here(Role::Owner).await;
    let log = world.page(&format!("/console/audit?subject={}", bought.order), &owner).await;
    assert!(log.contains("order.retry") && !log.contains("staff.join"), "{log}");
    assert!(world.page("/console/audit", &owner).await.contains("staff.join"));
}

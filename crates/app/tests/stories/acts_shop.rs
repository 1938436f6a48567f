//! Acts that concern the whole shop: the sale, nodes, what does not work; and letters and logins.

use crate::acts::{Desk, act, is_not_for, mails, soon};
use crate::delivered::{HOUR, at_panel, days, delivered, is_clean, is_suspended, now, overdue, service, until};
use crate::world::{OWN_SECRET, PLAN, World, config};
use axum::body::Body;
use domain::access::Role;
use domain::ids::{AccountId, MessageId};
use domain::order::OrderState;
use http::{Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use sandbox::stripe::PayOutcome;
use serde_json::json;
use store::{Engine, accounts, factors, incidents, outbox};
use tower::ServiceExt;

#[rstest]
#[tokio::test]
async fn a_paused_region_sells_nothing_in_any_replica_and_open_pages_go_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let open = world.opens(&ada, PLAN).await;
    let other = app::web::router(world.replica(config("http://127.0.0.1:8080", OWN_SECRET, &[]), 2).await);
    let (pause, resume) = ("/console/shop/acts/pause", "/console/shop/acts/resume");
    is_not_for(&world, Role::Support, pause).await;
    let mut desk = Desk::of(&world, Role::Owner).await;
    let page = desk.foresees(&format!("{pause}?region=us-east")).await;
    assert!(page.contains("nothing is sold (") && page.contains("One payment page is open"), "{page}");
    desk.does_once(pause, &[("region", "us-east")]).await;
    desk.is_audited("us-east", "sales.pause").await;

    let cart = world.cart(PLAN);
    let (status, said) = world.post("/api/v1/checkout", Some(&bob.token), &cart).await;
    assert_eq!((status, said["code"].as_str()), (StatusCode::CONFLICT, Some("sales_paused")), "{said}");
    let request = Request::post("/api/v1/checkout")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", bob.token));
    let answer = other.clone().oneshot(request.body(Body::from(world.cart(PLAN).to_string())).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::CONFLICT, "another replica");
    let shop = world.page(&format!("/games/minecraft?plan={PLAN}&region=us-east"), "").await;
    assert!(shop.contains("not sold at the moment") && shop.contains("Tell me when there is room"), "{shop}");
    // Elsewhere it goes on.
    let mut elsewhere = world.cart(PLAN);
    let region = world.app.catalogue.regions.iter().find(|region| region.key.as_str() != "us-east").unwrap();
    elsewhere["region"] = json!(region.key.as_str());
    let (status, said) = world.post("/api/v1/checkout", Some(&bob.token), &elsewhere).await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    // The page that was open.
    world.pays(&open, PayOutcome::Pay);
    world.settles(&open).await;
    assert!(matches!(world.state(&open).await, OrderState::Fulfilled { .. }));
    assert!(desk.foresees("/console/shop").await.contains("nothing sold since"));

    desk.comes_back().await;
    desk.does_once(pause, &[]).await;
    let shop = world.page(&format!("/games/minecraft?plan={PLAN}"), "").await;
    assert!(shop.contains("We sell no new servers at the moment"), "{shop}");
    desk.does_once(resume, &[]).await;
    desk.does_once(resume, &[("region", "us-east")]).await;
    let (status, said) = world.post("/api/v1/checkout", Some(&bob.token), &cart).await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_drained_node_takes_nothing_new_and_keeps_what_it_has(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let node = service(&world, &bought).await.server.unwrap().node;
    let (drain, undrain) = (format!("/console/nodes/{node}/acts/drain"), format!("/console/nodes/{node}/acts/undrain"));
    is_not_for(&world, Role::Billing, &drain).await;
    let desk = Desk::of(&world, Role::Support).await;
    assert!(desk.foresees(&drain).await.contains("One server or order has its place there"));
    let others = free_places(&world).await;
    desk.does_once(&drain, &[]).await;
    desk.is_audited(&format!("node {node}"), "node.drain").await;
    assert!(free_places(&world).await < others, "its room is not for sale");
    // A sweep of the panel does not take it back.
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(30)).await;
    assert!(desk.foresees("/console/nodes").await.contains("Drained"));
    for name in ["bob", "cleo", "dan"] {
        let customer = world.customer(name).await;
        let next = world.opens(&customer, PLAN).await;
        assert_ne!(world.node_of(&next).await, node);
    }
    assert_eq!(at_panel(&world).await, Some(false), "what stands there runs on");
    desk.does_once(&undrain, &[]).await;
    assert!(!desk.foresees("/console/nodes").await.contains("Drained"));
    is_clean(&world).await;
}

/// How many places for the plan of the stories are free, in all regions.
async fn free_places(world: &World) -> usize {
    let plan = world.app.catalogue.find_plan(PLAN).unwrap();
    let blueprint = world.app.catalogue.find_blueprint(&plan.blueprint).unwrap();
    let shape = domain::catalogue::ServerShape::of(plan, blueprint, []);
    let mut db = world.app.store.read().await.unwrap();
    let openings = app::sales::room::Openings::look(&world.app, &mut db).await.unwrap();
    openings.of(&world.app, shape).into_iter().map(|(_, places)| places).sum()
}

#[rstest]
#[tokio::test]
async fn during_an_incident_nobody_loses_a_server_for_want_of_payment_and_everybody_reads_why(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = overdue(engine).await;
    let begin = "/console/shop/acts/begin";
    is_not_for(&world, Role::Billing, begin).await;
    let mut desk = Desk::of(&world, Role::Support).await;
    assert!(desk.foresees(begin).await.contains("no server is suspended because nobody paid"));
    let words = [("title", "No payments <b>"), ("text", "Our bank is away.\nWe are on it."), ("region", "")];
    let (status, said) = desk.does(begin, &[("title", ""), ("text", "x"), ("reason", "y")]).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && said.contains("Write a title"), "{said}");
    desk.does_once(begin, &words).await;
    desk.is_audited("incident", "incident.begin").await;
    let incident = incidents::list_open(&mut world.app.store.read().await.unwrap()).await.unwrap().remove(0);

    let customer =
        accounts::find(&mut world.app.store.read().await.unwrap(), &service(&world, &bought).await.customer).await;
    let hers = world.comes_in(&customer.unwrap().unwrap().id).await;
    for page in ["/status".to_owned(), "/servers".to_owned(), format!("/servers/{}", service(&world, &bought).await.id)]
    {
        let shown = world.page(&page, &hers).await;
        assert!(shown.contains("No payments &#60;b&#62;") && shown.contains("Our bank is away."), "{page}: {shown}");
    }
    world.passes(days(20), HOUR * 6).await;
    assert_eq!(at_panel(&world).await, Some(false), "the grace has long been over");
    is_clean(&world).await;

    desk.comes_back().await;
    let finish = format!("/console/incidents/{}/acts/finish", incident.id);
    desk.does_once(&finish, &[]).await;
    desk.is_audited(incident.id.as_str(), "incident.end").await;
    // Who looks later reads of it among what is over.
    let told = world.page("/status", "").await;
    let (before, _) = told.split_once("id=\"past\"").unwrap();
    assert!(told.contains("No payments") && !before.contains("No payments"), "{told}");
    assert!(until(&world, days(1), async |world| is_suspended(world, &bought).await).await, "now it is");
    is_clean(&world).await;
    let known = incidents::list_since(&mut world.app.store.read().await.unwrap(), Timestamp::UNIX_EPOCH).await.unwrap();
    assert!(known.len() == 1 && known[0].ended_at.is_some_and(|ended| ended <= now(&world)));

    // Another one, in another place: it spares nobody here, and nothing is deleted during one that does.
    let region = service(&world, &bought).await.region;
    let other = world.app.catalogue.regions.iter().find(|one| one.key != region).unwrap().key.to_string();
    desk.comes_back().await;
    desk.does_once(begin, &[("title", "Elsewhere"), ("text", "Not here."), ("region", &other)]).await;
    assert!(!world.page("/servers", &hers).await.contains("Elsewhere"));
    desk.does_once(begin, &[("title", "Here"), ("text", "Here."), ("region", region.as_str())]).await;
    let promised = service(&world, &bought).await.standing.suspension.unwrap().delete_on.unwrap();
    world.passes(promised.duration_since(now(&world)) + days(4), HOUR * 12).await;
    assert_eq!(at_panel(&world).await, Some(true), "its data stands after the promised day");
    is_clean(&world).await;
    let open = incidents::list_open(&mut world.app.store.read().await.unwrap()).await.unwrap();
    desk.comes_back().await;
    for incident in open {
        desk.does_once(&format!("/console/incidents/{}/acts/finish", incident.id), &[]).await;
    }
    assert!(until(&world, days(5), async |world| service(world, &bought).await.terminated_at.is_some()).await);
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_letter_is_sent_again_once_if_it_still_holds(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let id = service(&world, &bought).await.id;
    let letter = async |kind: &str| -> MessageId {
        let mut db = world.app.store.read().await.unwrap();
        let all = outbox::list_about(&mut db, [bought.order.as_str(), id.as_str()], 50).await.unwrap();
        all.into_iter().rfind(|letter| letter.kind == kind).unwrap().id
    };
    let ready = format!("/console/mails/{}/acts/resend", letter("server_ready").await);
    is_not_for(&world, Role::Billing, &ready).await;
    let desk = Desk::of(&world, Role::Support).await;
    assert!(desk.foresees(&ready).await.contains("written once more"));
    let before = mails(&world).await.len();
    desk.does_once(&ready, &[]).await;
    desk.is_audited(letter("server_ready").await.as_str(), "mail.resend").await;
    world.pass("outbox").await;
    assert_eq!(mails(&world).await.split_off(before), ["Ada of the keep is ready"]);
    let (status, said) = desk.does(&ready, &[("reason", "again")]).await;
    assert!(status == StatusCode::CONFLICT && said.contains("was sent again"), "{said}");
    let text = world.app.mailer.kept().await.pop().unwrap().2;
    assert!(text.contains(&service(&world, &bought).await.address.unwrap()), "{text}");

    // What does not hold any more is not said again.
    desk.does_once(&act(&bought, "end"), &[]).await;
    soon(&world).await;
    world.clock.advance(SignedDuration::from_mins(6));
    let page = desk.foresees(&ready).await;
    assert!(page.contains("does not hold any more: the server is gone"), "{page}");
}

#[rstest]
#[tokio::test]
async fn a_login_that_we_lost_is_taken_over_from_the_panel(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let path = act(&bought, "sync-panel");
    is_not_for(&world, Role::Billing, &path).await;
    let desk = Desk::of(&world, Role::Support).await;
    assert!(desk.foresees(&path).await.contains("We know this login already"));
    let customer: AccountId = service(&world, &bought).await.customer;
    let account =
        async || accounts::find(&mut world.app.store.read().await.unwrap(), &customer).await.unwrap().unwrap();
    let known = account().await;
    let lost = format!("update accounts set panel_user = 9999, panel_username = 'somebody' where id = '{customer}'");
    world.database.run(&lost).await;
    desk.does_once(&path, &[]).await;
    desk.is_audited(customer.as_str(), "customer.sync-panel").await;
    let mended = account().await;
    assert_eq!((mended.panel_user, mended.panel_username), (known.panel_user, known.panel_username));
}

#[rstest]
#[tokio::test]
async fn who_lost_the_second_factor_gets_in_again_once_somebody_made_sure_who_they_are(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    let mut tx = world.app.store.begin().await.unwrap();
    let account = accounts::find_by_email(&mut tx, &ada.email).await.unwrap().unwrap();
    let id = account.id;
    let (now, since) = (world.app.now(), world.app.now() - HOUR);
    factors::offer_totp(&mut tx, &id, "sealed", now, since).await.unwrap();
    assert!(factors::use_step(&mut tx, &id, "sealed", 1, now).await.unwrap());
    factors::save_recovery_codes(&mut tx, &id, &["a hash".to_owned()], now).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/console/customers/{id}/acts/remove-factors");
    is_not_for(&world, Role::Support, &path).await;
    let desk = Desk::of(&world, Role::Admin).await;
    let page = desk.foresees(&format!("/console/customers/{id}")).await;
    assert!(page.contains("an app for codes") && page.contains(&path), "{page}");
    let asked = desk.foresees(&path).await;
    assert!(asked.contains("The app for codes and the recovery codes are removed"), "{asked}");
    assert!(asked.contains(&ada.email), "who is meant stands there: {asked}");

    // Act
    desk.does_once(&path, &[]).await;

    // Assert
    desk.is_audited(id.as_str(), "customer.remove-factors").await;
    let left = factors::of(&mut world.app.store.read().await.unwrap(), &id).await.unwrap();
    assert!(!left.any() && left.recovery_codes == 0, "{left:?}");
    let request = Request::get("/servers").header(header::COOKIE, &cookie).body(Body::empty()).unwrap();
    assert_eq!(world.send(request).await.status(), StatusCode::SEE_OTHER, "whoever was signed in is not any more");
    world.pass("outbox").await;
    assert!(mails(&world).await.contains(&"Your second factors were removed".to_owned()));
    let page = desk.foresees(&format!("/console/customers/{id}?done=remove-factors")).await;
    assert!(page.contains("Second factor") && !page.contains(&path) && page.contains("Done: "), "{page}");
    // Nobody takes it off somebody who works here.
    let own = format!("/console/customers/{}/acts/remove-factors", desk.id);
    assert!(desk.foresees(&own).await.contains("This account runs the shop"));
}

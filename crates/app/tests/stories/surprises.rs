//! What surprises people: games that cannot be asked, keys that lose their rights, servers that vanish, carts that change.

use crate::world::{Bought, OWN_SECRET, PLAN, World, config};
use app::config::MailTarget;
use app::desk::acts::{self, Act, ActError, Foresight};
use app::web::account::device::Client;
use app::web::account::flow;
use app::work::{JOBS, panel_sync};
use domain::order::OrderState;
use http::StatusCode;
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec, On, PanelSeed};
use sandbox::stripe::{Fault as StripeFault, FaultKind, PayOutcome};
use serde_json::{Value, json};
use store::alerts::Wanted;
use store::{Engine, accounts, operations, orders, services};

async fn service(world: &World, bought: &Bought) -> services::Service {
    services::find_by_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap().unwrap()
}

#[rstest]
#[tokio::test]
async fn a_game_that_cannot_be_asked_is_handed_over_after_a_minute_and_says_so(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, "palworld-8g").await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }), "{}", world.story(&bought).await);
    assert_eq!(service(&world, &bought).await.verified, Some(false));
    let (_, status) = world.get("/api/v1/server-status", Some(&ada.token)).await;
    assert_eq!(status["server_info"]["status"], "playable");
}

#[rstest]
#[tokio::test]
async fn a_client_key_without_rights_makes_the_delivery_wait_and_costs_no_server(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let client = On { path: Some("/api/client/*".to_owned()), ..On::default() };
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    world.panel.add_fault(FaultSpec::lasting(Fault::Forbidden).on(client));
    world.pays(&bought, PayOutcome::Pay);
    let decided = async |world: &World| {
        !matches!(world.state(&bought).await, OrderState::CheckoutOpen { .. } | OrderState::Paid { .. })
    };
    // Far past the time that this game may take to start.
    assert!(!world.until(SignedDuration::from_mins(25), decided).await, "{}", world.story(&bought).await);
    assert_eq!(world.servers(), 1);
    world.panel.clear_faults();
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn a_cart_that_changed_closes_its_old_page_and_opens_another_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut cart = world.cart(PLAN);
    let (_, first) = world.post("/api/v1/checkout", Some(&ada.token), &cart).await;
    cart["plan_id"] = json!("minecraft-paper-8g");
    let (status, second) = world.post("/api/v1/checkout", Some(&ada.token), &cart).await;
    assert_eq!(status, StatusCode::CREATED, "{second}");
    assert_ne!(first["payment_url"], second["payment_url"]);
    let mut states: Vec<String> = world
        .stripe
        .objects("checkout.session")
        .iter()
        .map(|page| format!("{} {}", page["amount_subtotal"], page["status"].as_str().unwrap()))
        .collect();
    states.sort();
    assert_eq!(states, ["1399 expired", "2799 open"]);
}

#[rstest]
#[tokio::test]
async fn a_customer_who_comes_back_from_the_page_does_not_wait_for_the_poll(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.webhooks_are_lost();
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    let cookie = world.sign_in(&ada).await;
    world.page(&format!("/orders/{}?session={}", bought.order, bought.session), &cookie).await;
    world.pass("open_orders").await;
    assert!(matches!(world.state(&bought).await, OrderState::Paid { .. }));
}

#[rstest]
#[tokio::test]
async fn a_server_that_vanishes_is_missed_told_and_not_made_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let number = service(&world, &bought).await.server.unwrap().id;
    world.panel.vanish(number);
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    assert_eq!(world.servers(), 0);
    assert!(world.alerts().await.contains(&"server.missing".to_owned()));
    let (_, status) = world.get("/api/v1/server-status", Some(&ada.token)).await;
    assert_eq!(status["server_info"]["status"], "missing");
    let mails = world.app.mailer.kept().await;
    assert_eq!(mails.iter().filter(|(_, subject, _)| subject.contains("looking for your server")).count(), 1);
}

#[rstest]
#[tokio::test]
async fn when_many_servers_are_missing_at_once_nothing_is_made_or_removed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: five delivered servers, and a panel that lost four of them.
    let world = World::new(engine).await;
    let mut delivered = Vec::new();
    for name in ["ada", "bob", "cyd", "dan", "eve"] {
        let customer = world.customer(name).await;
        let bought = world.buys(&customer, "minecraft-paper-2g").await;
        world.settles(&bought).await;
        delivered.push(service(&world, &bought).await.server.unwrap().id);
    }
    for number in &delivered[..4] {
        world.panel.vanish(*number);
    }
    panel_sync::pass(&world.app).await.unwrap();
    assert_eq!(world.alerts().await, ["servers.missing"]);
    // Act: somebody buys meanwhile.
    let fay = world.customer("fay").await;
    let bought = world.buys(&fay, PLAN).await;
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    // Assert: it is paid and waits.
    assert!(matches!(world.state(&bought).await, OrderState::Paid { .. }));
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn a_charge_after_the_end_goes_back(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    // The service is over for us, and the subscription charges once more before anybody could end it.
    let service = service(&world, &bought).await;
    let mut tx = world.app.store.begin().await.unwrap();
    services::request_stop(&mut tx, &service.id, "the end", app::clock::Clock::now(&world.clock)).await.unwrap();
    tx.commit().await.unwrap();
    world.stripe.advance(SignedDuration::from_hours(24 * 32)).await;
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    let charges = world.stripe.objects("charge").len();
    assert_eq!(charges, 2, "the renewal was charged");
    assert_eq!(world.stripe.objects("refund").len(), 1, "and went back");
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }), "the order itself stays as it was");
}

#[rstest]
#[tokio::test]
async fn the_failed_payment_of_another_shop_is_never_ours_to_end(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    // The page and its subscription are another shop's, on the same account at Stripe; its bank debit fails days later.
    world.stripe.tamper(&bought.session, &json!({"metadata": {"installation": "ins_of_another_shop"}}));
    world.pays(&bought, PayOutcome::DelayedFailure);
    world.stripe.advance(SignedDuration::from_hours(24 * 8)).await;
    // Their shop keeps it going meanwhile.
    let subscription = world.stripe.objects("subscription")[0]["id"].as_str().unwrap().to_owned();
    assert!(world.stripe.tamper(&subscription, &json!({"status": "active"})));
    world.passes(SignedDuration::from_mins(2), SignedDuration::from_secs(10)).await;
    let failed = |event: &Value| event["type"] == "checkout.session.async_payment_failed";
    assert!(world.stripe.objects("event").iter().any(failed), "the failure was told");
    let states: Vec<Value> = world.stripe.objects("subscription").iter().map(|one| one["status"].clone()).collect();
    assert_eq!(states, ["active"], "not ended by us");
    assert!(world.alerts().await.contains(&"payment.foreign".to_owned()));
}

#[rstest]
#[tokio::test]
async fn a_panel_login_that_somebody_else_made_owns_nothing_until_an_operator_says_so(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: the address of the customer has a login at the panel, from an earlier time.
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let made = world
        .panel_call(
            "POST",
            "users",
            &json!({"email": "ada@example.test", "username": "ada", "first_name": "Ada", "last_name": "Old"}),
        )
        .await;
    let bought = world.buys(&ada, PLAN).await;
    world.passes(SignedDuration::from_mins(2), SignedDuration::from_secs(5)).await;
    assert!(matches!(world.state(&bought).await, OrderState::Paid { .. }));
    assert_eq!(world.alerts().await, ["account.clash"]);
    let account =
        accounts::find_by_email(&mut world.app.store.read().await.unwrap(), "ada@example.test").await.unwrap().unwrap();
    let number = made["attributes"]["id"].as_u64().unwrap();
    let told =
        store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::Open, None, 10).await.unwrap();
    assert!(told[0].text.contains(&format!("(ada, number {number})")), "{}", told[0].text);
    let sync = |named| Act::SyncPanel(account.id.clone(), named);
    let Ok(Foresight::Nothing(why)) = acts::foresee(&world.app, &sync(None)).await else { panic!("there is no mark") };
    assert!(why.contains(&format!("ada, number {number}, has their address")), "{why}");
    let nobody = acts::foresee(&world.app, &sync(Some(99))).await;
    assert!(matches!(&nobody, Err(ActError::Typed(why)) if why.contains("number 99")), "{nobody:?}");
    // Act: the operator vouches for it.
    let by_hand = acts::foresee(&world.app, &sync(Some(number))).await;
    assert!(matches!(&by_hand, Ok(Foresight::Happens(says)) if says[0].contains("The login ada")), "{by_hand:?}");
    let login = app::work::provision::find_login(&world.app, &account, Some(number)).await.unwrap();
    assert_eq!(login.1, "ada");
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    assert_eq!(world.alerts().await, Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn what_the_panel_says_is_not_for_customers_to_read(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.panel.add_fault(FaultSpec::once(Fault::DaemonDown { node: None }).on(On::create_server()));
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let (_, order) = world.get(&format!("/api/v1/orders/{}", bought.order), Some(&ada.token)).await;
    let failed: Vec<&Value> =
        order["timeline"].as_array().unwrap().iter().filter(|entry| entry["what"]["kind"] == "create_failed").collect();
    assert!(!failed.is_empty(), "{order}");
    assert!(failed.iter().all(|entry| entry["what"]["detail"]["problem"] == ""), "{failed:?}");
    let service = service(&world, &bought).await;
    let jobs = operations::list_of_service(&mut world.app.store.read().await.unwrap(), &service.id).await.unwrap();
    let attempts = operations::list_attempts(&mut world.app.store.read().await.unwrap(), &jobs[0].id).await.unwrap();
    assert!(!attempts[0].detail.is_empty(), "the operator reads it");
}

#[rstest]
#[tokio::test]
async fn a_server_whose_mark_was_taken_off_is_not_called_gone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let number = service(&world, &bought).await.server.unwrap().id;
    // Somebody edits the server at the panel, which takes our external id off.
    let owner = world.panel.servers()[0].user;
    world.panel_call("PATCH", &format!("servers/{number}/details"), &json!({"name": "Renamed", "user": owner})).await;
    assert_eq!(world.servers(), 0, "nothing carries our mark");
    let service_id = service(&world, &bought).await.id;
    let now = app::clock::Clock::now(&world.clock);
    let mut tx = world.app.store.begin().await.unwrap();
    services::request_stop(&mut tx, &service_id, "the end", now).await.unwrap();
    operations::create(&mut tx, &world.app.id(), &service_id, operations::OperationKind::Terminate, now).await.unwrap();
    tx.commit().await.unwrap();
    world.passes(SignedDuration::from_mins(45), SignedDuration::from_secs(60)).await;
    // It still runs: it is not called gone, and a person is told.
    assert_eq!(world.panel.servers().len(), 1);
    assert_eq!(service(&world, &bought).await.terminated_at, None);
    assert!(world.alerts().await.contains(&"removal.stuck".to_owned()), "{:?}", world.alerts().await);
}

#[rstest]
#[tokio::test]
async fn a_region_without_a_node_is_sold_out_and_names_the_one_that_has_room(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::with_panel(engine, PanelSeed::demo(7)).await;
    world.closes_region("eu").await;
    let ada = world.customer("ada").await;
    let mut cart = world.cart(PLAN);
    cart["region"] = json!("eu");
    let (status, problem) = world.post("/api/v1/checkout", Some(&ada.token), &cart).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("sold_out")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("US East"), "{problem}");
    assert!(world.stripe.objects("checkout.session").is_empty());
}

#[rstest]
#[tokio::test]
async fn when_nobody_outside_answers_a_person_is_told_and_everything_goes_on_afterwards(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    world.stripe.faults().add(sandbox::stripe::Fault::always(FaultKind::ResetBefore));
    world.panel.add_fault(FaultSpec::lasting(Fault::Cut { after: false }));
    world.pays(&bought, PayOutcome::Pay);

    world.passes(SignedDuration::from_mins(25), SignedDuration::from_secs(30)).await;

    assert!(world.alerts().await.contains(&"clock.wrong".to_owned()), "{:?}", world.alerts().await);
    world.stripe.faults().clear();
    world.panel.clear_faults();
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }), "{}", world.story(&bought).await);
    assert!(!world.alerts().await.contains(&"clock.wrong".to_owned()), "{:?}", world.alerts().await);
}

#[rstest]
#[tokio::test]
async fn whoever_comes_back_after_stripe_did_not_answer_gets_a_page_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: Stripe is away while somebody asks for a page, which it would have to keep open for half an hour from then on.
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cart = world.cart(PLAN);
    world.stripe.faults().add(StripeFault::once(FaultKind::ResetBefore).on("POST", "/v1/checkout/sessions"));
    let (refused, _) = world.post("/api/v1/checkout", Some(&ada.token), &cart).await;
    world.clock.advance(SignedDuration::from_secs(50));
    // Act: nothing was looked at in between.
    let (status, opened) = world.post("/api/v1/checkout", Some(&ada.token), &cart).await;
    let (again, same) = world.post("/api/v1/checkout", Some(&ada.token), &cart).await;
    // Assert: one page that can be paid, and no place that is held for nobody.
    assert_eq!((refused, status, again), (StatusCode::SERVICE_UNAVAILABLE, StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(opened["order_id"], same["order_id"]);
    let mut db = world.app.store.read().await.unwrap();
    let account = accounts::find_by_email(&mut db, &ada.email).await.unwrap().unwrap();
    assert_eq!(orders::count_open(&mut db, &account.id).await.unwrap(), 1);
}

#[rstest]
#[tokio::test]
async fn a_letter_that_the_mail_server_does_not_take_is_sent_by_a_later_try(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: a letter that is due, and a process whose mail server is not there.
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    flow::request_reset(&world.app, &Client::default(), &ada.email).await.unwrap();
    let mut lonely = config("http://127.0.0.1:8080", OWN_SECRET, &[]);
    lonely.mail.target = MailTarget::Smtp("smtp://127.0.0.1:9".into());
    let lonely = world.replica(lonely, 2).await;
    let outbox = JOBS.iter().find(|job| job.name == "outbox").unwrap();
    let sent = async |world: &World| {
        world.app.mailer.kept().await.iter().filter(|(_, subject, _)| subject.contains("password")).count()
    };
    // Act.
    assert_eq!(outbox.pass(&lonely).await.unwrap().failed, 1);
    assert_eq!(sent(&world).await, 0);
    world.passes(SignedDuration::from_mins(10), SignedDuration::from_mins(1)).await;
    // Assert.
    assert_eq!(sent(&world).await, 1);
}

#[rstest]
#[tokio::test]
async fn mails_that_somebody_does_not_want_are_not_sent_and_all_others_are(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    assert_eq!(world.page("/account/mails", &cookie).await.matches(" checked").count(), 3);
    world.form("/account/mails", &cookie, "wanted=server_back&wanted=server_ready&wanted=nonsense").await;
    let page = world.page("/account/mails?saved=1", &cookie).await;
    assert!(page.contains("Saved.") && page.matches(" checked").count() == 1, "{page}");
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let mails = world.app.mailer.kept().await;
    let told = |words: &str| mails.iter().filter(|(_, subject, _)| subject.contains(words)).count();
    assert_eq!((told("is ready"), told("Payment received")), (1, 0), "{mails:?}");
}

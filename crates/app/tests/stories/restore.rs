//! A shop that was lost and comes back from a backup: frozen until a person confirms, and then everything is made up for.

use crate::world::{Bought, Customer, OWN_SECRET, PLAN, World, config};
use age::x25519::Identity;
use app::backup::{self, Source};
use app::clock::{Clock, Random};
use app::epoch_mark::{self, Found};
use domain::freeze::{Reach, Reason};
use domain::order::OrderState;
use http::{Request, StatusCode};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::PanelSeed;
use sandbox::stripe::PayOutcome;
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use store::testing::TestDatabase;
use store::{Engine, freezes, services};
use tempfile::TempDir;

/// A backup and what opens it.
struct Kept {
    backup: PathBuf,
    identity: PathBuf,
    _folder: TempDir,
}

impl World {
    async fn backs_up(&self) -> Kept {
        let folder = tempfile::tempdir().unwrap();
        let (backup, identity) = (folder.path().join("shop.backup"), folder.path().join("key"));
        let key = Identity::generate();
        std::fs::write(&identity, key.to_string().expose_secret()).unwrap();
        let secret = SecretString::from(OWN_SECRET);
        backup::write(&self.app.store, &backup, &key.to_public(), &secret, self.clock.now()).await.unwrap();
        Kept { backup, identity, _folder: folder }
    }

    /// The database is lost; another one is filled from the backup, and the program starts over it.
    async fn comes_back(&mut self, kept: &Kept, engine: Engine) {
        self.app.store.close().await;
        self.database = TestDatabase::new(engine);
        let secret = SecretString::from(OWN_SECRET);
        let source = Source { from: &kept.backup, identity: &kept.identity, secrets: &[&secret] };
        let restored = backup::restore(&source, &self.database.url, &Random::seeded(77), self.clock.now()).await;
        restored.unwrap().0.close().await;
        self.restarts(config("http://127.0.0.1:8080", OWN_SECRET, &[])).await;
    }

    /// How often Stripe and the panel were called, in whatever way.
    fn calls(&self) -> (u64, u64) {
        let panel = self.panel.call_counts().into_iter().map(|(_, _, count)| count).sum();
        (self.stripe.contract().requests_checked, panel)
    }

    async fn is_delivered_once(&self, bought: &Bought) {
        assert!(matches!(self.state(bought).await, OrderState::Fulfilled { .. }), "{}", self.story(bought).await);
        let service = services::find_by_order(&mut self.app.store.read().await.unwrap(), &bought.order).await.unwrap();
        let external_id = service.unwrap().external_id;
        let servers = self.panel.servers();
        let standing = servers.iter().filter(|server| server.external_id.as_deref() == Some(external_id.as_str()));
        assert_eq!(standing.count(), 1, "{external_id}");
    }
}

#[expect(clippy::print_stdout, reason = "the line is the story's figure")]
fn show(line: &str) {
    println!("{line}");
}

fn other(engine: Engine) -> Engine {
    match engine {
        Engine::Sqlite => Engine::Postgres,
        Engine::Postgres => Engine::Sqlite,
    }
}

async fn customers(world: &World) -> [Customer; 4] {
    [world.customer("ada").await, world.customer("ben").await, world.customer("cyd").await, world.customer("dan").await]
}

#[rstest]
#[tokio::test]
async fn restored_in_the_middle_of_deliveries_it_stands_still_and_then_every_order_has_one_server(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: one server delivered, one being made, one order at the payment page; then the backup.
    let mut world = World::new(engine).await;
    let [ada, ben, cyd, _] = customers(&world).await;
    let delivered = world.buys(&ada, PLAN).await;
    world.settles(&delivered).await;
    let under_way = world.buys(&ben, PLAN).await;
    let unpaid = world.opens(&cyd, PLAN).await;
    world.turn().await;
    assert!(matches!(world.state(&under_way).await, OrderState::Paid { .. }));
    let kept = world.backs_up().await;
    // The world goes on: what was under way is delivered, what was unpaid is paid and delivered. Then the database is lost.
    world.pays(&unpaid, PayOutcome::Pay);
    world.settles(&under_way).await;
    world.settles(&unpaid).await;
    assert_eq!(world.servers(), 3);
    world.comes_back(&kept, other(engine)).await;
    // Frozen: whatever passes, nobody outside hears of us. What Stripe sends is kept.
    let (calls, mails) = (world.calls(), world.app.mailer.kept().await.len());
    let again = world.opens_nothing(&cyd).await;
    assert_eq!(again["code"], "paused", "{again}");
    assert!(again["detail"].as_str().unwrap().contains("not charged"), "{again}");
    // Far longer than any delivery may take.
    world.passes_without_stripe(SignedDuration::from_hours(30)).await;
    assert_eq!((world.calls(), world.app.mailer.kept().await.len()), (calls, mails));
    assert!(matches!(world.state(&unpaid).await, OrderState::CheckoutOpen { .. }));
    let (status, ready) = world.get("/readyz", None).await;
    assert_eq!((status, ready["frozen"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("restored")));
    assert!(world.alerts().await.contains(&"restore.frozen".to_owned()));
    // A person looks, and confirms.
    let since = freezes::standing(&mut world.app.store.read().await.unwrap()).await.unwrap().freezes[0].data_at;
    let told = backup::differences(&world.app, since).await;
    let kinds: Vec<&str> = told.iter().map(|since| since.kind).collect();
    assert!(kinds.contains(&"events") && kinds.contains(&"server") && !kinds.contains(&"unread"), "{told:#?}");
    backup::confirm(&world.app, "cli").await.unwrap();
    // Everything is made up for: three payments, three servers, and nobody was charged or delivered twice.
    world.settles(&under_way).await;
    world.settles(&unpaid).await;
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    for bought in [&delivered, &under_way, &unpaid] {
        world.is_delivered_once(bought).await;
    }
    assert_eq!(world.servers(), 3, "{}", world.story(&unpaid).await);
    let charges = world.stripe.objects("charge");
    assert_eq!(charges.iter().filter(|charge| charge["status"] == "succeeded").count(), 3);
    assert!(world.stripe.objects("refund").is_empty());
    assert_eq!(world.panel.count_of("DELETE", "servers/{}") + world.panel.count_of("DELETE", "servers/{}/force"), 0);
    assert!(!world.alerts().await.contains(&"restore.frozen".to_owned()), "{:?}", world.alerts().await);
    let (status, _) = world.get("/readyz", None).await;
    assert_eq!(status, StatusCode::OK);
}

#[rstest]
#[tokio::test]
async fn what_was_given_back_after_the_backup_is_not_delivered_after_the_restore(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: paid, and the backup before anything was made; then the customer cancels, and the money goes back.
    let mut world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.stripe.tick().await;
    world.pass("inbox").await;
    assert!(matches!(world.state(&bought).await, OrderState::Paid { .. }));
    let kept = world.backs_up().await;
    let cancel = format!("/api/v1/orders/{}/cancel", bought.order);
    assert!(world.post(&cancel, Some(&ada.token), &serde_json::json!({})).await.0.is_success());
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Refunded { .. }));
    // Act
    world.comes_back(&kept, engine).await;
    assert!(matches!(world.state(&bought).await, OrderState::Paid { .. }));
    backup::confirm(&world.app, "cli").await.unwrap();
    world.settles(&bought).await;
    // Assert
    assert!(matches!(world.state(&bought).await, OrderState::Refunded { .. }), "{}", world.story(&bought).await);
    assert_eq!((world.servers(), world.stripe.objects("refund").len()), (0, 1));
    assert_eq!(world.panel.count_of("POST", "servers"), 0);
}

#[rstest]
#[tokio::test]
async fn money_for_an_order_that_the_backup_does_not_have_is_told_to_a_person(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let kept = world.backs_up().await;
    let lost = world.buys(&ada, PLAN).await;
    world.settles(&lost).await;
    world.comes_back(&kept, other(engine)).await;
    let since = freezes::standing(&mut world.app.store.read().await.unwrap()).await.unwrap().freezes[0].data_at;
    let told = backup::differences(&world.app, since).await;
    let of = |kind: &str| told.iter().filter(|since| since.kind == kind).count();
    assert_eq!((of("payment page"), of("subscription"), of("server")), (1, 1, 1), "{told:#?}");
    backup::confirm(&world.app, "cli").await.unwrap();
    world.passes(SignedDuration::from_mins(5), SignedDuration::from_secs(10)).await;
    let alerts = world.alerts().await;
    assert!(alerts.contains(&"payment.unexplained".to_owned()), "{alerts:?}");
    assert!(alerts.contains(&"server.orphaned".to_owned()), "{alerts:?}");
    assert_eq!(world.servers(), 1);
}

#[rstest]
#[tokio::test]
async fn a_process_of_the_epoch_before_stops_when_a_restore_is_confirmed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: two processes; one of them knows only the epoch before, as a process over a database that was put back does.
    let world = World::new(engine).await;
    let older = world.replica(config("http://127.0.0.1:8080", OWN_SECRET, &[]), 2).await;
    let ada = world.customer("ada").await;
    backup::confirm(&world.app, "cli").await.unwrap();
    // Act: both look.
    let seen = older.look_whether_frozen().await.unwrap();
    assert_eq!(seen.stops(Reach::Outside), Some(Reason::Superseded));
    let bought = world.replica(config("http://127.0.0.1:8080", OWN_SECRET, &[]), 3).await;
    assert_eq!(
        bought.look_whether_frozen().await.unwrap().stops(Reach::Servers),
        None,
        "whoever starts now belongs to now"
    );
    // Assert: the older one takes nothing up.
    let calls = world.calls();
    for job in app::work::JOBS.iter().filter(|job| job.reach.is_some()) {
        assert_eq!(job.pass(&older).await.unwrap().taken, 0, "{}", job.name);
    }
    assert_eq!(world.calls(), calls);
    let web = app::web::router(older.clone());
    let cart = world.cart(PLAN);
    let request = Request::post("/api/v1/checkout")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", ada.token))
        .body(axum::body::Body::from(cart.to_string()))
        .unwrap();
    let answer = tower::ServiceExt::oneshot(web, request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.calls(), calls);
}

#[rstest]
#[tokio::test]
async fn staff_see_on_every_page_that_the_shop_is_frozen_and_customers_see_that_it_is_paused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let kept = world.backs_up().await;
    world.comes_back(&kept, engine).await;
    let cookie = world.sign_in(&ada).await;
    let status = world.page("/status", &cookie).await;
    assert!(status.contains("No orders are taken at the moment"), "{status}");
    assert!(!status.contains("givr restore confirm"), "what to type is for staff");
    for page in ["/", "/games", "/games/minecraft", "/servers"] {
        let page = world.page(page, &cookie).await;
        assert!(page.contains("We take no orders at the moment"), "{page}");
    }
    world.database.run("update accounts set role = 'owner'").await;
    let status = world.page("/status", &cookie).await;
    assert!(status.contains("givr restore confirm"), "{status}");
}

#[rstest]
#[tokio::test]
async fn a_backup_is_taken_at_one_moment_while_orders_move(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    // Arrange: backups, one after the other, while somebody buys.
    let mut world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    let moving = async {
        for _ in 0..12 {
            world.turn().await;
            world.clock.advance(SignedDuration::from_secs(2));
        }
    };
    let keeping = async {
        let mut all = Vec::new();
        for _ in 0..4 {
            all.push(world.backs_up().await);
        }
        all
    };
    let ((), all) = tokio::join!(moving, keeping);
    world.settles(&bought).await;
    // Act and assert: each fits together, by the database's own rules and by those of the check.
    for kept in all {
        world.comes_back(&kept, other(engine)).await;
        let evidence = app::verify::read(&app::verify::Sources::of(&world.app), world.clock.now()).await.unwrap();
        let ours = &evidence.ours;
        for service in &ours.services {
            let order = ours.orders.iter().find(|purchase| purchase.order.id == service.order).unwrap();
            assert!(order.order.state.payment().is_some());
            assert!(ours.jobs.iter().any(|job| job.service == service.id));
            assert!(ours.ledger.iter().any(|entry| entry.order.as_ref() == Some(&service.order)));
        }
        for purchase in ours.orders.iter().filter(|purchase| purchase.order.state.payment().is_some()) {
            assert!(ours.services.iter().any(|service| service.order == purchase.order.id));
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_drill_passes_while_orders_are_under_way_and_fails_for_a_backup_that_lacks_something(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: as in real life, something is delivered, something under way, and the world goes on after the backup.
    let mut world = World::new(engine).await;
    let [ada, ben, cyd, dan] = customers(&world).await;
    let delivered = world.buys(&ada, PLAN).await;
    world.settles(&delivered).await;
    let under_way = world.buys(&ben, PLAN).await;
    let unpaid = world.opens(&cyd, PLAN).await;
    world.turn().await;
    let good = world.backs_up().await;
    world.clock.advance(SignedDuration::from_secs(5));
    world.pays(&unpaid, PayOutcome::Pay);
    let later = world.buys(&dan, PLAN).await;
    for bought in [&under_way, &unpaid, &later] {
        world.settles(bought).await;
    }
    // A shop whose ledger lost what was charged long before.
    world.passes(SignedDuration::from_mins(30), SignedDuration::from_secs(60)).await;
    world.database.run("delete from ledger").await;
    let lacking = world.backs_up().await;
    // Act
    let scratch = TestDatabase::new(other(engine));
    let of_good = world.drills(&good, &scratch).await;
    let scratch = TestDatabase::new(engine);
    let of_lacking = world.drills(&lacking, &scratch).await;
    // Assert
    assert_eq!(of_good.unexplained, [], "{:#?}", of_good.since);
    let servers = of_good.since.iter().filter(|since| since.kind == "server").count();
    assert!(servers >= 1 && of_good.since.iter().any(|since| since.kind == "payment page"), "{:#?}", of_good.since);
    assert!(!of_lacking.passed());
    assert!(of_lacking.unexplained.iter().any(|finding| finding.law.id() == "M1"), "{:#?}", of_lacking.unexplained);
}

#[rstest]
#[tokio::test]
async fn a_machine_that_comes_back_after_its_shop_was_restored_elsewhere_freezes_itself(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: the shop is restored from a backup on another machine, and confirmed there.
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    world.pass("epoch_mark").await;
    let kept = world.backs_up().await;
    let elsewhere = TestDatabase::new(other(engine));
    let secret = SecretString::from(OWN_SECRET);
    let source = Source { from: &kept.backup, identity: &kept.identity, secrets: &[&secret] };
    let restored = backup::restore(&source, &elsewhere.url, &Random::seeded(77), world.clock.now()).await;
    let restored = world.stands_over(restored.unwrap().0).await;
    backup::confirm(&restored, "cli").await.unwrap();
    // Act: the first machine was not dead.
    assert_eq!(world.app.look_whether_frozen().await.unwrap().stops(Reach::Outside), None);
    world.clock.advance(SignedDuration::from_mins(10));
    world.pass("epoch_mark").await;
    // Assert: it sells nothing any more, and says why.
    assert_eq!(world.app.look_whether_frozen().await.unwrap().stops(Reach::Outside), Some(Reason::Moved));
    let (status, said) = world.post("/api/v1/checkout", Some(&ada.token), &world.cart(PLAN)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{said}");
    assert_eq!(world.alerts().await, ["restore.frozen"]);
    // If it was the right one after all, it is told so, and then the other one is of the past.
    backup::confirm(&world.app, "cli").await.unwrap();
    assert_eq!(world.app.look_whether_frozen().await.unwrap().stops(Reach::Outside), None);
    assert_eq!(epoch_mark::check(&restored).await.unwrap(), Found::Later);
    assert_eq!(restored.gate.stops(Reach::Outside), Some(Reason::Moved));
}

#[rstest]
#[tokio::test]
#[ignore = "evidence, takes minutes: cargo test -p app --test stories two_hundred -- --ignored --nocapture"]
async fn a_backup_made_while_two_hundred_orders_are_under_way_passes_its_drill(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: of every four orders one stands at the payment page, the others are paid and on their way to a server.
    let mut world = World::with_panel(engine, PanelSeed::demo_for(7, 220)).await;
    let (mut paid, mut unpaid) = (Vec::new(), Vec::new());
    for number in 0..100 {
        let customer = world.customer(&format!("customer{number}")).await;
        for place in 0..2 {
            let order = world.opens(&customer, PLAN).await;
            match (number + 2 * place) % 4 {
                0 => unpaid.push(order),
                _ => {
                    world.pays(&order, PayOutcome::Pay);
                    paid.push(order);
                }
            }
        }
    }
    world.turn().await;
    let undecided = async |world: &World, orders: &[Bought]| {
        let mut count = 0;
        for order in orders {
            let decided =
                matches!(world.state(order).await, OrderState::Fulfilled { .. } | OrderState::Refunded { .. });
            count += usize::from(!decided);
        }
        count
    };
    let (being_made, at_the_page) = (undecided(&world, &paid).await, undecided(&world, &unpaid).await);
    assert_eq!(being_made + at_the_page, 200);
    // Act: the backup; then the world goes on.
    let kept = world.backs_up().await;
    world.clock.advance(SignedDuration::from_secs(5));
    for order in &unpaid {
        world.pays(order, PayOutcome::Pay);
    }
    let all: Vec<Bought> = paid.into_iter().chain(unpaid).collect();
    let done = world.until(SignedDuration::from_mins(60), async |world| undecided(world, &all).await == 0).await;
    assert!(done, "{} are undecided after an hour", undecided(&world, &all).await);
    let scratch = TestDatabase::new(other(engine));
    let drill = world.drills(&kept, &scratch).await;
    // Assert
    let of = |kind: &str| drill.since.iter().filter(|since| since.kind == kind).count();
    show(&format!(
        "{engine:?}: {at_the_page} at the payment page, {being_made} being made at the backup; since: {} servers, {} payment pages, {} \
         subscriptions; {} newer differences, {} unexplained",
        of("server"),
        of("payment page"),
        of("subscription"),
        drill.newer.len(),
        drill.unexplained.len()
    ));
    assert_eq!(drill.manifest.rows["orders"], 200);
    assert_eq!(drill.unexplained, []);
}

impl World {
    async fn drills(&mut self, kept: &Kept, scratch: &TestDatabase) -> backup::Drill {
        let secret = SecretString::from(OWN_SECRET);
        let source = Source { from: &kept.backup, identity: &kept.identity, secrets: &[&secret] };
        let restored = backup::restore(&source, &scratch.url, &Random::seeded(77), self.clock.now()).await;
        let (store, manifest) = restored.unwrap();
        let app = self.stands_over(store).await;
        let drill = backup::drill(&app, manifest).await.unwrap();
        app.store.close().await;
        drill
    }

    /// Tries to open a payment page; what the shop says instead.
    async fn opens_nothing(&self, customer: &Customer) -> serde_json::Value {
        let (refused, _) = self.post("/api/v1/checkout", Some(&customer.token), &self.cart(PLAN)).await;
        assert_eq!(refused, StatusCode::UNAUTHORIZED, "whoever was signed in signs in again");
        let form = serde_json::json!({"email": customer.email, "password": "correct horse battery"});
        let (_, tokens) = self.post("/api/v1/auth/token", None, &form).await;
        let (status, said) = self.post("/api/v1/checkout", tokens["access_token"].as_str(), &self.cart(PLAN)).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{said}");
        said
    }

    /// Time passes for our own reconcilers.
    async fn passes_without_stripe(&self, time: SignedDuration) {
        let end = self.clock.now() + time;
        while self.clock.now() < end {
            self.clock.advance(SignedDuration::from_mins(20));
            for job in app::work::JOBS {
                let _ = job.pass(&self.app).await;
            }
        }
    }
}

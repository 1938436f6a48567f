//! What is past its time goes away, and nothing else does.

use crate::world::{PLAN, World};
use app::web::account::device::Client;
use app::web::account::flow;
use http::StatusCode;
use jiff::SignedDuration;
use rstest::rstest;
use serde_json::json;
use std::collections::BTreeMap;
use store::{Engine, accounts};

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl World {
    /// Lets this many days go by at once, and the retention work run.
    async fn days_go_by(&self, days: i32) {
        self.clock.advance(DAY * days);
        self.pass("retention").await;
    }

    /// How many rows a table has, of those that `counts`.
    async fn rows(&self, table: &str, counts: impl Fn(&str) -> bool) -> usize {
        self.database.contents().await[table].lines().filter(|row| row.starts_with(['\'', '(']) && counts(row)).count()
    }
}

#[rstest]
#[tokio::test]
async fn what_is_over_is_removed_in_its_time(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let all = |_: &str| true;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let mut tx = world.app.store.begin().await.unwrap();
    let now = world.app.now();
    accounts::save_operator_token(&mut tx, "hash-of-a-token", "smoke", now, now + DAY).await.unwrap();
    tx.commit().await.unwrap();
    let before = world.database.contents().await;
    assert_eq!((world.rows("sessions", all).await, world.rows("refresh_tokens", all).await), (1, 1));
    assert_eq!(world.rows("email_proofs", all).await, 1);
    let bodies = async || world.database.contents().await["webhook_events"].matches("api_version").count();
    let events = world.rows("webhook_events", all).await;
    assert!(bodies().await > 0 && events > 0, "{}", before["webhook_events"]);

    world.days_go_by(2).await;
    assert_eq!(world.rows("operator_tokens", all).await, 0, "ended a day ago");
    assert_eq!(world.rows("email_proofs", all).await, 1);
    world.days_go_by(6).await;
    assert_eq!(world.rows("email_proofs", all).await, 0, "used eight days ago");
    world.days_go_by(40).await;
    assert_eq!(world.rows("sessions", all).await, 1, "it ended eighteen days ago");
    world.days_go_by(20).await;
    assert_eq!((world.rows("sessions", all).await, world.rows("refresh_tokens", all).await), (0, 0));
    assert!(bodies().await > 0);
    world.days_go_by(30).await;
    assert_eq!(bodies().await, 0, "processed ninety-eight days ago");
    // Their ids stay: the same event is never applied twice.
    assert_eq!(world.rows("webhook_events", all).await, events);
    // What is owed to customers and to the tax office is as it was.
    let after = world.database.contents().await;
    for table in ["accounts", "orders", "services", "ledger", "timeline", "consents", "checkout_attempts"] {
        assert_eq!(before[table], after[table], "{table}");
    }
}

#[rstest]
#[tokio::test]
async fn an_account_that_nobody_proved_frees_its_address(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let form = json!({"email": "eve@example.test", "password": "correct horse battery", "name": "Eve"});
    world.post("/api/v1/auth/sign-up", None, &form).await;
    world.days_go_by(6).await;
    // Somebody tries again: a code is under way, and the account is not taken from under it.
    let (status, _) = world.post("/api/v1/auth/sign-up", None, &form).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let eves = |row: &str| row.contains("eve@example.test");
    world.clock.advance(DAY + SignedDuration::from_hours(1));
    world.post("/api/v1/auth/sign-up", None, &form).await;
    world.pass("retention").await;
    assert_eq!(world.rows("accounts", eves).await, 1);
    world.days_go_by(1).await;
    assert_eq!(world.rows("accounts", eves).await, 0);
    assert_eq!(world.rows("email_proofs", |_| true).await, 0);
    // The next one who signs up with it starts from nothing.
    world.customer("eve").await;
}

#[rstest]
#[tokio::test]
async fn texts_of_messages_go_their_rows_stay(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.customer("ada").await;
    // Two links: the first is withdrawn, the second waits for a mail server that never answers.
    flow::request_reset(&world.app, &Client::default(), "ada@example.test").await.unwrap();
    // Texts are sealed.
    let links = |row: &str| row.contains("reset_password") && row.contains("v1.dky_");
    world
        .database
        .run("update outbox set cancelled_at = 1, cancelled_why = 'replaced' where kind = 'reset_password'")
        .await;
    flow::request_reset(&world.app, &Client::default(), "ada@example.test").await.unwrap();
    let rows = world.rows("outbox", |_| true).await;
    assert!(world.rows("outbox", links).await >= 1, "{:?}", world.database.contents().await["outbox"]);
    world.days_go_by(29).await;
    assert!(world.rows("outbox", links).await >= 1);
    world.days_go_by(2).await;
    assert_eq!(world.rows("outbox", links).await, 0);
    assert_eq!(world.rows("outbox", |_| true).await, rows);
    assert_eq!(world.rows("outbox", |row| row.contains("could not be sent in time")).await, 1);
}

#[rstest]
#[tokio::test]
async fn much_is_removed_in_batches_and_the_pass_says_that_more_waits(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let mut tx = world.app.store.begin().await.unwrap();
    let now = world.app.now();
    for number in 0..1201 {
        accounts::save_operator_token(&mut tx, &format!("token-{number}"), "smoke", now, now).await.unwrap();
    }
    tx.commit().await.unwrap();
    world.clock.advance(SignedDuration::from_secs(1));
    let job = app::work::JOBS.iter().find(|job| job.name == "retention").unwrap();
    let mut taken = Vec::new();
    loop {
        let report = job.pass(&world.app).await.unwrap();
        taken.push(report.taken);
        if report.next > Some(world.app.now()) {
            break;
        }
    }
    assert_eq!(taken, [500, 500, 201]);
    let told: BTreeMap<String, String> = world.database.contents().await;
    assert_eq!(told["operator_tokens"], "");
}

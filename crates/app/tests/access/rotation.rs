//! Replacing secrets while the shop runs: nobody is logged out, nothing is lost (R4).

use crate::doors::{Browser, PASSWORD, at_home, notices};
use crate::factors::sets_up_app;
use crate::world::{OWN_SECRET, PLAN, World, config};
use app::web::tokens;
use domain::order::OrderState;
use http::StatusCode;
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec};
use sandbox::stripe::{Fault as StripeFault, FaultKind};
use serde_json::Value;
use store::Engine;

const SITE: &str = "http://127.0.0.1:8080";
const NEW: &str = "fedcba9876543210fedcba9876543210";

#[rstest]
#[tokio::test]
async fn the_secret_of_the_settings_is_replaced_while_orders_run(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let mut browser = at_home(&world, &ada).await;
    let (phone, _) = sets_up_app(&world, &mut browser).await;
    let bought = world.buys(&bob, PLAN).await;
    world.turn().await;
    // A mail waits, sealed under the old secret.
    Browser::default().submits(&world, "/reset", &[("email", &ada.email)]).await;
    let derived = world.app.vault.derive::<32>("device");

    // Started again with both secrets, and everything sealed anew.
    world.restarts(config(SITE, NEW, &[OWN_SECRET])).await;
    let running = world.replica(config(SITE, NEW, &[OWN_SECRET]), 2).await;
    let mut tx = world.app.store.begin().await.unwrap();
    world.app.vault.rotate(&mut tx, &world.app.random, world.app.now()).await.unwrap();
    tx.commit().await.unwrap();
    // A process that has not heard of it seals as before, and what it seals opens later.
    let late = running.vault.seal(&running.random, "a place", b"a value");
    world.clock.advance(SignedDuration::from_mins(3));
    world.pass("access").await;
    world.pass("access").await;
    let contents = world.database.contents().await;
    let keys: Vec<&str> = contents["data_keys"].lines().collect();
    assert_eq!(keys.len(), 3, "the root, the old and the new one");
    for table in ["totp_secrets", "signing_keys", "outbox"] {
        let old = world.first_sealing_key(&contents);
        assert!(!contents[table].contains(&format!("v1.{old}.")), "{table} is sealed with the old key");
    }
    // And again, with the new one alone.
    world.restarts(config(SITE, NEW, &[])).await;
    assert_eq!(world.app.vault.unseal("a place", &late).unwrap(), b"a value");

    assert_eq!(world.app.vault.derive::<32>("device"), derived, "what is derived stays the same");
    assert_eq!(browser.looks(&world, "/servers").await.status, StatusCode::OK, "nobody is logged out");
    assert_eq!(world.get("/api/v1/servers", Some(&bob.token)).await.0, StatusCode::OK, "tokens stay good");
    assert!(notices(&world, &ada.email).await.iter().any(|subject| subject.contains("password")), "mails go out");
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }));
    world.clock.advance(SignedDuration::from_mins(1));
    let mut other = Browser::default();
    other.signs_in(&world, &ada.email, PASSWORD).await;
    let whole = other.submits(&world, "/login/factor", &[("code", &phone.code(&world))]).await;
    assert_eq!(whole.leads_to(), "/servers", "the app still shows the right codes: {whole:?}");
}

#[rstest]
#[tokio::test]
async fn without_the_secret_the_shop_does_not_start_and_says_why(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let store = world.database.open().await;
    let wrong = secrecy::SecretString::from(NEW);
    let opened = app::vault::Vault::open(&store, &[&wrong], &world.app.random, world.app.now()).await;
    let error = opened.unwrap_err().to_string();
    assert_eq!(error, "`security.secret` is not the one that this database was sealed with");
}

#[rstest]
#[tokio::test]
async fn the_key_of_tokens_is_replaced_and_tokens_of_the_old_one_stay_good_until_they_lapse(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let replica = world.replica(config(SITE, OWN_SECRET, &[]), 2).await;
    let web = app::web::router(replica.clone());
    let works_there = async |token: &str| {
        let request = http::Request::get("/api/v1/servers").header("authorization", format!("Bearer {token}"));
        let mut program = Browser::default();
        program.sends(&web, request.body(axum::body::Body::empty()).unwrap()).await.status == StatusCode::OK
    };
    let first = kids(&world.app.token_keys.public());

    let mut tx = world.app.store.begin().await.unwrap();
    let second = tokens::rotate(&world.app, &mut tx).await.unwrap();
    tx.commit().await.unwrap();
    world.pass("access").await;

    assert_eq!(kids(&world.app.token_keys.public()), [first[0].clone(), second.clone()], "both are published");
    let token = world.customer("bob").await.token;
    assert_eq!(kid(&token), first[0], "the new key is announced before it signs");
    world.clock.advance(SignedDuration::from_mins(3));
    let carol = world.customer("carol").await.token;
    assert_eq!(kid(&carol), second);
    assert!(works_there(&carol).await, "another process learns of the key when it meets it");
    assert!(works_there(&ada.token).await && works_there(&token).await, "tokens of the old key stay good");
    world.clock.advance(SignedDuration::from_mins(20));
    world.pass("access").await;
    assert_eq!(kids(&world.app.token_keys.public()), [second], "the old key is gone with its last token");
}

#[rstest]
#[tokio::test]
async fn a_key_of_tokens_is_replaced_by_itself_after_a_quarter_of_a_year(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let before = kids(&world.app.token_keys.public());
    world.clock.advance(SignedDuration::from_hours(24 * 91));
    world.pass("access").await;
    world.pass("access").await;
    let after = kids(&world.app.token_keys.public());
    assert_eq!((after.len(), &after[0]), (2, &before[0]), "one new key, not two");
}

impl World {
    /// The id of the key that sealed before the rotation.
    fn first_sealing_key(&self, contents: &std::collections::BTreeMap<String, String>) -> String {
        let rows = contents["data_keys"].lines().map(|row| row.trim_matches(['(', ')']).split(',').collect::<Vec<_>>());
        let first = rows.into_iter().find(|row| row[1] == "1").expect("a key with the number 1");
        first[0].trim_matches('\'').to_owned()
    }
}

fn kids(public: &Value) -> Vec<String> {
    public["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

#[rstest]
#[tokio::test]
async fn keys_of_stripe_and_of_the_panel_that_are_refused_for_a_while_lose_no_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    // Revoked before the new ones are in place: every call of ours is refused.
    world.stripe.faults().add(StripeFault::always(FaultKind::Unauthorized));
    world.panel.add_fault(FaultSpec::lasting(Fault::Unauthorized));
    world.passes(SignedDuration::from_mins(10), SignedDuration::from_secs(15)).await;
    assert_eq!(world.servers(), 0, "nothing was made");
    // The new keys are in place.
    world.stripe.faults().clear();
    world.panel.clear_faults();
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Fulfilled { .. }), "{}", world.story(&bought).await);
    assert_eq!((world.servers(), world.stripe.objects("refund").len()), (1, 0));
}

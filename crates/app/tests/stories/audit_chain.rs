//! The audit log: whatever is done to it afterwards is found.

use crate::world::World;
use app::audit::{self, Anchor, Break, End, Key, Verdict};
use app::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use serde_json::json;
use store::testing::TestDatabase;
use store::{Engine, Store, marks};

const INSTALLATION: &str = "ins_of_the_chain";

/// What seals are made with.
fn ours() -> Key {
    Key::from_bytes([7; 64])
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + 3600 * second).unwrap()
}

/// Six lines an hour apart, of which the first five are sealed. The triggers are gone, as for somebody who owns the database.
async fn chain(engine: Engine) -> (TestDatabase, Store, Anchor) {
    let database = TestDatabase::new(engine);
    let store = database.open().await;
    let mut tx = store.begin().await.unwrap();
    for number in 1..=6 {
        let id = format!("aud_{number:032x}").parse().unwrap();
        let detail = json!({"number": number});
        store::audit::record(&mut tx, &id, "cli", "order.retry", "ord_1", &detail, at(number)).await.unwrap();
    }
    let mut end = End::of_nothing(INSTALLATION);
    let last = at(5).as_microsecond();
    for line in store::audit::list_unsealed(&mut tx, 0, last, 100).await.unwrap() {
        store::audit::add_seal(&mut tx, &end.seal(&ours(), &line, last)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let drops: &[&str] = match engine {
        Engine::Sqlite => &[
            "drop trigger audit_log_unchanged",
            "drop trigger audit_log_kept",
            "drop trigger audit_seals_unchanged",
            "drop trigger audit_seals_kept",
        ],
        Engine::Postgres => {
            &["drop trigger audit_log_kept on audit_log", "drop trigger audit_seals_kept on audit_seals"]
        }
    };
    for drop in drops {
        database.run(drop).await;
    }
    let head = look(&store, None).await.head.unwrap();
    assert_eq!(head.position, 5);
    (database, store, head)
}

async fn look(store: &Store, kept: Option<&Anchor>) -> Verdict {
    audit::verify(store, INSTALLATION, &ours(), kept).await.unwrap()
}

/// The word for what was found.
fn word(broken: Option<&Break>) -> &'static str {
    match broken {
        None => "in order",
        Some(Break::Removed { .. }) => "removed",
        Some(Break::Missing { .. }) => "missing",
        Some(Break::Changed { .. }) => "changed",
        Some(Break::Foreign { .. }) => "foreign",
        Some(Break::Inserted { .. }) => "inserted",
        Some(Break::Truncated { .. }) => "truncated",
    }
}

#[rstest]
#[case::nothing("delete from audit_log where id = 'aud_x'", "in order")]
#[case::id("update audit_log set id = 'aud_x' where id = 'aud_00000000000000000000000000000003'", "missing")]
#[case::at("update audit_log set at = at + 1 where id = 'aud_00000000000000000000000000000003'", "changed")]
#[case::actor("update audit_log set actor = 'system' where id = 'aud_00000000000000000000000000000003'", "changed")]
#[case::act("update audit_log set act = 'order.show' where id = 'aud_00000000000000000000000000000003'", "changed")]
#[case::subject("update audit_log set subject = 'ord_2' where id = 'aud_00000000000000000000000000000003'", "changed")]
#[case::detail("update audit_log set detail = '{}' where id = 'aud_00000000000000000000000000000003'", "changed")]
#[case::a_line("delete from audit_log where id = 'aud_00000000000000000000000000000003'", "missing")]
#[case::all_lines("delete from audit_log", "missing")]
#[case::a_seal("delete from audit_seals where position = 3", "removed")]
#[case::the_first_seal("delete from audit_seals where position = 1", "removed")]
#[case::place_of_a_seal("update audit_seals set position = 9 where position = 5", "removed")]
#[case::line_of_a_seal("update audit_seals set audit_id = 'aud_x' where position = 3", "foreign")]
#[case::digest_of_a_seal("update audit_seals set digest = 'x' where position = 3", "foreign")]
#[case::hash_of_a_seal("update audit_seals set hash = 'x' where position = 3", "foreign")]
#[case::time_of_a_seal("update audit_seals set sealed_at = 1 where position = 3", "foreign")]
#[case::a_line_in_the_middle(
    "insert into audit_log values ('aud_x', 1800009000000000, 'cli', 'order.retry', 'ord_1', '{}')",
    "inserted"
)]
#[case::a_line_at_the_end(
    "insert into audit_log values ('aud_x', 1800090000000000, 'cli', 'order.retry', 'ord_1', '{}')",
    "in order"
)]
#[tokio::test]
async fn whatever_is_changed_removed_or_slipped_in_is_found(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[case] damage: &'static str,
    #[case] found: &str,
) {
    let (database, store, head) = chain(engine).await;
    assert_eq!(word(look(&store, Some(&head)).await.broken.as_ref()), "in order");
    database.run(damage).await;
    let verdict = look(&store, Some(&head)).await;
    assert_eq!(word(verdict.broken.as_ref()), found, "{verdict:?}");
}

#[rstest]
#[tokio::test]
async fn a_removed_tail_is_found_by_the_place_that_was_kept(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (database, store, head) = chain(engine).await;
    database.run("delete from audit_seals where position > 3").await;
    database.run("delete from audit_log where id > 'aud_00000000000000000000000000000003'").await;
    let without = look(&store, None).await;
    assert_eq!(
        (word(without.broken.as_ref()), without.head.unwrap().position),
        ("in order", 3),
        "nothing else can tell"
    );
    assert_eq!(look(&store, Some(&head)).await.broken, Some(Break::Truncated { position: 5 }));
}

#[rstest]
#[tokio::test]
async fn a_tail_that_was_written_anew_without_the_key_is_found(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (database, store, _) = chain(engine).await;
    database.run("delete from audit_seals where position > 2").await;
    database.run("update audit_log set actor = 'nobody' where id = 'aud_00000000000000000000000000000003'").await;
    let mut tx = store.begin().await.unwrap();
    let mut end = End::behind(store::audit::find_head(&mut tx).await.unwrap().unwrap());
    for line in store::audit::list_unsealed(&mut tx, 0, at(5).as_microsecond(), 100).await.unwrap() {
        let forged = end.seal(&Key::from_bytes([8; 64]), &line, 0);
        store::audit::add_seal(&mut tx, &forged).await.unwrap();
    }
    tx.commit().await.unwrap();
    let verdict = look(&store, None).await;
    assert_eq!((word(verdict.broken.as_ref()), verdict.head.unwrap().position), ("foreign", 2));
}

#[rstest]
#[tokio::test]
async fn the_database_refuses_to_change_a_line_or_a_seal(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.notes("a").await;
    world.clock.advance(SignedDuration::from_secs(6));
    world.pass("audit_seal").await;
    for attempt in [
        "update audit_log set actor = 'nobody'",
        "delete from audit_log",
        "update audit_seals set hash = 'x'",
        "delete from audit_seals",
    ] {
        let refused = world.database.try_run(attempt).await.unwrap_err();
        assert!(refused.contains("only added to"), "{attempt}: {refused}");
    }
}

#[rstest]
#[tokio::test]
async fn lines_are_sealed_once_they_have_settled_and_two_processes_do_not_fork_the_chain(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let position = async || world.looks().await.head.map_or(0, |head| head.position);
    for round in 1..=5 {
        for _ in 0..20 {
            world.notes("ord_1").await;
        }
        world.pass("audit_seal").await;
        assert_eq!(position().await, 20 * (round - 1), "too young");
        world.clock.advance(SignedDuration::from_secs(6));
        tokio::join!(world.pass("audit_seal"), world.pass("audit_seal"), world.pass("audit_seal"));
        assert_eq!(position().await, 20 * round);
    }
    assert_eq!(world.looks().await.broken, None);
    // A transaction that was slower than others still gets its line sealed, behind theirs.
    let late = world.clock.now() - SignedDuration::from_mins(2);
    world.notes_at("ord_1", late).await;
    world.pass("audit_seal").await;
    assert_eq!((position().await, world.looks().await.broken), (101, None));
}

#[rstest]
#[tokio::test]
async fn a_line_with_a_false_date_is_never_sealed_and_the_daily_look_tells(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    world.notes("ord_1").await;
    world.clock.advance(SignedDuration::from_secs(6));
    world.pass("audit_seal").await;
    let kept: Anchor = marks::find(&mut world.app.store.read().await.unwrap(), "audit.checked")
        .await
        .unwrap()
        .unwrap()
        .value
        .parse()
        .unwrap();
    assert_eq!(Some(kept), world.looks().await.head);
    world.notes_at("ord_1", world.clock.now() - SignedDuration::from_hours(1)).await;
    world.pass("audit_seal").await;
    assert_eq!(word(world.looks().await.broken.as_ref()), "inserted");
    assert_eq!(world.alerts().await, Vec::<String>::new());
    world.clock.advance(SignedDuration::from_hours(25));
    world.pass("audit_seal").await;
    assert_eq!(world.alerts().await, ["audit.broken"]);
}

impl World {
    /// Writes a line into the audit log.
    async fn notes(&self, subject: &str) {
        self.notes_at(subject, self.clock.now()).await;
    }

    async fn notes_at(&self, subject: &str, at: Timestamp) {
        let mut tx = self.app.store.begin().await.unwrap();
        store::audit::record(&mut tx, &self.app.id(), "cli", "order.retry", subject, &json!({}), at).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Checks the chain with this shop's own key.
    pub(crate) async fn looks(&self) -> Verdict {
        let key = Key::of(&self.app.vault);
        audit::verify(&self.app.store, &self.app.installation.id, &key, None).await.unwrap()
    }
}

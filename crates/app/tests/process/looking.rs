//! Commands that only look leave the database as it is: which release it belongs to is for whoever starts the shop to decide.

use crate::installation::Installation;
use rstest::rstest;
use std::process::Output;
use store::testing::TestDatabase;
use store::{Access, Engine, LATEST_SCHEMA, SchemaState, Store};

/// Commands that look.
const LOOKING: [&[&str]; 11] = [
    &["order", "list"],
    &["order", "show", "ord_00000000000000000000000000000000"],
    &["alert", "list"],
    &["audit", "list"],
    &["audit", "verify"],
    &["customer", "erase", "ada@example.test"],
    &["catalogue", "plan"],
    &["verify"],
    &["sales", "pause", "--dry-run"],
    &["node", "drain", "7", "--dry-run"],
    &["order", "retry", "--parked", "--dry-run"],
];

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Somebody can mend it. Of `verify` that would say that the ledgers differ.
fn code(words: &[&str]) -> i32 {
    if words == ["verify"] { 2 } else { 1 }
}

#[rstest]
#[tokio::test]
async fn a_database_of_the_release_before_is_named_and_not_changed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let installation = Installation::new(engine).await;
    let older = TestDatabase::new(engine);
    let store = Store::connect(&older.url, Access::Shared).await.unwrap();
    store.migrate_to(22).await.unwrap();
    let settings = [("GIVR_DATABASE__URL", older.url.as_str())];
    for words in LOOKING {
        let output = installation.command_with(words, &settings).await;
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code(words)), "{words:?}: {said}");
        let expected = format!("the database has schema 22, this program needs {LATEST_SCHEMA}");
        assert!(said.contains(&expected) && said.contains("givr migrate"), "{words:?}: {said}");
    }
    assert_eq!(store.schema().await.unwrap(), SchemaState::Behind { at: 22 });
    // Whoever says so brings it up to date, and then there is something to see.
    assert!(installation.command_with(&["migrate"], &settings).await.status.success());
    assert_eq!(store.schema().await.unwrap(), SchemaState::Current);
    let output = installation.command_with(&["order", "list"], &settings).await;
    assert!(output.status.success(), "{}", said(&output));
}

#[rstest]
#[tokio::test]
async fn a_database_of_a_newer_release_is_named_by_looks_and_by_the_backup(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let installation = Installation::new(engine).await;
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 select 9999, 'of tomorrow', success, checksum, execution_time from _sqlx_migrations where version = 1";
    installation.database.run(newer).await;
    let to = installation.file("shop.backup");
    let backup = ["backup", "--to", to.to_str().unwrap()];
    let identity = age::x25519::Identity::generate().to_public().to_string();
    for words in LOOKING.into_iter().chain([&backup[..]]) {
        let output = installation.command_with(words, &[("GIVR_BACKUP__RECIPIENT", &identity)]).await;
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code(words)), "{words:?}: {said}");
        let expected = format!("the database has schema 9999, this program needs {LATEST_SCHEMA}");
        assert!(
            said.contains(&expected) && said.contains("run the release that wrote this database"),
            "{words:?}: {said}"
        );
    }
    assert!(!to.exists(), "no half of a backup");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made_by_looking() {
    let installation = Installation::new(Engine::Sqlite).await;
    let file = installation.file("nowhere.db");
    let url = format!("sqlite://{}", file.display());
    let output = installation.command_with(&["order", "list"], &[("GIVR_DATABASE__URL", &url)]).await;
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("hint: set database.url") && !file.exists(), "{}", said(&output));
}

//! Opening databases of every age.

use rstest::rstest;
use store::testing::TestDatabase;
use store::{Engine, SchemaState, Store, StoreError};

#[rstest]
#[tokio::test]
async fn opening_twice_changes_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let first = database.open().await;
    let second = database.open().await;
    assert_eq!(first.schema().await.unwrap(), SchemaState::Current);
    assert_eq!(second.schema().await.unwrap(), SchemaState::Current);
}

#[rstest]
#[tokio::test]
async fn a_database_of_a_newer_release_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    database.open().await.close().await;
    database
        .run("insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', true, 'x', 0)")
        .await;
    let refused = Store::open(&database.url, false).await;
    assert!(matches!(refused, Err(StoreError::Newer { version: 9999 })), "{refused:?}");
}

#[rstest]
#[tokio::test]
async fn many_processes_may_open_a_new_database_at_once(#[values(Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let opened = tokio::join!(
        Store::open(&database.url, false),
        Store::open(&database.url, false),
        Store::open(&database.url, false)
    );
    assert!(opened.0.is_ok() && opened.1.is_ok() && opened.2.is_ok(), "{opened:?}");
}

#[tokio::test]
async fn a_second_process_on_one_file_is_refused() {
    let database = TestDatabase::new(Engine::Sqlite);
    let _first = Store::open(&database.url, true).await.unwrap();
    let second = Store::open(&database.url, true).await;
    assert!(matches!(second, Err(StoreError::InUse { .. })), "{second:?}");
}

#[tokio::test]
async fn an_address_that_is_no_database_is_refused_without_showing_its_password() {
    let refused = Store::open("mysql://root:hunter2@localhost/shop", false).await.unwrap_err().to_string();
    assert!(refused.contains("must begin with sqlite:// or postgres://"), "{refused}");
    assert!(!refused.contains("hunter2"), "{refused}");
}

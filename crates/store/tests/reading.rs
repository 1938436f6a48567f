//! Looking at a database that somebody else works with.

use jiff::Timestamp;
use rstest::rstest;
use store::testing::TestDatabase;
use store::{Access, Engine, SchemaState, Store, StoreError, marks, verify};

#[rstest]
#[tokio::test]
async fn who_opened_it_to_read_cannot_write(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let serving = Store::open(&database.url, Access::Exclusive).await.unwrap();
    let looking = Store::connect_to_read(&database.url).await.unwrap();
    assert_eq!(looking.schema().await.unwrap(), SchemaState::Current);
    assert!(verify::list_orders(&mut looking.snapshot().await.unwrap()).await.unwrap().is_empty());
    let mut db = looking.read().await.unwrap();
    let refused = marks::set(&mut db, "anything", "x", Timestamp::UNIX_EPOCH).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    let mut tx = serving.begin().await.unwrap();
    marks::set(&mut tx, "anything", "x", Timestamp::UNIX_EPOCH).await.unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_snapshot_shows_one_moment_and_stops_nobody(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let store = database.open().await;
    let set = async |value: &str| {
        let mut tx = store.begin().await.unwrap();
        marks::set(&mut tx, "mark", value, Timestamp::UNIX_EPOCH).await.unwrap();
        tx.commit().await.unwrap();
    };
    set("before").await;
    let mut view = store.snapshot().await.unwrap();
    assert_eq!(marks::find(&mut view, "mark").await.unwrap().unwrap().value, "before");
    set("after").await;
    assert_eq!(marks::find(&mut view, "mark").await.unwrap().unwrap().value, "before");
    drop(view);
    assert_eq!(marks::find(&mut store.read().await.unwrap(), "mark").await.unwrap().unwrap().value, "after");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made_by_looking() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nowhere.db");
    assert!(Store::connect_to_read(&format!("sqlite://{}", file.display())).await.is_err());
    assert!(!file.exists());
}

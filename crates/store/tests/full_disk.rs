//! A disk that is full for a while (R2).

use jiff::Timestamp;
use store::testing::TestDatabase;
use store::{Engine, StoreError, marks};

#[tokio::test]
async fn when_there_is_room_again_somebody_can_write_again() {
    let database = TestDatabase::new(Engine::Sqlite);
    let store = database.open().await;
    // Arrange: the file may not grow any more, as far as this connection is concerned.
    let mut tx = store.begin().await.unwrap();
    sqlx::query("pragma max_page_count = 1").execute(&mut *tx).await.unwrap();
    let long = "x".repeat(1_000_000);
    let full = marks::set(&mut tx, "long", &long, Timestamp::UNIX_EPOCH).await;
    assert!(matches!(full, Err(StoreError::Database(_))), "{full:?}");
    drop(tx);
    // Act
    let mut tx = store.begin().await.unwrap();
    marks::set(&mut tx, "long", &long, Timestamp::UNIX_EPOCH).await.unwrap();
    tx.commit().await.unwrap();
    // Assert
    let mark = marks::find(&mut store.read().await.unwrap(), "long").await.unwrap().unwrap();
    assert_eq!(mark.value, long);
}

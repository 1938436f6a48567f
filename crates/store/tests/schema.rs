//! Opening databases of every age.

use rstest::rstest;
use store::testing::TestDatabase;
use store::{Access, Engine, SchemaState, Store, StoreError};

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
    let refused = Store::open(&database.url, Access::Shared).await;
    assert!(matches!(refused, Err(StoreError::Newer { version: 9999 })), "{refused:?}");
}

#[rstest]
#[tokio::test]
async fn many_processes_may_open_a_new_database_at_once(#[values(Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let opened = tokio::join!(
        Store::open(&database.url, Access::Shared),
        Store::open(&database.url, Access::Shared),
        Store::open(&database.url, Access::Shared)
    );
    assert!(opened.0.is_ok() && opened.1.is_ok() && opened.2.is_ok(), "{opened:?}");
}

#[tokio::test]
async fn a_second_process_on_one_file_is_refused() {
    let database = TestDatabase::new(Engine::Sqlite);
    let _first = Store::open(&database.url, Access::Exclusive).await.unwrap();
    let second = Store::open(&database.url, Access::Exclusive).await;
    assert!(matches!(second, Err(StoreError::InUse { .. })), "{second:?}");
}

#[tokio::test]
async fn an_address_that_is_no_database_is_refused_without_showing_its_password() {
    let refused = Store::open("mysql://root:hunter2@localhost/shop", Access::Shared).await.unwrap_err().to_string();
    assert!(refused.contains("must begin with sqlite:// or postgres://"), "{refused}");
    assert!(!refused.contains("hunter2"), "{refused}");
}

#[rstest]
#[tokio::test]
async fn jobs_and_create_calls_survive_the_move_to_tables_that_know_suspensions(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    let old = Store::connect(&database.url, Access::Shared).await.unwrap();
    old.migrate_to(9).await.unwrap();
    old.close().await;
    for row in [
        "insert into accounts (id, email, email_key, password_hash, display_name, role, created_at) values ('a', 'a', 'a', '', '', 'customer', 0)",
        "insert into orders values ('o1', 'a', 'k1', 'p', 'monthly', 'r', 1, 'usd', '{}', 'paid', '{}', null, 0, 0, 0, 1)",
        "insert into services (id, order_id, customer_id, plan, blueprint, region, name, spec, external_id, subscription, subscription_state,
                               observed, observed_at, created_at, version)
         values ('s1', 'o1', 'a', 'p', 'b', 'r', 'n', '{}', 'e1', 'sub_1', 'active', 'unknown', 0, 0, 1)",
        "insert into operations (id, service_id, kind, progress, wake_at, created_at) values ('op1', 's1', 'create', '{}', 0, 0)",
        "insert into provisioning_attempts (id, operation_id, node_id, allocations, started_at) values ('pat1', 'op1', 1, '[]', 0)",
    ] {
        database.run(row).await;
    }
    let before = database.contents().await;
    let moved = Store::connect(&database.url, Access::Shared).await.unwrap();
    moved.migrate_to(10).await.unwrap();
    moved.close().await;

    let after = database.contents().await;
    for table in ["operations", "provisioning_attempts"] {
        assert_eq!(after[table], before[table], "{table}");
        assert!(!after[table].is_empty());
    }
    // What the rows are held to holds as before.
    for wrong in [
        "insert into provisioning_attempts (id, operation_id, node_id, allocations, started_at) values ('pat2', 'nobody', 1, '[]', 0)",
        "insert into operations (id, service_id, kind, progress, wake_at, created_at) values ('op2', 's1', 'suspend', '{}', 0, 0)",
        "insert into operations (id, service_id, kind, progress, wake_at, created_at) values ('op3', 's1', 'dance', '{}', 0, 0)",
    ] {
        assert!(database.try_run(wrong).await.is_err(), "{wrong}");
    }
    database.open().await.close().await;
    database.run("update operations set finished_at = 1, outcome = 'done'").await;
    database
        .run("insert into operations (id, service_id, kind, progress, wake_at, created_at) values ('op4', 's1', 'suspend', '{}', 0, 0)")
        .await;
}

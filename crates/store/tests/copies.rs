//! Tables that travel from one database to another.

use rstest::rstest;
use serde_json::{Value, json};
use store::copies::{self, Cells, Column, Kind, TABLES};
use store::testing::TestDatabase;
use store::{Engine, StoreError};

#[rstest]
#[tokio::test]
async fn the_list_of_tables_is_complete(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine);
    let store = database.open().await;
    let mut listed: Vec<&str> = TABLES.to_vec();
    listed.sort_unstable();
    let there = database.contents().await;
    assert_eq!(
        there.keys().map(String::as_str).collect::<Vec<_>>(),
        listed,
        "a table is added to `TABLES` with its migration"
    );
    let mut db = store.read().await.unwrap();
    for table in TABLES {
        assert!(!copies::columns(&mut db, engine, table).await.unwrap().is_empty(), "{table}");
    }
}

/// The columns of a table are the same on both engines, whatever each calls their types.
#[tokio::test]
async fn both_engines_have_the_same_columns() {
    let (sqlite, postgres) = (TestDatabase::new(Engine::Sqlite), TestDatabase::new(Engine::Postgres));
    let (one, other) = (sqlite.open().await, postgres.open().await);
    for table in TABLES {
        let here = copies::columns(&mut one.read().await.unwrap(), Engine::Sqlite, table).await.unwrap();
        let there = copies::columns(&mut other.read().await.unwrap(), Engine::Postgres, table).await.unwrap();
        assert_eq!(here, there, "{table}");
    }
}

#[rstest]
#[tokio::test]
async fn texts_numbers_fractions_and_nothing_arrive_as_they_left(
    #[values(Engine::Sqlite, Engine::Postgres)] from: Engine,
    #[values(Engine::Sqlite, Engine::Postgres)] to: Engine,
) {
    // Services have all three kinds of columns; what they name is left out, for this is about values alone.
    let columns = [
        Column { name: "name".to_owned(), kind: Kind::Text },
        Column { name: "at".to_owned(), kind: Kind::Whole },
        Column { name: "value".to_owned(), kind: Kind::Text },
    ];
    let rows: Vec<Cells> = (0..700)
        .map(|number| vec![json!(format!("mark {number}")), json!(i64::MAX - number), json!("ä\n\"'\\ 𝄞")])
        .collect();
    let (source, target) = (TestDatabase::new(from), TestDatabase::new(to));
    let (one, other) = (source.open().await, target.open().await);
    let mut tx = one.begin().await.unwrap();
    copies::insert(&mut tx, "marks", &columns, &rows).await.unwrap();
    tx.commit().await.unwrap();
    let mut read: Vec<Cells> = Vec::new();
    let mut db = one.read().await.unwrap();
    assert_eq!(copies::count(&mut db, "marks").await.unwrap(), 700);
    let take = |row| {
        read.push(row);
        Ok::<_, StoreError>(())
    };
    copies::each_row(&mut db, "marks", &columns, take).await.unwrap();
    let mut tx = other.begin().await.unwrap();
    copies::insert(&mut tx, "marks", &columns, &read).await.unwrap();
    tx.commit().await.unwrap();
    let mut back = Vec::new();
    let take = |row| {
        back.push(row);
        Ok::<_, StoreError>(())
    };
    copies::each_row(&mut other.read().await.unwrap(), "marks", &columns, take).await.unwrap();
    let key = |row: &Cells| row[0].as_str().map(str::to_owned);
    back.sort_by_key(key);
    let mut rows = rows;
    rows.sort_by_key(key);
    assert_eq!(back, rows);
}

#[rstest]
#[tokio::test]
async fn an_empty_fraction_and_a_full_one_fit_into_one_statement(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    let store = database.open().await;
    database
        .run("insert into accounts (id, email, email_key, password_hash, display_name, role, created_at) values ('a', 'a', 'a', '', '', 'customer', 0)")
        .await;
    for order in [
        "insert into orders values ('o1', 'a', 'k1', 'p', 'monthly', 'r', 1, 'usd', '{}', 'paid', '{}', null, 0, 0, 0, 1)",
        "insert into orders values ('o2', 'a', 'k2', 'p', 'monthly', 'r', 1, 'usd', '{}', 'paid', '{}', null, 0, 0, 0, 1)",
    ] {
        database.run(order).await;
    }
    let mut tx = store.begin().await.unwrap();
    let columns = copies::columns(&mut tx, engine, "services").await.unwrap();
    let row = |order: &str, cpu: Value| {
        let cell = |column: &Column| match (column.name.as_str(), column.kind) {
            ("cpu_percent", _) => cpu.clone(),
            ("customer_id", _) => json!("a"),
            ("observed", _) => json!("unknown"),
            ("server_uuid" | "installation" | "power" | "verified" | "suspended_why", _) => Value::Null,
            (_, Kind::Text) => json!(order),
            (_, Kind::Whole | Kind::Fraction) => json!(0),
        };
        columns.iter().map(cell).collect::<Cells>()
    };
    let rows = [row("o1", Value::Null), row("o2", json!(12.625))];
    copies::insert(&mut tx, "services", &columns, &rows).await.unwrap();
    tx.commit().await.unwrap();
    let place = columns.iter().position(|column| column.name == "cpu_percent").unwrap();
    let mut seen = Vec::new();
    let take = |row: Cells| {
        seen.push(row[place].clone());
        Ok::<_, StoreError>(())
    };
    copies::each_row(&mut store.read().await.unwrap(), "services", &columns, take).await.unwrap();
    assert_eq!(seen, [Value::Null, json!(12.625)]);
}

#[tokio::test]
async fn a_value_of_another_kind_and_a_strange_table_are_refused() {
    let database = TestDatabase::new(Engine::Sqlite);
    let store = database.open().await;
    let mut tx = store.begin().await.unwrap();
    let columns = [Column { name: "at".to_owned(), kind: Kind::Whole }];
    assert!(copies::insert(&mut tx, "marks", &columns, &[vec![json!("text")]]).await.is_err());
    assert!(copies::insert(&mut tx, "marks", &columns, &[vec![]]).await.is_err());
    assert!(copies::count(&mut tx, "sqlite_master; drop table marks").await.is_err());
}

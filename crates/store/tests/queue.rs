//! What the database itself guarantees: claims, fences, unique rows.

use domain::access::Role;
use domain::capacity::{Amount, ChosenPort, FreePort};
use domain::catalogue::{BlueprintKey, PlanKey, RegionKey, ServerShape, Term};
use domain::ids::{AccountId, AttemptId, Id, LedgerEntryId, OperationId, OrderId, ReservationId, ServiceId};
use domain::money::{Currency, Money};
use domain::order::{Order, OrderState};
use domain::refund::RefundReason;
use domain::snapshot::Snapshot;
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use store::accounts::NewAccount;
use store::events::{NewEvent, Source};
use store::ledger::{EntryKind, NewEntry};
use store::operations::OperationKind;
use store::orders::Purchase;
use store::refunds::NewRefund;
use store::reservations::Reservation;
use store::services::{Sample, Service};
use store::standing::Standing;
use store::testing::{TestDatabase, count_events};
use store::{
    Engine, Lease, Store, StoreError, accounts, events, ledger, mirror, operations, orders, refunds, reservations,
    services,
};
use uuid::Uuid;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn lease(worker: &str, second: i64) -> Lease {
    Lease { worker: worker.to_owned(), now: at(second), until: at(second) + SignedDuration::from_secs(85) }
}

fn snapshot() -> Snapshot {
    Snapshot {
        label: "Minecraft Paper 4 GB".into(),
        game: "minecraft".into(),
        blueprint: BlueprintKey::new("minecraft-paper"),
        lines: vec![],
        server_name: "Ada's world".into(),
        inputs: [].into(),
        consents: vec![],
        add_ons: vec![],
        shape: ServerShape {
            memory_mib: 4096,
            cpu_percent: 200,
            disk_mib: 40960,
            swap_mib: 0,
            io_weight: 500,
            oom_disabled: true,
            databases: 1,
            backups: 2,
            extra_ports: 0,
        },
        env: [].into(),
        players_max: Some(16),
    }
}

/// A customer, a node with one free port, and an order.
async fn arranged(engine: Engine) -> (TestDatabase, Store, OrderId) {
    let database = TestDatabase::new(engine);
    let store = database.open().await;
    let account = AccountId::from_uuid(Uuid::from_u128(1));
    let mut tx = store.begin().await.unwrap();
    let new = NewAccount {
        id: &account,
        email: "Ada@Example.test",
        password_hash: "x",
        display_name: "Ada",
        role: Role::Customer,
        smoke: false,
    };
    accounts::create(&mut tx, &new, at(0)).await.unwrap();
    let node = mirror::Node {
        id: 1,
        uuid: "n-1".into(),
        name: "node-1".into(),
        location: "eu".into(),
        fqdn: "node-1.example".into(),
        public: true,
        maintenance: false,
        memory_mib: 8192,
        disk_mib: 100_000,
        foreign_memory_mib: 1024,
        foreign_disk_mib: 0,
    };
    mirror::save_node(&mut tx, &node, at(0)).await.unwrap();
    let port = mirror::Allocation { id: 7, ip: "10.0.0.1".into(), alias: None, port: 25565, assigned: false };
    mirror::save_allocations(&mut tx, 1, &[port], at(0)).await.unwrap();
    let order = order(&mut tx, &account, 2).await;
    tx.commit().await.unwrap();
    (database, store, order)
}

async fn order(db: &mut store::Db, account: &AccountId, number: u128) -> OrderId {
    let id = OrderId::from_uuid(Uuid::from_u128(number));
    let purchase = Purchase {
        order: Order {
            id: id.clone(),
            customer: account.clone(),
            price: Money::new(1399, Currency::USD),
            state: OrderState::Reserved { until: at(60) },
            version: 1,
        },
        cart_key: format!("cart-{number}"),
        plan: PlanKey::new("minecraft-paper-4g"),
        term: Term::Monthly,
        region: RegionKey::new("eu"),
        snapshot: snapshot(),
        created_at: at(0),
        state_at: at(0),
    };
    orders::create(db, &purchase, at(60)).await.unwrap();
    id
}

fn reservation(order: &OrderId, number: u128) -> Reservation {
    let port = FreePort { allocation: 7, ip: "10.0.0.1".into(), alias: None, port: 25565 };
    Reservation {
        id: ReservationId::from_uuid(Uuid::from_u128(number)),
        order: order.clone(),
        node: 1,
        amount: Amount { memory_mib: 4096, disk_mib: 40960 },
        ports: vec![ChosenPort { role: "game".into(), port }],
    }
}

/// A service with an unfinished job.
async fn delivering(store: &Store, order: &OrderId) -> ServiceId {
    let id = ServiceId::from_uuid(Uuid::from_u128(3));
    let service = Service {
        id: id.clone(),
        order: order.clone(),
        customer: AccountId::from_uuid(Uuid::from_u128(1)),
        plan: PlanKey::new("minecraft-paper-4g"),
        blueprint: BlueprintKey::new("minecraft-paper"),
        region: RegionKey::new("eu"),
        name: "Ada's world".into(),
        spec: snapshot(),
        external_id: "g-svc-3".into(),
        subscription: "sub_1".into(),
        subscription_state: "active".into(),
        period_end: None,
        ends_at: None,
        stop_requested_at: None,
        fulfilled_at: None,
        verified: None,
        terminated_at: None,
        server: None,
        address: None,
        missing: false,
        sample: Sample::default(),
        standing: Standing::default(),
        created_at: at(1),
    };
    let mut tx = store.begin().await.unwrap();
    services::create(&mut tx, &service, at(1)).await.unwrap();
    operations::create(&mut tx, &OperationId::from_uuid(Uuid::from_u128(4)), &id, OperationKind::Create, at(1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

#[rstest]
#[tokio::test]
async fn a_job_has_one_holder_and_a_dead_holder_is_replaced(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (_database, store, order) = arranged(engine).await;
    delivering(&store, &order).await;
    let mut tx = store.begin().await.unwrap();
    let first = operations::claim_due(&mut tx, &lease("a", 2), 10).await.unwrap();
    let second = operations::claim_due(&mut tx, &lease("b", 3), 10).await.unwrap();
    let later = operations::claim_due(&mut tx, &lease("b", 90), 10).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((first.len(), second.len(), later.len()), (1, 0, 1));
    assert!(later[0].fence > first[0].fence);
}

#[rstest]
#[tokio::test]
async fn a_stale_fence_writes_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (_database, store, order) = arranged(engine).await;
    delivering(&store, &order).await;
    let mut tx = store.begin().await.unwrap();
    let stale = operations::claim_due(&mut tx, &lease("a", 2), 10).await.unwrap().remove(0);
    let fresh = operations::claim_due(&mut tx, &lease("b", 90), 10).await.unwrap().remove(0);
    let attempt = AttemptId::from_uuid(Uuid::from_u128(5));
    let refused = operations::begin_attempt(&mut tx, &stale, &attempt, 1, &[7], at(91)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert!(operations::save_progress(&mut tx, &stale, &1).await.is_err());
    assert!(operations::finish(&mut tx, &stale, operations::Outcome::Done, at(91)).await.is_err());
    operations::begin_attempt(&mut tx, &fresh, &attempt, 1, &[7], at(91)).await.unwrap();
    assert_eq!(operations::list_attempts(&mut tx, &fresh.id).await.unwrap().len(), 1);
}

#[rstest]
#[tokio::test]
async fn two_workers_at_once_never_hold_the_same_job(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (_database, store, order) = arranged(engine).await;
    delivering(&store, &order).await;
    let claim = async |worker: &'static str| {
        let mut tx = store.begin().await.unwrap();
        let claimed = operations::claim_due(&mut tx, &lease(worker, 2), 10).await.unwrap();
        tx.commit().await.unwrap();
        claimed.len()
    };
    let (a, b, c) = tokio::join!(claim("a"), claim("b"), claim("c"));
    assert_eq!(a + b + c, 1);
}

#[rstest]
#[tokio::test]
async fn a_port_and_an_order_have_one_live_reservation(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (_database, store, first) = arranged(engine).await;
    let account = AccountId::from_uuid(Uuid::from_u128(1));
    let mut tx = store.begin().await.unwrap();
    let second = order(&mut tx, &account, 20).await;
    reservations::hold(&mut tx, &reservation(&first, 30), at(1)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let refused = reservations::hold(&mut tx, &reservation(&second, 31), at(1)).await;
    assert!(matches!(refused, Err(StoreError::Taken { .. })), "{refused:?}");
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    assert!(reservations::list_free_ports(&mut tx, 1).await.unwrap().is_empty());
    assert_eq!(reservations::list_room(&mut tx).await.unwrap()[0].left.memory_mib, 8192 - 1024 - 4096);
    reservations::release(&mut tx, &first, "done", at(2)).await.unwrap();
    reservations::release(&mut tx, &first, "again", at(3)).await.unwrap();
    assert_eq!(reservations::list_free_ports(&mut tx, 1).await.unwrap().len(), 1);
    reservations::hold(&mut tx, &reservation(&second, 32), at(4)).await.unwrap();
    // What is somebody else's by now is not released once more.
    reservations::release(&mut tx, &first, "and again", at(5)).await.unwrap();
    assert!(reservations::list_free_ports(&mut tx, 1).await.unwrap().is_empty());
    assert_eq!(reservations::list_room(&mut tx).await.unwrap()[0].left.memory_mib, 8192 - 1024 - 4096);
}

/// Ends when another transaction of this database waits for one that holds what it wants. PostgreSQL only.
async fn somebody_waits(store: &Store) {
    let mut db = store.read().await.unwrap();
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *db).await.unwrap() == 0 {}
}

/// On SQLite whoever begins a transaction waits for the other one anyway.
#[tokio::test]
async fn whoever_wants_the_last_place_of_a_node_waits_for_whoever_takes_it() {
    let (_database, store, order) = arranged(Engine::Postgres).await;
    let mut first = store.begin().await.unwrap();
    reservations::lock_node(&mut first, 1).await.unwrap().unwrap();
    reservations::hold(&mut first, &reservation(&order, 30), at(1)).await.unwrap();
    let second = async {
        let mut tx = store.begin().await.unwrap();
        reservations::lock_node(&mut tx, 1).await.unwrap().unwrap().left
    };
    let mut second = std::pin::pin!(second);

    let early = tokio::select! {
        biased;
        left = &mut second => Some(left),
        () = somebody_waits(&store) => None,
    };
    first.commit().await.unwrap();

    assert_eq!(early, None, "the second did not wait for the first");
    assert_eq!(second.await.memory_mib, 8192 - 1024 - 4096);
}

#[rstest]
#[tokio::test]
async fn the_same_event_is_stored_once_and_applied_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (_database, store, _) = arranged(engine).await;
    let event = |id: &str| NewEvent {
        id: id.to_owned(),
        kind: "invoice.paid".into(),
        object_id: Some("in_1".into()),
        live: Some(false),
        created: Some(1),
        body: "{}".into(),
        source: Source::Webhook,
    };
    let mut tx = store.begin().await.unwrap();
    assert_eq!(events::insert_batch(&mut tx, &[event("evt_1"), event("evt_2")], at(0)).await.unwrap(), 2);
    assert_eq!(events::insert_batch(&mut tx, &[event("evt_1"), event("evt_3")], at(0)).await.unwrap(), 1);
    let claimed = events::claim_due(&mut tx, at(1), at(60), 10).await.unwrap();
    assert_eq!(claimed.len(), 3);
    assert!(events::claim_due(&mut tx, at(1), at(60), 10).await.unwrap().is_empty());
    events::finish(&mut tx, "evt_1", events::Outcome::Applied, at(2)).await.unwrap();
    assert_eq!(events::claim_due(&mut tx, at(61), at(120), 10).await.unwrap().len(), 2);
    assert_eq!(count_events(&mut tx).await.unwrap(), (3, 2));
}

#[rstest]
#[tokio::test]
async fn a_charge_goes_back_once_per_reason(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (_database, store, order) = arranged(engine).await;
    let mut tx = store.begin().await.unwrap();
    for (number, is_new) in [(40, true), (41, false)] {
        let refund = NewRefund {
            id: &Id::from_uuid(Uuid::from_u128(number)),
            order: &order,
            subscription: "sub_1",
            charge: Some("pi_1"),
            amount: Money::new(1399, Currency::USD),
            reason: RefundReason::CannotBeDelivered,
        };
        assert_eq!(refunds::open(&mut tx, &refund, at(1)).await.unwrap(), is_new);
    }
    assert_eq!(refunds::list_of_order(&mut tx, &order).await.unwrap().len(), 1);
}

#[rstest]
#[tokio::test]
async fn a_save_with_an_old_version_is_a_conflict(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (_database, store, id) = arranged(engine).await;
    let mut tx = store.begin().await.unwrap();
    let read = orders::find(&mut tx, &id).await.unwrap().unwrap().order;
    let expired = read.clone().expire(at(5)).unwrap();
    orders::save(&mut tx, &expired, at(5)).await.unwrap();
    let refused = orders::save(&mut tx, &read, at(6)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
}

#[rstest]
#[tokio::test]
async fn one_address_has_one_account_in_any_spelling(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (_database, store, _) = arranged(engine).await;
    let mut tx = store.begin().await.unwrap();
    assert!(accounts::find_by_email(&mut tx, " ada@example.TEST ").await.unwrap().is_some());
    let id = AccountId::from_uuid(Uuid::from_u128(9));
    let twin = NewAccount {
        id: &id,
        email: "ADA@example.test",
        password_hash: "x",
        display_name: "Twin",
        role: Role::Customer,
        smoke: false,
    };
    let refused = accounts::create(&mut tx, &twin, at(1)).await;
    assert!(matches!(refused, Err(StoreError::Taken { .. })), "{refused:?}");
}

/// On SQLite whoever begins a transaction waits for the other one anyway.
#[tokio::test]
async fn facts_of_one_charge_that_arrive_at_once_see_each_other() {
    let (_database, store, order) = arranged(Engine::Postgres).await;
    let charge = |order| NewEntry {
        live: false,
        object: "pi_1",
        kind: EntryKind::Charge,
        charge: "pi_1",
        order: Some(order),
        amount: Money::new(1299, Currency::USD),
    };
    let mut first = store.begin().await.unwrap();
    ledger::lock_charge(&mut first, "pi_1").await.unwrap();
    ledger::record(&mut first, &LedgerEntryId::from_uuid(Uuid::from_u128(80)), &charge(&order), at(1)).await.unwrap();
    let second = async {
        let mut tx = store.begin().await.unwrap();
        ledger::lock_charge(&mut tx, "pi_1").await.unwrap();
        ledger::find_order_of_charge(&mut tx, "pi_1").await.unwrap()
    };
    let mut second = std::pin::pin!(second);

    let early = tokio::select! {
        biased;
        found = &mut second => Some(found),
        () = somebody_waits(&store) => None,
    };
    first.commit().await.unwrap();

    assert_eq!(early, None, "the second did not wait for the first");
    assert_eq!(second.await, Some(order));
}

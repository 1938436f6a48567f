//! A GET never changes state: links are followed by mail scanners, prefetched by browsers and repeated by everybody.

use crate::callers::{Caller, People};
use crate::matrix::{Expected, call, expected};
use crate::world::World;
use http::Method;
use rstest::rstest;
use store::Engine;

#[rstest]
#[tokio::test]
async fn a_get_changes_no_row(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let people = People::arrive(&world).await;
    people.public_page(&world.app).await;
    let before = world.database.contents().await;
    let mut asked = Vec::new();

    for route in app::web::routes(&world.app).declared() {
        let admitted = |caller: &Caller| expected(route, *caller) == Expected::Admitted;
        for caller in Caller::ALL.into_iter().filter(|_| route.method == Method::GET).filter(admitted) {
            asked.push((route.path.clone(), call(&world, &people, route, caller).await.status.as_u16()));
        }
    }

    let after = world.database.contents().await;
    // What the test itself makes for each call: accounts, sign-ins, and the things that are asked for.
    let made = [
        "sessions",
        "accounts",
        "passkeys",
        "api_keys",
        "invitations",
        "tickets",
        "alerts",
        "webhook_events",
        "incidents",
    ];
    for (table, rows) in before.iter().filter(|(table, _)| !made.contains(&table.as_str())) {
        assert_eq!(rows, &after[table], "{table} after {asked:?}");
    }
    for person in before["accounts"].lines() {
        assert!(after["accounts"].contains(person), "{person} after {asked:?}");
    }
    assert!(asked.iter().filter(|(_, status)| *status == 200).count() > 100, "{asked:?}");
}

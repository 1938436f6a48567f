//! Staff who see the shop as a customer does: every route, and nothing of it but what is listed.

use crate::callers::{Caller, People};
use crate::matrix::path;
use crate::world::World;
use app::web::access::Face;
use app::web::registry::{Declared, Policy};
use app::web::viewing::{DuringView, during};
use axum::body::Body;
use domain::access::Role;
use http::{Method, Request, StatusCode, header};
use rstest::rstest;
use std::collections::BTreeMap;
use store::Engine;

/// What the banner says above every page.
const BANNER: &str = "You see the shop as <strong>ada</strong>";

async fn ask(world: &World, method: &Method, path: &str, cookie: &str, body: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method.clone()).uri(path).header(header::COOKIE, cookie);
    let request = match *method {
        Method::GET | Method::HEAD => request.body(Body::empty()),
        _ if body.starts_with('{') => {
            request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_owned()))
        }
        _ => {
            request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from(body.to_owned()))
        }
    };
    let answer = world.send(request.unwrap()).await;
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 8 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// A sign-in of support that sees the shop as Ada does.
async fn sees_as_ada(world: &World, people: &People) -> String {
    let (_, cookie) = people.proof(&world.app, Caller::Staff(Role::Support), Face::Page).await.unwrap();
    let begin = format!("/console/customers/{}/view", people.ada.account);
    let (status, said) = ask(world, &Method::POST, &begin, &cookie, "reason=a+call").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{said}");
    cookie
}

async fn try_route(
    world: &World,
    people: &People,
    route: &Declared,
    cookie: &str,
    whose: Caller,
) -> (StatusCode, String) {
    let path = path(world, route, people, whose).await;
    let body = if route.face == Face::Script { "{}" } else { "reason=because" };
    ask(world, &route.method, &path, cookie, body).await
}

/// Rows without what the tests themselves make for each call, and without what the passing of time writes.
fn quiet(mut contents: BTreeMap<String, String>) -> BTreeMap<String, String> {
    for made in [
        "sessions",
        "accounts",
        "passkeys",
        "api_keys",
        "invitations",
        "tickets",
        "alerts",
        "webhook_events",
        "incidents",
    ] {
        contents.remove(made);
    }
    contents
}

#[rstest]
#[tokio::test]
async fn whoever_sees_the_shop_as_a_customer_sees_what_is_listed_and_changes_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let people = People::arrive(&world).await;
    people.public_page(&world.app).await;
    let cookie = sees_as_ada(&world, &people).await;
    let before = world.database.contents().await;
    let accounts = before["accounts"].clone();
    let before = quiet(before);
    let (mut shown, mut closed) = (Vec::new(), 0);
    for route in app::web::routes(&world.app).declared().iter().filter(|route| route.face != Face::Api) {
        let what = format!("{} {}", route.method, route.path);
        let looks = route.method == Method::GET;
        match (during(&route.method, &route.path), route.policy) {
            (DuringView::Leaves, _) | (_, Policy::EndsView) => continue,
            // Whoever calls, these know nobody.
            (_, Policy::Webhook | Policy::Internal | Policy::Smoke) => continue,
            (DuringView::Shown, _) => {
                let (status, page) = try_route(&world, &people, route, &cookie, Caller::OwnThings).await;
                assert_eq!(status, StatusCode::OK, "{what}: {page}");
                // A fragment goes into a page that has it.
                let whole = page.contains("<html");
                assert!(
                    !whole || page.contains(BANNER) && page.contains("action=\"/console/view/end\""),
                    "{what}: {page}"
                );
                assert!(!page.contains("http://panel.example"), "{what} leads to the panel");
                for canary in &people.bob.canaries {
                    assert!(!page.contains(canary.as_str()), "{what} shows {canary}");
                }
                shown.push(route.path.clone());
            }
            (DuringView::Closed, Policy::Public) if looks => {
                let (_, page) = try_route(&world, &people, route, &cookie, Caller::OwnThings).await;
                let own = &people.ada.canaries[0];
                assert!(
                    !page.contains(own.as_str()) && !page.contains("support@staff.example"),
                    "{what} knows somebody"
                );
                assert!(!page.contains("<html") || page.contains(BANNER), "{what}: {page}");
            }
            (DuringView::Closed, _) => {
                let (status, said) = try_route(&world, &people, route, &cookie, Caller::OwnThings).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{what}: {said}");
                let script = route.face == Face::Script;
                assert!(
                    if script { said.contains("\"viewing\"") } else { said.contains("End the view") },
                    "{what}: {said}"
                );
                closed += 1;
            }
        }
    }
    assert_eq!(quiet(world.database.contents().await), before);
    let after = world.database.contents().await;
    for person in accounts.lines() {
        assert!(after["accounts"].contains(person), "{person}");
    }
    shown.sort();
    assert_eq!(
        shown,
        [
            "/orders",
            "/orders/{order}",
            "/orders/{order}/timeline",
            "/servers",
            "/servers/{service}",
            "/servers/{service}/activity",
            "/support/tickets",
            "/support/tickets/{ticket}",
        ]
    );
    assert!(closed > 150, "only {closed} routes are closed");
}

#[rstest]
#[tokio::test]
async fn what_is_another_customers_is_not_there_for_whoever_sees_the_shop_as_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let people = People::arrive(&world).await;
    let cookie = sees_as_ada(&world, &people).await;
    let mut tried = 0;
    for route in app::web::routes(&world.app).declared() {
        let owned = matches!(route.policy, Policy::OwnOrder | Policy::OwnService | Policy::OwnTicket);
        if !owned || during(&route.method, &route.path) != DuringView::Shown {
            continue;
        }
        let foreign = try_route(&world, &people, route, &cookie, Caller::ThingsOfAnother).await;
        let missing = try_route(&world, &people, route, &cookie, Caller::ThingsThatAreNot).await;
        assert_eq!(foreign.0, StatusCode::NOT_FOUND, "{}: {}", route.path, foreign.1);
        assert_eq!(foreign, missing, "{}", route.path);
        tried += 1;
    }
    assert_eq!(tried, 5);
    // Programs know nothing of a view: the API asks for a token, and a cookie is none.
    let (status, _) = ask(&world, &Method::GET, "/api/v1/servers", &cookie, "").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

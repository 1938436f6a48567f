//! Requests that another site makes a signed-in browser send: refused everywhere, and nothing changes.

use crate::callers::{Caller, People};
use crate::matrix::{face, path};
use crate::world::{PLAN, World};
use app::web::access::Face;
use app::web::registry::Declared;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use rstest::rstest;
use std::collections::BTreeMap;
use store::Engine;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// How browsers mark a request that another site caused; old ones name only the origin.
const FOREIGN: [&[(&str, &str)]; 5] = [
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://other.shop.example")],
    &[("sec-fetch-site", "cross-site")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
];

fn changes_something(route: &Declared) -> bool {
    ![Method::GET, Method::HEAD].contains(&route.method)
}

async fn send(
    world: &World,
    people: &People,
    route: &Declared,
    content: &str,
    marks: &[(&str, &str)],
) -> (StatusCode, String) {
    let path = path(world, route, people, Caller::OwnThings).await;
    let mut request = Request::builder().method(route.method.clone()).uri(path).header(header::CONTENT_TYPE, content);
    if !marks.iter().any(|(name, _)| *name == "host") {
        request = request.header(header::HOST, "127.0.0.1:8080");
    }
    if let Some((name, value)) = people.proof(&world.app, Caller::OwnThings, face(route)).await {
        request = request.header(name, value);
    }
    for (name, value) in marks {
        request = request.header(*name, *value);
    }
    let body = if content == JSON { "{}".to_owned() } else { format!("plan={PLAN}") };
    let answer = world.send(request.body(Body::from(body)).unwrap()).await;
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 8 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

async fn rows(world: &World) -> BTreeMap<String, String> {
    let mut rows = world.database.contents().await;
    // What the test itself makes for each call: sign-ins, and the things that are asked for.
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
        rows.remove(made);
    }
    rows
}

#[rstest]
#[tokio::test]
async fn what_another_site_sends_is_refused_on_every_route(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let people = People::arrive(&world).await;
    let before = rows(&world).await;
    let routes = app::web::routes(&world.app);
    let mut tried = 0;
    for route in routes.declared().iter().filter(|route| changes_something(route)) {
        for marks in FOREIGN {
            for content in [FORM, JSON, "text/plain"] {
                let (status, body) = send(&world, &people, route, content, marks).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{} {} {marks:?}", route.method, route.path);
                assert!(body.contains("did not come from a page of ours"), "{body}");
                assert_eq!(body.starts_with('{'), face(route) != Face::Page, "{body}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 15 * 10, "only {tried} requests were tried");
    assert_eq!(rows(&world).await, before);
}

#[tokio::test]
async fn our_own_pages_and_programs_are_let_in() {
    let world = World::new(Engine::Sqlite).await;
    let people = People::arrive(&world).await;
    let own: [&[(&str, &str)]; 4] = [
        &[],
        &[("sec-fetch-site", "same-origin"), ("origin", "null")],
        &[("origin", "http://127.0.0.1:8080")],
        // A proxy calls us by another name; our address is known all the same.
        &[("origin", "http://127.0.0.1:8080"), ("host", "inside.example")],
    ];
    for route in app::web::routes(&world.app).declared().iter().filter(|route| changes_something(route)) {
        for marks in own {
            let (status, body) = send(&world, &people, route, FORM, marks).await;
            assert!(!body.contains("did not come from a page of ours"), "{} {}: {status}", route.method, route.path);
        }
    }
}

#[tokio::test]
async fn a_form_is_no_json() {
    let world = World::new(Engine::Sqlite).await;
    let people = People::arrive(&world).await;
    let before = rows(&world).await;
    let mut tried = 0;
    for route in app::web::routes(&world.app).declared() {
        if !changes_something(route) || face(route) == Face::Page {
            continue;
        }
        for content in [FORM, "text/plain", "multipart/form-data; boundary=x"] {
            let (status, body) = send(&world, &people, route, content, &[]).await;
            tried += 1;
            assert!(status.is_client_error(), "{} {} as {content}: {status} {body}", route.method, route.path);
        }
    }
    assert!(tried >= 15, "only {tried} requests were tried");
    assert_eq!(rows(&world).await, before);
}

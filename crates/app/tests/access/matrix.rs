//! Every route × everybody.

use crate::callers::{Caller, People};
use crate::world::{PLAN, World};
use app::web::access::Face;
use app::web::registry::{Declared, Policy};
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use rstest::rstest;
use std::collections::BTreeMap;
use store::Engine;

/// What a route answered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    status: StatusCode,
    headers: BTreeMap<String, String>,
    body: String,
}

/// What should come of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Admitted,
    SignIn,
    NotFound,
}

/// Written apart from the code that admits: the rules once more, in a table.
fn expected(route: &Declared, caller: Caller) -> Expected {
    let signed_in = match caller {
        Caller::Anonymous | Caller::Unverified | Caller::Expired | Caller::Revoked => false,
        Caller::OwnThings | Caller::ThingsOfAnother | Caller::ThingsThatAreNot | Caller::Staff(_) => true,
    };
    match route.policy {
        Policy::Public | Policy::Webhook | Policy::Internal => Expected::Admitted,
        Policy::Smoke => Expected::SignIn,
        _ if !signed_in => Expected::SignIn,
        Policy::Session => Expected::Admitted,
        Policy::OwnOrder | Policy::OwnService if caller == Caller::OwnThings => Expected::Admitted,
        Policy::OwnOrder | Policy::OwnService => Expected::NotFound,
        Policy::Staff if matches!(caller, Caller::Staff(_)) => Expected::Admitted,
        Policy::Staff => Expected::NotFound,
    }
}

pub(crate) fn face(route: &Declared) -> Face {
    if route.path.starts_with("/api/") { Face::Api } else { Face::Page }
}

pub(crate) fn path(route: &Declared, people: &People, caller: Caller) -> String {
    let (order, service) = people.asked(caller);
    route
        .path
        .replace("{order}", order.as_str())
        .replace("{service}", service.as_str())
        .replace("{game}", "minecraft")
        .replace("{secret}", &"a".repeat(64))
        .replace("{name}", "app.css")
}

async fn call(world: &World, people: &People, route: &Declared, caller: Caller) -> Answer {
    let mut request = Request::builder().method(route.method.clone()).uri(path(route, people, caller));
    if let Some((name, value)) = people.proof(&world.app, caller, face(route)).await {
        request = request.header(name, value);
    }
    let body = match (&route.method, face(route)) {
        (&Method::GET, _) => Body::empty(),
        (_, Face::Api) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from("{}")
        }
        (_, Face::Page) => {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            // A handler that looks for what is named here is not to be mistaken for a denial.
            Body::from(format!("plan={PLAN}"))
        }
    };
    let answer = world.send(request.body(body).unwrap()).await;
    let (parts, body) = answer.into_parts();
    // Live updates have no end; their beginning is answer enough.
    let endless = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    let body = if endless { Vec::new() } else { axum::body::to_bytes(body, 8 << 20).await.unwrap().to_vec() };
    Answer { status: parts.status, headers: shown(&parts.headers), body: String::from_utf8_lossy(&body).into_owned() }
}

/// All headers but those that differ from call to call.
fn shown(headers: &HeaderMap) -> BTreeMap<String, String> {
    let all = headers.iter().filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    all.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned())).collect()
}

fn outcome(answer: &Answer, face: Face) -> Expected {
    let to_login = answer.headers.get("location").is_some_and(|place| place.starts_with("/login?next="));
    match (answer.status, face) {
        (StatusCode::SEE_OTHER, Face::Page) if to_login => Expected::SignIn,
        (StatusCode::UNAUTHORIZED, _) if answer.body.contains("sign_in") || answer.body.contains("Please sign in") => {
            Expected::SignIn
        }
        (StatusCode::NOT_FOUND, _) => Expected::NotFound,
        _ => Expected::Admitted,
    }
}

#[rstest]
#[tokio::test]
async fn every_route_admits_whom_its_policy_names_and_nobody_else(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let people = People::arrive(&world).await;
    let routes = app::web::routes(&world.app);
    let mut tried = 0;
    for route in routes.declared() {
        for caller in Caller::ALL {
            let answer = call(&world, &people, route, caller).await;
            let seen = outcome(&answer, face(route));
            let wanted = expected(route, caller);
            assert_eq!(seen, wanted, "{} {} as {caller:?}: {answer:?}", route.method, route.path);
            assert!(answer.status != StatusCode::INTERNAL_SERVER_ERROR, "{} {}: {answer:?}", route.method, route.path);
            tried += 1;
        }
    }
    tell(&format!("access matrix: {} routes x {} callers = {tried} calls", routes.declared().len(), Caller::ALL.len()));
}

#[expect(clippy::print_stdout, reason = "the number is this test's figure")]
fn tell(figure: &str) {
    println!("{figure}");
}

#[rstest]
#[tokio::test]
async fn what_is_somebody_elses_looks_like_what_does_not_exist(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let people = People::arrive(&world).await;
    let mut compared = 0;
    for route in app::web::routes(&world.app).declared() {
        if !matches!(route.policy, Policy::OwnOrder | Policy::OwnService) {
            continue;
        }
        let foreign = call(&world, &people, route, Caller::ThingsOfAnother).await;
        let missing = call(&world, &people, route, Caller::ThingsThatAreNot).await;
        assert_eq!(foreign, missing, "{} {}", route.method, route.path);
        compared += 1;
    }
    assert!(compared >= 8, "only {compared} routes have an owner");
}

#[rstest]
#[tokio::test]
async fn nothing_of_one_customer_is_in_any_answer_to_another(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let people = People::arrive(&world).await;
    for route in app::web::routes(&world.app).declared() {
        for caller in [Caller::Anonymous, Caller::OwnThings, Caller::ThingsOfAnother] {
            let answer = call(&world, &people, route, caller).await;
            let text = format!("{:?} {}", answer.headers, answer.body);
            for canary in &people.bob.canaries {
                // Who asks for an address and has to sign in first is led back to that address.
                let asked = caller == Caller::ThingsOfAnother && path(route, &people, caller).contains(canary.as_str());
                assert!(
                    asked && outcome(&answer, face(route)) == Expected::SignIn || !text.contains(canary.as_str()),
                    "{} {} as {caller:?} shows {canary}",
                    route.method,
                    route.path
                );
            }
        }
        // What must not be in foreign answers has to be somewhere, or this test could not fail.
        if route.path == "/api/v1/servers" {
            let own = call(&world, &people, route, Caller::OwnThings).await;
            assert!(people.ada.canaries.iter().any(|canary| own.body.contains(canary.as_str())), "{own:?}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_denied_call_changes_no_row(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let people = People::arrive(&world).await;
    let quiet = |mut contents: BTreeMap<String, String>| {
        // The callers' own sessions and accounts are made by the test itself.
        contents.remove("sessions");
        contents.remove("accounts");
        contents
    };
    let before = quiet(world.database.contents().await);
    assert!(before["services"].lines().count() == 2, "the rows are seen");
    for route in app::web::routes(&world.app).declared() {
        for caller in Caller::ALL {
            if expected(route, caller) != Expected::Admitted {
                call(&world, &people, route, caller).await;
            }
        }
    }
    assert_eq!(quiet(world.database.contents().await), before);
}

//! Every route × everybody.

use crate::callers::{self, Caller, People};
use crate::world::{PLAN, World};
use app::web::access::Face;
use app::web::registry::{Declared, Policy};
use axum::body::Body;
use domain::access::{Permission, Role, Scope};
use http::{HeaderMap, Method, Request, StatusCode, header};
use rstest::rstest;
use std::collections::BTreeMap;
use store::Engine;

/// What a route answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What was asked for.
    path: String,
    pub(crate) status: StatusCode,
    headers: BTreeMap<String, String>,
    body: String,
}

/// What should come of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Admitted,
    SignIn,
    Factor,
    Confirm,
    Scope,
    /// There is nothing left to do here.
    Onward,
    NotFound,
}

/// Written apart from the code that admits: the rules once more, in a table.
pub(crate) fn expected(route: &Declared, caller: Caller) -> Expected {
    use Expected::{Admitted, Confirm, Factor, NotFound, Onward, Scope, SignIn};
    match route.policy {
        Policy::Public | Policy::Webhook | Policy::Internal => return Admitted,
        Policy::Smoke => return SignIn,
        Policy::HalfSession => {
            return match caller {
                Caller::WithoutFactor => Admitted,
                Caller::Anonymous | Caller::Unverified | Caller::Expired | Caller::Revoked | Caller::Key(_) => SignIn,
                Caller::OwnThings
                | Caller::ThingsOfAnother
                | Caller::ThingsThatAreNot
                | Caller::Stale
                | Caller::StaleOwner
                | Caller::Staff(_)
                    if route.method == Method::GET =>
                {
                    Onward
                }
                Caller::OwnThings
                | Caller::ThingsOfAnother
                | Caller::ThingsThatAreNot
                | Caller::Stale
                | Caller::StaleOwner
                | Caller::Staff(_) => NotFound,
            };
        }
        _ => {}
    }
    match (caller, face(route)) {
        (Caller::Anonymous | Caller::Unverified | Caller::Expired | Caller::Revoked, _) => return SignIn,
        (Caller::WithoutFactor, Face::Page | Face::Script) => return Factor,
        (Caller::WithoutFactor, Face::Api) => return SignIn,
        (Caller::Key(_), Face::Page | Face::Script) => return SignIn,
        (Caller::Key(scope), Face::Api) if route.scope != Some(scope) => return Scope,
        _ => {}
    }
    let owns = matches!(caller, Caller::OwnThings | Caller::Stale | Caller::Key(_));
    let stale = matches!(caller, Caller::Stale | Caller::StaleOwner);
    let permitted = |permission| match caller {
        Caller::Staff(role) => table(role).contains(&permission),
        Caller::StaleOwner => table(Role::Owner).contains(&permission),
        _ => false,
    };
    match route.policy {
        Policy::Public | Policy::Webhook | Policy::Internal | Policy::Smoke | Policy::HalfSession => unreachable!(),
        // Nobody here sees the shop as a customer: `viewing.rs` tries whoever does.
        Policy::EndsView => NotFound,
        Policy::Confirmed | Policy::OwnPasskey if stale => Confirm,
        Policy::OwnOrder
        | Policy::OwnService
        | Policy::OwnTicket
        | Policy::OwnSession
        | Policy::OwnApiKey
        | Policy::OwnPasskey
            if !owns =>
        {
            NotFound
        }
        Policy::Permission(permission) | Policy::ConfirmedPermission(permission) if !permitted(permission) => NotFound,
        Policy::ConfirmedPermission(_) if stale => Confirm,
        Policy::Session
        | Policy::Confirmed
        | Policy::OwnOrder
        | Policy::OwnService
        | Policy::OwnTicket
        | Policy::OwnSession
        | Policy::OwnApiKey
        | Policy::OwnPasskey
        | Policy::Permission(_)
        | Policy::ConfirmedPermission(_) => Admitted,
    }
}

/// Which of the permissions that routes ask for each role has, written apart from the roles' own table.
fn table(role: Role) -> &'static [Permission] {
    match role {
        Role::Owner | Role::Admin => {
            use Permission::{
                HelpCustomers, ManageSales, ManageStaff, MendOrders, MoveMoney, ReadAudit, RunServers, SeeBusiness,
                SeeCustomers,
            };
            &[
                SeeBusiness,
                SeeCustomers,
                HelpCustomers,
                MendOrders,
                RunServers,
                MoveMoney,
                ManageSales,
                ReadAudit,
                ManageStaff,
            ]
        }
        Role::Billing => {
            use Permission::{MoveMoney, ReadAudit, SeeBusiness, SeeCustomers};
            &[SeeBusiness, SeeCustomers, MoveMoney, ReadAudit]
        }
        Role::Support => {
            use Permission::{HelpCustomers, MendOrders, RunServers, SeeBusiness, SeeCustomers};
            &[SeeBusiness, SeeCustomers, HelpCustomers, MendOrders, RunServers]
        }
        Role::ReadOnly => &[Permission::SeeBusiness],
        Role::Customer => &[],
    }
}

/// Told from the path, apart from what the route declares.
pub(crate) fn face(route: &Declared) -> Face {
    let of_passkeys = ["/passkey/", "/passkeys/"].iter().any(|part| route.path.contains(part));
    let ceremony = ["/begin", "/finish"].iter().any(|end| route.path.ends_with(end));
    match route.path.starts_with("/api/") {
        true => Face::Api,
        false if of_passkeys && ceremony => Face::Script,
        false => Face::Page,
    }
}

pub(crate) async fn path(world: &World, route: &Declared, people: &People, caller: Caller) -> String {
    let (order, service) = people.asked(caller);
    let mut path = route
        .path
        .replace("{order}", order.as_str())
        .replace("{service}", service.as_str())
        .replace("{game}", "minecraft")
        .replace("{secret}", &"a".repeat(64))
        .replace("{name}", "app.css")
        .replace("{letter}", "7");
    if path.contains("{passkey}") {
        path = path.replace("{passkey}", people.passkey(&world.app, caller).await.as_str());
    }
    if path.contains("{key}") {
        path = path.replace("{key}", people.api_key(&world.app, caller, Scope::ServersRead).await.0.as_str());
    }
    if path.contains("{slug}") {
        path = path.replace("{slug}", &people.public_page(&world.app).await);
    }
    if path.contains("{ticket}") {
        path = path.replace("{ticket}", people.ticket(&world.app, caller).await.as_str());
    }
    if path.contains("{event}") {
        path = path.replace("{event}", &callers::event(&world.app).await);
    }
    if path.contains("{customer}") {
        path = path.replace("{customer}", people.ada.account.as_str());
    }
    if path.contains("{alert}") {
        path = path.replace("{alert}", callers::alert(&world.app).await.as_str());
    }
    if path.contains("{incident}") {
        path = path.replace("{incident}", callers::incident(&world.app).await.as_str());
    }
    if path.contains("{mail}") {
        path = path.replace("{mail}", callers::mail(&world.app, &people.ada.order).await.as_str());
    }
    if path.contains("{node}") {
        path = path.replace("{node}", &callers::node(&world.app).await.to_string());
    }
    if path.contains("{session}") {
        path = path.replace("{session}", people.session(&world.app, caller).await.as_str());
    }
    if path.contains("{invitation}") {
        path = path.replace("{invitation}", callers::invitation(&world.app).await.as_str());
    }
    if path.contains("{account}") {
        // An owner: nobody here may change one, which is told on the page.
        path = path.replace("{account}", callers::staff(&world.app, Role::Owner).await.as_str());
    }
    path
}

pub(crate) async fn call(world: &World, people: &People, route: &Declared, caller: Caller) -> Answer {
    let path = path(world, route, people, caller).await;
    let mut request = Request::builder().method(route.method.clone()).uri(&path);
    if let Some((name, value)) = people.proof(&world.app, caller, face(route)).await {
        request = request.header(name, value);
    }
    let body = match (&route.method, face(route)) {
        (&Method::GET, _) => Body::empty(),
        (_, Face::Script | Face::Api) => {
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
    let body = String::from_utf8_lossy(&body).into_owned();
    Answer { path, status: parts.status, headers: shown(&parts.headers), body }
}

/// All headers but those that differ from call to call.
fn shown(headers: &HeaderMap) -> BTreeMap<String, String> {
    let all = headers.iter().filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    all.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned())).collect()
}

fn outcome(answer: &Answer, face: Face) -> Expected {
    let leads_to = |page: &str| answer.headers.get("location").is_some_and(|place| place.starts_with(page));
    let says = |code: &str, title: &str| answer.body.contains(code) || answer.body.contains(title);
    match (answer.status, face) {
        (StatusCode::SEE_OTHER, Face::Page) if answer.path == "/login/factor" && leads_to("/servers") => {
            Expected::Onward
        }
        (StatusCode::SEE_OTHER, Face::Page) if leads_to("/login?next=") => Expected::SignIn,
        (StatusCode::SEE_OTHER, Face::Page) if leads_to("/login/factor?next=") => Expected::Factor,
        (StatusCode::SEE_OTHER, Face::Page) if leads_to("/confirm?next=") => Expected::Confirm,
        (StatusCode::UNAUTHORIZED, _) if says("sign_in", "Please sign in") => Expected::SignIn,
        (StatusCode::UNAUTHORIZED, Face::Page | Face::Script) if says("factor_missing", "One step is missing") => {
            Expected::Factor
        }
        (StatusCode::FORBIDDEN, _) if says("confirm_first", "Please confirm that it is you") => Expected::Confirm,
        (StatusCode::FORBIDDEN, Face::Api) if says("scope_missing", "scope_missing") => Expected::Scope,
        (StatusCode::NOT_FOUND, _) => Expected::NotFound,
        _ => Expected::Admitted,
    }
}

/// Whether an answer speaks as its route's face does: each of the three denies in its own way.
fn speaks_as(answer: &Answer, face: Face) -> bool {
    let kind = answer.headers.get("content-type").map_or("", String::as_str);
    let wants_a_token = answer.headers.contains_key("www-authenticate");
    match face {
        Face::Page => answer.status == StatusCode::SEE_OTHER || kind.starts_with("text/html"),
        Face::Script => kind == "application/problem+json" && !wants_a_token,
        Face::Api => {
            let unknown = answer.status == StatusCode::UNAUTHORIZED;
            kind == "application/problem+json" && wants_a_token == unknown
        }
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
        assert_eq!(route.face, face(route), "{} {}", route.method, route.path);
        for caller in Caller::ALL {
            let answer = call(&world, &people, route, caller).await;
            let seen = outcome(&answer, face(route));
            let wanted = expected(route, caller);
            assert_eq!(seen, wanted, "{} {} as {caller:?}: {answer:?}", route.method, route.path);
            let denied = seen != Expected::Admitted;
            assert!(!denied || speaks_as(&answer, face(route)), "{} {}: {answer:?}", route.method, route.path);
            assert!(answer.status != StatusCode::INTERNAL_SERVER_ERROR, "{} {}: {answer:?}", route.method, route.path);
            tried += 1;
        }
    }
    let scripts = routes.declared().iter().filter(|route| route.face == Face::Script).count();
    assert!(scripts >= 10, "only {scripts} routes are for scripts");
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
        let owned = [
            Policy::OwnOrder,
            Policy::OwnService,
            Policy::OwnTicket,
            Policy::OwnSession,
            Policy::OwnApiKey,
            Policy::OwnPasskey,
        ];
        if !owned.contains(&route.policy) {
            continue;
        }
        let foreign = call(&world, &people, route, Caller::ThingsOfAnother).await;
        let missing = call(&world, &people, route, Caller::ThingsThatAreNot).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{foreign:?}");
        assert_eq!(Answer { path: missing.path.clone(), ..foreign }, missing, "{} {}", route.method, route.path);
        compared += 1;
    }
    assert!(compared >= 11, "only {compared} routes have an owner");
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
                let asked = caller == Caller::ThingsOfAnother && answer.path.contains(canary.as_str());
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
        // What the test itself makes for each call: accounts, sign-ins, and the things that are asked for.
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
    };
    let before = world.database.contents().await;
    // Everybody's account as it was: no role, no password, no address changes.
    let people_before = before["accounts"].clone();
    let before = quiet(before);
    assert!(before["services"].lines().count() == 2, "the rows are seen");
    let (mut asked, mut revoked) = (Vec::new(), 0);
    for route in app::web::routes(&world.app).declared() {
        for caller in Caller::ALL {
            if expected(route, caller) != Expected::Admitted {
                let answer = call(&world, &people, route, caller).await;
                revoked += usize::from(caller == Caller::Revoked);
                asked.push((route.path.clone(), caller, answer.path));
            }
        }
    }
    let after = world.database.contents().await;
    for made in ["api_keys", "invitations"] {
        // Their last two columns say when they were used and ended: never.
        let untouched = |row: &str| row.ends_with(",NULL,NULL") || row.ends_with(",,)");
        assert!(after[made].lines().all(untouched), "{}", after[made]);
    }
    // As they were made: open, and nobody wrote in them.
    assert!(
        after["tickets"]
            .lines()
            .filter(|row| row.contains("tkt_"))
            .all(|row| row.contains("'open'") || row.contains(",open,"))
    );
    // Begun for the calls, and nobody ended it.
    assert_eq!(after["incidents"].lines().filter(|row| row.contains("ini_")).count(), 1, "{}", after["incidents"]);
    for (_, caller, path) in asked.iter().filter(|(route, ..)| route.contains("{passkey}")) {
        let id = path.split('/').nth(3).unwrap();
        let there = after["passkeys"].contains(id);
        assert_eq!(there, *caller != Caller::ThingsThatAreNot, "{path} as {caller:?}");
    }
    for person in people_before.lines() {
        assert!(after["accounts"].contains(person), "{person}");
    }
    // Sign-ins that were made for a call are as they were made; one that is ended says so in its last column.
    let ended = |row: &&str| !row.ends_with(",NULL") && !row.ends_with(",)");
    assert_eq!(after["sessions"].lines().filter(ended).count(), revoked, "a denied call ended a sign-in");
    assert_eq!(quiet(after), before);
}

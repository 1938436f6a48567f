//! What browsers are told: every route that can be read, and everything around them, over https.

use crate::callers::{Caller, People};
use crate::matrix::{face, path};
use crate::world::World;
use app::web::registry::Policy;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use regex::Regex;
use sandbox::panel::PanelSeed;
use store::Engine;

const SITE: &str = "https://shop.example";

/// An answer, as far as browsers are concerned.
struct Seen {
    what: String,
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        let mut all = self.headers.get_all(name).iter();
        let value = all.next().map_or("", |value| value.to_str().unwrap());
        assert!(all.next().is_none(), "{} says {name} twice", self.what);
        value
    }

    fn is_page(&self) -> bool {
        self.header("content-type").starts_with("text/html")
    }
}

async fn ask(world: &World, method: Method, path: &str, proof: Option<(&str, String)>) -> Seen {
    let what = format!("{method} {path}{}", if proof.is_some() { " signed in" } else { "" });
    let mut request = Request::builder().method(method).uri(path);
    if let Some((name, value)) = proof {
        request = request.header(name, value);
    }
    let (parts, body) = world.send(request.body(Body::empty()).unwrap()).await.into_parts();
    let endless = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    let body = if endless { Vec::new() } else { axum::body::to_bytes(body, 8 << 20).await.unwrap().to_vec() };
    Seen { what, status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

/// Every route that is declared for reading, as somebody who may and as nobody, and what is no route at all.
async fn everything(world: &World) -> Vec<(Option<Policy>, Seen)> {
    let people = People::arrive(world).await;
    let mut all = Vec::new();
    for route in app::web::routes(&world.app).declared() {
        for caller in [Caller::Anonymous, Caller::OwnThings, Caller::ThingsOfAnother] {
            let proof = people.proof(&world.app, caller, face(route)).await;
            // Forms are not sent here: what they answer to a mere look is an error, and it has its headers as well.
            let seen = ask(world, Method::GET, &path(world, route, &people, caller).await, proof).await;
            let policy = (route.method == Method::GET).then_some(route.policy);
            all.push((policy, seen));
        }
    }
    for (method, path) in [
        (Method::GET, "/no/such/page"),
        (Method::GET, "/api/v1/no/such"),
        (Method::GET, "/assets/no-such.css"),
        (Method::DELETE, "/"),
        (Method::OPTIONS, "/"),
        (Method::HEAD, "/"),
    ] {
        all.push((None, ask(world, method, path, None).await));
    }
    all
}

#[tokio::test]
async fn every_answer_carries_every_header_that_protects() {
    let world = World::with_site(Engine::Sqlite, PanelSeed::demo(7), SITE).await;
    let all = everything(&world).await;
    let statuses: std::collections::BTreeSet<u16> = all.iter().map(|(_, seen)| seen.status.as_u16()).collect();
    assert!([200, 303, 401, 404, 405].iter().all(|status| statuses.contains(status)), "{statuses:?}");
    for (policy, seen) in &all {
        let what = &seen.what;
        // What owners show to everybody may stand on other sites' pages, and says nothing about who asks.
        let shown = ["/badge.svg", "/status.json"].iter().any(|end| what.starts_with("GET /s/") && what.contains(end));
        for (name, value) in [
            ("strict-transport-security", "max-age=63072000"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-resource-policy", if shown { "cross-origin" } else { "same-origin" }),
            ("server", ""),
            ("x-powered-by", ""),
            ("access-control-allow-origin", if shown { "*" } else { "" }),
        ] {
            assert_eq!(seen.header(name), value, "{what}: {name}");
        }
        assert_eq!(seen.header("referrer-policy"), "same-origin", "{what}");
        assert!(seen.header("permissions-policy").contains("camera=()"), "{what}");
        assert_policy(seen);
        let private = match policy {
            Some(Policy::Public | Policy::Internal) => false,
            Some(_) => true,
            None => !seen.status.is_success(),
        };
        let account =
            ["/login", "/signup", "/verify", "/reset"].iter().any(|start| what.starts_with(&format!("GET {start}")));
        if private || account {
            assert_eq!(seen.header("cache-control"), "no-store", "{what}");
        }
        if seen.is_page() {
            assert!(!seen.header("cache-control").contains("public"), "{what} shows who is signed in");
        }
    }
}

/// No source but ourselves, nothing inline, and forms to the payment page only where one is paid.
fn assert_policy(seen: &Seen) {
    let policy = seen.header("content-security-policy");
    let rules: Vec<(&str, &str)> = policy.split("; ").map(|rule| rule.split_once(' ').unwrap_or((rule, ""))).collect();
    let rule = |name: &str| rules.iter().find(|(known, _)| *known == name).map(|(_, sources)| *sources);
    for (name, sources) in [
        ("default-src", "'none'"),
        ("script-src", "'self'"),
        ("style-src", "'self'"),
        ("base-uri", "'none'"),
        ("frame-ancestors", "'none'"),
        ("require-trusted-types-for", "'script'"),
        ("upgrade-insecure-requests", ""),
    ] {
        assert_eq!(rule(name), Some(sources), "{}: {policy}", seen.what);
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http:"), "{policy}");
    let paid = ["action=\"/checkout", "/pay\""].iter().any(|form| seen.body.contains(form)) && seen.is_page();
    let forms = rule("form-action").unwrap();
    match paid {
        true => assert_eq!(forms, "'self' https://checkout.stripe.com", "{}", seen.what),
        false => assert!(forms.starts_with("'self'"), "{}", seen.what),
    }
    if seen.what == "GET /" {
        assert_eq!(forms, "'self'");
    }
}

#[tokio::test]
async fn no_page_has_anything_inline() {
    let world = World::with_site(Engine::Sqlite, PanelSeed::demo(7), SITE).await;
    let inline = [
        r"(?i)<script[^>]*>\s*[^<\s]",
        r"(?i)<style[\s>]",
        r#"(?i)<[a-z][^>]*\sstyle\s*="#,
        r#"(?i)<[a-z][^>]*\son[a-z]+\s*="#,
        r#"(?i)(?:href|src|action)\s*=\s*["']?\s*javascript:"#,
    ];
    let patterns = inline.map(|pattern| Regex::new(pattern).unwrap());
    let scripts = Regex::new(r"(?i)<script[^>]*>").unwrap();
    // Facts for search engines are no script: browsers do not run them. No sign in them may end the block.
    let facts = Regex::new(r#"<script type="application/ld\+json">[^<]*</script>"#).unwrap();
    let mut pages = 0;
    for (_, seen) in everything(&world).await {
        if !seen.is_page() {
            continue;
        }
        // A letter is looked at under a policy of its own.
        if seen.what.contains("/console/letters/") {
            continue;
        }
        pages += 1;
        let body = facts.replace_all(&seen.body, "");
        for pattern in &patterns {
            assert!(!pattern.is_match(&body), "{}: {pattern}", seen.what);
        }
        for script in scripts.find_iter(&body) {
            assert!(script.as_str().contains(" src=\"/assets/"), "{}: {}", seen.what, script.as_str());
        }
    }
    assert!(pages > 40, "only {pages} pages were seen");
}

#[tokio::test]
async fn cookies_are_for_this_host_alone() {
    let world = World::with_site(Engine::Sqlite, PanelSeed::demo(7), SITE).await;
    let carol = world.customer("carol").await;
    let form = format!("email={}&password=correct+horse+battery", carol.email.replace('@', "%40"));
    let login = Request::post("/login").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = world.send(login.body(Body::from(form)).unwrap()).await;
    let set = answer.headers().get_all(header::SET_COOKIE).iter().map(|one| one.to_str().unwrap().to_owned());
    let mut all: Vec<String> = set.collect();
    assert_eq!(all.len(), 2, "one that signs in, one that remembers the browser");
    let session = all.iter().find(|one| one.starts_with("__Host-givr=")).unwrap();
    let cookie = session.split(';').next().unwrap().to_owned();
    let logout = Request::post("/logout").header(header::COOKIE, &cookie);
    let left = world.send(logout.body(Body::empty()).unwrap()).await;
    all.push(left.headers()[header::SET_COOKIE].to_str().unwrap().to_owned());
    // And whatever else any page may set.
    for (_, seen) in everything(&world).await {
        all.extend(seen.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned()));
    }
    for cookie in all {
        let words: Vec<&str> = cookie.split("; ").collect();
        assert!(words[0].starts_with("__Host-"), "{cookie}");
        for word in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(words.contains(&word), "{cookie} lacks {word}");
        }
        assert!(!cookie.contains("Domain="), "{cookie}");
    }
}

#[tokio::test]
async fn a_site_without_encryption_promises_none() {
    let world = World::new(Engine::Sqlite).await;
    let seen = ask(&world, Method::GET, "/", None).await;
    assert_eq!(seen.header("strict-transport-security"), "");
    assert!(!seen.header("content-security-policy").contains("upgrade-insecure-requests"));
}

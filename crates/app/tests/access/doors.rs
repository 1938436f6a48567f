//! What a browser does at the door: forms, cookies, pages.

use crate::world::{Customer, World, of_signing_up};
use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode, header};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tower::ServiceExt;

/// A browser that keeps cookies.
#[derive(Clone, Default)]
pub(crate) struct Browser {
    cookies: BTreeMap<String, String>,
    /// Where it calls from; nothing is this machine.
    from: Option<SocketAddr>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Shown {
    pub(crate) fn leads_to(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |place| place.to_str().unwrap())
    }
}

impl Browser {
    /// A browser that calls from elsewhere.
    pub(crate) fn at(from: SocketAddr) -> Self {
        Self { cookies: BTreeMap::new(), from: Some(from) }
    }

    pub(crate) async fn looks(&mut self, world: &World, path: &str) -> Shown {
        self.sends(&world.web, Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn submits(&mut self, world: &World, path: &str, fields: &[(&str, &str)]) -> Shown {
        self.submits_to(&world.web, path, fields).await
    }

    pub(crate) async fn submits_to(&mut self, web: &axum::Router, path: &str, fields: &[(&str, &str)]) -> Shown {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.sends(web, request.body(Body::from(form)).unwrap()).await
    }

    pub(crate) async fn sends(&mut self, web: &axum::Router, mut request: Request<Body>) -> Shown {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !pairs.is_empty() {
            request.headers_mut().insert(header::COOKIE, pairs.join("; ").parse().unwrap());
        }
        request
            .headers_mut()
            .insert(header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0".parse().unwrap());
        if let Some(from) = self.from {
            request.extensions_mut().insert(axum::extract::ConnectInfo(from));
        }
        let answer: Response<Body> = web.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let text = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Shown { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&text).into_owned() }
    }

    /// Signs in with address and password.
    pub(crate) async fn signs_in(&mut self, world: &World, email: &str, password: &str) -> Shown {
        self.submits(world, "/login", &[("email", email), ("password", password)]).await
    }

    /// Forgets who is signed in, and keeps the cookie that says that the browser is known.
    pub(crate) fn forgets_the_session(&mut self) {
        self.cookies.retain(|name, _| name.contains("device"));
    }

    pub(crate) fn session(&self) -> Option<&str> {
        self.cookies.get("givr").map(String::as_str)
    }
}

/// What customers of the stories sign in with.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A customer in a browser that is signed in and known.
pub(crate) async fn at_home(world: &World, customer: &Customer) -> Browser {
    let mut browser = Browser::default();
    let shown = browser.signs_in(world, &customer.email, PASSWORD).await;
    assert_eq!(shown.leads_to(), "/servers", "{shown:?}");
    browser
}

/// The subjects of what was mailed to an address, codes left out.
pub(crate) async fn notices(world: &World, email: &str) -> Vec<String> {
    world.pass("outbox").await;
    let mails = world.app.mailer.kept().await;
    let theirs = mails.into_iter().filter(|(to, subject, _)| to == email && !of_signing_up(subject));
    theirs.map(|(_, subject, _)| subject).collect()
}

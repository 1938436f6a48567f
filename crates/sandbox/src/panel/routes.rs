//! Which handler takes which call.

use super::access::{Api, Resource};
use super::call::{Call, Outcome};
use super::{application, client};
use http::Method;
use percent_encoding::percent_decode_str;

/// One route: method, path below its API's prefix (`{}` is a parameter) and what the key needs.
pub(super) struct Route {
    pub method: &'static str,
    pub pattern: &'static str,
    pub needs: Option<Resource>,
    pub run: fn(&mut Call<'_>) -> Outcome,
}

impl Route {
    pub(super) const fn new(
        method: &'static str,
        pattern: &'static str,
        needs: Option<Resource>,
        run: fn(&mut Call<'_>) -> Outcome,
    ) -> Self {
        Self { method, pattern, needs, run }
    }

    fn takes(&self, method: &Method) -> bool {
        self.method == method.as_str() || (self.method == "GET" && *method == Method::HEAD)
    }
}

/// Where a path leads.
pub(super) enum Found {
    Route {
        api: Api,
        route: &'static Route,
        params: Vec<String>,
    },
    /// The path exists for these other methods.
    Methods(Vec<&'static str>),
    Nothing,
}

/// Verbs in the order in which the panel lists them.
const VERBS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Finds the route of a call.
pub(super) fn find(method: &Method, path: &str) -> Found {
    let path = path.trim_end_matches('/');
    let (api, routes, rest) = if let Some(rest) = path.strip_prefix("/api/application/") {
        (Api::Application, application::ROUTES, rest)
    } else if path == "/api/client" {
        (Api::Client, client::ROUTES, "")
    } else if let Some(rest) = path.strip_prefix("/api/client/") {
        (Api::Client, client::ROUTES, rest)
    } else {
        return Found::Nothing;
    };
    let mut verbs = Vec::new();
    for routes in routes {
        for route in *routes {
            let Some(params) = fit(route.pattern, rest) else { continue };
            if route.takes(method) {
                return Found::Route { api, route, params };
            }
            verbs.push(route.method);
        }
    }
    if verbs.is_empty() {
        return Found::Nothing;
    }
    let mut methods = Vec::new();
    for verb in VERBS.iter().filter(|verb| verbs.contains(verb)) {
        methods.push(*verb);
        if *verb == "GET" {
            methods.push("HEAD");
        }
    }
    Found::Methods(methods)
}

fn fit(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut params = Vec::new();
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(params),
            (Some("{}"), Some(segment)) if !segment.is_empty() => {
                params.push(percent_decode_str(segment).decode_utf8_lossy().into_owned());
            }
            (Some(wanted), Some(segment)) if wanted == segment => {}
            _ => return None,
        }
    }
}

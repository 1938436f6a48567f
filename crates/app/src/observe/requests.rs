//! Requests by route: how many, how they ended, how long they took. The route is what was declared, never what was asked for, so that
//! nobody can make up labels; and what is known of a route is looked up once, so that counting costs next to nothing.

use crate::web::access::Face;
use crate::web::registry::Declared;
use http::{Method, StatusCode};
use metrics::{Counter, Histogram};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// What stands for every address that is none of ours.
const NO_ROUTE: &str = "none";
/// Verbs that are told apart; anything else is `other`.
const VERBS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "other"];
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// Counts requests. Cheap to clone.
#[derive(Clone)]
pub struct Requests(Arc<Tables>);

struct Tables {
    routes: HashMap<String, Route>,
    /// By face.
    others: [Route; 3],
}

/// A route that was declared, or everything that was not.
struct Route {
    name: String,
    face: &'static str,
    /// By verb, from the first request on.
    counted: [OnceLock<Counted>; VERBS.len()],
}

struct Counted {
    /// By class of status.
    answers: [Counter; CLASSES.len()],
    seconds: Histogram,
}

impl Requests {
    /// Counts by these routes.
    pub fn of(declared: &[Declared]) -> Self {
        let routes = declared.iter().map(|route| (route.path.clone(), Route::new(&route.path, route.face)));
        let others = [Face::Page, Face::Script, Face::Api].map(|face| Route::new(NO_ROUTE, face));
        Self(Arc::new(Tables { routes: routes.collect(), others }))
    }

    /// Counts an answer to what matched `route`, if anything did.
    pub fn count(&self, route: Option<&str>, face: Face, verb: &Method, status: StatusCode, took: Duration) {
        let found = route.and_then(|route| self.0.routes.get(route)).unwrap_or(&self.0.others[place(face)]);
        found.count(verb, status, took);
    }
}

impl Route {
    fn new(name: &str, face: Face) -> Self {
        Self { name: name.to_owned(), face: word(face), counted: [const { OnceLock::new() }; VERBS.len()] }
    }

    fn count(&self, verb: &Method, status: StatusCode, took: Duration) {
        let place = VERBS.iter().position(|known| *known == verb.as_str()).unwrap_or(VERBS.len() - 1);
        let counted = self.counted[place].get_or_init(|| self.register(VERBS[place]));
        counted.answers[class(status)].increment(1);
        counted.seconds.record(took);
    }

    /// All classes at once: the first failure of a route is an increase, too.
    fn register(&self, verb: &'static str) -> Counted {
        let (route, face) = (&self.name, self.face);
        let answers = CLASSES.map(|class| {
            metrics::counter!("givr_http_requests_total", "face" => face, "route" => route.clone(), "method" => verb, "status" => class)
        });
        let seconds = metrics::histogram!("givr_http_request_seconds", "route" => route.clone(), "method" => verb);
        Counted { answers, seconds }
    }
}

fn class(status: StatusCode) -> usize {
    match status.as_u16() {
        0..300 => 0,
        300..400 => 1,
        400..500 => 2,
        _ => 3,
    }
}

fn place(face: Face) -> usize {
    match face {
        Face::Page => 0,
        Face::Script => 1,
        Face::Api => 2,
    }
}

fn word(face: Face) -> &'static str {
    match face {
        Face::Page => "page",
        Face::Script => "script",
        Face::Api => "api",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe;

    #[test]
    fn strangers_make_up_no_labels() {
        let recorder = observe::recorder().unwrap();
        let text = metrics::with_local_recorder(&recorder, || {
            let requests = Requests::of(&[]);
            for (route, verb) in [(Some("/of/nobody"), "BREW"), (None, "GET"), (None, "SPILL")] {
                let verb = Method::from_bytes(verb.as_bytes()).unwrap();
                requests.count(route, Face::Page, &verb, StatusCode::NOT_FOUND, Duration::from_millis(3));
            }
            recorder.handle().render()
        });
        let line = |verb: &str, count: u32| {
            format!(
                "givr_http_requests_total{{face=\"page\",route=\"none\",method=\"{verb}\",status=\"4xx\"}} {count}\n"
            )
        };
        assert!(text.contains(&line("GET", 1)) && text.contains(&line("other", 2)), "{text}");
        assert!(!text.contains("BREW") && !text.contains("nobody"), "{text}");
        assert!(text.contains("status=\"5xx\"} 0\n"), "what has not happened yet is there: {text}");
    }

    /// cargo test -p app --lib observe::requests -- --ignored --nocapture
    #[test]
    #[ignore = "measures"]
    #[expect(clippy::print_stdout, reason = "whoever asks wants the figures")]
    fn what_watching_a_request_costs() {
        use crate::clock::{Clock, SystemClock};
        use tracing::field::Empty;
        const MANY: u32 = 200_000;
        let recorder = observe::recorder().unwrap();
        let declared = Declared {
            method: Method::GET,
            path: "/servers/{service}".to_owned(),
            policy: crate::web::registry::Policy::Public,
            face: Face::Page,
            scope: None,
            document: "",
        };
        let requests = Requests::of(&[declared]);
        let each = |what: &str, one: &dyn Fn()| {
            let began = SystemClock.steady();
            (0..MANY).for_each(|_| one());
            println!("{what}: {} ns", (SystemClock.steady() - began).as_nanos() / u128::from(MANY));
        };
        metrics::with_local_recorder(&recorder, || {
            each("count a request", &|| {
                requests.count(
                    Some("/servers/{service}"),
                    Face::Page,
                    &Method::GET,
                    StatusCode::OK,
                    Duration::from_millis(3),
                );
            });
            recorder.handle().run_upkeep();
        });
        let lines = tracing_subscriber::fmt().json().with_writer(std::io::sink).finish();
        tracing::subscriber::with_default(lines, || {
            each("put its id before lines", &|| {
                let route = Some("/servers/{service}");
                let span = tracing::error_span!(
                    "request",
                    request.id = "0123456789abcdef",
                    http.method = "GET",
                    http.route = route,
                    order.id = Empty,
                    service.id = Empty
                );
                let _entered = span.enter();
            });
        });
    }
}

//! From a request to its answer: faults first, then the panel's own order of checks, then the handler.

use super::access::{Api, Key, KeyKind, READ, Verdict, WRITE};
use super::call::{Actor, Call, Daemon};
use super::calls::PanelCall;
use super::exchange::{Refusal, Reply, Request};
use super::faults::{Fault, Outcome, Subject};
use super::model::Server;
use super::routes::{self, Found, Route};
use super::rules::Broken;
use super::state::{LateAct, Made, Pending, State, leading_number, text};
use crate::serve::ABORT_HEADER;
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};

/// What became of a call inside the panel.
struct Worked {
    reply: Reply,
    made: Vec<Made>,
    route: &'static str,
}

/// How a call is worked off.
enum Way {
    Usual,
    /// What it creates is never told to a daemon.
    WithoutDaemon,
    /// Its additional ports are taken unchecked.
    WithBlindPorts,
    /// It gets as far as its handler and is then refused.
    Refused(Refusal),
}

impl State {
    /// Answers a call and notes it in the log.
    pub(super) fn answer(&mut self, request: Request, now: Timestamp) -> Reply {
        let (method, path) = (request.method.to_string(), request.path.clone());
        let (reply, route) = self.answer_with_faults(request, now);
        let lost = reply.headers.iter().any(|(name, _)| *name == ABORT_HEADER);
        let (route, status) = (route.to_owned(), reply.status.as_u16());
        self.calls.push(PanelCall { at: now, method, path, route, status, lost });
        reply
    }

    /// Works off a call that had been put off; its answer goes nowhere.
    pub(super) fn work_off(&mut self, request: &Request, now: Timestamp) {
        self.work(request, now, Way::Usual);
    }

    fn answer_with_faults(&mut self, request: Request, now: Timestamp) -> (Reply, &'static str) {
        let concerned = if self.faults.is_empty() { None } else { self.concerned(&request) };
        let external_id = concerned.as_deref();
        let subject = Subject { method: request.method.as_str(), path: &request.path, external_id };
        let Some(fault) = self.faults.take(&subject, Fault::is_about_a_call) else {
            let worked = self.work(&request, now, Way::Usual);
            return (worked.reply, worked.route);
        };
        let route = route_of(&request);
        if let Some(refusal) = self.refusal_of(&fault, &request) {
            return (self.work(&request, now, Way::Refused(refusal)).reply, route);
        }
        if let Some(reply) = self.without_work(&fault, &request, now) {
            return (reply, route);
        }
        (self.with_work(&fault, request, now), route)
    }

    /// What the panel itself answers by a fault, past key and rate limit, in place of doing the work.
    fn refusal_of(&mut self, fault: &Fault, request: &Request) -> Option<Refusal> {
        match fault {
            Fault::Refuse { status, code, field, rule } => Some(refusal(*status, code, field, rule)),
            Fault::Forbidden => Some(Refusal::denied("The key was not given this right.")),
            Fault::ErrorBefore => Some(Refusal::unexpected("ErrorException")),
            Fault::LostRace { at_save } if request.method == Method::POST => {
                // The loser's insert burns an id before the database refuses it.
                if request.path.ends_with("/servers") {
                    State::draw(&mut self.ids.server);
                } else if request.path.ends_with("/users") && !at_save {
                    State::draw(&mut self.ids.user);
                }
                let code = if *at_save { "DataValidationException" } else { "UniqueConstraintViolationException" };
                Some(Refusal::unexpected(code))
            }
            _ => None,
        }
    }

    /// The answer of a fault that keeps a call from the panel's own work.
    fn without_work(&self, fault: &Fault, request: &Request, now: Timestamp) -> Option<Reply> {
        let refused = |refusal: Refusal| refusal.into_reply(request.wants_json(), &self.options.panel_url);
        match fault {
            Fault::Unauthorized => Some(refused(Refusal::unauthenticated())),
            Fault::RateLimited { retry_after } => {
                let until = now.saturating_add(SignedDuration::from_secs(i64::from(*retry_after))).unwrap_or(now);
                let limits = self.options.limits;
                let client = request.path.starts_with("/api/client");
                let limit = if client { limits.client.unwrap_or(720) } else { limits.application.unwrap_or(240) };
                Some(exhausted(refused(throttled()), limit, until, now))
            }
            Fault::Cut { after: false } | Fault::Timeout { outcome: Outcome::Never, .. } => Some(lost("before")),
            Fault::Gateway { status, after: false } => Some(gateway_page(*status)),
            _ => None,
        }
    }

    /// The answer of a fault that strikes once the work is done, or put off.
    fn with_work(&mut self, fault: &Fault, request: Request, now: Timestamp) -> Reply {
        let later = |seconds: u32| now.saturating_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(now);
        match fault {
            Fault::Timeout { outcome: Outcome::Later, seconds } => {
                let act = LateAct::Work(Box::new(request));
                self.pending.push(Pending { at: later(*seconds), act });
                lost("after")
            }
            Fault::Timeout { outcome: Outcome::RolledBack, seconds } => {
                let worked = self.work(&request, now, Way::WithoutDaemon);
                let at = later(*seconds);
                self.pending.extend(worked.made.into_iter().map(|made| Pending { at, act: LateAct::Vanish(made) }));
                lost("after")
            }
            Fault::Timeout { outcome: Outcome::Orphaned, .. } => {
                self.work(&request, now, Way::WithoutDaemon);
                lost("after")
            }
            Fault::Timeout { .. } | Fault::Cut { .. } => {
                self.work(&request, now, Way::Usual);
                lost("after")
            }
            Fault::Gateway { status, .. } => {
                self.work(&request, now, Way::Usual);
                gateway_page(*status)
            }
            Fault::ErrorAfter => {
                let worked = self.work(&request, now, Way::Usual);
                let failed = Refusal::unexpected("ErrorException");
                if worked.reply.status.is_success() {
                    failed.into_reply(request.wants_json(), &self.options.panel_url)
                } else {
                    worked.reply
                }
            }
            Fault::LateRow { seconds } => {
                let worked = self.work(&request, now, Way::Usual);
                for made in worked.made {
                    if let Made::Server(id) = made
                        && let Some(server) = self.servers.get_mut(&id)
                    {
                        server.hidden_until = Some(later(*seconds));
                    }
                }
                worked.reply
            }
            Fault::PortRace => self.work(&request, now, Way::WithBlindPorts).reply,
            Fault::LostRace { .. } if request.method == Method::DELETE => {
                let worked = self.work(&request, now, Way::Usual);
                if worked.reply.status != StatusCode::NOT_FOUND {
                    return worked.reply;
                }
                Reply { headers: worked.reply.headers, ..Reply::no_content() }
            }
            _ => self.work(&request, now, Way::Usual).reply,
        }
    }

    /// Works off a call as an undisturbed panel does.
    fn work(&mut self, request: &Request, now: Timestamp, way: Way) -> Worked {
        let (wants_json, panel_url) = (request.wants_json(), self.options.panel_url.clone());
        let refused = |refusal: Refusal| refusal.into_reply(wants_json, &panel_url);
        let bare = |reply: Reply, route| Worked { reply, made: Vec::new(), route };
        let (api, route, params) = match routes::find(&request.method, &request.path) {
            Found::Route { api, route, params } => (api, route, params),
            Found::Nothing => return bare(refused(Refusal::not_found()), ""),
            Found::Methods(methods) => {
                let refusal = Refusal::new(405, "MethodNotAllowedHttpException", "This address takes other methods.");
                return bare(refused(refusal).with("allow", methods.join(", ")), "");
            }
        };
        let key = match self.admit(request) {
            Ok(key) => key,
            Err(refusal) => return bare(refused(refusal), route.pattern),
        };
        let limit = match api {
            Api::Application => self.options.limits.application,
            Api::Client => self.options.limits.client,
        };
        let mut remaining = None;
        if let Some(limit) = limit {
            match self.buckets.count(api, key.user, limit, now) {
                Verdict::Allowed { remaining: left } => remaining = Some((limit, left)),
                Verdict::Exhausted { until } => {
                    return bare(exhausted(refused(throttled()), limit, until, now), route.pattern);
                }
            }
        }
        let (outcome, made) = match (self.actor(api, route, &key, &request.method), way) {
            (Err(refusal), _) | (Ok(_), Way::Refused(refusal)) => (Err(refusal), Vec::new()),
            (Ok(actor), way) => {
                let mut call = Call {
                    state: self,
                    now,
                    request,
                    params,
                    actor,
                    orphan: matches!(way, Way::WithoutDaemon),
                    blind_ports: matches!(way, Way::WithBlindPorts),
                    made: Vec::new(),
                    daemon: Daemon::Undecided,
                };
                ((route.run)(&mut call), call.made)
            }
        };
        let mut reply = outcome.unwrap_or_else(refused);
        if let Some((limit, left)) = remaining {
            reply = reply.with("x-ratelimit-limit", limit).with("x-ratelimit-remaining", left);
        }
        Worked { reply, made, route: route.pattern }
    }

    /// Key, body and address, in the order in which the panel looks at them before it counts the call.
    fn admit(&self, request: &Request) -> Result<Key, Refusal> {
        let token = request.bearer().ok_or_else(Refusal::unauthenticated)?;
        let key = self.keys.iter().find(|key| key.token == token).cloned().ok_or_else(Refusal::unauthenticated)?;
        if request.malformed {
            return Err(Refusal::new(400, "BadRequestHttpException", "The body is not valid JSON."));
        }
        if !key.allowed_ips.is_empty() && !key.allowed_ips.iter().any(|ip| ip == "127.0.0.1") {
            return Err(Refusal::denied("The key may not be used from this address."));
        }
        Ok(key)
    }

    fn actor(&self, api: Api, route: &Route, key: &Key, method: &Method) -> Result<Actor, Refusal> {
        let root_admin = self.users.get(&key.user).is_some_and(|user| user.root_admin);
        let actor = |grants| Actor { user: key.user, root_admin, grants };
        match (api, &key.kind) {
            (Api::Client, KeyKind::Client) => Ok(actor(None)),
            (Api::Client, KeyKind::Application(_)) => Err(Refusal::denied("Application keys open the other API.")),
            (Api::Application, _) if !root_admin => Err(Refusal::denied("The key's owner is no root administrator.")),
            (Api::Application, KeyKind::Client) => Ok(actor(None)),
            (Api::Application, KeyKind::Application(grants)) => {
                let level = if matches!(*method, Method::GET | Method::HEAD) { READ } else { WRITE };
                if route.needs.is_none_or(|resource| grants.allow(resource, level)) {
                    Ok(actor(Some(grants.clone())))
                } else {
                    Err(Refusal::denied("The key was not given this right."))
                }
            }
        }
    }

    /// The external id that a call is about: of its body, or of the server in its path.
    fn concerned(&self, request: &Request) -> Option<String> {
        if let Some(id) = text(request.body.get("external_id")) {
            return Some(id);
        }
        let (_, rest) = request.path.split_once("/servers/")?;
        let mut parts = rest.split('/');
        let first = parts.next()?;
        if first == "external" {
            return parts.next().map(str::to_owned);
        }
        let found: Option<&Server> = if request.path.starts_with("/api/client/") {
            self.servers.values().find(|server| server.identifier() == first || server.uuid == first)
        } else {
            self.servers.get(&leading_number(first)?)
        };
        found?.external_id.clone()
    }
}

fn route_of(request: &Request) -> &'static str {
    match routes::find(&request.method, &request.path) {
        Found::Route { route, .. } => route.pattern,
        Found::Methods(_) | Found::Nothing => "",
    }
}

fn refusal(status: u16, code: &Option<String>, field: &Option<String>, rule: &Option<String>) -> Refusal {
    let usual = if status == 422 { "ValidationException" } else { "DisplayException" };
    let mut refusal = Refusal::new(status, code.as_deref().unwrap_or(usual), "The sandbox was told to refuse this.");
    if let (Some(field), Some(rule)) = (field, rule) {
        refusal.broken.push(Broken { field: field.clone(), rule: rule.clone().into() });
    }
    refusal
}

fn throttled() -> Refusal {
    Refusal::new(429, "ThrottleRequestsException", "Too many calls in one minute.")
}

fn exhausted(reply: Reply, limit: u32, until: Timestamp, now: Timestamp) -> Reply {
    let wait = until.duration_since(now).as_secs_f64().ceil().max(0.0);
    reply
        .with("x-ratelimit-limit", limit)
        .with("x-ratelimit-remaining", 0)
        .with("retry-after", wait)
        .with("x-ratelimit-reset", until.as_second())
}

fn lost(when: &'static str) -> Reply {
    Reply::html(StatusCode::GATEWAY_TIMEOUT, "").with(ABORT_HEADER, when)
}

fn gateway_page(status: u16) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    Reply::html(status, format!("<html><head><title>{status}</title></head><body>{status}</body></html>"))
}

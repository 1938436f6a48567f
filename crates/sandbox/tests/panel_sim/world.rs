//! A simulated panel with a clock that stands still, and short words to talk to it in-process.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use jiff::{SignedDuration, Timestamp};
use sandbox::clock::SandboxClock;
use sandbox::panel::{PanelOptions, PanelSeed, PanelSim};
use sandbox::serve::ABORT_HEADER;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) struct World {
    pub(crate) sim: PanelSim,
    router: Router,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// `errors[0].code`.
    pub(crate) fn code(&self) -> &str {
        self.body["errors"][0]["code"].as_str().unwrap_or_default()
    }

    /// Whether a transport would have lost it.
    pub(crate) fn is_lost(&self) -> bool {
        self.headers.contains_key(ABORT_HEADER)
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {}, PanelSeed::demo_at(7, 30_000))
    }

    pub(crate) fn with(change: impl FnOnce(&mut PanelOptions), seed: PanelSeed) -> Self {
        let start: Timestamp = "2026-11-24T10:00:00Z".parse().expect("an instant");
        let mut options = PanelOptions::new(SandboxClock::from_fn(move || start));
        change(&mut options);
        let sim = PanelSim::new(options, seed);
        Self { router: sim.router(), sim }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, key: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send_text(method, path, key, "application/json", body).await
    }

    pub(crate) async fn send_text(&self, method: &str, path: &str, key: &str, kind: &str, body: String) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "application/json")
            .header("content-type", kind)
            .header("authorization", format!("Bearer {key}"))
            .body(Body::from(body))
            .expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("never fails");
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(crate) async fn app(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send(method, &format!("/api/application/{path}"), &self.sim.application_key(), body).await
    }

    pub(crate) async fn client(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send(method, &format!("/api/client/{path}"), &self.sim.client_key(), body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.app("GET", path, Value::Null).await
    }

    /// The id of an egg of the demo panel.
    pub(crate) async fn egg(&self, name: &str) -> Value {
        let nests = self.get("nests?include=eggs.variables").await.body;
        let eggs = nests["data"].as_array().into_iter().flatten();
        eggs.flat_map(|nest| {
            nest["attributes"]["relationships"]["eggs"]["data"].as_array().cloned().unwrap_or_default()
        })
        .find(|egg| egg["attributes"]["name"] == name)
        .unwrap_or_else(|| panic!("no egg called {name}"))
    }

    /// A create body for an egg on some free ports of one node, with the egg's defaults.
    pub(crate) async fn order(&self, egg: &str, external_id: &str, ports: usize) -> Value {
        let egg = self.egg(egg).await;
        let free = self.get("nodes/1/allocations?filter[server_id]=0").await.body;
        let free: Vec<Value> =
            free["data"].as_array().expect("allocations").iter().map(|it| it["attributes"]["id"].clone()).collect();
        let attributes = &egg["attributes"];
        let variables = attributes["relationships"]["variables"]["data"].as_array().expect("variables");
        let environment: serde_json::Map<String, Value> = variables
            .iter()
            .map(|it| &it["attributes"])
            .map(|it| (it["env_variable"].as_str().expect("a name").to_owned(), it["default_value"].clone()))
            .collect();
        json!({
            "external_id": external_id, "name": external_id, "user": 1, "egg": attributes["id"],
            "docker_image": attributes["docker_image"], "startup": attributes["startup"], "environment": environment,
            "limits": { "memory": 4096, "swap": 0, "disk": 10000, "io": 500, "cpu": 200 },
            "feature_limits": { "databases": 0, "allocations": ports, "backups": 0 },
            "allocation": { "default": free[0], "additional": free[1..ports] },
        })
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.sim.advance(SignedDuration::from_secs(seconds));
    }

    /// The power state as the panel would tell once its cache ran out.
    pub(crate) fn power(&self, external_id: &str) -> &'static str {
        self.sim.find_server(external_id).and_then(|server| server.state).unwrap_or("unknown")
    }

    /// An installed server of an egg, with room for things of the customer's: its path below the client API's servers.
    pub(crate) async fn installed(&self, egg: &str, external_id: &str) -> String {
        let mut order = self.order(egg, external_id, 1).await;
        order["feature_limits"] = json!({ "databases": 2, "allocations": 2, "backups": 2 });
        let made = self.app("POST", "servers", order).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let server = made.body["attributes"]["id"].as_i64().expect("an id");
        self.pass(3_600);
        self.sim.write_file(server, "/eula.txt", "eula=true");
        format!("servers/{}", made.body["attributes"]["identifier"].as_str().expect("an identifier"))
    }

    /// The same, running.
    pub(crate) async fn running(&self, egg: &str, external_id: &str) -> String {
        let server = self.installed(egg, external_id).await;
        let started = self.client("POST", &format!("{server}/power"), json!({ "signal": "start" })).await;
        assert_eq!(started.status, 204);
        self.pass(900);
        assert_eq!(self.power(external_id), "running");
        server
    }

    /// What a signed address of the simulator answers: status and text.
    pub(crate) async fn open(&self, address: &str, kind: &str, body: Option<&str>) -> (u16, String) {
        let path = address.strip_prefix("http://panel.sandbox.example").expect("an address of the simulator");
        let method = if body.is_some() { "POST" } else { "GET" };
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        let request = request.body(Body::from(body.unwrap_or_default().to_owned())).expect("a request");
        let answer = self.router.clone().oneshot(request).await.expect("never fails");
        let status = answer.status().as_u16();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }
}

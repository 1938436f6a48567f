//! A simulated panel with one installed Minecraft server, and the real driver before it.

use bytes::Bytes;
use domain::call::CallFailure;
use domain::ids::{Id, ServiceId};
use http::{Request, Response};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use panel::control::FilePath;
use panel::{
    Identifier, PanelDriver, PanelUser, PowerSignal, Pterodactyl, PterodactylSettings, ServerControl, ServerKey,
    ServerSpec, Transport,
};
use sandbox::clock::SandboxClock;
use sandbox::panel::{PanelOptions, PanelSeed, PanelSim};
use sandbox::serve::ABORT_HEADER;
use secrecy::SecretString;
use std::sync::{Arc, Mutex};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use uuid::Uuid;

pub(crate) struct World {
    pub(crate) sim: PanelSim,
    pub(crate) panel: Pterodactyl,
    pub(crate) server: Identifier,
    /// Every address that was asked, in order.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    router: axum::Router,
}

/// Carries requests into the simulator; an answer that must not arrive does not.
fn in_process(router: axum::Router, asked: Arc<Mutex<Vec<String>>>) -> Transport {
    BoxCloneSyncService::new(tower::service_fn(move |request: Request<Bytes>| {
        asked.lock().unwrap().push(request.uri().to_string());
        let router = router.clone();
        async move {
            let request = request.map(axum::body::Body::from);
            let answer = router.oneshot(request).await.expect("a router never fails");
            if answer.headers().contains_key(ABORT_HEADER) {
                return Err(CallFailure::NoAnswer("cut off".into()));
            }
            let (parts, body) = answer.into_parts();
            Ok(Response::from_parts(parts, body.collect().await.expect("a body").to_bytes()))
        }
    }))
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(2).await
    }

    /// A server that may have no databases and no backups.
    pub(crate) async fn without_room() -> Self {
        Self::with(0).await
    }

    async fn with(room: u32) -> Self {
        let start: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let options = PanelOptions::new(SandboxClock::from_fn(move || start)).without_limits();
        let sim = PanelSim::new(options, PanelSeed::demo_at(7, 30_000));
        let clock = sim.clone();
        let settings = PterodactylSettings {
            url: "http://panel.sandbox.example".to_owned(),
            application_key: SecretString::from(sim.application_key()),
            client_key: SecretString::from(sim.client_key()),
            now: Arc::new(move || clock.now()),
        };
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let transport = in_process(sim.router(), asked.clone());
        let panel = Pterodactyl::new(transport.clone(), transport, settings).unwrap();
        let eggs = panel.list_eggs().await.unwrap();
        let egg = eggs.iter().find(|egg| egg.name == "Paper").unwrap();
        let defaults = egg.variables.iter().map(|it| (it.env_variable.clone(), it.default_value.clone()));
        let nodes = panel.list_nodes().await.unwrap();
        let ports = panel.list_allocations(nodes[0].id).await.unwrap();
        let spec = ServerSpec {
            name: "Ada's world".to_owned(),
            description: String::new(),
            owner: panel.list_accounts().await.unwrap()[0].id,
            egg: egg.id,
            image: egg.docker_images[0].1.clone(),
            startup: egg.startup.clone(),
            environment: defaults.collect(),
            memory_mib: 4096,
            swap_mib: 0,
            disk_mib: 10_000,
            io_weight: 500,
            cpu_percent: 200,
            databases: room,
            backups: room,
            allocations_limit: 3,
            default_allocation: ports[0].id,
            additional_allocations: vec![ports[1].id],
            oom_disabled: true,
        };
        let key = ServerKey::new("shop", &ServiceId::from_uuid(Uuid::from_u128(1))).unwrap();
        let server = panel.create_server(&key, &spec).await.unwrap().identifier;
        sim.advance(SignedDuration::from_secs(60));
        asked.lock().unwrap().clear();
        Self { router: sim.router(), sim, panel, server, asked }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.sim.advance(SignedDuration::from_secs(seconds));
    }

    pub(crate) async fn start(&self) {
        self.panel.save_file(&self.server, &"eula.txt".parse().unwrap(), "eula=true\n").await.unwrap();
        self.panel.power(&self.server, PowerSignal::Start).await.unwrap();
        self.pass(30);
    }

    pub(crate) async fn suspend(&self) {
        let server = self.panel.list_servers().await.unwrap()[0].id;
        self.panel.suspend_server(server).await.unwrap();
    }

    pub(crate) async fn read(&self, path: &str) -> String {
        self.panel.read_file(&self.server, &path.parse::<FilePath>().unwrap()).await.unwrap()
    }

    /// The operator makes somebody an administrator by hand.
    pub(crate) async fn make_administrator(&self, user: &PanelUser) {
        let body = format!(
            r#"{{"email":"{}","username":"{}","first_name":"A","last_name":"B","root_admin":true}}"#,
            user.email, user.username
        );
        let request = Request::patch(format!("/api/application/users/{}", user.id))
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.sim.application_key()))
            .body(axum::body::Body::from(body));
        let answer = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        assert!(answer.status().is_success());
    }
}

//! The demo's eggs and options: what a shop may rely on.

use crate::world::World;
use jiff::SignedDuration;
use sandbox::clock::SandboxClock;
use sandbox::panel::{PanelOptions, PanelSeed, PanelSim};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Every egg that the shop's games bind to, with the variables whose own default breaks their rules.
const EGGS: [(&str, &[&str]); 19] = [
    ("Paper", &[]),
    ("Purpur", &[]),
    ("Fabric", &[]),
    ("Forge Minecraft", &[]),
    ("Rust", &["RCON_PASS"]),
    ("Ark: Survival Evolved", &[]),
    ("ARK: Survival Ascended", &["ARK_ADMIN_PASSWORD"]),
    ("Counter-Strike 2", &["STEAM_GSLT", "RCON_PASSWORD"]),
    ("Terraria Vanilla", &[]),
    ("tModLoader", &[]),
    ("Factorio", &[]),
    ("Palworld", &["ADMIN_PASSWORD"]),
    ("Mindustry", &[]),
    ("RimWorld Together", &[]),
    ("Vintage Story", &[]),
    ("Teeworlds", &[]),
    ("Among Us Impostor", &[]),
    ("Veloren", &[]),
    ("Enshrouded", &["QUERY_PORT"]),
];

#[tokio::test]
async fn every_egg_takes_its_own_defaults_except_where_the_shop_must_supply_a_value() {
    let world = World::new();
    for (egg, missing) in EGGS {
        let answer = world.app("POST", "servers", world.order(egg, egg, 1).await).await;
        let fields = answer.body["errors"].as_array().cloned().unwrap_or_default();
        let broken: BTreeSet<_> = fields.iter().filter_map(|error| error["meta"]["source_field"].as_str()).collect();
        let expected: Vec<String> = missing.iter().map(|name| format!("environment.{name}")).collect();
        assert_eq!(broken, expected.iter().map(String::as_str).collect(), "{egg}");
        assert_eq!(answer.status, if missing.is_empty() { 201 } else { 422 }, "{egg}");
    }
}

#[tokio::test]
async fn speed_shortens_installs_and_starts() {
    let world = World::with(|options| options.speed = 20.0, PanelSeed::demo_at(7, 30_000));
    let mut order = world.order("Mindustry", "svc", 1).await;
    order["start_on_completion"] = json!(true);
    world.app("POST", "servers", order).await;
    world.pass(1);
    assert_eq!(world.sim.find_server("svc").expect("a server").status, Some("installing"));
    world.pass(2);
    assert_eq!(world.power("svc"), "running");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_panel() {
    let uuids = async |seed: u64| {
        let world = World::with(|options| options.seed = seed, PanelSeed::demo_at(seed, 30_000));
        (world.get("nests?include=eggs").await.body, world.sim.application_key())
    };
    assert_eq!(uuids(3).await, uuids(3).await);
    assert_ne!(uuids(3).await, uuids(4).await);
}

#[tokio::test]
async fn lifted_limits_never_answer_429() {
    let world = World::with(|options| *options = options.clone().without_limits(), PanelSeed::demo_at(7, 30_000));
    for _ in 0..300 {
        assert_eq!(world.get("locations").await.status, 200);
    }
    assert!(!world.get("locations").await.headers.contains_key("x-ratelimit-limit"));
}

#[tokio::test]
async fn demo_ports_are_free_and_no_two_panels_share_one() {
    let ports = |world: World| async move {
        let list = world.get("nodes?include=allocations").await.body;
        let nodes = list["data"].as_array().cloned().unwrap_or_default();
        let of = |node: &Value| node["attributes"]["relationships"]["allocations"]["data"].as_array().cloned();
        let ports = nodes.iter().filter_map(of).flatten().filter_map(|it| it["attributes"]["port"].as_u64());
        ports.collect::<BTreeSet<u64>>()
    };
    let first = ports(World::with(|_| {}, PanelSeed::demo(1))).await;
    let second = ports(World::with(|_| {}, PanelSeed::demo(1))).await;
    assert_eq!((first.len(), second.len()), (144, 144));
    assert!(first.is_disjoint(&second));
    for port in first {
        let port = u16::try_from(port).expect("a port");
        assert!(std::net::TcpListener::bind(("127.0.0.1", port)).is_ok(), "{port}");
    }
}

#[tokio::test]
async fn the_ticker_ends_with_its_token() {
    let sim = PanelSim::new(PanelOptions::new(SandboxClock::system()), PanelSeed::demo_at(7, 30_000));
    let stop = CancellationToken::new();
    let ticker = sim.spawn_ticker(Duration::from_millis(1), stop.clone());
    sim.advance(SignedDuration::from_secs(1));
    stop.cancel();
    ticker.await.expect("no panic");
}

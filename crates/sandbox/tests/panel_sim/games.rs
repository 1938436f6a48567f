//! Running games on real sockets, asked by a library that knows nothing of this simulator.

use crate::world::World;
use gamedig::games::{mindustry, minecraft};
use gamedig::protocols::types::{CommonResponse, TimeoutSettings};
use gamedig::protocols::valve::{self, Engine};
use sandbox::panel::PanelSeed;
use serde_json::json;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[derive(Clone, Copy)]
enum Kind {
    Minecraft,
    Source(u32),
    Mindustry,
}

/// What a stranger hears of a game: name, players, slots.
async fn ask(kind: Kind, address: SocketAddr) -> Option<(Option<String>, u32, u32)> {
    let heard = |answer: &dyn CommonResponse| {
        (answer.name().map(str::to_owned), answer.players_online(), answer.players_maximum())
    };
    let limit = Some(Duration::from_millis(500));
    let patience = TimeoutSettings::new(limit, limit, limit, 0).ok();
    let question = move || match kind {
        Kind::Minecraft => minecraft::protocol::query_java(&address, patience, None).ok().map(|answer| heard(&answer)),
        Kind::Source(app) => valve::query(&address, Engine::new(app), None, patience).ok().map(|answer| heard(&answer)),
        Kind::Mindustry => mindustry::protocol::query(&address, &patience).ok().map(|answer| heard(&answer)),
    };
    tokio::task::spawn_blocking(question).await.expect("no panic")
}

/// A world with sockets and one running game; the socket's address comes with it.
async fn running(egg: &str, ports: usize, change: impl FnOnce(&mut serde_json::Value)) -> (World, SocketAddr) {
    let world = World::with(|options| options.game_bind = Some(IpAddr::from([127, 0, 0, 1])), PanelSeed::demo(7));
    let mut order = world.order(egg, "svc", ports).await;
    change(&mut order);
    let created = world.app("POST", "servers", order).await;
    assert_eq!(created.status, 201, "{}", created.body);
    world.sim.write_file(1, "/eula.txt", "eula=true");
    world.pass(3_600);
    let server = world.get("servers/1").await.body;
    let short = server["attributes"]["identifier"].as_str().expect("an identifier");
    world.client("POST", &format!("servers/{short}/power"), json!({ "signal": "start" })).await;
    world.pass(3_600);
    world.sim.tick().await;
    let address = world.sim.game_address(1).expect("an open socket");
    (world, address)
}

/// The number of the additional port, which an order's variable must carry.
async fn second_port(world: &World, order: &serde_json::Value) -> String {
    let list = world.get("nodes/1/allocations").await.body;
    let ports = list["data"].as_array().expect("ports").clone();
    let found = ports.iter().find(|it| it["attributes"]["id"] == order["allocation"]["additional"][0]);
    found.expect("the port")["attributes"]["port"].to_string()
}

#[tokio::test]
async fn minecraft_answers_its_status_ping_with_the_players_that_were_set() {
    let (world, address) = running("Paper", 1, |_| {}).await;
    world.sim.set_players(1, 3);
    world.sim.tick().await;
    assert_eq!(ask(Kind::Minecraft, address).await, Some((None, 3, 20)));
}

#[tokio::test]
async fn a_silent_game_holds_its_port_and_says_nothing() {
    let (world, address) = running("Paper", 1, |_| {}).await;
    world.sim.set_silent(1, true);
    world.sim.tick().await;
    assert!(tokio::net::TcpListener::bind(address).await.is_err(), "the port is held");
    assert_eq!(ask(Kind::Minecraft, address).await, None);
}

#[tokio::test]
async fn a_stopped_suspended_or_deleted_game_closes_its_socket() {
    let (world, address) = running("Mindustry", 1, |_| {}).await;
    assert!(ask(Kind::Mindustry, address).await.is_some());
    world.app("POST", "servers/1/suspend", serde_json::Value::Null).await;
    world.pass(10);
    world.sim.tick().await;
    assert!(world.sim.game_address(1).is_none());
    assert_eq!(ask(Kind::Mindustry, address).await, None);
}

#[tokio::test]
async fn source_games_answer_behind_a_challenge_on_the_port_of_their_variable() {
    let world = World::with(|options| options.game_bind = Some(IpAddr::from([127, 0, 0, 1])), PanelSeed::demo(7));
    let mut order = world.order("Rust", "svc", 2).await;
    let port = second_port(&world, &order).await;
    order["environment"]["RCON_PASS"] = json!("secret");
    order["environment"]["QUERY_PORT"] = json!(port);
    order["start_on_completion"] = json!(true);
    assert_eq!(world.app("POST", "servers", order).await.status, 201);
    world.pass(7_200);
    world.sim.tick().await;
    let address = world.sim.game_address(1).expect("an open socket");
    assert_eq!(address.port().to_string(), port);
    assert_eq!(ask(Kind::Source(252_490), address).await, Some((Some("svc".to_owned()), 0, 40)));
}

#[tokio::test]
async fn counter_strike_answers_on_its_game_port() {
    let secrets = |order: &mut serde_json::Value| {
        order["environment"]["STEAM_GSLT"] = json!("A".repeat(32));
        order["environment"]["RCON_PASSWORD"] = json!("secret");
    };
    let (_world, address) = running("Counter-Strike 2", 1, secrets).await;
    assert_eq!(ask(Kind::Source(730), address).await, Some((Some("svc".to_owned()), 0, 12)));
}

#[tokio::test]
async fn terraria_gives_out_a_slot_and_teeworlds_tells_its_info() {
    let (_world, address) = running("Terraria Vanilla", 1, |_| {}).await;
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    stream.write_all(b"\x0f\0\x01\x0bTerraria279").await.expect("sent");
    let mut reply = [0; 5];
    stream.read_exact(&mut reply).await.expect("a reply");
    assert_eq!(reply[2], 3);

    let (_world, address) = running("Teeworlds", 1, |_| {}).await;
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    socket.send_to(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xffgie3\x07", address).await.expect("sent");
    let mut reply = [0; 512];
    let length = socket.recv(&mut reply).await.expect("a reply");
    assert!(reply[10..length].starts_with(b"inf37\0"));
}

#[tokio::test]
async fn a_game_that_is_only_asked_for_a_connection_refuses_it_when_silent() {
    let (world, address) = running("Vintage Story", 1, |_| {}).await;
    assert!(tokio::net::TcpStream::connect(address).await.is_ok());
    world.sim.set_silent(1, true);
    for _ in 0..50 {
        world.sim.tick().await;
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
    }
    panic!("still takes connections");
}

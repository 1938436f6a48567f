//! The console's socket, over real connections.

use crate::world::World;
use futures_util::{SinkExt, StreamExt};
use sandbox::panel::{Fault, FaultSpec, PanelSeed};
use sandbox::serve::serve;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::{CancellationToken, DropGuard};

struct Served {
    world: World,
    origin: String,
    _stop: DropGuard,
}

async fn served() -> Served {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let world = World::with(|options| options.panel_url.clone_from(&origin), PanelSeed::demo_at(7, 30_000));
    let stop = CancellationToken::new();
    tokio::spawn(serve(listener, world.sim.router(), stop.clone()));
    Served { world, origin, _stop: stop.drop_guard() }
}

struct Console(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Served {
    async fn pass_to(&self, server: &str) -> (String, String) {
        let body = self.world.client("GET", &format!("{server}/websocket"), Value::Null).await.body;
        let text = |name: &str| body["data"][name].as_str().expect("a text").to_owned();
        (text("socket"), text("token"))
    }

    async fn connect(&self, socket: &str, origin: Option<&str>) -> Result<Console, Error> {
        let mut request = socket.into_client_request().expect("a request");
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().expect("a header"));
        }
        connect_async(request).await.map(|(stream, _)| Console(stream))
    }

    /// A console that is let in.
    async fn open(&self, server: &str) -> Console {
        let (socket, token) = self.pass_to(server).await;
        let mut console = self.connect(&socket, Some(&self.origin)).await.expect("a socket");
        console.send("auth", &token).await;
        console.until("auth success").await;
        console
    }
}

impl Console {
    async fn send(&mut self, event: &str, argument: &str) {
        let frame = json!({ "event": event, "args": [argument] }).to_string();
        self.0.send(Message::text(frame)).await.expect("sent");
    }

    /// The next frame; `None` when the socket was closed.
    async fn next(&mut self) -> Option<(String, String)> {
        let frame = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.expect("a frame in time")?;
        let Ok(Message::Text(text)) = frame else { return None };
        let frame: Value = serde_json::from_str(&text).expect("JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Some((text(&frame["event"]), text(&frame["args"][0])))
    }

    /// What the next frame of this event says.
    async fn until(&mut self, event: &str) -> String {
        loop {
            let (found, argument) = self.next().await.unwrap_or_else(|| panic!("closed before `{event}`"));
            if found == event {
                return argument;
            }
        }
    }

    async fn is_closed(&mut self) -> bool {
        while self.next().await.is_some() {}
        true
    }
}

fn status(error: Result<Console, Error>) -> u16 {
    match error.map(|_| ()) {
        Err(Error::Http(answer)) => answer.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_console_tells_of_a_start_and_takes_commands() {
    let served = served().await;
    let server = served.world.installed("Paper", "svc-1").await;
    let mut console = served.open(&server).await;
    assert_eq!(console.until("status").await, "offline");
    let stats: Value = serde_json::from_str(&console.until("stats").await).expect("JSON in a text");
    assert_eq!((&stats["state"], &stats["memory_limit_bytes"]), (&json!("offline"), &json!(4_096_i64 * 1_048_576)));
    console.send("send command", "list").await;
    console.send("set state", "start").await;
    // Its answer says that the wish before it was heard.
    console.send("send stats", "").await;
    console.until("stats").await;
    served.world.pass(2);
    assert_eq!(console.until("status").await, "starting");
    served.world.pass(30);
    assert!(console.until("console output").await.contains("Starting minecraft server"));
    assert_eq!(console.until("status").await, "running");
    served.world.sim.set_players(1, 2);
    console.send("send command", "list").await;
    assert!(console.until("console output").await.contains("There are 2 of a max of 20 players online"));
    console.send("send command", "say hello").await;
    assert!(console.until("console output").await.ends_with("[Server] hello"));
    console.send("send logs", "").await;
    assert!(console.until("console output").await.contains("Starting minecraft server"), "from the beginning");
    console.send("send command", "stop").await;
    assert_eq!(console.until("status").await, "stopping");
    served.world.pass(5);
    assert_eq!(console.until("status").await, "offline");
    let activity = served.world.client("GET", &format!("{server}/activity"), Value::Null).await.body.to_string();
    assert!(activity.contains("server:power.start") && activity.contains("say hello"), "{activity}");
}

#[tokio::test]
async fn other_games_echo_and_stop_at_their_own_word() {
    let served = served().await;
    let server = served.world.running("Terraria Vanilla", "svc-1").await;
    let mut console = served.open(&server).await;
    console.send("send command", "playing").await;
    assert_eq!(console.until("console output").await, "> playing");
    console.send("send command", "exit").await;
    assert_eq!(console.until("status").await, "stopping");
}

#[tokio::test]
async fn only_the_panels_pages_with_a_token_of_this_server_are_let_in() {
    let served = served().await;
    let (one, other) = (served.world.running("Paper", "svc-1").await, served.world.running("Paper", "svc-2").await);
    let (socket, _) = served.pass_to(&one).await;
    assert_eq!(status(served.connect(&socket, None).await), 403);
    assert_eq!(status(served.connect(&socket, Some("https://evil.example")).await), 403);
    let nowhere = socket.replace("/api/servers/", "/api/servers/0");
    assert_eq!(status(served.connect(&nowhere, Some(&served.origin)).await), 404);

    let mut console = served.connect(&socket, Some(&served.origin)).await.expect("a socket");
    console.send("send command", "stop").await;
    console.until("jwt error").await;
    console.send("auth", &served.pass_to(&other).await.1).await;
    console.until("jwt error").await;
    console.0.send(Message::text("no JSON")).await.expect("sent");
    console.until("jwt error").await;
    assert_eq!(served.world.power("svc-1"), "running");
}

#[tokio::test]
async fn a_token_is_said_to_expire_expires_and_can_be_renewed() {
    let served = served().await;
    let server = served.world.running("Paper", "svc-1").await;
    let mut console = served.open(&server).await;
    served.world.pass(9 * 60 + 5);
    console.until("token expiring").await;
    served.world.pass(60);
    console.until("token expired").await;
    console.send("send command", "stop").await;
    console.until("jwt error").await;
    assert_eq!(served.world.power("svc-1"), "running");
    console.send("auth", &served.pass_to(&server).await.1).await;
    console.until("auth success").await;
    console.send("send command", "say again").await;
    assert!(console.until("console output").await.ends_with("[Server] again"));
}

#[tokio::test]
async fn a_console_ends_with_its_server_its_suspension_and_its_daemon() {
    let served = served().await;
    let server = served.world.running("Paper", "svc-1").await;
    let mut console = served.open(&server).await;
    served.world.sim.restart_wings(1);
    assert!(console.is_closed().await);
    let mut console = served.open(&server).await;
    let fault = served.world.sim.add_fault(FaultSpec::lasting(Fault::DaemonDown { node: None }));
    assert!(console.is_closed().await);
    let (socket, _) = served.pass_to(&server).await;
    assert!(served.connect(&socket, Some(&served.origin)).await.is_err(), "nothing listens");
    served.world.sim.remove_fault(fault);
    let mut console = served.open(&server).await;
    served.world.app("POST", "servers/1/suspend", Value::Null).await;
    assert!(console.is_closed().await);
    let gone = served.world.client("GET", &format!("{server}/websocket"), Value::Null).await;
    assert_eq!((gone.status, gone.code()), (409, "ServerStateConflictException"));
    served.world.app("POST", "servers/1/unsuspend", Value::Null).await;
    let mut console = served.open(&server).await;
    served.world.app("DELETE", "servers/1", Value::Null).await;
    console.until("deleted").await;
    assert!(console.is_closed().await);
}

#[tokio::test]
async fn administrators_hear_the_installer_and_everybody_hears_of_backups() {
    let served = served().await;
    let server = served.world.installed("Paper", "svc-1").await;
    let mut console = served.open(&server).await;
    let made = served.world.client("POST", &format!("{server}/backups"), json!({})).await.body;
    served.world.pass(9);
    let uuid = made["attributes"]["uuid"].as_str().expect("a uuid");
    let told: Value = serde_json::from_str(&console.until(&format!("backup completed:{uuid}")).await).expect("JSON");
    assert_eq!(told["is_successful"], true);
    served.world.client("POST", &format!("{server}/settings/reinstall"), Value::Null).await;
    console.until("install started").await;
    console.until("install output").await;
    served.world.pass(60);
    console.until("install completed").await;
}

#[tokio::test]
async fn whatever_a_game_writes_arrives_as_one_line_of_text() {
    let served = served().await;
    let server = served.world.running("Paper", "svc-1").await;
    let mut console = served.open(&server).await;
    for line in ["\u{1b}[31m<script>alert(1)</script>", "\u{202e}🎮 \"quotes\" \\ \n second", "", &"x".repeat(50_000)]
    {
        assert!(served.world.sim.print(1, line));
        assert_eq!(console.until("console output").await, line);
    }
}

//! Our words for a console, over a real socket of the simulated daemon.

use crate::world::World;
use futures_util::{SinkExt, StreamExt};
use panel::control::{ConsoleEvent, ConsolePass, ConsoleWish};
use panel::{PowerSignal, PowerState, ServerControl};
use secrecy::SecretString;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::sync::CancellationToken;

struct Console(WebSocketStream<TcpStream>);

impl Console {
    /// Opens the socket of a pass at the simulator, which listens somewhere else than it says.
    async fn open(world: &World, pass: &ConsolePass) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(sandbox::serve::serve(listener, world.sim.router(), CancellationToken::new()));
        let mut request = pass.socket.as_str().into_client_request().unwrap();
        request.headers_mut().insert("origin", pass.origin.parse().unwrap());
        Self(client_async(request, TcpStream::connect(address).await.unwrap()).await.unwrap().0)
    }

    async fn wish(&mut self, wish: ConsoleWish) {
        self.0.send(Message::text(wish.frame())).await.unwrap();
    }

    /// The next event that `wanted` takes.
    async fn until(&mut self, wanted: impl Fn(&ConsoleEvent) -> bool) -> ConsoleEvent {
        loop {
            let frame = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.unwrap().unwrap().unwrap();
            let event =
                ConsoleEvent::read(frame.to_text().unwrap()).unwrap_or_else(|| panic!("{frame} cannot be read"));
            if wanted(&event) {
                return event;
            }
        }
    }
}

#[tokio::test]
async fn a_console_is_opened_listened_to_and_typed_into() {
    let world = World::new().await;
    world.start().await;
    let pass = world.panel.console_pass(&world.server).await.unwrap();
    let mut console = Console::open(&world, &pass).await;
    console.wish(ConsoleWish::LetIn(SecretString::from("another"))).await;
    console.until(|event| *event == ConsoleEvent::NotLetIn).await;
    console.wish(ConsoleWish::LetIn(pass.token)).await;
    console.until(|event| *event == ConsoleEvent::LetIn).await;
    console.until(|event| *event == ConsoleEvent::State(PowerState::Running)).await;
    console.wish(ConsoleWish::Usage).await;
    let usage = console.until(|event| matches!(event, ConsoleEvent::Usage(_))).await;
    let ConsoleEvent::Usage(usage) = usage else { unreachable!() };
    assert_eq!((usage.state, usage.memory_limit_bytes), (PowerState::Running, 4096 * 1024 * 1024));
    console.wish(ConsoleWish::Command("say 🎮".to_owned())).await;
    console.until(|event| matches!(event, ConsoleEvent::Line(line) if line.ends_with("[Server] 🎮"))).await;
    console.wish(ConsoleWish::Lines).await;
    console.until(|event| matches!(event, ConsoleEvent::Line(line) if line.contains("Starting minecraft"))).await;
    world.pass(560);
    console.until(|event| *event == ConsoleEvent::TokenExpiring).await;
    console.wish(ConsoleWish::Power(PowerSignal::Kill)).await;
    // Wishes are heard in turn.
    console.wish(ConsoleWish::Command("say heard".to_owned())).await;
    console.until(|event| matches!(event, ConsoleEvent::Line(line) if line.ends_with("[Server] heard"))).await;
    world.pass(1);
    console.until(|event| *event == ConsoleEvent::State(PowerState::Offline)).await;
    world.pass(60);
    console.until(|event| *event == ConsoleEvent::TokenExpired).await;
}

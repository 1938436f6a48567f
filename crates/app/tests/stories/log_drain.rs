//! Warnings and errors of the log reach a channel as well, and nothing that goes wrong there reaches the shop. Lines say what they are about.

use crate::world::{PLAN, Sinks, World, listen};
use app::clock::{Clock, ManualClock};
use app::config::Logs;
use app::observe::{self, Drain, Drained, Voice};
use app::transport::{self, Transport};
use bytes::Bytes;
use domain::call::CallFailure;
use futures_util::FutureExt;
use http::{Request, Response, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use secrecy::SecretString;
use serde_json::Value;
use std::io::Write;
use std::sync::{Arc, Mutex};
use store::Engine;
use tower::util::BoxCloneSyncService;
use tracing::Level;
use tracing::dispatcher::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

/// A shop's log with a channel at Discord and one at Slack.
struct Listening {
    sinks: Sinks,
    clock: ManualClock,
    voice: Voice,
    drained: Drained,
    _heard: DefaultGuard,
}

impl Listening {
    fn new(level: Level) -> Self {
        let (sinks, clock) = (Sinks::default(), ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
        let transport = transport::in_process(sinks.router(), Arc::new(clock.clone()));
        Self::over(level, sinks, clock, transport)
    }

    fn over(level: Level, sinks: Sinks, clock: ManualClock, transport: Transport) -> Self {
        let url = |path: &str| Some(SecretString::from(format!("https://sinks.example/{path}")));
        let logs = Logs { discord_url: url("discord"), slack_url: url("slack"), level };
        let (drain, drained) = Drain::new(&logs).unwrap();
        let heard = listen(tracing_subscriber::registry().with(observe::layer(&drain)));
        let site = "https://shop.example".parse().unwrap();
        let speaks: Arc<dyn Clock> = Arc::new(clock.clone());
        let voice = Voice { name: "Keep".to_owned(), site, transport, clock: speaks };
        Self { sinks, clock, voice, drained, _heard: heard }
    }

    async fn ship(&mut self) {
        self.drained.ship(&self.voice).await;
    }

    /// What Discord shows and what Slack shows, each message as one text.
    fn told(&self) -> (Vec<String>, Vec<String>) {
        let discord = self.sinks.at("/discord");
        let discord = discord.iter().map(|one| one.body["embeds"][0]["description"].as_str().unwrap().to_owned());
        let slack = self.sinks.at("/slack");
        (discord.collect(), slack.iter().map(|one| one.body["text"].as_str().unwrap().to_owned()).collect())
    }
}

#[tokio::test]
async fn what_is_bad_is_told_in_one_message_without_addresses() {
    let mut listening = Listening::new(Level::WARN);
    tracing::info!("A customer came by");
    tracing::warn!(order.id = "ord_1", "Mail to ada@example.test waits: 550 <ada@example.test> is unknown");
    tracing::error!("The disk is full");
    listening.ship().await;
    listening.ship().await;
    let (discord, slack) = listening.told();
    assert_eq!((discord.len(), slack.len()), (1, 1), "one message, and none when there is nothing to tell");
    for text in [&discord[0], &slack[0]] {
        assert!(text.contains("The disk is full") && text.contains("Mail to …"), "{text}");
        assert!(!text.contains("ada") && !text.contains("came by"), "{text}");
    }
    assert!(slack[0].contains("order.id=\"ord_1\""), "{slack:?}");
    assert_eq!(listening.sinks.at("/discord")[0].body["allowed_mentions"]["parse"], serde_json::json!([]));
}

#[tokio::test]
async fn who_wants_errors_gets_errors() {
    let mut listening = Listening::new(Level::ERROR);
    tracing::warn!("A call was refused");
    listening.ship().await;
    assert_eq!(listening.told(), (Vec::new(), Vec::new()));
    tracing::error!("The disk is full");
    listening.ship().await;
    assert_eq!(listening.told().0.len(), 1);
}

#[tokio::test]
async fn a_storm_is_one_message_that_says_how_much_it_leaves_out() {
    let mut listening = Listening::new(Level::WARN);
    for number in 0..1300 {
        tracing::warn!("Trouble number {number}");
    }
    listening.ship().await;
    let text = listening.told().1.remove(0);
    assert_eq!(text.matches("Trouble number").count(), 25);
    // Those that did not fit into the queue, too.
    assert!(text.contains("1275 more"), "{text}");
}

#[tokio::test]
async fn what_a_channel_did_not_take_is_counted_and_said_when_it_does() {
    let mut listening = Listening::new(Level::WARN);
    listening.sinks.refuse(Some(("/discord", StatusCode::TOO_MANY_REQUESTS, Some(60))));
    tracing::warn!("The first");
    listening.ship().await;
    listening.sinks.refuse(None);
    tracing::warn!("The second");
    listening.ship().await;
    assert!(listening.told().0.is_empty(), "it wanted a minute");
    assert_eq!(listening.told().1.len(), 2, "the other channel has nothing to do with it");
    listening.clock.advance(SignedDuration::from_secs(61));
    tracing::warn!("The third");
    listening.ship().await;
    let discord = listening.told().0;
    assert!(discord[0].contains("The third") && discord[0].contains("2 more"), "{discord:?}");
}

#[tokio::test]
async fn a_channel_that_hangs_holds_nobody_up() {
    let clock = ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap());
    let hangs = |_: Request<Bytes>| std::future::pending::<Result<Response<Bytes>, CallFailure>>();
    let transport = BoxCloneSyncService::new(tower::service_fn(hangs));
    let mut listening = Listening::over(Level::WARN, Sinks::default(), clock, transport);
    tracing::warn!("The first");
    let mut shipping = Box::pin(listening.ship());
    assert!(shipping.as_mut().now_or_never().is_none(), "it waits for an answer");
    // Whoever logs meanwhile does not wait, however much it is.
    for number in 0..5000 {
        tracing::warn!("Trouble number {number}");
    }
}

/// What was written as JSON, as it is elsewhere than on a terminal.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Heard {
    fn listen() -> (Self, DefaultGuard) {
        let heard = Self::default();
        let writer = heard.clone();
        let lines = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone());
        (heard, listen(lines.finish()))
    }

    /// The line that says this, and what its spans say together.
    fn line(&self, says: &str) -> (Value, Value) {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let line = text.lines().find(|line| line.contains(says)).unwrap_or_else(|| panic!("{says} is not in {text}"));
        let line: Value = serde_json::from_str(line).unwrap();
        let mut fields = Value::Null;
        for span in line["spans"].as_array().unwrap() {
            for (name, value) in span.as_object().unwrap() {
                fields[name] = value.clone();
            }
        }
        (line, fields)
    }
}

#[rstest]
#[tokio::test]
async fn lines_say_which_request_and_which_order_they_are_about(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (heard, _heard) = Heard::listen();
    let world = World::new(engine).await;
    // A request, by the name that it came with …
    let refused = |id: &str| Request::post("/webhooks/stripe").header("x-request-id", id).body("{}".into()).unwrap();
    world.send(refused("proxy-7")).await;
    let (_, spans) = heard.line("A webhook was refused");
    assert_eq!((&spans["request.id"], &spans["http.route"]), (&"proxy-7".into(), &"/webhooks/stripe".into()));
    // … unless that is more than a name.
    let (strange, _second) = Heard::listen();
    world.send(refused("<script> ada@example.test")).await;
    let (line, spans) = strange.line("A webhook was refused");
    assert_eq!(spans["request.id"], Value::Null, "{line}");
    // Work on an order.
    let (working, _third) = Heard::listen();
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let (_, spans) = working.line("is playable");
    let service = format!("svc_{}", bought.order.as_str().trim_start_matches("ord_"));
    assert_eq!((&spans["order.id"], &spans["service.id"]), (&bought.order.as_str().into(), &service.into()));
    assert_eq!(spans["work"], "provision");
    // A page about it.
    let page = Request::get(format!("/orders/{}", bought.order)).header(header::COOKIE, world.sign_in(&ada).await);
    assert_eq!(world.send(page.body(axum::body::Body::empty()).unwrap()).await.status(), StatusCode::OK);
}

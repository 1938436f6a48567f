//! Consoles: over a real socket of the simulated daemon, watched as a browser watches.

use crate::dashboard::Owner;
use crate::world::World;
use axum::body::Body;
use futures_util::StreamExt;
use http::{Request, Response, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::PanelSeed;
use std::time::Duration;
use store::Engine;
use tokio::time::{Instant, timeout_at};

/// A page that watches.
struct Watching {
    body: axum::body::BodyDataStream,
    heard: String,
}

impl Watching {
    async fn open(world: &World, owner: &Owner) -> Result<Self, StatusCode> {
        let answer = ask(world, owner).await;
        match answer.status() {
            StatusCode::OK => Ok(Self { body: answer.into_body().into_data_stream(), heard: String::new() }),
            status => Err(status),
        }
    }

    /// Waits until something was said.
    async fn hears(&mut self, words: &str) {
        // Other things are said all the time: the whole wait has an end, not each step of it.
        let end = Instant::now() + Duration::from_secs(20);
        while !self.heard.contains(words) {
            let next = timeout_at(end, self.body.next()).await;
            let piece = next.unwrap_or_else(|_| panic!("no `{words}` in {}", self.heard));
            let piece = piece.unwrap_or_else(|| panic!("it ended without `{words}`: {}", self.heard)).unwrap();
            self.heard.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }
}

async fn ask(world: &World, owner: &Owner) -> Response<Body> {
    let request = Request::get(format!("{}/console/events", owner.here)).header(header::COOKIE, &owner.cookie);
    world.send(request.body(Body::empty()).unwrap()).await
}

#[rstest]
#[tokio::test]
async fn a_console_is_watched_typed_into_and_read_without_scripts(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::with_daemons(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let mut page = Watching::open(&world, &owner).await.unwrap();
    page.hears("event: opened").await;
    page.hears("Starting minecraft").await;
    let (sent, _) = owner.does(&world, "/console", &[("command", "say <b>hello</b>")]).await;
    assert_eq!(sent, StatusCode::SEE_OTHER);
    page.hears("[Server] <b>hello</b>").await;
    // The page itself, as a browser without scripts gets it.
    let read = world.page(&format!("{}/console", owner.here), &owner.cookie).await;
    assert!(read.contains("[Server] &#60;b&#62;hello&#60;/b&#62;"), "{read}");
    let found = world.page(&format!("{}/console?q=HELLO", owner.here), &owner.cookie).await;
    assert!(found.contains("hello") && !found.contains("Starting minecraft"), "{found}");
    for (command, refused) in [("", "Type a command first"), ("a\nb", "one line"), (&"x".repeat(4097), "4096 bytes")] {
        let (status, shown) = owner.does(&world, "/console", &[("command", command)]).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && shown.contains(refused), "{status} {shown}");
    }
}

#[rstest]
#[tokio::test]
async fn one_account_watches_four_consoles_and_a_closed_page_makes_room(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::with_daemons(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let mut pages = Vec::new();
    for _ in 0..4 {
        pages.push(Watching::open(&world, &owner).await.unwrap());
    }
    assert_eq!(Watching::open(&world, &owner).await.err(), Some(StatusCode::TOO_MANY_REQUESTS));
    pages.pop();
    assert!(Watching::open(&world, &owner).await.is_ok());
    assert_eq!(world.app.control.consoles.counts().0, 1, "they share one socket");
}

#[rstest]
#[tokio::test]
async fn sixty_four_pages_watch_at_once_each_hears_its_own_server_and_the_next_one_waits(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::with_daemons_of(engine, PanelSeed::demo_for(7, 20)).await;
    let mut owners = Vec::new();
    let mut pages = Vec::new();
    for number in 0..16 {
        let owner = Owner::of(&world, &format!("owner{number}")).await;
        for first in [true, false, false, false] {
            let mut page = Watching::open(&world, &owner).await.unwrap();
            // Those who come later find it open.
            if first {
                page.hears("event: opened").await;
            }
            pages.push((number, page));
        }
        owners.push(owner);
    }
    assert_eq!(world.app.control.consoles.counts(), (16, 64));
    let late = Owner::of(&world, "late").await;
    let refused = ask(&world, &late).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    for (number, owner) in owners.iter().enumerate() {
        owner.does(&world, "/console", &[("command", &format!("say this is number {number}."))]).await;
    }
    for (number, page) in &mut pages {
        page.hears(&format!("[Server] this is number {number}.")).await;
        assert_eq!(page.heard.matches("[Server] this is number").count(), 1, "{}", page.heard);
    }
    // A page that is closed makes room.
    pages.pop();
    Watching::open(&world, &late).await.unwrap().hears("event: opened").await;
}

#[rstest]
#[tokio::test]
async fn a_console_ends_with_the_session_and_after_ten_idle_minutes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::with_daemons(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let mut idle = Watching::open(&world, &owner).await.unwrap();
    idle.hears("event: opened").await;
    world.clock.advance(SignedDuration::from_mins(9));
    owner.does(&world, "/console", &[("command", "list")]).await;
    world.clock.advance(SignedDuration::from_mins(9));
    let mut typed = Watching::open(&world, &owner).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(2));
    idle.hears("event: idle").await;
    let signed_out = world.form("/logout", &owner.cookie, "").await;
    assert!(signed_out.status().is_redirection());
    typed.hears("event: over").await;
}

#[rstest]
#[tokio::test]
async fn no_command_reaches_another_customers_server(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::with_daemons(engine).await;
    let (ada, grace) = (Owner::of(&world, "ada").await, Owner::of(&world, "grace").await);
    let id = grace.here.trim_start_matches("/servers/").to_owned();
    let mut watching = Watching::open(&world, &grace).await.unwrap();
    watching.hears("event: opened").await;
    for path in [
        format!("{}/console", grace.here),
        format!("{}/../{id}/console", ada.here),
        format!("{}/..%2f{id}/console", ada.here),
        format!("{}%2f..%2f{id}/console", ada.here),
        format!("{}//console", grace.here),
        format!("/servers/{}/console", id.to_uppercase()),
        format!("/servers/{id}%00/console"),
        format!("/servers/%20{id}/console"),
        format!("/servers/{id};{}/console", ada.here.trim_start_matches("/servers/")),
    ] {
        let answer = world.form(&path, &ada.cookie, "command=say+trespassing").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    grace.does(&world, "/console", &[("command", "say mine")]).await;
    watching.hears("[Server] mine").await;
    assert!(!watching.heard.contains("trespassing"));
}

//! Servers that their owners show to everybody.

use crate::acts::{Desk, is_not_for};
use crate::dashboard::Owner;
use crate::world::World;
use domain::access::Role;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use store::{Engine, public_pages};

/// What a stranger gets: status, headers and text.
async fn stranger(world: &World, path: &str) -> (StatusCode, http::HeaderMap, String) {
    let answer = world.send(Request::get(path).body(axum::body::Body::empty()).unwrap()).await;
    let (head, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[rstest]
#[tokio::test]
async fn a_server_is_shown_to_everybody_until_its_owner_hides_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    world.passes(SignedDuration::from_mins(2), SignedDuration::from_mins(1)).await;
    assert_eq!(stranger(&world, "/s/adas-keep").await.0, StatusCode::NOT_FOUND);
    let page = [
        ("slug", "Adas-Keep"),
        ("host", "Ada"),
        ("about", "Every evening.\nBring bread."),
        ("channel", "twitch.tv/ada_plays"),
        ("discord", "https://discord.com/invite/AbC"),
    ];
    let (_, saved) = owner.does(&world, "/public", &page).await;
    assert!(saved.contains("Everybody can see it now.") && saved.contains("/s/adas-keep/badge.svg"), "{saved}");
    let (_, _, shown) = stranger(&world, "/s/adas-keep").await;
    for has in [
        "Ada of the keep",
        "Every evening.\nBring bread.",
        "https://twitch.tv/ada_plays",
        "https://discord.gg/AbC",
        "online",
    ] {
        assert!(shown.contains(has), "{has}: {shown}");
    }
    // Nothing of who it is.
    assert!(!shown.contains("ada@example.test") && !shown.contains("svc_"), "{shown}");
    let (_, headers, picture) = stranger(&world, "/s/adas-keep/badge.svg").await;
    assert_eq!(headers[header::CONTENT_TYPE], "image/svg+xml");
    assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
    assert!(picture.starts_with("<svg") && picture.contains("Ada of the keep"), "{picture}");
    let (_, headers, status) = stranger(&world, "/s/adas-keep/status.json").await;
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["status"], &status["color"]), (&"online".into(), &"brightgreen".into()), "{status}");
    // What was seen long ago is not said to be so now.
    world.clock.advance(SignedDuration::from_mins(16));
    assert!(stranger(&world, "/s/adas-keep").await.2.contains("not seen lately"));
    let (_, hidden) = owner.does(&world, "/public/remove", &[]).await;
    assert!(hidden.contains("Nobody sees it any more."), "{hidden}");
    assert_eq!(stranger(&world, "/s/adas-keep").await.0, StatusCode::NOT_FOUND);
}

#[rstest]
#[tokio::test]
async fn a_page_that_was_taken_down_comes_back_by_nobody_elses_hand(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    owner.does(&world, "/public", &[("slug", "adas-keep"), ("about", "Cheap gold at gold.example")]).await;
    let act = |act: &str| format!("/console/orders/{}/acts/{act}", owner.bought.order);
    let service = owner.here.trim_start_matches("/servers/");
    is_not_for(&world, Role::ReadOnly, &act("bar-page")).await;
    let desk = Desk::of(&world, Role::Support).await;
    assert!(desk.foresees(&act("bar-page")).await.contains("Nobody sees /s/adas-keep any more"));

    desk.does_once(&act("bar-page"), &[]).await;

    desk.is_audited(service, "page.bar").await;
    for path in ["/s/adas-keep", "/s/adas-keep/badge.svg", "/s/adas-keep/status.json"] {
        assert_eq!(stranger(&world, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let told = world.page(&format!("{}/public", owner.here), &owner.cookie).await;
    assert!(told.contains("This page was taken down") && told.contains("asked by …"), "{told}");
    // Neither another word nor dropping the page and making a new one helps.
    let (status, _) = owner.does(&world, "/public", &[("slug", "another-keep")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    owner.does(&world, "/public/remove", &[]).await;
    owner.does(&world, "/public", &[("slug", "another-keep")]).await;
    for path in ["/s/adas-keep", "/s/another-keep"] {
        assert_eq!(stranger(&world, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    desk.does_once(&act("unbar-page"), &[]).await;
    desk.is_audited(service, "page.unbar").await;
    assert!(stranger(&world, "/s/adas-keep").await.2.contains("Cheap gold"));
    let (_, hidden) = owner.does(&world, "/public/remove", &[]).await;
    assert!(hidden.contains("Nobody sees it any more."), "{hidden}");
}

#[rstest]
#[tokio::test]
async fn what_is_wrong_with_a_page_is_said_beside_the_field_and_what_was_typed_stays(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (ada, grace) = (Owner::of(&world, "ada").await, Owner::of(&world, "grace").await);
    ada.does(&world, "/public", &[("slug", "the-keep")]).await;
    for (field, typed, why) in [
        ("slug", "x", "3 to 80 characters"),
        ("slug", "the keep", "letters a to z"),
        ("slug", "support", "This address is taken"),
        ("slug", "the-keep", "This address is taken"),
        ("channel", "https://evil.example/twitch.tv/ada", "no channel on Twitch"),
        ("discord", "javascript:alert(1)", "no invitation to Discord"),
        ("host", &"h".repeat(121), "120 characters at most"),
        ("about", &"a".repeat(1001), "1,000 characters at most"),
    ] {
        let mut form = vec![("host", "<b>Grace</b>"), ("about", "\u{202e}gnp.exe ' or 1=1 --")];
        form.retain(|(name, _)| *name != field);
        form.push((field, typed));
        if field != "slug" {
            form.push(("slug", "graces-keep"));
        }
        let (status, shown) = grace.does(&world, "/public", &form).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && shown.contains(why), "{field}: {shown}");
        assert!(field == "host" || shown.contains("&#60;b&#62;Grace&#60;/b&#62;"), "{field}: {shown}");
    }
    let mut db = world.app.store.read().await.unwrap();
    assert_eq!(public_pages::find(&mut db, "the-keep").await.unwrap().unwrap().1.order, ada.bought.order);
    assert!(public_pages::find(&mut db, "graces-keep").await.unwrap().is_none());
}

#[rstest]
#[tokio::test]
async fn hostile_words_are_shown_as_words_and_pages_of_servers_that_are_over_go(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let form =
        [("slug", "adas-keep"), ("host", "<img src=x onerror=alert(1)>"), ("about", "\"><script>alert(1)</script>")];
    owner.does(&world, "/public", &form).await;
    owner.does(&world, "/settings/name", &[("name", "</text><script>x</script>")]).await;
    for path in ["/s/adas-keep", "/s/adas-keep/badge.svg"] {
        let (status, _, shown) = stranger(&world, path).await;
        assert!(status == StatusCode::OK && !shown.contains("<script>") && !shown.contains("<img src=x"), "{shown}");
    }
    world.database.run("update services set terminated_at = 1").await;
    assert_eq!(stranger(&world, "/s/adas-keep").await.0, StatusCode::NOT_FOUND);
    world.clock.advance(SignedDuration::from_hours(1));
    world.pass("retention").await;
    assert_eq!(world.database.contents().await["public_pages"], "");
}

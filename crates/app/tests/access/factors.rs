//! Second factors: codes of an app, recovery codes, and the end of sign-ins.

use crate::doors::{Browser, PASSWORD, Shown, at_home, notices};
use crate::world::World;
use http::StatusCode;
use jiff::SignedDuration;
use rstest::rstest;
use serde_json::json;
use store::Engine;
use totp_rs::{Builder, Secret, Totp};

/// The app on somebody's phone.
pub(crate) struct Phone(Totp);

impl Phone {
    /// Reads the letters on the page.
    pub(crate) fn sees(page: &Shown) -> Self {
        let (_, after) = page.text.split_once("data-app-secret>").expect("a secret to type");
        let letters: String = after.split('<').next().unwrap().split(' ').collect();
        Self(Builder::new().with_secret(Secret::try_from_base32(letters).unwrap()).build().unwrap())
    }

    pub(crate) fn code(&self, world: &World) -> String {
        self.0.generate(u64::try_from(world.app.now().as_second()).unwrap()).to_string()
    }
}

fn recovery_codes(page: &Shown) -> Vec<String> {
    let (_, list) = page.text.split_once("<ul class=\"codes code\">").expect("codes to keep");
    let lines = list.split("</ul>").next().unwrap().lines();
    let codes = lines.filter_map(|line| line.trim().strip_prefix("<li>")?.strip_suffix("</li>").map(str::to_owned));
    codes.collect()
}

/// Switches an app on, and returns it with the recovery codes.
pub(crate) async fn sets_up_app(world: &World, browser: &mut Browser) -> (Phone, Vec<String>) {
    let page = browser.submits(world, "/account/app", &[]).await;
    let phone = Phone::sees(&page);
    let done = browser.submits(world, "/account/app/confirm", &[("code", &phone.code(world))]).await;
    (phone, recovery_codes(&done))
}

#[rstest]
#[tokio::test]
async fn with_an_app_a_password_alone_opens_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut browser = at_home(&world, &ada).await;
    let (phone, codes) = sets_up_app(&world, &mut browser).await;
    assert_eq!(codes.len(), 10);
    // The account is no longer new: a sign-in with another browser is news.
    world.clock.advance(SignedDuration::from_mins(40));

    let mut other = Browser::default();
    let half = other.signs_in(&world, &ada.email, PASSWORD).await;
    assert_eq!(half.leads_to(), "/login/factor?next=%2Fservers");
    assert_eq!(other.looks(&world, "/servers").await.leads_to(), "/login/factor?next=%2Fservers");
    let before = other.session().unwrap().to_owned();
    let whole = other.submits(&world, "/login/factor", &[("code", &phone.code(&world)), ("next", "/orders")]).await;
    assert_eq!(whole.leads_to(), "/orders");
    assert_eq!(other.looks(&world, "/servers").await.status, StatusCode::OK);
    assert_ne!(other.session().unwrap(), before, "the cookie is another one now");

    let told = notices(&world, &ada.email).await;
    assert_eq!(told, ["Codes of an app were switched on", "New sign-in to your account"]);
}

#[rstest]
#[tokio::test]
async fn a_code_counts_once_and_so_does_each_recovery_code(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut browser = at_home(&world, &ada).await;
    let (phone, codes) = sets_up_app(&world, &mut browser).await;

    for (code, right) in [
        // The code that switched the app on is used.
        (phone.code(&world), false),
        (codes[0].clone(), true),
        (codes[0].clone(), false),
        // People type capitals, and leave the hyphens out.
        (codes[1].replace('-', " ").to_uppercase(), true),
        ("000000".to_owned(), false),
        (String::new(), false),
    ] {
        let mut other = Browser::default();
        other.signs_in(&world, &ada.email, PASSWORD).await;
        let shown = other.submits(&world, "/login/factor", &[("code", &code)]).await;
        assert_eq!(shown.status == StatusCode::SEE_OTHER, right, "{code}: {shown:?}");
    }
    world.clock.advance(SignedDuration::from_secs(60));
    let code = phone.code(&world);
    let mut again = Vec::new();
    for _ in 0..2 {
        let mut other = Browser::default();
        other.signs_in(&world, &ada.email, PASSWORD).await;
        again.push(other.submits(&world, "/login/factor", &[("code", &code)]).await.status);
    }
    assert_eq!(again, [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY], "the same code twice");
}

#[rstest]
#[tokio::test]
async fn guesses_at_a_code_have_to_wait(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut browser = at_home(&world, &ada).await;
    sets_up_app(&world, &mut browser).await;
    let mut thief = Browser::default();
    thief.signs_in(&world, &ada.email, PASSWORD).await;
    let mut looked_at = 0;
    for guess in 0..40 {
        let shown = thief.submits(&world, "/login/factor", &[("code", &format!("{guess:06}"))]).await;
        looked_at += usize::from(shown.status == StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!((1..=6).contains(&looked_at), "{looked_at} of 40 guesses were looked at");
}

#[rstest]
#[tokio::test]
async fn programs_show_their_second_factor_too(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut browser = at_home(&world, &ada).await;
    let (phone, _) = sets_up_app(&world, &mut browser).await;
    world.clock.advance(SignedDuration::from_mins(1));
    let form = json!({"email": ada.email, "password": PASSWORD});
    let (status, answer) = world.post("/api/v1/auth/token", None, &form).await;
    assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!("factor_missing")));
    let form = json!({"email": ada.email, "password": PASSWORD, "second_factor": phone.code(&world)});
    let (status, answer) = world.post("/api/v1/auth/token", None, &form).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[rstest]
#[tokio::test]
async fn what_is_dangerous_asks_again_after_a_quarter_of_an_hour(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut browser = at_home(&world, &ada).await;
    world.clock.advance(SignedDuration::from_mins(16));
    let refused = browser.submits(&world, "/account/password", &[("password", "another long password")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("href=\"/confirm\""), "{refused:?}");

    let wrong = browser.submits(&world, "/confirm", &[("password", "not this one at all")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let right = browser.submits(&world, "/confirm", &[("password", PASSWORD)]).await;
    assert_eq!(right.leads_to(), "/account/security");
    let mut elsewhere = at_home(&world, &ada).await;
    let done = browser.submits(&world, "/account/password", &[("password", "another long password")]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(browser.looks(&world, "/servers").await.status, StatusCode::OK, "who changed it stays");
    assert_eq!(elsewhere.looks(&world, "/servers").await.leads_to(), "/login?next=%2Fservers", "all others go");
    assert!(notices(&world, &ada.email).await.contains(&"Your password was changed".to_owned()));
}

#[rstest]
#[tokio::test]
async fn a_sign_in_that_is_ended_is_over_on_every_replica_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let (mut browser, mut phone) = (at_home(&world, &ada).await, at_home(&world, &ada).await);
    let page = browser.looks(&world, "/account/security").await;
    // This browser, the phone, and the program that made the account.
    assert_eq!(page.text.matches("/end\"").count(), 2, "{}", page.text);
    let replica = world.replica(crate::world::config("http://127.0.0.1:8080", crate::world::OWN_SECRET, &[]), 2).await;
    let web = app::web::router(replica);
    let looks = http::Request::get("/servers").body(axum::body::Body::empty()).unwrap();
    assert_eq!(phone.sends(&web, looks).await.status, StatusCode::OK);

    browser.submits(&world, "/account/sessions/end-others", &[]).await;

    let looks = http::Request::get("/servers").body(axum::body::Body::empty()).unwrap();
    assert_eq!(phone.sends(&web, looks).await.leads_to(), "/login?next=%2Fservers");
    let (status, _) = world.get("/api/v1/servers", Some(&ada.token)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "tokens end with their session");
    assert_eq!(browser.looks(&world, "/servers").await.status, StatusCode::OK);
}

#[rstest]
#[tokio::test]
async fn a_link_from_the_mail_sets_a_password_and_leaves_the_second_factor(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut browser = at_home(&world, &ada).await;
    sets_up_app(&world, &mut browser).await;
    let mut other = Browser::default();
    other.submits(&world, "/reset", &[("email", &ada.email)]).await;
    world.pass("outbox").await;
    let mails = world.app.mailer.kept().await;
    let (_, _, text) = mails.iter().rfind(|(_, _, text)| text.contains("/reset/")).unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/reset/")).unwrap();
    let path = link.strip_prefix("http://127.0.0.1:8080").unwrap();
    let short = other.submits(&world, path, &[("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = other.submits(&world, path, &[("password", "another long password")]).await;
    assert_eq!(done.status, StatusCode::OK);
    let again = other.submits(&world, path, &[("password", "one more long password")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "a link is good for one use");
    assert_eq!(browser.looks(&world, "/servers").await.leads_to(), "/login?next=%2Fservers");
    let half = other.signs_in(&world, &ada.email, "another long password").await;
    assert!(half.leads_to().starts_with("/login/factor"), "{half:?}");
}

#[rstest]
#[tokio::test]
async fn a_new_password_ends_the_links_that_could_set_another(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: a thief has a link from the mailbox.
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let mut browser = at_home(&world, &ada).await;
    let mut thief = Browser::default();
    thief.submits(&world, "/reset", &[("email", &ada.email)]).await;
    world.pass("outbox").await;
    let mails = world.app.mailer.kept().await;
    let (_, _, text) = mails.iter().rfind(|(_, _, text)| text.contains("/reset/")).unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/reset/")).unwrap();
    let path = link.strip_prefix("http://127.0.0.1:8080").unwrap();
    // Act
    let fields = [("password", "another long password")];
    let changed = browser.submits(&world, "/account/password", &fields).await;
    assert!(changed.status.is_success() || changed.status.is_redirection(), "{changed:?}");
    // Assert
    let late = thief.submits(&world, path, &[("password", "what the thief wants")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "{late:?}");
    let back = Browser::default().signs_in(&world, &ada.email, "another long password").await;
    assert_eq!(back.leads_to(), "/servers");
}

#[rstest]
#[tokio::test]
async fn whoever_presses_twice_is_let_in_by_the_second_answer_as_well(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange
    let world = World::new(engine).await;
    let email = "ada@example.test";
    let form = json!({"email": email, "password": PASSWORD, "name": "Ada"});
    let (_, signed_up) = world.post("/api/v1/auth/sign-up", None, &form).await;
    world.pass("outbox").await;
    let (code, ticket) = (world.code_for(email).await, signed_up["ticket"].as_str().unwrap().to_owned());
    let fields = [("email", email), ("ticket", ticket.as_str()), ("code", code.as_str())];
    // Act: the browser drops the first answer.
    let first = Browser::default().submits(&world, "/verify", &fields).await;
    let mut browser = Browser::default();
    let second = browser.submits(&world, "/verify", &fields).await;
    // Assert
    assert_eq!((first.status, second.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER), "{second:?}");
    assert_eq!(browser.looks(&world, "/servers").await.status, StatusCode::OK);
    let wrong = [("email", email), ("ticket", ticket.as_str()), ("code", "000000")];
    assert_eq!(Browser::default().submits(&world, "/verify", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    world.clock.advance(SignedDuration::from_secs(90));
    let late = Browser::default().submits(&world, "/verify", &fields).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "a code is no password");
}

//! Everybody reads the shop in their own language, and is written to in it.

use crate::world::{PLAN, World};
use axum::body::Body;
use http::{Request, StatusCode, header};
use rstest::rstest;
use sandbox::stripe::PayOutcome;
use store::Engine;

impl World {
    /// A page as a browser that asks for languages shows it.
    async fn page_for(&self, path: &str, languages: &str, cookie: &str) -> String {
        let request = Request::get(path).header(header::ACCEPT_LANGUAGE, languages).header(header::COOKIE, cookie);
        let answer = self.send(request.body(Body::empty()).unwrap()).await;
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }
}

#[rstest]
#[tokio::test]
async fn a_browser_is_answered_in_its_language_and_a_choice_outlasts_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let german = world.page_for("/games/minecraft", "de-AT,de;q=0.9,en;q=0.5", "").await;
    assert!(german.contains("<html lang=\"de\">") && german.contains("Weiter zur Zahlung"), "{german}");
    assert!(german.contains("13,99\u{a0}$"), "{german}");
    assert!(
        german.contains("Mein Minecraft-Server") && german.contains("lead\">Deine eigene Java-Edition-Welt"),
        "{german}"
    );
    let other = world.page_for("/games/minecraft", "fr", "").await;
    assert!(other.contains("<html lang=\"en\">") && other.contains("$13.99"), "{other}");
    // The choice at the foot of the page counts from then on.
    let chosen = world.form("/language", "", "language=en").await;
    assert_eq!(chosen.status(), StatusCode::SEE_OTHER);
    let set = chosen.headers()[header::SET_COOKIE].to_str().unwrap();
    let cookie = set.split(';').next().unwrap();
    assert!(world.page_for("/games", "de", cookie).await.contains("Choose your world"));
    let nonsense = world.form("/language", "", "language=tlh").await;
    assert!(!nonsense.headers().contains_key(header::SET_COOKIE), "a language that nobody speaks changes nothing");
    // Errors, too.
    let missing = world.page_for("/no-such-page", "de", "").await;
    assert!(missing.contains("<html lang=\"de\">") && missing.contains("Zur Startseite"), "{missing}");
}

#[tokio::test]
async fn what_answers_a_form_offers_no_other_language_for_it_could_not_be_asked_for_again() {
    let world = World::new(Engine::Sqlite).await;
    let offers = |page: &str| page.contains("action=\"/language\"");
    assert!(offers(&world.page("/login", "").await));
    let refused = world.form("/login", "", "email=nobody%40example.test&password=wrong").await;
    let body = axum::body::to_bytes(refused.into_body(), 1 << 20).await.unwrap();
    assert!(!offers(&String::from_utf8_lossy(&body)));
}

#[rstest]
#[tokio::test]
async fn whoever_chose_german_gets_german_letters(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let cookie = world.sign_in(&ada).await;
    world.form("/language", &cookie, "language=de").await;
    for customer in [&ada, &bob] {
        let bought = world.opens(customer, PLAN).await;
        world.pays(&bought, PayOutcome::Pay);
        world.settles(&bought).await;
    }
    world.pass("outbox").await;
    let mails = world.app.mailer.kept().await;
    let subjects = |to: &str| -> Vec<String> {
        mails.iter().filter(|(address, ..)| address == to).map(|(_, subject, _)| subject.clone()).collect()
    };
    assert!(subjects(&ada.email).iter().any(|subject| subject.contains("13,99\u{a0}$")), "{:?}", subjects(&ada.email));
    assert!(subjects(&ada.email).iter().any(|subject| subject.ends_with("ist bereit")), "{:?}", subjects(&ada.email));
    assert!(subjects(&bob.email).iter().any(|subject| subject.ends_with("is ready")), "{:?}", subjects(&bob.email));
}

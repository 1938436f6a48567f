//! Another name, and another address.

use crate::world::{Customer, PLAN, World};
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use store::Engine;

impl World {
    /// Sends a form of the profile and shows the page that it leads to.
    async fn profile(&self, path: &str, cookie: &str, form: &str) -> String {
        let answer = self.form(path, cookie, form).await;
        match answer.headers().get(header::LOCATION) {
            Some(place) => self.page(place.to_str().unwrap(), cookie).await,
            None => {
                let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
                String::from_utf8(body.to_vec()).unwrap()
            }
        }
    }

    async fn signs_in(&self, email: &str) -> StatusCode {
        let form = format!("email={}&password=correct+horse+battery", email.replace('@', "%40"));
        let request = Request::post("/login").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(form.into()).unwrap()).await.status()
    }

    /// How many mails of this subject went to an address.
    async fn mailed(&self, to: &str, words: &str) -> usize {
        let kept = self.app.mailer.kept().await;
        kept.iter().filter(|(recipient, subject, _)| recipient == to && subject.contains(words)).count()
    }
}

const NEW: &str = "ada@new.example.test";

#[rstest]
#[tokio::test]
async fn an_address_is_changed_by_the_code_from_the_new_mailbox_and_everybody_is_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: a customer whom Stripe and the panel know.
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let cookie = world.sign_in(&ada).await;
    let named = world.profile("/account/profile", &cookie, "name=Ada+%3Cb%3E").await;
    assert!(named.contains("Saved.") && named.contains("value=\"Ada &#60;b&#62;\""), "{named}");
    // Act
    let asked = world.profile("/account/email", &cookie, "email=ada%40new.example.test").await;
    assert!(asked.contains("The code is on its way.") && asked.contains(NEW), "{asked}");
    world.pass("outbox").await;
    let wrong = world.profile("/account/email/confirm", &cookie, "code=000000").await;
    assert!(wrong.contains("id=\"code-problem\""), "{wrong}");
    assert_eq!(world.signs_in(&ada.email).await, StatusCode::SEE_OTHER, "nothing is changed yet");
    let code = world.code_for(NEW).await;
    let changed = world.profile("/account/email/confirm", &cookie, &format!("code={code}")).await;
    // Assert
    assert!(changed.contains("Your address is changed.") && changed.contains(NEW), "{changed}");
    assert_ne!(world.signs_in(&ada.email).await, StatusCode::SEE_OTHER);
    assert_eq!(world.signs_in(NEW).await, StatusCode::SEE_OTHER);
    world.passes(SignedDuration::from_mins(1), SignedDuration::from_secs(30)).await;
    assert_eq!(world.mailed(&ada.email, "another address").await, 1);
    assert_eq!(world.stripe.objects("customer")[0]["email"], NEW);
    assert_eq!(
        world.app.panel.find_accounts_by_email(NEW).await.unwrap().len(),
        1,
        "the panel's letters go there, too"
    );
    // The code is used up.
    assert!(
        world.profile("/account/email/confirm", &cookie, &format!("code={code}")).await.contains("class=\"problem\"")
    );
}

#[rstest]
#[tokio::test]
async fn an_address_that_somebody_has_is_not_taken_over_and_its_owner_is_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let cookie = world.sign_in(&ada).await;
    for (email, why) in [("nonsense", "in the form name@example.net"), ("ADA%40example.test", "your address already")] {
        assert!(world.profile("/account/email", &cookie, &format!("email={email}")).await.contains(why), "{email}");
    }
    // The page says the same as about an address that nobody has.
    let asked = world.profile("/account/email", &cookie, "email=Bob%40example.test").await;
    assert!(asked.contains("The code is on its way."), "{asked}");
    world.pass("outbox").await;
    assert_eq!(world.mailed("Bob@example.test", "is your code").await, 0);
    assert_eq!(world.mailed(&bob.email, "is your code").await, 1, "the one of his own sign-up");
    // Whoever guesses is stopped.
    for _ in 0..8 {
        world.profile("/account/email/confirm", &cookie, "code=123456").await;
    }
    assert_eq!(world.signs_in(&bob.email).await, StatusCode::SEE_OTHER);
    let kept = world.profile("/account/email/forget", &cookie, "").await;
    assert!(kept.contains("Everything stays as it is.") && !kept.contains("id=\"code\""), "{kept}");
}

#[rstest]
#[tokio::test]
async fn an_address_that_was_only_typed_at_a_sign_up_goes_to_whoever_proves_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let form = serde_json::json!({"email": NEW, "password": "correct horse battery", "name": "Eve"});
    world.post("/api/v1/auth/sign-up", None, &form).await;
    let ada: Customer = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    world.clock.advance(SignedDuration::from_mins(1));
    world.profile("/account/email", &cookie, "email=ada%40new.example.test").await;
    world.pass("outbox").await;
    let code = world.code_for(NEW).await;
    let changed = world.profile("/account/email/confirm", &cookie, &format!("code={code}")).await;
    assert!(changed.contains("Your address is changed."), "{changed}");
    assert_eq!(world.signs_in(NEW).await, StatusCode::SEE_OTHER);
}

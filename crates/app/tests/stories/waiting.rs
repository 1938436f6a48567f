//! Sold out, and free again: whoever waits is told in turn.

use crate::world::{Customer, PLAN, World};
use http::StatusCode;
use jiff::SignedDuration;
use rstest::rstest;
use store::Engine;

/// What a node keeps for itself, MiB.
const HEADROOM: i64 = 2048;

impl World {
    /// The machines have room for one server of the plan, and the shop has seen it.
    async fn has_one_place(&self) {
        self.panel.leave_memory(4096 + HEADROOM);
        self.pass("panel_sync").await;
    }

    /// Somebody puts themselves on the list for the plan of the stories.
    async fn waits(&self, customer: &Customer) -> String {
        let cookie = self.sign_in(customer).await;
        let answer = self.form("/waiting-list", &cookie, &format!("plan={PLAN}&region=us-east&server_name=Keep")).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        cookie
    }

    /// Who was told that there is room, in the order of the mails.
    async fn told(&self) -> Vec<String> {
        for job in ["waiting_list", "outbox"] {
            self.pass(job).await;
        }
        let mails = self.app.mailer.kept().await;
        mails.into_iter().filter(|(_, subject, _)| subject.contains("is free again")).map(|(to, ..)| to).collect()
    }
}

#[rstest]
#[tokio::test]
async fn whoever_waits_longest_is_told_first_and_nobody_for_a_place_that_is_not_there(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: one place, and somebody has it; two others wait, the second one twice as loud.
    let world = World::new(engine).await;
    world.has_one_place().await;
    let (owner, ada, bob) = (world.customer("owner").await, world.customer("ada").await, world.customer("bob").await);
    let held = world.opens(&owner, PLAN).await;
    let page = world.page(&format!("/games/minecraft?plan={PLAN}"), "").await;
    assert!(page.contains("Tell me when there is room"), "{page}");
    world.waits(&ada).await;
    world.clock.advance(SignedDuration::from_secs(1));
    for _ in 0..2 {
        world.waits(&bob).await;
    }
    assert_eq!(world.told().await, Vec::<String>::new(), "there is no room");
    // Act: the page of the first one ends unpaid.
    world.settles(&held).await;
    // Assert: one place, one mail; the next in line hears of it when the first has had their time.
    for _ in 0..2 {
        assert_eq!(world.told().await, std::slice::from_ref(&ada.email), "once");
    }
    world.clock.advance(SignedDuration::from_hours(2) + SignedDuration::from_secs(1));
    assert_eq!(world.told().await, [ada.email, bob.email]);
}

#[rstest]
#[tokio::test]
async fn what_somebody_waits_for_is_shown_and_taken_off(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    world.has_one_place().await;
    let (owner, ada) = (world.customer("owner").await, world.customer("ada").await);
    let held = world.opens(&owner, PLAN).await;
    let cookie = world.waits(&ada).await;
    let page = world.page("/waiting-list", &cookie).await;
    assert!(page.contains("Minecraft Paper 4 GB") && page.contains("You wait since"), "{page}");
    let left = world.form("/waiting-list/leave", &cookie, &format!("plan={PLAN}&region=us-east")).await;
    assert_eq!(left.status(), StatusCode::SEE_OTHER);
    assert!(world.page("/waiting-list", &cookie).await.contains("You wait for nothing"));
    world.settles(&held).await;
    assert_eq!(world.told().await, Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn nobody_waits_for_what_is_not_there_and_strangers_sign_in_first(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    for nonsense in ["plan=no-such-plan&region=us-east", "plan=minecraft-paper-4g&region=moon", ""] {
        let answer = world.form("/waiting-list", &cookie, nonsense).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{nonsense}");
    }
    let wish = format!("plan={PLAN}&region=us-east");
    let to = async |cookie: &str| {
        let answer = world.form("/waiting-list", cookie, &wish).await;
        answer.headers()["location"].to_str().unwrap().to_owned()
    };
    assert_eq!(to(&cookie).await, "/games/minecraft?plan=minecraft-paper-4g", "there is room");
    assert!(world.page("/waiting-list", &cookie).await.contains("You wait for nothing"));
    world.has_one_place().await;
    world.opens(&world.customer("owner").await, PLAN).await;
    assert_eq!(to("").await, "/login?next=%2Fgames%2Fminecraft%3Fplan%3Dminecraft-paper-4g");
}

#[tokio::test]
async fn who_presses_enter_in_the_configurator_pays_and_does_not_wait() {
    let world = World::new(Engine::Sqlite).await;
    let page = world.page(&format!("/games/minecraft?plan={PLAN}"), "").await;
    let form = page.split_once("<form class=\"shop\"").unwrap().1;
    // What Enter presses is the first button of a form.
    let first = form.split_once("<button").unwrap().1.split_once('>').unwrap().0;
    assert!(!first.contains("formaction") && !first.contains("disabled"), "{first}");
}

//! kill -9 between two steps of a delivery, and a new process that goes on from what the database and the panel show (R1).

use crate::installation::{Bought, Installation, wait_for};
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec, On};
use store::Engine;

/// After the restart: one payment, one server, one mail that says so.
async fn ends_well(installation: &Installation, bought: &Bought) {
    installation.happened(bought, "playable").await;
    let order = installation.order(bought).await.unwrap();
    assert_eq!(order["state"], "fulfilled", "{order}");
    assert_eq!(installation.servers(), 1, "{order}");
    let charges = installation.stripe.objects("charge");
    assert_eq!(charges.iter().filter(|charge| charge["status"] == "succeeded").count(), 1);
    assert!(installation.stripe.objects("refund").is_empty());
    let ready = async || installation.subjects().iter().any(|subject| subject.contains("ready")).then_some(());
    wait_for("the mail", ready).await;
}

#[rstest]
#[tokio::test]
async fn killed_between_the_payment_and_the_panel_login_it_delivers_one_server(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: the panel makes no logins, so that the delivery stands still behind the payment.
    let installation = Installation::new(engine).await;
    let closed = Fault::Gateway { status: 503, after: false };
    let users = On { path: Some("/api/application/users*".to_owned()), ..On::default() };
    installation.panel.add_fault(FaultSpec::lasting(closed).on(users));
    let mut program = installation.start().await;
    let bought = installation.buys().await;
    installation.happened(&bought, "payment_received").await;
    // Act
    program.kill().await.unwrap();
    installation.panel.clear_faults();
    let _program = installation.start().await;
    // Assert
    ends_well(&installation, &bought).await;
}

#[rstest]
#[tokio::test]
async fn killed_while_the_create_is_on_its_way_it_takes_over_the_server_that_was_made(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let installation = Installation::new(engine).await;
    installation.hold_create_answers(true);
    let mut program = installation.start().await;
    let bought = installation.buys().await;
    wait_for("the create", async || (installation.servers() == 1).then_some(())).await;
    program.kill().await.unwrap();
    installation.hold_create_answers(false);
    let _program = installation.start().await;
    ends_well(&installation, &bought).await;
}

#[rstest]
#[tokio::test]
async fn killed_while_the_server_installs_it_goes_on_with_the_same_server(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let installation = Installation::new(engine).await;
    installation.panel.add_fault(FaultSpec::once(Fault::InstallSlow { seconds: 4 }));
    let mut program = installation.start().await;
    let bought = installation.buys().await;
    installation.happened(&bought, "server_created").await;
    program.kill().await.unwrap();
    assert_eq!(installation.panel.servers()[0].status, Some("installing"));
    let _program = installation.start().await;
    ends_well(&installation, &bought).await;
}

#[rstest]
#[tokio::test]
async fn killed_between_the_two_answers_of_the_game_it_asks_again_and_hands_over_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let installation = Installation::new(engine).await;
    let mut program = installation.start().await;
    let bought = installation.buys().await;
    installation.happened(&bought, "game_answered").await;
    program.kill().await.unwrap();
    let _program = installation.start().await;
    ends_well(&installation, &bought).await;
    assert_eq!(installation.subjects().iter().filter(|subject| subject.contains("ready")).count(), 1);
}

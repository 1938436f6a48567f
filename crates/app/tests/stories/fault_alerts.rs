//! Every fault that the sandbox knows, played on a shop in which somebody buys: it opens exactly the alerts that it should, and nobody is
//! woken for what mends itself.

use crate::world::{PLAN, World};
use domain::order::OrderState;
use insta::assert_snapshot;
use jiff::SignedDuration;
use sandbox::panel::{Fault as PanelFault, FaultSpec, On, Outcome};
use sandbox::stripe::{Fault as StripeFault, FaultKind};
use std::collections::BTreeSet;
use std::fmt::Write;
use store::Engine;
use store::alerts::{self, Wanted};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What goes wrong.
enum Wrong {
    Panel(FaultSpec),
    Stripe(StripeFault),
}

/// Buys something while this goes wrong, and says how that ended and of what somebody was told.
async fn plays(wrong: Wrong) -> String {
    let world = World::new(Engine::Sqlite).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    match wrong {
        Wrong::Panel(fault) => {
            world.panel.add_fault(fault);
        }
        Wrong::Stripe(fault) => world.stripe.faults().add(fault),
    }
    world.pays(&bought, sandbox::stripe::PayOutcome::Pay);
    let decided = async |world: &World| {
        matches!(world.state(&bought).await, OrderState::Fulfilled { .. } | OrderState::Refunded { .. })
    };
    let during = waits(&world, &decided).await;
    // What lasts is not over with the order.
    world.passes(MINUTE * 3, MINUTE).await;
    world.panel.clear_faults();
    world.stripe.faults().clear();
    let after = during || waits(&world, &decided).await;
    assert!(after, "nothing was decided: {}", world.story(&bought).await);
    world.passes(MINUTE * 20, MINUTE * 4).await;
    let told = alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::All, None, 100).await.unwrap();
    let told: BTreeSet<String> = told
        .into_iter()
        .map(|alert| format!("{}{}", alert.rule, if alert.cleared_at.is_none() { " (open)" } else { "" }))
        .collect();
    let told: Vec<String> = told.into_iter().collect();
    let when = if during { "" } else { " after it was mended" };
    let told = if told.is_empty() { "nobody is told".to_owned() } else { told.join(", ") };
    format!("{}{when}: {told}", world.state(&bought).await.key())
}

/// Lets up to an hour pass until it is so. What takes long is looked at once a minute.
async fn waits(world: &World, done: &impl AsyncFn(&World) -> bool) -> bool {
    let began = world.app.now();
    loop {
        let spent = world.app.now().duration_since(began);
        if done(world).await || spent > MINUTE * 60 {
            return done(world).await;
        }
        let step = if spent < MINUTE * 3 { SignedDuration::from_secs(5) } else { MINUTE };
        world.passes(step, step).await;
    }
}

async fn table(faults: Vec<(&str, Wrong)>) -> String {
    let mut text = String::new();
    for (name, wrong) in faults {
        writeln!(text, "{name} → {}", plays(wrong).await).unwrap();
    }
    text
}

fn once(fault: PanelFault, on: On) -> Wrong {
    Wrong::Panel(FaultSpec::once(fault).on(on))
}

fn lasting(fault: PanelFault) -> Wrong {
    Wrong::Panel(FaultSpec::lasting(fault))
}

fn at_create(fault: PanelFault) -> Wrong {
    once(fault, On::create_server())
}

fn lost(outcome: Outcome) -> Wrong {
    at_create(PanelFault::Timeout { outcome, seconds: 30 })
}

fn refusal() -> PanelFault {
    PanelFault::Refuse { status: 422, code: None, field: None, rule: None }
}

#[tokio::test]
async fn a_create_that_fails_once_wakes_nobody() {
    let table = table(vec![
        ("refused", at_create(refusal())),
        ("asked to wait", at_create(PanelFault::RateLimited { retry_after: 20 })),
        ("error, not done", at_create(PanelFault::ErrorBefore)),
        ("error, done", at_create(PanelFault::ErrorAfter)),
        ("race lost", at_create(PanelFault::LostRace { at_save: false })),
        ("ports taken meanwhile", at_create(PanelFault::PortRace)),
        ("no answer, never done", lost(Outcome::Never)),
        ("no answer, done", lost(Outcome::Kept)),
        ("no answer, half done", lost(Outcome::Orphaned)),
        ("no answer, undone later", lost(Outcome::RolledBack)),
        ("no answer, done later", lost(Outcome::Later)),
        ("connection cut", at_create(PanelFault::Cut { after: true })),
        ("page of a gateway", at_create(PanelFault::Gateway { status: 502, after: true })),
        ("invisible for a while", at_create(PanelFault::LateRow { seconds: 20 })),
    ])
    .await;
    assert_snapshot!(table);
}

#[tokio::test]
async fn a_panel_that_stays_broken_is_told_of_as_what_it_is() {
    let table = table(vec![
        ("key revoked", lasting(PanelFault::Unauthorized)),
        ("right missing", lasting(PanelFault::Forbidden)),
        ("asks to wait all the time", lasting(PanelFault::RateLimited { retry_after: 30 })),
        ("errors", lasting(PanelFault::ErrorBefore)),
        ("a gateway's page", lasting(PanelFault::Gateway { status: 503, after: false })),
        ("connections cut", lasting(PanelFault::Cut { after: false })),
        ("refuses each create", Wrong::Panel(FaultSpec::lasting(refusal()).on(On::create_server()))),
    ])
    .await;
    assert_snapshot!(table);
}

#[tokio::test]
async fn nodes_and_games_that_misbehave_cost_the_order_and_no_sleep_but_their_own_alert() {
    let any = On::default;
    let table = table(vec![
        ("daemons down", lasting(PanelFault::DaemonDown { node: None })),
        ("daemons answer 500", lasting(PanelFault::DaemonAnswers { status: 500, node: None })),
        ("an install fails", once(PanelFault::InstallFails, any())),
        ("installs fail", lasting(PanelFault::InstallFails)),
        ("an install never reports", once(PanelFault::InstallNeverReports, any())),
        ("an install is slow", once(PanelFault::InstallSlow { seconds: 240 }, any())),
        ("a game is silent", once(PanelFault::GameSilent, any())),
        ("games are silent", lasting(PanelFault::GameSilent)),
        ("a game crashes", once(PanelFault::GameCrashes, any())),
        ("games crash", lasting(PanelFault::GameCrashes)),
        ("a game never gets ready", once(PanelFault::GameNeverReady, any())),
        ("a power signal is forgotten", once(PanelFault::PowerIgnored, any())),
    ])
    .await;
    assert_snapshot!(table);
}

#[tokio::test]
async fn a_stripe_that_has_trouble_is_told_of_when_it_lasts() {
    let once = |kind| Wrong::Stripe(StripeFault::once(kind));
    let always = |kind| Wrong::Stripe(StripeFault::always(kind));
    let table = table(vec![
        ("asks to wait once", once(FaultKind::RateLimit { reason: "global-rate".to_owned(), retry_after: Some(2) })),
        ("object busy once", once(FaultKind::LockTimeout)),
        ("conflict once", once(FaultKind::Conflict)),
        ("error once, not done", once(FaultKind::ErrorBefore)),
        ("error once, done", once(FaultKind::ErrorAfter { stored: false })),
        ("connection cut once", once(FaultKind::ResetAfter)),
        ("errors", always(FaultKind::ErrorBefore)),
        ("connections cut", always(FaultKind::ResetBefore)),
        ("key revoked", always(FaultKind::Unauthorized)),
        ("permission missing", always(FaultKind::Forbidden)),
    ])
    .await;
    assert_snapshot!(table);
}

#[tokio::test]
async fn webhooks_that_come_twice_late_or_never_are_made_up_for() {
    let always = |kind| Wrong::Stripe(StripeFault::always(kind));
    let table = table(vec![
        ("before the answer", always(FaultKind::DeliverBeforeResponse)),
        ("three times", always(FaultKind::DuplicateWebhook { copies: 3 })),
        ("five minutes late", always(FaultKind::DelayWebhook { seconds: 300 })),
        ("in any order", always(FaultKind::ReorderWebhooks)),
        ("never", always(FaultKind::DropWebhook)),
        ("first with a wrong signature", always(FaultKind::WrongSignature)),
        ("first with an old signature", always(FaultKind::StaleSignature { seconds: 900 })),
    ])
    .await;
    assert_snapshot!(table);
}

//! Life after delivery: renewals that fail, ends; what is suspended, what comes back, and what goes on the day that was promised.

use crate::acts::{Desk, act, soon};
use crate::delivered::{
    HOUR, at_panel, days, delivered, is_clean, is_suspended, now, overdue, pays_the_open_bill, service, stripe_call,
    unpaid, until,
};
use crate::world::{Bought, Customer, OWN_SECRET, World, config, of_signing_up};
use axum::body::Body;
use billing::NewSubscription;
use domain::access::Role;
use domain::standing::Why;
use domain::timeline::Happening;
use http::{Request, StatusCode};
use insta::{allow_duplicates, assert_snapshot};
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use sandbox::panel::{Fault as PanelFault, FaultSpec, On};
use sandbox::stripe::{Dunning, Fault, FaultKind, FinalOutcome, PayOutcome};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use store::alerts::Wanted;
use store::operations::{self, OperationKind};
use store::{Engine, accounts, ledger, orders, timeline};

/// What happened after the delivery, a line for each, with the day after the purchase.
pub(crate) async fn life(world: &World, bought: &Bought) -> String {
    let service = service(world, bought).await;
    let entries = timeline::list(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    let day = |at: Timestamp| at.duration_since(service.created_at).as_hours() / 24;
    let mut text = String::new();
    for entry in entries {
        let said = match entry.what {
            Happening::PaymentFailed { suspend_on } => format!("payment failed, until day {}", day(suspend_on)),
            Happening::PaidAgain => "paid again".to_owned(),
            Happening::EndPlanned { on } => format!("to end on day {}", day(on)),
            Happening::EndTakenBack => "goes on after all".to_owned(),
            Happening::Suspended { why, delete_on } => {
                format!("suspended: {}, kept until {:?}", why.key(), delete_on.map(day))
            }
            Happening::DeletionAnnounced { on } => format!("deletion announced for day {}", day(on)),
            Happening::Unsuspended => "unsuspended".to_owned(),
            Happening::DaysGiven { until } => format!("days given, until {}", day(until)),
            Happening::SubscriptionEnded => "subscription ended".to_owned(),
            Happening::ServerRemoved => "removed".to_owned(),
            _ => continue,
        };
        writeln!(text, "day {:<3} {said}", day(entry.at)).unwrap();
    }
    let mut mails: Vec<String> = world.app.mailer.kept().await.into_iter().map(|(_, subject, _)| subject).collect();
    mails.retain(|subject| !of_signing_up(subject));
    for subject in mails.iter().skip(2) {
        writeln!(text, "mail    {subject}").unwrap();
    }
    text
}

#[rstest]
#[tokio::test]
async fn who_pays_after_the_suspension_gets_the_server_back_with_all_its_data(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = overdue(engine).await;
    let since = service(&world, &bought).await.standing.overdue_since.unwrap();
    let uuid = service(&world, &bought).await.server.unwrap().uuid;
    world.passes(HOUR * 66, HOUR * 6).await;
    assert_eq!(at_panel(&world).await, Some(false), "it runs through the whole grace period");

    assert!(until(&world, days(1), async |world| is_suspended(world, &bought).await).await);
    let suspension = service(&world, &bought).await.standing.suspension.unwrap();
    assert!(suspension.at >= since + days(3));
    assert_eq!((suspension.why, suspension.delete_on), (Why::NotPaid, Some(suspension.at + days(14))));
    assert_eq!(at_panel(&world).await, Some(true));
    is_clean(&world).await;

    pays_the_open_bill(&world).await;
    assert!(until(&world, HOUR * 2, async |world| !is_suspended(world, &bought).await).await);
    assert_eq!(at_panel(&world).await, Some(false));
    assert_eq!(service(&world, &bought).await.server.unwrap().uuid, uuid);
    assert_eq!(world.alerts().await, Vec::<String>::new());
    let life = life(&world, &bought).await;
    allow_duplicates! {
        assert_snapshot!(life, @r#"
        day 31  payment failed, until day 34
        day 34  suspended: not_paid, kept until Some(48)
        day 34  paid again
        day 34  unsuspended
        mail    We could not charge you for “Ada of the keep”
        mail    Ada of the keep is suspended
        mail    Ada of the keep is back
        "#);
    }
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn who_never_pays_loses_the_server_on_the_promised_day_and_not_before(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = unpaid(engine).await;
    let promised = service(&world, &bought).await.standing.suspension.unwrap().delete_on.unwrap();
    while now(&world) < promised - HOUR * 3 {
        let left = (promised - HOUR * 2).duration_since(now(&world));
        let step = left.min(HOUR * 12);
        world.passes(step, step).await;
        assert_eq!(at_panel(&world).await, Some(true), "at {}, promised for {promised}", now(&world));
    }
    let told = service(&world, &bought).await.standing.suspension.unwrap();
    assert_eq!(told.delete_on, Some(promised), "the date did not move");
    assert!(told.noticed_at.unwrap() <= promised - days(2));

    let gone = async |world: &World| service(world, &bought).await.terminated_at.is_some();
    assert!(until(&world, days(1), gone).await);
    assert!(service(&world, &bought).await.terminated_at.unwrap() >= promised);
    assert_eq!(at_panel(&world).await, None);
    assert!(world.stripe.objects("subscription").iter().all(|one| one["status"] == "canceled"));
    let life = life(&world, &bought).await;
    allow_duplicates! {
        assert_snapshot!(life, @r#"
        day 31  payment failed, until day 34
        day 34  suspended: not_paid, kept until Some(48)
        day 45  deletion announced for day 48
        day 46  subscription ended
        day 48  removed
        mail    We could not charge you for “Ada of the keep”
        mail    Ada of the keep is suspended
        mail    The data of “Ada of the keep” will be deleted on 18 Apr 2026, 17:01 UTC
        mail    Ada of the keep was deleted
        "#);
    }
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn without_an_answer_of_stripes_nobody_is_suspended_and_nothing_is_deleted(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = overdue(engine).await;
    world.stripe.faults().add(Fault::always(FaultKind::ResetBefore).on("GET", "/v1/subscriptions/*"));
    world.passes(days(10), HOUR * 12).await;
    assert_eq!(at_panel(&world).await, Some(false), "nothing is known, so nothing happens");
    assert!(world.alerts().await.contains(&"stripe.trouble".to_owned()), "{:?}", world.alerts().await);
    assert!(!is_suspended(&world, &bought).await);

    world.stripe.faults().clear();
    assert!(until(&world, HOUR * 3, async |world| is_suspended(world, &bought).await).await);
    // What waited longest is tried again ten minutes later.
    world.passes(SignedDuration::from_mins(15), SignedDuration::from_mins(1)).await;
    assert_eq!(world.alerts().await, Vec::<String>::new());
    world.stripe.faults().add(Fault::always(FaultKind::ResetBefore).on("GET", "/v1/subscriptions/*"));
    world.passes(days(30), days(1)).await;
    assert_eq!(at_panel(&world).await, Some(true), "its data stays");
    assert_eq!(service(&world, &bought).await.terminated_at, None);
}

#[rstest]
#[tokio::test]
async fn when_all_events_are_lost_everything_ends_the_same_only_later(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::RenewalsFail).await;
    world.webhooks_are_lost();
    world.stripe.faults().add(Fault::always(FaultKind::ResetBefore).on("GET", "/v1/events"));
    world.passes(days(30), days(1)).await;
    assert!(until(&world, days(7), async |world| is_suspended(world, &bought).await).await);
    assert_eq!(at_panel(&world).await, Some(true));
    pays_the_open_bill(&world).await;
    assert!(until(&world, HOUR * 3, async |world| !is_suspended(world, &bought).await).await);
    assert_eq!(at_panel(&world).await, Some(false));
    assert_eq!(service(&world, &bought).await.subscription_state, "active");
}

#[rstest]
#[tokio::test]
async fn after_forty_days_without_us_nobody_is_suspended_unread_or_deleted_unwarned(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // The renewal fails while nothing of ours runs: Stripe has given up long before we are back.
    let (world, bought) = delivered(engine, PayOutcome::RenewalsFail).await;
    world.stripe.set_dunning(Dunning { retry_after_days: vec![1], final_outcome: FinalOutcome::Unpaid });
    world.clock.advance(days(75));
    world.turn().await;
    assert_eq!(at_panel(&world).await, Some(false), "the customer hears of it first, and has the whole grace period");
    assert!(until(&world, days(4), async |world| is_suspended(world, &bought).await).await);
    let suspension = service(&world, &bought).await.standing.suspension.unwrap();
    assert!(suspension.at >= service(&world, &bought).await.standing.overdue_since.unwrap() + days(3));

    // Nothing of ours runs once more, until long after the promised date.
    world.clock.advance(days(40));
    let back = now(&world);
    world.turn().await;
    world.passes(days(2) - HOUR * 2, HOUR * 2).await;
    assert_eq!(at_panel(&world).await, Some(true), "nobody was warned in time, so it is warned now");
    let told = service(&world, &bought).await.standing.suspension.unwrap();
    assert!(told.delete_on.unwrap() >= back + days(2), "{told:?}");
    let gone = async |world: &World| service(world, &bought).await.terminated_at.is_some();
    assert!(until(&world, days(1), gone).await);
    assert!(service(&world, &bought).await.terminated_at.unwrap() >= told.delete_on.unwrap());
}

#[rstest]
#[tokio::test]
async fn a_clock_of_ours_that_runs_ahead_suspends_nobody(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (mut world, bought) = overdue(engine).await;
    let wrong = app::clock::ManualClock::at(now(&world) + days(40));
    world.restarts_with_clock(config("http://127.0.0.1:8080", OWN_SECRET, &[]), &wrong).await;
    for _ in 0..6 {
        world.turn().await;
        world.clock.advance(SignedDuration::from_mins(10));
        wrong.advance(SignedDuration::from_mins(10));
    }
    assert_eq!(at_panel(&world).await, Some(false));
    assert!(!is_suspended(&world, &bought).await);
    assert_eq!(world.alerts().await, ["clock.wrong"]);
}

#[rstest]
#[tokio::test]
async fn a_subscription_that_ends_leaves_what_was_paid_for_and_then_the_data_for_two_weeks(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("at the period's end", "at once, in the dashboard")] how: &str,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let subscription = world.stripe.objects("subscription")[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/subscriptions/{subscription}");
    let end = service(&world, &bought).await.period_end.unwrap();
    if how == "at once, in the dashboard" {
        stripe_call(&world, "DELETE", &path, "").await;
    } else {
        stripe_call(&world, "POST", &path, "cancel_at_period_end=true").await;
    }
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(10)).await;
    world.passes(days(29), days(1)).await;
    assert!(now(&world) < end);
    assert_eq!(at_panel(&world).await, Some(false), "what was paid for is served");

    assert!(until(&world, days(4), async |world| is_suspended(world, &bought).await).await);
    let suspension = service(&world, &bought).await.standing.suspension.unwrap();
    assert!(suspension.at >= end, "{suspension:?}, paid until {end}");
    assert_eq!((suspension.why, suspension.delete_on), (Why::Ended, Some(suspension.at + days(14))));
    is_clean(&world).await;
    let gone = async |world: &World| service(world, &bought).await.terminated_at.is_some();
    assert!(until(&world, days(16), gone).await);
    assert!(service(&world, &bought).await.terminated_at.unwrap() >= suspension.delete_on.unwrap());
    assert_eq!(world.alerts().await, Vec::<String>::new());
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn an_end_that_is_taken_back_changes_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let subscription = world.stripe.objects("subscription")[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/subscriptions/{subscription}");
    for ends in ["true", "false"] {
        stripe_call(&world, "POST", &path, &format!("cancel_at_period_end={ends}")).await;
        world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(30)).await;
    }
    world.passes(days(40), days(1)).await;
    assert_eq!(at_panel(&world).await, Some(false));
    let life = life(&world, &bought).await;
    allow_duplicates! {
        assert_snapshot!(life, @r#"
        day 0   to end on day 31
        day 0   goes on after all
        "#);
    }
}

/// A removal for want of payment is about to begin.
async fn about_to_go(engine: Engine) -> (World, Bought) {
    let (world, bought) = unpaid(engine).await;
    world.stripe.set_dunning(Dunning { retry_after_days: vec![60], final_outcome: FinalOutcome::PastDue });
    let promised = service(&world, &bought).await.standing.suspension.unwrap().delete_on.unwrap();
    let left = (promised - HOUR).duration_since(now(&world));
    world.passes(left - HOUR * 12, HOUR * 12).await;
    world.clock.advance((promised - HOUR).duration_since(now(&world)));
    (world, bought)
}

#[rstest]
#[tokio::test]
async fn a_payment_before_the_deletion_is_sent_wins(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = about_to_go(engine).await;
    // The panel is down when the deletion is due: the job waits.
    world.panel.add_fault(FaultSpec::lasting(PanelFault::Gateway { status: 502, after: false }));
    let waits = async |world: &World| {
        let id = service(world, &bought).await.id;
        let jobs = operations::list_of_service(&mut world.app.store.read().await.unwrap(), &id).await.unwrap();
        jobs.iter().any(|job| job.kind == OperationKind::Terminate && job.finished_at.is_none())
    };
    assert!(until(&world, days(1), waits).await);
    assert_eq!(service(&world, &bought).await.stop_requested_at, None, "nothing was sent yet");
    pays_the_open_bill(&world).await;
    world.turn().await;
    world.panel.clear_faults();
    world.passes(HOUR * 2, SignedDuration::from_mins(5)).await;

    let service = service(&world, &bought).await;
    assert_eq!((service.terminated_at, service.stop_requested_at), (None, None));
    assert!(at_panel(&world).await.is_some(), "the server stands");
    assert_eq!(world.stripe.objects("refund").len(), 0);
}

#[rstest]
#[tokio::test]
async fn a_payment_after_the_deletion_was_sent_goes_back(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = about_to_go(engine).await;
    // The deletion is sent, and its answer is lost again and again.
    world.panel.add_fault(
        FaultSpec::lasting(PanelFault::Gateway { status: 502, after: false })
            .on(On::call("DELETE", "/api/application/servers/*")),
    );
    let sent = async |world: &World| service(world, &bought).await.stop_requested_at.is_some();
    assert!(until(&world, days(1), sent).await);
    pays_the_open_bill(&world).await;
    world.passes(SignedDuration::from_mins(10), SignedDuration::from_secs(30)).await;
    world.panel.clear_faults();
    world.passes(HOUR, SignedDuration::from_mins(5)).await;

    assert!(service(&world, &bought).await.terminated_at.is_some());
    assert_eq!(world.stripe.objects("refund").len(), 1, "the money goes back");
    assert!(world.alerts().await.contains(&"refund.decided".to_owned()), "{:?}", world.alerts().await);
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_suspension_whose_answer_is_lost_or_that_has_to_wait_is_made_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = overdue(engine).await;
    let suspend = || On::call("POST", "*/suspend");
    let transfer =
        PanelFault::Refuse { status: 409, code: Some("ConflictHttpException".into()), field: None, rule: None };
    world.panel.add_fault(FaultSpec::once(transfer).on(suspend()));
    world.panel.add_fault(FaultSpec::once(PanelFault::Cut { after: true }).on(suspend()));
    assert!(until(&world, days(4), async |world| is_suspended(world, &bought).await).await);
    assert_eq!(at_panel(&world).await, Some(true));
    assert_eq!(world.alerts().await, Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn who_pays_while_the_suspension_is_under_way_is_let_go(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = overdue(engine).await;
    // The panel suspends the server, and says nothing: we do not know yet.
    world.panel.add_fault(FaultSpec::lasting(PanelFault::Cut { after: true }).on(On::call("POST", "*/suspend")));
    let lookup = FaultSpec::lasting(PanelFault::Gateway { status: 502, after: false });
    let at_the_panel = async |world: &World| at_panel(world).await == Some(true);
    assert!(until(&world, days(4), at_the_panel).await || is_suspended(&world, &bought).await);
    world.panel.add_fault(lookup.on(On::call("GET", "*/servers/external/*")));
    pays_the_open_bill(&world).await;
    world.passes(SignedDuration::from_mins(1), SignedDuration::from_secs(10)).await;
    world.panel.clear_faults();
    world.passes(HOUR * 2, SignedDuration::from_mins(5)).await;
    assert_eq!(at_panel(&world).await, Some(false));
    assert!(!is_suspended(&world, &bought).await);
}

#[rstest]
#[tokio::test]
async fn what_somebody_does_at_the_panel_is_told_and_not_fought(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let number = service(&world, &bought).await.server.unwrap().id;
    world.panel_call("POST", &format!("servers/{number}/suspend"), &Value::Null).await;
    world.passes(HOUR * 2, SignedDuration::from_mins(5)).await;
    assert_eq!(at_panel(&world).await, Some(true), "somebody may have had a reason");
    assert_eq!(world.alerts().await, ["suspension.drifted"]);
    world.panel_call("POST", &format!("servers/{number}/unsuspend"), &Value::Null).await;
    world.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(30)).await;
    assert_eq!(world.alerts().await, Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn a_renewal_at_another_price_is_kept_and_told(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    world.passes(days(30), days(1)).await;
    world.webhooks_are_lost();
    let renewed = async |world: &World| {
        world.stripe.objects("invoice").iter().filter(|invoice| invoice["status"] == "paid").count() == 2
    };
    // Only Stripe's time passes: we hear of it when the bill has been changed.
    while !renewed(&world).await {
        world.clock.advance(HOUR);
        world.stripe.tick().await;
    }
    let bill = world.stripe.objects("invoice").pop().unwrap()["id"].as_str().unwrap().to_owned();
    assert!(world.stripe.tamper(&bill, &json!({"subtotal": 999})));
    world.passes(SignedDuration::from_mins(10), SignedDuration::from_secs(30)).await;
    assert_eq!(world.alerts().await, ["payment.mismatch"]);
    assert_eq!(at_panel(&world).await, Some(false), "the server goes on");
    let entries = ledger::list_of_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    assert_eq!(entries.len(), 2, "the money stands in the books: {entries:?}");
    assert_eq!(world.stripe.objects("refund").len(), 0);
}

#[rstest]
#[tokio::test]
async fn a_renewal_that_was_used_stays_paid_when_its_event_is_applied_once_more_after_the_end(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    world.passes(days(32), days(1)).await;
    let desk = Desk::of(&world, Role::Support).await;
    let (status, said) = desk.does(&act(&bought, "end"), &[("reason", "they asked")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{said}");
    soon(&world).await;
    assert!(service(&world, &bought).await.terminated_at.is_some());
    let entries =
        async || ledger::list_of_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    assert_eq!(entries().await.len(), 2, "bought, and renewed once");

    let events = world.database.contents().await["webhook_events"].clone();
    let words = events.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let ids: BTreeSet<&str> = words.filter(|word| word.starts_with("evt_")).collect();
    for id in &ids {
        desk.does(&format!("/console/events/{id}/replay"), &[]).await;
    }
    soon(&world).await;

    assert_eq!(world.stripe.objects("refund"), Vec::<serde_json::Value>::new(), "{} events", ids.len());
    assert_eq!(entries().await.len(), 2);
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn the_customer_reads_what_a_failed_renewal_means_and_finds_the_way_to_pay(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = overdue(engine).await;
    let ada = Customer { email: "ada@example.test".to_owned(), token: String::new() };
    let cookie = world.sign_in(&ada).await;
    let server = format!("/servers/{}", service(&world, &bought).await.id);
    let page = world.page(&server, &cookie).await;
    assert!(page.contains("Payment overdue"), "{page}");
    assert!(page.contains("unpaid, it is suspended after"), "{page}");
    let bill = world.stripe.objects("invoice").into_iter().rfind(|invoice| invoice["status"] == "open").unwrap();
    let address = bill["hosted_invoice_url"].as_str().unwrap();
    let mails = world.app.mailer.kept().await;
    assert!(mails.iter().any(|(_, _, text)| text.contains(address)), "the mail leads there, too");

    let request = Request::post(format!("{server}/billing")).header("cookie", &cookie).body(Body::empty()).unwrap();
    let answer = world.send(request).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let page = String::from_utf8(body.to_vec()).unwrap();
    assert!(page.contains(&format!("href=\"{address}\"")), "{page}");
    // While Stripe does not answer nobody says that there is nothing to pay.
    world.stripe.faults().add(Fault::always(FaultKind::ErrorBefore));
    let answer = world.form(&format!("{server}/billing"), &cookie, "").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let page = String::from_utf8(body.to_vec()).unwrap();
    assert!(page.contains("we cannot say whether a bill is open") && !page.contains("No bill is open"), "{page}");
    world.stripe.faults().clear();

    assert!(until(&world, days(5), async |world| is_suspended(world, &bought).await).await);
    let page = world.page(&server, &cookie).await;
    assert!(page.contains(">Suspended<") && page.contains("its data is kept until"), "{page}");
}

#[rstest]
#[tokio::test]
async fn a_subscription_of_ours_without_an_order_is_told_and_charges_no_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(true, false)] ours: bool,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let mut db = world.app.store.read().await.unwrap();
    let purchase = orders::find(&mut db, &bought.order).await.unwrap().unwrap();
    let account = accounts::find(&mut db, &purchase.order.customer).await.unwrap().unwrap();
    drop(db);
    let customer = account.stripe_customer.unwrap();
    let payment_method = world.app.stripe.attach_payment_method("pm_card_visa", &customer, "card").await.unwrap();
    let installation = if ours { world.app.installation.id.clone() } else { "somebody-else".to_owned() };
    let unknown = NewSubscription {
        customer,
        lines: purchase.snapshot.lines.iter().map(|line| (line.price_id.clone(), 1)).collect(),
        metadata: BTreeMap::from([
            ("installation".to_owned(), installation),
            ("order_id".to_owned(), "ord_00000000000000000000000000000063".to_owned()),
        ]),
        payment_method,
    };
    let made = world.app.stripe.create_subscription(&unknown, "unknown").await.unwrap();
    world.passes(SignedDuration::from_mins(5), SignedDuration::from_secs(20)).await;
    let standing = world.stripe.objects("subscription").into_iter().find(|one| one["id"] == made.id.as_str()).unwrap();
    let expected = if ours { ("canceled", "payment.unexplained") } else { ("active", "payment.foreign") };
    assert_eq!((standing["status"].as_str().unwrap(), world.alerts().await[0].as_str()), expected);
    assert_eq!(world.stripe.objects("refund").len(), 0, "a person decides about the money");
    assert_eq!(at_panel(&world).await, Some(false));
}

#[rstest]
#[tokio::test]
async fn a_bill_that_was_paid_outside_of_stripe_counts_and_is_told_of_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: a renewal failed, and its customer paid by bank transfer.
    let (world, bought) = overdue(engine).await;
    let before = service(&world, &bought).await.standing.paid_until.unwrap();
    let bill = world.stripe.objects("invoice").into_iter().rfind(|invoice| invoice["status"] == "open").unwrap();
    let path = format!("/v1/invoices/{}/pay", bill["id"].as_str().unwrap());
    // Act: somebody says so in Stripe's dashboard.
    let paid = stripe_call(&world, "POST", &path, "paid_out_of_band=true").await;
    assert_eq!(paid["status"], "paid");
    world.passes(HOUR * 2, SignedDuration::from_mins(1)).await;
    // Assert: the server is paid, nothing waits, and one alert can be closed for good.
    let after = service(&world, &bought).await.standing;
    assert!(after.paid_until.unwrap() > before + days(27) && after.overdue_since.is_none(), "{after:?}");
    assert_eq!(world.alerts().await, ["payment.unexplained"]);
    let mut db = world.app.store.read().await.unwrap();
    assert_eq!(store::testing::count_events(&mut db).await.unwrap().1, 0, "no event waits");
    let entries = ledger::list_of_order(&mut db, &bought.order).await.unwrap();
    drop(db);
    assert_eq!(entries.len(), 1, "only what Stripe took stands in the books: {entries:?}");
    assert_eq!(at_panel(&world).await, Some(false));
    let open =
        store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::Open, None, 10).await.unwrap();
    let desk = Desk::of(&world, Role::Owner).await;
    let (status, said) = desk.does(&format!("/console/alerts/{}/resolve", open[0].id), &[("reason", "booked")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{said}");
    world.passes(HOUR * 2, SignedDuration::from_mins(5)).await;
    assert_eq!(world.alerts().await, Vec::<String>::new());
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn what_is_charged_outside_of_a_renewal_is_told_of(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    // Arrange
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let subscription = world.stripe.objects("subscription").pop().unwrap();
    let item = subscription["items"]["data"][0]["id"].as_str().unwrap();
    let price = subscription["items"]["data"][0]["price"]["id"].as_str().unwrap();
    let prices = world.stripe.objects("price");
    let dearer = prices.iter().find(|other| {
        other["unit_amount"].as_i64() > Some(2_000)
            && other["recurring"]["interval"] == "month"
            && other["recurring"]["interval_count"] == 1
            && other["id"] != price
            && other["active"] == true
    });
    let dearer = dearer.unwrap()["id"].as_str().unwrap();
    // Act: somebody lets the customer have a larger plan, at Stripe alone.
    let form = format!("items[0][id]={item}&items[0][price]={dearer}&proration_behavior=always_invoice");
    stripe_call(&world, "POST", &format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap()), &form).await;
    world.passes(SignedDuration::from_mins(10), SignedDuration::from_secs(30)).await;
    // Assert
    let charges = world.stripe.objects("charge").len();
    assert_eq!((charges, world.alerts().await), (2, vec!["payment.mismatch".to_owned()]));
    let entries = ledger::list_of_order(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    assert_eq!(entries.len(), 2, "the money stands in the books: {entries:?}");
}

#[rstest]
#[tokio::test]
async fn the_order_says_nothing_of_a_time_that_nobody_paid(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    // Arrange: Stripe's period has moved on, and its bill is not paid.
    let (world, bought) = overdue(engine).await;
    let standing = service(&world, &bought).await;
    let (paid, period) = (standing.standing.paid_until.unwrap(), standing.period_end.unwrap());
    assert!(period > paid + days(27));
    let ada = Customer { email: "ada@example.test".to_owned(), token: String::new() };
    let cookie = world.sign_in(&ada).await;
    // Act
    let page = world.page(&format!("/orders/{}", bought.order), &cookie).await;
    // Assert
    let day = |at: Timestamp| at.strftime("%-d %B %Y").to_string();
    assert!(page.contains(&format!("is paid until {}", day(paid))) && !page.contains(&day(period)), "{page}");
}

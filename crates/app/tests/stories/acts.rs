//! Acts of those who look after the shop, on what a customer has: what everybody sees of them, that looking changes nothing, that twice is
//! once, and that who may not is not let in.

use crate::delivered::{
    HOUR, at_panel, days, delivered, is_clean, is_suspended, now, overdue, pays_the_open_bill, service, unpaid, until,
};
use crate::world::{Bought, Customer, PLAN, World, of_signing_up};
use axum::body::Body;
use domain::access::Role;
use domain::order::OrderState;
use domain::standing::Why;
use domain::timeline::Happening;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::stripe::{Dunning, Fault, FaultKind, FinalOutcome, PayOutcome};
use store::audit::Line;
use store::{Engine, audit, timeline};

/// Somebody of staff at the console.
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a World,
    cookie: String,
    pub(crate) id: String,
}

impl<'a> Desk<'a> {
    pub(crate) async fn of(world: &'a World, role: Role) -> Self {
        let (account, cookie) = world.works_here(role).await;
        Self { world, cookie, id: account.to_string() }
    }

    /// A sign-in of this moment: acts ask for one.
    pub(crate) async fn comes_back(&mut self) {
        let account = domain::ids::AccountId::parse(&self.id).unwrap();
        self.cookie = self.world.comes_in(&account).await;
    }

    /// What an act's page says. Looking changes no row.
    pub(crate) async fn foresees(&self, path: &str) -> String {
        let before = self.world.database.contents().await;
        let page = self.world.page(path, &self.cookie).await;
        assert_eq!(self.world.database.contents().await, before, "{path} changed something");
        // The texts' quotation marks and apostrophes as they are read.
        page.replace("&#39;", "'").replace("&#34;", "\"")
    }

    /// A page that says what is wrong with what was chosen.
    pub(crate) async fn is_told(&self, path: &str) -> String {
        let request = Request::get(path).header(header::COOKIE, &self.cookie).body(Body::empty()).unwrap();
        let answer = self.world.send(request).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// Sends an act's form. Says whether it was done, and what the page says if not.
    pub(crate) async fn does(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let answer = self.world.form(path, &self.cookie, &form.finish()).await;
        let status = answer.status();
        let place = answer.headers().get(header::LOCATION).map(|place| place.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, place.unwrap_or_else(|| String::from_utf8(body.to_vec()).unwrap()))
    }

    /// An act is done once: without a reason it is not, and the second time there is nothing to do.
    pub(crate) async fn does_once(&self, path: &str, fields: &[(&str, &str)]) {
        let before = self.world.database.contents().await;
        let (status, said) = self.does(path, fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "without a reason: {said}");
        assert_eq!(self.world.database.contents().await, before, "without a reason");
        let mut fields = fields.to_vec();
        fields.push(("reason", "asked by ada@example.test\nin a mail"));
        let (status, said) = self.does(path, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{said}");
        let before = self.world.database.contents().await;
        let (status, said) = self.does(path, &fields).await;
        assert_eq!(status, StatusCode::CONFLICT, "{said}");
        assert!(said.contains("Nothing was done") || said.contains("nothing to give back"), "{said}");
        assert_eq!(self.world.database.contents().await, before, "the second time");
    }

    /// The lines of the audit log about something that this person wrote.
    pub(crate) async fn lines(&self, subject: &str) -> Vec<Line> {
        let lines =
            audit::list_page(&mut self.world.app.store.read().await.unwrap(), Some(subject), None, 100).await.unwrap();
        lines.into_iter().filter(|line| line.actor == self.id).collect()
    }

    /// The only line about something: which act, and the reason without anybody's address.
    pub(crate) async fn is_audited(&self, subject: &str, act: &str) {
        let lines = self.lines(subject).await;
        let acts: Vec<&str> = lines.iter().map(|line| line.act.as_str()).collect();
        assert_eq!(acts.iter().filter(|one| **one == act).count(), 1, "{acts:?}");
        let line = lines.iter().find(|line| line.act == act).unwrap();
        let detail: serde_json::Value = serde_json::from_str(&line.detail).unwrap();
        let reason = detail["reason"].as_str().unwrap();
        assert!(reason.starts_with("asked by") && reason.ends_with("in a mail"), "{reason}");
        assert!(!reason.contains("ada@example.test"), "{reason}");
    }
}

/// Where an order's act stands.
pub(crate) fn act(bought: &Bought, act: &str) -> String {
    format!("/console/orders/{}/acts/{act}", bought.order)
}

/// Whoever may not is told that there is nothing here.
pub(crate) async fn is_not_for(world: &World, role: Role, path: &str) {
    let desk = Desk::of(world, role).await;
    let before = world.database.contents().await;
    let (status, _) = desk.does(path, &[("reason", "because")]).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{role:?} at {path}");
    assert_eq!(world.database.contents().await, before);
}

/// The subjects of all mails but those of signing up.
pub(crate) async fn mails(world: &World) -> Vec<String> {
    let kept = world.app.mailer.kept().await.into_iter().map(|(_, subject, _)| subject);
    kept.filter(|subject| !of_signing_up(subject) && !subject.contains("invited")).collect()
}

/// Lets a few minutes pass.
pub(crate) async fn soon(world: &World) {
    world.passes(SignedDuration::from_mins(4), SignedDuration::from_secs(10)).await;
}

async fn happened(world: &World, bought: &Bought) -> Vec<Happening> {
    let entries = timeline::list(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    entries.into_iter().map(|entry| entry.what).collect()
}

#[rstest]
#[tokio::test]
async fn a_delivered_order_is_given_back_once_and_everything_ends_in_order(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let path = act(&bought, "refund");
    is_not_for(&world, Role::Support, &path).await;
    let desk = Desk::of(&world, Role::Billing).await;
    let page = desk.foresees(&path).await;
    for words in
        ["The subscription ends first", "$13.99 goes back in full", "“Ada of the keep” and all its data are deleted"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let before = mails(&world).await.len();
    desk.does_once(&path, &[]).await;
    desk.is_audited(bought.order.as_str(), "order.refund").await;
    soon(&world).await;

    assert!(
        matches!(world.state(&bought).await, OrderState::Fulfilled { .. }),
        "what goes back later is a fact of the ledger"
    );
    assert_eq!(at_panel(&world).await, None);
    assert!(service(&world, &bought).await.terminated_at.is_some());
    let refunds = world.stripe.objects("refund");
    assert_eq!((refunds.len(), refunds[0]["amount"].as_i64()), (1, Some(1399)));
    let subscription = &world.stripe.objects("subscription")[0];
    assert_eq!(subscription["status"], "canceled");
    // M10: what may charge ends before the money goes.
    assert!(subscription["canceled_at"].as_i64() <= refunds[0]["created"].as_i64());
    let mut told = mails(&world).await.split_off(before);
    told.sort();
    assert_eq!(told, ["Ada of the keep has ended", "Refund made: $13.99"]);
    assert_eq!(world.alerts().await, Vec::<String>::new(), "whoever did it knows");
    is_clean(&world).await;
    let (status, said) = desk.does(&path, &[("reason", "again")]).await;
    assert!(status == StatusCode::CONFLICT && said.contains("went back already"), "{said}");
    // The customer's pages say it, too, though the order stays delivered.
    let cookie = world.sign_in(&Customer { email: "ada@example.test".to_owned(), token: String::new() }).await;
    let shown = world.page(&format!("/orders/{}", bought.order), &cookie).await;
    assert!(shown.contains("Your money went back") && shown.contains("$13.99 went back to the card"), "{shown}");
    for page in ["/orders".to_owned(), format!("/orders/{}", bought.order)] {
        let shown = world.page(&page, &cookie).await;
        assert!(shown.contains(">Refunded<") && !shown.contains(">Delivered<"), "{page}: {shown}");
    }
    // The order's page says what became of it.
    let shown = world.page(&format!("/console/orders/{}", bought.order), &desk.cookie).await;
    assert!(shown.contains("by_hand") && shown.contains("refund_made") && shown.contains("server_ended"), "{shown}");
    // Whoever has to confirm who they are comes back to the act.
    world.clock.advance(SignedDuration::from_mins(16));
    let (status, said) = desk.does(&path, &[("reason", "again")]).await;
    let confirm = format!("href=\"/confirm?next=%2Fconsole%2Forders%2F{}%2Facts%2Frefund\"", bought.order);
    assert!(status == StatusCode::FORBIDDEN && said.contains(&confirm), "{said}");
}

#[rstest]
#[tokio::test]
async fn a_delivery_under_way_is_stopped_and_given_back_and_an_unpaid_order_has_nothing_to_give(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.opens(&ada, PLAN).await;
    let desk = Desk::of(&world, Role::Owner).await;
    let path = act(&bought, "refund");
    assert!(desk.foresees(&path).await.contains("Nobody has paid for this order"));
    world.pays(&bought, PayOutcome::Pay);
    world.stripe.tick().await;
    world.pass("inbox").await;
    assert!(desk.foresees(&path).await.contains("The delivery stops at its next step"));
    desk.does_once(&path, &[]).await;
    world.settles(&bought).await;
    assert!(matches!(world.state(&bought).await, OrderState::Refunded { .. }));
    assert_eq!((world.servers(), world.stripe.objects("refund").len()), (0, 1));
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_subscription_ends_with_its_period_and_a_silent_stripe_is_asked_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let path = act(&bought, "cancel");
    is_not_for(&world, Role::Support, &path).await;
    let desk = Desk::of(&world, Role::Owner).await;
    assert!(desk.foresees(&path).await.contains("Nothing more is charged, and nothing goes back"));
    world.stripe.faults().once(FaultKind::ErrorBefore);
    let (status, said) = desk.does(&path, &[("reason", "asked in a mail")]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{said}");
    assert!(said.contains("do it again, that is harmless"), "{said}");
    assert_eq!(service(&world, &bought).await.ends_at, None);

    let (status, said) = desk.does(&path, &[("reason", "asked in a mail")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{said}");
    let ends = service(&world, &bought).await.ends_at.expect("an end is set");
    assert!(ends > now(&world) + days(27));
    assert_eq!(world.stripe.objects("subscription")[0]["cancel_at_period_end"], true);
    assert!(happened(&world, &bought).await.contains(&Happening::EndPlanned { on: ends }));
    let (status, said) = desk.does(&path, &[("reason", "asked in a mail")]).await;
    assert!(status == StatusCode::CONFLICT && said.contains("already"), "{said}");
    assert_eq!(at_panel(&world).await, Some(false), "it runs until then");
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_server_is_ended_now_without_money_going_back(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let path = act(&bought, "end");
    is_not_for(&world, Role::Billing, &path).await;
    let desk = Desk::of(&world, Role::Support).await;
    let page = desk.foresees(&path).await;
    assert!(page.contains("No money goes back") && page.contains("cannot be brought back"), "{page}");
    let before = mails(&world).await.len();
    desk.does_once(&path, &[]).await;
    desk.is_audited(service(&world, &bought).await.id.as_str(), "service.end").await;
    soon(&world).await;
    assert_eq!((at_panel(&world).await, world.stripe.objects("refund").len()), (None, 0));
    assert_eq!(world.stripe.objects("subscription")[0]["status"], "canceled");
    assert_eq!(mails(&world).await.split_off(before), ["Ada of the keep has ended"]);
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_server_that_is_not_handed_over_is_ended_by_a_refund_alone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    assert!(world.until(SignedDuration::from_mins(2), async |world: &World| world.servers() == 1).await);
    // Support may end servers, and move no money.
    let desk = Desk::of(&world, Role::Support).await;
    let page = desk.foresees(&act(&bought, "end")).await;
    assert!(page.contains("not handed over yet") && page.contains("Nothing was done"), "{page}");
    let (status, _) = desk.does(&act(&bought, "refund"), &[("reason", "because")]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[rstest]
#[tokio::test]
async fn what_we_suspend_stays_so_whoever_pays_until_we_lift_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let (suspend, unsuspend) = (act(&bought, "suspend"), act(&bought, "unsuspend"));
    is_not_for(&world, Role::Billing, &suspend).await;
    let mut desk = Desk::of(&world, Role::Support).await;
    assert!(desk.foresees(&unsuspend).await.contains("This server is not suspended. Nothing was done."));
    assert!(desk.foresees(&suspend).await.contains("No payment lifts it"));
    let before = mails(&world).await.len();
    desk.does_once(&suspend, &[]).await;
    desk.is_audited(service(&world, &bought).await.id.as_str(), "service.hold").await;
    soon(&world).await;
    assert_eq!(at_panel(&world).await, Some(true));
    let suspension = service(&world, &bought).await.standing.suspension.unwrap();
    assert_eq!((suspension.why, suspension.delete_on), (Why::ByHand, None));
    is_clean(&world).await;

    // A renewal is paid, and changes nothing.
    world.passes(days(32), HOUR * 12).await;
    let charges = world.stripe.objects("charge").iter().filter(|charge| charge["status"] == "succeeded").count();
    assert_eq!((at_panel(&world).await, charges), (Some(true), 2));
    is_clean(&world).await;
    desk.comes_back().await;
    desk.does_once(&unsuspend, &[]).await;
    desk.is_audited(service(&world, &bought).await.id.as_str(), "service.end-hold").await;
    soon(&world).await;
    assert_eq!(at_panel(&world).await, Some(false));
    assert_eq!(mails(&world).await.split_off(before), ["Ada of the keep is suspended", "Ada of the keep is back"]);
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn who_pays_late_finds_our_suspension_behind_theirs(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = unpaid(engine).await;
    let desk = Desk::of(&world, Role::Support).await;
    assert!(desk.foresees(&act(&bought, "unsuspend")).await.contains("The renewal was not paid"));
    assert!(desk.foresees(&act(&bought, "suspend")).await.contains("It stands suspended already"));
    desk.does_once(&act(&bought, "suspend"), &[]).await;
    let before = mails(&world).await.len();
    pays_the_open_bill(&world).await;
    soon(&world).await;
    let suspension = service(&world, &bought).await.standing.suspension.unwrap();
    assert_eq!((suspension.why, suspension.delete_on), (Why::ByHand, None));
    assert_eq!(at_panel(&world).await, Some(true));
    assert_eq!(mails(&world).await.split_off(before), ["Ada of the keep is suspended"], "they are told why");
    desk.does_once(&act(&bought, "unsuspend"), &[]).await;
    soon(&world).await;
    assert_eq!(at_panel(&world).await, Some(false));
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn our_own_suspension_waits_for_no_answer_of_stripes(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let desk = Desk::of(&world, Role::Support).await;
    world.stripe.faults().add(Fault::always(FaultKind::ErrorBefore));
    desk.does_once(&act(&bought, "suspend"), &[]).await;
    soon(&world).await;
    assert_eq!(at_panel(&world).await, Some(true));
    assert_eq!(service(&world, &bought).await.standing.suspension.unwrap().why, Why::ByHand);
}

#[rstest]
#[tokio::test]
async fn days_lift_a_suspension_for_want_of_payment_until_they_are_over(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = unpaid(engine).await;
    let path = act(&bought, "extend");
    is_not_for(&world, Role::Billing, &path).await;
    let desk = Desk::of(&world, Role::Support).await;
    for wrong in ["0", "366", "-1", "a week"] {
        let (status, said) = desk.does(&path, &[("days", wrong), ("reason", "goodwill")]).await;
        assert!(
            status == StatusCode::UNPROCESSABLE_ENTITY && said.contains("between 1 and 365 days"),
            "{wrong}: {said}"
        );
    }
    assert!(desk.foresees(&format!("{path}?days=7")).await.contains("The suspension is lifted"));
    let charges = world.stripe.objects("charge").len();
    desk.does_once(&path, &[("days", "7")]).await;
    desk.is_audited(service(&world, &bought).await.id.as_str(), "service.extend").await;
    let given = service(&world, &bought).await.standing.extended_until.unwrap();
    assert!(given > now(&world) + days(7) - HOUR && given <= now(&world) + days(7));
    soon(&world).await;
    assert_eq!(at_panel(&world).await, Some(false));
    assert!(happened(&world, &bought).await.contains(&Happening::DaysGiven { until: given }));
    is_clean(&world).await;
    while now(&world) < given - HOUR * 2 {
        world.passes(HOUR, HOUR).await;
        assert_eq!(at_panel(&world).await, Some(false), "at {}, given until {given}", now(&world));
    }
    assert!(until(&world, days(1), async |world| is_suspended(world, &bought).await).await);
    let suspension = service(&world, &bought).await.standing.suspension.unwrap();
    assert!(suspension.at >= given && suspension.delete_on == Some(suspension.at + days(14)), "{suspension:?}");
    let taken = world.stripe.objects("charge").iter().filter(|charge| charge["status"] == "succeeded").count();
    assert!(taken == 1 && world.stripe.objects("charge").len() >= charges, "nothing was charged for it");
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn days_postpone_the_suspension_of_what_is_overdue(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = overdue(engine).await;
    let desk = Desk::of(&world, Role::Support).await;
    let since = service(&world, &bought).await.standing.overdue_since.unwrap();
    desk.does_once(&act(&bought, "extend"), &[("days", "5")]).await;
    let given = service(&world, &bought).await.standing.extended_until.unwrap();
    assert_eq!(given, since + days(3) + days(5), "they count from the end of the grace");
    assert!(until(&world, days(10), async |world| is_suspended(world, &bought).await).await);
    assert!(service(&world, &bought).await.standing.suspension.unwrap().at >= given);
}

#[rstest]
#[tokio::test]
async fn days_are_counted_from_what_was_paid_and_not_from_a_period_that_was_not(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    // Arrange: Stripe gives up on a renewal and ends the subscription, whose period had moved on before.
    let (world, bought) = delivered(engine, PayOutcome::RenewalsFail).await;
    world.stripe.set_dunning(Dunning { retry_after_days: vec![1], final_outcome: FinalOutcome::Cancel });
    world.passes(days(30), days(1)).await;
    assert!(until(&world, days(8), async |world| is_suspended(world, &bought).await).await);
    let standing = service(&world, &bought).await;
    assert_eq!(
        (standing.subscription_state.as_str(), standing.standing.suspension.unwrap().why),
        ("canceled", Why::Ended)
    );
    assert!(standing.period_end.unwrap() > now(&world) + days(20));
    let desk = Desk::of(&world, Role::Support).await;
    // Act
    desk.does_once(&act(&bought, "extend"), &[("days", "3")]).await;
    // Assert
    let given = service(&world, &bought).await.standing.extended_until.unwrap();
    assert!(given > now(&world) + days(2) && given <= now(&world) + days(3) + HOUR, "{given}");
}

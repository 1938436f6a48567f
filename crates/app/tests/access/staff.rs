//! Staff: invited, with a second factor from the first day, and never with more than they were given.

use crate::doors::{Browser, Shown, notices};
use crate::factors::Phone;
use crate::world::World;
use app::web::console;
use domain::access::Role;
use http::StatusCode;
use jiff::SignedDuration;
use rstest::rstest;
use store::{Engine, accounts};

const PASSWORD: &str = "a staff password of many words";

async fn joins(world: &World, email: &str, role: Role) -> (Browser, Phone) {
    let link = console::invite(&world.app, "cli", email, role).await.unwrap();
    accepts(world, link.strip_prefix("http://127.0.0.1:8080").unwrap()).await
}

async fn accepts(world: &World, path: &str) -> (Browser, Phone) {
    let mut browser = Browser::default();
    let short = browser.submits(world, path, &[("name", "Olga"), ("password", "fourteen chars")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY, "staff need longer passwords");
    let half = browser.submits(world, path, &[("name", "Olga"), ("password", PASSWORD)]).await;
    assert_eq!(half.leads_to(), "/login/factor?next=%2Fconsole", "{half:?}");
    assert!(browser.looks(world, "/console").await.leads_to().starts_with("/login/factor"), "not yet");
    let page = browser.looks(world, "/login/factor?next=/console").await;
    let phone = Phone::sees(&page);
    let codes =
        browser.submits(world, "/login/factor/app", &[("code", &phone.code(world)), ("next", "/console")]).await;
    assert!(codes.text.contains("Keep these codes") && codes.text.contains("href=\"/console\""), "{codes:?}");
    assert_eq!(browser.looks(world, "/console").await.status, StatusCode::OK);
    (browser, phone)
}

async fn role_of(world: &World, email: &str) -> Option<Role> {
    let found = accounts::find_by_email(&mut world.app.store.read().await.unwrap(), email).await.unwrap();
    found.map(|account| account.role)
}

async fn path_of(world: &World, email: &str, act: &str) -> String {
    let found = accounts::find_by_email(&mut world.app.store.read().await.unwrap(), email).await.unwrap();
    format!("/console/staff/{}/{act}", found.unwrap().id)
}

fn link(page: &Shown) -> String {
    let (_, after) = page.text.split_once("data-copy=\"http://127.0.0.1:8080").expect("a link to hand over");
    after.split('"').next().unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn the_owner_invites_an_admin_who_invites_support(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (mut owner, _) = joins(&world, "olga@shop.example", Role::Owner).await;
    let fields = [("email", "adam@shop.example"), ("role", "admin")];
    let page = owner.submits(&world, "/console/staff/invite", &fields).await;
    let (to, subject, text) = world.app.mailer.kept().await.pop().unwrap();
    assert_eq!((to.as_str(), subject.as_str()), ("adam@shop.example", "GIVRwrld: you are invited as Admin"));
    let path = link(&page);
    assert!(text.contains(&path), "{text}");
    let (mut admin, _) = accepts(&world, &path).await;
    assert_eq!(Browser::default().looks(&world, &path).await.status, StatusCode::GONE, "good for one use");

    let page = admin.submits(&world, "/console/staff/invite", &[("email", "o2@shop.example"), ("role", "owner")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "an admin makes no owners");
    let fields = [("email", "sue@shop.example"), ("role", "support")];
    let (mut support, _) = accepts(&world, &link(&admin.submits(&world, "/console/staff/invite", &fields).await)).await;
    assert_eq!(support.looks(&world, "/console/staff").await.status, StatusCode::NOT_FOUND);
    assert_eq!(support.submits(&world, "/console/staff/invite", &fields).await.status, StatusCode::NOT_FOUND);
}

#[rstest]
#[tokio::test]
async fn whose_role_changes_is_signed_out_and_told_and_the_last_owner_stays(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (mut owner, _) = joins(&world, "olga@shop.example", Role::Owner).await;
    let (mut admin, _) = joins(&world, "adam@shop.example", Role::Admin).await;
    let (up, down) =
        (path_of(&world, "adam@shop.example", "role").await, path_of(&world, "olga@shop.example", "end").await);

    assert_eq!(admin.submits(&world, &down, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "above them");
    let own = path_of(&world, "olga@shop.example", "role").await;
    let page = owner.submits(&world, &own, &[("role", "billing")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody changes themselves");
    assert_eq!(owner.submits(&world, &up, &[("role", "read_only")]).await.leads_to(), "/console/staff");
    assert_eq!(role_of(&world, "adam@shop.example").await, Some(Role::ReadOnly));
    assert!(admin.looks(&world, "/console").await.leads_to().starts_with("/login?"), "signed out");
    assert_eq!(notices(&world, "adam@shop.example").await.last().unwrap(), "Your role was changed");

    owner.submits(&world, &path_of(&world, "adam@shop.example", "end").await, &[]).await;
    assert_eq!(role_of(&world, "adam@shop.example").await, Some(Role::Customer));
    let audit = world.database.contents().await["audit_log"].clone();
    for act in ["staff.invite", "staff.join", "staff.role", "staff.end"] {
        assert!(audit.contains(act), "{act} is not in the audit log: {audit}");
    }
}

#[rstest]
#[tokio::test]
async fn staff_cannot_take_their_last_second_factor_away(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (mut owner, phone) = joins(&world, "olga@shop.example", Role::Owner).await;
    let page = owner.submits(&world, "/account/app/remove", &[]).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{page:?}");
    world.clock.advance(SignedDuration::from_mins(1));
    let mut again = Browser::default();
    assert!(again.signs_in(&world, "olga@shop.example", PASSWORD).await.leads_to().starts_with("/login/factor"));
    // With a password alone nobody adds a second app either.
    let added = again.submits(&world, "/login/factor/app", &[("code", &phone.code(&world))]).await;
    assert_eq!(added.status, StatusCode::NOT_FOUND);
    let whole = again.submits(&world, "/login/factor", &[("code", &phone.code(&world)), ("next", "/console")]).await;
    assert_eq!(whole.leads_to(), "/console");
}

#[rstest]
#[tokio::test]
async fn an_invitation_that_is_taken_back_or_old_is_of_no_use(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (mut owner, _) = joins(&world, "olga@shop.example", Role::Owner).await;
    let fields = [("email", "adam@shop.example"), ("role", "admin")];
    let page = owner.submits(&world, "/console/staff/invite", &fields).await;
    let (_, after) = page.text.split_once("/console/staff/invitations/").unwrap();
    let revoke = format!("/console/staff/invitations/{}", after.split('"').next().unwrap());
    owner.submits(&world, &revoke, &[]).await;
    assert_eq!(Browser::default().looks(&world, &link(&page)).await.status, StatusCode::GONE);
    let old = console::invite(&world.app, "cli", "eve@shop.example", Role::Support).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(73));
    let old = old.strip_prefix("http://127.0.0.1:8080").unwrap();
    assert_eq!(Browser::default().looks(&world, old).await.status, StatusCode::GONE);
}

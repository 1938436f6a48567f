//! Staff: invited, with a second factor from the first day, and never with more than they were given.

use crate::doors::{Browser, notices};
use crate::factors::Phone;
use crate::world::World;
use app::web::console::{self, Inviter, Refused};
use domain::access::Role;
use domain::ids::AccountId;
use http::StatusCode;
use jiff::SignedDuration;
use rstest::rstest;
use store::factors::StoredPasskey;
use store::{Engine, accounts, factors};

const PASSWORD: &str = "a staff password of many words";

async fn joins(world: &World, email: &str, role: Role) -> (Browser, Phone) {
    let by = Inviter { id: "cli", role: Role::Owner };
    let made = console::invite(&world.app, by, email, role).await.unwrap().unwrap();
    accepts(world, made.link.strip_prefix("http://127.0.0.1:8080").unwrap()).await
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

/// The link in the newest letter to an address.
async fn link(world: &World, email: &str) -> String {
    let mails = world.app.mailer.kept().await;
    let (_, _, text) = mails.iter().rfind(|(to, _, text)| to == email && text.contains("/invitation/")).unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/invitation/")).unwrap();
    link.strip_prefix("http://127.0.0.1:8080").unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn the_owner_invites_an_admin_who_invites_support(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (mut owner, _) = joins(&world, "olga@shop.example", Role::Owner).await;
    let fields = [("email", "adam@shop.example"), ("role", "admin")];
    let page = owner.submits(&world, "/console/staff/invite", &fields).await;
    let (to, subject, _) = world.app.mailer.kept().await.pop().unwrap();
    assert_eq!((to.as_str(), subject.as_str()), ("adam@shop.example", "GIVRwrld: you are invited as Admin"));
    let path = link(&world, "adam@shop.example").await;
    assert!(!page.text.contains(&path), "whoever invites never sees the link: {}", page.text);
    let (mut admin, _) = accepts(&world, &path).await;
    assert_eq!(Browser::default().looks(&world, &path).await.status, StatusCode::GONE, "good for one use");

    let page = admin.submits(&world, "/console/staff/invite", &[("email", "o2@shop.example"), ("role", "owner")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "an admin makes no owners");
    let fields = [("email", "sue@shop.example"), ("role", "support")];
    admin.submits(&world, "/console/staff/invite", &fields).await;
    let (mut support, _) = accepts(&world, &link(&world, "sue@shop.example").await).await;
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
    let taken_back = link(&world, "adam@shop.example").await;
    assert_eq!(Browser::default().looks(&world, &taken_back).await.status, StatusCode::GONE);
    let by = Inviter { id: "cli", role: Role::Owner };
    let old = console::invite(&world.app, by, "eve@shop.example", Role::Support).await.unwrap().unwrap().link;
    world.clock.advance(SignedDuration::from_hours(73));
    let old = old.strip_prefix("http://127.0.0.1:8080").unwrap();
    assert_eq!(Browser::default().looks(&world, old).await.status, StatusCode::GONE);
}

#[rstest]
#[tokio::test]
async fn an_invitation_is_worth_no_more_than_its_inviter(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (mut owner, _) = joins(&world, "olga@shop.example", Role::Owner).await;
    let (mut admin, _) = joins(&world, "adam@shop.example", Role::Admin).await;
    let back_door = [("email", "adam2@shop.example"), ("role", "admin")];
    admin.submits(&world, "/console/staff/invite", &back_door).await;
    let path = link(&world, "adam2@shop.example").await;

    owner.submits(&world, &path_of(&world, "adam@shop.example", "end").await, &[]).await;

    assert_eq!(Browser::default().looks(&world, &path).await.status, StatusCode::GONE, "it ended with its inviter");
    assert_eq!(role_of(&world, "adam2@shop.example").await, None);
    // Whoever may give less cannot replace an invitation to more.
    let by = |role| Inviter { id: "cli", role };
    console::invite(&world.app, by(Role::Owner), "o2@shop.example", Role::Owner).await.unwrap().unwrap();
    let weaker = console::invite(&world.app, by(Role::Admin), "O2@shop.example", Role::Support).await.unwrap();
    assert_eq!(weaker, Err(Refused::InvitedToMore));
}

#[rstest]
#[tokio::test]
async fn a_customer_who_joins_is_told_and_an_old_letter_changes_no_staff(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let by = Inviter { id: "cli", role: Role::Owner };
    let first = console::invite(&world.app, by, &ada.email, Role::Support).await.unwrap().unwrap().link;
    joins(&world, &ada.email, Role::Admin).await;
    assert_eq!(role_of(&world, &ada.email).await, Some(Role::Admin));
    assert_eq!(world.get("/api/v1/servers", Some(&ada.token)).await.0, StatusCode::UNAUTHORIZED, "sign-ins ended");
    let told = notices(&world, &ada.email).await;
    assert!(told.contains(&"Your role was changed".to_owned()), "{told:?}");
    let path = first.strip_prefix("http://127.0.0.1:8080").unwrap();
    let fields = [("name", "Eve"), ("password", PASSWORD)];
    assert_eq!(Browser::default().submits(&world, path, &fields).await.status, StatusCode::GONE);
    let again = console::invite(&world.app, by, &ada.email, Role::Support).await.unwrap();
    assert_eq!(again, Err(Refused::WorksHere));
}

#[rstest]
#[tokio::test]
async fn two_owners_who_end_each_other_at_once_leave_one(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (mut olga, _) = joins(&world, "olga@shop.example", Role::Owner).await;
    let (mut omar, _) = joins(&world, "omar@shop.example", Role::Owner).await;
    let ends_olga = path_of(&world, "olga@shop.example", "end").await;
    let ends_omar = path_of(&world, "omar@shop.example", "end").await;
    tokio::join!(olga.submits(&world, &ends_omar, &[]), omar.submits(&world, &ends_olga, &[]));
    let left = [role_of(&world, "olga@shop.example").await, role_of(&world, "omar@shop.example").await];
    assert_eq!(left.iter().filter(|role| **role == Some(Role::Owner)).count(), 1, "{left:?}");
}

async fn has_another_passkey(world: &World, account: &AccountId, round: u32) {
    let mut tx = world.app.store.begin().await.unwrap();
    let passkey = StoredPasskey {
        id: world.app.id(),
        account: account.clone(),
        credential_id: format!("{round:04x}"),
        credential: "{}".to_owned(),
        name: "A key".to_owned(),
        created_at: world.app.now(),
        used_at: None,
    };
    factors::save_passkey(&mut tx, &passkey).await.unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn two_removals_at_once_leave_staff_a_second_factor(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (mut one, _) = joins(&world, "olga@shop.example", Role::Owner).await;
    let mut other = one.clone();
    let found = accounts::find_by_email(&mut world.app.store.read().await.unwrap(), "olga@shop.example").await;
    let account = found.unwrap().unwrap().id;
    has_another_passkey(&world, &account, 0).await;
    one.submits(&world, "/account/app/remove", &[]).await;
    for round in 1..10 {
        has_another_passkey(&world, &account, round).await;
        let both = factors::list_passkeys(&mut world.app.store.read().await.unwrap(), &account).await.unwrap();
        let paths: Vec<String> = both.iter().map(|key| format!("/account/passkeys/{}/remove", key.id)).collect();
        let [first, second] = paths.try_into().unwrap();

        tokio::join!(one.submits(&world, &first, &[]), other.submits(&world, &second, &[]));

        let left = factors::of(&mut world.app.store.read().await.unwrap(), &account).await.unwrap();
        assert_eq!((left.totp, left.passkeys), (false, 1), "round {round}");
    }
}

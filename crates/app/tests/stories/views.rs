//! Staff see the shop as a customer does: with a reason, for half an hour, where the customer can see that they did.

use crate::world::{PLAN, World};
use domain::access::Role;
use domain::ids::AccountId;
use http::{Response, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use serde_json::Value;
use store::{Engine, accounts, audit};

struct Scene {
    world: World,
    ada: AccountId,
    /// Ada's own cookie.
    own: String,
    /// The page of her server.
    server: String,
    support: AccountId,
    cookie: String,
}

/// A customer with a server, and somebody of support.
async fn scene(engine: Engine) -> Scene {
    let world = World::new(engine).await;
    let customer = world.customer("ada").await;
    let bought = world.buys(&customer, PLAN).await;
    world.settles(&bought).await;
    let mut db = world.app.store.read().await.unwrap();
    let ada = accounts::find_by_email(&mut db, &customer.email).await.unwrap().unwrap().id;
    let service = store::services::find_by_order(&mut db, &bought.order).await.unwrap().unwrap().id;
    drop(db);
    let own = world.sign_in(&customer).await;
    let (support, cookie) = world.works_here(Role::Support).await;
    Scene { ada, own, server: format!("/servers/{service}"), support, cookie, world }
}

impl Scene {
    fn begin(&self) -> String {
        format!("/console/customers/{}/view", self.ada)
    }

    /// A moment passes at both sides, so that lines of the log have an order.
    async fn begins(&self) {
        self.world.clock.advance(SignedDuration::from_secs(1));
        let answer = self.world.form(&self.begin(), &self.cookie, "reason=asked+by+ada%40example.test").await;
        assert_eq!((answer.status(), leads_to(&answer).as_str()), (StatusCode::SEE_OTHER, "/servers"));
        self.world.clock.advance(SignedDuration::from_secs(1));
    }

    async fn status(&self, path: &str) -> StatusCode {
        let request = http::Request::get(path).header(header::COOKIE, &self.cookie);
        self.world.send(request.body(axum::body::Body::empty()).unwrap()).await.status()
    }

    /// What the audit log says of views of Ada, oldest first: who, what, and why or how.
    async fn lines(&self) -> Vec<(String, String, Value)> {
        let mut db = self.world.app.store.read().await.unwrap();
        let lines = audit::list_page(&mut db, Some(self.ada.as_str()), None, 100).await.unwrap();
        let mut lines: Vec<_> = lines.into_iter().filter(|line| line.act.starts_with("customer.view")).collect();
        lines.sort_by_key(|line| line.at);
        let detail = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        lines.into_iter().map(|line| (line.actor, line.act, detail(&line.detail))).collect()
    }

    async fn ended(&self) -> Vec<String> {
        let lines = self.lines().await.into_iter().filter(|(_, act, _)| act == "customer.view-end");
        lines.map(|(_, _, detail)| detail["how"].as_str().unwrap().to_owned()).collect()
    }
}

fn leads_to(answer: &Response<axum::body::Body>) -> String {
    answer.headers().get(header::LOCATION).map(|place| place.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[rstest]
#[tokio::test]
async fn support_sees_what_the_customer_sees_and_both_can_tell(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let scene = scene(engine).await;
    let (world, cookie) = (&scene.world, &scene.cookie);
    assert!(!world.page("/account/security", &scene.own).await.contains("When our staff looked"));
    let asked = world.page(&scene.begin(), cookie).await;
    assert!(asked.contains("For 30 minutes you see") && asked.contains("stand in the audit log"), "{asked}");
    let unsaid = world.form(&scene.begin(), cookie, "reason=").await;
    assert_eq!(unsaid.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(scene.lines().await, []);

    scene.begins().await;
    let servers = world.page("/servers", cookie).await;
    assert!(
        servers.contains("Ada of the keep") && servers.contains("You see the shop as <strong>ada</strong>"),
        "{servers}"
    );
    assert!(world.page(&scene.server, cookie).await.contains("Ada of the keep"));
    for closed in ["/console", "/account/security", "/account/data", &format!("{}/files", scene.server)] {
        assert_eq!(scene.status(closed).await, StatusCode::FORBIDDEN, "{closed}");
    }
    let renamed = world.form(&format!("{}/power", scene.server), cookie, "signal=stop").await;
    assert_eq!(renamed.status(), StatusCode::FORBIDDEN);
    assert_eq!(world.form(&scene.begin(), cookie, "reason=again").await.status(), StatusCode::FORBIDDEN);
    let told = world.page("/account/security", &scene.own).await;
    assert!(told.contains("When our staff looked") && told.contains("going on now"), "{told}");

    let ended = world.form("/console/view/end", cookie, "").await;
    assert_eq!(leads_to(&ended), format!("/console/customers/{}", scene.ada));
    assert!(!world.page("/servers", cookie).await.contains("Ada of the keep"), "their own list, which is empty");
    assert_eq!(scene.status("/console").await, StatusCode::OK);
    let lines = scene.lines().await;
    let acts: Vec<&str> = lines.iter().map(|(_, act, _)| act.as_str()).collect();
    assert_eq!(acts, ["customer.view", "customer.view-end"]);
    assert!(lines.iter().all(|(actor, ..)| actor == scene.support.as_str()));
    let reason = lines[0].2["reason"].as_str().unwrap();
    assert!(reason.starts_with("asked by") && !reason.contains("ada@"), "{reason}");
    assert_eq!(lines[1].2["how"], "by hand");
    let told = world.page("/account/security", &scene.own).await;
    assert!(told.contains("When our staff looked") && !told.contains("going on now"), "{told}");
    // Ended once is ended.
    assert_eq!(world.form("/console/view/end", cookie, "").await.status(), StatusCode::NOT_FOUND);
}

#[rstest]
#[tokio::test]
async fn a_view_ends_by_time_by_signing_in_or_out_and_with_the_role(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut scene = scene(engine).await;
    // Time.
    scene.begins().await;
    scene.world.clock.advance(SignedDuration::from_mins(31));
    assert!(!scene.world.page("/servers", &scene.cookie).await.contains("You see the shop as"));
    scene.world.clock.advance(SignedDuration::from_hours(1));
    scene.world.pass("retention").await;
    assert_eq!(scene.ended().await, ["time"]);
    // Half an hour later nobody is as sure any more who it is.
    let unsure = scene.world.form(&scene.begin(), &scene.cookie, "reason=again").await;
    assert_eq!(unsure.status(), StatusCode::FORBIDDEN);
    // Another sign-in.
    scene.cookie = scene.world.comes_in(&scene.support).await;
    scene.begins().await;
    let mut tx = scene.world.app.store.begin().await.unwrap();
    let open = store::views::list_of(&mut tx, &scene.ada, 10).await.unwrap();
    assert_eq!((open.len(), open[0].ended_at), (2, None));
    drop(tx);
    let form = "email=support%40staff.example&password=a+staff+password+of+many+words";
    let answer = scene.world.form("/login", "", form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{answer:?}");
    assert_eq!(scene.ended().await, ["time", "sign-in"]);
    assert!(!scene.world.page("/servers", &scene.cookie).await.contains("You see the shop as"));
    // Signing out.
    scene.begins().await;
    let answer = scene.world.form("/logout", &scene.cookie, "").await;
    assert_eq!(leads_to(&answer), "/");
    assert_eq!(scene.ended().await, ["time", "sign-in", "sign-out"]);
    // Whoever may not help customers any more sees nothing of them.
    scene.cookie = scene.world.comes_in(&scene.support).await;
    scene.begins().await;
    let mut tx = scene.world.app.store.begin().await.unwrap();
    accounts::set_role(&mut tx, &scene.support, Role::ReadOnly).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!scene.world.page("/servers", &scene.cookie).await.contains("Ada of the keep"));
}

#[rstest]
#[tokio::test]
async fn nobody_looks_as_staff_or_as_somebody_unproven(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let scene = scene(engine).await;
    let (owner, _) = scene.world.works_here(Role::Owner).await;
    for other in [owner.as_str(), scene.support.as_str(), "acc_nobody"] {
        let path = format!("/console/customers/{other}/view");
        assert_eq!(scene.status(&path).await, StatusCode::NOT_FOUND);
        assert_eq!(scene.world.form(&path, &scene.cookie, "reason=x").await.status(), StatusCode::NOT_FOUND);
    }
    let (_, billing) = scene.world.works_here(Role::Billing).await;
    assert_eq!(scene.world.form(&scene.begin(), &billing, "reason=x").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(scene.world.form(&scene.begin(), &scene.own, "reason=x").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(scene.lines().await, []);
}

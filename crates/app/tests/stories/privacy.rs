//! A copy of one's data, and its erasure.

use crate::world::{Bought, Customer, PLAN, World, cookie_of};
use app::privacy::erasure::{self, Answer};
use app::web::account::device::Client;
use app::web::account::flow;
use domain::ids::{AccountId, OrderId};
use domain::order::OrderState;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec};
use sandbox::stripe::{FaultKind, PayOutcome};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use store::{Engine, accounts, audit, erasures, services};

/// Somebody with a server, whose every word can be told from everybody else's.
struct Person {
    customer: Customer,
    cookie: String,
    bought: Bought,
    /// What must not be where it does not belong.
    canaries: Vec<String>,
}

impl World {
    /// Signs up, buys, and signs in with a browser.
    async fn person(&self, name: &str) -> Person {
        let email = format!("{name}.canary@example.test");
        let display_name = format!("{name} Canaryname");
        let server_name = format!("Keep of {name}");
        let browser = format!("{name}Browser/7.1");
        let password = "correct horse battery";
        let form = json!({"email": email, "password": password, "name": display_name});
        let (_, ticket) = self.post("/api/v1/auth/sign-up", None, &form).await;
        self.pass("outbox").await;
        let code = self.code_for(&email).await;
        let form = json!({"email": email, "ticket": ticket["ticket"], "code": code});
        let (status, tokens) = self.post("/api/v1/auth/verify", None, &form).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        let customer = Customer { email: email.clone(), token: tokens["access_token"].as_str().unwrap().to_owned() };
        let form = format!("email={}&password=correct+horse+battery", email.replace('@', "%40"));
        let request = Request::post("/login")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::USER_AGENT, &browser);
        let answer = self.send(request.body(form.into()).unwrap()).await;
        let cookie = cookie_of(&answer);
        let mut cart = self.cart(PLAN);
        cart["server_name"] = server_name.as_str().into();
        let (status, opened) = self.post("/api/v1/checkout", Some(&customer.token), &cart).await;
        assert_eq!(status, StatusCode::CREATED, "{opened}");
        let page = opened["payment_url"].as_str().unwrap().rsplit('/').next().unwrap();
        let bought = Bought {
            order: OrderId::parse(opened["order_id"].as_str().unwrap()).unwrap(),
            session: page.split(['#', '?']).next().unwrap().to_owned(),
        };
        self.pays(&bought, PayOutcome::Pay);
        self.settles(&bought).await;
        let account = self.account(&email).await;
        let canaries = vec![
            email,
            display_name,
            server_name,
            browser,
            account.panel_username.unwrap(),
            // The local part, wherever it may have been put.
            format!("{name}.canary"),
        ];
        Person { customer, cookie, bought, canaries }
    }

    async fn account(&self, email: &str) -> accounts::Account {
        accounts::find_by_email(&mut self.app.store.read().await.unwrap(), email).await.unwrap().unwrap()
    }
}

/// The files of a zip, by name.
fn unpack(bytes: Vec<u8>) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    files
}

/// Everything in the tables of sign-ins and proofs that looks random: hashes and ids of proofs.
fn secrets(contents: &BTreeMap<String, String>) -> BTreeSet<String> {
    let tables = ["sessions", "refresh_tokens", "email_proofs"];
    let words =
        tables.iter().flat_map(|table| contents[*table].split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    words.filter(|word| word.len() >= 32 && word.bytes().all(|b| b.is_ascii_hexdigit())).map(str::to_owned).collect()
}

#[rstest]
#[tokio::test]
async fn a_copy_holds_everything_of_its_owner_and_nothing_of_anybody_else(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (mira, noah) = (world.person("mira").await, world.person("noah").await);
    let noah_account = world.account(&noah.customer.email).await;
    let answer = world.form("/account/export", &mira.cookie, "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/zip");
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    assert!(answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; "));
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec();
    let files = unpack(bytes);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let all = [
        "README.txt",
        "account.json",
        "audit.json",
        "mails.json",
        "orders.json",
        "payments.json",
        "public_pages.json",
        "refunds.json",
    ];
    assert_eq!(
        names,
        [&all[..], &["security.json", "services.json", "sessions.json", "tickets.json", "waiting_list.json"]].concat()
    );
    let text = files.values().cloned().collect::<Vec<_>>().join("\n");
    for canary in &mira.canaries {
        assert!(text.contains(canary.as_str()), "{canary} is missing");
    }
    for name in &names[1..] {
        assert!(files["README.txt"].contains(name), "{name} is not explained");
        let value: serde_json::Value = serde_json::from_str(&files[*name]).unwrap();
        assert!(value.is_object() || value.is_array(), "{name}");
    }
    let charged: serde_json::Value = serde_json::from_str(&files["payments.json"]).unwrap();
    assert_eq!(charged[0]["amount_minor"], 1399, "{charged}");
    let mut foreign = noah.canaries.clone();
    foreign.extend([noah_account.id.to_string(), noah.bought.order.to_string(), noah.bought.session]);
    foreign.extend(noah_account.stripe_customer);
    for canary in &foreign {
        assert!(!text.contains(canary.as_str()), "{canary} is somebody else's");
    }
    let contents = world.database.contents().await;
    let secrets = secrets(&contents);
    assert!(secrets.len() >= 6, "the secrets are seen: {secrets:?}");
    for secret in secrets.iter().map(String::as_str).chain(["$argon2", mira.cookie.split('=').nth(1).unwrap()]) {
        assert!(!text.contains(secret), "{secret} opens something");
    }
    assert_eq!(contents["audit_log"].matches("account.export").count(), 1);
}

impl World {
    /// Lets time pass until an account is erased.
    async fn until_erased(&self, account: &AccountId) {
        let done = async |world: &Self| {
            let found = erasures::find(&mut world.app.store.read().await.unwrap(), account).await.unwrap();
            found.is_some_and(|erasure| erasure.done_at.is_some())
        };
        let erased = self.until(SignedDuration::from_hours(2), done).await;
        let found = erasures::find(&mut self.app.store.read().await.unwrap(), account).await.unwrap();
        assert!(erased, "{found:?}");
        // What follows: Stripe's word that the customer is gone, and the seal on the audit log.
        self.passes(SignedDuration::from_mins(3), SignedDuration::from_secs(20)).await;
    }

    async fn panel_logins(&self, email: &str) -> usize {
        let found = self.panel_call("GET", &format!("users?filter[email]={email}"), &json!({})).await;
        found["data"].as_array().unwrap().len()
    }

    fn stripe_knows(&self, canary: &str) -> bool {
        let customers = self.stripe.objects("customer");
        customers.iter().any(|one| one["deleted"] != true && one.to_string().contains(canary))
    }
}

/// In which tables a word stands.
fn tables_with<'a>(contents: &'a BTreeMap<String, String>, word: &str) -> Vec<&'a str> {
    contents.iter().filter(|(_, rows)| rows.contains(word)).map(|(table, _)| table.as_str()).collect()
}

#[rstest]
#[tokio::test]
async fn an_erased_customer_leaves_the_books_and_nothing_that_says_who_it_was(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (mira, noah) = (world.person("mira").await, world.person("noah").await);
    let account = world.account(&mira.customer.email).await.id;
    let before = world.database.contents().await;
    for canary in &mira.canaries {
        assert!(!tables_with(&before, canary).is_empty(), "{canary} is somewhere, or this story could not fail");
    }
    let page = world.page("/account/data", &mira.cookie).await;
    assert!(page.contains("a server is removed with its files") && page.contains("tax law"), "{page}");

    // Not without the address, and not without a word about the server.
    let asks = async |form: &str| world.form("/account/erase", &mira.cookie, form).await.status();
    assert_eq!(asks("email=noah.canary%40example.test&end_servers=yes").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(asks("email=mira.canary%40example.test").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.database.contents().await["erasures"], "");
    assert_eq!(asks("email=Mira.Canary%40example.test&end_servers=yes").await, StatusCode::OK);
    assert_eq!(asks("email=mira.canary%40example.test&end_servers=yes").await, StatusCode::UNAUTHORIZED, "signed out");

    let mails = world.app.mailer.kept().await.len();
    world.until_erased(&account).await;
    let after = world.database.contents().await;
    for canary in &mira.canaries {
        assert_eq!(tables_with(&after, canary), Vec::<&str>::new(), "{canary}");
    }
    for mail in &world.app.mailer.kept().await[mails..] {
        assert_ne!(mail.0, mira.customer.email, "a message after the erasure began: {mail:?}");
    }
    // The server went after its subscription, and nothing of the other customer's did.
    assert_eq!(world.servers(), 1);
    let live = world.stripe.objects("subscription").iter().filter(|one| one["status"] != "canceled").count();
    assert_eq!(live, 1);
    assert_eq!(
        (world.panel_logins(&mira.customer.email).await, world.panel_logins(&noah.customer.email).await),
        (0, 1)
    );
    assert!(!world.stripe_knows("mira.canary") && world.stripe_knows("noah.canary"));
    for canary in &noah.canaries {
        assert!(!tables_with(&after, canary).is_empty(), "{canary}");
    }
    // The books are as they were.
    for table in ["ledger", "consents", "refunds"] {
        assert_eq!(before[table], after[table], "{table}");
    }
    assert_eq!(world.state(&mira.bought).await.payment().map(|payment| payment.amount.minor), Some(1399));
    assert_eq!(world.looks().await.broken, None, "the audit log was not touched");
    let lines =
        audit::list_page(&mut world.app.store.read().await.unwrap(), Some(account.as_str()), None, 10).await.unwrap();
    let acts: Vec<&str> = lines.iter().map(|line| line.act.as_str()).collect();
    assert_eq!(acts, ["customer.erase", "customer.erase-request"]);
    assert_eq!(world.alerts().await, Vec::<String>::new());
    tell_what_remains(&after, &account, &mira.bought);

    // Nobody signs in as the erased customer, and the address may sign up anew.
    let form = "email=mira.canary%40example.test&password=correct+horse+battery";
    assert_eq!(world.form("/login", "", form).await.status(), StatusCode::UNAUTHORIZED);
    let address = erasures::pseudonym(&account);
    let form = format!("email={address}&password=correct+horse+battery");
    assert_eq!(world.form("/login", "", &form).await.status(), StatusCode::UNAUTHORIZED);
    let sign_up = json!({"email": address, "password": "another horse battery", "name": "x"});
    world.post("/api/v1/auth/sign-up", None, &sign_up).await;
    flow::request_reset(&world.app, &Client::default(), &address).await.unwrap();
    world.passes(SignedDuration::from_mins(1), SignedDuration::from_secs(20)).await;
    assert!(world.app.mailer.kept().await.iter().all(|(to, ..)| *to != address));
    assert_eq!(world.form("/login", "", &form).await.status(), StatusCode::UNAUTHORIZED);
    let again = world.person("mira").await;
    assert_ne!(world.account(&again.customer.email).await.id, account);
    assert_eq!(world.panel_logins(&again.customer.email).await, 1);
}

/// What the database still holds about an erased account.
#[expect(clippy::print_stdout, reason = "the list is this story's figure")]
fn tell_what_remains(contents: &BTreeMap<String, String>, account: &AccountId, bought: &Bought) {
    println!("what remains of an erased customer with one order:");
    for (table, rows) in contents {
        let about = rows.lines().filter(|row| row.contains(account.as_str()) || row.contains(bought.order.as_str()));
        for row in about {
            println!("  {table}: {}", row.chars().take(600).collect::<String>());
        }
    }
}

#[rstest]
#[tokio::test]
async fn open_orders_and_deliveries_end_first_and_their_money_goes_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let account = world.account(&ada.email).await;
    let open = world.opens(&ada, PLAN).await;
    let paid = world.buys(&ada, PLAN).await;
    world.pass("open_orders").await;
    world.pass("inbox").await;
    assert!(matches!(erasure::request(&world.app, &account, false, "cli").await.unwrap(), Answer::Standing(_)));
    let Answer::Accepted(standing) = erasure::request(&world.app, &account, true, "cli").await.unwrap() else {
        panic!()
    };
    assert!(standing.len() >= 2, "{standing:?}");
    let mails = world.app.mailer.kept().await.len();
    world.until_erased(&account.id).await;
    assert!(matches!(world.state(&open).await, OrderState::Expired { .. }));
    assert!(matches!(world.state(&paid).await, OrderState::Refunded { .. }), "{:?}", world.state(&paid).await);
    assert_eq!((world.servers(), world.stripe.objects("refund").len()), (0, 1));
    // The customer still learned of the money (N5), and of nothing afterwards.
    let told: Vec<String> = world.app.mailer.kept().await[mails..].iter().map(|mail| mail.1.clone()).collect();
    assert!(told.iter().any(|subject| subject.contains("13.99")), "{told:?}");
    assert_eq!(tables_with(&world.database.contents().await, &ada.email), Vec::<&str>::new());
}

#[rstest]
#[tokio::test]
async fn a_customer_who_never_bought_is_gone_at_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let account = world.account(&ada.email).await;
    assert_eq!(erasure::request(&world.app, &account, false, "cli").await.unwrap(), Answer::Accepted(vec![]));
    world.pass("erasures").await;
    assert_eq!(tables_with(&world.database.contents().await, &ada.email), Vec::<&str>::new());
    let (status, _) = world.get("/api/v1/server-status", Some(&ada.token)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[rstest]
#[tokio::test]
async fn a_login_that_owns_other_servers_is_left_and_a_person_is_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let mira = world.person("mira").await;
    let account = world.account(&mira.customer.email).await;
    // Somebody at the panel gave this login another server.
    let noah = world.person("noah").await;
    let servers = world.panel_call("GET", "servers", &json!({})).await;
    let servers = servers["data"].as_array().unwrap().iter().map(|one| one["attributes"].clone());
    let of_noah = services::find_by_order(&mut world.app.store.read().await.unwrap(), &noah.bought.order).await;
    let mark = of_noah.unwrap().unwrap().external_id;
    let server = servers.into_iter().find(|one| one["external_id"] == mark.as_str()).unwrap();
    let details = json!({"name": server["name"], "user": account.panel_user, "external_id": mark});
    world.panel_call("PATCH", &format!("servers/{}/details", server["id"]), &details).await;
    erasure::request(&world.app, &account, true, "cli").await.unwrap();
    world.until_erased(&account.id).await;
    assert_eq!(world.panel_logins(&mira.customer.email).await, 1);
    assert_eq!(world.alerts().await, ["erasure.unfinished"]);
    let contents = world.database.contents().await;
    assert_eq!(tables_with(&contents, &mira.customer.email), Vec::<&str>::new());
    assert!(contents["audit_log"].contains("owns servers") || contents["audit_log"].contains("cannot be removed"));
}

#[rstest]
#[tokio::test]
async fn a_login_that_lost_its_mark_or_administers_the_panel_is_left_to_a_person(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    for change in ["unmarked", "administrator"] {
        let world = World::new(engine).await;
        let mira = world.person("mira").await;
        let account = world.account(&mira.customer.email).await;
        let path = format!("users/{}", account.panel_user.unwrap());
        let login = world.panel_call("GET", &path, &json!({})).await["attributes"].clone();
        let mut changed = json!({
            "email": login["email"], "username": login["username"], "first_name": "Mira", "last_name": "C",
            "external_id": login["external_id"],
        });
        match change {
            "unmarked" => changed["external_id"] = "somebody-elses-mark".into(),
            _ => changed["root_admin"] = true.into(),
        }
        world.panel_call("PATCH", &path, &changed).await;
        erasure::request(&world.app, &account, true, "cli").await.unwrap();
        world.until_erased(&account.id).await;
        assert_eq!(world.panel_logins(&mira.customer.email).await, 1, "{change}");
        assert_eq!(world.alerts().await, ["erasure.unfinished"], "{change}");
    }
}

#[rstest]
#[tokio::test]
async fn an_erasure_waits_for_a_server_that_does_not_go_and_says_so(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let mira = world.person("mira").await;
    let account = world.account(&mira.customer.email).await;
    world.panel.add_fault(FaultSpec::lasting(Fault::DaemonDown { node: None }));
    erasure::request(&world.app, &account, true, "cli").await.unwrap();
    world.passes(SignedDuration::from_mins(10), SignedDuration::from_mins(1)).await;
    let waits = erasures::find(&mut world.app.store.read().await.unwrap(), &account.id).await.unwrap().unwrap();
    assert!(waits.done_at.is_none() && waits.waits_for.is_some(), "{waits:?}");
    assert_eq!(world.account(&mira.customer.email).await.id, account.id, "nothing of the data went before the server");
    world.panel.clear_faults();
    // Stripe fails once behind the login's end: the next try finds no login, and that is as it should be.
    world.stripe.faults().add(sandbox::stripe::Fault::once(FaultKind::ErrorBefore).on("DELETE", "/v1/customers/*"));
    world.until_erased(&account.id).await;
    assert_eq!(world.stripe.faults().list().len(), 0, "the fault was met");
    assert_eq!((world.servers(), world.panel_logins(&mira.customer.email).await), (0, 0));
    assert_eq!(world.alerts().await, Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn staff_are_not_erased_as_customers(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    world.database.run("update accounts set role = 'support' where email = 'ada@example.test'").await;
    let account = world.account(&ada.email).await;
    assert_eq!(erasure::request(&world.app, &account, true, "cli").await.unwrap(), Answer::Staff);
}

#[rstest]
#[tokio::test]
async fn what_a_smoke_test_left_behind_goes_after_a_week(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let mira = world.person("mira").await;
    let account = world.account(&mira.customer.email).await.id;
    world.database.run("update accounts set smoke = 1 where email = 'mira.canary@example.test'").await;
    world.pass("retention").await;
    assert_eq!(world.database.contents().await["erasures"], "");
    world.clock.advance(SignedDuration::from_hours(24 * 8));
    world.pass("retention").await;
    world.until_erased(&account).await;
    assert_eq!((world.servers(), world.panel_logins(&mira.customer.email).await), (0, 0));
}

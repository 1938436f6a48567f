//! A copy of one's data, and its erasure.

use crate::world::{Bought, Customer, PLAN, World};
use domain::ids::OrderId;
use http::{Request, StatusCode, header};
use rstest::rstest;
use sandbox::stripe::PayOutcome;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use store::{Engine, accounts};

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
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
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

    /// A form of a page, sent by a browser.
    async fn form(&self, path: &str, cookie: &str, form: &str) -> http::Response<axum::body::Body> {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(form.to_owned().into()).unwrap()).await
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
    let all =
        ["README.txt", "account.json", "audit.json", "mails.json", "orders.json", "payments.json", "refunds.json"];
    assert_eq!(names, [&all[..], &["services.json", "sessions.json"]].concat());
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

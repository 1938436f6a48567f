//! Nothing secret is ever written to the log: a whole life of a customer, with everything that can go wrong in it, heard at the
//! finest level, and searched for every password, code, cookie, token, key and address that was used.

use crate::world::{Bought, PLAN, SECRET, World, cookie_of, listen};
use app::config::{MailConfig, MailTarget};
use app::mail::{Mailer, Message, Sender};
use app::observe;
use app::outbound::Guard;
use app::privacy::erasure;
use domain::ids::OrderId;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec, On};
use sandbox::stripe::{FaultKind, PayOutcome};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};
use store::testing::TestDatabase;
use store::{Access, Engine, Store, accounts};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tracing::dispatcher::DefaultGuard;

/// What was written to the log.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Heard {
    /// Listens to this thread at the finest level that an operator can set. What a story does runs on its one thread.
    fn listen() -> (Self, DefaultGuard) {
        let heard = Self::default();
        let writer = heard.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(observe::filter("trace,sandbox=warn"))
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (heard, listen(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// None of these words was written; a code of six digits counts only where it stands alone.
    fn knows_none_of(&self, canaries: &[String]) {
        let text = self.text();
        for canary in canaries {
            assert!(canary.len() >= 6, "`{canary}` could be found by accident");
            let lines = text.lines().filter(|line| match canary.len() {
                6 => line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == canary),
                _ => line.contains(canary.as_str()),
            });
            assert_eq!(lines.collect::<Vec<_>>(), Vec::<&str>::new(), "{canary}");
        }
    }
}

/// The person, and every secret that was used so far.
struct Life<'w> {
    world: &'w World,
    canaries: Vec<String>,
}

const EMAIL: &str = "quentin.canary@example.test";
const PASSWORD: &str = "quentins first secret";

impl Life<'_> {
    fn notes(&mut self, secret: impl Into<String>) {
        self.canaries.push(secret.into());
    }

    async fn form(&self, path: &str, cookie: &str, form: &str) -> http::Response<axum::body::Body> {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::USER_AGENT, "QuentinBrowser/1.0")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.world.send(request.body(form.to_owned().into()).unwrap()).await
    }

    /// Signs up and proves the address, after a wrong code.
    async fn signs_up(&mut self) -> Value {
        let world = self.world;
        let form = json!({"email": EMAIL, "password": PASSWORD, "name": "Quentin Canary"});
        let (_, ticket) = world.post("/api/v1/auth/sign-up", None, &form).await;
        world.pass("outbox").await;
        let code = world.code_for(EMAIL).await;
        let proof = |code: &str| json!({"email": EMAIL, "ticket": ticket["ticket"], "code": code});
        let (status, _) = world.post("/api/v1/auth/verify", None, &proof("000000")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, tokens) = world.post("/api/v1/auth/verify", None, &proof(&code)).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        // Once more with an address that has an account, and with one that is none.
        world.post("/api/v1/auth/sign-up", None, &form).await;
        world
            .post("/api/v1/auth/sign-up", None, &json!({"email": "q canary", "password": PASSWORD, "name": "Q"}))
            .await;
        self.notes(code);
        self.notes(ticket["ticket"].as_str().unwrap());
        self.notes_tokens(&tokens);
        tokens
    }

    fn notes_tokens(&mut self, tokens: &Value) {
        for name in ["access_token", "refresh_token"] {
            self.notes(tokens[name].as_str().unwrap());
        }
    }

    /// Signs in on the page and through the API, with wrong and right passwords.
    async fn signs_in(&mut self) -> String {
        let address = EMAIL.replace('@', "%40");
        let wrong = self.form("/login", "", &format!("email={address}&password=quentins+wrong+secret")).await;
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
        let wrong = json!({"email": EMAIL, "password": "quentins wrong secret"});
        assert_eq!(self.world.post("/api/v1/auth/token", None, &wrong).await.0, StatusCode::UNAUTHORIZED);
        let right = json!({"email": EMAIL, "password": PASSWORD});
        let (status, tokens) = self.world.post("/api/v1/auth/token", None, &right).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        self.notes_tokens(&tokens);
        let form = format!("email={address}&password={}", PASSWORD.replace(' ', "+"));
        let answer = self.form("/login", "", &form).await;
        let cookie = cookie_of(&answer);
        self.notes(cookie.split('=').nth(1).unwrap());
        // The one that remembers the browser is nobody's business either.
        for set in answer.headers().get_all(header::SET_COOKIE) {
            self.notes(set.to_str().unwrap().split(['=', ';']).nth(1).unwrap());
        }
        // Refreshes, and then uses the same token again as a thief would.
        let refresh = json!({"refresh_token": tokens["refresh_token"]});
        let (_, fresh) = self.world.post("/api/v1/auth/refresh", None, &refresh).await;
        self.notes_tokens(&fresh);
        assert_eq!(self.world.post("/api/v1/auth/refresh", None, &refresh).await.0, StatusCode::UNAUTHORIZED);
        cookie
    }

    /// Buys, on a day on which Stripe and the panel fail in every call once.
    async fn buys(&mut self, token: &str) -> Bought {
        let world = self.world;
        world.stripe.faults().once(FaultKind::ErrorBefore);
        let mut cart = world.cart(PLAN);
        cart["server_name"] = "Keep of Quentin".into();
        world.post("/api/v1/checkout", Some(token), &cart).await;
        let (status, opened) = world.post("/api/v1/checkout", Some(token), &cart).await;
        assert_eq!(status, StatusCode::CREATED, "{opened}");
        let url = opened["payment_url"].as_str().unwrap().to_owned();
        self.notes(url.split('#').next_back().unwrap());
        let session = url.rsplit('/').next().unwrap().split(['#', '?']).next().unwrap().to_owned();
        let bought = Bought { order: OrderId::parse(opened["order_id"].as_str().unwrap()).unwrap(), session };
        let said = "The user quentin.canary@example.test cannot be made";
        let refused = || Fault::Refuse { status: 422, code: Some(said.to_owned()), field: None, rule: None };
        world.panel.add_fault(FaultSpec::once(refused()).on(On::call("POST", "/api/application/users")));
        world.panel.add_fault(FaultSpec::once(Fault::Unauthorized).on(On::create_server()));
        world.panel.add_fault(FaultSpec::once(Fault::ErrorBefore));
        assert!(world.stripe.pay_session(&bought.session, PayOutcome::Decline).is_err());
        world.pays(&bought, PayOutcome::Pay);
        bought
    }

    /// Sets another password by a link.
    async fn resets(&mut self) {
        let world = self.world;
        self.form("/reset", "", &format!("email={}", EMAIL.replace('@', "%40"))).await;
        world.pass("outbox").await;
        let mails = world.app.mailer.kept().await;
        let text = &mails.iter().rfind(|(to, _, text)| to == EMAIL && text.contains("/reset/")).unwrap().2;
        let secret = text.split("/reset/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let path = format!("/reset/{secret}");
        world.page(&path, "").await;
        assert_eq!(self.form(&path, "", "password=short").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(self.form(&path, "", "password=quentins+second+secret").await.status(), StatusCode::OK);
        assert_eq!(
            self.form(&path, "", "password=quentins+third+secret").await.status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
        self.notes(secret);
    }

    /// Webhooks that are not Stripe's.
    async fn forges(&self) {
        for signature in ["t=1,v1=canarysignature", "canarysignature", "t=x,v1="] {
            let body = json!({"id": "evt_canaryevent", "data": {"object": {"email": EMAIL}}}).to_string();
            let request = Request::post("/webhooks/stripe").header("stripe-signature", signature);
            let answer = self.world.send(request.body(body.into()).unwrap()).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        }
    }
}

/// Keys of the shop itself.
fn keys(world: &World) -> Vec<String> {
    let config = &world.app.config;
    let mut keys = vec![
        config.stripe.secret_key.expose_secret().to_owned(),
        config.secret.expose_secret().to_owned(),
        SECRET.to_owned(),
        world.panel.application_key(),
        world.panel.client_key(),
    ];
    keys.extend(config.stripe.webhook_secrets.iter().map(|secret| secret.expose_secret().to_owned()));
    keys
}

#[rstest]
#[tokio::test]
async fn a_whole_life_leaves_no_secret_in_the_log(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (heard, _guard) = Heard::listen();
    let world = World::new(engine).await;
    let mut life = Life { world: &world, canaries: keys(&world) };
    let tokens = life.signs_up().await;
    let cookie = life.signs_in().await;
    let token = tokens["access_token"].as_str().unwrap();
    let bought = life.buys(token).await;
    life.forges().await;
    world.settles(&bought).await;
    for path in ["/api/v1/servers", "/api/v1/server-status", "/api/v1/orders/ord_canaryorder"] {
        world.get(path, Some(token)).await;
        world.get(path, Some("canarytoken.canarytoken.canarytoken")).await;
    }
    world.page("/servers", &cookie).await;
    world.page("/account/data", &cookie).await;
    life.form("/account/export", &cookie, "").await;
    // One that is given up on the way, whose money comes back through a Stripe that fails at first.
    let second = life.buys(token).await;
    world.until(SignedDuration::from_mins(2), async |world: &World| world.servers() == 2).await;
    world.stripe.faults().once(FaultKind::ResetAfter);
    world.post(&format!("/api/v1/orders/{}/cancel", second.order), Some(token), &json!({})).await;
    world.settles(&second).await;
    life.resets().await;
    let account = accounts::find_by_email(&mut world.app.store.read().await.unwrap(), EMAIL).await.unwrap().unwrap();
    life.notes(account.password_hash.clone());
    erasure::request(&world.app, &account, true, "cli").await.unwrap();
    world.passes(SignedDuration::from_mins(10), SignedDuration::from_secs(30)).await;

    for word in [EMAIL, "quentin.canary", "Quentin Canary", "Keep of Quentin", "QuentinBrowser"] {
        life.notes(word);
    }
    for word in ["quentins first secret", "quentins+first", "quentins wrong", "quentins second", "quentins+second"] {
        life.notes(word);
    }
    for word in ["canarysignature", "canarytoken", "canaryorder", "q canary"] {
        life.notes(word);
    }
    let text = heard.text();
    assert!(text.lines().count() > 25, "little was heard: {text}");
    for sure in [bought.order.as_str(), "DEBUG", "WARN", "is erased"] {
        assert!(text.contains(sure), "`{sure}` was not heard, and should have been");
    }
    heard.knows_none_of(&life.canaries);
    tell(&format!("{} lines heard, none with any of {} secrets", text.lines().count(), life.canaries.len()));
}

#[expect(clippy::print_stdout, reason = "the number is this story's figure")]
fn tell(figure: &str) {
    println!("{figure}");
}

/// A mail server that says its lines, whatever it is told.
async fn mail_server(refusal: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = socket.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 mail.example ESMTP\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = match line.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => "250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n",
                "AUTH" if refusal.starts_with("535") => refusal,
                "AUTH" => "235 2.7.0 welcome\r\n",
                "RCPT" => refusal,
                "QUIT" => "221 bye\r\n",
                _ => "250 fine\r\n",
            };
            if writer.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    port
}

#[tokio::test]
async fn what_a_mail_server_says_is_repeated_without_address_and_password() {
    let send = async |target: MailTarget| {
        let mailer =
            Mailer::new(&MailConfig { target, from: "Shop <shop@shop.example>".to_owned() }, Guard::anywhere())?;
        let letter = Message::VerifyEmail { code: "112233".to_owned() };
        let sender = Sender { shop: "Shop", support: "help@shop.example", site: "https://shop.example", brand: "#000" };
        mailer.send("msg_1", EMAIL, &letter.write(sender)?).await
    };
    let refusals = [
        "535 5.7.8 quentin.canary@example.test may not, with canarypassword or without\r\n",
        "550 5.1.1 <quentin.canary@example.test>: Recipient address rejected\r\n",
    ];
    for (refusal, kept) in refusals.into_iter().zip(["535", "Recipient address rejected"]) {
        let port = mail_server(refusal).await;
        let url = format!("smtp://me:canarypassword@127.0.0.1:{port}");
        let error = send(MailTarget::Smtp(SecretString::from(url))).await.unwrap_err();
        for text in [format!("{error:#}"), format!("{error:?}")] {
            assert!(!text.contains("quentin.canary"), "{text}");
            assert!(text.contains(kept) || text.contains("5.7.8"), "the cause is still told: {text}");
        }
    }
    for url in ["smtp://me:canarypassword@", "smtps://me:canarypassword@mail example", "smtp://me:canarypassword@[::1"]
    {
        let error = send(MailTarget::Smtp(SecretString::from(url))).await.unwrap_err();
        assert!(!format!("{error:#} {error:?}").contains("canarypassword"), "{error:?}");
    }
    let (heard, _guard) = Heard::listen();
    send(MailTarget::Log).await.unwrap();
    assert!(heard.text().contains("msg_1"), "{}", heard.text());
    heard.knows_none_of(&[EMAIL.to_owned(), "112233".to_owned()]);
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named_without_its_password() {
    // Something that is no database answers.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let addresses = [
        format!("postgres://givr:canarypassword@127.0.0.1:{port}/givr"),
        "postgres://givr:canarypassword@127.0.0.1:99999/givr".to_owned(),
        "postgres:givr:canarypassword@db.example".to_owned(),
        "mysql://givr:canarypassword@db.example/givr".to_owned(),
        "sqlite:///proc/canary/givr.db".to_owned(),
    ];
    for address in addresses {
        let error = anyhow::Error::from(Store::open(&address, Access::Shared).await.unwrap_err());
        for text in [format!("{error:#}"), format!("{error:?}")] {
            assert!(!text.contains("canarypassword"), "{address}: {text}");
        }
    }
    let database = TestDatabase::new(Engine::Postgres);
    let store =
        Store::open(&database.url.replace("postgres@", "postgres:canarypassword@"), Access::Shared).await.unwrap();
    assert!(!format!("{store:?} {store:#?}").contains("canarypassword"), "{store:?}");
}

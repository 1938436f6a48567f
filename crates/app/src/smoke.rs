//! A purchase as a customer makes it, through the public API of an instance that runs: sign up, check out, pay with a test card, wait for
//! the game, and remove all of it again. For `givr smoke`, and for the instance itself that tries every so often whether it still sells.
//!
//! A hosted payment page cannot be paid by program, so the order's bill is paid through Stripe's API instead; the instance learns of it
//! from the same events.

use crate::clock::{Clock, Random, SystemClock};
use anyhow::Context;
use billing::{NewSubscription, Stripe};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The steps, in their order.
const STEPS: [&str; 9] =
    ["sign-up", "e-mail", "checkout", "payment", "order", "panel account", "server", "playable", CLEAN_UP];
const CLEAN_UP: &str = "clean-up";

/// One step and how it went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
    /// What it came to, or why it failed.
    pub result: Result<String, String>,
}

/// What is needed to buy.
pub struct Shop {
    /// The instance's public address, without a slash at the end.
    pub base: String,
    /// How it is reached.
    pub http: reqwest::Client,
    /// The instance's account at Stripe, in test mode.
    pub stripe: Stripe,
    /// A token that may confirm and terminate smoke customers.
    pub token: String,
    /// Minutes that any one step may take.
    pub minutes: u32,
}

/// A purchase that is under way.
pub struct Purchase {
    shop: Shop,
    random: Random,
    /// Address and password of the customer that was signed up.
    login: (String, String),
    access: String,
    /// The order, once there is one.
    pub order: String,
    /// The service, once there is one.
    pub service: String,
    /// How many looks, half a second apart, a wait may take.
    patience: u32,
}

impl Purchase {
    /// One that has not begun.
    pub fn at(shop: Shop, random: Random) -> Self {
        let patience = shop.minutes.clamp(1, 600) * 120;
        Self {
            shop,
            random,
            login: Default::default(),
            access: String::new(),
            order: String::new(),
            service: String::new(),
            patience,
        }
    }

    /// Makes it, step by step, and says of each how it went. Whatever failed, what was bought is removed again unless it is to be kept.
    pub async fn make(&mut self, plan: Option<&str>, keep: bool, tell: impl Fn(&Step)) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for name in STEPS {
            let failed = steps.iter().any(|step| step.result.is_err());
            let skipped = if name == CLEAN_UP { keep || (failed && self.order.is_empty()) } else { failed };
            if skipped {
                continue;
            }
            let began = SystemClock.now();
            let result = self.step(name, plan).await.map_err(|error| format!("{error:#}"));
            let seconds = SystemClock.now().duration_since(began).as_secs_f64();
            let step = Step { name: name.to_owned(), seconds, result };
            tell(&step);
            steps.push(step);
        }
        steps
    }

    async fn step(&mut self, name: &str, plan: Option<&str>) -> anyhow::Result<String> {
        match name {
            "sign-up" => self.sign_up().await,
            "e-mail" => self.confirm().await,
            "checkout" => self.checkout(plan).await,
            "payment" => self.pay().await,
            "order" => self.wait_for("the order to be paid", state_at_least_paid).await,
            "panel account" => self.wait_for("the panel login", |order| happened(order, "account_ready")).await,
            "server" => {
                self.wait_for("the server", |order| {
                    happened(order, "server_created").or_else(|| happened(order, "server_adopted"))
                })
                .await
            }
            "playable" => self.wait_for("the game to answer", |order| happened(order, "playable")).await,
            _ => self.clean_up().await,
        }
    }

    async fn sign_up(&mut self) -> anyhow::Result<String> {
        let email = format!("smoke-{}@{}", self.random.word(12), crate::web::account::flow::SMOKE_DOMAIN);
        let password = self.random.word(24);
        let form = json!({"email": email, "password": password, "name": "Smoke Test"});
        self.post("/api/v1/auth/sign-up", None, &form).await.context("cannot sign up")?;
        self.login = (email.clone(), password);
        Ok(email)
    }

    async fn confirm(&mut self) -> anyhow::Result<String> {
        let token = self.shop.token.clone();
        self.post("/api/v1/smoke/confirm", Some(&token), &json!({"email": self.login.0}))
            .await
            .context("cannot confirm the address")?;
        self.sign_in().await?;
        Ok("signed in".to_owned())
    }

    async fn sign_in(&mut self) -> anyhow::Result<()> {
        let form = json!({"email": self.login.0, "password": self.login.1});
        let tokens = self.post("/api/v1/auth/token", None, &form).await?;
        self.access = tokens["access_token"].as_str().context("no access token came")?.to_owned();
        Ok(())
    }

    /// The order as the customer sees it. Access tokens live shorter than some installations take.
    async fn read_order(&mut self) -> anyhow::Result<Value> {
        let path = format!("/api/v1/orders/{}", self.order);
        match self.get(&path).await {
            Err(error) if error.to_string().starts_with("401") => {
                self.sign_in().await?;
                self.get(&path).await
            }
            read => read,
        }
    }

    async fn checkout(&mut self, plan: Option<&str>) -> anyhow::Result<String> {
        let plans = self.get("/api/v1/plans").await?;
        let plans = plans["plans"].as_array().context("no list of plans came")?;
        let free = |plan: &&Value| plan["inputs"].as_array().is_none_or(Vec::is_empty);
        let chosen = match plan {
            Some(key) => {
                plans.iter().find(|plan| plan["id"] == key).with_context(|| format!("plan {key} is not for sale"))?
            }
            None => plans.iter().find(free).context("nothing is for sale")?,
        };
        let form = json!({
            "plan_id": chosen["id"], "server_name": "Smoke test", "consents": chosen["consents"], "cart_key": self.random.word(24),
        });
        let access = self.access.clone();
        let opened = self.post("/api/v1/checkout", Some(&access), &form).await.context("cannot open a checkout")?;
        self.order = opened["order_id"].as_str().context("no order came")?.to_owned();
        Ok(format!("{} for {}", self.order, chosen["id"].as_str().unwrap_or_default()))
    }

    async fn pay(&mut self) -> anyhow::Result<String> {
        let token = self.shop.token.clone();
        let bill = self.post("/api/v1/smoke/bill", Some(&token), &json!({"order_id": self.order})).await?;
        let customer = bill["customer"].as_str().context("the bill names no customer")?.to_owned();
        let prices = bill["prices"].as_array().context("the bill names no prices")?;
        let metadata: BTreeMap<String, String> = serde_json::from_value(bill["metadata"].clone())?;
        let key = |what: &str| format!("smoke:{what}:{}", self.order);
        let card = self
            .shop
            .stripe
            .attach_payment_method("pm_card_visa", &customer, &key("card"))
            .await
            .context("cannot use the test card")?;
        let subscription = NewSubscription {
            customer,
            lines: prices.iter().filter_map(Value::as_str).map(|price| (price.to_owned(), 1)).collect(),
            metadata,
            payment_method: card,
        };
        let made = self.shop.stripe.create_subscription(&subscription, &key("pay")).await.context("cannot pay")?;
        Ok(made.id)
    }

    /// Looks at the order until something shows in it, or the money goes back.
    async fn wait_for(&mut self, what: &str, shows: impl Fn(&Value) -> Option<String>) -> anyhow::Result<String> {
        for _ in 0..self.patience {
            let order = self.read_order().await?;
            if let Some(service) = order["service_id"].as_str() {
                self.service = service.to_owned();
            }
            if let Some(detail) = shows(&order) {
                return Ok(detail);
            }
            let refunded = happened(&order, "refunded").is_some();
            anyhow::ensure!(
                !refunded,
                "the money went back: {}",
                happened(&order, "refund_decided").unwrap_or_default()
            );
            anyhow::ensure!(order["state"] != "expired", "the order has expired");
            rest(Duration::from_millis(500)).await;
        }
        anyhow::bail!("waited too long for {what}")
    }

    async fn clean_up(&mut self) -> anyhow::Result<String> {
        if self.service.is_empty() {
            // Paid or not, nothing is to be left behind.
            self.post(&format!("/api/v1/orders/{}/cancel", self.order), Some(&self.access), &json!({})).await?;
            return Ok("the order is cancelled".to_owned());
        }
        let token = self.shop.token.clone();
        self.post("/api/v1/smoke/terminate", Some(&token), &json!({"service_id": self.service})).await?;
        for _ in 0..self.patience {
            let order = self.read_order().await?;
            if happened(&order, "server_removed").is_some() {
                return Ok("subscription ended, server removed".to_owned());
            }
            rest(Duration::from_millis(500)).await;
        }
        anyhow::bail!("the server was not removed in time")
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = self.shop.http.get(format!("{}{path}", self.shop.base)).bearer_auth(&self.access);
        read(request.send().await.with_context(|| format!("cannot reach {}", self.shop.base))?).await
    }

    async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> anyhow::Result<Value> {
        let mut request = self.shop.http.post(format!("{}{path}", self.shop.base)).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        read(request.send().await.with_context(|| format!("cannot reach {}", self.shop.base))?).await
    }
}

async fn read(answer: reqwest::Response) -> anyhow::Result<Value> {
    let status = answer.status();
    let body = answer.bytes().await?;
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    let why = json["detail"].as_str().or(json["title"].as_str()).unwrap_or("no reason given");
    anyhow::ensure!(status.is_success(), "{status}: {why}");
    Ok(json)
}

/// What the timeline says about something that happened, if it did.
fn happened(order: &Value, kind: &str) -> Option<String> {
    let entries = order["timeline"].as_array()?;
    let entry = entries.iter().rfind(|entry| entry["what"]["kind"] == kind)?;
    let detail = &entry["what"]["detail"];
    Some(if detail.is_null() { kind.to_owned() } else { detail.to_string() })
}

fn state_at_least_paid(order: &Value) -> Option<String> {
    matches!(order["state"].as_str()?, "paid" | "fulfilled").then(|| "paid".to_owned())
}

/// Real time passes: another process is watched.
#[expect(clippy::disallowed_methods, reason = "the smoke test watches another process, in real time")]
pub(crate) async fn rest(time: Duration) {
    tokio::time::sleep(time).await;
}

impl Step {
    /// It in a line, for people.
    pub fn line(&self) -> String {
        let (mark, detail) = match &self.result {
            Ok(detail) => ("ok  ", detail),
            Err(problem) => ("FAIL", problem),
        };
        format!("{mark} {:14} {:7.2} s  {detail}", self.name, self.seconds)
    }

    /// It for programs.
    pub fn json(&self) -> Value {
        let seconds = (self.seconds * 1000.0).round() / 1000.0;
        match &self.result {
            Ok(detail) => json!({"name": self.name, "ok": true, "seconds": seconds, "detail": detail}),
            Err(problem) => json!({"name": self.name, "ok": false, "seconds": seconds, "detail": problem}),
        }
    }
}

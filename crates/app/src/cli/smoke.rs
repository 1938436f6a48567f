//! `givr smoke`: buys, provisions and terminates one server on a running instance, as a customer would, through its public API.
//!
//! A hosted payment page cannot be paid by program, so the order's bill is paid through Stripe's API with a test card instead;
//! the instance learns of it from the same events.

use crate::cli::{ExitCode, Failure, Outcome, complain, say};
use crate::clock::{Clock, Random, SystemClock};
use crate::outbound::Guard;
use crate::transport::{self, Outbound};
use anyhow::Context;
use billing::{NewSubscription, Stripe, StripeSettings};
use clap::Args;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

#[derive(Args)]
pub(super) struct Smoke {
    /// Public address of the instance
    #[arg(long, env = "SMOKE_URL")]
    url: Url,
    /// Plan to buy; the first one that needs nothing from the customer if none is named
    #[arg(long)]
    plan: Option<String>,
    /// Stripe test key of the instance's account; a running demo tells its own
    #[arg(long, env = "SMOKE_STRIPE_KEY", hide_env_values = true)]
    stripe_key: Option<String>,
    /// Where Stripe's API is
    #[arg(long, env = "SMOKE_STRIPE_API", default_value = "https://api.stripe.com")]
    stripe_api: String,
    /// Token of `givr admin token --scope smoke`; a running demo tells its own
    #[arg(long, env = "SMOKE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Minutes until it counts as failed
    #[arg(long, default_value_t = 20)]
    minutes: u32,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// Leave the server running
    #[arg(long)]
    keep: bool,
}

/// One step and how it went.
struct Step {
    name: &'static str,
    seconds: f64,
    result: Result<String, String>,
}

/// What is known along the way.
struct Run {
    base: String,
    http: reqwest::Client,
    stripe: Stripe,
    smoke_token: String,
    random: Random,
    /// Address and password of the customer that was signed up.
    login: (String, String),
    access: String,
    order: String,
    service: String,
    /// How many looks, a quarter of a second apart, a wait may take.
    patience: u32,
}

impl Smoke {
    pub(super) async fn run(self) -> Outcome {
        let mut run = self.prepare().await?;
        let mut steps: Vec<Step> = Vec::new();
        let mut ok = true;
        let names: &[&'static str] =
            &["sign-up", "e-mail", "checkout", "payment", "order", "panel account", "server", "playable", "clean-up"];
        for name in names {
            if *name == "clean-up" && self.keep {
                continue;
            }
            // Whatever failed, what was bought is removed again.
            if !ok && (*name != "clean-up" || run.order.is_empty()) {
                continue;
            }
            let began = SystemClock.now();
            let result = run.step(name, self.plan.as_deref()).await.map_err(|error| format!("{error:#}"));
            let seconds = SystemClock.now().duration_since(began).as_secs_f64();
            ok &= result.is_ok();
            let step = Step { name, seconds, result };
            complain(&step.line());
            steps.push(step);
        }
        if self.json {
            let rows: Vec<Value> = steps.iter().map(Step::json).collect();
            say(&json!({"ok": ok, "url": run.base, "order_id": run.order, "service_id": run.service, "steps": rows})
                .to_string());
        } else {
            for step in &steps {
                say(&step.line());
            }
        }
        Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    async fn prepare(&self) -> Result<Run, Failure> {
        let http = transport::http_client().context("cannot build the HTTP client")?;
        let base = self.url.as_str().trim_end_matches('/').to_owned();
        let told = told_by_demo(&http, &base).await;
        let tell = |key: &str| told.as_ref().and_then(|told| told.get(key)).and_then(Value::as_str).map(str::to_owned);
        let missing = |what: &str| Failure::fixable(format!("{what} is missing"), "see `givr smoke --help`");
        let key =
            self.stripe_key.clone().or_else(|| tell("stripe_key")).ok_or_else(|| missing("the Stripe test key"))?;
        let token = self.token.clone().or_else(|| tell("smoke_token")).ok_or_else(|| missing("the smoke token"))?;
        let api = tell("stripe_api").unwrap_or_else(|| self.stripe_api.trim_end_matches('/').to_owned());
        let rate = NonZeroU32::new(600).unwrap_or(NonZeroU32::MIN);
        let limits =
            transport::Limits { per_minute: rate, burst: rate, concurrent: 4, locked_out: transport::key_refused };
        let settings = StripeSettings {
            api_base: api,
            secret_key: SecretString::from(key),
            retries: 2,
            sleep: Arc::new(|time| Box::pin(rest(time))),
        };
        let anywhere = Outbound::new(Guard::anywhere()).context("cannot build the HTTP client")?;
        let stripe = Stripe::new(transport::network(anywhere, limits, Arc::new(SystemClock)), settings)
            .map_err(|error| Failure::fixable(error, "give a Stripe test key"))?;
        if stripe.mode() == billing::Mode::Live {
            return Err(Failure::fixable("this is a live key", "smoke tests run in Stripe's test mode only"));
        }
        Ok(Run {
            base,
            http,
            stripe,
            smoke_token: token,
            random: Random::system(),
            login: Default::default(),
            access: String::new(),
            order: String::new(),
            service: String::new(),
            patience: self.minutes.clamp(1, 600) * 240,
        })
    }
}

/// A running demo tells its keys on its own address; nothing else does.
async fn told_by_demo(http: &reqwest::Client, base: &str) -> Option<Value> {
    let answer = http.get(format!("{base}/__sandbox/demo")).send().await.ok()?;
    if answer.status().is_success() { answer.json().await.ok() } else { None }
}

#[expect(clippy::disallowed_methods, reason = "the smoke test watches another process, in real time")]
async fn rest(time: Duration) {
    tokio::time::sleep(time).await;
}

impl Run {
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
        let token = self.smoke_token.clone();
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
        let token = self.smoke_token.clone();
        let bill = self.post("/api/v1/smoke/bill", Some(&token), &json!({"order_id": self.order})).await?;
        let customer = bill["customer"].as_str().context("the bill names no customer")?.to_owned();
        let prices = bill["prices"].as_array().context("the bill names no prices")?;
        let metadata: BTreeMap<String, String> = serde_json::from_value(bill["metadata"].clone())?;
        let key = |what: &str| format!("smoke:{what}:{}", self.order);
        let card = self
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
        let made = self.stripe.create_subscription(&subscription, &key("pay")).await.context("cannot pay")?;
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
        let token = self.smoke_token.clone();
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
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.access);
        read(request.send().await.with_context(|| format!("cannot reach {}", self.base))?).await
    }

    async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> anyhow::Result<Value> {
        let mut request = self.http.post(format!("{}{path}", self.base)).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        read(request.send().await.with_context(|| format!("cannot reach {}", self.base))?).await
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

impl Step {
    fn line(&self) -> String {
        let (mark, detail) = match &self.result {
            Ok(detail) => ("ok  ", detail),
            Err(problem) => ("FAIL", problem),
        };
        format!("{mark} {:14} {:7.2} s  {detail}", self.name, self.seconds)
    }

    fn json(&self) -> Value {
        let seconds = (self.seconds * 1000.0).round() / 1000.0;
        match &self.result {
            Ok(detail) => json!({"name": self.name, "ok": true, "seconds": seconds, "detail": detail}),
            Err(problem) => json!({"name": self.name, "ok": false, "seconds": seconds, "detail": problem}),
        }
    }
}

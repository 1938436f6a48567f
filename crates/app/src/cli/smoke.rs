//! `givr smoke`: buys, provisions and terminates one server on a running instance, as a customer would, through its public API.

use crate::cli::{ExitCode, Failure, Outcome, complain, say};
use crate::clock::{Random, SystemClock};
use crate::outbound::Guard;
use crate::smoke::{self, Purchase, Shop, Step};
use crate::transport::{self, Outbound};
use anyhow::Context;
use billing::{Stripe, StripeSettings};
use clap::Args;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::Arc;
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

impl Smoke {
    pub(super) async fn run(self) -> Outcome {
        let mut purchase = self.prepare().await?;
        let steps = purchase.make(self.plan.as_deref(), self.keep, |step| complain(&step.line())).await;
        let ok = steps.iter().all(|step| step.result.is_ok());
        if self.json {
            let rows: Vec<Value> = steps.iter().map(Step::json).collect();
            say(&json!({"ok": ok, "url": self.base(), "order_id": purchase.order, "service_id": purchase.service, "steps": rows})
                .to_string());
        } else {
            for step in &steps {
                say(&step.line());
            }
        }
        Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    fn base(&self) -> String {
        self.url.as_str().trim_end_matches('/').to_owned()
    }

    async fn prepare(&self) -> Result<Purchase, Failure> {
        let http = transport::http_client().context("cannot build the HTTP client")?;
        let base = self.base();
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
            sleep: Arc::new(|time| Box::pin(smoke::rest(time))),
        };
        let anywhere = Outbound::new(Guard::anywhere()).context("cannot build the HTTP client")?;
        let stripe = Stripe::new(transport::network(anywhere, limits, Arc::new(SystemClock)), settings)
            .map_err(|error| Failure::fixable(error, "give a Stripe test key"))?;
        if stripe.mode() == billing::Mode::Live {
            return Err(Failure::fixable("this is a live key", "smoke tests run in Stripe's test mode only"));
        }
        Ok(Purchase::at(Shop { base, http, stripe, token, minutes: self.minutes }, Random::system()))
    }
}

/// A running demo tells its keys on its own address; nothing else does.
async fn told_by_demo(http: &reqwest::Client, base: &str) -> Option<Value> {
    let answer = http.get(format!("{base}/__sandbox/demo")).send().await.ok()?;
    if answer.status().is_success() { answer.json().await.ok() } else { None }
}

//! The shop buys from itself every so often, in Stripe's test mode, and tells a person when that does not end with a game that answers.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::smoke::{Purchase, Shop, Step};
use crate::transport;
use crate::web::secrets;
use crate::work::Report;
use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Db, StoreError, accounts, marks};

/// How long a step may take before it counts as failed.
const MINUTES: u32 = 75;

/// How the last purchase of a plan went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Light {
    /// Which plan.
    pub plan: String,
    /// When it ended.
    pub at: Timestamp,
    /// Its order, if it came that far.
    pub order: String,
    /// How each step went.
    pub steps: Vec<Step>,
}

impl Light {
    /// The step that failed, with why.
    pub fn failure(&self) -> Option<(&str, &str)> {
        self.steps.iter().find_map(|step| Some((step.name.as_str(), step.result.as_ref().err()?.as_str())))
    }
}

fn turn(plan: &str) -> String {
    format!("smoke.turn:{plan}")
}

fn result(plan: &str) -> String {
    format!("smoke:{plan}")
}

/// Buys the first plan whose time has come.
///
/// # Errors
/// The database did not answer. A purchase that failed is no error of the pass: it is told.
pub(super) async fn pass(app: &App) -> anyhow::Result<Report> {
    let settings = &app.config.smoke;
    let mut next = None::<Timestamp>;
    for plan in &settings.plans {
        let now = app.now();
        let mark = marks::find(&mut *app.store.read().await?, &turn(plan)).await?;
        let due = mark.map_or(now, |mark| mark.at + settings.every);
        if due > now {
            next = Some(next.map_or(due, |next| next.min(due)));
            continue;
        }
        let mut tx = app.store.begin().await?;
        let ours = marks::take_turn(&mut tx, &turn(plan), now - settings.every, now).await?;
        tx.commit().await?;
        if ours {
            let light = buy(app, plan).await?;
            keep(app, &light).await?;
            let failed = usize::from(light.failure().is_some());
            return Ok(Report { taken: 1, failed, next: Some(app.now() + SignedDuration::from_secs(1)) });
        }
    }
    Ok(Report { next, ..Report::default() })
}

async fn buy(app: &App, plan: &str) -> anyhow::Result<Light> {
    let now = app.now();
    let token = format!("givr_smoke_{}", secrets::fresh(app));
    let mut tx = app.store.begin().await?;
    let hash = secrets::sha256_hex(token.as_bytes());
    let until = now + SignedDuration::from_mins(i64::from(MINUTES) * 2);
    accounts::save_operator_token(&mut tx, &hash, "smoke", now, until).await?;
    tx.commit().await?;
    let shop = Shop {
        base: app.site_url(""),
        http: transport::http_client().context("cannot build the HTTP client")?,
        stripe: app.stripe.clone(),
        token,
        minutes: MINUTES,
    };
    let mut purchase = Purchase::at(shop, app.random.clone());
    let steps = purchase.make(Some(plan), false, |_| {}).await;
    Ok(Light { plan: plan.to_owned(), at: app.now(), order: purchase.order, steps })
}

async fn keep(app: &App, light: &Light) -> anyhow::Result<()> {
    let text = serde_json::to_string(light)?;
    let mut tx = app.store.begin().await?;
    marks::set(&mut tx, &result(&light.plan), &text, app.now()).await?;
    match light.failure() {
        Some((step, why)) => {
            let text = format!(
                "The shop's own purchase of {} failed at {step}: {why}. A customer's would, too, most likely.",
                light.plan
            );
            alerts::raise(app, &mut tx, Rule::SmokeFailing, &light.plan, &text).await?;
        }
        None => alerts::clear(app, &mut tx, Rule::SmokeFailing, &light.plan).await?,
    }
    tx.commit().await?;
    Ok(())
}

/// How the last purchases went of the plans that are tried.
///
/// # Errors
/// The database did not answer.
pub async fn lights(app: &App, db: &mut Db) -> Result<Vec<(String, Option<Light>)>, StoreError> {
    let mut lights = Vec::new();
    for plan in &app.config.smoke.plans {
        let mark = marks::find(db, &result(plan)).await?;
        lights.push((plan.clone(), mark.and_then(|mark| serde_json::from_str(&mark.value).ok())));
    }
    Ok(lights)
}

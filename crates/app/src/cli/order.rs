//! `givr order …`: looking at orders, and setting stuck ones going again.

use crate::app::App;
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use clap::Subcommand;
use domain::ids::OrderId;
use serde_json::{Value, json};
use std::path::Path;
use store::checkout as attempts;
use store::operations;
use store::orders::{self, Purchase};
use store::{accounts, ledger, refunds, services, timeline};

#[derive(Subcommand)]
pub(super) enum OrderCommand {
    /// List the latest orders
    List {
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: i64,
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Show an order: its whole timeline, every attempt and its cause
    Show {
        /// The order's id
        order: String,
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a stuck or parked delivery go on now
    Retry {
        /// The order's id
        order: String,
    },
}

impl OrderCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let app = assemble::app(assemble::config(config)?, false).await?;
        match self {
            Self::List { limit, json } => list(&app, limit.clamp(1, 10_000), json).await,
            Self::Show { order, json } => show(&app, &order, json).await,
            Self::Retry { order } => retry(&app, &order).await,
        }
    }
}

async fn find(app: &App, text: &str) -> Result<Purchase, Failure> {
    let hint = "`givr order list` shows the orders";
    let id = OrderId::parse(text).map_err(|error| Failure::fixable(error, hint))?;
    let found = orders::find(&mut *app.store.read().await?, &id).await?;
    found.ok_or_else(|| Failure::fixable(format!("there is no order {id}"), hint))
}

async fn list(app: &App, limit: i64, as_json: bool) -> Outcome {
    let all = orders::list_latest(&mut *app.store.read().await?, limit).await?;
    if as_json {
        let rows: Vec<Value> = all.iter().map(summary).collect();
        say(&Value::from(rows).to_string());
    } else {
        for purchase in &all {
            let (order, when) = (&purchase.order, purchase.created_at.strftime("%Y-%m-%d %H:%M"));
            say(&format!(
                "{}  {when}  {:13}  {:>12}  {}",
                order.id,
                order.state.key(),
                order.price.to_string(),
                purchase.plan
            ));
        }
        complain(&format!("{} orders", all.len()));
    }
    Ok(ExitCode::SUCCESS)
}

fn summary(purchase: &Purchase) -> Value {
    json!({
        "id": purchase.order.id, "state": purchase.order.state.key(), "plan": purchase.plan, "term": purchase.term.key(),
        "region": purchase.region, "amount_minor": purchase.order.price.minor, "currency": purchase.order.price.currency,
        "customer": purchase.order.customer, "created_at": purchase.created_at.to_string(),
    })
}

async fn show(app: &App, text: &str, as_json: bool) -> Outcome {
    let purchase = find(app, text).await?;
    let story = story(app, &purchase).await?;
    if as_json {
        say(&story.to_string());
    } else {
        for line in lines(&story) {
            say(&line);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything that is known about an order, as one document.
async fn story(app: &App, purchase: &Purchase) -> anyhow::Result<Value> {
    let mut db = app.store.read().await?;
    let id = &purchase.order.id;
    let mut story = summary(purchase);
    let account = accounts::find(&mut db, &purchase.order.customer).await?;
    story["email"] = json!(account.map(|account| account.email));
    story["stripe"] = json!(purchase.order.state.payment());
    let pages = attempts::list_of_order(&mut db, id).await?;
    story["payment_pages"] = pages
        .iter()
        .map(|page| json!({"number": page.number, "session": page.session, "closed_at": page.closed_at.map(|at| at.to_string())}))
        .collect();
    let entries = timeline::list(&mut db, id).await?;
    story["timeline"] = entries.iter().map(|entry| json!({"at": entry.at.to_string(), "what": entry.what})).collect();
    let ledger = ledger::list_of_order(&mut db, id).await?;
    story["ledger"] = ledger
        .iter()
        .map(|entry| json!({"at": entry.at.to_string(), "kind": entry.kind.key(), "object": entry.object, "amount": entry.amount.to_string()}))
        .collect();
    let refunds = refunds::list_of_order(&mut db, id).await?;
    story["refunds"] = refunds
        .iter()
        .map(|refund| {
            json!({"id": refund.id, "reason": refund.reason.key(), "amount": refund.amount.to_string(), "tries": refund.tries,
                   "stripe": refund.stripe_refund, "done_at": refund.done_at.map(|at| at.to_string()), "problem": refund.last_error})
        })
        .collect();
    if let Some(service) = services::find_by_order(&mut db, id).await? {
        let (standing, suspension) = (&service.standing, service.standing.suspension);
        story["service"] = json!({
            "id": service.id, "external_id": service.external_id, "address": service.address,
            "panel_id": service.server.as_ref().map(|server| server.id), "subscription": service.subscription_state,
            "fulfilled_at": service.fulfilled_at.map(|at| at.to_string()),
            "terminated_at": service.terminated_at.map(|at| at.to_string()),
            "read_at": standing.read_at.map(|at| at.to_string()), "paid_until": standing.paid_until.map(|at| at.to_string()),
            "ends_at": service.ends_at.map(|at| at.to_string()),
            "overdue_since": standing.overdue_since.map(|at| at.to_string()),
            "suspended_at": suspension.map(|one| one.at.to_string()), "suspended_why": suspension.map(|one| one.why.key()),
            "delete_on": suspension.and_then(|one| one.delete_on).map(|on| on.to_string()),
            "deletion_announced_at": suspension.and_then(|one| one.noticed_at).map(|at| at.to_string()),
            "stop_reason": standing.stop_reason,
        });
        let mut jobs = Vec::new();
        for job in operations::list_of_service(&mut db, &service.id).await? {
            let attempts = operations::list_attempts(&mut db, &job.id).await?;
            let attempts: Vec<Value> = attempts
                .iter()
                .map(|record| {
                    json!({"at": record.attempt.started_at.to_string(), "node": record.attempt.node,
                           "outcome": record.attempt.outcome.map(domain::provision::AttemptOutcome::key), "cause": record.detail})
                })
                .collect();
            jobs.push(json!({
                "id": job.id, "kind": job.kind.key(), "passes": job.passes, "next_at": job.wake_at.to_string(),
                "problem": job.last_error, "parked": job.parked_why, "attempts": attempts,
                "finished_at": job.finished_at.map(|at| at.to_string()),
            }));
        }
        story["jobs"] = Value::from(jobs);
    }
    Ok(story)
}

/// The document as lines for people.
fn lines(story: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut lines = Vec::new();
    for (key, value) in story.as_object().into_iter().flatten() {
        match value {
            Value::Array(rows) => {
                lines.push(format!("{key}:{}", if rows.is_empty() { " none" } else { "" }));
                for row in rows {
                    let cells = row.as_object().into_iter().flatten().filter(|(_, cell)| !cell.is_null());
                    let cells: Vec<String> = cells.map(|(name, cell)| format!("{name}={}", text(cell))).collect();
                    lines.push(format!("  {}", cells.join("  ")));
                }
            }
            Value::Object(fields) => {
                lines.push(format!("{key}:"));
                lines.extend(
                    fields
                        .iter()
                        .filter(|(_, cell)| !cell.is_null())
                        .map(|(name, cell)| format!("  {name:20} {}", text(cell))),
                );
            }
            Value::Null => {}
            other => lines.push(format!("{key:22} {}", text(other))),
        }
    }
    lines
}

async fn retry(app: &App, text: &str) -> Outcome {
    let purchase = find(app, text).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let service = services::find_by_order(&mut tx, &purchase.order.id).await?;
    let woken = match &service {
        Some(service) => operations::wake(&mut tx, &service.id, true, now).await?,
        None => false,
    };
    orders::wake(&mut tx, &purchase.order.id, now).await?;
    store::audit::record(&mut tx, &app.id(), "cli", "order.retry", purchase.order.id.as_str(), &json!({}), now).await?;
    tx.commit().await?;
    say(if woken {
        "the delivery goes on now"
    } else {
        "nothing waits for this order; its payment page is looked at again"
    });
    Ok(ExitCode::SUCCESS)
}

//! `givr order …`: looking at orders, and setting stuck ones going again.

use crate::app::App;
use crate::cli::acts::{self, How};
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::desk;
use crate::desk::acts::Act;
use clap::Subcommand;
use domain::ids::OrderId;
use serde_json::Value;
use std::path::Path;
use store::orders::{self, Purchase};

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
    /// Give back what was paid, and end what was bought
    Refund {
        /// The order's id
        order: String,
        #[command(flatten)]
        how: How,
    },
}

impl OrderCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let settings = assemble::config(config)?;
        let app = match &self {
            Self::List { .. } | Self::Show { .. } => assemble::app_to_look(settings).await?,
            Self::Retry { .. } | Self::Refund { .. } => assemble::app(settings, false).await?,
        };
        match self {
            Self::List { limit, json } => list(&app, limit.clamp(1, 10_000), json).await,
            Self::Show { order, json } => show(&app, &order, json).await,
            Self::Retry { order } => retry(&app, &order).await,
            Self::Refund { order, how } => {
                let order = find(&app, &order).await?.order.id;
                acts::run(&app, &Act::Refund(order), &how).await
            }
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
        let rows: Vec<Value> = all.iter().map(desk::story::summary).collect();
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

async fn show(app: &App, text: &str, as_json: bool) -> Outcome {
    let purchase = find(app, text).await?;
    let story = desk::story::of_order(app, &purchase).await?;
    if as_json {
        say(&story.to_string());
    } else {
        for line in lines(&story) {
            say(&line);
        }
    }
    Ok(ExitCode::SUCCESS)
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
    let woken = desk::orders::retry(app, "cli", &purchase.order.id).await?;
    say(if woken {
        "the delivery goes on now"
    } else {
        "nothing waits for this order; its payment page is looked at again"
    });
    Ok(ExitCode::SUCCESS)
}

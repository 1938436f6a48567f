//! `givr order …`: looking at orders, and setting stuck ones going again.

use crate::app::App;
use crate::cli::acts::{self, How};
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::desk;
use crate::desk::acts::Act;
use clap::Subcommand;
use domain::ids::{OrderId, ServiceId};
use serde_json::Value;
use std::path::Path;
use store::orders::{self, Purchase};
use store::{Access, operations, services};

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
        /// The order's id, or its service's
        order: String,
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Let stuck or parked deliveries go on now
    #[command(group(clap::ArgGroup::new("which").required(true).args(["orders", "parked"])))]
    Retry {
        /// The orders' ids
        #[arg(value_name = "ORDER")]
        orders: Vec<String>,
        /// All that wait for a person
        #[arg(long)]
        parked: bool,
        /// Say which they are, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Say that a refund which Stripe does not make was paid in another way
    PaidOtherwise {
        /// The order's id
        order: String,
        #[command(flatten)]
        how: How,
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
            Self::List { .. } | Self::Show { .. } | Self::Retry { dry_run: true, .. } => {
                assemble::app_to_look(settings).await?
            }
            Self::Retry { dry_run: false, .. } => assemble::app(settings, Access::Shared).await?,
            Self::PaidOtherwise { how, .. } | Self::Refund { how, .. } => how.open(settings).await?,
        };
        match self {
            Self::List { limit, json } => list(&app, limit.clamp(1, 10_000), json).await,
            Self::Show { order, json } => show(&app, &order, json).await,
            Self::Retry { orders, parked, dry_run } => retry(&app, &orders, parked, dry_run).await,
            Self::PaidOtherwise { order, how } => {
                let order = find(&app, &order).await?.order.id;
                acts::run(&app, &Act::PaidOtherwise(order), &how).await
            }
            Self::Refund { order, how } => {
                let order = find(&app, &order).await?.order.id;
                acts::run(&app, &Act::Refund(order), &how).await
            }
        }
    }
}

async fn find(app: &App, text: &str) -> Result<Purchase, Failure> {
    let hint = "`givr order list` shows the orders";
    let mut db = app.store.read().await?;
    // Alerts about a delivery name the service.
    let id = match ServiceId::parse(text) {
        Ok(service) => services::find(&mut db, &service).await?.map(|service| service.order),
        Err(_) => Some(OrderId::parse(text).map_err(|error| Failure::fixable(error, hint))?),
    };
    let found = match id {
        Some(id) => orders::find(&mut db, &id).await?,
        None => None,
    };
    found.ok_or_else(|| Failure::fixable(format!("there is no order {text}"), hint))
}

async fn list(app: &App, limit: i64, as_json: bool) -> Outcome {
    let all = orders::list_page(&mut *app.store.read().await?, None, None, limit).await?;
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

async fn retry(app: &App, named: &[String], parked: bool, dry_run: bool) -> Outcome {
    let orders = match parked {
        true => operations::list_parked(&mut *app.store.read().await?).await?,
        false => {
            let mut found = Vec::new();
            for text in named {
                found.push((find(app, text).await?.order.id, None));
            }
            found
        }
    };
    for (order, why) in &orders {
        let name = if orders.len() == 1 && !parked { String::new() } else { format!("{order}: ") };
        if dry_run {
            say(&format!("{name}{}", why.as_deref().unwrap_or("would go on now, if it waits")));
            continue;
        }
        let woken = desk::orders::retry(app, "cli", order).await?;
        say(&match woken {
            true => format!("{name}the delivery goes on now"),
            false => format!("{name}nothing waits for this order; its payment page is looked at again"),
        });
    }
    match (orders.is_empty(), dry_run) {
        (true, _) => complain("no delivery waits for a person"),
        (false, true) => complain("nothing was changed: --dry-run"),
        (false, false) => {}
    }
    Ok(ExitCode::SUCCESS)
}

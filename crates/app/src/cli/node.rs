//! `givr node …`: how full the nodes are, and draining one.

use crate::app::App;
use crate::cli::acts::{self, How};
use crate::cli::{ExitCode, Failure, Outcome, assemble, say};
use crate::desk::acts::Act;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::Path;
use store::figures::{self, NodeFill};

#[derive(Subcommand)]
pub(super) enum NodeCommand {
    /// List the nodes with what is sold of each
    List {
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Place nothing new on a node; what stands there stays
    Drain {
        /// Its name, or its number at the panel
        node: String,
        #[command(flatten)]
        how: How,
    },
    /// Place servers on it again
    Undrain {
        /// Its name, or its number at the panel
        node: String,
        #[command(flatten)]
        how: How,
    },
}

impl NodeCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let settings = assemble::config(config)?;
        let app = match &self {
            Self::List { .. } => assemble::app_to_look(settings).await?,
            Self::Drain { how, .. } | Self::Undrain { how, .. } => how.open(settings).await?,
        };
        match self {
            Self::List { json } => list(&app, json).await,
            Self::Drain { node, how } => acts::run(&app, &Act::Drain(find(&app, &node).await?), &how).await,
            Self::Undrain { node, how } => acts::run(&app, &Act::Undrain(find(&app, &node).await?), &how).await,
        }
    }
}

/// The number of a node that somebody named.
pub(super) async fn find(app: &App, text: &str) -> Result<i64, Failure> {
    let nodes = figures::list_node_fill(&mut *app.store.read().await?).await?;
    let number = text.parse::<i64>().ok();
    let mut found = nodes.iter().filter(|node| node.name == text || Some(node.id) == number);
    match (found.next(), found.next()) {
        (Some(node), None) => Ok(node.id),
        (Some(_), Some(_)) => {
            Err(Failure::fixable(format!("several nodes are called {text}"), "name it by its number at the panel"))
        }
        (None, _) => Err(Failure::fixable(format!("there is no node {text}"), "`givr node list` shows them")),
    }
}

async fn list(app: &App, as_json: bool) -> Outcome {
    let nodes = figures::list_node_fill(&mut *app.store.read().await?).await?;
    if as_json {
        say(&Value::from(nodes.iter().map(row).collect::<Vec<_>>()).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    for node in &nodes {
        let state = match (&node.drained, node.takes_servers) {
            (Some((since, why)), _) => format!("drained since {since}: {why}"),
            (None, true) => "takes servers".to_owned(),
            (None, false) => "takes no servers".to_owned(),
        };
        let (sold, all) = (node.memory_sold_mib / 1024, node.memory_mib / 1024);
        say(&format!("{:>4}  {:20}  {:12}  {sold}/{all} GiB  {state}", node.id, node.name, node.location));
    }
    Ok(ExitCode::SUCCESS)
}

fn row(node: &NodeFill) -> Value {
    json!({
        "id": node.id, "name": node.name, "location": node.location, "takes_servers": node.takes_servers,
        "drained_since": node.drained.as_ref().map(|(since, _)| since.to_string()),
        "drained_why": node.drained.as_ref().map(|(_, why)| why),
        "memory_mib": node.memory_mib, "memory_sold_mib": node.memory_sold_mib, "disk_mib": node.disk_mib,
        "disk_sold_mib": node.disk_sold_mib, "ports": node.ports, "ports_free": node.ports_free,
    })
}

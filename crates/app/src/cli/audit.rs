//! `givr audit …`: reading the audit log, and checking that nobody changed it.

use crate::app::App;
use crate::audit::{self, Anchor, Key};
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::Path;
use store::audit::Line;

#[derive(Subcommand)]
pub(super) enum AuditCommand {
    /// Walk the chain of seals; exit code 1 when something was changed, removed or slipped in
    Verify {
        /// A head that you kept, POSITION:HASH: it must still be on the chain
        #[arg(long)]
        anchor: Option<Anchor>,
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// List the latest lines
    List {
        /// Only what was done to this: an account's, order's or service's id
        #[arg(long)]
        subject: Option<String>,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: i64,
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
}

impl AuditCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let app = assemble::app_to_look(assemble::config(config)?).await?;
        match self {
            Self::Verify { anchor, json } => verify(&app, anchor.as_ref(), json).await,
            Self::List { subject, limit, json } => list(&app, subject.as_deref(), limit.clamp(1, 10_000), json).await,
        }
    }
}

async fn verify(app: &App, anchor: Option<&Anchor>, as_json: bool) -> Outcome {
    let key = Key::of(&app.vault);
    let verdict = audit::verify(&app.store, &app.installation.id, &key, anchor).await?;
    let head = verdict.head.as_ref().map(Anchor::to_string);
    let broken = verdict.broken.as_ref().map(ToString::to_string);
    if as_json {
        say(&json!({"head": head, "broken": broken}).to_string());
    } else {
        say(&head.map_or_else(|| "no line is sealed yet".to_owned(), |head| format!("in order up to {head}")));
    }
    match verdict.broken {
        None => {
            complain(
                "keep the head where nobody who can write the database can write; --anchor compares with it later",
            );
            Ok(ExitCode::SUCCESS)
        }
        Some(broken) => Err(Failure::fixable(broken, "docs/runbooks/README.md, audit.broken, says what to do")),
    }
}

async fn list(app: &App, subject: Option<&str>, limit: i64, as_json: bool) -> Outcome {
    let lines = store::audit::list_page(&mut *app.store.read().await?, subject, None, limit).await?;
    if as_json {
        say(&lines.iter().map(as_value).collect::<Value>().to_string());
    } else {
        for line in &lines {
            say(&format!("{}  {:20}  {:24}  {}  {}", when(line), line.actor, line.act, line.subject, line.detail));
        }
        complain(&format!("{} lines", lines.len()));
    }
    Ok(ExitCode::SUCCESS)
}

fn when(line: &Line) -> String {
    // A line that somebody changed need not have a time that makes sense.
    line.written_at().map_or_else(|_| line.at.to_string(), |at| format!("{at:.0}"))
}

fn as_value(line: &Line) -> Value {
    let detail: Value = serde_json::from_str(&line.detail).unwrap_or_else(|_| json!(line.detail));
    json!({"id": line.id, "at": when(line), "actor": line.actor, "act": line.act, "subject": line.subject, "detail": detail})
}

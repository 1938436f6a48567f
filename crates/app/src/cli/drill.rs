//! `givr drill`: whether a backup is worth anything, found out before it is needed.

use crate::backup::{self, Drill, Since, Source};
use crate::cli::restore::Files;
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::clock::{Clock, Random, SystemClock};
use crate::config::Config;
use anyhow::Context;
use clap::Args;
use std::path::Path;
use std::sync::Arc;

/// Restore a backup into a scratch place, and check it against Stripe and the panel
#[derive(Args)]
pub(super) struct DrillCommand {
    #[command(flatten)]
    files: Files,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl DrillCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let config = assemble::config(config)?;
        // For this user alone, and gone afterwards: what stands there is the customers' in clear.
        let scratch =
            tempfile::Builder::new().prefix("givr-drill-").tempdir().context("cannot make a scratch folder")?;
        let drill = self.try_out(config, &scratch.path().join("scratch.db")).await?;
        if self.json {
            say(&serde_json::to_string(&drill).context("the answer cannot be written")?);
        } else {
            tell(&drill);
        }
        Ok(if drill.passed() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    async fn try_out(&self, config: Config, scratch: &Path) -> Result<Drill, Failure> {
        let url = format!("sqlite://{}", scratch.display());
        let secrets: Vec<_> = std::iter::once(&config.secret).chain(&config.old_secrets).collect();
        let source = Source { from: &self.files.from, identity: &self.files.identity, secrets: &secrets };
        complain("restoring into a scratch place …");
        let restored = backup::restore(&source, &url, &Random::system(), SystemClock.now()).await;
        let (store, manifest) = restored.map_err(Failure::of_backup)?;
        // Frozen by the restore: this program reads, and its gate lets nothing else out.
        let app = assemble::with_store(config.over(url), store, Arc::new(SystemClock), Random::system()).await?;
        complain("reading Stripe and the panel …");
        let drill = backup::drill(&app, manifest).await;
        app.store.close().await;
        Ok(drill?)
    }
}

fn tell(drill: &Drill) {
    let manifest = &drill.manifest;
    say(&format!(
        "backup of {} (release {}, {} rows)",
        manifest.at,
        manifest.release,
        manifest.rows.values().sum::<u64>()
    ));
    say("what came after it, outside:");
    for Since { kind, subject, text } in &drill.since {
        say(&format!("  {kind:13} {subject}  {text}"));
    }
    for (heading, findings) in [
        ("differences that are newer than the backup", &drill.newer),
        ("differences that the backup does not explain", &drill.unexplained),
    ] {
        say(&format!("{heading}: {}", if findings.is_empty() { "none" } else { "" }));
        for finding in findings {
            say(&format!("  {} {}  {} (runbook {})", finding.law.id(), finding.subject, finding.text, finding.runbook));
        }
    }
    say(if drill.passed() {
        "this backup is good"
    } else {
        "this backup does not fit the world as it was: look at what stands above"
    });
}

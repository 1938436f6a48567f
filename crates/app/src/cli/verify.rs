//! `givr verify`: whether Stripe, the database and the panel agree. It only reads, also beside a shop that runs.

use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::clock::{Clock, SystemClock};
use crate::verify::{self, Deadlines, Evidence, Finding, Moment, Sources};
use serde_json::json;
use std::path::Path;

/// Compare Stripe, the database and the panel; exit code 0 when they agree, 1 when they differ, 2 when that cannot be said
#[derive(clap::Args)]
pub(super) struct Verify {
    /// Let nothing be under way any more: for tests, when faults are over and everything had its time
    #[arg(long)]
    at_rest: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let (evidence, deadlines) = match look(config).await {
            Ok(seen) => seen,
            // Everywhere else 1 means that the reader can mend it; here it means that the ledgers differ.
            Err(Failure::Fixable { problem, hint }) => {
                complain(&format!("error: nothing can be said: {problem}\nhint: {hint}"));
                return Ok(ExitCode::from(2));
            }
            Err(failure) => return Err(failure),
        };
        let moment = if self.at_rest { Moment::Decided } else { Moment::Running(deadlines) };
        let found = verify::check(&evidence, &moment);
        if self.json {
            say(&json!({"at": evidence.at.to_string(), "read": counts(&evidence), "findings": found}).to_string());
        } else {
            tell(&found);
        }
        let read: Vec<String> = counts(&evidence).iter().map(|(what, count)| format!("{count} {what}")).collect();
        complain(&format!("read {}", read.join(", ")));
        Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

async fn look(config: &Path) -> Result<(Evidence, Deadlines), Failure> {
    let config = assemble::config(config)?;
    assemble::check_outbound(&config).await?;
    let parts = assemble::to_look(&config).await?;
    let from = Sources { store: &parts.store, stripe: &parts.stripe, panel: parts.panel.as_ref() };
    let evidence = verify::read(&from, SystemClock.now()).await?;
    let evidence = Evidence { waits: config.waits.delivery, ..evidence };
    parts.store.close().await;
    Ok((evidence, Deadlines::of(&parts.catalogue)))
}

/// How much was compared.
fn counts(evidence: &Evidence) -> [(&'static str, usize); 6] {
    let (ours, stripe) = (&evidence.ours, &evidence.stripe);
    [
        ("orders", ours.orders.len()),
        ("services", ours.services.len()),
        ("ledger entries", ours.ledger.len()),
        ("charges", stripe.charges.len()),
        ("subscriptions", stripe.subscriptions.len()),
        ("servers", evidence.panel.servers.len()),
    ]
}

/// The findings as lines for people, law by law.
fn tell(found: &[Finding]) {
    if found.is_empty() {
        say("Stripe, the database and the panel agree");
    }
    for findings in found.chunk_by(|one, next| one.law == next.law) {
        let Some(first) = findings.first() else { continue };
        say(&format!("{}  {}", first.law.id(), first.law.says()));
        for finding in findings {
            say(&format!(
                "  {}\n    {}\n    see docs/runbooks/README.md, {}",
                finding.subject, finding.text, finding.runbook
            ));
        }
    }
    if !found.is_empty() {
        complain(&format!("{} differences", found.len()));
    }
}

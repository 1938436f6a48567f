//! `givr doctor`: whether everything that the shop needs is there, set right, and fits together.

use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::doctor::{self, Line, Parts, State};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::path::Path;
use store::Access;

/// Check everything the shop needs: settings, database, Stripe, panel, mail, address; exit code 1 when something is wrong
#[derive(clap::Args)]
pub(super) struct Doctor {
    /// Mend what can be mended without asking: the endpoint and the prices at Stripe
    #[arg(long)]
    fix: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) async fn run(self, path: &Path) -> Outcome {
        let config = assemble::config(path)?;
        assemble::check_outbound(&config).await?;
        let mut lines = examine(&config).await?;
        if self.fix {
            for remedy in doctor::remedies(&lines) {
                // Its own process each time: a shop may run beside.
                let app = assemble::app(config.clone(), Access::Shared).await?;
                let mended = doctor::mend(&app, &remedy).await?;
                complain(&format!("mended: {}", mended.what));
                if let Some(secret) = &mended.secret {
                    complain(&format!("its secret, told once: {}", secret.expose_secret()));
                }
                app.store.close().await;
            }
            lines = examine(&config).await?;
        }
        let wrong = doctor::count_wrong(&lines);
        if self.json {
            let all: Vec<Value> = lines.iter().map(to_json).collect();
            say(&json!({"at": SystemClock.now().to_string(), "wrong": wrong, "checks": all}).to_string());
        } else {
            tell(&lines);
        }
        let remedies = doctor::remedies(&lines).len();
        complain(&match (wrong, remedies) {
            (0, _) => format!("{} checks, nothing is wrong", lines.len()),
            (_, 0) => format!("{} checks, {wrong} wrong", lines.len()),
            _ => format!("{} checks, {wrong} wrong; `givr doctor --fix` mends {remedies} of them", lines.len()),
        });
        Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

async fn examine(config: &Config) -> Result<Vec<Line>, Failure> {
    let examined = assemble::to_examine(config).await?;
    let parts = Parts {
        config,
        store: examined.store.as_ref().map_err(Clone::clone),
        stripe: &examined.stripe,
        panel: examined.panel.as_ref(),
        catalogue: &examined.catalogue,
        mailer: &examined.mailer,
        clock: &examined.gate.clock,
        site: examined.site.clone(),
    };
    let lines = doctor::examine(&parts).await;
    if let Ok(store) = &examined.store {
        store.close().await;
    }
    Ok(lines)
}

fn to_json(line: &Line) -> Value {
    json!({
        "check": line.check, "state": line.state, "found": line.found, "why": line.check.why(), "act": line.act,
        "mended_by_fix": line.remedy.is_some(),
    })
}

/// What is wrong comes last, where it is read.
fn tell(lines: &[Line]) {
    for wanted in [State::Good, State::Note, State::Wrong] {
        for line in lines.iter().filter(|line| line.state == wanted) {
            let word = match line.state {
                State::Good => "good ",
                State::Note => "note ",
                State::Wrong => "WRONG",
            };
            say(&format!("{word}  {:16}  {}", line.check.key(), line.found));
            if line.state == State::Wrong {
                say(&format!("       why   {}", line.check.why()));
            }
            if let Some(act) = &line.act {
                say(&format!("       do    {act}"));
            }
        }
    }
}

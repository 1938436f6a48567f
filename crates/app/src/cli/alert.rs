//! `givr alert …`: what a person has to know, and what people did about it.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::desk::acts::Reason;
use clap::Subcommand;
use domain::ids::AlertId;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;
use store::Access;
use store::alerts::{Alert, Wanted};
use store::notifications::{self, Delivery};

/// Who acts, in the audit log.
const CLI: &str = "cli";

#[derive(Subcommand)]
pub(super) enum AlertCommand {
    /// List what is open, the latest first
    List {
        /// What is over, too
        #[arg(long)]
        all: bool,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: i64,
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Show an alert, and who was told of it
    Show {
        /// Its id, alr_…
        alert: AlertId,
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Say that you look after an alert: it is not told again
    Ack {
        /// Its id, alr_…
        alert: AlertId,
    },
    /// Say that an alert is over; where its cause still stands, it comes again
    Resolve {
        /// Its id, alr_…
        alert: AlertId,
        /// What was done about it, for those who look later
        #[arg(long)]
        reason: String,
    },
    /// Send a test through every channel
    Test {
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// List everything that alerts are raised about
    Rules {
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
}

impl AlertCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        if let Self::Rules { json } = self {
            return Ok(list_rules(json));
        }
        let settings = assemble::config(config)?;
        let app = match &self {
            Self::List { .. } | Self::Show { .. } | Self::Rules { .. } => assemble::app_to_look(settings).await?,
            Self::Ack { .. } | Self::Resolve { .. } | Self::Test { .. } => {
                assemble::app(settings, Access::Shared).await?
            }
        };
        match self {
            Self::List { all, limit, json } => {
                let wanted = if all { Wanted::All } else { Wanted::Open };
                list(&app, wanted, limit.clamp(1, 10_000), json).await
            }
            Self::Show { alert, json } => show(&app, &alert, json).await,
            Self::Ack { alert } => {
                let done = alerts::acts::acknowledge(&app, CLI, &alert).await?;
                ended(&app, &alert, done, "it is yours now, and is not told again", "somebody looks after it already")
                    .await
            }
            Self::Resolve { alert, reason } => {
                let reason = Reason::read(&reason).map_err(|problem| {
                    Failure::fixable(problem, "say what was done: --reason \"paid back by hand\"")
                })?;
                let done = alerts::acts::resolve(&app, CLI, &alert, reason.as_str()).await?;
                ended(&app, &alert, done, "it is over", "it was over already").await
            }
            Self::Test { json } => test(&app, json).await,
            Self::Rules { json } => Ok(list_rules(json)),
        }
    }
}

async fn find(app: &App, id: &AlertId) -> Result<Alert, Failure> {
    let alert = store::alerts::find(&mut *app.store.read().await?, id).await?;
    alert.ok_or_else(|| Failure::fixable(format!("there is no alert {id}"), "`givr alert list --all` lists them"))
}

async fn ended(app: &App, id: &AlertId, done: bool, now: &str, before: &str) -> Outcome {
    let alert = find(app, id).await?;
    let over = alert.cleared_at.is_some() && !done;
    let told = if done {
        now
    } else if over {
        "it is over already"
    } else {
        before
    };
    say(&format!("{} about {}: {told}", alert.rule, alert.key));
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &App, wanted: Wanted, limit: i64, as_json: bool) -> Outcome {
    let found = store::alerts::list_page(&mut *app.store.read().await?, wanted, None, limit).await?;
    if as_json {
        say(&found.iter().map(as_value).collect::<Value>().to_string());
        return Ok(ExitCode::SUCCESS);
    }
    for alert in &found {
        let state = match (alert.cleared_at, alert.acknowledged_at) {
            (Some(_), _) => "over",
            (None, Some(_)) => "looked after",
            (None, None) => "open",
        };
        say(&format!(
            "{}  {:12}  {:8}  {:22}  {}  {}",
            stamp(alert.opened_at),
            state,
            alert.severity.key(),
            alert.rule,
            alert.id,
            alert.text
        ));
    }
    complain(&format!("{} alerts", found.len()));
    Ok(ExitCode::SUCCESS)
}

async fn show(app: &App, id: &AlertId, as_json: bool) -> Outcome {
    let alert = find(app, id).await?;
    let told = notifications::list_of(&mut *app.store.read().await?, id.as_str()).await?;
    if as_json {
        let mut value = as_value(&alert);
        value["told"] = told.iter().map(told_as_value).collect();
        say(&value.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("{} ({}) about {}", alert.rule, alert.severity.key(), alert.key));
    say(&alert.text);
    say(&format!("since {}, seen {} times, last {}", stamp(alert.opened_at), alert.times, stamp(alert.seen_at)));
    if let Some((at, by)) = alert.acknowledged_at.zip(alert.acknowledged_by.as_ref()) {
        say(&format!("looked after since {} by {by}", stamp(at)));
    }
    if let Some(at) = alert.cleared_at {
        let why = alert.resolved.as_ref().map_or(String::new(), |(by, why)| format!(", said {by}: {why}"));
        say(&format!("over since {}{why}", stamp(at)));
    }
    for one in &told {
        let state = match (one.sent_at, one.withdrawn_at) {
            (Some(at), _) => format!("told {}", stamp(at)),
            (None, Some(_)) => "not needed any more".to_owned(),
            (None, None) => format!("waits until {} after {} tries", stamp(one.wake_at), one.tries),
        };
        let error = one.last_error.as_ref().map_or(String::new(), |error| format!(": {error}"));
        say(&format!("  {:12}  {:30}  {state}{error}", one.occasion, one.channel));
    }
    Ok(ExitCode::SUCCESS)
}

async fn test(app: &App, as_json: bool) -> Outcome {
    let told = alerts::acts::test(app, CLI).await?;
    if told.is_empty() {
        return Err(Failure::fixable(
            "no channel is in the settings",
            "set alerts.mail, or another setting of [alerts]",
        ));
    }
    let failed: Vec<String> =
        told.iter().filter(|(_, taken)| taken.is_err()).map(|(channel, _)| channel.key()).collect();
    if as_json {
        let one = |(channel, taken): &(alerts::Channel, Result<(), alerts::NotTaken>)| json!({"channel": channel.key(), "problem": taken.as_ref().err().map(|not_taken| &not_taken.why)});
        say(&told.iter().map(one).collect::<Value>().to_string());
    } else {
        for (channel, taken) in &told {
            let outcome = taken
                .as_ref()
                .err()
                .map_or("took it".to_owned(), |not_taken| format!("did not take it: {}", not_taken.why));
            say(&format!("{:30}  {outcome}", channel.key()));
        }
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::fixable(
        format!("not reached: {}", failed.join(", ")),
        "docs/alerts.md says how each channel is set up",
    ))
}

fn list_rules(as_json: bool) -> ExitCode {
    if as_json {
        let one =
            |rule: Rule| json!({"rule": rule.key(), "severity": rule.severity().key(), "runbook": rule.runbook()});
        say(&Rule::ALL.into_iter().map(one).collect::<Value>().to_string());
    } else {
        for rule in Rule::ALL {
            say(&format!("{:22}  {:8}  {}", rule.key(), rule.severity().key(), rule.runbook()));
        }
    }
    ExitCode::SUCCESS
}

fn stamp(at: Timestamp) -> String {
    format!("{at:.0}")
}

fn as_value(alert: &Alert) -> Value {
    json!({
        "id": alert.id, "rule": alert.rule, "key": alert.key, "severity": alert.severity.key(), "text": alert.text,
        "opened_at": stamp(alert.opened_at), "seen_at": stamp(alert.seen_at), "times": alert.times,
        "acknowledged_at": alert.acknowledged_at.map(stamp), "acknowledged_by": alert.acknowledged_by,
        "cleared_at": alert.cleared_at.map(stamp), "resolved_by": alert.resolved.as_ref().map(|(by, _)| by),
        "resolved_why": alert.resolved.as_ref().map(|(_, why)| why),
    })
}

fn told_as_value(one: &Delivery) -> Value {
    json!({
        "occasion": one.occasion, "channel": one.channel, "tries": one.tries, "sent_at": one.sent_at.map(stamp),
        "withdrawn_at": one.withdrawn_at.map(stamp), "last_error": one.last_error,
    })
}

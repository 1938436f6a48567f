//! Acts on the command line: what will happen is said first, then somebody says yes.

use crate::app::App;
use crate::cli::{ExitCode, Failure, Outcome, complain, say};
use crate::desk::acts::{self, Act, ActError, Foresight, Outcome as Came, Reason};
use std::io::{BufRead, IsTerminal};

/// How an act is asked for.
#[derive(clap::Args)]
pub(super) struct How {
    /// Why, in a few words: it stands in the audit log
    #[arg(long, required_unless_present = "dry_run")]
    reason: Option<String>,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

/// Says what an act would do, asks, and does it.
pub(super) async fn run(app: &App, act: &Act, how: &How) -> Outcome {
    match acts::foresee(app, act).await.map_err(failure)? {
        Foresight::Nothing(why) => {
            say(&why);
            return Ok(ExitCode::SUCCESS);
        }
        Foresight::Happens(says) => says.iter().for_each(|line| say(line)),
    }
    if how.dry_run {
        complain("nothing was changed: --dry-run");
        return Ok(ExitCode::SUCCESS);
    }
    let hint = "say it in a few words: --reason \"asked by mail\"";
    let reason = Reason::read(how.reason.as_deref().unwrap_or_default());
    let reason = reason.map_err(|problem| Failure::fixable(problem, hint))?;
    if !how.yes && !says_yes()? {
        return Err(Failure::fixable("nothing was done", "answer `yes`, or add --yes"));
    }
    match acts::perform(app, "cli", act, &reason).await.map_err(failure)? {
        Came::Done(_) => complain("done; `givr serve` carries out what follows"),
        Came::Nothing(why) => say(&why),
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the person at the terminal says yes; without a terminal nobody does.
fn says_yes() -> std::io::Result<bool> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(false);
    }
    complain("do it? type yes:");
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    Ok(line.trim() == "yes")
}

fn failure(error: ActError) -> Failure {
    match error {
        ActError::Missing => Failure::fixable("there is no such thing", "look at the id or the name again"),
        ActError::Typed(problem) => Failure::fixable(problem, "change what you typed"),
        ActError::Frozen(closed) => {
            Failure::fixable(format!("{closed}; nothing was done"), "`givr restore confirm` thaws what was restored")
        }
        ActError::Outside(error) => {
            Failure::fixable(format!("it did not get through: {error:#}"), "do it again; that is harmless")
        }
        ActError::Store(error) => Failure::Ours(error.into()),
        ActError::Ours(error) => Failure::Ours(error),
    }
}

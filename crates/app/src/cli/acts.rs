//! Acts on the command line: what will happen is said first, then somebody says yes.

use crate::app::App;
use crate::cli::assemble;
use crate::cli::{ExitCode, Failure, Outcome, complain, say};
use crate::config::Config;
use crate::desk::acts::{self, Act, ActError, Foresight, Outcome as Came, Reason};
use domain::freeze::Reason as Frozen;
use std::io::{BufRead, IsTerminal};
use store::Access;

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

impl How {
    /// The program for what is asked: a dry run only looks, and brings no schema up to date.
    pub(super) async fn open(&self, settings: Config) -> Result<App, Failure> {
        match self.dry_run {
            true => assemble::app_to_look(settings).await,
            false => assemble::app(settings, Access::Shared).await,
        }
    }
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
    let Some(reason) = how.means_it()? else { return Ok(ExitCode::SUCCESS) };
    match acts::perform(app, "cli", act, &reason).await.map_err(failure)? {
        Came::Done(_) => complain("done; `givr serve` carries out what follows"),
        Came::Nothing(why) => say(&why),
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what acts would do, each under the name of what it is about, asks once, and does them one after the other. What does not apply is
/// said and left out; what goes wrong with one holds up none of the others.
pub(super) async fn run_all(app: &App, acts: Vec<(String, Act)>, how: &How) -> Outcome {
    if let [(_, act)] = acts.as_slice() {
        return run(app, act, how).await;
    }
    let all = acts.len();
    let mut apply = Vec::new();
    for (name, act) in acts {
        match acts::foresee(app, &act).await.map_err(failure)? {
            Foresight::Nothing(why) => say(&format!("{name}: {why}")),
            Foresight::Happens(says) => {
                say(&format!("{name}: {}", says.join(" ")));
                apply.push((name, act));
            }
        }
    }
    complain(&format!("{} of {all} change", apply.len()));
    if apply.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let Some(reason) = how.means_it()? else { return Ok(ExitCode::SUCCESS) };
    let (mut done, mut failed) = (0, 0);
    for (name, act) in &apply {
        match acts::perform(app, "cli", act, &reason).await {
            Ok(Came::Done(_)) => done += 1,
            Ok(Came::Nothing(why)) => say(&format!("{name}: {why}")),
            Err(error) => {
                failed += 1;
                say(&format!("{name}: {error:#}"));
            }
        }
    }
    complain(&format!("{done} done, {failed} failed; `givr serve` carries out what follows"));
    match failed {
        0 => Ok(ExitCode::SUCCESS),
        _ => {
            Err(Failure::fixable(format!("{failed} of them were not done"), "do it again: what is done stays as it is"))
        }
    }
}

impl How {
    /// The reason, if somebody wants it done; `None` after a dry run.
    fn means_it(&self) -> Result<Option<Reason>, Failure> {
        if self.dry_run {
            complain("nothing was changed: --dry-run");
            return Ok(None);
        }
        let hint = "say it in a few words: --reason \"asked by mail\"";
        let reason = Reason::read(self.reason.as_deref().unwrap_or_default());
        let reason = reason.map_err(|problem| Failure::fixable(problem, hint))?;
        if !self.yes && !says_yes()? {
            return Err(Failure::fixable("nothing was done", "answer `yes`, or add --yes"));
        }
        Ok(Some(reason))
    }
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
        ActError::Typed(problem) => Failure::fixable(problem, "nothing was done: look it up, and type it again"),
        ActError::Frozen(closed) => Failure::fixable(format!("{closed}; nothing was done"), thaw(closed.0)),
        ActError::Outside(error) => {
            Failure::fixable(format!("it did not get through: {error:#}"), "do it again; that is harmless")
        }
        ActError::Store(error) => Failure::Ours(error.into()),
        ActError::Ours(error) => Failure::Ours(error),
    }
}

/// What ends a freeze.
fn thaw(reason: Frozen) -> &'static str {
    match reason {
        Frozen::Restored | Frozen::Moved => "`givr restore confirm` thaws it, once nobody else acts for this shop",
        Frozen::Superseded => "somebody confirmed a restore at this moment: do it again",
        Frozen::WrongClock => "set this machine's clock right (`timedatectl set-ntp true`), then do it again",
        Frozen::ServersMissing => "look at the panel first: docs/runbooks/README.md, servers.missing",
    }
}

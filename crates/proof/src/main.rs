//! Proves the promise: no payment lost, no server twice, under every fault that is thought of here.
//!
//! `proof run` plays seeds and scenarios and writes a report, `proof replay` plays one of them again and shows it, `proof box` does real
//! things to real processes. Not here: what a law is (`app::verify`), and what the outside does (`sandbox`).

mod blackbox;
mod drive;
mod gates;
mod kept;
mod machine;
mod report;
mod scenario;
mod scenarios;
mod template;
mod world;

use anyhow::Context;
use blackbox::BlackBox;
use clap::{Args, Parser, Subcommand, ValueEnum};
use drive::{Driver, Run};
use report::{Report, Told};
use scenario::{Scenario, Swept};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::Engine;
use template::Template;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Plays the program under faults and holds it to its laws
#[derive(Parser)]
struct Proof {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play seeds and scenarios, write a report; exit 1 if a law was broken
    Run(Plan),
    /// Play one seed, or one scenario with crashes, and show every choice
    Replay(Again),
    /// Let customers buy from real processes while real things go wrong; exit 1 if a law was broken
    Box(BlackBox),
}

#[derive(Args, Clone)]
struct Plan {
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Seeds on SQLite
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// Seeds on PostgreSQL
    #[arg(long, default_value_t = 0)]
    postgres_seeds: u64,
    /// Where each scenario is crashed
    #[arg(long, value_enum, default_value_t = Sweep::None)]
    sweep: Sweep,
    /// How many play at once
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Begin nothing new once a law was broken
    #[arg(long)]
    until_broken: bool,
    /// Seconds after which nothing new is begun; PostgreSQL has the first third of them at most
    #[arg(long)]
    within: Option<u64>,
    /// What the report calls this
    #[arg(long, default_value = "by hand")]
    profile: String,
    /// Where the report goes
    #[arg(long, default_value = "target/proof")]
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sweep {
    /// Scenarios are not played
    None,
    /// Each as it stands
    Plain,
    /// Each once more for every seventh crash point of it
    Some,
    /// Each once more for every crash point of it, the short ones for pairs of crashes, too
    All,
}

#[derive(Args)]
struct Again {
    #[arg(long)]
    seed: Option<u64>,
    /// The scenario's name
    #[arg(long)]
    scenario: Option<String>,
    /// At which gates of the scenario its replica dies
    #[arg(long, value_delimiter = ',')]
    crash: Vec<u64>,
    #[arg(long)]
    postgres: bool,
}

/// Something to be played.
enum Piece {
    Seed(u64),
    /// With crashes at these gates.
    Scenario(usize, BTreeSet<u64>),
}

/// Scenarios with their crashes: which are played beside the seeds, which with a second crash after that, and which after everything else.
#[derive(Default)]
struct Crashes {
    first: Vec<Piece>,
    pairs: Vec<Piece>,
    last: Vec<Piece>,
}

/// A piece that was played.
struct Played {
    /// Which one.
    place: usize,
    /// One number for each gate of a recorded run: equal for gates at which a crash is the same crash.
    likeness: Vec<u64>,
}

fn main() -> anyhow::Result<ExitCode> {
    match Proof::parse().command {
        Command::Run(plan) => plan.run(),
        Command::Replay(again) => again.run(),
        Command::Box(black_box) => black_box.run(),
    }
}

/// Plays something alone, on a runtime of its own: nothing of an earlier run is left in it.
fn alone<T>(what: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?.block_on(what)
}

#[expect(clippy::disallowed_methods, reason = "the proof itself is timed; what it plays has a clock of its own")]
fn stopwatch() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "a command answers on stdout")]
fn say(text: &str) {
    println!("{text}");
}

fn word(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

impl Plan {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let report = self.prove()?;
        say(&format!("{}; see {}", report.summary(), self.out.join("report.md").display()));
        Ok(ExitCode::from(u8::from(!report.violations.is_empty())))
    }

    /// Plays everything that is planned, as far as time reaches, and writes the report.
    fn prove(&self) -> anyhow::Result<Report> {
        let began = stopwatch();
        let scenarios = scenarios::all();
        let mut report = Report {
            commit: said_by("git", &["rev-parse", "--short", "HEAD"]),
            machine: format!("{} cores, {}", std::thread::available_parallelism()?, std::env::consts::ARCH),
            profile: self.profile.clone(),
            ..Report::default()
        };
        let seeds = |count: u64| (self.from..self.from + count).map(Piece::Seed);
        if self.postgres_seeds > 0 {
            let postgres = alone(Template::make(Engine::Postgres))?;
            // Replicas meet in its locks, and not in SQLite's.
            let told =
                (0..scenarios.len()).filter(|number| self.sweep != Sweep::None && scenarios[*number].replicas > 1);
            let told = told.map(|number| Piece::Scenario(number, BTreeSet::new()));
            let pieces: Vec<Piece> = told.chain(seeds(self.postgres_seeds)).collect();
            // Most of the time they wait for the database's own processes.
            let within = self.within.map(|within| within / 3);
            let waiting = Self { workers: self.workers * 3, within, ..self.clone() };
            let played = waiting.play(&postgres, &scenarios, &pieces, &mut report)?;
            let of_seeds = played.iter().filter(|played| matches!(pieces[played.place], Piece::Seed(_))).count() as u64;
            report.seeds.insert(word(Engine::Postgres), of_seeds);
            report.told_on_postgres = played.len() as u64 - of_seeds;
        }
        let sqlite = alone(Template::make(Engine::Sqlite))?;
        let mut crashes = Crashes::default();
        if self.sweep != Sweep::None {
            let plain: Vec<Piece> =
                (0..scenarios.len()).map(|number| Piece::Scenario(number, BTreeSet::new())).collect();
            let runs = self.play(&sqlite, &scenarios, &plain, &mut report)?;
            crashes = self.crashes(&scenarios, &runs, &mut report);
        }
        // In turns, so that a run that ends early has done some of both. Three seeds each time: what is cut off is the end of the sweep,
        // where the report names each scenario, and not a number of seeds that was promised.
        let mut pieces = in_turns(crashes.first, seeds(self.seeds).collect());
        pieces.extend(crashes.pairs.into_iter().chain(crashes.last));
        let rest =
            Self { within: self.within.map(|within| within.saturating_sub(began.elapsed().as_secs())), ..self.clone() };
        for Played { place, .. } in rest.play(&sqlite, &scenarios, &pieces, &mut report)? {
            match &pieces[place] {
                Piece::Seed(_) => *report.seeds.entry(word(Engine::Sqlite)).or_default() += 1,
                Piece::Scenario(_, crashes) if crashes.len() > 1 => report.pairs_swept += 1,
                Piece::Scenario(number, _) => {
                    if let Some(told) = report.scenarios.get_mut(scenarios[*number].name) {
                        told.swept += 1;
                    }
                }
            }
        }
        report.seconds = began.elapsed().as_secs_f64();
        report.write(&self.out)?;
        Ok(report)
    }

    /// Where the scenarios are crashed, given how they went without.
    fn crashes(&self, scenarios: &[Scenario], runs: &[Played], report: &mut Report) -> Crashes {
        let every = match self.sweep {
            Sweep::None | Sweep::Plain => None,
            Sweep::Some => Some(7),
            Sweep::All => Some(1),
        };
        let mut crashes = Crashes::default();
        for Played { place: number, likeness } in runs {
            let (mut known, mut gates) = (BTreeSet::new(), Vec::new());
            gates.extend((0..).zip(likeness).filter(|(_, like)| known.insert(**like)).map(|(gate, _)| gate));
            report.crash_points += gates.len() as u64;
            let told = Told { gates: likeness.len() as u64, crash_points: gates.len() as u64, swept: 0 };
            report.scenarios.insert(scenarios[*number].name, told);
            let Some(every) = every else { continue };
            let at = gates.iter().skip(number % every).step_by(every);
            let swept = scenarios[*number].swept;
            let turn = if swept == Swept::Last { &mut crashes.last } else { &mut crashes.first };
            turn.extend(at.map(|gate| Piece::Scenario(*number, BTreeSet::from([*gate]))));
            if swept == Swept::Twice && self.sweep == Sweep::All {
                // The second crash soon after the first: what has been mended by half.
                let pairs =
                    gates.iter().flat_map(|first| [3, 9, 20].map(|later| BTreeSet::from([*first, first + later])));
                crashes.pairs.extend(pairs.map(|pair| Piece::Scenario(*number, pair)));
            }
        }
        crashes
    }

    /// Plays pieces, several at once. Returns which were played.
    fn play(
        &self,
        template: &Template,
        scenarios: &[Scenario],
        pieces: &[Piece],
        report: &mut Report,
    ) -> anyhow::Result<Vec<Played>> {
        let began = stopwatch();
        let limit = self.within.map(Duration::from_secs);
        let (next, done) = (AtomicUsize::new(0), Mutex::new((Vec::new(), report)));
        let worker = |number: usize| -> anyhow::Result<()> {
            if template.engine == Engine::Sqlite {
                stay_on_one_core(number);
            }
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let broken = !done.lock().unwrap_or_else(PoisonError::into_inner).1.violations.is_empty();
                if place >= pieces.len()
                    || (broken && self.until_broken)
                    || limit.is_some_and(|limit| began.elapsed() > limit)
                {
                    return Ok(());
                }
                let again = Again::of(&pieces[place], scenarios, template.engine);
                let run = play(template, scenarios, &pieces[place]).unwrap_or_else(|error| Run {
                    violations: vec![format!("it could not be played to its end: {error:#}")],
                    ..Run::default()
                });
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.0.push(Played { place, likeness: run.likeness.clone() });
                if !run.violations.is_empty() {
                    say(&format!("broken: {}\n   {}", again.command(), run.violations.join("\n   ")));
                }
                done.1.add(&run, &again.command());
            }
        };
        std::thread::scope(|scope| {
            let worker = &worker;
            let workers: Vec<_> = (0..self.workers.max(1)).map(|number| scope.spawn(move || worker(number))).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().map_err(|_| anyhow::anyhow!("a worker panicked"))?)
        })?;
        let (mut played, _) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        played.sort_by_key(|played| played.place);
        Ok(played)
    }
}

/// A worker and the threads of its SQLite take turns all the time, which is faster where nobody has to wake another core.
fn stay_on_one_core(worker: usize) {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(core) = cores.get(worker % cores.len().max(1)) {
        core_affinity::set_for_current(*core);
    }
}

/// One of the first and three of the others, and then what is left.
fn in_turns(one: Vec<Piece>, other: Vec<Piece>) -> Vec<Piece> {
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(one.next());
        all.extend(other.by_ref().take(3));
        if all.len() == before {
            return all;
        }
    }
}

/// A run that takes longer, by the wall's clock, hangs.
const HANGS: Duration = Duration::from_secs(300);

fn play(template: &Template, scenarios: &[Scenario], piece: &Piece) -> anyhow::Result<Run> {
    let run = async {
        match piece {
            Piece::Seed(seed) => Driver::seed(template, *seed).await,
            Piece::Scenario(number, crashes) => Driver::scenario(template, &scenarios[*number], crashes.clone()).await,
        }
    };
    alone(async { tokio::time::timeout(HANGS, run).await.context("it hangs")? })
}

/// What another program says, without its line end; nothing if it is not there.
fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

impl Again {
    fn of(piece: &Piece, scenarios: &[Scenario], engine: Engine) -> Self {
        let postgres = engine == Engine::Postgres;
        match piece {
            Piece::Seed(seed) => Self { seed: Some(*seed), scenario: None, crash: Vec::new(), postgres },
            Piece::Scenario(number, crashes) => Self {
                seed: None,
                scenario: Some(scenarios[*number].name.to_owned()),
                crash: crashes.iter().copied().collect(),
                postgres,
            },
        }
    }

    /// The line that plays it again.
    fn command(&self) -> String {
        let mut line = "cargo run -p proof -- replay".to_owned();
        if let Some(seed) = self.seed {
            line.push_str(&format!(" --seed {seed}"));
        }
        if let Some(name) = &self.scenario {
            line.push_str(&format!(" --scenario {name:?}"));
        }
        if !self.crash.is_empty() {
            let at: Vec<String> = self.crash.iter().map(u64::to_string).collect();
            line.push_str(&format!(" --crash {}", at.join(",")));
        }
        if self.postgres {
            line.push_str(" --postgres");
        }
        line
    }

    fn run(&self) -> anyhow::Result<ExitCode> {
        let template = alone(Template::make(if self.postgres { Engine::Postgres } else { Engine::Sqlite }))?;
        let scenarios = scenarios::all();
        let piece = match (&self.scenario, self.seed) {
            (Some(name), _) => {
                let number = scenarios.iter().position(|scenario| scenario.name == name);
                let names = || scenarios.iter().map(|scenario| scenario.name).collect::<Vec<_>>().join(", ");
                let number = number.with_context(|| format!("there is no such scenario; there are: {}", names()))?;
                Piece::Scenario(number, self.crash.iter().copied().collect())
            }
            (None, Some(seed)) => Piece::Seed(seed),
            (None, None) => anyhow::bail!("name a --seed or a --scenario"),
        };
        let run = play(&template, &scenarios, &piece)?;
        for line in &run.trace {
            say(line);
        }
        for violation in &run.violations {
            say(&format!("VIOLATION {violation}"));
        }
        say(&format!(
            "{} gates, {} s of the world's time, fingerprint {:016x}",
            run.gates,
            run.seconds,
            run.fingerprint()
        ));
        Ok(ExitCode::from(u8::from(!run.violations.is_empty())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_proof_breaks_no_law() {
        let plan = Plan {
            from: 0,
            seeds: 60,
            postgres_seeds: 2,
            sweep: Sweep::Plain,
            workers: 2,
            until_broken: false,
            within: Some(100),
            profile: "short".to_owned(),
            out: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/proof"),
        };

        let report = plan.prove().unwrap();

        say(&format!("proof: {}", report.summary()));
        assert!(report.violations.is_empty(), "{:#?}", report.violations);
        // How much fits into the time is the machine's business.
        assert!(!report.scenarios.is_empty() && report.choices > 1000, "{}", report.summary());
    }

    #[test]
    fn the_same_seed_is_the_same_run() {
        let template = alone(Template::make(Engine::Sqlite)).unwrap();
        for seed in [3, 20] {
            let runs = [(); 2].map(|()| play(&template, &[], &Piece::Seed(seed)).unwrap());
            assert_eq!(runs[0].trace, runs[1].trace, "seed {seed}");
        }
    }
}

//! Proves the promise: no payment lost, no server twice, under every fault that is thought of here.
//!
//! `proof simulate` plays seeds, `proof replay` plays one of them and shows it, `proof sweep` plays scenarios with a crash at every
//! gate. Not here: what a law is (`app::verify`), and what the outside does (`sandbox`).

mod drive;
mod gates;
mod scenario;
mod template;
mod world;

use anyhow::Context;
use clap::{Parser, Subcommand};
use drive::{Driver, Run};
use std::collections::BTreeSet;
use std::process::ExitCode;
use store::Engine;
use template::Template;

#[derive(Parser)]
struct Proof {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays seeds
    Simulate {
        #[arg(long, default_value_t = 0)]
        from: u64,
        #[arg(long, default_value_t = 100)]
        seeds: u64,
        #[arg(long)]
        postgres: bool,
    },
    /// Plays one seed and shows what happens
    Replay {
        #[arg(long)]
        seed: u64,
        #[arg(long)]
        postgres: bool,
    },
    /// Plays scenarios with a crash at every gate
    Sweep {
        #[arg(long)]
        only: Option<String>,
        /// As they stand, without crashes
        #[arg(long)]
        plain: bool,
        #[arg(long)]
        postgres: bool,
    },
}

fn engine(postgres: bool) -> Engine {
    if postgres { Engine::Postgres } else { Engine::Sqlite }
}

fn main() -> anyhow::Result<ExitCode> {
    let proof = Proof::parse();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime");
    match proof.command {
        Command::Simulate { from, seeds, postgres } => {
            let template = runtime()?.block_on(Template::make(engine(postgres)))?;
            let (mut bad, began) = (0, std::time::Instant::now());
            for seed in from..from + seeds {
                let run = runtime()?.block_on(Driver::seed(&template, seed))?;
                if !run.violations.is_empty() {
                    bad += 1;
                    println!("seed {seed}: {} violation(s)", run.violations.len());
                    for violation in run.violations.iter().take(4) {
                        println!("   {violation}");
                    }
                }
            }
            println!("{seeds} seeds, {bad} with violations, {:.1} s", began.elapsed().as_secs_f64());
            Ok(ExitCode::from(u8::from(bad > 0)))
        }
        Command::Replay { seed, postgres } => {
            let template = runtime()?.block_on(Template::make(engine(postgres)))?;
            let run = runtime()?.block_on(Driver::seed(&template, seed))?;
            show(&run);
            Ok(ExitCode::from(u8::from(!run.violations.is_empty())))
        }
        Command::Sweep { only, plain, postgres } => {
            let template = runtime()?.block_on(Template::make(engine(postgres)))?;
            let mut bad = 0;
            for scenario in scenario::all() {
                if only.as_ref().is_some_and(|only| *only != scenario.name) {
                    continue;
                }
                let whole = runtime()?.block_on(Driver::scenario(&template, &scenario, BTreeSet::new()))?;
                println!("{}: {} gates, {} s", scenario.name, whole.gates, whole.seconds);
                for violation in &whole.violations {
                    println!("   {violation}");
                }
                bad += usize::from(!whole.violations.is_empty());
                if plain {
                    continue;
                }
                for gate in 0..whole.gates {
                    let run = runtime()?.block_on(Driver::scenario(&template, &scenario, BTreeSet::from([gate])))?;
                    if !run.violations.is_empty() {
                        bad += 1;
                        println!("{} crashed at gate {gate}: {:?}", scenario.name, run.violations);
                    }
                }
            }
            Ok(ExitCode::from(u8::from(bad > 0)))
        }
    }
}

fn show(run: &Run) {
    for line in &run.trace {
        println!("{line}");
    }
    for violation in &run.violations {
        println!("VIOLATION {violation}");
    }
    println!("{} gates, {} s of the world's time, fingerprint {:016x}", run.gates, run.seconds, run.fingerprint());
}

//! What was proven, as a page for people and a document for programs.

use crate::blackbox;
use crate::drive::Run;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Calls that change something outside. Whatever can happen around each of them should have happened in a long run.
const EFFECTS: [&str; 9] = [
    "POST /v1/customers",
    "POST /v1/checkout/sessions",
    "POST /v1/checkout/sessions/*/expire",
    "DELETE /v1/subscriptions/*",
    "POST /v1/refunds",
    "POST /api/application/users",
    "POST /api/application/servers",
    "DELETE /api/application/servers/*",
    "POST /api/client/servers/*/power",
];

/// What else should have happened.
const RARE: [&str; 18] = [
    "the beginning of a transaction fails",
    "the beginning of a transaction and its replica dies",
    "the commit of a transaction fails",
    "the commit of a transaction and its replica dies",
    "the answer to the commit of a transaction fails",
    "the answer to the commit of a transaction and its replica dies",
    "a letter fails",
    "the answer to a letter fails",
    "a replica stands still past its lease",
    "a clock is wrong",
    "a clock is a little off",
    "a webhook is copied",
    "a webhook is lost",
    "a webhook is out of order",
    "a create is taken back",
    "an install fails",
    "a game crashes",
    "the panel refuses the key for five calls",
];

/// A run that broke a law.
#[derive(Debug, Serialize)]
pub(crate) struct Violation {
    /// What plays it again.
    pub(crate) replay: String,
    pub(crate) broken: Vec<String>,
}

/// What was told of a scenario.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    /// Gates that somebody went through when it was played as it stands.
    pub(crate) gates: u64,
    /// Those of them of which no two are alike (`drive/likeness.rs`).
    pub(crate) crash_points: u64,
    /// Crash points at which a replica died in a run of its own.
    pub(crate) swept: u64,
}

/// Everything that was found out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) commit: String,
    pub(crate) machine: String,
    pub(crate) profile: String,
    pub(crate) seconds: f64,
    /// Seeds by database.
    pub(crate) seeds: BTreeMap<&'static str, u64>,
    pub(crate) choices: u64,
    pub(crate) orders: u64,
    pub(crate) faults: BTreeMap<String, u64>,
    /// By name.
    pub(crate) scenarios: BTreeMap<&'static str, Told>,
    pub(crate) crash_points: u64,
    /// Scenarios of several replicas that were played on PostgreSQL, too, without crashes.
    pub(crate) told_on_postgres: u64,
    pub(crate) pairs_swept: u64,
    /// The longest that anything took to be decided after the faults had stopped, in seconds of the world's time.
    pub(crate) decided_within: i64,
    pub(crate) violations: Vec<Violation>,
}

/// What `scripts/mutants` found last, if it was run: the breaks that were tried on purpose, and who noticed each.
fn mutants(folder: &Path) -> String {
    match std::fs::read_to_string(folder.join("mutants.md")) {
        Ok(found) => format!("\n## Mutants\n\n{found}"),
        Err(_) => String::new(),
    }
}

impl Report {
    /// Adds a run; `replay` plays it again.
    pub(crate) fn add(&mut self, run: &Run, replay: &str) {
        self.choices += run.trace.len() as u64;
        self.orders += run.orders;
        self.decided_within = self.decided_within.max(run.decided_after);
        for (fault, count) in &run.faults {
            *self.faults.entry(fault.clone()).or_default() += count;
        }
        if !run.violations.is_empty() {
            self.violations.push(Violation { replay: replay.to_owned(), broken: run.violations.clone() });
        }
    }

    /// What was played, in a line.
    pub(crate) fn summary(&self) -> String {
        let seeds: Vec<String> =
            self.seeds.iter().map(|(engine, seeds)| format!("{seeds} seeds on {engine}")).collect();
        format!(
            "{}, {} scenarios, {} of {} crash points and {} pairs, {} orders, {} choices: {} violation(s) in {:.0} s",
            seeds.join(", "),
            self.scenarios.len(),
            self.swept(),
            self.crash_points,
            self.pairs_swept,
            self.orders,
            self.choices,
            self.violations.len(),
            self.seconds
        )
    }

    fn swept(&self) -> u64 {
        self.scenarios.values().map(|told| told.swept).sum()
    }

    /// The rare things, and how often each happened.
    fn rare(&self) -> Vec<(String, u64)> {
        let around = |effect: &&str| {
            [
                format!("the request {effect} is lost"),
                format!("the request {effect} comes late"),
                format!("the request {effect} and its replica dies"),
                format!("the answer to {effect} is lost"),
                format!("the answer to {effect} and its replica dies"),
            ]
        };
        let names = EFFECTS.iter().flat_map(around).chain(RARE.iter().map(|rare| (*rare).to_owned()));
        names.map(|name| (name.clone(), self.faults.get(&name).copied().unwrap_or_default())).collect()
    }

    fn page(&self) -> String {
        let mut page = String::new();
        let seeds: Vec<String> = self.seeds.iter().map(|(engine, seeds)| format!("{seeds} on {engine}")).collect();
        let rare = self.rare();
        let missed: Vec<&str> = rare.iter().filter(|(_, count)| *count == 0).map(|(name, _)| name.as_str()).collect();
        let faults: u64 = self.faults.values().sum();
        // Writing into a text does not fail.
        let _ = write!(
            page,
            "# Proof\n\n| | |\n|---|---|\n| commit | {} |\n| machine | {} |\n| profile | {} |\n| time | {:.0} s |\n| seeds | {} |\n\
             | choices | {} |\n| orders | {} |\n| faults | {faults} of {} kinds |\n| scenarios | {}, {} of them crashed at every crash point; {} on PostgreSQL, too |\n\
             | crash points | {} swept of {}; {} gates, of which the others are repetitions of these |\n| pairs of crash points | {} |\n\
             | decided after the faults stopped | within {} s of the world's time |\n| rare things that happened | {} of {} |\n\
             | **violations** | **{}** |\n",
            self.commit,
            self.machine,
            self.profile,
            self.seconds,
            seeds.join(", "),
            self.choices,
            self.orders,
            self.faults.len(),
            self.scenarios.len(),
            self.scenarios.values().filter(|told| told.swept == told.crash_points).count(),
            self.told_on_postgres,
            self.swept(),
            self.crash_points,
            self.scenarios.values().map(|told| told.gates).sum::<u64>(),
            self.pairs_swept,
            self.decided_within,
            rare.len() - missed.len(),
            rare.len(),
            self.violations.len()
        );
        if !self.violations.is_empty() {
            page.push_str("\n## Violations\n\n");
            for violation in &self.violations {
                let _ = writeln!(page, "- `{}`", violation.replay);
                for broken in &violation.broken {
                    let _ = writeln!(page, "  - {broken}");
                }
            }
        }
        if !missed.is_empty() {
            page.push_str("\n## Rare things that did not happen\n\n");
            for name in missed {
                let _ = writeln!(page, "- {name}");
            }
        }
        if !self.scenarios.is_empty() {
            page.push_str("\n## Scenarios\n\n| scenario | gates | crash points | swept |\n|---|---|---|---|\n");
            for (name, told) in &self.scenarios {
                let _ = writeln!(page, "| {name} | {} | {} | {} |", told.gates, told.crash_points, told.swept);
            }
        }
        page.push_str("\n## Faults\n\n| fault | times |\n|---|---|\n");
        for (fault, count) in &self.faults {
            let _ = writeln!(page, "| {fault} | {count} |");
        }
        page
    }

    /// Writes both into a folder.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        let page = self.page() + &mutants(folder) + &blackbox::section(folder);
        std::fs::write(folder.join("report.md"), page)?;
        std::fs::write(folder.join("report.json"), serde_json::to_string_pretty(self)?)?;
        Ok(())
    }
}

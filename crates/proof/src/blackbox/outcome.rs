//! What a run of the black box showed, as a document for programs and a section of the report.

use crate::blackbox::takeover::Takeover;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use store::Engine;

/// Seconds within which the work of a dead process has to be taken (O9).
const TAKEOVER: f64 = 90.0;
/// Seconds within which everything has to be decided once the faults are over.
const DECIDED: f64 = 120.0;
/// How long a page may take (p99) while neither Stripe nor the panel answers, in milliseconds.
const PAGE_MS: f64 = 300.0;

/// Everything that was found out in one run.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) commit: String,
    /// `SQLite` or `PostgreSQL`.
    pub(crate) engine: String,
    /// `release` or `debug`.
    pub(crate) build: String,
    pub(crate) seed: u64,
    pub(crate) replicas: u64,
    pub(crate) seconds: f64,
    pub(crate) orders: u64,
    /// Orders by the state in which they ended.
    pub(crate) ended: BTreeMap<String, u64>,
    /// Purchases that customers gave up.
    pub(crate) given_up: u64,
    /// How often each kind of fault struck.
    pub(crate) faults: BTreeMap<String, u64>,
    /// Kinds that were to strike and could not here, with the reason.
    pub(crate) left_out: BTreeMap<String, String>,
    pub(crate) violations: Vec<String>,
    /// How long a claim lasts in these runs.
    pub(crate) lease_seconds: i64,
    /// From kill -9 until somebody had taken all the work that was held, sorted.
    pub(crate) takeover_seconds: Vec<f64>,
    /// Processes that were killed while they held no work.
    pub(crate) killed_idle: u64,
    /// From the end of the faults, and of all purchases, until nothing was under way. `None` if that did not come.
    pub(crate) decided_after_seconds: Option<f64>,
    /// Pages while neither Stripe nor the panel answered.
    pub(crate) pages: BTreeMap<String, Latency>,
    pub(crate) usage: Usage,
    /// Processes that ended without being killed, such as at a start without a database.
    pub(crate) ended_by_themselves: u64,
}

/// How long people waited for a page.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) looks: u64,
    pub(crate) failed: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// What the processes took.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Usage {
    pub(crate) processes: u64,
    /// Of one core, on average, while a process lived.
    pub(crate) cpu_percent: f64,
    pub(crate) peak_resident_mib: u64,
}

fn file(folder: &Path, engine: Engine) -> PathBuf {
    folder.join(match engine {
        Engine::Sqlite => "box-sqlite.json",
        Engine::Postgres => "box-postgres.json",
    })
}

impl Outcome {
    /// Counts what became of the work of killed processes; work that nobody took breaks a law.
    pub(crate) fn note_takeovers(&mut self, takeovers: &[Takeover]) {
        for takeover in takeovers {
            match takeover {
                Takeover::NothingHeld => self.killed_idle += 1,
                Takeover::Within(seconds) => self.takeover_seconds.push(*seconds),
                Takeover::Never => {
                    self.violations.push("O9: nobody took the work of a process that was killed".to_owned());
                }
            }
        }
        self.takeover_seconds.sort_by(f64::total_cmp);
    }

    /// Holds what was measured to what was promised. Pages only of the program as it is sold: another build computes for longer.
    pub(crate) fn compare_with_targets(&mut self) {
        let mut missed = Vec::new();
        if let Some(longest) = self.takeover_seconds.last().filter(|longest| **longest > TAKEOVER) {
            missed.push(format!("O9: a takeover took {longest:.1} s, and may take {TAKEOVER} s"));
        }
        if let Some(decided) = self.decided_after_seconds.filter(|decided| *decided > DECIDED) {
            missed.push(format!("O10: it was decided after {decided:.0} s, and may take {DECIDED} s"));
        }
        for (page, Latency { looks, failed, p99_ms, .. }) in &self.pages {
            if *failed > 0 {
                missed.push(format!(
                    "{page} did not come {failed} times of {} while Stripe and panel hung",
                    looks + failed
                ));
            }
            if *p99_ms > PAGE_MS && self.build == "release" {
                missed.push(format!(
                    "{page} took {p99_ms:.0} ms (p99) while Stripe and panel hung, and may take {PAGE_MS} ms"
                ));
            }
        }
        self.violations.append(&mut missed);
    }

    /// Writes it into the folder of reports.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn write(&self, folder: &Path, engine: Engine) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        let file = file(folder, engine);
        std::fs::write(&file, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// What happened, in a line.
    pub(crate) fn summary(&self) -> String {
        let ended: Vec<String> = self.ended.iter().map(|(state, count)| format!("{count} {state}")).collect();
        let decided = self.decided_after_seconds.map_or("never".to_owned(), |seconds| format!("after {seconds:.0} s"));
        let slowest = self.pages.values().map(|page| page.p99_ms).fold(0.0, f64::max);
        format!(
            "{}: {} orders ({}), {} faults of {} kinds, {} violation(s); takeover within {:.1} s, decided {decided}, pages p99 {slowest:.0} ms, \
             in {:.0} s",
            self.engine,
            self.orders,
            ended.join(", "),
            self.faults.values().sum::<u64>(),
            self.faults.len(),
            self.violations.len(),
            self.takeover_seconds.last().copied().unwrap_or_default(),
            self.seconds
        )
    }

    fn describe(&self, page: &mut String) {
        let ended: Vec<String> = self.ended.iter().map(|(state, count)| format!("{count} {state}")).collect();
        let count = self.takeover_seconds.len();
        let (median, longest) = (self.takeover_seconds.get(count / 2).copied(), self.takeover_seconds.last().copied());
        // Writing into a text does not fail.
        let _ = write!(
            page,
            "\n### {}\n\n| | |\n|---|---|\n| commit | {} ({}) |\n| seed | {} |\n| processes | {} at a time, {} in all, {} ended by themselves |\n\
             | time | {:.0} s |\n| orders | {}: {} |\n| takeover after kill -9, with a lease of {} s | {count} times, median {:.1} s, at most {:.1} s; {} more held nothing |\n\
             | decided after the faults stopped | {} |\n| processor and memory | {:.0} % of a core each, at most {} MiB |\n\
             | **violations** | **{}** |\n",
            self.engine,
            self.commit,
            self.build,
            self.seed,
            self.replicas,
            self.usage.processes,
            self.ended_by_themselves,
            self.seconds,
            self.orders,
            ended.join(", "),
            self.lease_seconds,
            median.unwrap_or_default(),
            longest.unwrap_or_default(),
            self.killed_idle,
            self.decided_after_seconds.map_or("never".to_owned(), |seconds| format!("{seconds:.0} s")),
            self.usage.cpu_percent,
            self.usage.peak_resident_mib,
            self.violations.len()
        );
        for violation in &self.violations {
            let _ = writeln!(page, "- {violation}");
        }
        page.push_str("\n| page while neither Stripe nor the panel answers | looks | failed | p50 | p99 |\n|---|---|---|---|---|\n");
        for (name, seen) in &self.pages {
            let Latency { looks, failed, p50_ms, p99_ms } = seen;
            let _ = writeln!(page, "| `{name}` | {looks} | {failed} | {p50_ms:.0} ms | {p99_ms:.0} ms |");
        }
        page.push_str("\n| fault | times |\n|---|---|\n");
        for (fault, times) in &self.faults {
            let _ = writeln!(page, "| {fault} | {times} |");
        }
        for (fault, why) in &self.left_out {
            let _ = writeln!(page, "| {fault} | left out: {why} |");
        }
    }
}

/// The section of a report about the runs whose documents are in the folder; nothing without any.
pub(crate) fn section(folder: &Path) -> String {
    let read = |engine| serde_json::from_str::<Outcome>(&std::fs::read_to_string(file(folder, engine)).ok()?).ok();
    let mut page = String::new();
    for outcome in [Engine::Sqlite, Engine::Postgres].into_iter().filter_map(read) {
        if page.is_empty() {
            page.push_str("\n## Black box\n");
        }
        outcome.describe(&mut page);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_misses_a_target_breaks_a_law() {
        let mut outcome =
            Outcome { build: "release".to_owned(), decided_after_seconds: Some(119.0), ..Outcome::default() };
        outcome.pages.insert("/".to_owned(), Latency { looks: 10, p99_ms: 299.0, ..Latency::default() });
        outcome.note_takeovers(&[Takeover::Within(89.0), Takeover::NothingHeld]);
        outcome.compare_with_targets();
        assert_eq!((outcome.violations.len(), outcome.killed_idle), (0, 1));

        outcome.decided_after_seconds = Some(121.0);
        outcome.pages.insert("/".to_owned(), Latency { looks: 10, failed: 1, p99_ms: 301.0, ..Latency::default() });
        outcome.note_takeovers(&[Takeover::Within(91.0), Takeover::Never]);
        outcome.compare_with_targets();
        assert_eq!(outcome.violations.len(), 5, "{:?}", outcome.violations);
    }

    #[test]
    fn a_report_quotes_the_runs_that_there_are() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(section(folder.path()), "");
        let faults = BTreeMap::from([("webhooks are lost".to_owned(), 10)]);
        let outcome = Outcome { engine: "SQLite".to_owned(), orders: 500, faults, ..Outcome::default() };
        outcome.write(folder.path(), Engine::Sqlite).unwrap();
        let page = section(folder.path());
        assert!(
            page.starts_with("\n## Black box\n\n### SQLite\n") && page.contains("| webhooks are lost | 10 |"),
            "{page}"
        );
        assert!(page.contains("| decided after the faults stopped | never |"), "{page}");
    }
}

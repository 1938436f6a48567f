//! People who look at pages, and how long they wait.

use crate::blackbox::customers::Customer;
use crate::blackbox::outcome::Latency;
use crate::stopwatch;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

/// Pages that are looked at; the last one is a signed-in customer's own.
const PAGES: [&str; 4] = ["/", "/games/minecraft", "/status", "/orders"];
/// How many look at the same time.
const PEOPLE: usize = 4;
/// After this a page counts as not there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Every wait so far, in milliseconds, by page; those that ended without a page apart.
#[derive(Default)]
pub(crate) struct Looks {
    seen: Mutex<BTreeMap<&'static str, (Vec<f64>, u64)>>,
}

impl Looks {
    /// Looks at all pages in turn for `time`, several people at once.
    pub(crate) async fn look(&self, customer: &Customer, time: Duration) {
        let until = stopwatch() + time;
        let person = |first: usize| async move {
            let mut place = first;
            while stopwatch() < until {
                let page = PAGES[place % PAGES.len()];
                let began = stopwatch();
                let seen = tokio::time::timeout(PATIENCE, customer.look_at(page)).await;
                let took = began.elapsed().as_secs_f64() * 1000.0;
                let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                let (waits, failed) = all.entry(page).or_default();
                match seen {
                    Ok(Ok(())) => waits.push(took),
                    Ok(Err(_)) | Err(_) => *failed += 1,
                }
                drop(all);
                place += 1;
            }
        };
        futures_util::future::join_all((0..PEOPLE).map(person)).await;
    }

    /// What came of it.
    pub(crate) fn latencies(&self) -> BTreeMap<String, Latency> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let latency = |(page, (waits, failed)): (&&str, &(Vec<f64>, u64))| {
            let mut waits = waits.clone();
            waits.sort_by(f64::total_cmp);
            let at = |part: usize| waits.get((waits.len() * part / 100).min(waits.len().saturating_sub(1)));
            let at = |part| at(part).copied().unwrap_or_default();
            let latency = Latency { looks: waits.len() as u64, failed: *failed, p50_ms: at(50), p99_ms: at(99) };
            ((*page).to_owned(), latency)
        };
        seen.iter().map(latency).collect()
    }
}

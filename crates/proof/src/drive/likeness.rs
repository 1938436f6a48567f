//! Which gates of a run are alike for whoever dies there: what a replica keeps in memory dies with it, so what counts is where it stood,
//! what stands in the three ledgers, and what the others do. A shop that waits looks at the same things again and again, and a crash
//! in the ninth look is the crash in the first.

use super::{Driver, verify};
use crate::gates::Place;
use std::hash::{DefaultHasher, Hash, Hasher};
use store::testing::count_events;

/// What counts at Stripe.
const AT_STRIPE: [&str; 6] = ["customer", "checkout.session", "subscription", "payment_intent", "refund", "dispute"];

/// What a run remembers to tell gates apart.
#[derive(Debug, Default)]
pub(super) struct Likeness {
    /// What stood in the ledgers when they were read last; `None` when something may have changed since.
    ledgers: Option<u64>,
    /// One number for each gate so far: equal for gates that are alike.
    pub(super) of_gates: Vec<u64>,
}

impl Likeness {
    /// Something may stand in the ledgers that did not.
    pub(super) fn forget(&mut self) {
        self.ledgers = None;
    }
}

impl Driver {
    /// Remembers the gate at which somebody stands, if this run is recorded.
    pub(super) async fn remember(&mut self, replica: usize, place: &Place) -> anyhow::Result<()> {
        let Some(likeness) = &self.likeness else { return Ok(()) };
        let ledgers = match likeness.ledgers {
            Some(ledgers) => ledgers,
            None => self.read_ledgers().await?,
        };
        let mut others: Vec<(usize, Place)> =
            self.world.gates.parked().into_iter().map(|(_, replica, place)| (replica, place)).collect();
        others.retain(|(other, _)| *other != replica);
        let paused: Vec<bool> = self.paused.iter().map(Option::is_some).collect();
        let mut hasher = DefaultHasher::new();
        (replica, place, others, ledgers, paused, self.world.clock_is_off(replica)).hash(&mut hasher);
        if let Some(likeness) = &mut self.likeness {
            likeness.ledgers = Some(ledgers);
            likeness.of_gates.push(hasher.finish());
        }
        Ok(())
    }

    /// Stripe and the panel are looked at directly: what they answer may be a fault.
    async fn read_ledgers(&self) -> anyhow::Result<u64> {
        let ours = verify::read_ours(&self.world.observer, billing::Mode::Test).await?;
        let events = count_events(&mut *self.world.observer.read().await?).await?;
        let mut hasher = DefaultHasher::new();
        (without_times(&format!("{ours:?}")), events, self.world.webhooks_waiting()).hash(&mut hasher);
        for kind in AT_STRIPE {
            self.world.stripe.objects(kind).iter().for_each(|object| object.to_string().hash(&mut hasher));
        }
        format!("{:?}", self.world.panel.servers()).hash(&mut hasher);
        Ok(hasher.finish())
    }
}

/// A text without instants, and without how often an alert was raised.
fn without_times(text: &str) -> String {
    let is_instant = |text: &str| text.len() > 11 && text.as_bytes()[4] == b'-' && text.as_bytes()[10] == b'T';
    let mut kept = String::with_capacity(text.len());
    for part in text.split_inclusive([' ', '(', '"']) {
        if part.starts_with("20") && part.is_ascii() && is_instant(part) {
            kept.push('_');
        } else {
            kept.push_str(part);
        }
    }
    let mut told = kept.split("times: ");
    let first = told.next().unwrap_or_default().to_owned();
    told.fold(first, |kept, part| kept + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_counts_do_not_tell_gates_apart() {
        let text = |at: &str, times: u32| {
            format!("Alert {{ seen_at: {at}, key: \"20-a\", at: Some({at}), times: {times}, n: 4 }}")
        };
        let (early, late) = (text("2026-03-01T12:00:00Z", 1), text("2026-03-02T14:10:00.25Z", 12));
        assert_eq!(without_times(&early), without_times(&late));
        assert_ne!(without_times(&early), without_times(&early.replace("n: 4", "n: 5")));
    }
}

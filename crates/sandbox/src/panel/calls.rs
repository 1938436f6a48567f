//! The log of calls, for assertions such as "one create".

use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// One call to the panel's API as it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelCall {
    /// When.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// The route that took it, such as `servers/{}`; empty when none did.
    pub route: String,
    /// Status of the answer, also of one that did not arrive.
    pub status: u16,
    /// The answer did not arrive.
    pub lost: bool,
}

/// The last calls; the oldest fall off, the counts do not.
#[derive(Debug, Default, Clone)]
pub(super) struct CallLog {
    last: VecDeque<PanelCall>,
    counts: BTreeMap<(String, String), u64>,
}

const KEPT: usize = 20_000;

impl CallLog {
    pub(super) fn push(&mut self, call: PanelCall) {
        *self.counts.entry((call.method.clone(), call.route.clone())).or_default() += 1;
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(call);
    }

    pub(super) fn last(&self) -> impl Iterator<Item = &PanelCall> {
        self.last.iter()
    }

    pub(super) fn counts(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.counts.iter().map(|((method, route), count)| (method.as_str(), route.as_str(), *count))
    }
}

//! Keys, what they may do, and how often.

use super::model::RowId;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What an application key's access levels are kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Servers.
    Servers,
    /// Nodes.
    Nodes,
    /// Allocations.
    Allocations,
    /// Users.
    Users,
    /// Locations.
    Locations,
    /// Nests.
    Nests,
    /// Eggs.
    Eggs,
    /// Database hosts.
    DatabaseHosts,
    /// Server databases.
    ServerDatabases,
}

/// Read access.
pub const READ: u8 = 1;
/// Write access; alone it cannot read.
pub const WRITE: u8 = 2;

/// Access level per resource: 0 none, 1 read, 2 write, 3 both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<Resource, u8>);

impl Grants {
    /// Nothing at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// The same level everywhere.
    pub fn everywhere(level: u8) -> Self {
        use Resource::{Allocations, DatabaseHosts, Eggs, Locations, Nests, Nodes, ServerDatabases, Servers, Users};
        let all = [Servers, Nodes, Allocations, Users, Locations, Nests, Eggs, DatabaseHosts, ServerDatabases];
        Self(all.into_iter().map(|resource| (resource, level)).collect())
    }

    /// With another level for one resource.
    #[must_use]
    pub fn with(mut self, resource: Resource, level: u8) -> Self {
        self.0.insert(resource, level);
        self
    }

    /// Whether all bits of `level` are granted.
    pub fn allow(&self, resource: Resource, level: u8) -> bool {
        self.0.get(&resource).is_some_and(|granted| granted & level == level)
    }
}

/// What a key is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyKind {
    /// `ptla_…`: the application API, by grants.
    Application(Grants),
    /// `ptlc_…`: the client API, and everything on the application API when its owner is a root admin.
    Client,
}

/// A key of the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The whole key as sent.
    pub token: String,
    /// Its owner.
    pub user: RowId,
    /// What it is for.
    pub kind: KeyKind,
    /// Addresses it may be used from; empty means any. Callers of the simulator count as `127.0.0.1`.
    pub allowed_ips: Vec<String>,
}

/// Which of the two APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Api {
    Application,
    Client,
}

/// Fixed windows of a minute, one per user and API, from the first call on.
#[derive(Debug, Default, Clone)]
pub(super) struct Buckets(BTreeMap<(Api, RowId), Window>);

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: Timestamp,
    used: u32,
}

/// What the limiter says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed { remaining: u32 },
    Exhausted { until: Timestamp },
}

impl Buckets {
    pub(super) fn count(&mut self, api: Api, user: RowId, limit: u32, now: Timestamp) -> Verdict {
        let fresh = Window { ends: now.saturating_add(SignedDuration::from_mins(1)).unwrap_or(now), used: 0 };
        let window = self.0.entry((api, user)).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        if window.used >= limit {
            return Verdict::Exhausted { until: window.ends };
        }
        window.used += 1;
        Verdict::Allowed { remaining: limit - window.used }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_alone_cannot_read() {
        let grants = Grants::none().with(Resource::Users, WRITE);
        assert!(grants.allow(Resource::Users, WRITE));
        assert!(!grants.allow(Resource::Users, READ));
        assert!(!grants.allow(Resource::Servers, READ));
    }

    #[test]
    fn the_two_apis_have_separate_buckets_and_a_window_starts_over_after_a_minute() {
        let mut buckets = Buckets::default();
        let start = Timestamp::UNIX_EPOCH;
        assert_eq!(buckets.count(Api::Application, 1, 1, start), Verdict::Allowed { remaining: 0 });
        let ends = start + SignedDuration::from_secs(60);
        assert_eq!(buckets.count(Api::Application, 1, 1, start), Verdict::Exhausted { until: ends });
        assert_eq!(buckets.count(Api::Client, 1, 1, start), Verdict::Allowed { remaining: 0 });
        assert_eq!(buckets.count(Api::Application, 2, 1, start), Verdict::Allowed { remaining: 0 });
        assert_eq!(buckets.count(Api::Application, 1, 1, ends), Verdict::Allowed { remaining: 0 });
    }
}

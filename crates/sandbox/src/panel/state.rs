//! Everything the simulated panel and its daemons know, behind one lock.

use super::access::{Buckets, Key};
use super::belongings::Belongings;
use super::calls::CallLog;
use super::exchange::Request;
use super::faults::{Faults, Subject};
use super::machine::Machine;
use super::model::{
    Allocation, Database, DatabaseHost, Egg, Location, Nest, Node, RowId, Server, Stamps, Status, User,
};
use super::options::PanelOptions;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// The whole state.
#[derive(Clone)]
pub(super) struct State {
    pub options: PanelOptions,
    pub dice: Dice,
    pub locations: BTreeMap<RowId, Location>,
    pub nodes: BTreeMap<RowId, Node>,
    pub allocations: BTreeMap<RowId, Allocation>,
    pub nests: BTreeMap<RowId, Nest>,
    pub eggs: BTreeMap<RowId, Egg>,
    pub users: BTreeMap<RowId, User>,
    pub keys: Vec<Key>,
    pub servers: BTreeMap<RowId, Server>,
    pub hosts: BTreeMap<RowId, DatabaseHost>,
    pub databases: BTreeMap<RowId, Database>,
    pub ids: Counters,
    pub machines: BTreeMap<RowId, Machine>,
    pub faults: Faults,
    pub buckets: Buckets,
    pub calls: CallLog,
    pub pending: Vec<Pending>,
    pub belongings: Belongings,
    /// Stats as last given out, until when.
    pub stats: BTreeMap<RowId, (Timestamp, Value)>,
}

/// The last id drawn per table; it never goes back, as in a database.
#[derive(Debug, Default, Clone)]
pub(super) struct Counters {
    pub location: RowId,
    pub node: RowId,
    pub allocation: RowId,
    pub user: RowId,
    pub server: RowId,
    pub database: RowId,
}

/// Something that happens to the tables later.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub at: Timestamp,
    pub act: LateAct,
}

/// What happens then.
#[derive(Debug, Clone)]
pub(super) enum LateAct {
    /// The transaction of an unanswered call is rolled back after all.
    Vanish(Made),
    /// The call is worked off.
    Work(Box<Request>),
}

/// A row that a call created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Server(RowId),
    User(RowId),
}

impl State {
    /// Draws the next id of a table.
    pub(super) fn draw(counter: &mut RowId) -> RowId {
        *counter += 1;
        *counter
    }

    pub(super) fn allocations_of(&self, server: RowId) -> impl Iterator<Item = &Allocation> {
        self.allocations.values().filter(move |allocation| allocation.server == Some(server))
    }

    pub(super) fn allocations_on(&self, node: RowId) -> impl Iterator<Item = &Allocation> {
        self.allocations.values().filter(move |allocation| allocation.node == node)
    }

    pub(super) fn servers_on(&self, node: RowId) -> impl Iterator<Item = &Server> {
        self.servers.values().filter(move |server| server.node == node)
    }

    pub(super) fn databases_of(&self, server: RowId) -> impl Iterator<Item = &Database> {
        self.databases.values().filter(move |database| database.server == server)
    }

    /// Memory and disk promised on a node: limits added up, unlimited ones as 0.
    pub(super) fn promised(&self, node: RowId) -> (i64, i64) {
        self.servers_on(node)
            .fold((0, 0), |(memory, disk), server| (memory + server.limits.memory, disk + server.limits.disk))
    }

    pub(super) fn node(&self, id: RowId) -> Option<&Node> {
        self.nodes.get(&id).filter(|node| !self.faults.node_removed(node.id))
    }

    pub(super) fn in_maintenance(&self, node: RowId) -> bool {
        self.faults.node_in_maintenance(node) || self.nodes.get(&node).is_some_and(|node| node.maintenance)
    }

    /// A server that reads may see.
    pub(super) fn visible(&self, id: RowId, now: Timestamp) -> Option<&Server> {
        self.servers.get(&id).filter(|server| server.hidden_until.is_none_or(|until| until <= now))
    }

    pub(super) fn location_of(&self, node: RowId) -> Option<&Location> {
        self.locations.get(&self.nodes.get(&node)?.location)
    }

    /// A server for fault matching.
    pub(super) fn subject_of(server: &Server) -> Subject<'_> {
        Subject { method: "", path: "", external_id: server.external_id.as_deref() }
    }

    /// Sets the status column.
    pub(super) fn set_status(&mut self, id: RowId, status: Status, now: Timestamp) {
        if let Some(server) = self.servers.get_mut(&id) {
            server.status = status;
            server.stamps.updated = now;
        }
    }

    /// Removes a server with everything that hangs on it; its allocations become free.
    pub(super) fn remove_server(&mut self, id: RowId) {
        self.servers.remove(&id);
        self.machines.remove(&id);
        self.stats.remove(&id);
        self.databases.retain(|_, database| database.server != id);
        self.belongings.forget(id);
        for allocation in self.allocations.values_mut().filter(|allocation| allocation.server == Some(id)) {
            allocation.server = None;
        }
    }

    /// The variables of a server's egg with its values, in order.
    pub(super) fn environment_of(&self, server: &Server) -> Vec<(String, String)> {
        let Some(egg) = self.eggs.get(&server.egg) else { return Vec::new() };
        let value = |env: &String| server.environment.get(env).cloned().unwrap_or_default();
        egg.variables.iter().map(|variable| (variable.env.clone(), value(&variable.env))).collect()
    }
}

/// A small deterministic source of uuids and choices (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// An index below `count`; 0 for an empty range.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.roll() % count).unwrap_or(0)
    }

    pub(super) fn uuid(&mut self) -> String {
        let bytes = (u128::from(self.roll()) << 64 | u128::from(self.roll())).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// Letters and digits.
    pub(super) fn word(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        (0..length).map(|_| char::from(LETTERS[self.below(LETTERS.len())])).collect()
    }
}

/// Stamps for a new row.
pub(super) fn fresh(now: Timestamp) -> Stamps {
    Stamps::at(now)
}

/// The database compares a path's id as the number its leading digits make.
pub(super) fn leading_number(text: &str) -> Option<RowId> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// An id in a body, as number or numeric text.
pub(super) fn number(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(flag) => Some(i64::from(*flag)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A text in a body; null and missing are `None`.
pub(super) fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A truth in a body: `true`, 1 or `"1"`.
pub(super) fn flag(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => Some(number.as_i64() == Some(1)),
        Value::String(text) => Some(text == "1" || text == "true"),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

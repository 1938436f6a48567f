//! What a simulated panel holds at its start.

mod demo;
mod eggs;
mod ports;
pub mod recorded;

use super::access::{Buckets, Grants, Key, KeyKind, READ, WRITE};
use super::belongings::Belongings;
use super::calls::CallLog;
use super::faults::Faults;
use super::model::{Allocation, DatabaseHost, Location, Node, RowId, User};
use super::options::PanelOptions;
use super::state::{Counters, Dice, State, fresh};
use eggs::NestSeed;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A node to begin with; `location` counts the seed's locations from 0.
#[derive(Debug, Clone)]
pub struct NodeSeed {
    /// Name.
    pub name: String,
    /// Index of its location among the seed's.
    pub location: usize,
    /// MiB.
    pub memory_mib: i64,
    /// MiB.
    pub disk_mib: i64,
    /// Percent for memory and for disk.
    pub overallocate: (i64, i64),
    /// Whether automatic deployment may choose it.
    pub public: bool,
    /// Under maintenance.
    pub maintenance: bool,
    /// Host name of Wings.
    pub fqdn: String,
    /// Port of Wings.
    pub daemon_listen: i64,
}

impl NodeSeed {
    /// A public node without over-allocation, at `127.0.0.1:8080`.
    pub fn new(name: &str, location: usize, memory_mib: i64, disk_mib: i64) -> Self {
        Self {
            name: name.to_owned(),
            location,
            memory_mib,
            disk_mib,
            overallocate: (0, 0),
            public: true,
            maintenance: false,
            fqdn: "127.0.0.1".to_owned(),
            daemon_listen: 8080,
        }
    }
}

#[derive(Debug, Clone)]
struct PortSeed {
    node: usize,
    ip: String,
    alias: Option<String>,
    port: u16,
}

#[derive(Debug, Clone)]
struct UserSeed {
    username: String,
    names: (String, String),
    email: String,
    root_admin: bool,
}

/// The rows of a new panel, in the order in which they get their ids.
#[derive(Debug, Clone, Default)]
pub struct PanelSeed {
    ids_after: RowId,
    locations: Vec<(String, String)>,
    nodes: Vec<NodeSeed>,
    ports: Vec<PortSeed>,
    nests: Vec<NestSeed>,
    users: Vec<UserSeed>,
    keys: Vec<(String, usize, KeyKind, Vec<String>)>,
    hosts: Vec<String>,
}

impl PanelSeed {
    /// Nothing at all.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Ids of every table start after this number.
    #[must_use]
    pub fn ids_after(mut self, id: i64) -> Self {
        self.ids_after = id;
        self
    }

    /// Adds a location.
    #[must_use]
    pub fn location(mut self, short: &str, long: &str) -> Self {
        self.locations.push((short.to_owned(), long.to_owned()));
        self
    }

    /// Adds a node.
    #[must_use]
    pub fn node(mut self, node: NodeSeed) -> Self {
        self.nodes.push(node);
        self
    }

    /// Adds allocations to a node, counted from 0.
    #[must_use]
    pub fn allocations(
        mut self,
        node: usize,
        ip: &str,
        alias: Option<&str>,
        ports: impl IntoIterator<Item = u16>,
    ) -> Self {
        let port = |port| PortSeed { node, ip: ip.to_owned(), alias: alias.map(str::to_owned), port };
        self.ports.extend(ports.into_iter().map(port));
        self
    }

    /// Adds an account.
    #[must_use]
    pub fn user(mut self, username: &str, names: (&str, &str), email: &str, root_admin: bool) -> Self {
        let names = (names.0.to_owned(), names.1.to_owned());
        self.users.push(UserSeed { username: username.to_owned(), names, email: email.to_owned(), root_admin });
        self
    }

    /// Adds a `ptla_` key of a user, counted from 0.
    #[must_use]
    pub fn application_key(mut self, token: &str, user: usize, grants: Grants) -> Self {
        self.keys.push((token.to_owned(), user, KeyKind::Application(grants), Vec::new()));
        self
    }

    /// Adds a `ptlc_` key of a user, counted from 0.
    #[must_use]
    pub fn client_key(mut self, token: &str, user: usize) -> Self {
        self.keys.push((token.to_owned(), user, KeyKind::Client, Vec::new()));
        self
    }

    /// Adds a host for databases.
    #[must_use]
    pub fn database_host(mut self, name: &str) -> Self {
        self.hosts.push(name.to_owned());
        self
    }

    /// Builds the state; uuids come from the options' seed and differ between panels whose ids start elsewhere.
    pub(super) fn build(self, options: PanelOptions) -> State {
        let (now, base) = (options.clock.now(), self.ids_after);
        let mut dice = Dice::new(options.seed ^ base.unsigned_abs().rotate_left(32));
        let nth = |index: usize| base + 1 + RowId::try_from(index).unwrap_or(0);
        let locations = numbered(base, self.locations, |id, (short, long)| Location {
            id,
            short,
            long: Some(long),
            stamps: fresh(now),
        });
        let nodes = numbered(base, self.nodes, |id, seed| {
            let location = nth(seed.location);
            seed.row(id, location, now, dice.uuid())
        });
        let allocations = numbered(base, self.ports, |id, PortSeed { node, ip, alias, port }| Allocation {
            id,
            node: nth(node),
            ip,
            alias,
            port,
            notes: None,
            server: None,
        });
        let (nests, eggs) = eggs::rows(self.nests, base, now, &mut dice);
        let users = numbered(base, self.users, |id, seed| seed.row(id, now, dice.uuid()));
        let key = |(token, user, kind, allowed_ips)| Key { token, user: nth(user), kind, allowed_ips };
        let ids = Counters {
            location: last(base, &locations),
            node: last(base, &nodes),
            allocation: last(base, &allocations),
            user: last(base, &users),
            server: base,
            database: base,
        };
        State {
            options,
            dice,
            locations,
            nodes,
            allocations,
            nests,
            eggs,
            users,
            keys: self.keys.into_iter().map(key).collect(),
            servers: BTreeMap::new(),
            hosts: numbered(base, self.hosts, |id, name| host(id, name, now)),
            databases: BTreeMap::new(),
            ids,
            machines: BTreeMap::new(),
            faults: Faults::default(),
            buckets: Buckets::default(),
            calls: CallLog::default(),
            pending: Vec::new(),
            belongings: Belongings::default(),
            stats: BTreeMap::new(),
        }
    }
}

/// Rows with ids after `base`, in order.
fn numbered<S, R>(base: RowId, seeds: Vec<S>, mut row: impl FnMut(RowId, S) -> R) -> BTreeMap<RowId, R> {
    (base + 1..).zip(seeds).map(|(id, seed)| (id, row(id, seed))).collect()
}

fn last<R>(base: RowId, rows: &BTreeMap<RowId, R>) -> RowId {
    rows.keys().next_back().copied().unwrap_or(base)
}

impl NodeSeed {
    fn row(self, id: RowId, location: RowId, now: Timestamp, uuid: String) -> Node {
        Node {
            id,
            uuid,
            public: self.public,
            description: Some(self.name.clone()),
            name: self.name,
            location,
            fqdn: self.fqdn,
            scheme: "http".to_owned(),
            behind_proxy: false,
            maintenance: self.maintenance,
            memory: self.memory_mib,
            memory_overallocate: self.overallocate.0,
            disk: self.disk_mib,
            disk_overallocate: self.overallocate.1,
            upload_size: 100,
            daemon_listen: self.daemon_listen,
            daemon_sftp: 2022,
            stamps: fresh(now),
        }
    }
}

impl UserSeed {
    fn row(self, id: RowId, now: Timestamp, uuid: String) -> User {
        User {
            id,
            external_id: None,
            uuid,
            username: self.username,
            email: self.email,
            first_name: self.names.0,
            last_name: self.names.1,
            language: "en".to_owned(),
            root_admin: self.root_admin,
            password: None,
            stamps: fresh(now),
        }
    }
}

fn host(id: RowId, name: String, now: Timestamp) -> DatabaseHost {
    let (host, username) = ("127.0.0.1".to_owned(), "dbhost".to_owned());
    DatabaseHost { id, name, host, port: 3306, username, stamps: fresh(now) }
}

/// A storefront's rights and no more.
fn storefront_grants() -> Grants {
    use super::access::Resource::{ServerDatabases, Servers, Users};
    let both = READ | WRITE;
    Grants::everywhere(READ).with(Servers, both).with(Users, both).with(ServerDatabases, both)
}

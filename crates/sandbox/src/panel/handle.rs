//! What tests and demos may ask of a simulated panel, and do to it, without HTTP.

use super::access::KeyKind;
use super::calls::PanelCall;
use super::faults::FaultSpec;
use super::machine::Machine;
use super::model::{Allocation, Server};
use super::sockets::RunningGame;
use super::state::State;
use super::tree::{StoredFile, whole_path};
use super::{Inner, PanelSim, catch_up};
use crate::clock::SandboxClock;
use jiff::{SignedDuration, Timestamp};
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

/// A server as it is now, with both lives: the panel's row and Wings' process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSnapshot {
    /// Row id.
    pub id: i64,
    /// Id of another system.
    pub external_id: Option<String>,
    /// Uuid.
    pub uuid: String,
    /// Name.
    pub name: String,
    /// Name of its egg.
    pub egg: String,
    /// Node.
    pub node: i64,
    /// Owner.
    pub user: i64,
    /// Status column; `None` is the panel's null.
    pub status: Option<&'static str>,
    /// `offline`, `starting`, `running`, `stopping`; `None` when Wings does not know the server.
    pub state: Option<&'static str>,
    /// How many play.
    pub players: u32,
    /// The game answers nobody.
    pub silent: bool,
    /// MiB.
    pub memory_mib: i64,
    /// Address and port, the default one first.
    pub allocations: Vec<(String, u16)>,
    /// Variables, in the egg's order.
    pub environment: Vec<(String, String)>,
}

impl State {
    fn snapshot(&self, server: &Server) -> ServerSnapshot {
        let machine = self.machines.get(&server.id);
        let mut ports: Vec<_> = self.allocations_of(server.id).collect();
        ports.sort_by_key(|port| (port.id != server.allocation, port.id));
        ServerSnapshot {
            id: server.id,
            external_id: server.external_id.clone(),
            uuid: server.uuid.clone(),
            name: server.name.clone(),
            egg: self.eggs.get(&server.egg).map(|egg| egg.name.clone()).unwrap_or_default(),
            node: server.node,
            user: server.user,
            status: server.status.word(),
            state: machine.map(|machine| machine.power.word()),
            players: machine.map_or(0, |machine| machine.players),
            silent: machine.is_some_and(|machine| machine.silent),
            memory_mib: server.limits.memory,
            allocations: ports.into_iter().map(|port| (port.ip.clone(), port.port)).collect(),
            environment: self.environment_of(server),
        }
    }
}

impl PanelSim {
    /// Another panel in the same state, with a clock of its own and no socket open yet.
    #[must_use]
    pub fn fork(&self, clock: SandboxClock) -> Self {
        let mut state = self.state().clone();
        state.options.clock = clock;
        Self { inner: Arc::new(Inner::new(state)) }
    }

    /// The database becomes that of another panel, as when somebody restores a backup. Faults stay as they are.
    pub fn restore(&self, from: &Self) {
        let kept = from.state().clone();
        let mut state = self.state();
        let (options, faults) = (state.options.clone(), std::mem::take(&mut state.faults));
        *state = kept;
        state.options = options;
        state.faults = faults;
    }

    /// The panel's time.
    pub fn now(&self) -> Timestamp {
        self.state().options.clock.now()
    }

    /// Moves the clock, for everything that shares it, and applies what became due. Sockets follow at the next tick or request.
    pub fn advance(&self, by: SignedDuration) {
        let clock = self.state().options.clock.clone();
        clock.advance(by);
        catch_up(&mut self.state());
    }

    /// All servers by id, as they are now.
    pub fn servers(&self) -> Vec<ServerSnapshot> {
        let mut state = self.state();
        catch_up(&mut state);
        state.servers.values().map(|server| state.snapshot(server)).collect()
    }

    /// The server with this external id.
    pub fn find_server(&self, external_id: &str) -> Option<ServerSnapshot> {
        self.servers().into_iter().find(|server| server.external_id.as_deref() == Some(external_id))
    }

    /// The last calls to the API, oldest first.
    pub fn calls(&self) -> Vec<PanelCall> {
        self.state().calls.last().cloned().collect()
    }

    /// How often each route was called: method, route, count.
    pub fn call_counts(&self) -> Vec<(String, String, u64)> {
        let state = self.state();
        state.calls.counts().map(|(method, route, count)| (method.to_owned(), route.to_owned(), count)).collect()
    }

    /// How often a route such as `servers` or `servers/{}/suspend` was called.
    pub fn count_of(&self, method: &str, route: &str) -> u64 {
        self.state().calls.counts().find(|(m, r, _)| *m == method && *r == route).map_or(0, |(_, _, count)| count)
    }

    /// The first application key, empty when there is none.
    pub fn application_key(&self) -> String {
        let state = self.state();
        let key = state.keys.iter().find(|key| matches!(key.kind, KeyKind::Application(_)));
        key.map(|key| key.token.clone()).unwrap_or_default()
    }

    /// The first client key, empty when there is none.
    pub fn client_key(&self) -> String {
        let state = self.state();
        state.keys.iter().find(|key| key.kind == KeyKind::Client).map(|key| key.token.clone()).unwrap_or_default()
    }

    /// Switches a fault on; the number takes it away again.
    pub fn add_fault(&self, spec: FaultSpec) -> u64 {
        self.state().faults.add(spec)
    }

    /// Takes a fault away; `false` when it was used up or never there.
    pub fn remove_fault(&self, id: u64) -> bool {
        self.state().faults.remove(id)
    }

    /// Takes all faults away.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// The faults that stand.
    pub fn faults(&self) -> Vec<(u64, FaultSpec)> {
        self.state().faults.list().map(|(id, spec)| (id, spec.clone())).collect()
    }

    /// Sets how many play on a server; `false` when Wings does not know it.
    pub fn set_players(&self, server: i64, online: u32) -> bool {
        self.with_machine(server, |machine| machine.players = online)
    }

    /// Makes a game answer nobody, or answer again; `false` when Wings does not know the server.
    pub fn set_silent(&self, server: i64, silent: bool) -> bool {
        self.with_machine(server, |machine| machine.silent = silent)
    }

    /// The running game exits by itself; Wings starts it once more unless it did so within the last minute.
    pub fn crash(&self, server: i64) -> bool {
        let mut state = self.state();
        catch_up(&mut state);
        let now = state.options.clock.now();
        state.crash_game(server, now)
    }

    /// Writes a file as if somebody had uploaded it; `false` when Wings does not know the server or cannot write it there.
    pub fn write_file(&self, server: i64, path: &str, content: &str) -> bool {
        let at = self.now();
        let file = StoredFile::new(content.as_bytes(), at);
        let mut written = false;
        let known = self.with_machine(server, |machine| {
            written = machine.files.write(&whole_path(path), file).is_ok();
        });
        known && written
    }

    /// A running game writes a line on its console; `false` when none runs.
    pub fn print(&self, server: i64, line: &str) -> bool {
        let at = self.now();
        let mut runs = false;
        self.with_machine(server, |machine| {
            runs = machine.is_running();
            if runs {
                machine.print(line.to_owned(), at);
            }
        });
        runs
    }

    /// A file's content as Wings has it.
    pub fn read_file(&self, server: i64, path: &str) -> Option<Vec<u8>> {
        Some(self.state().machines.get(&server)?.files.file(&whole_path(path))?.bytes.to_vec())
    }

    /// The password of the account with this address, if one was set by a call.
    pub fn account_password(&self, email: &str) -> Option<String> {
        self.state().users.values().find(|user| user.email == email)?.password.clone()
    }

    /// The row disappears, as after a restored backup of the panel's database; `false` when it was not there.
    pub fn vanish(&self, server: i64) -> bool {
        let mut state = self.state();
        let known = state.servers.contains_key(&server);
        state.remove_server(server);
        known
    }

    /// A row like a server's appears under another external id, on a free port of its node, as somebody leaves it behind. Its uuid;
    /// `None` when there is no such server or no free port.
    pub fn plant(&self, like: i64, external_id: &str) -> Option<String> {
        let mut state = self.state();
        let like = state.servers.get(&like)?.clone();
        let free = state.allocations.values().find(|port| port.node == like.node && port.server.is_none())?.id;
        let id = State::draw(&mut state.ids.server);
        let uuid = state.dice.uuid();
        if let Some(port) = state.allocations.get_mut(&free) {
            port.server = Some(id);
        }
        let row =
            Server { id, uuid: uuid.clone(), external_id: Some(external_id.to_owned()), allocation: free, ..like };
        state.servers.insert(id, row);
        Some(uuid)
    }

    /// A server stands on another node, on a free port there, as after a transfer; `false` when there is no such server or no free port.
    pub fn transfer(&self, server: i64, node: i64) -> bool {
        let mut state = self.state();
        let free =
            state.allocations.values().find(|port| port.node == node && port.server.is_none()).map(|port| port.id);
        let Some(free) = free.filter(|_| state.servers.contains_key(&server)) else { return false };
        for (id, port) in &mut state.allocations {
            if *id == free {
                port.server = Some(server);
            } else if port.server == Some(server) {
                port.server = None;
            }
        }
        if let Some(row) = state.servers.get_mut(&server) {
            (row.node, row.allocation) = (node, free);
        }
        true
    }

    /// The operator gives the first node so much memory (MiB), and the others none worth selling.
    pub fn leave_memory(&self, mib: i64) {
        for (place, node) in self.state().nodes.values_mut().enumerate() {
            node.memory = if place == 0 { mib } else { 64 };
        }
    }

    /// The operator takes every free port of a node away.
    pub fn take_free_ports(&self, node: i64) {
        self.state().allocations.retain(|_, port| port.node != node || port.server.is_some());
    }

    /// The operator gives a node one more port.
    pub fn give_free_port(&self, node: i64, port: u16) {
        let mut state = self.state();
        let id = State::draw(&mut state.ids.allocation);
        let ip = "127.0.0.1".to_owned();
        state.allocations.insert(id, Allocation { id, node, ip, alias: None, port, notes: None, server: None });
    }

    /// The operator gives an egg another name; `false` when there is none of that name.
    pub fn rename_egg(&self, from: &str, to: &str) -> bool {
        let mut state = self.state();
        let found = state.eggs.values_mut().find(|egg| egg.name == from);
        found.map(|egg| to.clone_into(&mut egg.name)).is_some()
    }

    /// Wings of a node restarts: unfinished installs of the node count as done.
    pub fn restart_wings(&self, node: i64) {
        let mut state = self.state();
        catch_up(&mut state);
        let now = state.options.clock.now();
        state.restart_wings(node, now);
    }

    /// The games that run and can be asked, with what they would say.
    pub fn running_games(&self) -> Vec<RunningGame> {
        let mut state = self.state();
        catch_up(&mut state);
        state.running_games()
    }

    /// The game that would answer at an address; `None` when nothing runs there or it is silent.
    pub fn game_at(&self, ip: &str, port: u16) -> Option<RunningGame> {
        self.running_games().into_iter().find(|game| game.ip == ip && game.port == port && !game.silent)
    }

    /// Where the open socket of a server's game listens.
    pub fn game_address(&self, server: i64) -> Option<SocketAddr> {
        self.inner.sockets.lock().unwrap_or_else(PoisonError::into_inner).address(server)
    }

    fn with_machine(&self, server: i64, act: impl FnOnce(&mut Machine)) -> bool {
        let mut state = self.state();
        catch_up(&mut state);
        match state.machines.get_mut(&server) {
            Some(machine) => {
                act(machine);
                true
            }
            None => false,
        }
    }
}

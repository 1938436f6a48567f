//! The real sockets of running games, kept in step with the machines.

use super::machine::Machine;
use super::model::{RowId, Server};
use super::state::State;
use crate::games::{Face, ProbePort, Protocol, Responder, by_egg_name};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What a running game would say, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningGame {
    /// Row id of its server.
    pub server: i64,
    /// Address of the allocation that is asked.
    pub ip: String,
    /// Port that is asked.
    pub port: u16,
    /// Its protocol.
    pub protocol: Protocol,
    /// Name of the server.
    pub name: String,
    /// How many play.
    pub online: u32,
    /// How many may.
    pub slots: u32,
    /// It answers nobody.
    pub silent: bool,
}

impl State {
    /// Every game that runs and has a protocol to be asked in.
    pub(super) fn running_games(&self) -> Vec<RunningGame> {
        let running = self.machines.iter().filter(|(_, machine)| machine.is_running());
        running.filter_map(|(id, machine)| self.running_game(self.servers.get(id)?, machine)).collect()
    }

    fn running_game(&self, server: &Server, machine: &Machine) -> Option<RunningGame> {
        let game = by_egg_name(&self.eggs.get(&server.egg)?.name);
        let (protocol, port) = game.probe?;
        let default = self.allocations.get(&server.allocation)?;
        let port = match port {
            ProbePort::Default => default.port,
            ProbePort::Variable(name) => server.environment.get(name)?.parse().ok()?,
        };
        // A port that is no allocation of the server is not reachable from outside.
        let asked = self.allocations_of(server.id).find(|it| it.port == port && it.ip == default.ip)?;
        let slots = game.slots.and_then(|name| server.environment.get(name)?.parse().ok()).unwrap_or(20);
        Some(RunningGame {
            server: server.id,
            ip: asked.ip.clone(),
            port,
            protocol,
            name: server.name.clone(),
            online: machine.players,
            slots,
            silent: machine.silent,
        })
    }
}

/// The sockets that are open, by server.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    open: BTreeMap<RowId, Open>,
    /// Servers whose port was taken when it was last tried; each is reported once.
    waiting: BTreeSet<RowId>,
}

#[derive(Debug)]
struct Open {
    game: RunningGame,
    responder: Responder,
}

/// More games than this at once get no socket.
const MOST_SOCKETS: usize = 512;

impl Sockets {
    /// Opens and closes sockets until they match `games`; a port that cannot be bound is tried again at the next call.
    pub(super) fn match_games(&mut self, games: Vec<RunningGame>, elsewhere: IpAddr) {
        let mut wanted: BTreeMap<RowId, RunningGame> = games.into_iter().map(|game| (game.server, game)).collect();
        self.open.retain(|id, open| {
            let keeps = wanted.get(id).is_some_and(|game| same_socket(game, &open.game));
            if keeps && let Some(game) = wanted.remove(id) {
                open.responder.face().set_online(game.online);
                open.responder.face().set_silent(game.silent);
            }
            keeps
        });
        for (id, game) in wanted {
            if self.open.len() >= MOST_SOCKETS {
                tracing::warn!("No socket for simulated server {id}: {MOST_SOCKETS} are open already");
                break;
            }
            let face = Arc::new(Face::new(game.name.clone(), "1.21", game.slots));
            face.set_online(game.online);
            face.set_silent(game.silent);
            let address = SocketAddr::new(address_of(&game.ip, elsewhere), game.port);
            match Responder::open(address, game.protocol, face) {
                Ok(responder) => {
                    self.waiting.remove(&id);
                    self.open.insert(id, Open { game, responder });
                }
                Err(error) if self.waiting.insert(id) => {
                    tracing::warn!("Simulated server {id} cannot listen on {address} yet: {error}");
                }
                Err(_known) => {}
            }
        }
    }

    /// Where the game of a server listens.
    pub(super) fn address(&self, server: RowId) -> Option<SocketAddr> {
        self.open.get(&server).map(|open| open.responder.address())
    }
}

/// Whether the open socket still serves; only players and silence may change on it.
fn same_socket(wanted: &RunningGame, open: &RunningGame) -> bool {
    let may_change = |game: &RunningGame| RunningGame { online: 0, silent: false, ..game.clone() };
    let silence_needs_another = wanted.protocol == Protocol::TcpAccept && wanted.silent != open.silent;
    may_change(wanted) == may_change(open) && !silence_needs_another
}

/// Loopback addresses are bound as they are; any other belongs to a machine that is not there.
fn address_of(ip: &str, elsewhere: IpAddr) -> IpAddr {
    ip.parse().ok().filter(IpAddr::is_loopback).unwrap_or(elsewhere)
}

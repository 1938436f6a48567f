//! One call being worked off: who asks, what for, and how the daemon behaves meanwhile.

use super::access::Grants;
use super::exchange::{Refusal, Reply, Request};
use super::faults::{Fault, Subject};
use super::model::{RowId, Server};
use super::rules::{self, Tables};
use super::state::{Made, State, leading_number, number, text};
use super::view::{Includes, View};
use jiff::Timestamp;
use serde_json::Value;

/// The owner of the key and what it opens.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub user: RowId,
    pub root_admin: bool,
    /// `None` is everything.
    pub grants: Option<Grants>,
}

/// A call on its way through a handler.
pub(super) struct Call<'a> {
    pub state: &'a mut State,
    pub now: Timestamp,
    pub request: &'a Request,
    pub params: Vec<String>,
    pub actor: Actor,
    /// The daemon is not told of what this call creates (the panel dies in between).
    pub orphan: bool,
    /// Additional ports are not looked at before they are taken.
    pub blind_ports: bool,
    /// Rows created so far.
    pub made: Vec<Made>,
    pub daemon: Daemon,
}

/// How the daemon answers during this call; decided at its first use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Daemon {
    #[default]
    Undecided,
    Answers,
    Fails(Refusal),
}

pub(super) type Outcome = Result<Reply, Refusal>;

impl Call<'_> {
    pub(super) fn view(&self) -> View<'_> {
        View { state: self.state, now: self.now, grants: self.actor.grants.as_ref() }
    }

    pub(super) fn includes(&self) -> Includes {
        Includes::read(self.request.param("include"))
    }

    pub(super) fn body(&self) -> &Value {
        &self.request.body
    }

    pub(super) fn field(&self, path: &str) -> Option<&Value> {
        rules::at(&self.request.body, path)
    }

    pub(super) fn number(&self, path: &str) -> Option<i64> {
        number(self.field(path))
    }

    pub(super) fn text(&self, path: &str) -> Option<String> {
        text(self.field(path))
    }

    /// The id that the path's parameter makes.
    pub(super) fn id(&self, at: usize) -> Result<RowId, Refusal> {
        self.params.get(at).and_then(|param| leading_number(param)).ok_or_else(Refusal::not_found)
    }

    /// The server whose id is the first parameter.
    pub(super) fn server(&self) -> Result<Server, Refusal> {
        let id = self.id(0)?;
        self.state.visible(id, self.now).cloned().ok_or_else(Refusal::not_found)
    }

    /// Refuses with every rule that the body breaks.
    pub(super) fn check(&self, fields: &[(&str, &str)], ignoring: Option<RowId>) -> Result<(), Refusal> {
        self.check_value(self.body(), fields, ignoring)
    }

    pub(super) fn check_value(
        &self,
        body: &Value,
        fields: &[(&str, &str)],
        ignoring: Option<RowId>,
    ) -> Result<(), Refusal> {
        let broken = rules::check(body, fields, &Lookup { state: self.state, ignoring });
        if broken.is_empty() { Ok(()) } else { Err(Refusal::invalid(broken)) }
    }

    /// Checks values for an egg's variables as the panel does, by each variable's own rules.
    pub(super) fn check_environment(&self, egg: RowId, environment: &Value) -> Result<(), Refusal> {
        let Some(egg) = self.state.eggs.get(&egg) else { return Ok(()) };
        let value = |name: &str| environment.get(name).cloned().unwrap_or(Value::Null);
        let values: serde_json::Map<String, Value> =
            egg.variables.iter().map(|it| (it.env.clone(), value(&it.env))).collect();
        let fields: Vec<(String, &str)> =
            egg.variables.iter().map(|it| (format!("environment.{}", it.env), it.rules.as_str())).collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(field, rules)| (field.as_str(), *rules)).collect();
        self.check_value(&serde_json::json!({ "environment": values }), &fields, None)
    }

    /// Reaches a node's daemon, or fails as the daemon does. One call meets one mood of the daemon.
    pub(super) fn reach(&mut self, node: RowId, subject: Option<&str>) -> Result<(), Refusal> {
        if self.daemon == Daemon::Undecided {
            self.daemon = self.mood_of(node, subject);
        }
        match &self.daemon {
            Daemon::Undecided | Daemon::Answers => Ok(()),
            Daemon::Fails(refusal) => Err(refusal.clone()),
        }
    }

    fn mood_of(&mut self, node: RowId, external_id: Option<&str>) -> Daemon {
        if self.state.faults.node_removed(node) {
            return Daemon::Fails(unreachable_daemon());
        }
        let subject = Subject { method: self.request.method.as_str(), path: &self.request.path, external_id };
        let fault = self.state.faults.take(&subject, |fault| match fault {
            Fault::DaemonDown { node: only } | Fault::DaemonAnswers { node: only, .. } => {
                only.is_none_or(|only| only == node)
            }
            _ => false,
        });
        match fault {
            Some(Fault::DaemonDown { .. }) => Daemon::Fails(unreachable_daemon()),
            Some(Fault::DaemonAnswers { status, .. }) => Daemon::Fails(daemon_status(status)),
            _ => Daemon::Answers,
        }
    }

    /// Reaches the daemon about a server that it must know.
    pub(super) fn reach_server(&mut self, server: &Server) -> Result<(), Refusal> {
        self.reach(server.node, server.external_id.as_deref())?;
        if self.state.machines.contains_key(&server.id) { Ok(()) } else { Err(daemon_status(404)) }
    }
}

pub(super) fn unreachable_daemon() -> Refusal {
    Refusal::new(504, "DaemonConnectionException", "The node's daemon did not answer.")
}

pub(super) fn daemon_status(status: u16) -> Refusal {
    let status = if status < 400 { 502 } else { status };
    Refusal::new(status, "DaemonConnectionException", &format!("The node's daemon answered {status}."))
}

/// What validation rules may look up.
struct Lookup<'a> {
    state: &'a State,
    /// The row being changed does not stand in its own way.
    ignoring: Option<RowId>,
}

impl Tables for Lookup<'_> {
    fn exists(&self, table: &str, value: &Value) -> bool {
        let Some(id) = number(Some(value)) else { return false };
        match table {
            "users" => self.state.users.contains_key(&id),
            "eggs" => self.state.eggs.contains_key(&id),
            "locations" => self.state.locations.contains_key(&id),
            "database_hosts" => self.state.hosts.contains_key(&id),
            "allocations" => self.state.allocations.contains_key(&id),
            "free_allocations" => self.state.allocations.get(&id).is_some_and(|it| it.server.is_none()),
            _ => false,
        }
    }

    fn taken(&self, column: &str, value: &Value) -> bool {
        let Some(wanted) = text(Some(value)) else { return false };
        let same = |field: &str| field.to_lowercase() == wanted.to_lowercase();
        let other = |id: RowId| self.ignoring != Some(id);
        let mut users = self.state.users.values().filter(|user| other(user.id));
        let mut servers = self.state.servers.values().filter(|server| other(server.id));
        match column {
            "users.email" => users.any(|user| same(&user.email)),
            "users.username" => users.any(|user| same(&user.username)),
            "users.external_id" => users.any(|user| user.external_id.as_deref().is_some_and(same)),
            "servers.external_id" => servers.any(|server| server.external_id.as_deref().is_some_and(same)),
            "servers.allocation" => servers.any(|server| server.allocation.to_string() == wanted),
            "locations.short" => self.state.locations.values().any(|it| other(it.id) && same(&it.short)),
            _ => false,
        }
    }
}

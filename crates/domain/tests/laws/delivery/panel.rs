//! A panel with its nodes, its servers and their games, as far as a delivery can tell; and what may go wrong there.
//!
//! It refuses no second server under one external id, as the real one does: the rules have to manage without that.

use domain::provision::{Installation, Look, Power, ServerSeen};
use std::collections::BTreeSet;

/// How long an installation takes.
pub(super) const INSTALLS: i64 = 40;
/// How long a server takes from the start signal until it runs, and until its game answers.
pub(super) const BOOTS: i64 = 8;
pub(super) const ANSWERS: i64 = 13;

/// Something that is wrong for as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// The panel does not answer, and lets nothing in.
    Silent,
    /// It does not say what servers do.
    PowerHidden,
    /// Games run and do not answer.
    GamesSilent,
    /// Servers go down right after they came up.
    ServersCrash,
    /// Installations that begin now never end.
    InstallationsHang,
    /// Installations that begin now end with an error.
    InstallationsFail,
    /// Servers are made without all of their ports.
    PortsTaken,
    /// Somebody suspends every server.
    Suspended,
    /// No login can be made.
    NoLogins,
    /// Nothing can be deleted.
    NoDeletes,
    /// No other node has room.
    NoOtherRoom,
    /// Stripe ends no subscription.
    StripeSilent,
}

impl Fault {
    pub(super) const ALL: [Self; 12] = [
        Self::Silent,
        Self::PowerHidden,
        Self::GamesSilent,
        Self::ServersCrash,
        Self::InstallationsHang,
        Self::InstallationsFail,
        Self::PortsTaken,
        Self::Suspended,
        Self::NoLogins,
        Self::NoDeletes,
        Self::NoOtherRoom,
        Self::StripeSilent,
    ];
}

/// What a call to create a server does at the panel, in seconds from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    Stays { from: i64 },
    RolledBack { from: i64, until: i64 },
}

/// A server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) uuid: String,
    pub(super) node: i64,
    /// Whether a call of ours made it, and not somebody else.
    pub(super) ours: bool,
    from: i64,
    until: Option<i64>,
    /// When its installation ends and how; `None` when it never does.
    installed: Option<(i64, Installation)>,
    has_ports: bool,
    prepared: bool,
    started_at: Option<i64>,
    crashes: bool,
    /// Counts its starts and installations: what was seen of one run says nothing about the next.
    pub(super) run: u32,
}

impl Server {
    fn stands(&self, now: i64) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }

    /// When it came up, if it is up.
    pub(super) fn runs_since(&self, now: i64) -> Option<i64> {
        let up = self.started_at? + BOOTS;
        (now >= up && !(self.crashes && now >= up + 4)).then_some(up)
    }

    fn power(&self, now: i64) -> Power {
        match self.started_at {
            Some(started) if now < started + BOOTS => Power::Starting,
            Some(_) if self.runs_since(now).is_some() => Power::Running,
            Some(_) | None => Power::Offline,
        }
    }

    fn installation(&self, now: i64) -> Installation {
        match self.installed {
            Some((done, how)) if now >= done => how,
            Some(_) | None => Installation::Running,
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Panel {
    pub(super) faults: BTreeSet<Fault>,
    pub(super) servers: Vec<Server>,
    made: u32,
}

impl Panel {
    pub(super) fn suffers(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// The server that stands under our external id.
    pub(super) fn standing(&self, now: i64) -> Option<&Server> {
        let mut standing = self.servers.iter().filter(|server| server.stands(now));
        let server = standing.next();
        assert!(standing.next().is_none(), "two servers stand under one external id: {:?}", self.servers);
        server
    }

    fn standing_mut(&mut self, now: i64) -> Option<&mut Server> {
        self.servers.iter_mut().find(|server| server.stands(now))
    }

    /// Whether nothing stands, and nothing that was asked of the panel can appear any more.
    pub(super) fn is_settled_without_server(&self, now: i64) -> bool {
        self.standing(now).is_none() && self.servers.iter().all(|server| server.from <= now)
    }

    /// Servers that stay until somebody deletes them.
    pub(super) fn lasting(&self) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(|server| server.until.is_none())
    }

    pub(super) fn look(&self, asked_power: bool, now: i64) -> Look {
        if self.suffers(Fault::Silent) {
            return Look::Unknown;
        }
        let Some(server) = self.standing(now) else { return Look::Absent };
        let installation = match server.installation(now) {
            Installation::Done if self.suffers(Fault::Suspended) => Installation::Blocked,
            other => other,
        };
        let asked = asked_power && installation == Installation::Done && !self.suffers(Fault::PowerHidden);
        Look::Present(ServerSeen {
            uuid: server.uuid.clone(),
            installation,
            matches: server.ours,
            has_ports: server.has_ports,
            power: asked.then(|| server.power(now)),
        })
    }

    /// Lets a call in that begins at `now`.
    pub(super) fn create(&mut self, node: i64, effect: Effect, now: i64) -> String {
        match effect {
            Effect::Nothing => String::new(),
            Effect::Stays { from } => self.add(node, true, now + from, None),
            Effect::RolledBack { from, until } => self.add(node, true, now + from, Some(now + until)),
        }
    }

    fn add(&mut self, node: i64, ours: bool, from: i64, until: Option<i64>) -> String {
        self.made += 1;
        let uuid = format!("u-{}", self.made);
        let installed = self.installation_from(from);
        let has_ports = !self.suffers(Fault::PortsTaken);
        self.servers.push(Server {
            uuid: uuid.clone(),
            node,
            ours,
            from,
            until,
            installed,
            has_ports,
            prepared: false,
            started_at: None,
            crashes: false,
            run: 0,
        });
        uuid
    }

    fn installation_from(&self, now: i64) -> Option<(i64, Installation)> {
        let how = if self.suffers(Fault::InstallationsFail) { Installation::Failed } else { Installation::Done };
        (!self.suffers(Fault::InstallationsHang)).then_some((now + INSTALLS, how))
    }

    pub(super) fn mend(&mut self, now: i64) {
        let taken = self.suffers(Fault::PortsTaken);
        if let Some(server) = self.standing_mut(now) {
            server.has_ports = !taken;
        }
    }

    pub(super) fn reinstall(&mut self, now: i64) {
        let installed = self.installation_from(now);
        if let Some(server) = self.standing_mut(now) {
            (server.installed, server.started_at, server.prepared) = (installed, None, false);
            server.run += 1;
        }
    }

    pub(super) fn prepare(&mut self, now: i64) {
        if let Some(server) = self.standing_mut(now) {
            server.prepared = true;
        }
    }

    /// Starts the server; `needs_preparation` is what its game does without the files: it goes down at once.
    pub(super) fn start(&mut self, needs_preparation: bool, now: i64) {
        let crashes = self.suffers(Fault::ServersCrash);
        if let Some(server) = self.standing_mut(now).filter(|server| server.runs_since(now).is_none()) {
            (server.started_at, server.crashes) = (Some(now), crashes || (needs_preparation && !server.prepared));
            server.run += 1;
        }
    }

    pub(super) fn game_answers(&self, now: i64) -> bool {
        let up = self.standing(now).filter(|server| server.runs_since(now).is_some());
        !self.suffers(Fault::GamesSilent)
            && up.and_then(|server| server.started_at).is_some_and(|started| now >= started + ANSWERS)
    }

    /// What stood is gone for good.
    pub(super) fn remove(&mut self, now: i64) {
        if let Some(server) = self.standing_mut(now) {
            server.until = Some(now);
        }
    }

    pub(super) fn crash(&mut self, now: i64) {
        if let Some(server) = self.standing_mut(now) {
            server.started_at = None;
        }
    }

    /// Somebody puts a server of their own in the place of ours.
    pub(super) fn replace(&mut self, now: i64) {
        self.remove(now);
        self.add(9, false, now, None);
    }
}

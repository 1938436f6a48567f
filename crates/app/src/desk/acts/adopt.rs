//! Which server of the panel a service has, said by a person: the panel was restored, or somebody made the server again by hand. The panel
//! is asked before anything is written; what is not beyond doubt is refused.

use super::{ActError, Looked, Step, not, plan};
use crate::app::App;
use crate::sales::place::{self, Place};
use crate::texts::{self, one, t};
use crate::work::provision::{egg_number, find_egg, node_number, server_number, user_number};
use anyhow::Context;
use domain::ids::{OrderId, ServiceId};
use domain::standing::Why;
use domain::timeline::Happening;
use panel::{AccountKey, PanelServer, PanelUser, ServerId, ServerKey};
use serde_json::json;
use store::figures::{self, NodeFill};
use store::operations::{self, OperationKind};
use store::reservations::{self, Reservation};
use store::services::{self, ServerRecord, Service};
use store::{Db, StoreError, Tx, accounts, timeline};

/// Longest name of a server that is repeated, in characters: it is its customer's, and foreign.
const LONGEST_NAME: usize = 60;

/// What the panel says.
pub(super) struct Seen {
    /// The server that carries the service's mark.
    marked: Option<PanelServer>,
    /// The one with the number that was named.
    named: Option<PanelServer>,
    /// The one that our record points at, if it still stands.
    recorded: Option<PanelServer>,
    /// The customer's login.
    login: Option<PanelUser>,
}

/// A server that becomes a service's.
pub(super) struct Adoption {
    service: ServiceId,
    order: OrderId,
    /// What was decided, was decided on this version of the row.
    version: i64,
    record: ServerRecord,
    place: Place,
    /// Whether anything of our record changes; if not, only the mark is missing.
    changes: bool,
    /// Whether it has to be suspended as its service is.
    suspends: bool,
    /// The server as it was seen and the mark that it lacks.
    marks: Option<(PanelServer, ServerKey)>,
}

/// Asks the panel.
pub(super) async fn ask(app: &App, id: &ServiceId, number: Option<u64>) -> Result<Seen, ActError> {
    if number == Some(0) {
        return Err(ActError::Typed(t("act-adopt-number").into_owned()));
    }
    let service = services::find(&mut *app.store.read().await?, id).await?.ok_or(ActError::Missing)?;
    let key = ServerKey::new(&app.installation.prefix, id).context("cannot name the server")?;
    let account = AccountKey::new(&app.installation.prefix, &service.customer).context("cannot name the login")?;
    let asked = async {
        let recorded = match &service.server {
            Some(known) => {
                by_number(app, u64::try_from(known.id).ok()).await?.filter(|standing| standing.uuid == known.uuid)
            }
            None => None,
        };
        Ok::<_, panel::PanelError>(Seen {
            marked: app.panel.find_server(&key).await?,
            named: by_number(app, number).await?,
            recorded,
            login: app.panel.find_account(&account).await?,
        })
    };
    asked.await.context("the panel did not show the server").map_err(ActError::Outside)
}

async fn by_number(app: &App, number: Option<u64>) -> panel::Result<Option<PanelServer>> {
    match number {
        Some(number) => app.panel.find_server_by_number(ServerId::new(number)).await,
        None => Ok(None),
    }
}

pub(super) async fn adopt(
    app: &App,
    db: &mut Db,
    id: &ServiceId,
    number: Option<u64>,
    seen: Option<Seen>,
) -> Result<Looked, ActError> {
    let service = services::find(db, id).await?.ok_or(ActError::Missing)?;
    let Some(seen) = seen else { return Err(ActError::Missing) };
    if service.is_over() {
        return not("act-service-over");
    }
    if service.fulfilled_at.is_none() {
        return not("act-undelivered");
    }
    let server = match (number, &seen.named, &seen.marked) {
        (Some(number), None, _) => return Ok(Looked::Not(one("act-adopt-no-number", "number", number.to_string()))),
        (None, _, None) => return Ok(Looked::Not(one("act-adopt-none", "mark", service.external_id.as_str()))),
        (Some(_), Some(server), _) | (None, _, Some(server)) => server,
    };
    if let Some(why) = anothers(db, &service, server).await? {
        return Ok(Looked::Not(why));
    }
    if let Some(why) = second(&seen, server) {
        return Ok(Looked::Not(why));
    }
    if let Some(why) = owner(db, &service, server, seen.login.as_ref()).await? {
        return Ok(Looked::Not(why));
    }
    let nodes = figures::list_node_fill(db).await?;
    let node = nodes.iter().find(|node| node.id == node_number(server.node));
    let (Some(node), Some(place)) = (node, Place::of(server)) else { return not("act-adopt-no-place") };
    let record = ServerRecord {
        node: node.id,
        id: server_number(server.id),
        uuid: server.uuid.clone(),
        identifier: server.identifier.to_string(),
    };
    let held = reservations::find_of_order(db, &service.order).await?;
    let follows = held.as_ref().is_some_and(|held| !place.has(held));
    let changes = service.server.as_ref() != Some(&record) || follows;
    let bare = server.external_id.is_none();
    if !changes && !bare {
        return Ok(Looked::Not(one("act-adopt-same", "number", record.id.to_string())));
    }
    let suspends = service.standing.suspension.is_some() && !server.suspended;
    let mut says = Vec::new();
    if changes {
        says.extend(which(&service, server, node, seen.login.as_ref()));
        says.extend(differences(app, db, &service, server).await?);
        if let Some(held) = held.as_ref().filter(|held| !place.has(held)) {
            says.extend(moves(&nodes, node, held, &place, bare));
        }
        if service.address.as_deref() != Some(place.address().as_str()) {
            says.push(one("act-adopt-address", "address", place.address()));
        }
    }
    says.extend(suspension(&service, server));
    if bare {
        says.push(one("act-adopt-marks", "mark", service.external_id.as_str()));
    }
    let detail = json!({
        "server": record.id, "uuid": record.uuid, "node": record.node,
        "was": service.server.as_ref().map(|was| json!({"server": was.id, "uuid": was.uuid, "node": was.node})),
    });
    let key = ServerKey::new(&app.installation.prefix, id).context("cannot name the server")?;
    let adoption = Adoption {
        version: service.standing.version,
        order: service.order,
        service: service.id,
        record,
        place,
        changes,
        suspends,
        marks: bare.then(|| (server.clone(), key)),
    };
    plan(says, id.to_string(), detail, Step::Adopt(Box::new(adoption)))
}

/// Whether a server is somebody else's: by its mark, or because another service of ours was given it.
async fn anothers(db: &mut Db, service: &Service, server: &PanelServer) -> Result<Option<String>, ActError> {
    if let Some(mark) = server.external_id.as_deref().filter(|mark| *mark != service.external_id) {
        return Ok(Some(match services::find_by_external_id(db, mark).await? {
            Some(other) => one("act-adopt-anothers", "service", other.id.to_string()),
            None => one("act-adopt-strange", "number", server.id.to_string()),
        }));
    }
    let other = services::find_by_server(db, &server.uuid).await?.filter(|other| other.id != service.id);
    Ok(other.map(|other| one("act-adopt-anothers", "service", other.id.to_string())))
}

/// Whether another server stands for the service as well: which of them its data is on, a person has to find out.
fn second(seen: &Seen, server: &PanelServer) -> Option<String> {
    let other = [&seen.marked, &seen.recorded].into_iter().flatten().find(|other| other.uuid != server.uuid)?;
    let values = [("number", server.id.to_string().into()), ("other", other.id.to_string().into())];
    Some(texts::with("act-adopt-two", &values))
}

/// Whether the customer's login is not the owner (S12).
async fn owner(
    db: &mut Db,
    service: &Service,
    server: &PanelServer,
    login: Option<&PanelUser>,
) -> Result<Option<String>, ActError> {
    let account = accounts::find(db, &service.customer).await?.ok_or(ActError::Missing)?;
    let known = |login: &&PanelUser| account.panel_user == Some(user_number(login.id));
    Ok(match login {
        Some(login) if login.admin => Some(t("act-adopt-admin").into_owned()),
        Some(login) if known(&login) && login.id == server.owner => None,
        Some(login) if known(&login) => {
            let values = [("owner", server.owner.to_string().into()), ("login", login.id.to_string().into())];
            Some(texts::with("act-adopt-owner", &values))
        }
        Some(_) | None => Some(t("act-adopt-login").into_owned()),
    })
}

/// Which server it will be, and which it was.
fn which(service: &Service, server: &PanelServer, node: &NodeFill, login: Option<&PanelUser>) -> [String; 3] {
    let name: String = server.name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    let values = [
        ("number", server.id.to_string().into()),
        ("server", name.into()),
        ("node", node.name.as_str().into()),
        ("owner", login.map_or("", |login| login.username.as_str()).into()),
    ];
    let was = match &service.server {
        Some(known) if known.uuid == server.uuid => t("act-adopt-was-same").into_owned(),
        Some(known) => {
            let values = [("number", known.id.to_string().into()), ("id", known.identifier.as_str().into())];
            texts::with("act-adopt-was", &values)
        }
        None => t("act-adopt-was-none").into_owned(),
    };
    [texts::with("act-adopt-what", &values), was, t("act-adopt-data").into_owned()]
}

/// What is not as it was sold. That is no reason against it: the customer has this server already, or none.
async fn differences(app: &App, db: &mut Db, service: &Service, server: &PanelServer) -> Result<Vec<String>, ActError> {
    let (shape, limits) = (service.spec.shape, server.limits);
    let mut says = Vec::new();
    for (key, has, sold) in [
        ("act-adopt-memory", limits.memory_mib, i64::from(shape.memory_mib)),
        ("act-adopt-disk", limits.disk_mib, i64::from(shape.disk_mib)),
        ("act-adopt-cpu", limits.cpu_percent, i64::from(shape.cpu_percent)),
    ] {
        if has != sold {
            says.push(texts::with(key, &[("has", has.to_string().into()), ("sold", sold.to_string().into())]));
        }
    }
    if let Some(blueprint) = app.catalogue.find_blueprint(&service.blueprint)
        && let Some(egg) = find_egg(db, blueprint).await?
        && egg.id != egg_number(server.egg)
    {
        let values = [("has", server.egg.to_string().into()), ("sold", egg.id.to_string().into())];
        says.push(texts::with("act-adopt-egg", &values));
    }
    Ok(says)
}

/// What becomes of the place that is held.
fn moves(nodes: &[NodeFill], node: &NodeFill, held: &Reservation, place: &Place, bare: bool) -> Vec<String> {
    let mut says = Vec::new();
    if held.node == node.id {
        says.push(one("act-adopt-ports", "count", place.lacks(held)));
    } else {
        let from = nodes
            .iter()
            .find(|node| node.id == held.node)
            .map_or_else(|| held.node.to_string(), |node| node.name.clone());
        says.push(texts::with("act-adopt-moves", &[("from", from.into()), ("to", node.name.as_str().into())]));
        // A server without our mark is counted there already, as a stranger.
        let amount = if bare { 0 } else { held.amount.memory_mib };
        if node.memory_mib - node.memory_sold_mib < amount {
            says.push(one("act-adopt-full", "node", node.name.as_str()));
        }
    }
    if place.count() < held.ports.len() {
        let values = [("has", place.count().into()), ("sold", held.ports.len().into())];
        says.push(texts::with("act-adopt-fewer", &values));
    }
    says
}

/// Whether it stands as suspended as its service.
fn suspension(service: &Service, server: &PanelServer) -> Option<String> {
    let because = |why: Why| t(&format!("suspended-because-{}", why.key())).into_owned();
    match (service.standing.suspension, server.suspended) {
        (Some(suspension), false) => Some(one("act-adopt-suspends", "why", because(suspension.why))),
        (None, true) => Some(t("act-adopt-suspended").into_owned()),
        (Some(_), true) | (None, false) => None,
    }
}

impl Adoption {
    /// Writes it down. `false` when somebody else wrote the service meanwhile.
    pub(super) async fn link(&self, app: &App, tx: &mut Tx) -> Result<bool, ActError> {
        let now = app.now();
        if self.changes {
            // The node before the service, as everywhere.
            place::follow(app, tx, &self.order, &self.place).await?;
            let address = self.place.address();
            if !services::relink(tx, (&self.service, self.version), &self.record, &address, now).await? {
                return Ok(false);
            }
            let happening = Happening::ServerLinked { identifier: self.record.identifier.clone(), address };
            timeline::add(tx, &app.id(), &self.order, &happening, now).await?;
        }
        // A job that found another server than ours looks again at once.
        if operations::wake(tx, &self.service, false, now).await? || !self.suspends {
            return Ok(true);
        }
        match operations::create(tx, &app.id(), &self.service, OperationKind::Suspend, now).await {
            Ok(()) => Ok(true),
            Err(StoreError::Taken { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the server its mark, if it has none: without it the panel would not show it to us by name, nor let us delete it.
    pub(super) async fn mark(&self, app: &App) -> anyhow::Result<()> {
        let Some((server, key)) = &self.marks else { return Ok(()) };
        app.panel.mark_server(server, key).await.context("the panel did not take the external id")
    }
}

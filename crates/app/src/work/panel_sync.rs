//! Reads the panel in full: locations, nodes, allocations, servers, nests and eggs; binds blueprints to eggs. A list that is not
//! complete is thrown away: partial is unknown (S7).

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::mail;
use crate::sales::place::{self, Place};
use crate::work::Report;
use crate::work::provision::{allocation_number, egg_number, node_number, server_number};
use anyhow::Context;
use domain::capacity::{Amount, sellable};
use domain::catalogue::{self, Catalogue, Egg, Sale};
use domain::freeze::Reason;
use domain::timeline::Happening;
use jiff::{SignedDuration, Timestamp};
use panel::{PanelError, PanelNode, PanelServer};
use std::collections::{BTreeMap, BTreeSet};
use store::freezes::{self, Freeze};
use store::mirror::{self, Allocation, Binding, Node};
use store::services::{self, Delivered, ServerRecord};
use store::{Tx, marks, timeline};

/// When the last complete sweep was made.
pub const MARK: &str = "panel_sweep";
/// When the eggs were last read.
const EGGS_MARK: &str = "panel_eggs";
/// What an alert about eggs is about.
const EGGS: &str = "eggs";
/// Eggs change rarely.
const EGGS_REST: SignedDuration = SignedDuration::from_mins(10);

/// Sweeps the panel once.
///
/// # Errors
/// The panel or the database did not answer: the mirror stays as it was.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    if let Err(error) = sweep(app).await {
        tell_of(app, "sweep", "The panel cannot be read", "Plans stay on sale with the last known room.", &error).await;
        return Err(error);
    }
    app.refresh_offer().await?;
    let eggs = marks::find(&mut *app.store.read().await?, EGGS_MARK).await?;
    if eggs.is_none_or(|mark| app.now().duration_since(mark.at) >= EGGS_REST) {
        if let Err(error) = read_eggs(app).await {
            tell_of(
                app,
                EGGS,
                "The panel's eggs cannot be read",
                "Servers are made from the eggs that were read last.",
                &error,
            )
            .await;
            return Err(error);
        }
        app.refresh_offer().await?;
    }
    app.nudge();
    Ok(Report::default())
}

/// Tells a person what the panel answers. That nobody answers there has an alert of its own.
async fn tell_of(app: &App, what: &str, problem: &str, meanwhile: &str, error: &anyhow::Error) {
    let trouble = error.downcast_ref::<PanelError>();
    if let Some(trouble) = trouble.filter(|error| !matches!(error, PanelError::Unreachable { .. })) {
        let text = format!("{problem}: {trouble}. {meanwhile}");
        alerts::raise_alone(app, Rule::PanelTrouble, what, &text).await;
    }
}

async fn sweep(app: &App) -> anyhow::Result<()> {
    let now = app.now();
    let locations = app.panel.list_locations().await?;
    let nodes = app.panel.list_nodes().await?;
    let servers = app.panel.list_servers().await?;
    let mut ports = BTreeMap::new();
    for node in &nodes {
        ports.insert(node_number(node.id), app.panel.list_allocations(node.id).await?);
    }
    let short = |node: &PanelNode| {
        let location = locations.iter().find(|location| location.id == node.location_id);
        location.map_or_else(String::new, |location| location.short.clone())
    };
    let mut tx = app.store.begin().await?;
    let live: BTreeSet<String> = services::list_external_ids(&mut tx).await?.into_iter().map(|(_, id)| id).collect();
    for node in &nodes {
        mirror::save_node(&mut tx, &mirrored(app, node, short(node), &servers, &live), now).await?;
        let allocations: Vec<Allocation> =
            ports.remove(&node_number(node.id)).into_iter().flatten().map(allocation).collect();
        mirror::save_allocations(&mut tx, node_number(node.id), &allocations, now).await?;
    }
    mirror::mark_gone(&mut tx, now).await?;
    compare(app, &mut tx, &servers, &live, now).await?;
    marks::set(&mut tx, MARK, "complete", now).await?;
    alerts::clear(app, &mut tx, Rule::PanelTrouble, "sweep").await?;
    tx.commit().await?;
    Ok(())
}

fn allocation(port: panel::PanelAllocation) -> Allocation {
    Allocation {
        id: allocation_number(port.id),
        ip: port.ip,
        alias: port.alias,
        port: port.port,
        assigned: port.assigned,
    }
}

fn mirrored(app: &App, node: &PanelNode, location: String, servers: &[PanelServer], live: &BTreeSet<String>) -> Node {
    let size = Amount { memory_mib: node.memory_mib, disk_mib: node.disk_mib };
    let headroom = Amount { memory_mib: i64::from(app.config.policy.headroom_mib), disk_mib: 0 };
    let over = (node.memory_overallocate_percent, node.disk_overallocate_percent);
    let sold = sellable(size, over, headroom);
    // What our own services use is counted by their reservations; a server with our mark and without a service is a stranger.
    let needed = |server: &PanelServer| server.external_id.as_ref().is_some_and(|id| live.contains(id));
    let foreign = servers.iter().filter(|server| server.node == node.id && !needed(server));
    let (memory, disk) = foreign
        .fold((0, 0), |(memory, disk), server| (memory + server.limits.memory_mib, disk + server.limits.disk_mib));
    Node {
        id: node_number(node.id),
        uuid: node.uuid.clone(),
        name: node.name.clone(),
        location,
        fqdn: node.fqdn.clone(),
        public: node.public,
        maintenance: node.maintenance,
        memory_mib: sold.memory_mib,
        disk_mib: sold.disk_mib,
        foreign_memory_mib: memory,
        foreign_disk_mib: disk,
    }
}

fn is_ours(app: &App, server: &PanelServer) -> bool {
    let prefix = format!("{}-svc-", app.installation.prefix);
    server.external_id.as_deref().is_some_and(|id| id.starts_with(&prefix))
}

/// Compares what should stand with what stands: nothing is made or removed here, a person is told (S7, S8).
async fn compare(
    app: &App,
    tx: &mut Tx,
    servers: &[PanelServer],
    live: &BTreeSet<String>,
    now: Timestamp,
) -> anyhow::Result<()> {
    // By our mark.
    let standing: BTreeMap<&str, &PanelServer> = servers
        .iter()
        .filter(|server| is_ours(app, server))
        .filter_map(|server| Some((server.external_id.as_deref()?, server)))
        .collect();
    // What a job has changed since the sweep began may look otherwise by now.
    let ours = services::list_delivered(tx, now).await?;
    let missing = ours.iter().filter(|one| !standing.contains_key(one.external_id.as_str())).count();
    if freeze(app, tx, missing, ours.len(), now).await? {
        // Nobody is told that a server is missing while it is more likely that the panel is.
        return Ok(());
    }
    for one in &ours {
        let (service, external_id) = (&one.id, one.external_id.as_str());
        if let Some(server) = standing.get(external_id) {
            follow(app, tx, one, server, now).await?;
            services::set_observed(tx, service, true, now).await?;
            alerts::clear(app, tx, Rule::ServerMissing, service.as_str()).await?;
            compare_suspension(app, tx, one, server.suspended).await?;
        } else {
            if services::set_observed(tx, service, false, now).await?
                && let Some(service) = services::find(tx, service).await?
            {
                mail::server_missing(app, tx, &service).await?;
            }
            let text = format!(
                "The server of {service} ({external_id}) is not on the panel any more (seen {now}). It is not made again by itself."
            );
            alerts::raise(app, tx, Rule::ServerMissing, service.as_str(), &text).await?;
        }
    }
    let orphans: Vec<&str> = standing.keys().filter(|id| !live.contains(**id)).copied().collect();
    for gone in open_orphans(tx).await?.iter().filter(|id| !orphans.contains(&id.as_str())) {
        alerts::clear(app, tx, Rule::ServerOrphaned, gone).await?;
    }
    for orphan in orphans {
        let text = format!(
            "The panel has a server {orphan} with our mark, but no service of ours needs it. Delete it there if it is a leftover."
        );
        alerts::raise(app, tx, Rule::ServerOrphaned, orphan, &text).await?;
    }
    Ok(())
}

/// A server that somebody moved to another node at the panel takes its place there, and gives up the one that it had (C5); one that got
/// another default port is found there. Only the very server that we know: which one another is, a person says (`desk/acts/adopt.rs`).
async fn follow(app: &App, tx: &mut Tx, one: &Delivered, server: &PanelServer, now: Timestamp) -> anyhow::Result<()> {
    let (Some(known), Some(place)) = (&one.server, Place::of(server)) else { return Ok(()) };
    if known.uuid != server.uuid {
        return Ok(());
    }
    if known.node == place.node {
        let address = place.address();
        if one.address.as_ref() != Some(&address) {
            services::set_address(tx, &one.id, &address).await?;
        }
        return Ok(());
    }
    if mirror::list_nodes(tx).await?.iter().all(|node| node.id != place.node) {
        // It is newer than this sweep's list; the next one has it.
        return Ok(());
    }
    let record = ServerRecord { node: place.node, id: server_number(server.id), ..known.clone() };
    let address = place.address();
    if services::relink(tx, (&one.id, one.version), &record, &address, now).await? {
        place::follow(app, tx, &one.order, &place).await?;
        timeline::add(tx, &app.id(), &one.order, &Happening::ServerMoved { address }, now).await?;
        tracing::info!(service.id = %one.id, "The server of {} stands on node {} now, not {}", one.id, place.node, known.node);
    }
    Ok(())
}

/// Somebody suspended a server at the panel, or lifted what we had suspended: a person is told, and nobody is fought (S6).
async fn compare_suspension(app: &App, tx: &mut Tx, one: &Delivered, suspended: bool) -> anyhow::Result<()> {
    let (service, external_id) = (&one.id, &one.external_id);
    let text = match (one.suspended, suspended) {
        (true, true) | (false, false) => {
            return Ok(alerts::clear(app, tx, Rule::SuspensionDrifted, service.as_str()).await?);
        }
        (false, true) => format!(
            "The server of {service} ({external_id}) is suspended on the panel, and not by the shop: its customer cannot use what is paid \
             for. Lift it there, unless somebody had a reason."
        ),
        (true, false) => format!(
            "The server of {service} ({external_id}) is suspended by the shop, and somebody lifted that on the panel: it can be used. \
             Suspend it there again, unless somebody had a reason. What its customer was told about its data still holds."
        ),
    };
    Ok(alerts::raise(app, tx, Rule::SuspensionDrifted, service.as_str(), &text).await?)
}

async fn open_orphans(tx: &mut Tx) -> anyhow::Result<Vec<String>> {
    let open = store::alerts::list_open_of(tx, &[Rule::ServerOrphaned.key()]).await?;
    Ok(open.into_iter().map(|alert| alert.key).collect())
}

/// Whether so many servers are missing at once that nothing may be made or removed by itself (S8).
async fn freeze(app: &App, tx: &mut Tx, missing: usize, all: usize, now: Timestamp) -> anyhow::Result<bool> {
    let frozen = missing > (all / 20).max(3);
    if frozen {
        let text = format!(
            "{missing} of {all} servers are not on the panel. Nothing is made or removed until they are there again, or their \
             services are ended."
        );
        alerts::raise(app, tx, Rule::ServersMissing, "sweep", &text).await?;
        let freeze = Freeze { reason: Reason::ServersMissing, since: now, data_at: now, detail: text };
        freezes::begin(tx, &freeze).await?;
    } else {
        alerts::clear(app, tx, Rule::ServersMissing, "sweep").await?;
        freezes::end(tx, Reason::ServersMissing, now).await?;
    }
    Ok(frozen)
}

/// Reads all eggs and binds the blueprints to them.
///
/// # Errors
/// The panel or the database did not answer: the bindings stay as they were.
pub async fn read_eggs(app: &App) -> anyhow::Result<()> {
    let now = app.now();
    let eggs: Vec<Egg> = app.panel.list_eggs().await.context("cannot read the eggs")?.into_iter().map(egg).collect();
    let mut tx = app.store.begin().await?;
    for egg in &eggs {
        let ids = (egg.id, egg.nest_id);
        mirror::save_egg(&mut tx, &egg.uuid, ids, (&egg.name, &egg.author), egg, now).await?;
    }
    mirror::forget_eggs(&mut tx, now).await?;
    let by_hand = chosen_by_hand(mirror::list_bindings(&mut tx).await?);
    for blueprint in &app.catalogue.blueprints {
        let chosen = by_hand.get(blueprint.key.as_str());
        let binding = bind(&app.catalogue, blueprint, &eggs, chosen);
        let sold = app.catalogue.plans.iter().any(|plan| plan.blueprint == blueprint.key && plan.sale == Sale::OnSale);
        match binding.problem.as_deref().filter(|_| sold) {
            Some(problem) => {
                let text = format!("Plans of blueprint {} are not sold: {problem}", blueprint.key);
                alerts::raise(app, &mut tx, Rule::BlueprintUnbound, blueprint.key.as_str(), &text).await?;
            }
            None => alerts::clear(app, &mut tx, Rule::BlueprintUnbound, blueprint.key.as_str()).await?,
        }
        mirror::save_binding(&mut tx, &binding, now).await?;
    }
    marks::set(&mut tx, EGGS_MARK, "complete", now).await?;
    alerts::clear(app, &mut tx, Rule::PanelTrouble, EGGS).await?;
    tx.commit().await?;
    Ok(())
}

/// The eggs that somebody chose, by blueprint.
pub fn chosen_by_hand(bindings: Vec<Binding>) -> BTreeMap<String, String> {
    let chosen = bindings.into_iter().filter(|binding| binding.by_hand);
    chosen.filter_map(|binding| Some((binding.blueprint.to_string(), binding.egg_uuid?))).collect()
}

/// Which egg a blueprint means, and whether it can be made from it.
pub fn bind(
    catalogue: &Catalogue,
    blueprint: &catalogue::Blueprint,
    eggs: &[Egg],
    by_hand: Option<&String>,
) -> Binding {
    let found = match by_hand {
        Some(uuid) if eggs.iter().any(|egg| &egg.uuid == uuid) => Ok(uuid.clone()),
        Some(uuid) => Err(format!("the egg {uuid}, chosen by hand, is not on the panel any more")),
        None => match catalogue::bind(blueprint, eggs) {
            catalogue::Binding::Bound(uuid) => Ok(uuid),
            catalogue::Binding::None(reason) => Err(reason),
            catalogue::Binding::Ambiguous(uuids) => {
                Err(format!("{} eggs of the panel fit: {}; choose one by hand", uuids.len(), uuids.join(", ")))
            }
        },
    };
    let (egg_uuid, problem) = match found {
        Err(reason) => (None, Some(reason)),
        Ok(uuid) => {
            let egg = eggs.iter().find(|egg| egg.uuid == uuid);
            let problems = egg
                .map(|egg| catalogue::check_blueprint(blueprint, &catalogue.plans, egg).problems)
                .unwrap_or_default();
            (Some(uuid), (!problems.is_empty()).then(|| problems.join("; ")))
        }
    };
    Binding { blueprint: blueprint.key.clone(), egg_uuid, by_hand: by_hand.is_some(), problem }
}

/// An egg in the catalogue's words.
pub fn egg(egg: panel::PanelEgg) -> Egg {
    Egg {
        id: egg_number(egg.id),
        uuid: egg.uuid,
        nest_id: i64::try_from(egg.nest_id.get()).unwrap_or_default(),
        name: egg.name,
        author: egg.author,
        startup: egg.startup,
        docker_images: egg.docker_images,
        variables: egg
            .variables
            .into_iter()
            .map(|variable| catalogue::EggVariable {
                name: variable.env_variable,
                default_value: variable.default_value,
                rules: variable.rules,
                user_viewable: variable.user_viewable,
                user_editable: variable.user_editable,
            })
            .collect(),
    }
}

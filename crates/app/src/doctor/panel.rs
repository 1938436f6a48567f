//! The panel: the keys, what they may do, and whether its eggs and nodes are what the catalogue needs.

use super::{Check, Line, Parts};
use crate::work::panel_sync;
use ::panel::{PanelAllocation, PanelEgg, PanelError, PanelLocation, PanelNode};
use domain::catalogue::{Blueprint, Egg, Sale};
use std::collections::BTreeMap;
use store::{Store, mirror};

pub(super) async fn examine(parts: &Parts<'_>, store: Option<&Store>) -> Vec<Line> {
    let panel = parts.panel;
    let (locations, nodes) = (panel.list_locations().await, panel.list_nodes().await);
    if let Some(line) = [locations.as_ref().err(), nodes.as_ref().err()].into_iter().flatten().find_map(shut) {
        return vec![line];
    }
    let mut lacking = Vec::new();
    let locations = take("locations", locations, &mut lacking);
    let nodes = take("nodes", nodes, &mut lacking);
    let mut ports = Vec::new();
    for node in nodes.iter().flatten() {
        if let Some(free) = take("allocations", panel.list_allocations(node.id).await, &mut lacking) {
            ports.push((node, free));
        }
    }
    let eggs = take("nests and eggs", panel.list_eggs().await, &mut lacking);
    take("servers", panel.list_servers().await, &mut lacking);
    take("users", panel.list_accounts().await, &mut lacking);
    let mut lines = keys(lacking);
    lines.push(client_key(parts).await);
    if let Some(eggs) = eggs {
        lines.extend(bindings(parts, eggs, store).await);
    }
    if let (Some(nodes), Some(locations)) = (&nodes, &locations) {
        lines.extend(regions(parts, nodes, locations));
    }
    lines.extend(free_ports(parts, &ports));
    lines.push(Line::note(
        Check::PanelQueue,
        "The panel does not tell how its queue and its mail are. `systemctl status pteroq` on its machine does, and a test mail from \
         its settings.",
    ));
    lines
}

/// Something for which nothing more needs to be asked.
fn shut(error: &PanelError) -> Option<Line> {
    let (found, act) = match error {
        PanelError::NotNow { status: 401, .. } => (
            "The panel does not take the application key.".to_owned(),
            "Make a new one at the panel (Application API) and put it into panel.application_key.".to_owned(),
        ),
        PanelError::NotNow { status: 0 | 429, until, .. } => (
            format!("The panel cannot be asked before {}: calls are held back.", until.strftime("%T UTC")),
            "Try again then. If it was a key that was refused, the alert panel.trouble says so.".to_owned(),
        ),
        PanelError::Unreachable { .. } | PanelError::OutcomeUnknown { .. } => (
            format!("The panel does not answer as a panel does: {error}."),
            "Look whether panel.url is right, whether the panel runs, and whether this machine reaches it.".to_owned(),
        ),
        PanelError::NotNow { .. } | PanelError::Refused { .. } => return None,
    };
    Some(Line::wrong(Check::PanelKey, found, act))
}

/// What was read, or the name of what may not be.
fn take<T>(what: &str, read: Result<T, PanelError>, lacking: &mut Vec<String>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(PanelError::NotNow { status: 403, .. }) => {
            if !lacking.iter().any(|known| known == what) {
                lacking.push(what.to_owned());
            }
            None
        }
        Err(error) => {
            lacking.push(format!("{what} ({error})"));
            None
        }
    }
}

fn keys(lacking: Vec<String>) -> Vec<Line> {
    vec![if lacking.is_empty() {
        Line::good(Check::PanelKey, "The application key reads everything that the shop reads.")
    } else {
        Line::wrong(
            Check::PanelKey,
            format!("The application key does not read {}.", lacking.join(", ")),
            "Make a key at the panel that may read and write servers and users, and read nodes, allocations, locations, nests and eggs.",
        )
    }]
}

async fn client_key(parts: &Parts<'_>) -> Line {
    let another = "Make an API key in the account of an administrator of the panel and put it into panel.client_key.";
    match parts.panel.client_key_is_admins().await {
        Ok(true) => Line::good(Check::ClientKey, "The client key is an administrator's."),
        Ok(false) => Line::wrong(
            Check::ClientKey,
            "The client key's owner is no administrator: servers of customers are closed to it.",
            another,
        ),
        Err(PanelError::NotNow { status: 401 | 403, .. }) => {
            Line::wrong(Check::ClientKey, "The panel does not take the client key.", another)
        }
        Err(error) => Line::note(Check::ClientKey, format!("The client key cannot be tried now: {error}.")),
    }
}

async fn bindings(parts: &Parts<'_>, eggs: Vec<PanelEgg>, store: Option<&Store>) -> Vec<Line> {
    let eggs: Vec<Egg> = eggs.into_iter().map(panel_sync::egg).collect();
    let by_hand = match store {
        Some(store) => read_choices(store).await.unwrap_or_default(),
        None => BTreeMap::new(),
    };
    let sold: Vec<&Blueprint> = sold_blueprints(parts).collect();
    let problem = |blueprint: &&Blueprint| {
        let chosen = by_hand.get(blueprint.key.as_str());
        let problem = panel_sync::bind(parts.catalogue, blueprint, &eggs, chosen).problem?;
        Some(Line::wrong(
            Check::Eggs,
            format!("{} cannot be made: {problem}.", blueprint.key),
            format!(
                "Import the egg at the panel or name it as the catalogue does, or choose one by hand: `givr catalogue bind {} UUID`.",
                blueprint.key
            ),
        ))
    };
    let wrong: Vec<Line> = sold.iter().filter_map(problem).collect();
    if wrong.is_empty() {
        vec![Line::good(Check::Eggs, format!("All {} kinds of servers that are sold have their egg.", sold.len()))]
    } else {
        wrong
    }
}

async fn read_choices(store: &Store) -> Result<BTreeMap<String, String>, store::StoreError> {
    Ok(panel_sync::chosen_by_hand(mirror::list_bindings(&mut *store.read().await?).await?))
}

fn sold_blueprints<'a>(parts: &Parts<'a>) -> impl Iterator<Item = &'a Blueprint> {
    let plans = &parts.catalogue.plans;
    let sold = move |blueprint: &&Blueprint| {
        plans.iter().any(|plan| plan.blueprint == blueprint.key && plan.sale == Sale::OnSale)
    };
    parts.catalogue.blueprints.iter().filter(sold)
}

fn takes_servers(node: &PanelNode) -> bool {
    node.public && !node.maintenance
}

fn regions(parts: &Parts<'_>, nodes: &[PanelNode], locations: &[PanelLocation]) -> Vec<Line> {
    let short = |node: &PanelNode| {
        locations.iter().find(|location| location.id == node.location_id).map(|location| location.short.as_str())
    };
    let stands_in = |node: &PanelNode, region: &domain::catalogue::Region| {
        short(node).is_some_and(|short| region.locations.iter().any(|known| known == short))
    };
    let mut lines = Vec::new();
    for region in &parts.catalogue.regions {
        if !nodes.iter().any(|node| takes_servers(node) && stands_in(node, region)) {
            lines.push(Line::wrong(
                Check::Regions,
                format!("No node of the region {} takes servers.", region.key),
                format!(
                    "Make a node public in a location of the panel that is called {}, or take the region out of the catalogue.",
                    region.locations.join(" or ")
                ),
            ));
        }
    }
    for node in nodes.iter().filter(|node| !parts.catalogue.regions.iter().any(|region| stands_in(node, region))) {
        lines.push(Line::note(
            Check::Regions,
            format!("Node {} stands in no region of the catalogue: nothing is sold on it.", node.name),
        ));
    }
    if lines.is_empty() {
        let count = parts.catalogue.regions.len();
        lines.push(Line::good(Check::Regions, format!("Each of the {count} regions has a node that takes servers.")));
    }
    lines
}

fn free_ports(parts: &Parts<'_>, ports: &[(&PanelNode, Vec<PanelAllocation>)]) -> Vec<Line> {
    let widest = sold_blueprints(parts).map(|blueprint| blueprint.ports.len()).max().unwrap_or(1);
    let open: Vec<_> = ports.iter().filter(|(node, _)| takes_servers(node)).collect();
    let line = |(node, all): &&(&PanelNode, Vec<PanelAllocation>)| {
        let free = all.iter().filter(|port| !port.assigned).count();
        match free {
            0 => Some(Line::wrong(
                Check::Ports,
                format!("Node {} has no free port.", node.name),
                "Add allocations to the node at the panel, or close it to new servers there.",
            )),
            few if few < widest => Some(Line::note(
                Check::Ports,
                format!(
                    "Node {} has {few} free ports left, fewer than the largest server needs ({widest}).",
                    node.name
                ),
            )),
            _ => None,
        }
    };
    let lines: Vec<Line> = open.iter().filter_map(line).collect();
    if lines.is_empty() && !open.is_empty() {
        return vec![Line::good(Check::Ports, format!("All {} nodes that take servers have free ports.", open.len()))];
    }
    lines
}

//! Memory, disk and ports of the nodes.

use super::contracts::open_pages;
use super::servers::standing;
use super::{Found, Law, Runbook};
use crate::verify::books::{Books, number};
use domain::capacity::Amount;
use domain::order::OrderState;
use std::collections::{BTreeMap, BTreeSet};
use store::verify::Holding;

/// What is held now, by anybody.
fn held<'a>(books: &Books<'a>) -> impl Iterator<Item = &'a Holding> {
    books.evidence.ours.holdings.iter().filter(|holding| holding.released_at.is_none())
}

/// No node gives out more than it has.
pub(super) fn c1(books: &Books<'_>, found: &mut Found) {
    for node in &books.evidence.ours.nodes {
        let here = held(books).filter(|holding| holding.node == node.id);
        let foreign = Amount { memory_mib: node.foreign_memory_mib, disk_mib: node.foreign_disk_mib };
        let used = here.fold(foreign, |sum, holding| sum + holding.amount);
        // A node that is smaller than what is kept for itself sells nothing.
        let sellable = Amount { memory_mib: node.memory_mib.max(0), disk_mib: node.disk_mib.max(0) };
        if !sellable.covers(used) {
            let text = format!(
                "{} MiB of memory and {} MiB of disk are given out or held on {}, of {} and {} that may be sold. Servers there may \
                 run out of memory. Give the node more, or move a server that is not the shop's.",
                used.memory_mib, used.disk_mib, node.name, node.memory_mib, node.disk_mib
            );
            found.add(Law::C1, format!("node {}", node.id), Runbook::CapacityWrong, text);
        }
    }
}

/// Whoever can still pay has a place.
pub(super) fn c2(books: &Books<'_>, found: &mut Found) {
    for purchase in &books.evidence.ours.orders {
        let open = match purchase.order.state {
            OrderState::Reserved { .. } | OrderState::CheckoutOpen { .. } | OrderState::Settling { .. } => true,
            OrderState::Expired { .. }
            | OrderState::Paid { .. }
            | OrderState::Fulfilled { .. }
            | OrderState::RefundDue { .. }
            | OrderState::Refunded { .. } => false,
        };
        if open && books.held_for(purchase.order.id.as_str()).next().is_none() {
            let text = "The customer can pay, and no place is held: if the node is full by then, the money goes back."
                .to_owned();
            found.add(Law::C2, &purchase.order.id, Runbook::CapacityWrong, text);
        }
    }
}

/// A place is given up once, and only when nobody can pay for it any more.
pub(super) fn c3(books: &Books<'_>, found: &mut Found) {
    let pages = open_pages(books);
    for purchase in &books.evidence.ours.orders {
        let id = purchase.order.id.as_str();
        let places = books.held_for(id).count();
        if places > 1 {
            found.add(Law::C3, id, Runbook::CapacityWrong, format!("{places} places are held for one order."));
        }
        let OrderState::Expired { at } = purchase.order.state else { continue };
        if places == 1 {
            let text = "The order has ended, and its place is still held: others could buy it.".to_owned();
            found.add(Law::C3, id, Runbook::CapacityWrong, text);
        }
        if pages.contains_key(id) && !books.is_younger(at) {
            let text = "The order has ended, and its payment page is still open: the customer could pay for a place that is gone. \
                        Expire the page in Stripe's dashboard."
                .to_owned();
            found.add(Law::C3, id, Runbook::PageOpen, text);
        }
    }
}

/// A port has one owner, in our books and on the panel.
pub(super) fn c4(books: &Books<'_>, found: &mut Found) {
    let mut owners: BTreeMap<(i64, i64), &Holding> = BTreeMap::new();
    // Nodes behind different walls may have the same address.
    let mut addresses: BTreeMap<(i64, &str, u16), &Holding> = BTreeMap::new();
    for holding in &books.evidence.ours.holdings {
        if holding.released_at.is_some() && !holding.ports.is_empty() {
            let text = format!("{} has ended, and still keeps {} ports from others.", holding.id, holding.ports.len());
            found.add(Law::C4, &holding.order, Runbook::CapacityWrong, text);
        }
        for chosen in &holding.ports {
            let port = &chosen.port;
            let other = owners.insert((holding.node, port.allocation), holding);
            let other = addresses.insert((holding.node, &port.ip, port.port), holding).or(other);
            if let Some(other) = other.filter(|other| other.order != holding.order) {
                let text = format!(
                    "Port {}:{} is promised to {} as well: one of the two games cannot listen on it.",
                    port.ip, port.port, other.order
                );
                found.add(Law::C4, &holding.order, Runbook::CapacityWrong, text);
            }
        }
    }
    if !books.moment.is_anytime() {
        ports_of_nodes(books, found);
        ports_at_panel(books, found);
    }
}

/// The panel has every port that is held. A node that the last sweep did not show says nothing.
fn ports_of_nodes(books: &Books<'_>, found: &mut Found) {
    let ours = &books.evidence.ours;
    let shown: BTreeSet<i64> = ours.nodes.iter().map(|node| node.id).collect();
    let ports: BTreeSet<(i64, i64)> = ours.ports.iter().map(|port| (port.node, port.id)).collect();
    for holding in held(books).filter(|holding| shown.contains(&holding.node)) {
        for chosen in holding.ports.iter().filter(|chosen| !ports.contains(&(holding.node, chosen.port.allocation))) {
            let text = format!(
                "Port {}:{} is held for it, and node {} does not have it any more.",
                chosen.port.ip, chosen.port.port, holding.node
            );
            found.add(Law::C4, &holding.order, Runbook::CapacityWrong, text);
        }
    }
}

fn ports_at_panel(books: &Books<'_>, found: &mut Found) {
    for (service, server) in standing(books) {
        let Some(allocations) = &server.allocations else { continue };
        for holding in books.held_for(service.order.as_str()) {
            let has = |wanted: i64| allocations.iter().any(|port| number(port.id.get()) == wanted);
            let lacks = holding.ports.iter().filter(|chosen| !has(chosen.port.allocation));
            let lacks: Vec<String> = lacks.map(|chosen| format!("{}:{}", chosen.port.ip, chosen.port.port)).collect();
            if !lacks.is_empty() {
                let text = format!(
                    "Its server on the panel lacks {}, which we promised. Give it the port there, or find out who has it.",
                    lacks.join(", ")
                );
                found.add(Law::C4, &service.id, Runbook::ServerDrifted, text);
            }
        }
    }
}

/// What is held is what was bought, where the server stands, as long as it does.
pub(super) fn c5(books: &Books<'_>, found: &mut Found) {
    for holding in held(books) {
        let Some(purchase) = books.order(holding.order.as_str()) else { continue };
        let shape = purchase.snapshot.shape;
        let bought = Amount { memory_mib: i64::from(shape.memory_mib), disk_mib: i64::from(shape.disk_mib) };
        if holding.amount != bought {
            let text = format!(
                "{} MiB of memory and {} MiB of disk are held, and {} and {} were bought.",
                holding.amount.memory_mib, holding.amount.disk_mib, bought.memory_mib, bought.disk_mib
            );
            found.add(Law::C5, &holding.order, Runbook::CapacityWrong, text);
        }
    }
    for service in books.evidence.ours.services.iter().filter(|service| service.terminated_at.is_none()) {
        if books.held_for(service.order.as_str()).next().is_none() {
            let text = "It was paid for, and no place is held: the node may be sold to somebody else.".to_owned();
            found.add(Law::C5, &service.id, Runbook::CapacityWrong, text);
        }
    }
    if books.moment.is_anytime() {
        return;
    }
    for (service, server) in standing(books) {
        let node = number(server.node.get());
        for holding in books.held_for(service.order.as_str()).filter(|holding| holding.node != node) {
            let text = format!(
                "Its server stands on node {}, and its place is held on node {}: one is fuller than it looks, the other emptier.",
                server.node, holding.node
            );
            found.add(Law::C5, &service.id, Runbook::ServerDrifted, text);
        }
    }
}

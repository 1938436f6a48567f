//! Ports of a node.

use super::deploy::read_range;
use crate::panel::access::Resource;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::listing::{APPLICATION, Filter, exactly, page, part_of, select};
use crate::panel::model::{Allocation, Node};
use crate::panel::routes::Route;
use crate::panel::state::State;
use std::net::Ipv4Addr;

const ALLOCATIONS: Option<Resource> = Some(Resource::Allocations);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "nodes/{}/allocations", ALLOCATIONS, index),
    Route::new("POST", "nodes/{}/allocations", ALLOCATIONS, create),
    Route::new("DELETE", "nodes/{}/allocations/{}", ALLOCATIONS, delete),
];

/// More ports than this in one range are refused.
const MOST_PORTS: u16 = 1_000;

fn node(call: &Call<'_>) -> Result<Node, Refusal> {
    let id = call.id(0)?;
    call.state.node(id).cloned().ok_or_else(Refusal::not_found)
}

fn index(call: &mut Call<'_>) -> Outcome {
    let node = node(call)?;
    let filters: [Filter<'_, Allocation>; 4] = [
        Filter { name: "ip", passes: &|it, wanted| exactly(&it.ip, wanted) },
        Filter { name: "port", passes: &|it, wanted| exactly(&it.port.to_string(), wanted) },
        Filter { name: "ip_alias", passes: &|it, wanted| part_of(it.alias.as_deref(), wanted) },
        Filter { name: "server_id", passes: &belongs_to },
    ];
    let allocations = select(call.request, call.state.allocations_on(node.id), &filters, &[])?;
    let (view, includes) = (call.view(), call.includes());
    page(call.request, APPLICATION, &allocations, view, |it| view.allocation(it, &includes))
}

/// Anything that is no positive number asks for unassigned ones.
fn belongs_to(allocation: &Allocation, wanted: &str) -> bool {
    match wanted.parse::<i64>() {
        Ok(id) if id > 0 => allocation.server == Some(id),
        _ => allocation.server.is_none(),
    }
}

fn create(call: &mut Call<'_>) -> Outcome {
    let node = node(call)?;
    call.check(
        &[
            ("ip", "required|string"),
            ("alias", "sometimes|nullable|string|max:191"),
            ("ports", "required|array"),
            ("ports.*", "string"),
        ],
        None,
    )?;
    let addresses = addresses(&call.text("ip").unwrap_or_default())?;
    let ports = call.field("ports").and_then(|ports| ports.as_array()).into_iter().flatten();
    let ports: Vec<&str> = ports.filter_map(|port| port.as_str()).collect();
    let mut wanted = Vec::new();
    for text in ports {
        wanted.extend(read_ports(text)?);
    }
    let alias = call.text("alias");
    for ip in addresses {
        for port in &wanted {
            let known = call.state.allocations_on(node.id).any(|it| it.ip == ip && it.port == *port);
            if !known {
                let id = State::draw(&mut call.state.ids.allocation);
                let (ip, alias) = (ip.clone(), alias.clone());
                let allocation = Allocation { id, node: node.id, ip, alias, port: *port, notes: None, server: None };
                call.state.allocations.insert(id, allocation);
            }
        }
    }
    Ok(Reply::no_content())
}

fn read_ports(text: &str) -> Result<std::ops::RangeInclusive<u16>, Refusal> {
    let is_port = |text: &str| text.trim().parse::<u32>().is_ok();
    let readable = text.split('-').count() <= 2 && text.split('-').all(is_port);
    if !readable {
        return Err(Refusal::new(400, "InvalidPortMappingException", "A port is a number or two joined by a dash."));
    }
    let out_of_range = || Refusal::new(400, "PortOutOfRangeException", "Ports run from 1025 to 65535.");
    let (from, to) = read_range(text).ok_or_else(out_of_range)?;
    if from <= 1_024 {
        return Err(out_of_range());
    }
    if to.saturating_sub(from) > MOST_PORTS {
        return Err(Refusal::new(400, "TooManyPortsInRangeException", "One range holds at most 1000 ports."));
    }
    Ok(from..=to)
}

/// A single address or name, or every address of a small network.
fn addresses(text: &str) -> Result<Vec<String>, Refusal> {
    let Some((base, bits)) = text.split_once('/') else { return Ok(vec![text.to_owned()]) };
    let refused = || Refusal::new(400, "CidrOutOfRangeException", "Networks run from /25 to /32.");
    let bits: u32 = bits.parse().ok().filter(|bits| (25..=32).contains(bits)).ok_or_else(refused)?;
    let base: Ipv4Addr = base.parse().map_err(|_unreadable| refused())?;
    let count = 1_u32 << (32 - bits);
    let first = u32::from(base) & !(count - 1);
    Ok((first..first + count).map(|address| Ipv4Addr::from(address).to_string()).collect())
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let (node, id) = (node(call)?, call.id(1)?);
    let allocation = call.state.allocations.get(&id).filter(|it| it.node == node.id).ok_or_else(Refusal::not_found)?;
    if allocation.server.is_some() {
        return Err(Refusal::new(400, "ServerUsingAllocationException", "A server uses this port."));
    }
    call.state.allocations.remove(&id);
    Ok(Reply::no_content())
}

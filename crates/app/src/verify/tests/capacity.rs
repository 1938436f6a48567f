use super::sample::*;
use super::{always, later, one};
use crate::verify::Law;

#[test]
fn c1_a_node_that_gives_out_more_than_it_has() {
    one(Law::C1, "node 1", &always(), |shop| shop.ours.nodes[0].foreign_memory_mib = 5000);
    one(Law::C1, "node 1", &always(), |shop| shop.ours.nodes[0].disk_mib = 20_479);
}

#[test]
fn c3_two_places_of_one_order() {
    one(Law::C3, &order(DELIVERED), &always(), |shop| {
        let second = store::verify::Holding { ports: Vec::new(), ..holding(9, DELIVERED, 4, false) };
        shop.ours.holdings.push(second);
    });
}

#[test]
fn c4_a_port_with_two_owners_with_none_or_that_the_server_lacks() {
    one(Law::C4, &order(4), &always(), |shop| {
        with_open_order(shop);
        shop.ours.holdings[3] = holding(4, 4, 1, false);
    });
    one(Law::C4, &order(UNPAID), &always(), |shop| {
        shop.ours.holdings[2].ports = holding(3, UNPAID, 3, false).ports;
    });
    one(Law::C4, &service(DELIVERED), &later(), |shop| shop.panel.servers[0].allocations = Some(Vec::new()));
    one(Law::C4, &order(DELIVERED), &later(), |shop| shop.ours.ports.retain(|port| port.id != 1));
}

#[test]
fn c5_a_place_of_another_size_on_another_node_or_none() {
    one(Law::C5, &order(DELIVERED), &always(), |shop| shop.ours.holdings[0].amount.memory_mib = 2048);
    one(Law::C5, &service(DELIVERED), &later(), |shop| shop.panel.servers[0].node = panel::NodeId::new(2));
    one(Law::C5, &service(DELIVERED), &always(), |shop| shop.ours.holdings[0] = holding(1, DELIVERED, 1, true));
}

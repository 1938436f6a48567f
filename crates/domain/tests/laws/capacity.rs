//! A node is never sold twice: memory, disk and ports against counters that know nothing of the rules (C1, C4, C6).

use crate::cases;
use domain::capacity::{Amount, ChosenPort, FreePort, choose_ports, sellable};
use domain::catalogue::{CarriedBy, PortSpec, Protocol};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use std::collections::{BTreeMap, BTreeSet};

/// The ports that a server wants.
#[derive(Debug, Clone)]
struct Wanted {
    ports: Vec<PortSpec>,
    contiguous: bool,
    extra: u32,
}

fn free_port(ip: u8, port: u16) -> FreePort {
    FreePort { allocation: i64::from(ip) * 100_000 + i64::from(port), ip: format!("10.0.0.{ip}"), alias: None, port }
}

fn spec(place: usize, carried_by: CarriedBy) -> PortSpec {
    PortSpec { role: format!("role-{place}"), protocol: Protocol::Udp, carried_by }
}

/// Ports as the catalogue lets them through: the default first, offsets that differ, and in a block each in its place.
fn ports() -> impl Strategy<Value = (Vec<PortSpec>, bool)> {
    let further = prop::collection::vec((0_u8..3, 1_u16..6), 0..4);
    (further, any::<bool>()).prop_map(|(further, contiguous)| {
        let mut specs = vec![spec(0, CarriedBy::Default)];
        for (place, (kind, by)) in (1_u16..).zip(further) {
            let by = if contiguous { place } else { by };
            let carried_by = match kind {
                0 => CarriedBy::Offset { by },
                1 => CarriedBy::Env { name: format!("PORT_{place}") },
                _ => CarriedBy::File,
            };
            let repeated = specs.iter().any(|spec| spec.carried_by == carried_by && carried_by != CarriedBy::File);
            specs.push(spec(usize::from(place), if repeated { CarriedBy::File } else { carried_by }));
        }
        (specs, contiguous)
    })
}

fn wanted() -> impl Strategy<Value = Wanted> {
    (ports(), 0_u32..3).prop_map(|((ports, contiguous), extra)| Wanted { ports, contiguous, extra })
}

fn free_ports() -> impl Strategy<Value = Vec<FreePort>> {
    prop::collection::btree_set((1_u8..3, prop_oneof![8 => 7000_u16..7014, 1 => 65532_u16..=65535]), 0..16)
        .prop_map(|ports| ports.into_iter().map(|(ip, port)| free_port(ip, port)).collect())
}

/// Which number a port has to have beside this default one, if it has to have one.
fn place_of(spec: &PortSpec, index: usize, contiguous: bool, default: u16) -> Option<u32> {
    match &spec.carried_by {
        CarriedBy::Default => Some(u32::from(default)),
        CarriedBy::Offset { by } => Some(u32::from(default) + u32::from(*by)),
        CarriedBy::Env { .. } | CarriedBy::File if contiguous => Some(u32::from(default) + index as u32),
        CarriedBy::Env { .. } | CarriedBy::File => None,
    }
}

/// Whether any default port would do, by counting: all fixed places are free, and enough others are left at the address.
fn can_be_chosen(wanted: &Wanted, free: &[FreePort]) -> bool {
    free.iter().any(|default| {
        let here: BTreeSet<u32> =
            free.iter().filter(|port| port.ip == default.ip).map(|port| port.port.into()).collect();
        let places = wanted.ports.iter().enumerate();
        let fixed: BTreeSet<u32> =
            places.filter_map(|(index, spec)| place_of(spec, index, wanted.contiguous, default.port)).collect();
        fixed.is_subset(&here) && here.len() >= wanted.ports.len() + wanted.extra as usize
    })
}

proptest! {
    #![proptest_config(cases(4096))]

    #[test]
    fn chosen_ports_are_free_and_different_and_where_the_game_looks_for_them(wanted in wanted(), free in free_ports()) {
        let chosen = choose_ports(&wanted.ports, wanted.contiguous, wanted.extra, &free);
        prop_assert_eq!(chosen.is_some(), can_be_chosen(&wanted, &free), "{:?}", chosen);
        let Some(chosen) = chosen else { return Ok(()) };
        let different: BTreeSet<i64> = chosen.iter().map(|chosen| chosen.port.allocation).collect();
        prop_assert_eq!(different.len(), chosen.len(), "one port twice: {:?}", chosen);
        let ip = &chosen[0].port.ip;
        prop_assert!(chosen.iter().all(|chosen| free.contains(&chosen.port) && chosen.port.ip == *ip), "{:?}", chosen);
        let roles: Vec<&str> = chosen.iter().map(|chosen| chosen.role.as_str()).collect();
        let mut expected: Vec<String> = wanted.ports.iter().map(|spec| spec.role.clone()).collect();
        expected.extend((1..=wanted.extra).map(|number| format!("extra-{number}")));
        prop_assert_eq!(roles, expected);
        for (index, (spec, port)) in wanted.ports.iter().zip(&chosen).enumerate() {
            let place = place_of(spec, index, wanted.contiguous, chosen[0].port.port);
            prop_assert!(place.is_none_or(|place| place == u32::from(port.port.port)), "{:?}", chosen);
        }
    }

    #[test]
    fn what_may_be_sold_is_the_size_in_percent_less_the_headroom_to_the_mebibyte(
        size in (0_i64..1 << 40, 0_i64..1 << 40),
        percent in (-200_i64..1000, -200_i64..1000),
        headroom in (0_i64..1 << 20, 0_i64..1 << 20),
    ) {
        let amount = |(memory_mib, disk_mib)| Amount { memory_mib, disk_mib };
        let found = sellable(amount(size), percent, amount(headroom));
        for (found, size, percent, headroom) in [
            (found.memory_mib, size.0, percent.0, headroom.0),
            (found.disk_mib, size.1, percent.1, headroom.1),
        ] {
            let hundredths = i128::from(size) * i128::from(100 + percent).max(0);
            let (all, rest) = (i128::from(found) + i128::from(headroom), hundredths % 100);
            prop_assert_eq!(all * 100 + rest, hundredths, "rounded down, never up");
        }
    }

    #[test]
    fn room_is_enough_exactly_when_nothing_is_short_after_taking_it(
        left in (0_i64..1 << 50, 0_i64..1 << 50),
        wanted in (0_i64..1 << 50, 0_i64..1 << 50),
    ) {
        let (left, wanted) = (Amount { memory_mib: left.0, disk_mib: left.1 }, Amount { memory_mib: wanted.0, disk_mib: wanted.1 });
        let after = left - wanted;
        prop_assert_eq!(left.covers(wanted), after.memory_mib >= 0 && after.disk_mib >= 0);
        prop_assert_eq!(after + wanted, left);
    }
}

/// What is done with a node.
#[derive(Debug, Clone)]
enum Event {
    /// An order asks for room and ports.
    Hold { order: u8, memory_mib: i64, disk_mib: i64, ports: u32 },
    /// Also of an order that holds nothing, or nothing any more.
    Release(u8),
    /// A sweep finds servers that are not ours.
    Foreign { memory_mib: i64, disk_mib: i64 },
}

/// A node in counters: what there was, and how much of it went to whom.
#[derive(Debug, Clone)]
struct Counters {
    size: (i64, i64),
    percent: (i64, i64),
    headroom: (i64, i64),
    ports: u32,
    foreign: (i64, i64),
    held: BTreeMap<u8, (i64, i64, u32)>,
    /// Whether the last event was a hold that had to be granted, or one that had to be refused.
    granted: Option<bool>,
}

impl Counters {
    /// Whether that much more fits, in hundredths of a MiB and wide integers.
    fn fits(&self, memory_mib: i64, disk_mib: i64) -> bool {
        let fits =
            |size: i64, percent: i64, gone: i64| i128::from(size) * i128::from(100 + percent) >= i128::from(gone) * 100;
        let memory: i64 = self.held.values().map(|held| held.0).sum();
        let disk: i64 = self.held.values().map(|held| held.1).sum();
        fits(self.size.0, self.percent.0, memory + memory_mib + self.foreign.0 + self.headroom.0)
            && fits(self.size.1, self.percent.1, disk + disk_mib + self.foreign.1 + self.headroom.1)
    }
}

impl ReferenceStateMachine for Counters {
    type State = Self;
    type Transition = Event;

    fn init_state() -> BoxedStrategy<Self> {
        let size = (4_i64..60, 4_i64..60).prop_map(|(memory, disk)| (memory * 1024 - 7, disk * 10_240 - 3));
        let percent = (-20_i64..120, -20_i64..120);
        let headroom = (0_i64..4096, 0_i64..4096);
        (size, percent, headroom, 1_u32..20)
            .prop_map(|(size, percent, headroom, ports)| Self {
                size,
                percent,
                headroom,
                ports,
                foreign: (0, 0),
                held: BTreeMap::new(),
                granted: None,
            })
            .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Event> {
        let hold = (0_u8..8, 1_i64..16_000, 1_i64..160_000, 1_u32..6);
        prop_oneof![
            5 => hold.prop_map(|(order, memory_mib, disk_mib, ports)| Event::Hold { order, memory_mib, disk_mib, ports }),
            3 => (0_u8..8).prop_map(Event::Release),
            1 => (0_i64..9000, 0_i64..90_000).prop_map(|(memory_mib, disk_mib)| Event::Foreign { memory_mib, disk_mib }),
        ]
        .boxed()
    }

    fn apply(mut state: Self, event: &Event) -> Self {
        state.granted = None;
        match *event {
            Event::Hold { order, memory_mib, disk_mib, ports } => {
                let taken: u32 = state.held.values().map(|held| held.2).sum();
                let granted = !state.held.contains_key(&order)
                    && state.fits(memory_mib, disk_mib)
                    && taken + ports <= state.ports;
                if granted {
                    state.held.insert(order, (memory_mib, disk_mib, ports));
                }
                state.granted = Some(granted);
            }
            Event::Release(order) => {
                state.held.remove(&order);
            }
            Event::Foreign { memory_mib, disk_mib } => state.foreign = (memory_mib, disk_mib),
        }
        state
    }
}

/// A node as `store/reservations.rs` keeps it and `app/sales/room.rs` asks it, with the arithmetic of `domain`.
#[derive(Debug, Clone)]
struct Node {
    sellable: Amount,
    ports: Vec<FreePort>,
    foreign: Amount,
    held: BTreeMap<u8, (Amount, Vec<ChosenPort>)>,
}

impl Node {
    fn left(&self) -> Amount {
        self.held.values().fold(self.sellable - self.foreign, |left, (amount, _)| left - *amount)
    }

    fn free(&self) -> Vec<FreePort> {
        let is_held = |port: &FreePort| self.held.values().any(|(_, held)| held.iter().any(|held| held.port == *port));
        self.ports.iter().filter(|port| !is_held(port)).cloned().collect()
    }

    fn hold(&mut self, order: u8, amount: Amount, ports: u32) -> bool {
        // One reservation for each order: the database refuses a second one.
        if self.held.contains_key(&order) || !self.left().covers(amount) {
            return false;
        }
        let chosen = choose_ports(&[spec(0, CarriedBy::Default)], false, ports - 1, &self.free());
        chosen.map(|chosen| self.held.insert(order, (amount, chosen))).is_some()
    }
}

struct NeverOversold;

impl StateMachineTest for NeverOversold {
    type SystemUnderTest = Node;
    type Reference = Counters;

    fn init_test(counters: &Counters) -> Node {
        let amount = |(memory_mib, disk_mib)| Amount { memory_mib, disk_mib };
        Node {
            sellable: sellable(amount(counters.size), counters.percent, amount(counters.headroom)),
            ports: (7000..).take(counters.ports as usize).map(|port| free_port(1, port)).collect(),
            foreign: Amount::default(),
            held: BTreeMap::new(),
        }
    }

    fn apply(mut node: Node, counters: &Counters, event: Event) -> Node {
        match event {
            Event::Hold { order, memory_mib, disk_mib, ports } => {
                let granted = node.hold(order, Amount { memory_mib, disk_mib }, ports);
                assert_eq!(Some(granted), counters.granted, "{event:?}: {node:?}");
                let left = node.left();
                assert!(!granted || (left.memory_mib >= 0 && left.disk_mib >= 0), "oversold: {node:?}");
            }
            Event::Release(order) => {
                node.held.remove(&order);
            }
            Event::Foreign { memory_mib, disk_mib } => node.foreign = Amount { memory_mib, disk_mib },
        }
        node
    }

    fn check_invariants(node: &Node, counters: &Counters) {
        let held: Vec<_> = node.held.iter().map(|(order, (amount, ports))| (*order, *amount, ports.len())).collect();
        let counted = counters
            .held
            .iter()
            .map(|(order, &(memory_mib, disk_mib, ports))| (*order, Amount { memory_mib, disk_mib }, ports as usize));
        assert_eq!(held, counted.collect::<Vec<_>>(), "rows and counters agree (C5)");
        let ports: Vec<i64> =
            node.held.values().flat_map(|(_, ports)| ports).map(|port| port.port.allocation).collect();
        let owners: BTreeSet<&i64> = ports.iter().collect();
        assert_eq!(owners.len(), ports.len(), "a port has two owners: {node:?}");
    }
}

prop_state_machine! {
    #![proptest_config(cases(1024))]

    #[test]
    fn no_sequence_of_holds_and_releases_sells_a_node_twice(sequential 1..40 => NeverOversold);
}

//! Eggs from data files: those of the recorded panel and those of the demo.

use crate::panel::model::{Egg, EggVariable, Nest, RowId};
use crate::panel::state::{Dice, fresh};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The nests that the recorded panel ships.
const SHIPPED: &str = include_str!("../../../../../contracts/panel-recordings/eggs.json");
/// The further eggs that the shop's games need.
const FURTHER: &str = include_str!("../../../data/eggs-demo.json");

/// A nest to begin with.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct NestSeed {
    uuid: Option<String>,
    name: String,
    author: String,
    description: String,
    eggs: Vec<EggSeed>,
}

#[derive(Debug, Clone, Deserialize)]
struct EggSeed {
    uuid: Option<String>,
    name: String,
    author: String,
    description: String,
    docker_images: Map<String, Value>,
    config: Value,
    startup: String,
    script: Value,
    variables: Vec<VariableSeed>,
}

#[derive(Debug, Clone, Deserialize)]
struct VariableSeed {
    name: String,
    description: String,
    env_variable: String,
    default_value: String,
    user_viewable: bool,
    user_editable: bool,
    rules: String,
}

/// The eggs of the recorded panel under their own uuids.
pub(super) fn shipped() -> Vec<NestSeed> {
    read(SHIPPED)
}

/// Shipped and further eggs, without uuids; nests of one name are joined.
pub(super) fn for_the_shop() -> Vec<NestSeed> {
    let mut nests = read(SHIPPED);
    for more in read(FURTHER) {
        match nests.iter_mut().find(|nest| nest.name == more.name) {
            Some(nest) => nest.eggs.extend(more.eggs),
            None => nests.push(more),
        }
    }
    for nest in &mut nests {
        nest.uuid = None;
        nest.eggs.iter_mut().for_each(|egg| egg.uuid = None);
    }
    nests
}

/// The same nests and eggs in reverse, as another panel might have imported them.
pub(super) fn reversed(mut nests: Vec<NestSeed>) -> Vec<NestSeed> {
    nests.reverse();
    nests.iter_mut().for_each(|nest| nest.eggs.reverse());
    nests
}

fn read(text: &str) -> Vec<NestSeed> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Rows with ids after `base`, in order.
pub(super) fn rows(
    nests: Vec<NestSeed>,
    base: RowId,
    now: Timestamp,
    dice: &mut Dice,
) -> (BTreeMap<RowId, Nest>, BTreeMap<RowId, Egg>) {
    let (mut nest_rows, mut egg_rows) = (BTreeMap::new(), BTreeMap::new());
    let (mut nest_id, mut egg_id, mut variable_id) = (base, base, base);
    for nest in nests {
        nest_id += 1;
        for egg in nest.eggs {
            egg_id += 1;
            let row = egg.row(egg_id, nest_id, &mut variable_id, now, dice);
            egg_rows.insert(egg_id, row);
        }
        let row = Nest {
            id: nest_id,
            uuid: nest.uuid.unwrap_or_else(|| dice.uuid()),
            author: nest.author,
            name: nest.name,
            description: nest.description,
            stamps: fresh(now),
        };
        nest_rows.insert(nest_id, row);
    }
    (nest_rows, egg_rows)
}

impl EggSeed {
    fn row(self, id: RowId, nest: RowId, variable_id: &mut RowId, now: Timestamp, dice: &mut Dice) -> Egg {
        let variable = |seed: VariableSeed| {
            *variable_id += 1;
            EggVariable {
                id: *variable_id,
                name: seed.name,
                description: seed.description,
                env: seed.env_variable,
                default: seed.default_value,
                viewable: seed.user_viewable,
                editable: seed.user_editable,
                rules: seed.rules,
            }
        };
        Egg {
            id,
            uuid: self.uuid.unwrap_or_else(|| dice.uuid()),
            nest,
            author: self.author,
            name: self.name,
            description: self.description,
            docker_images: self.docker_images,
            config: self.config,
            startup: self.startup,
            script: self.script,
            variables: self.variables.into_iter().map(variable).collect(),
            stamps: fresh(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_egg_files_can_be_read() {
        assert_eq!(read(SHIPPED).iter().map(|nest| nest.eggs.len()).sum::<usize>(), 14);
        assert_eq!(read(FURTHER).iter().map(|nest| nest.eggs.len()).sum::<usize>(), 15);
    }

    #[test]
    fn another_panel_has_the_same_eggs_under_other_ids() {
        let rows = |nests| rows(nests, 0, Timestamp::UNIX_EPOCH, &mut Dice::new(7)).1;
        let (here, there) = (rows(for_the_shop()), rows(reversed(for_the_shop())));
        let names = |eggs: &BTreeMap<RowId, Egg>| eggs.values().map(|egg| egg.name.clone()).collect::<Vec<_>>();
        let (mut sorted_here, mut sorted_there) = (names(&here), names(&there));
        assert_ne!(sorted_here, sorted_there);
        sorted_here.sort();
        sorted_there.sort();
        assert_eq!(sorted_here, sorted_there);
    }
}

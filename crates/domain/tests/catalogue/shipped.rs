//! What we ship is what the business sells.

use crate::files::{root, shipped};
use domain::catalogue::{AddOnEffect, Plan, Sale, ServerShape, Term};
use std::collections::BTreeSet;

struct Row {
    game: String,
    variant: Option<String>,
    memory_gib: u32,
    cpu_percent: u32,
    disk_gib: u32,
    prices: [i64; 4],
}

fn price_list() -> Vec<Row> {
    let mut reader = csv::Reader::from_path(root().join("crates/domain/tests/data/plans.csv")).unwrap();
    let row = |record: csv::StringRecord| {
        let number = |at: usize| record[at].parse::<u32>().unwrap();
        Row {
            game: record[0].to_owned(),
            variant: Some(record[1].to_owned()).filter(|variant| !variant.is_empty()),
            memory_gib: number(2),
            cpu_percent: number(3) * 100,
            disk_gib: number(4),
            prices: [5, 6, 7, 8].map(|at| record[at].parse().unwrap()),
        }
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn off_sale(plans: &[Plan]) -> BTreeSet<&str> {
    plans.iter().filter(|plan| !plan.is_on_sale()).map(|plan| plan.key.as_str()).collect()
}

#[test]
fn every_plan_and_price_of_the_list_is_in_the_catalogue_and_no_other() {
    let catalogue = shipped();
    let list = price_list();
    let mut compared = 0;
    for row in &list {
        let same = |plan: &&Plan| {
            plan.game.as_str() == row.game && plan.variant == row.variant && plan.memory_gib() == row.memory_gib
        };
        let plan = catalogue
            .plans
            .iter()
            .find(same)
            .unwrap_or_else(|| panic!("{} {:?} {}", row.game, row.variant, row.memory_gib));
        assert_eq!((plan.cpu_percent, plan.disk_gib()), (row.cpu_percent, row.disk_gib), "{}", plan.key);
        for (term, cents) in Term::ALL.into_iter().zip(row.prices) {
            assert_eq!(plan.price(term, catalogue.currency).minor, cents, "{} {term}", plan.key);
            compared += 1;
        }
    }
    assert_eq!((compared, catalogue.plans.len(), catalogue.games.len()), (324, 81, 15));
}

#[test]
fn sizes_below_the_floor_and_a_game_nobody_could_join_are_off_sale_with_a_reason() {
    let catalogue = shipped();
    let expected = BTreeSet::from([
        "among-us-12g",
        "among-us-4g",
        "among-us-6g",
        "among-us-8g",
        "ark-asa-6g",
        "ark-asa-8g",
        "counter-strike-2g",
        "palworld-4g",
        "palworld-6g",
        "rust-2g",
    ]);
    assert_eq!(off_sale(&catalogue.plans), expected);
    let reason = |key: &str| match &catalogue.find_plan(key).unwrap().sale {
        Sale::OffSale(reason) => reason.clone(),
        Sale::OnSale => panic!("{key} is on sale"),
    };
    assert_eq!(reason("rust-2g"), "2 GiB is too little: Rust is sold from 4 GiB");
    assert!(reason("among-us-4g").contains("HTTPS"));
}

#[test]
fn each_type_recommends_one_size_that_is_on_sale() {
    let catalogue = shipped();
    let recommended = |key: &str| catalogue.find_plan(key).is_some_and(|plan| plan.recommended && plan.is_on_sale());
    for blueprint in &catalogue.blueprints {
        let plans = catalogue.plans.iter().filter(|plan| plan.blueprint == blueprint.key);
        assert_eq!(plans.filter(|plan| plan.recommended).count(), 1, "{}", blueprint.key);
    }
    for key in [
        "minecraft-paper-4g",
        "minecraft-purpur-4g",
        "minecraft-fabric-6g",
        "minecraft-forge-6g",
        "rust-12g",
        "ark-8g",
        "ark-asa-12g",
        "counter-strike-8g",
        "palworld-12g",
        "enshrouded-12g",
        "terraria-vanilla-4g",
        "terraria-tmodloader-6g",
        "teeworlds-4g",
        "veloren-6g",
    ] {
        assert!(recommended(key), "{key}");
    }
}

#[test]
fn player_numbers_are_promised_only_where_they_are_known() {
    let catalogue = shipped();
    let players = |key: &str| catalogue.find_plan(key).unwrap().players;
    assert_eq!(players("minecraft-paper-4g"), Some((8, 16)));
    assert_eq!(players("minecraft-paper-6g"), None);
    assert_eq!(players("counter-strike-12g"), Some((40, 64)));
    assert_eq!(players("terraria-tmodloader-4g"), Some((4, 16)));
    assert_eq!(players("rust-12g"), None);
}

#[test]
fn an_add_on_is_sold_exactly_if_it_changes_the_server() {
    let catalogue = shipped();
    assert_eq!(catalogue.add_ons.len(), 11);
    for add_on in &catalogue.add_ons {
        assert_eq!(add_on.effect.is_some(), add_on.sale == Sale::OnSale, "{}", add_on.key);
    }
    let sold: Vec<&str> = catalogue.add_ons.iter().filter(|a| a.sale == Sale::OnSale).map(|a| a.key.as_str()).collect();
    assert_eq!(sold.len(), 6, "{sold:?}");
    let extra = catalogue.find_add_on("addon-additional-ssd-50gb").unwrap();
    assert_eq!((extra.monthly_minor, extra.effect), (399, Some(AddOnEffect::Disk { gib: 50 })));
}

#[test]
fn all_add_ons_together_change_each_limit_once() {
    let catalogue = shipped();
    let plan = catalogue.find_plan("rust-6g").unwrap();
    let blueprint = catalogue.find_blueprint(&plan.blueprint).unwrap();
    let plain = ServerShape::of(plan, blueprint, []);
    let full = ServerShape::of(plan, blueprint, &catalogue.add_ons);
    assert_eq!((plain.swap_mib, plain.io_weight, plain.oom_disabled), (2048, 500, true));
    assert_eq!((full.cpu_percent, full.disk_mib, full.io_weight), (300, 110 * 1024, 800));
    assert_eq!((full.backups, full.databases, full.extra_ports), (plain.backups + 5, plain.databases + 1, 1));
    assert_eq!((full.memory_mib, full.swap_mib), (plain.memory_mib, plain.swap_mib));
}

#[test]
fn the_eula_is_asked_for_and_written_for_minecraft_and_nothing_else() {
    let catalogue = shipped();
    for game in &catalogue.games {
        let asks = game.consent.is_some();
        let blueprints = catalogue
            .blueprints
            .iter()
            .filter(|blueprint| catalogue.plans_of(&game.key).any(|plan| plan.blueprint == blueprint.key));
        for blueprint in blueprints {
            assert_eq!(asks, game.key.as_str() == "minecraft", "{}", game.key);
            assert_eq!(!blueprint.pre_start.is_empty(), asks, "{}", blueprint.key);
        }
        assert!((3..=5).contains(&game.faq.len()), "{}", game.key);
    }
}

#[test]
fn regions_and_terms_are_there_to_choose_from() {
    let catalogue = shipped();
    let regions: Vec<_> =
        catalogue.regions.iter().map(|region| (region.key.as_str(), region.locations.join(","))).collect();
    assert_eq!(regions, [("us-east", "us-east".to_owned()), ("eu", "eu".to_owned())]);
    assert_eq!(catalogue.terms, Term::ALL);
}

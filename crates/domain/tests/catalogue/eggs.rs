//! The shipped blueprints on real eggs: those that come with a panel, and those of the demo panel.

use crate::files::{root, shipped};
use domain::catalogue::{
    Binding, Blueprint, Catalogue, Egg, EggVariable, EnvProblem, FillContext, Plan, bind, check_blueprint, image_of,
    server_environment,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// All eggs of a file as this panel has them: `shift` stands for numbers that another panel would have drawn otherwise.
fn eggs_of(path: &str, shift: i64) -> Vec<Egg> {
    let nests: Value = serde_json::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap();
    let nests = nests.as_array().unwrap();
    nests
        .iter()
        .flat_map(|nest| nest["eggs"].as_array().unwrap().iter().map(move |egg| (nest, egg)))
        .zip(shift..)
        .map(read_egg)
        .collect()
}

fn read_egg(((nest, egg), id): ((&Value, &Value), i64)) -> Egg {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let variable = |variable: &Value| EggVariable {
        name: text(&variable["env_variable"]),
        default_value: text(&variable["default_value"]),
        rules: text(&variable["rules"]),
        user_editable: variable["user_editable"].as_bool().unwrap(),
        user_viewable: variable["user_viewable"].as_bool().unwrap(),
    };
    let author = if egg["author"].is_null() { &nest["author"] } else { &egg["author"] };
    Egg {
        id,
        uuid: format!("egg-{id}"),
        nest_id: 1,
        name: text(&egg["name"]),
        author: text(author),
        startup: text(&egg["startup"]),
        docker_images: egg["docker_images"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(label, at)| (label.clone(), text(at)))
            .collect(),
        variables: egg["variables"].as_array().unwrap().iter().map(variable).collect(),
    }
}

fn demo_panel(shift: i64) -> Vec<Egg> {
    let mut eggs = eggs_of("contracts/panel-recordings/eggs.json", shift);
    eggs.extend(eggs_of("crates/sandbox/data/eggs-demo.json", shift + 1000));
    eggs
}

fn bound<'a>(blueprint: &Blueprint, eggs: &'a [Egg]) -> &'a Egg {
    match bind(blueprint, eggs) {
        Binding::Bound(uuid) => eggs.iter().find(|egg| egg.uuid == uuid).unwrap(),
        other => panic!("{}: {other:?}", blueprint.key),
    }
}

fn environment(blueprint: &Blueprint, plan: &Plan, egg: &Egg) -> Result<BTreeMap<String, String>, Vec<EnvProblem>> {
    let ports = blueprint.ports.iter().map(|port| port.role.clone()).zip(28015..).collect();
    let inputs = blueprint.inputs.iter().map(|input| (input.key.clone(), "0123456789abcdef".repeat(2))).collect();
    let context = FillContext {
        ports: &ports,
        inputs: &inputs,
        order_name: "Ada's Base",
        players: plan.players.map(|(_, most)| most),
        secret: &|variable, length| format!("{variable:x<length$}").replace('_', "x").chars().take(length).collect(),
    };
    server_environment(blueprint, &plan.env, &egg.variables, &context)
}

fn pair<'a>(catalogue: &'a Catalogue, plan: &str) -> (&'a Blueprint, &'a Plan) {
    let plan = catalogue.find_plan(plan).unwrap();
    (catalogue.find_blueprint(&plan.blueprint).unwrap(), plan)
}

#[test]
fn every_shipped_blueprint_binds_on_two_panels_whose_numbers_differ() {
    let catalogue = shipped();
    for shift in [1, 5000] {
        let eggs = demo_panel(shift);
        for blueprint in &catalogue.blueprints {
            let egg = bound(blueprint, &eggs);
            assert!(egg.id >= shift);
            assert!(image_of(blueprint, egg).is_some(), "{}", blueprint.key);
        }
    }
}

#[test]
fn every_plan_gives_every_egg_variable_a_value_that_the_egg_accepts() {
    let catalogue = shipped();
    let eggs = demo_panel(1);
    for plan in &catalogue.plans {
        let (blueprint, plan) = pair(&catalogue, plan.key.as_str());
        let egg = bound(blueprint, &eggs);
        if !plan.is_on_sale() {
            continue;
        }
        let environment =
            environment(blueprint, plan, egg).unwrap_or_else(|problems| panic!("{}: {problems:?}", plan.key));
        assert_eq!(environment.len(), egg.variables.len(), "{}", plan.key);
    }
    for blueprint in &catalogue.blueprints {
        let check = check_blueprint(blueprint, &catalogue.plans, bound(blueprint, &eggs));
        assert_eq!((check.problems, check.notes), (vec![], vec![]), "{}", blueprint.key);
    }
}

#[test]
fn rust_learns_its_ports_name_and_password_and_keeps_the_rest_of_the_egg() {
    let catalogue = shipped();
    let (blueprint, plan) = pair(&catalogue, "rust-6g");
    let eggs = demo_panel(1);
    let environment = environment(blueprint, plan, bound(blueprint, &eggs)).unwrap();
    let value = |name: &str| environment[name].as_str();
    assert_eq!([value("QUERY_PORT"), value("RCON_PORT"), value("APP_PORT")], ["28016", "28017", "28018"]);
    assert_eq!(value("HOSTNAME"), "Adas Base");
    assert_eq!(value("RCON_PASS").len(), 24);
    assert_eq!((value("MAX_PLAYERS"), value("SERVER_URL"), value("MAP_URL")), ("40", "", ""));
}

#[test]
fn counter_strike_gets_the_customers_token_and_the_plans_players() {
    let catalogue = shipped();
    let (blueprint, plan) = pair(&catalogue, "counter-strike-8g");
    let eggs = demo_panel(1);
    let environment = environment(blueprint, plan, bound(blueprint, &eggs)).unwrap();
    assert_eq!(environment["STEAM_GSLT"], "0123456789abcdef0123456789abcdef");
    assert_eq!((environment["MAX_PLAYERS"].as_str(), environment["SRCDS_APPID"].as_str()), ("40", "730"));
    assert!(blueprint.inputs[0].rule.accepts(&environment["STEAM_GSLT"]));
}

#[test]
fn an_egg_that_lost_a_variable_takes_the_blueprint_off_sale_with_the_reason() {
    let catalogue = shipped();
    let (blueprint, _) = pair(&catalogue, "enshrouded-8g");
    let mut eggs = demo_panel(1);
    for egg in &mut eggs {
        egg.variables.retain(|variable| variable.name != "QUERY_PORT");
    }
    assert_eq!(bind(blueprint, &eggs), Binding::None("the egg “Enshrouded” lacks the variable QUERY_PORT".to_owned()));
    eggs.retain(|egg| egg.name != "Enshrouded");
    assert_eq!(bind(blueprint, &eggs), Binding::None("the panel has no egg called “Enshrouded”".to_owned()));
}

#[test]
fn two_eggs_that_fit_are_left_to_the_operator() {
    let catalogue = shipped();
    let (blueprint, _) = pair(&catalogue, "minecraft-paper-4g");
    let mut eggs = demo_panel(1);
    let twin =
        Egg { uuid: "twin".to_owned(), author: "other@example.com".to_owned(), ..bound(blueprint, &eggs).clone() };
    let first = bound(blueprint, &eggs).uuid.clone();
    eggs.push(twin);
    assert_eq!(bind(blueprint, &eggs), Binding::Ambiguous(vec![first, "twin".to_owned()]));
    // Naming the author tells them apart.
    let mut exact = blueprint.clone();
    exact.eggs[0].author = Some("other@example.com".to_owned());
    assert_eq!(bind(&exact, &eggs), Binding::Bound("twin".to_owned()));
}

#[test]
fn a_rule_that_our_value_breaks_is_found_before_anybody_pays() {
    let catalogue = shipped();
    let (blueprint, plan) = pair(&catalogue, "ark-8g");
    let mut egg = bound(blueprint, &demo_panel(1)).clone();
    for variable in egg.variables.iter_mut().filter(|variable| variable.name == "SRCDS_APPID") {
        variable.rules = "required|in:1007".to_owned();
    }
    egg.variables.retain(|variable| variable.name != "RCON_PORT");
    let check = check_blueprint(blueprint, std::slice::from_ref(plan), &egg);
    let expected = [
        "`SRCDS_APPID` would be refused by the egg's rule `in:1007`: it is none of the choices",
        "the egg has no variable `RCON_PORT`, so the game would never learn its `rcon` port",
        "the egg lacks the variable `RCON_PORT`",
    ];
    assert_eq!(check.problems, expected);
}

#[test]
fn an_image_that_is_gone_and_a_rule_that_is_new_are_told_apart() {
    let catalogue = shipped();
    let (blueprint, plan) = pair(&catalogue, "minecraft-paper-4g");
    let mut egg = bound(blueprint, &demo_panel(1)).clone();
    egg.variables[0].rules.push_str("|starts_with:1");
    let mut old = blueprint.clone();
    old.image = Some("java_7".to_owned());
    let check = check_blueprint(&old, std::slice::from_ref(plan), &egg);
    assert_eq!(check.problems, ["none of the egg's images is called `java_7`"]);
    assert_eq!(check.notes, ["`MINECRAFT_VERSION` has the rule `starts_with:1`, which only the panel can check"]);
    old.image = Some("java_17".to_owned());
    assert_eq!(image_of(&old, &egg), Some("ghcr.io/pterodactyl/yolks:java_17"));
}

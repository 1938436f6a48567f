//! Eggs come from strangers: rules with regular expressions, default values, and templates that meet them.
#![no_main]

use domain::catalogue::{
    Binding, Catalogue, Egg, EggVariable, EnvProblem, FillContext, FillError, Value, bind, check_blueprint, rules,
    server_environment,
};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| app::catalogue_files::load(None).expect("the shipped catalogue"));

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = fuzz::choice(data, 3) else { return };
    let texts = fuzz::texts(rest);
    let text = |place: usize| texts.get(place).map_or("", String::as_str);
    match kind {
        0 => try_rules(text(0), text(1)),
        1 => try_template(text(0), text(1), text(2)),
        _ => try_egg(rest),
    }
});

fn try_rules(rules: &str, value: &str) {
    let spelled = rules::spelled(rules, value);
    assert_eq!(rules::spelled(rules, &spelled), spelled, "spelled twice");
    for unknown in rules::unknown(rules) {
        assert!(rules.contains(&unknown));
    }
    // A refusal names the rule, never the value.
    if let Err(problem) = rules::check(rules, &spelled) {
        assert!(rules.contains(&problem.rule));
        assert_eq!(rules::check(rules, &spelled), Err(problem), "checked twice");
    }
    // Before and after trimming, as the panel does, is the same.
    assert_eq!(rules::check(rules, value), rules::check(rules, value.trim()));
}

fn try_template(template: &str, name: &str, input: &str) {
    let literal = Value::literal(template);
    let ports = BTreeMap::from([("game".to_owned(), 27015), ("query".to_owned(), 27016)]);
    let inputs = BTreeMap::from([("token".to_owned(), input.to_owned())]);
    let secret = |_: &str, length: usize| "s".repeat(length);
    let context = FillContext { ports: &ports, inputs: &inputs, order_name: name, players: Some(8), secret: &secret };
    assert_eq!(literal.resolve("V", &context).as_deref(), Ok(template));
    assert_eq!(literal.placeholders(), Ok(vec![]));

    let template = Value(template.to_owned());
    let is_template = template.placeholders().is_ok();
    let resolved = template.resolve("V", &context);
    assert_eq!(matches!(resolved, Err(FillError::Template(_))), !is_template);
    // The customer's words never bring in a character that games and their start commands give a meaning.
    let named = Value("{order:name}".to_owned()).resolve("V", &context).expect("a name");
    assert!((1..=80).contains(&named.chars().count()) && named.trim() == named);
    assert!(named.chars().all(|c| c.is_alphanumeric() || " .-_!+:".contains(c)), "{named:?}");

    let variable = EggVariable {
        name: "V".to_owned(),
        default_value: input.to_owned(),
        rules: name.to_owned(),
        user_editable: true,
        user_viewable: true,
    };
    let blueprint = &CATALOGUE.blueprints[0];
    let values = BTreeMap::from([("V".to_owned(), template)]);
    match server_environment(blueprint, &values, std::slice::from_ref(&variable), &context) {
        Ok(environment) => assert_eq!(rules::check(&variable.rules, &environment["V"]), Ok(())),
        Err(problems) => assert!(problems.iter().all(|problem| match problem {
            EnvProblem::Fill { .. } | EnvProblem::Refused { .. } | EnvProblem::NoPortVariable { .. } =>
                !problem.to_string().is_empty(),
        })),
    }
}

/// An egg as the panel's mirror keeps it: bound among all blueprints that are shipped, checked with the one that it fits, or with the
/// first. Checking all of them would make the target ten times slower.
fn try_egg(json: &[u8]) {
    let Ok(egg) = serde_json::from_slice::<Egg>(json) else { return };
    let eggs = [egg];
    let bound = CATALOGUE.blueprints.iter().find(|blueprint| match bind(blueprint, &eggs) {
        Binding::Bound(uuid) => uuid == eggs[0].uuid,
        Binding::None(why) => {
            assert!(!why.is_empty());
            false
        }
        Binding::Ambiguous(_) => panic!("one egg cannot be two"),
    });
    let check = check_blueprint(bound.unwrap_or(&CATALOGUE.blueprints[0]), &CATALOGUE.plans, &eggs[0]);
    assert!(check.problems.is_sorted());
}

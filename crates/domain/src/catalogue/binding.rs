//! Which egg of this panel a blueprint means, and whether the two fit together.

use super::rules;
use super::{Blueprint, EggVariable, EnvProblem, FillContext, InputRule, Plan, server_environment};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An egg of a panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Egg {
    /// The panel's number for it; another panel has another.
    pub id: i64,
    /// Drawn anew by each panel that imports the egg.
    pub uuid: String,
    /// The nest that it stands in.
    pub nest_id: i64,
    /// Its name.
    pub name: String,
    /// The author's e-mail address.
    pub author: String,
    /// The start command, sent unchanged.
    pub startup: String,
    /// Label and address of each image, the egg's preferred one first.
    pub docker_images: Vec<(String, String)>,
    /// What can be set.
    pub variables: Vec<EggVariable>,
}

/// The result of looking for a blueprint's egg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// This uuid, and no other.
    Bound(String),
    /// No egg fits, and why, in words for the operator.
    None(String),
    /// Several fit: the operator has to choose among these uuids.
    Ambiguous(Vec<String>),
}

/// Whether a blueprint works with an egg.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlueprintCheck {
    /// Why servers cannot be made; the plans are off sale while there are any.
    pub problems: Vec<String>,
    /// What an operator may want to know; nothing is off sale for it.
    pub notes: Vec<String>,
}

/// The egg that the blueprint means, among all eggs of a panel.
pub fn bind(blueprint: &Blueprint, eggs: &[Egg]) -> Binding {
    let named = |egg: &&Egg| {
        let fits = |author: &Option<String>| author.as_ref().is_none_or(|author| *author == egg.author);
        blueprint.eggs.iter().any(|name| name.name == egg.name && fits(&name.author))
    };
    let candidates: Vec<&Egg> = eggs.iter().filter(named).collect();
    let fitting: Vec<&Egg> = candidates.iter().filter(|egg| lacks(blueprint, egg).is_empty()).copied().collect();
    match (fitting.as_slice(), candidates.first()) {
        ([egg], _) => Binding::Bound(egg.uuid.clone()),
        ([], None) => {
            let names: Vec<String> = blueprint.eggs.iter().map(|name| format!("“{name}”")).collect();
            Binding::None(format!("the panel has no egg called {}", names.join(" or ")))
        }
        ([], Some(egg)) => {
            Binding::None(format!("the egg “{}” lacks the variable {}", egg.name, lacks(blueprint, egg).join(", ")))
        }
        (several, _) => Binding::Ambiguous(several.iter().map(|egg| egg.uuid.clone()).collect()),
    }
}

/// The variables that the blueprint requires and the egg does not have.
fn lacks<'a>(blueprint: &'a Blueprint, egg: &Egg) -> Vec<&'a str> {
    let missing = |name: &&String| !egg.variables.iter().any(|variable| variable.name == **name);
    blueprint.required_variables.iter().filter(missing).map(String::as_str).collect()
}

/// The address of the image that servers of this blueprint run: the first whose label or address holds the blueprint's text.
pub fn image_of<'a>(blueprint: &Blueprint, egg: &'a Egg) -> Option<&'a str> {
    let wanted = blueprint.image.as_deref().unwrap_or("");
    let fits = |(label, address): &&(String, String)| label.contains(wanted) || address.contains(wanted);
    egg.docker_images.iter().find(fits).map(|(_, address)| address.as_str())
}

/// Tries the blueprint on an egg with each of its plans: does every variable get a value that the egg's rules accept, does the
/// egg have the variables that carry ports, and the image? Plans of other blueprints are skipped.
pub fn check_blueprint(blueprint: &Blueprint, plans: &[Plan], egg: &Egg) -> BlueprintCheck {
    let mut problems = BTreeSet::new();
    for name in lacks(blueprint, egg) {
        problems.insert(format!("the egg lacks the variable `{name}`"));
    }
    match (image_of(blueprint, egg), &blueprint.image) {
        (Some(_), _) => {}
        (None, Some(wanted)) => drop(problems.insert(format!("none of the egg's images is called `{wanted}`"))),
        (None, None) => drop(problems.insert("the egg has no image".to_owned())),
    }
    for plan in plans.iter().filter(|plan| plan.blueprint == blueprint.key && plan.is_on_sale()) {
        if let Err(found) = sample_environment(blueprint, plan, egg) {
            problems.extend(found.iter().map(ToString::to_string));
        }
    }
    BlueprintCheck { problems: problems.into_iter().collect(), notes: notes(blueprint, plans, egg) }
}

fn notes(blueprint: &Blueprint, plans: &[Plan], egg: &Egg) -> Vec<String> {
    let plan_env = plans.iter().filter(|plan| plan.blueprint == blueprint.key).flat_map(|plan| plan.env.keys());
    let names: BTreeSet<&String> = blueprint.env.keys().chain(plan_env).collect();
    let unused = names.into_iter().filter(|name| !egg.variables.iter().any(|variable| variable.name == **name));
    let unused = unused.map(|name| format!("the egg has no variable `{name}`: the catalogue's value is not sent"));
    let unknown = egg.variables.iter().flat_map(|variable| {
        rules::unknown(&variable.rules)
            .into_iter()
            .map(|rule| format!("`{}` has the rule `{rule}`, which only the panel can check", variable.name))
    });
    unused.chain(unknown).collect()
}

/// The environment of a server that nobody bought, with the longest name and made-up answers.
fn sample_environment(
    blueprint: &Blueprint,
    plan: &Plan,
    egg: &Egg,
) -> Result<BTreeMap<String, String>, Vec<EnvProblem>> {
    let ports = blueprint.ports.iter().map(|port| port.role.clone()).zip(27015..).collect();
    let inputs = blueprint.inputs.iter().map(|input| match input.rule {
        InputRule::Alphanumeric { length } => (input.key.clone(), "A1".chars().cycle().take(length).collect()),
    });
    let context = FillContext {
        ports: &ports,
        inputs: &inputs.collect(),
        order_name: &"A server with a long name ".repeat(4),
        players: plan.players.map(|(_, most)| most),
        secret: &|_, length| "Ab1".chars().cycle().take(length).collect(),
    };
    server_environment(blueprint, &plan.env, &egg.variables, &context)
}

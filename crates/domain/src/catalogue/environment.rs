//! The variables of one server: the egg's defaults, the blueprint's and the plan's values, and the numbers of its ports.

use super::rules::{self, RuleProblem};
use super::{Blueprint, CarriedBy, FillContext, FillError, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A variable of an egg, as the panel lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EggVariable {
    /// The name in the server's environment, such as `SERVER_JARFILE`.
    pub name: String,
    /// What the egg's author chose; may break the variable's own rules.
    pub default_value: String,
    /// In the panel's rule language, for example `required|string|max:20`.
    pub rules: String,
    /// Whether customers may change it in the panel.
    pub user_editable: bool,
    /// Whether customers see it in the panel.
    pub user_viewable: bool,
}

/// Why a server's variables cannot be put together. Never shows a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvProblem {
    /// The template of a variable has no value.
    #[error("`{variable}` has no value: {error}")]
    Fill {
        /// The variable.
        variable: String,
        /// What is missing.
        error: FillError,
    },
    /// The panel would refuse the value.
    #[error("`{variable}` would be refused by {problem}")]
    Refused {
        /// The variable.
        variable: String,
        /// Which rule, and why.
        problem: RuleProblem,
    },
    /// The game learns a port through a variable that the egg does not have.
    #[error("the egg has no variable `{variable}`, so the game would never learn its `{role}` port")]
    NoPortVariable {
        /// The variable.
        variable: String,
        /// The port's role.
        role: String,
    },
}

/// Every variable of the egg with its value for one server, as text, checked against the egg's own rules.
///
/// A port that the blueprint carries by variable wins over `plan_env`, that over the blueprint's values, those over the egg's
/// defaults. Values for variables that the egg does not have are left out: names drift between egg collections.
///
/// # Errors
/// Everything that is wrong, in the order of the egg's variables; the server cannot be made.
pub fn server_environment(
    blueprint: &Blueprint,
    plan_env: &BTreeMap<String, Value>,
    variables: &[EggVariable],
    context: &FillContext<'_>,
) -> Result<BTreeMap<String, String>, Vec<EnvProblem>> {
    let mut environment = BTreeMap::new();
    let mut problems: Vec<EnvProblem> =
        blueprint.port_variables().filter_map(|carried| carried.missing(variables)).collect();
    for variable in variables {
        let value = match value_of(variable, blueprint, plan_env, context) {
            Ok(value) => rules::spelled(&variable.rules, &value),
            Err(error) => {
                problems.push(EnvProblem::Fill { variable: variable.name.clone(), error });
                continue;
            }
        };
        if let Err(problem) = rules::check(&variable.rules, &value) {
            problems.push(EnvProblem::Refused { variable: variable.name.clone(), problem });
        }
        environment.insert(variable.name.clone(), value);
    }
    if problems.is_empty() { Ok(environment) } else { Err(problems) }
}

fn value_of(
    variable: &EggVariable,
    blueprint: &Blueprint,
    plan_env: &BTreeMap<String, Value>,
    context: &FillContext<'_>,
) -> Result<String, FillError> {
    let name = &variable.name;
    if let Some(carried) = blueprint.port_variables().find(|carried| carried.variable == name) {
        let number = context.ports.get(carried.role).ok_or_else(|| FillError::NoPort(carried.role.to_owned()))?;
        return Ok(number.to_string());
    }
    match plan_env.get(name).or_else(|| blueprint.env.get(name)) {
        Some(template) => template.resolve(name, context),
        None => Ok(variable.default_value.clone()),
    }
}

/// A port whose number the game learns through a variable.
struct PortVariable<'a> {
    role: &'a str,
    variable: &'a str,
}

impl PortVariable<'_> {
    fn missing(&self, variables: &[EggVariable]) -> Option<EnvProblem> {
        let known = variables.iter().any(|variable| variable.name == self.variable);
        (!known).then(|| EnvProblem::NoPortVariable { variable: self.variable.to_owned(), role: self.role.to_owned() })
    }
}

impl Blueprint {
    fn port_variables(&self) -> impl Iterator<Item = PortVariable<'_>> {
        self.ports.iter().filter_map(|port| match &port.carried_by {
            CarriedBy::Env { name } => Some(PortVariable { role: &port.role, variable: name }),
            CarriedBy::Default | CarriedBy::Offset { .. } | CarriedBy::File => None,
        })
    }
}

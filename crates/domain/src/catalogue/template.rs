//! Values with placeholders: text such as `{secret:24}` that becomes a variable's value once a server is made.

use super::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// How long a generated password may be. Shorter ones can be guessed, longer ones break games.
const SECRET_LENGTH: RangeInclusive<usize> = 16..=64;
/// A server's name is cut here where the template says nothing else.
const NAME_LENGTH: usize = 80;
/// Stands for a name of which nothing is left once it is reduced to what games can read.
const UNNAMED: &str = "Game server";

/// What the text in braces stands for. Braces that are meant literally are doubled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placeholder {
    /// `{port:ROLE}`: the number of the port with this role.
    Port {
        /// The role.
        role: String,
    },
    /// `{secret:LENGTH}`: letters and digits that nobody has seen before.
    Secret {
        /// How many.
        length: usize,
    },
    /// `{input:KEY}`: what the customer answered before paying.
    Input {
        /// The input's key.
        key: String,
    },
    /// `{order:name}` or `{order:name:LENGTH}`: the name that the customer gave the server, reduced to letters, digits, spaces
    /// and `.-_!+:` because games and their start commands give other characters a meaning.
    OrderName {
        /// Where it is cut, in characters.
        length: usize,
    },
    /// `{plan:players}`: the upper end of the plan's player range.
    PlanPlayers,
}

/// Why text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{` without `}`, or the other way round.
    #[error("a single `{0}` has no counterpart: write it twice if you mean the character")]
    Unpaired(char),
    /// Braces around something that we do not know.
    #[error(
        "`{{{0}}}` stands for nothing: there are {{port:ROLE}}, {{secret:LENGTH}}, {{input:KEY}}, {{order:name}} and {{plan:players}}"
    )]
    Unknown(String),
    /// A password of a length that is not sensible.
    #[error("a secret of {0} characters is too short or too long: 16 to 64 are possible")]
    SecretLength(String),
    /// A name cut to nothing.
    #[error("a name cannot be cut to `{0}` characters: 1 to 80 are possible")]
    NameLength(String),
}

/// Why a template has no value for this server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// It is not a template at all.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The server has no port with this role.
    #[error("there is no `{0}` port")]
    NoPort(String),
    /// The customer was not asked, or did not answer.
    #[error("there is no answer to `{0}`")]
    NoInput(String),
    /// The plan promises no number of players.
    #[error("the plan names no players")]
    NoPlayers,
}

/// What one server fills the placeholders with.
pub struct FillContext<'a> {
    /// Port numbers by role.
    pub ports: &'a BTreeMap<String, u16>,
    /// The customer's answers by input key.
    pub inputs: &'a BTreeMap<String, String>,
    /// The name that the customer gave the server.
    pub order_name: &'a str,
    /// The upper end of the plan's player range.
    pub players: Option<u32>,
    /// Makes a password for a variable: its name and the length in, ASCII letters and digits out. Must answer the same for the
    /// same server and variable, so that a repeated create asks for the same server.
    pub secret: &'a dyn Fn(&str, usize) -> String,
}

enum Part<'a> {
    Text(&'a str),
    Placeholder(Placeholder),
}

impl Value {
    /// A value that stands for `text` itself, braces and all.
    pub fn literal(text: &str) -> Self {
        Self(text.replace('{', "{{").replace('}', "}}"))
    }

    /// The placeholders in the order in which they stand.
    ///
    /// # Errors
    /// The text is not a template; the owner has to change it.
    pub fn placeholders(&self) -> Result<Vec<Placeholder>, TemplateError> {
        let placeholder = |part| match part {
            Part::Text(_) => None,
            Part::Placeholder(placeholder) => Some(placeholder),
        };
        Ok(parts(&self.0)?.into_iter().filter_map(placeholder).collect())
    }

    /// The value of the variable called `variable` for one server.
    ///
    /// # Errors
    /// Something that the template names is missing in `context`.
    pub fn resolve(&self, variable: &str, context: &FillContext<'_>) -> Result<String, FillError> {
        let mut value = String::with_capacity(self.0.len());
        for part in parts(&self.0)? {
            match part {
                Part::Text(text) => value.push_str(text),
                Part::Placeholder(placeholder) => value.push_str(&placeholder.fill(variable, context)?),
            }
        }
        Ok(value)
    }
}

impl Placeholder {
    /// Reads what stands between the braces.
    fn parse(inner: &str) -> Result<Self, TemplateError> {
        let unknown = || TemplateError::Unknown(inner.chars().take(60).collect());
        let (kind, argument) = inner.split_once(':').ok_or_else(unknown)?;
        match (kind, argument) {
            ("port", role) if !role.is_empty() => Ok(Self::Port { role: role.to_owned() }),
            ("input", key) if !key.is_empty() => Ok(Self::Input { key: key.to_owned() }),
            ("plan", "players") => Ok(Self::PlanPlayers),
            ("order", "name") => Ok(Self::OrderName { length: NAME_LENGTH }),
            ("order", rest) => {
                let length = rest.strip_prefix("name:").ok_or_else(unknown)?;
                let valid = length.parse().ok().filter(|length| (1..=NAME_LENGTH).contains(length));
                valid
                    .map(|length| Self::OrderName { length })
                    .ok_or_else(|| TemplateError::NameLength(length.to_owned()))
            }
            ("secret", length) => {
                let valid = length.parse().ok().filter(|length| SECRET_LENGTH.contains(length));
                valid
                    .map(|length| Self::Secret { length })
                    .ok_or_else(|| TemplateError::SecretLength(length.to_owned()))
            }
            _ => Err(unknown()),
        }
    }

    fn fill(&self, variable: &str, context: &FillContext<'_>) -> Result<String, FillError> {
        match self {
            Self::Port { role } => {
                context.ports.get(role).map(u16::to_string).ok_or_else(|| FillError::NoPort(role.clone()))
            }
            Self::Secret { length } => Ok((context.secret)(variable, *length)),
            Self::Input { key } => context.inputs.get(key).cloned().ok_or_else(|| FillError::NoInput(key.clone())),
            Self::OrderName { length } => Ok(playable_name(context.order_name, *length)),
            Self::PlanPlayers => context.players.map(|players| players.to_string()).ok_or(FillError::NoPlayers),
        }
    }
}

fn parts(template: &str) -> Result<Vec<Part<'_>>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, braces) = rest.split_at(at);
        parts.push(Part::Text(text));
        if braces.starts_with("{{") || braces.starts_with("}}") {
            parts.push(Part::Text(&braces[..1]));
            rest = &braces[2..];
        } else if braces.starts_with('}') {
            return Err(TemplateError::Unpaired('}'));
        } else {
            let end = braces.find('}').ok_or(TemplateError::Unpaired('{'))?;
            parts.push(Part::Placeholder(Placeholder::parse(&braces[1..end])?));
            rest = &braces[end + 1..];
        }
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// A name that survives start commands and settings files of games.
fn playable_name(name: &str, length: usize) -> String {
    let spoken = name.chars().filter(|c| !matches!(c, '\'' | '’'));
    let kept: String = spoken.map(|c| if c.is_alphanumeric() || ".-_!+:".contains(c) { c } else { ' ' }).collect();
    let joined = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = if joined.is_empty() { UNNAMED } else { &joined };
    let cut: String = name.chars().take(length).collect();
    cut.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn resolve(template: &str, name: &str) -> Result<String, FillError> {
        let ports = BTreeMap::from([("query".to_owned(), 27016)]);
        let inputs = BTreeMap::from([("token".to_owned(), "T0KEN".to_owned())]);
        let secret = |variable: &str, length: usize| format!("{variable}-{length}");
        let context =
            FillContext { ports: &ports, inputs: &inputs, order_name: name, players: Some(16), secret: &secret };
        Value(template.to_owned()).resolve("RCON_PASS", &context)
    }

    #[test]
    fn each_placeholder_takes_its_part_of_the_context() {
        let template = "{port:query} {input:token} {plan:players} {secret:24} {order:name} {{}}";
        let value = resolve(template, "Ada").unwrap();
        assert_eq!(value, "27016 T0KEN 16 RCON_PASS-24 Ada {}");
    }

    #[test]
    fn what_the_server_does_not_have_is_an_error_and_not_an_empty_text() {
        assert_eq!(resolve("{port:rcon}", "Ada"), Err(FillError::NoPort("rcon".into())));
        assert_eq!(resolve("{input:name}", "Ada"), Err(FillError::NoInput("name".into())));
    }

    #[test]
    fn a_template_with_a_slip_is_refused() {
        let placeholders = |text: &str| Value(text.to_owned()).placeholders();
        assert_eq!(placeholders("{port:query"), Err(TemplateError::Unpaired('{')));
        assert_eq!(placeholders("a } b"), Err(TemplateError::Unpaired('}')));
        assert_eq!(placeholders("{ports:query}"), Err(TemplateError::Unknown("ports:query".into())));
        assert_eq!(placeholders("{secret:4}"), Err(TemplateError::SecretLength("4".into())));
        assert_eq!(placeholders("{order:name:0}"), Err(TemplateError::NameLength("0".into())));
    }

    #[test]
    fn a_server_name_is_reduced_to_what_games_can_read() {
        assert_eq!(
            resolve("{order:name}", "  Ada?Password=x & \"friends\", $(id) ").unwrap(),
            "Ada Password x friends id"
        );
        assert_eq!(resolve("{order:name:8}", "Größe Äpfel Birnen").unwrap(), "Größe Äp");
        assert_eq!(resolve("{order:name}", "???").unwrap(), "Game server");
    }

    proptest! {
        #[test]
        fn a_literal_value_resolves_to_its_own_text(text in any::<String>()) {
            let value = Value::literal(&text);
            prop_assert_eq!(value.placeholders(), Ok(vec![]));
            prop_assert_eq!(resolve(&value.0, "Ada").unwrap(), text);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[{}a-z:0-9é]{0,24}") {
            let _ = Value(text).placeholders();
        }

        #[test]
        fn a_cut_name_is_never_empty_and_never_too_long(name in any::<String>(), length in 1_usize..=80) {
            let cut = playable_name(&name, length);
            prop_assert!(!cut.is_empty() && cut.chars().count() <= length);
        }
    }
}

//! What a visitor chose in the configurator, as it travels through forms.

use crate::app::App;
use crate::sales::cart::NAME_LENGTH;
use crate::sales::checkout::Request;
use crate::texts;
use crate::web::storefront::games;
use domain::catalogue::{AddOn, Game, Plan, Term};

/// What a visitor chose, word for word as the form said it.
#[derive(Debug, Clone, Default)]
pub(in crate::web) struct Configuration(pub(in crate::web) Request);

/// Longest value of a field that is carried on; longer ones are cut and then refused by their own rule.
const LONGEST: usize = 400;
/// Fields that are looked at; more than a configuration can have.
const MOST_FIELDS: usize = 200;
/// Add-ons, consents and answers together.
const MOST_CHOICES: usize = 100;

impl Configuration {
    /// Reads a form; fields that do not belong to a configuration are left out.
    pub(in crate::web) fn from_fields(fields: &[(String, String)]) -> Self {
        let mut request = Request::default();
        for (name, value) in fields.iter().take(MOST_FIELDS) {
            let value: String = value.chars().take(LONGEST).collect();
            let choices = request.add_ons.len() + request.consents.len() + request.inputs.len();
            match name.as_str() {
                "cart" => request.cart_key = value,
                "plan" => request.plan = value,
                "term" => request.term = value,
                "region" => request.region = value,
                "server_name" => request.server_name = value,
                _ if choices >= MOST_CHOICES => {}
                "add_on" => request.add_ons.push(value),
                "consent" => request.consents.push(value),
                _ => {
                    if let Some(key) = name.strip_prefix("input.") {
                        request.inputs.insert(key.chars().take(80).collect(), value);
                    }
                }
            }
        }
        Self(request)
    }

    /// The fields that make the same configuration again.
    pub(in crate::web) fn fields(&self) -> Vec<(String, String)> {
        let request = &self.0;
        let mut fields: Vec<(String, String)> = [
            ("cart", &request.cart_key),
            ("plan", &request.plan),
            ("term", &request.term),
            ("region", &request.region),
            ("server_name", &request.server_name),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
        fields.extend(request.add_ons.iter().map(|key| ("add_on".to_owned(), key.clone())));
        fields.extend(request.consents.iter().map(|key| ("consent".to_owned(), key.clone())));
        fields.extend(request.inputs.iter().map(|(key, value)| (format!("input.{key}"), value.clone())));
        fields
    }

    /// What a fresh page has chosen already. `plan` is the visitor's wish, if it is one of the game's plans for sale.
    pub(super) fn fresh(app: &App, game: &Game, plan: Option<&str>) -> Self {
        let offer = app.offer();
        let sold: Vec<&Plan> = games::sold(&app.catalogue, &offer, game).collect();
        let wanted = plan.and_then(|key| sold.iter().find(|plan| plan.key.as_str() == key)).copied();
        let plan = wanted.or_else(|| sold.iter().find(|plan| plan.recommended).copied()).or(sold.first().copied());
        Self(Request {
            cart_key: app.random.word(24),
            plan: plan.map(|plan| plan.key.to_string()).unwrap_or_default(),
            term: Term::Monthly.key().to_owned(),
            server_name: texts::with("configurator-own-name", &[("game", game.name.as_str().into())])
                .chars()
                .filter(|c| !"<>\"'`\\{}$;,".contains(*c))
                .take(NAME_LENGTH)
                .collect(),
            ..Request::default()
        })
    }

    /// The term that was chosen.
    pub(super) fn term(&self) -> Term {
        Term::find(&self.0.term).unwrap_or(Term::Monthly)
    }

    /// Whether an add-on was chosen.
    pub(super) fn has_add_on(&self, add_on: &AddOn) -> bool {
        self.0.add_ons.iter().any(|key| key == add_on.key.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_survives_being_carried_through_a_form() {
        let fields: Vec<(String, String)> = [
            ("cart", "abc"),
            ("plan", "cs2-8g"),
            ("term", "yearly"),
            ("region", "eu"),
            ("server_name", "Häuschen & <Co>"),
            ("add_on", "one"),
            ("add_on", "two"),
            ("consent", "eula"),
            ("input.token", "A1"),
            ("password", "secret"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        let carried = Configuration::from_fields(&fields).fields();
        assert_eq!(carried, fields[..9]);
        assert_eq!(Configuration::from_fields(&carried).fields(), carried);
    }

    #[test]
    fn a_form_with_far_too_much_in_it_loses_nothing_more_when_it_is_carried_on() {
        let fields: Vec<(String, String)> = (0..300).map(|n| ("add_on".to_owned(), n.to_string())).collect();
        let carried = Configuration::from_fields(&fields).fields();
        assert_eq!(carried.len(), 5 + MOST_CHOICES);
        assert_eq!(Configuration::from_fields(&carried).fields(), carried);
    }
}

//! Terms, sizes and places in the words of the shop.

use crate::app::App;
use crate::texts::{self, t};
use crate::web::errors::Public;
use domain::catalogue::{Plan, Term};
use std::borrow::Cow;
use store::incidents::Incident;

/// How long a term is.
pub(in crate::web) fn term(term: Term) -> Cow<'static, str> {
    t(&format!("term-{}", term.key()))
}

/// What stands behind a price.
pub(in crate::web) fn per(term: Term) -> Cow<'static, str> {
    t(&format!("per-{}", term.key()))
}

/// What is paid again, and how often.
pub(in crate::web) fn renews(term: Term, total: &str) -> String {
    texts::with(&format!("renews-{}", term.key()), &[("total", total.into())])
}

/// How many players a plan is honestly meant for.
pub(in crate::web) fn players(plan: &Plan) -> Option<String> {
    player_range(plan).map(|range| texts::with("players-range", &[("range", range.into())]))
}

/// The same without the word, for columns that have it above them.
pub(in crate::web) fn player_range(plan: &Plan) -> Option<String> {
    plan.players.map(|(from, to)| format!("{from}–{to}"))
}

/// How many servers still fit, and the tone of it.
fn places(count: usize) -> (String, &'static str) {
    match count {
        0 => (t("places-none").into_owned(), "tone-bad"),
        1..=3 => (texts::with("places-last", &[("count", count.to_string().into())]), "tone-warn"),
        _ => (t("places-some").into_owned(), "tone-good"),
    }
}

/// The same where nothing may be sold at the moment.
pub(in crate::web) fn places_here(paused: bool, count: usize) -> (String, &'static str) {
    match paused {
        true => (t("places-paused").into_owned(), "tone-bad"),
        false => places(count),
    }
}

/// Why a form was not taken, in one line.
pub(in crate::web) fn refusal(public: &Public) -> String {
    match public.code {
        "invalid_field" => public.text.to_string(),
        _ => format!("{}. {}", public.title, public.text),
    }
}

/// An incident that lasts, as people read it.
pub(in crate::web) struct Told {
    pub(in crate::web) title: String,
    pub(in crate::web) text: String,
    /// Since when, and where if it is not everywhere.
    pub(in crate::web) when: String,
}

impl Told {
    pub(in crate::web) fn of(app: &App, incident: &Incident) -> Self {
        let since = texts::day_and_time(incident.began_at);
        let region = incident.region.as_ref().map(|key| match app.catalogue.find_region(key.as_str()) {
            Some(region) => texts::said(&region.name).into_owned(),
            None => key.to_string(),
        });
        let when = match region {
            Some(region) => texts::with("incident-where", &[("region", region.into()), ("date", since.into())]),
            None => texts::with("incident-since", &[("date", since.into())]),
        };
        Self { title: incident.title.clone(), text: incident.text.clone(), when }
    }
}

/// How many purchases there have to be before their time is shown.
const ENOUGH: usize = 20;

/// How long it takes from payment to playable: measured here, or promised while there is too little to measure.
pub(in crate::web) fn delivery_time(seconds: &[i64]) -> String {
    if seconds.len() < ENOUGH {
        return t("delivery-usual").into_owned();
    }
    let mut sorted = seconds.to_vec();
    sorted.sort_unstable();
    let median = sorted[sorted.len() / 2];
    texts::with(
        "delivery-measured",
        &[("time", texts::span(median).into()), ("count", sorted.len().to_string().into())],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_promise_is_shown_until_enough_was_measured() {
        assert_eq!(delivery_time(&[40; 19]), "usually 3 to 5 minutes");
        let mut measured = vec![60; 11];
        measured.extend([300; 10]);
        assert_eq!(delivery_time(&measured), "typically 60 seconds (median of the last 21 servers delivered here)");
    }

    #[test]
    fn few_places_are_said_as_they_are() {
        assert_eq!(places(0).0, "sold out");
        assert_eq!(places(2).0, "last 2");
        assert_eq!(places(4).0, "available");
    }
}

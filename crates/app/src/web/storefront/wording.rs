//! Terms, sizes and places in the words of the shop.

use crate::texts::{self, t};
use crate::web::errors::Public;
use domain::catalogue::{Plan, Term};
use std::borrow::Cow;

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
pub(in crate::web) fn places(count: usize) -> (String, &'static str) {
    match count {
        0 => (t("places-none").into_owned(), "tone-bad"),
        1..=3 => (texts::with("places-last", &[("count", count.to_string().into())]), "tone-warn"),
        _ => (t("places-some").into_owned(), "tone-good"),
    }
}

/// Why a form was not taken, in one line.
pub(in crate::web) fn refusal(public: &Public) -> String {
    match public.code {
        "invalid_field" => public.text.to_string(),
        _ => format!("{}. {}", public.title, public.text),
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

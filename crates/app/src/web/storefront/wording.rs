//! Terms, sizes and places in the words of the shop.

use crate::texts;
use crate::web::errors::Public;
use domain::catalogue::{Plan, Term};

/// How long a term is.
pub(in crate::web) fn term(term: Term) -> &'static str {
    match term {
        Term::Monthly => "1 month",
        Term::Quarterly => "3 months",
        Term::Semiannual => "6 months",
        Term::Yearly => "12 months",
    }
}

/// What stands behind a price.
pub(in crate::web) fn per(term: Term) -> &'static str {
    match term {
        Term::Monthly => "a month",
        Term::Quarterly => "for 3 months",
        Term::Semiannual => "for 6 months",
        Term::Yearly => "for 12 months",
    }
}

/// How often a term is paid again.
pub(in crate::web) fn every(term: Term) -> &'static str {
    match term {
        Term::Monthly => "every month",
        Term::Quarterly => "every 3 months",
        Term::Semiannual => "every 6 months",
        Term::Yearly => "every 12 months",
    }
}

/// How many players a plan is honestly meant for.
pub(in crate::web) fn players(plan: &Plan) -> Option<String> {
    player_range(plan).map(|range| format!("{range} players"))
}

/// The same without the word, for columns that have it above them.
pub(in crate::web) fn player_range(plan: &Plan) -> Option<String> {
    plan.players.map(|(from, to)| format!("{from}–{to}"))
}

/// How many servers still fit, and the tone of it.
pub(in crate::web) fn places(count: usize) -> (String, &'static str) {
    match count {
        0 => ("sold out".to_owned(), "tone-bad"),
        1..=3 => (format!("last {count}"), "tone-warn"),
        _ => ("available".to_owned(), "tone-good"),
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
        return "usually 3 to 5 minutes".to_owned();
    }
    let mut sorted = seconds.to_vec();
    sorted.sort_unstable();
    let median = sorted[sorted.len() / 2];
    format!("typically {} (median of the last {} servers delivered here)", texts::span(median), sorted.len())
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

//! Amounts, terms, places and times in the words of the shop.

use crate::web::errors::Public;
use domain::catalogue::{Plan, Term};
use domain::money::Money;
use jiff::{SignedDuration, Timestamp};

/// An amount as buyers read it: `$13.99`. The script of the configurator writes the same (`Intl.NumberFormat`, `en-US`).
pub(in crate::web) fn price(money: Money) -> String {
    let decimals = money.currency.decimals();
    let unit = 10_u64.pow(decimals);
    let amount = money.minor.unsigned_abs();
    let sign = if money.minor < 0 { "-" } else { "" };
    let symbol = match money.currency.code() {
        "usd" => "$".to_owned(),
        "eur" => "€".to_owned(),
        "gbp" => "£".to_owned(),
        _ => format!("{}\u{a0}", money.currency),
    };
    let whole = grouped(amount / unit);
    match decimals as usize {
        0 => format!("{sign}{symbol}{whole}"),
        width => format!("{sign}{symbol}{whole}.{:0width$}", amount % unit),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

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

/// CPU of a plan.
pub(in crate::web) fn cpu(percent: u32) -> String {
    match (percent / 100, percent % 100) {
        (whole, 0) => format!("{whole} vCPU"),
        (whole, rest) => format!("{whole}.{rest:02} vCPU"),
    }
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
    format!("typically {} (median of the last {} servers delivered here)", span(median), sorted.len())
}

/// A number of seconds, as people say it.
pub(in crate::web) fn span(seconds: i64) -> String {
    match seconds.max(0) {
        1 => "1 second".to_owned(),
        seconds @ 0..120 => format!("{seconds} seconds"),
        seconds @ 120..7200 if seconds % 60 == 0 || seconds >= 600 => format!("{} minutes", seconds / 60),
        seconds @ 120..600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds @ 600..172_800 => format!("{} hours", seconds / 3600),
        seconds => format!("{} days", seconds / 86400),
    }
}

/// A number of seconds, as short as possible.
pub(in crate::web) fn short_span(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => span(seconds),
    }
}

/// How long ago something was.
pub(in crate::web) fn ago(then: Timestamp, now: Timestamp) -> String {
    let passed: SignedDuration = now.duration_since(then);
    match passed.as_secs() {
        ..1 => "just now".to_owned(),
        seconds => format!("{} ago", span(seconds)),
    }
}

/// A moment with its day.
pub(in crate::web) fn day_and_time(at: Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// A day.
pub(in crate::web) fn day(at: Timestamp) -> String {
    at.strftime("%-d %B %Y").to_string()
}

/// A moment of the day.
pub(in crate::web) fn time(at: Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Currency;

    #[test]
    fn prices_read_like_those_of_the_script() {
        let price_of = |minor, code: &str| price(Money::new(minor, Currency::parse(code).unwrap()));
        assert_eq!(price_of(1399, "usd"), "$13.99");
        assert_eq!(price_of(5, "eur"), "€0.05");
        assert_eq!(price_of(-123_456_789, "gbp"), "-£1,234,567.89");
        assert_eq!(price_of(100_000, "usd"), "$1,000.00");
        assert_eq!(price_of(99_900, "usd"), "$999.00");
        assert_eq!(price_of(1500, "jpy"), "JPY\u{a0}1,500");
        assert_eq!(price_of(1250, "kwd"), "KWD\u{a0}1.250");
    }

    #[test]
    fn the_promise_is_shown_until_enough_was_measured() {
        assert_eq!(delivery_time(&[40; 19]), "usually 3 to 5 minutes");
        let mut measured = vec![60; 11];
        measured.extend([300; 10]);
        assert_eq!(delivery_time(&measured), "typically 60 seconds (median of the last 21 servers delivered here)");
    }

    #[test]
    fn spans_are_said_as_people_say_them() {
        let said = [0, 1, 119, 120, 200, 600, 7199, 7200, 86_400, 200_000].map(span);
        assert_eq!(
            said,
            [
                "0 seconds",
                "1 second",
                "119 seconds",
                "2 minutes",
                "3 min 20 s",
                "10 minutes",
                "119 minutes",
                "2 hours",
                "24 hours",
                "2 days"
            ]
        );
    }

    #[test]
    fn few_places_are_said_as_they_are() {
        assert_eq!(places(0).0, "sold out");
        assert_eq!(places(2).0, "last 2");
        assert_eq!(places(4).0, "available");
    }

    #[test]
    fn cpu_is_counted_in_cores() {
        assert_eq!([cpu(100), cpu(350)], ["1 vCPU", "3.50 vCPU"]);
    }
}

//! Numbers, amounts, times and spans as a language writes them.

use super::{Value, t, with};
use domain::money::Money;
use jiff::{SignedDuration, Timestamp};

/// A whole number with its groups of digits.
pub fn number(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    let between = t("number-group");
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push_str(&between);
        }
        text.push(digit);
    }
    text
}

/// An amount as buyers read it: `$13.99`, `13,99 $`. The script of the configurator writes the same (`Intl.NumberFormat`).
pub fn price(money: Money) -> String {
    let decimals = money.currency.decimals();
    let unit = 10_u64.pow(decimals);
    let minor = money.minor.unsigned_abs();
    let whole = number(i64::try_from(minor / unit).unwrap_or(i64::MAX));
    let amount = match decimals as usize {
        0 => whole,
        width => format!("{whole}{}{:0width$}", t("number-decimal"), minor % unit),
    };
    let sign = if money.minor < 0 { "-" } else { "" };
    let code = money.currency.to_string();
    let (key, symbol) = match money.currency.code() {
        "usd" => ("price-with-symbol", "$"),
        "eur" => ("price-with-symbol", "€"),
        "gbp" => ("price-with-symbol", "£"),
        _ => ("price-with-code", code.as_str()),
    };
    with(key, &[("sign", sign.into()), ("symbol", symbol.into()), ("amount", amount.into())])
}

/// CPU of a plan, in percent of one.
pub fn cpu(percent: u32) -> String {
    let cores = match (percent / 100, percent % 100) {
        (whole, 0) => whole.to_string(),
        (whole, rest) => format!("{whole}{}{rest:02}", t("number-decimal")),
    };
    format!("{cores} vCPU")
}

/// A number of seconds, as people say it.
pub fn span(seconds: i64) -> String {
    let counted = |key, count: i64| with(key, &[("count", count.into())]);
    match seconds.max(0) {
        seconds @ 0..120 => counted("span-seconds", seconds),
        seconds @ 120..7200 if seconds % 60 == 0 || seconds >= 600 => counted("span-minutes", seconds / 60),
        seconds @ 120..600 => {
            with("span-minutes-seconds", &[("minutes", (seconds / 60).into()), ("seconds", (seconds % 60).into())])
        }
        seconds @ 600..172_800 => counted("span-hours", seconds / 3600),
        seconds => counted("span-days", seconds / 86400),
    }
}

/// A number of seconds, as short as possible.
pub fn short_span(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => span(seconds),
    }
}

/// How long ago something was.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let passed: SignedDuration = now.duration_since(then);
    match passed.as_secs() {
        ..1 => t("ago-just-now").into_owned(),
        // Some languages say days another way after "ago".
        seconds @ 172_800.. => with("ago-days", &[("count", (seconds / 86_400).into())]),
        seconds => with("ago", &[("span", span(seconds).into())]),
    }
}

/// A moment with its day.
pub fn day_and_time(at: Timestamp) -> String {
    let date = date(at, &t(&format!("month-short-{}", at.strftime("%-m"))));
    with("date-and-time", &[("date", date.into()), ("time", at.strftime("%H:%M").to_string().into())])
}

/// A day.
pub fn day(at: Timestamp) -> String {
    date(at, &t(&format!("month-{}", at.strftime("%-m"))))
}

fn date(at: Timestamp, month: &str) -> String {
    let text = |form: &str| Value::from(at.strftime(form).to_string());
    with("date", &[("day", text("%-d")), ("month", month.into()), ("year", text("%Y"))])
}

/// A moment of the day.
pub fn time(at: Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::speaking;
    use domain::language::Language;
    use domain::money::Currency;

    fn price_of(minor: i64, code: &str) -> String {
        price(Money::new(minor, Currency::parse(code).unwrap()))
    }

    #[test]
    fn prices_read_like_those_of_the_script() {
        assert_eq!(price_of(1399, "usd"), "$13.99");
        assert_eq!(price_of(5, "eur"), "€0.05");
        assert_eq!(price_of(-123_456_789, "gbp"), "-£1,234,567.89");
        assert_eq!(price_of(100_000, "usd"), "$1,000.00");
        assert_eq!(price_of(99_900, "usd"), "$999.00");
        assert_eq!(price_of(1500, "jpy"), "JPY\u{a0}1,500");
        assert_eq!(price_of(1250, "kwd"), "KWD\u{a0}1.250");
    }

    #[test]
    fn german_has_its_own_points_and_commas() {
        speaking(Language::German, || {
            assert_eq!(price_of(1399, "usd"), "13,99\u{a0}$");
            assert_eq!(price_of(-123_456_789, "eur"), "-1.234.567,89\u{a0}€");
            assert_eq!(price_of(1500, "jpy"), "1.500\u{a0}JPY");
            assert_eq!(day("2026-03-01T12:00:00Z".parse().unwrap()), "1. März 2026");
            assert_eq!(day_and_time("2026-03-01T12:00:00Z".parse().unwrap()), "1. März 2026, 12:00 UTC");
            assert_eq!([span(1), span(120), span(90_000)], ["1 Sekunde", "2 Minuten", "25 Stunden"]);
            assert_eq!(cpu(350), "3,50 vCPU");
        });
    }

    #[test]
    fn spans_are_said_as_people_say_them() {
        let said = [0, 1, 119, 120, 200, 600, 7199, 7200, 86_400, 200_000].map(span);
        let expected = [
            "0 seconds",
            "1 second",
            "119 seconds",
            "2 minutes",
            "3 min 20 s",
            "10 minutes",
            "119 minutes",
            "2 hours",
            "24 hours",
            "2 days",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn days_and_moments_carry_their_month_in_words() {
        let at: Timestamp = "1970-01-13T13:46:40Z".parse().unwrap();
        assert_eq!(
            [day(at), day_and_time(at), time(at)],
            ["13 January 1970", "13 Jan 1970, 13:46 UTC", "13:46:40 UTC"]
        );
    }

    #[test]
    fn cpu_is_counted_in_cores() {
        assert_eq!([cpu(100), cpu(350)], ["1 vCPU", "3.50 vCPU"]);
    }
}

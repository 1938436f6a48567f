//! Values of the files that need more than a type: keys, prices, variable names, templates.

use super::mistakes::Notes;
use crate::catalogue::{Placeholder, Value};
use crate::money::Currency;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;

/// Names that the panel fills itself and takes from nobody. Source: Wings.
const RESERVED: [&str; 9] =
    ["SERVER_MEMORY", "SERVER_IP", "SERVER_PORT", "ENV", "HOME", "USER", "STARTUP", "SERVER_UUID", "UUID"];

/// Whether the text can stand in addresses and at Stripe: lower-case letters, digits and inner dashes.
pub(super) fn is_key(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=60).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-') && !text.ends_with('-')
}

/// Notes a key that could not stand in addresses.
pub(super) fn check_key(key: &Spanned<String>, notes: &Notes<'_>) {
    if !is_key(key.get_ref()) {
        let message = format!("`{}` cannot be a key", key.get_ref());
        notes.add(key.span(), message).hint("use lower-case letters, digits and dashes, for example `us-east`");
    }
}

/// The part of a key that stands for a type's name: `tModLoader` becomes `tmodloader`.
pub(super) fn slug(name: &str) -> String {
    let dashed: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    dashed.split_whitespace().collect::<Vec<_>>().join("-")
}

/// Reads a monthly price such as `13.99`; a mistake is noted and gives `None`.
pub(super) fn price(text: Option<Spanned<String>>, currency: Currency, notes: &Notes<'_>) -> Option<i64> {
    let text = text?;
    let minor = minor_units(text.get_ref(), currency.decimals());
    if minor.is_none() {
        let example = if currency.decimals() == 0 { "1399" } else { "13.99" };
        let message = format!("`{}` is not a price in {currency}", text.get_ref());
        notes.add(text.span(), message).hint(format!("write it like \"{example}\", above zero and without a sign"));
    }
    minor
}

fn minor_units(text: &str, decimals: u32) -> Option<i64> {
    let (whole, fraction) = if decimals == 0 { (text, "") } else { text.split_once('.')? };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let shaped = !whole.is_empty() && digits(whole) && digits(fraction) && fraction.len() == decimals as usize;
    // Ten digits are more than anything costs, and yearly terms cannot overflow.
    let minor: i64 = format!("{whole}{fraction}").parse().ok()?;
    (shaped && (1..10_000_000_000).contains(&minor)).then_some(minor)
}

/// A player range, smaller number first.
pub(super) fn players(range: Option<Spanned<(u32, u32)>>, notes: &Notes<'_>) -> Option<(u32, u32)> {
    let range = range?;
    let (least, most) = *range.get_ref();
    if least == 0 || least > most {
        notes
            .add(range.span(), format!("{least} to {most} players is no range"))
            .hint("write the smaller number first");
        return None;
    }
    Some((least, most))
}

/// Values for egg variables together with where each stands.
pub(super) type Env = BTreeMap<String, (Value, Range<usize>)>;

/// Reads values for egg variables and checks names and templates, but not yet what the templates refer to.
pub(super) fn env(entries: Vec<(Spanned<String>, Spanned<String>)>, notes: &Notes<'_>) -> Env {
    let mut env = Env::new();
    for (name, value) in entries {
        check_variable(&name, notes);
        let span = value.span();
        let value = Value(value.into_inner());
        if let Err(error) = value.placeholders() {
            notes.add(span.clone(), error.to_string());
        }
        env.insert(name.into_inner(), (value, span));
    }
    env
}

/// Notes a name that no egg variable can have.
pub(super) fn check_variable(name: &Spanned<String>, notes: &Notes<'_>) {
    let text = name.get_ref().as_str();
    let shaped = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if !shaped || text.is_empty() {
        let message = format!("`{text}` cannot be an egg variable");
        notes.add(name.span(), message).hint("capital letters, digits and underscores, as in SERVER_NAME");
    } else if RESERVED.contains(&text) {
        notes.add(name.span(), format!("`{text}` is filled by the panel itself"));
    }
}

/// Notes placeholders of `env` that refer to something that is not there.
pub(super) fn check_references(env: &Env, ports: &[&str], inputs: &[&str], notes: &Notes<'_>) {
    let among = |what: &str, names: &[&str]| match names {
        [] => format!("the game has no {what}"),
        names => format!("its {what} are {}", names.join(", ")),
    };
    for (value, span) in env.values() {
        for placeholder in value.placeholders().unwrap_or_default() {
            match placeholder {
                Placeholder::Port { role } if !ports.contains(&role.as_str()) => {
                    notes.add(span.clone(), format!("there is no `{role}` port")).hint(among("ports", ports));
                }
                Placeholder::Input { key } if !inputs.contains(&key.as_str()) => {
                    notes.add(span.clone(), format!("there is no input `{key}`")).hint(among("inputs", inputs));
                }
                Placeholder::Port { .. }
                | Placeholder::Input { .. }
                | Placeholder::Secret { .. }
                | Placeholder::OrderName { .. }
                | Placeholder::PlanPlayers => {}
            }
        }
    }
}

/// The values without their places.
pub(super) fn plain(env: Env) -> BTreeMap<String, Value> {
    env.into_iter().map(|(name, (value, _))| (name, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_price_has_exactly_the_decimals_of_its_currency() {
        assert_eq!(minor_units("13.99", 2), Some(1399));
        assert_eq!(minor_units("1399", 0), Some(1399));
        for slip in ["13,99", "13.9", "13.999", "-1.00", "+1.00", "0.00", ".99", "1 .00", "", "99999999999.00"] {
            assert_eq!(minor_units(slip, 2), None, "{slip}");
        }
    }

    #[test]
    fn keys_are_what_can_stand_in_an_address() {
        assert!(is_key("us-east") && is_key("tmodloader-4g"));
        assert!(!is_key("US") && !is_key("") && !is_key("-a") && !is_key("a b") && !is_key("ä"));
        assert_eq!(slug("Primal Fear+"), "primal-fear");
    }

    proptest! {
        #[test]
        fn a_price_reads_back_what_money_prints(minor in 1_i64..10_000_000) {
            let printed = crate::money::Money::new(minor, Currency::USD).to_string();
            prop_assert_eq!(minor_units(printed.trim_end_matches(" USD"), 2), Some(minor));
        }
    }
}

//! Leaving out what says who somebody is, where foreign text is written down: what a mail server or a panel said may repeat an address.

use serde_json::Value;

/// The text with `…` instead of every e-mail address in it.
pub fn without_addresses(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let local = before.len() - before.trim_end_matches(is_local).len();
        let domain = after.len() - after.trim_start_matches(is_domain).len();
        if local > 0 && domain > 0 {
            kept.push_str(&before[..at - local]);
            kept.push('…');
        } else {
            kept.push_str(before);
            kept.push('@');
            kept.push_str(&after[..domain]);
        }
        rest = &after[domain..];
    }
    kept.push_str(rest);
    kept
}

/// The value without anybody's address, wherever one stands in it.
pub fn without_addresses_inside(value: &Value) -> Value {
    change_texts(value, &without_addresses)
}

/// The value with every text in it changed; the names of fields stay.
pub fn change_texts(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => items.iter().map(|item| change_texts(item, change)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), change_texts(field, change))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// What stands before the `@`: what RFC 5322 allows without quotes, as far as it does not end words of ours such as `key=value`,
/// and the form in which addresses stand in URLs.
fn is_local(letter: char) -> bool {
    letter.is_alphanumeric() || "!#$%&*+-.?^_{|}~".contains(letter)
}

fn is_domain(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '.' || letter == '-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_are_left_out_and_nothing_else_is() {
        for (text, expected) in [
            ("", ""),
            ("no address here", "no address here"),
            ("ada@example.test", "…"),
            ("550 5.1.1 <ada.l+x@mail.example.test>: unknown", "550 5.1.1 <…>: unknown"),
            ("to=ada@example.test, cc=bob@b", "to=…, cc=…"),
            (r#"{"email":"ada@example.test"}"#, r#"{"email":"…"}"#),
            ("ünï@bücher.example", "…"),
            ("@home and a@ b", "@home and a@ b"),
            ("postgres://…@db.example/givr", "postgres://…@db.example/givr"),
            ("a@b@c", "…@c"),
        ] {
            assert_eq!(without_addresses(text), expected);
        }
    }

    #[test]
    fn addresses_are_left_out_wherever_they_stand_and_nothing_else_is() {
        let told = json!({"by": "ada@example.test", "why": ["asked by ada@example.test twice", "@home"], "n": 3});
        let kept = json!({"by": "…", "why": ["asked by … twice", "@home"], "n": 3});
        assert_eq!(without_addresses_inside(&told), kept);
    }
}

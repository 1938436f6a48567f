//! The panel's rule language: `required|string|max:20` and its relatives, for request bodies and for egg variables.
//!
//! The order of work is that of the panel's framework: a field's rules run in turn, an implicit rule (`required` and its
//! kin) that fails ends the field, other failures add up, and rules that look into tables are skipped once something failed.

use super::rule::{Rule, parse};
use serde_json::Value;
use std::borrow::Cow;

/// One rule that a field broke, as `meta` reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// Dotted field.
    pub field: String,
    /// Rule name in snake case.
    pub rule: Cow<'static, str>,
}

/// What rules may ask of the tables.
pub(super) trait Tables {
    /// Whether a row that fits `value` exists.
    fn exists(&self, table: &str, value: &Value) -> bool;
    /// Whether another row already has `value` in this column.
    fn taken(&self, column: &str, value: &Value) -> bool;
}

/// Checks `body` against `(field, rules)` pairs, in their order; `*` in a field stands for each index of an array.
pub(super) fn check(body: &Value, fields: &[(&str, &str)], tables: &dyn Tables) -> Vec<Broken> {
    let mut broken = Vec::new();
    for (pattern, rules) in fields {
        let rules = parse(rules);
        for field in expand(body, pattern) {
            check_field(body, &field, &rules, tables, &mut broken);
        }
    }
    broken
}

/// The value at a dotted path.
pub(super) fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(body, |value, key| match value {
        Value::Array(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
        Value::Object(map) => map.get(key),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

fn expand(body: &Value, pattern: &str) -> Vec<String> {
    let Some((list, _)) = pattern.split_once(".*") else { return vec![pattern.to_owned()] };
    let count = at(body, list).and_then(Value::as_array).map_or(0, Vec::len);
    (0..count).map(|index| format!("{list}.{index}")).collect()
}

fn check_field(body: &Value, field: &str, rules: &[Rule], tables: &dyn Tables, broken: &mut Vec<Broken>) {
    let value = at(body, field);
    let numeric = rules.iter().any(|rule| matches!(rule, Rule::Numeric | Rule::Integer));
    let nullable = rules.contains(&Rule::Nullable);
    if rules.contains(&Rule::Sometimes) && value.is_none() {
        return;
    }
    let mut failed = false;
    for rule in rules {
        let implicit = rule.is_implicit();
        let runs = match value {
            None => implicit,
            Some(Value::Null) => implicit || !nullable,
            Some(Value::String(text)) if text.trim().is_empty() => implicit,
            Some(_) => true,
        };
        if !runs || (failed && matches!(rule, Rule::Exists(_) | Rule::Unique(_))) {
            continue;
        }
        if !holds(rule, body, value, numeric, tables) {
            broken.push(Broken { field: field.to_owned(), rule: rule.name().into() });
            failed = true;
            if implicit || rules.contains(&Rule::Bail) {
                return;
            }
        }
    }
}

fn holds(rule: &Rule, body: &Value, value: Option<&Value>, numeric: bool, tables: &dyn Tables) -> bool {
    match rule {
        Rule::Required => is_filled(value),
        Rule::RequiredWith(other) => at(body, other).is_none() || is_filled(value),
        Rule::RequiredWithout(other) => at(body, other).is_some() || is_filled(value),
        Rule::Present => value.is_some(),
        Rule::Nullable | Rule::Sometimes | Rule::Bail | Rule::Unknown => true,
        Rule::Exists(table) => value.is_some_and(|value| tables.exists(table, value)),
        Rule::Unique(column) => value.is_none_or(|value| !tables.taken(column, value)),
        Rule::String
        | Rule::Numeric
        | Rule::Integer
        | Rule::Boolean
        | Rule::Array
        | Rule::Min(_)
        | Rule::Max(_)
        | Rule::Between(..)
        | Rule::Size(_)
        | Rule::DigitsBetween(..)
        | Rule::In(_)
        | Rule::NotIn(_)
        | Rule::Regex(_)
        | Rule::NotRegex(_)
        | Rule::AlphaDash
        | Rule::AlphaNum
        | Rule::Url
        | Rule::Email
        | Rule::Username => rule.accepts(value.unwrap_or(&Value::Null), numeric),
    }
}

fn is_filled(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct NoTables;

    impl Tables for NoTables {
        fn exists(&self, _: &str, _: &Value) -> bool {
            false
        }

        fn taken(&self, _: &str, _: &Value) -> bool {
            true
        }
    }

    fn broken(value: &Value, rules: &str) -> Vec<String> {
        check(&json!({ "v": value }), &[("v", rules)], &NoTables)
            .into_iter()
            .map(|broken| broken.rule.into_owned())
            .collect()
    }

    #[test]
    fn a_regex_may_contain_a_pipe_and_be_followed_by_another_rule() {
        let rules = r"required|regex:/^(a|b)(\.jar)$/|max:4";
        assert_eq!(broken(&json!("a.jar"), rules), ["max"]);
        assert_eq!(broken(&json!("c"), rules), ["regex"]);
    }

    #[test]
    fn null_fails_rules_without_nullable_and_passes_with_it() {
        assert_eq!(broken(&Value::Null, "string|max:3"), ["string"]);
        assert_eq!(broken(&Value::Null, "boolean"), ["boolean"]);
        assert!(broken(&Value::Null, "nullable|url").is_empty());
        assert_eq!(broken(&Value::Null, "required|string"), ["required"]);
        assert!(broken(&Value::Null, "max:30").is_empty());
    }

    #[test]
    fn sizes_are_numbers_only_where_a_numeric_rule_stands_beside_them() {
        assert!(broken(&json!("32"), "required|numeric|between:1,32").is_empty());
        assert_eq!(broken(&json!("33"), "required|numeric|between:1,32"), ["between"]);
        assert!(broken(&json!("latest"), "required|string|between:3,15").is_empty());
        assert_eq!(broken(&json!("61"), "required|int|between:0,60"), ["between"]);
        assert_eq!(broken(&json!("abc"), "required|numeric|digits_between:1,3"), ["numeric", "digits_between"]);
    }

    #[test]
    fn a_number_is_not_a_string_and_a_password_of_digits_only_may_be_refused() {
        assert_eq!(broken(&json!(130), "required|string|max:20"), ["string"]);
        assert_eq!(broken(&json!("1234"), r"required|string|not_regex:/^\d+$/"), ["not_regex"]);
        assert_eq!(broken(&json!("x".repeat(31)), "required|string|alpha_num|size:32"), ["size"]);
        assert_eq!(broken(&json!("Xbox"), "required|string|in:Steam,Xbox"), Vec::<String>::new());
    }

    #[test]
    fn table_rules_are_skipped_once_the_field_is_broken() {
        assert_eq!(broken(&json!("x"), "required|integer|exists:users"), ["integer"]);
        assert_eq!(broken(&json!("3"), "required|integer|exists:users"), ["exists"]);
    }
}

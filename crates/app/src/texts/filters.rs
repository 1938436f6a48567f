//! Texts in templates: `{{ "home-title"|t }}`.
#![expect(unreachable_pub, reason = "the macro makes methods that say pub")]

use super::{Value, with};
use askama::Values;
use askama::filters::{Escaper, Html, Safe};
use std::fmt::Display;

/// A text without variables.
#[askama::filter_fn]
pub(crate) fn t(key: &str, _: &dyn Values) -> askama::Result<String> {
    Ok(super::t(key).into_owned())
}

/// A text of the catalogue.
#[askama::filter_fn]
pub(crate) fn said(text: &str, _: &dyn Values) -> askama::Result<String> {
    Ok(super::said(text).into_owned())
}

/// A text with one variable.
#[askama::filter_fn]
pub(crate) fn t1<V: Display>(key: &str, _: &dyn Values, name: &'static str, value: V) -> askama::Result<String> {
    Ok(with(key, &[(name, Value::from(value.to_string()))]))
}

/// A text with a number, by which it may change its words.
#[askama::filter_fn]
pub(crate) fn count(key: &str, _: &dyn Values, count: usize) -> askama::Result<String> {
    Ok(with(key, &[("count", Value::from(count))]))
}

/// A text with links or emphasis in it. It comes from our files, never from people.
#[askama::filter_fn]
pub(crate) fn html(key: &str, _: &dyn Values) -> askama::Result<Safe<String>> {
    Ok(Safe(super::t(key).into_owned()))
}

/// The same with one variable, which comes from anywhere and is escaped.
#[askama::filter_fn]
pub(crate) fn html1<V: Display>(
    key: &str,
    _: &dyn Values,
    name: &'static str,
    value: V,
) -> askama::Result<Safe<String>> {
    let mut escaped = String::new();
    Html.write_escaped_str(&mut escaped, &value.to_string())?;
    Ok(Safe(with(key, &[(name, Value::from(escaped))])))
}

/// The same with two of them.
#[askama::filter_fn]
pub(crate) fn html2<V: Display, W: Display>(
    key: &str,
    _: &dyn Values,
    name: &'static str,
    value: V,
    other_name: &'static str,
    other_value: W,
) -> askama::Result<Safe<String>> {
    let mut escaped = [String::new(), String::new()];
    Html.write_escaped_str(&mut escaped[0], &value.to_string())?;
    Html.write_escaped_str(&mut escaped[1], &other_value.to_string())?;
    let [value, other_value] = escaped;
    Ok(Safe(with(key, &[(name, Value::from(value)), (other_name, Value::from(other_value))])))
}

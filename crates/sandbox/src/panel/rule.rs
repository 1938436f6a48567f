//! One rule of the panel's language: its text form, its name and what it accepts.

use regex::bytes::RegexBuilder;
use serde_json::Value;

/// A parsed rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    Required,
    RequiredWith(String),
    RequiredWithout(String),
    Present,
    Nullable,
    Sometimes,
    Bail,
    String,
    Numeric,
    Integer,
    Boolean,
    Array,
    Min(f64),
    Max(f64),
    Between(f64, f64),
    Size(f64),
    DigitsBetween(usize, usize),
    In(Vec<String>),
    NotIn(Vec<String>),
    Regex(String),
    NotRegex(String),
    AlphaDash,
    AlphaNum,
    Url,
    Email,
    /// The panel's rule for user names.
    Username,
    Exists(String),
    Unique(String),
    /// A rule that this simulator does not know accepts everything.
    Unknown,
}

/// Reads a pipe-joined rule text; the pattern of a regex keeps its own pipes.
pub(super) fn parse(text: &str) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = if rest.starts_with("regex:") || rest.starts_with("not_regex:") {
            end_of_pattern(rest)
        } else {
            rest.find('|').unwrap_or(rest.len())
        };
        rules.push(Rule::read(&rest[..end]));
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    rules
}

/// The pattern runs to the last delimiter that is followed by a pipe or by the end.
fn end_of_pattern(text: &str) -> usize {
    let bytes = text.as_bytes();
    let opening = text.find(':').map_or(0, |colon| colon + 1);
    (opening + 1..bytes.len())
        .find(|&at| bytes[at] == b'/' && bytes[at - 1] != b'\\' && matches!(bytes.get(at + 1), None | Some(b'|')))
        .map_or(bytes.len(), |at| at + 1)
}

impl Rule {
    fn read(text: &str) -> Self {
        let (name, argument) = text.split_once(':').unwrap_or((text, ""));
        let numbers = || argument.split(',').filter_map(|part| part.trim().parse::<f64>().ok()).collect::<Vec<_>>();
        let first = || numbers().first().copied().unwrap_or_default();
        let pair = || (first(), numbers().get(1).copied().unwrap_or(f64::INFINITY));
        let words = || argument.split(',').map(str::to_owned).collect::<Vec<_>>();
        match name {
            "required" => Self::Required,
            "required_with" => Self::RequiredWith(argument.to_owned()),
            "required_without" => Self::RequiredWithout(argument.to_owned()),
            "present" => Self::Present,
            "nullable" => Self::Nullable,
            "sometimes" => Self::Sometimes,
            "bail" => Self::Bail,
            "string" => Self::String,
            "numeric" => Self::Numeric,
            "integer" | "int" => Self::Integer,
            "boolean" | "bool" => Self::Boolean,
            "array" => Self::Array,
            "min" => Self::Min(first()),
            "max" => Self::Max(first()),
            "size" => Self::Size(first()),
            "between" => Self::Between(pair().0, pair().1),
            "digits_between" => {
                let ends: Vec<usize> = argument.split(',').filter_map(|part| part.trim().parse().ok()).collect();
                Self::DigitsBetween(ends.first().copied().unwrap_or(0), ends.get(1).copied().unwrap_or(usize::MAX))
            }
            "in" => Self::In(words()),
            "not_in" => Self::NotIn(words()),
            "regex" => Self::Regex(pattern(argument)),
            "not_regex" => Self::NotRegex(pattern(argument)),
            "alpha_dash" => Self::AlphaDash,
            "alpha_num" => Self::AlphaNum,
            "url" => Self::Url,
            "email" => Self::Email,
            "p_username" => Self::Username,
            "exists" => Self::Exists(argument.to_owned()),
            "unique" => Self::Unique(argument.to_owned()),
            _ => Self::Unknown,
        }
    }

    /// Whether the rule runs on a missing value and ends the field when it fails.
    pub(super) fn is_implicit(&self) -> bool {
        matches!(self, Self::Required | Self::RequiredWith(_) | Self::RequiredWithout(_) | Self::Present)
    }

    /// The name that `meta.rule` carries.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::RequiredWith(_) => "required_with",
            Self::RequiredWithout(_) => "required_without",
            Self::Present => "present",
            Self::Nullable => "nullable",
            Self::Sometimes => "sometimes",
            Self::Bail => "bail",
            Self::String => "string",
            Self::Numeric => "numeric",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::Between(..) => "between",
            Self::Size(_) => "size",
            Self::DigitsBetween(..) => "digits_between",
            Self::In(_) => "in",
            Self::NotIn(_) => "not_in",
            Self::Regex(_) => "regex",
            Self::NotRegex(_) => "not_regex",
            Self::AlphaDash => "alpha_dash",
            Self::AlphaNum => "alpha_num",
            Self::Url => "url",
            Self::Email => "email",
            Self::Username => "p_username",
            Self::Exists(_) => "exists",
            Self::Unique(_) => "unique",
            Self::Unknown => "unknown",
        }
    }

    /// Whether `value` passes a rule that looks at nothing but the value.
    pub(super) fn accepts(&self, value: &Value, numeric: bool) -> bool {
        let text = text_of(value);
        match self {
            Self::String => value.is_string(),
            Self::Numeric => text.is_some_and(|text| text.trim().parse::<f64>().is_ok_and(f64::is_finite)),
            Self::Integer => text.is_some_and(|text| text.trim().parse::<i64>().is_ok()),
            Self::Boolean => matches!(value, Value::Bool(_)) || matches!(text.as_deref(), Some("0" | "1")),
            Self::Array => value.is_array() || value.is_object(),
            Self::Min(least) => size(value, numeric) >= *least,
            Self::Max(most) => size(value, numeric) <= *most,
            Self::Between(least, most) => (*least..=*most).contains(&size(value, numeric)),
            Self::Size(exact) => (size(value, numeric) - exact).abs() < f64::EPSILON,
            Self::DigitsBetween(least, most) => text.is_some_and(|text| {
                text.chars().all(|digit| digit.is_ascii_digit()) && (*least..=*most).contains(&text.len())
            }),
            Self::In(words) => text.is_some_and(|text| words.contains(&text)),
            Self::NotIn(words) => text.is_none_or(|text| !words.contains(&text)),
            Self::Regex(pattern) => text.is_some_and(|text| matches(pattern, &text)),
            Self::NotRegex(pattern) => text.is_some_and(|text| !matches(pattern, &text)),
            Self::AlphaDash => text.is_some_and(|text| text.chars().all(|c| c.is_alphanumeric() || "-_".contains(c))),
            Self::AlphaNum => text.is_some_and(|text| text.chars().all(char::is_alphanumeric)),
            Self::Url => text.is_some_and(|text| is_url(&text)),
            Self::Email => text.is_some_and(|text| is_email(&text)),
            Self::Username => text.is_some_and(|text| is_username(&text.to_lowercase())),
            Self::Required
            | Self::RequiredWith(_)
            | Self::RequiredWithout(_)
            | Self::Present
            | Self::Nullable
            | Self::Sometimes
            | Self::Bail
            | Self::Exists(_)
            | Self::Unique(_)
            | Self::Unknown => true,
        }
    }
}

/// A rule's pattern without its delimiters.
fn pattern(argument: &str) -> String {
    argument.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).unwrap_or(argument).to_owned()
}

/// Whether the pattern is found in `text`, byte by byte as PHP looks. One that is only PHP's is found nowhere.
fn matches(pattern: &str, text: &str) -> bool {
    RegexBuilder::new(pattern).unicode(false).build().is_ok_and(|pattern| pattern.is_match(text.as_bytes()))
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number where a numeric rule stands beside, else a count of items or characters.
#[expect(clippy::cast_precision_loss, reason = "lengths here are far below the precision of a double")]
fn size(value: &Value, numeric: bool) -> f64 {
    let number = text_of(value).and_then(|text| text.trim().parse::<f64>().ok());
    match (value, number) {
        (Value::Array(items), _) => items.len() as f64,
        (Value::Object(map), _) => map.len() as f64,
        (_, Some(number)) if numeric => number,
        _ => text_of(value).map_or(0, |text| text.chars().count()) as f64,
    }
}

fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty()
            && scheme.chars().all(|c| c.is_ascii_alphanumeric())
            && !rest.is_empty()
            && !rest.contains(' ')
    })
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace)
    })
}

fn is_username(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.chars().count() >= 3
        && ends(text.chars().next())
        && ends(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

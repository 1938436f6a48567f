//! One rule: how it is written, and what it accepts.

use hashlink::LruCache;
use regex::bytes::{Regex, RegexBuilder};
use std::sync::{LazyLock, Mutex, PoisonError};

/// One rule of an egg variable.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    Required,
    Nullable,
    String,
    Numeric,
    Integer,
    Boolean,
    Min(f64),
    Max(f64),
    Between(f64, f64),
    Size(f64),
    In(Vec<String>),
    NotIn(Vec<String>),
    Regex(Regex),
    NotRegex(Regex),
    AlphaDash,
    AlphaNum,
    DigitsBetween(usize, usize),
    Url,
    Unknown,
}

impl PartialEq for Rule {
    /// Rules of the same kind are equal: what is asked is always whether a kind is among the rules.
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// Splits and reads `required|string|max:20`; each rule comes with its own text.
pub(super) fn rules(text: &str) -> Vec<(String, Rule)> {
    let mut rules = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = end_of_rule(rest);
        let rule = rest[..end].trim();
        if !rule.is_empty() {
            rules.push((rule.to_owned(), parse(rule)));
        }
        rest = rest.get(end + 1..).unwrap_or("");
    }
    rules
}

/// Where the first rule ends: at the next `|` that is not inside a regular expression.
fn end_of_rule(text: &str) -> usize {
    let pattern_at = ["regex:", "not_regex:"].iter().find_map(|name| text.starts_with(name).then_some(name.len()));
    let start = pattern_at.and_then(|at| pattern_end(&text[at..]).map(|end| at + end)).unwrap_or(0);
    text[start..].find('|').map_or(text.len(), |end| start + end)
}

/// Where `/…/` ends, just behind its closing delimiter.
fn pattern_end(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    let (_, delimiter) = chars.next()?;
    let mut escaped = false;
    for (at, c) in chars {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == delimiter => return Some(at + c.len_utf8()),
            _ => {}
        }
    }
    None
}

fn parse(text: &str) -> Rule {
    let (name, argument) = text.split_once(':').unwrap_or((text, ""));
    let list = || argument.split(',').map(|item| item.trim_matches('"').to_owned()).collect();
    let number = |make: fn(f64) -> Rule| argument.parse().map_or(Rule::Unknown, make);
    match name {
        "required" => Rule::Required,
        "nullable" => Rule::Nullable,
        "string" => Rule::String,
        "numeric" => Rule::Numeric,
        "integer" | "int" => Rule::Integer,
        "boolean" | "bool" => Rule::Boolean,
        "min" => number(Rule::Min),
        "max" => number(Rule::Max),
        "size" => number(Rule::Size),
        "between" => pair(argument).map_or(Rule::Unknown, |(from, to)| Rule::Between(from, to)),
        "digits_between" => pair(argument).map_or(Rule::Unknown, |(from, to)| Rule::DigitsBetween(from, to)),
        "in" => Rule::In(list()),
        "not_in" => Rule::NotIn(list()),
        "regex" => compile(argument).map_or(Rule::Unknown, Rule::Regex),
        "not_regex" => compile(argument).map_or(Rule::Unknown, Rule::NotRegex),
        "alpha_dash" => Rule::AlphaDash,
        "alpha_num" => Rule::AlphaNum,
        "url" => Rule::Url,
        _ => Rule::Unknown,
    }
}

fn pair<T: std::str::FromStr>(argument: &str) -> Option<(T, T)> {
    let (from, to) = argument.split_once(',')?;
    Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
}

/// Patterns that were read before. A panel's eggs have few, every look at the panel needs them, and reading one takes longer than all else
/// that is done with a rule.
static READ: LazyLock<Mutex<LruCache<String, Option<Regex>>>> = LazyLock::new(|| Mutex::new(LruCache::new(MOST_READ)));
const MOST_READ: usize = 256;

/// Reads PHP's `/pattern/flags`. `None` for what this engine cannot do, such as looking ahead.
fn compile(text: &str) -> Option<Regex> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = read.get(text) {
        return known.clone();
    }
    let built = build(text);
    read.insert(text.to_owned(), built.clone());
    built
}

fn build(text: &str) -> Option<Regex> {
    let end = pattern_end(text)?;
    let (pattern, flags) = text.split_at(end);
    let delimiter = pattern.chars().next()?;
    let inner = pattern.strip_prefix(delimiter)?.strip_suffix(delimiter)?;
    let has = |flag| flags.contains(flag);
    let built = |unicode| {
        RegexBuilder::new(inner)
            .unicode(unicode)
            .case_insensitive(has('i'))
            .multi_line(has('m'))
            .dot_matches_new_line(has('s'))
            .ignore_whitespace(has('x'))
            .build()
            .ok()
    };
    built(has('u')).or_else(|| built(true))
}

impl Rule {
    /// Whether the rule takes the value; `None` is null. `numeric` says that sizes mean the number and not its length.
    pub(super) fn accepts(&self, value: Option<&str>, numeric: bool) -> Result<(), &'static str> {
        let size = || match value {
            Some(text) if numeric => text.parse::<f64>().unwrap_or(f64::NAN),
            Some(text) => u32::try_from(text.chars().count()).map_or(f64::INFINITY, f64::from),
            None => 0.0,
        };
        let (accepted, reason) = match self {
            Self::Required => (value.is_some(), "a value is needed"),
            Self::Nullable | Self::Unknown => (true, ""),
            Self::String => (value.is_some(), "an empty text is not allowed"),
            Self::Numeric => (value.is_some_and(is_number), "it has to be a number"),
            Self::Integer => (value.is_some_and(is_whole_number), "it has to be a whole number"),
            Self::Boolean => (matches!(value, Some("0" | "1")), "it has to be 0 or 1"),
            Self::Min(least) => (size() >= *least, "it is too short or too small"),
            Self::Max(most) => (size() <= *most, "it is too long or too large"),
            Self::Between(least, most) => {
                ((*least..=*most).contains(&size()), "its length or size is outside the range")
            }
            Self::Size(exact) => (size() == *exact, "it has to have exactly this length or size"),
            Self::In(choices) => {
                (value.is_some_and(|text| choices.iter().any(|c| c == text)), "it is none of the choices")
            }
            Self::NotIn(choices) => (
                value.is_none_or(|text| choices.iter().all(|choice| choice != text)),
                "it is one of the forbidden values",
            ),
            Self::Regex(pattern) => {
                (value.is_some_and(|text| pattern.is_match(text.as_bytes())), "it has another form")
            }
            Self::NotRegex(pattern) => {
                (value.is_some_and(|text| !pattern.is_match(text.as_bytes())), "it has a form that is forbidden")
            }
            Self::AlphaDash => {
                let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
                (
                    value.is_some_and(|text| text.chars().all(fits)),
                    "only letters, digits, dashes and underscores are allowed",
                )
            }
            Self::AlphaNum => (
                value.is_some_and(|text| text.chars().all(char::is_alphanumeric)),
                "only letters and digits are allowed",
            ),
            Self::DigitsBetween(least, most) => {
                let fits =
                    |text: &str| text.bytes().all(|b| b.is_ascii_digit()) && (*least..=*most).contains(&text.len());
                (value.is_some_and(fits), "it has to have this many digits")
            }
            Self::Url => (value.is_some_and(is_url), "it has to be a web address"),
        };
        if accepted { Ok(()) } else { Err(reason) }
    }
}

fn is_number(text: &str) -> bool {
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    text.chars().all(digits) && text.parse::<f64>().is_ok()
}

fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let padded = digits.len() > 1 && digits.starts_with('0');
    !digits.is_empty() && !padded && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let plain = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && plain(scheme) && plain(rest) && !host.is_empty()
}

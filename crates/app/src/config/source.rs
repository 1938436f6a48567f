//! Where settings come from, and everything that is wrong with them.

use secrecy::SecretString;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting, for example `stripe.secret_key`; empty for trouble with the file as a whole.
    pub setting: String,
    /// What is wrong.
    pub message: String,
    /// Where it stands in the file, counted from 1; `None` where it is missing or comes from a variable.
    pub line: Option<usize>,
}

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file's name, if there is a file.
    pub file: Option<String>,
    /// In the order of the file; what is missing comes last.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.as_deref().unwrap_or("the environment");
        let count = self.problems.len();
        writeln!(f, "{file} has {count} {}:", if count == 1 { "problem" } else { "problems" })?;
        for problem in &self.problems {
            let place = problem.line.map_or_else(String::new, |line| format!("line {line}, "));
            writeln!(f, "  {place}{}: {}", problem.setting, problem.message)?;
        }
        write!(f, "hint: every setting can also be given as a variable, such as GIVR_STRIPE__SECRET_KEY")
    }
}

/// Settings by name, as text, with a list of what was wrong so far.
pub(super) struct Source<'a> {
    file: Option<(&'a str, &'a str)>,
    values: BTreeMap<String, (Found<'a>, Range<usize>)>,
    env: &'a BTreeMap<String, String>,
    asked: BTreeSet<String>,
    problems: Vec<(Problem, usize)>,
}

enum Found<'a> {
    One(Cow<'a, str>),
    Many(Vec<String>),
    Flag(bool),
    Other(&'static str),
}

impl<'a> Source<'a> {
    pub(super) fn new(file: Option<(&'a str, &'a str)>, env: &'a BTreeMap<String, String>) -> Self {
        let mut source = Self { file, values: BTreeMap::new(), env, asked: BTreeSet::new(), problems: Vec::new() };
        if let Some((_, text)) = file {
            let (table, errors) = DeTable::parse_recoverable(text);
            for error in errors {
                let at = error.span().map_or(0, |span| span.start);
                source.note("", error.message().to_owned(), Some(at));
            }
            source.collect("", table.into_inner());
        }
        source
    }

    /// Every setting that was asked for.
    #[cfg(test)]
    pub(super) fn asked(&self) -> &BTreeSet<String> {
        &self.asked
    }

    fn collect(&mut self, prefix: &str, table: DeTable<'a>) {
        for (key, value) in table {
            let name =
                if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
            let span = value.span();
            match value.into_inner() {
                DeValue::Table(inner) if prefix.is_empty() => self.collect(&name, inner),
                value => {
                    self.values.insert(name, (found(value), span));
                }
            }
        }
    }

    fn note(&mut self, setting: &str, message: String, at: Option<usize>) {
        let line = at.zip(self.file).map(|(at, (_, text))| text[..at.min(text.len())].matches('\n').count() + 1);
        // What is missing has no place and comes last.
        let order = at.unwrap_or(usize::MAX);
        self.problems.push((Problem { setting: setting.to_owned(), message, line }, order));
    }

    /// A problem with a setting, at its place.
    fn complain(&mut self, setting: &str, message: String) {
        let at =
            if self.variable(setting).is_some() { None } else { self.values.get(setting).map(|(_, span)| span.start) };
        self.note(setting, message, at);
    }

    fn variable(&self, setting: &str) -> Option<&'a String> {
        let (section, key) = setting.split_once('.')?;
        self.env.get(&format!("GIVR_{}__{}", section.to_uppercase(), key.to_uppercase()))
    }

    pub(super) fn optional_text(&mut self, setting: &str) -> Option<String> {
        self.asked.insert(setting.to_owned());
        if let Some(text) = self.variable(setting) {
            return Some(text.clone());
        }
        let kind = match self.values.get(setting) {
            None => return None,
            Some((Found::One(text), _)) => return Some(text.to_string()),
            Some((Found::Flag(_), _)) => "true or false",
            Some((Found::Many(_), _)) => "a list",
            Some((Found::Other(kind), _)) => kind,
        };
        self.complain(setting, format!("must be text, not {kind}"));
        None
    }

    pub(super) fn text(&mut self, setting: &str, default: Option<&str>) -> Option<String> {
        let before = self.problems.len();
        let text = self.optional_text(setting).or_else(|| default.map(str::to_owned));
        if text.is_none() && self.problems.len() == before {
            self.note(setting, "is missing".to_owned(), None);
        }
        text
    }

    pub(super) fn secret(&mut self, setting: &str) -> Option<SecretString> {
        let text = self.text(setting, None);
        self.check(setting, text, |text| match text.trim().len() {
            0 => Err("is empty".to_owned()),
            _ => Ok(SecretString::from(text)),
        })
    }

    /// A list of texts; a variable separates them by commas.
    pub(super) fn texts(&mut self, setting: &str) -> Option<Vec<String>> {
        let before = self.problems.len();
        let texts = self.optional_texts(setting);
        if texts.is_none() && self.problems.len() == before {
            self.note(setting, "is missing".to_owned(), None);
        }
        texts
    }

    /// Like [`Source::texts`], for a list that may be left out.
    pub(super) fn optional_texts(&mut self, setting: &str) -> Option<Vec<String>> {
        if self.variable(setting).is_none()
            && let Some((Found::Many(texts), _)) = self.values.get(setting)
        {
            self.asked.insert(setting.to_owned());
            return Some(texts.clone());
        }
        let text = self.optional_text(setting)?;
        Some(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
    }

    pub(super) fn number(&mut self, setting: &str, default: u32, range: RangeInclusive<u32>) -> Option<u32> {
        let text = self.text(setting, Some(&default.to_string()));
        self.check(setting, text, |text| match text.parse::<u32>() {
            Ok(number) if range.contains(&number) => Ok(number),
            Ok(_) | Err(_) => Err(format!("`{text}` is not a whole number from {} to {}", range.start(), range.end())),
        })
    }

    pub(super) fn flag(&mut self, setting: &str, default: bool) -> Option<bool> {
        self.asked.insert(setting.to_owned());
        let text = match (self.variable(setting), self.values.get(setting)) {
            (Some(text), _) => text.clone(),
            (None, Some((Found::Flag(flag), _))) => return Some(*flag),
            (None, Some((Found::One(text), _))) => text.to_string(),
            (None, Some(_)) => String::new(),
            (None, None) => return Some(default),
        };
        self.check(setting, Some(text), |text| match text.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        })
    }

    /// Turns a value into something better, or notes why that does not work.
    pub(super) fn check<T, U>(
        &mut self,
        setting: &str,
        value: Option<T>,
        make: impl FnOnce(T) -> Result<U, String>,
    ) -> Option<U> {
        match make(value?) {
            Ok(made) => Some(made),
            Err(message) => {
                self.complain(setting, message);
                None
            }
        }
    }

    pub(super) fn finish<T>(mut self, made: Option<T>) -> Result<T, ConfigError> {
        let unknown: Vec<String> = self.values.keys().filter(|name| !self.asked.contains(*name)).cloned().collect();
        for name in unknown {
            let message = match self.closest(&name) {
                Some(known) => format!("is not a setting; did you mean `{known}`?"),
                None => "is not a setting".to_owned(),
            };
            self.complain(&name, message);
        }
        for (variable, name) in self.unknown_variables() {
            let message = match self.closest(&name) {
                Some(known) => format!("{variable} names no setting; did you mean `{known}`?"),
                None => format!("{variable} names no setting"),
            };
            self.note(&name, message, None);
        }
        match made {
            Some(made) if self.problems.is_empty() => Ok(made),
            Some(_) | None => {
                self.problems.sort_by_key(|(_, order)| *order);
                let problems = self.problems.into_iter().map(|(problem, _)| problem).collect();
                Err(ConfigError { file: self.file.map(|(name, _)| name.to_owned()), problems })
            }
        }
    }

    /// Variables that look like a setting and are none, with what they would set.
    fn unknown_variables(&self) -> Vec<(String, String)> {
        let named = self.env.keys().filter_map(|variable| {
            let (section, key) = variable.strip_prefix("GIVR_")?.split_once("__")?;
            Some((variable.clone(), format!("{}.{}", section.to_lowercase(), key.to_lowercase())))
        });
        named.filter(|(_, name)| !self.asked.contains(name)).collect()
    }

    fn closest(&self, name: &str) -> Option<&String> {
        let scored = self.asked.iter().map(|known| (distance(known, name), known));
        scored.filter(|(distance, _)| *distance <= 3).min().map(|(_, known)| known)
    }
}

fn found(value: DeValue<'_>) -> Found<'_> {
    match value {
        DeValue::String(text) => Found::One(text),
        DeValue::Integer(number) => Found::One(number.as_str().to_owned().into()),
        DeValue::Boolean(flag) => Found::Flag(flag),
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> =
                items.iter().map(Spanned::get_ref).map(|item| item.as_str().map(str::to_owned)).collect();
            texts.map_or(Found::Other("a list of other things than text"), Found::Many)
        }
        DeValue::Float(_) => Found::Other("a fraction"),
        DeValue::Datetime(_) => Found::Other("a date"),
        DeValue::Table(_) => Found::Other("a section"),
    }
}

/// How many letters have to be changed, added or removed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if from == *to { diagonal } else { 1 + diagonal.min(above).min(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

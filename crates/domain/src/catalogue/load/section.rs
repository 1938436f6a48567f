//! Reading a table of a file key by key: what is missing, of another type or unknown is noted, and reading goes on.

use super::mistakes::Notes;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table of a file, while its keys are taken out of it. [`Section::close`] notes the keys that nobody asked for.
pub(super) struct Section<'a> {
    notes: &'a Notes<'a>,
    /// What the table is called in messages, such as `[server]`.
    name: String,
    span: Range<usize>,
    table: DeTable<'a>,
    asked: Vec<&'static str>,
}

/// What a key may hold.
pub(super) trait FromToml: Sized {
    /// As a message says it: "has to be …".
    const WANTED: &'static str;
    /// `None` for a value of another type.
    fn from_toml(value: &DeValue<'_>) -> Option<Self>;
}

impl<'a> Section<'a> {
    /// The whole file. Broken syntax is noted, and what could still be read is there.
    pub(super) fn of_file(notes: &'a Notes<'a>) -> Self {
        let (table, errors) = DeTable::parse_recoverable(notes.text());
        for error in errors {
            notes.add_syntax(error.span().unwrap_or(0..0), error.message());
        }
        Self::new(notes, "the file".to_owned(), 0..0, table.into_inner())
    }

    fn new(notes: &'a Notes<'a>, name: String, span: Range<usize>, table: DeTable<'a>) -> Self {
        Self { notes, name, span, table, asked: Vec::new() }
    }

    /// Where the table begins.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The value of a key that may be absent. One of another type is noted and counts as absent.
    pub(super) fn optional<T: FromToml>(&mut self, key: &'static str) -> Option<Spanned<T>> {
        let value = self.take(key)?;
        self.convert(key, &value)
    }

    /// The value of a key that has to be there.
    pub(super) fn needed<T: FromToml>(&mut self, key: &'static str) -> Option<Spanned<T>> {
        let value = self.take_needed(key)?;
        self.convert(key, &value)
    }

    /// Text that has to be there and must not be empty.
    pub(super) fn words(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let text = self.needed::<String>(key)?;
        if text.get_ref().trim().is_empty() {
            self.notes.add(text.span(), format!("`{key}` is empty"));
        }
        Some(text)
    }

    /// A table under a key that may be absent.
    pub(super) fn section(&mut self, key: &'static str) -> Option<Self> {
        let value = self.take(key)?;
        self.open(key, format!("[{key}]"), value)
    }

    /// A table under a key that has to be there.
    pub(super) fn needed_section(&mut self, key: &'static str) -> Option<Self> {
        let value = self.take_needed(key)?;
        self.open(key, format!("[{key}]"), value)
    }

    /// The tables of a list, in their order; none if the key is absent.
    pub(super) fn sections(&mut self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let span = value.span();
        match value.into_inner() {
            DeValue::Array(items) => {
                items.into_iter().filter_map(|item| self.open(key, format!("[[{key}]]"), item)).collect()
            }
            other => {
                self.note_type(key, span, &other, "a list of tables");
                Vec::new()
            }
        }
    }

    /// A table of freely chosen keys with values of one type; empty if the key is absent.
    pub(super) fn entries<T: FromToml>(&mut self, key: &'static str) -> Vec<(Spanned<String>, Spanned<T>)> {
        let Some(inner) = self.section(key) else { return Vec::new() };
        let entry = |(name, value): (Spanned<_>, Spanned<DeValue<'_>>)| {
            let name: Spanned<String> = Spanned::new(name.span(), String::from(name.into_inner()));
            let value = self.convert(name.get_ref(), &value)?;
            Some((name, value))
        };
        inner.table.into_iter().filter_map(entry).collect()
    }

    /// Notes every key that was not taken.
    pub(super) fn close(self) {
        for key in self.table.keys() {
            let notes = self.notes.add(key.span(), format!("{} has no key `{}`", self.name, key.get_ref()));
            let nearest = self.asked.iter().min_by_key(|asked| distance(asked, key.get_ref()));
            match nearest {
                Some(nearest) if distance(nearest, key.get_ref()) <= 2 => {
                    notes.hint(format!("did you mean `{nearest}`?"))
                }
                _ => notes.hint(format!("its keys are {}", self.asked.join(", "))),
            };
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Spanned<DeValue<'a>>> {
        self.asked.push(key);
        self.table.remove(key)
    }

    fn take_needed(&mut self, key: &'static str) -> Option<Spanned<DeValue<'a>>> {
        let value = self.take(key);
        if value.is_none() {
            self.notes.add_missing(self.span(), format!("{} lacks `{key}`", self.name), "");
        }
        value
    }

    fn open(&self, key: &str, name: String, value: Spanned<DeValue<'a>>) -> Option<Self> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => Some(Self::new(self.notes, name, span, table)),
            other => {
                self.note_type(key, span, &other, "a table");
                None
            }
        }
    }

    fn convert<T: FromToml>(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Spanned<T>> {
        let read = T::from_toml(value.get_ref());
        if read.is_none() {
            self.note_type(key, value.span(), value.get_ref(), T::WANTED);
        }
        read.map(|read| Spanned::new(value.span(), read))
    }

    fn note_type(&self, key: &str, span: Range<usize>, found: &DeValue<'_>, wanted: &str) {
        self.notes.add(span, format!("`{key}` has to be {wanted}, not {}", kind(found)));
    }
}

fn kind(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(_) => "text".to_owned(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "this list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// How many letters differ (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

impl FromToml for String {
    const WANTED: &'static str = "text in quotes";
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl FromToml for bool {
    const WANTED: &'static str = "true or false";
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        value.as_bool()
    }
}

impl FromToml for u32 {
    const WANTED: &'static str = "a whole number from zero up";
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        let integer = value.as_integer()?;
        Self::from_str_radix(integer.as_str(), integer.radix()).ok()
    }
}

impl FromToml for (u32, u32) {
    const WANTED: &'static str = "two whole numbers such as [2, 8]";
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        let numbers: Option<Vec<u32>> = value.as_array()?.iter().map(|item| u32::from_toml(item.get_ref())).collect();
        <[u32; 2]>::try_from(numbers?).ok().map(Self::from)
    }
}

/// Texts of a list, each with its own place.
impl FromToml for Vec<Spanned<String>> {
    const WANTED: &'static str = "a list of texts";
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        let text = |item: &Spanned<DeValue<'_>>| Some(Spanned::new(item.span(), item.get_ref().as_str()?.to_owned()));
        value.as_array()?.iter().map(text).collect()
    }
}

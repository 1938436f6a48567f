//! What is wrong with the owner's files, and where.

use super::SourceFile;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;

/// Something in a file that its owner has to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it, where that is clear.
    pub hint: Option<String>,
    /// The place in the text, in bytes.
    pub span: Range<usize>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, column, message, hint, .. } = self;
        write!(f, "{path}:{line}:{column}: {message}")?;
        hint.as_ref().map_or(Ok(()), |hint| write!(f, " (hint: {hint})"))
    }
}

/// Collects the mistakes of one file while it is read.
pub(super) struct Notes<'a> {
    file: &'a SourceFile,
    found: RefCell<Vec<Mistake>>,
    broken: Cell<bool>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(file: &'a SourceFile) -> Self {
        Self { file, found: RefCell::default(), broken: Cell::new(false) }
    }

    pub(super) fn text(&self) -> &'a str {
        &self.file.text
    }

    /// Notes a mistake; a hint may follow.
    pub(super) fn add(&self, span: Range<usize>, message: impl Into<String>) -> &Self {
        let before = self.file.text.get(..span.start).unwrap_or(&self.file.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        self.found.borrow_mut().push(Mistake {
            path: self.file.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
            hint: None,
            span,
        });
        self
    }

    /// Notes broken syntax. What seems to be missing from now on may only be unreadable, and is not noted any more.
    pub(super) fn add_syntax(&self, span: Range<usize>, message: &str) {
        self.add(span, message);
        self.broken.set(true);
    }

    /// Notes that something is missing, with what to do about it; `hint` may be empty.
    pub(super) fn add_missing(&self, span: Range<usize>, message: impl Into<String>, hint: &str) {
        if !self.broken.get() {
            self.add(span, message);
            if !hint.is_empty() {
                self.hint(hint);
            }
        }
    }

    /// Says what to do about the mistake noted last.
    pub(super) fn hint(&self, hint: impl Into<String>) -> &Self {
        if let Some(last) = self.found.borrow_mut().last_mut() {
            last.hint = Some(hint.into());
        }
        self
    }

    /// In the order of the file. What all types of a game share is checked for each of them but told once.
    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        let mut found = self.found.into_inner();
        found.sort_by(|a, b| (a.span.start, &a.message).cmp(&(b.span.start, &b.message)));
        found.dedup();
        found
    }
}

//! A letter: what it says, once, and the two forms in which it travels, plain text and HTML.

use crate::texts::{self, filters};
use askama::Template;
use domain::language::Language;

/// What a letter says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What stands in the list of mails; one line.
    pub subject: String,
    /// What it says, one below the other.
    blocks: Vec<Block>,
}

/// A part of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    /// A paragraph.
    Text(String),
    /// What somebody wrote, with its line breaks.
    Quote(String),
    /// Something to read off and type: a code, an address.
    Large(String),
    /// Names with what belongs to them.
    Facts(Vec<(String, String)>),
    /// Where to go, with what is there.
    Link { label: String, to: String },
    /// The link that the letter is about.
    Button { label: String, to: String },
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender<'a> {
    /// The shop's name.
    pub shop: &'a str,
    /// Where to ask.
    pub support: &'a str,
    /// Where the shop is.
    pub site: &'a str,
    /// The shop's colour for buttons, as CSS writes it.
    pub brand: &'a str,
}

/// A letter as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// For every program that reads mail.
    pub text: String,
    /// For those that show more.
    pub html: String,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct AsText<'a> {
    letter: &'a Letter,
    sender: Sender<'a>,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct AsHtml<'a> {
    letter: &'a Letter,
    sender: Sender<'a>,
    language: Language,
}

impl Letter {
    /// A letter that says nothing yet.
    pub(super) fn about(subject: impl Into<String>) -> Self {
        // A line break in a name would begin another header.
        let subject = subject.into().chars().filter(|c| !c.is_control()).collect();
        Self { subject, blocks: Vec::new() }
    }

    fn and(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// And a paragraph.
    pub(super) fn text(self, text: impl Into<String>) -> Self {
        self.and(Block::Text(text.into()))
    }

    /// And what somebody wrote.
    pub(super) fn quote(self, text: impl Into<String>) -> Self {
        self.and(Block::Quote(text.into()))
    }

    /// And something to read off.
    pub(super) fn large(self, text: impl Into<String>) -> Self {
        self.and(Block::Large(text.into()))
    }

    /// And names with what belongs to them, by the keys of their texts.
    pub(super) fn facts<const N: usize>(self, facts: [(&str, &str); N]) -> Self {
        self.and(Block::Facts(facts.map(|(name, value)| (texts::t(name).into_owned(), value.to_owned())).to_vec()))
    }

    /// And where to go, by the key of its text.
    pub(super) fn link(self, label: &str, to: &str) -> Self {
        self.and(Block::Link { label: texts::t(label).into_owned(), to: to.to_owned() })
    }

    /// And the link that the letter is about, by the key of its text.
    pub(super) fn button(self, label: &str, to: &str) -> Self {
        self.and(Block::Button { label: texts::t(label).into_owned(), to: to.to_owned() })
    }

    /// As it travels, in the language of the task.
    ///
    /// # Errors
    /// A template failed.
    pub fn write(&self, sender: Sender<'_>) -> askama::Result<Written> {
        let text = AsText { letter: self, sender }.render()?;
        let html = AsHtml { letter: self, sender, language: texts::language() }.render()?;
        Ok(Written { subject: self.subject.clone(), text, html })
    }
}

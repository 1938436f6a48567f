//! Why somebody does something by hand, for whoever looks later.

use crate::texts::{self, t};
use domain::redact::without_addresses;

/// Longest reason, in characters.
pub const LONGEST: usize = 500;

/// A reason: one line that says something, without anybody's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Reads what was typed.
    ///
    /// # Errors
    /// What is wrong with it, in words for whoever typed it.
    pub fn read(typed: &str) -> Result<Self, String> {
        let line: String = typed.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let line = line.trim();
        match line.chars().count() {
            0 => Err(t("act-problem-reason").into_owned()),
            count if count > LONGEST => {
                let values = [("count", count.into()), ("most", LONGEST.into())];
                Err(texts::with("act-problem-long", &values))
            }
            _ => Ok(Self(without_addresses(line))),
        }
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_that_says_something_about_nobody() {
        assert_eq!(
            Reason::read(" asked\nby ada@example.test ").unwrap().as_str(),
            without_addresses("asked by ada@example.test")
        );
        assert!(!Reason::read("by ada@example.test").unwrap().as_str().contains("ada@"));
        assert!(Reason::read(" \n\t").is_err());
        assert!(Reason::read(&"x".repeat(LONGEST)).is_ok());
        assert!(Reason::read(&"x".repeat(LONGEST + 1)).is_err());
    }
}

//! The laws, one small function each. A function knows nothing of the others, and of the product only its words.

mod money;
mod servers;

use super::Finding;
use super::books::Books;
use serde::{Serialize, Serializer};

macro_rules! laws {
    ($($(#[doc = $doc:literal])+ $law:ident,)*) => {
        /// A law of the business, by its id.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Law {
            $($(#[doc = $doc])+ $law,)*
        }

        impl Law {
            /// Every law that is held against the evidence.
            pub const ALL: &[Self] = &[$(Self::$law,)*];

            /// The id that comments, alerts and tests name.
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$law => stringify!($law),)*
                }
            }

            /// What it says, in a sentence.
            pub fn says(self) -> &'static str {
                match self {
                    $(Self::$law => concat!($($doc,)+).trim_ascii(),)*
                }
            }
        }
    };
}

laws! {
    /// Each captured charge of ours has exactly one entry in the ledger.
    M1,
    /// Refunds of a charge never exceed it, and each has one decision behind it.
    M5,
    /// A service and its server belong to each other alone.
    S1,
    /// A server's external id is this installation's prefix with the service's id.
    S2,
    /// A service has never more than one server.
    S3,
}

impl Serialize for Law {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// What a law found.
pub(super) struct Found(Vec<Finding>);

impl Found {
    fn add(&mut self, law: Law, subject: impl ToString, runbook: &'static str, text: String) {
        self.0.push(Finding { law, subject: subject.to_string(), text, runbook });
    }
}

/// Holds the books against every law.
pub(super) fn all(books: &Books<'_>) -> Vec<Finding> {
    let mut found = Found(Vec::new());
    for law in [money::m1, money::m5, servers::s1, servers::s2, servers::s3] {
        law(books, &mut found);
    }
    found.0
}

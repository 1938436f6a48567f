//! The laws, one small function each. A function knows nothing of the others, and of the product only its words.

mod capacity;
mod conservation;
mod contracts;
mod handed_over;
mod messages;
mod money;
pub(super) mod runbook;
mod servers;
mod work;

use super::Finding;
use super::books::Books;
use runbook::Runbook;
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
    /// Each captured charge of ours has exactly one entry in the ledger, and each entry its charge.
    M1,
    /// An order has at most one open payment page, and a service at most one subscription in force.
    M2,
    /// What was charged is what was ordered.
    M3,
    /// Each charge is exactly one of: applied, given back, under way, waiting for a person who was told, disputed.
    M4,
    /// Refunds of a charge never exceed it, and each has one decision behind it.
    M5,
    /// The ledger's entries of a charge account for every cent of it.
    M6,
    /// Nobody who pays is suspended, and nobody is for want of payment on a reading older than a quarter of an hour.
    M7,
    /// Nothing of another installation or mode, or without our mark, pays for an order.
    M8,
    /// Without webhooks we know the same, only later.
    M9,
    /// A subscription ends before its server is deleted and before its money goes back; what is charged later goes back.
    M10,
    /// A service and its server belong to each other alone.
    S1,
    /// A server's external id is this installation's prefix with the service's id.
    S2,
    /// A service has never more than one server.
    S3,
    /// A server is made only by a call that was written down, for an order that is paid, when the last call has settled.
    S4,
    /// Fulfilled means that the server was seen playable.
    S5,
    /// A server is suspended exactly when we say so.
    S6,
    /// What ended leaves no server, no held place and nothing undone.
    S9,
    /// Data is not deleted before the promised date and without a notice two days before, nor called deleted before it is.
    S10,
    /// The panel gives a server what was bought.
    S11,
    /// A server's owner at the panel is its customer's login, and that is nobody else's.
    S12,
    /// No node gives out more than may be sold.
    C1,
    /// Whoever can still pay has a place.
    C2,
    /// A place is given up once, and only when nobody can pay for it any more.
    C3,
    /// A port has one owner.
    C4,
    /// What is held is what was bought, where the server stands.
    C5,
    /// A message stands in the outbox from the moment of its cause, once.
    N1,
    /// What stands in the outbox is sent.
    N2,
    /// Money that goes back and a server that is gone are told to customer and operator.
    N5,
    /// What stands outside was written down before it was asked for.
    O1,
    /// Every event is applied.
    O2,
    /// One job works on a service at a time.
    O3,
    /// Who lost a claim asks nothing of the panel.
    O4,
    /// Work ends, or a person is told; what has to be worked on is.
    O6,
    /// What nobody paid for ends.
    O10,
    /// What is about one customer is not told to another.
    A3,
}

impl Serialize for Law {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// What a law found.
pub(super) struct Found(Vec<Finding>);

impl Found {
    fn add(&mut self, law: Law, subject: impl ToString, runbook: Runbook, text: String) {
        self.0.push(Finding { law, subject: subject.to_string(), text, runbook: runbook.section() });
    }
}

type Check = fn(&Books<'_>, &mut Found);

/// Every law's function, in the order of their ids.
const CHECKS: [Check; 35] = [
    money::m1,
    contracts::m2,
    money::m3,
    conservation::m4,
    money::m5,
    money::m6,
    contracts::m7,
    money::m8,
    contracts::m9,
    contracts::m10,
    servers::s1,
    servers::s2,
    servers::s3,
    servers::s4,
    handed_over::s5,
    handed_over::s6,
    servers::s9,
    servers::s10,
    handed_over::s11,
    handed_over::s12,
    capacity::c1,
    capacity::c2,
    capacity::c3,
    capacity::c4,
    capacity::c5,
    messages::n1,
    messages::n2,
    messages::n5,
    work::o1,
    work::o2,
    work::o3,
    servers::o4,
    work::o6,
    contracts::o10,
    messages::a3,
];

/// Holds the books against every law.
pub(super) fn all(books: &Books<'_>) -> Vec<Finding> {
    let mut found = Found(Vec::new());
    for check in CHECKS {
        check(books, &mut found);
    }
    found.0
}

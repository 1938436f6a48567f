//! What customers and operators read about an order: one entry per thing that happened.

use crate::money::Money;
use crate::refund::{RefundReason, RefundWay};
use crate::standing::Why;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that happened to an order or its server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "detail")]
pub enum Happening {
    /// The order was made and capacity held.
    Ordered {
        /// The node that capacity is held on.
        node: String,
    },
    /// The payment page is open.
    CheckoutOpened,
    /// The payment page closed without a payment.
    CheckoutExpired,
    /// The customer paid with a method that takes its time.
    PaymentPending,
    /// The money is here.
    PaymentReceived {
        /// How much.
        amount: Money,
    },
    /// The customer's login at the panel exists.
    AccountReady {
        /// The login's name.
        username: String,
    },
    /// Ports were chosen.
    PortsChosen {
        /// What players will type.
        address: String,
    },
    /// The panel was asked to create the server.
    CreateSent {
        /// Where.
        node: String,
    },
    /// A call to the panel did not work out; it is tried again or elsewhere.
    CreateFailed {
        /// Where.
        node: String,
        /// What went wrong, for the operator.
        problem: String,
    },
    /// The panel has the server.
    ServerCreated {
        /// The panel's short id of it.
        identifier: String,
    },
    /// A server that an earlier call had made was found and taken over.
    ServerAdopted {
        /// The panel's short id of it.
        identifier: String,
    },
    /// Somebody of staff said which server of the panel it is by now.
    ServerLinked {
        /// The panel's short id of it.
        identifier: String,
        /// What players type from now on.
        address: String,
    },
    /// The panel has the server on another node.
    ServerMoved {
        /// What players type from now on.
        address: String,
    },
    /// The installation ended.
    Installed,
    /// The installation did not end in time and was started again.
    Reinstalled,
    /// The files that the first start needs were written.
    Prepared,
    /// The server was told to start.
    StartSent,
    /// The game answered for the first time.
    GameAnswered,
    /// The customer can play.
    Playable {
        /// What players type.
        address: String,
        /// Whether the game itself said so.
        verified: bool,
    },
    /// Delivery on this node was given up, another one is tried.
    MovedOn {
        /// The node that was given up.
        from: String,
    },
    /// A person has to look.
    Parked {
        /// Why.
        problem: String,
    },
    /// The customer or an operator asked to stop.
    StopRequested,
    /// The money goes back.
    RefundDecided {
        /// Why.
        reason: RefundReason,
    },
    /// The subscription has ended: nothing more will be charged.
    SubscriptionEnded,
    /// The money went back.
    Refunded {
        /// How much.
        amount: Money,
        /// How.
        #[serde(default)]
        way: RefundWay,
    },
    /// A renewal could not be charged; the server runs on for a while.
    PaymentFailed {
        /// Until then at least.
        suspend_on: Timestamp,
    },
    /// What was owed was paid.
    PaidAgain,
    /// The subscription is set to end.
    EndPlanned {
        /// When.
        on: Timestamp,
    },
    /// It goes on after all.
    EndTakenBack,
    /// Nobody can start the server any more; its data stays.
    Suspended {
        /// Why.
        why: Why,
        /// Until when the data stays at least; `None` while there is no date.
        delete_on: Option<Timestamp>,
    },
    /// The customer was told once more when the data goes.
    DeletionAnnounced {
        /// Not before then.
        on: Timestamp,
    },
    /// The server can be started again.
    Unsuspended,
    /// The server runs for a while whatever is paid: a present of the shop's.
    DaysGiven {
        /// Until then at least.
        until: Timestamp,
    },
    /// The server was removed from the panel.
    ServerRemoved,
}

/// Who reads what happened, besides the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Customer,
    /// Whoever reads the books after the customer was erased.
    Nobody,
}

impl Happening {
    /// The same without what is meant for the operator alone: what the panel said.
    #[must_use]
    pub fn for_customer(self) -> Self {
        self.read_by(Reader::Customer)
    }

    /// The same without anything that says who the customer was.
    #[must_use]
    pub fn for_nobody(self) -> Self {
        self.read_by(Reader::Nobody)
    }

    fn read_by(self, reader: Reader) -> Self {
        let hidden = String::new();
        match self {
            Self::CreateFailed { node, .. } => Self::CreateFailed { node, problem: hidden },
            Self::Parked { .. } => Self::Parked { problem: hidden },
            Self::AccountReady { username } => Self::AccountReady {
                username: match reader {
                    Reader::Customer => username,
                    Reader::Nobody => "erased".to_owned(),
                },
            },
            // What players typed stays for everybody: a server's address names a machine of the shop's, not a person, and the port goes to
            // somebody else. So do nodes, the panel's ids, sums and dates.
            same @ (Self::Ordered { .. }
            | Self::CheckoutOpened
            | Self::CheckoutExpired
            | Self::PaymentPending
            | Self::PaymentReceived { .. }
            | Self::PortsChosen { .. }
            | Self::CreateSent { .. }
            | Self::ServerCreated { .. }
            | Self::ServerAdopted { .. }
            | Self::ServerLinked { .. }
            | Self::ServerMoved { .. }
            | Self::Installed
            | Self::Reinstalled
            | Self::Prepared
            | Self::StartSent
            | Self::GameAnswered
            | Self::Playable { .. }
            | Self::MovedOn { .. }
            | Self::StopRequested
            | Self::RefundDecided { .. }
            | Self::SubscriptionEnded
            | Self::Refunded { .. }
            | Self::PaymentFailed { .. }
            | Self::PaidAgain
            | Self::EndPlanned { .. }
            | Self::EndTakenBack
            | Self::Suspended { .. }
            | Self::DeletionAnnounced { .. }
            | Self::Unsuspended
            | Self::DaysGiven { .. }
            | Self::ServerRemoved) => same,
        }
    }
}

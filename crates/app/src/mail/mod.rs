//! Mail. A message is a row in the outbox first (N1), with its facts and without a sentence; the outbox work writes the letter, in the
//! language that its recipient reads by then, and sends it.

mod again;
mod letter;
mod notice;
mod samples;
mod send;
mod smtp;
mod tell;
mod words;

pub use again::write_again;
pub use letter::{Letter, Sender, Written};
pub use notice::Notice;
pub use samples::samples;
pub use send::{Hand, Leaves, Mailer};
pub use tell::{
    address_changed, cause, paid_otherwise, payment_failed, payment_received, refund_made, room_again, security_notice,
    server_back, server_deleted, server_ended, server_missing, server_ready, server_suspended, soon_deleted,
    ticket_reply, trouble, welcome,
};
pub use words::{advice, reason_in_words};

use crate::app::App;
use crate::web::theme;
use domain::access::Role;
use domain::ids::{AccountId, MessageId};
use domain::money::Money;
use domain::refund::{RefundReason, RefundWay};
use domain::standing::Why;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::accounts::Account;
use store::outbox::{self, NewMessage};
use store::{Db, StoreError};

/// Something that we write to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "message", content = "with")]
pub enum Message {
    /// The code that proves an address.
    VerifyEmail {
        /// Six digits.
        code: String,
    },
    /// The code that proves another address of an account.
    ChangeEmail {
        /// Six digits.
        code: String,
        /// The address, to which it goes.
        email: String,
    },
    /// The address is proven, the account is there.
    Welcome {
        /// Where to choose.
        games: String,
        /// Where second factors are set up.
        security: String,
    },
    /// The link that sets another password.
    ResetPassword {
        /// Where to go.
        link: String,
    },
    /// Somebody signed up with an address that has an account.
    KnownAddress {
        /// Where to sign in.
        login: String,
        /// Where to set another password.
        reset: String,
    },
    /// The money is here.
    PaymentReceived {
        /// How much.
        amount: Money,
        /// What was bought.
        plan: String,
        /// What the server is called.
        server: String,
        /// Where to watch.
        link: String,
    },
    /// The customer can play.
    ServerReady {
        /// What the server is called.
        server: String,
        /// What players type.
        address: String,
        /// Whether the game itself answered.
        verified: bool,
        /// Where the panel is.
        panel: String,
        /// The login's name at the panel.
        username: String,
        /// Our page about the server.
        link: String,
    },
    /// The server cannot be delivered, the money goes back.
    Trouble {
        /// What the server was to be called.
        server: String,
        /// Why.
        reason: RefundReason,
        /// How much goes back.
        amount: Money,
        /// Our page about the order.
        link: String,
    },
    /// The money went back.
    RefundMade {
        /// How much.
        amount: Money,
        /// How.
        #[serde(default)]
        way: RefundWay,
        /// Our page about the order.
        link: String,
    },
    /// The panel does not show the server any more.
    ServerMissing {
        /// What the server is called.
        server: String,
        /// Our page about the server.
        link: String,
    },
    /// A renewal could not be charged.
    PaymentFailed {
        /// What the server is called.
        server: String,
        /// Stripe's page where the open bill can be paid, while there is one.
        pay: Option<String>,
        /// Until when the server runs on.
        suspend_on: Timestamp,
        /// Our page about the server.
        link: String,
    },
    /// The server cannot be started any more; its data stays.
    ServerSuspended {
        /// What the server is called.
        server: String,
        /// Why.
        why: Why,
        /// Until when the data stays at least.
        delete_on: Option<Timestamp>,
        /// Our page about the server.
        link: String,
    },
    /// The data goes soon.
    SoonDeleted {
        /// What the server is called.
        server: String,
        /// Why it is suspended.
        why: Why,
        /// When the data goes.
        on: Timestamp,
        /// Our page about the server.
        link: String,
    },
    /// The server and its data are gone.
    ServerDeleted {
        /// What the server was called.
        server: String,
        /// Where others can be bought.
        games: String,
    },
    /// The server and its data are gone, as was asked for.
    ServerEnded {
        /// What the server was called.
        server: String,
        /// Where others can be bought.
        games: String,
    },
    /// The server can be started again.
    ServerBack {
        /// What the server is called.
        server: String,
        /// Where the panel is.
        panel: String,
        /// Our page about the server.
        link: String,
    },
    /// There is room again for what somebody waits for.
    RoomAgain {
        /// Game and size.
        plan: String,
        /// Where.
        region: String,
        /// Where to buy it.
        link: String,
    },
    /// Staff answered a ticket.
    TicketReply {
        /// What the ticket is about.
        subject: String,
        /// What they wrote.
        text: String,
        /// Our page with the conversation.
        link: String,
    },
    /// Somebody signed in, or changed how one signs in.
    SecurityNotice {
        /// What happened.
        what: Notice,
        /// When.
        at: Timestamp,
        /// With what browser; empty where the shop did it.
        browser: String,
        /// From what address in the network; empty where the shop did it.
        address: String,
        /// Where to set another password.
        reset: String,
        /// Where sign-ins and second factors are shown.
        security: String,
    },
    /// The account has another address; to the one before.
    AddressChanged {
        /// The address before, to which it goes.
        before: String,
        /// When.
        at: Timestamp,
        /// With what browser.
        browser: String,
        /// From what address in the network.
        address: String,
    },
}

/// The kinds that a recipient may do without: pages of ours say the same.
pub const OPTIONAL: [&str; 3] = ["payment_received", "server_back", "ticket_reply"];

/// Whether somebody wants mails of this kind. What is not optional is always wanted.
pub fn is_wanted(account: &Account, kind: &str) -> bool {
    !OPTIONAL.contains(&kind) || !account.unwanted_mails.iter().any(|unwanted| unwanted == kind)
}

impl Message {
    /// The word in rows.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::ChangeEmail { .. } => "change_email",
            Self::Welcome { .. } => "welcome",
            Self::ResetPassword { .. } => "reset_password",
            Self::KnownAddress { .. } => "known_address",
            Self::PaymentReceived { .. } => "payment_received",
            Self::ServerReady { .. } => "server_ready",
            Self::Trouble { .. } => "trouble",
            Self::RefundMade { .. } => "refund_made",
            Self::ServerMissing { .. } => "server_missing",
            Self::PaymentFailed { .. } => "payment_failed",
            Self::ServerSuspended { .. } => "server_suspended",
            Self::SoonDeleted { .. } => "soon_deleted",
            Self::ServerDeleted { .. } => "server_deleted",
            Self::ServerEnded { .. } => "server_ended",
            Self::ServerBack { .. } => "server_back",
            Self::RoomAgain { .. } => "room_again",
            Self::TicketReply { .. } => "ticket_reply",
            Self::SecurityNotice { .. } => "security_notice",
            Self::AddressChanged { .. } => "address_changed",
        }
    }

    /// The address that it goes to, whatever the recipient's is by then.
    pub fn own_address(&self) -> Option<&str> {
        match self {
            Self::ChangeEmail { email, .. } => Some(email),
            Self::AddressChanged { before, .. } => Some(before),
            Self::VerifyEmail { .. }
            | Self::Welcome { .. }
            | Self::ResetPassword { .. }
            | Self::KnownAddress { .. }
            | Self::PaymentReceived { .. }
            | Self::ServerReady { .. }
            | Self::Trouble { .. }
            | Self::RefundMade { .. }
            | Self::ServerMissing { .. }
            | Self::PaymentFailed { .. }
            | Self::ServerSuspended { .. }
            | Self::SoonDeleted { .. }
            | Self::ServerDeleted { .. }
            | Self::ServerEnded { .. }
            | Self::ServerBack { .. }
            | Self::RoomAgain { .. }
            | Self::TicketReply { .. }
            | Self::SecurityNotice { .. } => None,
        }
    }

    /// As it travels, in the language of the task.
    ///
    /// # Errors
    /// A template failed.
    pub fn write(&self, sender: Sender<'_>) -> askama::Result<Written> {
        words::letter(self, sender.shop).write(sender)
    }
}

/// The letter to somebody who is to become staff. It goes to an address that has no account yet, so it is sent at once and not through
/// the outbox.
///
/// # Errors
/// A template failed.
pub fn invitation(sender: Sender<'_>, role: Role, inviter: &str, link: &str) -> askama::Result<Written> {
    words::invitation(sender.shop, role, inviter, link).write(sender)
}

/// The letter to somebody who looks after the shop: an alert, or the figures of a day.
///
/// # Errors
/// A template failed.
pub fn to_operator(sender: Sender<'_>, title: &str, text: &str, link: &str) -> askama::Result<Written> {
    words::to_operator(title, text, link).write(sender)
}

/// In whose name this shop writes.
pub fn sender(app: &App) -> Sender<'_> {
    let site = &app.config.site;
    Sender { shop: &site.name, support: &site.support_email, site: site.url.as_str(), brand: theme::brand() }
}

/// Puts a message into the outbox, in the transaction of its cause.
///
/// # Errors
/// The database did not answer.
pub async fn put(
    app: &App,
    db: &mut Db,
    message: &Message,
    to: &AccountId,
    (subject, cause): (&str, &str),
) -> Result<(), StoreError> {
    let id: MessageId = app.id();
    // Our own types always have a JSON form. Some hold a code or a link, so all of them wait sealed.
    let body = app.vault.seal(&app.random, &sealed_place(&id), &serde_json::to_vec(message).unwrap_or_default());
    let row = NewMessage { kind: message.kind(), subject, cause, recipient: to, body: &body };
    outbox::put(db, &id, &row, app.now()).await
}

/// Reads what waits in the outbox.
///
/// # Errors
/// It does not open, or makes no sense.
pub async fn unseal(app: &App, id: &MessageId, body: &str) -> anyhow::Result<Message> {
    let plain = app.vault.unseal_fresh(&app.store, &sealed_place(id), body, app.now()).await?;
    Ok(serde_json::from_slice(&plain)?)
}

fn sealed_place(id: &MessageId) -> String {
    format!("mail:{id}")
}

#[cfg(test)]
mod tests;

//! Mail: one folder per message. A message is a row in the outbox first (N1); the outbox work sends it.

mod notice;
mod send;
mod smtp;
pub mod standing;

pub use notice::Notice;
pub use send::{Hand, Mailer};

use crate::app::App;
use askama::Template;
use domain::ids::{AccountId, MessageId};
use domain::money::Money;
use domain::order::RefundReason;
use serde::{Deserialize, Serialize};
use standing::{PaymentFailed, ServerBack, ServerDeleted, ServerSuspended, SoonDeleted};
use store::outbox::{self, NewMessage};
use store::services::Service;
use store::{Db, StoreError};

/// Something that we write to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "message", content = "with")]
pub enum Message {
    /// The code that proves an address.
    VerifyEmail(VerifyEmail),
    /// The link that sets another password.
    ResetPassword(ResetPassword),
    /// Somebody signed up with an address that has an account.
    KnownAddress(KnownAddress),
    /// The money is here.
    PaymentReceived(PaymentReceived),
    /// The customer can play.
    ServerReady(ServerReady),
    /// The server cannot be delivered, the money goes back.
    Trouble(Trouble),
    /// The money went back.
    RefundMade(RefundMade),
    /// The panel does not show the server any more.
    ServerMissing(ServerMissing),
    /// A renewal could not be charged.
    PaymentFailed(PaymentFailed),
    /// The server cannot be started any more; its data stays.
    ServerSuspended(ServerSuspended),
    /// The data goes soon.
    SoonDeleted(SoonDeleted),
    /// The server and its data are gone.
    ServerDeleted(ServerDeleted),
    /// The server can be started again.
    ServerBack(ServerBack),
    /// Somebody signed in, or changed how one signs in.
    SecurityNotice(SecurityNotice),
}

/// The code that proves an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/verify_email/body.txt")]
pub struct VerifyEmail {
    /// The shop's name.
    pub shop: String,
    /// Six digits.
    pub code: String,
}

/// The link that sets another password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/reset_password/body.txt")]
pub struct ResetPassword {
    /// The shop's name.
    pub shop: String,
    /// Where to go.
    pub link: String,
}

/// Somebody signed up with an address that has an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/known_address/body.txt")]
pub struct KnownAddress {
    /// The shop's name.
    pub shop: String,
    /// Where to sign in.
    pub login: String,
    /// Where to set another password.
    pub reset: String,
}

/// The money is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/payment_received/body.txt")]
pub struct PaymentReceived {
    /// The shop's name.
    pub shop: String,
    /// How much.
    pub amount: String,
    /// What was bought.
    pub plan: String,
    /// What the server is called.
    pub server: String,
    /// Where to watch.
    pub link: String,
}

/// The customer can play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/server_ready/body.txt")]
pub struct ServerReady {
    /// The shop's name.
    pub shop: String,
    /// What the server is called.
    pub server: String,
    /// What players type.
    pub address: String,
    /// Whether the game itself answered.
    pub verified: bool,
    /// Where the panel is.
    pub panel: String,
    /// The login's name at the panel.
    pub username: String,
    /// Our page about the server.
    pub link: String,
}

/// The server cannot be delivered, the money goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/trouble/body.txt")]
pub struct Trouble {
    /// The shop's name.
    pub shop: String,
    /// What the server was to be called.
    pub server: String,
    /// What happened, in a sentence.
    pub what: String,
    /// How much goes back.
    pub amount: String,
    /// Our page about the order.
    pub link: String,
}

/// The money went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/refund_made/body.txt")]
pub struct RefundMade {
    /// The shop's name.
    pub shop: String,
    /// How much.
    pub amount: String,
    /// Our page about the order.
    pub link: String,
}

/// The panel does not show the server any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/server_missing/body.txt")]
pub struct ServerMissing {
    /// The shop's name.
    pub shop: String,
    /// What the server is called.
    pub server: String,
    /// Our page about the server.
    pub link: String,
}

/// Somebody signed in, or changed how one signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/security_notice/body.txt")]
pub struct SecurityNotice {
    /// The shop's name.
    pub shop: String,
    /// What happened.
    pub what: Notice,
    /// When, in words.
    pub when: String,
    /// With what browser.
    pub browser: String,
    /// From what address.
    pub address: String,
    /// Where to set another password.
    pub reset: String,
    /// Where sign-ins and second factors are shown.
    pub security: String,
}

/// Somebody is to become staff. Goes to an address that has no account yet, so it is sent at once and not through the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "mail/invitation/body.txt")]
pub struct Invitation {
    /// The shop's name.
    pub shop: String,
    /// What they become.
    pub role: &'static str,
    /// Who invites.
    pub inviter: String,
    /// Where to accept.
    pub link: String,
}

impl Message {
    /// The word in rows.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::VerifyEmail(_) => "verify_email",
            Self::ResetPassword(_) => "reset_password",
            Self::KnownAddress(_) => "known_address",
            Self::PaymentReceived(_) => "payment_received",
            Self::ServerReady(_) => "server_ready",
            Self::Trouble(_) => "trouble",
            Self::RefundMade(_) => "refund_made",
            Self::ServerMissing(_) => "server_missing",
            Self::PaymentFailed(_) => "payment_failed",
            Self::ServerSuspended(_) => "server_suspended",
            Self::SoonDeleted(_) => "soon_deleted",
            Self::ServerDeleted(_) => "server_deleted",
            Self::ServerBack(_) => "server_back",
            Self::SecurityNotice(_) => "security_notice",
        }
    }

    /// Subject and text.
    ///
    /// # Errors
    /// The template failed.
    pub fn render(&self) -> askama::Result<(String, String)> {
        let text = match self {
            Self::VerifyEmail(with) => with.render(),
            Self::ResetPassword(with) => with.render(),
            Self::KnownAddress(with) => with.render(),
            Self::PaymentReceived(with) => with.render(),
            Self::ServerReady(with) => with.render(),
            Self::Trouble(with) => with.render(),
            Self::RefundMade(with) => with.render(),
            Self::ServerMissing(with) => with.render(),
            Self::PaymentFailed(with) => with.render(),
            Self::ServerSuspended(with) => with.render(),
            Self::SoonDeleted(with) => with.render(),
            Self::ServerDeleted(with) => with.render(),
            Self::ServerBack(with) => with.render(),
            Self::SecurityNotice(with) => with.render(),
        }?;
        Ok(split(&text))
    }
}

impl Invitation {
    /// Subject and text.
    ///
    /// # Errors
    /// The template failed.
    pub fn subject_and_text(&self) -> askama::Result<(String, String)> {
        Ok(split(&self.render()?))
    }
}

/// The first line of a template is its subject.
fn split(text: &str) -> (String, String) {
    let (subject, body) = text.split_once('\n').unwrap_or((text, ""));
    let subject: String = subject.chars().filter(|c| !c.is_control()).collect();
    (subject, body.trim_start().to_owned())
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

/// Tells the owner of an account that somebody signed in, or changed how one signs in.
///
/// # Errors
/// The database did not answer.
pub async fn security_notice(
    app: &App,
    db: &mut Db,
    to: &AccountId,
    what: Notice,
    (browser, address): (String, String),
    cause: &str,
) -> Result<(), StoreError> {
    let message = Message::SecurityNotice(SecurityNotice {
        shop: app.config.site.name.clone(),
        what,
        when: app.now().strftime("%-d %B %Y, %H:%M UTC").to_string(),
        browser,
        address,
        reset: app.site_url("/reset"),
        security: app.site_url("/account/security"),
    });
    put(app, db, &message, to, (to.as_str(), cause)).await
}

/// Tells that the money is here.
///
/// # Errors
/// The database did not answer.
pub async fn payment_received(app: &App, db: &mut Db, service: &Service, amount: Money) -> Result<(), StoreError> {
    let message = Message::PaymentReceived(PaymentReceived {
        shop: app.config.site.name.clone(),
        amount: amount.to_string(),
        plan: service.spec.label.clone(),
        server: service.name.clone(),
        link: app.site_url(&format!("/orders/{}", service.order)),
    });
    put(app, db, &message, &service.customer, (service.order.as_str(), "payment")).await
}

/// Tells that the customer can play.
///
/// # Errors
/// The database did not answer.
pub async fn server_ready(
    app: &App,
    db: &mut Db,
    service: &Service,
    username: &str,
    verified: bool,
) -> Result<(), StoreError> {
    let message = Message::ServerReady(ServerReady {
        shop: app.config.site.name.clone(),
        server: service.name.clone(),
        address: service.address.clone().unwrap_or_default(),
        verified,
        panel: app.config.panel.public_url.to_string(),
        username: username.to_owned(),
        link: app.site_url(&format!("/servers/{}", service.id)),
    });
    put(app, db, &message, &service.customer, (service.id.as_str(), "fulfilled")).await
}

/// Tells that the money goes back.
///
/// # Errors
/// The database did not answer.
pub async fn trouble(
    app: &App,
    db: &mut Db,
    to: &AccountId,
    (order, server): (&str, &str),
    reason: RefundReason,
    amount: Money,
) -> Result<(), StoreError> {
    let message = Message::Trouble(Trouble {
        shop: app.config.site.name.clone(),
        server: server.to_owned(),
        what: reason_in_words(reason).to_owned(),
        amount: amount.to_string(),
        link: app.site_url(&format!("/orders/{order}")),
    });
    put(app, db, &message, to, (order, reason.key())).await
}

/// Tells that the money went back.
///
/// # Errors
/// The database did not answer.
pub async fn refund_made(
    app: &App,
    db: &mut Db,
    to: &AccountId,
    (order, cause): (&str, &str),
    amount: Money,
) -> Result<(), StoreError> {
    let message = Message::RefundMade(RefundMade {
        shop: app.config.site.name.clone(),
        amount: amount.to_string(),
        link: app.site_url(&format!("/orders/{order}")),
    });
    put(app, db, &message, to, (order, cause)).await
}

/// Tells that the panel does not show a server any more; once for each time that it was noticed.
///
/// # Errors
/// The database did not answer.
pub async fn server_missing(app: &App, db: &mut Db, service: &Service) -> Result<(), StoreError> {
    let message = Message::ServerMissing(ServerMissing {
        shop: app.config.site.name.clone(),
        server: service.name.clone(),
        link: app.site_url(&format!("/servers/{}", service.id)),
    });
    let noticed = app.now().as_second().to_string();
    put(app, db, &message, &service.customer, (service.id.as_str(), &noticed)).await
}

/// Why money goes back, as the customer reads it.
pub fn reason_in_words(reason: RefundReason) -> &'static str {
    match reason {
        RefundReason::CannotBeDelivered => "We could not get your server running, on any of our machines.",
        RefundReason::ServerVanished => "Your server disappeared while it was being set up.",
        RefundReason::PaidAfterExpiry => {
            "Your payment arrived after your place had been given up, and there is no room left."
        }
        RefundReason::PaidTwice => "The same order was paid twice.",
        RefundReason::ChargedAfterEnd => "You were charged once more after your server had ended.",
        RefundReason::NotAsOrdered => "What was charged is not what you had ordered, so we did not start.",
        RefundReason::Cancelled => "The order was cancelled before the server was ready.",
    }
}

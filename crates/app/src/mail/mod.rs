//! Mail: one folder per message. A message is a row in the outbox first (N1); the outbox work sends it.

mod send;
mod smtp;

pub use send::Mailer;

use crate::app::App;
use askama::Template;
use domain::ids::{AccountId, MessageId};
use domain::money::Money;
use domain::order::RefundReason;
use serde::{Deserialize, Serialize};
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

/// What an owner of an account should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A browser that was not known.
    SignIn,
    /// Another password.
    PasswordChanged,
    /// Another password, by a link from the mail.
    PasswordReset,
    /// The password was right, and the second factor was guessed at.
    FactorGuessed,
    /// A copy of all data.
    DataCopied,
    /// A request to erase everything.
    ErasureAsked,
    /// An app for codes.
    AppAdded,
    /// No app for codes any more.
    AppRemoved,
    /// A passkey more.
    PasskeyAdded,
    /// A passkey less.
    PasskeyRemoved,
    /// One of the codes on paper.
    RecoveryCodeUsed,
    /// New codes on paper.
    RecoveryCodesMade,
    /// A key for programs.
    ApiKeyMade,
    /// Another role at the shop.
    RoleChanged,
}

impl Notice {
    /// The word in the audit log.
    pub fn key(self) -> &'static str {
        match self {
            Self::SignIn => "account.sign-in",
            Self::PasswordChanged => "account.password",
            Self::PasswordReset => "account.reset",
            Self::FactorGuessed => "account.factor-guessed",
            Self::DataCopied => "account.export",
            Self::ErasureAsked => "account.erasure-asked",
            Self::AppAdded => "account.app-added",
            Self::AppRemoved => "account.app-removed",
            Self::PasskeyAdded => "account.passkey-added",
            Self::PasskeyRemoved => "account.passkey-removed",
            Self::RecoveryCodeUsed => "account.recovery-code",
            Self::RecoveryCodesMade => "account.recovery-codes",
            Self::ApiKeyMade => "account.api-key",
            Self::RoleChanged => "account.role",
        }
    }

    /// The mail's subject.
    pub fn subject(self) -> &'static str {
        match self {
            Self::SignIn => "New sign-in to your account",
            Self::PasswordChanged => "Your password was changed",
            Self::PasswordReset => "Your password was set anew",
            Self::FactorGuessed => "Somebody knows your password",
            Self::DataCopied => "A copy of your data was made",
            Self::ErasureAsked => "Your data is to be erased",
            Self::AppAdded => "Codes of an app were switched on",
            Self::AppRemoved => "Codes of an app were switched off",
            Self::PasskeyAdded => "A passkey was added to your account",
            Self::PasskeyRemoved => "A passkey was removed from your account",
            Self::RecoveryCodeUsed => "A recovery code was used",
            Self::RecoveryCodesMade => "New recovery codes were made",
            Self::ApiKeyMade => "An API key was made",
            Self::RoleChanged => "Your role was changed",
        }
    }

    /// What happened, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::SignIn => "somebody signed in to your account with a browser that we had not seen there before.",
            Self::PasswordChanged => "the password of your account was changed, and all other sign-ins were ended.",
            Self::PasswordReset => {
                "the password of your account was set anew with a link from your mail. All sign-ins and API keys were ended. Look at your \
                 passkeys: remove what is not yours."
            }
            Self::FactorGuessed => {
                "somebody signed in with your password and then guessed at your second factor, and has to wait now. If it was not you, set a \
                 new password."
            }
            Self::DataCopied => "a copy of everything that we store about you was downloaded.",
            Self::ErasureAsked => {
                "somebody who was signed in asked us to erase your account. Write to us at once if it was not you."
            }
            Self::AppAdded => "from now on, signing in asks for a code of your app.",
            Self::AppRemoved => "signing in does not ask for a code of your app any more.",
            Self::PasskeyAdded => "a passkey was added: with it alone one can sign in.",
            Self::PasskeyRemoved => "a passkey was removed: one cannot sign in with it any more.",
            Self::RecoveryCodeUsed => {
                "one of your recovery codes was used instead of your second factor. It is of no use any more."
            }
            Self::RecoveryCodesMade => "new recovery codes were made. The earlier ones are of no use any more.",
            Self::ApiKeyMade => "a key was made with which programs can act for your account.",
            Self::RoleChanged => "what you may do at the shop was changed, and your sign-ins were ended.",
        }
    }
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
        RefundReason::Cancelled => "The order was cancelled before the server was ready.",
    }
}

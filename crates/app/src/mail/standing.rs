//! What customers are told about paying and not paying.

use super::{Message, put};
use crate::app::App;
use askama::Template;
use domain::standing::{Suspension, Why};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::services::Service;
use store::{Db, StoreError};

/// A renewal could not be charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/payment_failed/body.txt")]
pub struct PaymentFailed {
    /// What the server is called.
    pub server: String,
    /// Stripe's page where the open bill can be paid, while there is one.
    pub pay: Option<String>,
    /// Until when the server runs on.
    pub suspend_on: String,
    /// Our page about the server.
    pub link: String,
}

/// The server cannot be started any more; its data stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/server_suspended/body.txt")]
pub struct ServerSuspended {
    /// What the server is called.
    pub server: String,
    /// Why, in a sentence.
    pub reason: String,
    /// Until when the data stays at least.
    pub delete_on: Option<String>,
    /// What to do.
    pub advice: String,
    /// Our page about the server.
    pub link: String,
    /// Where to ask.
    pub support: String,
}

/// The data goes soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/soon_deleted/body.txt")]
pub struct SoonDeleted {
    /// What the server is called.
    pub server: String,
    /// Why it is suspended, in a sentence.
    pub reason: String,
    /// When the data goes.
    pub date: String,
    /// What to do.
    pub advice: String,
    /// Our page about the server.
    pub link: String,
    /// Where to ask.
    pub support: String,
}

/// The server and its data are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/server_deleted/body.txt")]
pub struct ServerDeleted {
    /// What the server was called.
    pub server: String,
    /// Where others can be bought.
    pub shop_link: String,
}

/// The server can be started again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Template)]
#[template(path = "mail/server_back/body.txt")]
pub struct ServerBack {
    /// What the server is called.
    pub server: String,
    /// Where the panel is.
    pub panel: String,
    /// Our page about the server.
    pub link: String,
}

/// Why a server is suspended, as the customer reads it.
pub fn reason_in_words(why: Why) -> &'static str {
    match why {
        Why::NotPaid => "its renewal was not paid.",
        Why::Paused => "its subscription is paused.",
        Why::Ended => "its subscription has ended, and so has the time that was paid for.",
        Why::Disputed => "your bank took a payment for it back, and has not decided yet.",
        Why::DisputeLost => "your bank took a payment for it back for good.",
    }
}

/// What its customer can do about it.
pub fn advice(why: Why) -> &'static str {
    match why {
        Why::NotPaid => {
            "pay the open bill: \"Bills, card and subscription\" on your server's page leads there. The server comes back by itself a few \
             minutes later."
        }
        Why::Paused => "resume the subscription, or ask us to. The server comes back by itself then.",
        Why::Ended => "write to us before that date: we help you to keep it, or to take your data with you.",
        Why::Disputed => {
            "if you did not mean to dispute it, tell your bank so, and write to us. When the bank decides that the payment stands, the server \
             comes back by itself."
        }
        Why::DisputeLost => {
            "write to us before that date: we help you to pay in another way, or to take your data with you."
        }
    }
}

/// A date with its hour, as mails carry it.
fn date(at: Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

fn page(app: &App, service: &Service) -> String {
    app.site_url(&format!("/servers/{}", service.id))
}

/// What makes a message about this moment one message.
pub fn cause(at: Timestamp) -> String {
    at.as_microsecond().to_string()
}

/// Tells that a renewal could not be charged; once for each time that a subscription fell behind.
///
/// # Errors
/// The database did not answer.
pub async fn payment_failed(
    app: &App,
    db: &mut Db,
    service: &Service,
    since: Timestamp,
    pay: Option<String>,
) -> Result<(), StoreError> {
    let message = Message::PaymentFailed(PaymentFailed {
        server: service.name.clone(),
        pay,
        suspend_on: date(since + service.standing.policy.grace),
        link: page(app, service),
    });
    put(app, db, &message, &service.customer, (service.id.as_str(), &cause(since))).await
}

/// Tells that the server is suspended; once more when it gets a date that it did not have.
///
/// # Errors
/// The database did not answer.
pub async fn server_suspended(
    app: &App,
    db: &mut Db,
    service: &Service,
    suspension: &Suspension,
) -> Result<(), StoreError> {
    let message = Message::ServerSuspended(ServerSuspended {
        server: service.name.clone(),
        reason: reason_in_words(suspension.why).to_owned(),
        delete_on: suspension.delete_on.map(date),
        advice: advice(suspension.why).to_owned(),
        link: page(app, service),
        support: app.config.site.support_email.clone(),
    });
    let cause = format!("{}:{}", cause(suspension.at), suspension.why.key());
    put(app, db, &message, &service.customer, (service.id.as_str(), &cause)).await
}

/// Tells when the data goes; once per suspension and date.
///
/// # Errors
/// The database did not answer.
pub async fn soon_deleted(
    app: &App,
    db: &mut Db,
    service: &Service,
    why: Why,
    on: Timestamp,
) -> Result<(), StoreError> {
    let message = Message::SoonDeleted(SoonDeleted {
        server: service.name.clone(),
        reason: reason_in_words(why).to_owned(),
        date: date(on),
        advice: advice(why).to_owned(),
        link: page(app, service),
        support: app.config.site.support_email.clone(),
    });
    put(app, db, &message, &service.customer, (service.id.as_str(), &cause(on))).await
}

/// Tells that the server and its data are gone.
///
/// # Errors
/// The database did not answer.
pub async fn server_deleted(app: &App, db: &mut Db, service: &Service) -> Result<(), StoreError> {
    let message =
        Message::ServerDeleted(ServerDeleted { server: service.name.clone(), shop_link: app.site_url("/games") });
    put(app, db, &message, &service.customer, (service.id.as_str(), "deleted")).await
}

/// Tells that the server can be started again; once per suspension.
///
/// # Errors
/// The database did not answer.
pub async fn server_back(app: &App, db: &mut Db, service: &Service, suspended: Timestamp) -> Result<(), StoreError> {
    let message = Message::ServerBack(ServerBack {
        server: service.name.clone(),
        panel: app.config.panel.public_url.to_string(),
        link: page(app, service),
    });
    put(app, db, &message, &service.customer, (service.id.as_str(), &cause(suspended))).await
}

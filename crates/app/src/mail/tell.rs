//! Puts a message into the outbox for each thing that happened.

use super::{Message, Notice, put};
use crate::app::App;
use domain::ids::AccountId;
use domain::money::Money;
use domain::refund::{RefundReason, RefundWay};
use domain::standing::{Suspension, Why};
use jiff::Timestamp;
use store::accounts::Account;
use store::refunds::Refund;
use store::services::Service;
use store::tickets::{Message as TicketMessage, Ticket};
use store::waiting_list::Wish;
use store::{Db, StoreError};

fn page(app: &App, service: &Service) -> String {
    app.site_url(&format!("/servers/{}", service.id))
}

/// What makes a message about this moment one message.
pub fn cause(at: Timestamp) -> String {
    at.as_microsecond().to_string()
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
    let message = Message::SecurityNotice {
        what,
        at: app.now(),
        browser,
        address,
        reset: app.site_url("/reset"),
        security: app.site_url("/account/security"),
    };
    put(app, db, &message, to, (to.as_str(), cause)).await
}

/// Tells somebody new what to do next.
///
/// # Errors
/// The database did not answer.
pub async fn welcome(app: &App, db: &mut Db, to: &AccountId) -> Result<(), StoreError> {
    let message = Message::Welcome { games: app.site_url("/games"), security: app.site_url("/account/security") };
    put(app, db, &message, to, (to.as_str(), "welcome")).await
}

/// Tells the mailbox that an account had until now that it has another one.
///
/// # Errors
/// The database did not answer.
pub async fn address_changed(
    app: &App,
    db: &mut Db,
    before: &Account,
    (browser, address): (String, String),
) -> Result<(), StoreError> {
    let message = Message::AddressChanged { before: before.email.clone(), at: app.now(), browser, address };
    put(app, db, &message, &before.id, (before.id.as_str(), &cause(app.now()))).await
}

/// Tells that the money is here.
///
/// # Errors
/// The database did not answer.
pub async fn payment_received(app: &App, db: &mut Db, service: &Service, amount: Money) -> Result<(), StoreError> {
    let message = Message::PaymentReceived {
        amount,
        plan: service.spec.label.clone(),
        server: service.name.clone(),
        link: app.site_url(&format!("/orders/{}", service.order)),
    };
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
    let message = Message::ServerReady {
        server: service.name.clone(),
        address: service.address.clone().unwrap_or_default(),
        verified,
        panel: app.config.panel.public_url.to_string(),
        username: username.to_owned(),
        link: page(app, service),
    };
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
    let link = app.site_url(&format!("/orders/{order}"));
    let message = Message::Trouble { server: server.to_owned(), reason, amount, link };
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
    way: RefundWay,
) -> Result<(), StoreError> {
    let message = Message::RefundMade { amount, way, link: app.site_url(&format!("/orders/{order}")) };
    put(app, db, &message, to, (order, cause)).await
}

/// Tells that a refund which had failed was paid in another way.
///
/// # Errors
/// The database did not answer.
pub async fn paid_otherwise(
    app: &App,
    db: &mut Db,
    to: &AccountId,
    refund: &Refund,
    amount: Money,
) -> Result<(), StoreError> {
    let cause = format!("{}{AFTER_FAILURE}", refund.id);
    refund_made(app, db, to, (refund.order.as_str(), &cause), amount, RefundWay::Otherwise).await
}

/// Ends the cause of a letter about a refund that was told of before and failed since.
pub(super) const AFTER_FAILURE: &str = ":otherwise";

/// Tells that the panel does not show a server any more; once for each time that it was noticed.
///
/// # Errors
/// The database did not answer.
pub async fn server_missing(app: &App, db: &mut Db, service: &Service) -> Result<(), StoreError> {
    let message = Message::ServerMissing { server: service.name.clone(), link: page(app, service) };
    let noticed = app.now().as_second().to_string();
    put(app, db, &message, &service.customer, (service.id.as_str(), &noticed)).await
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
    let message = Message::PaymentFailed {
        server: service.name.clone(),
        pay,
        suspend_on: service.standing.suspends_on(since),
        link: page(app, service),
    };
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
    let message = Message::ServerSuspended {
        server: service.name.clone(),
        why: suspension.why,
        delete_on: suspension.delete_on,
        link: page(app, service),
    };
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
    let message = Message::SoonDeleted { server: service.name.clone(), why, on, link: page(app, service) };
    put(app, db, &message, &service.customer, (service.id.as_str(), &cause(on))).await
}

/// Tells that the server and its data are gone.
///
/// # Errors
/// The database did not answer.
pub async fn server_deleted(app: &App, db: &mut Db, service: &Service) -> Result<(), StoreError> {
    let message = Message::ServerDeleted { server: service.name.clone(), games: app.site_url("/games") };
    put(app, db, &message, &service.customer, (service.id.as_str(), "deleted")).await
}

/// Tells that the server and its data are gone, as was asked for.
///
/// # Errors
/// The database did not answer.
pub async fn server_ended(app: &App, db: &mut Db, service: &Service) -> Result<(), StoreError> {
    let message = Message::ServerEnded { server: service.name.clone(), games: app.site_url("/games") };
    put(app, db, &message, &service.customer, (service.id.as_str(), "ended")).await
}

/// Tells that the server can be started again; once per suspension.
///
/// # Errors
/// The database did not answer.
pub async fn server_back(app: &App, db: &mut Db, service: &Service, suspended: Timestamp) -> Result<(), StoreError> {
    let message = Message::ServerBack {
        server: service.name.clone(),
        panel: app.config.panel.public_url.to_string(),
        link: page(app, service),
    };
    put(app, db, &message, &service.customer, (service.id.as_str(), &cause(suspended))).await
}

/// Tells that there is room for what somebody waits for; once for each time that they began to wait.
///
/// # Errors
/// The database did not answer.
pub async fn room_again(app: &App, db: &mut Db, wish: &Wish) -> Result<(), StoreError> {
    let plan = app.catalogue.find_plan(wish.plan.as_str());
    let game = plan.and_then(|plan| app.catalogue.find_game(plan.game.as_str()));
    // What is not in the catalogue any more is not sold, so nobody is told about it.
    let (Some(plan), Some(game)) = (plan, game) else { return Ok(()) };
    let region = app.catalogue.find_region(wish.region.as_str());
    let message = Message::RoomAgain {
        plan: format!("{} {}", game.name, plan.label()),
        region: region.map_or_else(|| wish.region.to_string(), |region| region.name.clone()),
        link: app.site_url(&format!("/games/{}?plan={}", plan.game, plan.key)),
    };
    let subject = format!("{}:{}:{}", wish.account, wish.plan, wish.region);
    put(app, db, &message, &wish.account, (&subject, &cause(wish.created_at))).await
}

/// Tells the owner of a ticket what staff answered; once per answer.
///
/// # Errors
/// The database did not answer.
pub async fn ticket_reply(app: &App, db: &mut Db, ticket: &Ticket, reply: &TicketMessage) -> Result<(), StoreError> {
    let message = Message::TicketReply {
        subject: ticket.subject.clone(),
        text: reply.text.clone(),
        link: app.site_url(&format!("/support/tickets/{}", ticket.id)),
    };
    put(app, db, &message, &ticket.account, (ticket.id.as_str(), reply.id.as_str())).await
}

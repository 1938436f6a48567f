//! Asking for the erasure of a customer: what stands in its way, what it removes and what has to stay.
//!
//! A request is a row; `work::erasures` carries it out as soon as nothing stands any more: the subscription ends first (M10), then
//! the server goes, then the data.

use crate::app::App;
use domain::ids::{AccountId, OrderId, ServiceId};
use domain::order::OrderState;
use serde_json::json;
use std::fmt;
use store::accounts::Account;
use store::{
    Db, StoreError, accounts, api_keys, audit, erasures, orders, personal, pseudonyms, refunds, services, sessions,
};

/// What an erasure removes: names of texts.
pub const REMOVED: [&str; 7] = [
    "erasure-removes-account",
    "erasure-removes-sign-ins",
    "erasure-removes-servers",
    "erasure-removes-messages",
    "erasure-removes-tickets",
    "erasure-removes-login",
    "erasure-removes-stripe",
];

/// What an erasure leaves, and why: names of texts.
pub const KEPT: [(&str, &str); 4] = [
    ("erasure-keeps-orders", "erasure-keeps-orders-why"),
    ("erasure-keeps-consents", "erasure-keeps-consents-why"),
    ("erasure-keeps-audit", "erasure-keeps-audit-why"),
    ("erasure-keeps-stripe", "erasure-keeps-stripe-why"),
];

/// What has to end before a customer's data can go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A payment page is open, or a delivery is under way.
    Order(OrderId),
    /// A server stands, and a subscription pays for it.
    Server(ServiceId),
    /// A bank still carries money to us.
    Payment(OrderId),
    /// Money is on its way back.
    Refund(OrderId),
    /// Messages are on their way.
    Messages(i64),
}

impl Obstacle {
    /// Whether it is over by itself, soon; the others end only if the person agrees.
    pub fn passes(&self) -> bool {
        match self {
            Self::Order(_) | Self::Server(_) => false,
            Self::Payment(_) | Self::Refund(_) | Self::Messages(_) => true,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(order) => write!(f, "order {order} is open"),
            Self::Server(service) => write!(f, "server {service} stands, and its subscription runs"),
            Self::Payment(order) => write!(f, "the payment of order {order} is on its way"),
            Self::Refund(order) => write!(f, "money of order {order} is on its way back"),
            Self::Messages(1) => write!(f, "a message is being sent"),
            Self::Messages(count) => write!(f, "{count} messages are being sent"),
        }
    }
}

/// What stands in the way of an erasure.
///
/// # Errors
/// The database did not answer.
pub async fn obstacles(db: &mut Db, account: &AccountId) -> Result<Vec<Obstacle>, StoreError> {
    let mut found = Vec::new();
    for id in personal::list_orders_standing(db, account).await? {
        let Some(purchase) = orders::find(db, &id).await? else { continue };
        match purchase.order.state {
            OrderState::Reserved { .. } | OrderState::CheckoutOpen { .. } | OrderState::Paid { .. } => {
                found.push(Obstacle::Order(id));
                continue;
            }
            OrderState::Settling { .. } => found.push(Obstacle::Payment(id.clone())),
            OrderState::RefundDue { .. } => found.push(Obstacle::Refund(id.clone())),
            OrderState::Expired { .. } | OrderState::Fulfilled { .. } | OrderState::Refunded { .. } => {
                let refunds = refunds::list_of_order(db, &id).await?;
                if refunds.iter().any(|refund| refund.done_at.is_none()) {
                    found.push(Obstacle::Refund(id.clone()));
                }
            }
        }
        let service = services::find_by_order(db, &id).await?;
        found.extend(service.filter(|one| one.terminated_at.is_none()).map(|one| Obstacle::Server(one.id)));
    }
    match pseudonyms::count_unsent(db, account).await? {
        0 => {}
        waiting => found.push(Obstacle::Messages(waiting)),
    }
    Ok(found)
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is written down, and begins when these are over.
    Accepted(Vec<Obstacle>),
    /// These have to end first, and nobody agreed to that.
    Standing(Vec<Obstacle>),
    /// The account runs the shop: `givr admin` and the owner decide about it.
    Staff,
}

/// Asks for the erasure of a customer. Sign-ins end at once.
///
/// # Errors
/// The database did not answer.
pub async fn request(app: &App, account: &Account, end_servers: bool, by: &str) -> Result<Answer, StoreError> {
    if account.role.is_staff() {
        return Ok(Answer::Staff);
    }
    let (id, now) = (&account.id, app.now());
    let mut tx = app.store.begin().await?;
    // Looked at again under the row's lock: nobody becomes staff in between.
    if accounts::lock(&mut tx, id).await?.is_none_or(|account| account.role.is_staff()) {
        return Ok(Answer::Staff);
    }
    let standing = obstacles(&mut tx, id).await?;
    if !end_servers && standing.iter().any(|obstacle| !obstacle.passes()) {
        return Ok(Answer::Standing(standing));
    }
    erasures::request(&mut tx, id, end_servers, now).await?;
    sessions::revoke_all(&mut tx, id, now).await?;
    api_keys::revoke_all(&mut tx, id, now).await?;
    let detail = json!({"end_servers": end_servers});
    audit::record(&mut tx, &app.id(), by, "customer.erase-request", id.as_str(), &detail, now).await?;
    tx.commit().await?;
    app.nudge();
    Ok(Answer::Accepted(standing))
}

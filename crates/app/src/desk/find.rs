//! Finds things by whatever somebody has in hand: an id of ours, of Stripe's or of the panel's, a mailbox, an address of a server.

use crate::app::App;
use domain::access::Role;
use domain::ids::{AccountId, AlertId, OrderId, ServiceId, TicketId};
use store::accounts::Account;
use store::{StoreError, accounts, finding};

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is: order, alert, event, ticket, customer.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

/// As many as anybody looks through.
const MOST: i64 = 20;

/// What this text names. Each shape of a text is looked for in its own place; customers' mailboxes only for those who may see customers.
///
/// # Errors
/// The database did not answer.
pub async fn find(app: &App, text: &str, sees_customers: bool) -> Result<Vec<Hit>, StoreError> {
    let text = text.trim();
    let mut db = app.store.read().await?;
    if let Ok(id) = AlertId::parse(text) {
        let found = store::alerts::find(&mut db, &id).await?;
        return Ok(found.map(|alert| Hit { kind: "alert", id: alert.id.to_string() }).into_iter().collect());
    }
    if let Ok(id) = TicketId::parse(text) {
        let found = store::tickets::find(&mut db, &id).await?.filter(|_| sees_customers);
        return Ok(found.map(|ticket| Hit { kind: "ticket", id: ticket.id.to_string() }).into_iter().collect());
    }
    if let Ok(id) = AccountId::parse(text) {
        let found = accounts::find(&mut db, &id).await?.filter(|_| sees_customers);
        return Ok(found.and_then(customer).into_iter().collect());
    }
    if text.starts_with("evt_") {
        let found = store::events::find(&mut db, text).await?;
        return Ok(found.map(|event| Hit { kind: "event", id: event.id }).into_iter().collect());
    }
    let orders = if OrderId::parse(text).is_ok() {
        finding::by_order(&mut db, text).await?
    } else if ServiceId::parse(text).is_ok() {
        finding::by_service(&mut db, text).await?
    } else if text.contains('@') {
        if !sees_customers {
            return Ok(Vec::new());
        }
        let orders = finding::by_email(&mut db, text, MOST).await?;
        if orders.len() != 1 {
            // Which of them is meant, if any, the customer's own page shows.
            let found = accounts::find_by_email(&mut db, text).await?;
            return Ok(found.and_then(customer).into_iter().collect());
        }
        orders
    } else if text.starts_with("sub_") {
        finding::by_subscription(&mut db, text).await?
    } else if text.starts_with("cs_") {
        finding::by_session(&mut db, text).await?
    } else if text.starts_with("pi_")
        || text.starts_with("ch_")
        || text.starts_with("re_")
        || text.starts_with("dp_")
        || text.starts_with("du_")
    {
        finding::by_charge(&mut db, text, MOST).await?
    } else if let Some((host, port)) =
        text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)))
    {
        finding::by_address(&mut db, host, port, MOST).await?
    } else {
        // A short name of a server may have digits only.
        let mut found = match text.parse() {
            Ok(number) => finding::by_server_number(&mut db, number).await?,
            Err(_) => Vec::new(),
        };
        if found.is_empty() {
            found = finding::by_server(&mut db, text, MOST).await?;
        }
        found
    };
    Ok(orders.into_iter().map(|id| Hit { kind: "order", id }).collect())
}

/// The page of a customer. Staff have none.
fn customer(account: Account) -> Option<Hit> {
    (account.role == Role::Customer).then(|| Hit { kind: "customer", id: account.id.to_string() })
}

//! Whether what Stripe says is for this installation (M8), and whether a payment is what was ordered (M3).

use crate::app::App;
use crate::sales::evidence::{Evidence, Page};
use domain::freeze::Reach;
use std::collections::BTreeSet;
use store::orders::{self, Purchase};
use store::{Db, StoreError, accounts, freezes};

/// Why an object is not for this installation, if it is not (M8).
pub(super) fn foreign(app: &App, installation: Option<&str>, live: bool) -> Option<String> {
    let ours_live = app.stripe.mode() == billing::Mode::Live;
    match installation {
        _ if live != ours_live => {
            let (theirs, ours) = if live { ("live", "test") } else { ("test", "live") };
            Some(format!("The object is of {theirs} mode, this shop runs in {ours} mode. Nothing was changed."))
        }
        Some(id) if id == app.installation.id => None,
        Some(_) => Some("The object belongs to another installation. Nothing was changed.".to_owned()),
        None => Some("The object names no installation. Nothing was changed.".to_owned()),
    }
}

/// What of a payment does not fit its order, if anything (M3): amount, currency, prices, buyer.
pub(super) async fn mismatch(
    db: &mut Db,
    purchase: &Purchase,
    evidence: &Evidence,
) -> Result<Option<String>, StoreError> {
    let price = purchase.order.price;
    if evidence.subtotal.currency != price.currency {
        return Ok(Some(format!("{} was charged instead of {price}", evidence.subtotal)));
    }
    if evidence.subtotal != price {
        return Ok(Some(format!("the bill came to {} instead of {price}", evidence.subtotal)));
    }
    let expected: BTreeSet<&str> = purchase.snapshot.lines.iter().map(|line| line.price_id.as_str()).collect();
    let billed: BTreeSet<&str> = evidence.prices.iter().map(String::as_str).collect();
    if expected != billed {
        return Ok(Some("other prices were billed than those of the order".to_owned()));
    }
    let buyer = accounts::find(db, &purchase.order.customer).await?.and_then(|account| account.stripe_customer);
    if evidence.customer != buyer {
        return Ok(Some("another customer of Stripe's paid".to_owned()));
    }
    Ok(None)
}

/// Whether a payment page was opened by this installation, in this mode.
pub fn is_ours(app: &App, page: &Page) -> bool {
    foreign(app, page.claim.installation.as_deref(), page.live).is_none()
}

/// Whether a bill is surely this installation's by its marks, in this mode, and is for an order that does not exist here: its subscription
/// charges somebody who gets nothing for it. After a restore nothing is sure: orders that were made since the backup are missing.
///
/// # Errors
/// The database did not answer.
pub async fn is_ours_without_order(app: &App, evidence: &Evidence) -> anyhow::Result<bool> {
    let Some(order) = &evidence.claim.order else { return Ok(false) };
    if foreign(app, evidence.claim.installation.as_deref(), evidence.live).is_some() {
        return Ok(false);
    }
    let mut db = app.store.read().await?;
    let restored = freezes::list_past(&mut db).await?.iter().any(|past| past.reason.reach() == Reach::Outside);
    Ok(!restored && orders::find(&mut db, order).await?.is_none())
}

//! Ending a subscription, and being sure of it.

use crate::app::App;
use billing::{StripeError, SubscriptionStatus};
use store::{Db, StoreError, services};

/// Ends a subscription if it has not ended, and says whether Stripe confirms that it has.
///
/// # Errors
/// Stripe did not answer: nothing is known, try again.
pub(super) async fn end(app: &App, subscription: &str) -> Result<bool, StripeError> {
    let seen = app.stripe.load_subscription(subscription).await?;
    if !seen.is_live_contract() {
        return Ok(true);
    }
    match app.stripe.cancel_subscription(subscription).await {
        Ok(_) => {}
        // Somebody else was faster.
        Err(error) if error.is_missing() => {}
        Err(error) => return Err(error),
    }
    // What the answer said is not enough: the read is the confirmation.
    Ok(!app.stripe.load_subscription(subscription).await?.is_live_contract())
}

/// Reads a subscription and writes down what Stripe says about it.
///
/// # Errors
/// Stripe or the database did not answer.
pub(super) async fn refresh(app: &App, subscription: &str) -> anyhow::Result<billing::Subscription> {
    let seen = app.stripe.load_subscription(subscription).await?;
    let mut tx = app.store.begin().await?;
    services::set_subscription(&mut tx, subscription, word(&seen.status), seen.period_end(), seen.scheduled_end())
        .await?;
    tx.commit().await?;
    Ok(seen)
}

/// Writes down that a subscription has ended.
///
/// # Errors
/// The database did not answer.
pub(super) async fn note_ended(db: &mut Db, subscription: &str) -> Result<(), StoreError> {
    services::set_subscription(db, subscription, word(&SubscriptionStatus::Canceled), None, None).await
}

fn word(status: &SubscriptionStatus) -> &str {
    status.as_str()
}

//! What is done with orders by hand.

use crate::app::App;
use domain::ids::OrderId;
use serde_json::json;
use store::{StoreError, audit, operations, orders, services};

/// Lets a stuck or parked delivery go on now, and looks at the order's payment page again. `false` when no delivery waits.
///
/// # Errors
/// The database did not answer.
pub async fn retry(app: &App, by: &str, order: &OrderId) -> Result<bool, StoreError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let woken = match services::find_by_order(&mut tx, order).await? {
        Some(service) => operations::wake(&mut tx, &service.id, true, now).await?,
        None => false,
    };
    orders::wake(&mut tx, order, now).await?;
    audit::record(&mut tx, &app.id(), by, "order.retry", order.as_str(), &json!({}), now).await?;
    tx.commit().await?;
    app.nudge();
    Ok(woken)
}

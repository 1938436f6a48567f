//! What is done with Stripe's events by hand.

use crate::app::App;
use serde_json::json;
use store::{StoreError, audit, events};

/// Lets an event be applied once more, whatever became of it: whoever knows its fact already changes nothing. `false` when it is not
/// there, or its body is past its time.
///
/// # Errors
/// The database did not answer.
pub async fn replay(app: &App, by: &str, id: &str) -> Result<bool, StoreError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if !events::requeue(&mut tx, id, now).await? {
        return Ok(false);
    }
    audit::record(&mut tx, &app.id(), by, "event.replay", id, &json!({}), now).await?;
    tx.commit().await?;
    app.nudge();
    Ok(true)
}

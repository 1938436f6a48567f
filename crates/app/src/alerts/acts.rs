//! What people do with alerts: look after them, say that they are over, try the channels.

use super::{Channel, NotTaken, Rule, channels, words};
use crate::app::App;
use domain::ids::{AlertId, NotificationId};
use domain::redact::without_addresses;
use futures_util::future::join_all;
use serde_json::json;
use store::{StoreError, alerts, audit};

/// Records that somebody looks after an alert: it is not told again. `false` when it is over, or somebody does already.
///
/// # Errors
/// The database did not answer.
pub async fn acknowledge(app: &App, by: &str, id: &AlertId) -> Result<bool, StoreError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if !alerts::acknowledge(&mut tx, id, by, now).await? {
        return Ok(false);
    }
    audit::record(&mut tx, &app.id(), by, "alert.ack", id.as_str(), &json!({}), now).await?;
    tx.commit().await?;
    app.nudge();
    Ok(true)
}

/// Ends an alert because somebody says that it is over. Where its cause still stands, the next look raises it again. `false` when it
/// was over already.
///
/// # Errors
/// The database did not answer.
pub async fn resolve(app: &App, by: &str, id: &AlertId, why: &str) -> Result<bool, StoreError> {
    let now = app.now();
    // It is told to everybody who heard of the alert.
    let why = &without_addresses(why);
    let mut tx = app.store.begin().await?;
    if !alerts::resolve(&mut tx, id, by, why, now).await? {
        return Ok(false);
    }
    audit::record(&mut tx, &app.id(), by, "alert.resolve", id.as_str(), &json!({"why": why}), now).await?;
    tx.commit().await?;
    app.nudge();
    Ok(true)
}

/// Tells everybody that this is a test, those who are told when nobody answers included. Returns who took it, and who did not and why.
///
/// # Errors
/// The database did not answer; nobody was told then.
pub async fn test(app: &App, by: &str) -> Result<Vec<(Channel, Result<(), NotTaken>)>, StoreError> {
    let mut tx = app.store.begin().await?;
    audit::record(&mut tx, &app.id(), by, "alert.test", "alerts", &json!({}), app.now()).await?;
    tx.commit().await?;
    let telling = words::of_test(app);
    let tried = Channel::everybody(&app.config.alerts).into_iter().map(|channel| {
        let telling = &telling;
        async move {
            let id: NotificationId = app.id();
            let taken = channels::tell(app, &channel, id.as_str(), telling).await;
            (channel, taken)
        }
    });
    let told = join_all(tried).await;
    for (channel, _) in told.iter().filter(|(_, taken)| taken.is_ok()) {
        super::clear_alone(app, Rule::ChannelBroken, &channel.key()).await?;
    }
    Ok(told)
}

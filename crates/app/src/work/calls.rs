//! Writes down what was asked of Stripe and of the panel for orders, some seconds after it was: nobody waits for it, and what a process that
//! is killed had not written yet is lost.

use crate::app::App;
use crate::work::Report;

/// Calls written at once.
const BATCH: usize = 500;

/// Writes down what waits.
///
/// # Errors
/// The database did not take it; it waits on.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let made = &app.gate.made;
    let (calls, lost) = made.take(BATCH);
    if lost > 0 {
        tracing::warn!("{lost} calls for orders were not written down: more came than the database took");
    }
    if calls.is_empty() {
        return Ok(Report::default());
    }
    let written = async {
        let mut tx = app.store.begin().await?;
        store::calls::add(&mut tx, &calls).await?;
        tx.commit().await
    };
    let outcome = written.await;
    let taken = calls.len();
    if let Err(error) = outcome {
        made.put_back(calls);
        return Err(error.into());
    }
    Ok(Report { taken, failed: 0, next: (taken == BATCH).then(|| app.now()) })
}

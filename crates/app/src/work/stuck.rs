//! Looks for paid orders that do not move, and tells a person.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::work::Report;
use domain::order::OrderState;
use jiff::SignedDuration;
use store::orders;

/// Past the blueprint's own deadlines and this much more, a paid order counts as stuck.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// Orders looked at in one pass.
const BATCH: i64 = 200;

/// Raises an alert for each order that is paid and stuck.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let paid = orders::list_paid(&mut *app.store.read().await?, now - PATIENCE, BATCH).await?;
    let mut raised = 0;
    for purchase in paid {
        let blueprint = app.catalogue.find_blueprint(&purchase.snapshot.blueprint);
        let own = blueprint.map_or(0, |blueprint| blueprint.install_deadline_s + blueprint.start_deadline_s);
        let age = now.duration_since(purchase.state_at);
        if age < PATIENCE + SignedDuration::from_secs(i64::from(own)) {
            continue;
        }
        let id = &purchase.order.id;
        let text = format!("Order {id} was paid {} minutes ago and its server is not playable.", age.as_mins());
        let mut tx = app.store.begin().await?;
        // It may have been decided since, and whoever decided it had no alert to clear.
        let now_stands = orders::find(&mut tx, id).await?;
        if !now_stands.is_some_and(|purchase| matches!(purchase.order.state, OrderState::Paid { .. })) {
            continue;
        }
        raised += 1;
        alerts::raise(app, &mut tx, Rule::OrderStuck, id.as_str(), &text).await?;
        tx.commit().await?;
    }
    Ok(Report { taken: raised, failed: 0, next: None })
}

//! What is left when the faults are over: whether everything was decided, and whether the three ledgers agree.

use crate::blackbox::customers::{Customer, Deeds, account_of};
use crate::blackbox::outcome::Outcome;
use crate::blackbox::pause;
use crate::blackbox::settings::waits;
use crate::blackbox::strike::Scene;
use crate::stopwatch;
use app::clock::{Clock, SystemClock};
use app::verify::{self, Evidence, Moment, Sources};
use domain::order::OrderState;
use std::sync::PoisonError;
use std::time::Duration;
use store::{StoreError, events, operations, orders, outbox, refunds};

/// How long we wait until everything is decided; the target is two minutes.
const PATIENCE: Duration = Duration::from_secs(300);

/// Customers who left a payment page cancel; then everything has its time. Returns how long it took, if it came to an end.
///
/// # Errors
/// The database cannot be read.
pub(crate) async fn wait_for_decisions(
    scene: &Scene,
    customers: &[Customer],
    deeds: &Deeds,
) -> anyhow::Result<Option<f64>> {
    let began = stopwatch();
    cancel_unpaid(scene, customers, deeds).await?;
    while began.elapsed() < PATIENCE {
        if is_decided(scene).await.unwrap_or(false) {
            return Ok(Some(began.elapsed().as_secs_f64()));
        }
        pause(Duration::from_millis(200)).await;
    }
    Ok(None)
}

async fn cancel_unpaid(scene: &Scene, customers: &[Customer], deeds: &Deeds) -> anyhow::Result<()> {
    let open = store::verify::list_orders(&mut *scene.observer.read().await?).await?;
    for purchase in open {
        let unpaid = match &purchase.order.state {
            OrderState::Reserved { .. } | OrderState::CheckoutOpen { .. } => {
                let paid = deeds.paid.lock().unwrap_or_else(PoisonError::into_inner);
                !paid.contains(purchase.order.id.as_str())
            }
            OrderState::Settling { .. }
            | OrderState::Expired { .. }
            | OrderState::Paid { .. }
            | OrderState::Fulfilled { .. }
            | OrderState::RefundDue { .. }
            | OrderState::Refunded { .. } => false,
        };
        let whose = (0..customers.len()).find(|number| account_of(*number) == purchase.order.customer);
        let Some(number) = whose.filter(|_| unpaid) else { continue };
        if let Err(error) = customers[number].cancels(purchase.order.id.as_str()).await {
            mistaken(deeds, format!("{} cannot be cancelled: {error:#}", purchase.order.id));
        }
    }
    Ok(())
}

fn mistaken(deeds: &Deeds, mistake: String) {
    deeds.mistakes.lock().unwrap_or_else(PoisonError::into_inner).push(mistake);
}

/// Whether nothing is left to do: no page open, no job, no event, no refund, no letter.
async fn is_decided(scene: &Scene) -> Result<bool, StoreError> {
    let mut db = scene.observer.read().await?;
    let waiting = [
        events::next_wake(&mut db).await?,
        operations::next_wake(&mut db).await?,
        refunds::next_wake(&mut db).await?,
        outbox::next_wake(&mut db).await?,
        orders::next_look(&mut db).await?,
    ];
    Ok(waiting.iter().all(Option::is_none))
}

/// Reads the three ledgers, holds them to the laws, and counts.
///
/// # Errors
/// One of the ledgers cannot be read.
pub(crate) async fn judge(scene: &Scene, outcome: &mut Outcome) -> anyhow::Result<()> {
    let (stripe, panel) = scene.outside.clients()?;
    let from = Sources { store: &scene.observer, stripe: &stripe, panel: panel.as_ref() };
    let evidence = verify::read(&from, SystemClock.now()).await?;
    let evidence = Evidence { waits: waits(), ..evidence };
    for finding in verify::check(&evidence, &Moment::Decided) {
        outcome.violations.push(format!("{:?} {}: {}", finding.law, finding.subject, finding.text));
    }
    for purchase in &evidence.ours.orders {
        *outcome.ended.entry(purchase.order.state.key().to_owned()).or_default() += 1;
    }
    outcome.orders = evidence.ours.orders.len() as u64;
    Ok(())
}

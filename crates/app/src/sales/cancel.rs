//! Cancelling an order before its server is ready: an unpaid one ends when Stripe says that nobody can pay any more, a paid one
//! goes back in full.

use crate::app::App;
use crate::sales::evidence::{self, PageState};
use crate::sales::{checkout, settle};
use domain::order::OrderState;
use domain::timeline::Happening;
use store::checkout as attempts;
use store::operations;
use store::orders::Purchase;
use store::{services, timeline};

/// What came of the wish to cancel an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelling {
    /// The order ends, or had ended already; what was paid for it goes back.
    Ends,
    /// It was paid while its payment page was being closed: nothing was cancelled, and its delivery can still be.
    PaidMeanwhile,
    /// A delayed payment is under way: nothing can be cancelled before it has arrived or failed.
    Settling,
    /// Its server has been handed over: nothing was cancelled.
    Delivered,
}

impl Cancelling {
    /// What comes of it where the money stands like this, if nothing is done.
    pub fn of(state: &OrderState) -> Self {
        match state {
            OrderState::Settling { .. } => Self::Settling,
            OrderState::Paid { .. } => Self::PaidMeanwhile,
            OrderState::Fulfilled { .. } => Self::Delivered,
            OrderState::Reserved { .. }
            | OrderState::CheckoutOpen { .. }
            | OrderState::Expired { .. }
            | OrderState::RefundDue { .. }
            | OrderState::Refunded { .. } => Self::Ends,
        }
    }
}

/// Cancels an order. One that is fulfilled, or whose money is on its way back, stays as it is.
///
/// # Errors
/// Stripe or the database did not answer: nothing was lost, the poll looks again. Or the installation is frozen
/// ([`crate::freeze::Closed`]).
pub async fn cancel(app: &App, purchase: &Purchase) -> anyhow::Result<Cancelling> {
    match &purchase.order.state {
        OrderState::Reserved { .. } | OrderState::CheckoutOpen { .. } => close_page(app, purchase).await,
        OrderState::Paid { service, .. } => {
            let now = app.now();
            let mut tx = app.store.begin().await?;
            if services::request_stop_of_delivery(&mut tx, service, "the customer cancelled", now).await? {
                operations::wake(&mut tx, service, true, now).await?;
                timeline::add(&mut tx, &app.id(), &purchase.order.id, &Happening::StopRequested, now).await?;
            }
            // The order was read before: its server may have been handed over since.
            let handed_over =
                services::find(&mut tx, service).await?.is_some_and(|service| service.fulfilled_at.is_some());
            tx.commit().await?;
            app.nudge();
            Ok(if handed_over { Cancelling::Delivered } else { Cancelling::Ends })
        }
        state @ (OrderState::Settling { .. }
        | OrderState::Fulfilled { .. }
        | OrderState::Expired { .. }
        | OrderState::RefundDue { .. }
        | OrderState::Refunded { .. }) => Ok(Cancelling::of(state)),
    }
}

async fn close_page(app: &App, purchase: &Purchase) -> anyhow::Result<Cancelling> {
    app.gate.pass()?;
    let pages = attempts::list_of_order(&mut *app.store.read().await?, &purchase.order.id).await?;
    let session = match pages.last().and_then(|page| page.session.clone()) {
        Some(session) => session,
        // Its answer was lost: the same key leads to the same page, so that it can be closed.
        None => checkout::resume(app, &purchase.order.id).await?.session,
    };
    let session = app.stripe.expire_session(&session).await?;
    // It may have been paid at the last moment: what the read says is applied, whatever it is (C3).
    let page = evidence::page(app, session).await?;
    if page.state != PageState::Open {
        settle::apply_page(app, &page, None).await?;
    }
    Ok(match page.state {
        PageState::Open | PageState::Expired => Cancelling::Ends,
        PageState::Pending { .. } => Cancelling::Settling,
        // One in an odd shape was paid, too; a person looks at it.
        PageState::Paid(_) | PageState::Odd(_) => Cancelling::PaidMeanwhile,
    })
}

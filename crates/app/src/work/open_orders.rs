//! Looks at the payment pages of unpaid orders: a lost webhook is found here, and a page that nobody used is closed (C3, M9).

use crate::app::App;
use crate::observe;
use crate::sales::evidence::{self, PageState};
use crate::sales::{checkout, settle};
use crate::work::{Report, each};
use billing::{ErrorKind, StripeError};
use jiff::SignedDuration;
use store::accounts;
use store::checkout::{self as attempts, CheckoutAttempt};
use store::orders::{self, Purchase};

/// Orders looked at in one pass.
const BATCH: i64 = 50;
/// Orders looked at at the same time.
const CONCURRENT: usize = 4;
/// How long until the next look at the same order.
const AGAIN: SignedDuration = SignedDuration::from_mins(2);

/// Looks at the orders that are due.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let mut due = hinted(app).await?;
    let next = orders::next_look(&mut *app.store.read().await?).await?;
    if next.is_some_and(|next| next <= now) {
        let mut tx = app.store.begin().await?;
        due.extend(orders::claim_to_look_at(&mut tx, now, now + AGAIN, BATCH).await?);
        tx.commit().await?;
    }
    let taken = due.len();
    let failed = each(due, CONCURRENT, |purchase| async move {
        let order = purchase.order.id.clone();
        let span = tracing::error_span!("order", order.id = %order);
        let Err(error) = observe::about(span, Some(order.clone()), look(app, purchase)).await else { return true };
        tracing::warn!(order.id = %order, "Order {order} is looked at again later: {error:#}");
        false
    })
    .await;
    let next = orders::next_look(&mut *app.store.read().await?).await?;
    Ok(Report { taken, failed, next })
}

/// Orders whose customer just came back from the payment page. The page only says that somebody looks: what Stripe says counts.
async fn hinted(app: &App) -> anyhow::Result<Vec<Purchase>> {
    let mut open = Vec::new();
    for order in app.take_hints() {
        let purchase = orders::find(&mut *app.store.read().await?, &order).await?;
        open.extend(purchase.filter(|purchase| purchase.order.state.payment().is_none()));
    }
    Ok(open)
}

async fn look(app: &App, purchase: Purchase) -> anyhow::Result<()> {
    let pages = attempts::list_of_order(&mut *app.store.read().await?, &purchase.order.id).await?;
    let Some(page) = pages.last() else { return Ok(()) };
    match &page.session {
        Some(session) => look_at_page(app, session, page).await,
        None => learn_page(app, &purchase, page).await,
    }
}

async fn look_at_page(app: &App, session: &str, page: &CheckoutAttempt) -> anyhow::Result<()> {
    let mut seen = evidence::read_page(app, session).await?;
    if seen.state == PageState::Open && app.now() >= page.expires_at {
        // Ours to close; the read after it is what counts, for somebody may just have paid.
        app.stripe.expire_session(session).await.ok();
        seen = evidence::read_page(app, session).await?;
    }
    settle::apply_page(app, &seen, None).await?;
    Ok(())
}

/// We crashed, or Stripe did not answer, before the page's session was known: ask again with the same key and get the same page.
async fn learn_page(app: &App, purchase: &Purchase, page: &CheckoutAttempt) -> anyhow::Result<()> {
    if app.now() < page.expires_at {
        match checkout::resume(app, &purchase.order.id).await {
            Ok(_) => return Ok(()),
            // The request itself is not acceptable any more: no page was ever opened under this key.
            Err(checkout::CheckoutError::Stripe(StripeError::Refused { kind, .. }))
                if kind != ErrorKind::Idempotency => {}
            Err(error) => return Err(error.into()),
        }
    } else if let Some(session) = find_session(app, purchase, page).await? {
        // The page's own time is over, and no key was ever confirmed: what Stripe lists is the truth. Written down first, for a page
        // whose session nobody knows would never be closed, and its order never end.
        let mut tx = app.store.begin().await?;
        attempts::attach(&mut tx, &page.id, &session.id, session.url.as_deref().unwrap_or_default()).await?;
        tx.commit().await?;
        return look_at_page(app, &session.id, page).await;
    }
    let mut tx = app.store.begin().await?;
    settle::expire(app, &mut tx, purchase.order.clone(), "no payment page was opened").await?;
    tx.commit().await?;
    Ok(())
}

/// The session of a page that was never confirmed, found by what we wrote on it.
async fn find_session(
    app: &App,
    purchase: &Purchase,
    page: &CheckoutAttempt,
) -> anyhow::Result<Option<billing::CheckoutSession>> {
    let account = accounts::find(&mut *app.store.read().await?, &purchase.order.customer).await?;
    let customer = account.and_then(|account| account.stripe_customer);
    // Stripe's clock may be a little behind ours.
    let since = page.created_at - SignedDuration::from_mins(5);
    let sessions = app.stripe.list_sessions(since, customer.as_deref()).await?;
    let ours =
        |session: &billing::CheckoutSession| session.client_reference.as_deref() == Some(purchase.order.id.as_str());
    Ok(sessions.into_iter().find(ours))
}

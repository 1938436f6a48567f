//! What stands outside: everything that Stripe and the panel list, all pages of it.

use billing::{
    Charge, CheckoutSession, Dispute, Invoice, InvoicePayment, Page, Refund, Stripe, StripeError, Subscription,
};
use futures_util::future::BoxFuture;
use panel::{PanelDriver, PanelError, PanelServer, PanelUser};

/// Pages of one list that are read at most: two million rows.
const MAX_PAGES: usize = 20_000;

/// How often a list of the panel's is begun: what comes and goes meanwhile makes it useless.
const PANEL_TRIES: u32 = 5;

/// What Stripe shows, whoever made it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AtStripe {
    /// All charges.
    pub charges: Vec<Charge>,
    /// All links between invoices and payments.
    pub invoice_payments: Vec<InvoicePayment>,
    /// All invoices.
    pub invoices: Vec<Invoice>,
    /// All subscriptions, ended ones too.
    pub subscriptions: Vec<Subscription>,
    /// All refunds.
    pub refunds: Vec<Refund>,
    /// All disputes.
    pub disputes: Vec<Dispute>,
    /// All payment pages.
    pub sessions: Vec<CheckoutSession>,
}

/// What the panel shows, whoever made it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AtPanel {
    /// All servers.
    pub servers: Vec<PanelServer>,
    /// All logins.
    pub accounts: Vec<PanelUser>,
}

/// Reads all lists. Charges come first: what explains a charge is older than it, and read after it.
pub(super) async fn read_stripe(stripe: &Stripe) -> anyhow::Result<AtStripe> {
    let charges = all(stripe, |stripe, after| async move { stripe.sweep_charges(after.as_deref()).await }).await?;
    let (invoice_payments, invoices, subscriptions, refunds, disputes, sessions) = tokio::try_join!(
        all(stripe, |stripe, after| async move { stripe.sweep_invoice_payments(after.as_deref()).await }),
        all(stripe, |stripe, after| async move { stripe.sweep_invoices(after.as_deref()).await }),
        all(stripe, |stripe, after| async move { stripe.list_subscriptions(after.as_deref(), None).await }),
        all(stripe, |stripe, after| async move { stripe.sweep_refunds(after.as_deref()).await }),
        all(stripe, |stripe, after| async move { stripe.sweep_disputes(after.as_deref()).await }),
        all(stripe, |stripe, after| async move { stripe.sweep_sessions(after.as_deref()).await }),
    )?;
    Ok(AtStripe { charges, invoice_payments, invoices, subscriptions, refunds, disputes, sessions })
}

/// Reads all lists.
pub(super) async fn read_panel(panel: &dyn PanelDriver) -> anyhow::Result<AtPanel> {
    Ok(AtPanel { servers: steady(|| panel.list_servers()).await?, accounts: steady(|| panel.list_accounts()).await? })
}

/// A list that changes while it is read is read again.
async fn steady<'a, T>(list: impl Fn() -> BoxFuture<'a, panel::Result<Vec<T>>>) -> panel::Result<Vec<T>> {
    let mut tries = 1;
    loop {
        match list().await {
            Err(PanelError::OutcomeUnknown { .. }) if tries < PANEL_TRIES => tries += 1,
            read => return read,
        }
    }
}

/// Follows the pages of a list to its end: part of it is never passed off as all of it.
async fn all<T, F>(stripe: &Stripe, page: impl Fn(Stripe, Option<String>) -> F) -> anyhow::Result<Vec<T>>
where
    F: Future<Output = Result<Page<T>, StripeError>>,
{
    let mut rows = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let read = page(stripe.clone(), after).await?;
        rows.extend(read.items);
        after = match read.next {
            None => return Ok(rows),
            more => more,
        };
    }
    anyhow::bail!("the list has more than {} rows", rows.len())
}

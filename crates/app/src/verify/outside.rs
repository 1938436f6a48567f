//! What stands outside: everything that Stripe and the panel list, all pages of it.

use billing::{
    Charge, CheckoutSession, Dispute, Invoice, InvoicePayment, Page, Refund, Stripe, StripeError, Subscription,
};
use panel::{PanelDriver, PanelServer};

/// Pages of one list that are read at most: two million rows.
const MAX_PAGES: usize = 20_000;

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
}

/// Reads all lists. Charges come first: what explains a charge is older than it, and read after it.
pub(super) async fn read_stripe(stripe: &Stripe) -> anyhow::Result<AtStripe> {
    Ok(AtStripe {
        charges: all(async |after| stripe.sweep_charges(after).await).await?,
        invoice_payments: all(async |after| stripe.sweep_invoice_payments(after).await).await?,
        invoices: all(async |after| stripe.sweep_invoices(after).await).await?,
        subscriptions: all(async |after| stripe.list_subscriptions(after, None).await).await?,
        refunds: all(async |after| stripe.sweep_refunds(after).await).await?,
        disputes: all(async |after| stripe.sweep_disputes(after).await).await?,
        sessions: all(async |after| stripe.sweep_sessions(after).await).await?,
    })
}

pub(super) async fn read_panel(panel: &dyn PanelDriver) -> anyhow::Result<AtPanel> {
    Ok(AtPanel { servers: panel.list_servers().await? })
}

/// Follows the pages of a list to its end: part of it is never passed off as all of it.
async fn all<T>(page: impl AsyncFn(Option<&str>) -> Result<Page<T>, StripeError>) -> anyhow::Result<Vec<T>> {
    let mut rows = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let read = page(after.as_deref()).await?;
        rows.extend(read.items);
        match read.next {
            Some(next) => after = Some(next),
            None => return Ok(rows),
        }
    }
    anyhow::bail!("the list has more than {} rows", rows.len())
}

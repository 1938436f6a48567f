//! What stands outside: everything that Stripe and the panel list, all pages of it.

use billing::{
    Charge, CheckoutSession, Dispute, Invoice, InvoicePayment, Page, Refund, Stripe, StripeError, Subscription,
};
use panel::{PanelDriver, PanelError, PanelServer};

/// Pages of one list that are read at most: two million rows.
const MAX_PAGES: usize = 20_000;

/// How often the panel's list is begun: servers that come and go meanwhile make it useless.
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
}

/// Reads all lists. Charges come first: what explains a charge is older than it, and read after it.
pub(super) async fn read_stripe(stripe: &Stripe) -> anyhow::Result<AtStripe> {
    let charges = all(async |after| stripe.sweep_charges(after).await).await?;
    let (invoice_payments, invoices, subscriptions, refunds, disputes, sessions) = tokio::try_join!(
        all(async |after| stripe.sweep_invoice_payments(after).await),
        all(async |after| stripe.sweep_invoices(after).await),
        all(async |after| stripe.list_subscriptions(after, None).await),
        all(async |after| stripe.sweep_refunds(after).await),
        all(async |after| stripe.sweep_disputes(after).await),
        all(async |after| stripe.sweep_sessions(after).await),
    )?;
    Ok(AtStripe { charges, invoice_payments, invoices, subscriptions, refunds, disputes, sessions })
}

/// Reads all servers. A list that changes while it is read is read again.
pub(super) async fn read_panel(panel: &dyn PanelDriver) -> anyhow::Result<AtPanel> {
    let mut tries = 1;
    loop {
        match panel.list_servers().await {
            Ok(servers) => return Ok(AtPanel { servers }),
            Err(PanelError::OutcomeUnknown { .. }) if tries < PANEL_TRIES => tries += 1,
            Err(error) => return Err(error.into()),
        }
    }
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

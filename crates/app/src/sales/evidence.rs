//! What Stripe says about a payment, read afresh: webhooks, polls and the return page all look here and believe nothing else.

use crate::app::App;
use billing::{
    BillingReason, CheckoutSession, Invoice, InvoicePaymentStatus, InvoiceStatus, PaidWith, SessionPayment,
    SessionStatus,
};
use domain::ids::OrderId;
use domain::money::Money;
use domain::order::{CheckoutSessionId, InvoiceId, Payment, PaymentIntentId, SubscriptionId};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Money that arrived, as Stripe shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What our metadata says.
    pub claim: Claim,
    /// The money.
    pub payment: Payment,
    /// What the bill came to before discounts and taxes.
    pub subtotal: Money,
    /// Stripe's ids of the prices on the bill, in order.
    pub prices: Vec<String>,
    /// Whose subscription it is.
    pub customer: Option<String>,
    /// Whether real money moved.
    pub live: bool,
    /// Until when it is paid.
    pub period_end: Option<Timestamp>,
    /// Whether it is a subscription's first bill; the others are renewals and changes.
    pub first: bool,
    /// Whether it is the bill of a further period.
    pub renews: bool,
}

/// What the metadata of an object claims: nothing is believed before it is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Which installation made it.
    pub installation: Option<String>,
    /// Which order it pays for.
    pub order: Option<OrderId>,
}

impl Claim {
    /// Reads the metadata of an object of Stripe's.
    pub fn of(metadata: &BTreeMap<String, String>) -> Self {
        Self {
            installation: metadata.get("installation").cloned(),
            order: metadata.get("order_id").and_then(|id| OrderId::parse(id).ok()),
        }
    }
}

/// Where a payment page stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageState {
    /// The customer may still pay.
    Open,
    /// Nobody paid, and nobody can any more.
    Expired,
    /// The customer finished with a delayed method; the money is on its way.
    Pending {
        /// The subscription that waits for it.
        subscription: Option<SubscriptionId>,
    },
    /// The money is here.
    Paid(Box<Evidence>),
    /// Finished, but not in a shape that we understand.
    Odd(String),
}

/// A payment page and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which page.
    pub session: CheckoutSessionId,
    /// What its metadata claims.
    pub claim: Claim,
    /// Whether it is about real money.
    pub live: bool,
    /// Where it stands.
    pub state: PageState,
}

/// Reads a payment page, and the bill behind it if it was paid.
///
/// # Errors
/// Stripe did not answer, or not so that it could be read: nothing is known, try again.
pub async fn read_page(app: &App, session: &str) -> anyhow::Result<Page> {
    let session = app.stripe.load_session(session).await?;
    page(app, session).await
}

/// Like [`read_page`], for a session that was just read.
///
/// # Errors
/// As there.
pub async fn page(app: &App, session: CheckoutSession) -> anyhow::Result<Page> {
    let mut claim = Claim::of(&session.metadata);
    if claim.order.is_none() {
        claim.order = session.client_reference.as_deref().and_then(|id| OrderId::parse(id).ok());
    }
    let state = match (&session.status, &session.payment) {
        (SessionStatus::Open, _) => PageState::Open,
        (SessionStatus::Expired, _) => PageState::Expired,
        (SessionStatus::Complete, SessionPayment::Paid | SessionPayment::NoPaymentRequired) => match &session.invoice {
            Some(invoice) => match read_invoice(app, invoice).await? {
                Bill::Paid(evidence) => {
                    // The session carries our metadata too; it is the one that we wrote.
                    PageState::Paid(Box::new(Evidence { claim: claim.clone(), ..*evidence }))
                }
                Bill::Elsewhere(evidence) => return Err(not_by_one_charge(evidence.payment.invoice.as_str())),
                Bill::Unpaid(what) | Bill::NotOurs(what) => PageState::Odd(what),
            },
            None => PageState::Odd("the session is paid but names no invoice".to_owned()),
        },
        (SessionStatus::Complete, SessionPayment::Unpaid) => {
            PageState::Pending { subscription: session.subscription.clone().map(SubscriptionId::new) }
        }
        (SessionStatus::Complete, SessionPayment::Other(word)) => {
            PageState::Odd(format!("unknown payment status `{word}`"))
        }
        (SessionStatus::Other(word), _) => PageState::Odd(format!("unknown session status `{word}`")),
    };
    Ok(Page { session: CheckoutSessionId::new(session.id), claim, live: session.live, state })
}

/// A bill and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bill {
    /// It is settled.
    Paid(Box<Evidence>),
    /// It is settled by nothing that Stripe could give back: outside of it. The evidence names no charge.
    Elsewhere(Box<Evidence>),
    /// It is not settled; its status in Stripe's word.
    Unpaid(String),
    /// It does not belong to a subscription.
    NotOurs(String),
}

/// Why nothing is done about a bill yet. Money that cannot be pointed at could not be given back either (M1).
pub fn not_by_one_charge(invoice: &str) -> anyhow::Error {
    anyhow::anyhow!("invoice {invoice} is paid, but not by exactly one payment that can be given back")
}

/// Reads a bill and the charge that settled it.
///
/// # Errors
/// Stripe did not answer, or not so that it could be read: nothing is known, try again.
pub async fn read_invoice(app: &App, invoice: &str) -> anyhow::Result<Bill> {
    let invoice = app.stripe.load_invoice(invoice).await?;
    let Some(subscription) = invoice.subscription.clone() else {
        return Ok(Bill::NotOurs(format!("invoice {} belongs to no subscription", invoice.id)));
    };
    if invoice.status != InvoiceStatus::Paid {
        return Ok(Bill::Unpaid(format!("invoice {} is {}", invoice.id, invoice.status)));
    }
    let payments = app.stripe.list_invoice_payments(&invoice.id).await?;
    let (Some(subtotal), Some(paid)) = (invoice.subtotal, invoice.amount_paid) else {
        return Ok(Bill::NotOurs(format!("invoice {} names no amounts", invoice.id)));
    };
    let settled: Vec<PaidWith> = payments
        .into_iter()
        .filter(|payment| payment.status == InvoicePaymentStatus::Paid)
        .map(|payment| payment.paid_with)
        .collect();
    let (bill, charged): (fn(Box<Evidence>) -> Bill, _) = match settled.as_slice() {
        [PaidWith::PaymentIntent(id)] => (Bill::Paid, Some(id.clone())),
        [] if paid.minor == 0 => (Bill::Paid, None),
        // What was charged here belongs into the ledger, and a bill has room for one charge.
        several if several.iter().any(|with| *with != PaidWith::Other) => return Err(not_by_one_charge(&invoice.id)),
        _ => (Bill::Elsewhere, None),
    };
    Ok(bill(Box::new(Evidence {
        claim: Claim::of(&invoice.subscription_metadata),
        subtotal,
        prices: prices(&invoice),
        customer: invoice.customer.clone(),
        live: invoice.live,
        period_end: invoice.period().map(|period| period.end),
        first: invoice.billing_reason == BillingReason::SubscriptionCreate,
        renews: invoice.billing_reason == BillingReason::SubscriptionCycle,
        payment: Payment {
            subscription: SubscriptionId::new(subscription),
            invoice: InvoiceId::new(&invoice.id),
            payment_intent: charged.map(PaymentIntentId::new),
            amount: paid,
        },
    })))
}

/// What was billed, without what only corrects an earlier bill.
fn prices(invoice: &Invoice) -> Vec<String> {
    invoice.lines.iter().filter(|line| !line.proration).filter_map(|line| line.price_id.clone()).collect()
}

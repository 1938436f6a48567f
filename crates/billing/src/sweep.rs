//! Everything of a kind that an account has, page by page, newest first: what a check of all the books reads. `after` is the page
//! before's [`Page::next`].

use crate::checkout::CheckoutSession;
use crate::disputes::Dispute;
use crate::error::StripeError;
use crate::exchange::Stripe;
use crate::form::Form;
use crate::invoices::{Invoice, InvoicePayment};
use crate::payments::Charge;
use crate::read::Page;
use crate::refunds::Refund;

impl Stripe {
    /// One page of all charges. Source: Stripe API, `GET /v1/charges`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn sweep_charges(&self, after: Option<&str>) -> Result<Page<Charge>, StripeError> {
        self.page("sweep_charges", "/v1/charges", Form::new(), after).await
    }

    /// One page of all invoices. Source: Stripe API, `GET /v1/invoices`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn sweep_invoices(&self, after: Option<&str>) -> Result<Page<Invoice>, StripeError> {
        self.page("sweep_invoices", "/v1/invoices", Form::new(), after).await
    }

    /// One page of all links between invoices and payments. Source: Stripe API, `GET /v1/invoice_payments`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn sweep_invoice_payments(&self, after: Option<&str>) -> Result<Page<InvoicePayment>, StripeError> {
        self.page("sweep_invoice_payments", "/v1/invoice_payments", Form::new(), after).await
    }

    /// One page of all refunds. Source: Stripe API, `GET /v1/refunds`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn sweep_refunds(&self, after: Option<&str>) -> Result<Page<Refund>, StripeError> {
        self.page("sweep_refunds", "/v1/refunds", Form::new(), after).await
    }

    /// One page of all disputes. Source: Stripe API, `GET /v1/disputes`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn sweep_disputes(&self, after: Option<&str>) -> Result<Page<Dispute>, StripeError> {
        self.page("sweep_disputes", "/v1/disputes", Form::new(), after).await
    }

    /// One page of all payment pages. Source: Stripe API, `GET /v1/checkout/sessions`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn sweep_sessions(&self, after: Option<&str>) -> Result<Page<CheckoutSession>, StripeError> {
        self.page("sweep_sessions", "/v1/checkout/sessions", Form::new(), after).await
    }
}

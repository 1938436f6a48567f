//! Stripe in our words: a thin typed client for the calls that the shop makes, and the check of its webhooks.
//!
//! Three rules hold everywhere. Answers are read leniently: unknown fields are ignored, an optional field may be missing, and
//! the shapes from before and after API version `2025-03-31.basil` both work. Every failure says what the caller should do
//! next ([`StripeError`]). One logical call repeats itself a few times with the same key and the same bytes, never with others.
//!
//! Not here: what a payment means for an order (`domain`), where events are kept (`store`), and how bytes travel: the caller
//! brings a [`Transport`].

mod catalogue;
mod checkout;
mod customers;
mod disputes;
mod endpoints;
mod error;
mod events;
mod exchange;
mod form;
mod invoices;
mod payments;
mod portal;
mod read;
mod refunds;
mod settings;
mod smoke;
mod subscriptions;
mod sweep;
pub mod webhook;
mod words;

pub use catalogue::{Interval, NewPrice, Price, Product, ProductParams};
pub use checkout::{CheckoutSession, CheckoutSessionParams, SessionPayment, SessionStatus};
pub use customers::{Customer, CustomerParams};
pub use disputes::{Dispute, DisputeStatus};
pub use endpoints::{NewWebhookEndpoint, WebhookEndpoint};
pub use error::{BoxError, ErrorKind, StripeError, Until};
pub use events::{EventCursor, EventPage, HANDLED_EVENTS, MAX_EVENT_TYPES, StripeEvent};
pub use exchange::Stripe;
pub use form::Form;
pub use invoices::{
    BillingReason, Invoice, InvoiceLine, InvoicePayment, InvoicePaymentStatus, InvoiceStatus, PaidWith,
};
pub use payments::{Charge, ChargeStatus};
pub use portal::PortalSettings;
pub use read::{Page, Period};
pub use refunds::{Refund, RefundParams, RefundStatus};
pub use settings::{Mode, SettingsError, Sleep, StripeSettings, Transport};
pub use smoke::NewSubscription;
pub use subscriptions::{Subscription, SubscriptionItem, SubscriptionStatus};

/// The version of Stripe's API that every request asks for, and that our own webhook endpoint should be created with.
pub const API_VERSION: &str = "2026-10-28.endive";

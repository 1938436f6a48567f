//! A small shop in order, for tests of the laws: one order that was delivered, one whose money went back, one that nobody paid.

mod ours;
mod outside;

pub(crate) use ours::*;
pub(crate) use outside::*;

use crate::verify::{AtPanel, AtStripe, Evidence};
use billing::{Charge, CheckoutSession, SessionPayment, SessionStatus, SubscriptionStatus};
use domain::ids::{Id, OrderId, ServiceId};
use domain::money::{Currency, Money};
use domain::order::{CheckoutSessionId, OrderState};
use domain::provision::Waits;
use jiff::{SignedDuration, Timestamp};
use store::ledger::EntryKind;
use store::operations::OperationKind;
use uuid::Uuid;

/// Minutes after the shop opened; it is looked at a day later.
pub(super) fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_770_000_000).unwrap() + SignedDuration::from_mins(minutes)
}

pub(super) const NOW: i64 = 24 * 60;

pub(super) fn id<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

/// An order's id as findings name it.
pub(super) fn order(number: u128) -> String {
    id::<OrderId>(number).to_string()
}

/// A service's id as findings name it.
pub(super) fn service(number: u128) -> String {
    id::<ServiceId>(number).to_string()
}

pub(super) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

const PRICE: i64 = 1399;
/// The delivered order, the refunded one, the one that nobody paid.
pub(super) const DELIVERED: u128 = 1;
pub(super) const REFUNDED: u128 = 2;
pub(super) const UNPAID: u128 = 3;

/// The shop, a day later.
pub(super) fn evidence() -> Evidence {
    let session_of =
        |order| CheckoutSession { payment: SessionPayment::Paid, ..session(order, SessionStatus::Complete) };
    Evidence {
        ours: ours(),
        stripe: AtStripe {
            charges: vec![
                charge(DELIVERED),
                Charge { amount_refunded: usd(PRICE), refunded: true, ..charge(REFUNDED) },
            ],
            invoice_payments: vec![invoice_payment(DELIVERED), invoice_payment(REFUNDED)],
            invoices: vec![invoice(DELIVERED), invoice(REFUNDED)],
            subscriptions: vec![
                subscription(DELIVERED, SubscriptionStatus::Active),
                subscription(REFUNDED, SubscriptionStatus::Canceled),
            ],
            refunds: vec![given(REFUNDED, REFUNDED)],
            disputes: Vec::new(),
            sessions: vec![session_of(DELIVERED), session_of(REFUNDED), session(UNPAID, SessionStatus::Expired)],
        },
        panel: AtPanel { servers: vec![server(7, &delivered().external_id)], accounts: vec![login()] },
        at: minute(NOW),
        waits: Waits::default(),
    }
}

/// An order that is being paid: its page is open, its place is held.
pub(super) fn with_open_order(evidence: &mut Evidence) {
    let state = OrderState::CheckoutOpen { session: CheckoutSessionId::new("cs_4"), until: minute(NOW + 20) };
    evidence.ours.orders.push(purchase(4, state));
    evidence.ours.holdings.push(holding(4, 4, 4, false));
    evidence.ours.pages.push(page(4));
    evidence.stripe.sessions.push(session(4, SessionStatus::Open));
}

/// An order that was paid and is being delivered.
pub(super) fn with_delivery(evidence: &mut Evidence) {
    let state = OrderState::Paid { payment: payment(4), service: id(4) };
    evidence.ours.orders.push(purchase(4, state));
    evidence.ours.services.push(bought(4));
    evidence.ours.jobs.push(job(4, 4, OperationKind::Create, None));
    evidence.ours.holdings.push(holding(4, 4, 4, false));
    evidence.ours.pages.push(page(4));
    evidence.ours.ledger.push(entry("pi_4", EntryKind::Charge, 4, PRICE));
    evidence.ours.letters.push(letter(6, "payment_received", &order(4), "payment"));
    evidence.stripe.charges.push(charge(4));
    evidence.stripe.invoice_payments.push(invoice_payment(4));
    evidence.stripe.invoices.push(invoice(4));
    evidence.stripe.subscriptions.push(subscription(4, SubscriptionStatus::Active));
    evidence.stripe.sessions.push(session(4, SessionStatus::Complete));
}

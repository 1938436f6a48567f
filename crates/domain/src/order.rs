//! An order: one purchase of one term of one plan. Its state says where the money stands, nothing else.

use crate::ids::{AccountId, OrderId, RefundId, ServiceId, names};
use crate::money::Money;
use crate::refund::RefundReason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

names! {
    /// A Checkout Session at Stripe.
    CheckoutSessionId;
    /// A subscription at Stripe.
    SubscriptionId;
    /// An invoice at Stripe.
    InvoiceId;
    /// A payment intent at Stripe: what was charged and can be refunded.
    PaymentIntentId;
}

/// Money that arrived for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The subscription that the payment started.
    pub subscription: SubscriptionId,
    /// Its first invoice.
    pub invoice: InvoiceId,
    /// What was charged; `None` when nothing was due.
    pub payment_intent: Option<PaymentIntentId>,
    /// How much.
    pub amount: Money,
}

/// Where the money of an order stands; each state carries exactly what is known once it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum OrderState {
    /// Capacity is held, no payment page is open yet.
    Reserved {
        /// The reservation may be looked at again after this.
        until: Timestamp,
    },
    /// The customer can pay.
    CheckoutOpen {
        /// The page's session.
        session: CheckoutSessionId,
        /// When Stripe closes the page.
        until: Timestamp,
    },
    /// The customer finished the page with a delayed payment method; the money is on its way.
    Settling {
        /// The finished session.
        session: CheckoutSessionId,
    },
    /// Nobody paid, and Stripe said that nobody can any more.
    Expired {
        /// When we learned of it.
        at: Timestamp,
    },
    /// The money is here, the server is being delivered.
    Paid {
        /// The money.
        payment: Payment,
        /// What is being delivered.
        service: ServiceId,
    },
    /// The server was seen playable.
    Fulfilled {
        /// The money.
        payment: Payment,
        /// What was delivered.
        service: ServiceId,
    },
    /// The money has to go back.
    RefundDue {
        /// The money.
        payment: Payment,
        /// Why.
        reason: RefundReason,
    },
    /// The money went back.
    Refunded {
        /// The money.
        payment: Payment,
        /// By which decision.
        refund: RefundId,
    },
}

impl OrderState {
    /// The word in rows, logs and the API.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Reserved { .. } => "reserved",
            Self::CheckoutOpen { .. } => "checkout_open",
            Self::Settling { .. } => "settling",
            Self::Expired { .. } => "expired",
            Self::Paid { .. } => "paid",
            Self::Fulfilled { .. } => "fulfilled",
            Self::RefundDue { .. } => "refund_due",
            Self::Refunded { .. } => "refunded",
        }
    }

    /// The payment that the state carries, if the money arrived.
    pub fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Reserved { .. } | Self::CheckoutOpen { .. } | Self::Settling { .. } | Self::Expired { .. } => None,
            Self::Paid { payment, .. }
            | Self::Fulfilled { payment, .. }
            | Self::RefundDue { payment, .. }
            | Self::Refunded { payment, .. } => Some(payment),
        }
    }
}

/// Whether capacity could be held for a payment that came late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// The order's reservation is alive.
    Held,
    /// It had been released and could be taken again.
    HeldAgain,
    /// It had been released and somebody else has the room now.
    Gone,
}

/// One purchase, as far as its money is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Who buys.
    pub customer: AccountId,
    /// What it costs, fixed when the order was made (M3).
    pub price: Money,
    /// Where the money stands.
    pub state: OrderState,
    /// Counts the saves; a save carries the version that it read.
    pub version: i64,
}

/// What a payment did to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The order changed; save it.
    Applied(Order),
    /// The payment was known already.
    Unchanged(Order),
    /// The order stays as it is; this payment has to go back.
    GiveBack {
        /// The order as it was.
        order: Order,
        /// The money that is too much.
        payment: Payment,
        /// Why.
        reason: RefundReason,
    },
}

/// A transition that the state does not allow (O5): nothing is changed, an alert tells.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("order {order} is {state} and cannot be {wanted}")]
pub struct IllegalTransition {
    /// Which order.
    pub order: OrderId,
    /// Its state.
    pub state: &'static str,
    /// What was asked.
    pub wanted: &'static str,
}

impl Order {
    fn with(self, state: OrderState) -> Self {
        Self { state, ..self }
    }

    fn knows(&self, payment: &Payment) -> bool {
        self.state.payment().is_some_and(|known| known.subscription == payment.subscription)
    }

    fn illegal<T>(&self, wanted: &'static str) -> Result<T, IllegalTransition> {
        Err(IllegalTransition { order: self.id.clone(), state: self.state.key(), wanted })
    }

    /// Records the payment page that was opened. A page that opens after the order moved on changes nothing.
    pub fn attach_session(self, session: CheckoutSessionId, until: Timestamp) -> Self {
        use OrderState::{CheckoutOpen, Expired, Fulfilled, Paid, RefundDue, Refunded, Reserved, Settling};
        match self.state {
            Reserved { .. } | CheckoutOpen { .. } => self.with(CheckoutOpen { session, until }),
            Settling { .. } | Expired { .. } | Paid { .. } | Fulfilled { .. } | RefundDue { .. } | Refunded { .. } => {
                self
            }
        }
    }

    /// Records that the customer finished the page with a delayed method.
    pub fn start_settling(self, session: CheckoutSessionId) -> Self {
        use OrderState::{CheckoutOpen, Expired, Fulfilled, Paid, RefundDue, Refunded, Reserved, Settling};
        match self.state {
            Reserved { .. } | CheckoutOpen { .. } | Settling { .. } => self.with(Settling { session }),
            Expired { .. } | Paid { .. } | Fulfilled { .. } | RefundDue { .. } | Refunded { .. } => self,
        }
    }

    /// Records a settled payment. The same payment twice changes nothing; a second payment is never an error, it goes back (M2).
    pub fn settle(self, payment: Payment, service: ServiceId, room: Room) -> Settled {
        use OrderState::{CheckoutOpen, Expired, Fulfilled, Paid, RefundDue, Refunded, Reserved, Settling};
        match self.state {
            // The webhook may be faster than the write that attaches its session.
            Reserved { .. } | CheckoutOpen { .. } | Settling { .. } if room == Room::Gone => {
                Settled::Applied(self.with(RefundDue { payment, reason: RefundReason::PaidAfterExpiry }))
            }
            Reserved { .. } | CheckoutOpen { .. } | Settling { .. } => {
                Settled::Applied(self.with(Paid { payment, service }))
            }
            // The money arrived after the capacity was released: keep it only if there is room again.
            Expired { .. } if room != Room::Gone => Settled::Applied(self.with(Paid { payment, service })),
            Expired { .. } => Settled::Applied(self.with(RefundDue { payment, reason: RefundReason::PaidAfterExpiry })),
            Paid { .. } | Fulfilled { .. } | RefundDue { .. } | Refunded { .. } if self.knows(&payment) => {
                Settled::Unchanged(self)
            }
            Paid { .. } | Fulfilled { .. } | RefundDue { .. } | Refunded { .. } => {
                Settled::GiveBack { order: self, payment, reason: RefundReason::PaidTwice }
            }
        }
    }

    /// Records a payment that is not what was ordered: it goes back, and with it an order that nobody had paid yet (M3).
    pub fn refuse(self, payment: Payment) -> Settled {
        use OrderState::{CheckoutOpen, Expired, Fulfilled, Paid, RefundDue, Refunded, Reserved, Settling};
        match self.state {
            Reserved { .. } | CheckoutOpen { .. } | Settling { .. } | Expired { .. } => {
                Settled::Applied(self.with(RefundDue { payment, reason: RefundReason::NotAsOrdered }))
            }
            Paid { .. } | Fulfilled { .. } | RefundDue { .. } | Refunded { .. } if self.knows(&payment) => {
                Settled::Unchanged(self)
            }
            Paid { .. } | Fulfilled { .. } | RefundDue { .. } | Refunded { .. } => {
                Settled::GiveBack { order: self, payment, reason: RefundReason::PaidTwice }
            }
        }
    }

    /// Records that nobody can pay any more. Only Stripe's own answer leads here (C3).
    ///
    /// # Errors
    /// The money is here: the caller's answer contradicts the ledger, alert.
    pub fn expire(self, at: Timestamp) -> Result<Self, IllegalTransition> {
        use OrderState::{CheckoutOpen, Expired, Fulfilled, Paid, RefundDue, Refunded, Reserved, Settling};
        match self.state {
            Reserved { .. } | CheckoutOpen { .. } | Settling { .. } => Ok(self.with(Expired { at })),
            Expired { .. } => Ok(self),
            Paid { .. } | Fulfilled { .. } | RefundDue { .. } | Refunded { .. } => self.illegal("expired"),
        }
    }

    /// Records that the server was seen playable (S5).
    ///
    /// # Errors
    /// The order is not paid, or its money goes back.
    pub fn fulfil(self) -> Result<Self, IllegalTransition> {
        use OrderState::{CheckoutOpen, Expired, Fulfilled, Paid, RefundDue, Refunded, Reserved, Settling};
        match self.state.clone() {
            Paid { payment, service } => Ok(self.with(Fulfilled { payment, service })),
            Fulfilled { .. } => Ok(self),
            Reserved { .. }
            | CheckoutOpen { .. }
            | Settling { .. }
            | Expired { .. }
            | RefundDue { .. }
            | Refunded { .. } => self.illegal("fulfilled"),
        }
    }

    /// Decides that the money of a paid order goes back.
    ///
    /// # Errors
    /// There is no money of this order with us, or the server was delivered.
    pub fn give_back(self, why: RefundReason) -> Result<Self, IllegalTransition> {
        use OrderState::{CheckoutOpen, Expired, Fulfilled, Paid, RefundDue, Refunded, Reserved, Settling};
        match self.state.clone() {
            Paid { payment, .. } => Ok(self.with(RefundDue { payment, reason: why })),
            RefundDue { .. } => Ok(self),
            Reserved { .. }
            | CheckoutOpen { .. }
            | Settling { .. }
            | Expired { .. }
            | Fulfilled { .. }
            | Refunded { .. } => self.illegal("given back"),
        }
    }

    /// Records that the money went back.
    ///
    /// # Errors
    /// No refund was due.
    pub fn refunded(self, refund: RefundId) -> Result<Self, IllegalTransition> {
        use OrderState::{CheckoutOpen, Expired, Fulfilled, Paid, RefundDue, Refunded, Reserved, Settling};
        match self.state.clone() {
            RefundDue { payment, .. } => Ok(self.with(Refunded { payment, refund })),
            Refunded { .. } => Ok(self),
            Reserved { .. }
            | CheckoutOpen { .. }
            | Settling { .. }
            | Expired { .. }
            | Paid { .. }
            | Fulfilled { .. } => self.illegal("refunded"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use crate::money::Currency;
    use uuid::Uuid;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn payment(subscription: &str) -> Payment {
        Payment {
            subscription: SubscriptionId::new(subscription),
            invoice: InvoiceId::new("in_1"),
            payment_intent: Some(PaymentIntentId::new("pi_1")),
            amount: Money::new(1399, Currency::USD),
        }
    }

    fn service() -> ServiceId {
        ServiceId::from_uuid(Uuid::from_u128(2))
    }

    fn order(state: OrderState) -> Order {
        Order {
            id: OrderId::from_uuid(Uuid::from_u128(1)),
            customer: AccountId::from_uuid(Uuid::from_u128(3)),
            price: Money::new(1399, Currency::USD),
            state,
            version: 1,
        }
    }

    fn every_state() -> [OrderState; 8] {
        let session = CheckoutSessionId::new("cs_1");
        let (payment, service) = (payment("sub_1"), service());
        [
            OrderState::Reserved { until: at(1) },
            OrderState::CheckoutOpen { session: session.clone(), until: at(1) },
            OrderState::Settling { session },
            OrderState::Expired { at: at(1) },
            OrderState::Paid { payment: payment.clone(), service: service.clone() },
            OrderState::Fulfilled { payment: payment.clone(), service },
            OrderState::RefundDue { payment: payment.clone(), reason: RefundReason::CannotBeDelivered },
            OrderState::Refunded { payment, refund: RefundId::from_uuid(Uuid::from_u128(4)) },
        ]
    }

    #[test]
    fn a_payment_on_any_unpaid_order_with_room_pays_it() {
        for state in &every_state()[..4] {
            let settled = order(state.clone()).settle(payment("sub_1"), service(), Room::Held);
            assert!(matches!(settled, Settled::Applied(Order { state: OrderState::Paid { .. }, .. })), "{state:?}");
        }
    }

    #[test]
    fn a_payment_without_room_goes_back() {
        for state in &every_state()[..4] {
            let settled = order(state.clone()).settle(payment("sub_1"), service(), Room::Gone);
            assert!(
                matches!(settled, Settled::Applied(Order { state: OrderState::RefundDue { .. }, .. })),
                "{state:?}"
            );
        }
    }

    #[test]
    fn the_same_payment_twice_changes_nothing_and_another_one_goes_back() {
        for state in &every_state()[4..] {
            let same = order(state.clone()).settle(payment("sub_1"), service(), Room::Held);
            assert_eq!(same, Settled::Unchanged(order(state.clone())));
            let other = order(state.clone()).settle(payment("sub_2"), service(), Room::Held);
            assert!(matches!(other, Settled::GiveBack { reason: RefundReason::PaidTwice, .. }), "{state:?}");
        }
    }

    #[test]
    fn an_order_with_money_never_expires() {
        for state in &every_state()[..4] {
            assert!(order(state.clone()).expire(at(9)).is_ok());
        }
        for state in &every_state()[4..] {
            assert!(order(state.clone()).expire(at(9)).is_err(), "{state:?}");
        }
    }

    #[test]
    fn only_a_paid_order_is_fulfilled_or_given_back() {
        let outcomes = every_state().map(|state| {
            let fulfilled = order(state.clone()).fulfil().is_ok();
            (state.key(), fulfilled, order(state).give_back(RefundReason::Cancelled).is_ok())
        });
        assert_eq!(
            outcomes,
            [
                ("reserved", false, false),
                ("checkout_open", false, false),
                ("settling", false, false),
                ("expired", false, false),
                ("paid", true, true),
                ("fulfilled", true, false),
                ("refund_due", false, true),
                ("refunded", false, false),
            ]
        );
    }

    #[test]
    fn a_late_page_does_not_reopen_an_order() {
        for state in &every_state()[2..] {
            let late = order(state.clone()).attach_session(CheckoutSessionId::new("cs_2"), at(5));
            assert_eq!(late.state, *state);
        }
    }
}

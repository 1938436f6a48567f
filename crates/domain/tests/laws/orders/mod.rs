//! What becomes of an order and of every cent that arrives for it.

mod facts;
mod ledger;
mod table;

use domain::ids::{AccountId, Id, OrderId, RefundId, ServiceId};
use domain::money::{Currency, Money};
use domain::order::{CheckoutSessionId, InvoiceId, Order, OrderState, Payment, PaymentIntentId, SubscriptionId};
use domain::refund::RefundReason;
use jiff::Timestamp;
use uuid::Uuid;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

fn session(number: u8) -> CheckoutSessionId {
    CheckoutSessionId::new(format!("cs_{number}"))
}

fn service(number: u8) -> ServiceId {
    ServiceId::from_uuid(Uuid::from_u128(u128::from(number)))
}

fn refund(number: u8) -> RefundId {
    RefundId::from_uuid(Uuid::from_u128(u128::from(number)))
}

/// The charge with this number: a subscription of its own, its first bill, its payment intent.
fn payment(number: u8) -> Payment {
    Payment {
        subscription: SubscriptionId::new(format!("sub_{number}")),
        invoice: InvoiceId::new(format!("in_{number}")),
        payment_intent: Some(PaymentIntentId::new(format!("pi_{number}"))),
        amount: Money::new(1399, Currency::USD),
    }
}

fn order(state: OrderState) -> Order {
    Order {
        id: OrderId::from_uuid(Uuid::from_u128(1)),
        customer: AccountId::from_uuid(Uuid::from_u128(3)),
        price: Money::new(1399, Currency::USD),
        state,
        version: 7,
    }
}

fn fresh() -> Order {
    order(OrderState::Reserved { until: at(2700) })
}

/// One list makes the sample of every state and a match over them: a state that is missing here does not compile.
macro_rules! states {
    ($($name:ident { $($field:ident: $sample:expr),* };)*) => {
        fn every_state() -> Vec<OrderState> {
            // Never called with a state outside the list: there is none, or this match would not compile.
            fn _is_listed(state: &OrderState) {
                match state {
                    $(OrderState::$name { .. } => {})*
                }
            }
            vec![$(OrderState::$name { $($field: $sample),* }),*]
        }
    };
}

states! {
    Reserved { until: at(2700) };
    CheckoutOpen { session: session(1), until: at(1800) };
    Settling { session: session(1) };
    Expired { at: at(1800) };
    Paid { payment: payment(1), service: service(1) };
    Fulfilled { payment: payment(1), service: service(1) };
    RefundDue { payment: payment(1), reason: RefundReason::CannotBeDelivered };
    Refunded { payment: payment(1), refund: refund(1) };
}

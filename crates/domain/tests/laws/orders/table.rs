//! Every state with every transition, written out.

use super::{at, every_state, order, payment, refund, service, session};
use domain::order::{IllegalTransition, Order, OrderState, Room, Settled};
use domain::refund::RefundReason;

/// What can happen to an order. Number 1 is what the samples of the states carry, number 2 is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    AttachSession(u8),
    StartSettling(u8),
    Settle(u8, Room),
    Refuse(u8),
    Expire,
    Fulfil,
    GiveBack(RefundReason),
    Refunded(u8),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Now(Order),
    /// The order as it was, and a payment that goes back.
    Back(Order, u8),
    Illegal(IllegalTransition),
}

impl Act {
    fn all() -> Vec<Self> {
        let mut all =
            vec![Self::AttachSession(1), Self::AttachSession(2), Self::StartSettling(1), Self::StartSettling(2)];
        for number in [1, 2] {
            all.extend([Room::Held, Room::HeldAgain, Room::Gone].map(|room| Self::Settle(number, room)));
        }
        all.extend([Self::Refuse(1), Self::Refuse(2)]);
        all.extend([Self::Expire, Self::Fulfil]);
        all.extend(RefundReason::ALL.map(Self::GiveBack));
        all.extend([Self::Refunded(1), Self::Refunded(2)]);
        all
    }

    fn method(self) -> &'static str {
        match self {
            Self::AttachSession(_) => "attach_session",
            Self::StartSettling(_) => "start_settling",
            Self::Settle(..) => "settle",
            Self::Refuse(_) => "refuse",
            Self::Expire => "expire",
            Self::Fulfil => "fulfil",
            Self::GiveBack(_) => "give_back",
            Self::Refunded(_) => "refunded",
        }
    }

    fn label(self) -> String {
        let method = self.method();
        match self {
            Self::AttachSession(number)
            | Self::StartSettling(number)
            | Self::Refuse(number)
            | Self::Refunded(number) => {
                format!("{method} {number}")
            }
            Self::Settle(number, room) => format!("{method} {number} {room:?}"),
            Self::Expire | Self::Fulfil => method.to_owned(),
            Self::GiveBack(reason) => format!("{method} {}", reason.key()),
        }
    }

    /// What is done to an order that was saved in `state`.
    fn on(self, order: &Order) -> Outcome {
        let order = order.clone();
        match self {
            Self::AttachSession(number) => Outcome::Now(order.attach_session(session(number), at(1800))),
            Self::StartSettling(number) => Outcome::Now(order.start_settling(session(number))),
            Self::Settle(number, room) => settled(order.settle(payment(number), service(2), room), number),
            Self::Refuse(number) => settled(order.refuse(payment(number)), number),
            Self::Expire => order.expire(at(1900)).into(),
            Self::Fulfil => order.fulfil().into(),
            Self::GiveBack(reason) => order.give_back(reason).into(),
            Self::Refunded(number) => order.refunded(refund(number)).into(),
        }
    }

    /// The state that `target` in the table stands for, told from what was there before and what came in.
    fn arrives(self, before: &OrderState, target: &str) -> OrderState {
        let kept = || before.payment().cloned().expect("a state with money has its payment");
        match (target, self) {
            ("checkout_open", Self::AttachSession(number)) => {
                OrderState::CheckoutOpen { session: session(number), until: at(1800) }
            }
            ("settling", Self::StartSettling(number)) => OrderState::Settling { session: session(number) },
            ("expired", Self::Expire) => OrderState::Expired { at: at(1900) },
            ("paid", Self::Settle(number, _)) => OrderState::Paid { payment: payment(number), service: service(2) },
            ("refund_due", Self::Settle(number, _)) => {
                OrderState::RefundDue { payment: payment(number), reason: RefundReason::PaidAfterExpiry }
            }
            ("refund_due", Self::Refuse(number)) => {
                OrderState::RefundDue { payment: payment(number), reason: RefundReason::NotAsOrdered }
            }
            ("refund_due", Self::GiveBack(reason)) => OrderState::RefundDue { payment: kept(), reason },
            ("fulfilled", Self::Fulfil) => OrderState::Fulfilled { payment: kept(), service: service(1) },
            ("refunded", Self::Refunded(number)) => OrderState::Refunded { payment: kept(), refund: refund(number) },
            (target, act) => panic!("{act:?} never leads to {target}"),
        }
    }
}

fn settled(settled: Settled, number: u8) -> Outcome {
    match settled {
        Settled::Applied(order) | Settled::Unchanged(order) => Outcome::Now(order),
        Settled::GiveBack { order, payment: back, reason } => {
            assert_eq!((back, reason), (payment(number), RefundReason::PaidTwice));
            Outcome::Back(order, number)
        }
    }
}

impl From<Result<Order, IllegalTransition>> for Outcome {
    fn from(result: Result<Order, IllegalTransition>) -> Self {
        result.map_or_else(Self::Illegal, Self::Now)
    }
}

/// `=`: the order stays. `back`: it stays and the new payment goes back. `no`: an error, and it stays. Else: the new state.
const TABLE: &str = "
                               reserved      checkout_open settling      expired       paid          fulfilled     refund_due    refunded
attach_session 1               checkout_open =             =             =             =             =             =             =
attach_session 2               checkout_open checkout_open =             =             =             =             =             =
start_settling 1               settling      settling      =             =             =             =             =             =
start_settling 2               settling      settling      settling      =             =             =             =             =
settle 1 Held                  paid          paid          paid          paid          =             =             =             =
settle 1 HeldAgain             paid          paid          paid          paid          =             =             =             =
settle 1 Gone                  refund_due    refund_due    refund_due    refund_due    =             =             =             =
settle 2 Held                  paid          paid          paid          paid          back          back          back          back
settle 2 HeldAgain             paid          paid          paid          paid          back          back          back          back
settle 2 Gone                  refund_due    refund_due    refund_due    refund_due    back          back          back          back
refuse 1                       refund_due    refund_due    refund_due    refund_due    =             =             =             =
refuse 2                       refund_due    refund_due    refund_due    refund_due    back          back          back          back
expire                         expired       expired       expired       =             no            no            no            no
fulfil                         no            no            no            no            fulfilled     =             no            no
give_back cannot_be_delivered  no            no            no            no            refund_due    no            =             no
give_back server_vanished      no            no            no            no            refund_due    no            =             no
give_back paid_after_expiry    no            no            no            no            refund_due    no            =             no
give_back paid_twice           no            no            no            no            refund_due    no            =             no
give_back cancelled            no            no            no            no            refund_due    no            =             no
give_back charged_after_end    no            no            no            no            refund_due    no            =             no
give_back not_as_ordered       no            no            no            no            refund_due    no            =             no
give_back by_hand              no            no            no            no            refund_due    no            =             no
refunded 1                     no            no            no            no            no            no            refunded      =
refunded 2                     no            no            no            no            no            no            refunded      =
";

/// The rows of the table: label, then one word for each state.
fn rows() -> Vec<(String, Vec<&'static str>)> {
    let states = every_state().len();
    let row = |line: &'static str| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let cells = words.split_off(words.len().checked_sub(states).expect("a cell for each state"));
        (words.join(" "), cells)
    };
    TABLE.trim_matches('\n').lines().map(row).collect()
}

#[test]
fn every_state_has_a_written_outcome_for_every_transition() {
    let rows = rows();
    let (head, acts) = (&rows[0].1, &rows[1..]);
    assert_eq!(*head, every_state().iter().map(OrderState::key).collect::<Vec<_>>());
    let written: Vec<_> = acts.iter().map(|(label, _)| label.clone()).collect();
    assert_eq!(written, Act::all().into_iter().map(Act::label).collect::<Vec<_>>());

    let mut pairs = 0;
    for (act, (label, cells)) in Act::all().into_iter().zip(acts) {
        for (state, cell) in every_state().into_iter().zip(cells) {
            let before = order(state);
            let about = format!("{label} on {}", before.state.key());
            match (act.on(&before), *cell) {
                // An outcome says all: id, customer, price and version are compared with the rest.
                (Outcome::Now(after), "=") => assert_eq!(after, before, "{about}"),
                (Outcome::Back(after, _), "back") => assert_eq!(after, before, "{about}"),
                (Outcome::Illegal(error), "no") => {
                    assert_eq!((&error.order, error.state), (&before.id, before.state.key()), "{about}");
                }
                (Outcome::Now(after), target) => {
                    assert_eq!(after, order(act.arrives(&before.state, target)), "{about}");
                }
                (outcome, cell) => panic!("{about}: the table says {cell}, the rule {outcome:?}"),
            }
            pairs += 1;
        }
    }
    assert_eq!(pairs, 8 * 24);
}

#[test]
fn whatever_happens_twice_happened_once() {
    for act in Act::all() {
        for state in every_state() {
            let about = format!("{act:?} on {}", state.key());
            let before = order(state);
            match act.on(&before) {
                Outcome::Now(once) => assert_eq!(act.on(&once), Outcome::Now(once), "{about}"),
                // The same payment is the same decision: the caller's row for (charge, reason) is unique (M5).
                Outcome::Back(once, number) => assert_eq!(act.on(&once), Outcome::Back(before, number), "{about}"),
                Outcome::Illegal(error) => assert_eq!(act.on(&before), Outcome::Illegal(error), "{about}"),
            }
        }
    }
}

#[test]
fn no_transition_of_an_order_is_missing_in_the_table() {
    // The compiler counts the states, but not the methods: the source does.
    let source = include_str!("../../../src/order.rs");
    let methods = source.split("\nimpl Order {").nth(1).and_then(|rest| rest.split("\n}\n").next()).unwrap();
    let offered: Vec<&str> = methods
        .lines()
        .filter_map(|line| line.strip_prefix("    pub fn "))
        .map(|line| line.split('(').next().unwrap_or_default())
        .collect();
    let mut tested: Vec<&str> = Act::all().into_iter().map(Act::method).collect();
    tested.dedup();
    assert_eq!(offered, tested);
}

//! An order against a ledger: a list of charges and where each stands, which knows no order states at all.

use super::{at, fresh, payment, refund, service, session};
use crate::cases;
use domain::order::{Order, OrderState, Room, Settled};
use domain::refund::RefundReason;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact {
    PageOpened(u8),
    PageFinished(u8),
    Charged(u8, Room),
    NobodyCanPay,
    Playable,
    MoneyGoesBack(RefundReason),
    MoneyWentBack(u8),
}

/// What a fact has to do to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Nothing,
    Changed,
    /// This payment goes back beside the order.
    Beside,
    Refused,
}

/// A line of the ledger: a charge, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Buys { charge: u8, delivered: bool },
    OwedBack { charge: u8, why: RefundReason },
    PaidBack { charge: u8, by: u8 },
    Surplus { charge: u8 },
}

impl Line {
    fn charge(self) -> u8 {
        match self {
            Self::Buys { charge, .. } | Self::OwedBack { charge, .. } | Self::PaidBack { charge, .. } => charge,
            Self::Surplus { charge } => charge,
        }
    }
}

/// Charges in the order in which they came: the first is the order's own, every other one is surplus.
#[derive(Debug, Clone, Default)]
struct Ledger {
    lines: Vec<Line>,
    /// The page that the customer was sent to; none any more once nobody can pay.
    page: Option<u8>,
    finished: bool,
    closed: bool,
    /// What the last fact had to do.
    effect: Option<Effect>,
}

impl Ledger {
    fn hear(&mut self, fact: Fact) -> Effect {
        let unpaid = self.lines.is_empty();
        match fact {
            Fact::PageOpened(page) => {
                self.turn_page(unpaid && !self.closed && !self.finished, Some(page), self.finished)
            }
            Fact::PageFinished(page) => self.turn_page(unpaid && !self.closed, Some(page), true),
            Fact::NobodyCanPay if !unpaid => Effect::Refused,
            Fact::NobodyCanPay if self.closed => Effect::Nothing,
            Fact::NobodyCanPay => {
                self.closed = true;
                Effect::Changed
            }
            Fact::Charged(charge, room) => self.charged(charge, room),
            Fact::Playable => self.own(|own| match own {
                Line::Buys { charge, .. } => Some(Line::Buys { charge, delivered: true }),
                Line::OwedBack { .. } | Line::PaidBack { .. } | Line::Surplus { .. } => None,
            }),
            Fact::MoneyGoesBack(why) => self.own(|own| match own {
                Line::Buys { charge, delivered: false } => Some(Line::OwedBack { charge, why }),
                Line::OwedBack { .. } => Some(own),
                Line::Buys { delivered: true, .. } | Line::PaidBack { .. } | Line::Surplus { .. } => None,
            }),
            Fact::MoneyWentBack(by) => self.own(|own| match own {
                Line::OwedBack { charge, .. } => Some(Line::PaidBack { charge, by }),
                Line::PaidBack { .. } => Some(own),
                Line::Buys { .. } | Line::Surplus { .. } => None,
            }),
        }
    }

    fn turn_page(&mut self, open: bool, page: Option<u8>, finished: bool) -> Effect {
        if !open || (self.page, self.finished) == (page, finished) {
            return Effect::Nothing;
        }
        (self.page, self.finished) = (page, finished);
        Effect::Changed
    }

    fn charged(&mut self, charge: u8, room: Room) -> Effect {
        let known = self.lines.iter().find(|line| line.charge() == charge);
        let (line, effect) = match (known, self.lines.is_empty()) {
            (Some(Line::Surplus { .. }), _) => return Effect::Beside,
            (Some(_), _) => return Effect::Nothing,
            (None, false) => (Line::Surplus { charge }, Effect::Beside),
            (None, true) if room == Room::Gone => {
                (Line::OwedBack { charge, why: RefundReason::PaidAfterExpiry }, Effect::Changed)
            }
            (None, true) => (Line::Buys { charge, delivered: false }, Effect::Changed),
        };
        self.lines.push(line);
        effect
    }

    /// Rewrites the order's own line; `None` refuses.
    fn own(&mut self, next: impl FnOnce(Line) -> Option<Line>) -> Effect {
        let Some(own) = self.lines.first_mut() else { return Effect::Refused };
        match next(*own) {
            None => Effect::Refused,
            Some(line) if line == *own => Effect::Nothing,
            Some(line) => {
                *own = line;
                Effect::Changed
            }
        }
    }
}

impl ReferenceStateMachine for Ledger {
    type State = Self;
    type Transition = Fact;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Fact> {
        let room = prop_oneof![Just(Room::Held), Just(Room::HeldAgain), Just(Room::Gone)];
        prop_oneof![
            2 => (1_u8..4).prop_map(Fact::PageOpened),
            1 => (1_u8..4).prop_map(Fact::PageFinished),
            3 => (1_u8..4, room).prop_map(|(charge, room)| Fact::Charged(charge, room)),
            1 => Just(Fact::NobodyCanPay),
            2 => Just(Fact::Playable),
            2 => prop::sample::select(RefundReason::ALL.to_vec()).prop_map(Fact::MoneyGoesBack),
            2 => (1_u8..4).prop_map(Fact::MoneyWentBack),
        ]
        .boxed()
    }

    fn apply(mut state: Self, fact: &Fact) -> Self {
        state.effect = Some(state.hear(*fact));
        state
    }
}

struct OrderKeepsTheLedger;

impl StateMachineTest for OrderKeepsTheLedger {
    type SystemUnderTest = Order;
    type Reference = Ledger;

    fn init_test(_: &Ledger) -> Order {
        fresh()
    }

    fn apply(before: Order, ledger: &Ledger, fact: Fact) -> Order {
        let order = before.clone();
        let changed = |order: &Order| if *order == before { Effect::Nothing } else { Effect::Changed };
        let result = match fact {
            Fact::PageOpened(page) => Ok(order.attach_session(session(page), at(1800))),
            Fact::PageFinished(page) => Ok(order.start_settling(session(page))),
            Fact::NobodyCanPay => order.expire(at(1900)),
            Fact::Playable => order.fulfil(),
            Fact::MoneyGoesBack(why) => order.give_back(why),
            Fact::MoneyWentBack(by) => order.refunded(refund(by)),
            Fact::Charged(charge, room) => match order.settle(payment(charge), service(1), room) {
                Settled::Applied(order) | Settled::Unchanged(order) => Ok(order),
                Settled::GiveBack { order, .. } => {
                    assert_eq!(ledger.effect, Some(Effect::Beside), "{fact:?} gave money back");
                    return order;
                }
            },
        };
        let effect = result.as_ref().map_or(Effect::Refused, changed);
        assert_eq!(Some(effect), ledger.effect, "{fact:?} on {before:?}");
        result.unwrap_or(before)
    }

    fn check_invariants(order: &Order, ledger: &Ledger) {
        let untouched = Order { state: order.state.clone(), ..fresh() };
        assert_eq!(*order, untouched, "nothing but the state of an order changes");
        let page = ledger.page.map(session);
        let expected = match ledger.lines.first().copied() {
            None if ledger.closed => OrderState::Expired { at: at(1900) },
            None => match page {
                None => fresh().state,
                Some(session) if ledger.finished => OrderState::Settling { session },
                Some(session) => OrderState::CheckoutOpen { session, until: at(1800) },
            },
            Some(Line::Buys { charge, delivered: false }) => {
                OrderState::Paid { payment: payment(charge), service: service(1) }
            }
            Some(Line::Buys { charge, delivered: true }) => {
                OrderState::Fulfilled { payment: payment(charge), service: service(1) }
            }
            Some(Line::OwedBack { charge, why }) => OrderState::RefundDue { payment: payment(charge), reason: why },
            Some(Line::PaidBack { charge, by }) => {
                OrderState::Refunded { payment: payment(charge), refund: refund(by) }
            }
            Some(Line::Surplus { .. }) => panic!("the first charge is never too much"),
        };
        assert_eq!(order.state, expected);
    }
}

prop_state_machine! {
    #![proptest_config(cases(1024))]

    #[test]
    fn an_order_always_stands_where_its_ledger_does(sequential 1..24 => OrderKeepsTheLedger);
}

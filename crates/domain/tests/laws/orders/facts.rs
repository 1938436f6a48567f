//! Facts arrive late, twice, and in any order; the money stands the same (M4, M9).

use super::{at, fresh, payment, refund, service, session};
use crate::cases;
use domain::order::{Order, OrderState, Room, Settled};
use domain::refund::RefundReason;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Something that somebody told us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact {
    PageOpened,
    PageFinished,
    Paid(u8),
    Expired,
    Playable,
    Cancelled,
    RefundMade,
}

/// An order, and what was decided beside it: the caller's side of the rules, in as few lines as it takes.
#[derive(Debug, Clone)]
struct Books {
    order: Order,
    /// The room that a payment finds once the order has expired.
    after_expiry: Room,
    /// Decisions beside the order by charge; the database keeps one for each charge and reason (M5).
    back: BTreeMap<u8, RefundReason>,
    alerts: u32,
}

/// Where a charge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Applied,
    GoesBack,
    WentBack,
}

impl Books {
    fn new(after_expiry: Room) -> Self {
        Self { order: fresh(), after_expiry, back: BTreeMap::new(), alerts: 0 }
    }

    fn hear(mut self, fact: Fact) -> Self {
        let order = self.order.clone();
        let changed = match fact {
            Fact::PageOpened => Ok(order.attach_session(session(1), at(1800))),
            Fact::PageFinished => Ok(order.start_settling(session(1))),
            Fact::Paid(number) => {
                let room =
                    if matches!(order.state, OrderState::Expired { .. }) { self.after_expiry } else { Room::Held };
                match order.settle(payment(number), service(1), room) {
                    Settled::Applied(order) | Settled::Unchanged(order) => Ok(order),
                    Settled::GiveBack { order, reason, .. } => {
                        self.back.insert(number, reason);
                        Ok(order)
                    }
                }
            }
            Fact::Expired => order.expire(at(1900)),
            Fact::Playable => order.fulfil(),
            Fact::Cancelled => order.give_back(RefundReason::Cancelled),
            Fact::RefundMade => order.refunded(refund(1)),
        };
        match changed {
            Ok(order) => self.order = order,
            Err(_) => self.alerts += 1,
        }
        self
    }

    fn hear_all(self, facts: &[Fact]) -> Self {
        facts.iter().fold(self, |books, fact| books.hear(*fact))
    }

    /// Every place where a charge is accounted for; more than one for a charge would be the same money twice.
    fn standings(&self, number: u8) -> Vec<Standing> {
        let beside = self.back.contains_key(&number).then_some(Standing::GoesBack);
        let with_order = match &self.order.state {
            OrderState::Reserved { .. }
            | OrderState::CheckoutOpen { .. }
            | OrderState::Settling { .. }
            | OrderState::Expired { .. } => None,
            OrderState::Paid { payment, .. } | OrderState::Fulfilled { payment, .. } => {
                Some((payment, Standing::Applied))
            }
            OrderState::RefundDue { payment, .. } => Some((payment, Standing::GoesBack)),
            OrderState::Refunded { payment, .. } => Some((payment, Standing::WentBack)),
        };
        let with_order = with_order.filter(|(kept, _)| **kept == payment(number)).map(|(_, standing)| standing);
        beside.into_iter().chain(with_order).collect()
    }
}

/// Every order in which the facts can arrive.
fn permutations(facts: &[Fact]) -> Vec<Vec<Fact>> {
    let Some((first, rest)) = facts.split_first() else { return vec![vec![]] };
    let insert_everywhere = |others: Vec<Fact>| {
        (0..=others.len()).map(move |place| {
            let mut all = others.clone();
            all.insert(place, *first);
            all
        })
    };
    permutations(rest).into_iter().flat_map(insert_everywhere).collect()
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        4 => (1_u8..4).prop_map(Fact::Paid),
        1 => Just(Fact::PageOpened),
        1 => Just(Fact::PageFinished),
        2 => Just(Fact::Expired),
        1 => Just(Fact::Playable),
        1 => Just(Fact::Cancelled),
        1 => Just(Fact::RefundMade),
    ]
}

fn room() -> impl Strategy<Value = Room> {
    prop_oneof![Just(Room::HeldAgain), Just(Room::Gone)]
}

fn charges(facts: &[Fact]) -> Vec<u8> {
    let mut numbers: Vec<u8> =
        facts.iter().filter_map(|fact| if let Fact::Paid(number) = fact { Some(*number) } else { None }).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn in_whatever_order_facts_arrive_every_charge_is_applied_or_given_back_once(
        facts in prop::collection::vec(fact(), 1..6),
        after_expiry in room(),
    ) {
        let numbers = charges(&facts);
        for way in permutations(&facts) {
            let books = Books::new(after_expiry).hear_all(&way);
            for number in 1..4 {
                let expected = usize::from(numbers.contains(&number));
                prop_assert_eq!(books.standings(number).len(), expected, "charge {} after {:?}: {:?}", number, way, books);
            }
            let kept = numbers.iter().filter(|number| books.standings(**number) == [Standing::Applied]).count();
            prop_assert!(kept <= 1, "{way:?} applies two charges to one order");
            // Nobody decided against the order and there was room for it: then one of the charges is what it was bought with.
            let against = facts.contains(&Fact::Cancelled) || (facts.contains(&Fact::Expired) && after_expiry == Room::Gone);
            if !against {
                prop_assert_eq!(kept, numbers.len().min(1), "after {:?}", way);
            }
        }
    }

    #[test]
    fn a_fact_that_comes_again_at_any_later_time_changes_nothing(
        facts in prop::collection::vec(fact(), 1..8),
        after_expiry in room(),
        which in any::<prop::sample::Index>(),
        when in any::<prop::sample::Index>(),
    ) {
        let from = which.index(facts.len());
        let again = from + 1 + when.index(facts.len() - from);
        let books = Books::new(after_expiry).hear_all(&facts[..again]);
        // A wish that was refused then may be possible now: it is not a repetition, for nothing had happened.
        let alerts = |facts: &[Fact]| Books::new(after_expiry).hear_all(facts).alerts;
        if alerts(&facts[..from]) != alerts(&facts[..=from]) {
            return Ok(());
        }
        let about_page = matches!(facts[from], Fact::PageOpened | Fact::PageFinished);
        let once = books.order.clone();
        let back = books.back.clone();
        let twice = books.hear(facts[from]);
        prop_assert_eq!(&twice.back, &back);
        if about_page {
            prop_assert_eq!(twice.order.state.payment(), once.state.payment());
        } else {
            prop_assert_eq!(twice.order, once);
        }
    }

    #[test]
    fn with_room_to_come_back_to_a_paid_order_is_paid_whenever_its_page_was_said_to_have_expired(
        copies in 1_usize..3,
        pages in prop::collection::vec(prop_oneof![Just(Fact::PageOpened), Just(Fact::PageFinished)], 0..3),
    ) {
        let mut facts = vec![Fact::Paid(1); copies];
        facts.push(Fact::Expired);
        facts.extend(pages);
        for way in permutations(&facts) {
            let books = Books::new(Room::HeldAgain).hear_all(&way);
            let paid = OrderState::Paid { payment: payment(1), service: service(1) };
            prop_assert_eq!(&books.order.state, &paid, "after {:?}", way);
            prop_assert!(books.back.is_empty());
        }
    }
}

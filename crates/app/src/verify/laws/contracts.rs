//! Payment pages and subscriptions: what may still charge somebody.

use super::{Found, Law, Runbook};
use crate::alerts::Rule;
use crate::verify::books::{Books, is_good, is_in_force};
use billing::{CheckoutSession, SessionStatus, Subscription, SubscriptionStatus};
use domain::order::OrderState;
use domain::standing::Why;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use store::ledger::EntryKind;

/// Payment pages of ours that can still be used, by the order that they are for.
pub(super) fn open_pages<'a>(books: &Books<'a>) -> BTreeMap<&'a str, Vec<&'a CheckoutSession>> {
    let mut open: BTreeMap<&str, Vec<&CheckoutSession>> = BTreeMap::new();
    for (order, session) in books.our_pages().filter(|(_, session)| session.status == SessionStatus::Open) {
        open.entry(order).or_default().push(session);
    }
    open
}

/// One open page per order, and no subscription in force but the one that pays for its service.
pub(super) fn m2(books: &Books<'_>, found: &mut Found) {
    for (order, pages) in open_pages(books) {
        if pages.len() > 1 {
            let text = format!(
                "{} payment pages are open at once: the customer could pay twice. Expire the older one in Stripe's dashboard; a \
                 second payment goes back by itself.",
                pages.len()
            );
            found.add(Law::M2, order, Runbook::PageOpen, text);
        }
    }
    for one in books.our_subscriptions().filter(|one| is_in_force(one) && !books.is_younger(one.created)) {
        if let Some(problem) = purposeless(books, one) {
            let text = format!(
                "{problem}. It charges the customer again and again for nothing: end it in Stripe's dashboard, and give back what it \
                 took."
            );
            found.add(Law::M2, &one.id, Runbook::SubscriptionOrphaned, text);
        }
    }
}

/// Why a subscription that is in force should not be, if so.
fn purposeless(books: &Books<'_>, one: &Subscription) -> Option<String> {
    // Whatever goes back ends its subscription first: a decision is the end under way (M10 looks whether it came).
    if books.order_paid_by(&one.id).is_some() || !books.decisions_on(&one.id).is_empty() {
        return None;
    }
    let named = one.metadata.get("order_id").map_or("", String::as_str);
    let Some(purchase) = books.order(named) else {
        return Some(match named {
            "" => "The subscription carries our mark and names no order".to_owned(),
            order => format!("The subscription is for order {order}, which does not exist here"),
        });
    };
    let bills: Vec<_> = books.money_on(&one.id).collect();
    if bills.is_empty() && books.may_wait(one.created, |deadlines| deadlines.ledger) {
        return None;
    }
    let unbooked = |intent: &str| !books.ledger_of(intent).iter().any(|entry| entry.kind == EntryKind::Charge);
    let told = |intent: &str| {
        [Rule::PaymentMismatch, Rule::PaymentUnexplained].into_iter().any(|rule| books.is_told(rule, intent))
    };
    // Money that is not booked yet is M1's, money that waits for a person has its alert.
    if bills.iter().any(|taken| unbooked(taken.intent) || told(taken.intent)) {
        return None;
    }
    Some(format!("The subscription is for order {named}, which is {} without it", purchase.order.state.key()))
}

/// A suspension for want of payment rests on a fresh reading, and ends when somebody pays.
pub(super) fn m7(books: &Books<'_>, found: &mut Found) {
    /// A reading that is older says nothing.
    const FRESH: SignedDuration = SignedDuration::from_mins(15);
    for service in books.evidence.ours.services.iter().filter(|service| service.terminated_at.is_none()) {
        let Some(suspension) = service.standing.suspension else { continue };
        let for_want_of_payment = match suspension.why {
            Why::NotPaid | Why::Paused | Why::Ended => true,
            Why::Disputed | Why::DisputeLost | Why::ByHand => false,
        };
        if !for_want_of_payment {
            continue;
        }
        if suspension.at.duration_since(suspension.read_at) >= FRESH {
            let text = format!(
                "It was suspended at {} ({}) on a reading of {}: the customer may have paid by then. Look at the subscription.",
                suspension.at,
                suspension.why.key(),
                suspension.read_at
            );
            found.add(Law::M7, &service.id, Runbook::ServiceUnpaid, text);
        }
        let pays = books
            .subscription(&service.subscription)
            .is_some_and(|one| matches!(one.status, SubscriptionStatus::Active | SubscriptionStatus::Trialing));
        let read = service.standing.read_at.unwrap_or(suspension.at) + FRESH;
        let busy = books.unfinished_of(service.id.as_str()).next().is_some();
        if pays && !busy && !books.may_wait(read, |deadlines| deadlines.removal) {
            let text = format!(
                "The customer pays, and the server is suspended since {} ({}). Look why nobody lifts it: does Stripe answer?",
                suspension.at,
                suspension.why.key()
            );
            found.add(Law::M7, &service.id, Runbook::ServiceUnpaid, text);
        }
    }
}

/// Without webhooks we know the same about a subscription, only later.
pub(super) fn m9(books: &Books<'_>, found: &mut Found) {
    if !books.moment.is_decided() {
        return;
    }
    for service in books.evidence.ours.services.iter().filter(|service| service.terminated_at.is_none()) {
        let Some(one) = books.subscription(&service.subscription) else { continue };
        if one.status.as_str() != service.subscription_state {
            let text = format!(
                "Stripe says that the subscription is {}, and we still show {}: the customer reads something that is not so.",
                one.status, service.subscription_state
            );
            found.add(Law::M9, &service.id, Runbook::EventWaiting, text);
        }
    }
}

/// What goes back, and what is gone, is not charged for any more.
pub(super) fn m10(books: &Books<'_>, found: &mut Found) {
    let in_force = |id: &str| books.subscription(id).is_some_and(is_in_force);
    let mut told = BTreeSet::new();
    for decision in &books.evidence.ours.refunds {
        let done = decision.done_at.is_some_and(|at| !books.is_younger(at));
        let given = decision.charge.iter().flat_map(|charge| books.refunds_of(charge)).any(|refund| {
            let this = refund.metadata.get("refund_id").is_some_and(|id| id == decision.id.as_str());
            this && is_good(refund) && !books.is_younger(refund.created)
        });
        if (done || given) && in_force(&decision.subscription) && told.insert(decision.subscription.as_str()) {
            let text = format!(
                "{} of order {} went back, and its subscription is still in force: the customer is charged again. End it in \
                 Stripe's dashboard.",
                decision.amount, decision.order
            );
            found.add(Law::M10, &decision.subscription, Runbook::SubscriptionOrphaned, text);
        }
    }
    for service in &books.evidence.ours.services {
        let Some(gone) = service.terminated_at.filter(|at| !books.is_younger(*at)) else { continue };
        if in_force(&service.subscription) && told.insert(service.subscription.as_str()) {
            let text = format!(
                "The server of {} is gone since {gone}, and its subscription is still in force: the customer is charged for \
                 nothing. End it in Stripe's dashboard, and give back what it took since.",
                service.id
            );
            found.add(Law::M10, &service.subscription, Runbook::SubscriptionOrphaned, text);
        }
        for taken in books.money_on(&service.subscription) {
            let booked = books.ledger_of(taken.intent).iter().any(|entry| entry.kind == EntryKind::Charge);
            let late = taken.charge.created > gone && booked && !taken.is_returned();
            if late && books.decisions_about(taken.intent).is_empty() {
                let text = format!(
                    "{} was taken after the server of {} was gone, and nobody decided to give it back.",
                    taken.charge.amount, service.id
                );
                found.add(Law::M10, taken.intent, Runbook::MoneyUnplaced, text);
            }
        }
    }
}

/// An order that nobody paid ends, some time after its page did.
pub(super) fn o10(books: &Books<'_>, found: &mut Found) {
    /// The poll looks at each unpaid order this often, and a little later.
    const POLL: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
    /// The slowest delayed methods take two weeks.
    const DELAYED: jiff::SignedDuration = jiff::SignedDuration::from_hours(21 * 24);
    for purchase in &books.evidence.ours.orders {
        let until = match &purchase.order.state {
            OrderState::Reserved { until } | OrderState::CheckoutOpen { until, .. } => *until,
            OrderState::Settling { .. } => purchase.created_at + DELAYED,
            OrderState::Expired { .. }
            | OrderState::Paid { .. }
            | OrderState::Fulfilled { .. }
            | OrderState::RefundDue { .. }
            | OrderState::Refunded { .. } => continue,
        };
        if !books.may_wait(until + POLL, |deadlines| deadlines.unpaid) {
            let text = format!(
                "The order is {} and should have ended at {until}. It holds capacity that others could buy. Nobody was charged.",
                purchase.order.state.key()
            );
            found.add(Law::O10, &purchase.order.id, Runbook::PageOpen, text);
        }
    }
}

//! Conservation (M4): each captured charge of ours is exactly one of: applied to a server, given back, under way within its time,
//! waiting for a person who was told, or disputed.

use super::{Found, Law, Runbook};
use crate::alerts::Rule;
use crate::verify::books::{Books, Taken, is_good};
use domain::order::OrderState;
use domain::refund::RefundReason;
use store::ledger::EntryKind;
use store::operations::OperationKind;
use store::orders::Purchase;
use store::refunds::Refund as Decision;

/// Where each charge is. A charge that the ledger does not know is M1's.
pub(super) fn m4(books: &Books<'_>, found: &mut Found) {
    for taken in &books.money {
        let Some(entry) = books.ledger_of(taken.intent).iter().find(|entry| entry.kind == EntryKind::Charge) else {
            continue;
        };
        if is_disputed(books, taken) {
            continue;
        }
        let decisions = books.decisions_about(taken.intent);
        let order = entry.order.as_ref().and_then(|order| books.order(order.as_str()));
        let problem = match (order, decisions) {
            (None, _) => unexplained(books, taken),
            (Some(order), [_, ..]) => {
                let undone = decisions.iter().find_map(|decision| undone(books, taken, decision));
                let by_hand = decisions.iter().any(|decision| decision.reason == RefundReason::ByHand);
                undone.or_else(|| match by_hand {
                    true => served_without_money(books, order),
                    false => served_all_the_same(taken, order),
                })
            }
            (Some(order), []) => unplaced(books, taken, order),
        };
        if let Some(problem) = problem {
            found.add(
                Law::M4,
                taken.intent,
                Runbook::MoneyUnplaced,
                format!("{} of Stripe's charge: {problem}", taken.charge.amount),
            );
        }
    }
    unpaid_servers(books, found);
}

/// The bank decides about it: it took the money back, and has not returned it.
fn is_disputed(books: &Books<'_>, taken: &Taken<'_>) -> bool {
    let entries = books.ledger_of(taken.intent);
    let returned =
        |object: &str| entries.iter().any(|entry| entry.kind == EntryKind::DisputeWon && entry.object == object);
    let taken_back = entries.iter().filter(|entry| entry.kind == EntryKind::Dispute);
    taken.charge.disputed && taken_back.into_iter().any(|entry| !returned(&entry.object))
}

/// Money without an order: a person was told and has not finished, or it went back.
fn unexplained(books: &Books<'_>, taken: &Taken<'_>) -> Option<String> {
    let told =
        [Rule::PaymentMismatch, Rule::PaymentUnexplained].into_iter().any(|rule| books.is_told(rule, taken.intent));
    if told || taken.is_returned() {
        return None;
    }
    Some("no order explains it, it was not given back, and no alert is open. Refund it if nobody expects something for it.".to_owned())
}

/// It was decided to give back what an order was paid with, and the order was fulfilled.
fn served_all_the_same(taken: &Taken<'_>, purchase: &Purchase) -> Option<String> {
    let OrderState::Fulfilled { payment, .. } = &purchase.order.state else { return None };
    let own = payment.payment_intent.as_ref().is_some_and(|intent| intent.as_str() == taken.intent);
    own.then(|| {
        format!("it goes back, and order {} was fulfilled with it: one of the two is wrong.", purchase.order.id)
    })
}

/// A person gave it back after the delivery: the order stays as it is, and its server goes.
fn served_without_money(books: &Books<'_>, purchase: &Purchase) -> Option<String> {
    let service = books.service_of_order(purchase.order.id.as_str())?;
    let goes = service.stop_requested_at.is_some() || service.terminated_at.is_some();
    (!goes).then(|| format!("it went back by hand, and nothing ends the server of order {}.", purchase.order.id))
}

/// A decision to give it back that is not carried out in time, or only in our books.
fn undone(books: &Books<'_>, taken: &Taken<'_>, decision: &Decision) -> Option<String> {
    let good = || books.refunds_of(taken.intent).iter().filter(|refund| is_good(refund));
    let given: i64 = good().map(|refund| refund.amount.minor).sum();
    match (decision.done_at, decision.paid_otherwise_at) {
        (Some(_), Some(at))
            if given >= decision.amount.minor && !books.was_told(Rule::RefundedByHand, decision.id.as_str()) =>
        {
            return Some(format!("somebody paid it in another way at {at}, and Stripe gave it back as well."));
        }
        (Some(_), Some(_)) => return None,
        (Some(_), None) if given >= decision.amount.minor => return None,
        (Some(_) | None, _) => {}
    }
    let told = books.is_told(Rule::RefundStuck, decision.id.as_str())
        || books.refunds_of(taken.intent).iter().any(|refund| books.is_told(Rule::RefundStuck, &refund.id));
    if told || books.may_wait(decision.done_at.unwrap_or(decision.created_at), |deadlines| deadlines.refund) {
        return None;
    }
    Some(match (&decision.done_at, &decision.last_error) {
        (Some(at), _) => format!(
            "our books say that it went back at {at}, and Stripe has no refund that got through. The customer waits for the money."
        ),
        (None, error) => format!(
            "it has been due to go back since {} ({}), and has not. The customer waits for the money.",
            decision.created_at,
            error.as_deref().unwrap_or("no try has failed")
        ),
    })
}

/// A charge of an order, without a decision to give it back.
fn unplaced(books: &Books<'_>, taken: &Taken<'_>, purchase: &Purchase) -> Option<String> {
    let id = &purchase.order.id;
    let paid_by_this = |subscription: &str| subscription == taken.subscription;
    match &purchase.order.state {
        OrderState::Paid { payment, .. } | OrderState::Fulfilled { payment, .. }
            if paid_by_this(payment.subscription.as_str()) =>
        {
            let service = books.service_of_order(id.as_str());
            let stands = service.is_some_and(|service| {
                let leaving = books.unfinished_of(service.id.as_str()).any(|job| job.kind == OperationKind::Terminate);
                service.terminated_at.is_none() && service.stop_requested_at.is_none() && !leaving
            });
            let unserved = service.and_then(|service| {
                let ended = service.terminated_at.filter(|_| service.stop_requested_at.is_none())?;
                taken.invoice.period().filter(|period| ended < period.end && !taken.is_returned())
            });
            if let Some(period) = unserved {
                return Some(format!(
                    "it paid order {id} until {}, and the server was removed before, without anybody's wish. Give back what was not used.",
                    period.end
                ));
            }
            // Only the period that runs is both: an older one was used before it was given back.
            let newer = || books.money_on(taken.subscription).any(|other| other.charge.created > taken.charge.created);
            let told = || books.is_told(Rule::RefundedByHand, id.as_str());
            (taken.is_returned() && stands && !newer() && !told()).then(|| {
                format!("it was given back, and order {id} is still served for it. End the service, or leave it as a present.")
            })
        }
        OrderState::Reserved { .. }
        | OrderState::CheckoutOpen { .. }
        | OrderState::Settling { .. }
        | OrderState::Expired { .. }
        | OrderState::Paid { .. }
        | OrderState::Fulfilled { .. }
        | OrderState::RefundDue { .. }
        | OrderState::Refunded { .. } => (!taken.is_returned()).then(|| {
            format!(
                "order {id} is {}, was not served for it, and nobody decided to give it back. Give it back in Stripe's dashboard.",
                purchase.order.state.key()
            )
        }),
    }
}

/// A server that may be used although its subscription has ended and what was paid for is over.
fn unpaid_servers(books: &Books<'_>, found: &mut Found) {
    for service in &books.evidence.ours.services {
        let served = service.fulfilled_at.is_some() && service.terminated_at.is_none();
        let suspended = service.standing.suspension.is_some();
        // Whoever works on it suspends or removes it.
        let busy = books.unfinished_of(service.id.as_str()).next().is_some();
        let Some(one) = books.subscription(&service.subscription).filter(|_| served && !suspended && !busy) else {
            continue;
        };
        let paid = books.money_on(&service.subscription).filter_map(|taken| taken.invoice.period());
        let paid_until = paid.map(|period| period.end).max();
        let ended = one.ended_at.filter(|_| !one.is_live_contract());
        let over = ended.map(|ended| paid_until.map_or(ended, |until| until.max(ended)));
        // Days that were given are as good as paid.
        let over = over.map(|over| service.standing.extended_until.map_or(over, |until| until.max(over)));
        let over = over.and_then(|over| books.after_incidents(service, over));
        if let Some(over) = over.filter(|over| !books.may_wait(*over, |deadlines| deadlines.unpaid_server)) {
            let text = format!(
                "The subscription has ended, what was paid for was over at {over}, and the server still runs: nobody pays for it any more, \
                 and nothing suspends it."
            );
            found.add(Law::M4, &service.id, Runbook::ServiceUnpaid, text);
        }
    }
}

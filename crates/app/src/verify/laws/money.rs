//! Money that came and money that went back, in Stripe's books and in ours.

use super::{Found, Law, Runbook};
use crate::alerts::Rule;
use crate::verify::books::{Books, Taken, is_good};
use billing::{BillingReason, DisputeStatus, Invoice};
use domain::money::Money;
use domain::refund::RefundReason;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use store::ledger::EntryKind;
use store::orders::Purchase;
use store::verify::LedgerEntry;

/// Both ways: no charge without its entry, no entry without its charge, the same amount in both.
pub(super) fn m1(books: &Books<'_>, found: &mut Found) {
    for taken in &books.money {
        let entries: Vec<&LedgerEntry> = charges_of(books, taken.intent).collect();
        match entries.as_slice() {
            [] if books.may_wait(taken.charge.created, |deadlines| deadlines.ledger) => {}
            [] => found.add(Law::M1, taken.intent, Runbook::LedgerMissing, unbooked(taken)),
            // What we cannot explain, or sent back because it did not fit, was told to a person; what it says is theirs to judge.
            [entry] if entry.order.is_none() || is_refused(books, taken) || entry.amount == taken.charge.amount => {}
            [entry] => {
                let text = format!(
                    "Stripe took {}, and our ledger says {}. Compare the payment in Stripe's dashboard with the order; what was \
                     taken too much has to go back.",
                    taken.charge.amount, entry.amount
                );
                found.add(Law::M1, taken.intent, Runbook::LedgerWrong, text);
            }
            many => {
                let text = format!("The ledger has {} entries for one charge of {}.", many.len(), taken.charge.amount);
                found.add(Law::M1, taken.intent, Runbook::LedgerWrong, text);
            }
        }
    }
    let known: BTreeSet<&str> =
        books.money.iter().map(|taken| taken.intent).chain(books.strange.iter().copied()).collect();
    for entry in entries(books).filter(|entry| entry.kind == EntryKind::Charge && !books.is_younger(entry.at)) {
        if !known.contains(entry.charge.as_str()) {
            let text = format!(
                "Our ledger says that {} came in, and Stripe has no such charge. If something was delivered for it, nobody paid: \
                 look the payment up in Stripe's dashboard.",
                entry.amount
            );
            found.add(Law::M1, &entry.charge, Runbook::LedgerWrong, text);
        }
    }
}

/// Whether a payment was refused because bill and order did not fit together.
fn is_refused(books: &Books<'_>, taken: &Taken<'_>) -> bool {
    books.was_told(Rule::PaymentMismatch, taken.intent)
}

fn unbooked(taken: &Taken<'_>) -> String {
    format!(
        "Stripe took {} for order {}, and our ledger does not know of it. The customer has paid and may wait for a server. Look \
         whether events and polls arrive: the payment is applied as soon as one of them does.",
        taken.charge.amount,
        taken.order.unwrap_or("(none is named)")
    )
}

/// Entries of the mode that this key sees.
fn entries<'a>(books: &Books<'a>) -> impl Iterator<Item = &'a LedgerEntry> {
    let ours = &books.evidence.ours;
    ours.ledger.iter().filter(|entry| entry.live == ours.live)
}

fn charges_of<'a>(books: &Books<'a>, intent: &str) -> impl Iterator<Item = &'a LedgerEntry> {
    books.ledger_of(intent).iter().copied().filter(|entry| entry.kind == EntryKind::Charge)
}

/// What was billed is what was ordered, the first time and every time after.
pub(super) fn m3(books: &Books<'_>, found: &mut Found) {
    let invoices: BTreeMap<&str, &Invoice> =
        books.evidence.stripe.invoices.iter().map(|invoice| (invoice.id.as_str(), invoice)).collect();
    for purchase in &books.evidence.ours.orders {
        let Some(payment) = purchase.order.state.payment() else { continue };
        // What is refused because it was not ordered so goes back; whether it does is M4's.
        let refused = books
            .decisions_on(payment.subscription.as_str())
            .iter()
            .any(|decision| decision.reason == RefundReason::NotAsOrdered && decision.order == purchase.order.id);
        if refused || books.is_elsewhere(purchase.order.id.as_str()) || books.is_younger(purchase.state_at) {
            continue;
        }
        let problem = match invoices.get(payment.invoice.as_str()) {
            None => Some(format!("Stripe has no invoice {}, with which it was paid", payment.invoice)),
            Some(invoice) => match invoice.amount_paid.filter(|amount| *amount != payment.amount) {
                Some(amount) => {
                    Some(format!("Stripe says that {amount} was paid, and the order says {}", payment.amount))
                }
                None => misbilled(purchase, invoice),
            },
        };
        if let Some(problem) = problem {
            found.add(Law::M3, &purchase.order.id, Runbook::PaymentMismatch, differs(purchase, &problem));
        }
    }
    for taken in &books.money {
        let renews = match taken.invoice.billing_reason {
            BillingReason::SubscriptionCycle => true,
            BillingReason::SubscriptionCreate
            | BillingReason::SubscriptionUpdate
            | BillingReason::SubscriptionThreshold
            | BillingReason::Manual
            | BillingReason::Upcoming
            | BillingReason::Other(_) => false,
        };
        let Some(purchase) = books.order_paid_by(taken.subscription).filter(|_| renews) else { continue };
        if let Some(problem) = misbilled(purchase, taken.invoice) {
            found.add(Law::M3, taken.intent, Runbook::PaymentMismatch, differs(purchase, &problem));
        }
    }
}

fn differs(purchase: &Purchase, problem: &str) -> String {
    format!(
        "{problem}. The customer of order {} agreed to {}: compare the two in Stripe's dashboard, and give back what is too much.",
        purchase.order.id, purchase.order.price
    )
}

fn misbilled(purchase: &Purchase, invoice: &Invoice) -> Option<String> {
    let price = purchase.order.price;
    let sum: i64 = purchase.snapshot.lines.iter().map(|line| line.minor).sum();
    if sum != price.minor {
        return Some(format!("The lines of the order come to {sum} minor units instead of {price}"));
    }
    if let Some(subtotal) = invoice.subtotal.filter(|subtotal| *subtotal != price) {
        return Some(format!("The bill came to {subtotal}"));
    }
    let ordered: BTreeSet<&str> = purchase.snapshot.lines.iter().map(|line| line.price_id.as_str()).collect();
    let whole = invoice.lines.iter().filter(|line| !line.proration);
    let billed: Option<BTreeSet<&str>> = whole.map(|line| line.price_id.as_deref()).collect();
    // A bill that does not show its prices says nothing about them.
    let differ = invoice.lines_complete && billed.is_some_and(|billed| !billed.is_empty() && billed != ordered);
    differ.then(|| "Other prices were billed than those of the order".to_owned())
}

/// Stripe says whole seconds.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Stripe's refunds against Stripe's charges, and against our decisions, where those are not lost with what a restored database knew.
pub(super) fn m5(books: &Books<'_>, found: &mut Found) {
    for taken in &books.money {
        let good = books.refunds_of(taken.intent).iter().filter(|refund| is_good(refund));
        let given = good.map(|refund| refund.amount.minor).sum::<i64>().max(taken.charge.amount_refunded.minor);
        if given > taken.charge.amount.minor {
            let back = Money::new(given, taken.charge.amount.currency);
            let text = format!(
                "{} was taken, and {back} went back: more than there was. Ask Stripe how that could be.",
                taken.charge.amount
            );
            found.add(Law::M5, taken.intent, Runbook::RefundUnexplained, text);
        }
    }
    let mut answered: BTreeMap<&str, usize> = BTreeMap::new();
    for refund in books.evidence.stripe.refunds.iter().filter(|refund| is_good(refund)) {
        let ours = refund.metadata.get("installation") == Some(&books.evidence.ours.installation.id);
        let Some(id) = refund.metadata.get("refund_id").filter(|_| ours) else { continue };
        let lost =
            || books.lost_time().any(|lost| refund.created <= lost.ended_at && refund.created + SECOND >= lost.data_at);
        if books.decision(id).is_none() && !lost() {
            let text = format!(
                "{} went back under our mark, and we never decided it ({id}). Was the database restored from a backup? Compare \
                 with the order {} before anything else is given back.",
                refund.amount,
                refund.metadata.get("order_id").map_or("(none is named)", String::as_str)
            );
            found.add(Law::M5, &refund.id, Runbook::RefundUnexplained, text);
        }
        *answered.entry(id).or_default() += 1;
    }
    for (decision, times) in answered.into_iter().filter(|(_, times)| *times > 1) {
        let text = format!(
            "One decision to give money back was carried out {times} times. Ask the customer for nothing yet: \
                            look in Stripe's dashboard which of the refunds arrived."
        );
        found.add(Law::M5, decision, Runbook::RefundUnexplained, text);
    }
    let mut decided = BTreeSet::new();
    for decision in books.evidence.ours.refunds.iter().filter(|decision| decision.charge.is_some()) {
        if !decided.insert((&decision.charge, decision.reason.key())) {
            let text = format!("{} of order {} is to go back twice for one reason.", decision.amount, decision.order);
            found.add(Law::M5, &decision.id, Runbook::RefundUnexplained, text);
        }
    }
}

/// The entries of a charge account for every cent of it.
pub(super) fn m6(books: &Books<'_>, found: &mut Found) {
    let given: BTreeSet<&str> = books.evidence.stripe.refunds.iter().map(|refund| refund.id.as_str()).collect();
    for entry in entries(books).filter(|entry| entry.kind == EntryKind::Refund && !books.is_younger(entry.at)) {
        if !given.contains(entry.object.as_str()) {
            let text = format!(
                "Our ledger says that {} went back, and Stripe has no such refund: the customer may still wait for it.",
                entry.amount
            );
            found.add(Law::M6, &entry.object, Runbook::LedgerWrong, text);
        }
    }
    for taken in &books.money {
        balance(books, taken, found);
        for refund in books.refunds_of(taken.intent) {
            let has = |kind: EntryKind| {
                books.ledger_of(taken.intent).iter().any(|entry| entry.object == refund.id && entry.kind == kind)
            };
            let unbooked = if is_good(refund) {
                !has(EntryKind::Refund)
            } else {
                has(EntryKind::Refund) && !has(EntryKind::RefundFailed)
            };
            if unbooked && !books.may_wait(refund.created, |deadlines| deadlines.ledger) {
                let text = format!(
                    "Stripe shows a refund of {} that is {}, and our ledger does not say so. The books are wrong by that much.",
                    refund.amount, refund.status
                );
                found.add(Law::M6, &refund.id, Runbook::LedgerWrong, text);
            }
        }
    }
    disputes(books, found);
}

/// What is left of a charge is never below zero. Banks take what they take, so disputes do not count here.
fn balance(books: &Books<'_>, taken: &Taken<'_>, found: &mut Found) {
    let entries = books.ledger_of(taken.intent);
    if charges_of(books, taken.intent).next().is_none() || is_refused(books, taken) {
        return;
    }
    let ours = entries.iter().filter(|entry| match entry.kind {
        EntryKind::Charge | EntryKind::Refund | EntryKind::RefundFailed => true,
        EntryKind::Dispute | EntryKind::DisputeWon => false,
    });
    let left: i64 = ours.map(|entry| entry.amount.minor).sum();
    if left < 0 {
        let text = format!("The ledger gives back more of this charge of {} than came in.", taken.charge.amount);
        found.add(Law::M6, taken.intent, Runbook::LedgerWrong, text);
    }
    let orders: BTreeSet<&str> = entries.iter().filter_map(|entry| Some(entry.order.as_ref()?.as_str())).collect();
    if orders.len() > 1 {
        let text = format!("The ledger explains one charge by {} orders.", orders.len());
        found.add(Law::M6, taken.intent, Runbook::LedgerWrong, text);
    }
}

fn disputes(books: &Books<'_>, found: &mut Found) {
    for dispute in &books.evidence.stripe.disputes {
        let about = dispute.payment_intent.as_deref().or(dispute.charge.as_deref()).unwrap_or_default();
        let Some(taken) = books.money.iter().find(|taken| taken.intent == about || taken.charge.id == about) else {
            continue;
        };
        let has = |kind: EntryKind| {
            books.ledger_of(taken.intent).iter().any(|entry| entry.object == dispute.id && entry.kind == kind)
        };
        let booked = match dispute.status {
            DisputeStatus::NeedsResponse
            | DisputeStatus::UnderReview
            | DisputeStatus::AppealNeedsResponse
            | DisputeStatus::AppealUnderReview
            | DisputeStatus::Lost => has(EntryKind::Dispute),
            DisputeStatus::Won => !has(EntryKind::Dispute) || has(EntryKind::DisputeWon),
            // No money moved, or nobody can say whether it did.
            DisputeStatus::WarningNeedsResponse
            | DisputeStatus::WarningUnderReview
            | DisputeStatus::WarningClosed
            | DisputeStatus::Prevented
            | DisputeStatus::Other(_) => true,
        };
        if !booked && !books.may_wait(dispute.created, |deadlines| deadlines.ledger) {
            let text = format!(
                "The bank disputes {} (it is {}), and our ledger does not say so. Answer it in Stripe's dashboard in time.",
                dispute.amount, dispute.status
            );
            found.add(Law::M6, &dispute.id, Runbook::PaymentDisputed, text);
        }
    }
}

/// Nothing of another installation, or without our mark, ever paid for an order.
pub(super) fn m8(books: &Books<'_>, found: &mut Found) {
    for purchase in &books.evidence.ours.orders {
        let Some(payment) = purchase.order.state.payment() else { continue };
        let id = purchase.order.id.as_str();
        if books.is_elsewhere(id) || books.is_younger(purchase.state_at) {
            continue;
        }
        let problem = match books.subscription(payment.subscription.as_str()) {
            None => Some("Stripe does not have it".to_owned()),
            Some(one) => {
                let said = |key: &str| one.metadata.get(key).map(String::as_str);
                if said("installation") != Some(&books.evidence.ours.installation.id) {
                    Some("it carries no mark of this installation".to_owned())
                } else if said("order_id") != Some(id) {
                    Some(format!("it names order {}", said("order_id").unwrap_or("(none)")))
                } else {
                    None
                }
            }
        };
        if let Some(problem) = problem {
            let text = format!(
                "The order counts as paid by subscription {}, but {problem}. What was delivered for it may belong to nobody: look \
                 at both in Stripe's dashboard.",
                payment.subscription
            );
            found.add(Law::M8, id, Runbook::PaymentForeign, text);
        }
    }
    for entry in entries(books).filter(|entry| entry.kind == EntryKind::Charge) {
        let Some(order) = &entry.order else { continue };
        if books.strange.contains(entry.charge.as_str()) {
            let text = format!(
                "Our ledger explains {} by order {order}, but the charge at Stripe carries no mark of this installation.",
                entry.amount
            );
            found.add(Law::M8, &entry.charge, Runbook::PaymentForeign, text);
        }
    }
}

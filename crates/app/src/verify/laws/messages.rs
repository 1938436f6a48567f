//! Who was told what.

use super::{Found, Law, Runbook};
use crate::alerts::Rule;
use crate::verify::books::Books;
use domain::order::OrderState;
use domain::refund::RefundReason;
use std::collections::BTreeSet;
use store::services::{ENDED_BY_HAND, GIVEN_BACK, UNPAID};

/// A message stands in the outbox from the moment of its cause, once.
pub(super) fn n1(books: &Books<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for letter in &books.evidence.ours.letters {
        if !seen.insert((&letter.kind, &letter.subject, &letter.cause)) {
            let text = format!("`{}` about {} would be sent twice.", letter.kind, letter.subject);
            found.add(Law::N1, &letter.id, Runbook::MessageMissing, text);
        }
    }
    for service in &books.evidence.ours.services {
        if !books.was_written("payment_received", service.order.as_str(), "payment") {
            let text = "The customer paid, and was never told that the money arrived.".to_owned();
            found.add(Law::N1, &service.order, Runbook::MessageMissing, text);
        }
        if service.fulfilled_at.is_some() && !books.was_written("server_ready", service.id.as_str(), "fulfilled") {
            let text = "The server is playable, and the customer was never told. Write to them.".to_owned();
            found.add(Law::N1, &service.id, Runbook::MessageMissing, text);
        }
    }
}

/// What is about an order or a service goes to whoever it belongs to, and to nobody else.
pub(super) fn a3(books: &Books<'_>, found: &mut Found) {
    for letter in &books.evidence.ours.letters {
        let order = books.order(&letter.subject).map(|purchase| &purchase.order.customer);
        let owner = order.or_else(|| books.service(&letter.subject).map(|service| &service.customer));
        if owner.is_some_and(|owner| *owner != letter.recipient) {
            let text = format!(
                "`{}` about {} goes to {}, who has nothing to do with it. It may tell one customer about another.",
                letter.kind, letter.subject, letter.recipient
            );
            found.add(Law::A3, &letter.id, Runbook::BooksDiffer, text);
        }
    }
}

/// What was written is sent.
pub(super) fn n2(books: &Books<'_>, found: &mut Found) {
    for letter in &books.evidence.ours.letters {
        let waits = letter.sent_at.is_none() && letter.cancelled_at.is_none();
        if waits && !books.may_wait(letter.created_at, |deadlines| deadlines.letter) {
            let text = format!(
                "`{}` about {} has waited since {}. The customer does not know what it says. Look whether the mail server takes mail.",
                letter.kind, letter.subject, letter.created_at
            );
            found.add(Law::N2, &letter.id, Runbook::MessageWaiting, text);
        }
    }
}

/// Money that goes back, and a server that is gone, were told to the customer and to the operator.
pub(super) fn n5(books: &Books<'_>, found: &mut Found) {
    for decision in &books.evidence.ours.refunds {
        let order = decision.order.as_str();
        let mailed = decision.done_at.is_none() || books.was_written("refund_made", order, decision.id.as_str());
        // Who cancelled knows, and so does the operator who gave it back; there is nothing to mend.
        let asked_for = matches!(decision.reason, RefundReason::Cancelled | RefundReason::ByHand);
        let told = asked_for || books.was_told(Rule::RefundDecided, order);
        let explained = !decision.reason.ends_order()
            || books.service_of_order(order).is_none()
            || books.was_written("trouble", order, decision.reason.key());
        let silent = [
            (mailed, "the customer was not told that it is on its way"),
            (told, "no alert told the operator"),
            (explained, "the customer was not told why"),
        ];
        for (_, what) in silent.iter().filter(|(fine, _)| !fine) {
            let text =
                format!("{} of order {order} goes back ({}), and {what}.", decision.amount, decision.reason.key());
            found.add(Law::N5, &decision.id, Runbook::MessageMissing, text);
        }
    }
    for service in books.evidence.ours.services.iter().filter(|one| one.missing && one.terminated_at.is_none()) {
        let id = service.id.as_str();
        let letters = &books.evidence.ours.letters;
        let mailed = letters.iter().any(|letter| letter.kind == "server_missing" && letter.subject == id);
        if !mailed || !books.was_told(Rule::ServerMissing, id) {
            let whom = if mailed { "the operator" } else { "the customer" };
            found.add(
                Law::N5,
                id,
                Runbook::MessageMissing,
                format!("Its server is not on the panel, and {whom} was not told."),
            );
        }
    }
    for service in &books.evidence.ours.services {
        let id = service.id.as_str();
        let mailed = |kind: &str| books.evidence.ours.letters.iter().any(|one| one.kind == kind && one.subject == id);
        let deleted = service.terminated_at.is_some() && service.standing.stop_reason.as_deref() == Some(UNPAID);
        let by_hand = matches!(service.standing.stop_reason.as_deref(), Some(GIVEN_BACK | ENDED_BY_HAND));
        let ended = service.terminated_at.is_some() && by_hand;
        let silent = [
            (service.standing.suspension.is_some() && !mailed("server_suspended"), "was suspended"),
            (deleted && !mailed("server_deleted"), "was deleted because nobody paid"),
            (ended && !mailed("server_ended"), "was ended by hand"),
        ];
        for (_, what) in silent.iter().filter(|(silent, _)| *silent) {
            let text = format!("Its server {what}, and the customer was not told. Write to them.");
            found.add(Law::N5, id, Runbook::MessageMissing, text);
        }
    }
    for purchase in &books.evidence.ours.orders {
        let OrderState::Refunded { refund, .. } = &purchase.order.state else { continue };
        if books.decision(refund.as_str()).is_none_or(|decision| decision.done_at.is_none()) {
            let text =
                format!("The order says that its money went back by {refund}, and no such refund was carried out.");
            found.add(Law::N5, &purchase.order.id, Runbook::MoneyUnplaced, text);
        }
    }
}

//! Money that came and money that went back.

use super::{Found, Law};
use crate::verify::books::{Books, is_good};
use store::ledger::EntryKind;

/// Both ways: no charge without its entry, no entry without its charge, and the same amount in both.
pub(super) fn m1(books: &Books<'_>, found: &mut Found) {
    for taken in &books.money {
        let entries = books.ledger_of(taken.intent);
        let count = entries.iter().filter(|entry| entry.kind == EntryKind::Charge).count();
        if count == 0 && !books.may_wait(taken.charge.created, |deadlines| deadlines.ledger) {
            let text = format!(
                "Stripe took {} for order {}, and our ledger does not know of it. The customer has paid and may wait for a \
                 server. Look whether events and polls arrive; the payment is applied as soon as one of them does.",
                taken.charge.amount,
                taken.order.unwrap_or("(none named)")
            );
            found.add(Law::M1, taken.intent, "ledger.missing", text);
        }
    }
}

/// Stripe's refunds against Stripe's charges, and ours against our decisions.
pub(super) fn m5(books: &Books<'_>, found: &mut Found) {
    for taken in &books.money {
        let given: i64 =
            books.refunds_of(taken.intent).iter().filter(|one| is_good(one)).map(|one| one.amount.minor).sum();
        if given > taken.charge.amount.minor {
            let text = format!(
                "{} was taken and {} minor units went back: more than there was. Ask Stripe how that could be.",
                taken.charge.amount, given
            );
            found.add(Law::M5, taken.intent, "refund.stuck", text);
        }
    }
}

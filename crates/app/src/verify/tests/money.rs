use super::sample::*;
use super::{Moment, always, later, none, one, restored, running, sample};
use crate::verify::{Evidence, Law};
use billing::{ChargeStatus, Dispute, DisputeStatus, RefundStatus};
use domain::money::{Currency, Money};
use domain::order::OrderState;
use jiff::SignedDuration;
use store::ledger::EntryKind;

#[test]
fn m1_a_charge_without_an_entry() {
    one(Law::M1, "pi_1", &later(), |shop| shop.ours.ledger.retain(|entry| entry.object != "pi_1"));
}

#[test]
fn m1_waits_ten_minutes_on_a_running_shop() {
    one(Law::M1, "pi_1", &[Moment::Decided], |shop| {
        shop.ours.ledger.retain(|entry| entry.object != "pi_1");
        shop.stripe.charges[0].created = minute(NOW - 9);
    });
}

#[test]
fn m1_an_entry_without_a_charge_and_another_amount() {
    one(Law::M1, "pi_9", &always(), |shop| {
        shop.ours.ledger.push(entry("pi_9", EntryKind::Charge, 9, 500));
    });
    one(Law::M1, "pi_1", &always(), |shop| shop.ours.ledger[0].amount = usd(1));
    one(Law::M1, "pi_1", &always(), |shop| {
        shop.ours.ledger.push(store::verify::LedgerEntry { object: "ch_1".to_owned(), ..shop.ours.ledger[0].clone() });
    });
}

#[test]
fn m3_another_amount_currency_price_or_bill_than_was_ordered() {
    let order = order(DELIVERED);
    one(Law::M3, &order, &always(), |shop| shop.stripe.invoices[0].subtotal = Some(usd(1)));
    one(Law::M3, &order, &always(), |shop| {
        shop.stripe.invoices[0].subtotal = Some(Money::new(1399, Currency::EUR));
    });
    one(Law::M3, &order, &always(), |shop| shop.stripe.invoices[0].amount_paid = Some(usd(1)));
    one(Law::M3, &order, &always(), |shop| {
        shop.stripe.invoices[0].lines[0].price_id = Some("price_other".to_owned());
    });
    one(Law::M3, &order, &always(), |shop| shop.ours.orders[0].snapshot.lines[0].minor = 1);
}

#[test]
fn m3_what_was_refused_because_it_did_not_fit_is_in_order() {
    let mut shop = evidence();
    shop.stripe.invoices[1].subtotal = Some(usd(1));
    shop.ours.ledger[1].amount = usd(1);
    shop.ours.refunds[0].reason = domain::refund::RefundReason::NotAsOrdered;
    shop.ours.letters.push(letter(9, "trouble", &order(REFUNDED), "not_as_ordered"));
    shop.ours.alerts.push(alert(2, "payment.mismatch", "pi_2"));
    assert_eq!(super::found(&shop, &Moment::Decided), []);
}

#[test]
fn m3_a_renewal_at_another_price() {
    one(Law::M3, "pi_9", &always(), |shop| {
        let renewal = billing::Invoice {
            id: "in_9".to_owned(),
            billing_reason: billing::BillingReason::SubscriptionCycle,
            subtotal: Some(usd(9999)),
            ..invoice(DELIVERED)
        };
        shop.stripe.charges.push(charge(9));
        shop.stripe.invoice_payments.push(invoice_payment(9));
        shop.stripe.invoices.push(renewal);
        let booked = entry("pi_9", EntryKind::Charge, 9, 1399);
        shop.ours.ledger.push(store::verify::LedgerEntry { order: Some(id(DELIVERED)), ..booked });
    });
}

#[test]
fn m4_a_decision_to_give_back_that_is_not_carried_out() {
    one(Law::M4, "pi_2", &later(), |shop| {
        shop.ours.refunds[0].done_at = None;
        shop.ours.orders[1].order.state = refund_due();
        shop.ours.letters.retain(|letter| letter.kind != "refund_made");
        shop.ours.ledger.retain(|entry| entry.kind != EntryKind::Refund);
        shop.stripe.refunds.clear();
        shop.stripe.charges[1].amount_refunded = usd(0);
    });
}

#[test]
fn m4_a_refund_that_failed_while_our_books_call_it_done() {
    let fails = |shop: &mut crate::verify::Evidence| {
        shop.stripe.refunds[0].status = RefundStatus::Failed;
        shop.stripe.charges[1].amount_refunded = usd(0);
        shop.ours.ledger.push(entry("re_2", EntryKind::RefundFailed, REFUNDED, 1399));
    };
    one(Law::M4, "pi_2", &later(), fails);
    let mut told = evidence();
    fails(&mut told);
    told.ours.alerts.push(alert(2, "refund.stuck", "re_2"));
    assert_eq!(super::found(&told, &Moment::Decided), []);
    let mut paid = evidence();
    fails(&mut paid);
    paid.ours.refunds[0].paid_otherwise_at = paid.ours.refunds[0].done_at;
    assert_eq!(super::found(&paid, &Moment::Decided), [], "a person paid it in another way");
    one(Law::M4, "pi_2", &always(), |shop| shop.ours.refunds[0].paid_otherwise_at = shop.ours.refunds[0].done_at);
}

#[test]
fn m4_money_that_no_order_explains_and_nobody_was_told_of() {
    let suspense = |shop: &mut crate::verify::Evidence| {
        shop.stripe.charges.push(charge(9));
        shop.stripe.invoice_payments.push(invoice_payment(9));
        shop.stripe.invoices.push(invoice(9));
        shop.ours.ledger.push(store::verify::LedgerEntry { order: None, ..entry("pi_9", EntryKind::Charge, 9, 1399) });
    };
    one(Law::M4, "pi_9", &always(), suspense);
    let mut told = evidence();
    suspense(&mut told);
    told.ours.alerts.push(alert(2, "payment.mismatch", "pi_9"));
    assert_eq!(super::found(&told, &Moment::Decided), []);
}

#[test]
fn m4_a_second_payment_that_nobody_gives_back() {
    one(Law::M4, "pi_9", &always(), |shop| {
        let subscription = billing::SubscriptionStatus::Canceled;
        shop.stripe.charges.push(charge(9));
        shop.stripe.invoice_payments.push(invoice_payment(9));
        shop.stripe.invoices.push(invoice(9));
        shop.stripe.subscriptions.push(super::sample::subscription(9, subscription));
        let second = entry("pi_9", EntryKind::Charge, 9, 1399);
        shop.ours.ledger.push(store::verify::LedgerEntry { order: Some(id(DELIVERED)), ..second });
    });
}

#[test]
fn m4_money_that_went_back_for_a_server_that_is_still_served() {
    one(Law::M4, "pi_1", &always(), |shop| {
        shop.stripe.charges[0].amount_refunded = usd(1399);
        let by_hand = billing::Refund { metadata: std::collections::BTreeMap::new(), ..given(DELIVERED, 9) };
        shop.stripe.refunds.push(by_hand);
        shop.ours.ledger.push(entry("re_1", EntryKind::Refund, DELIVERED, -1399));
    });
}

#[test]
fn m4_money_that_goes_back_although_its_order_was_fulfilled() {
    one(Law::M4, "pi_1", &always(), |shop| {
        let decided = store::refunds::Refund {
            done_at: None,
            reason: domain::refund::RefundReason::PaidTwice,
            created_at: minute(NOW - 1),
            ..decision(DELIVERED)
        };
        shop.ours.refunds.push(decided);
        shop.ours.alerts.push(alert(2, "refund.decided", &order(DELIVERED)));
        shop.ours.alerts.push(alert(3, "refund.stuck", decision(DELIVERED).id.as_str()));
    });
}

#[test]
fn m4_money_that_went_back_by_hand_while_nothing_ends_the_server() {
    one(Law::M4, "pi_1", &always(), |shop| {
        let decided = store::refunds::Refund {
            done_at: None,
            reason: domain::refund::RefundReason::ByHand,
            created_at: minute(NOW - 1),
            ..decision(DELIVERED)
        };
        shop.ours.refunds.push(decided);
        shop.ours.alerts.push(alert(3, "refund.stuck", decision(DELIVERED).id.as_str()));
    });
}

#[test]
fn m4_days_that_were_given_are_as_good_as_paid() {
    let mut shop = evidence();
    shop.stripe.subscriptions[0] = subscription(DELIVERED, billing::SubscriptionStatus::Canceled);
    shop.ours.services[0].subscription_state = "canceled".to_owned();
    shop.ours.services[0].standing.extended_until = Some(minute(NOW + 10));
    assert_eq!(super::found(&shop, &Moment::Decided), []);
}

#[test]
fn m4_a_server_that_nobody_pays_for_any_more() {
    one(Law::M4, &service(DELIVERED), &later(), |shop| {
        shop.stripe.subscriptions[0] = subscription(DELIVERED, billing::SubscriptionStatus::Canceled);
        shop.ours.services[0].subscription_state = "canceled".to_owned();
    });
}

#[test]
fn m4_a_server_that_was_removed_while_its_money_was_kept() {
    let removed = |shop: &mut Evidence| {
        let month = billing::Period { start: minute(0), end: minute(30 * 24 * 60) };
        shop.stripe.invoices[0].lines[0].period = Some(month);
        shop.ours.services[0].terminated_at = Some(minute(20));
        shop.ours.holdings[0].released_at = Some(minute(20));
        shop.ours.holdings[0].ports.clear();
        shop.panel.servers.clear();
        shop.ours.services[0].subscription_state = "canceled".to_owned();
        shop.stripe.subscriptions[0] = subscription(DELIVERED, billing::SubscriptionStatus::Canceled);
    };
    let about = |shop: &Evidence| {
        let found = super::found(shop, &Moment::Decided);
        found.iter().any(|(law, subject)| *law == Law::M4 && subject == "pi_1")
    };
    let mut shop = evidence();
    removed(&mut shop);
    assert!(about(&shop));
    shop.ours.services[0].stop_requested_at = Some(minute(20));
    assert!(!about(&shop), "somebody wished it");
}

#[test]
fn m4_disputed_money_is_where_it_should_be() {
    let mut shop = evidence();
    disputed(&mut shop);
    shop.ours.ledger.push(entry("du_1", EntryKind::Dispute, DELIVERED, -1399));
    assert_eq!(super::found(&shop, &Moment::Decided), []);
}

fn disputed(shop: &mut crate::verify::Evidence) {
    shop.stripe.charges[0].disputed = true;
    shop.stripe.disputes.push(Dispute {
        id: "du_1".to_owned(),
        status: DisputeStatus::NeedsResponse,
        amount: usd(1399),
        reason: String::new(),
        charge: Some("ch_1".to_owned()),
        payment_intent: Some("pi_1".to_owned()),
        evidence_due: None,
        is_charge_refundable: false,
        live: false,
        created: minute(20),
    });
}

#[test]
fn m5_more_goes_back_than_came_or_without_a_decision_or_twice() {
    one(Law::M5, "pi_2", &always(), |shop| shop.stripe.charges[1].amount_refunded = usd(1400));
    let undecided = |shop: &mut Evidence| {
        shop.stripe.refunds[0].metadata.insert("refund_id".to_owned(), "rfd_unknown".to_owned());
    };
    one(Law::M5, "re_2", &always(), undecided);
    // What decided it is lost with what the shop knew before it came back from a backup.
    let given_back = sample::evidence().stripe.refunds[0].created;
    let second = SignedDuration::from_secs(1);
    none(|shop| {
        undecided(shop);
        shop.ours.past_freezes.push(restored(given_back - second, given_back + second));
    });
    for (from, to) in [(-9, -2), (2, 9)] {
        one(Law::M5, "re_2", &always(), |shop| {
            undecided(shop);
            shop.ours.past_freezes.push(restored(given_back + second * from, given_back + second * to));
        });
    }
    one(Law::M5, id::<domain::ids::RefundId>(REFUNDED).as_str(), &always(), |shop| {
        shop.stripe.refunds[0].amount = usd(700);
        shop.ours.ledger[2].amount = usd(-700);
        shop.stripe.refunds.push(billing::Refund {
            id: "re_twice".to_owned(),
            amount: usd(699),
            ..shop.stripe.refunds[0].clone()
        });
        shop.ours.ledger.push(entry("re_twice", EntryKind::Refund, REFUNDED, -699));
    });
}

#[test]
fn m6_refunds_and_disputes_that_the_ledger_does_not_know_or_made_up() {
    one(Law::M6, "re_2", &later(), |shop| shop.ours.ledger.retain(|entry| entry.kind != EntryKind::Refund));
    one(Law::M6, "du_1", &later(), disputed);
    one(Law::M6, "re_9", &always(), |shop| shop.ours.ledger.push(entry("re_9", EntryKind::Refund, DELIVERED, -1)));
    one(Law::M6, "pi_1", &always(), |shop| {
        let other = entry("du_0", EntryKind::Dispute, DELIVERED, 0);
        shop.ours.ledger.push(store::verify::LedgerEntry { order: Some(id(REFUNDED)), ..other });
    });
}

#[test]
fn m8_a_subscription_of_somebody_else_never_pays() {
    one(Law::M8, &order(DELIVERED), &always(), |shop| {
        shop.stripe.subscriptions[0].metadata.insert("order_id".to_owned(), order(UNPAID));
    });
    // Its charge is nobody's that we know, either.
    let mut shop = evidence();
    shop.stripe.subscriptions[0].metadata.insert("installation".to_owned(), "ins_2".to_owned());
    let expected = [(Law::M8, order(DELIVERED)), (Law::M8, "pi_1".to_owned())];
    assert_eq!(super::found(&shop, &running()), expected);
}

#[test]
fn charges_that_took_nothing_and_those_of_the_other_mode_are_nobodys_business() {
    let mut shop = evidence();
    for (number, status, live) in [(8, ChargeStatus::Failed, false), (9, ChargeStatus::Succeeded, true)] {
        shop.stripe.charges.push(billing::Charge { status, live, ..charge(number) });
        shop.stripe.invoice_payments.push(invoice_payment(number));
        shop.stripe.invoices.push(invoice(number));
    }
    shop.ours.ledger.push(store::verify::LedgerEntry { live: true, ..entry("pi_live", EntryKind::Charge, 9, 500) });
    assert_eq!(super::found(&shop, &Moment::Decided), []);
}

#[test]
fn an_order_of_the_other_mode_is_not_compared_with_what_this_key_sees() {
    let mut shop = evidence();
    shop.ours.live = true;
    shop.stripe = crate::verify::AtStripe::default();
    assert_eq!(super::found(&shop, &Moment::Decided), []);
    assert!(matches!(shop.ours.orders[0].order.state, OrderState::Fulfilled { .. }));
}

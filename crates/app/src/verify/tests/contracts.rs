use super::sample::*;
use super::{Moment, always, later, one};
use crate::verify::Law;
use billing::{SessionStatus, SubscriptionStatus};
use domain::order::{CheckoutSessionId, OrderState};

#[test]
fn m2_two_open_pages_of_one_order() {
    one(Law::M2, &order(4), &always(), |shop| {
        with_open_order(shop);
        let mut second = session(4, SessionStatus::Open);
        second.id = "cs_4_2".to_owned();
        shop.stripe.sessions.push(second);
        shop.ours.pages.push(shop.ours.pages[3].clone());
    });
}

#[test]
fn m2_subscriptions_in_force_that_pay_for_nothing() {
    one(Law::M2, "sub_9", &always(), |shop| {
        shop.stripe.subscriptions.push(subscription(9, SubscriptionStatus::Active))
    });
    one(Law::M2, "sub_9", &later(), |shop| {
        let mut extra = subscription(DELIVERED, SubscriptionStatus::Active);
        extra.id = "sub_9".to_owned();
        shop.stripe.subscriptions.push(extra);
    });
}

#[test]
fn m9_another_word_about_the_subscription_than_stripes() {
    one(Law::M9, &service(DELIVERED), &[Moment::Decided], |shop| {
        shop.stripe.subscriptions[0].status = SubscriptionStatus::PastDue;
    });
}

#[test]
fn m10_a_subscription_that_outlives_its_refund_or_its_server() {
    one(Law::M10, "sub_2", &always(), |shop| shop.stripe.subscriptions[1].status = SubscriptionStatus::Active);
    one(Law::M10, "sub_1", &always(), |shop| {
        shop.ours.services[0].terminated_at = Some(minute(20));
        shop.ours.holdings[0].released_at = Some(minute(20));
        shop.ours.holdings[0].ports.clear();
        shop.panel.servers.clear();
    });
}

#[test]
fn m10_a_charge_after_the_end_that_nobody_gives_back() {
    one(Law::M10, "pi_1", &always(), |shop| {
        shop.ours.services[0].terminated_at = Some(minute(4));
        shop.ours.services[0].fulfilled_at = Some(minute(3));
        shop.ours.services[0].subscription_state = "canceled".to_owned();
        shop.stripe.subscriptions[0] = subscription(DELIVERED, SubscriptionStatus::Canceled);
        shop.ours.holdings[0].released_at = Some(minute(4));
        shop.ours.holdings[0].ports.clear();
        shop.panel.servers.clear();
    });
}

#[test]
fn c2_c3_and_o10_orders_that_are_being_paid() {
    one(Law::C2, &order(4), &always(), |shop| {
        with_open_order(shop);
        shop.ours.holdings.pop();
    });
    one(Law::C3, &order(UNPAID), &always(), |shop| shop.stripe.sessions[2].status = SessionStatus::Open);
    one(Law::C3, &order(UNPAID), &always(), |shop| shop.ours.holdings[2] = holding(3, UNPAID, 3, false));
    one(Law::O10, &order(4), &later(), |shop| {
        with_open_order(shop);
        let session = CheckoutSessionId::new("cs_4");
        shop.ours.orders[3].order.state = OrderState::CheckoutOpen { session, until: minute(NOW - 120) };
    });
}

#[test]
fn o1_a_page_that_was_never_written_down() {
    one(Law::O1, &order(UNPAID), &always(), |shop| shop.ours.pages.retain(|page| page.order.as_str() != order(UNPAID)));
}

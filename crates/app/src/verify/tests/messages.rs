use super::sample::*;
use super::{always, later, one};
use crate::verify::Law;
use domain::ids::{MessageId, RefundId};
use store::verify::Arrival;

#[test]
fn n1_messages_that_were_never_written_or_twice() {
    one(Law::N1, &order(DELIVERED), &always(), |shop| drop(shop.ours.letters.remove(0)));
    one(Law::N1, &service(DELIVERED), &always(), |shop| drop(shop.ours.letters.remove(1)));
    one(Law::N1, id::<MessageId>(1).as_str(), &always(), |shop| {
        shop.ours.letters.push(shop.ours.letters[0].clone());
    });
}

#[test]
fn a3_a_message_that_goes_to_somebody_else() {
    one(Law::A3, id::<MessageId>(2).as_str(), &always(), |shop| shop.ours.letters[1].recipient = id(101));
}

#[test]
fn n2_a_message_that_is_not_sent() {
    one(Law::N2, id::<MessageId>(1).as_str(), &later(), |shop| shop.ours.letters[0].sent_at = None);
}

#[test]
fn n5_money_that_goes_back_and_a_server_that_is_gone_without_a_word() {
    let decision = id::<RefundId>(REFUNDED);
    one(Law::N5, decision.as_str(), &always(), |shop| shop.ours.letters.retain(|letter| letter.kind != "refund_made"));
    one(Law::N5, decision.as_str(), &always(), |shop| shop.ours.letters.retain(|letter| letter.kind != "trouble"));
    one(Law::N5, decision.as_str(), &always(), |shop| shop.ours.alerts.clear());
    one(Law::N5, &service(DELIVERED), &always(), |shop| {
        shop.ours.services[0].missing = true;
        shop.ours.alerts.push(alert(2, "server.missing", &service(DELIVERED)));
    });
}

#[test]
fn o2_an_event_that_is_not_applied() {
    let arrival = Arrival {
        id: "evt_1".to_owned(),
        kind: "invoice.paid".to_owned(),
        object: None,
        received_at: minute(5),
        processed_at: None,
    };
    one(Law::O2, "evt_1", &later(), |shop| shop.ours.arrivals.push(arrival.clone()));
    one(Law::O2, "evt_1", &[], |shop| {
        shop.ours.arrivals.push(arrival.clone());
        shop.ours.alerts.push(alert(2, "event.unreadable", "evt_1"));
    });
}

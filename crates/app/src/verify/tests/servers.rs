use super::sample::*;
use super::{Moment, always, later, none, one, restored, running};
use crate::verify::Law;
use billing::SubscriptionStatus;
use domain::ids::OperationId;
use domain::provision::AttemptOutcome;
use domain::standing::{Suspension, Why};
use panel::{PanelUserId, ServerStatus};
use store::operations::{OperationKind, Outcome};

const STRAY: &str = "g1-svc-00000000000000000000000000000063";

#[test]
fn s1_a_server_without_a_service_and_a_service_without_a_server() {
    one(Law::S1, "uuid-8", &always(), |shop| shop.panel.servers.push(server(8, STRAY)));
    one(Law::S1, &service(DELIVERED), &later(), |shop| shop.panel.servers.clear());
    // A person was told and looks; on a running shop it stays a difference.
    one(Law::S1, &service(DELIVERED), &[running()], |shop| {
        shop.panel.servers.clear();
        shop.ours.alerts.push(alert(2, "server.missing", &service(DELIVERED)));
    });
    one(Law::S1, &service(DELIVERED), &later(), |shop| shop.panel.servers[0].external_id = None);
    one(Law::S1, &service(DELIVERED), &always(), |shop| shop.panel.servers[0].uuid = "uuid-other".to_owned());
}

#[test]
fn servers_of_others_are_nobodys_business() {
    let mut shop = evidence();
    shop.panel.servers.push(server(8, "g2-svc-00000000000000000000000000000001"));
    assert_eq!(super::found(&shop, &Moment::Decided), []);
}

#[test]
fn s2_a_service_whose_server_has_another_name() {
    one(Law::S2, &service(REFUNDED), &always(), |shop| shop.ours.services[1].external_id = STRAY.to_owned());
}

#[test]
fn s3_two_servers_of_one_service() {
    one(Law::S3, &service(DELIVERED), &always(), |shop| {
        let name = shop.ours.services[0].external_id.clone();
        shop.panel.servers.push(server(8, &name));
    });
}

#[test]
fn s4_a_server_that_no_call_of_ours_made_or_that_nobody_paid_for() {
    one(Law::S4, &service(DELIVERED), &always(), |shop| shop.ours.create_calls.clear());
    // What made it is lost with what the shop knew before it came back from a backup.
    none(|shop| {
        shop.ours.create_calls.clear();
        shop.ours.past_freezes.push(restored(minute(0), minute(60)));
    });
    one(Law::S4, &service(DELIVERED), &always(), |shop| {
        shop.ours.create_calls.clear();
        shop.ours.past_freezes.push(restored(minute(-60), minute(-1)));
    });
    one(Law::S4, &service(DELIVERED), &always(), |shop| {
        let other = store::verify::CreateCall {
            id: id(2),
            operation: id::<OperationId>(4),
            ..shop.ours.create_calls[0].clone()
        };
        shop.ours.create_calls.push(other);
        shop.ours.jobs.push(job(4, DELIVERED, OperationKind::Terminate, Some(Outcome::GivenUp)));
    });
}

#[test]
fn s4_and_o4_calls_that_came_too_early_or_too_late() {
    let call = |number: u128, seconds: i64, outcome| store::verify::CreateCall {
        id: id(number),
        started_at: minute(6) + jiff::SignedDuration::from_secs(seconds),
        finished_at: Some(minute(6) + jiff::SignedDuration::from_secs(seconds)),
        outcome: Some(outcome),
        ..evidence().ours.create_calls[0].clone()
    };
    one(Law::S4, &service(DELIVERED), &always(), |shop| {
        shop.ours.create_calls = vec![call(1, 0, AttemptOutcome::Lost), call(2, 59, AttemptOutcome::Created)];
    });
    one(Law::S4, &service(DELIVERED), &[], |shop| {
        shop.ours.create_calls = vec![call(1, 0, AttemptOutcome::Lost), call(2, 60, AttemptOutcome::Created)];
    });
    // Whoever made the first call stood still, and wrote down only an hour later that its answer was lost.
    let late = store::verify::CreateCall { finished_at: Some(minute(66)), ..call(1, 0, AttemptOutcome::Lost) };
    let longest = evidence().waits.create_call.as_secs();
    none(|shop| shop.ours.create_calls = vec![late.clone(), call(2, longest + 60, AttemptOutcome::Created)]);
    one(Law::S4, &service(DELIVERED), &always(), |shop| {
        shop.ours.create_calls = vec![late.clone(), call(2, longest + 59, AttemptOutcome::Created)];
    });
    let forgotten = store::verify::CreateCall { outcome: None, finished_at: None, ..late.clone() };
    one(Law::S4, &service(DELIVERED), &always(), |shop| {
        shop.ours.create_calls = vec![forgotten, call(2, longest + 59, AttemptOutcome::Created)];
    });
    one(Law::O4, &service(DELIVERED), &always(), |shop| {
        shop.ours.create_calls.push(call(2, 3600, AttemptOutcome::Refused));
    });
}

#[test]
fn s5_a_server_that_was_handed_over_without_a_proof() {
    let subject = order(DELIVERED);
    one(Law::S5, &subject, &always(), |shop| shop.ours.jobs[0].progress.confirmed_at = Some(minute(9)));
    one(Law::S5, &subject, &always(), |shop| shop.ours.jobs[0].progress.installed_at = None);
    one(Law::S5, &subject, &always(), |shop| shop.ours.services[0].verified = None);
    one(Law::S5, &subject, &always(), |shop| shop.ours.jobs[0].outcome = Some(Outcome::GivenUp));
    one(Law::S5, &subject, &always(), |shop| {
        shop.ours.services[0].verified = Some(false);
        shop.ours.jobs[0].progress.running_since = Some(minute(10));
    });
    one(Law::S5, &subject, &[Moment::Decided], |shop| shop.panel.servers[0].status = ServerStatus::Installing);
    one(Law::S5, &order(REFUNDED), &always(), |shop| {
        shop.ours.services[1].fulfilled_at = Some(minute(10));
        shop.ours.letters.push(letter(9, "server_ready", &service(REFUNDED), "fulfilled"));
    });
}

#[test]
fn s6_s11_and_s12_a_server_that_is_not_as_it_was_bought() {
    let subject = service(DELIVERED);
    one(Law::S6, &subject, &later(), |shop| shop.panel.servers[0].suspended = true);
    one(Law::S11, &subject, &later(), |shop| shop.panel.servers[0].limits.memory_mib = 0);
    one(Law::S11, &subject, &later(), |shop| shop.panel.servers[0].feature_limits.databases = None);
    one(Law::S12, &subject, &always(), |shop| shop.panel.servers[0].owner = PanelUserId::new(6));
    one(Law::S12, &subject, &later(), |shop| shop.panel.accounts[0].admin = true);
    one(Law::S12, &subject, &later(), |shop| shop.panel.accounts[0].external_id = None);
}

/// Suspended by us, and told.
fn suspended(shop: &mut crate::verify::Evidence, why: Why, delete_on: Option<jiff::Timestamp>) {
    let suspension = Suspension { at: minute(20), why, read_at: minute(20), delete_on, noticed_at: None };
    shop.ours.services[0].standing.suspension = Some(suspension);
    shop.ours.services[0].standing.read_at = Some(minute(NOW));
    shop.panel.servers[0].suspended = true;
    shop.ours.letters.push(letter(9, "server_suspended", &service(DELIVERED), "20:not_paid"));
}

#[test]
fn s6_a_suspension_of_ours_that_somebody_lifted() {
    let date = Some(minute(NOW + 10));
    one(Law::S6, &service(DELIVERED), &later(), |shop| {
        suspended(shop, Why::Disputed, None);
        shop.panel.servers[0].suspended = false;
    });
    one(Law::N5, &service(DELIVERED), &always(), |shop| {
        suspended(shop, Why::Disputed, None);
        shop.ours.letters.retain(|letter| letter.kind != "server_suspended");
    });
    one(Law::S6, &service(DELIVERED), &[], |shop| {
        suspended(shop, Why::NotPaid, date);
        shop.stripe.subscriptions[0].status = SubscriptionStatus::PastDue;
        shop.ours.services[0].subscription_state = "past_due".to_owned();
    });
}

#[test]
fn m7_a_suspension_on_an_old_reading_or_of_somebody_who_pays() {
    let past_due = |shop: &mut crate::verify::Evidence| {
        suspended(shop, Why::NotPaid, Some(minute(NOW + 10)));
        shop.stripe.subscriptions[0].status = SubscriptionStatus::PastDue;
        shop.ours.services[0].subscription_state = "past_due".to_owned();
    };
    one(Law::M7, &service(DELIVERED), &always(), |shop| {
        past_due(shop);
        shop.ours.services[0].standing.suspension.as_mut().unwrap().read_at = minute(5);
    });
    one(Law::M7, &service(DELIVERED), &later(), |shop| {
        suspended(shop, Why::NotPaid, Some(minute(NOW + 10)));
        shop.ours.services[0].standing.read_at = Some(minute(20));
    });
}

#[test]
fn s9_a_server_that_stands_past_its_promised_date() {
    one(Law::S9, &service(DELIVERED), &later(), |shop| {
        suspended(shop, Why::NotPaid, Some(minute(30)));
        shop.stripe.subscriptions[0].status = SubscriptionStatus::PastDue;
        shop.ours.services[0].subscription_state = "past_due".to_owned();
    });
}

#[test]
fn s9_and_m4_wait_for_the_end_of_an_incident() {
    let mut shop = evidence();
    suspended(&mut shop, Why::NotPaid, Some(minute(30)));
    shop.stripe.subscriptions[0].status = SubscriptionStatus::PastDue;
    shop.ours.services[0].subscription_state = "past_due".to_owned();
    let incident = store::incidents::Incident {
        id: id(1),
        began_at: minute(25),
        ended_at: None,
        title: String::new(),
        text: String::new(),
        region: None,
    };
    shop.ours.incidents.push(incident);
    assert_eq!(super::found(&shop, &Moment::Decided), []);
    // One in another region changes nothing.
    shop.ours.incidents[0].region = Some(domain::catalogue::RegionKey::new("the-moon"));
    assert_ne!(super::found(&shop, &Moment::Decided), []);
}

#[test]
fn s10_data_that_went_before_the_promised_date_or_without_a_notice() {
    /// Deleted because nobody paid, as it was promised.
    fn deleted(shop: &mut crate::verify::Evidence) {
        let days = |days: i64| minute(20) + jiff::SignedDuration::from_hours(24 * days);
        suspended(shop, Why::NotPaid, Some(days(14)));
        shop.at = days(15);
        let bought = &mut shop.ours.services[0];
        bought.standing.suspension.as_mut().unwrap().noticed_at = Some(days(11));
        bought.standing.stop_reason = Some(store::services::UNPAID.to_owned());
        (bought.stop_requested_at, bought.terminated_at) = (Some(days(14)), Some(days(14)));
        bought.subscription_state = "canceled".to_owned();
        shop.stripe.subscriptions[0] = subscription(DELIVERED, SubscriptionStatus::Canceled);
        shop.ours.holdings[0].released_at = Some(days(14));
        shop.ours.holdings[0].ports.clear();
        shop.panel.servers.clear();
        shop.ours.letters.push(letter(10, "server_deleted", &service(DELIVERED), "deleted"));
    }
    let subject = service(DELIVERED);
    one(Law::S10, &subject, &[], deleted);
    one(Law::S10, &subject, &always(), |shop| {
        deleted(shop);
        shop.ours.services[0].stop_requested_at = Some(minute(20));
    });
    one(Law::S10, &subject, &always(), |shop| {
        deleted(shop);
        shop.ours.services[0].standing.suspension.as_mut().unwrap().noticed_at = None;
    });
    one(Law::N5, &subject, &always(), |shop| {
        deleted(shop);
        shop.ours.letters.retain(|letter| letter.kind != "server_deleted");
    });
    one(Law::S10, &subject, &always(), |shop| {
        shop.ours.letters.push(letter(10, "server_deleted", &service(DELIVERED), "deleted"));
    });
}

#[test]
fn s9_what_ended_and_left_something_behind() {
    let subject = service(REFUNDED);
    one(Law::S9, &subject, &later(), |shop| {
        let name = shop.ours.services[1].external_id.clone();
        shop.panel.servers.push(server(8, &name));
        let late = store::verify::CreateCall {
            id: id(2),
            operation: id::<OperationId>(2),
            ..shop.ours.create_calls[0].clone()
        };
        shop.ours.create_calls.push(late);
    });
    one(Law::S9, &subject, &always(), |shop| shop.ours.holdings[1] = holding(2, REFUNDED, 2, false));
    one(Law::S9, &subject, &always(), |shop| {
        shop.ours.services[1].terminated_at = None;
        shop.ours.services[1].subscription_state = "canceled".to_owned();
        shop.ours.holdings[1] = holding(2, REFUNDED, 2, false);
    });
}

#[test]
fn o3_two_jobs_on_one_service() {
    one(Law::O3, &service(4), &always(), |shop| {
        with_delivery(shop);
        shop.ours.jobs.push(job(5, 4, OperationKind::Create, None));
        shop.ours.alerts.push(alert(2, "order.stuck", &order(4)));
    });
}

#[test]
fn o6_work_that_stands_still_or_is_missing() {
    one(Law::O6, &service(4), &always(), |shop| {
        with_delivery(shop);
        shop.ours.jobs[3].parked_why = Some("another owner".to_owned());
        shop.ours.alerts.push(alert(2, "order.stuck", &order(4)));
    });
    one(Law::O6, &order(4), &always(), |shop| {
        with_delivery(shop);
        shop.ours.jobs[3].outcome = Some(Outcome::GivenUp);
        shop.ours.jobs[3].finished_at = Some(minute(10));
    });
    one(Law::O6, &service(REFUNDED), &later(), |shop| {
        shop.ours.services[1].terminated_at = None;
        shop.ours.holdings[1] = holding(2, REFUNDED, 2, false);
        shop.ours.jobs[2].outcome = None;
        shop.ours.jobs[2].finished_at = None;
    });
}

//! What may happen to a delivered service, whatever its subscription and the bank do.

use crate::cases;
use domain::standing::{Desired, Dispute, Facts, Paying, Policy, Suspension, Why, desired};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// Somewhere within two years.
fn moment() -> impl Strategy<Value = Timestamp> {
    (0_i64..63_000_000).prop_map(|second| Timestamp::from_second(1_750_000_000 + second).unwrap())
}

fn paying() -> impl Strategy<Value = Paying> {
    prop_oneof![
        Just(Paying::Current),
        moment().prop_map(|since| Paying::Overdue { since }),
        Just(Paying::Paused),
        moment().prop_map(|paid_until| Paying::Ended { paid_until }),
        Just(Paying::Unclear),
    ]
}

fn dispute() -> impl Strategy<Value = Dispute> {
    prop_oneof![3 => Just(Dispute::None), 1 => Just(Dispute::Open), 1 => Just(Dispute::Lost)]
}

fn suspension() -> impl Strategy<Value = Suspension> {
    let why = prop::sample::select(Why::ALL.as_slice());
    (moment(), why, prop::option::of(moment()), prop::option::of(moment()))
        .prop_map(|(at, why, delete_on, noticed_at)| Suspension { at, why, read_at: at, delete_on, noticed_at })
}

fn facts() -> impl Strategy<Value = Facts> {
    let by_hand = (prop::bool::weighted(0.3), prop::option::weighted(0.3, moment()), prop::bool::weighted(0.3));
    (paying(), dispute(), prop::option::of(moment()), prop::option::of(suspension()), by_hand).prop_map(
        |(paying, dispute, read_at, suspension, (held, extended_until, incident))| Facts {
            paying,
            dispute,
            read_at,
            suspension,
            held,
            extended_until,
            incident,
        },
    )
}

/// Lets an hour pass again and again, as the work does: looks, and carries out what should be. Gives the moments of the suspension, of
/// the notice and of the deletion, and every date that was promised.
fn live(facts: Facts, began: Timestamp, hours: i64) -> (Option<Suspension>, Option<Timestamp>, Vec<Timestamp>) {
    let policy = Policy::default();
    let (mut facts, mut promised) = (facts, Vec::new());
    for hour in 0..hours {
        let now = began + SignedDuration::from_hours(hour);
        match desired(&Facts { read_at: Some(now), ..facts }, &policy, now) {
            Desired::AsItIs => {}
            Desired::Present => facts.suspension = None,
            Desired::Suspended { why, delete_on, announce } => {
                promised.extend(delete_on);
                let before = facts.suspension;
                facts.suspension = Some(Suspension {
                    at: before.map_or(now, |before| before.at),
                    why,
                    read_at: now,
                    delete_on,
                    noticed_at: before.and_then(|before| before.noticed_at).or(announce.then_some(now)),
                });
            }
            Desired::Absent { .. } => return (facts.suspension, Some(now), promised),
        }
    }
    (facts.suspension, None, promised)
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn nothing_changes_without_a_reading_of_the_last_quarter_of_an_hour(facts in facts(), now in moment()) {
        let fresh = facts.read_at.is_some_and(|read_at| {
            now >= read_at && now.duration_since(read_at) < SignedDuration::from_mins(15)
        });
        if !fresh {
            // What we suspend by our own will rests on no reading.
            let ours = facts.held && facts.suspension.is_none();
            let wanted = match ours {
                true => Desired::Suspended { why: Why::ByHand, delete_on: None, announce: false },
                false => Desired::AsItIs,
            };
            prop_assert_eq!(desired(&facts, &Policy::default(), now), wanted);
        }
    }

    #[test]
    fn who_pays_is_served(facts in facts(), now in moment()) {
        let paid = Facts { paying: Paying::Current, dispute: Dispute::None, read_at: Some(now), held: false, ..facts };
        prop_assert_eq!(desired(&paid, &Policy::default(), now), Desired::Present);
    }

    #[test]
    fn what_we_hold_is_never_lifted_and_goes_only_for_another_reason(facts in facts(), now in moment()) {
        let held = Facts { held: true, read_at: Some(now), ..facts };
        let wanted = desired(&held, &Policy::default(), now);
        prop_assert_ne!(wanted, Desired::Present);
        match wanted {
            Desired::Suspended { why, .. } | Desired::Absent { why, .. } => {
                let other = desired(&Facts { held: false, ..held }, &Policy::default(), now);
                let also = matches!(other, Desired::Suspended { why: also, .. } | Desired::Absent { why: also, .. } if also == why);
                prop_assert!(why == Why::ByHand || also, "{why:?}, without it {other:?}");
            }
            Desired::AsItIs | Desired::Present => {}
        }
    }

    #[test]
    fn an_incident_takes_no_server_for_want_of_payment_and_deletes_none(facts in facts(), now in moment()) {
        let incident = Facts { incident: true, read_at: Some(now), ..facts };
        match desired(&incident, &Policy::default(), now) {
            Desired::Absent { why, .. } => return Err(TestCaseError::fail(format!("it goes: {why:?}"))),
            Desired::Suspended { why, announce, .. } => {
                let was = incident.suspension.is_some_and(|suspension| suspension.why.is_want_of_payment());
                prop_assert!(!announce && (was || !why.is_want_of_payment()), "{why:?}");
            }
            Desired::AsItIs | Desired::Present => {}
        }
    }

    #[test]
    fn days_that_were_given_only_ever_help(facts in facts(), now in moment(), hours in 0_i64..2_000) {
        let until = now + SignedDuration::from_hours(hours);
        let plain = Facts { read_at: Some(now), extended_until: None, ..facts };
        let given = Facts { extended_until: Some(until), ..plain };
        let (before, after) = (desired(&plain, &Policy::default(), now), desired(&given, &Policy::default(), now));
        match after {
            Desired::Absent { promised, .. } => {
                let went = matches!(before, Desired::Absent { .. });
                prop_assert!(promised >= until && went, "{before:?}");
            }
            Desired::Suspended { .. } => prop_assert_ne!(before, Desired::Present),
            Desired::AsItIs | Desired::Present => {}
        }
    }

    #[test]
    fn a_promised_date_only_ever_moves_away(facts in facts(), now in moment()) {
        let known = Facts { read_at: Some(now), ..facts };
        let before = known.suspension.and_then(|suspension| suspension.delete_on);
        match desired(&known, &Policy::default(), now) {
            Desired::Suspended { delete_on: Some(on), .. } => prop_assert!(before.is_none_or(|before| on >= before)),
            Desired::Absent { promised, .. } => {
                prop_assert!(before.is_some_and(|before| promised >= before));
                prop_assert!(now >= promised);
            }
            Desired::AsItIs | Desired::Present | Desired::Suspended { delete_on: None, .. } => {}
        }
    }

    #[test]
    fn nothing_goes_without_a_suspension_and_a_notice_of_two_days(facts in facts(), now in moment()) {
        let known = Facts { read_at: Some(now), ..facts };
        if let Desired::Absent { .. } = desired(&known, &Policy::default(), now) {
            let noticed = known.suspension.and_then(|suspension| suspension.noticed_at);
            prop_assert!(noticed.is_some_and(|at| now.duration_since(at) >= SignedDuration::from_hours(48)));
        }
    }

    #[test]
    fn who_never_pays_is_suspended_after_the_grace_and_loses_nothing_before_the_date(began in moment(), off in 0_i64..2_000) {
        let overdue = Facts {
            paying: Paying::Overdue { since: began },
            dispute: Dispute::None,
            read_at: None,
            suspension: None,
            held: false,
            extended_until: None,
            incident: false,
        };
        // Nothing of ours runs for a while, at first.
        let (suspension, gone, promised) = live(overdue, began + SignedDuration::from_hours(off), 24 * 40);
        let (suspension, gone) = (suspension.unwrap(), gone.unwrap());
        prop_assert!(suspension.at >= began + SignedDuration::from_hours(72));
        prop_assert!(gone >= suspension.at + SignedDuration::from_hours(14 * 24));
        prop_assert!(promised.iter().all(|promise| gone >= *promise));
        prop_assert!(promised.is_sorted());
    }
}

use super::*;

const DAY: i64 = 86_400;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(100 * DAY + second).unwrap()
}

fn facts(paying: Paying, dispute: Dispute) -> Facts {
    Facts { paying, dispute, read_at: None, suspension: None, held: false, extended_until: None, incident: false }
}

/// What should be at `now`, read at that moment.
fn fresh(facts: Facts, now: i64) -> Desired {
    desired(&Facts { read_at: Some(at(now)), ..facts }, &Policy::default(), at(now))
}

fn suspended(why: Why, delete_on: Option<i64>, announce: bool) -> Desired {
    Desired::Suspended { why, delete_on: delete_on.map(at), announce }
}

fn suspension(why: Why, delete_on: Option<i64>, noticed_at: Option<i64>) -> Suspension {
    Suspension { at: at(0), why, read_at: at(0), delete_on: delete_on.map(at), noticed_at: noticed_at.map(at) }
}

#[test]
fn every_subscription_meets_every_dispute() {
    let paying = [
        Paying::Current,
        Paying::Overdue { since: at(-3 * DAY + 1) },
        Paying::Overdue { since: at(-3 * DAY) },
        Paying::Paused,
        Paying::Ended { paid_until: at(1) },
        Paying::Ended { paid_until: at(0) },
        Paying::Unclear,
    ];
    let none = [
        Desired::Present,
        Desired::Present,
        suspended(Why::NotPaid, Some(14 * DAY), false),
        suspended(Why::Paused, None, false),
        Desired::Present,
        suspended(Why::Ended, Some(14 * DAY), false),
        Desired::AsItIs,
    ];
    for (paying, expected) in paying.into_iter().zip(none) {
        assert_eq!(fresh(facts(paying, Dispute::None), 0), expected, "{paying:?}");
        assert_eq!(fresh(facts(paying, Dispute::Open), 0), suspended(Why::Disputed, None, false), "{paying:?}");
        let lost = suspended(Why::DisputeLost, Some(14 * DAY), false);
        assert_eq!(fresh(facts(paying, Dispute::Lost), 0), lost, "{paying:?}");
    }
}

#[test]
fn an_old_reading_changes_nothing() {
    for paying in [Paying::Overdue { since: at(-9 * DAY) }, Paying::Ended { paid_until: at(-9 * DAY) }] {
        let known = |read_at| Facts { read_at, ..facts(paying, Dispute::None) };
        let policy = Policy::default();
        assert_eq!(desired(&known(None), &policy, at(0)), Desired::AsItIs);
        let old = Some(at(-15 * 60));
        assert_eq!(desired(&known(old), &policy, at(0)), Desired::AsItIs);
        let younger = Some(at(-15 * 60 + 1));
        assert_ne!(desired(&known(younger), &policy, at(0)), Desired::AsItIs);
        let from_tomorrow = Some(at(1));
        assert_eq!(desired(&known(from_tomorrow), &policy, at(0)), Desired::AsItIs);
    }
}

#[test]
fn the_notice_comes_three_days_before_the_promised_date_and_the_deletion_not_before_it() {
    let ended = |delete_on, noticed_at| Facts {
        suspension: Some(suspension(Why::Ended, Some(delete_on), noticed_at)),
        ..facts(Paying::Ended { paid_until: at(0) }, Dispute::None)
    };
    let date = 14 * DAY;
    assert_eq!(fresh(ended(date, None), 11 * DAY - 1), suspended(Why::Ended, Some(date), false));
    assert_eq!(fresh(ended(date, None), 11 * DAY), suspended(Why::Ended, Some(date), true));
    assert_eq!(fresh(ended(date, Some(11 * DAY)), date - 1), suspended(Why::Ended, Some(date), false));
    assert_eq!(fresh(ended(date, Some(11 * DAY)), date), Desired::Absent { why: Why::Ended, promised: at(date) });
}

#[test]
fn a_late_notice_moves_the_date_and_never_cuts_its_own_time_short() {
    let late = Facts {
        suspension: Some(suspension(Why::NotPaid, Some(14 * DAY), None)),
        ..facts(Paying::Overdue { since: at(-3 * DAY) }, Dispute::None)
    };
    assert_eq!(fresh(late, 40 * DAY), suspended(Why::NotPaid, Some(42 * DAY), true));
    let told = Facts { suspension: Some(suspension(Why::NotPaid, Some(14 * DAY), Some(40 * DAY))), ..late };
    assert_eq!(fresh(told, 42 * DAY - 1), suspended(Why::NotPaid, Some(42 * DAY), false));
    assert_eq!(fresh(told, 42 * DAY), Desired::Absent { why: Why::NotPaid, promised: at(14 * DAY) });
}

#[test]
fn what_is_undecided_has_no_date_and_gets_a_whole_one_when_it_is_lost() {
    let open =
        Facts { suspension: Some(suspension(Why::Disputed, None, None)), ..facts(Paying::Current, Dispute::Open) };
    assert_eq!(fresh(open, 200 * DAY), suspended(Why::Disputed, None, false));
    let lost = Facts { dispute: Dispute::Lost, ..open };
    assert_eq!(fresh(lost, 200 * DAY), suspended(Why::DisputeLost, Some(214 * DAY), false));
    let won = Facts { dispute: Dispute::None, ..open };
    assert_eq!(fresh(won, 200 * DAY), Desired::Present);
}

#[test]
fn what_we_suspend_ourselves_needs_no_reading_and_is_lifted_by_no_payment() {
    let held = Facts { held: true, ..facts(Paying::Current, Dispute::None) };
    let by_hand = suspended(Why::ByHand, None, false);
    assert_eq!(desired(&held, &Policy::default(), at(0)), by_hand, "nothing was read");
    assert_eq!(fresh(held, 0), by_hand);
    let standing = Facts { suspension: Some(suspension(Why::ByHand, None, None)), ..held };
    assert_eq!(fresh(standing, 200 * DAY), by_hand);
    // Who does not pay either loses it some day, and who pays again has it suspended as before.
    let unpaid = Facts { paying: Paying::Overdue { since: at(0) }, ..standing };
    assert_eq!(fresh(unpaid, 3 * DAY - 1), by_hand);
    assert_eq!(fresh(unpaid, 3 * DAY), suspended(Why::NotPaid, Some(17 * DAY), false));
    let paid = Facts { suspension: Some(suspension(Why::NotPaid, Some(17 * DAY), Some(15 * DAY))), ..standing };
    assert_eq!(fresh(paid, 16 * DAY), by_hand);
    assert_eq!(fresh(Facts { held: false, ..paid }, 16 * DAY), Desired::Present);
}

#[test]
fn days_that_are_given_postpone_the_suspension_lift_it_and_postpone_the_deletion() {
    let overdue =
        Facts { extended_until: Some(at(10 * DAY)), ..facts(Paying::Overdue { since: at(0) }, Dispute::None) };
    assert_eq!(fresh(overdue, 10 * DAY - 1), Desired::Present);
    assert_eq!(fresh(overdue, 10 * DAY), suspended(Why::NotPaid, Some(24 * DAY), false));
    let standing = Facts { suspension: Some(suspension(Why::NotPaid, Some(5 * DAY), Some(2 * DAY))), ..overdue };
    assert_eq!(fresh(standing, 6 * DAY), Desired::Present);
    let lost = Facts {
        suspension: Some(suspension(Why::DisputeLost, Some(5 * DAY), Some(2 * DAY))),
        ..Facts { dispute: Dispute::Lost, ..overdue }
    };
    assert_eq!(fresh(lost, 6 * DAY), suspended(Why::DisputeLost, Some(10 * DAY), false));
    assert_eq!(fresh(lost, 10 * DAY), Desired::Absent { why: Why::DisputeLost, promised: at(10 * DAY) });
    assert_eq!(next_change(&overdue, &Policy::default(), at(4 * DAY)), Some(at(10 * DAY)));
}

#[test]
fn an_incident_stops_what_nobody_could_pay_for_and_every_deletion() {
    let during = |facts: Facts, now| fresh(Facts { incident: true, ..facts }, now);
    let overdue = facts(Paying::Overdue { since: at(0) }, Dispute::None);
    assert_eq!(during(overdue, 9 * DAY), Desired::Present);
    assert_eq!(fresh(overdue, 9 * DAY), suspended(Why::NotPaid, Some(23 * DAY), false));
    // What banks decide has nothing to do with it.
    assert_eq!(during(Facts { dispute: Dispute::Open, ..overdue }, 0), suspended(Why::Disputed, None, false));
    // What stands suspended stays so, and is neither announced nor deleted; who pays has it back.
    let standing = Facts { suspension: Some(suspension(Why::NotPaid, Some(14 * DAY), None)), ..overdue };
    assert_eq!(during(standing, 10 * DAY), suspended(Why::NotPaid, Some(14 * DAY), false));
    assert_eq!(during(standing, 12 * DAY), Desired::AsItIs);
    let told = Facts { suspension: Some(suspension(Why::NotPaid, Some(14 * DAY), Some(11 * DAY))), ..overdue };
    assert_eq!(during(told, 15 * DAY), Desired::AsItIs);
    assert_eq!(during(Facts { paying: Paying::Current, ..told }, 15 * DAY), Desired::Present);
}

#[test]
fn a_clock_that_goes_back_lifts_nothing() {
    let kept = Facts {
        suspension: Some(suspension(Why::NotPaid, Some(14 * DAY), None)),
        ..facts(Paying::Overdue { since: at(-3 * DAY) }, Dispute::None)
    };
    assert_eq!(fresh(kept, -2 * DAY), suspended(Why::NotPaid, Some(14 * DAY), false));
}

#[test]
fn the_next_change_is_the_next_moment_that_matters() {
    let policy = Policy::default();
    let overdue = facts(Paying::Overdue { since: at(0) }, Dispute::None);
    assert_eq!(next_change(&overdue, &policy, at(1)), Some(at(3 * DAY)));
    let kept = Facts { suspension: Some(suspension(Why::NotPaid, Some(14 * DAY), None)), ..overdue };
    assert_eq!(next_change(&kept, &policy, at(3 * DAY)), Some(at(11 * DAY)));
    assert_eq!(next_change(&kept, &policy, at(11 * DAY)), Some(at(14 * DAY)));
    assert_eq!(next_change(&facts(Paying::Current, Dispute::None), &policy, at(0)), None);
}

#[test]
fn a_reason_has_one_word() {
    for why in Why::ALL {
        assert_eq!(Why::find(why.key()), Some(why));
    }
    assert_eq!(Why::find("whim"), None);
}
